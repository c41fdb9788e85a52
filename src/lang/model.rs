//! The model: words and character n-grams with one score per class, read in place.
//!
//! The tables are hash tables in one file, `data/languages.bin`, whose buckets hold four keys. A key is not stored but
//! for a 16-bit fingerprint; with it goes one 4-bit cell per class, where a cell `q` stands for -q/2 nat below the best
//! class. Nothing is unpacked at start. The most frequent words have a small table of their own, which stays in
//! a near cache. In the others a key has two buckets to be in (cuckoo hashing), so that they are nearly full.
//! A foreign word is mistaken for an entry about once in 5,000 look-ups.
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

/// Four fingerprints, and then the cells of each.
type Bucket = [u8; 4 * (2 + CLASSES / 2)];
const MAGIC: &[u8] = b"LIMPLANG";
const VERSION: u32 = 3;
const HEADER_BYTES: usize = 28 + 2 * CLASSES;

/// Longer words carry no evidence; the generator has none that long either.
pub(super) const MAX_WORD_CHARS: usize = 40;

/// Steps of a word that are looked up together.
const TOGETHER: usize = 12;

/// The tables of one model file.
#[derive(Debug)]
pub(super) struct Model {
    /// The words that most text is made of, apart: they stay in a near cache.
    hot: Table,
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
            let at = 28 + 2 * class;
            *score = i16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        }
        let table = |bytes, at| Table::read(bytes, number(at)? as usize);
        let (hot, rest) = table(bytes.get(HEADER_BYTES..)?, 16)?;
        let (words, rest) = table(rest, 20)?;
        let (grams, _) = table(rest, 24)?;
        Some(Model { hot, words, grams, unknown })
    }

    /// The scores of a folded word, if the lexicon has it.
    #[inline]
    pub(super) fn word(&self, folded: &str) -> Option<Cells> {
        self.find(word_hash(folded.as_bytes()))
    }

    /// The same by the hash of the word.
    fn find(&self, hash: u64) -> Option<Cells> {
        let found = |(cells, is_known)| if is_known { Some(cells) } else { None };
        found(self.frequent(hash)).or_else(|| found(self.further(hash)))
    }

    /// The cells of one of the most frequent words by its hash, and whether there is one.
    #[inline(always)]
    pub(super) fn frequent(&self, hash: u64) -> (Cells, bool) {
        self.hot.first(hash)
    }

    /// The same for all other words.
    #[inline(always)]
    pub(super) fn further(&self, hash: u64) -> (Cells, bool) {
        self.words.either(hash)
    }

    /// The scores of a folded word by its characters alone.
    pub(super) fn spelling(&self, folded: &str) -> Scores {
        // The lower 16 bits of four characters, the last one lowest, up to each character of the word, and what the
        // table has for them. Many are looked up before the first is asked for, so that none waits for another.
        let mut last = u64::from(b'^');
        // Sums of two cells each, in halves: the longest word has 41 steps of at most 15.
        let mut sums = [0; CLASSES / 2];
        let mut chars = folded.chars().take(MAX_WORD_CHARS).chain(['$']).peekable();
        while chars.peek().is_some() {
            let mut steps = [(0, Cells(0), false); TOGETHER];
            let mut count = 0;
            for (step, c) in steps.iter_mut().zip(chars.by_ref()) {
                last = last << 16 | u64::from(c as u32 & 0xFFFF);
                let (cells, is_known) = self.grams.either(gram_hash(last));
                *step = (last, cells, is_known);
                count += 1;
            }
            for (last, cells, is_known) in &steps[..count] {
                // Shorter ones, where the longest is not known.
                let shorter = || {
                    (1..4).find_map(|less| {
                        let hash = gram_hash(last & (u64::MAX >> (16 * less)));
                        let (cells, is_known) = self.grams.either(hash);
                        is_known.then_some(cells)
                    })
                };
                if let Some(cells) = if *is_known { Some(*cells) } else { shorter() } {
                    for (pair, sum) in sums.iter_mut().enumerate() {
                        *sum += cells.0 >> (4 * pair) & 0x000F_000F;
                    }
                }
            }
        }
        let mut total = self.unknown;
        for (class, score) in total.iter_mut().enumerate() {
            let cells = sums[class % 4] >> (16 * (class / 4)) & 0xFFFF;
            *score -= 32 * cells as i16;
        }
        let best = total.into_iter().max().unwrap_or(0);
        total.map(|sum| (sum - best).max(FLOOR))
    }
}

/// One hash table in the file; it has a bucket at least.
#[derive(Debug)]
struct Table {
    buckets: &'static [Bucket],
}

impl Table {
    /// The table at the start of these bytes, and what follows it.
    fn read(bytes: &'static [u8], buckets: usize) -> Option<(Table, &'static [u8])> {
        let (buckets, rest) = bytes.split_at_checked(buckets.checked_mul(size_of::<Bucket>())?)?;
        let buckets = buckets.as_chunks().0;
        (!buckets.is_empty()).then_some((Table { buckets }, rest))
    }

    /// The cells of the hash, and whether its first bucket has it; without a branch, as those below.
    #[inline(always)]
    fn first(&self, hash: u64) -> (Cells, bool) {
        let bucket = self.bucket(hash >> 32);
        let like = like(bucket, hash);
        (cells(bucket, like), like != 0)
    }

    /// The cells of the hash, and whether one of its two buckets has it.
    #[inline(always)]
    fn either(&self, hash: u64) -> (Cells, bool) {
        let (first, second) = (self.bucket(hash >> 32), self.bucket(hash & 0xFFFF_FFFF));
        let (in_first, in_second) = (like(first, hash), like(second, hash));
        let (of_first, of_second) = (cells(first, in_first), cells(second, in_second));
        (if in_first != 0 { of_first } else { of_second }, in_first | in_second != 0)
    }

    /// The bucket of half a hash.
    #[inline(always)]
    fn bucket(&self, half: u64) -> &'static Bucket {
        &self.buckets[((half * self.buckets.len() as u64) >> 32) as usize]
    }
}

/// Compares the four fingerprints of a bucket with that of a hash, all together. The lowest bit that is set is the
/// highest of the 16 bits of the first one that is like it.
#[inline(always)]
fn like(bucket: &Bucket, hash: u64) -> u64 {
    const ONES: u64 = 0x0001_0001_0001_0001;
    let [a, b, c, d, e, f, g, h, ..] = *bucket;
    let unlike = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ ((hash & 0xFFFF) * ONES);
    unlike.wrapping_sub(ONES) & !unlike & (0x8000 * ONES)
}

/// The cells of the slot that [`like`] told, or of any.
#[inline(always)]
fn cells(bucket: &Bucket, like: u64) -> Cells {
    let slot = (like.trailing_zeros() / 16 % 4) as usize;
    let [_, _, _, _, _, _, _, _, cells @ ..] = bucket;
    Cells(u32::from_le_bytes(cells.as_chunks().0[slot]))
}

/// The cells of a slot: what a look-up gives, and fits a register.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cells(u32);

impl Cells {
    /// The cells as a number, and back.
    #[inline(always)]
    pub(super) fn bits(self) -> u64 {
        u64::from(self.0)
    }

    #[inline(always)]
    pub(super) fn of_bits(bits: u64) -> Cells {
        Cells(bits as u32)
    }

    /// What a word that counts so many 64ths loses against the best class in the first class, in the second, and in the
    /// best of all others; 16 bits for each, the first lowest.
    #[inline(always)]
    pub(super) fn losses(self, weight: u8) -> u64 {
        const HALVES: u32 = 0x0F_0F0F;
        let (even, odd) = (self.0 >> 8 & HALVES, self.0 >> 12 & HALVES);
        // The mark above a half stays where nothing is borrowed from it: where the even one is not less.
        let marks = (((even | 0x10_1010) - odd) & 0x10_1010) >> 4;
        let least = even ^ (even ^ odd) & (marks * 0xF);
        let rest = (least & 0xF).min(least >> 8 & 0xF).min(least >> 16);
        let three = u64::from(self.0 & 0xF | (self.0 & 0xF0) << 12) | u64::from(rest) << 32;
        (three * u64::from(weight)) >> 1 & 0x7FFF_7FFF_7FFF
    }

    /// The scores in them, for a word that counts so many 64ths.
    #[inline(always)]
    pub(super) fn scores(self, weight: u16) -> Scores {
        let four = |cells: u32| -> [u16; 4] {
            // Each half of a byte gets two bytes, the first one lowest.
            let mut lanes = u64::from(cells);
            lanes = (lanes | lanes << 24) & 0x0000_00FF_0000_00FF;
            lanes = (lanes | lanes << 12) & 0x000F_000F_000F_000F;
            let [a, b, c, d, e, f, g, h] = lanes.to_le_bytes();
            [[a, b], [c, d], [e, f], [g, h]].map(u16::from_le_bytes)
        };
        let [a, b, c, d] = four(self.0 & 0xFFFF);
        let [e, f, g, h] = four(self.0 >> 16);
        // Half a nat, 32, in 64ths.
        [a, b, c, d, e, f, g, h].map(|cell| -((cell * weight / 2) as i16))
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

/// The hash of a word, block by block of eight bytes.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    let (blocks, rest) = word.as_chunks::<8>();
    let hash = blocks.iter().fold(SEED, |hash, block| multiply(hash ^ u64::from_le_bytes(*block)));
    if rest.is_empty() { hash } else { multiply(hash ^ partial(rest)) }
}

/// The hash of a word of less than sixteen bytes, the first one lowest, filled up with zeros.
#[inline(always)]
pub(super) fn word_key(low: u64, high: u64) -> u64 {
    let hash = multiply(SEED ^ low);
    if high == 0 { hash } else { multiply(hash ^ high) }
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
        for cut in [0, 7, 8, 12, 27, 28, HEADER_BYTES, HEADER_BYTES + 24, FILE.len() - 1] {
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
            assert_eq!(word_hash(word.as_bytes()), hash, "{word}");
        }
        assert_eq!(
            word_key(u64::from_le_bytes(*b"murci\xC3\xA9l"), u64::from_le_bytes(*b"ago\0\0\0\0\0")),
            word_hash("murciélago".as_bytes())
        );
        assert_eq!(word_key(u64::from_le_bytes(*b"the\0\0\0\0\0"), 0), word_hash(b"the"));
        assert_eq!(word_key(u64::from_le_bytes(*b"whatever"), 0), word_hash(b"whatever"));
        let scores = Cells(0xF765_4320).scores(64);
        assert_eq!(scores, [0, -64, -96, -128, -160, -192, -224, -480]);
    }

    #[test]
    fn losses_are_what_scores_tell() {
        for bits in [0xF765_4320, 0x0123_4567, 0xFFFF_FFFF, 0x0F0F_0F0F, 0x9A3C_5E71u32] {
            for weight in [20, 32, 42, 58, 64] {
                let [es, en, rest @ ..] = Cells(bits).scores(weight);
                let best = rest.into_iter().max().unwrap_or(0);
                let losses = Cells(bits).losses(weight as u8);
                assert_eq!(
                    losses,
                    [best, en, es]
                        .iter()
                        .fold(0, |all, score| all << 16 | u64::from(score.unsigned_abs()))
                );
            }
        }
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
            let scores = model.word(word).map_or([FLOOR; CLASSES], |cells| cells.scores(64));
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
