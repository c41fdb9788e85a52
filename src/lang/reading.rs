//! A text as it is read: its words, line by line, each with what it says about the language.
//!
//! A line is taken apart and then scored as a whole, step by step for all its words, so that the processor need not wait
//! for the memory that one word asks for to see to the next.

use super::evidence::{EN, ES, unseen_scores, weight};
use super::model::{Cells, Losses, Model, Scores};
use super::neutral::{is_neutral, may_be_neutral};
use super::plain::PlainLine;
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
    losses: [u16; 4],
    weight: u8,
    pub kind: Kind,
    pub case: Case,
    pub gap: Gap,
}

/// The best of all classes but Spanish and English, in [`Word::loss`].
pub(super) const REST: usize = 2;

/// The hash of a word until it is found, then its cells, or where they are; or the place of its scores among those of
/// the unseen.
#[derive(Debug, Clone, Copy)]
struct Evidence(u64);

impl Evidence {
    const FREQUENT: u64 = 1 << 62;
    const UNSEEN: u64 = 1 << 63;
}

impl Word {
    /// The word of a token of the line that starts here in the text.
    #[inline(always)]
    fn new(token: &Token, start: usize, loud: bool) -> Word {
        let place = |at: usize| (start + at) as u32;
        Word {
            evidence: Evidence(token.key),
            start: place(token.start),
            end: place(token.end),
            letters: token.letters,
            losses: [0; 4],
            weight: weight(token.case, token.gap, loud),
            kind: token.kind,
            case: token.case,
            gap: token.gap,
        }
    }

    /// Weighs a word of a line that is written in capitals, before it is found.
    fn weigh_as_loud(&mut self) {
        self.weight = weight(self.case, self.gap, true);
    }

    /// How far a class is below the best, in 1/64 nat: Spanish, English or the best of all others.
    #[inline(always)]
    pub(super) fn loss(&self, class: usize) -> i32 {
        i32::from(self.losses[class % 4])
    }

    /// Takes scores for evidence.
    fn set(&mut self, scores: &Scores) {
        let best_of = |scores: &[i16]| scores.iter().copied().fold(i16::MIN, i16::max);
        let three = [scores[ES], scores[EN], best_of(&scores[EN + 1..]), 0];
        self.losses = three.map(i16::unsigned_abs);
    }

    #[cfg(test)]
    pub(super) fn scored(scores: &Scores, gap: Gap, is_foreign: bool) -> Word {
        let kind = if is_foreign { Kind::Foreign } else { Kind::Word };
        let token = Token { start: 0, end: 5, kind, case: Case::Lower, gap, letters: 5, key: 0 };
        let mut word = Word::new(&token, 0, false);
        word.set(scores);
        word
    }

    /// The word as it stands in the text.
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Tries this evidence, and tells whether it is that of the word; if not, it stays a hash.
    #[inline(always)]
    fn weigh(&mut self, losses: Losses, evidence: u64, is_known: bool) -> bool {
        self.losses = losses.weighed(self.weight);
        // "l'amour" may be a word of the lexicon, and still be told better by its longer half.
        let is_whole = (self.kind != Kind::Contraction) | losses.is_ours();
        let is_known = is_known & is_whole & self.is_seen();
        self.evidence.0 = if is_known { evidence } else { self.evidence.0 };
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
#[derive(Debug)]
pub(super) struct Reading {
    words: Vec<Word>,
    unseen: Vec<Scores>,
    /// Places of words that are still to be found.
    missing: Vec<usize>,
    folded: String,
    plain: PlainLine,
}

impl Reading {
    pub(super) const fn new() -> Reading {
        Reading {
            words: Vec::new(),
            unseen: Vec::new(),
            missing: Vec::new(),
            folded: String::new(),
            plain: PlainLine::new(),
        }
    }

    /// Words with evidence, in order; lines of code and markup have none.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// The scores of one of the words in all classes.
    pub(super) fn scores(&self, model: &Model, word: &Word) -> Scores {
        let Evidence(evidence) = word.evidence;
        let weight = u16::from(word.weight);
        match evidence & (Evidence::UNSEEN | Evidence::FREQUENT) {
            0 => Cells::of_bits(evidence).scores(weight),
            Evidence::FREQUENT => model.cells(evidence as u32).scores(weight),
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
            let line = match memchr::memchr(b'\n', rest.as_bytes()) {
                Some(end) => &rest[..end],
                None => rest,
            };
            if self.plain.find(line) {
                self.read_plain(model, text, start, line);
            } else {
                self.read_any(model, text, start, line);
            }
            start += line.len() + 1;
        }
    }

    /// Reads a line whose words were found.
    #[inline(always)]
    fn read_plain(&mut self, model: &Model, text: &str, start: usize, line: &str) {
        let Reading { words, plain, .. } = self;
        if plain.words == 0 || (plain.has_signs || may_be_neutral(line)) && is_neutral(line) {
            return plain.leave();
        }
        let loud = plain.is_loud;
        let first = words.len();
        words.reserve(plain.words);
        plain.give(line, &mut LineWords { start, loud, words });
        self.find(model, text, first, loud);
    }

    /// Reads any line.
    #[inline(never)]
    fn read_any(&mut self, model: &Model, text: &str, start: usize, line: &str) {
        let first = self.words.len();
        let words = &mut self.words;
        let tally = tokens(line).give(&mut LineWords { start, loud: false, words });
        if self.words.len() > first {
            if (tally.has_signs || may_be_neutral(line)) && is_neutral(line) {
                self.words.truncate(first);
            } else {
                let loud = may_be_loud(&tally) && is_loud(line);
                if loud {
                    self.words[first..].iter_mut().for_each(Word::weigh_as_loud);
                }
                self.find(model, text, first, loud);
            }
        }
    }

    /// Finds the words of a line, which are all from `first` on.
    #[inline(always)]
    fn find(&mut self, model: &Model, text: &str, first: usize, loud: bool) {
        let words = &mut self.words[first..];
        if self.missing.len() < words.len() {
            self.missing.resize(2 * words.len() + 32, 0);
        }
        // No turn is taken by what the tables hold: the next word takes the place of one that is found. So the processor
        // need not wait for the memory that one word asks for to see to the next.
        let mut count = 0;
        for (at, word) in words.iter_mut().enumerate() {
            let found = model.frequent(word.evidence.0);
            let evidence = Evidence::FREQUENT | u64::from(found.slot);
            let is_known = word.weigh(found.losses, evidence, found.is_known);
            self.missing[count] = at;
            count += usize::from(!is_known);
        }
        let mut left = 0;
        for next in 0..count {
            let at = self.missing[next];
            let word = &mut words[at];
            let (cells, is_known) = model.further(word.evidence.0);
            let is_known = word.weigh(cells.losses(), cells.bits(), is_known);
            self.missing[left] = at;
            left += usize::from(!is_known);
        }
        for at in &self.missing[..left] {
            let word = &mut words[*at];
            let scores = unseen_scores(model, word, word.of(text), loud, &mut self.folded);
            word.evidence = Evidence(Evidence::UNSEEN | self.unseen.len() as u64);
            word.set(&scores);
            self.unseen.push(scores);
        }
    }

    /// Gives memory back that few texts need.
    pub(super) fn shrink(&mut self) {
        if self.words.capacity() > KEPT_WORDS {
            *self = Reading::new();
        }
    }
}

/// The words of one line as they come.
struct LineWords<'r> {
    /// What the places of tokens count from in the text.
    start: usize,
    /// Whether the line is known to be written in capitals.
    loud: bool,
    words: &'r mut Vec<Word>,
}

impl Sink for LineWords<'_> {
    #[inline(always)]
    fn take(&mut self, token: Token) {
        self.words.push(Word::new(&token, self.start, self.loud));
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
