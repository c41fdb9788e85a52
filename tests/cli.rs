//! The built command from outside: arguments, standard input and output, exit status, files.

#![cfg(feature = "cli")]

#[path = "cli/harness.rs"]
mod harness;

#[path = "cli/config.rs"]
mod config;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/folders.rs"]
mod folders;
#[path = "cli/jsonl.rs"]
mod jsonl;
#[path = "cli/langs.rs"]
mod langs;
#[path = "cli/learn.rs"]
mod learn;
#[path = "cli/options.rs"]
mod options;
#[path = "cli/records.rs"]
mod records;
#[path = "cli/rules.rs"]
mod rules;
#[path = "cli/schemas.rs"]
mod schemas;
#[path = "cli/spam.rs"]
mod spam;
#[path = "cli/split.rs"]
mod split;
#[path = "cli/telling.rs"]
mod telling;
#[path = "cli/text.rs"]
mod text;
