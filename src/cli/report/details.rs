//! What the records of documents tell beyond the totals of their run: for the page.
//!
//! Documents are summed by where they come from, by encoding and by how much they lost; of what can only be
//! shown by itself the first or the largest are kept. Memory grows with rules and sources, never with
//! documents.

use std::collections::BTreeMap;
use std::path::Path;

use limpio::Languages;
use limpio::learn::site_of;
use serde::Deserialize;
use serde_json::Value;

use super::super::records::{add, add_all};

/// Sources that are told apart; further ones are summed together.
pub const MOST_SOURCES: usize = 2_000;

/// Failures and warnings that are shown.
pub const MOST_TOLD: usize = 200;

/// Documents that are shown because they lost the most.
const MOST_LOST: usize = 20;

/// Where documents of further sources are counted.
pub const OTHER: &str = "other sources";

/// The record of a document, as far as the page tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Document {
    pub path: String,
    pub id: Option<Value>,
    pub status: String,
    pub reason: String,
    pub encoding: String,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub lines_in: u64,
    pub removed: BTreeMap<String, u64>,
    pub rules: BTreeMap<String, u64>,
    pub languages: Languages,
    pub warnings: Vec<String>,
}

impl Document {
    /// What the document is called: its path, and the id of a record.
    pub fn name(&self) -> String {
        let id = match &self.id {
            Some(Value::String(id)) => id.clone(),
            Some(id) => id.to_string(),
            None => return self.path.clone(),
        };
        if self.path.is_empty() { id } else { format!("{}: {id}", self.path) }
    }

    /// Where it comes from: the host of a record whose id is a URL, else the file of a record, else the
    /// folder of a file.
    fn source(&self) -> String {
        match &self.id {
            Some(Value::String(id)) if id.contains("://") => site_of(id),
            Some(_) => self.path.clone(),
            None => match Path::new(&self.path).parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder.display().to_string(),
                _ => "-".to_owned(),
            },
        }
    }

    /// The share of its bytes that is gone.
    pub fn lost(&self) -> f64 {
        let gone = self.bytes_in.saturating_sub(self.bytes_out);
        if self.bytes_in == 0 { 0.0 } else { gone as f64 / self.bytes_in as f64 }
    }
}

/// Sums over documents of one source, or of all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    pub documents: u64,
    pub failed: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub lines_in: u64,
    pub removed: BTreeMap<String, u64>,
    /// Bytes of clean text in Spanish, English and any other language.
    pub languages: [u64; 3],
}

impl Group {
    fn add(&mut self, document: &Document) {
        self.documents += 1;
        self.failed += u64::from(document.status == "failed");
        self.bytes_in += document.bytes_in;
        self.bytes_out += document.bytes_out;
        self.lines_in += document.lines_in;
        add_all(&mut self.removed, &document.removed);
        let Languages { es, en, other } = document.languages;
        for (sum, share) in self.languages.iter_mut().zip([es, en, other]) {
            *sum += (share * document.bytes_out as f64).round() as u64;
        }
    }

    fn merge(&mut self, other: &Group) {
        self.documents += other.documents;
        self.failed += other.failed;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.lines_in += other.lines_in;
        add_all(&mut self.removed, &other.removed);
        for (sum, bytes) in self.languages.iter_mut().zip(other.languages) {
            *sum += bytes;
        }
    }

    pub fn removed_lines(&self) -> u64 {
        self.removed.values().sum()
    }

    /// The share of its lines that was removed.
    pub fn removed_share(&self) -> f64 {
        share(self.removed_lines(), self.lines_in)
    }
}

/// How much of a whole; nothing of nothing is nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The most of something, largest first; of equals those that came first.
#[derive(Debug, Clone)]
pub struct Top<T> {
    kept: Vec<(f64, T)>,
    most: usize,
}

impl<T> Top<T> {
    /// Keeps so many.
    pub fn new(most: usize) -> Top<T> {
        Top { kept: Vec::new(), most }
    }

    /// Adds one, made only if it is kept.
    pub fn add(&mut self, size: f64, make: impl FnOnce() -> T) {
        let place = self.kept.partition_point(|(other, _)| *other >= size);
        if place < self.most {
            self.kept.truncate(self.most - 1);
            self.kept.insert(place, (size, make()));
        }
    }

    fn merge(&mut self, other: Top<T>) {
        for (size, one) in other.kept {
            self.add(size, || one);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().map(|(_, one)| one)
    }
}

/// The first of something, and how many there were.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub first: Vec<(String, String)>,
    pub count: u64,
}

impl Told {
    fn add(&mut self, of: String, what: &str) {
        self.count += 1;
        if self.first.len() < MOST_TOLD {
            self.first.push((of, what.to_owned()));
        }
    }

    fn merge(&mut self, other: Told) {
        self.count += other.count;
        let room = MOST_TOLD - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
    }
}

/// A document that lost much.
#[derive(Debug, Clone)]
pub struct Loser {
    pub name: String,
    pub bytes_in: u64,
    pub lost: f64,
    /// The category that most of its removed lines are of.
    pub category: String,
}

/// Shares of a document's bytes up to which it is counted in each class of loss; the last but one class is
/// of all that left something, the last of those of which nothing is left.
pub const LOSSES: [f64; 6] = [0.0, 0.01, 0.05, 0.2, 0.6, 1.0];

/// What the records of documents tell.
#[derive(Debug, Clone)]
pub struct Details {
    pub sources: BTreeMap<String, Group>,
    pub all: Group,
    pub encodings: BTreeMap<String, u64>,
    /// Documents in which a rule took something.
    pub rules: BTreeMap<String, u64>,
    /// Clean documents by the share of their bytes that is gone: see [`LOSSES`].
    pub losses: [u64; LOSSES.len() + 1],
    pub lost_most: Top<Loser>,
    pub failed: Told,
    pub warnings: Told,
}

impl Default for Details {
    fn default() -> Details {
        Details {
            sources: BTreeMap::new(),
            all: Group::default(),
            encodings: BTreeMap::new(),
            rules: BTreeMap::new(),
            losses: [0; LOSSES.len() + 1],
            lost_most: Top::new(MOST_LOST),
            failed: Told::default(),
            warnings: Told::default(),
        }
    }
}

impl Details {
    /// Adds a document.
    pub fn add(&mut self, document: &Document) {
        self.group(document.source()).add(document);
        self.all.add(document);
        for rule in document.rules.keys() {
            add(&mut self.rules, rule, 1);
        }
        for warning in &document.warnings {
            self.warnings.add(document.name(), warning);
        }
        match document.status.as_str() {
            "failed" => self.failed.add(document.name(), &document.reason),
            "ok" => self.add_clean(document),
            _ => {}
        }
    }

    fn add_clean(&mut self, document: &Document) {
        if !document.encoding.is_empty() {
            add(&mut self.encodings, &document.encoding, 1);
        }
        let lost = document.lost();
        let is_gone = document.bytes_out == 0 && document.bytes_in > 0;
        let class = LOSSES.iter().position(|most| lost <= *most).unwrap_or_default();
        self.losses[if is_gone { LOSSES.len() } else { class }] += 1;
        let gone = document.bytes_in.saturating_sub(document.bytes_out);
        if document.removed.is_empty() {
            return;
        }
        self.lost_most.add(gone as f64, || Loser {
            name: document.name(),
            bytes_in: document.bytes_in,
            lost,
            category: most(&document.removed).map_or_else(String::new, str::to_owned),
        });
    }

    /// The sums of a source.
    fn group(&mut self, source: String) -> &mut Group {
        let is_new = !self.sources.contains_key(&source);
        let source =
            if is_new && self.sources.len() >= MOST_SOURCES { OTHER.into() } else { source };
        self.sources.entry(source).or_default()
    }

    /// Adds those of another report.
    pub fn merge(&mut self, other: Details) {
        for (source, group) in other.sources {
            self.group(source).merge(&group);
        }
        self.all.merge(&other.all);
        add_all(&mut self.encodings, &other.encodings);
        add_all(&mut self.rules, &other.rules);
        for (sum, count) in self.losses.iter_mut().zip(other.losses) {
            *sum += count;
        }
        self.lost_most.merge(other.lost_most);
        self.failed.merge(other.failed);
        self.warnings.merge(other.warnings);
    }
}

/// The name that is counted most often; of equals the first by name.
pub fn most(counts: &BTreeMap<String, u64>) -> Option<&str> {
    let most = counts.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    most.map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, bytes_in: u64, bytes_out: u64) -> Document {
        let removed = BTreeMap::from([("nav".to_owned(), 1)]);
        let path = path.to_owned();
        Document { path, bytes_in, bytes_out, removed, status: "ok".into(), ..Document::default() }
    }

    #[test]
    fn documents_come_from_a_host_a_file_or_a_folder() {
        for (path, id, expected) in [
            ("crawl/a.example/1.txt", None, "crawl/a.example"),
            ("1.txt", None, "-"),
            ("-", None, "-"),
            ("c.jsonl", Some("https://www.a.example/x"), "a.example"),
            ("c.jsonl", Some("17"), "c.jsonl"),
        ] {
            let id = id.map(|id| Value::String(id.to_owned()));
            let document = Document { id, ..document(path, 1, 1) };
            assert_eq!(document.source(), expected, "{path}");
        }
    }

    #[test]
    fn details_of_parts_are_those_of_the_whole() {
        let documents = [("a/1", 10, 10), ("b/1", 10, 0), ("a/2", 100, 98), ("c/1", 0, 0)];
        let documents = documents.map(|(path, from, to)| document(path, from, to));
        let details = |documents: &[Document]| {
            let mut details = Details::default();
            documents.iter().for_each(|document| details.add(document));
            details
        };
        let mut parts = details(&documents[..2]);
        parts.merge(details(&documents[2..]));
        let whole = details(&documents);
        assert_eq!(format!("{parts:?}"), format!("{whole:?}"));
        assert_eq!(whole.losses, [2, 0, 1, 0, 0, 0, 1]);
        let lost: Vec<&str> = whole.lost_most.iter().map(|loser| &*loser.name).collect();
        assert_eq!(lost, ["b/1", "a/2", "a/1", "c/1"]);
        assert_eq!(whole.sources["a"].bytes_in, 110);
    }

    #[test]
    fn sources_and_failures_beyond_the_room_are_counted_together() {
        let mut details = Details::default();
        for number in 0..2 * MOST_SOURCES {
            let status = "failed".to_owned();
            details.add(&Document { status, ..document(&format!("{number}/1"), 1, 1) });
        }
        assert_eq!(details.sources.len(), MOST_SOURCES + 1);
        assert_eq!(details.sources[OTHER].documents, MOST_SOURCES as u64);
        assert_eq!((details.failed.first.len(), details.failed.count), (MOST_TOLD, 4_000));
    }
}
