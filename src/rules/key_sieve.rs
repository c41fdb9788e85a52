//! A sieve for the places of a text where one of many keys may begin.
//!
//! Nearly no word of a text begins a phrase, and to find that out is most of the work of looking
//! phrases up. So a place is first asked four yes-or-no questions, whose answers are bits in small
//! tables, and which are joined without a jump: whether the eight bytes there begin a long key,
//! the first five a key of five to seven bytes, the first three one of three or four, the first two a
//! shorter one. The hashes are cut from one product, because its lower bytes depend on no higher ones of
//! the factors, and the bits lie in their words by the first two bytes of the key, which all answers
//! share: so the words are joined, and one bit of them is looked at.
//!
//! What passes is asked again in the same manner, by tables that are finer: by all bytes of short keys, by
//! twelve bytes of the longest, and by the word that stands there if a key is a word as a whole.
//! What passes twice may still begin no key: [`KeyIndex`] tells. What does not begins none.
//!
//! Measured on articles in English and Spanish, 2026-11, with the built-in keys: one place in five
//! passes, and of those two in five again. Of the frequent words few do, because a long key is not
//! met by its first word alone.
//!
//! [`KeyIndex`]: super::key_index::KeyIndex

use super::key_index::Key;
use crate::hash::spread;
use crate::swar::{HIGH, LOW, eight_at};

/// The classes of keys, by their length: of up to two bytes, of three and four, five to seven, and eight
/// and more.
pub(super) const CLASSES: usize = 4;

/// The first bytes by which the keys of a class are known. The shortest are known by all they have.
pub(super) const SHARED: [usize; CLASSES] = [2, 3, 5, 8];

/// The class of a key.
pub(super) fn class_of(key: &[u8]) -> usize {
    match key.len() {
        0..3 => 0,
        3..5 => 1,
        5..8 => 2,
        _ => 3,
    }
}

/// The keys that may begin somewhere, by the first bytes of each.
#[derive(Default)]
pub(crate) struct KeySieve {
    coarse: Box<Coarse>,
    fine: Box<Fine>,
}

/// Bits by the hash of some bytes, in words that are numbered by so many bits of it: there may be more than
/// were set.
struct Table<const BITS: u32, const WORDS: usize>([u32; WORDS]);

impl<const BITS: u32, const WORDS: usize> Default for Table<BITS, WORDS> {
    fn default() -> Self {
        const { assert!(WORDS == 1 << BITS) };
        Table([0; WORDS])
    }
}

impl<const BITS: u32, const WORDS: usize> Table<BITS, WORDS> {
    /// The number of the word for the first bytes, so many, of a product. The highest bits of what they
    /// make of it depend on all of them.
    #[inline(always)]
    fn number(product: u64, bytes: u32) -> usize {
        (product >> (8 * bytes - BITS)) as usize % WORDS
    }

    #[inline(always)]
    fn word(&self, product: u64, bytes: u32) -> u32 {
        self.0[Self::number(product, bytes)]
    }

    fn set(&mut self, product: u64, bytes: u32, bit: u32) {
        self.0[Self::number(product, bytes)] |= 1 << bit;
    }
}

/// What is asked of every place: keys of eight bytes and more by eight of them, those of five and more by
/// five, and so on.
///
/// Measured on articles in English and Spanish, 2026-11: of the places where no key begins with the bytes that are
/// asked for, one in sixteen passes; with five thousand phrases of one's own beside the built-in ones one in
/// thirteen, with fifty thousand one in six.
#[derive(Default)]
struct Coarse {
    eights: Table<12, 4096>,
    fives: Table<11, 2048>,
    threes: Table<9, 512>,
    /// As many bits as there are pairs of bytes, which are no hash: what the number of the bit leaves of
    /// them numbers the words.
    pairs: Table<11, 2048>,
}

/// What is asked of those that passed: keys of twelve bytes and more by twelve of them, those of eight and
/// more by eight, whole words by all of them, and what is left of six bytes and more by six, shorter
/// ones by all of them. Of one or two bytes the coarse table tells everything.
#[derive(Default)]
struct Fine {
    twelves: Table<11, 2048>,
    eights: Table<11, 2048>,
    words: Table<10, 1024>,
    sixes: Table<9, 512>,
    fives: Table<8, 256>,
    fours: Table<8, 256>,
    threes: Table<8, 256>,
}

/// The bit in all of the words: with the second byte it tells the lower bits of the first.
#[inline(always)]
fn bit_of(eight: u64) -> u32 {
    (eight ^ (eight >> 8)) as u32 % u32::BITS
}

/// The product for the first twelve bytes of a text.
#[inline(always)]
fn twelve(eight: u64, next: u64) -> u64 {
    spread(eight ^ spread(next << 32))
}

/// Whether a folded byte belongs to a word; bytes of letters beyond ASCII do.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// The letters, and zeros that stand for numbers, that eight folded bytes begin with, and zeros behind
/// them.
#[inline(always)]
fn word_in(eight: u64) -> u64 {
    let seven = eight & !HIGH;
    // What is at least `a`, without what is more than `z`, which is all at least `a`.
    let letters = (seven + 0x1F * LOW) ^ (seven + 0x05 * LOW);
    let unlike_0 = (seven ^ (0x30 * LOW)) + !HIGH;
    let ends = (!(letters | !unlike_0) | eight) & HIGH;
    // The lowest one; behind eight letters there is none.
    eight & ((ends & ends.wrapping_neg()) >> 7).wrapping_sub(1)
}

/// Places that are asked for in a row, each of which has a bit.
const AT_ONCE: usize = u64::BITS as usize;

/// Buffers for what a sieve lets through, longer than that, used from text to text.
#[derive(Default)]
pub(crate) struct Sifted {
    passed: Vec<u32>,
    fours: Vec<u32>,
}

impl KeySieve {
    /// Lets the places pass where a folded key begins.
    pub(super) fn admit(&mut self, key: Key<'_>) {
        let Key { bytes, is_whole } = key;
        let eight = eight_at(bytes, 0);
        let (product, bit) = (spread(eight), bit_of(eight));
        let KeySieve { coarse, fine } = self;
        match class_of(bytes) {
            0 if bytes.is_empty() => {}
            0 if bytes.len() == 1 => {
                for eight in (0..=0xFF).map(|second| eight | second << 8) {
                    coarse.pairs.set(eight, 2, bit_of(eight));
                }
            }
            0 => coarse.pairs.set(eight, 2, bit),
            1 => coarse.threes.set(product, 3, bit),
            2 => coarse.fives.set(product, 5, bit),
            _ => coarse.eights.set(product, 8, bit),
        }
        match bytes.len() {
            0..3 => {}
            3..8 if is_whole && word_in(eight) == eight => fine.words.set(product, 8, bit),
            3 => fine.threes.set(product, 3, bit),
            4 => fine.fours.set(product, 4, bit),
            5 => fine.fives.set(product, 5, bit),
            6..8 => fine.sixes.set(product, 6, bit),
            8..12 => fine.eights.set(product, 8, bit),
            _ => fine.twelves.set(twelve(eight, eight_at(bytes, 8)), 8, bit),
        }
    }

    /// Those of some places of a text where a key may begin, and the first four bytes at each of all
    /// places, as if zeros stood behind the text; up to a multiple of eight there are further zeros.
    #[inline(always)]
    pub(crate) fn sift<'s>(
        &self,
        text: &[u8],
        places: &[u32],
        sifted: &'s mut Sifted,
    ) -> (&'s [u32], &'s mut [u32]) {
        let needed = places.len().next_multiple_of(8);
        let Sifted { passed, fours } = sifted;
        if passed.len() < needed {
            passed.resize(needed, 0);
            fours.resize(needed, 0);
        }
        let (passed, fours) = (&mut passed[..places.len()], &mut fours[..needed]);
        let (asked, behind) = fours.split_at_mut(places.len());
        behind.fill(0);
        let mut count = 0;
        for (places, fours) in places.chunks(AT_ONCE).zip(asked.chunks_mut(AT_ONCE)) {
            let mut once = 0;
            // From the last one, so that the bit of the first ends up lowest.
            for (place, four) in places.iter().zip(fours).rev() {
                let eight = eight_at(text, *place as usize);
                *four = eight as u32;
                once = once << 1 | u64::from(self.passes(eight));
            }
            while once != 0 {
                let place = places[once.trailing_zeros() as usize % AT_ONCE];
                once &= once - 1;
                let eight = eight_at(text, place as usize);
                let next = eight_at(text, place as usize + 8);
                // Written whether it passes or not: no jump that a processor could expect wrongly.
                if let Some(room) = passed.get_mut(count) {
                    *room = place;
                }
                count += usize::from(self.passes_again(eight, next));
            }
        }
        (&passed[..count], fours)
    }

    /// Whether a key may begin where these eight bytes stand, by the coarse tables.
    #[inline(always)]
    fn passes(&self, eight: u64) -> bool {
        let [pairs, threes, fives, eights] = self.coarse_words(eight);
        (pairs | threes | fives | eights) >> bit_of(eight) & 1 != 0
    }

    /// Whether a key may begin where these eight bytes stand, and the eight behind them, by the fine
    /// tables.
    #[inline(always)]
    fn passes_again(&self, eight: u64, next: u64) -> bool {
        let fine = &*self.fine;
        let product = spread(eight);
        let any = fine.twelves.word(twelve(eight, next), 8)
            | fine.eights.word(product, 8)
            | fine.words.word(spread(word_in(eight)), 8)
            | fine.sixes.word(product, 6)
            | fine.fives.word(product, 5)
            | fine.fours.word(product, 4)
            | fine.threes.word(product, 3)
            | self.coarse.pairs.word(eight, 2);
        any >> bit_of(eight) & 1 != 0
    }

    /// Of which classes a key may begin where these eight bytes stand: a bit for each.
    #[inline(always)]
    pub(super) fn classes(&self, eight: u64) -> u32 {
        let bits = self.coarse_words(eight).map(|word| word >> bit_of(eight) & 1);
        bits.iter().rev().fold(0, |classes, bit| classes << 1 | bit)
    }

    /// The words that tell, by the classes.
    #[inline(always)]
    fn coarse_words(&self, eight: u64) -> [u32; CLASSES] {
        let (coarse, product) = (&*self.coarse, spread(eight));
        [
            coarse.pairs.word(eight, 2),
            coarse.threes.word(product, 3),
            coarse.fives.word(product, 5),
            coarse.eights.word(product, 8),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a place passes, of keys that are whole and others.
    fn passes(whole: &[&str], others: &[&str], text: &str) -> bool {
        let mut sieve = KeySieve::default();
        let mut admit = |key: &&str, is_whole| sieve.admit(Key { bytes: key.as_bytes(), is_whole });
        whole.iter().for_each(|key| admit(key, true));
        others.iter().for_each(|key| admit(key, false));
        let mut sifted = Sifted::default();
        let (passed, fours) = sieve.sift(text.as_bytes(), &[0], &mut sifted);
        assert_eq!(fours, [eight_at(text.as_bytes(), 0) as u32, 0, 0, 0, 0, 0, 0, 0]);
        !passed.is_empty()
    }

    #[test]
    fn what_begins_a_key_passes_and_what_begins_none_hardly_ever_does() {
        let keys = ["read more", "continue reading", "share", "tv", "now", "$"];
        for text in [
            "read more",
            "continue reading",
            "share this",
            "share",
            "shares",
            "tv",
            "tv0",
            "nowhere",
            "$5",
            "$",
        ] {
            assert!(passes(&[], &keys, text), "{text}");
        }
        for text in ["read most", "continue with", "shard", "t", "casual", "no", "5$", "", "s"] {
            assert!(!passes(&[], &keys, text), "{text}");
        }
    }

    #[test]
    fn words_that_go_on_hardly_ever_pass_for_whole_keys() {
        let keys = ["bet", "share", "0win"];
        for text in ["bet", "bet.", "bet on", "share", "share it", "share\u{f1}", "0win 0"] {
            assert!(passes(&keys, &[], text), "{text}");
        }
        for text in ["between", "bets", "shares", "0wins", "be", "0 win"] {
            assert!(!passes(&keys, &[], text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_key_is_turned_away(
            keys in prop::collection::vec("[ab]{1,12}|[a-c ñ0.]{1,5}|(by |share |this ){1,4}", 1..60),
            chosen in any::<prop::sample::Index>(),
            rest in "[ab]{0,9}|[a-c ñ0.]{0,8}|( by| share| this){0,5}",
        ) {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            let text = format!("{}{rest}", chosen.get(&keys));
            prop_assert!(passes(&[], &keys, &text));
            if !rest.starts_with(char::is_alphanumeric) {
                prop_assert!(passes(&keys, &[], &text));
            }
        }
    }
}
