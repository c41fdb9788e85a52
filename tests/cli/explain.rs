//! `limpio explain`.

use crate::harness::{BOX, PROSE, Place};

fn page() -> Place {
    Place::with(&[(
        "a.txt",
        &format!("{PROSE}\n{BOX}La seÃ±al de radio llegÃ³ tarde, cuando ya nadie la esperaba.\n"),
    )])
}

#[test]
fn every_line_has_a_record() {
    let place = page();
    let run = place.run(&["explain", "--format", "jsonl", "a.txt"]).exits(0);
    let records = run.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["id"], "a.txt");
    let lines = records[0]["lines"].as_array().unwrap();
    let numbers: Vec<u64> = lines.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let actions: Vec<&str> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["keep", "keep", "drop", "drop", "drop", "keep"]);
    assert_eq!(lines[0]["lang"], "es");
    assert_eq!(lines[1]["lang"], "none");
    assert!(lines[0]["rule"].is_null() && lines[0]["category"].is_null());
    for line in &lines[2..5] {
        assert!(line["category"].is_string() && line["rule"].is_string(), "{line}");
        assert!(line["reason"].is_string() && line["score"].as_f64().unwrap() > 0.0, "{line}");
    }
}

#[test]
fn people_see_lines_marks_and_reasons() {
    let run = page().run(&["explain", "a.txt"]).exits(0);
    let text = run.text();
    assert!(text.starts_with("a.txt\n     1 es"), "{text}");
    assert!(text.contains("     3 en    - Subscribe to our newsletter"), "{text}");
    assert!(text.contains("newsletter · "), "{text}");
    assert!(text.contains("     6 es    ~ La señal de radio llegó"), "{text}");
    assert!(text.contains("6 lines, "), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn only_what_is_dropped_can_be_shown() {
    let place = page();
    let run = place.run(&["explain", "--format", "jsonl", "--only-dropped", "a.txt"]).exits(0);
    let numbers = |run: &crate::harness::Run| -> Vec<u64> {
        let records = run.records();
        let lines = records[0]["lines"].as_array().unwrap();
        lines.iter().map(|line| line["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(&run), [3, 4, 5]);
    let args = ["explain", "--format", "jsonl", "--only-dropped", "-C", "1", "a.txt"];
    assert_eq!(numbers(&place.run(&args).exits(0)), [2, 3, 4, 5, 6]);
}

#[test]
fn records_are_read_by_name_or_by_their_first_character() {
    let place = Place::with(&[("a.jsonl", "{\"id\":1,\"text\":\"Hola.\"}\n{\"text\":\"Ya.\"}\n")]);
    let ids = |run: crate::harness::Run| -> Vec<String> {
        run.exits(0).records().iter().map(|record| record["id"].to_string()).collect()
    };
    let named = place.run(&["explain", "--format", "jsonl", "a.jsonl"]);
    assert_eq!(ids(named), ["1", "\"a.jsonl:2\""]);
    let piped =
        place.pipe(&["explain", "--format", "jsonl"], "\n {\"id\":\"x\",\"text\":\"Hola.\"}\n");
    assert_eq!(ids(piped), ["\"x\""]);
    let text = place.pipe(&["explain", "--format", "jsonl", "-"], "Hola {.\n");
    assert_eq!(ids(text), ["\"-\""]);
}

#[test]
fn a_wrong_record_keeps_its_place() {
    let place = Place::with(&[("a.jsonl", "{\"id\":1,\"text\":\"Hola.\"}\nroto\n")]);
    let run = place.run(&["explain", "--format", "jsonl", "a.jsonl"]).exits(1).says("a.jsonl:2: ");
    assert_eq!(run.records()[1]["lines"].as_array().unwrap().len(), 0);
}

#[test]
fn a_line_that_stays_says_what_happened_to_it() {
    let place = Place::new();
    let input = format!(
        "\n{PROSE}\n\n{BOX}\n \nLa seÃ±al de radio llegÃ³ tarde, cuando ya nadie la esperaba. \nEl barco no volvió hasta el verano siguiente. \n\n"
    );
    let run = place.pipe(&["explain", "--format", "jsonl"], &input).exits(0);
    let lines = run.records()[0]["lines"].as_array().unwrap().clone();
    let reasons: Vec<(u64, Option<&str>)> = lines
        .iter()
        .filter(|line| line["action"] == "keep")
        .map(|line| {
            assert!(line["category"].is_null() && line["rule"].is_null(), "{line}");
            (line["line"].as_u64().unwrap(), line["reason"].as_str())
        })
        .collect();
    let folded = Some("blank line folded");
    assert_eq!(
        reasons,
        [
            (1, folded),
            (2, None),
            (3, None),
            (4, folded),
            (8, folded),
            (9, folded),
            (10, Some("repaired: mojibake")),
            (11, Some("repaired: space at the end")),
            (12, folded),
        ]
    );
    let numbers: Vec<u64> = lines.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
}

#[test]
fn undone_mojibake_is_told_with_place_pages_and_score() {
    let place = Place::with(&[("a.txt", "Café: la seÃ±al\nla sesiÃƒÂ³n\nlimpio\n")]);
    let run = place.run(&["explain", "--format", "jsonl", "a.txt"]).exits(0);
    let lines = run.records()[0]["lines"].as_array().unwrap().clone();
    let span = &lines[0]["mojibake"][0];
    assert_eq!(span["start"], "Café: la se".len());
    assert_eq!((&span["before"], &span["after"]), (&"Ã±".into(), &"ñ".into()));
    assert_eq!(span["pages"], "windows-1252");
    assert!(span["score"].as_f64().is_some_and(|score| score > 5.0), "{span}");
    assert_eq!(lines[1]["mojibake"][0]["pages"], "windows-1252>windows-1252");
    assert!(lines[2].get("mojibake").is_none());

    let text = place.run(&["explain", "a.txt"]).exits(0);
    assert!(text.text().contains("mojibake 1 (windows-1252): Ã± -> ñ"));
}

#[test]
fn joined_words_are_told_where_their_lines_stand_in_the_input() {
    let text = "He wrote about inter-\nnational trade, and ab-\n\nout customs.\n";
    let joined = "He wrote about international\ntrade, and ab-\n\nout customs.\n";
    let json = |text: &str| serde_json::json!({ "text": text }).to_string() + "\n";
    let place = Place::with(&[("a.txt", text), ("a.jsonl", &json(text))]);
    let run = place.run(&["explain", "--hyphens", "join", "--format", "jsonl", "a.txt"]).exits(0);
    let lines = run.records()[0]["lines"].clone();
    let told: Vec<(u64, Option<&str>)> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["reason"].as_str()))
        .collect();
    let moved = [(1, Some("repaired: hyphens")), (2, Some("repaired: word moved up"))];
    assert_eq!(told, [&moved[..], &[(3, None), (4, None)]].concat());
    let clean = |args: &[&str]| {
        place.run(&[&["clean", "--hyphens", "join"], args].concat()).exits(0).text().to_owned()
    };
    assert_eq!(clean(&["a.txt"]), joined);
    assert_eq!(place.pipe(&["clean", "--hyphens", "join"], text).exits(0).text(), joined);
    assert_eq!(clean(&["a.jsonl"]), json(joined));
    let diff = clean(&["--diff", "a.txt"]);
    assert!(diff.contains("\n-He wrote about inter-\n+He wrote about international\n"), "{diff}");
    assert!(diff.contains("\n-national trade, and ab-\n+trade, and ab-\n"), "{diff}");
}
