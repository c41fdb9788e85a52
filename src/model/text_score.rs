//! The text score: how much a line reads like boilerplate, its neighbours left aside.
//!
//! A logistic regression over hashed tokens: the first eight and last four words, each with the
//! length class of the line, pairs of neighbouring words, how the line begins and ends, its length
//! and its signs. Tokens are hashed into a table of 2^18 weights of one byte; the sum of their
//! weights over the root of their number is the score, a logit.
//!
//! Source: the line model measured on 1,966 real pages, 2026-11.
//! Counter-example: a heading of the article that is also a menu word (`Videos`); the windows over
//! the scores of its neighbours mend most of them.

use super::cues::{Cues, UNIT, WHOLE_LINE_WORDS, Words};
use crate::line_scan::{First, LineScan};

/// Bits of a token's place in the table.
pub(super) const BITS: u32 = 18;

/// How many weights there are.
const PLACES: usize = 1 << BITS;

/// The weights.
pub(crate) struct TextScore {
    /// So many that no token's place need be checked.
    weights: Box<[i8; PLACES]>,
    /// What one step of a weight is worth, as a logit.
    step: f32,
    bias: f32,
}

impl Default for TextScore {
    fn default() -> TextScore {
        TextScore { weights: Box::new([0; PLACES]), step: 0.0, bias: 0.0 }
    }
}

impl TextScore {
    /// `None` if there are not as many weights as places.
    pub(super) fn new(weights: Vec<i8>, step: f32, bias: f32) -> Option<TextScore> {
        Some(TextScore { weights: weights.into_boxed_slice().try_into().ok()?, step, bias })
    }

    /// The score of a line, in [`UNIT`]s.
    #[inline(always)]
    pub(super) fn of(&self, line: &str, scan: &LineScan, cues: &Cues, words: &Words) -> i32 {
        let (mut sum, mut count) = (0, 0);
        tokens(line, scan, cues, words, |token| {
            sum += i32::from(self.weights[token as usize % PLACES]);
            count += 1;
        });
        let logit = self.bias + self.step * sum as f32 / (count as f32).sqrt();
        let score = logit * UNIT as f32;
        (score + 0.5f32.copysign(score)) as i32
    }
}

/// The place in the table of a token of some kind that is made of one or two words.
#[inline(always)]
fn place(kind: u32, one: u32, two: u32) -> u32 {
    // Multiplicative hashing, Knuth, TAOCP 6.4; the kind picks another function of the family.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let words = u64::from(one) | u64::from(two) << 32;
    let kind = u64::from(kind).wrapping_mul(0x2435_08d3_1319_8a2f);
    let product = (words ^ kind).wrapping_mul(FACTOR);
    ((product ^ product >> 32).wrapping_mul(FACTOR) >> (64 - BITS)) as u32
}

/// Whether a line ends in an ellipsis.
#[inline(always)]
fn is_cut(line: &str) -> bool {
    match line.as_bytes() {
        [.., b'a'..=b'z' | b'A'..=b'Z'] => false,
        [.., before, b'.'] if *before != b'.' => false,
        _ => {
            let text = line.trim_end();
            text.ends_with('…') || text.ends_with("...")
        }
    }
}

/// Calls `add` with each token of a line: a place in the table. There is at least one.
#[inline(always)]
pub(super) fn tokens(
    line: &str,
    scan: &LineScan,
    cues: &Cues,
    words: &Words,
    mut add_token: impl FnMut(u32),
) {
    let mut add = |kind: u32, one: u32, two: u32| add_token(place(kind, one, two));
    let class = match words.count() {
        0..=3 => 0,
        4..=8 => 1,
        9..=20 => 2,
        _ => 3,
    };
    let (head, tail) = (words.head(), words.tail());
    for part in [head, tail] {
        part.iter().for_each(|word| add(1 + class, *word, 0));
        for pair in part.windows(2) {
            add(5, pair[0], pair[1]);
        }
    }
    if let (Some(last), Some(first)) = (head.last(), tail.first()) {
        add(5, *last, *first);
    }
    if let Some(first) = head.first() {
        add(6, *first, 0);
    }
    if let [first, second, ..] = head {
        add(7, *first, *second);
    }
    if let Some(last) = words.last() {
        add(8, last, 0);
    }
    if words.count() <= WHOLE_LINE_WORDS {
        add(9, cues.equal, 0);
    }
    add(10, (cues.length * 2 / UNIT) as u32, 0);
    let ends = [cues.is_terminated(), cues.ends_sentence, is_cut(line), cues.ends_question];
    add(11, ends.iter().fold(class, |bits, end| bits * 2 + u32::from(*end)), 0);
    let first = match cues.first {
        First::Other => 0,
        First::Upper => 1,
        First::Lower => 2,
        First::Digit => 3,
    };
    add(12, first * 4 + class, 0);
    let mut signs = scan.signs;
    while signs != 0 {
        add(13, signs.trailing_zeros() * 4 + class, 0);
        signs &= signs - 1;
    }
}
