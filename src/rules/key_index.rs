//! Keys, sorted: every key that a text begins with.
//!
//! A look-up narrows the range of keys byte by byte, so it ends where nothing begins; keys that are
//! prefixes of each other are all found. A hash of four bytes in front turns most words away.

use super::pattern::Pattern;

/// Sorted keys with the patterns that begin with them.
pub(super) struct KeyIndex {
    /// The keys, one behind the other, in order.
    keys: Vec<u8>,
    /// Where each key begins in `keys`, and the end.
    starts: Vec<u32>,
    /// The pattern of each key.
    patterns: Vec<Pattern>,
    /// For each first byte, the first key that begins with it or a later one; 257 entries.
    first: Vec<u32>,
    /// A bit for each hash of four bytes that some key begins with. Few words pass.
    quads: Box<[u64]>,
    /// A bit for each pair of bytes that a key of one to three bytes begins with.
    pairs: Box<[u64]>,
}

impl KeyIndex {
    pub(super) fn new(mut patterns: Vec<Pattern>) -> KeyIndex {
        patterns.sort_by(|a, b| a.key().cmp(b.key()).then(a.rule.cmp(&b.rule)));
        let mut index = KeyIndex {
            keys: Vec::new(),
            starts: vec![0],
            patterns: Vec::new(),
            first: Vec::with_capacity(257),
            quads: vec![0; 1 << (QUAD_BITS - 6)].into(),
            pairs: vec![0; 1024].into(),
        };
        for pattern in &patterns {
            let key = pattern.key();
            index.keys.extend_from_slice(key);
            index.starts.push(index.keys.len() as u32);
            match key {
                [] => {}
                [one] => (0..=255).for_each(|two| set_bit(&mut index.pairs, pair(*one, two))),
                [one, two] | [one, two, _] => set_bit(&mut index.pairs, pair(*one, *two)),
                [one, two, three, four, ..] => {
                    set_bit(&mut index.quads, quad([*one, *two, *three, *four]));
                }
            }
        }
        for byte in 0..=256usize {
            index.first.push(
                patterns.partition_point(|pattern| usize::from(pattern.key()[0]) < byte) as u32,
            );
        }
        index.patterns = patterns;
        index
    }

    /// The pattern of a number that was found.
    pub(super) fn pattern(&self, number: usize) -> &Pattern {
        &self.patterns[number]
    }

    fn key(&self, at: usize) -> &[u8] {
        &self.keys[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Calls `found` with the number and length of every key that `text` begins with.
    pub(super) fn prefixes_of(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let Some(one) = text.first() else { return };
        let two = text.get(1).copied().unwrap_or(0);
        let long = text.first_chunk().is_some_and(|four| has_bit(&self.quads, quad(*four)));
        if !long && !has_bit(&self.pairs, pair(*one, two)) {
            return;
        }
        let mut low = self.first[usize::from(*one)] as usize;
        let mut high = self.first[usize::from(*one) + 1] as usize;
        let mut depth = 1;
        while low < high {
            // Keys that end here come first in the range.
            while low < high && self.key(low).len() == depth {
                found(low, depth);
                low += 1;
            }
            let Some(byte) = text.get(depth) else { return };
            low += self.narrow(low, high, |key| key[depth] < *byte);
            high = low + self.narrow(low, high, |key| key[depth] == *byte);
            depth += 1;
        }
    }

    /// How many of the keys from `low` on, which are sorted by the test, pass it.
    fn narrow(&self, low: usize, high: usize, passes: impl Fn(&[u8]) -> bool) -> usize {
        let (mut from, mut to) = (low, high);
        while from < to {
            let middle = from + (to - from) / 2;
            if passes(self.key(middle)) { from = middle + 1 } else { to = middle }
        }
        from - low
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
