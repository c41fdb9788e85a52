//! Keys looked up from where a phrase may begin: every key that a text begins with.
//!
//! Keys of up to three bytes are looked up by all their bytes, those of up to seven by their first
//! four, longer ones by their first eight. Hardly a word of a text gets that far: a bit for its first
//! two bytes, and one for the hash of its first four or eight, turn it away before. What is left
//! is a few keys, of which eight bytes more are compared at once. Where many keys share their
//! first bytes, one search finds the last of them that does not come after the text:
//! whatever sorts between a beginning of the text and the text begins with it as well, so all keys
//! that the text begins with are beginnings of that one, and each key knows the longest other one
//! that it begins with.
//!
//! All tables grow with the keys, so that it costs the same whether there are three hundred keys or
//! thirty thousand. An automaton (`aho-corasick`) finds the same in as many steps, but its states lie
//! all over the memory, and to build it took half the time of an empty run.

use std::ops::Range;

use crate::hash::spread;
use crate::swar::{eight_at, low_bytes};

/// What is looked up by the bytes it begins with.
pub(crate) trait Keyed {
    /// Folded text; not empty.
    fn key(&self) -> &[u8];
}

/// The keys of some patterns.
pub(crate) struct KeyIndex<P> {
    /// By the length class of their keys, then by key; those of one key in the order given.
    patterns: Vec<P>,
    /// Each different key, in that order, and their bytes.
    keys: Vec<Key>,
    bytes: Vec<u8>,
    /// For each pair of bytes, of which seven bits count, a bit for each length of the short keys
    /// that begin with it, and those of the two other classes. Empty where the keys are too few to
    /// make it worth its memory.
    begins: Box<[u8]>,
    /// The hashes of the first four bytes of brief keys, and of the first eight of long ones.
    fours: Bits,
    eights: Bits,
    /// Long keys by their first eight bytes, brief ones by their first four, short ones by all.
    long: Groups,
    brief: Groups,
    short: Groups,
}

/// A key and its place among the others.
struct Key {
    /// Its bytes.
    start: u32,
    end: u32,
    /// The eight bytes behind those by which it is found, as far as it has them, and the mask of
    /// those.
    next: u64,
    mask: u64,
    /// Number of the first pattern of this key; those of the next key follow.
    first: u32,
    /// Number of the longest other key of its class that this one begins with, plus one; 0 if there
    /// is none.
    prefix: u32,
}

/// Longest of the short keys.
const SHORT: usize = 3;

/// The bytes by which brief keys are found, and by which long ones are.
const BRIEF: usize = 4;
const LONG: usize = 8;

/// The bits of the classes of longer keys, behind those for the lengths of short ones.
const BRIEF_KEYS: u8 = 1 << SHORT;
const LONG_KEYS: u8 = 2 << SHORT;

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
            eights: bits(),
            long: Groups::default(),
            brief: Groups::default(),
            short: Groups::default(),
            patterns: Vec::new(),
        };
        // The keys of its class that the last one begins with, the shortest first.
        let mut open: Vec<u32> = Vec::new();
        let mut of_class = [0; 3];
        for (number, pattern) in patterns.iter().enumerate() {
            let key = pattern.key();
            if index.keys.last().is_some_and(|last| index.bytes_in(last) == key) {
                continue;
            }
            let class = class_of(key);
            let begins = |other: &u32| {
                class_of(index.bytes_of(*other)) == class && key.starts_with(index.bytes_of(*other))
            };
            while open.last().is_some_and(|last| !begins(last)) {
                open.pop();
            }
            let prefix = open.last().map_or(0, |longest| longest + 1);
            let start = index.bytes.len() as u32;
            index.bytes.extend_from_slice(key);
            let end = index.bytes.len() as u32;
            open.push(index.keys.len() as u32);
            of_class[class] += 1;
            let (next, mask) = next_bytes(key, [SHORT, BRIEF, LONG][class]);
            index.keys.push(Key { start, end, next, mask, first: number as u32, prefix });
            index.admit(key);
        }
        let (short, rest) = index.keys.split_at(of_class[0]);
        let (brief, long) = rest.split_at(of_class[1]);
        let number_of = |keys: &[Key], number: fn(&[u8]) -> u64| -> Vec<u64> {
            keys.iter().map(|key| number(index.bytes_in(key))).collect()
        };
        let short = number_of(short, short_word);
        let brief = number_of(brief, |key| key.first_chunk().map_or(0, four_bytes));
        let long = number_of(long, |key| key.first_chunk().map_or(0, eight_bytes));
        index.short = Groups::of(&short, 0);
        index.brief = Groups::of(&brief, of_class[0]);
        index.long = Groups::of(&long, of_class[0] + of_class[1]);
        index.patterns = patterns;
        index
    }

    /// Lets texts that begin with the key pass.
    fn admit(&mut self, key: &[u8]) {
        let class = class_of(key);
        if let [one, ref rest @ ..] = *key
            && !self.begins.is_empty()
        {
            let length = match class {
                0 => 1 << (key.len() - 1),
                1 => BRIEF_KEYS,
                _ => LONG_KEYS,
            };
            match rest.first() {
                Some(two) => self.begins[pair(one, *two)] |= length,
                None => (0..=255).for_each(|two| self.begins[pair(one, two)] |= length),
            }
        }
        match (class, key.first_chunk(), key.first_chunk()) {
            (1, Some(four), _) => self.fours.set(hash_of(four_bytes(four))),
            (2, _, Some(eight)) => self.eights.set(hash_of(eight_bytes(eight))),
            _ => {}
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
        let Some(four) = text.first_chunk::<BRIEF>() else {
            return self.look_for_short(text, u8::MAX, &mut found);
        };
        let lengths = self.begins.get(pair(four[0], four[1])).copied().unwrap_or(u8::MAX);
        if lengths & (BRIEF_KEYS - 1) != 0 {
            self.look_for_short(&text[..SHORT], lengths, &mut found);
        }
        let four = four_bytes(four);
        if lengths & BRIEF_KEYS != 0
            && self.fours.has(hash_of(four))
            && let among = self.brief.range(four)
            && !among.is_empty()
        {
            self.look_among(text, BRIEF, among, &mut found);
        }
        if lengths & LONG_KEYS != 0
            && let Some(eight) = text.first_chunk().map(eight_bytes)
            && self.eights.has(hash_of(eight))
            && let among = self.long.range(eight)
            && !among.is_empty()
        {
            self.look_among(text, LONG, among, &mut found);
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

    /// Finds the keys that the text begins with among those that share its first bytes.
    fn look_among(
        &self,
        text: &[u8],
        shared: usize,
        among: Range<usize>,
        found: &mut impl FnMut(usize, usize),
    ) {
        if among.len() > FEW {
            return self.look_up(text, among, found);
        }
        let next = eight_at(text, shared);
        for (number, key) in among.clone().zip(&self.keys[among]) {
            if (key.next ^ next) & key.mask == 0 && self.begins_with(text, key, shared) {
                self.tell_alone(number, found);
            }
        }
    }

    /// Whether the text begins with a key whose bytes up to eight behind the shared ones are in it, or
    /// would be if zeros stood behind its end.
    #[inline(always)]
    fn begins_with(&self, text: &[u8], key: &Key, shared: usize) -> bool {
        let len = (key.end - key.start) as usize;
        len <= text.len() && (len <= shared + 8 || text.starts_with(self.bytes_in(key)))
    }

    /// Finds the keys that the text begins with among some of one class.
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
        let len = (key.end - key.start) as usize;
        (key.first as usize..next).for_each(|number| found(number, len));
    }

    fn bytes_of(&self, number: u32) -> &[u8] {
        self.bytes_in(&self.keys[number as usize])
    }

    fn bytes_in(&self, key: &Key) -> &[u8] {
        &self.bytes[key.start as usize..key.end as usize]
    }
}

/// The class of a key by its length: short, brief or long.
fn class_of(key: &[u8]) -> usize {
    match key.len() {
        len if len <= SHORT => 0,
        len if len < LONG => 1,
        _ => 2,
    }
}

/// The patterns by the classes of their keys, and by their keys; those of one key stay in the order
/// given.
fn sorted<P: Keyed>(mut patterns: Vec<P>) -> Vec<P> {
    patterns.retain(|pattern| !pattern.key().is_empty());
    // Most keys differ in their first bytes, which are compared as one number.
    let order_of = |(number, pattern): (usize, &P)| {
        let mut first = [0; 16];
        let len = pattern.key().len().min(first.len());
        first[..len].copy_from_slice(&pattern.key()[..len]);
        (class_of(pattern.key()), u128::from_be_bytes(first), number)
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
    places: Box<[(u64, u32, u32)]>,
}

impl Groups {
    /// Of the first bytes of keys in their order, whose numbers begin at `first`.
    fn of(shared: &[u64], first: usize) -> Groups {
        let size = (2 * shared.len() + 1).next_power_of_two();
        let mut groups = Groups { places: vec![(0, 0, 0); size].into() };
        for (number, bytes) in (first as u32..).zip(shared) {
            let at = groups.place(*bytes);
            let (known, from, to) = &mut groups.places[at];
            if from == to {
                (*known, *from) = (*bytes, number);
            }
            *to = number + 1;
        }
        groups
    }

    /// The place of a group, or the empty one where it would be.
    fn place(&self, bytes: u64) -> usize {
        let last = self.places.len() - 1;
        let mut at = (hash_of(bytes) >> 7) as usize & last;
        while let (known, from, to) = self.places[at]
            && from != to
            && known != bytes
        {
            at = (at + 1) & last;
        }
        at
    }

    /// The numbers of the keys that begin with these bytes.
    fn range(&self, bytes: u64) -> Range<usize> {
        let (_, from, to) = self.places[self.place(bytes)];
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

#[inline]
fn hash_of(bytes: u64) -> u32 {
    (spread(bytes) >> 32) as u32
}

#[inline]
fn four_bytes(bytes: &[u8; BRIEF]) -> u64 {
    u64::from(u32::from_le_bytes(*bytes))
}

#[inline]
fn eight_bytes(bytes: &[u8; LONG]) -> u64 {
    u64::from_le_bytes(*bytes)
}

/// The eight bytes of a text behind its first ones, and the mask of those that it has.
#[inline]
fn next_bytes(text: &[u8], behind: usize) -> (u64, u64) {
    let left = text.len().saturating_sub(behind).min(8);
    (eight_at(text, behind), if left == 0 { 0 } else { low_bytes(left) })
}

#[inline]
fn pair(one: u8, two: u8) -> usize {
    usize::from(one & 0x7F) << 7 | usize::from(two & 0x7F)
}

/// A key of up to three bytes, or a text, as a number.
#[inline]
fn short_word(text: &[u8]) -> u64 {
    text.iter().fold(1, |word, byte| word << 8 | u64::from(*byte))
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
            keys in prop::collection::vec("[ab]{1,12}|[a-c ñ]{1,5}|(by |share |this ){1,4}|share this[ab]{0,4}|shar[ab]{0,3}", 0..120),
            text in "[ab]{0,14}|[a-c ñ]{0,8}|(by |share |this ){0,5}|share this[ab]{0,5}|shar[ab]{0,4}",
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
