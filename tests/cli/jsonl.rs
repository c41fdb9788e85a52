//! JSON records.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::harness::{BOX, PROSE, Place};

const CLEAN: [&str; 3] = ["clean", "--format", "jsonl"];

#[test]
fn every_byte_outside_the_text_stays() {
    let place = Place::new();
    for (line, clean) in [
        (
            r#"{ "n":1e400 ,"text": "seÃ±al","z":[1.0,  -0] }"#,
            r#"{ "n":1e400 ,"text": "señal","z":[1.0,  -0] }"#,
        ),
        (r#"{"te\u0078t":"seÃ±al"}"#, r#"{"te\u0078t":"señal"}"#),
        (
            r#"{"k":"\ud800","\udc00":1,"text":"seÃ±al"}"#,
            r#"{"k":"\ud800","\udc00":1,"text":"señal"}"#,
        ),
        (r#"{"text":"a","text":"seÃ±al"}"#, r#"{"text":"a","text":"señal"}"#),
        (r#"{"text":"\u00f1 sin cambio"}"#, r#"{"text":"\u00f1 sin cambio"}"#),
        (r#"{"text":"a\ud83dz"}"#, "{\"text\":\"a\u{fffd}z\"}"),
        (r#"{"text":""}"#, r#"{"text":""}"#),
    ] {
        let run = place.pipe(&CLEAN, line).exits(0);
        assert_eq!(run.text(), clean);
    }
}

#[test]
fn lines_stay_lines() {
    let place = Place::new();
    let input = "\u{feff}{\"text\":\"a\"}\r\n\r\n\n  \n{\"text\":\"b\"}";
    let run = place.pipe(&CLEAN, input).exits(0);
    assert_eq!(run.text(), "{\"text\":\"a\"}\r\n\r\n\n  \n{\"text\":\"b\"}");
}

#[test]
fn a_wrong_record_is_copied_and_named_and_the_others_are_clean() {
    let place = Place::new();
    let input = "{\"text\":\"seÃ±al\"}\n{\"text\":\n{\"other\":1}\n{\"text\":7}\nnull\n{\"text\":\"seÃ±al\"}\n";
    let run = place.pipe(&CLEAN, input).exits(1);
    assert_eq!(
        run.text(),
        "{\"text\":\"señal\"}\n{\"text\":\n{\"other\":1}\n{\"text\":7}\nnull\n{\"text\":\"señal\"}\n"
    );
    let run = run.says("-:2: ").says("-:3: ").says("no field `text`");
    run.says("-:4: ").says("field `text` is no string").says("-:5: ");
}

#[test]
fn deep_nesting_is_no_problem() {
    let place = Place::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let line = format!("{{\"a\":{deep},\"text\":\"ok\"}}\n");
    assert_eq!(place.pipe(&CLEAN, &line).exits(0).text(), line);
}

#[test]
fn fields_can_be_named() {
    let place = Place::new();
    let args =
        ["clean", "--format", "jsonl", "--text-field", "body", "--id-field", "url", "--annotate"];
    let run =
        place.pipe(&args, "{\"url\":\"u:1\",\"body\":\"seÃ±al\",\"text\":\"seÃ±al\"}\n").exits(0);
    let record = &run.records()[0];
    assert_eq!(record["body"], "señal");
    assert_eq!(record["text"], "seÃ±al");
    assert_eq!(record["limpio"]["id"], "u:1");
}

#[test]
fn a_text_that_becomes_empty_keeps_its_record() {
    let place = Place::new();
    let input = serde_json::json!({ "id": 1, "text": BOX }).to_string();
    let run = place.pipe(&CLEAN, input).exits(0);
    assert_eq!(run.records().len(), 1);
    assert_eq!(run.records()[0]["text"], "");
}

#[test]
fn an_annotation_is_the_report_and_replaces_an_earlier_one() {
    let place = Place::new();
    let args = ["clean", "--format", "jsonl", "--annotate"];
    let once = place.pipe(&args, "{\"id\":[1, 2],\"text\":\"seÃ±al\"}\n").exits(0);
    let record = &once.records()[0];
    assert_eq!(record["limpio"]["v"], 1);
    assert_eq!(record["limpio"]["repairs"]["mojibake"], 1);
    assert!(once.text().contains("\"id\":[1, 2],\"status\":\"ok\""));
    let twice = place.pipe(&args, &once.stdout).exits(0);
    assert_eq!(twice.records()[0]["limpio"]["repairs"]["mojibake"], 0);
    assert_eq!(twice.text().matches("\"limpio\":").count(), 1);
}

#[test]
fn names_decide_in_a_folder() {
    let place = Place::with(&[
        ("in/a.jsonl", "{\"text\":\"seÃ±al\"}\n"),
        ("in/b.NDJSON", "{\"text\":\"seÃ±al\"}\n"),
        ("in/c.txt", "{\"text\":\"seÃ±al\"}\n"),
    ]);
    place.write("in/d.jsonl.gz", crate::text::gzip("{\"text\":\"seÃ±al\"}\n".as_bytes()));
    place.run(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(place.files("out"), ["a.jsonl", "b.NDJSON", "c.txt", "d.jsonl.gz"]);
    for name in ["a.jsonl", "b.NDJSON", "c.txt"] {
        assert_eq!(place.read(&format!("out/{name}")), "{\"text\":\"señal\"}\n");
    }
    let run = place.run(&["clean", "out/d.jsonl.gz"]).exits(0);
    assert_eq!(run.text(), "{\"text\":\"señal\"}\n");
}

#[test]
fn many_threads_give_the_same_bytes() {
    let place = Place::new();
    let mut input = String::new();
    for number in 0..3000 {
        let text = format!("{PROSE}La seÃ±al {number}\n{BOX}").repeat(4);
        input += &serde_json::json!({ "id": number, "text": text }).to_string();
        input.push('\n');
    }
    place.write("a.jsonl", &input);
    let run = |jobs: &str| {
        let args = ["clean", "a.jsonl", "-j", jobs, "--removed", "removed.jsonl"];
        let clean = place.run(&args).exits(0).stdout;
        (clean, place.read("removed.jsonl"))
    };
    let one = run("1");
    assert!(!one.1.is_empty());
    assert_eq!(one, run("3"));
    assert_eq!(one, run("16"));
    let piped = place.pipe(&CLEAN, &input).exits(0);
    assert_eq!(piped.stdout, one.0);
}

#[test]
fn records_flow_while_the_producer_pauses() {
    let place = Place::new();
    let mut command = place.command(&CLEAN);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        stdin.write_all(b"{\"text\":\"se\xc3\x83\xc2\xb1al\"}\n").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "{\"text\":\"señal\"}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn of_several_annotations_one_is_left_in_the_last_place() {
    let place = Place::new();
    let input = "{\"limpio\":1, \"id\":\"x\",\"limpio\" : [2] ,\"limpio\":3,\"text\":\"seÃ±al\",\"limpio\":4,\"z\":0}\n";
    let run = place.pipe(&["clean", "--format", "jsonl", "--annotate"], input).exits(0);
    let text = run.text();
    assert!(text.starts_with("{\"id\":\"x\",\"text\":\"señal\",\"limpio\":{\"v\":1,"), "{text}");
    assert!(text.ends_with("},\"z\":0}\n"), "{text}");
    assert_eq!(text.matches("\"limpio\"").count(), 1);
    // Without --annotate the record is not ours to tidy.
    let run = place.pipe(&["clean", "--format", "jsonl"], input).exits(0);
    assert_eq!(run.text(), input.replace("seÃ±al", "señal"));
}

#[test]
fn records_in_other_encodings_are_decoded_before_they_are_cut() {
    let place = Place::new();
    let clean = "{\"text\":\"señal\",\"k\":\"€\"}\n";
    let latin = b"{\"text\":\"se\xf1al\",\"k\":\"\x80\"}\n";
    let run = place.pipe(&[&CLEAN[..], &["--encoding", "latin1"]].concat(), latin).exits(0);
    assert_eq!(run.text(), clean);
    place.pipe(&CLEAN, latin).exits(1).says("-:1: record copied through: invalid UTF-8");
    let utf16: Vec<u8> =
        format!("\u{feff}{clean}{clean}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(place.pipe(&CLEAN, &utf16).exits(0).text(), clean.repeat(2));
    place.write("in/a.jsonl", &utf16);
    place.run(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(place.read("out/a.jsonl"), clean.repeat(2));
    place.write("b.jsonl", latin);
    for command in ["explain", "langs"] {
        let args = [command, "--format", "jsonl", "--encoding", "latin1", "b.jsonl"];
        assert_eq!(place.run(&args).exits(0).records().len(), 1);
    }
    let utf32 = [b"\xff\xfe\0\0", "{".repeat(4).as_bytes()].concat();
    place.pipe(&CLEAN, utf32).exits(1).says("-: cannot be read: records in UTF-32 are not read");
}
