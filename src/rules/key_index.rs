//! Keys looked up from where a phrase may begin: every key that a text begins with.
//!
//! The keys stand sorted, those of up to three bytes apart from the longer ones. All keys that a text
//! begins with are beginnings of the last key that does not come after the text in that order:
//! whatever sorts between a beginning of the text and the text begins with it as well. So one
//! search finds that key, and each key knows the longest other one that it begins with: from there
//! a short chain is walked. Short keys are looked up by all their bytes.
//!
//! Hardly a word of a text gets that far. A bit for the hash of its first four bytes turns most of
//! them away, one for the first eight nearly all others, and a hash table of the first four narrows
//! the search for what is left to a few keys, of which four more bytes are compared at once. All tables grow with the keys, so that it costs the
//! same whether there are three hundred keys or thirty thousand. An automaton (`aho-corasick`) finds
//! the same in as many steps, but its states lie all over the memory, and to build it took half the
//! time of an empty run.

use std::ops::Range;

/// What is looked up by the bytes it begins with.
pub(crate) trait Keyed {
    /// Folded text; not empty.
    fn key(&self) -> &[u8];
}

/// The keys of some patterns.
pub(crate) struct KeyIndex<P> {
    /// Those of short keys first; sorted by key, those of one key in the order given.
    patterns: Vec<P>,
    /// Each different key, in order, and their bytes.
    keys: Vec<Key>,
    bytes: Vec<u8>,
    /// For each pair of bytes, of which seven bits count, a bit for the lengths of the keys that
    /// begin with it: one to three bytes, and more. Empty where the keys are too few to make it
    /// worth its memory.
    begins: Box<[u8]>,
    /// The hashes of the first four bytes of longer keys; of those that have no more than seven; of
    /// the first eight bytes of those that have eight.
    fours: Bits,
    brief: Bits,
    eights: Bits,
    /// Longer keys by their first four bytes, and short ones by all that they have.
    groups: Groups,
    short: Groups,
}

/// A key and its place among the others.
struct Key {
    /// Its bytes.
    start: u32,
    end: u32,
    /// Its fifth to eighth bytes, as far as it has them, and the mask of those.
    next: u32,
    mask: u32,
    /// Number of the first pattern of this key; those of the next key follow.
    first: u32,
    /// Number of the longest key of four bytes or more that this one begins with, plus one; 0 if
    /// there is none.
    prefix: u32,
}

/// Longest of the short keys.
const SHORT: usize = 3;

/// The bit of the lengths of longer ones.
const LONG_KEYS: u8 = 1 << SHORT;

/// So many keys are looked at one by one.
const FEW: usize = 16;

impl<P: Keyed> KeyIndex<P> {
    /// Indexes the patterns; those of one key stay in the order given.
    pub(crate) fn new(patterns: Vec<P>) -> KeyIndex<P> {
        let patterns = sorted(patterns);
        let bits = || Bits::for_keys(patterns.len());
        let mut index = KeyIndex {
            keys: Vec::with_capacity(patterns.len()),
            bytes: Vec::new(),
            begins: vec![0; if patterns.len() > FEW { 1 << 14 } else { 0 }].into(),
            fours: bits(),
            brief: bits(),
            eights: bits(),
            groups: Groups::default(),
            short: Groups::default(),
            patterns: Vec::new(),
        };
        // The longer keys that the last one begins with, the shortest first.
        let mut open: Vec<u32> = Vec::new();
        let mut short_keys = 0;
        for (number, pattern) in patterns.iter().enumerate() {
            let key = pattern.key();
            if index.keys.last().is_some_and(|last| index.bytes_in(last) == key) {
                continue;
            }
            while open.last().is_some_and(|last| !key.starts_with(index.bytes_of(*last))) {
                open.pop();
            }
            let prefix = open.last().map_or(0, |longest| longest + 1);
            let start = index.bytes.len() as u32;
            index.bytes.extend_from_slice(key);
            let end = index.bytes.len() as u32;
            let (next, mask) = next_bytes(key);
            if key.len() > SHORT {
                open.push(index.keys.len() as u32);
            } else {
                short_keys += 1;
            }
            index.keys.push(Key { start, end, next, mask, first: number as u32, prefix });
            index.admit(key);
        }
        let (short, long) = index.keys.split_at(short_keys);
        let short = short.iter().map(|key| short_word(index.bytes_in(key)));
        index.short = Groups::of(short, 0);
        let fours = long.iter().filter_map(|key| index.bytes_in(key).first_chunk());
        index.groups = Groups::of(fours.map(|four| u32::from_le_bytes(*four)), short_keys);
        index.patterns = patterns;
        index
    }

    /// Lets texts that begin with the key pass.
    fn admit(&mut self, key: &[u8]) {
        if let [one, ref rest @ ..] = *key
            && !self.begins.is_empty()
        {
            let length = 1 << (key.len() - 1).min(SHORT);
            match rest.first() {
                Some(two) => self.begins[pair(one, *two)] |= length,
                None => (0..=255).for_each(|two| self.begins[pair(one, two)] |= length),
            }
        }
        if let Some(four) = key.first_chunk().map(|four| hash_of_four(*four)) {
            self.fours.set(four);
            match key.first_chunk() {
                Some(eight) => self.eights.set(hash_of_eight(*eight)),
                None => self.brief.set(four),
            }
        }
    }

    /// All patterns.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &P> {
        self.patterns.iter()
    }

    /// The pattern of a number that was found.
    pub(crate) fn pattern(&self, number: usize) -> &P {
        &self.patterns[number]
    }

    /// Calls `found` with the number and length of every key that `text` begins with, the shorter
    /// ones first.
    #[inline]
    pub(crate) fn prefixes_of(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let Some(four) = text.first_chunk::<4>() else {
            return self.look_for_short(text, u8::MAX, &mut found);
        };
        let lengths = self.begins.get(pair(four[0], four[1])).copied().unwrap_or(u8::MAX);
        if lengths & (LONG_KEYS - 1) != 0 {
            self.look_for_short(&text[..SHORT], lengths, &mut found);
        }
        let hash = hash_of_four(*four);
        if lengths & LONG_KEYS != 0 && self.fours.has(hash) {
            let eight = text.first_chunk();
            let is_long = eight.is_some_and(|eight| self.eights.has(hash_of_eight(*eight)));
            if is_long || self.brief.has(hash) {
                self.look_among(text, self.groups.range(u32::from_le_bytes(*four)), &mut found);
            }
        }
    }

    /// Finds the short keys of some lengths that a text of up to three bytes begins with.
    fn look_for_short(&self, text: &[u8], lengths: u8, found: &mut impl FnMut(usize, usize)) {
        for len in (1..=text.len()).filter(|len| lengths & (1 << (len - 1)) != 0) {
            for number in self.short.range(short_word(&text[..len])) {
                self.tell_alone(number, found);
            }
        }
    }

    /// Finds the keys that the text begins with among those that share its first four bytes.
    fn look_among(&self, text: &[u8], among: Range<usize>, found: &mut impl FnMut(usize, usize)) {
        if among.len() > FEW {
            return self.look_up(text, among, found);
        }
        let (next, mask) = next_bytes(text);
        for (number, key) in among.clone().zip(&self.keys[among]) {
            // A text that is shorter than the key lacks some of its bytes.
            let may_be = (key.next ^ next) & key.mask == 0 && key.mask & !mask == 0;
            if may_be && text.starts_with(self.bytes_in(key)) {
                self.tell_alone(number, found);
            }
        }
    }

    /// Finds the keys that the text begins with among some of them.
    #[inline(never)]
    fn look_up(&self, text: &[u8], among: Range<usize>, found: &mut impl FnMut(usize, usize)) {
        let keys = &self.keys[among.clone()];
        // The keys that do not come after the text: the last of them, by its number plus one.
        let before = keys.partition_point(|key| self.bytes_in(key) <= text);
        let mut last = if before == 0 { 0 } else { (among.start + before) as u32 };
        while let Some(number) = last.checked_sub(1) {
            if text.starts_with(self.bytes_of(number)) {
                self.tell(number, found);
                return;
            }
            last = self.keys[number as usize].prefix;
        }
    }

    /// Tells of a key and of those that it begins with.
    fn tell(&self, number: u32, found: &mut impl FnMut(usize, usize)) {
        let key = &self.keys[number as usize];
        // No deeper than a key has bytes.
        if let Some(prefix) = key.prefix.checked_sub(1) {
            self.tell(prefix, found);
        }
        self.tell_alone(number as usize, found);
    }

    fn tell_alone(&self, number: usize, found: &mut impl FnMut(usize, usize)) {
        let key = &self.keys[number];
        let next = self.keys.get(number + 1);
        let next = next.map_or(self.patterns.len(), |next| next.first as usize);
        let len = self.bytes_in(key).len();
        (key.first as usize..next).for_each(|number| found(number, len));
    }

    fn bytes_of(&self, number: u32) -> &[u8] {
        self.bytes_in(&self.keys[number as usize])
    }

    fn bytes_in(&self, key: &Key) -> &[u8] {
        &self.bytes[key.start as usize..key.end as usize]
    }
}

/// The patterns by their keys, short ones first; those of one key stay in the order given.
fn sorted<P: Keyed>(mut patterns: Vec<P>) -> Vec<P> {
    patterns.retain(|pattern| !pattern.key().is_empty());
    // Most keys differ in their first bytes, which are compared as one number.
    let order_of = |(number, pattern): (usize, &P)| {
        let mut first = [0; 16];
        let len = pattern.key().len().min(first.len());
        first[..len].copy_from_slice(&pattern.key()[..len]);
        (pattern.key().len() > SHORT, u128::from_be_bytes(first), number)
    };
    let mut order: Vec<_> = patterns.iter().enumerate().map(order_of).collect();
    order.sort_unstable_by(|a, b| {
        let keys = || patterns[a.2].key().cmp(patterns[b.2].key());
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(keys).then(a.2.cmp(&b.2))
    });
    let mut patterns: Vec<Option<P>> = patterns.into_iter().map(Some).collect();
    order.into_iter().filter_map(|(_, _, number)| patterns[number].take()).collect()
}

/// Where the keys stand that share their first bytes: a hash table without deletion.
#[derive(Default)]
struct Groups {
    /// What they share, and the numbers of the first key and the one behind the last. At least half
    /// of the places are empty; their ranges are.
    places: Box<[(u32, u32, u32)]>,
}

impl Groups {
    /// Of the first bytes of keys in their order, whose numbers begin at `first`.
    fn of(fours: impl Iterator<Item = u32> + Clone, first: usize) -> Groups {
        let size = (2 * fours.clone().count() + 1).next_power_of_two();
        let mut groups = Groups { places: vec![(0, 0, 0); size].into() };
        for (number, four) in (first as u32..).zip(fours) {
            let at = groups.place(four);
            let (known, from, to) = &mut groups.places[at];
            if from == to {
                (*known, *from) = (four, number);
            }
            *to = number + 1;
        }
        groups
    }

    /// The place of a group, or the empty one where it would be.
    fn place(&self, four: u32) -> usize {
        let last = self.places.len() - 1;
        let mut at = (hash_of_four(four.to_le_bytes()) >> 7) as usize & last;
        while let (known, from, to) = self.places[at]
            && from != to
            && known != four
        {
            at = (at + 1) & last;
        }
        at
    }

    /// The numbers of the keys that begin with these four bytes.
    fn range(&self, four: u32) -> Range<usize> {
        let (_, from, to) = self.places[self.place(four)];
        from as usize..to as usize
    }
}

/// A set of hashes that may hold more than was put into it.
struct Bits {
    words: Box<[u64]>,
    /// How far a hash is shifted down to number a bit.
    shift: u32,
}

/// Bits for each key: of words that begin like none, one in sixteen passes.
const BITS_PER_KEY: usize = 16;

/// As long as the table stays in the nearest cache, keys have more: one in a hundred passes.
const BITS_PER_FEW: usize = 8 * BITS_PER_KEY;
const NEAR_BITS: usize = 1 << 15;

/// The largest table, in bits: 1 MiB.
const MOST_BITS: usize = 1 << 23;

impl Bits {
    fn for_keys(keys: usize) -> Bits {
        let near = keys.saturating_mul(BITS_PER_FEW).clamp(64, NEAR_BITS);
        let bits = keys.saturating_mul(BITS_PER_KEY).clamp(near, MOST_BITS).next_power_of_two();
        Bits { words: vec![0; bits / 64].into(), shift: 32 - bits.trailing_zeros() }
    }

    fn set(&mut self, hash: u32) {
        set_bit(&mut self.words, (hash >> self.shift) as usize);
    }

    #[inline]
    fn has(&self, hash: u32) -> bool {
        has_bit(&self.words, (hash >> self.shift) as usize)
    }
}

/// Multiplicative hashing, Knuth, TAOCP 6.4: the golden ratio of 2^32.
#[inline]
fn hash_of_four(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B1)
}

/// The same of 2^64.
#[inline]
fn hash_of_eight(bytes: [u8; 8]) -> u32 {
    (u64::from_le_bytes(bytes).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

/// The fifth to eighth bytes of a text, and the mask of those that it has.
#[inline]
fn next_bytes(text: &[u8]) -> (u32, u32) {
    if let Some([_, _, _, _, next @ ..]) = text.first_chunk::<8>() {
        return (u32::from_le_bytes(*next), u32::MAX);
    }
    let mut next = ([0; 4], [0; 4]);
    for (at, byte) in text.iter().skip(4).take(4).enumerate() {
        (next.0[at], next.1[at]) = (*byte, u8::MAX);
    }
    (u32::from_le_bytes(next.0), u32::from_le_bytes(next.1))
}

#[inline]
fn pair(one: u8, two: u8) -> usize {
    usize::from(one & 0x7F) << 7 | usize::from(two & 0x7F)
}

/// A key of up to three bytes, or a text, as a number.
#[inline]
fn short_word(text: &[u8]) -> u32 {
    text.iter().fold(1, |word, byte| word << 8 | u32::from(*byte))
}

fn set_bit(bits: &mut [u64], at: usize) {
    bits[at >> 6] |= 1 << (at & 63);
}

#[inline]
fn has_bit(bits: &[u64], at: usize) -> bool {
    bits.get(at >> 6).is_some_and(|word| word & (1 << (at & 63)) != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Keyed for &'static str {
        fn key(&self) -> &[u8] {
            self.as_bytes()
        }
    }

    impl Keyed for (usize, String) {
        fn key(&self) -> &[u8] {
            self.1.as_bytes()
        }
    }

    fn found(keys: &[&'static str], text: &str) -> Vec<&'static str> {
        let index = KeyIndex::new(keys.to_vec());
        let mut found = Vec::new();
        index.prefixes_of(text.as_bytes(), |number, len| {
            assert_eq!(index.pattern(number).len(), len);
            found.push(*index.pattern(number));
        });
        found
    }

    #[test]
    fn every_key_that_a_text_begins_with_is_found_the_shorter_first() {
        let keys = &["share this", "share", "sh", "share that", "sharing", "s", "tweet"];
        assert_eq!(found(keys, "share this post"), ["s", "sh", "share", "share this"]);
        assert_eq!(found(keys, "share those"), ["s", "sh", "share"]);
        assert_eq!(found(keys, "shard"), ["s", "sh"]);
        assert_eq!(found(keys, "tweets"), ["tweet"]);
        assert_eq!(found(keys, "twee"), [""; 0]);
        assert_eq!(found(keys, ""), [""; 0]);
        assert_eq!(found(&[], "share"), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_look_at_every_key_does(
            keys in prop::collection::vec("[ab]{1,12}|[a-c ñ]{1,5}|(by |share |this ){1,4}", 0..60),
            text in "[ab]{0,14}|[a-c ñ]{0,8}|(by |share |this ){0,5}",
        ) {
            let keys: Vec<(usize, String)> = keys.into_iter().enumerate().collect();
            let mut plain: Vec<&(usize, String)> =
                keys.iter().filter(|(_, key)| text.starts_with(key.as_str())).collect();
            plain.sort_by_key(|(number, key)| (key.len(), *number));
            let index = KeyIndex::new(keys.clone());
            let mut found = Vec::new();
            index.prefixes_of(text.as_bytes(), |number, _| found.push(index.pattern(number)));
            prop_assert_eq!(found, plain);
        }
    }
}
