//! The published schemas say what the command writes.

use serde_json::Value;

use crate::harness::{BOX, PROSE, Place, records};

fn schema(name: &str) -> Value {
    let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Checks the part of JSON Schema that these schemas use: types, keys, enums and items.
fn check(value: &Value, schema: &Value, at: &str) {
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value}");
    }
    if let Some(constant) = schema.get("const") {
        assert_eq!(value, constant, "{at}");
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let fits = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{at}: type {other}"),
    };
    assert!(types.is_empty() || types.iter().any(fits), "{at}: {value} is no {types:?}");
    for item in value.as_array().into_iter().flatten() {
        check(item, &schema["items"], &format!("{at}[]"));
    }
    let Some(object) = value.as_object() else { return };
    for key in schema["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(key.as_str().unwrap()), "{at}: no {key}");
    }
    for (key, value) in object {
        match (schema["properties"].get(key), schema.get("additionalProperties")) {
            (Some(schema), _) => check(value, schema, &format!("{at}.{key}")),
            (None, Some(Value::Bool(false))) => panic!("{at}: {key} is not in the schema"),
            (None, Some(schema)) => check(value, schema, &format!("{at}.{key}")),
            (None, None) => {}
        }
    }
}

#[test]
fn records_are_as_their_schemas_say() {
    let place = Place::with(&[
        ("in/a.txt", &format!("{PROSE}\n{BOX}La seÃ±al.\n")),
        ("in/b.jsonl", "{\"id\":7,\"text\":\"Hola.\"}\nroto\n"),
    ]);
    place.run(&["clean", "in", "-o", "out", "--report", "r", "--removed", "m"]).exits(1);
    let report = schema("report");
    let (run, documents) = {
        let mut all = records(place.read("r").as_bytes());
        (all.pop().unwrap(), all)
    };
    assert_eq!(documents.len(), 3);
    check(&run, &report["$defs"]["run"], "run");
    for record in &documents {
        check(record, &report["$defs"]["document"], "report");
    }
    let removed = records(place.read("m").as_bytes());
    assert!(!removed.is_empty());
    for record in &removed {
        check(record, &schema("removed"), "removed");
    }
    for name in ["explain", "langs"] {
        let run = place.run(&[name, "--format", "jsonl", "in"]).exits(1);
        assert_eq!(run.records().len(), 3);
        for record in run.records() {
            check(&record, &schema(name), name);
        }
    }
}
