//! Words as the line model compares them, and the function words of Spanish and English.

use std::sync::LazyLock;

use crate::line_scan::LineScan;
use crate::line_words::Word;

/// The commonest function words, as a table by hash.
///
/// Half of all words of a text are looked for in vain, and nobody knows which: so a look-up has no
/// jumps. A hash has one bucket, whose words are all compared; the factor that makes the buckets is
/// chosen so that none overflows.
pub(super) struct FunctionWords {
    factor: u32,
    /// The hashes of words, their lowest bits [`SPANISH`] and [`ENGLISH`]; 0 where there is none.
    buckets: Box<[[u32; BUCKET]; BUCKETS]>,
}

const BUCKETS: usize = 256;
const BUCKET: usize = 4;

pub(super) const SPANISH: u32 = 1;
pub(super) const ENGLISH: u32 = 2;

/// The bits of a hash that are compared.
const COMPARED: u32 = !(SPANISH | ENGLISH);

/// Factors that are tried. One in thirty leaves no bucket too full.
const FACTORS: u32 = 10_000;

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
                        LineScan::of(line, &mut own);
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
        let factors = (1..FACTORS).map(|number| number.wrapping_mul(0x9E37_79B9) | 1);
        let tables = factors.map(|factor| FunctionWords::by(factor, words));
        // Without any, no word is one; a test says that it does not come to that.
        tables.flatten().next().unwrap_or_else(|| FunctionWords {
            factor: 1,
            buckets: Box::new([[0; BUCKET]; BUCKETS]),
        })
    }

    /// The table that a factor makes, if no bucket overflows.
    fn by(factor: u32, words: &[u32]) -> Option<FunctionWords> {
        let mut table = FunctionWords { factor, buckets: Box::new([[0; BUCKET]; BUCKETS]) };
        for word in words {
            let bucket = table.bucket(*word);
            let free = |other: &&mut u32| **other == 0 || (**other ^ word) & COMPARED == 0;
            *table.buckets[bucket].iter_mut().find(free)? |= word;
        }
        Some(table)
    }

    /// The bucket of a hash; the bits of languages do not count.
    #[inline(always)]
    fn bucket(&self, hash: u32) -> usize {
        (hash & COMPARED).wrapping_mul(self.factor) as usize >> 24
    }

    /// In which of the two languages a word is a function word.
    #[inline(always)]
    pub(super) fn languages(&self, hash: u32) -> u32 {
        let words = &self.buckets[self.bucket(hash)];
        let of = |word: &u32| if (word ^ hash) & COMPARED == 0 { *word } else { 0 };
        words.iter().fold(0, |languages, word| languages | of(word)) & !COMPARED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_is_found_and_others_are_not() {
        let languages = |line: &str| {
            let mut words: Vec<Word> = Vec::new();
            LineScan::of(line, &mut words);
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
}
