//! Words as the line model compares them, and the function words of Spanish and English.

use std::sync::LazyLock;

use crate::line_scan::{LineScan, TakeWords, Word};

/// The commonest function words, as a table by hash.
pub(super) struct FunctionWords {
    /// Each word at the first free place from that of its hash on, with its [`SPANISH`] and
    /// [`ENGLISH`] bits.
    places: Box<[(u32, u8)]>,
}

/// Four times as many as there are words: most that are looked up meet an empty place first.
const PLACES: usize = 2048;

pub(super) const SPANISH: u8 = 1;
pub(super) const ENGLISH: u8 = 2;

impl FunctionWords {
    pub(super) fn shared() -> &'static FunctionWords {
        static SHARED: LazyLock<FunctionWords> = LazyLock::new(|| {
            let mut words = FunctionWords { places: vec![(0, 0); PLACES].into() };
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
        let mut place = hash as usize % PLACES;
        while self.places[place].1 != 0 && self.places[place].0 != hash {
            place = (place + 1) % PLACES;
        }
        place
    }

    /// In which of the two languages a word is a function word.
    #[inline]
    pub(super) fn languages(&self, hash: u32) -> u8 {
        self.places[self.place(hash)].1
    }
}

/// Reads the list.
struct Reader<'w> {
    words: &'w mut FunctionWords,
    language: u8,
}

impl TakeWords for Reader<'_> {
    fn take(&mut self, word: Word) {
        let place = self.words.place(word.hash);
        self.words.places[place].0 = word.hash;
        self.words.places[place].1 |= self.language;
    }
}
