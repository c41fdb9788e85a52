//! A text as it is read: its words, line by line, each with what it says about the language.
//!
//! A line is taken apart and then scored as a whole, step by step for all its words, so that the processor need not wait
//! for the memory that one word asks for to see to the next.

use super::evidence::{EN, ES, unseen_scores, weight};
use super::model::{Cells, Model, Scores};
use super::neutral::{is_neutral, may_be_neutral};
use super::tokens::{Case, Gap, Kind, Sink, Tally, Token, tokens};

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
            weight: weight(token.case, token.gap, false),
            kind: token.kind,
            case: token.case,
            gap: token.gap,
        }
    }

    /// Weighs a word of a line that is written in capitals, once more if it is found.
    fn weigh_as_loud(&mut self) {
        self.weight = weight(self.case, self.gap, true);
        let losses = Cells::of_bits(self.evidence.0).losses(self.weight);
        self.take(losses);
    }

    #[inline(always)]
    fn take(&mut self, losses: u64) {
        self.es = losses as u16;
        self.en = (losses >> 16) as u16;
        self.rest = (losses >> 32) as u16;
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
        self.take(cells.losses(self.weight));
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
    /// Places of words that are still to be found.
    missing: Vec<usize>,
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
            let Reading { words, missing, .. } = self;
            let mut line_words = LineWords { model, start, words, missing, count: 0 };
            let tally = tokens(line).give(&mut line_words);
            let missing = line_words.count;
            if self.words.len() > first {
                if (tally.has_signs || may_be_neutral(line)) && is_neutral(line) {
                    self.words.truncate(first);
                } else {
                    let loud = may_be_loud(&tally) && is_loud(line);
                    if loud {
                        self.words[first..].iter_mut().for_each(Word::weigh_as_loud);
                    }
                    self.find(model, text, missing, loud);
                }
            }
            start += length;
        }
    }

    /// Finds the words of a line that are not among the most frequent ones.
    fn find(&mut self, model: &Model, text: &str, missing: usize, loud: bool) {
        let mut left = 0;
        for next in 0..missing {
            let at = self.missing[next];
            let word = &mut self.words[at];
            let (cells, is_known) = model.further(word.evidence.0);
            let is_known = word.weigh(cells, is_known);
            self.missing[left] = at;
            left += usize::from(!is_known);
        }
        for at in &self.missing[..left] {
            let word = &mut self.words[*at];
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

/// The words of one line, which are looked up among the most frequent ones as they come.
struct LineWords<'r> {
    model: &'r Model,
    /// Where the line starts in the text.
    start: usize,
    words: &'r mut Vec<Word>,
    /// Places of words that are not found, and how many there are.
    missing: &'r mut Vec<usize>,
    count: usize,
}

impl Sink for LineWords<'_> {
    #[inline(always)]
    fn take(&mut self, token: Token) {
        let mut word = Word::new(&token, self.start);
        let (cells, is_known) = self.model.frequent(token.key);
        let is_known = word.weigh(cells, is_known);
        // No turn is taken by what the table holds: the next word takes this place if it stays free.
        if self.missing.len() == self.count {
            self.missing.resize(2 * self.count + 32, 0);
        }
        self.missing[self.count] = self.words.len();
        self.count += usize::from(!is_known);
        self.words.push(word);
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
