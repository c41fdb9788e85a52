//! Languages: keeps only lines in the languages that were asked for.
//!
//! Lines that have no language (numbers, addresses, code), or none that is sure (`OK`, a line of
//! three languages), go the way of the line before them, or of the next line that has one while
//! none came before.

use super::Judgement;
use crate::lang::{Detector, Language};
use crate::verdict::{Category, Reason, Removal};
use crate::window::View;

/// What reports call a line in a language that is not kept.
pub(super) const NOT_KEPT: &str = "language.not-kept";

/// How sure the detector must be of a line's language, 0 to 1, for the line to go by it.
///
/// Source: short lines and code-switched ones, 2026-11: what is wrong scores below.
/// Counter-example: a single Spanish word that English has, too, in the middle of English text.
pub(super) const SURE: f32 = 0.75;

/// The judge of languages.
pub(crate) struct LanguageFilter {
    kept: Vec<Language>,
}

/// What it remembers of a document.
#[derive(Default, Clone)]
pub(crate) struct Memory {
    /// The last language that a line had for sure.
    last: Option<Language>,
    /// Up to this line none has a language for sure, nor has any before.
    silent_until: u64,
    /// What the line at hand goes by, as far as it is known.
    pub line: Option<Language>,
}

impl Memory {
    /// A line that nobody judges goes by the language before it.
    pub(crate) fn follow(&mut self) {
        self.line = self.last;
    }
}

impl LanguageFilter {
    pub(crate) fn new(kept: Vec<Language>) -> LanguageFilter {
        LanguageFilter { kept }
    }

    /// Judges the line in view.
    pub(super) fn judge(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let (own, score) = sure_language(view.entry().text());
        let language = match own.or(memory.language.last) {
            Some(language) => language,
            None => {
                // Lines that an earlier look went through are not looked at again.
                let unseen = memory.language.silent_until;
                let next = (1..)
                    .map_while(|k| view.ahead(k))
                    .filter(|line| line.number > unseen)
                    .find_map(|line| sure_language(line.text?).0);
                match next {
                    Some(language) => language,
                    None if view.must_decide() => {
                        let last = view.ahead(view.lines_ahead()).unwrap_or(view.line());
                        memory.language.silent_until = last.number;
                        return Judgement::Keep;
                    }
                    None => return Judgement::NeedMore,
                }
            }
        };
        memory.language.last = own.or(memory.language.last);
        memory.language.line = Some(language);
        if self.kept.contains(&language) {
            return Judgement::Keep;
        }
        Judgement::Drop(Removal {
            category: Category::Custom,
            rule: NOT_KEPT.into(),
            reason: Reason::Language(language),
            score,
        })
    }
}

/// The language of a line, if it has one for sure, and how sure.
fn sure_language(text: &str) -> (Option<Language>, f32) {
    let (language, score) = Detector::shared().line(text);
    let is_sure = language != Language::None && score >= SURE;
    (is_sure.then_some(language), score)
}
