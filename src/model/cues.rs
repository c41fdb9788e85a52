//! What the line model sees of a line alone: its measures, its words, its phrase hits.
//!
//! The walk over the line gives counts and folded words; here they become measures, the hashes
//! that the text score looks up, and the words of the vocabulary link. All measures are whole
//! numbers, so that sums over windows do not depend on where they began.

use std::sync::LazyLock;

use super::words::{ENGLISH, FunctionWords, SPANISH};
use crate::hash::fold_in;
use crate::line_scan::{First, LineScan, TakeWords, Word};
use crate::rules::{Hit, Reach, Rule};

/// Fixed-point unit of [`Cues::length`] and [`Cues::score`].
pub(super) const UNIT: i32 = 256;

/// Words at the start and at the end of a line that the text score looks at.
///
/// Source: the line model measured on 1,966 real pages, 2026-11.
pub(super) const FIRST_WORDS: usize = 8;
pub(super) const LAST_WORDS: usize = 4;

/// Words at the start of a line that are looked at: function words and distinct ones are counted,
/// content words remembered for the vocabulary link.
const LOOKED_AT: usize = 48;

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

    /// Adds a word if it `is` one to add. It is written in any case: half of the words are, and a
    /// jump would be expected wrongly as often.
    #[inline(always)]
    fn add_if(&mut self, is: bool, word: u16) {
        if let Some(place) = self.words.get_mut(usize::from(self.count)) {
            *place = word;
            self.count += u8::from(is);
        }
    }
}

/// Letters of the shortest content word.
const CONTENT_WORD_CHARS: u32 = 4;

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
    pub(super) fn fill(&mut self, scan: &LineScan, words: &Words) {
        let facts = &scan.facts;
        let count = words.count as u32;
        let looked_at = count.min(LOOKED_AT as u32);
        self.half_letters = scan.half_letters;
        self.chars = scan.chars;
        // Scripts without spaces: six letters are a word.
        self.words = if words.ideographs * 2 > looked_at { scan.half_letters / 12 } else { count };
        (self.length, self.root) = sizes(scan.half_letters);
        self.first = scan.first;
        self.capitals = share(words.capitals, count);
        self.spanish = share(words.spanish, looked_at);
        self.english = share(words.english, looked_at);
        self.code = share(scan.code, scan.chars);
        self.digits = share(scan.digits, scan.chars);
        self.commas = (10 * scan.commas / count.max(1)).min(255) as u8;
        self.distinct = share(words.distinct, looked_at);
        self.ends_sentence = facts.ends_sentence;
        self.ends_open = facts.ends_open;
        self.ends_question = facts.ends_question;
        self.is_item = facts.is_item;
        self.equal = words.line();
        self.vocabulary = words.vocabulary;
    }

    /// Takes the phrase hits into account: the farthest-reaching strong one, and any other.
    pub(super) fn set_hits<'r>(&mut self, hits: &[Hit], rule: impl Fn(&Hit) -> &'r Rule) {
        (self.strong, self.strong_reach, self.strong_weight, self.weak) = (0, 0, 0, 0);
        let mut best = (0, 0);
        for hit in hits {
            let rule = rule(hit);
            let category = rule.category as u8 + 1;
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

fn share(part: u32, whole: u32) -> u8 {
    (part.min(whole) * 255 / whole.max(1)) as u8
}

/// Spreads a hash over all its bits (the finalizer of MurmurHash3, by Austin Appleby, public
/// domain).
fn mix(mut hash: u32) -> u32 {
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// The words of a line, as hashes. Reused from line to line.
pub(crate) struct Words {
    functions: &'static FunctionWords,
    first: [u32; FIRST_WORDS],
    last: [u32; RING],
    pub(super) count: usize,
    ideographs: u32,
    capitals: u32,
    spanish: u32,
    english: u32,
    distinct: u32,
    vocabulary: Vocabulary,
    /// A bit for each hash that stood among the first words.
    seen: [u64; 16],
    line: u64,
    ideograph_before: Option<u32>,
}

/// Room for the last words: a power of two.
const RING: usize = 8;

impl Default for Words {
    fn default() -> Words {
        Words {
            functions: FunctionWords::shared(),
            first: [0; FIRST_WORDS],
            last: [0; RING],
            count: 0,
            ideographs: 0,
            capitals: 0,
            spanish: 0,
            english: 0,
            distinct: 0,
            vocabulary: Vocabulary::default(),
            seen: [0; 16],
            line: 0,
            ideograph_before: None,
        }
    }
}

impl TakeWords for Words {
    fn take(&mut self, words: &[Word]) {
        let looked_at = words.len().min(LOOKED_AT.saturating_sub(self.count));
        self.look_at(&words[..looked_at]);
        // Only the last ones of a line are asked for.
        let before = words.len().saturating_sub(RING);
        for (count, word) in (self.count + before..).zip(&words[before..]) {
            self.last[count % RING] = word.hash;
        }
        self.capitals += words.iter().map(|word| u32::from(word.is_capital)).sum::<u32>();
        self.count += words.len();
    }
}

impl Words {
    pub(crate) fn clear(&mut self) {
        self.count = 0;
        (self.ideographs, self.capitals, self.spanish, self.english) = (0, 0, 0, 0);
        self.distinct = 0;
        self.vocabulary.count = 0;
        self.seen = [0; 16];
        self.line = 0;
        self.ideograph_before = None;
    }

    /// What is asked of the words at the start of a line only.
    fn look_at(&mut self, words: &[Word]) {
        if let Some(first) = self.first.get_mut(self.count..) {
            first.iter_mut().zip(words).for_each(|(first, word)| *first = word.hash);
        }
        let (mut spanish, mut english, mut distinct, mut line) = (0, 0, 0, 0_u64);
        for (count, word) in (self.count as u64..).zip(words) {
            let hash = word.hash;
            let language = self.functions.languages(hash);
            spanish += language & SPANISH;
            english += (language & ENGLISH) / ENGLISH;
            // A sum does not wait for the one before; the number keeps the order.
            line = line.wrapping_add(fold_in(0, u64::from(hash) | count << 32));
            let is_content = (word.chars >= CONTENT_WORD_CHARS) & (language == 0);
            let is_new = self.is_new(hash);
            distinct += u32::from(is_new);
            self.vocabulary.add_if(is_new & is_content & !word.is_ideograph, hash as u16);
            if word.is_ideograph | self.ideograph_before.is_some() {
                self.see_ideograph(word);
            }
        }
        self.spanish += spanish;
        self.english += english;
        self.distinct += distinct;
        self.line = self.line.wrapping_add(line);
    }

    /// Takes the pair of an ideograph and the one before it for a content word.
    fn see_ideograph(&mut self, word: &Word) {
        self.ideographs += u32::from(word.is_ideograph);
        let this = word.is_ideograph.then_some(word.hash);
        let before = std::mem::replace(&mut self.ideograph_before, this);
        if let (Some(before), Some(this)) = (before, this) {
            let pair = mix(before ^ this.rotate_left(7));
            let is_new = self.is_new(pair);
            self.vocabulary.add_if(is_new, pair as u16);
        }
    }

    /// Whether a word did not stand before; two in a thousand hide behind another.
    #[inline(always)]
    fn is_new(&mut self, hash: u32) -> bool {
        // Of the upper bits: the vocabulary keeps the lower ones.
        let bit = hash as usize >> 22;
        let seen = &mut self.seen[bit >> 6];
        let is_new = *seen >> (bit & 63) & 1 == 0;
        *seen |= 1 << (bit & 63);
        is_new
    }

    /// The words at the start of the line.
    pub(super) fn head(&self) -> &[u32] {
        &self.first[..self.count.min(FIRST_WORDS)]
    }

    /// The words at its end that are not among those, in order.
    pub(super) fn tail(&self) -> impl Iterator<Item = u32> + '_ {
        let first = self.count.saturating_sub(LAST_WORDS).max(FIRST_WORDS.min(self.count));
        (first..self.count).map(|at| self.last[at % RING])
    }

    /// The last word.
    pub(super) fn last(&self) -> Option<u32> {
        Some(self.last[self.count.checked_sub(1)? % RING])
    }

    /// Equal for lines of the same words; of long lines, for those with as many words and the same
    /// ones at both ends.
    pub(super) fn line(&self) -> u32 {
        let ends = match self.count {
            0..=LOOKED_AT => 0,
            _ => self.tail().fold(self.count as u64, |ends, word| fold_in(ends, u64::from(word))),
        };
        let line = self.line ^ ends;
        (line ^ line >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(line: &str) -> Cues {
        let (mut cues, mut words) = (Cues::default(), Words::default());
        cues.fill(&LineScan::of(line, &mut words), &words);
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
