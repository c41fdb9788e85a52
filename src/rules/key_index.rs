//! All keys in one automaton, walked from where a phrase may begin: every key that a text begins with.
//!
//! The walk is anchored, so it dies after a byte or two where nothing begins, and keys that are
//! prefixes of each other are all found. A hash of four bytes in front turns most words away
//! before the first step.

use aho_corasick::Anchored;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;

use crate::error::Error;

/// What is looked up by the bytes it begins with.
pub(crate) trait Keyed {
    /// Folded text; not empty.
    fn key(&self) -> &[u8];
}

/// The keys of some patterns.
pub(crate) struct KeyIndex<P> {
    automaton: NFA,
    /// The pattern of each key, by the key's number in the automaton.
    patterns: Vec<P>,
    /// A bit for each hash of four bytes that some key begins with. Few words pass.
    quads: Box<[u64]>,
    /// A bit for each pair of bytes that a key of one to three bytes begins with.
    pairs: Box<[u64]>,
}

impl<P: Keyed> KeyIndex<P> {
    /// Indexes the patterns; those of one key stay in the order given.
    pub(crate) fn new(mut patterns: Vec<P>) -> Result<KeyIndex<P>, Error> {
        patterns.sort_by(|a, b| a.key().cmp(b.key()));
        let automaton = NFA::builder()
            .prefilter(false)
            .build(patterns.iter().map(P::key))
            .map_err(|error| Error::invalid(format!("too many phrases: {error}")))?;
        let mut quads: Box<[u64]> = vec![0; 1 << (QUAD_BITS - 6)].into();
        let mut pairs: Box<[u64]> = vec![0; 1024].into();
        for pattern in &patterns {
            match pattern.key() {
                [] => {}
                [one] => (0..=255).for_each(|two| set_bit(&mut pairs, pair(*one, two))),
                [one, two] | [one, two, _] => set_bit(&mut pairs, pair(*one, *two)),
                [one, two, three, four, ..] => {
                    set_bit(&mut quads, quad([*one, *two, *three, *four]));
                }
            }
        }
        Ok(KeyIndex { automaton, patterns, quads, pairs })
    }

    /// The pattern of a number that was found.
    pub(crate) fn pattern(&self, number: usize) -> &P {
        &self.patterns[number]
    }

    /// Calls `found` with the number and length of every key that `text` begins with.
    pub(crate) fn prefixes_of(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let Some(one) = text.first() else { return };
        let two = text.get(1).copied().unwrap_or(0);
        let long = text.first_chunk().is_some_and(|four| has_bit(&self.quads, quad(*four)));
        if !long && !has_bit(&self.pairs, pair(*one, two)) {
            return;
        }
        let Ok(mut state) = self.automaton.start_state(Anchored::Yes) else { return };
        for (at, byte) in text.iter().enumerate() {
            state = self.automaton.next_state(Anchored::Yes, state, *byte);
            if !self.automaton.is_special(state) {
                continue;
            }
            if self.automaton.is_dead(state) {
                return;
            }
            if !self.automaton.is_match(state) {
                continue;
            }
            for index in 0..self.automaton.match_len(state) {
                let number = self.automaton.match_pattern(state, index);
                // A state also tells of shorter keys that end here but begin later.
                if self.automaton.pattern_len(number) == at + 1 {
                    found(number.as_usize(), at + 1);
                }
            }
        }
    }
}

/// Size of the table of four-byte hashes: 4 KiB, of which 3,500 phrases fill a tenth.
const QUAD_BITS: u32 = 15;

fn quad(bytes: [u8; 4]) -> usize {
    // Multiplicative hashing, Knuth, TAOCP 6.4: the golden ratio of 2^32.
    (u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B1) >> (32 - QUAD_BITS)) as usize
}

fn pair(one: u8, two: u8) -> usize {
    usize::from(one) << 8 | usize::from(two)
}

fn set_bit(bits: &mut [u64], at: usize) {
    bits[at >> 6] |= 1 << (at & 63);
}

fn has_bit(bits: &[u64], at: usize) -> bool {
    bits[at >> 6] & (1 << (at & 63)) != 0
}
