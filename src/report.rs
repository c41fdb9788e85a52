//! What a run tells about a document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::verdict::Category;

/// What happened to one document: the record that `--report` writes, without its path.
///
/// `lines_in` equals `lines_out` + the sum of `removed` + `blank_lines`. Every key is always
/// present when serialised, with the same type.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Report {
    /// Whether the document is clean now.
    pub status: Status,
    /// Why it failed or was skipped, or came out empty as spam; empty when it is clean.
    pub reason: String,
    /// WHATWG name of the encoding the bytes were read with, lower case.
    pub encoding: String,
    /// Bytes read (after decompression).
    pub bytes_in: u64,
    /// Bytes written (before compression).
    pub bytes_out: u64,
    /// Line ends in the input, plus one for an unended last line.
    pub lines_in: u64,
    /// Lines of the clean text, counted the same way.
    pub lines_out: u64,
    /// Blank lines that were folded or went with a removed block.
    pub blank_lines: u64,
    /// What was repaired.
    pub repairs: Repairs,
    /// Removed lines by category.
    pub removed: BTreeMap<Category, u64>,
    /// Lines that lost a span only, by category.
    pub trimmed: BTreeMap<Category, u64>,
    /// Removed and trimmed lines by rule.
    pub rules: BTreeMap<String, u64>,
    /// Shares of the languages in the clean text, by letters; all 0 where nobody asked.
    pub languages: Languages,
    /// How much the document looks like spam as a whole, 0 to 1.
    pub spam_score: f64,
    /// What a reader of the clean text should know.
    pub warnings: Vec<String>,
}

impl Report {
    /// Counts a line that a rule removed or trimmed.
    pub(crate) fn count_rule(&mut self, rule: &str) {
        match self.rules.get_mut(rule) {
            Some(count) => *count += 1,
            None => {
                self.rules.insert(rule.to_owned(), 1);
            }
        }
    }
}

/// Whether a document came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is clean.
    #[default]
    Ok,
    /// It could not be read or written.
    Failed,
    /// It is no text.
    Skipped,
}

/// Counts of repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Repairs {
    /// Spans of mojibake that were undone.
    pub mojibake: u64,
    /// Bytes or spans of which something was lost: stray bytes, U+FFFD, guessed bytes.
    pub lossy: u64,
    /// HTML entities that were decoded.
    pub entities: u64,
    /// Control and invisible characters that were taken out.
    pub controls: u64,
    /// Words divided at the end of a line that were joined. Not in the records, whose keys are those
    /// of version 1.
    #[serde(skip)]
    pub hyphens: u64,
}

impl Repairs {
    /// Adds the counts of another document.
    pub fn add(&mut self, other: &Repairs) {
        self.mojibake += other.mojibake;
        self.lossy += other.lossy;
        self.entities += other.entities;
        self.controls += other.controls;
        self.hyphens += other.hyphens;
    }
}

/// Shares of the languages, by letters; they sum to 1, or are all 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Languages {
    /// Spanish.
    pub es: f64,
    /// English.
    pub en: f64,
    /// Any other language.
    pub other: f64,
}
