//! Removed lines that the page shows: read from the files that `clean --removed` wrote.
//!
//! Of each rule a few are drawn at random, each with the same chance however many there are (reservoir
//! sampling: Vitter, "Random Sampling with a Reservoir", 1985), by numbers that are the same in every run;
//! and always those that are worth a look: the longest, and those that were least sure.

use std::collections::BTreeMap;
use std::io::Read;

use limpio::stable_hash;
use serde::Deserialize;
use serde_json::Value;

use super::details::{Document, Top};
use super::each_record;

/// Examples of a rule.
const OF_A_RULE: usize = 3;

/// Removals that are shown because they are the longest, or were the least sure.
const MOST: usize = 20;

/// Characters of a removed text that are shown.
const LONGEST: usize = 300;

/// Rules of which examples are kept; those of a run are a few hundred.
const MOST_RULES: usize = 20_000;

/// Something that was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    pub document: String,
    pub line: u64,
    pub category: String,
    pub rule: String,
    pub reason: String,
    pub score: f64,
    pub text: String,
    /// Whether the text goes on.
    pub is_cut: bool,
}

/// A record of `--removed`.
#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    path: String,
    id: Option<Value>,
    line: u64,
    category: String,
    rule: String,
    reason: String,
    score: f64,
    text: String,
}

impl Record {
    fn removal(self) -> Removal {
        let mut text = self.text;
        let end = text.char_indices().nth(LONGEST).map(|(at, _)| at);
        text.truncate(end.unwrap_or(text.len()));
        let document = Document { path: self.path, id: self.id, ..Document::default() };
        Removal {
            document: document.name(),
            line: self.line,
            category: self.category,
            rule: self.rule,
            reason: self.reason,
            score: self.score,
            text,
            is_cut: end.is_some(),
        }
    }
}

/// What is shown of what was removed.
#[derive(Debug)]
pub struct Examples {
    of_rules: BTreeMap<String, Reservoir>,
    pub longest: Top<Removal>,
    pub least_sure: Top<Removal>,
}

#[derive(Debug)]
struct Reservoir {
    /// Another one for each rule: else all would draw alike.
    seed: u64,
    seen: u64,
    kept: Vec<Removal>,
}

impl Examples {
    pub fn new() -> Examples {
        let (longest, least_sure) = (Top::new(MOST), Top::new(MOST));
        Examples { of_rules: BTreeMap::new(), longest, least_sure }
    }

    /// Adds what a file holds.
    ///
    /// # Errors
    ///
    /// It cannot be read, or a line is no record; what came before it counts.
    pub fn read(&mut self, reader: Box<dyn Read + Send>) -> Result<(), String> {
        each_record(reader, "removed lines", |_, record| {
            self.add(record);
            Ok(())
        })
    }

    fn add(&mut self, record: Record) {
        let (length, doubt) = (record.text.len() as f64, -record.score);
        let removal = record.removal();
        self.longest.add(length, || removal.clone());
        self.least_sure.add(doubt, || removal.clone());
        if self.of_rules.len() < MOST_RULES || self.of_rules.contains_key(&removal.rule) {
            let reservoir = self.of_rules.entry(removal.rule.clone());
            reservoir.or_insert_with_key(|rule| Reservoir::of(rule)).add(removal);
        }
    }

    /// Examples of a rule.
    pub fn of(&self, rule: &str) -> &[Removal] {
        self.of_rules.get(rule).map_or(&[], |reservoir| &reservoir.kept)
    }
}

impl Reservoir {
    fn of(rule: &str) -> Reservoir {
        Reservoir { seed: stable_hash(rule.as_bytes()), seen: 0, kept: Vec::new() }
    }

    fn add(&mut self, removal: Removal) {
        self.seen += 1;
        if self.kept.len() < OF_A_RULE {
            self.kept.push(removal);
            return;
        }
        let place = scattered(self.seed ^ self.seen) % self.seen;
        if let Some(old) = self.kept.get_mut(place as usize) {
            *old = removal;
        }
    }
}

/// A number that looks like chance. Source: SplitMix64, Steele, Lea and Flood, 2014.
fn scattered(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &str) -> Result<Examples, String> {
        let mut examples = Examples::new();
        examples.read(Box::new(std::io::Cursor::new(records.to_owned())))?;
        Ok(examples)
    }

    fn record(line: u64, rule: &str, score: f64, text: &str) -> String {
        format!(
            "{{\"path\":\"a\",\"line\":{line},\"end_line\":{line},\"category\":\"nav\",\
             \"rule\":\"{rule}\",\"reason\":\"r\",\"score\":{score},\"text\":\"{text}\"}}\n"
        )
    }

    #[test]
    fn every_removal_of_a_rule_has_the_same_chance() {
        let mut thirds = [0; 3];
        for rule in 0..300 {
            let rule = format!("nav.{rule}");
            let records: String = (0..90).map(|line| record(line, &rule, 1.0, "x")).collect();
            let examples = read(&records).unwrap();
            assert_eq!(examples.of(&rule).len(), OF_A_RULE);
            examples.of(&rule).iter().for_each(|one| thirds[(one.line / 30) as usize] += 1);
        }
        assert!(thirds.iter().all(|count| (250..350).contains(count)), "{thirds:?}");
    }

    #[test]
    fn the_longest_and_the_least_sure_are_kept() {
        let records = record(1, "a", 0.9, "long, long") + &record(2, "b", 0.6, "short");
        let examples = read(&records).unwrap();
        assert_eq!(examples.longest.iter().next().map(|one| one.line), Some(1));
        assert_eq!(examples.least_sure.iter().next().map(|one| one.line), Some(2));
    }

    #[test]
    fn long_texts_are_cut_and_wrong_lines_named() {
        let examples = read(&record(1, "a", 1.0, &"ñ".repeat(LONGEST + 1))).unwrap();
        let one = &examples.of("a")[0];
        assert!(one.is_cut && one.text.chars().count() == LONGEST);
        assert_eq!(read("\n{}\n").unwrap_err(), "line 2 is no record of removed lines");
    }
}
