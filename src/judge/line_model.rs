//! What the line model says of lines that no rule removes.
//!
//! A line goes if its likelihood is above the limit of the level. The limit is set for all the
//! lines that wait together:
//!
//! 1. *Gate*: where no line is sure to be boilerplate, by the model or by a rule, none goes. Texts
//!    of a few lines and clean documents pass untouched, and what a first run left is left by a
//!    second.
//! 2. *Caps*: where most of the prose would go, no paragraph does; where much of the prose would go, or where by the model's own doubts much content would
//!    go with it, only surer lines do.
//! 3. Where few words are Spanish or English function words, only surer lines go: the model learnt
//!    from these two languages.
//!
//! A line of a thousand letters never goes for the model's word alone. Lines in a thread of readers'
//! comments ([`super::thread`]) go sooner, and whatever of the prose would go.

use super::{CLOSE, Judgement, THREAD, thread};
use crate::model::Ground;
use crate::settings::Level;
use crate::verdict::{Category, Nearly, Reason, Removal, Spared};
use crate::window::{Pass, View, Window};

/// What reports call a line that goes for the model's word.
pub(crate) const LINE: &str = "model.line";

/// Likelihoods and the scores that they are on the scale of the levels, ascending.
///
/// Source: cross-validated by site on 1,803 labelled pages, 2026-11: content lost at 0.945 /
/// 0.85 / 0.66 is 0.2 / 0.3 / 0.7 % in extracted articles and 0.3 / 0.6 / 1.3 % in whole pages.
const SCALE: [(f32, f32); 5] = [(0.0, 0.0), (0.66, 0.5), (0.85, 0.65), (0.945, 0.9), (1.0, 1.0)];

/// The least score that lets a line go, at `aggressive`.
pub(super) const LEAST_SCORE: f32 = SCALE[1].1;

/// A line of this likelihood opens the gate.
///
/// Measured on 162 genuine short texts, 2026-11: without a gate they lose ten times as many
/// letters. Counter-example: a lone read-also line in a clean article, which is left to the rules.
const GATE: f32 = 0.95;

/// A rule of this weight, in hundredths, opens it, too: it is sure without any context.
const SURE_RULE: u8 = 100;

/// The share of the prose that may go before only surer lines do.
const CAP: f32 = 0.3;

/// The share of the prose that even surer lines may take; beyond it the model takes no paragraph.
///
/// Counter-example: an article of two paragraphs with twenty comments below, which stay.
const MOST: f32 = 0.6;

/// The share of the content that may be expected to go with the boilerplate: the letters of the
/// lines that would go, each line counted as far as the model doubts.
///
/// Cross-validated, 2026-11: a quarter fewer documents lose more than 5 % of their content at
/// `balanced`, for 0.2 points of line F1.
fn damage(level: Level) -> f64 {
    match level {
        Level::Cautious => 0.02,
        Level::Balanced => 0.04,
        Level::Aggressive => 0.045,
    }
}

/// The share of function words, in 1/255, under which prose is in another language.
///
/// Counter-example: Portuguese shares many of the Spanish ones, and is judged like it.
const OWN_LANGUAGES: i64 = 40;

/// Letters of the shortest line that the model alone does not remove.
const LONGEST: u32 = 1000;

/// The judge of what the model says.
pub(crate) struct LineModelJudge;

impl LineModelJudge {
    /// Whether it may have something against a line, or say why it has not.
    #[inline(always)]
    pub(super) fn may_object(view: View<'_>) -> bool {
        view.explains() || view.likelihood().is_some_and(|one| one.value > view.limit())
    }

    /// Whether it has something against a line whatever the lines round it are; some of which it
    /// has are not told.
    pub(super) fn must_object(view: View<'_>) -> bool {
        let cues = &view.entry().cues;
        let may_be_spared = cues.is_wordless() || view.spares_paragraphs();
        let goes = view.likelihood().is_some_and(|one| one.value > view.limit());
        goes && cues.letters() < LONGEST && !may_be_spared
    }

    /// Judges the line in view.
    pub(super) fn judge(view: View<'_>) -> Judgement {
        let Some(likelihood) = view.likelihood() else { return Judgement::Keep };
        if likelihood.value <= view.limit() && !view.explains() {
            return Judgement::Keep;
        }
        let cues = &view.entry().cues;
        let in_thread = view.in_thread();
        let is_long = cues.letters() >= LONGEST && !in_thread;
        let is_rule = cues.is_wordless() && !stands_between(view);
        let is_spared = view.spares_paragraphs() && cues.is_paragraph() && !in_thread;
        let goes = likelihood.value > view.limit() && !is_long && !is_rule && !is_spared;
        let is_close = || score(likelihood.value) >= score(view.usual_limit()) - CLOSE;
        if !goes && (!view.explains() || !is_close()) {
            return Judgement::Keep;
        }
        let grounds = match likelihood.grounds.map(Ground::name) {
            [first, _] if in_thread => [Some(thread::GROUND), first],
            grounds => grounds,
        };
        let removal = Removal {
            category: category(view),
            rule: if in_thread { THREAD } else { LINE }.into(),
            reason: Reason::Model { grounds },
            score: score(likelihood.value),
        };
        let because = match likelihood.value > view.usual_limit() {
            _ if goes => return Judgement::Drop(removal),
            false => Spared::Level { asks: score(view.usual_limit()) },
            true if view.limit() == f32::INFINITY => Spared::NothingSure,
            true if is_rule => return Judgement::Keep,
            true if is_long => Spared::TooLong,
            true => Spared::TooMuch,
        };
        Judgement::Spare(Nearly { removal, because })
    }
}

/// Whether the line stands among lines that go, or at an end of the document beside one: a `|`
/// between two buttons. A rule that parts two sections of the text does not.
fn stands_between(view: View<'_>) -> bool {
    let before = view.behind(1).is_none_or(|line| line.dropped.is_some());
    let after = view.likelihood_ahead(1).is_none_or(|next| next.value > view.limit());
    before && after
}

/// From which likelihood on lines go at a level, by default and where care is due.
pub(crate) fn limits(level: Level) -> (f32, f32) {
    match level {
        Level::Cautious => (0.945, 0.98),
        Level::Balanced => (0.85, 0.94),
        Level::Aggressive => (0.66, 0.84),
    }
}

/// What is known of the document when the limit of a pass is set.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    /// Whether the gate was open in an earlier part of the document.
    pub gate_was_open: bool,
    /// Paragraphs that stay of earlier parts.
    pub paragraphs: u64,
    /// Whether threads of comments are looked for.
    pub finds_threads: bool,
}

/// Sets the limit of a pass; says whether the gate is open.
pub(crate) fn set_limit(window: &Window, pass: &mut Pass, level: Level, before: Before) -> bool {
    let (limit, careful) = limits(level);
    pass.threads = match before.finds_threads {
        true => thread::find(window, pass, level, before.paragraphs),
        false => Vec::new(),
    };
    let lines = || (0..pass.len(window)).map(|at| pass.entry(window, at));
    let is_open = before.gate_was_open
        || pass.likelihoods.iter().any(|likelihood| likelihood.value > GATE)
        || lines().any(|entry| entry.cues.is_sure(SURE_RULE));
    let (mut prose, mut gone, mut surely_gone, mut function_words) = (0, 0, 0, 0);
    let (mut content, mut doubted) = (0.0, 0.0);
    for (at, (entry, likelihood)) in lines().zip(&pass.likelihoods).enumerate() {
        if pass.thread_signs(at) > 0 {
            continue;
        }
        let letters = i64::from(entry.cues.letters());
        let goes = likelihood.value > limit && entry.cues.letters() < LONGEST;
        let expected = (1.0 - f64::from(likelihood.value)) * letters as f64;
        content += expected;
        doubted += if goes { expected } else { 0.0 };
        if entry.cues.is_paragraph() {
            prose += letters;
            function_words += letters * i64::from(entry.cues.function_words());
            gone += if goes { letters } else { 0 };
            surely_gone += if goes && likelihood.value > careful { letters } else { 0 };
        }
    }
    let is_foreign = function_words < OWN_LANGUAGES * prose;
    let is_much = gone as f32 > CAP * prose as f32 || doubted > damage(level) * content;
    pass.spares_paragraphs = surely_gone as f32 > MOST * prose as f32;
    pass.usual_limit = limit;
    if is_foreign {
        pass.threads.clear();
    }
    pass.limit = match is_open {
        false => f32::INFINITY,
        true if is_foreign || is_much => careful,
        true => limit,
    };
    is_open
}

/// A likelihood on the scale of the levels, to two decimals.
fn score(likelihood: f32) -> f32 {
    let above = SCALE.iter().position(|(at, _)| likelihood <= *at).unwrap_or(SCALE.len() - 1);
    let ((x0, y0), (x1, y1)) = (SCALE[above.max(1) - 1], SCALE[above.max(1)]);
    let score = y0 + (likelihood - x0) / (x1 - x0) * (y1 - y0);
    (score.clamp(0.0, 1.0) * 100.0).floor() / 100.0
}

/// What the line is: what a phrase in it says, what opened the box that it stands in, or, by its
/// form, a menu or a teaser.
fn category(view: View<'_>) -> Category {
    if view.in_thread() {
        return Category::Comments;
    }
    let line = view.entry();
    let of = |number: u8| Category::ALL.get(usize::from(number).wrapping_sub(1)).copied();
    if let Some(own) = of(line.cues.hit()) {
        return own;
    }
    let header = view.header().and_then(|header| of(header.hit()));
    match header {
        Some(category) => category,
        None if line.facts.is_short() => Category::Nav,
        None => Category::Related,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_at_a_level_scores_as_much_as_the_level_asks() {
        for level in [Level::Cautious, Level::Balanced, Level::Aggressive] {
            let (limit, careful) = limits(level);
            assert!(score(limit + 0.001) >= level.threshold(), "{level:?}");
            assert!(score(limit - 0.01) < level.threshold(), "{level:?}");
            assert!(careful > limit);
        }
        assert_eq!((score(0.0), score(1.0)), (0.0, 1.0));
    }
}
