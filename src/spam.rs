//! How much a document looks like spam as a whole.
//!
//! The surest spam phrase of each line is a sign, worth its weight; paragraphs without a sign
//! speak against. The score is 1 - e^(-signs / (1 + paragraphs / 3)): one sure phrase in a message of a line or
//! two gives 0.6, the same phrase in an article of ten paragraphs 0.2. It is reported, and decides
//! nothing about lines.
//!
//! Counter-example: a news report on a betting firm holds a sign or two; its paragraphs save it.

use crate::pipeline::Pipeline;
use crate::verdict::Category;
use crate::window::Entry;

/// What the lines of a document have shown.
#[derive(Default)]
pub(crate) struct Evidence {
    signs: f64,
    paragraphs: u64,
}

impl Evidence {
    pub(crate) fn see(&mut self, entry: &Entry, pipeline: &Pipeline) {
        let rules = pipeline.rules().rules();
        let sign = entry
            .hits
            .iter()
            .map(|hit| &rules[hit.rule])
            .filter(|rule| rule.category == Category::Spam)
            .map(|rule| f64::from(rule.weight))
            .fold(0.0, f64::max);
        self.signs += sign;
        self.paragraphs += u64::from(sign == 0.0 && entry.facts.is_paragraph());
    }

    pub(crate) fn score(&self) -> f64 {
        1.0 - (-self.signs / (1.0 + self.paragraphs as f64 / 3.0)).exp()
    }
}
