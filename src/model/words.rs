//! Words as the line model compares them, and the function words of Spanish and English.

use std::sync::LazyLock;

use crate::line_scan::{LineScan, TakeWords, Word};

/// The commonest function words, as a table by hash.
pub(super) struct FunctionWords {
    /// Each word at the first free place from that of its hash on: the hash, its lowest bits
    /// [`SPANISH`] and [`ENGLISH`]; 0 where there is none.
    places: Box<[u32; PLACES]>,
}

/// Nearly three times as many as there are words: most that are looked up meet an empty place first.
const PLACES: usize = 1024;

pub(super) const SPANISH: u32 = 1;
pub(super) const ENGLISH: u32 = 2;

/// The bits of a hash that are compared.
const COMPARED: u32 = !(SPANISH | ENGLISH);

impl FunctionWords {
    pub(super) fn shared() -> &'static FunctionWords {
        static SHARED: LazyLock<FunctionWords> = LazyLock::new(|| {
            let mut words = FunctionWords { places: Box::new([0; PLACES]) };
            let mut language = 0;
            for line in include_str!("data/function-words.txt").lines() {
                match line {
                    "[es]" => language = SPANISH,
                    "[en]" => language = ENGLISH,
                    _ if line.starts_with('#') => {}
                    _ => {
                        LineScan::of(line, &mut Reader { words: &mut words, language });
                    }
                }
            }
            words
        });
        &SHARED
    }

    /// Where a word stands or would stand.
    #[inline]
    fn place(&self, hash: u32) -> usize {
        let mut place = hash as usize >> 2;
        loop {
            place %= PLACES;
            let other = self.places[place];
            if other == 0 || (other ^ hash) & COMPARED == 0 {
                return place;
            }
            place += 1;
        }
    }

    /// In which of the two languages a word is a function word.
    #[inline]
    pub(super) fn languages(&self, hash: u32) -> u32 {
        self.places[self.place(hash)] & !COMPARED
    }
}

/// Reads the list.
struct Reader<'w> {
    words: &'w mut FunctionWords,
    language: u32,
}

impl TakeWords for Reader<'_> {
    fn take(&mut self, words: &[Word]) {
        for word in words {
            let place = self.words.place(word.hash);
            self.words.places[place] |= word.hash & COMPARED | self.language;
        }
    }
}
