//! Readings of recent spans, because mojibake repeats the same few runs.
//!
//! The table has a fixed number of places; a span goes into one of the few that its hash allows, and
//! drives out what stood there longest. So no choice of spans makes a look-up slow. Nothing here changes a
//! result: a reading depends on its key alone.

use std::sync::Arc;

use super::lattice::{Decoded, Ground, Scratch};
use super::pages::PageSet;
use super::reader::Reads;
use super::readings::Trust;
use super::sisters::Sisters;
use super::work::Work;

/// What one chain makes of one segment. Positions count from the start of the segment.
pub(super) struct Reading {
    /// What the repair saves, in nats.
    pub(super) gain: f32,
    pub(super) is_weak: bool,
    /// The deepest layer that was used.
    pub(super) depth: u8,
    pub(super) decoded: Vec<Decoded>,
}

impl Reading {
    /// Nothing to read.
    pub(super) const NONE: Reading =
        Reading { gain: 0.0, is_weak: true, depth: 0, decoded: Vec::new() };
}

/// Spans kept, and how many places a span may go to.
const SPANS: usize = 8192;
const WAYS: usize = 4;

/// Spans whose characters are kept ready for the next chain: those of a line, mostly.
const GROUNDS: usize = 32;

/// Bytes that spans and readings may take before all are forgotten: long spans of many chains do.
const MAX_BYTES: usize = 4 << 20;

/// A span and its surroundings, with what is known of it.
struct Span {
    hash: u32,
    key: Box<[u32]>,
    /// Which chain was asked, and how far it was trusted; see [`code`].
    codes: Vec<u8>,
    /// What it said.
    readings: Vec<Arc<Reading>>,
    /// By page, the first page that reads it alike, once it was asked for.
    sisters: Option<Sisters>,
    /// Pages under which no chain reads it any deeper than the page alone.
    shallow: PageSet,
    bytes: usize,
    /// Tells it from others in its place.
    stamp: u32,
}

/// A chain and how far it is trusted, in one number.
fn code(chain: u8, trust: Trust) -> u8 {
    chain << 2 | trust as u8
}

/// Readings by span and context, chain and edge price.
pub(super) struct Memo {
    spans: Vec<Option<Span>>,
    /// Which place of a set is next to be given away.
    turn: usize,
    bytes: usize,
    stamp: u32,
    pub(super) nothing: Arc<Reading>,
    /// Room for the key of the next span, its reads and their search.
    pub(super) key: Vec<u32>,
    pub(super) reads: Reads,
    pub(super) scratch: Scratch,
    /// Spans that were searched of late, as they stand.
    grounds: Vec<(Option<Slot>, Ground)>,
    pub(super) work: Work,
    /// Characters that were read by a chain and searched for the best way, since the memo was made.
    pub(super) searched: u64,
}

impl Default for Memo {
    fn default() -> Memo {
        Memo {
            spans: Vec::new(),
            turn: 0,
            bytes: 0,
            stamp: 0,
            nothing: Arc::new(Reading::NONE),
            key: Vec::new(),
            reads: Reads::default(),
            scratch: Scratch::default(),
            grounds: Vec::new(),
            work: Work::default(),
            searched: 0,
        }
    }
}

/// Where a span is kept, as long as the memo [holds](Memo::holds) it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    place: usize,
    stamp: u32,
}

impl Memo {
    /// The place of the span whose key is in `self.key`.
    pub(super) fn place(&mut self) -> Slot {
        if self.spans.is_empty() || self.bytes > MAX_BYTES {
            self.spans.clear();
            self.spans.resize_with(SPANS, || None);
            self.bytes = 0;
        }
        let hash = hash(&self.key);
        let first = hash as usize % (SPANS / WAYS) * WAYS;
        let is_it = |span: &Option<Span>| {
            span.as_ref().is_some_and(|span| span.hash == hash && *span.key == *self.key)
        };
        let set = &self.spans[first..first + WAYS];
        if let Some(found) = set.iter().position(is_it) {
            let place = first + found;
            let stamp = self.spans[place].as_ref().map_or(0, |span| span.stamp);
            return Slot { place, stamp };
        }
        let place = set.iter().position(Option::is_none).unwrap_or_else(|| {
            self.turn = (self.turn + 1) % WAYS;
            self.turn
        });
        let bytes = size_of_val(self.key.as_slice());
        self.stamp = self.stamp.wrapping_add(1);
        let stamp = self.stamp;
        let span = Span {
            hash,
            key: self.key.as_slice().into(),
            codes: Vec::new(),
            readings: Vec::new(),
            stamp,
            sisters: None,
            shallow: 0,
            bytes,
        };
        self.bytes += bytes;
        if let Some(old) = self.spans[first + place].replace(span) {
            self.bytes -= old.bytes;
        }
        Slot { place: first + place, stamp }
    }

    /// What is needed to search a span: what was read in it last, the span as it stands, and room.
    pub(super) fn search_of(&mut self, slot: Slot) -> (&Reads, &mut Ground, &mut Scratch) {
        if self.grounds.is_empty() {
            self.grounds.resize_with(GROUNDS, Default::default);
        }
        let (known, ground) = &mut self.grounds[slot.stamp as usize % GROUNDS];
        if *known != Some(slot) {
            *known = Some(slot);
            ground.clear();
        }
        (&self.reads, ground, &mut self.scratch)
    }

    /// Whether a span still is where it was placed.
    pub(super) fn holds(&self, slot: Slot) -> bool {
        let span = self.spans.get(slot.place).and_then(Option::as_ref);
        span.is_some_and(|span| span.stamp == slot.stamp)
    }

    /// By page, the first page that reads the span alike.
    pub(super) fn sisters(&mut self, slot: Slot, find: impl FnOnce() -> Sisters) -> Sisters {
        match &mut self.spans[slot.place] {
            Some(span) => *span.sisters.get_or_insert_with(find),
            None => find(),
        }
    }

    /// Pages under which no chain reads the span any deeper than the page alone.
    pub(super) fn shallow(&self, slot: Slot) -> PageSet {
        self.spans[slot.place].as_ref().map_or(0, |span| span.shallow)
    }

    /// Adds a page to these.
    pub(super) fn add_shallow(&mut self, slot: Slot, page: usize) {
        if let Some(span) = &mut self.spans[slot.place] {
            span.shallow |= 1 << page;
        }
    }

    pub(super) fn get(&self, slot: Slot, chain: u8, trust: Trust) -> Option<Arc<Reading>> {
        let span = self.spans[slot.place].as_ref()?;
        let at = memchr::memchr(code(chain, trust), &span.codes)?;
        span.readings.get(at).map(Arc::clone)
    }

    pub(super) fn put(&mut self, slot: Slot, chain: u8, trust: Trust, reading: Arc<Reading>) {
        let bytes = size_of::<Reading>() + size_of_val(reading.decoded.as_slice()) + 32;
        if let Some(span) = &mut self.spans[slot.place] {
            span.codes.push(code(chain, trust));
            span.readings.push(reading);
            span.bytes += bytes;
            self.bytes += bytes;
        }
    }
}

fn hash(key: &[u32]) -> u32 {
    let mixed = key.iter().fold(0x9E37_79B9_7F4A_7C15u64, |hash, &part| {
        (hash.rotate_left(5) ^ u64::from(part)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    });
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_and_bounded() {
        let mut memo = Memo::default();
        let place = |memo: &mut Memo, number: u32| {
            memo.key.clear();
            memo.key.extend([number, 7]);
            memo.place()
        };
        for number in 0..100_000 {
            let slot = place(&mut memo, number);
            assert!(memo.get(slot, 0, Trust::Unproven).is_none(), "{number}");
            let decoded = Vec::with_capacity(0);
            let reading = Reading { gain: number as f32, is_weak: true, depth: 1, decoded };
            memo.put(slot, 0, Trust::Unproven, Arc::new(reading));
            assert!(memo.get(slot, 1, Trust::Unproven).is_none());
            assert!(memo.get(slot, 0, Trust::Proven).is_none());
            let again = place(&mut memo, number);
            let found = memo.get(again, 0, Trust::Unproven).map(|reading| reading.gain);
            assert_eq!(found, Some(number as f32));
        }
        let kept = memo.spans.iter().flatten().map(|span| span.bytes);
        assert_eq!(kept.sum::<usize>(), memo.bytes);
        assert!(memo.bytes <= MAX_BYTES);
    }
}
