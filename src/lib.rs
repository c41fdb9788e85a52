//! limpio turns scraped text into clean text.
//!
//! It decodes bytes, repairs mojibake, normalises Unicode and white space, strips what a page or
//! platform added to an article (newsletter boxes, share bars, comment forms, read-also lines,
//! template leftovers, spam), and tells Spanish from English. For every line that goes it can say
//! why.
//!
//! ```
//! # fn main() -> Result<(), limpio::Error> {
//! let pipeline = limpio::Pipeline::builder().build()?;
//! let page = "El río creció dos metros en una noche, y nadie en el pueblo recordaba algo así.\n\
//!             \n\
//!             Suscríbete a nuestro boletín\n";
//! let cleaned = pipeline.clean(page);
//! assert_eq!(
//!     cleaned.text,
//!     "El río creció dos metros en una noche, y nadie en el pueblo recordaba algo así.\n",
//! );
//! assert_eq!(cleaned.report.removed[&limpio::Category::Newsletter], 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Ways in
//!
//! | You have | Call |
//! | --- | --- |
//! | a text | [`Pipeline::clean`], which borrows where nothing changes |
//! | bytes of unknown encoding | [`Pipeline::clean_bytes`] |
//! | a reader and a writer | [`Pipeline::clean_stream`], constant memory |
//! | pieces as they arrive, and interest in every line's fate | [`Pipeline::cleaner`] and a [`Sink`] |
//! | documents of a site whose template you want known | [`learn`], for rules of your own |
//! | a text whose languages you want | [`Pipeline::languages`], or [`lang`] without a pipeline |
//!
//! A [`Pipeline`] is built once by a [`PipelineBuilder`], never changes, and is shared between
//! threads; a [`Cleaner`] is one document in progress.
//!
//! # How it works
//!
//! ```text
//! bytes -> decode -> lines -> repair -> evidence -> window -> judges -> sink
//! ```
//!
//! Two kinds of work are never mixed. *Repairs* change text, see one line and decide nothing:
//! mojibake, then normalisation, until nothing changes. *Judges* change nothing, see a line with
//! its neighbours, and keep or drop it: by [`rules`] and their context, by repetition, by
//! language. The sink sees every line with its [`Verdict`]; writing clean text, explaining, and
//! listing what was removed are three sinks over one engine.
//!
//! # Promises
//!
//! Text without defects comes out byte for byte. Every output line comes from an input line.
//! Every removal has a category, a rule and a line number. The result does not depend on how the
//! input is cut into reads. Repairing twice is repairing once. Memory is bounded, time is linear,
//! and no input makes the library panic; it never prints and never exits.
//!
//! # Features
//!
//! `cli` (default) builds the command `limpio`. With
//! `default-features = false` the library is left: decoding, repair, rules and languages, in pure
//! Rust.

mod chunk;
mod cleaner;
mod decode;
mod error;
mod facts;
mod hash;
mod judge;
pub mod lang;
pub mod learn;
mod line;
mod line_block;
mod line_marks;
mod line_scan;
mod line_words;
mod model;
#[cfg(feature = "train")]
pub use model::train;
mod names;
mod pipeline;
mod repair;
mod report;
mod review;
pub mod rules;
mod settings;
mod sink;
mod spam;
mod split;
mod stages;
mod swar;
mod trims;
mod verdict;
mod wide;
mod window;

pub use cleaner::Cleaner;
pub use error::Error;
pub use hash::stable_hash;
pub use judge::{WITHOUT_RULES, WithoutRule};
pub use line::{Edits, Line, MojibakeSpan, Trim};
pub use pipeline::{Cleaned, DROP_SPAM_DOCUMENTS, Pipeline, PipelineBuilder};
pub use report::{Languages, Repairs, Report, Status};
pub use settings::{
    Bidi, BlankLines, Dashes, Emoji, Entities, Form, Hyphens, Level, Normalization, Quotes, Spaces,
    Stage, ZeroWidth,
};
pub use sink::{Sink, TextSink};
pub use stages::StageTimes;
pub use verdict::{Category, Nearly, Reason, Removal, Spared, Verdict};

/// The examples of README.md, so that they are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
