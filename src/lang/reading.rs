//! A text as it is read: its words, line by line, each with what it says about the language.
//!
//! A line is taken apart and then scored as a whole, step by step for all its words, so that the processor need not wait
//! for the memory that one word asks for to see to the next.

use super::evidence::{EN, ES, unseen_scores, weight};
use super::model::{Cells, Model, Scores};
use super::neutral::{is_neutral, may_be_neutral};
use super::tokens::{Case, Gap, Kind, Tally, Token, tokens};

/// A word of a text with its evidence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    evidence: Evidence,
    /// Its place in the text, which is of a length that this holds.
    pub start: u32,
    pub end: u32,
    pub letters: u32,
    /// How far Spanish, English and the best of the other classes are below the best, in 1/64 nat.
    pub es: u16,
    pub en: u16,
    pub rest: u16,
    weight: u8,
    pub kind: Kind,
    pub case: Case,
    pub gap: Gap,
}

/// The hash of a word until it is found, then its cells; or the place of its scores among those of the unseen.
#[derive(Debug, Clone, Copy)]
struct Evidence(u64);

impl Evidence {
    const UNSEEN: u64 = 1 << 63;
}

impl Word {
    /// The word of a token of the line that starts here in the text.
    #[inline(always)]
    fn new(token: &Token, start: usize) -> Word {
        let place = |at: usize| (start + at) as u32;
        Word {
            evidence: Evidence(token.key),
            start: place(token.start),
            end: place(token.end),
            letters: token.letters,
            es: 0,
            en: 0,
            rest: 0,
            weight: 0,
            kind: token.kind,
            case: token.case,
            gap: token.gap,
        }
    }

    /// Takes scores for evidence.
    fn set(&mut self, scores: &Scores) {
        let best_of = |scores: &[i16]| scores.iter().copied().fold(i16::MIN, i16::max);
        let [es, en, rest] = [scores[ES], scores[EN], best_of(&scores[EN + 1..])];
        [self.es, self.en, self.rest] = [es, en, rest].map(i16::unsigned_abs);
    }

    #[cfg(test)]
    pub(super) fn scored(scores: &Scores, gap: Gap, is_foreign: bool) -> Word {
        let kind = if is_foreign { Kind::Foreign } else { Kind::Word };
        let token = Token { start: 0, end: 5, kind, case: Case::Lower, gap, letters: 5, key: 0 };
        let mut word = Word::new(&token, 0);
        word.set(scores);
        word
    }

    /// The word as it stands in the text.
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Tries these cells, and tells whether they are the evidence of the word; if not, it stays a hash.
    #[inline(always)]
    fn weigh(&mut self, cells: Cells, is_known: bool) -> bool {
        let losses = cells.losses(self.weight);
        self.es = losses as u16;
        self.en = (losses >> 16) as u16;
        self.rest = (losses >> 32) as u16;
        // "l'amour" may be a word of the lexicon, and still be told better by its longer half.
        let is_whole = (self.kind != Kind::Contraction) | (self.es == 0) | (self.en == 0);
        let is_known = is_known & is_whole & self.is_seen();
        self.evidence.0 = if is_known { cells.bits() } else { self.evidence.0 };
        is_known
    }

    /// Whether the hash of the word is known, while it is not found.
    pub(super) fn is_seen(&self) -> bool {
        self.evidence.0 != 0
    }
}

/// So many words are kept in memory between two texts.
const KEPT_WORDS: usize = 4096;

/// The words of a text. Its memory serves again for the next one.
#[derive(Debug, Default)]
pub(super) struct Reading {
    words: Vec<Word>,
    unseen: Vec<Scores>,
    missing: Vec<u32>,
    folded: String,
}

impl Reading {
    /// Words with evidence, in order; lines of code and markup have none.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// The scores of one of the words in all classes.
    pub(super) fn scores(&self, word: &Word) -> Scores {
        let Evidence(evidence) = word.evidence;
        match evidence & Evidence::UNSEEN {
            0 => Cells::of_bits(evidence).scores(u16::from(word.weight)),
            _ => self.unseen[(evidence ^ Evidence::UNSEEN) as usize],
        }
    }

    /// Reads a text in place of the one before.
    pub(super) fn read(&mut self, model: &Model, text: &str) {
        self.words.clear();
        self.unseen.clear();
        let mut start = 0;
        while start < text.len() {
            let rest = &text[start..];
            let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
            let line = &rest[..length];
            let first = self.words.len();
            let tally = tokens(line).each(|token| self.words.push(Word::new(&token, start)));
            if self.words.len() > first {
                if (tally.has_signs || may_be_neutral(line)) && is_neutral(line) {
                    self.words.truncate(first);
                } else {
                    self.score(model, text, first, may_be_loud(&tally) && is_loud(line));
                }
            }
            start += length;
        }
    }

    /// Scores the words of a line, which begin here; `loud` says that it is written in capitals.
    fn score(&mut self, model: &Model, text: &str, first: usize, loud: bool) {
        let words = &mut self.words[first..];
        if self.missing.len() < words.len() {
            self.missing.resize(words.len(), 0);
        }
        // Neither loop takes a turn that depends on what a table holds.
        let missing = &mut self.missing[..words.len()];
        let mut left = 0;
        for (at, word) in words.iter_mut().enumerate() {
            let Evidence(hash) = word.evidence;
            let (cells, is_known) = model.frequent(hash);
            word.weight = weight(word.case, word.gap, loud);
            let is_known = word.weigh(cells, is_known);
            missing[left] = at as u32;
            left += usize::from(!is_known);
        }
        let mut still = 0;
        for next in 0..left {
            let at = missing[next];
            let word = &mut words[at as usize];
            let Evidence(hash) = word.evidence;
            let (cells, is_known) = model.further(hash);
            let is_known = word.weigh(cells, is_known);
            missing[still] = at;
            still += usize::from(!is_known);
        }
        for at in &missing[..still] {
            let word = &mut words[*at as usize];
            let scores = unseen_scores(model, word, word.of(text), loud, &mut self.folded);
            word.evidence = Evidence(Evidence::UNSEEN | self.unseen.len() as u64);
            word.set(&scores);
            self.unseen.push(scores);
        }
    }

    /// Gives memory back that few texts need.
    pub(super) fn shrink(&mut self) {
        if self.words.capacity() > KEPT_WORDS {
            *self = Reading::default();
        }
    }
}

/// Whether more than 60 % of the letters of a line may be capitals.
fn may_be_loud(tally: &Tally) -> bool {
    tally.is_partial || (tally.letters - tally.small) * 2 > tally.small * 3
}

/// Whether more than 60 % of the letters of a line are capitals. A-Z are enough to tell.
fn is_loud(line: &str) -> bool {
    let (mut upper, mut lower) = (0usize, 0usize);
    for chunk in line.as_bytes().chunks(128) {
        // Counts of a byte each, which the compiler keeps sixteen at a time.
        let count = |first: u8| -> u8 {
            chunk.iter().map(|byte| u8::from(byte.wrapping_sub(first) < 26)).sum()
        };
        upper += usize::from(count(b'A'));
        lower += usize::from(count(b'a'));
    }
    upper * 2 > lower * 3
}
