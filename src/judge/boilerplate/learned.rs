//! Learned lines: what their place in a document says for or against them.
//!
//! A template stands in runs: menus, lists of teasers, boxes, the head and the foot of a page. A
//! short line that repeats over a site but stands alone here, with text of this page above and
//! below, is more likely a heading that many articles have (`Ingredients`, `See also`), or the
//! title of this one, which other pages list among their teasers.

use super::super::{Memory, Seen};
use super::Boilerplate;
use crate::rules::{NO_SITE, Rule, Seen as Counts};
use crate::verdict::{Reason, Removal};
use crate::window::{self, View};

/// Words from which a line may be the title of an article; menu items are shorter.
///
/// Source: the same as for short lines among boilerplate above the article.
const TITLE_WORDS: u32 = 4;

impl Boilerplate {
    /// Whether a short learned line stands alone in the text, or where the title would.
    ///
    /// Then it stays, at every level. Measured on the multi-page sites of the evaluation kit,
    /// 2026-11: see docs/learn.md. Counter-example: a lone `Advertisement` between two
    /// paragraphs, which has a rule of its own.
    pub(super) fn learned_alone(&self, view: View<'_>, memory: &Memory, rule: &Rule) -> Seen {
        let facts = view.line().facts;
        if rule.seen.is_none() || facts.is_text() {
            return Seen::No;
        }
        let is_suspect = |line: window::Seen<'_>| line.dropped.is_some() || !line.hits.is_empty();
        let below = match view.ahead(1) {
            Some(next) => Some(next),
            None if view.must_decide() => None,
            None => return Seen::NotYet,
        };
        let Some(below) = below.filter(|line| !is_suspect(*line)) else { return Seen::No };
        let is_plain_above = view.behind(1).is_some_and(|line| !is_suspect(line));
        // Where a title of this page stands below, this one is the last of the menu.
        let is_title = memory.kept == 0 && facts.words >= TITLE_WORDS && below.facts.is_text();
        Seen::is(is_plain_above || is_title)
    }
}

/// The removal of a learned line.
pub(super) fn removal(rule: &Rule, seen: Counts, score: f32) -> Removal {
    let site = match &*rule.sites {
        [site] if **site != *NO_SITE => Some(site.clone()),
        _ => None,
    };
    Removal {
        category: rule.category,
        rule: rule.name(),
        reason: Reason::Learned { seen, site },
        score,
    }
}
