//! What the line model sees of a line alone: its measures, its words, its phrase hits.
//!
//! The walk over the line gives counts and folded words; here they become measures, the hashes
//! that the text score looks up, and the words of the vocabulary link. All measures are whole
//! numbers, so that sums over windows do not depend on where they began.

use std::sync::LazyLock;

use super::words::{CONTENT_WORD_CHARS, ENGLISH, FunctionWords, Kinds, SPANISH};
use crate::hash::fold_in;
use crate::line_scan::{First, LineScan};
use crate::line_words::{KEPT, LineWords, Padded, TakeWords, Word};
use crate::rules::{Hit, Reach, Rule};
use crate::verdict::Category;
use crate::wide::Wide;

/// Fixed-point unit of [`Cues::length`] and [`Cues::score`].
pub(super) const UNIT: i32 = 256;

/// Words at the start and at the end of a line that the text score looks at.
///
/// Source: the line model measured on 1,966 real pages, 2026-11.
pub(super) const FIRST_WORDS: usize = 8;
pub(super) const LAST_WORDS: usize = 4;

/// Content words of a line that are remembered at most.
const VOCABULARY: usize = 32;

/// The content words of a line, each once, as short hashes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Vocabulary {
    words: [u16; VOCABULARY],
    count: u8,
}

impl Vocabulary {
    pub(super) fn words(&self) -> &[u16] {
        &self.words[..usize::from(self.count)]
    }

    /// Adds a word if it `is` one to add.
    fn add_if(&mut self, is: bool, word: u16) {
        if let Some(place) = self.words.get_mut(usize::from(self.count)) {
            *place = word;
            self.count += u8::from(is);
        }
    }
}

/// Letters from which a line that ends as a sentence does is prose; letters from which any is long;
/// letters under which one without a sentence end is short.
const PROSE: u32 = 100;
const LONG: u32 = 200;
const SHORT: u32 = 60;
const NARROW: u32 = 100;

/// Weight from which a phrase hit is strong: a whole line that is boilerplate by itself.
const STRONG_WEIGHT: f32 = 0.65;

/// The cues of one line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cues {
    /// Letters, an ideograph as one and a half, in halves.
    half_letters: u32,
    pub(super) chars: u32,
    pub(super) words: u32,
    /// ln(1 + letters), in [`UNIT`]s.
    pub(super) length: i32,
    /// Square root of the letters, in sixteenths.
    pub(super) root: i32,
    /// The text score (a logit), in [`UNIT`]s.
    pub(super) score: i32,
    /// Shares of the words, or of the characters, in 1/255.
    pub(super) capitals: u8,
    pub(super) code: u8,
    pub(super) digits: u8,
    pub(super) spanish: u8,
    pub(super) english: u8,
    pub(super) distinct: u8,
    /// Commas, in tenths of one per word.
    pub(super) commas: u8,
    pub(super) ends_sentence: bool,
    pub(super) ends_open: bool,
    pub(super) ends_question: bool,
    pub(super) first: First,
    pub(super) is_item: bool,
    /// The strongest hit: category (from 1), reach, weight in hundredths; and of the others.
    pub(super) strong: u8,
    pub(super) strong_reach: u8,
    pub(super) strong_weight: u8,
    pub(super) weak: u8,
    /// Equal for lines that are equal once folded.
    pub(super) equal: u32,
    pub(super) vocabulary: Vocabulary,
}

impl Cues {
    /// The cues of a part of a line that is too long to look at: a long text.
    pub(crate) fn of_long_text() -> Cues {
        Cues {
            half_letters: 4 * LONG,
            length: (((2 * LONG) as f32).ln_1p() * UNIT as f32) as i32,
            score: -4 * UNIT,
            ends_sentence: true,
            ..Cues::default()
        }
    }

    pub(crate) fn letters(&self) -> u32 {
        self.half_letters / 2
    }

    /// Ends as a sentence does, or in a mark that calls for more.
    pub(super) fn is_terminated(&self) -> bool {
        self.ends_sentence || self.ends_open
    }

    pub(crate) fn is_prose(&self) -> bool {
        self.letters() >= PROSE && self.ends_sentence
    }

    pub(super) fn is_long(&self) -> bool {
        self.letters() >= LONG
    }

    pub(super) fn is_narrow(&self) -> bool {
        self.letters() < NARROW
    }

    pub(super) fn is_short(&self) -> bool {
        self.letters() < SHORT && !self.ends_sentence
    }

    /// The share of function words of the language that has more of them.
    pub(crate) fn function_words(&self) -> i32 {
        i32::from(self.spanish.max(self.english))
    }

    /// Whether the line has neither words nor numbers.
    pub(crate) fn is_wordless(&self) -> bool {
        self.words == 0
    }

    /// Whether a rule of this weight, in hundredths, knows the line.
    pub(crate) fn is_sure(&self, weight: u8) -> bool {
        self.strong_weight >= weight
    }

    /// Letters enough to count as prose when it comes to how much of a text goes.
    pub(crate) fn is_paragraph(&self) -> bool {
        self.letters() >= PROSE
    }

    /// The category, from 1, of the phrase in it that says most; 0 if there is none.
    pub(crate) fn hit(&self) -> u8 {
        if self.strong > 0 { self.strong } else { self.weak }
    }

    /// Whether that category is this one.
    pub(crate) fn is_hit_of(&self, category: Category) -> bool {
        self.hit() == number_of(category)
    }

    /// Whether a phrase opens a box of several lines.
    pub(crate) fn is_header(&self) -> bool {
        self.strong_reach >= 1
    }

    /// The text score as windows use it: a single line says only so much.
    pub(super) fn clipped(&self) -> i32 {
        self.score.clamp(-4 * UNIT, 4 * UNIT)
    }

    /// Takes the measures of a line that was walked over, with its words; hits and text score are set
    /// later.
    #[inline(always)]
    pub(super) fn fill(&mut self, scan: &LineScan, words: &mut Words, wide: Option<Wide>) {
        let facts = &scan.facts;
        let seen = words.look(&mut self.vocabulary, wide);
        let count = words.count() as u32;
        let looked_at = count.min(KEPT as u32);
        self.half_letters = scan.half_letters;
        self.chars = scan.chars;
        // Scripts without spaces: six letters are a word.
        self.words = if seen.ideographs * 2 > looked_at { scan.half_letters / 12 } else { count };
        (self.length, self.root) = sizes(scan.half_letters);
        self.first = scan.first;
        self.capitals = share(words.line.capitals(), count);
        self.spanish = share(seen.spanish, looked_at);
        self.english = share(seen.english, looked_at);
        self.code = share(scan.code, scan.chars);
        self.digits = share(scan.digits, scan.chars);
        self.commas = match scan.commas {
            0 => 0,
            commas => (10 * commas / count.max(1)).min(255) as u8,
        };
        self.distinct = share(seen.distinct, looked_at);
        self.ends_sentence = facts.ends_sentence;
        self.ends_open = facts.ends_open;
        self.ends_question = facts.ends_question;
        self.is_item = facts.is_item;
        self.equal = words.equal();
    }

    /// Takes the phrase hits into account: the farthest-reaching strong one, and any other.
    pub(super) fn set_hits<'r>(&mut self, hits: &[Hit], rule: impl Fn(&Hit) -> &'r Rule) {
        (self.strong, self.strong_reach, self.strong_weight, self.weak) = (0, 0, 0, 0);
        let mut best = (0, 0);
        for hit in hits {
            let rule = rule(hit);
            let category = number_of(rule.category);
            let weight = (rule.weight * 100.0).round() as u8;
            self.strong_weight = self.strong_weight.max(weight);
            let of_line = !matches!(rule.reach, Reach::Span | Reach::Sentence);
            let rank = 1 + rule.reach.rank();
            if of_line && rule.weight >= STRONG_WEIGHT && (rank, weight) > best {
                if self.strong != 0 {
                    self.weak = self.strong;
                }
                best = (rank, weight);
                self.strong = category;
                self.strong_reach = rank - 1;
            } else {
                self.weak = category;
            }
        }
    }
}

/// ln(1 + letters) and the root of the letters, as [`Cues`] hold them.
fn sizes(half_letters: u32) -> (i32, i32) {
    static KNOWN: LazyLock<Vec<(i32, i32)>> = LazyLock::new(|| (0..1 << 12).map(exact).collect());

    fn exact(half_letters: u32) -> (i32, i32) {
        let letters = half_letters as f32 / 2.0;
        ((letters.ln_1p() * UNIT as f32).round() as i32, (letters.sqrt() * 16.0).round() as i32)
    }

    KNOWN.get(half_letters as usize).copied().unwrap_or_else(|| exact(half_letters))
}

#[inline]
fn share(part: u32, whole: u32) -> u8 {
    // Divisions are slow, and most shares are nothing.
    if part == 0 {
        return 0;
    }
    (part.min(whole) * 255 / whole.max(1)) as u8
}

/// The number of a category, from 1.
fn number_of(category: Category) -> u8 {
    category as u8 + 1
}

/// Spreads a hash over all its bits (the finalizer of MurmurHash3, by Austin Appleby, public
/// domain).
fn mix(mut hash: u32) -> u32 {
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// The words of a line. Reused from line to line.
pub(crate) struct Words {
    functions: &'static FunctionWords,
    line: LineWords,
    before: Before,
    wide: Option<Wide>,
}

impl Default for Words {
    fn default() -> Words {
        Words {
            functions: FunctionWords::shared(),
            line: LineWords::default(),
            before: Before::default(),
            wide: Wide::detect(),
        }
    }
}

impl TakeWords for Words {
    fn take(&mut self, word: Word) {
        self.line.take(word);
    }

    #[inline(always)]
    fn take_plain(&mut self, bytes: &Padded, letters: u64, starts: u64) -> u32 {
        self.line.take_plain(bytes, letters, starts)
    }
}

/// How many of the words at the start of a line are of some kind.
#[derive(Default)]
struct Seen {
    spanish: u32,
    english: u32,
    distinct: u32,
    ideographs: u32,
}

impl Words {
    pub(crate) fn clear(&mut self) {
        self.line.clear();
    }

    pub(super) fn count(&self) -> usize {
        self.line.count()
    }

    /// Whether the processor has what the wide ways ask for.
    pub(super) fn wide(&self) -> Option<Wide> {
        self.wide
    }

    /// Looks at the words at the start of the line: function words and distinct ones are counted,
    /// content words remembered.
    #[inline(always)]
    fn look(&mut self, vocabulary: &mut Vocabulary, wide: Option<Wide>) -> Seen {
        vocabulary.count = 0;
        self.before.next_line();
        if self.line.ideographs() != 0 {
            return self.look_at_ideographs(vocabulary);
        }
        let Words { functions, line, before, .. } = self;
        let (hashes, chars, count) = line.room();
        let Kinds { languages, spanish, content } =
            functions.kinds_of_first(hashes, chars, count, wide);
        let mut new = 0_u64;
        let mut is_new = before.is_new();
        for (hash, number) in hashes[..count].iter().zip(0..u64::BITS) {
            new |= u64::from(is_new(*hash)) << number;
        }
        let mut found = new & content;
        for place in &mut vocabulary.words {
            let Some(hash) = hashes.get(found.trailing_zeros() as usize) else { break };
            *place = *hash as u16;
            vocabulary.count += 1;
            found &= found - 1;
        }
        let english = (languages - spanish * SPANISH) / ENGLISH;
        Seen { spanish, english, distinct: new.count_ones(), ideographs: 0 }
    }

    /// The same where some of them are ideographs: each pair of neighbours is a content word.
    #[cold]
    fn look_at_ideographs(&mut self, vocabulary: &mut Vocabulary) -> Seen {
        let mut seen = Seen::default();
        let Words { functions, line, before, .. } = self;
        let mut ideograph_before = None;
        let mut is_new = before.is_new();
        let (hashes, chars) = line.first();
        for ((hash, chars), number) in hashes.iter().zip(chars).zip(0..) {
            let is_ideograph = line.ideographs() >> number & 1 != 0;
            // No ideograph is a function word.
            let language = if is_ideograph { 0 } else { functions.languages(*hash) };
            seen.spanish += language & SPANISH;
            seen.english += (language & ENGLISH) / ENGLISH;
            seen.ideographs += u32::from(is_ideograph);
            let is_new_word = is_new(*hash) == 1;
            seen.distinct += u32::from(is_new_word);
            let is_content = (u32::from(*chars) >= CONTENT_WORD_CHARS) & (language == 0);
            vocabulary.add_if(is_new_word & is_content & !is_ideograph, *hash as u16);
            let this = is_ideograph.then_some(*hash);
            if let (Some(other), Some(this)) =
                (std::mem::replace(&mut ideograph_before, this), this)
            {
                let pair = mix(other ^ this.rotate_left(7));
                vocabulary.add_if(is_new(pair) == 1, pair as u16);
            }
        }
        seen
    }

    /// The words at the start of the line.
    pub(super) fn head(&self) -> &[u32] {
        let first = self.line.first().0;
        &first[..first.len().min(FIRST_WORDS)]
    }

    /// The words at its end that are not among those, in order.
    pub(super) fn tail(&self) -> &[u32] {
        self.line.last(LAST_WORDS.min(self.count().saturating_sub(FIRST_WORDS)))
    }

    /// The last word.
    pub(super) fn last(&self) -> Option<u32> {
        self.line.last(1).first().copied()
    }

    /// Equal for lines of the same words; of long lines, for those with as many words and the same
    /// ones at both ends.
    #[inline(always)]
    fn equal(&self) -> u32 {
        let (hashes, _) = self.line.first();
        let sum = if hashes.len() <= WHOLE_LINE_WORDS {
            // The numbers keep the order; sums do not wait for the ones before.
            let numbered = hashes.iter().zip(0_u64..);
            let mixed = numbered.map(|(hash, number)| fold_in(0, u64::from(*hash) | number << 32));
            mixed.fold(0, u64::wrapping_add)
        } else {
            let ends = match self.count() {
                0..=KEPT => &[],
                _ => self.tail(),
            };
            let ends =
                ends.iter().fold(self.count() as u64, |ends, word| fold_in(ends, u64::from(*word)));
            sum_of_products(hashes) ^ ends
        };
        (sum ^ sum >> 32) as u32
    }
}

/// Words of the longest line that is a token as a whole; its hash is part of the model.
pub(super) const WHOLE_LINE_WORDS: usize = 8;

/// A hash of the words at the start of a line, two at a time.
///
/// Source: NH, the hash of sums of products of UMAC (RFC 4418), with any numbers for keys.
fn sum_of_products(hashes: &[u32]) -> u64 {
    static KEYS: [u32; KEPT] = {
        let mut keys = [0; KEPT];
        let mut number = 0;
        while number < KEPT {
            keys[number] = (number as u32 + 1).wrapping_mul(0x9E37_79B9) ^ 0x85EB_CA6B;
            number += 1;
        }
        keys
    };

    let keyed = |hash: &u32, key: &u32| u64::from(hash.wrapping_add(*key));
    let (pairs, single) = hashes.as_chunks::<2>();
    let (keys, _) = KEYS.as_chunks::<2>();
    let products = pairs
        .iter()
        .zip(keys)
        .map(|(two, keys)| keyed(&two[0], &keys[0]).wrapping_mul(keyed(&two[1], &keys[1])));
    let single = single.iter().map(|hash| fold_in(0, u64::from(*hash)));
    products.chain(single).fold(0, u64::wrapping_add)
}

/// Which words stood in a line before: for each the number of the last line that had it.
struct Before {
    lines: Box<[u8; 1 << Before::BITS]>,
    /// The number of this line, from 1.
    line: u8,
}

impl Default for Before {
    fn default() -> Before {
        Before { lines: Box::new([0; 1 << Before::BITS]), line: 0 }
    }
}

impl Before {
    /// Bits of a hash that count: two words in a thousand hide behind another.
    const BITS: u32 = 10;

    fn next_line(&mut self) {
        self.line = self.line.wrapping_add(1);
        if self.line == 0 {
            self.lines.fill(0);
            self.line = 1;
        }
    }

    /// Tells of a word after the other whether it did not stand in the line before: 1, else 0.
    #[inline(always)]
    fn is_new(&mut self) -> impl FnMut(u32) -> u32 {
        // Both are read once.
        let Before { lines, line } = self;
        let (lines, line) = (&mut **lines, *line);
        move |hash| {
            // Of the upper bits: the vocabulary keeps the lower ones.
            let last = &mut lines[(hash >> (u32::BITS - Before::BITS)) as usize];
            u32::from(std::mem::replace(last, line) != line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(line: &str) -> Cues {
        let (mut cues, mut words) = (Cues::default(), Words::default());
        let scan = LineScan::of(line, &mut words, None);
        cues.fill(&scan, &mut words, None);
        cues
    }

    #[test]
    fn words_letters_and_shares_are_counted() {
        let line = cues("- The Upper House voted, 52-48, on Tuesday’s bill");
        assert_eq!((line.words, line.letters()), (9, 32));
        assert_eq!((line.capitals, line.first), (share(4, 9), First::Upper));
        assert!(line.is_item && line.is_short() && !line.is_prose());
        assert!(line.english > 0 && line.spanish == 0);
        let line = cues("東京は日本の首都である。");
        assert_eq!((line.half_letters, line.words), (33, 2));
    }

    #[test]
    fn case_accents_and_numbers_do_not_part_equal_lines() {
        assert_eq!(cues("12 Últimas NOTICIAS").equal, cues("7 ultimas noticias").equal);
        assert_ne!(cues("ultimas noticias").equal, cues("noticias ultimas").equal);
    }

    #[test]
    fn the_vocabulary_has_content_words_only() {
        assert_eq!(cues("The river and the town").vocabulary.words().len(), 2);
        assert_eq!(cues("El río que no sube").vocabulary.words().len(), 1);
        assert_eq!(cues("Home").vocabulary.words(), cues("HÓME").vocabulary.words());
    }
}
