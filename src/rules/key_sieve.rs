//! A sieve for the places of a text where one of many keys may begin.
//!
//! Nearly no word of a text begins a phrase, and to find that out is most of the work of looking
//! phrases up. So a place is first asked a few yes-or-no questions, whose answers are bits in small
//! tables, and which are joined without a jump: whether the eight bytes there begin a long key;
//! whether the word there is a key that ends with it; whether its first four, or two, bytes begin
//! one of the few other short keys. What passes may still begin none: [`KeyIndex`] tells. What does
//! not pass begins none.
//!
//! [`KeyIndex`]: super::key_index::KeyIndex

use crate::hash::spread;
use crate::swar::{HIGH, eight_at, letters, run};

/// The keys that may begin somewhere.
#[derive(Default)]
pub(crate) struct KeySieve {
    /// Of keys of eight bytes and more, the first eight.
    eights: Bits<{ 1 << 11 }>,
    /// Keys that are a single word of less than eight letters and end where it does.
    words: Bits<{ 1 << 9 }>,
    /// Of all others of four bytes and more the first four; of shorter ones the first two.
    fours: Bits<{ 1 << 8 }>,
    pairs: Bits<{ 1 << 6 }>,
}

/// A set of hashes, in 64 times `WORDS` bits. It may hold more than was put into it: with five
/// thousand phrases of one's own beside the built-in ones, one place in ten passes for no reason,
/// with fifty thousand one in two.
struct Bits<const WORDS: usize>(Box<[u64; WORDS]>);

impl<const WORDS: usize> Default for Bits<WORDS> {
    fn default() -> Bits<WORDS> {
        Bits(Box::new([0; WORDS]))
    }
}

impl<const WORDS: usize> Bits<WORDS> {
    /// The number of a word of bits: from the highest bits of the hash, which depend on all of what
    /// was hashed. The bit in it has the number that the six bits below say.
    #[inline(always)]
    fn place(hash: u64) -> (usize, u32) {
        let bit = hash >> (58 - WORDS.trailing_zeros());
        ((bit >> 6) as usize % WORDS, bit as u32 & 63)
    }

    fn set(&mut self, hash: u64) {
        let (word, bit) = Bits::<WORDS>::place(hash);
        self.0[word] |= 1 << bit;
    }

    /// A number whose lowest bit says whether the hash may be in the set.
    #[inline(always)]
    fn get(&self, hash: u64) -> u64 {
        let (word, bit) = Bits::<WORDS>::place(hash);
        self.0[word] >> bit
    }
}

/// What is asked of the eight bytes at a place; zeros stand behind the end of the text.
struct Hashes {
    eights: u64,
    words: u64,
    fours: u64,
    pairs: u64,
}

impl Hashes {
    #[inline(always)]
    fn of(eight: u64) -> Hashes {
        Hashes {
            eights: spread(eight),
            words: spread(first_word(eight)),
            fours: spread(eight & 0xFFFF_FFFF),
            pairs: spread(eight & 0xFFFF),
        }
    }
}

/// The letters that a text begins with, up to eight.
#[inline(always)]
fn first_word(eight: u64) -> u64 {
    // All bits below the first byte that is no letter.
    let other = (!letters(eight) & HIGH) >> 7;
    eight & (other & other.wrapping_neg()).wrapping_sub(1)
}

impl KeySieve {
    /// Lets the places pass where a folded key begins. `ends_word` says that no letter may follow
    /// the key.
    pub(crate) fn admit(&mut self, key: &[u8], ends_word: bool) {
        let eight = eight_at(key, 0);
        let hashes = Hashes::of(eight);
        let len = key.len().min(8);
        match len {
            0 => {}
            8 => self.eights.set(hashes.eights),
            _ if ends_word && run(letters(eight)) == len => self.words.set(hashes.words),
            4.. => self.fours.set(hashes.fours),
            2.. => self.pairs.set(hashes.pairs),
            1 => (0..=0xFF).for_each(|two| self.pairs.set(Hashes::of(eight | two << 8).pairs)),
        }
    }

    /// Whether a key may begin where these eight bytes stand.
    #[inline(always)]
    pub(crate) fn passes(&self, eight: u64) -> bool {
        let hashes = Hashes::of(eight);
        let any = self.eights.get(hashes.eights)
            | self.words.get(hashes.words)
            | self.fours.get(hashes.fours)
            | self.pairs.get(hashes.pairs);
        any & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passes(keys: &[(&str, bool)], text: &str) -> bool {
        let mut sieve = KeySieve::default();
        keys.iter().for_each(|(key, ends_word)| sieve.admit(key.as_bytes(), *ends_word));
        sieve.passes(eight_at(text.as_bytes(), 0))
    }

    #[test]
    fn what_begins_a_key_passes_and_what_begins_none_hardly_ever_does() {
        let keys =
            [("read more", true), ("share", true), ("tv", true), ("casin", false), ("$", false)];
        for text in ["read more", "share this", "share", "tv", "tv0", "casinos", "$5", "$"] {
            assert!(passes(&keys, text), "{text}");
        }
        for text in ["read most", "shares", "tvs", "casual", "5$", "", "s"] {
            assert!(!passes(&keys, text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_key_is_turned_away(
            keys in prop::collection::vec(("[ab]{1,12}|[a-c ñ0.]{1,5}|(by |share |this ){1,4}", any::<bool>()), 1..60),
            chosen in any::<prop::sample::Index>(),
            rest in "[ab]{0,9}|[a-c ñ0.]{0,8}|( by| share| this){0,5}",
        ) {
            let (key, ends_word) = chosen.get(&keys);
            // A letter may follow only where the key does not end a word.
            let rest = if *ends_word { rest.trim_start_matches(char::is_alphabetic) } else { &*rest };
            let keys: Vec<_> = keys.iter().map(|(key, ends)| (key.as_str(), *ends)).collect();
            let text = format!("{key}{rest}");
            prop_assert!(passes(&keys, &text));
        }
    }
}
