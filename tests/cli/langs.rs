//! `limpio langs`.

use crate::harness::{PROSE, Place};

const ENGLISH: &str =
    "The morning train was late again, so we walked along the river and talked.\n";

#[test]
fn spans_cover_the_text_without_gaps() {
    let text = format!("{PROSE}{ENGLISH}{PROSE}");
    let place = Place::with(&[("a.txt", &text)]);
    for (unit, length) in [("bytes", text.len()), ("chars", text.chars().count())] {
        let args = ["langs", "--format", "jsonl", "--offsets", unit, "a.txt"];
        let record = &place.run(&args).exits(0).records()[0];
        assert_eq!(record["id"], "a.txt");
        assert_eq!(record["lang"], "es");
        assert_eq!(record["offsets"], unit);
        let spans = record["spans"].as_array().unwrap();
        let mut end = 0;
        for span in spans {
            assert_eq!(span["start"].as_u64().unwrap(), end);
            end = span["end"].as_u64().unwrap();
        }
        assert_eq!(end, length as u64);
        assert_eq!(spans.len(), 3);
        let shares = &record["shares"];
        let sum: f64 =
            ["es", "en", "other"].iter().map(|lang| shares[lang].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}

#[test]
fn records_and_other_encodings() {
    let place = Place::new();
    let run =
        place.pipe(&["langs", "--format", "jsonl"], "{\"id\":5,\"text\":\"12345\"}\n").exits(0);
    assert_eq!(
        run.text(),
        "{\"id\":5,\"lang\":\"none\",\"shares\":{\"es\":0.0,\"en\":0.0,\"other\":0.0},\
        \"spans\":[{\"start\":0,\"end\":5,\"lang\":\"none\"}],\"offsets\":\"bytes\"}\n"
    );
    place.write("latin1.txt", b"Ma\xf1ana ser\xe1 otro d\xeda en la ciudad.\n");
    let record = &place.run(&["langs", "--format", "jsonl", "latin1.txt"]).exits(0).records()[0];
    assert_eq!(record["lang"], "es");
    assert_eq!(record["spans"][0]["end"], "Mañana será otro día en la ciudad.\n".len());
}

#[test]
fn people_see_the_text_of_one_document() {
    let place = Place::with(&[("a.txt", &format!("{PROSE}\n{ENGLISH}"))]);
    let run = place.run(&["langs", "a.txt"]).exits(0);
    let expected = format!("es     {PROSE}\nen     {ENGLISH}\na.txt  es ");
    assert!(run.text().starts_with(&expected), "{}", run.text());
    let piped = place.pipe(&["langs"], PROSE).exits(0);
    assert_eq!(piped.text(), format!("es     {PROSE}\n-  es 100.0 %\n\n"));
    let coloured = place.run(&["langs", "--color", "always", "a.txt"]).exits(0);
    assert!(coloured.text().contains("\u{1b}[36mThe morning"), "{}", coloured.text());
    let mut plain = place.command(&["langs", "a.txt"]);
    let plain = plain.env("NO_COLOR", "1").output().unwrap();
    assert_eq!(plain.stdout, run.stdout);
    let both = place.run(&["langs", "--show", "text", "a.txt", "a.txt"]).exits(0);
    assert_eq!(both.text(), run.text().repeat(2));
}

#[test]
fn people_get_a_table_of_several_documents_and_totals_of_folders() {
    let record = |text: &str| format!("{{\"id\":7,\"text\":\"{}\"}}\n", text.trim_end());
    let place = Place::with(&[
        ("in/a.txt", "Nos vemos mañana.\n"),
        ("in/sub/b.txt", "See you there tomorrow.\n"),
        ("in/sub/c.txt", "2026\n"),
        ("r.jsonl", &(record(PROSE) + &record(ENGLISH))),
    ]);
    let run = place.run(&["langs", "in"]).exits(0);
    assert_eq!(
        run.text(),
        "   es %    en % other %    letters  document\n\
        \x20 100.0     0.0     0.0         14  in/a.txt\n\
        \x20   0.0   100.0     0.0         19  in/sub/b.txt\n\
        \x20     -       -       -          0  in/sub/c.txt\n\
        \n\
        \x20  es %    en % other %    letters  total\n\
        \x20  42.4    57.6     0.0         33  in: 3 documents\n\
        \x20   0.0   100.0     0.0         19  in/sub: 2 documents\n"
    );
    let run = place.run(&["langs", "in/a.txt", "r.jsonl"]).exits(0);
    assert!(run.text().contains("  r.jsonl 7\n"), "{}", run.text());
    assert!(run.text().contains("  r.jsonl: 2 documents\n"), "{}", run.text());
    assert!(run.text().ends_with("  3 documents\n"), "{}", run.text());
    let one = place.run(&["langs", "--show", "table", "in/a.txt"]).exits(0);
    assert_eq!(one.text().lines().count(), 2);
}

#[test]
fn what_is_for_people_is_not_for_programs() {
    let place = Place::with(&[("a.txt", PROSE)]);
    place.run(&["langs", "a.txt", "--format", "jsonl", "--show", "table"]).exits(2).says("--show");
    place.run(&["langs", "a.txt", "--offsets", "chars"]).exits(2).says("--offsets");
}

#[test]
fn a_big_file_and_a_big_record_have_the_same_spans() {
    let text = format!("{}{}", PROSE.repeat(9000), ENGLISH.repeat(9000));
    assert!(text.len() > 2_000_000);
    let record = format!("{{\"id\":\"a.txt\",\"text\":{}}}\n", serde_json::json!(text));
    let place = Place::with(&[("a.txt", &text), ("r.jsonl", &record)]);
    let [file, record] = ["a.txt", "r.jsonl"]
        .map(|name| place.run(&["langs", "--format", "jsonl", name]).exits(0).stdout);
    assert!(file == record);
    assert_eq!(
        place.pipe(&["langs", "--format", "jsonl"], &text).exits(0).records()[0]["lang"],
        "es"
    );
}
