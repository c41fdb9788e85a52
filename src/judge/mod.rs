//! Judges decide and change nothing.
//!
//! Each sees a line with its neighbours and says keep, drop, trim or "not yet". They are asked in
//! a fixed order, and the first that has something against a line wins: boilerplate and spam by
//! rules, then spam by its signs, then repeated lines, then languages.

mod boilerplate;
mod duplicate;
mod judges;
mod language;
mod line_model;
mod repeats;
mod spam;
#[cfg(test)]
mod tests;
mod thread;

pub(crate) use boilerplate::Boilerplate;
pub(crate) use duplicate::Duplicate;
pub(crate) use judges::{Decision, Judges};
pub(crate) use language::LanguageFilter;
pub(crate) use line_model::{Before, LINE as MODEL_LINE, LineModelJudge, limits, set_limit};
pub(crate) use repeats::Repeats;
pub(crate) use spam::{SIGNS as SPAM_SIGNS, Spam};
pub(crate) use thread::{THREAD, surer};

use crate::facts::Facts;
use crate::line::Trim;
use crate::rules::Hit;
use crate::spam::DOCUMENT;
use crate::verdict::{Category, Nearly, Removal};
use crate::window::{View, Waiting};

/// How far under what the level asks for a score may lie to have come close.
const CLOSE: f32 = 0.25;

/// What removes lines without a rule of a rule file, and is named like one in reports.
///
/// ```
/// let repeated = limpio::WITHOUT_RULES.iter().find(|judge| judge.id == "duplicate.heading");
/// assert!(repeated.is_some_and(|judge| judge.category == limpio::Category::Duplicate));
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WithoutRule {
    /// The id that reports carry.
    pub id: &'static str,
    /// What the removed line was.
    pub category: Category,
    /// The least score that it gives, on the scale of the levels.
    pub weight: f32,
    /// What it looks for.
    pub what: &'static str,
    /// Why that is right.
    pub why: &'static str,
    /// Whether it can be switched off by id; what a setting asks for goes with the setting.
    pub can_be_disabled: bool,
}

/// Everything that removes lines without a rule, sorted by id.
pub const WITHOUT_RULES: &[WithoutRule] = &[
    WithoutRule {
        id: duplicate::BLOCK,
        category: Category::Duplicate,
        weight: duplicate::BLOCK_SCORE,
        what: "four short lines that stood in that order before, above or below the article",
        why: "pages hold their menu twice; refrains have longer lines, and stay",
        can_be_disabled: true,
    },
    WithoutRule {
        id: duplicate::HEADING,
        category: Category::Duplicate,
        weight: duplicate::HEADING_SCORE,
        what: "a heading right after itself",
        why: "pages show a title above and inside the article; one that comes three times in a \
              row, or in a document without paragraphs, stays",
        can_be_disabled: true,
    },
    WithoutRule {
        id: duplicate::PARAGRAPH,
        category: Category::Duplicate,
        weight: duplicate::PARAGRAPH_SCORE,
        what: "a paragraph that stood earlier, beside another that did, and its block",
        why: "pages hold an article twice; one paragraph said twice is emphasis and stays",
        can_be_disabled: true,
    },
    WithoutRule {
        id: language::NOT_KEPT,
        category: Category::Custom,
        weight: language::SURE,
        what: "a line in a language that --langs does not name",
        why: "asked for by --langs; lines without a language follow their neighbours",
        can_be_disabled: false,
    },
    WithoutRule {
        id: line_model::LINE,
        category: Category::Nav,
        weight: line_model::LEAST_SCORE,
        what: "a line that the line model takes for boilerplate",
        why: "it weighs words, form and the 32 lines before and after, learnt from labelled pages",
        can_be_disabled: true,
    },
    WithoutRule {
        id: THREAD,
        category: Category::Comments,
        weight: line_model::LEAST_SCORE,
        what: "a line in a thread of readers' comments that the line model does not take for the article",
        why: "below an article, three lines with a name and a date, each a few lines from the next, \
              are comments",
        can_be_disabled: true,
    },
    WithoutRule {
        id: DOCUMENT,
        category: Category::Spam,
        weight: 0.0,
        what: "a line of a document that is spam as a whole",
        why: "asked for by --drop-spam-docs; its score says how much of the document is spam",
        can_be_disabled: false,
    },
    WithoutRule {
        id: spam::SIGNS,
        category: Category::Spam,
        weight: spam::LEAST_SCORE,
        what: "a line in which the signs of an offer meet",
        why: "a subject of spam, a price, a promise and a way to be contacted stand together in \
              offers; reports on them name the subject alone",
        can_be_disabled: true,
    },
];

/// What a judge says.
#[derive(Debug, Clone, PartialEq)]
enum Judgement {
    Keep,
    /// The line stays, but this came close.
    Spare(Nearly),
    /// The line stays without these spans, which do not overlap and are in order.
    Trim(Vec<Trim>),
    Drop(Removal),
    /// Lines that have not arrived can change the answer. Never said when `view.must_decide()`.
    NeedMore,
}

impl Judgement {
    /// What a later look says, if it says anything.
    fn or(self, later: Judgement) -> Judgement {
        if later == Judgement::Keep { self } else { later }
    }
}

/// What the judges remember of one document, beside [`Repeats`]: little, since it is copied for each
/// pass.
#[derive(Default, Clone)]
pub(crate) struct Memory {
    pub boilerplate: boilerplate::Memory,
    pub duplicate: duplicate::Memory,
    pub language: language::Memory,
    /// Lines that were kept so far.
    pub kept: u64,
    /// Short lines with a text below, but for the title.
    pub subheadings: u64,
    /// Sentences and paragraphs that were kept so far.
    pub texts: u64,
    /// Whether the line kept last could be a heading.
    after_heading: bool,
    /// Paragraphs that were kept so far: whether the article has begun.
    pub paragraphs: u64,
}

impl Memory {
    /// A line stays.
    pub(crate) fn keep(&mut self, facts: &Facts, hits: &[Hit]) {
        self.kept += 1;
        let is_text = hits.is_empty() && facts.is_text();
        if is_text {
            self.subheadings += u64::from(self.kept > 2 && self.after_heading);
            self.texts += 1;
            self.paragraphs += u64::from(facts.is_paragraph());
        }
        self.after_heading = facts.is_heading_like();
    }
}

/// Whether something holds, as far as the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Yes,
    No,
    /// Lines that have not arrived will tell.
    NotYet,
}

impl Seen {
    fn is(holds: bool) -> Seen {
        if holds { Seen::Yes } else { Seen::No }
    }

    fn not(self) -> Seen {
        match self {
            Seen::Yes => Seen::No,
            Seen::No => Seen::Yes,
            Seen::NotYet => Seen::NotYet,
        }
    }

    /// Whether one of the lines ahead is such.
    fn ahead(view: View<'_>, is_such: impl Fn(&Waiting) -> bool) -> Seen {
        if view.next_ahead(is_such).is_some() {
            Seen::Yes
        } else if view.must_decide() {
            Seen::No
        } else {
            Seen::NotYet
        }
    }

    /// The answer, if it is known by now.
    fn known(self) -> Option<bool> {
        match self {
            Seen::Yes => Some(true),
            Seen::No => Some(false),
            Seen::NotYet => None,
        }
    }

    fn and(self, other: impl FnOnce() -> Seen) -> Seen {
        match self {
            Seen::No => Seen::No,
            Seen::Yes => other(),
            Seen::NotYet => match other() {
                Seen::No => Seen::No,
                _ => Seen::NotYet,
            },
        }
    }

    fn or(self, other: impl FnOnce() -> Seen) -> Seen {
        match self {
            Seen::Yes => Seen::Yes,
            Seen::No => other(),
            Seen::NotYet => match other() {
                Seen::Yes => Seen::Yes,
                _ => Seen::NotYet,
            },
        }
    }
}
