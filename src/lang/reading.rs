//! A text as it is read: its words, line by line, each with what it says about the language.
//!
//! A line is taken apart and then scored as a whole, step by step for all its words, so that the processor need not wait
//! for the memory that one word asks for to see to the next.

use super::evidence::{EN, ES, unseen_scores, weight};
use super::model::{Cells, Losses, Model, Scores};
use super::neutral::{is_neutral, may_be_neutral};
use super::path::only_language;
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
    /// How far Spanish, English and the best of the other classes are below the best, in 1/64 nat, with 16 bits for each.
    losses: [u8; 8],
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
            losses: [0; 8],
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
        let at = 2 * class % 8;
        i32::from(u16::from_le_bytes([self.losses[at], self.losses[at + 1]]))
    }

    /// What English loses more than Spanish.
    #[inline(always)]
    pub(super) fn balance(&self) -> i32 {
        self.loss(EN) - self.loss(ES)
    }

    /// Takes scores for evidence.
    fn set(&mut self, scores: &Scores) {
        let best_of = |scores: &[i16]| scores.iter().copied().fold(i16::MIN, i16::max);
        let three = [best_of(&scores[EN + 1..]), scores[EN], scores[ES]];
        let three = three.iter().fold(0, |all, score| all << 16 | u64::from(score.unsigned_abs()));
        self.losses = three.to_le_bytes();
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

    /// Takes this evidence if it is that of the word; if not, it stays a hash.
    #[inline(always)]
    fn weigh(&mut self, losses: Losses, evidence: u64, is_known: bool) {
        self.losses = losses.weighed(self.weight).to_le_bytes();
        self.evidence.0 = if is_known { evidence } else { self.evidence.0 };
    }

    /// Whether it has an apostrophe and is neither Spanish nor English: "l'amour" may be a word of the lexicon, and still
    /// be told better by its longer half.
    fn is_halved(&self) -> bool {
        self.kind == Kind::Contraction && self.loss(ES) != 0 && self.loss(EN) != 0
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
    /// What English loses in all words more than Spanish does.
    balance: i32,
    folded: String,
    plain: PlainLine,
}

impl Reading {
    pub(super) const fn new() -> Reading {
        Reading {
            words: Vec::new(),
            unseen: Vec::new(),
            missing: Vec::new(),
            balance: 0,
            folded: String::new(),
            plain: PlainLine::new(),
        }
    }

    /// Words with evidence, in order; lines of code and markup have none.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// The one language that all words are in, where that is plain to see.
    pub(super) fn only_language(&self) -> Option<u8> {
        only_language(&self.words, self.balance)
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
        self.balance = 0;
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
        self.find(model, text, first, loud, !self.plain.is_simple);
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
                self.find(model, text, first, loud, true);
            }
        }
    }

    /// Finds the words of a line, which are all from `first` on. Words that were not seen as a whole have the hash 0,
    /// which no table knows.
    #[inline(always)]
    fn find(&mut self, model: &Model, text: &str, first: usize, loud: bool, may_be_halved: bool) {
        let words = &mut self.words[first..];
        if self.missing.len() < words.len() {
            self.missing.resize(2 * words.len() + 32, 0);
        }
        // No turn is taken by what the tables hold: the next word takes the place of one that is found. So the processor
        // need not wait for the memory that one word asks for to see to the next.
        let (mut count, mut balance) = (0, 0);
        for (at, word) in words.iter_mut().enumerate() {
            let found = model.frequent(word.evidence.0);
            let evidence = Evidence::FREQUENT | u64::from(found.slot);
            word.weigh(found.losses, evidence, found.is_known);
            balance += if found.is_known { word.balance() } else { 0 };
            self.missing[count] = at;
            count += usize::from(!found.is_known);
        }
        let places = &mut self.missing[..count];
        let count = find_among(words, places, &mut balance, |hash| model.ours(hash));
        let places = &mut self.missing[..count];
        let mut left = find_among(words, places, &mut balance, |hash| model.others(hash));
        if may_be_halved {
            let (mut next, unseen) = (0, left);
            for (at, word) in words.iter().enumerate() {
                if next < unseen && self.missing[next] == at {
                    next += 1;
                } else if word.is_halved() {
                    balance -= word.balance();
                    self.missing[left] = at;
                    left += 1;
                }
            }
        }
        for at in &self.missing[..left] {
            let word = &mut words[*at];
            let scores = unseen_scores(model, word, word.of(text), loud, &mut self.folded);
            word.evidence = Evidence(Evidence::UNSEEN | self.unseen.len() as u64);
            word.set(&scores);
            balance += word.balance();
            self.unseen.push(scores);
        }
        self.balance += balance;
    }

    /// Gives memory back that few texts need.
    pub(super) fn shrink(&mut self) {
        if self.words.capacity() > KEPT_WORDS {
            *self = Reading::new();
        }
    }
}

/// Looks up the words at these places. Those that are not found are told again, at the start, and how many they are.
#[inline(always)]
fn find_among(
    words: &mut [Word],
    places: &mut [usize],
    balance: &mut i32,
    look_up: impl Fn(u64) -> (Cells, bool),
) -> usize {
    let mut left = 0;
    for next in 0..places.len() {
        let at = places[next];
        let word = &mut words[at];
        let (cells, is_known) = look_up(word.evidence.0);
        word.weigh(cells.losses(), cells.bits(), is_known);
        *balance += if is_known { word.balance() } else { 0 };
        places[left] = at;
        left += usize::from(!is_known);
    }
    left
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
