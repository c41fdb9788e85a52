//! Spam by its signs: lines that no phrase is known of.
//!
//! A line goes if it is so likely to be spam that it reaches the level even though lines of
//! documents seldom are. Lines round it cannot condemn it, but they can save it: where others
//! speak of the same subject and offer nothing, the document is about the subject. The phrases of
//! rules are weighed among the signs, and drop lines on their own before this judge is asked.

use super::Judgement;
use crate::spam::probability;
use crate::verdict::{Category, Reason, Removal};
use crate::window::{Seen, View};

/// What reports call the judge.
pub(crate) const SIGNS: &str = "spam.signs";

/// The least score with which it drops a line: that of the most ready level.
pub(super) const LEAST_SCORE: f32 = 0.5;

/// How much less likely a line of some document is to be spam than a message is, in the logarithm
/// of odds.
///
/// Measured on 73,847 content lines of real pages, 2026-11: at 3 the
/// stage takes 0.05 % of their letters, at 4 and 5 0.02 %, most of it vendors' pitches, and
/// of twelve lines of spam set into articles it finds nine, seven and five.
/// Counter-example: an offer among comments that names no subject, which stays.
const LINE_DOUBT: f32 = 4.0;

/// What each line adds to the doubt that speaks of the same subject and stays, and how many count.
const SUBJECT_DOUBT: f32 = 1.5;
const MOST_SUBJECT_LINES: usize = 2;

/// Up to these odds, as a logarithm, a line reaches no level: a probability of 0.475 is rounded to 0.48.
const HOPELESS: f32 = -0.1;

/// Lines on each side that are asked for their subject.
const SUBJECT_LINES: usize = 8;

/// The judge of spam.
pub(crate) struct Spam {
    threshold: f32,
}

impl Spam {
    /// Drops lines that score at least this much.
    pub(crate) fn new(threshold: f32) -> Spam {
        Spam { threshold }
    }

    /// The score of a line of these odds; two decimals, as the levels are written: what is
    /// reported is what decided.
    fn reaches(&self, log_odds: f32) -> Option<f32> {
        let score = (probability(log_odds) * 100.0).round() / 100.0;
        (score >= self.threshold).then_some(score)
    }
}

impl Spam {
    /// Whether it may have something against a line; of most it knows at a glance that it has not.
    #[inline(always)]
    pub(super) fn may_object(view: View<'_>) -> bool {
        let signs = view.entry().spam.as_ref();
        signs.is_some_and(|signs| signs.log_odds() - LINE_DOUBT > HOPELESS)
    }

    /// Judges the line in view.
    pub(super) fn judge(&self, view: View<'_>) -> Judgement {
        let Some(signs) = &view.entry().spam else { return Judgement::Keep };
        let mut log_odds = signs.log_odds() - LINE_DOUBT;
        if self.reaches(log_odds).is_none() {
            return Judgement::Keep;
        }
        if let Some(subject) = signs.subject() {
            let Some(lines) = lines_about(view, subject) else { return Judgement::NeedMore };
            log_odds -= SUBJECT_DOUBT * lines as f32;
        }
        let Some(score) = self.reaches(log_odds) else { return Judgement::Keep };
        Judgement::Drop(Removal {
            category: Category::Spam,
            rule: SIGNS.into(),
            reason: Reason::Signs(signs.reason().into()),
            score,
        })
    }
}

/// How many lines nearby speak of the subject without being offers themselves; `None` while lines
/// that have not arrived can tell.
fn lines_about(view: View<'_>, subject: usize) -> Option<usize> {
    let is_about = |line: &Seen<'_>| {
        let undecided = line.spam.filter(|signs| signs.log_odds() < 0.0);
        undecided.and_then(|signs| signs.subject()).or(line.subject) == Some(subject)
    };
    let behind = (1..=SUBJECT_LINES).filter_map(|k| view.behind(k)).filter(is_about);
    let lines = behind.take(MOST_SUBJECT_LINES).count();
    if lines == MOST_SUBJECT_LINES {
        return Some(lines);
    }
    if !view.sees(SUBJECT_LINES) {
        return None;
    }
    let ahead = (1..=SUBJECT_LINES).filter_map(|k| view.ahead(k)).filter(is_about);
    Some((lines + ahead.count()).min(MOST_SUBJECT_LINES))
}
