//! A rule: what it looks for, where, with which neighbours, and how far the removal reaches.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::lang::Language;
use crate::names::names;
use crate::verdict::Category;

pub use super::fold::Fold;

/// One rule of a rule file, checked.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The stable, dotted name, such as `wp.leave-a-reply`; reports carry it.
    pub id: Box<str>,
    /// What the removed line was.
    pub category: Category,
    /// The sites whose documents the rule looks at; empty: all. See
    /// [`Cleaner::set_site`](crate::Cleaner::set_site).
    pub sites: Vec<Box<str>>,
    /// In how many documents of its site each phrase was seen, if it was
    /// learned.
    pub seen: Option<Seen>,
    /// The languages the phrases are written in; no filter, since English themes carry Spanish
    /// text and the other way round. Empty: none in particular.
    pub langs: Vec<Language>,
    /// What is looked for. `{n}` stands for a number, `{month}` and `{weekday}` for their English and
    /// Spanish names, `{Name}` (with a capital) for 1 to 60 characters that read like a name, any other word in braces for 1 to 60 characters.
    pub phrases: Vec<Box<str>>,
    /// Regular expressions, for what is no phrase: dates, placeholders.
    pub shapes: Vec<Box<str>>,
    /// A shape is tried only where one of these stands in the line as it is written; `{n}` is
    /// any digit. Empty: always.
    pub signs: Vec<Box<str>>,
    /// Where in the line a phrase must stand.
    pub at: Place,
    /// What is forgotten in the comparison.
    pub fold: Fold,
    /// The longest line, in characters, that the rule looks at.
    pub max_chars: u32,
    /// What may follow a phrase at the start of a line.
    pub rest: Rest,
    /// The neighbours without which the rule says nothing; `None`: it needs none.
    pub needs: Option<Needs>,
    /// How far the removal reaches.
    pub reach: Reach,
    /// How sure the phrase alone makes, 0 to 1; [`Level::threshold`](crate::Level::threshold) is
    /// on the same scale.
    pub weight: f32,
    /// Why the rule is right.
    pub why: Box<str>,
    /// The program or the pages that the phrases come from.
    pub source: Box<str>,
    /// Lines that the rule must match.
    pub examples: Vec<Box<str>>,
    /// Genuine lines that it must not match.
    pub counter_examples: Vec<Box<str>>,
    /// The file that the rule stands in.
    pub path: PathBuf,
    /// The line of its table in that file, from 1.
    pub line: u64,
}

/// How often a learned line was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Documents of the site that hold the line.
    pub documents: u64,
    /// Documents of the site.
    pub of: u64,
}

impl Rule {
    /// The id, as removals carry it.
    pub(crate) fn name(&self) -> Cow<'static, str> {
        self.id.clone().into_string().into()
    }

    /// The text of a phrase or shape by the number that a hit carries; empty past the last.
    pub(crate) fn phrase(&self, number: u32) -> &str {
        let number = number as usize;
        let shape = number.checked_sub(self.phrases.len()).and_then(|shape| self.shapes.get(shape));
        self.phrases.get(number).or(shape).map_or("", |text| text)
    }
}

names! {
    /// Where in the line a phrase must stand. It always begins and ends at a word boundary;
    /// bullets, emoji and closing punctuation round it do not count.
    #[non_exhaustive]
    "place" => pub enum Place {
        /// It is the whole line.
        Line = "line",
        /// The line begins with it.
        LineStart = "line-start",
        /// The line ends with it.
        LineEnd = "line-end",
        /// It is somewhere in the line, outside quotation marks. Of a line over 448 bytes the
        /// first 256 and the last 192 are looked at.
        Anywhere = "anywhere",
    }
}

impl Place {
    /// Whether a phrase there stands at the start of its line.
    pub(crate) fn is_at_start(self) -> bool {
        matches!(self, Place::Line | Place::LineStart)
    }

    /// Whether it stands at the end.
    pub(crate) fn is_at_end(self) -> bool {
        matches!(self, Place::Line | Place::LineEnd)
    }

    /// The longest line a rule of this place looks at, in characters, unless it says otherwise.
    ///
    /// Source: jusText calls a block "long" from 200 characters (doc/algorithm.rst). A phrase
    /// inside a longer line is talked about, or is one sentence of a paragraph.
    /// Counter-example: cookie notices, which are longer; their rules say so.
    pub(crate) fn default_max_chars(self, reach: Reach) -> u32 {
        match (self, reach) {
            (_, Reach::Span | Reach::Sentence) => u32::MAX,
            (Place::Line | Place::LineStart, _) => 300,
            (Place::LineEnd | Place::Anywhere, _) => 200,
        }
    }
}

names! {
    /// What may follow a phrase at the start of a line.
    "rest" => pub enum Rest {
        /// Anything.
        Any = "any",
        /// What looks like a title: it begins with a capital, a digit or a quotation mark, has no
        /// full stop at its end and at most 160 characters.
        Title = "title",
        /// A title, or nothing.
        TitleOrNothing = "title-or-nothing",
    }
}

names! {
    /// A part of the document.
    "part" => pub enum Part {
        /// Before the article gets going.
        Head = "head",
        /// After the article's end.
        Tail = "tail",
    }
}

/// The neighbours that a rule needs. A rule whose list is empty does not ask for that side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Needs {
    /// One of these before or after the line.
    pub near: Vec<Needed>,
    /// One of these before the line.
    pub before: Vec<Needed>,
    /// One of these after the line.
    pub after: Vec<Needed>,
    /// How many non-blank lines away, at most.
    pub within: u32,
    /// In which part of the document the line must stand.
    pub part: Option<Part>,
}

/// One neighbour that a rule may need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needed {
    /// A word or phrase that stands in a neighbouring line.
    Word(Box<str>),
    /// A rule that matches a neighbouring line.
    Rule(Box<str>),
    /// Any rule of the category.
    Category(Category),
}

/// How far the removal reaches.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The matched span only.
    Span,
    /// The sentence that the phrase stands in.
    Sentence,
    /// The line.
    Line,
    /// The line and up to so many short lines after it.
    Lines(u32),
    /// The line and the short lines or list items after it, up to a paragraph.
    List,
    /// The line and those after it, up to a blank line or a paragraph.
    Block,
    /// Everything after it, unless content resumes.
    ToEnd,
    /// Nothing by itself: three such lines close to each other are a thread of comments, whose lines
    /// the line model takes for boilerplate sooner. Of weight 0: the line is none of them.
    Thread,
}

impl Reach {
    /// How far it goes: 0 for one line, 4 for the rest of the document.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Reach::Lines(_) => 1,
            Reach::List => 2,
            Reach::Block => 3,
            Reach::ToEnd => 4,
            _ => 0,
        }
    }

    /// The names that need no number.
    pub(crate) const NAMED: &'static [(&'static str, Reach)] = &[
        ("span", Reach::Span),
        ("sentence", Reach::Sentence),
        ("line", Reach::Line),
        ("list", Reach::List),
        ("block", Reach::Block),
        ("to-end-unless-content-resumes", Reach::ToEnd),
        ("to-end", Reach::ToEnd),
        ("end", Reach::ToEnd),
        ("thread", Reach::Thread),
    ];
}
