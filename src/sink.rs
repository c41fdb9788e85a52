//! Where lines go once they are decided.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::line::Line;
use crate::verdict::Verdict;

/// Sees every line of a document, in order, with its verdict.
///
/// ```
/// use limpio::{Line, Pipeline, Sink, Verdict};
///
/// /// Notes the numbers of the lines that went.
/// struct Gone(Vec<u64>);
///
/// impl Sink for Gone {
///     fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> std::io::Result<()> {
///         if let Verdict::Drop(_) = verdict {
///             self.0.push(line.number);
///         }
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<(), limpio::Error> {
/// let pipeline = Pipeline::builder().build()?;
/// let mut gone = Gone(Vec::new());
/// let mut cleaner = pipeline.cleaner();
/// cleaner.push(b"The meeting was moved to Thursday.\nspot_img\n", &mut gone)?;
/// cleaner.finish(&mut gone)?;
/// assert_eq!(gone.0, [2]);
/// # Ok(())
/// # }
/// ```
pub trait Sink {
    /// A line, or a further piece of one over 64 KiB. Blank lines come too, as
    /// [`Verdict::Blank`]; how many are written is told by the next kept line.
    ///
    /// # Errors
    ///
    /// Whatever stops the run; it is handed on to the caller of the cleaner.
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()>;

    /// Whether [`Reason::Model`](crate::Reason::Model) and [`Reason::Phrase`](crate::Reason::Phrase)
    /// shall carry what a verdict rests on, which takes time for each line that goes. Asked again and
    /// again; the answer should not change.
    fn wants_reasons(&self) -> bool {
        true
    }

    /// The document is over; `newline` says whether the clean text ends in a line end.
    ///
    /// # Errors
    ///
    /// As for [`Sink::line`].
    fn end(&mut self, newline: bool) -> io::Result<()> {
        let _ = newline;
        Ok(())
    }
}

/// Writes the clean text: kept lines and the blank lines between them.
///
/// A line feed is written with the line after it, so that the last line keeps or lacks its own
/// as in the input. The writer is not flushed.
#[derive(Debug)]
pub struct TextSink<W> {
    writer: W,
}

impl<W: Write> TextSink<W> {
    /// A sink that writes to `writer`; give it a buffered one.
    pub fn new(writer: W) -> TextSink<W> {
        TextSink { writer }
    }

    /// The writer, for flushing.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> Sink for TextSink<W> {
    fn wants_reasons(&self) -> bool {
        false
    }

    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        if !verdict.is_keep() {
            return Ok(());
        }
        for _ in 0..line.line_feeds {
            self.writer.write_all(b"\n")?;
        }
        self.writer.write_all(line.text.as_bytes())
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        if newline { self.writer.write_all(b"\n") } else { Ok(()) }
    }
}

/// Collects the clean text of an input that is at hand, and borrows from it as long as what comes
/// out is what went in.
pub(crate) struct BorrowingWriter<'t> {
    input: &'t str,
    /// Bytes of the input that came out so far, while nothing differs.
    same: usize,
    /// The output, from the first difference on.
    owned: Option<String>,
}

impl<'t> BorrowingWriter<'t> {
    pub(crate) fn new(input: &'t str) -> BorrowingWriter<'t> {
        BorrowingWriter { input, same: 0, owned: None }
    }

    pub(crate) fn into_text(self) -> Cow<'t, str> {
        match self.owned {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(&self.input[..self.same]),
        }
    }

    fn push(&mut self, text: &str) {
        match &mut self.owned {
            Some(owned) => owned.push_str(text),
            None if self.input[self.same..].starts_with(text) => self.same += text.len(),
            None => {
                let mut owned = String::with_capacity(self.input.len());
                owned.push_str(&self.input[..self.same]);
                owned.push_str(text);
                self.owned = Some(owned);
            }
        }
    }
}

impl Sink for BorrowingWriter<'_> {
    fn wants_reasons(&self) -> bool {
        false
    }

    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        if verdict.is_keep() {
            for _ in 0..line.line_feeds {
                self.push("\n");
            }
            self.push(line.text);
        }
        Ok(())
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        if newline {
            self.push("\n");
        }
        Ok(())
    }
}
