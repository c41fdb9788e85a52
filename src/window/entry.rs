//! A line on its way through the window, and its texts.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use super::{HELD_BYTES, HELD_LINES};
use crate::facts::Facts;
use crate::lang::Language;
use crate::line::{Edits, MojibakeSpan, Trim};
use crate::model::Cues;
use crate::rules::Hit;
use crate::spam::LineSigns;
use crate::verdict::{Nearly, Removal};

/// What a kept line of white space counts for beside its text, in bytes: so many of them fill the
/// window as lines of text do.
const SPACE_BYTES: usize = HELD_BYTES / HELD_LINES;

/// A line on its way through the window, which moves often and is large: a pointer to it. Its
/// buffers are used again for later lines.
#[derive(Default)]
pub(crate) struct Entry(Box<Waiting>);

impl Deref for Entry {
    type Target = Waiting;

    fn deref(&self) -> &Waiting {
        &self.0
    }
}

impl DerefMut for Entry {
    fn deref_mut(&mut self) -> &mut Waiting {
        &mut self.0
    }
}

/// What is known of a line on its way.
#[derive(Default)]
pub(crate) struct Waiting {
    pub number: u64,
    pub texts: Texts,
    pub edits: Edits,
    pub mojibake: Vec<MojibakeSpan>,
    /// Blank lines right before it.
    pub blank_before: u64,
    /// Lines of white space right before it that are kept as they are; they leave with it.
    pub spaces_before: Vec<Entry>,
    pub starts: bool,
    pub ends: bool,
    /// Whether judges look at it: pieces of over-long lines pass.
    pub is_judged: bool,
    pub facts: Facts,
    /// Whether an equal line may stand beside it in the window, or come later.
    pub recurs: bool,
    pub hits: Vec<Hit>,
    /// What was asked last of the next line.
    pub topic: Cell<Option<Topic>>,
    /// The rule by which the line may belong to a thread of comments.
    pub thread: Option<usize>,
    /// What it shows of spam, where that is looked for, and the subject of spam that it speaks of.
    pub spam: Option<LineSigns>,
    pub subject: Option<usize>,
    pub cues: Cues,
    /// Spans that go from the text.
    pub trims: Vec<Trim>,
    /// The language it goes by, where one is asked for.
    pub lang: Option<Language>,
    /// What came close to removing it.
    pub nearly: Option<Box<Nearly>>,
    /// Why it goes, if it does.
    pub removal: Option<Removal>,
}

/// Whether a line with this hash holds what stands between two places of the line before it.
#[derive(Clone, Copy)]
pub(crate) struct Topic {
    pub start: usize,
    pub end: usize,
    pub hash: u64,
    pub holds: bool,
}

/// The texts of a line.
#[derive(Default)]
pub(crate) struct Texts {
    /// Decoded, not repaired.
    original: String,
    /// How much of that is the repaired text, where nothing was repaired but for the end.
    unchanged: Option<usize>,
    /// The repaired text otherwise.
    repaired: String,
    /// What is left of the repaired text where spans go from it.
    pub rest: Option<String>,
}

impl Texts {
    /// Takes a line in, as it was decoded and as it is repaired.
    pub(crate) fn fill(&mut self, original: &str, repaired: &str) {
        refill(&mut self.original, original);
        // Most lines need no repair: they are held once.
        self.unchanged = std::ptr::eq(original.as_ptr(), repaired.as_ptr())
            .then_some(repaired.len())
            .filter(|end| original.is_char_boundary(*end));
        if self.unchanged.is_none() {
            refill(&mut self.repaired, repaired);
        }
    }

    pub(crate) fn original(&self) -> &str {
        &self.original
    }

    /// The repaired text, before any span goes.
    pub(crate) fn repaired(&self) -> &str {
        match self.unchanged {
            Some(end) => self.original.get(..end).unwrap_or_default(),
            None => &self.repaired,
        }
    }

    /// The text that would be written.
    pub(crate) fn text(&self) -> &str {
        self.rest.as_deref().unwrap_or_else(|| self.repaired())
    }

    /// Bytes of the first two, each counted.
    pub(super) fn bytes(&self) -> usize {
        self.original.len() + self.unchanged.unwrap_or(self.repaired.len())
    }

    /// Bytes of their buffers.
    pub(super) fn room(&self) -> usize {
        self.original.capacity() + self.repaired.capacity()
    }
}

impl Waiting {
    /// The text that would be written.
    pub(crate) fn text(&self) -> &str {
        self.texts.text()
    }

    /// A paragraph that no rule has anything against.
    pub(crate) fn is_plain_paragraph(&self) -> bool {
        self.hits.is_empty() && self.facts.is_paragraph()
    }

    /// Bytes of its buffers of text.
    pub(super) fn room(&self) -> usize {
        self.texts.room()
    }

    /// Blank lines of either kind right before it.
    pub(super) fn blanks(&self) -> u64 {
        self.blank_before + self.spaces_before.len() as u64
    }

    pub(crate) fn bytes(&self) -> usize {
        let spaces = self.spaces_before.iter();
        let spaces = spaces.map(|line| SPACE_BYTES + line.texts.bytes());
        self.texts.bytes() + spaces.sum::<usize>()
    }
}

/// Puts a text in place of another one.
fn refill(buffer: &mut String, text: &str) {
    buffer.clear();
    if buffer.capacity() < text.len() {
        // A buffer that grows copies what it held, though that is forgotten.
        *buffer = String::with_capacity(text.len().next_power_of_two().max(LEAST_ROOM));
    }
    buffer.push_str(text);
}

/// Room of the buffer of a line at least, in bytes: that of most lines, so that few need another one.
const LEAST_ROOM: usize = 128;
