//! `--drop-spam-docs`.

use crate::harness::{PROSE, Place, records};

const SPAM: &str = "Cheap replica watches, 80% off! Order now: http://watches.example\n\
                    Free shipping, contact us on WhatsApp today.\n";

#[test]
fn a_spam_record_stays_with_an_empty_text_and_the_others_are_untouched() {
    let place = Place::new();
    let record = |id: u32, text: &str| serde_json::json!({"id": id, "text": text}).to_string();
    let ham = record(2, PROSE);
    place.write("in.jsonl", format!("{}\n{ham}\n", record(1, SPAM)));
    let args =
        ["clean", "in.jsonl", "--drop-spam-docs", "--report", "r.jsonl", "--removed", "m.jsonl"];
    let run = place.run(&args).exits(0);
    assert_eq!(run.text(), format!("{}\n{ham}\n", record(1, "")));
    let report = records(place.read("r.jsonl").as_bytes());
    assert_eq!(report[0]["status"], "ok");
    assert!(report[0]["reason"].as_str().is_some_and(|why| why.starts_with("spam as a whole")));
    assert_eq!((&report[0]["lines_in"], &report[0]["removed"]["spam"]), (&2.into(), &2.into()));
    assert_eq!(report[1]["reason"], "");
    let removed = records(place.read("m.jsonl").as_bytes());
    let text: Vec<&str> = removed.iter().filter_map(|run| run["text"].as_str()).collect();
    assert_eq!(text.join("\n"), SPAM.trim_end());
}

#[test]
fn a_spam_file_is_written_empty_and_a_pipe_gives_nothing() {
    let place = Place::with(&[("in/spam.txt", SPAM), ("in/ham.txt", PROSE)]);
    place.run(&["clean", "--drop-spam-docs", "in", "-o", "out"]).exits(0);
    assert_eq!((place.read("out/spam.txt"), place.read("out/ham.txt")), ("".into(), PROSE.into()));
    assert_eq!(place.pipe(&["clean", "--drop-spam-docs=0.7"], SPAM).exits(0).text(), "");
    assert_eq!(place.pipe(&["clean", "--drop-spam-docs", "0.7"], PROSE).exits(0).text(), PROSE);
}

#[test]
fn explain_shows_every_line_of_a_spam_document_as_dropped() {
    let place = Place::with(&[("a.txt", SPAM)]);
    let args = ["explain", "a.txt", "--drop-spam-docs", "--format", "jsonl"];
    let run = place.run(&args).exits(0);
    let lines = run.records()[0]["lines"].as_array().cloned().unwrap_or_default();
    assert!(lines.len() == 2 && lines.iter().all(|line| line["category"] == "spam"), "{lines:?}");
}

#[test]
fn the_score_may_stand_in_a_settings_file_and_must_be_one() {
    let place = Place::with(&[("a.txt", SPAM), ("limpio.toml", "drop-spam-docs = 0.7\n")]);
    assert_eq!(place.run(&["clean", "a.txt"]).exits(0).text(), "");
    for (args, says) in [
        (&["clean", "a.txt", "--drop-spam-docs=2"][..], "drop-spam-docs"),
        (&["clean", "a.txt", "--drop-spam-docs=much"], "such as 0.8"),
        (&["clean", "a.txt", "--drop-spam-docs", "--skip", "spam"], "spam is off"),
        (&["clean", "a.txt", "--disable", "spam.document"], "comes with --drop-spam-docs"),
    ] {
        place.run(args).exits(2).says(says);
    }
}
