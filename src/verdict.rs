//! What was decided about a line, and why.

use std::borrow::Cow;
use std::fmt;

use crate::lang::Language;
use crate::names::names;
use crate::rules::Seen;

names! {
    /// What a removed line was.
    ///
    /// The names are those of reports, rule files and `--disable`; they are stable.
    ///
    /// ```
    /// use limpio::Category;
    /// assert_eq!(Category::AuthorBio.as_str(), "author-bio");
    /// assert_eq!("nav".parse::<Category>().ok(), Some(Category::Nav));
    /// ```
    #[non_exhaustive]
    "category" => pub enum Category {
        /// Newsletter and subscription boxes.
        Newsletter = "newsletter",
        /// Advertisements, sponsors, calls to action of a vendor, donations.
        Ad = "ad",
        /// Comment forms, comment calls and readers' comments.
        Comments = "comments",
        /// Share and follow buttons.
        Share = "share",
        /// Lists of other articles, read-also lines.
        Related = "related",
        /// Menus, breadcrumbs, tags, log-in links, skip links.
        Nav = "nav",
        /// Cookie and consent notices.
        Cookie = "cookie",
        /// Subscription walls.
        Paywall = "paywall",
        /// Copyright, terms, reproduction notices.
        Legal = "legal",
        /// Bylines, dates, reading times, photo credits.
        Byline = "byline",
        /// Boxes about the author.
        AuthorBio = "author-bio",
        /// Older and newer posts, page numbers.
        Pagination = "pagination",
        /// What a template left behind.
        Placeholder = "placeholder",
        /// Pitches for an app.
        App = "app",
        /// Contact lines, chat widgets, script and captcha notices.
        Contact = "contact",
        /// Comment spam, link farms, casino, pharma and loan advertisements.
        Spam = "spam",
        /// A line that repeats one before it.
        Duplicate = "duplicate",
        /// What a user's own rule or setting removes.
        Custom = "custom",
    }
}

/// The decision about one line.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The line stays.
    Keep,
    /// The line is blank; blank lines are folded where they are written.
    Blank,
    /// The line goes, with the reason.
    Drop(Removal),
}

impl Verdict {
    /// Whether the line stays.
    pub fn is_keep(&self) -> bool {
        matches!(self, Verdict::Keep)
    }
}

/// Why a line, or a span of one, was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// What it was.
    pub category: Category,
    /// The id of the rule, or of the judge that needs no rule (`duplicate.heading`).
    pub rule: Cow<'static, str>,
    /// What the rule saw.
    pub reason: Reason,
    /// How sure the judge was, 0 to 1; the level of the pipeline is the least it asks for.
    pub score: f32,
}

impl Removal {
    /// One of which nobody will ask more than the category.
    pub(crate) fn unexplained(category: Category, score: f32) -> Removal {
        Removal { category, rule: Cow::Borrowed(""), reason: Reason::Shape(""), score }
    }
}

/// What came closest to removing a line that stays, and why it did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearly {
    /// What it would have been removed for; its score may be under the level, or above it where
    /// something else kept the line.
    pub removal: Removal,
    /// Why it stays.
    pub because: Spared,
}

/// Why a line stays although something spoke against it.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spared {
    /// The level asks for a higher score.
    Level {
        /// What it asks for.
        asks: f32,
    },
    /// Nothing in the document is sure to be boilerplate, so that the line model removes nothing.
    NothingSure,
    /// Much of the text would go, so that the line model removes surer lines only.
    TooMuch,
    /// The line is so long that the line model alone does not remove it.
    TooLong,
}

impl fmt::Display for Spared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spared::Level { asks } => write!(f, "the level asks for {asks:.2}"),
            Spared::NothingSure => f.write_str("nothing in the document is sure"),
            Spared::TooMuch => f.write_str("too much of the text would go"),
            Spared::TooLong => f.write_str("too long to go for its looks"),
        }
    }
}

/// What a judge saw when it dropped a line.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The line holds this phrase of the rule; empty if the sink asked for no reasons.
    Phrase(Box<str>),
    /// The line model takes it for boilerplate.
    Model {
        /// What that rests on most, strongest first; empty if the sink asked for no reasons.
        grounds: [Option<&'static str>; 2],
    },
    /// The form of the line and of its neighbours, described in a few words.
    Shape(&'static str),
    /// The line stands in a block that the named line opened (lines count from 1).
    Region {
        /// Number of the line that opened the block.
        opened_at: u64,
    },
    /// The line says again what an earlier one said (lines count from 1).
    Repeated {
        /// Number of the first of the equal lines.
        first: u64,
    },
    /// The line is in a language that is not kept.
    Language(Language),
    /// The line stands in many documents of its site, or one of the same form does.
    Learned {
        /// Documents of the site that hold the line, and all documents of the site.
        seen: Seen,
        /// The site, where the rule names one.
        site: Option<Box<str>>,
    },
    /// Several signs of spam meet in the line, named in a few words.
    Signs(Box<str>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Phrase(phrase) => write!(f, "phrase \u{201c}{phrase}\u{201d}"),
            Reason::Model { grounds: [None, _] } => f.write_str("like boilerplate"),
            Reason::Model { grounds: [Some(first), None] } => f.write_str(first),
            Reason::Model { grounds: [Some(first), Some(second)] } => {
                write!(f, "{first}; {second}")
            }
            Reason::Shape(what) => f.write_str(what),
            Reason::Region { opened_at } => write!(f, "in the block opened by line {opened_at}"),
            Reason::Repeated { first } => write!(f, "repeats line {first}"),
            Reason::Signs(signs) => f.write_str(signs),
            Reason::Language(language) => write!(f, "language {language} is not kept"),
            Reason::Learned { seen, site } => {
                write!(f, "in {} of {} documents", seen.documents, seen.of)?;
                site.as_ref().map_or(Ok(()), |site| write!(f, " of {site}"))
            }
        }
    }
}
