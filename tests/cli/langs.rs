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
fn people_get_a_table() {
    let place = Place::with(&[("a.txt", &format!("{PROSE}{ENGLISH}"))]);
    let run = place.run(&["langs", "a.txt"]).exits(0);
    assert!(run.text().starts_with("a.txt  es  (es "), "{}", run.text());
    assert_eq!(run.text().lines().count(), 3);
}
