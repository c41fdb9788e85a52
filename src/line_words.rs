//! The words of a line, as hashes.
//!
//! A word is folded before it is hashed: lower case, no accents, a run of digits as one `0`. Words of
//! plain letters are found by masks and hashed eight bytes at a time; whoever wants all words of a
//! line gets them side by side, to look at them when the line is over.

use crate::chunk::CHUNK;
use crate::hash::{SEED, fold_in};
use crate::swar::CASE;

/// A chunk of a text, and zeros behind it, so that eight bytes can be read from anywhere in it.
pub(crate) type Padded = [u8; CHUNK + 8];

/// A word, folded; an ideograph is a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word {
    /// Equal for equal words, on every machine.
    pub hash: u32,
    /// Letters and digits.
    pub chars: u32,
    /// Whether it begins with a capital.
    pub is_capital: bool,
    pub is_ideograph: bool,
}

/// Takes the words of a line as they come.
pub(crate) trait TakeWords {
    fn take(&mut self, word: Word);

    /// Takes the words of ASCII letters that start in some places of a chunk. Returns their number.
    fn take_plain(&mut self, bytes: &Padded, letters: u64, starts: u64) -> u32;
}

/// Where words do not matter.
impl TakeWords for () {
    fn take(&mut self, _: Word) {}

    fn take_plain(&mut self, _: &Padded, _: u64, starts: u64) -> u32 {
        starts.count_ones()
    }
}

/// The hash of a word, eight folded bytes at a time.
#[derive(Clone, Copy)]
pub(crate) struct WordHash {
    sum: u64,
    /// Bytes that wait, the first one lowest, and how many bits they take.
    open: u64,
    bits: u32,
}

impl Default for WordHash {
    fn default() -> WordHash {
        WordHash { sum: SEED, open: 0, bits: 0 }
    }
}

impl WordHash {
    pub(crate) fn add(&mut self, c: char) {
        let mut bytes = [0; 4];
        c.encode_utf8(&mut bytes).bytes().for_each(|byte| self.add_byte(byte));
    }

    #[inline]
    pub(crate) fn add_byte(&mut self, byte: u8) {
        self.open |= u64::from(byte) << self.bits;
        self.bits += 8;
        if self.bits == 64 {
            self.sum = fold_in(self.sum, self.open);
            (self.open, self.bits) = (0, 0);
        }
    }

    /// Adds up to four bytes, the first one lowest, that take so many bits; above these stand none.
    #[inline(always)]
    pub(crate) fn add_bytes(&mut self, bytes: u64, bits: u32) {
        self.open |= bytes << self.bits;
        self.bits += bits;
        if self.bits >= 64 {
            self.sum = fold_in(self.sum, self.open);
            self.bits -= 64;
            // What had no room.
            self.open = bytes >> (bits - self.bits);
        }
    }

    pub(crate) fn value(self) -> u32 {
        halved(if self.bits > 0 { fold_in(self.sum, self.open) } else { self.sum })
    }
}

/// The hash of a word whose bytes were all mixed in.
#[inline(always)]
fn halved(sum: u64) -> u32 {
    (sum ^ sum >> 32) as u32
}

/// The bits of the first bytes of eight, by how many they are.
static FIRST_BYTES: [u64; CHUNK + 1] = {
    let mut masks = [u64::MAX; CHUNK + 1];
    let mut count = 0;
    while count < 8 {
        masks[count] = (1 << (8 * count)) - 1;
        count += 1;
    }
    masks
};

/// The word of ASCII letters that starts in a place, and the bit that tells whether it begins with a
/// small one.
#[inline(always)]
fn plain_word(bytes: &Padded, letters: u64, at: u32) -> (u32, u32, u64) {
    let at = at as usize % CHUNK;
    let len = (!(letters >> at)).trailing_zeros() as usize;
    let first = eight(bytes, at);
    let mut sum = fold_in(SEED, (first | CASE) & FIRST_BYTES[len]);
    let (mut at, mut left) = (at, len);
    while left > 8 {
        (at, left) = (at + 8, left - 8);
        sum = fold_in(sum, (eight(bytes, at) | CASE) & FIRST_BYTES[left]);
    }
    (halved(sum), len as u32, first & SMALL)
}

/// The bit of the first byte that a small letter has.
const SMALL: u64 = 0x20;

#[inline(always)]
fn eight(bytes: &Padded, at: usize) -> u64 {
    let at = at % CHUNK;
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// Words at the start of a line that are all kept.
pub(crate) const KEPT: usize = 48;

/// Words at its end that are kept.
pub(crate) const KEPT_LAST: usize = 8;

/// Most words of a chunk.
const CHUNK_WORDS: usize = CHUNK / 2;

/// Room for those that are kept, and for some chunks.
const ROOM: usize = KEPT + KEPT_LAST + 3 * CHUNK_WORDS;

/// The words of a line side by side: those at its start and those at its end. Reused from line to line.
pub(crate) struct LineWords {
    /// Of each word that is held its hash and its characters, as far as these can be told: those at
    /// the start of the line, and, behind [`KEPT`], those that came last.
    hashes: [u32; ROOM],
    chars: [u8; ROOM],
    held: usize,
    /// Words that were held and are gone.
    gone: usize,
    /// Words that begin with a small letter, each as [`SMALL`], or with none.
    small: u64,
    /// A bit for each of the words at the start that is an ideograph.
    ideographs: u64,
}

impl Default for LineWords {
    fn default() -> LineWords {
        LineWords { hashes: [0; ROOM], chars: [0; ROOM], held: 0, gone: 0, small: 0, ideographs: 0 }
    }
}

impl LineWords {
    pub(crate) fn clear(&mut self) {
        (self.held, self.gone, self.small, self.ideographs) = (0, 0, 0, 0);
    }

    pub(crate) fn count(&self) -> usize {
        self.gone + self.held
    }

    /// Words that begin with a capital.
    pub(crate) fn capitals(&self) -> u32 {
        self.count() as u32 - (self.small / SMALL) as u32
    }

    /// A bit for each of the words at the start of the line that is an ideograph.
    pub(crate) fn ideographs(&self) -> u64 {
        self.ideographs
    }

    /// The words at the start of the line: hashes, and characters, of which 255 are told at most.
    pub(crate) fn first(&self) -> (&[u32], &[u8]) {
        let count = self.held.min(KEPT);
        (&self.hashes[..count], &self.chars[..count])
    }

    /// The same with whatever stands behind, and how many they are.
    #[inline(always)]
    pub(crate) fn room(&self) -> (&[u32; KEPT], &[u8; KEPT], usize) {
        let hashes = self.hashes.first_chunk().unwrap_or(&[0; KEPT]);
        let chars = self.chars.first_chunk().unwrap_or(&[0; KEPT]);
        (hashes, chars, self.held.min(KEPT))
    }

    /// So many of the words at its end, or all that there are.
    pub(crate) fn last(&self, count: usize) -> &[u32] {
        &self.hashes[self.held.saturating_sub(count.min(KEPT_LAST))..self.held]
    }

    /// Makes room for the words of a chunk.
    #[inline(always)]
    fn make_room(&mut self) {
        if self.held > ROOM - CHUNK_WORDS {
            let last = self.held - KEPT_LAST;
            self.hashes.copy_within(last..self.held, KEPT);
            self.gone += last - KEPT;
            self.held = KEPT + KEPT_LAST;
        }
    }
}

impl TakeWords for LineWords {
    fn take(&mut self, word: Word) {
        self.make_room();
        self.hashes[self.held] = word.hash;
        self.chars[self.held] = word.chars.min(u32::from(u8::MAX)) as u8;
        if self.held < KEPT {
            self.ideographs |= u64::from(word.is_ideograph) << self.held;
        }
        self.small += if word.is_capital { 0 } else { SMALL };
        self.held += 1;
    }

    #[inline(always)]
    fn take_plain(&mut self, bytes: &Padded, letters: u64, mut starts: u64) -> u32 {
        if starts == 0 {
            return 0;
        }
        self.make_room();
        let (mut small, mut held) = (0, self.held);
        let before = held;
        // There is room for all words of a chunk.
        while held < ROOM {
            let (hash, len, is_small) = plain_word(bytes, letters, starts.trailing_zeros());
            self.hashes[held] = hash;
            self.chars[held] = len as u8;
            small += is_small;
            held += 1;
            starts &= starts.wrapping_sub(1);
            if starts == 0 {
                break;
            }
        }
        self.small += small;
        self.held = held;
        (held - before) as u32
    }
}

/// All words of a line, for tests and for tables that are made once.
impl TakeWords for Vec<Word> {
    fn take(&mut self, word: Word) {
        self.push(word);
    }

    fn take_plain(&mut self, bytes: &Padded, letters: u64, mut starts: u64) -> u32 {
        let before = self.len();
        while starts != 0 {
            let (hash, chars, small) = plain_word(bytes, letters, starts.trailing_zeros());
            self.push(Word { hash, chars, is_capital: small == 0, is_ideograph: false });
            starts &= starts - 1;
        }
        (self.len() - before) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u32) -> Word {
        let is_capital = number.is_multiple_of(3);
        Word { hash: number, chars: number, is_capital, is_ideograph: number.is_multiple_of(5) }
    }

    #[test]
    fn the_words_at_both_ends_of_a_line_are_kept() {
        for count in [0, 1, 7, 8, 9, 47, 48, 49, 150, 151, 152, 153, 1000_u32] {
            let mut words = LineWords::default();
            (0..count).for_each(|number| words.take(word(number)));
            let all: Vec<u32> = (0..count).collect();
            let first = all.len().min(KEPT);
            assert_eq!(words.first().0, &all[..first]);
            assert!(words.first().1.iter().zip(0..).all(|(chars, number)| *chars == number));
            for last in [1, 4, 8] {
                assert_eq!(words.last(last), &all[all.len().saturating_sub(last)..], "{count}");
            }
            assert_eq!((words.count(), words.capitals()), (all.len(), count.div_ceil(3)));
            assert_eq!(words.ideographs().count_ones() as usize, first.div_ceil(5));
        }
    }

    #[test]
    fn words_of_a_chunk_are_kept_as_those_one_by_one() {
        let mut bytes = [0; CHUNK + 8];
        bytes[..CHUNK]
            .copy_from_slice(b"One Incomprehensibilities of a b c d e f g h i j k l m n Wonderf");
        let letters = crate::chunk::Chunk::of(&bytes[..CHUNK], None).letters;
        let starts = letters & !(letters << 1);
        let mut one_by_one: Vec<Word> = Vec::new();
        let (mut words, mut expected) = (LineWords::default(), LineWords::default());
        for _ in 0..30 {
            one_by_one.take_plain(&bytes, letters, starts);
            words.take_plain(&bytes, letters, starts);
        }
        one_by_one.iter().for_each(|word| expected.take(*word));
        assert_eq!(words.count(), 30 * 18);
        assert_eq!(words.count(), expected.count());
        assert_eq!(words.capitals(), expected.capitals());
        assert_eq!((words.first(), words.last(8)), (expected.first(), expected.last(8)));
    }
}
