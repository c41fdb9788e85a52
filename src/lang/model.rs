//! The model: words and character n-grams with one score per class, read in place.
//!
//! Both tables are open-addressing hash tables with linear probing in one file, `data/languages.bin`. A slot is
//! a 16-bit fingerprint (0 = empty) and one 4-bit cell per class; a cell `q` stands for -q/2 nat below the
//! best class. Nothing is unpacked at start. The key itself is not stored: with 16 bits a foreign word is
//! mistaken for an entry about once in 5,000 look-ups.
//!
//! A word in the table has its scores there. Any other word is scored by its characters: for each one,
//! the longest stored n-gram (4, 3, 2, 1 characters of `^word$`) that ends in it.
//!
//! `data/make_model.py` writes the file; `data/README.md` lists its sources.

/// The classes of the model: es, en, and six groups of other languages.
///
/// Groups keep neighbours apart. With one class "best of the others", every Spanish line finds some language
/// that scores its words better: es and en lines fall from 99.4 to 96.1 % (measured 2026-11).
pub(super) const CLASSES: usize = 8;

/// Scores of one word in 1/64 nat, the best class 0.
pub(super) type Scores = [i16; CLASSES];

/// 1/64 nat is the unit of every score and cost in this module.
pub(super) const NAT: i32 = 64;

/// The least score of a word. It must lie beyond the price of leaving es and en, or no single word could
/// ever be in another language.
pub(super) const FLOOR: i16 = -480;

const CELL: i16 = 32;
const SLOT_BYTES: usize = 2 + CLASSES / 2;
const MAGIC: &[u8] = b"LIMPLANG";
const HEADER_BYTES: usize = 24 + 2 * CLASSES;

/// Longer words carry no evidence; the generator has none that long either.
pub(super) const MAX_WORD_CHARS: usize = 40;

/// The tables of one model file.
#[derive(Debug)]
pub(super) struct Model {
    words: Table,
    grams: Table,
    unknown: Scores,
}

impl Model {
    /// Reads a model file; `None` if it is not one, or is cut.
    pub(super) fn read(bytes: &'static [u8]) -> Option<Model> {
        let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        if !bytes.starts_with(MAGIC) || number(8)? != 1 || number(12)? as usize != CLASSES {
            return None;
        }
        let (words, grams) = (number(16)? as usize, number(20)? as usize);
        let mut unknown = [0; CLASSES];
        for (class, score) in unknown.iter_mut().enumerate() {
            let at = 24 + 2 * class;
            *score = i16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        }
        let words_end = HEADER_BYTES + words * SLOT_BYTES;
        Some(Model {
            words: Table { slots: bytes.get(HEADER_BYTES..words_end)? },
            grams: Table { slots: bytes.get(words_end..words_end + grams * SLOT_BYTES)? },
            unknown,
        })
    }

    /// The scores of a folded word, if the lexicon has it.
    pub(super) fn word(&self, folded: &str) -> Option<Scores> {
        self.words.find(mix(extend(OFFSET, folded.as_bytes())))
    }

    /// The scores of a folded word by its characters alone.
    pub(super) fn spelling(&self, folded: &str) -> Scores {
        let mut total = self.unknown.map(i32::from);
        // The hashes of the n-grams that end in the character at hand: of 1, 2, 3 and 4 characters.
        let mut hashes = [OFFSET; 4];
        let word = folded.chars().take(MAX_WORD_CHARS);
        for (at, c) in ['^'].into_iter().chain(word).chain(['$']).enumerate() {
            let mut utf8 = [0; 4];
            let bytes = c.encode_utf8(&mut utf8).as_bytes();
            for more in (1..4).rev() {
                hashes[more] = extend(hashes[more - 1], bytes);
            }
            hashes[0] = extend(OFFSET, bytes);
            if at == 0 {
                continue;
            }
            let longest_first = hashes[..=at.min(3)].iter().rev();
            if let Some(scores) = longest_first.copied().find_map(|hash| self.grams.find(mix(hash)))
            {
                for (sum, score) in total.iter_mut().zip(scores) {
                    *sum += i32::from(score);
                }
            }
        }
        let best = total.into_iter().max().unwrap_or(0);
        total.map(|sum| (sum - best).max(i32::from(FLOOR)) as i16)
    }
}

/// One hash table in the file.
#[derive(Debug)]
struct Table {
    slots: &'static [u8],
}

impl Table {
    fn find(&self, hash: u64) -> Option<Scores> {
        let mark = (hash as u16).max(1);
        let count = self.slots.len() / SLOT_BYTES;
        let home = (((hash >> 32) * count as u64) >> 32) as usize;
        let (wrapped, from_home) = self.slots.split_at(home * SLOT_BYTES);
        for slot in from_home.chunks_exact(SLOT_BYTES).chain(wrapped.chunks_exact(SLOT_BYTES)) {
            match u16::from_le_bytes([slot[0], slot[1]]) {
                0 => return None,
                found if found == mark => {
                    let mut scores = [0; CLASSES];
                    for (pair, cells) in scores.chunks_exact_mut(2).zip(&slot[2..]) {
                        pair[0] = -CELL * i16::from(cells & 15);
                        pair[1] = -CELL * i16::from(cells >> 4);
                    }
                    return Some(scores);
                }
                _ => {}
            }
        }
        None
    }
}

/// Where an FNV-1a hash starts.
const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;

/// Goes on with an FNV-1a hash.
fn extend(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    bytes.iter().fold(hash, step)
}

/// Ends a hash: its upper half gives the slot and its lowest 16 bits the fingerprint. The generator does the same.
fn mix(hash: u64) -> u64 {
    (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILE: &[u8] = include_bytes!("data/languages.bin");

    #[test]
    fn a_cut_or_foreign_file_is_no_model() {
        assert!(Model::read(FILE).is_some());
        for cut in [0, 7, 8, 12, 23, 24, HEADER_BYTES, HEADER_BYTES + SLOT_BYTES, FILE.len() - 1] {
            assert!(Model::read(&FILE[..cut]).is_none(), "{cut} bytes");
        }
        assert!(Model::read(b"LIMPLANG\x02\0\0\0 and something else of another version").is_none());
    }

    #[test]
    fn words_have_the_class_they_belong_to() {
        let model = Model::read(FILE).expect("a model");
        for (word, class) in [
            ("ustedes", 0),
            ("pero", 0),
            ("the", 1),
            ("don't", 1),
            ("não", 2),
            ("amb", 3),
            ("und", 5),
        ] {
            let scores = model.word(word).unwrap_or([FLOOR; CLASSES]);
            assert_eq!(
                scores.iter().position(|score| *score == 0),
                Some(class),
                "{word}: {scores:?}"
            );
        }
        assert_eq!(model.word("xqzzvw"), None);
        assert_eq!(model.word(""), None);
    }

    #[test]
    fn spelling_tells_unknown_words_apart() {
        let model = Model::read(FILE).expect("a model");
        for (word, class) in [
            ("desburocratizándolos", 0),
            ("unthinkingfulness", 1),
            ("überschwemmungsgebiet", 5),
            ("zażółćmy", 7),
        ] {
            assert_eq!(model.word(word), None, "{word} is known, take another");
            assert_eq!(model.spelling(word)[class], 0, "{word}: {:?}", model.spelling(word));
        }
        for word in ["", "ñ", &"a".repeat(500), "日本語"] {
            assert!(model.spelling(word).iter().all(|score| (FLOOR..=0).contains(score)));
        }
    }
}
