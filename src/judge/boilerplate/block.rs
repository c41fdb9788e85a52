//! Blocks: what a dropped line takes with it.

use super::super::{Judgement, Memory, Seen};
use super::Boilerplate;
use crate::rules::{Hit, Reach};
use crate::verdict::{Reason, Removal};
use crate::window::View;

/// A block that a dropped line opened.
#[derive(Debug, Clone)]
pub(super) struct Block {
    opened_at: u64,
    rule: usize,
    reach: Reach,
    score: f32,
    /// Lines that went since it was opened.
    taken: u32,
}

/// Plain sentences or paragraphs in a row that mean that content resumes.
///
/// Readers' comments are paragraphs too, but names, dates and buttons stand between them.
const RESUMING_TEXTS: usize = 3;

/// Headings in a row that may stand above them.
const RESUMING_HEADINGS: usize = 2;

/// Lines that no rule knows which a list and a block may take at most.
///
/// Source: the reaches of the line model measured on real pages, 2026-11.
const LIST_LINES: u32 = 60;
const BLOCK_LINES: u32 = 40;

/// Lines that a block may take in a document that has no blank lines to end it.
const BLOCK_LINES_WITHOUT_BLANKS: u32 = 4;

impl Boilerplate {
    pub(super) fn open_block(&self, view: View<'_>, memory: &mut Memory, hit: &Hit, score: f32) {
        let reach = self.rule(hit).reach;
        let open = &mut memory.boilerplate.block;
        if let Some(block) = open {
            block.taken += 1;
            if block.reach.rank() >= reach.rank() && reach != Reach::Line {
                // A second box below the first begins to count anew.
                if block.reach.rank() == reach.rank() {
                    block.taken = 0;
                }
                return;
            }
        }
        if reach.rank() > 0 {
            let opened_at = view.line().number;
            *open = Some(Block { opened_at, rule: hit.rule, reach, score, taken: 0 });
        }
    }

    /// What the open block says of a line that no rule removes.
    pub(super) fn by_block(&self, view: View<'_>, memory: &mut Memory) -> Judgement {
        let Some(block) = &memory.boilerplate.block else { return Judgement::Keep };
        match self.belongs(view, memory, block) {
            Seen::NotYet => Judgement::NeedMore,
            Seen::No => {
                memory.boilerplate.block = None;
                Judgement::Keep
            }
            Seen::Yes => {
                let rule = &self.rules.rules()[block.rule];
                let removal = match view.is_glance() {
                    true => Removal::unexplained(rule.category, block.score),
                    false => Removal {
                        category: rule.category,
                        rule: rule.name(),
                        reason: Reason::Region { opened_at: block.opened_at },
                        score: block.score,
                    },
                };
                if let Some(block) = &mut memory.boilerplate.block {
                    block.taken += 1;
                }
                Judgement::Drop(removal)
            }
        }
    }

    pub(super) fn belongs(&self, view: View<'_>, memory: &Memory, block: &Block) -> Seen {
        let line = view.line();
        let facts = line.facts;
        let is_hit = !line.hits.is_empty();
        let is_apart = line.blank_before > 0;
        let before_article = memory.paragraphs == 0;
        let fits = match block.reach {
            Reach::ToEnd => return self.resumes(view).not(),
            Reach::Lines(most) => block.taken < most && (is_hit || facts.is_short() && !is_apart),
            Reach::List => {
                let is_entry = facts.is_title_like() || facts.is_item;
                let fits = !facts.is_paragraph() && is_entry && block.taken < LIST_LINES;
                is_hit || !before_article && fits
            }
            Reach::Block => {
                let goes_on = if memory.boilerplate.saw_blank_line {
                    !is_apart && !facts.is_paragraph() && block.taken < BLOCK_LINES
                } else {
                    block.taken < BLOCK_LINES_WITHOUT_BLANKS && facts.is_short()
                };
                is_hit || !before_article && goes_on
            }
            _ => false,
        };
        if !fits || is_hit {
            return Seen::is(fits);
        }
        if facts.is_item {
            return Seen::Yes;
        }
        // A blank line right below: what stands above it belongs to the box.
        if !is_apart {
            match view.ahead(1) {
                Some(next) if next.blank_before > 0 => return Seen::Yes,
                Some(_) => {}
                None if view.must_decide() => return Seen::Yes,
                None => return Seen::NotYet,
            }
        }
        self.heads_text(view).not()
    }

    /// Whether the short line is a heading of the text that goes on: sentences come next, or a
    /// further heading and then sentences.
    pub(super) fn heads_text(&self, view: View<'_>) -> Seen {
        for k in 1..=RESUMING_HEADINGS {
            match view.ahead(k) {
                Some(next) if next.hits.is_empty() && next.facts.is_text() => return Seen::Yes,
                Some(next) if next.hits.is_empty() && next.facts.is_heading_like() => {}
                None if !view.must_decide() => return Seen::NotYet,
                _ => return Seen::No,
            }
        }
        Seen::No
    }

    /// Whether content resumes here: plain sentences in a row, perhaps under a heading or two.
    pub(super) fn resumes(&self, view: View<'_>) -> Seen {
        let at = |k: usize| if k == 0 { Some(view.line()) } else { view.ahead(k) };
        let mut headings = 0;
        let mut texts = 0;
        for k in 0..RESUMING_HEADINGS + RESUMING_TEXTS {
            let Some(line) = at(k) else {
                return if view.must_decide() { Seen::No } else { Seen::NotYet };
            };
            if line.hits.is_empty() && line.facts.is_text() {
                texts += 1;
            } else if texts == 0 && line.hits.is_empty() && line.facts.is_heading_like() {
                headings += 1;
            } else {
                return Seen::No;
            }
            if texts == RESUMING_TEXTS {
                return Seen::Yes;
            }
            if headings > RESUMING_HEADINGS {
                return Seen::No;
            }
        }
        Seen::No
    }
}
