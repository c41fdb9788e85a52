//! One document in progress: the one place where the order of work can be read.
//!
//! ```text
//! bytes -> Decoder -> Splitter -> Repairer -> Review (window, judges) -> Sink
//! ```

use crate::decode::Decoder;
use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::repair::{Repaired, Repairer};
use crate::report::{Report, Status};
use crate::review::Review;
use crate::rules::NO_SITE;
use crate::sink::Sink;
use crate::split::{Piece, Splitter};
use crate::stages::{StageTimes, Watch, Work, turn_to};

/// Cleans one document, pushed in pieces of any size; then the next one, with the same buffers.
///
/// What comes out does not depend on how the input is cut. Lines reach the sink as soon as they
/// are decided: a paragraph that no rule has anything against at once, others after at most 64
/// lines. Memory is bounded, whatever the length of the document and of its lines.
///
/// See [`Sink`] for an example.
pub struct Cleaner<'p> {
    decoder: Decoder,
    splitter: Splitter,
    repairer: Repairer,
    review: Review<'p>,
    /// What was decoded last.
    text: String,
    bytes_in: u64,
    is_binary: bool,
    /// Where somebody asks where the time goes.
    watch: Option<Box<Watch>>,
}

impl<'p> Cleaner<'p> {
    pub(crate) fn new(pipeline: &'p Pipeline) -> Cleaner<'p> {
        let mut cleaner = Cleaner {
            decoder: Decoder::new(pipeline.encoding()),
            splitter: Splitter::default(),
            repairer: Repairer::new(pipeline.repair_settings()),
            review: Review::new(pipeline),
            text: String::new(),
            bytes_in: 0,
            is_binary: false,
            watch: None,
        };
        cleaner.set_site(NO_SITE);
        cleaner
    }

    /// Takes the time of its stages from now on: a per cent or two slower.
    ///
    /// ```
    /// # fn main() -> Result<(), limpio::Error> {
    /// let pipeline = limpio::Pipeline::builder().build()?;
    /// let mut cleaner = pipeline.cleaner();
    /// cleaner.take_times();
    /// let mut clean = limpio::TextSink::new(Vec::new());
    /// cleaner.push(b"The river rose.\n", &mut clean)?;
    /// cleaner.finish(&mut clean)?;
    /// assert!(cleaner.times().judge > std::time::Duration::ZERO);
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_times(&mut self) {
        self.watch = Some(Box::new(Watch::new()));
    }

    /// The time that its stages took, over all documents; zero where it is not taken.
    pub fn times(&self) -> StageTimes {
        self.watch.as_ref().map(|watch| watch.times()).unwrap_or_default()
    }

    /// Names the site of the document to come and those after it, until another is named.
    ///
    /// Rules with `sites` look at documents of these sites and no others; `-` stands for documents
    /// without a site, which is where a cleaner begins. [`learn`](crate::learn) makes such rules.
    ///
    /// ```
    /// # use std::path::Path;
    /// # fn main() -> Result<(), limpio::Error> {
    /// let rules = r#"
    /// [[rule]]
    /// id = "learned.news.example"
    /// category = "nav"
    /// sites = ["news.example"]
    /// phrases = ["Portada", "Hace {n} horas"]
    /// "#;
    /// let builder = limpio::Pipeline::builder().rules_toml(Path::new("learned.toml"), rules)?;
    /// let pipeline = builder.build()?;
    /// let mut cleaner = pipeline.cleaner();
    /// let mut clean = limpio::TextSink::new(Vec::new());
    /// cleaner.set_site("news.example");
    /// cleaner.push_str("Portada\nHace 3 horas\nThe river rose.\n", &mut clean)?;
    /// cleaner.finish(&mut clean)?;
    /// assert_eq!(clean.get_mut(), b"The river rose.\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_site(&mut self, site: &str) {
        self.review.set_site(site);
    }

    /// Takes the next bytes of the document.
    ///
    /// Any bytes decode. If NUL bytes show that the document is no text before a line has gone
    /// out, nothing goes out; later ones are taken out as the control characters they are. Either
    /// way the report says `skipped`.
    ///
    /// # Errors
    ///
    /// Only those of the sink.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), Error> {
        self.bytes_in += bytes.len() as u64;
        self.start_watch();
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        self.decoder.push(bytes, &mut text);
        let taken = self.take_decoded(&text, sink);
        self.text = text;
        turn_to(&mut self.watch, Work::Decode);
        taken
    }

    /// Takes the next text of the document, for callers that have it decoded.
    ///
    /// Do not mix with [`Cleaner::push`] within one document.
    ///
    /// # Errors
    ///
    /// Only those of the sink.
    pub fn push_str(&mut self, text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        self.bytes_in += text.len() as u64;
        self.start_watch();
        let taken = self.take(text, sink);
        turn_to(&mut self.watch, Work::Decode);
        taken
    }

    /// Ends the document: decides what is undecided, ends the sink, tells what happened. The
    /// cleaner is ready for the next document.
    ///
    /// # Errors
    ///
    /// Only those of the sink.
    pub fn finish(&mut self, sink: &mut dyn Sink) -> Result<Report, Error> {
        self.start_watch();
        let mut rest = String::new();
        self.decoder.finish(&mut rest);
        self.take_decoded(&rest, sink)?;
        let mut report = if self.is_binary { Report::default() } else { self.finish_lines(sink)? };
        report.bytes_in = self.bytes_in;
        report.encoding = self.decoder.name();
        report.repairs.lossy += self.decoder.lossy();
        if self.decoder.saw_nul() {
            report.status = Status::Skipped;
            report.reason = "binary: it holds NUL bytes".to_owned();
        }
        self.reset();
        turn_to(&mut self.watch, Work::Decode);
        Ok(report)
    }

    /// Forgets the document in progress, as after an error.
    pub fn reset(&mut self) {
        self.decoder.reset();
        self.splitter.reset();
        self.repairer.reset();
        self.review.reset();
        self.bytes_in = 0;
        self.is_binary = false;
    }

    /// Takes what was decoded. A NUL that comes before any line has gone out shows that the
    /// document is no text; where it stands decides, not the read that brought it.
    fn take_decoded(&mut self, mut text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.is_binary {
            return Ok(());
        }
        if self.decoder.saw_nul()
            && !self.review.has_begun()
            && let Some(nul) = memchr::memchr(0, text.as_bytes())
        {
            self.take(&text[..nul], sink)?;
            self.is_binary = !self.review.has_begun();
            if self.is_binary {
                return Ok(());
            }
            text = &text[nul..];
        }
        self.take(text, sink)
    }

    fn take(&mut self, text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        let Cleaner { splitter, repairer, review, watch, .. } = self;
        splitter.push(text, |piece| repair(repairer, piece, review, watch, sink))
    }

    fn start_watch(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.start();
        }
    }

    fn finish_lines(&mut self, sink: &mut dyn Sink) -> Result<Report, Error> {
        let Cleaner { splitter, repairer, review, watch, .. } = self;
        let ended = splitter.finish(|piece| repair(repairer, piece, review, watch, sink))?;
        turn_to(watch, Work::Repair);
        repairer.finish(|line| judge(review, line, watch, sink))?;
        turn_to(watch, Work::Judge);
        review.finish(ended, sink)
    }
}

/// Repairs a piece of a line, and has judged what comes out.
#[inline]
fn repair(
    repairer: &mut Repairer,
    piece: Piece<'_>,
    review: &mut Review<'_>,
    watch: &mut Option<Box<Watch>>,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    turn_to(watch, Work::Repair);
    let repaired = repairer.push(piece, |line| judge(review, line, watch, sink));
    turn_to(watch, Work::Decode);
    repaired
}

#[inline]
fn judge(
    review: &mut Review<'_>,
    mut line: Repaired<'_>,
    watch: &mut Option<Box<Watch>>,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    turn_to(watch, Work::Judge);
    let judged = review.enter(&mut line, sink);
    turn_to(watch, Work::Repair);
    judged
}
