//! What stood earlier in a document, for repetitions of it; what was added can be undone.
//!
//! Lines that wait are judged in several passes, each of which begins with what is remembered of the
//! lines before them. The tables hold up to 4,096 things each and would be dear to copy: instead
//! each addition is noted, with what it pushed out, and undone step by step. That costs a pass no
//! more than its own additions.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasherDefault;

use crate::hash::Hashed;

/// Things of each kind that are remembered. 4,096 are a long book; memory stays bounded.
const REMEMBERED: usize = 4096;

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Paragraphs that were kept.
    Paragraph,
    /// Lines that could be of a repeated block, kept or not.
    Line,
    /// Blocks of such lines.
    Block,
}

const KINDS: usize = 3;

/// Where the last so many different things stood first.
#[derive(Default)]
pub(crate) struct Repeats {
    first_seen: [FirstSeen; KINDS],
    /// The additions that may be undone.
    steps: VecDeque<Step>,
    /// Additions before these.
    settled: u64,
}

#[derive(Default)]
struct FirstSeen {
    lines: HashMap<u64, u64, BuildHasherDefault<Hashed>>,
    order: VecDeque<u64>,
}

/// An addition to a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    kind: Kind,
    hash: u64,
    line: u64,
    /// The oldest thing and its line, if there was no room any more.
    pushed_out: Option<(u64, u64)>,
}

impl Repeats {
    pub(crate) fn clear(&mut self) {
        for FirstSeen { lines, order } in &mut self.first_seen {
            lines.clear();
            order.clear();
        }
        self.steps.clear();
        self.settled = 0;
    }

    /// The line in which a thing stood first.
    pub(super) fn first(&self, kind: Kind, hash: u64) -> Option<u64> {
        self.first_seen[kind as usize].lines.get(&hash).copied()
    }

    /// Remembers a thing, if it is new.
    pub(super) fn add(&mut self, kind: Kind, hash: u64, line: u64) {
        let FirstSeen { lines, order } = &mut self.first_seen[kind as usize];
        match lines.entry(hash) {
            Entry::Occupied(_) => return,
            Entry::Vacant(new) => new.insert(line),
        };
        let mut pushed_out = None;
        if order.len() == REMEMBERED
            && let Some(oldest) = order.pop_front()
        {
            pushed_out = lines.remove(&oldest).map(|line| (oldest, line));
        }
        order.push_back(hash);
        self.steps.push_back(Step { kind, hash, line, pushed_out });
    }

    /// How many additions there were: a place to come back to.
    pub(crate) fn now(&self) -> u64 {
        self.settled + self.steps.len() as u64
    }

    /// Whether so many more things of each kind push nothing out.
    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.first_seen.iter().all(|seen| seen.order.len() + more <= REMEMBERED)
    }

    /// Undoes what came after a place that was not settled.
    pub(crate) fn back_to(&mut self, place: u64) {
        while self.now() > place
            && let Some(step) = self.steps.pop_back()
        {
            let FirstSeen { lines, order } = &mut self.first_seen[step.kind as usize];
            lines.remove(&step.hash);
            order.pop_back();
            if let Some((oldest, line)) = step.pushed_out {
                lines.insert(oldest, line);
                order.push_front(oldest);
            }
        }
    }

    /// The additions since a place, to be made again.
    pub(crate) fn since(&self, place: u64) -> Vec<Step> {
        let from = place.saturating_sub(self.settled) as usize;
        self.steps.range(from.min(self.steps.len())..).copied().collect()
    }

    /// Makes additions again.
    pub(crate) fn again(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.add(step.kind, step.hash, step.line));
    }

    /// What came before a place will not be undone any more.
    pub(crate) fn settle(&mut self, place: u64) {
        while self.settled < place && self.steps.pop_front().is_some() {
            self.settled += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: u64 = REMEMBERED as u64;

    fn filled(count: u64) -> Repeats {
        let mut repeats = Repeats::default();
        (0..count).for_each(|hash| repeats.add(Kind::Line, hash, hash + 1));
        repeats
    }

    fn all(repeats: &Repeats, most: u64) -> Vec<Option<u64>> {
        (0..most).map(|hash| repeats.first(Kind::Line, hash)).collect()
    }

    #[test]
    fn the_first_line_counts_and_the_oldest_thing_goes() {
        let mut repeats = filled(LATER);
        repeats.add(Kind::Line, 7, 1_000_000);
        assert_eq!(repeats.first(Kind::Line, 7), Some(8));
        assert_eq!(repeats.first(Kind::Block, 7), None);
        assert_eq!(repeats.first(Kind::Line, 0), Some(1));
        repeats.add(Kind::Line, LATER, 1);
        assert_eq!(repeats.first(Kind::Line, 0), None);
        assert_eq!(repeats.first(Kind::Line, 1), Some(2));
    }

    #[test]
    fn what_is_undone_leaves_no_trace_even_where_things_were_pushed_out() {
        let mut repeats = filled(LATER);
        let (place, before) = (repeats.now(), all(&repeats, LATER + 20));
        for hash in [5, 3, LATER, LATER + 1, 0, LATER + 9] {
            repeats.add(Kind::Line, hash, 99);
        }
        repeats.add(Kind::Block, 3, 99);
        let (there, after) = (repeats.now(), all(&repeats, LATER + 20));
        assert_ne!(after, before);
        let steps = repeats.since(place);
        repeats.back_to(place);
        assert_eq!(all(&repeats, LATER + 20), before);
        assert_eq!(repeats.first(Kind::Block, 3), None);
        repeats.again(&steps);
        assert_eq!((repeats.now(), all(&repeats, LATER + 20)), (there, after));
        // The order is the old one, too.
        repeats.back_to(place);
        repeats.add(Kind::Line, LATER, 1);
        assert_eq!(repeats.first(Kind::Line, 0), None);
        assert_eq!(repeats.first(Kind::Line, 1), Some(2));
    }

    #[test]
    fn what_is_settled_stays() {
        let mut repeats = filled(10);
        let place = repeats.now();
        repeats.settle(place);
        assert_eq!(repeats.now(), place);
        repeats.add(Kind::Line, 10, 11);
        repeats.back_to(0);
        assert_eq!((repeats.now(), repeats.first(Kind::Line, 10)), (place, None));
        assert_eq!(repeats.first(Kind::Line, 9), Some(10));
    }
}
