//! A document that is spam as a whole.

use std::fmt;

use crate::verdict::{Category, Reason, Removal};

/// What reports call the removal of a whole document.
pub(crate) const DOCUMENT: &str = "spam.document";

/// A document whose score reaches the limit.
pub(crate) struct WholeDocument {
    /// Its score.
    pub score: f64,
    /// The score that was asked for.
    pub least: f64,
}

impl WholeDocument {
    /// Why each of its lines goes.
    pub(crate) fn removal(&self) -> Removal {
        Removal {
            category: Category::Spam,
            rule: DOCUMENT.into(),
            reason: Reason::Signs("the document is spam as a whole".into()),
            score: self.score as f32,
        }
    }

    /// What the reader of the report is told if its beginning had gone out before its end came.
    pub(crate) fn too_long(&self, most_bytes: usize) -> String {
        let mib = most_bytes >> 20;
        format!("{self}, but longer than the {mib} MiB that wait for the end: kept")
    }
}

impl fmt::Display for WholeDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spam as a whole: score {} reaches {}", self.score, self.least)
    }
}
