//! The official test files of Unicode, through the whole pipeline.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use limpio::{
    BlankLines, Emoji, Entities, Form, Normalization, Pipeline, Spaces, Stage, ZeroWidth,
};
use unicode_normalization::UnicodeNormalization;

fn test_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/unicode").join(name);
    let file = File::open(&path).expect("the fixture is in the tree");
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the fixture is gzip and UTF-8");
    text
}

fn text_of(code_points: &str) -> String {
    let code = |code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
    code_points.split_whitespace().map(|point| code(point).expect("a code point")).collect()
}

fn pipeline(normalization: Normalization) -> Pipeline {
    let builder = Pipeline::builder().only(&[Stage::Normalize]).normalization(normalization);
    builder.build().expect("one stage builds")
}

/// All but the normal form is left alone.
fn only_form(form: Form) -> Pipeline {
    pipeline(Normalization {
        form,
        entities: Entities::Keep,
        zero_width: ZeroWidth::Keep,
        spaces: Spaces::Keep,
        blank_lines: BlankLines::Keep,
        ..Normalization::default()
    })
}

/// Every line between two bars, so that spaces at its ends and marks at its start stand in text.
fn normal_forms(form: Form, expected_of: fn(usize) -> usize) {
    let file = test_file("NormalizationTest.txt.gz");
    let (mut given, mut expected) = (String::new(), String::new());
    for line in file.lines() {
        let columns: Vec<String> = line.split(';').take(5).map(text_of).collect();
        for (at, column) in columns.iter().enumerate() {
            given.push_str(&format!("|{column}|\n"));
            expected.push_str(&format!("|{}|\n", columns[expected_of(at)]));
        }
    }
    let cleaned = only_form(form).clean(&given);
    for ((given, expected), found) in given.lines().zip(expected.lines()).zip(cleaned.text.lines())
    {
        assert_eq!(found, expected, "{form} of {}", given.escape_unicode());
    }
    assert_eq!(cleaned.text.len(), expected.len());
}

#[test]
fn nfc_is_that_of_the_official_file() {
    normal_forms(Form::Nfc, |column| if column < 3 { 1 } else { 3 });
}

#[test]
fn nfkc_is_that_of_the_official_file() {
    normal_forms(Form::Nfkc, |_| 3);
}

#[test]
fn every_emoji_passes() {
    let pipeline = Pipeline::builder().build().expect("the defaults build");
    let file = test_file("emoji-test.txt.gz");
    let mut sequences = 0;
    for line in file.lines() {
        let emoji = text_of(line.split(';').next().unwrap_or_default());
        for text in
            [emoji.clone(), format!("ya {emoji}{emoji} está"), format!("no{emoji}\n\nfin.\n")]
        {
            assert_eq!(pipeline.clean(&text).text, text, "{line}");
        }
        sequences += 1;
    }
    assert!(sequences > 4000, "{sequences} sequences");
}

#[test]
fn every_emoji_goes_when_asked_for() {
    let pipeline = pipeline(Normalization { emoji: Emoji::Strip, ..Normalization::default() });
    for line in test_file("emoji-test.txt.gz").lines() {
        let emoji = text_of(line.split(';').next().unwrap_or_default());
        // Those that are ordinary characters unless a selector follows stay without one.
        let left = pipeline.clean(&format!("ya {emoji} está")).text.into_owned();
        let rest = left.strip_prefix("ya ").and_then(|rest| rest.strip_suffix(" está"));
        let rest = rest.unwrap_or(&left);
        let is_ordinary = matches!(rest, "" | "©" | "®" | "™" | "#" | "*" | "‼" | "⁉" | "ℹ")
            || rest.chars().all(|c| c.is_ascii_digit())
            || rest.chars().all(|c| matches!(c, '↔'..='↪'));
        assert!(is_ordinary, "{line}: {}", rest.escape_unicode());
    }
}

#[test]
fn every_composition_is_found_across_pieces_of_a_long_line() {
    // A line over 64 KiB is handled in pieces; marks must reach their letters all the same.
    for word in ["e\u{301}", "가\u{11a8}", "\u{1100}\u{1161}", "\u{915}\u{93c}", "\u{3046}\u{3099}"]
    {
        let text = word.repeat(300_000 / word.len());
        let expected: String = text.nfc().collect();
        assert!(only_form(Form::Nfc).clean(&text).text == expected, "{}", word.escape_unicode());
    }
}
