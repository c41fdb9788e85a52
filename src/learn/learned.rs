//! What was learned: per site the lines that repeat, with their counts.

use super::write;
use crate::verdict::Category;

/// What two readings of a corpus have shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    pub(super) sites: Vec<LearnedSite>,
    pub(super) tally: Tally,
}

/// Figures about the corpus as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tally {
    pub documents: u64,
    pub sites: u64,
    /// Documents of the site that has most.
    pub most_documents: u64,
    pub min_documents: u64,
    pub min_share: f64,
    pub floor: Option<u64>,
}

/// A site and its lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LearnedSite {
    pub name: Box<str>,
    pub documents: u64,
    /// In the order of their place in a document.
    pub lines: Vec<LearnedLine>,
    /// Short lines that stand alone in the text, and in how many documents they stand.
    pub left_out: Vec<(Box<str>, u64)>,
    /// Lines that do not repeat.
    pub plain: Vec<Box<str>>,
}

/// A line that repeats.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LearnedLine {
    pub phrase: String,
    /// The line as one document has it.
    pub example: Box<str>,
    pub documents: u64,
    pub category: Category,
    /// In hundredths, as it is written.
    pub weight: u32,
    pub place: u32,
}

impl Learned {
    /// Lines that became rules, of all sites.
    pub fn lines(&self) -> u64 {
        self.sites.iter().map(|site| site.lines.len() as u64).sum()
    }

    /// Sites of which something was learned.
    pub fn sites(&self) -> u64 {
        self.sites.iter().filter(|site| !site.lines.is_empty()).count() as u64
    }

    /// Documents that were read and say something.
    pub fn documents_read(&self) -> u64 {
        self.tally.documents
    }

    /// Sites that these documents are of.
    pub fn sites_read(&self) -> u64 {
        self.tally.sites
    }

    /// Documents of the site that has most.
    pub fn most_documents(&self) -> u64 {
        self.tally.most_documents
    }

    /// Where the memory was too small for all lines: the fewest documents of a line that was
    /// surely counted (`u64::MAX`: not even those). Lines of fewer may be missing.
    pub fn floor(&self) -> Option<u64> {
        self.tally.floor
    }

    /// The rule file: ordinary rules with `sites` and `seen`, examples and counter-examples.
    ///
    /// With `rule = []` where nothing was learned.
    pub fn to_toml(&self) -> String {
        write::file(self)
    }
}
