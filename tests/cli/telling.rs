//! What a run tells of itself while it runs and when it is over.

use crate::harness::{BOX, PROSE, Place};

#[test]
fn verbose_tells_where_the_time_went_and_how_much_was_read() {
    let place = Place::with(&[("in/a.txt", PROSE), ("in/b.jsonl", "{\"text\":\"Hola.\"}\n")]);
    for (args, work) in [
        (&["clean", "in", "-o", "out", "-v"][..], &["read ", "decode ", "repair ", "judge "][..]),
        (&["clean", "in/a.txt", "-v"], &["read ", "decode ", "repair ", "judge "]),
        (&["clean", "in/b.jsonl", "-v"], &["records ", "repair ", "judge "]),
    ] {
        let run = place.run(args).exits(0);
        let lines = run.stderr.lines();
        let told = lines.filter_map(|line| line.strip_prefix("limpio: time of all threads: "));
        let told: Vec<&str> = told.collect();
        assert_eq!(told.len(), 1, "{args:?}: {}", run.stderr);
        for work in work {
            assert!(told[0].contains(work), "{work}: {}", told[0]);
        }
    }
    let run = place.run(&["clean", "in", "-o", "out", "-v", "--overwrite"]).exits(0);
    assert!(run.stderr.contains("limpio: 2 documents: 2 clean, 0 failed, 0 skipped; "));
    assert!(run.stderr.contains(" MB/s\n"), "{}", run.stderr);
    assert!(!place.run(&["clean", "in/a.txt"]).exits(0).stderr.contains("time of"));
}

#[cfg(target_os = "linux")]
#[test]
fn who_asks_a_run_is_told_where_it_stands() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let place = Place::new();
    let mut command = place.command(&["clean"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{PROSE}\n{PROSE}\n").repeat(200).as_bytes()).unwrap();
    // What has come out was read: from here on the run waits for more.
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    for _ in 0..2 {
        let asked = Command::new("kill").args(["-USR1", &child.id().to_string()]).status();
        assert!(asked.unwrap().success());
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.as_mut().unwrap());
        stderr.read_line(&mut line).unwrap();
        assert!(line.starts_with("limpio: -: 0."), "{line:?}");
        assert!(line.contains(" MB read in ") && line.contains(" MB/s; 0 documents, 0 failed"));
    }
    drop(stdin);
    let rest = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    assert!(child.wait().unwrap().success());
    rest.join().unwrap().unwrap();
}

#[test]
fn the_reports_of_shards_add_up_to_that_of_one_run() {
    let place = Place::new();
    for number in 0..12 {
        let text = format!("{}{}", PROSE.repeat(number), if number % 3 == 0 { BOX } else { "" });
        place.write(&format!("in/{number}.txt"), text);
    }
    place.write("in/wrong.jsonl", "{\"text\":1}\n{\"text\":\"Hola.\"}\n");
    place.write("in/cut.txt.gz", b"\x1f\x8b\x08");
    let clean = |output: &str, report: &str, shard: &[&str]| {
        let args = [&["clean", "in", "-o", output, "--report", report], shard].concat();
        place.run(&args)
    };
    clean("whole", "whole.jsonl", &[]).exits(1);
    for number in ["1", "2", "3"] {
        clean("parts", &format!("{number}.jsonl"), &["--shard", &format!("{number}/3")]);
    }
    // The parts together are the whole, byte for byte.
    assert_eq!(place.files("parts"), place.files("whole"));
    for name in place.files("whole") {
        assert_eq!(place.read(&format!("parts/{name}")), place.read(&format!("whole/{name}")));
    }
    let totals = |files: &[&str]| {
        let args = [&["report", "--format", "jsonl"], files].concat();
        let run = place.run(&args).exits(0);
        let record = run.records().remove(0);
        assert_eq!(record["run"]["reports"], files.len());
        record["run"]["totals"].clone()
    };
    let whole = totals(&["whole.jsonl"]);
    assert_eq!(whole["documents"], 15);
    assert_eq!(totals(&["1.jsonl", "2.jsonl", "3.jsonl"]), whole);

    let told = place.run(&["report", "1.jsonl", "2.jsonl", "3.jsonl"]).exits(0);
    let text = told.text();
    assert!(text.starts_with("3 reports, "), "{text}");
    assert!(text.contains("\n15 documents: 13 clean, 2 failed, 0 skipped\n"), "{text}");
    assert!(text.contains("\nremoved: newsletter 12\n"), "{text}");
    assert!(text.contains("\nfailed: in/cut.txt.gz: "), "{text}");

    let report = place.read("1.jsonl");
    let end = report.find("{\"run\"").expect("the record of the run");
    place.write("cut.jsonl", &report[..end]);
    place.write("twice.jsonl", report.repeat(2));
    for wrong in ["cut.jsonl", "twice.jsonl", "in/1.txt"] {
        place.run(&["report", "2.jsonl", wrong]).exits(1).says(&format!("limpio: {wrong}: "));
    }
    place.run(&["report", "nowhere.jsonl"]).exits(2).says("limpio: nowhere.jsonl: ");
    place.run(&["report"]).exits(2).says("missing: <RUN.jsonl>...");
}

/// A line of the box.
const GONE: &str = "Enter your email address";

/// A folder of scraped pages, its report and what was removed from it.
fn a_run() -> Place {
    let place = Place::new();
    place.write("in/a.example/<b>1.txt", format!("{PROSE}{BOX}"));
    place.write("in/a.example/2.txt", PROSE);
    place.write("in/b.example/cut.txt.gz", b"\x1f\x8b\x08");
    let args = ["clean", "in", "-o", "out", "--report", "run.jsonl", "--removed", "gone.jsonl"];
    place.run(&args).exits(1);
    place
}

#[test]
fn a_page_shows_a_run() {
    let place = a_run();
    let args = ["report", "run.jsonl", "--removed", "gone.jsonl", "-o"];
    let to = |output| place.run(&[&args[..], &[output]].concat()).exits(0);
    assert_eq!(to("page.html").text(), "");
    let page = place.read("page.html");
    for shown in [
        "<h1>limpio: 3 documents</h1>",
        "<bdi>newsletter</bdi>",
        "<bdi>in/a.example/&lt;b&gt;1.txt</bdi>",
        "<bdi>in/b.example</bdi>",
        "<bdi>in/b.example/cut.txt.gz</bdi>",
        // An example of what went.
        GONE,
        "\n  \"level\": \"balanced\",\n",
    ] {
        assert!(page.contains(shown), "{shown} is missing: {page}");
    }
    assert!(!page.contains("<script") && !page.contains("<b>"));
    // A page is replaced, and the same reports give the same bytes.
    to("page.html");
    assert_eq!(place.read("page.html"), page);
    assert_eq!(to("-").text(), page);
    place.run(&["report", "run.jsonl", "-o", "short.html"]).exits(0);
    assert!(!place.read("short.html").contains(GONE));
}

#[test]
fn a_page_replaces_nothing_that_is_read() {
    let place = a_run();
    let before = place.read("run.jsonl");
    for (args, said) in [
        (&["run.jsonl", "-o", "run.jsonl"][..], "run.jsonl: the page would replace an input"),
        (&["run.jsonl", "--removed", "gone.jsonl", "-o", "gone.jsonl"], "replace an input"),
        (&["run.jsonl", "-o", "in"], "limpio: in: "),
        (&["run.jsonl", "-o", "no/such/page.html"], "limpio: no/such/page.html: "),
        (&["run.jsonl", "--removed", "gone.jsonl"], "--output"),
        (&["run.jsonl", "-o", "page.html", "--format", "jsonl"], "--format"),
    ] {
        place.run(&[&["report"], args].concat()).exits(2).says(said);
    }
    assert_eq!(place.read("run.jsonl"), before);
    assert!(!place.path("page.html").exists());
    // What cannot be read is said; the page tells of the rest.
    let args = ["report", "run.jsonl", "in/a.example/2.txt", "--removed", "run.jsonl"];
    let run = place.run(&[&args[..], &["-o", "page.html"]].concat()).exits(1);
    let run = run.says("2.txt: line 1 is no record of a report");
    run.says("run.jsonl: line 1 is no record of removed lines");
    assert!(place.read("page.html").contains("<h1>limpio: 3 documents</h1>"));
}
