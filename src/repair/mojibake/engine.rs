//! The decision: which chain of wrong decodings explains a line, and which of its spans are repaired.
//!
//! 1. Every chain reads every segment of the line. A chain is tried only where its outermost page has
//!    a lead image, and counts only if its deepest layer was used.
//! 2. The gains of strong segments add up over the document ([`Memory`]). A chain whose evidence
//!    exceeds its prior by [`PROVEN`] is proven: its reads become cheap, and weak segments count too.
//!    An unproven chain repairs strong segments only, and only if together they are worth
//!    [`ACCEPTED`].
//! 3. The chain with the highest score repairs the line; then the line is looked at again, until
//!    nothing changes. That makes a second run over the result change nothing.

use std::rc::Rc;

use super::lattice::{self, Decoded};
use super::memo::{Memo, Reading};
use super::memory::{Memory, PROVEN};
use super::pages::Pages;
use super::prior::Prior;
use super::segment::{LEFT_CHARS, RIGHT_CHARS, next_segment};
use super::{Outcome, Repaired, Step, evidence, reader};

/// What the repair knows about pages and text.
pub(super) struct Engine {
    pub(super) pages: Pages,
    prior: Prior,
}

/// Price of a read in nats: before a chain is proven, and after.
const EDGE_UNPROVEN: f32 = 3.0;
const EDGE_PROVEN: f32 = 0.3;

/// An unproven chain must be worth this after its prior, and each of its segments that much, in nats.
const ACCEPTED: f32 = 6.0;
const ACCEPTED_SEGMENT: f32 = 5.0;

/// Evidence of other lines counts up to here when chains are compared: past that the line decides.
const MAX_MEMORY_SCORE: f32 = 40.0;

/// A runner-up this close, in nats, may still win when more lines are known.
const CLOSE: f32 = 6.0;

/// What an unproven segment must promise to be worth waiting for, in nats.
const WORTH_WAITING: f32 = 1.0;

/// Rounds over one line. Each undoes at least one layer or one page; text made by hand may need more
/// and keeps the rest.
const MAX_ROUNDS: usize = 12;

/// What one chain makes of one segment, placed in the line.
struct Found {
    start: usize,
    reading: Rc<Reading>,
}

/// What one chain makes of a line.
struct Candidate {
    chain: usize,
    accepted: Vec<Found>,
    score: f32,
    is_proven: bool,
    /// Segments that more evidence would repair.
    has_more: bool,
}

impl Engine {
    pub(super) fn new() -> Engine {
        Engine { pages: Pages::new(), prior: Prior::new() }
    }

    pub(super) fn observe(&self, line: &str, memory: &mut Memory) {
        let mut text: Vec<char> = line.chars().collect();
        for _ in 0..MAX_ROUNDS {
            for (chain, strong) in self.strong_gains(&text, memory) {
                memory.add(chain, strong, self.pages.chains[chain].prior);
            }
            let (best, _) = self.choose(&text, memory);
            let Some(best) = best else { break };
            text = applied(&text, &decoded_of(&best));
        }
    }

    pub(super) fn repair(&self, line: &str, memory: &Memory, may_wait: bool) -> Outcome {
        let mut text: Vec<char> = line.chars().collect();
        let mut edits = Edits::new(&text);
        for _ in 0..MAX_ROUNDS {
            let (best, waits) = self.choose(&text, memory);
            if waits && may_wait {
                return Outcome::Undecided;
            }
            let Some(best) = best else { break };
            let decoded = decoded_of(&best);
            edits.add(&text, &decoded, &self.pages.chains[best.chain].name);
            text = applied(&text, &decoded);
        }
        let controls = controls_left(&text);
        if !controls.is_empty() {
            edits.add(&text, &controls, "windows-1252 controls");
            text = applied(&text, &controls);
        }
        edits.into_outcome(&text)
    }

    /// Strong gains of the line by chain.
    fn strong_gains(&self, text: &[char], memory: &Memory) -> Vec<(usize, f32)> {
        let mut memo = memory.memo.borrow_mut();
        self.chains_to_try(text)
            .filter_map(|chain| {
                let found = self.read_line(text, chain, false, &mut memo)?;
                let strong = strong_sum(&found);
                (strong > 0.0).then_some((chain, strong))
            })
            .collect()
    }

    /// The best chain for the line, and whether more evidence could change the answer.
    fn choose(&self, text: &[char], memory: &Memory) -> (Option<Candidate>, bool) {
        let mut memo = memory.memo.borrow_mut();
        let mut candidates: Vec<Candidate> = self
            .chains_to_try(text)
            .filter_map(|chain| self.candidate(text, chain, memory, &mut memo))
            .collect();
        let has_more = candidates.iter().any(|candidate| candidate.has_more);
        candidates.retain(|candidate| !candidate.accepted.is_empty());
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chain.cmp(&b.chain)));
        let mut ranked = candidates.into_iter();
        let Some(best) = ranked.next() else {
            return (None, has_more);
        };
        if best.is_proven {
            return (Some(best), false);
        }
        let result = applied(text, &decoded_of(&best));
        let is_close = ranked
            .take_while(|other| other.score > best.score - CLOSE)
            .any(|other| applied(text, &decoded_of(&other)) != result);
        let waits = best.has_more || is_close;
        (Some(best), waits)
    }

    fn candidate(
        &self,
        text: &[char],
        chain: usize,
        memory: &Memory,
        memo: &mut Memo,
    ) -> Option<Candidate> {
        let mut found = self.read_line(text, chain, false, memo)?;
        let prior = self.pages.chains[chain].prior;
        let of_line = strong_sum(&found);
        let strong = memory.strong(chain).max(of_line);
        let is_proven = strong - prior > PROVEN;
        let promised = self.read_line(text, chain, true, memo)?;
        let promise = |found: &[Found]| {
            found.iter().filter(|f| f.reading.gain > 0.0 && !f.reading.decoded.is_empty()).count()
        };
        let promised_segments = promise(&promised);
        let worth = promised.iter().any(|f| f.reading.gain > WORTH_WAITING);
        if is_proven {
            found = promised;
            found.retain(|f| f.reading.gain > 0.0);
        } else {
            found.retain(|f| !f.reading.is_weak && f.reading.gain > ACCEPTED_SEGMENT);
        }
        found.retain(|f| !f.reading.decoded.is_empty());
        let sum: f32 = found.iter().map(|f| f.reading.gain).sum();
        if !is_proven && strong.max(sum) - prior < ACCEPTED {
            found.clear();
        }
        let has_more = !is_proven && worth && found.len() < promised_segments;
        let others = (memory.strong(chain) - of_line).clamp(0.0, MAX_MEMORY_SCORE);
        Some(Candidate { chain, accepted: found, score: others + sum - prior, is_proven, has_more })
    }

    /// Chains whose outermost page has a lead image in the text.
    fn chains_to_try(&self, text: &[char]) -> impl Iterator<Item = usize> + '_ {
        let mut pages = 0;
        for &c in text.iter().filter(|c| !c.is_ascii()) {
            let roles = self.pages.roles(c);
            pages |= roles.leads_two | roles.leads_more;
            if c == '\u{192}' {
                // cp850: the lead of an emoji is a soft hyphen, and its second byte shows as ƒ.
                pages |= roles.continues;
            }
        }
        let chains = self.pages.chains.iter().enumerate();
        chains
            .filter(move |(_, chain)| {
                chain.pages.first().is_some_and(|&page| pages & (1 << page) != 0)
            })
            .map(|(number, _)| number)
    }

    /// All segments of a line as a chain reads them; `None` when its deepest layer is never used.
    fn read_line(
        &self,
        text: &[char],
        chain: usize,
        is_proven: bool,
        memo: &mut Memo,
    ) -> Option<Vec<Found>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some((start, end)) = next_segment(text, from) {
            let reading = self.read_segment(text, (start, end), chain, is_proven, memo);
            from = reading.decoded.last().map_or(end, |last| end.max(start + last.end));
            found.push(Found { start, reading });
        }
        let depth = found.iter().map(|f| f.reading.depth).max().unwrap_or(0);
        (usize::from(depth) == self.pages.chains[chain].pages.len()).then_some(found)
    }

    fn read_segment(
        &self,
        text: &[char],
        segment: (usize, usize),
        chain: usize,
        is_proven: bool,
        memo: &mut Memo,
    ) -> Rc<Reading> {
        let (start, end) = segment;
        let from = start.saturating_sub(LEFT_CHARS);
        let stop = (end + RIGHT_CHARS).min(text.len());
        let window = &text[from..stop];
        let mut key: Vec<u32> = window.iter().map(|&c| u32::from(c)).collect();
        // Where the segment begins and ends is part of what is read; so is the end of the line.
        key.push(
            (start - from) as u32
                | ((end - from) as u32) << 8
                | u32::from(stop == text.len()) << 24,
        );
        let number = chain as u8;
        if let Some(known) = memo.get(&key, number, is_proven) {
            return known;
        }
        let edge = if is_proven { EDGE_PROVEN } else { EDGE_UNPROVEN };
        let (start, end, stop) = (start - from, end - from, stop - from);
        let reads =
            reader::read(&self.pages, &self.pages.chains[chain], &self.prior, window, start, stop);
        let reading = if reads.depth == 0 {
            Reading { gain: 0.0, is_weak: true, depth: 0, decoded: Vec::new() }
        } else {
            let path = lattice::best_path(&self.prior, &reads, window, (start, end, stop), edge);
            let is_weak = evidence::is_weak(&self.prior, window, &path.decoded);
            let depth = path.decoded.iter().map(|d| d.depth).max().unwrap_or(0);
            let place = |d: Decoded| Decoded { start: d.start - start, end: d.end - start, ..d };
            Reading {
                gain: path.gain,
                is_weak,
                depth,
                decoded: path.decoded.into_iter().map(place).collect(),
            }
        };
        let reading = Rc::new(reading);
        memo.put(&key, number, is_proven, Rc::clone(&reading));
        reading
    }
}

fn strong_sum(found: &[Found]) -> f32 {
    found.iter().filter(|f| !f.reading.is_weak).map(|f| f.reading.gain).sum()
}

/// Everything a candidate decodes, placed in the line.
fn decoded_of(candidate: &Candidate) -> Vec<Decoded> {
    let place =
        |f: &Found, d: &Decoded| Decoded { start: f.start + d.start, end: f.start + d.end, ..*d };
    candidate
        .accepted
        .iter()
        .flat_map(|f| f.reading.decoded.iter().map(move |d| place(f, d)))
        .collect()
}

/// The text with the decoded characters in their places.
fn applied(text: &[char], decoded: &[Decoded]) -> Vec<char> {
    let mut result = Vec::with_capacity(text.len());
    let mut from = 0;
    for d in decoded {
        result.extend_from_slice(&text[from..d.start]);
        result.push(d.target);
        from = d.end;
    }
    result.extend_from_slice(&text[from..]);
    result
}

/// Control characters U+0080..9F that windows-1252 explains, if it explains all of them.
fn controls_left(text: &[char]) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    for (start, &c) in text.iter().enumerate().filter(|(_, c)| ('\u{80}'..='\u{9F}').contains(*c)) {
        let Some(target) = lattice::control_as_windows_1252(c) else {
            return Vec::new();
        };
        decoded.push(Decoded {
            start,
            end: start + 1,
            target,
            depth: 0,
            cost: 0.0,
            is_lossy: false,
        });
    }
    decoded
}

/// The edits of all rounds, told in positions of the line as it came.
struct Edits {
    /// For every character of the current text: its byte offset in the line.
    offsets: Vec<usize>,
    steps: Vec<Step>,
    lossy: u32,
}

impl Edits {
    fn new(text: &[char]) -> Edits {
        let offsets = text.iter().scan(0, |offset, c| {
            let start = *offset;
            *offset += c.len_utf8();
            Some(start)
        });
        Edits { offsets: offsets.collect(), steps: Vec::new(), lossy: 0 }
    }

    /// Adds one round; decoded characters that touch are one span.
    fn add(&mut self, text: &[char], decoded: &[Decoded], chain: &str) {
        let touching = |a: &Decoded, b: &Decoded| a.end == b.start;
        for span in decoded.chunk_by(touching) {
            let (Some(first), Some(last)) = (span.first(), span.last()) else {
                continue;
            };
            self.lossy += u32::from(span.iter().any(|d| d.is_lossy));
            self.steps.push(Step {
                offset: self.offsets.get(first.start).copied().unwrap_or(0),
                before: text[first.start..last.end].iter().collect(),
                after: span.iter().map(|d| d.target).collect(),
                chain: chain.to_owned(),
            });
        }
        let mut offsets = Vec::with_capacity(self.offsets.len());
        let mut from = 0;
        for d in decoded {
            offsets.extend_from_slice(&self.offsets[from..=d.start]);
            from = d.end;
        }
        offsets.extend_from_slice(&self.offsets[from..]);
        self.offsets = offsets;
    }

    fn into_outcome(self, text: &[char]) -> Outcome {
        if self.steps.is_empty() {
            return Outcome::Unchanged;
        }
        let spans = self.steps.len() as u32;
        Outcome::Repaired(Repaired {
            text: text.iter().collect(),
            spans,
            lossy: self.lossy,
            steps: self.steps,
        })
    }
}
