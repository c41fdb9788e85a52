//! What the line model sees of a line alone: its measures, its words, its phrase hits.
//!
//! One pass over the characters folds words (lower case, no accents, digits as `0`, an ideograph
//! is a word), counts, and keeps the hashes that the text score and the vocabulary link need. All
//! measures are whole numbers, so that sums over windows do not depend on where they began.

use super::words::{FunctionWords, fold_word_char, is_ideograph};
use crate::facts::Facts;
use crate::rules::{Hit, Reach, Rule};

/// Fixed-point unit of [`Cues::length`] and [`Cues::score`].
pub(super) const UNIT: i32 = 256;

/// Words at the start and at the end of a line that the text score looks at.
///
/// Source: the line model measured on 1,966 real pages, 2026-11.
pub(super) const FIRST_WORDS: usize = 12;
pub(super) const LAST_WORDS: usize = 6;

/// Content words of a line that are remembered for the vocabulary link.
const VOCABULARY: usize = 48;

/// Letters of the shortest content word.
const CONTENT_WORD_CHARS: u32 = 4;

/// Letters from which a line that ends as a sentence does is prose; letters from which any is long;
/// letters under which one without a sentence end is short.
const PROSE: u32 = 100;
const LONG: u32 = 200;
const SHORT: u32 = 60;
pub(super) const NARROW: u32 = 100;

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
    pub(super) vocabulary: Vec<u16>,
}

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum First {
    #[default]
    Other,
    Upper,
    Lower,
    Digit,
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

    /// Looks at a line. `facts` are its facts, `hits` its phrase hits; the text score is set later.
    pub(super) fn fill(&mut self, line: &str, facts: &Facts, scratch: &mut Words) {
        let functions = FunctionWords::shared();
        scratch.clear();
        let text = line.trim();
        let mut word = Word::default();
        let (mut chars, mut digits, mut code, mut commas) = (0u32, 0u32, 0u32, 0u32);
        let mut half_letters = 0;
        let mut counts = Counts::default();
        self.first = First::Other;
        let mut before_word = true;
        for c in text.chars() {
            chars += 1;
            // Most characters: what comes below, for letters of ASCII.
            if c.is_ascii_alphabetic() {
                let is_capital = c.is_ascii_uppercase();
                half_letters += 2;
                if before_word {
                    before_word = false;
                    self.first = if is_capital { First::Upper } else { First::Lower };
                }
                word.push_letter(c.to_ascii_lowercase(), is_capital);
                continue;
            }
            if let Some(folded) = fold_word_char(c) {
                if folded == '\0' {
                    continue;
                }
                if is_ideograph(folded) {
                    half_letters += 3;
                    word.end(functions, scratch, &mut counts);
                    word.push(folded, false);
                    word.is_ideograph = true;
                    word.end(functions, scratch, &mut counts);
                    before_word = false;
                    continue;
                }
                let is_digit = folded == '0';
                digits += u32::from(is_digit);
                half_letters += if is_digit { 0 } else { 2 };
                if before_word {
                    before_word = false;
                    self.first = match c {
                        _ if is_digit => First::Digit,
                        c if c.is_uppercase() => First::Upper,
                        c if c.is_lowercase() => First::Lower,
                        _ => First::Other,
                    };
                }
                let is_upper = word.len == 0 && !is_digit && is_upper(c);
                word.push(folded, is_upper);
                continue;
            }
            if matches!(c, '\'' | '’') && word.len > 0 {
                continue;
            }
            word.end(functions, scratch, &mut counts);
            commas += u32::from(matches!(c, ',' | '，' | '、'));
            code += u32::from(matches!(
                c,
                '{' | '}' | '<' | '>' | '=' | ';' | '\\' | '_' | '$' | '#' | '`' | '|'
            ));
        }
        word.end(functions, scratch, &mut counts);
        let words = counts.words;
        self.half_letters = half_letters;
        self.chars = chars;
        // Scripts without spaces: six letters are a word.
        self.words = if counts.ideographs * 2 > words { half_letters / 12 } else { words };
        let letters = half_letters as f32 / 2.0;
        self.length = (letters.ln_1p() * UNIT as f32).round() as i32;
        self.root = (letters.sqrt() * 16.0).round() as i32;
        self.capitals = share(counts.capitals, words);
        self.spanish = share(counts.spanish, words);
        self.english = share(counts.english, words);
        self.code = share(code, chars);
        self.digits = share(digits, chars);
        self.commas = (10 * commas / words.max(1)).min(255) as u8;
        self.distinct = share(scratch.distinct(), scratch.seen());
        self.ends_sentence = facts.ends_sentence;
        self.ends_open = facts.ends_open;
        self.ends_question = facts.ends_question;
        self.is_item = facts.is_item;
        self.equal = scratch.line_hash();
        self.vocabulary.clear();
        self.vocabulary.extend_from_slice(&scratch.vocabulary);
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

/// Most letters are ASCII.
fn is_upper(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { c.is_uppercase() }
}

fn share(part: u32, whole: u32) -> u8 {
    (part.min(whole) * 255 / whole.max(1)) as u8
}

#[derive(Default)]
struct Counts {
    words: u32,
    ideographs: u32,
    capitals: u32,
    spanish: u32,
    english: u32,
}

/// The word that is being read.
#[derive(Default)]
struct Word {
    hash: u32,
    len: u32,
    is_upper: bool,
    is_ideograph: bool,
    after_digit: bool,
}

impl Word {
    /// A letter; whether the word begins with a capital is asked of its first.
    #[inline]
    fn push_letter(&mut self, c: char, is_capital: bool) {
        if self.len == 0 {
            self.is_upper = is_capital;
            self.hash = 0x811c_9dc5;
        }
        self.hash = (self.hash ^ c as u32).wrapping_mul(0x0100_0193);
        self.after_digit = false;
        self.len += 1;
    }

    fn push(&mut self, c: char, is_upper: bool) {
        if self.len == 0 {
            self.is_upper = is_upper;
            self.hash = 0x811c_9dc5;
        }
        // A run of digits is one.
        if c != '0' || !self.after_digit {
            self.hash = (self.hash ^ c as u32).wrapping_mul(0x0100_0193);
        }
        self.after_digit = c == '0';
        self.len += 1;
    }

    fn end(&mut self, functions: &FunctionWords, words: &mut Words, counts: &mut Counts) {
        if self.len == 0 {
            return;
        }
        counts.words += 1;
        counts.capitals += u32::from(self.is_upper);
        counts.ideographs += u32::from(self.is_ideograph);
        let hash = mix(self.hash);
        let (spanish, english) = functions.languages(hash);
        counts.spanish += u32::from(spanish);
        counts.english += u32::from(english);
        words.push(hash);
        let is_content = self.len >= CONTENT_WORD_CHARS && !spanish && !english;
        if self.is_ideograph {
            if let Some(before) = words.ideograph_before.replace(hash) {
                words.content(mix(before ^ hash.rotate_left(7)));
            }
        } else {
            words.ideograph_before = None;
            if is_content {
                words.content(hash);
            }
        }
        *self = Word::default();
    }
}

/// Spreads a hash over all its bits (the finalizer of MurmurHash3, by Austin Appleby, public
/// domain).
pub(super) fn mix(mut hash: u32) -> u32 {
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// The words of a line, as hashes. Reused from line to line.
#[derive(Default)]
pub(crate) struct Words {
    pub(super) first: [u32; FIRST_WORDS],
    last: [u32; LAST_WORDS],
    pub(super) count: usize,
    vocabulary: Vec<u16>,
    line: u32,
    ideograph_before: Option<u32>,
    /// Hashes of the first words, sorted, to count distinct ones.
    sorted: Vec<u32>,
    /// Room for the tokens of the text score.
    pub(super) tokens: Vec<u32>,
}

impl Words {
    fn clear(&mut self) {
        self.count = 0;
        self.vocabulary.clear();
        self.line = 0x811c_9dc5;
        self.ideograph_before = None;
        self.sorted.clear();
    }

    fn push(&mut self, hash: u32) {
        if self.count < FIRST_WORDS {
            self.first[self.count] = hash;
        }
        if self.sorted.len() < VOCABULARY {
            self.sorted.push(hash);
        }
        self.last[self.count % LAST_WORDS] = hash;
        self.line = mix(self.line.rotate_left(5) ^ hash);
        self.count += 1;
    }

    fn content(&mut self, hash: u32) {
        let word = hash as u16;
        if self.vocabulary.len() < VOCABULARY && !self.vocabulary.contains(&word) {
            self.vocabulary.push(word);
        }
    }

    fn seen(&self) -> u32 {
        self.sorted.len() as u32
    }

    fn distinct(&mut self) -> u32 {
        self.sorted.sort_unstable();
        self.sorted.dedup_by(|a, b| a == b);
        self.sorted.len() as u32
    }

    fn line_hash(&self) -> u32 {
        self.line
    }

    /// The words at the start of the line.
    pub(super) fn head(&self) -> &[u32] {
        &self.first[..self.count.min(FIRST_WORDS)]
    }

    /// The words at its end that are not among those, in order.
    pub(super) fn tail(&self) -> impl Iterator<Item = u32> + '_ {
        let first = self.count.saturating_sub(LAST_WORDS).max(FIRST_WORDS.min(self.count));
        (first..self.count).map(|at| self.last[at % LAST_WORDS])
    }

    /// The last word.
    pub(super) fn last(&self) -> Option<u32> {
        let last = self.count.checked_sub(1)?;
        Some(self.last[last % LAST_WORDS])
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(line: &str) -> Cues {
        let mut cues = Cues::default();
        cues.fill(line, &Facts::of(line), &mut Words::default());
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
        assert_eq!(cues("The river and the town").vocabulary.len(), 2);
        assert_eq!(cues("El río que no sube").vocabulary.len(), 1);
        assert_eq!(cues("Home").vocabulary, cues("HÓME").vocabulary);
    }
}
