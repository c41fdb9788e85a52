//! The best path: which class each token is in, all things considered.
//!
//! A hidden Markov model with one state per class and one for other scripts, solved by Viterbi. To change
//! costs the price of the boundary, whatever the classes; to enter a class other than Spanish and English
//! costs a penalty on top. All costs are integers in 1/64 nat, so results are the same on every machine.

use super::evidence::{EN, ES, WRONG_SCRIPT};
use super::model::{CLASSES, NAT, Scores};
use super::tokens::Gap;

/// The classes of the model and one for scripts other than Latin.
pub(super) const STATES: usize = CLASSES + 1;
/// The state of other scripts.
const SCRIPT: usize = CLASSES;

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
        Gap::Opening | Gap::Space => 13 * NAT / 5,
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
///
/// Sums are kept relative to the best state, so they stay small: a state is never further behind than the price
/// to enter it plus one token.
pub(super) fn best_path(tokens: &[Observed], prior: &Prior) -> Vec<u8> {
    let Some((first, rest)) = tokens.split_first() else {
        return Vec::new();
    };
    let bias: [i16; STATES] = std::array::from_fn(|state| prior[group(state as u8)] as i16);
    let penalty: [i16; STATES] = std::array::from_fn(|state| penalty(state) as i16);
    let line_toll: [i16; STATES] = std::array::from_fn(|state| penalty[state] - bias[state]);
    let inline_toll = penalty.map(|penalty| penalty * 13 / 10);

    // Per token: the best state before it, and the states that are entered from there.
    let mut back: Vec<(u8, u16)> = Vec::with_capacity(tokens.len());
    let mut sums = scores(first);
    for state in 0..STATES {
        sums[state] += bias[state] - line_toll[state];
    }
    for token in rest {
        let (best, top) = leader(&sums);
        let toll = if token.gap == Gap::Line { &line_toll } else { &inline_toll };
        let price = price(token.gap) as i16;
        // `¿` has no letters: what the document is written in says nothing about it.
        let bias = if token.letters == 0 { &[0; STATES] } else { &bias };
        let scores = scores(token);
        let mut entered = 0u16;
        for state in 0..STATES {
            let stay = sums[state] - top;
            let enter = -price - toll[state];
            entered |= u16::from(enter > stay) << state;
            sums[state] = stay.max(enter) + bias[state] + scores[state];
        }
        back.push((best, entered));
    }
    let (mut state, _) = leader(&sums);
    let mut path = vec![state; tokens.len()];
    for (place, (before, entered)) in path.iter_mut().zip(back).rev() {
        if entered & (1 << state) != 0 {
            state = before;
        }
        *place = state;
    }
    path
}

/// The best state, the first of equals, and its sum.
fn leader(sums: &[i16; STATES]) -> (u8, i16) {
    let top = sums.iter().copied().fold(i16::MIN, i16::max);
    let best = sums.iter().position(|sum| *sum == top).unwrap_or(0);
    (best as u8, top)
}

fn penalty(state: usize) -> i32 {
    match state {
        ES | EN => 0,
        SCRIPT => SCRIPT_PENALTY,
        _ => PENALTY,
    }
}

/// The sum of every state over all tokens, had the text only one language.
pub(super) fn totals(tokens: &[Observed]) -> [i64; STATES] {
    let mut sums: [i64; STATES] = std::array::from_fn(|state| -i64::from(penalty(state)));
    for token in tokens {
        for (sum, score) in sums.iter_mut().zip(scores(token)) {
            *sum += i64::from(score);
        }
    }
    sums
}

/// The scores of a token in all states.
fn scores(token: &Observed) -> [i16; STATES] {
    let mut scores = [if token.foreign { 0 } else { WRONG_SCRIPT }; STATES];
    scores[..CLASSES].copy_from_slice(&token.scores);
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word that is `nat` more likely in one class than in all others.
    fn word(class: usize, nat: i16, gap: Gap) -> Observed {
        let mut scores = [-nat * NAT as i16; CLASSES];
        scores[class] = 0;
        Observed { scores, gap, foreign: false, letters: 5 }
    }

    fn groups(tokens: &[Observed], prior: &Prior) -> Vec<usize> {
        best_path(tokens, prior).into_iter().map(group).collect()
    }

    #[test]
    fn no_words_have_no_path() {
        assert!(best_path(&[], &[0; 3]).is_empty());
    }

    #[test]
    fn one_weak_word_does_not_change_the_language_inside_a_sentence() {
        let line = [word(ES, 7, Gap::Line), word(EN, 2, Gap::Space), word(ES, 7, Gap::Space)];
        assert_eq!(groups(&line, &[0; 3]), [0, 0, 0]);
        let strong = [word(ES, 7, Gap::Line), word(EN, 7, Gap::Space), word(ES, 7, Gap::Space)];
        assert_eq!(groups(&strong, &[0; 3]), [0, 1, 0]);
        let sentences =
            [word(ES, 7, Gap::Line), word(EN, 2, Gap::Sentence), word(ES, 7, Gap::Sentence)];
        assert_eq!(groups(&sentences, &[0; 3]), [0, 1, 0]);
    }

    #[test]
    fn another_language_needs_more_than_a_word() {
        assert_eq!(groups(&[word(2, 6, Gap::Line)], &[0; 3]), [0]);
        assert_eq!(groups(&[word(2, 6, Gap::Line), word(2, 6, Gap::Space)], &[0; 3]), [2, 2]);
    }

    #[test]
    fn the_document_decides_what_a_line_leaves_open() {
        let undecided = [word(EN, 1, Gap::Line)];
        assert_eq!(groups(&undecided, &[0; 3]), [1]);
        assert_eq!(groups(&undecided, &prior([5000, 100, 0])), [0]);
    }

    #[test]
    fn the_prior_vanishes_in_a_short_text() {
        let tweet = prior([60, 40, 0]);
        assert!(tweet[1] > -NAT / 4, "{tweet:?}");
        let page = prior([6000, 40, 0]);
        assert_eq!(page, [0, -288, -288]);
    }

    #[test]
    fn endless_evidence_does_not_overflow() {
        let mut text = vec![word(ES, 9, Gap::Line); 5000];
        text.extend(vec![
            Observed {
                scores: [WRONG_SCRIPT; CLASSES],
                gap: Gap::Space,
                foreign: true,
                letters: 1
            };
            5000
        ]);
        text.extend(vec![word(7, 9, Gap::Line); 5000]);
        let path = groups(&text, &prior([100_000, 0, 0]));
        assert_eq!((path[4999], path[5000], path[14_999]), (0, 2, 2));
    }
}
