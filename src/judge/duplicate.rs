//! Repeated lines: a heading twice in a row, and an article that a page holds twice.
//!
//! A heading that says again what the kept line right before it said goes; so does a paragraph
//! that stood earlier in the document, if a neighbour is repeated as well. Verses, refrains and
//! lists repeat lines on purpose: only documents with paragraphs are looked at, three equal lines
//! in a row are a pattern, and a single paragraph said twice is emphasis.

use std::collections::{HashMap, VecDeque};

use super::{Judge, Judgement};
use crate::facts::Facts;
use crate::verdict::{Category, Reason, Removal};
use crate::window::View;

/// Paragraphs that are remembered. 4,096 are a long book; memory stays bounded.
const REMEMBERED: usize = 4096;

/// Letters and words of the shortest heading that counts.
///
/// Counter-example: `Sí` / `Sí` in a dialogue, `12` / `12` in a table.
const HEADING_LETTERS: u32 = 8;
const HEADING_WORDS: u32 = 2;

/// Characters of the longest.
const HEADING_CHARS: u32 = 120;

/// A paragraph must stand within so many lines after a repeated heading, if none came before.
const PARAGRAPH_WITHIN: usize = 5;

/// How sure a repeated heading makes, on the scale of the levels.
pub(super) const HEADING_SCORE: f32 = 0.75;

/// How sure a repeated paragraph makes: enough for `aggressive` only.
///
/// Counter-example: a stream of several documents in which one article comes twice; whether a
/// corpus may hold it twice is not for a line filter to say.
pub(super) const PARAGRAPH_SCORE: f32 = 0.6;

/// What reports call a repeated heading, and a repeated paragraph.
pub(crate) const HEADING: &str = "duplicate.heading";
pub(crate) const PARAGRAPH: &str = "duplicate.paragraph";

/// The judge of repeated lines.
pub(crate) struct Duplicate {
    headings: bool,
    paragraphs: bool,
}

/// What it remembers of a document.
#[derive(Default, Clone)]
pub(crate) struct Memory {
    /// Number and hash of the line kept last, and the hash of the one before.
    last_kept: Option<(u64, u64)>,
    kept_before: Option<u64>,
    first_seen: HashMap<u64, u64>,
    order: VecDeque<u64>,
}

impl Duplicate {
    /// `disabled` holds the ids of what is switched off.
    pub(crate) fn new(threshold: f32, disabled: &[&'static str]) -> Duplicate {
        Duplicate {
            headings: HEADING_SCORE >= threshold && !disabled.contains(&HEADING),
            paragraphs: PARAGRAPH_SCORE >= threshold && !disabled.contains(&PARAGRAPH),
        }
    }
}

impl Judge for Duplicate {
    fn judge(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let line = view.line();
        if self.headings
            && let Some((first, hash)) = memory.duplicate.last_kept
            && hash == line.facts.hash
            && is_heading(line.facts)
        {
            if !view.sees(PARAGRAPH_WITHIN) {
                return Judgement::NeedMore;
            }
            let ahead = || (1..=PARAGRAPH_WITHIN).filter_map(|k| view.ahead(k));
            let in_article = memory.paragraphs > 0 || ahead().any(|line| line.facts.is_paragraph());
            let thrice = view.ahead(1).is_some_and(|next| next.facts.hash == hash)
                || memory.duplicate.kept_before == Some(hash);
            if in_article && !thrice {
                return drop(HEADING, first, HEADING_SCORE);
            }
        }
        if self.paragraphs
            && line.facts.is_paragraph()
            && let Some(&first) = memory.duplicate.first_seen.get(&line.facts.hash)
        {
            if !view.sees(1) {
                return Judgement::NeedMore;
            }
            let repeated = |facts: &Facts| memory.duplicate.first_seen.contains_key(&facts.hash);
            let before =
                view.behind(1).is_some_and(|line| line.dropped == Some(Category::Duplicate));
            if before || view.ahead(1).is_some_and(|next| repeated(next.facts)) {
                return drop(PARAGRAPH, first, PARAGRAPH_SCORE);
            }
        }
        Judgement::Keep
    }
}

impl Memory {
    /// A line was kept.
    pub(crate) fn keep(&mut self, number: u64, facts: &Facts) {
        self.kept_before = self.last_kept.map(|(_, hash)| hash);
        self.last_kept = Some((number, facts.hash));
        if facts.is_paragraph() && !self.first_seen.contains_key(&facts.hash) {
            if self.order.len() == REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.first_seen.remove(&oldest);
            }
            self.order.push_back(facts.hash);
            self.first_seen.insert(facts.hash, number);
        }
    }
}

fn drop(rule: &str, first: u64, score: f32) -> Judgement {
    Judgement::Drop(Removal {
        category: Category::Duplicate,
        rule: rule.into(),
        reason: Reason::Repeated { first },
        score,
    })
}

fn is_heading(facts: &Facts) -> bool {
    facts.letters >= HEADING_LETTERS
        && facts.words >= HEADING_WORDS
        && facts.chars <= HEADING_CHARS
        && facts.starts_upper
        && !facts.is_item
        && !facts.ends_open
        && !facts.ends_sentence
}
