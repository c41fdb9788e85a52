//! Every example and counter-example of every built-in rule, and the order of the files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use limpio::rules::{RuleSet, check};

fn data_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/data");
    let entries = std::fs::read_dir(folder).expect("the data folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

#[test]
fn no_built_in_file_has_an_error() {
    let mut errors = Vec::new();
    for path in data_files() {
        let text = std::fs::read_to_string(&path).expect("readable");
        errors.extend(check(&path, &text).iter().map(ToString::to_string));
    }
    assert!(errors.is_empty(), "{} errors:\n{}", errors.len(), errors.join("\n"));
}

#[test]
fn every_file_is_built_in_and_every_rule_read() {
    let files: usize = data_files()
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("readable").matches("[[rule]]").count())
        .sum();
    assert_eq!(RuleSet::builtin().rules().len(), files);
}
