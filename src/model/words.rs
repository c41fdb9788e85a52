//! Words as the line model compares them, and the function words of Spanish and English.

#[cfg(target_arch = "x86_64")]
mod avx2;

use std::ops::Range;
use std::sync::LazyLock;

use crate::line_scan::LineScan;
use crate::line_words::{KEPT, Word};
use crate::wide::Wide;

/// The commonest function words, as a table by hash.
///
/// Half of all words of a text are looked for in vain, and nobody knows which: so a look-up has no
/// jumps. A hash has one bucket, and both of its words are compared; the factor that makes the
/// buckets is chosen so that none overflows.
pub(super) struct FunctionWords {
    factor: u32,
    /// The first and the second word of each bucket: hashes, their lowest bits [`SPANISH`] and
    /// [`ENGLISH`]; 0 where there is none.
    words: Box<[[u32; BUCKETS]; 2]>,
}

const BUCKET_BITS: u32 = 10;
const BUCKETS: usize = 1 << BUCKET_BITS;

pub(super) const SPANISH: u32 = 1;
pub(super) const ENGLISH: u32 = 2;

/// Letters of the shortest content word.
pub(super) const CONTENT_WORD_CHARS: u32 = 4;

/// What some words are.
#[derive(Debug, PartialEq)]
pub(super) struct Kinds {
    /// The sum of what [`FunctionWords::languages`] says of them, and of the [`SPANISH`] in it.
    pub languages: u32,
    pub spanish: u32,
    /// A bit for each of them that is long enough for a content word, and no function word.
    pub content: u64,
}

/// The bits of a hash that are compared.
const COMPARED: u32 = !(SPANISH | ENGLISH);

/// Numbers of the factors that are tried. One in 400 leaves no bucket too full: the first here does,
/// and others are for other words.
const FACTORS: Range<u32> = FIRST_FACTOR..100_000;
const FIRST_FACTOR: u32 = 1;

impl FunctionWords {
    pub(super) fn shared() -> &'static FunctionWords {
        static SHARED: LazyLock<FunctionWords> = LazyLock::new(|| {
            let (mut words, mut language) = (Vec::new(), 0);
            for line in include_str!("data/function-words.txt").lines() {
                match line {
                    "[es]" => language = SPANISH,
                    "[en]" => language = ENGLISH,
                    _ if line.starts_with('#') => {}
                    _ => {
                        let mut own: Vec<Word> = Vec::new();
                        LineScan::of(line, &mut own, None);
                        words.extend(own.iter().map(|word| word.hash & COMPARED | language));
                    }
                }
            }
            FunctionWords::of(&words)
        });
        &SHARED
    }

    /// A table of hashes with the bits of their languages.
    fn of(words: &[u32]) -> FunctionWords {
        // Any odd number will do; these are spread by the golden ratio.
        let factors = FACTORS.map(|number| number.wrapping_mul(0x9E37_79B9) | 1);
        let tables = factors.map(|factor| FunctionWords::by(factor, words));
        // Without any, no word is one; a test says that it does not come to that.
        tables
            .flatten()
            .next()
            .unwrap_or_else(|| FunctionWords { factor: 1, words: Box::new([[0; BUCKETS]; 2]) })
    }

    /// The table that a factor makes, if no bucket overflows.
    fn by(factor: u32, words: &[u32]) -> Option<FunctionWords> {
        let mut table = FunctionWords { factor, words: Box::new([[0; BUCKETS]; 2]) };
        for word in words {
            let bucket = table.bucket(*word);
            let mut places = table.words.iter_mut().map(|words| &mut words[bucket]);
            let is_free = |other: &&mut u32| **other == 0 || (**other ^ word) & COMPARED == 0;
            *places.find(is_free)? |= word;
        }
        Some(table)
    }

    /// The bucket of a hash; the bits of languages do not count.
    #[inline(always)]
    fn bucket(&self, hash: u32) -> usize {
        ((hash & COMPARED).wrapping_mul(self.factor) >> (u32::BITS - BUCKET_BITS)) as usize
    }

    /// In which of the two languages a word is a function word.
    #[inline(always)]
    pub(super) fn languages(&self, hash: u32) -> u32 {
        let bucket = self.bucket(hash);
        let [first, second] = [0, 1].map(|place| self.words[place][bucket] ^ (hash & COMPARED));
        // What is left of the word itself are the languages, of any other one more than these.
        let left = first.min(second);
        if left & COMPARED == 0 { left } else { 0 }
    }

    /// What words are, of which there are 64 at most: their hashes and how many characters they have.
    #[inline(always)]
    fn kinds(&self, hashes: &[u32], chars: &[u8]) -> Kinds {
        let mut kinds = Kinds { languages: 0, spanish: 0, content: 0 };
        for ((hash, chars), number) in hashes.iter().zip(chars).zip(0..u64::BITS) {
            let language = self.languages(*hash);
            kinds.languages += language;
            kinds.spanish += language & SPANISH;
            let is_content = (language == 0) & (u32::from(*chars) >= CONTENT_WORD_CHARS);
            kinds.content |= u64::from(is_content) << number;
        }
        kinds
    }

    /// What the first `count` words of a line are.
    #[inline(always)]
    pub(super) fn kinds_of_first(
        &self,
        hashes: &[u32; KEPT],
        chars: &[u8; KEPT],
        count: usize,
        wide: Option<Wide>,
    ) -> Kinds {
        #[cfg(target_arch = "x86_64")]
        if wide.is_some() {
            // SAFETY: the processor has AVX2, which is all that is asked for.
            return unsafe { avx2::kinds(self, hashes, chars, count) };
        }
        self.kinds(&hashes[..count], &chars[..count])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_is_found_and_others_are_not() {
        let languages = |line: &str| {
            let mut words: Vec<Word> = Vec::new();
            LineScan::of(line, &mut words, None);
            let languages = words.iter().map(|word| FunctionWords::shared().languages(word.hash));
            languages.collect::<Vec<_>>()
        };
        for line in include_str!("data/function-words.txt").lines() {
            if !line.starts_with(['#', '[']) {
                assert!(languages(line).iter().all(|language| *language != 0), "{line}");
            }
        }
        assert_eq!(languages("the que river río"), [ENGLISH, SPANISH, 0, 0]);
    }

    #[test]
    fn no_ideograph_is_taken_for_a_function_word() {
        let mut words: Vec<Word> = Vec::new();
        for c in '\u{E00}'..='\u{3FFFF}' {
            LineScan::of(c.encode_utf8(&mut [0; 4]), &mut words, None);
        }
        words.retain(|word| word.is_ideograph);
        assert!(words.len() > 80_000);
        let languages = |word: &Word| FunctionWords::shared().languages(word.hash);
        assert!(words.iter().all(|word| languages(word) == 0));
    }
}
