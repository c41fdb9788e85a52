//! The context that rules need: their neighbours, and the part of the document they stand in.

use super::super::{Memory, Seen};
use super::Boilerplate;
use super::score::RUN_LINES;
use crate::rules::{Needed, Needs, Part, PatternSet, Scratch};
use crate::verdict::Category;
use crate::window::{self, View, Waiting};

/// Within so many lines after it, something must confirm an opener of a block to the end.
const CONFIRM_LINES: usize = 6;

/// Lines that are kept before the first paragraph: with more, it is no head but a list.
///
/// Kept ones, so that a second run sees the same head.
const HEAD_LINES: u64 = 20;

impl Boilerplate {
    pub(super) fn needs_met(&self, view: View<'_>, memory: &Memory, needs: &Needs) -> Seen {
        let within = needs.within as usize;
        let asked = |list: &[Needed], before: bool, after: bool| {
            if list.is_empty() {
                return Seen::Yes;
            }
            let holds = |line: window::Seen<'_>| list.iter().any(|need| self.holds(line, need));
            if before && (1..=within).any(|k| view.behind(k).is_some_and(holds))
                || after && (1..=within).any(|k| view.ahead(k).is_some_and(holds))
            {
                return Seen::Yes;
            }
            if after && !view.sees(within) { Seen::NotYet } else { Seen::No }
        };
        asked(&needs.near, true, true)
            .and(|| asked(&needs.before, true, false))
            .and(|| asked(&needs.after, false, true))
            .and(|| match needs.part {
                None => Seen::Yes,
                Some(Part::Head) => self.in_head(view, memory),
                Some(_) => self.in_tail(view, memory),
            })
    }

    pub(super) fn holds(&self, line: window::Seen<'_>, need: &Needed) -> bool {
        match need {
            Needed::Word(word) => line
                .text
                .is_some_and(|text| PatternSet::holds_word(text, word, &mut Scratch::default())),
            Needed::Rule(id) => line.hits.iter().any(|hit| self.rule(hit).id == *id),
            Needed::Category(category) => self.has_category(line, *category),
        }
    }

    pub(super) fn has_category(&self, line: window::Seen<'_>, category: Category) -> bool {
        line.dropped == Some(category)
            || line.hits.iter().any(|hit| self.rule(hit).category == category)
    }

    /// Before the first sentence of a document that has some, and not the date line of a diary:
    /// a title stands above, or no paragraph comes right after.
    pub(super) fn in_head(&self, view: View<'_>, memory: &Memory) -> Seen {
        if memory.texts > 0 || memory.kept > HEAD_LINES {
            return Seen::No;
        }
        let has_title =
            || (1..=RUN_LINES).map_while(|k| view.behind(k)).any(|line| line.dropped.is_none());
        match view.next_ahead(Waiting::is_plain_paragraph) {
            Some(k) => Seen::is(k > 1 || has_title()),
            None if view.must_decide() => Seen::No,
            None => Seen::NotYet,
        }
    }

    /// Whether a sentence that no rule knows has come or is in view.
    pub(super) fn has_text(&self, view: View<'_>, memory: &Memory) -> Seen {
        if memory.texts > 0 {
            return Seen::Yes;
        }
        Seen::ahead(view, |line| line.hits.is_empty() && line.facts.is_text())
    }

    /// After the last plain paragraph of a document that has some; or far from the next one: a
    /// window full of anything else is the tail of a page as well.
    pub(super) fn in_tail(&self, view: View<'_>, memory: &Memory) -> Seen {
        if memory.paragraphs == 0 {
            return Seen::No;
        }
        Seen::ahead(view, Waiting::is_plain_paragraph).not()
    }

    /// In the tail, with the end of the document in view.
    pub(super) fn near_end(&self, view: View<'_>, memory: &Memory) -> Seen {
        match self.in_tail(view, memory) {
            Seen::Yes => Seen::is(view.input_ended()),
            other => other,
        }
    }

    /// Whether something says that an opener of a block to the end is one: more of the same after
    /// it or right before it, or the end of the document.
    pub(super) fn confirmed(&self, view: View<'_>, memory: &Memory, category: Category) -> Seen {
        let same = |line: window::Seen<'_>| self.has_category(line, category);
        if (1..=CONFIRM_LINES).any(|k| view.ahead(k).is_some_and(same))
            || (1..=2).any(|k| view.behind(k).is_some_and(|line| line.dropped == Some(category)))
        {
            return Seen::Yes;
        }
        Seen::is(false)
            .or(|| if view.sees(CONFIRM_LINES) { Seen::No } else { Seen::NotYet })
            .or(|| self.near_end(view, memory))
    }
}
