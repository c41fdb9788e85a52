//! The model: words and character n-grams with one score per class, read in place.
//!
//! The tables are hash tables in one file, `data/languages.bin`, whose buckets hold four keys. A key is not stored but
//! for a 16-bit fingerprint; with it goes one 4-bit cell per class, where a cell `q` stands for -q/2 nat below the best
//! class. Nothing is unpacked at start. The most frequent words have a table of their own that has of the cells
//! no more than most lines need, so that much of it stays in a near cache. In the tables of the others, Spanish and English
//! words apart, a key has two buckets to be in (cuckoo hashing), so that they are nearly full. A foreign word is mistaken for an entry about once in 5,000 look-ups.
//!
//! A word in the table has its scores there. Any other word is scored by its characters: for each one, by the four
//! letters of `^word$` that end in it if they are stored, else by the classes of the last three, all of which are.
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

const MAGIC: &[u8] = b"LIMPLANG";
const VERSION: u32 = 4;
const HEADER_BYTES: usize = 64;

/// Longer words carry no evidence; the generator has none that long either.
pub(super) const MAX_WORD_CHARS: usize = 40;

/// The tables of one model file.
#[derive(Debug)]
pub(super) struct Model {
    /// The words that most text is made of, in short, apart: so that a near cache holds many.
    frequent: &'static [[u8; 16]],
    /// Their cells, which few lines ask for.
    frequent_cells: &'static [[u8; 4]],
    /// The other words that are Spanish or English before all, and all further ones.
    ours: &'static [Bucket],
    others: &'static [Bucket],
    /// Any three letters, by class.
    threes: &'static [[u8; 4]],
    fours: &'static [Bucket],
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
            let at = 32 + 2 * class;
            *score = i16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        }
        let [frequent, ours, others, fours] =
            [number(16)?, number(20)?, number(24)?, number(28)?].map(|n| n as usize);
        let mut rest = bytes.get(HEADER_BYTES..)?;
        Some(Model {
            frequent: table(&mut rest, frequent)?,
            frequent_cells: table(&mut rest, frequent.checked_mul(4)?)?,
            ours: table(&mut rest, ours)?,
            others: table(&mut rest, others)?,
            threes: table(&mut rest, CODES * CODES * CODES)?,
            fours: table(&mut rest, fours)?,
            unknown,
        })
    }

    /// The scores of a folded word, if the lexicon has it.
    #[inline]
    pub(super) fn word(&self, folded: &str) -> Option<Cells> {
        let hash = word_hash(folded.as_bytes());
        let frequent = self.frequent(hash);
        if frequent.is_known {
            return Some(self.cells(frequent.slot));
        }
        let found = |(cells, is_known): (Cells, bool)| is_known.then_some(cells);
        found(self.ours(hash)).or_else(|| found(self.others(hash)))
    }

    /// One of the most frequent words by its hash.
    #[inline(always)]
    pub(super) fn frequent(&self, hash: u64) -> Frequent {
        let place = place(self.frequent.len(), hash >> 32);
        let ([fingerprints, losses], _) = self.frequent[place].as_chunks() else {
            return Frequent::default();
        };
        let like = like(*fingerprints, hash);
        let slot = slot(like);
        Frequent {
            losses: Losses((u64::from_le_bytes(*losses) >> (16 * slot)) as u16),
            slot: 4 * place as u32 + slot,
            is_known: like != 0,
        }
    }

    /// The cells of one of the most frequent words.
    #[inline]
    pub(super) fn cells(&self, slot: u32) -> Cells {
        Cells(u32::from_le_bytes(
            self.frequent_cells.get(slot as usize).copied().unwrap_or_default(),
        ))
    }

    /// The cells of another word by its hash, and whether it is there, if it is Spanish or English before all.
    #[inline(always)]
    pub(super) fn ours(&self, hash: u64) -> (Cells, bool) {
        either(self.ours, hash)
    }

    /// The same for all further words.
    #[inline(always)]
    pub(super) fn others(&self, hash: u64) -> (Cells, bool) {
        either(self.others, hash)
    }

    /// The scores of a word by its characters alone, which are given as [`letter`] tells them.
    pub(super) fn spelling(&self, letters: &[u8]) -> Scores {
        let mut total = self.unknown;
        // Four letters, the last one lowest, and the classes of three; a word begins and ends with its edge.
        let (mut last, mut classes) = (u32::from(EDGE), 0);
        let word = &letters[..letters.len().min(MAX_WORD_CHARS)];
        let mut step = |letter: u8, sums: &mut [u32; 2]| {
            last = last << 8 | u32::from(letter);
            classes = (classes << 5 | usize::from(CODE[usize::from(letter)]))
                & (CODES * CODES * CODES - 1);
            let hash = gram_hash(last);
            let (four, is_known) = find(&self.fours[place(self.fours.len(), hash >> 32)], hash);
            let three = u32::from_le_bytes(self.threes[classes]);
            let cells = if is_known { four.0 } else { three };
            // Every other cell has a byte, which holds the sum of seventeen.
            sums[0] += cells & 0x0F0F_0F0F;
            sums[1] += cells >> 4 & 0x0F0F_0F0F;
        };
        let mut add = |sums: [u32; 2]| {
            for (class, score) in total.iter_mut().enumerate() {
                *score -= 32 * (sums[class % 2] >> (class / 2 * 8) & 0xFF) as i16;
            }
        };
        for part in word.chunks(16) {
            let mut sums = [0; 2];
            part.iter().for_each(|letter| step(*letter, &mut sums));
            add(sums);
        }
        let mut sums = [0; 2];
        step(EDGE, &mut sums);
        add(sums);
        let best = total.into_iter().max().unwrap_or(0);
        total.map(|sum| (sum - best).max(FLOOR))
    }
}

/// Four fingerprints, and then the cells of each.
type Bucket = [u8; 4 * (2 + CLASSES / 2)];

/// Takes a table of so many entries, one at least, off these bytes.
fn table<const N: usize>(bytes: &mut &'static [u8], entries: usize) -> Option<&'static [[u8; N]]> {
    let (table, rest) = bytes.split_at_checked(entries.checked_mul(N)?)?;
    *bytes = rest;
    Some(table.as_chunks().0).filter(|table| !table.is_empty())
}

/// The place in a table of so many entries that half a hash tells.
#[inline(always)]
fn place(entries: usize, half: u64) -> usize {
    ((half * entries as u64) >> 32) as usize
}

/// Compares the four fingerprints of a bucket with that of a hash, all together. The lowest bit that is set is the
/// highest of the 16 bits of the first one that is like it.
#[inline(always)]
fn like(fingerprints: [u8; 8], hash: u64) -> u64 {
    const ONES: u64 = 0x0001_0001_0001_0001;
    let unlike = u64::from_le_bytes(fingerprints) ^ ((hash & 0xFFFF) * ONES);
    unlike.wrapping_sub(ONES) & !unlike & (0x8000 * ONES)
}

/// The slot that [`like`] told, or any.
#[inline(always)]
fn slot(like: u64) -> u32 {
    like.trailing_zeros() / 16 % 4
}

/// The cells of a hash in a bucket, or any, and whether it is there.
#[inline(always)]
fn find(bucket: &Bucket, hash: u64) -> (Cells, bool) {
    let [a, b, c, d, e, f, g, h, cells @ ..] = bucket;
    let like = like([*a, *b, *c, *d, *e, *f, *g, *h], hash);
    let cells = cells.as_chunks().0[slot(like) as usize];
    (Cells(u32::from_le_bytes(cells)), like != 0)
}

/// The cells of a hash in one of its two buckets, or any, and whether it is there.
#[inline(always)]
fn either(table: &[Bucket], hash: u64) -> (Cells, bool) {
    let first = find(&table[place(table.len(), hash >> 32)], hash);
    let second = find(&table[place(table.len(), hash & 0xFFFF_FFFF)], hash);
    (if first.1 { first.0 } else { second.0 }, first.1 | second.1)
}

/// What a look-up of a frequent word gives.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frequent {
    pub losses: Losses,
    /// Where its cells are.
    pub slot: u32,
    pub is_known: bool,
}

/// The cells of Spanish and English and the least one of the others, from the lowest bits on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Losses(u16);

impl Losses {
    /// What a word that counts so many 64ths loses against the best class in the first class, in the second, and in the
    /// best of all others; 16 bits for each, the first lowest.
    #[inline(always)]
    pub(super) fn weighed(self, weight: u8) -> u64 {
        let three = u64::from(self.0);
        let three = (three * (1 | 1 << 12 | 1 << 24)) & 0x000F_000F_000F;
        // Half a nat, 32, in 64ths.
        (three * u64::from(weight)) >> 1 & 0x7FFF_7FFF_7FFF
    }
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

    /// The same in short.
    #[inline(always)]
    pub(super) fn losses(self) -> Losses {
        const HALVES: u32 = 0x0F_0F0F;
        let (even, odd) = (self.0 >> 8 & HALVES, self.0 >> 12 & HALVES);
        // The mark above a half stays where nothing is borrowed from it: where the even one is not less.
        let marks = (((even | 0x10_1010) - odd) & 0x10_1010) >> 4;
        let least = even ^ (even ^ odd) & (marks * 0xF);
        let rest = (least & 0xF).min(least >> 8 & 0xF).min(least >> 16);
        Losses((self.0 & 0xFF | rest << 8) as u16)
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

/// The golden ratio, likewise.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The 128-bit product, folded. The generator does the same.
#[inline(always)]
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of a word, by blocks of sixteen bytes, the last one filled up with zeros.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    let (blocks, rest) = word.as_chunks::<16>();
    let mix = |hash, block: &[u8; 16]| {
        let block = u128::from_le_bytes(*block);
        multiply(hash ^ block as u64, GOLDEN ^ (block >> 64) as u64)
    };
    let hash = blocks.iter().fold(SEED, mix);
    if rest.is_empty() {
        return hash;
    }
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    mix(hash, &last)
}

/// The hash of a word of less than sixteen bytes, the first one lowest, filled up with zeros.
#[inline(always)]
pub(super) fn word_key(low: u64, high: u64) -> u64 {
    multiply(SEED ^ low, GOLDEN ^ high)
}

/// The hash of four letters.
#[inline(always)]
fn gram_hash(letters: u32) -> u64 {
    multiply(u64::from(letters) ^ SEED, GOLDEN)
}

/// The start and the end of a word, among letters.
const EDGE: u8 = b'`';

/// A small letter as a byte: Latin-1 has the common ones; others share what it has no letters for.
#[inline]
pub(super) fn letter(c: char) -> u8 {
    u8::try_from(c).unwrap_or(0x80 | c as u8 & 0x1F)
}

/// Classes of letters.
const CODES: usize = 32;

/// The classes: the edge of a word, a letter of English, and what accents tell.
static CODE: [u8; 256] = {
    let mut codes = [31; 256];
    codes[EDGE as usize] = 0;
    let mut at = b'a';
    while at <= b'z' {
        codes[at as usize] = at - b'a' + 1;
        at += 1;
    }
    // Latin-1: áéíóú, ñ, àèìòùâêîôûçãõ, äëïöüåøæßÿ.
    let accents: [&[u8]; 4] = [
        b"\xE1\xE9\xED\xF3\xFA",
        b"\xF1",
        b"\xE0\xE8\xEC\xF2\xF9\xE2\xEA\xEE\xF4\xFB\xE7\xE3\xF5",
        b"\xE4\xEB\xEF\xF6\xFC\xE5\xF8\xE6\xDF\xFF",
    ];
    let mut code = 0;
    while code < accents.len() {
        let mut at = 0;
        while at < accents[code].len() {
            codes[accents[code][at] as usize] = 27 + code as u8;
            at += 1;
        }
        code += 1;
    }
    codes
};

#[cfg(test)]
mod tests {
    use super::*;

    static FILE: &[u8] = include_bytes!("data/languages.bin");

    #[test]
    fn a_cut_or_foreign_file_is_no_model() {
        assert!(Model::read(FILE).is_some());
        for cut in [0, 7, 8, 12, 31, 32, HEADER_BYTES, HEADER_BYTES + 16, 400_000, FILE.len() - 1] {
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
            ("murciélago", 0xAC20_7410_A691_B4D4),
            ("straightforward", 0xEF00_6BAF_EC4D_EC38),
            ("administrativamente", 0x14FC_7830_1DE5_0C9B),
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
    fn letters_are_those_of_the_generator() {
        // python3: make_model.gram_hash("^año"), THREE.index(letter_class("ß")) and so on.
        let packed =
            [EDGE, b'a', letter('ñ'), b'o'].iter().fold(0, |all, c| all << 8 | u32::from(*c));
        assert_eq!(gram_hash(packed), 0x51D6_7B3D_2021_EA21);
        for (c, code) in
            [('a', 1), ('z', 26), ('ú', 27), ('ñ', 28), ('ç', 29), ('ß', 30), ('ž', 31), ('\'', 31)]
        {
            assert_eq!(CODE[usize::from(letter(c))], code, "{c}");
        }
    }

    #[test]
    fn losses_are_what_scores_tell() {
        for bits in [0xF765_4320, 0x0123_4567, 0xFFFF_FFFF, 0x0F0F_0F0F, 0x9A3C_5E71u32] {
            for weight in [20, 32, 42, 58, 64] {
                let [es, en, rest @ ..] = Cells(bits).scores(weight);
                let best = rest.into_iter().max().unwrap_or(0);
                let losses = Cells(bits).losses();
                let all = [best, en, es].map(i16::unsigned_abs);
                let expected = all.iter().fold(0, |all, loss| all << 16 | u64::from(*loss));
                assert_eq!(losses.weighed(weight as u8), expected);
            }
        }
    }

    #[test]
    fn no_word_has_the_hash_of_words_that_were_not_seen() {
        let model = Model::read(FILE).expect("a model");
        assert!(!model.frequent(0).is_known && !model.ours(0).1 && !model.others(0).1);
    }

    #[test]
    fn frequent_words_have_their_cells_in_short() {
        let model = Model::read(FILE).expect("a model");
        for word in ["que", "the", "casa", "no", "online"] {
            let frequent = model.frequent(word_hash(word.as_bytes()));
            assert!(frequent.is_known, "{word}");
            assert_eq!(model.cells(frequent.slot).losses(), frequent.losses, "{word}");
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
            ("desempañuscáis", 0),
            ("unthinkingfulness", 1),
            ("überschwemmungsgebiet", 5),
            ("zażółćmy", 7),
        ] {
            assert_eq!(model.word(word), None, "{word} is known, take another");
            let letters: Vec<u8> = word.chars().map(letter).collect();
            let scores = model.spelling(&letters);
            assert_eq!(scores[class], 0, "{word}: {scores:?}");
        }
        for word in ["", "ñ", &"a".repeat(500), "日本語"] {
            let letters: Vec<u8> = word.chars().map(letter).collect();
            assert!(model.spelling(&letters).iter().all(|score| (FLOOR..=0).contains(score)));
        }
    }
}
