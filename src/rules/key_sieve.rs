//! A sieve for the places of a text where one of many keys may begin.
//!
//! Nearly no word of a text begins a phrase, and to find that out is most of the work of looking
//! phrases up. So a place is first asked four yes-or-no questions, whose answers are bits in small
//! tables, and which are joined without a jump: whether the eight bytes there begin a long key,
//! the first five a key of five to seven bytes, the first three one of three or four, the first two a
//! shorter one. The hashes are cut from one product, because its lower bytes depend on no higher ones of
//! the factors, and the bits lie in their bytes by the first byte of the key, which all four answers
//! share: so the bytes are joined, and one bit of them is looked at. What passes may still begin no key:
//! [`KeyIndex`] tells. What does not pass begins none.
//!
//! Measured on articles in English and Spanish, 2026-11, with the built-in keys: one place in six or
//! seven passes. Of the frequent words few do, because a long key is not met by its first word alone.
//!
//! [`KeyIndex`]: super::key_index::KeyIndex

use crate::hash::spread;
use crate::swar::eight_at;

/// The keys that may begin somewhere, by the first bytes of each.
#[derive(Default)]
pub(crate) struct KeySieve(Box<Tables>);

/// Bits for keys of eight bytes and more, by eight of them, for those of five and more, by five, and so
/// on. There may be more than were set: one place in thirty passes for no reason, with five thousand
/// phrases of one's own beside the built-in ones one in twenty-five, with fifty thousand one in seven.
struct Tables {
    eights: [u8; 1 << EIGHTS],
    fives: [u8; 1 << FIVES],
    threes: [u8; 1 << THREES],
    /// As many bits as there are pairs of bytes.
    pairs: [u8; 1 << PAIRS],
}

/// The bits of a number of a byte in each table.
const EIGHTS: u32 = 14;
const FIVES: u32 = 13;
const THREES: u32 = 11;
const PAIRS: u32 = 13;

impl Default for Tables {
    fn default() -> Tables {
        Tables {
            eights: [0; 1 << EIGHTS],
            fives: [0; 1 << FIVES],
            threes: [0; 1 << THREES],
            pairs: [0; 1 << PAIRS],
        }
    }
}

/// The bytes that tell about the eight at some place; zeros stand behind the end of the text.
struct Places {
    eights: usize,
    fives: usize,
    threes: usize,
    pairs: usize,
}

impl Places {
    #[inline(always)]
    fn of(eight: u64) -> Places {
        let product = spread(eight);
        // The highest bits of the product for the first bytes depend on all of them.
        let highest =
            |bytes: u32, count: u32| (product >> (8 * bytes - count)) as usize % (1 << count);
        Places {
            eights: highest(8, EIGHTS),
            fives: highest(5, FIVES),
            threes: highest(3, THREES),
            // What the number of the bit leaves of two bytes.
            pairs: usize::from(eight as u16 >> 3),
        }
    }
}

/// The bit in all of these bytes.
#[inline(always)]
fn bit_of(eight: u64) -> u32 {
    eight as u32 & 7
}

impl KeySieve {
    /// Lets the places pass where a folded key begins.
    pub(crate) fn admit(&mut self, key: &[u8]) {
        let eight = eight_at(key, 0);
        let (tables, places) = (&mut *self.0, Places::of(eight));
        let bit = 1 << bit_of(eight);
        match key.len() {
            0 => {}
            1 => (0..=0xFF)
                .for_each(|second| tables.pairs[Places::of(eight | second << 8).pairs] |= bit),
            2 => tables.pairs[places.pairs] |= bit,
            3..5 => tables.threes[places.threes] |= bit,
            5..8 => tables.fives[places.fives] |= bit,
            _ => tables.eights[places.eights] |= bit,
        }
    }

    /// Whether a key may begin where these eight bytes stand.
    #[inline(always)]
    pub(crate) fn passes(&self, eight: u64) -> bool {
        let (tables, places) = (&*self.0, Places::of(eight));
        let any = tables.eights[places.eights]
            | tables.fives[places.fives]
            | tables.threes[places.threes]
            | tables.pairs[places.pairs];
        u32::from(any) >> bit_of(eight) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passes(keys: &[&str], text: &str) -> bool {
        let mut sieve = KeySieve::default();
        keys.iter().for_each(|key| sieve.admit(key.as_bytes()));
        sieve.passes(eight_at(text.as_bytes(), 0))
    }

    #[test]
    fn what_begins_a_key_passes_and_what_begins_none_hardly_ever_does() {
        let keys = ["read more", "share", "tv", "now", "$"];
        for text in
            ["read more", "share this", "share", "shares", "tv", "tv0", "nowhere", "$5", "$"]
        {
            assert!(passes(&keys, text), "{text}");
        }
        for text in ["read most", "shard", "t", "casual", "no", "5$", "", "s"] {
            assert!(!passes(&keys, text), "{text}");
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
            prop_assert!(passes(&keys, &text));
        }
    }
}
