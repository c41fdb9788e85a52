//! Rule files: any text is refused with a place, or loads, is checked, and matches without harm.
//!
//! What stands before a NUL byte is the rule file, what follows is a text to clean with it.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use limpio::Pipeline;
use limpio::rules::{RuleSet, check};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (rules, page) = text.split_once('\0').unwrap_or((text, "Read also: a page\nFollow us!\n"));
    let path = Path::new("mine.toml");
    for error in check(path, rules) {
        assert_eq!(error.path(), Some(path), "{error}");
    }
    let mut set = RuleSet::empty();
    if let Err(error) = set.add_toml(path, rules) {
        assert_eq!(error.path(), Some(path), "{error}");
        assert!(error.line().is_some(), "{error}");
        return;
    }
    // They may clash with built-in rules.
    let Ok(builder) = Pipeline::builder().rules_toml(path, rules) else { return };
    let Ok(pipeline) = builder.build() else { return };
    let once = pipeline.clean(page).text.into_owned();
    assert_eq!(pipeline.clean(page).text, once);
    // Text is not decoded, and bytes are.
    if !page.contains(['\0', '\u{1b}']) && !page.starts_with('\u{feff}') {
        assert_eq!(pipeline.clean_bytes(page.as_bytes()).text, once);
    }
});
