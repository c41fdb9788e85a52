//! Damaged text and what it meant: `fixtures/mojibake/cases.toml`. Known misses are strict: one that
//! starts to pass fails the test until its case is promoted.

use limpio::{Pipeline, Stage};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    label: String,
    #[serde(default, rename = "origin")]
    _origin: String,
    damaged: String,
    clean: String,
    expect: Expect,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Pass,
    Fail,
}

fn cases() -> Vec<Case> {
    let fixture: Fixture = toml::from_str(include_str!("../fixtures/mojibake/cases.toml")).unwrap();
    fixture.case
}

#[test]
fn cases_pass_and_known_misses_are_missed() {
    let pipeline = Pipeline::builder().only(&[Stage::Mojibake]).build().unwrap();
    let mut wrong = Vec::new();
    for case in cases() {
        let got = pipeline.clean(&case.damaged).text;
        match (got == case.clean, case.expect) {
            (false, Expect::Pass) => wrong.push(format!("{}: {got}", case.label)),
            (true, Expect::Fail) => wrong.push(format!("{}: passes now, promote it", case.label)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_was_meant_is_clean() {
    let pipeline = Pipeline::builder().only(&[Stage::Mojibake]).build().unwrap();
    for case in cases() {
        assert_eq!(pipeline.clean(&case.clean).text, case.clean, "{}", case.label);
    }
}
