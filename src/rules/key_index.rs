//! Keys looked up from where a phrase may begin: every key that a text begins with.
//!
//! Keys of up to two bytes are looked up by all their bytes, those of three and four by their first
//! three, of up to seven by their first five, longer ones by their first eight. Hardly a word of a text
//! gets that far: a sieve ([`KeySieve`]) turns most away, and tells of the others which of the four it is worth to
//! look for. What is left is a few keys, of which eight bytes more are compared at once. Where many
//! keys share their first bytes, one search finds the last of them that does not come after the text:
//! whatever sorts between a beginning of the text and the text begins with it as well, so all keys
//! that the text begins with are beginnings of that one, and each key knows the longest other one
//! that it begins with.
//!
//! All tables grow with the keys, so that it costs the same whether there are three hundred keys or
//! thirty thousand. An automaton (`aho-corasick`) finds the same in as many steps, but its states lie
//! all over the memory, and to build it took half the time of an empty run.

use std::ops::Range;

use super::key_sieve::{CLASSES, KeySieve, SHARED, class_of, is_word};
use crate::hash::spread;
use crate::swar::{eight_at, low_bytes};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'k> {
    /// Folded text; not empty.
    pub bytes: &'k [u8],
    /// Whether no letter or digit may follow. The text ends in one then.
    pub is_whole: bool,
}

/// Some keys, by the bytes that they begin with.
pub(crate) struct KeyIndex {
    sieve: KeySieve,
    /// Each different key, by their classes, then by their bytes; and these.
    keys: Vec<Known>,
    bytes: Vec<u8>,
    /// The numbers under which they were given, in that order; those of one key in the order given.
    numbers: Vec<u32>,
    /// The keys of each class by the bytes that they are known by.
    groups: [Groups; CLASSES],
}

/// A key and its place among the others.
struct Known {
    /// Its bytes.
    start: u32,
    end: u32,
    /// The eight bytes behind those by which it is found, as far as it has them, and the mask of
    /// those.
    next: u64,
    mask: u64,
    /// The place of its first number; those of the next key follow.
    first: u32,
    /// Number of the longest other key of its class that this one begins with, plus one; 0 if there
    /// is none.
    prefix: u32,
    is_whole: bool,
}

/// So many keys are looked at one by one.
const FEW: usize = 16;

impl KeyIndex {
    /// Indexes folded keys, which are numbered in the order given. Empty ones are not found.
    pub(crate) fn new<'k>(keys: impl Iterator<Item = Key<'k>>) -> KeyIndex {
        let given = sorted(keys);
        let mut index = KeyIndex {
            sieve: KeySieve::default(),
            keys: Vec::with_capacity(given.len()),
            bytes: Vec::new(),
            numbers: given.iter().map(|(_, number)| *number).collect(),
            groups: Default::default(),
        };
        // The keys of its class that the last one begins with, the shortest first.
        let mut open: Vec<u32> = Vec::new();
        let mut of_class = [0; CLASSES];
        for (first, (key, _)) in given.into_iter().enumerate() {
            let Key { bytes: key, is_whole } = key;
            let is_last = |last: &Known| (index.bytes_in(last), last.is_whole) == (key, is_whole);
            if index.keys.last().is_some_and(is_last) {
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
            let (next, mask) = next_bytes(key, SHARED[class]);
            index.keys.push(Known {
                start,
                end,
                next,
                mask,
                first: first as u32,
                prefix,
                is_whole,
            });
            index.sieve.admit(Key { bytes: key, is_whole });
        }
        let mut start = 0;
        for (class, count) in of_class.into_iter().enumerate() {
            let keys = &index.keys[start..start + count];
            let shared = keys.iter().map(|key| shared_by(class, index.bytes_in(key)));
            index.groups[class] = Groups::of(shared, start);
            start += count;
        }
        index
    }

    /// Turns most places away where no key begins.
    pub(crate) fn sieve(&self) -> &KeySieve {
        &self.sieve
    }

    /// Calls `found` with each place, and the number and length of every key that begins there, the
    /// shorter ones first.
    pub(crate) fn keys_at(
        &self,
        text: &[u8],
        places: &[u32],
        mut found: impl FnMut(usize, usize, usize),
    ) {
        for at in places.iter().map(|at| *at as usize) {
            let eight = eight_at(text, at);
            let mut classes = self.sieve.classes(eight);
            // Mostly it is one of them, and nobody expects which: so there is no jump for each.
            while classes != 0 {
                match classes.trailing_zeros() as usize % CLASSES {
                    0 => self.look_for_short(text, at, &mut found),
                    class => self.look_for(class, text, at, eight, &mut found),
                }
                classes &= classes - 1;
            }
        }
    }

    /// Finds the keys of one or two bytes at a place.
    #[inline(never)]
    fn look_for_short(&self, text: &[u8], at: usize, found: &mut impl FnMut(usize, usize, usize)) {
        let here = &text[at..];
        for len in 1..=here.len().min(SHARED[0]) {
            for number in self.groups[0].range(shared_by(0, &here[..len])) {
                self.tell_alone(text, at, number, found);
            }
        }
    }

    /// Finds the keys of another class that begin at a place, where these eight bytes stand.
    #[inline(always)]
    fn look_for(
        &self,
        class: usize,
        text: &[u8],
        at: usize,
        eight: u64,
        found: &mut impl FnMut(usize, usize, usize),
    ) {
        // A text may be shorter than that: no key is longer than it that is found.
        let shared = SHARED[class];
        let among = self.groups[class].range(eight << (64 - 8 * shared));
        if among.is_empty() {
            return;
        }
        if among.len() > FEW {
            return self.look_up(text, at, among, found);
        }
        let next = eight_at(text, at + shared);
        for (number, key) in among.clone().zip(&self.keys[among]) {
            if (key.next ^ next) & key.mask == 0 && self.begins_with(&text[at..], key, shared) {
                self.tell_alone(text, at, number, found);
            }
        }
    }

    /// Whether the text begins with a key whose bytes up to eight behind the shared ones are in it, or
    /// would be if zeros stood behind its end.
    #[inline(always)]
    fn begins_with(&self, text: &[u8], key: &Known, shared: usize) -> bool {
        let len = (key.end - key.start) as usize;
        len <= text.len() && (len <= shared + 8 || text.starts_with(self.bytes_in(key)))
    }

    /// Finds the keys that begin at a place among some of one class.
    #[inline(never)]
    fn look_up(
        &self,
        text: &[u8],
        at: usize,
        among: Range<usize>,
        found: &mut impl FnMut(usize, usize, usize),
    ) {
        let here = &text[at..];
        let keys = &self.keys[among.clone()];
        // The keys that do not come after the text: the last of them, by its number plus one.
        let before = keys.partition_point(|key| self.bytes_in(key) <= here);
        let mut last = if before == 0 { 0 } else { (among.start + before) as u32 };
        while let Some(number) = last.checked_sub(1) {
            if here.starts_with(self.bytes_of(number)) {
                self.tell(text, at, number, found);
                return;
            }
            last = self.keys[number as usize].prefix;
        }
    }

    /// Tells of a key that stands at a place, and of those that it begins with.
    fn tell(
        &self,
        text: &[u8],
        at: usize,
        number: u32,
        found: &mut impl FnMut(usize, usize, usize),
    ) {
        let key = &self.keys[number as usize];
        // No deeper than a key has bytes.
        if let Some(prefix) = key.prefix.checked_sub(1) {
            self.tell(text, at, prefix, found);
        }
        self.tell_alone(text, at, number as usize, found);
    }

    /// Tells of a key that stands at a place, unless a word goes on behind it that must not.
    #[inline(never)]
    fn tell_alone(
        &self,
        text: &[u8],
        at: usize,
        number: usize,
        found: &mut impl FnMut(usize, usize, usize),
    ) {
        let key = &self.keys[number];
        let next = self.keys.get(number + 1);
        let next = next.map_or(self.numbers.len(), |next| next.first as usize);
        let len = (key.end - key.start) as usize;
        if key.is_whole && text.get(at + len).is_some_and(|byte| is_word(*byte)) {
            return;
        }
        let numbers = &self.numbers[key.first as usize..next];
        numbers.iter().for_each(|number| found(at, *number as usize, len));
    }

    fn bytes_of(&self, number: u32) -> &[u8] {
        self.bytes_in(&self.keys[number as usize])
    }

    fn bytes_in(&self, key: &Known) -> &[u8] {
        &self.bytes[key.start as usize..key.end as usize]
    }
}

/// Keys with their numbers, by their classes and their bytes; equal ones stay in the order given.
fn sorted<'k>(keys: impl Iterator<Item = Key<'k>>) -> Vec<(Key<'k>, u32)> {
    // Most keys differ in their first bytes, which are compared as one number, behind the class.
    let order_of = |(number, key): (u32, &Key<'k>)| {
        let mut first = [0; 16];
        let len = key.bytes.len().min(first.len() - 1);
        first[0] = class_of(key.bytes) as u8;
        first[1..=len].copy_from_slice(&key.bytes[..len]);
        (u128::from_be_bytes(first), number)
    };
    let keys: Vec<Key<'k>> = keys.collect();
    let in_order = (0..).zip(&keys).filter(|(_, key)| !key.bytes.is_empty());
    let mut order: Vec<(u128, u32)> = in_order.map(order_of).collect();
    let bytes_of = |number: u32| keys[number as usize].bytes;
    order.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| (bytes_of(a.1), a.1).cmp(&(bytes_of(b.1), b.1)))
    });
    order.into_iter().map(|(_, number)| (keys[number as usize], number)).collect()
}

/// The bytes by which a key of a class is known, as a number.
fn shared_by(class: usize, key: &[u8]) -> u64 {
    match class {
        // Of all its bytes, and how many they are.
        0 => key.iter().fold(1, |word, byte| word << 8 | u64::from(*byte)),
        // In the highest bytes.
        _ => eight_at(key, 0) << (64 - 8 * SHARED[class]),
    }
}

/// Where the keys stand that share their first bytes: a hash table without deletion.
#[derive(Default)]
struct Groups {
    /// What they share, and the numbers of the first key and the one behind the last. At least half
    /// of the places are empty; their ranges are.
    places: Box<[(u64, u32, u32)]>,
    /// How far a hash is shifted down to number a place.
    shift: u32,
}

impl Groups {
    /// Of the first bytes of keys in their order, whose numbers begin at `first`.
    fn of(shared: impl ExactSizeIterator<Item = u64>, first: usize) -> Groups {
        let size = (2 * shared.len() + 2).next_power_of_two();
        let shift = u64::BITS - size.trailing_zeros();
        let mut groups = Groups { places: vec![(0, 0, 0); size].into(), shift };
        for (number, bytes) in (first as u32..).zip(shared) {
            let at = groups.place(bytes);
            let (known, from, to) = &mut groups.places[at];
            if from == to {
                (*known, *from) = (bytes, number);
            }
            *to = number + 1;
        }
        groups
    }

    /// The place of a group, or the empty one where it would be.
    #[inline(always)]
    fn place(&self, bytes: u64) -> usize {
        let last = self.places.len() - 1;
        let mut at = (spread(bytes) >> self.shift) as usize & last;
        while let (known, from, to) = self.places[at]
            && known != bytes
            && from != to
        {
            at = (at + 1) & last;
        }
        at
    }

    /// The numbers of the keys that begin with these bytes.
    #[inline(always)]
    fn range(&self, bytes: u64) -> Range<usize> {
        let (known, from, to) = self.places[self.place(bytes)];
        if known == bytes { from as usize..to as usize } else { 0..0 }
    }
}

/// The eight bytes of a text behind its first ones, and the mask of those that it has.
fn next_bytes(text: &[u8], behind: usize) -> (u64, u64) {
    let left = text.len().saturating_sub(behind).min(8);
    (eight_at(text, behind), if left == 0 { 0 } else { low_bytes(left) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::key_sieve::Sifted;
    use super::*;

    fn index(keys: &[(impl AsRef<str>, bool)]) -> KeyIndex {
        let keys = keys.iter().map(|(text, is_whole)| (text.as_ref().as_bytes(), *is_whole));
        KeyIndex::new(keys.map(|(bytes, is_whole)| Key { bytes, is_whole }))
    }

    /// The numbers of the keys that are found at a place.
    fn numbers_at(index: &KeyIndex, text: &str, at: usize) -> Vec<usize> {
        let (mut numbers, mut sifted) = (Vec::new(), Sifted::default());
        let (passed, _) = index.sieve().sift(text.as_bytes(), &[at as u32], &mut sifted);
        index.keys_at(text.as_bytes(), passed, |place, number, _| {
            assert_eq!(place, at);
            numbers.push(number);
        });
        numbers
    }

    fn found(keys: &[&'static str], text: &str) -> Vec<&'static str> {
        let keys: Vec<_> = keys.iter().map(|key| (*key, false)).collect();
        let numbers = numbers_at(&index(&keys), text, 0);
        numbers.into_iter().map(|number| keys[number].0).collect()
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

    #[test]
    fn whole_keys_end_where_the_word_does() {
        let index = index(&[("share", true), ("share", false), ("a", true), ("share th", true)]);
        for (text, want) in [
            ("share", &[0, 1][..]),
            ("share, a", &[0, 1]),
            ("shares", &[1]),
            ("share\u{f1}", &[1]),
            ("share th", &[0, 1, 3]),
            ("share the", &[0, 1]),
            ("a", &[2]),
            ("a.", &[2]),
            ("ab", &[]),
        ] {
            assert_eq!(numbers_at(&index, text, 0), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_look_at_every_key_does(
            keys in prop::collection::vec(
                ("[ab]{1,12}|[a-c ñ]{1,5}|(by |share |this ){1,4}|share this[ab]{0,4}|shar[ab]{0,3}", any::<bool>()),
                0..120,
            ),
            text in "[ab]{0,14}|[a-c ñ]{0,8}|(by |share |this ){0,5}|share this[ab]{0,5}|shar[ab]{0,4}",
            before in "[a ]{0,9}",
        ) {
            // A key that ends in no word cannot be whole.
            let is_whole = |(text, is_whole): &(String, bool)| *is_whole && !text.ends_with(' ');
            let keys: Vec<_> = keys.iter().map(|key| (&key.0, is_whole(key))).collect();
            let begins = |(key, is_whole): &(&String, bool)| {
                text.strip_prefix(key.as_str()).is_some_and(|rest| {
                    !(*is_whole && rest.starts_with(char::is_alphanumeric))
                })
            };
            let mut plain: Vec<usize> =
                (0..keys.len()).filter(|number| begins(&keys[*number])).collect();
            plain.sort_by_key(|number| (keys[*number].0.len(), *number));
            let found = numbers_at(&index(&keys), &format!("{before}{text}"), before.len());
            prop_assert_eq!(found, plain);
        }
    }
}
