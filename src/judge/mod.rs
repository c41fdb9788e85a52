//! Judges decide and change nothing.
//!
//! Each sees a line with its neighbours and says keep, drop, trim or "not yet". They are asked in
//! a fixed order, and the first that has something against a line wins: boilerplate and spam by
//! rules, then repeated lines, then languages.

mod boilerplate;
mod duplicate;
mod language;
#[cfg(test)]
mod tests;

pub(crate) use boilerplate::Boilerplate;
pub(crate) use duplicate::Duplicate;
pub(crate) use language::LanguageFilter;

use crate::facts::Facts;
use crate::line::Trim;
use crate::rules::Hit;
use crate::verdict::{Category, Removal};
use crate::window::View;

/// What removes lines without a rule, by the id that reports carry, and its category.
pub(crate) const WITHOUT_RULES: &[(&str, Category)] = &[
    (boilerplate::HEAD, Category::Nav),
    (boilerplate::TAIL, Category::Nav),
    (duplicate::HEADING, Category::Duplicate),
    (duplicate::PARAGRAPH, Category::Duplicate),
];

/// One kind of decision about lines. Immutable; what it learns of a document is in [`Memory`].
pub(crate) trait Judge: Send + Sync {
    /// Judges the line in view. Memory may change only where the answer is not `NeedMore`.
    fn judge(&self, view: View<'_>, memory: &mut Memory) -> Judgement;
}

/// What a judge says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Judgement {
    Keep,
    /// The line stays without these spans, which do not overlap and are in order.
    Trim(Vec<Trim>),
    Drop(Removal),
    /// Lines that have not arrived can change the answer. Never said when `view.must_decide()`.
    NeedMore,
}

/// What the judges remember of one document.
#[derive(Default)]
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
    pub(crate) fn reset(&mut self) {
        *self = Memory::default();
    }

    /// A line stays.
    pub(crate) fn keep(&mut self, number: u64, facts: &Facts, hits: &[Hit]) {
        self.duplicate.keep(number, facts);
        self.kept += 1;
        let is_text = facts.is_text() && hits.is_empty();
        self.subheadings += u64::from(is_text && self.kept > 2 && self.after_heading);
        self.after_heading = facts.is_heading_like();
        self.texts += u64::from(is_text);
        self.paragraphs += u64::from(facts.is_paragraph() && hits.is_empty());
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
