//! The pages of `fixtures/documents`: reading them, and what can be said about their lines.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::{fixtures, parse_jsonl};

/// One table of `INDEX.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub about: String,
    pub langs: Vec<String>,
    pub kind: String,
    pub expect: Expect,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    Pass,
    Fail,
}

/// One line of `removed.jsonl`: a line that goes, or (`span`) a line that loses a part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub line: u64,
    pub category: OneOrMany,
    #[serde(default)]
    pub span: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn allows(&self, category: &str) -> bool {
        match self {
            OneOrMany::One(only) => only == category,
            OneOrMany::Many(any) => any.iter().any(|one| one == category),
        }
    }

    pub fn all(&self) -> Vec<&str> {
        match self {
            OneOrMany::One(only) => vec![only],
            OneOrMany::Many(any) => any.iter().map(String::as_str).collect(),
        }
    }
}

/// The categories of the product contract; a fixture that names another one is mistyped.
pub const CATEGORIES: [&str; 18] = [
    "newsletter",
    "ad",
    "comments",
    "share",
    "related",
    "nav",
    "cookie",
    "paywall",
    "legal",
    "byline",
    "author-bio",
    "pagination",
    "placeholder",
    "app",
    "contact",
    "spam",
    "duplicate",
    "custom",
];

/// A page with everything that is known about it.
pub struct Page {
    pub name: String,
    pub input: Vec<u8>,
    pub output: Vec<u8>,
    pub removed: Vec<Expected>,
}

pub fn documents() -> PathBuf {
    fixtures().join("documents")
}

pub fn index() -> BTreeMap<String, Entry> {
    let text = fs::read_to_string(documents().join("INDEX.toml")).expect("INDEX.toml is readable");
    toml::from_str(&text).unwrap_or_else(|error| panic!("INDEX.toml: {error}"))
}

pub fn read_page(name: &str) -> Page {
    let read = |file: &str| {
        let path = documents().join(name).join(file);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let expected = |value: Value| {
        serde_json::from_value(value)
            .unwrap_or_else(|error| panic!("{name}/removed.jsonl: {error}"))
    };
    Page {
        name: name.to_owned(),
        input: read("in.txt"),
        output: read("out.txt"),
        removed: parse_jsonl(&read("removed.jsonl"))
            .unwrap_or_else(|error| panic!("{name}/removed.jsonl: {error}"))
            .into_iter()
            .map(expected)
            .collect(),
    }
}

pub fn pages() -> Vec<(Page, Expect)> {
    index().iter().map(|(name, entry)| (read_page(name), entry.expect)).collect()
}

/// Lines count from 1, slices from 0.
pub fn index_of(line: u64) -> Option<usize> {
    usize::try_from(line.checked_sub(1)?).ok()
}

/// The page as text: by its byte order mark, else UTF-8, else windows-1252, which is all the pages use.
pub fn decode(bytes: &[u8]) -> String {
    let fallback = match std::str::from_utf8(bytes) {
        Ok(_) => encoding_rs::UTF_8,
        Err(_) => encoding_rs::WINDOWS_1252,
    };
    fallback.decode(bytes).0.into_owned()
}

/// The lines of a page with the white space around them cut off.
pub fn spread(bytes: &[u8]) -> Vec<String> {
    let text = decode(bytes);
    text.split('\n').map(|line| line.trim().to_owned()).collect()
}

/// Line feeds, plus one for an unended last line.
pub fn line_count(bytes: &[u8]) -> u64 {
    let text = decode(bytes);
    let ended = text.matches('\n').count() as u64;
    ended + u64::from(!text.is_empty() && !text.ends_with('\n'))
}
