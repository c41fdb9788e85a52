//! `clean --split-langs`: a clean file for each language.

use std::fs;

use serde_json::Value;

use crate::harness::{BOX, PROSE, Place, records};
use crate::text::gzip;

const ENGLISH: &str =
    "The morning train was late again, so we walked along the river and talked.\n";
const PORTUGUESE: &str = "A reunião começa amanhã às cinco horas, e ninguém sabe onde será.\n";

/// A page with a line of each kind.
fn page() -> String {
    format!("2026-11-22\n\n{PROSE}\n{ENGLISH}555 1234\n\n{PORTUGUESE}\n{BOX}{PROSE}")
}

#[test]
fn each_language_has_a_file_beside_the_other() {
    let place = Place::with(&[("in/sub/a.txt", &page())]);
    place.run(&["clean", "in", "-o", "out", "--split-langs", "--report", "r"]).exits(0);
    assert_eq!(place.files("out"), ["sub/a.en.txt", "sub/a.es.txt"]);
    assert_eq!(place.read("out/sub/a.es.txt"), format!("2026-11-22\n\n{PROSE}\n{PROSE}"));
    assert_eq!(place.read("out/sub/a.en.txt"), format!("{ENGLISH}555 1234\n"));
}

#[test]
fn other_languages_go_with_a_reason_unless_they_are_named() {
    let place = Place::with(&[("a.txt", &page())]);
    let args = ["clean", "a.txt", "-o", "out", "--split-langs", "--report", "r", "--removed", "m"];
    place.run(&args).exits(0);
    let report = records(place.read("r").as_bytes());
    let document = &report[0];
    let count = |key: &str| document[key].as_u64().unwrap();
    let removed: u64 =
        document["removed"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(report.len(), 2);
    assert_eq!(count("lines_in"), count("lines_out") + removed + count("blank_lines"));
    assert_eq!(document["rules"]["language.not-kept"], 1);
    let written = place.read("out/a.es.txt").len() + place.read("out/a.en.txt").len();
    assert_eq!(count("bytes_out"), written as u64);
    assert_eq!(report[1]["run"]["settings"]["split-langs"], true);
    let removed = records(place.read("m").as_bytes());
    assert!(removed.iter().any(|run| run["text"] == PORTUGUESE.trim_end()));

    let args = ["clean", "a.txt", "-o", "three", "--split-langs", "--langs", "en,other,es"];
    place.run(&args).exits(0);
    assert_eq!(place.files("three"), ["a.en.txt", "a.es.txt", "a.other.txt"]);
    assert_eq!(place.read("three/a.other.txt"), PORTUGUESE);
    place.run(&["clean", "a.txt", "-o", "one", "--split-langs", "--langs", "en"]).exits(0);
    assert_eq!(place.files("one"), ["a.en.txt"]);
}

#[test]
fn archives_stay_archives_and_empty_texts_stay_files() {
    let place = Place::new();
    place.write("a.txt.gz", gzip(PROSE.as_bytes()));
    place.write("b", "");
    place.run(&["clean", "a.txt.gz", "b", "-o", "out", "--split-langs"]).exits(0);
    assert_eq!(place.files("out"), ["a.en.txt.gz", "a.es.txt.gz", "b.en", "b.es"]);
    assert!(fs::read(place.path("out/a.es.txt.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
    assert_eq!(place.run(&["clean", "out/a.es.txt.gz"]).exits(0).text(), PROSE);
    assert_eq!(place.run(&["clean", "out/a.en.txt.gz"]).exits(0).text(), "");
    assert_eq!(place.read("out/b.es"), "");
}

#[test]
fn a_binary_file_gives_no_files() {
    let place = Place::new();
    place.write("a.txt", b"text first\n\x00\x01\x02");
    place.run(&["clean", "a.txt", "-o", "out", "--split-langs"]).exits(0).says("skipped");
    assert_eq!(place.files("out"), Vec::<String>::new());
}

#[test]
fn records_keep_their_row_in_every_file() {
    let (spanish, english) = (PROSE.trim_end(), ENGLISH.trim_end());
    let input = format!(
        "{{\"id\":1,\"text\":\"{spanish}\\n{english}\",\"n\":1.0}}\nno record\n\n\
         {{\"id\":2,\"text\":\"{english}\"}}\n"
    );
    let place = Place::with(&[("a.jsonl", &input)]);
    let args = ["clean", "a.jsonl", "-o", "out", "--split-langs", "--report", "r"];
    place.run(&args).exits(1).says("a.jsonl:2");
    assert_eq!(
        place.read("out/a.es.jsonl"),
        format!(
            "{{\"id\":1,\"text\":\"{spanish}\",\"n\":1.0}}\nno record\n\n\
             {{\"id\":2,\"text\":\"\"}}\n"
        )
    );
    assert_eq!(
        place.read("out/a.en.jsonl"),
        format!(
            "{{\"id\":1,\"text\":\"{english}\",\"n\":1.0}}\nno record\n\n\
             {{\"id\":2,\"text\":\"{english}\"}}\n"
        )
    );
    // One document, one record of the report, in however many files it stands.
    assert_eq!(records(place.read("r").as_bytes()).len(), 4);
}

#[test]
fn threads_do_not_show() {
    let record = |n: usize| {
        let text = [PROSE, ENGLISH, PORTUGUESE][n % 3].trim_end();
        format!("{{\"id\":{n},\"text\":\"{text}\"}}\n")
    };
    let input: String = (0..3000).map(record).collect();
    let place = Place::with(&[("a.jsonl", &input)]);
    for (jobs, folder) in [("1", "one"), ("4", "four")] {
        place.run(&["clean", "a.jsonl", "-o", folder, "--split-langs", "-j", jobs]).exits(0);
    }
    for name in ["a.es.jsonl", "a.en.jsonl"] {
        assert_eq!(place.read(&format!("one/{name}")), place.read(&format!("four/{name}")));
    }
}

#[test]
fn wrong_use_touches_nothing() {
    let place = Place::with(&[("in/a.txt", PROSE), ("in/a.es.txt", PROSE), ("b.txt", PROSE)]);
    for (args, said) in [
        (&["b.txt", "--split-langs"][..], "add -o DIR"),
        (&["b.txt", "-o", "out", "--split-langs", "--diff"], "diff"),
        (&["b.txt", "--split-langs", "--diff"], "diff"),
        (&["in", "-o", "out", "--split-langs"], "a.es.txt"),
        (&["in/a.txt", "in/a.es.txt", "-o", "out", "--split-langs"], "a.es.txt"),
        (&["b.txt", "-o", "out", "--split-langs", "--report", "out/b.en.txt"], "clean file"),
    ] {
        let args = [&["clean"], args].concat();
        place.run(&args).exits(2).says(said);
        assert!(!place.has("out"), "{args:?}");
    }
    place.pipe(&["clean", "--split-langs"], PROSE).exits(2).says("add -o DIR");
    // The names of other languages are free.
    place.run(&["clean", "in", "-o", "out", "--split-langs", "--langs", "en"]).exits(0);
    assert_eq!(place.files("out"), ["a.en.txt", "a.es.en.txt"]);
    place.run(&["clean", "b.txt", "--split-langs", "--dry-run"]).exits(0).says("would remove 0");
}

#[test]
fn existing_files_are_refused_replaced_or_known() {
    let place = Place::with(&[("a.txt", &page()), ("out/a.en.txt", "kept")]);
    let args = ["clean", "a.txt", "-o", "out", "--split-langs"];
    place.run(&args).exits(1).says("--overwrite");
    assert_eq!(place.read("out/a.en.txt"), "kept");
    assert!(!place.has("out/a.es.txt"));

    place.run(&[&args[..], &["--overwrite"]].concat()).exits(0);
    let (spanish, english) = (place.read("out/a.es.txt"), place.read("out/a.en.txt"));
    assert!(english.starts_with(ENGLISH));

    let resume = [&args[..], &["--resume", "-v"]].concat();
    place.run(&resume).exits(0).says("clean already");
    // One file of two is not enough.
    fs::remove_file(place.path("out/a.es.txt")).unwrap();
    let run = place.run(&resume).exits(0);
    assert!(!run.stderr.contains("clean already"), "{}", run.stderr);
    assert_eq!(place.read("out/a.es.txt"), spanish);
    assert_eq!(place.read("out/a.en.txt"), english);
    // A run without the option asks for another file.
    place.run(&["clean", "a.txt", "-o", "out", "--resume"]).exits(0);
    assert_eq!(place.files("out"), ["a.en.txt", "a.es.txt", "a.txt"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_whole_does_not_appear() {
    let place = Place::new();
    place.write("cut.txt.gz", &gzip(page().as_bytes())[..60]);
    place.run(&["clean", "cut.txt.gz", "-o", "out", "--split-langs"]).exits(1);
    assert_eq!(place.files("out"), Vec::<String>::new());
}
