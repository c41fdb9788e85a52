//! `--report` and `--removed`.

use serde_json::Value;

use crate::harness::{BOX, PROSE, Place, records};

const KEYS: [&str; 17] = [
    "v",
    "path",
    "status",
    "reason",
    "encoding",
    "bytes_in",
    "bytes_out",
    "lines_in",
    "lines_out",
    "blank_lines",
    "repairs",
    "removed",
    "trimmed",
    "rules",
    "languages",
    "spam_score",
    "warnings",
];

fn corpus() -> Place {
    let place = Place::with(&[
        ("in/a.txt", &format!("{PROSE}\n\n\n{BOX}\nLa seÃ±al.\n")),
        ("in/b.jsonl", "{\"id\":7,\"text\":\"Hola.\"}\n{\"text\":\"Ya.\"}\nroto\n"),
    ]);
    place.write("in/c.bin", b"\x00\x01");
    place.write("in/d.txt.gz", b"\x1f\x8bcut");
    place
}

#[test]
fn there_is_a_record_per_document_in_order_and_one_of_the_run() {
    let place = corpus();
    place.run(&["clean", "in", "-o", "out", "--report", "r.jsonl"]).exits(1);
    let report = records(place.read("r.jsonl").as_bytes());
    let (run, documents) = report.split_last().unwrap();
    let seen: Vec<(String, &str)> = documents
        .iter()
        .map(|record| {
            let name = record.get("id").unwrap_or(&record["path"]);
            (name.to_string(), record["status"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("\"in/a.txt\"".into(), "ok"),
            ("7".into(), "ok"),
            ("\"in/b.jsonl:2\"".into(), "ok"),
            ("\"in/b.jsonl:3\"".into(), "failed"),
            ("\"in/c.bin\"".into(), "skipped"),
            ("\"in/d.txt.gz\"".into(), "failed"),
        ]
    );
    for record in documents {
        let keys: Vec<&str> = record
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .filter(|key| *key != "id")
            .collect();
        assert_eq!(keys.len(), KEYS.len(), "{record}");
        assert!(KEYS.iter().all(|key| keys.contains(key)), "{record}");
        assert!(record["reason"].is_string() && record["languages"]["other"].is_f64());
        let sum = |key: &str| -> u64 {
            record[key].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
        };
        let number = |key: &str| record[key].as_u64().unwrap();
        assert_eq!(
            number("lines_in"),
            number("lines_out") + sum("removed") + number("blank_lines")
        );
    }
    let run = &run["run"];
    assert_eq!(run["totals"]["documents"], 6);
    assert_eq!(run["totals"]["failed"], 2);
    assert_eq!(run["version"], env!("CARGO_PKG_VERSION"));
    assert!(run["rules_hash"].is_string() && run["settings"].is_object());
    assert!(run["seconds"].is_f64());
}

#[test]
fn the_order_does_not_depend_on_the_threads() {
    let place = Place::new();
    for number in 0..60 {
        let text = format!("{PROSE}{BOX}").repeat(1 + (60 - number) % 7);
        place.write(&format!("in/{number:02}.txt"), text);
    }
    let run = |jobs: &str| {
        let folder = format!("out{jobs}");
        let args = [
            "clean",
            "in",
            "-o",
            &folder,
            "-j",
            jobs,
            "--report",
            "r.jsonl",
            "--removed",
            "m.jsonl",
        ];
        place.run(&args).exits(0);
        let report = place.read("r.jsonl");
        let documents: Vec<String> = report
            .lines()
            .filter(|line| !line.starts_with("{\"run\""))
            .map(str::to_owned)
            .collect();
        (documents, place.read("m.jsonl"))
    };
    let one = run("1");
    assert_eq!(one.0.len(), 60);
    assert_eq!(one, run("4"));
}

#[test]
fn clean_and_removed_lines_account_for_the_input() {
    let input = format!(
        "{PROSE}\n{BOX}\n{PROSE}Leave a Reply\nYour email address will not be published.\n"
    );
    let place = Place::with(&[("a.txt", &input)]);
    let clean = place.run(&["clean", "a.txt", "--removed", "m.jsonl"]).exits(0);
    let removed = records(place.read("m.jsonl").as_bytes());
    assert!(!removed.is_empty());
    let lines: Vec<&str> = input.lines().collect();
    let mut gone = Vec::new();
    for record in &removed {
        let (from, to) = (record["line"].as_u64().unwrap(), record["end_line"].as_u64().unwrap());
        assert!(from <= to);
        let text = lines[from as usize - 1..to as usize].join("\n");
        assert_eq!(record["text"], Value::from(text.clone()));
        gone.extend(text.lines().map(str::to_owned));
        assert_eq!(record["path"], "a.txt");
        for key in ["category", "rule", "reason"] {
            assert!(record[key].is_string(), "{record}");
        }
        assert!(record["score"].is_number());
    }
    let mut all: Vec<String> = clean
        .text()
        .lines()
        .map(str::to_owned)
        .chain(gone)
        .filter(|line| !line.is_empty())
        .collect();
    let mut expected: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
}

#[test]
fn standard_input_is_called_a_dash() {
    let place = Place::new();
    place.pipe(&["clean", "--report", "r.jsonl"], "Hola.\n").exits(0);
    assert_eq!(records(place.read("r.jsonl").as_bytes())[0]["path"], "-");
}

#[test]
fn an_earlier_report_is_replaced_and_devices_are_written_through() {
    let place = Place::with(&[("a.txt", "Hola.\n"), ("r.jsonl", "earlier")]);
    place.run(&["clean", "a.txt", "--report", "r.jsonl"]).exits(0);
    assert_eq!(records(place.read("r.jsonl").as_bytes()).len(), 2);
    if cfg!(target_os = "linux") {
        let run = place.run(&["clean", "a.txt", "--report", "/dev/stderr"]).exits(0);
        assert_eq!(records(run.stderr.as_bytes()).len(), 2);
        let run = place.run(&["clean", "a.txt", "-o", "out", "--report", "-"]).exits(0);
        assert_eq!(run.records().len(), 2);
    }
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let place = Place::with(&[("a.txt", "Hola.\n")]);
    place.run(&["clean", "a.txt", "--report", "no/such/r.jsonl"]).exits(2).says("no/such/r.jsonl");
    place.run(&["clean", "a.txt", "--report", "."]).exits(2);
    if cfg!(target_os = "linux") {
        place.run(&["clean", "a.txt", "--report", "/dev/full"]).exits(1).says("/dev/full: ");
        place.run(&["clean", "a.txt", "-o", "out", "--report", "/dev/full"]).exits(1);
    }
}

#[test]
fn a_report_may_stand_in_the_output_folder() {
    let place = corpus();
    place.run(&["clean", "in/a.txt", "-o", "out", "--report", "out/r.jsonl"]).exits(0);
    assert_eq!(place.files("out"), ["a.txt", "r.jsonl"]);
    place
        .run(&["clean", "in/a.txt", "-o", "out", "--report", "out/r.jsonl", "--overwrite"])
        .exits(0);
    assert_eq!(records(place.read("out/r.jsonl").as_bytes()).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_written_through_and_stays() {
    use std::os::unix::fs::FileTypeExt;
    let place = Place::with(&[("a.txt", "Hola.\n")]);
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let path = place.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read(path).unwrap());
    place.run(&["clean", "a.txt", "-o", "out", "--report", "pipe"]).exits(0);
    assert_eq!(records(&reader.join().unwrap()).len(), 2);
    assert!(std::fs::symlink_metadata(place.path("pipe")).unwrap().file_type().is_fifo());
}

#[cfg(unix)]
#[test]
fn report_and_removed_lines_may_share_a_pipe_or_device() {
    let place = Place::with(&[("a.txt", &format!("{PROSE}{BOX}").repeat(300))]);
    let args = ["clean", "a.txt", "-o", "out", "--overwrite", "--report", "/dev/stderr"];
    let run = place.run(&[&args[..], &["--removed", "/dev/stderr"]].concat()).exits(0);
    assert!(records(run.stderr.as_bytes()).len() > 300);
    let file = std::fs::File::create(place.path("both")).unwrap();
    let mut command = place.command(&[&args[..], &["--removed", "/dev/stderr"]].concat());
    assert!(command.stderr(file).status().unwrap().success());
    assert!(records(place.read("both").as_bytes()).len() > 300);
    for target in ["r.jsonl", "a.txt"] {
        let args = ["clean", "a.txt", "--report", target, "--removed", target];
        place.run(&args).exits(2);
    }
    place.run(&["clean", "a.txt", "--report", "/dev/null", "--removed", "/dev/null"]).exits(0);
}

#[test]
fn a_report_may_stand_in_an_output_folder_that_the_run_makes() {
    for (report, more) in [("o/r.jsonl", &[][..]), ("o/deep/r.jsonl", &[]), ("o/r", &["--dry-run"])]
    {
        let place = Place::with(&[("in/a.txt", "Hola.\n")]);
        place.run(&[&["clean", "in", "-o", "o", "--report", report], more].concat()).exits(0);
        assert_eq!(records(place.read(report).as_bytes()).len(), 2);
    }
}
