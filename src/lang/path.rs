//! The best path: which class each token is in, all things considered.
//!
//! A hidden Markov model with one state per class and one for other scripts, solved by Viterbi. To change
//! costs the price of the boundary, whatever the classes; to enter a class other than Spanish and English
//! costs a penalty on top. All costs are integers in 1/64 nat, so results are the same on every machine.

use super::evidence::{EN, ES};
use super::model::{CLASSES, NAT, Scores};
use super::tokens::Gap;

/// The classes of the model and one for scripts other than Latin.
pub(super) const STATES: usize = CLASSES + 1;
/// The state of other scripts.
const SCRIPT: usize = CLASSES;
/// What the script state loses on a Latin word, and the classes on a word of another script.
const WRONG_SCRIPT: i32 = -9 * NAT;

/// Entering a class other than Spanish and English.
///
/// This is the dial between right es and en lines and right `other` lines: one nat more gains 0.2 points of the
/// first and loses one of the second. Source: searched on half of a hand-labelled set, 2026-11.
const PENALTY: i32 = 7 * NAT;
const SCRIPT_PENALTY: i32 = NAT;

/// The price of a change at a boundary. One price for all loses a point of code-switched words and 15 of switch
/// points (measured 2026-11).
fn price(gap: Gap) -> i32 {
    match gap {
        Gap::Line | Gap::Separator => NAT / 2,
        Gap::Sentence => 0,
        Gap::Quote => 2 * NAT,
        Gap::Comma => 9 * NAT / 4,
        Gap::Space => 13 * NAT / 5,
    }
}

/// What a token brings to the path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    pub scores: Scores,
    pub gap: Gap,
    pub foreign: bool,
    pub letters: u32,
}

/// Spanish, English and the rest: what the state stands for.
pub(super) fn group(state: u8) -> usize {
    usize::from(state).min(2)
}

/// How likely each group is in this document, in 1/64 nat below the likeliest.
pub(super) type Prior = [i32; 3];

/// The prior from the letters that a first pass gave to each group.
///
/// 180 letters are added to each group, so that the prior vanishes in a tweet and counts in a page; it falls no
/// lower than 3 nat, times 1.5. Without it 1.3 % of the letters of one-language documents switch
/// falsely, with it 0.4 (measured 2026-11).
pub(super) fn prior(letters: [u64; 3]) -> Prior {
    let total: u64 = letters.iter().sum();
    let logs = letters.map(|n| ((n as f64 + 180.0) / (total as f64 + 540.0)).ln());
    let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.map(|log| ((log - best).max(-3.0) * 1.5 * f64::from(NAT)).round() as i32)
}

/// The state of every token.
pub(super) fn best_path(tokens: &[Observed], prior: &Prior) -> Vec<u8> {
    let mut penalty = [PENALTY; STATES];
    penalty[ES] = 0;
    penalty[EN] = 0;
    penalty[SCRIPT] = SCRIPT_PENALTY;
    let mut bias = [prior[2]; STATES];
    bias[ES] = prior[0];
    bias[EN] = prior[1];

    // Per token: the best state before it, and the states that are entered from there.
    let mut back: Vec<(u8, u16)> = Vec::with_capacity(tokens.len());
    let mut sums = [0i32; STATES];
    for (i, token) in tokens.iter().enumerate() {
        let best = (0..STATES).max_by_key(|s| (sums[*s], STATES - s)).unwrap_or(0);
        let top = sums[best];
        let line = token.gap == Gap::Line;
        let price = if i == 0 { 0 } else { price(token.gap) };
        let mut entered = 0u16;
        for state in 0..STATES {
            let toll = if line { penalty[state] - bias[state] } else { penalty[state] * 13 / 10 };
            let stay = if i == 0 { i32::MIN / 2 } else { sums[state] - top };
            let enter = -price - toll;
            entered |= u16::from(enter > stay) << state;
            sums[state] = stay.max(enter) + bias[state] + score(token, state);
        }
        back.push((best as u8, entered));
    }
    let mut state = (0..STATES).max_by_key(|s| (sums[*s], STATES - s)).unwrap_or(0) as u8;
    let mut path = vec![0; tokens.len()];
    for (place, (before, entered)) in path.iter_mut().zip(back).rev() {
        *place = state;
        if entered & (1 << state) != 0 {
            state = before;
        }
    }
    path
}

/// The sum of every state over all tokens, had the text only one language.
pub(super) fn totals(tokens: &[Observed]) -> [i64; STATES] {
    let mut sums = [-i64::from(PENALTY); STATES];
    sums[ES] = 0;
    sums[EN] = 0;
    sums[SCRIPT] = -i64::from(SCRIPT_PENALTY);
    for token in tokens {
        for (state, sum) in sums.iter_mut().enumerate() {
            *sum += i64::from(score(token, state));
        }
    }
    sums
}

fn score(token: &Observed, state: usize) -> i32 {
    match token.scores.get(state) {
        _ if token.foreign => {
            if state == SCRIPT {
                0
            } else {
                WRONG_SCRIPT
            }
        }
        Some(score) => i32::from(*score),
        None => WRONG_SCRIPT,
    }
}
