//! Lines that can repeat enough, counted exactly within a memory of fixed size.
//!
//! The lines are spread over many tables by their keys, so that threads rarely meet. Where a
//! table outgrows its part of the memory it asks more of a line (a higher counter, in the end a
//! smaller key) and forgets those that have less. What is asked in the end depends on the lines alone,
//! not on their order: it is the first demand under which they fit. [`Candidates::floor`] tells it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::contexts::{Contexts, Signature};
use super::counters::{Counters, MOST};
use crate::rules::SiteKey;

/// Tables.
const PARTS: usize = 64;

/// Bytes that a line takes beside its text, about: measured as growth of the process, 2026-11.
const ENTRY_BYTES: u64 = 256;

/// A line as one document holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occurrence<'t> {
    pub key: u64,
    pub text: &'t str,
    pub form_bytes: u32,
    /// How many lines stand before it.
    pub place: u32,
    /// Whether a line next to it can repeat as well, or none stands there.
    pub in_run: bool,
    /// The keys of the lines before and after it; 0 for none.
    pub around: [u64; 2],
}

/// What is known of a line of a site.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub site: SiteKey,
    pub documents: u64,
    /// Documents in which it stands in a run.
    pub in_run: u64,
    pub contexts: Contexts,
    /// The occurrence that stands for all: that of the document with the smallest hash.
    pub document: u64,
    pub text: Box<str>,
    pub place: u32,
    pub around: [u64; 2],
}

/// All candidates.
pub(super) struct Candidates {
    parts: Box<[Mutex<Part>]>,
    memory_bytes_per_part: u64,
}

#[derive(Default)]
struct Part {
    lines: HashMap<u64, (Candidate, u32)>,
    bytes: u64,
    /// What a counter must say.
    floor: u8,
    /// The largest key that is kept, once the counters say no more: inverted, so that 0 is all.
    cut: u64,
}

impl Candidates {
    pub(super) fn new(memory_bytes: u64) -> Candidates {
        Candidates {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            memory_bytes_per_part: memory_bytes / PARTS as u64,
        }
    }

    /// Counts one more document with the line.
    pub(super) fn add(
        &self,
        site: SiteKey,
        document: u64,
        signature: Signature,
        line: &Occurrence<'_>,
        counters: &Counters,
    ) {
        let mut part = self.part(line.key);
        if !part.keeps(line.key, counters) {
            return;
        }
        if let Some((known, _)) = part.lines.get_mut(&line.key) {
            known.add(document, signature, line);
            return;
        }
        let mut candidate = Candidate {
            site,
            documents: 0,
            in_run: 0,
            contexts: Contexts::default(),
            document,
            text: line.text.into(),
            place: line.place,
            around: line.around,
        };
        candidate.add(document, signature, line);
        let most = self.memory_bytes_per_part;
        part.insert(line.key, candidate, line.form_bytes, most, counters);
    }

    /// Adds what another reading has counted of a line.
    pub(super) fn merge(&self, key: u64, more: Candidate, form_bytes: u32, counters: &Counters) {
        let mut part = self.part(key);
        if !part.keeps(key, counters) {
            return;
        }
        match part.lines.get_mut(&key) {
            Some((known, _)) => known.merge(more),
            None => part.insert(key, more, form_bytes, self.memory_bytes_per_part, counters),
        }
    }

    /// What the tables that were too small ask of a line: number of the table, floor, cut.
    pub(super) fn demands(&self) -> Vec<(usize, u8, u64)> {
        let parts = self.parts.iter().map(lock).enumerate();
        let demands = parts.map(|(number, part)| (number, part.floor, part.cut));
        demands.filter(|(_, floor, cut)| *floor > 0 || *cut > 0).collect()
    }

    /// Lets a table ask at least so much; `None` if there is no such table.
    pub(super) fn demand(
        &self,
        number: usize,
        floor: u8,
        cut: u64,
        counters: &Counters,
    ) -> Option<()> {
        let mut part = lock(self.parts.get(number)?);
        part.floor = part.floor.max(floor);
        part.cut = part.cut.max(cut);
        part.forget(counters);
        Some(())
    }

    /// The keys of all lines, in their order.
    pub(super) fn keys(&self) -> Vec<u64> {
        let parts = self.parts.iter().map(lock);
        let mut keys: Vec<u64> =
            parts.flat_map(|part| part.lines.keys().copied().collect::<Vec<u64>>()).collect();
        keys.sort_unstable();
        keys
    }

    /// A line and the bytes of its form.
    pub(super) fn line(&self, key: u64) -> Option<(Candidate, u32)> {
        self.part(key).lines.get(&key).cloned()
    }

    /// The fewest documents of a line that was surely looked at; `None` if that is all of them.
    pub(super) fn floor(&self) -> Option<u64> {
        let floors = self.parts.iter().map(|part| {
            let part = lock(part);
            if part.cut > 0 { u64::MAX } else { u64::from(part.floor) }
        });
        floors.max().filter(|floor| *floor > 0)
    }

    /// Every candidate with its key, in no order; none is left.
    pub(super) fn take_all(&self) -> impl Iterator<Item = (u64, Candidate)> {
        let lines = self.parts.iter().map(|part| std::mem::take(&mut lock(part).lines));
        lines.flatten().map(|(key, (line, _))| (key, line))
    }

    fn part(&self, key: u64) -> MutexGuard<'_, Part> {
        // The low bits: the counters and the bitmaps go by the high ones.
        lock(&self.parts[key as usize % PARTS])
    }
}

/// A thread that panicked has left the sums of a document half done, no more.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Part {
    fn keeps(&self, key: u64, counters: &Counters) -> bool {
        counters.at_most(key) >= self.floor && key <= !self.cut
    }

    fn insert(
        &mut self,
        key: u64,
        line: Candidate,
        form_bytes: u32,
        most: u64,
        counters: &Counters,
    ) {
        self.bytes += ENTRY_BYTES + u64::from(form_bytes);
        self.lines.insert(key, (line, form_bytes));
        self.shrink(most, counters);
    }

    fn shrink(&mut self, most: u64, counters: &Counters) {
        while self.bytes > most && self.cut < u64::MAX {
            if self.floor < MOST {
                self.floor = self.floor.saturating_add((self.floor / 2).max(1));
            } else {
                self.cut = (self.cut >> 1) | 1 << 63;
            }
            self.forget(counters);
        }
    }

    /// Forgets the lines of which more is asked than they have.
    fn forget(&mut self, counters: &Counters) {
        let (floor, cut) = (self.floor, self.cut);
        let mut bytes = 0;
        self.lines.retain(|key, (_, form_bytes)| {
            let stays = counters.at_most(*key) >= floor && *key <= !cut;
            bytes += if stays { ENTRY_BYTES + u64::from(*form_bytes) } else { 0 };
            stays
        });
        self.bytes = bytes;
    }
}

impl Candidate {
    fn add(&mut self, document: u64, signature: Signature, line: &Occurrence<'_>) {
        self.documents += 1;
        self.in_run += u64::from(line.in_run);
        self.contexts.add(signature);
        if self.comes_after(document, line.text, line.place) {
            self.document = document;
            self.text = line.text.into();
            self.place = line.place;
            self.around = line.around;
        }
    }

    /// Adds what is known of the same line from other documents.
    fn merge(&mut self, more: Candidate) {
        self.documents = self.documents.saturating_add(more.documents);
        self.in_run = self.in_run.saturating_add(more.in_run);
        self.contexts.merge(&more.contexts);
        if self.comes_after(more.document, &more.text, more.place) {
            let Candidate { document, text, place, around, .. } = more;
            (self.document, self.text, self.place, self.around) = (document, text, place, around);
        }
    }

    /// Whether another occurrence is to stand for all.
    fn comes_after(&self, document: u64, text: &str, place: u32) -> bool {
        match document.cmp(&self.document) {
            Ordering::Less => true,
            Ordering::Greater => false,
            // Copies that differ in numbers or marks.
            Ordering::Equal => (text, place) < (&*self.text, self.place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: SiteKey = SiteKey(1);

    /// Lines 0..500 of which line n stands in n / 10 + 1 documents, in some order.
    fn counted(memory_bytes: u64, reversed: bool) -> (Vec<(u64, u64)>, Option<u64>) {
        let key = |n: u64| n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let counters = Counters::new(0, 0);
        let mut occurrences: Vec<(u64, u64)> =
            (0..500).flat_map(|n| (0..n / 10 + 1).map(move |document| (n, document))).collect();
        occurrences.iter().for_each(|(n, _)| counters.add(key(*n)));
        if reversed {
            occurrences.reverse();
        }
        let candidates = Candidates::new(memory_bytes);
        for (n, document) in occurrences {
            let text = format!("line {n}");
            let line = Occurrence {
                key: key(n),
                text: &text,
                form_bytes: 8,
                place: 0,
                in_run: true,
                around: [0; 2],
            };
            candidates.add(SITE, document, Signature::default(), &line, &counters);
        }
        let floor = candidates.floor();
        let mut found: Vec<(u64, u64)> = candidates
            .take_all()
            .map(|(_, line)| (line.text[5..].parse().unwrap(), line.documents))
            .collect();
        found.sort_unstable();
        (found, floor)
    }

    #[test]
    fn counts_are_exact_where_everything_fits() {
        let (found, floor) = counted(1 << 20, false);
        let expected: Vec<(u64, u64)> = (0..500).map(|n| (n, n / 10 + 1)).collect();
        assert_eq!((found, floor), (expected, None));
    }

    #[test]
    fn what_does_not_fit_goes_by_what_is_rarest_whatever_the_order() {
        for memory_bytes in [0, 20_000, 50_000, 100_000] {
            let (found, floor) = counted(memory_bytes, false);
            assert_eq!(counted(memory_bytes, true), (found.clone(), floor), "{memory_bytes}");
            let floor = floor.unwrap_or(0);
            assert!(found.iter().all(|(n, documents)| *documents == n / 10 + 1));
            let missed = (0..500).find(|n| {
                n / 10 + 1 >= floor && found.binary_search_by_key(n, |(n, _)| *n).is_err()
            });
            assert_eq!(missed, None, "{memory_bytes}");
        }
    }

    #[test]
    fn memory_is_bounded_where_all_lines_stand_in_very_many_documents() {
        let counters = Counters::new(0, 0);
        let candidates = Candidates::new(100_000);
        for n in 1..=5000_u64 {
            let key = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (0..MOST).for_each(|_| counters.add(key));
            let around = [0; 2];
            let line =
                Occurrence { key, text: "line", form_bytes: 8, place: 0, in_run: true, around };
            candidates.add(SITE, 1, Signature::default(), &line, &counters);
        }
        let most = candidates.memory_bytes_per_part;
        assert!(candidates.parts.iter().all(|part| lock(part).bytes <= most));
        assert_eq!(candidates.floor(), Some(u64::MAX));
    }
}
