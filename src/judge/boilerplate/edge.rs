//! The edges of a page: short lines among boilerplate, after the article and before it.
//!
//! Once an article is over and boilerplate has begun, what follows in short lines is more of it:
//! names of sections, teasers, buttons that no rule knows. Above the article only the shortest go:
//! its title and its deck stand there, too.

use super::super::{Judgement, Memory, Seen};
use super::Boilerplate;
use crate::verdict::{Category, Reason, Removal};
use crate::window::{self, View};

/// What reports call a line that goes for its place.
pub(crate) const HEAD: &str = "edge.head";
pub(crate) const TAIL: &str = "edge.tail";

/// Words of the longest line that goes in the head: titles and decks have more.
const HEAD_WORDS: u32 = 3;

/// Letters of that line. Three long words have fewer; a title of a script without spaces is one
/// word, and has more (an ideograph counts as two and a half).
const HEAD_LETTERS: u32 = 24;

/// How sure a short line right after a dropped one is, in the tail, and what it gains from each
/// further dropped line before it and each hit line after it.
///
/// Source: line labels of 1,700 real pages, 2026-11: short lines outside the first and last
/// paragraph hold a third to a half of the boilerplate and 0.4 % of the content.
/// Counter-example: a table of results below an advertisement, at the end of a report.
const SCORE: f32 = 0.42;
const DROPPED_GAIN: f32 = 0.08;
const HIT_GAIN: f32 = 0.05;

/// What a line scores at least: one dropped line stands before it.
pub(crate) const LEAST_SCORE: f32 = SCORE + DROPPED_GAIN;

/// Lines that are looked at on each side.
const LINES: usize = 4;

/// Paragraphs that an article has at least.
const PARAGRAPHS: u64 = 2;

impl Boilerplate {
    /// What the place says of a line that neither rule nor block removes.
    pub(super) fn by_edge(&self, view: View<'_>, memory: &Memory) -> Judgement {
        let line = view.line();
        // A second copy says nothing about what stands below it: hard-wrapped text, code.
        let is_dropped = |line: window::Seen<'_>| {
            let is_copy = line.dropped == Some(Category::Duplicate) && line.hits.is_empty();
            line.dropped.is_some() && !is_copy
        };
        let is_before_article = memory.texts == 0;
        if !is_before_article && memory.paragraphs < PARAGRAPHS
            || !line.facts.is_short()
            || SCORE + LINES as f32 * (DROPPED_GAIN + HIT_GAIN) < self.threshold
        {
            return Judgement::Keep;
        }
        let dropped = (1..=LINES).filter(|k| view.behind(*k).is_some_and(is_dropped)).count();
        if dropped == 0 {
            return Judgement::Keep;
        }
        if !view.sees(LINES) {
            return Judgement::NeedMore;
        }
        let has_hits = |line: window::Seen<'_>| !line.hits.is_empty();
        let hits = (1..=LINES).filter(|k| view.ahead(*k).is_some_and(has_hits)).count();
        let score = SCORE + DROPPED_GAIN * dropped as f32 + HIT_GAIN * hits as f32;
        if score < self.threshold {
            return Judgement::Keep;
        }
        let is_terse = line.facts.words <= HEAD_WORDS && line.facts.letters <= HEAD_LETTERS;
        // A window full of anything but text is the head of a page, too: a menu of hundreds.
        let is_far = is_before_article && view.must_decide() && !view.input_ended();
        let in_head = || match is_terse {
            true if is_far => Seen::Yes,
            true => self.in_head(view, memory),
            false => Seen::No,
        };
        let (place, rule, reason) = match self.in_tail(view, memory) {
            Seen::No => (in_head(), HEAD, "short line among boilerplate, before the article"),
            other => (other, TAIL, "short line among boilerplate, after the article"),
        };
        match place {
            _ if self.disabled.contains(&rule) => Judgement::Keep,
            Seen::NotYet => Judgement::NeedMore,
            Seen::No => Judgement::Keep,
            Seen::Yes => Judgement::Drop(Removal {
                category: Category::Nav,
                rule: rule.into(),
                reason: Reason::Shape(reason),
                score: (score * 100.0).round() / 100.0,
            }),
        }
    }
}
