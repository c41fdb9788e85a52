//! One thread's way through the documents: lines, their forms, and what goes into the counts.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::candidates::Occurrence;
use super::contexts::Signature;
use super::readings::{First, PLAIN_BYTES, Reading, Second};
use crate::decode::Decoder;
use crate::hash::Hashed;
use crate::repair::Repairer;
use crate::rules::SiteKey;
use crate::rules::line_form::{self, FormScratch};
use crate::split::Splitter;

/// Lines of a document that are looked at; a document with more is no page of a site.
///
/// Source: the longest of 1,700 real pages has 5,000 lines (2026-11).
const DOCUMENT_LINES: usize = 1 << 16;

/// Bytes of text of a document that are held.
const DOCUMENT_BYTES: usize = 16 << 20;

/// Forms from this length tell documents apart better than headings and menu items.
const LONG_FORM_BYTES: usize = 40;

/// Reads documents, one after the other, pushed in pieces of any size.
pub struct Reader {
    phase: Phase,
    lines: Lines,
    document: Document,
}

enum Phase {
    First(Arc<First>),
    Second(Arc<Second>),
}

/// From bytes to repaired lines.
struct Lines {
    decoder: Decoder,
    splitter: Splitter,
    repairer: Repairer,
    decoded: String,
}

/// What is known of the document in progress.
#[derive(Default)]
struct Document {
    name: String,
    site: SiteKey,
    /// The fewest documents that a line must stand in; `None` where lines are not held.
    least: Option<u64>,
    scratch: FormScratch,
    lines: Vec<DocumentLine>,
    /// The texts of the lines, where they are held.
    text: String,
    seen: HashSet<u64, BuildHasherDefault<Hashed>>,
    longest: (usize, u64),
    smallest: Option<u64>,
    smallest_long: Option<u64>,
    hash: u64,
}

struct DocumentLine {
    key: u64,
    start: u32,
    end: u32,
    form_bytes: u32,
    /// Whether the document has had no equal one.
    is_new: bool,
}

impl Reader {
    pub(super) fn of_first(first: Arc<First>) -> Reader {
        let lines = Lines::new(first.reading);
        Reader { phase: Phase::First(first), lines, document: Document::default() }
    }

    pub(super) fn of_second(second: Arc<Second>) -> Reader {
        let lines = Lines::new(second.first.reading);
        let document = Document::default();
        Reader { phase: Phase::Second(second), lines, document }
    }

    /// Begins a document of this site, and forgets one that was not finished. Documents without a
    /// site are of [`NO_SITE`](crate::rules::NO_SITE).
    pub fn begin(&mut self, site: &str) {
        self.lines.reset();
        self.document.reset(site);
        if let Phase::Second(second) = &self.phase {
            self.document.least = second.first.least_documents(self.document.site);
        }
    }

    /// Takes the next bytes of the document; any bytes decode.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.is_idle() {
            return;
        }
        let Reader { lines, document, .. } = self;
        lines.push(bytes, |line| document.take(line));
    }

    /// Takes the next text of the document. Do not mix with [`Reader::push`].
    pub fn push_str(&mut self, text: &str) {
        if self.is_idle() {
            return;
        }
        let Reader { lines, document, .. } = self;
        lines.push_str(text, |line| document.take(line));
    }

    /// Ends the document and counts it, unless it is binary or says nothing.
    pub fn finish(&mut self) {
        let is_idle = self.is_idle();
        let Reader { phase, lines, document, .. } = self;
        if !is_idle {
            lines.finish(|line| document.take(line));
        }
        if lines.decoder.saw_nul() || document.lines.is_empty() {
            return;
        }
        match phase {
            Phase::First(first) => {
                for line in document.lines.iter().filter(|line| line.is_new) {
                    first.counters.add(line.key);
                }
                first.add_document(document.site, &document.name, document.signature());
            }
            Phase::Second(second) => document.count(second),
        }
    }

    /// Whether the document cannot count: it is binary, or its site has too few.
    fn is_idle(&self) -> bool {
        let is_of_few = matches!(self.phase, Phase::Second(_)) && self.document.least.is_none();
        is_of_few || self.lines.decoder.saw_nul()
    }
}

impl Document {
    fn reset(&mut self, site: &str) {
        self.name.clear();
        self.name.push_str(site);
        self.site = SiteKey::of(site);
        self.least = None;
        self.lines.clear();
        self.text.clear();
        self.seen.clear();
        self.longest = (0, 0);
        self.smallest = None;
        self.smallest_long = None;
        self.hash = 0;
    }

    fn take(&mut self, line: &str) {
        if self.lines.len() >= DOCUMENT_LINES {
            return;
        }
        let Some(form) = line_form::form_of(line, &mut self.scratch) else { return };
        let key = self.site.line(form);
        self.longest = self.longest.max((form.len(), key));
        let least = |known: Option<u64>| Some(known.map_or(key, |known| known.min(key)));
        self.smallest = least(self.smallest);
        if form.len() >= LONG_FORM_BYTES {
            self.smallest_long = least(self.smallest_long);
        }
        self.hash = (self.hash ^ key).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
        let start = self.text.len();
        if self.least.is_some() && start + line.len() <= DOCUMENT_BYTES {
            self.text.push_str(line.trim());
        }
        self.lines.push(DocumentLine {
            key,
            start: start as u32,
            end: self.text.len() as u32,
            form_bytes: form.len() as u32,
            is_new: self.seen.insert(key),
        });
    }

    fn signature(&self) -> Signature {
        let smallest = self.smallest_long.or(self.smallest).unwrap_or(0);
        // The smallest of many is small: its high bits say nothing before they are mixed.
        Signature {
            longest: self.longest.1,
            smallest: smallest.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }

    /// Adds the lines to the exact counts, and one that does not repeat to the others.
    fn count(&self, second: &Second) {
        let Some(least) = self.least else { return };
        let counters = &second.first.counters;
        let least = least.min(u64::from(u8::MAX)) as u8;
        let can_repeat: Vec<bool> =
            self.lines.iter().map(|line| counters.at_most(line.key) >= least).collect();
        // The edges of a document are as good as a template line.
        let repeats = |at: Option<usize>| at.and_then(|at| can_repeat.get(at)).is_none_or(|it| *it);
        let key =
            |at: Option<usize>| at.and_then(|at| self.lines.get(at)).map_or(0, |line| line.key);
        let signature = self.signature();
        for (at, line) in self.lines.iter().enumerate().filter(|(_, line)| line.is_new) {
            let text = &self.text[line.start as usize..line.end as usize];
            if text.is_empty() {
                continue;
            }
            let (before, after) = (at.checked_sub(1), Some(at + 1));
            if can_repeat[at] {
                let occurrence = Occurrence {
                    key: line.key,
                    text,
                    form_bytes: line.form_bytes,
                    place: at as u32,
                    in_run: repeats(before) || repeats(after),
                    around: [key(before), key(after)],
                };
                second.candidates.add(self.site, self.hash, signature, &occurrence, counters);
            } else if text.len() <= PLAIN_BYTES && counters.at_most(line.key) == 1 {
                second.add_plain(self.site, line.key, text);
            }
        }
    }
}

impl Lines {
    fn new(reading: Reading) -> Lines {
        Lines {
            decoder: Decoder::new(reading.encoding),
            splitter: Splitter::default(),
            repairer: Repairer::new(reading.repair),
            decoded: String::new(),
        }
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.splitter.reset();
        self.repairer.reset();
    }

    fn push(&mut self, bytes: &[u8], take: impl FnMut(&str)) {
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        self.decoder.push(bytes, &mut decoded);
        // Binary bytes are no text to repair, which would take long.
        if !self.decoder.saw_nul() {
            self.push_str(&decoded, take);
        }
        self.decoded = decoded;
    }

    fn push_str(&mut self, text: &str, mut take: impl FnMut(&str)) {
        let Lines { splitter, repairer, .. } = self;
        let pushed = splitter.push(text, |piece| {
            repairer.push(piece, |line| {
                // Pieces of over-long lines are not judged, so they are not learned.
                if line.starts && line.ends {
                    take(&line.text);
                }
                Ok::<(), std::convert::Infallible>(())
            })
        });
        let Ok(()) = pushed;
    }

    fn finish(&mut self, mut take: impl FnMut(&str)) {
        let mut rest = String::new();
        self.decoder.finish(&mut rest);
        self.push_str(&rest, &mut take);
        let Lines { splitter, repairer, .. } = self;
        let mut hand = |line: crate::repair::Repaired<'_>| {
            if line.starts && line.ends {
                take(&line.text);
            }
            Ok::<(), std::convert::Infallible>(())
        };
        let Ok(_) = splitter.finish(|piece| repairer.push(piece, &mut hand));
        let Ok(()) = repairer.finish(&mut hand);
    }
}
