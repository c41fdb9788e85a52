//! Languages: keeps only lines in the languages that were asked for.
//!
//! Lines that have no language (numbers, addresses, code) go the way of the line before them, or
//! of the next line that has one while none came before.

use super::{Judge, Judgement};
use crate::lang::{Detector, Language};
use crate::verdict::{Category, Reason, Removal};
use crate::window::View;

/// The judge of languages.
pub(crate) struct LanguageFilter {
    kept: Vec<Language>,
}

/// What it remembers of a document.
#[derive(Default)]
pub(crate) struct Memory {
    last: Option<Language>,
}

impl LanguageFilter {
    pub(crate) fn new(kept: Vec<Language>) -> LanguageFilter {
        LanguageFilter { kept }
    }
}

impl Judge for LanguageFilter {
    fn judge(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let detector = Detector::shared();
        let (own, score) = detector.line(&view.entry().text);
        let language = match (own, memory.language.last) {
            (Language::None, Some(last)) => last,
            (Language::None, None) => {
                let next = (1..)
                    .map_while(|k| view.ahead(k))
                    .filter_map(|line| line.text)
                    .map(|text| detector.line(text).0)
                    .find(|language| *language != Language::None);
                match next {
                    Some(language) => language,
                    None if view.must_decide() => return Judgement::Keep,
                    None => return Judgement::NeedMore,
                }
            }
            (own, _) => own,
        };
        if own != Language::None {
            memory.language.last = Some(own);
        }
        if self.kept.contains(&language) {
            return Judgement::Keep;
        }
        Judgement::Drop(Removal {
            category: Category::Custom,
            rule: "language.not-kept".into(),
            reason: Reason::Language(language),
            score,
        })
    }
}
