//! Spam: what a line shows of it, how likely that makes it, how much of a document it is.
//!
//! Three steps. A lexicon of words and phrases by subject and by kind of sign says what a line
//! speaks of (`lexicon`, `signs`). A logistic regression weighs which of them meet, how much
//! repeats and how little is prose (`model`). Lines that score high are dropped by the judge of
//! spam; passages make the score of the document (`evidence`).
//!
//! The phrase rules of the category `spam` are one more sign, and drop lines on their own.

mod document;
mod evidence;
mod lexicon;
mod look;
mod model;
mod reason;
mod signs;

pub(crate) use document::{DOCUMENT, WholeDocument};
pub(crate) use evidence::Evidence;
pub(crate) use model::probability;
pub(crate) use signs::{Glance, LineSigns};

impl LineSigns {
    /// How likely the line is spam, as the logarithm of the odds.
    pub(crate) fn log_odds(&self) -> f32 {
        self.log_odds
    }

    /// The subject of spam that the line speaks of most, by number.
    pub(crate) fn subject(&self) -> Option<usize> {
        signs::Counts::of(&self.terms).subject()
    }

    /// The values of all features by name, those that are 0 left out.
    pub(crate) fn features(&self) -> Vec<(&'static str, f32)> {
        model::names().zip(model::values(self)).filter(|(_, value)| *value != 0.0).collect()
    }
}
