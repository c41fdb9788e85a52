//! The text score: how much a line reads like boilerplate, its neighbours left aside.
//!
//! A logistic regression over hashed tokens: the first twelve and last six words, each with the
//! length class of the line, pairs of neighbouring words, how the line begins and ends, its length
//! and its signs. Tokens are hashed into a table of 2^18 weights of one byte; the sum of their
//! weights over the root of their number is the score, a logit.
//!
//! Source: the line model measured on 1,966 real pages, 2026-11.
//! Counter-example: a heading of the article that is also a menu word (`Videos`); the windows over
//! the scores of its neighbours mend most of them.

use super::cues::{Cues, First, UNIT, Words, mix};

/// Bits of a token's place in the table.
pub(super) const BITS: u32 = 18;

/// Signs that are tokens.
const SIGNS: [&str; 12] = ["|", "@", "://", "©", "»", "→", "·", "…", "%", "$", "#", "["];

/// Words of the longest line that is a token as a whole.
const WHOLE_LINE_WORDS: usize = 8;

/// The weights.
#[derive(Default)]
pub(crate) struct TextScore {
    weights: Vec<i8>,
    /// What one step of a weight is worth, as a logit.
    step: f32,
    bias: f32,
}

impl TextScore {
    pub(super) fn new(weights: Vec<i8>, step: f32, bias: f32) -> TextScore {
        TextScore { weights, step, bias }
    }

    /// The score of a line whose tokens are given, in [`UNIT`]s.
    pub(super) fn of(&self, tokens: &[u32]) -> i32 {
        if tokens.is_empty() {
            return 0;
        }
        let weight = |token: &u32| self.weights.get(*token as usize).copied().unwrap_or(0);
        let sum: i32 = tokens.iter().map(|token| i32::from(weight(token))).sum();
        let logit = self.bias + self.step * sum as f32 / (tokens.len() as f32).sqrt();
        (logit * UNIT as f32).round() as i32
    }
}

/// Adds the tokens of a line: places in the table.
pub(super) fn tokens(line: &str, cues: &Cues, words: &Words, tokens: &mut Vec<u32>) {
    tokens.clear();
    let mut add = |kind: u32, value: u32| {
        tokens.push(mix(value ^ kind.wrapping_mul(0x9e37_79b9)) >> (32 - BITS));
    };
    let class = match words.count {
        0..=3 => 0,
        4..=8 => 1,
        9..=20 => 2,
        _ => 3,
    };
    let pair = |a: u32, b: u32| mix(a ^ b.rotate_left(11));
    let head = words.head();
    let mut before = None;
    for word in head.iter().copied().chain(words.tail()) {
        add(1 + class, word);
        if let Some(before) = before.replace(word) {
            add(5, pair(before, word));
        }
    }
    if let Some(first) = head.first() {
        add(6, *first);
    }
    if let [first, second, ..] = head {
        add(7, pair(*first, *second));
    }
    if let Some(last) = words.last() {
        add(8, last);
    }
    if words.count <= WHOLE_LINE_WORDS {
        add(9, words.line());
    }
    add(10, (cues.length * 2 / UNIT) as u32);
    let text = line.trim_end();
    let is_cut = text.ends_with('…') || text.ends_with("...");
    let ends = [cues.is_terminated(), cues.ends_sentence, is_cut, cues.ends_question];
    add(11, ends.iter().fold(class, |bits, end| bits * 2 + u32::from(*end)));
    let first = match cues.first {
        First::Other => 0,
        First::Upper => 1,
        First::Lower => 2,
        First::Digit => 3,
    };
    add(12, first * 4 + class);
    let bytes = text.as_bytes();
    for (kind, sign) in SIGNS.into_iter().enumerate() {
        let holds = match sign.as_bytes() {
            [byte] => bytes.contains(byte),
            _ => (sign.is_ascii() || !text.is_ascii()) && text.contains(sign),
        };
        if holds {
            add(13, kind as u32 * 4 + class);
        }
    }
}
