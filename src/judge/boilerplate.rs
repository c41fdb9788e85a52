//! Boilerplate and spam: rules, their context, and the blocks they open.
//!
//! 1. Every phrase or shape that a line holds says how sure it is: the weight of its rule, 0 if
//!    the context that the rule needs is missing, more if it is there.
//! 2. A weak hit gains from the hit lines next to it. `Facebook` alone is a word; four such lines
//!    in a row are a share bar.
//! 3. A line whose score reaches the level's threshold goes, or loses the span or the sentence,
//!    as far as the rule reaches. A rule with a longer reach opens a block.
//! 4. In an open block, lines that no rule knows go too, as long as they have the form that the
//!    reach allows. A block never takes a paragraph, nor the one or two short lines right before
//!    one: they are headings of the text that goes on. A block that reaches to the end of the
//!    document is over when content resumes.
//!
//! A document without paragraphs has neither head nor tail and opens no long blocks: a verse or a
//! message of two lines is not the rest of an article. Where lines that have not arrived matter,
//! the judge waits, and decides against removal if the window is full.

mod block;
mod context;
mod learned;
mod score;
mod spans;

use std::sync::Arc;

use super::{CLOSE, Judgement};
use crate::rules::{Hit, Reach, Rule, RuleSet};
use crate::verdict::{Nearly, Reason, Removal, Spared};
use crate::window::View;
use block::Block;

/// The judge of boilerplate and spam.
pub(crate) struct Boilerplate {
    rules: Arc<RuleSet>,
    threshold: f32,
}

/// What it remembers of a document.
#[derive(Default, Clone)]
pub(crate) struct Memory {
    block: Option<Block>,
    saw_blank_line: bool,
}

impl Boilerplate {
    pub(crate) fn new(rules: Arc<RuleSet>, threshold: f32) -> Boilerplate {
        Boilerplate { rules, threshold }
    }

    /// Whether it may have something against a line; of most it knows at a glance that it has not.
    #[inline(always)]
    pub(super) fn may_object(&self, view: View<'_>, memory: &super::Memory) -> bool {
        !view.entry().hits.is_empty() || memory.boilerplate.block.is_some()
    }

    /// Judges the line in view.
    pub(super) fn judge(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let judgement = self.by_own_hits(view, memory);
        if let Judgement::Keep | Judgement::Spare(_) = judgement {
            return judgement.or(self.by_block(view, memory));
        }
        judgement
    }

    /// Takes note of the blank lines before a line about which nothing more has to be known.
    #[inline(always)]
    pub(super) fn see_blank_lines(view: View<'_>, memory: &mut super::Memory) {
        if !memory.boilerplate.saw_blank_line {
            memory.boilerplate.saw_blank_line = view.blank_before() > 0;
        }
    }

    fn rule(&self, hit: &Hit) -> &Rule {
        &self.rules.rules()[hit.rule]
    }

    /// The surest hit that removes the line, else the spans that go.
    fn by_own_hits(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let line = view.line();
        let mut surest: Option<(f32, &Hit)> = None;
        let mut spans: Vec<(f32, &Hit)> = Vec::new();
        let mut waiting = false;
        let mut closest: Option<(f32, &Hit)> = None;
        for hit in line.hits {
            let Some(score) = self.score(view, memory, hit) else {
                waiting = true;
                continue;
            };
            if score < self.threshold {
                if view.explains() && closest.is_none_or(|(best, _)| score > best) {
                    closest = Some((score, hit));
                }
                continue;
            }
            if matches!(self.rule(hit).reach, Reach::Span | Reach::Sentence) {
                spans.push((score, hit));
            } else if surest.is_none_or(|(best, other)| {
                let wider = self.rule(hit).reach.rank() > self.rule(other).reach.rank();
                score > best || score == best && wider
            }) {
                surest = Some((score, hit));
            }
        }
        // A hit that still waits may reach farther than the one that is sure.
        if waiting {
            return Judgement::NeedMore;
        }
        if let Some((score, hit)) = surest {
            self.open_block(view, memory, hit, score);
            return Judgement::Drop(self.removal(view, hit, score));
        }
        match (self.without_spans(view, &spans), closest) {
            (Judgement::Keep, Some((score, hit))) if score >= self.threshold - CLOSE => {
                Judgement::Spare(Nearly {
                    removal: self.removal(view, hit, score),
                    because: Spared::Level { asks: self.threshold },
                })
            }
            (judgement, _) => judgement,
        }
    }

    /// The reason names the phrase of the rule; for a shape, what it matched; for a learned line,
    /// how often it was seen.
    fn removal(&self, view: View<'_>, hit: &Hit, score: f32) -> Removal {
        let rule = self.rule(hit);
        if view.is_glance() {
            return Removal::unexplained(rule.category, score);
        }
        if let Some(seen) = rule.seen {
            return learned::removal(rule, seen, score);
        }
        let phrase = match rule.phrases.get(hit.phrase as usize) {
            _ if !view.explains() => "",
            Some(phrase) => phrase,
            None => view.entry().text().get(hit.start..hit.end).unwrap_or_default(),
        };
        Removal {
            category: rule.category,
            rule: rule.name(),
            reason: Reason::Phrase(phrase.into()),
            score,
        }
    }
}
