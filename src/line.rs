//! A line, and what can be seen of it without knowing any language.

use std::sync::Arc;

use crate::lang::Language;
use crate::verdict::{Nearly, Removal};

/// A line of a document as a [`Sink`](crate::Sink) sees it: after repair, before it is written.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Number in the input, from 1.
    pub number: u64,
    /// The text as it would be written: repaired, removed spans taken out, no line end.
    pub text: &'a str,
    /// The text as it was decoded, before any repair.
    pub original: &'a str,
    /// Whether a line starts here; `false` for a further piece of a line over 64 KiB.
    pub starts: bool,
    /// Line feeds to write before it, if it is kept: one that ends the line before, and one for
    /// each blank line between them.
    pub line_feeds: u64,
    /// Spans that were removed from it.
    pub trims: &'a [Trim],
    /// What came close to removing it, if it stays; only told to a sink that
    /// [wants reasons](crate::Sink::wants_reasons).
    pub nearly: Option<&'a Nearly>,
    /// What was repaired in it.
    pub edits: Edits,
    /// The spans of mojibake among that, in the order of `original`.
    pub mojibake: &'a [MojibakeSpan],
    /// The language that the line goes by, in a pipeline that keeps only some
    /// ([`PipelineBuilder::langs`](crate::PipelineBuilder::langs)): its own, or for lines without one
    /// that of their neighbours. `None` in other pipelines, and as long as no language is in sight.
    pub lang: Option<Language>,
}

/// A span of mojibake that was undone.
///
/// ```
/// use limpio::{Line, Pipeline, Sink, Verdict};
///
/// struct Tell(Vec<String>);
/// impl Sink for Tell {
///     fn line(&mut self, line: &Line<'_>, _: &Verdict) -> std::io::Result<()> {
///         self.0.extend(line.mojibake.iter().map(|span| {
///             assert!(span.score > 5.0);
///             format!("{}: {} -> {} ({})", span.start, span.before, span.after, span.pages)
///         }));
///         Ok(())
///     }
/// }
///
/// let pipeline = Pipeline::builder().build()?;
/// let mut told = Tell(Vec::new());
/// let mut cleaner = pipeline.cleaner();
/// cleaner.push("Nos vemos maÃ±ana en el cafÃ©.\n".as_bytes(), &mut told)?;
/// cleaner.finish(&mut told)?;
/// assert_eq!(told.0, ["12: Ã± -> ñ (windows-1252)", "29: Ã© -> é (windows-1252)"]);
/// # Ok::<(), limpio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MojibakeSpan {
    /// First byte of the span in the line as it was decoded.
    pub start: usize,
    /// What stood there.
    pub before: Box<str>,
    /// What it meant.
    pub after: Box<str>,
    /// The encodings it was read with by mistake, the last one first, as in
    /// `windows-1252>windows-1252`.
    pub pages: Arc<str>,
    /// How much likelier the repaired text is than the damaged one, in nats (natural logarithm of the
    /// ratio). Spans that were judged together share one score; from 5 upwards a span convinces alone.
    pub score: f32,
}

/// A span that was removed from a line that stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Trim {
    /// First byte in the repaired line, before any span was taken out.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// The text of the span.
    pub text: Box<str>,
    /// Why it went.
    pub removal: Removal,
}

/// Counts of what was repaired in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edits {
    /// Spans of mojibake that were undone.
    pub mojibake: u32,
    /// Spans of them in which a lost byte was guessed.
    pub lossy: u32,
    /// Entities that were decoded.
    pub entities: u32,
    /// Control and invisible characters and escapes that were taken out.
    pub controls: u32,
    /// Words divided at the end of this line that were joined.
    pub hyphens: u32,
}
