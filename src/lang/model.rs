//! The model: words and character n-grams with one score per class, read in place.
//!
//! Both tables are hash tables in one file, `data/languages.bin`: buckets of about four slots that lie one after
//! the other without a hole. A slot is a 16-bit fingerprint and one 4-bit cell per class; a cell `q` stands for
//! -q/2 nat below the best class. Nothing is unpacked at start. The key itself is not stored: with 16 bits a foreign
//! word is mistaken for an entry about once in 15,000 look-ups.
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
/// Buckets of a group: the number of its first slot, then how many slots of it come before each bucket.
const GROUP_BUCKETS: usize = 16;
const GROUP_BYTES: usize = 4 + GROUP_BUCKETS;
const MAGIC: &[u8] = b"LIMPLANG";
const VERSION: u32 = 2;
const HEADER_BYTES: usize = 40 + 2 * CLASSES;

/// Longer words carry no evidence; the generator has none that long either.
pub(super) const MAX_WORD_CHARS: usize = 40;

/// The tables of one model file.
#[derive(Debug)]
pub(super) struct Model {
    /// The few words that most text is made of, apart: they stay in the nearest cache.
    frequent: Table,
    words: Table,
    grams: Table,
    unknown: Scores,
}

impl Model {
    /// Reads a model file; `None` if it is not one, or is cut.
    pub(super) fn read(bytes: &'static [u8]) -> Option<Model> {
        let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        if !bytes.starts_with(MAGIC) || number(8)? != VERSION || number(12)? as usize != CLASSES {
            return None;
        }
        let mut unknown = [0; CLASSES];
        for (class, score) in unknown.iter_mut().enumerate() {
            let at = 40 + 2 * class;
            *score = i16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        }
        let table = |bytes, at| Table::read(bytes, number(at)? as usize, number(at + 4)? as usize);
        let (frequent, rest) = table(bytes.get(HEADER_BYTES..)?, 16)?;
        let (words, rest) = table(rest, 24)?;
        let (grams, _) = table(rest, 32)?;
        Some(Model { frequent, words, grams, unknown })
    }

    /// The scores of a folded word, if the lexicon has it.
    #[inline]
    pub(super) fn word(&self, folded: &str) -> Option<Cells> {
        self.find(word_hash(folded.as_bytes(), 0))
    }

    /// The scores of a word of ASCII letters in any case, if the lexicon has it. A word of less than eight letters may
    /// come as `short`, in lower case, the first letter lowest.
    #[inline]
    pub(super) fn ascii_word(&self, word: &[u8], short: u64) -> Option<Cells> {
        self.find(if short == 0 { word_hash(word, LOWER) } else { multiply(SEED ^ short) })
    }

    #[inline]
    fn find(&self, hash: u64) -> Option<Cells> {
        self.frequent.find(hash).or_else(|| self.words.find(hash))
    }

    /// The scores of a folded word by its characters alone.
    pub(super) fn spelling(&self, folded: &str) -> Scores {
        // The longest word has 41 steps of at most 7.5 nat, which 16 bits hold.
        let mut total = self.unknown;
        // The lower 16 bits of four characters, the last one lowest, up to each character of the word; and where the
        // table has them. All places are known before the first is looked at, so that they are fetched together.
        let mut last = u64::from(b'^');
        let mut steps = [(0, (0, 0)); MAX_WORD_CHARS + 1];
        let mut count = 0;
        for (step, c) in steps.iter_mut().zip(folded.chars().take(MAX_WORD_CHARS).chain(['$'])) {
            last = last << 16 | u64::from(c as u32 & 0xFFFF);
            *step = (last, self.grams.bucket(gram_hash(last)));
            count += 1;
        }
        for (at, (last, longest)) in steps[..count].iter().enumerate() {
            let four = if at < 2 { None } else { self.grams.slot(gram_hash(*last), *longest) };
            // Shorter ones, where the longest is not known or would reach before the word.
            let shorter = || {
                (if at == 0 { 2 } else { 1 }..4)
                    .find_map(|less| self.grams.find(gram_hash(last & (u64::MAX >> (16 * less)))))
            };
            if let Some(cells) = four.or_else(shorter) {
                for (sum, score) in total.iter_mut().zip(cells.scores()) {
                    *sum += score;
                }
            }
        }
        let best = total.into_iter().max().unwrap_or(0);
        total.map(|sum| (sum - best).max(FLOOR))
    }
}

/// One hash table in the file.
#[derive(Debug)]
struct Table {
    /// One more than there are, to tell where the last bucket ends.
    groups: &'static [[u8; GROUP_BYTES]],
    slots: &'static [[u8; SLOT_BYTES]],
}

impl Table {
    /// The table at the start of these bytes, and what follows it.
    fn read(bytes: &'static [u8], slots: usize, groups: usize) -> Option<(Table, &'static [u8])> {
        let (groups, rest) = bytes.split_at_checked((groups + 1) * GROUP_BYTES)?;
        let (slots, rest) = rest.split_at_checked(slots * SLOT_BYTES)?;
        Some((Table { groups: groups.as_chunks().0, slots: slots.as_chunks().0 }, rest))
    }

    #[inline]
    fn find(&self, hash: u64) -> Option<Cells> {
        self.slot(hash, self.bucket(hash))
    }

    /// The slots of the bucket of a hash: the first and the one past the last.
    #[inline]
    fn bucket(&self, hash: u64) -> (usize, usize) {
        let buckets = (self.groups.len() - 1) * GROUP_BUCKETS;
        let bucket = (((hash >> 32) * buckets as u64) >> 32) as usize;
        let (group, bucket) = (bucket / GROUP_BUCKETS, bucket % GROUP_BUCKETS);
        let first = |group: usize| {
            let [a, b, c, d, ..] = self.groups[group];
            u32::from_le_bytes([a, b, c, d]) as usize
        };
        let before = |bucket: usize| usize::from(self.groups[group][4 + bucket]);
        let start = first(group) + before(bucket);
        let end = match bucket + 1 {
            GROUP_BUCKETS => first(group + 1),
            next => first(group) + before(next),
        };
        (start, end)
    }

    /// The scores of the hash, if its bucket has it.
    #[inline]
    fn slot(&self, hash: u64, (start, end): (usize, usize)) -> Option<Cells> {
        let mark = hash as u16;
        let slots = self.slots.get(start..end)?;
        let slot = slots.iter().find(|slot| u16::from_le_bytes([slot[0], slot[1]]) == mark)?;
        Some(Cells(u32::from_le_bytes([slot[2], slot[3], slot[4], slot[5]])))
    }
}

/// The cells of a slot: what a look-up gives, and fits a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cells(u32);

impl Cells {
    /// The scores in them.
    #[inline]
    pub(super) fn scores(self) -> Scores {
        let four = |cells: u32| -> [i16; 4] {
            // Each half of a byte gets two bytes, the first one lowest.
            let mut lanes = u64::from(cells);
            lanes = (lanes | lanes << 24) & 0x0000_00FF_0000_00FF;
            lanes = (lanes | lanes << 12) & 0x000F_000F_000F_000F;
            // Minus in all four at once: no lane borrows from the next.
            const HIGH: u64 = 0x8000_8000_8000_8000;
            lanes = (HIGH - lanes * CELL as u64) ^ HIGH;
            let [a, b, c, d, e, f, g, h] = lanes.to_le_bytes();
            [[a, b], [c, d], [e, f], [g, h]].map(i16::from_le_bytes)
        };
        let [a, b, c, d] = four(self.0 & 0xFFFF);
        let [e, f, g, h] = four(self.0 >> 16);
        [a, b, c, d, e, f, g, h]
    }
}

/// The digits of pi, for want of a reason for others.
const SEED: u64 = 0x243F_6A88_85A3_08D3;

/// The 128-bit product with the golden ratio, folded. The generator does the same.
#[inline]
fn multiply(value: u64) -> u64 {
    let product = u128::from(value) * 0x9E37_79B9_7F4A_7C15;
    product as u64 ^ (product >> 64) as u64
}

/// With this set in every byte, ASCII letters are lower case.
const LOWER: u64 = 0x2020_2020_2020_2020;

/// The hash of a word, block by block of eight bytes, with `case` set in every byte.
#[inline]
fn word_hash(word: &[u8], case: u64) -> u64 {
    let (blocks, rest) = word.as_chunks::<8>();
    let mut hash = SEED;
    for block in blocks {
        hash = multiply(hash ^ (u64::from_le_bytes(*block) | case));
    }
    if rest.is_empty() {
        return hash;
    }
    let case = case & (u64::MAX >> (64 - 8 * rest.len()));
    multiply(hash ^ (partial(rest) | case))
}

/// One to seven bytes, filled up with zeros.
#[inline]
fn partial(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // They overlap, and agree where they do.
        let tail = u64::from(u32::from_le_bytes(*tail)) << (8 * (length - 4));
        return u64::from(u32::from_le_bytes(*head)) | tail;
    }
    let byte = |at: usize| u64::from(bytes[at]) << (8 * at);
    byte(0) | byte(length / 2) | byte(length - 1)
}

/// The hash of an n-gram of packed characters.
#[inline]
fn gram_hash(packed: u64) -> u64 {
    multiply(packed ^ SEED)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILE: &[u8] = include_bytes!("data/languages.bin");

    #[test]
    fn a_cut_or_foreign_file_is_no_model() {
        assert!(Model::read(FILE).is_some());
        for cut in [0, 7, 8, 12, 39, 40, HEADER_BYTES, HEADER_BYTES + SLOT_BYTES, FILE.len() - 1] {
            assert!(Model::read(&FILE[..cut]).is_none(), "{cut} bytes");
        }
        assert!(Model::read(b"LIMPLANG\x01\0\0\0 and something else of another version").is_none());
    }

    #[test]
    fn hashes_are_those_of_the_generator() {
        // python3: make_model.word_hash("año") and so on.
        for (word, hash) in [
            ("a", 0x84DD_359C_A30A_346D),
            ("año", 0x07FD_9E26_DCBE_748C),
            ("the", 0x6AEB_4464_BA45_635A),
            ("murciélago", 0xE2A4_8B2D_B35A_5A5F),
            ("straightforward", 0xF0C2_469F_0BD9_1BF8),
        ] {
            assert_eq!(word_hash(word.as_bytes(), 0), hash, "{word}");
        }
        assert_eq!(word_hash(b"Straightforward", LOWER), word_hash(b"straightforward", 0));
        for length in 1..20 {
            let (upper, lower) = ("A".repeat(length), "a".repeat(length));
            assert_eq!(word_hash(upper.as_bytes(), LOWER), word_hash(lower.as_bytes(), 0));
        }
        let scores = Cells(0xF765_4320).scores();
        assert_eq!(scores, [0, -64, -96, -128, -160, -192, -224, -480]);
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
            let scores = model.word(word).map_or([FLOOR; CLASSES], Cells::scores);
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
