//! The best path: which class each token is in, all things considered.
//!
//! A hidden Markov model with one state per class and one for other scripts, solved by Viterbi. To change
//! costs the price of the boundary, whatever the classes; to enter a class other than Spanish and English
//! costs a penalty on top. All costs are integers in 1/64 nat, so results are the same on every machine.

use super::evidence::{EN, ES, WRONG_SCRIPT};
use super::model::{CLASSES, NAT, Scores};
use super::reading::{REST, Word};
use super::tokens::{Gap, Kind};

/// The classes of the model, one for scripts other than Latin, and room up to whole vector registers.
pub(super) const STATES: usize = 16;
/// The state of other scripts.
const SCRIPT: usize = CLASSES;

/// Entering a class other than Spanish and English.
///
/// This is the dial between right es and en lines and right `other` lines: one nat more gains 0.2 points of the
/// first and loses one of the second. Source: searched on half of a hand-labelled set, 2026-11.
const PENALTY: i32 = 25 * NAT / 4;
/// The same inside a line, where a foreign word is likelier a name than a change of language.
const INLINE_PENALTY: i32 = 9 * NAT;
const SCRIPT_PENALTY: i32 = NAT;
/// What keeps the states that only fill up registers out of every path.
const NEVER: i32 = 60 * NAT;

/// The price of a change at a boundary. One price for all loses a point of code-switched words and 15 of switch
/// points (measured 2026-11).
const fn price(gap: Gap) -> i32 {
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

/// What it costs at each boundary to change, and to enter a class other than Spanish and English.
const CHANGES: [[i32; 2]; 8] = {
    let gaps = [
        Gap::Line,
        Gap::Sentence,
        Gap::Quote,
        Gap::Separator,
        Gap::Comma,
        Gap::Opening,
        Gap::Space,
    ];
    let mut changes = [[0; 2]; 8];
    let mut at = 0;
    while at < gaps.len() {
        let toll = if matches!(gaps[at], Gap::Line) { PENALTY } else { INLINE_PENALTY };
        changes[gaps[at] as usize] = [price(gaps[at]), price(gaps[at]) + toll];
        at += 1;
    }
    changes
};

/// Spanish, English and the rest: what the state stands for.
pub(super) fn group(state: u8) -> usize {
    usize::from(state).min(2)
}

/// How likely each group is in this document, in 1/64 nat below the likeliest.
pub(super) type Prior = [i32; 3];

/// Letters of a line that weigh as much as the document does.
///
/// Source: measured 2026-11 on documents of one language, with foreign boxes and with quotations.
/// Counter-example: an English title on a line of its own in a Spanish page.
const DOCUMENT_LETTERS: f64 = 200.0;
/// With so many letters a text is half a page, and its lines count half. Source: as above, and code-switched tweets,
/// which lose 3 points of switch points if they count from the start.
const PAGE_LETTERS: f64 = 1500.0;

/// The prior of a line, from the letters that a first pass gave to each group in the document and in the line.
///
/// The document counts like [`DOCUMENT_LETTERS`] letters of the line: a page keeps its language through a few odd
/// words, and a box in another language keeps its own. 180 letters are added to each group of the document, so
/// that the prior vanishes in a tweet and counts in a page; it falls no lower than 3 nat, times
/// 1.5. Without it 1.3 % of the letters of one-language documents switch falsely, with it 0.4 (measured 2026-11).
pub(super) fn prior(document: [u64; 3], line: [u64; 3]) -> Prior {
    let total: u64 = document.iter().sum();
    // In a tweet, where the line is the text, its own shares must not decide once more.
    let is_page = total as f64 / (total as f64 + PAGE_LETTERS);
    let logs: [f64; 3] = std::array::from_fn(|group| {
        let share = (document[group] as f64 + 180.0) / (total as f64 + 540.0);
        (line[group] as f64 * is_page + DOCUMENT_LETTERS * share).ln()
    });
    let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logs.map(|log| ((log - best).max(-3.0) * 1.5 * f64::from(NAT)).round() as i32)
}

/// The state of every token.
///
/// `priors` holds one for each line; the last one serves for all lines after it.
///
/// Sums are kept relative to the best state, so they stay small: a state is never further behind than the price
/// to enter it plus one token.
pub(super) fn best_path(tokens: &[Observed], priors: &[Prior]) -> Vec<u8> {
    let Some((first, rest)) = tokens.split_first() else {
        return Vec::new();
    };
    let bias_of = |prior: &Prior| -> [i16; STATES] {
        std::array::from_fn(|state| prior[group(state as u8)] as i16)
    };
    // What a state has that is entered at the start of a line, by the prior of the line.
    let line_entry = |bias: &[i16; STATES]| -> [i16; STATES] {
        let [price, _] = CHANGES[Gap::Line as usize];
        std::array::from_fn(|state| bias[state] - (price + penalty(state, PENALTY)) as i16)
    };
    let mut biases = priors.iter().map(bias_of);
    let mut bias = biases.next().unwrap_or([0; STATES]);
    let mut line_entries = vec![line_entry(&bias)];

    let mut sums = scores(first);
    for state in 0..STATES {
        sums[state] += 2 * bias[state] - penalty(state, PENALTY) as i16;
    }
    // The sums before each token but the first, relative to the best of them, of the states that there are.
    let mut before: Vec<[i16; SCRIPT + 1]> = Vec::with_capacity(rest.len());
    let mut lines = 0;
    for token in rest {
        let top = tops(&sums);
        for state in 0..STATES {
            sums[state] -= top[state % 8];
        }
        before.extend(sums.first_chunk());
        let entry = match token.gap {
            Gap::Line => {
                lines += 1;
                if let Some(next) = biases.next() {
                    bias = next;
                    line_entries.push(line_entry(&bias));
                }
                &line_entries[line_entries.len() - 1]
            }
            gap => &INLINE_ENTRIES[gap as usize],
        };
        // `¿` has no letters: what the document is written in says nothing about it.
        let bias = if token.letters == 0 { &[0; STATES] } else { &bias };
        let scores = scores(token);
        for state in 0..STATES {
            sums[state] = sums[state].max(entry[state]) + bias[state] + scores[state];
        }
    }
    // The way back: a state was entered from the best one if that was better than to stay.
    let mut state = leader(&sums);
    let mut path = vec![state; tokens.len()];
    for (at, (token, before)) in rest.iter().zip(&before).enumerate().rev() {
        path[at + 1] = state;
        let entry = match token.gap {
            Gap::Line => {
                let entry = &line_entries[lines.min(line_entries.len() - 1)];
                lines -= 1;
                entry
            }
            gap => &INLINE_ENTRIES[gap as usize],
        };
        let place = usize::from(state);
        if entry[place] > before[place] {
            state = leader(before);
        }
    }
    path[0] = state;
    path
}

/// What a state has that is entered inside a line, by the boundary.
static INLINE_ENTRIES: [[i16; STATES]; 8] = {
    let mut entries = [[0; STATES]; 8];
    let mut gap = 0;
    while gap < CHANGES.len() {
        let mut state = 0;
        while state < STATES {
            entries[gap][state] = -(CHANGES[gap][0] + penalty(state, INLINE_PENALTY)) as i16;
            state += 1;
        }
        gap += 1;
    }
    entries
};

/// The best sum, eight times over: so that it stays in a vector register.
#[inline(always)]
fn tops(sums: &[i16; STATES]) -> [i16; 8] {
    let top: [i16; 8] = std::array::from_fn(|at| sums[at].max(sums[at + 8]));
    let top: [i16; 8] = std::array::from_fn(|at| top[at].max(top[at ^ 4]));
    let top: [i16; 8] = std::array::from_fn(|at| top[at].max(top[at ^ 2]));
    std::array::from_fn(|at| top[at].max(top[at ^ 1]))
}

/// The best state, the first of equals.
fn leader(sums: &[i16]) -> u8 {
    let top = sums.iter().copied().fold(i16::MIN, i16::max);
    sums.iter().position(|sum| *sum == top).unwrap_or(0) as u8
}

const fn penalty(state: usize, of_class: i32) -> i32 {
    match state {
        ES | EN => 0,
        SCRIPT => SCRIPT_PENALTY,
        _ if state > SCRIPT => NEVER,
        _ => of_class,
    }
}

/// The sum of every state over all tokens, had the text only one language.
pub(super) fn totals(tokens: &[Observed]) -> [i64; STATES] {
    let mut sums: [i64; STATES] = std::array::from_fn(|state| -i64::from(penalty(state, PENALTY)));
    for token in tokens {
        for (sum, score) in sums.iter_mut().zip(scores(token)) {
            *sum += i64::from(score);
        }
    }
    sums
}

/// The scores of a token in all states.
#[inline]
fn scores(token: &Observed) -> [i16; STATES] {
    let mut scores = [WRONG_SCRIPT; STATES];
    scores[..CLASSES].copy_from_slice(&token.scores);
    scores[SCRIPT] = if token.foreign { 0 } else { WRONG_SCRIPT };
    scores
}

/// The one language, Spanish or English, that the best path without a prior stays in, where three sums are enough to
/// know; this is so for most lines.
///
/// The path stays in a language as long as no other is ahead of it by more than the price of a change at the next
/// boundary, and none is ahead of it at the end. The sums are those of [`best_path`], relative to that
/// language: exact for the other of the two, and for all further classes together no less than for the best of them.
///
/// `balance` is what English loses in all words more than Spanish does.
pub(super) fn only_language(words: &[Word], balance: i32) -> Option<u8> {
    let is_es = balance >= 0;
    let (mine, other) = if is_es { (ES, EN) } else { (EN, ES) };
    // How far the other of the two and the best of the rest are ahead at the start of the first line.
    let (mut ahead, mut rest) = (0, -PENALTY);
    // How far the best one ever is ahead, more than a change costs.
    let mut most = i32::MIN;
    let mut is_foreign = false;
    let (first, others) = words.split_first()?;
    let of = |word: &Word| {
        let mine = word.loss(mine);
        (mine - word.loss(other), mine - word.loss(REST))
    };
    (ahead, rest) = (ahead + of(first).0, rest + of(first).1);
    for word in others {
        let [price, entry] = CHANGES[word.gap as usize % CHANGES.len()];
        most = most.max(ahead.max(rest) - price);
        let (of_other, of_rest) = of(word);
        // To stay, or to come from the best of all three.
        (ahead, rest) =
            (ahead.max(rest.max(0) - price) + of_other, rest.max(ahead.max(0) - entry) + of_rest);
        is_foreign |= word.kind == Kind::Foreign;
    }
    is_foreign |= first.kind == Kind::Foreign;
    let is_last = ahead.max(rest) < 0 || is_es && ahead == 0 && rest < 0;
    (most <= 0 && is_last && !is_foreign).then_some(mine as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A word that is `nat` more likely in one class than in all others.
    fn word(class: usize, nat: i16, gap: Gap) -> Observed {
        let mut scores = [-nat * NAT as i16; CLASSES];
        scores[class] = 0;
        Observed { scores, gap, foreign: false, letters: 5 }
    }

    fn balance(words: &[Word]) -> i32 {
        words.iter().map(Word::balance).sum()
    }

    fn groups(tokens: &[Observed], prior: &Prior) -> Vec<usize> {
        best_path(tokens, std::slice::from_ref(prior)).into_iter().map(group).collect()
    }

    #[test]
    fn no_words_have_no_path() {
        assert!(best_path(&[], &[]).is_empty());
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

    proptest! {
        #[test]
        fn one_language_is_seen_only_where_the_best_path_has_one(
            tokens in prop::collection::vec(
                (prop::array::uniform8(-15i16..=0), 0usize..8, 0u8..50, 0i16..5),
                1..40,
            ),
            mine in 0usize..2,
            clear in 0u8..60,
        ) {
            let gaps =
                [Gap::Line, Gap::Sentence, Gap::Quote, Gap::Separator, Gap::Comma, Gap::Opening, Gap::Space, Gap::Space];
            let observed = |(mut scores, gap, chance, part): (Scores, usize, u8, i16)| {
                // Most words speak for one language, as in text.
                scores[mine] = if chance < clear { 0 } else { scores[mine] / (part + 1) };
                let best = scores.into_iter().max().unwrap_or(0);
                let scores = scores.map(|score| (score - best) * 32);
                Observed { scores, foreign: chance == 49, ..word(ES, 0, gaps[gap]) }
            };
            let tokens: Vec<Observed> = tokens.into_iter().map(observed).collect();
            let scored = |token: &Observed| Word::scored(&token.scores, token.gap, token.foreign);
            let words: Vec<Word> = tokens.iter().map(scored).collect();
            let path = best_path(&tokens, &[]);
            if let Some(only) = only_language(&words, balance(&words)) {
                prop_assert_eq!(path, vec![only; tokens.len()]);
            }
        }
    }

    #[test]
    fn one_language_is_seen_in_plain_text() {
        let only = |tokens: &[Observed]| {
            let scored = |token: &Observed| Word::scored(&token.scores, token.gap, token.foreign);
            let words: Vec<Word> = tokens.iter().map(scored).collect();
            only_language(&words, balance(&words))
        };
        let plain = [word(EN, 7, Gap::Line), word(EN, 3, Gap::Space), word(EN, 5, Gap::Sentence)];
        assert_eq!(only(&plain), Some(EN as u8));
        let loan = [word(ES, 7, Gap::Line), word(EN, 2, Gap::Space), word(ES, 1, Gap::Space)];
        assert_eq!(only(&loan), Some(ES as u8));
        let mixed = [word(EN, 7, Gap::Line), word(ES, 3, Gap::Sentence)];
        assert_eq!(only(&mixed), None);
        assert_eq!(only(&[word(3, 7, Gap::Line)]), None);
        assert_eq!(only(&[]), None);
    }

    #[test]
    fn the_document_decides_what_a_line_leaves_open() {
        let undecided = [word(EN, 1, Gap::Line)];
        assert_eq!(groups(&undecided, &[0; 3]), [1]);
        assert_eq!(groups(&undecided, &prior([5000, 100, 0], [0; 3])), [0]);
    }

    #[test]
    fn the_prior_vanishes_in_a_short_text() {
        let tweet = prior([60, 40, 0], [60, 40, 0]);
        assert!(tweet[1] > -NAT / 4, "{tweet:?}");
        let page = prior([6000, 40, 0], [40, 0, 0]);
        assert_eq!(page, [0, -288, -288]);
    }

    #[test]
    fn endless_evidence_does_not_overflow() {
        let mut text = vec![word(ES, 9, Gap::Line); 5000];
        text.extend(vec![
            Observed {
                scores: [WRONG_SCRIPT; CLASSES],
                letters: 1,
                foreign: true,
                ..word(ES, 0, Gap::Space)
            };
            5000
        ]);
        text.extend(vec![word(7, 9, Gap::Line); 5000]);
        let path = groups(&text, &prior([100_000, 0, 0], [0; 3]));
        assert_eq!((path[4999], path[5000], path[14_999]), (0, 2, 2));
    }
}
