//! What becomes of repaired lines: the window, the judges, the sink and the report.

mod passes;
mod recurring;

use std::borrow::Cow;

use crate::error::Error;
use crate::facts::Facts;
use crate::judge::Repeats;
use crate::lang::{Detector, Shares};
use crate::line::{Line, Trim};
use crate::model::{Cues, Scorer, Words};
use crate::pipeline::Pipeline;
use crate::repair::{Repaired, trim_end};
use crate::report::{Languages, Report};
use crate::rules::{Hit, Scratch, SiteKey};
use crate::settings::BlankLines;
use crate::sink::Sink;
use crate::spam::{self, LineSigns, WholeDocument};
use crate::split::MAX_LINE_BYTES;
use crate::verdict::Verdict;
use crate::window::{Entry, Waiting, Window};
use passes::{Buffers, FirstLook, Mark};

/// The review of one document's lines.
pub(crate) struct Review<'p> {
    pipeline: &'p Pipeline,
    /// The site of the documents, if a rule names it.
    site: Option<SiteKey>,
    /// White space at the end of a piece of a long line: it stays only if more of the line comes.
    trailing: String,
    /// Whether pieces of the current line have been blank so far.
    nothing_yet: bool,
    blank_before: u64,
    window: Window,
    /// What is remembered of the lines that left the window.
    left: Mark,
    /// The same, and of lines that were looked at, for repetitions.
    repeats: Repeats,
    first_look: FirstLook,
    /// Lines of white space that are kept as they are, until the next other line.
    spaces: Vec<Entry>,
    /// For the passes over lines that wait.
    passes: Buffers,
    scorer: Scorer,
    scratch: Scratch,
    words: Words,
    glance: spam::Glance,
    out: Output,
    report: Report,
    shares: Shares,
    spam: spam::Evidence,
    /// Decided lines that wait for the end of the document, where spam documents are dropped.
    held: Option<Held>,
    lines_to_sink: u64,
    /// How often a line was decided, in whichever pass.
    #[cfg(test)]
    decisions: u64,
}

/// Decided lines whose document may still turn out to be spam.
#[derive(Default)]
struct Held {
    lines: Vec<(Entry, Verdict)>,
    bytes: usize,
}

/// Most bytes of text that wait for the end of their document.
///
/// A longer document is no message, link list or page of spam, and goes on as a stream.
/// Source: of 1,966 real pages, 2026-11, the longest has 0.3 MB.
const HELD_BYTES: usize = 1 << 20;

/// Most lines that wait.
const HELD_LINES: usize = 1 << 14;

impl Held {
    fn is_full(&self) -> bool {
        self.bytes >= HELD_BYTES || self.lines.len() >= HELD_LINES
    }
}

/// Lines of white space that wait for the next other line at most.
const SPACES: usize = 1024;

/// How the clean text has come along.
#[derive(Default)]
struct Output {
    started: bool,
    /// Whether nothing was written since the last line feed.
    at_line_start: bool,
    /// Blank lines since the last kept line: the longest run.
    blanks: u64,
    /// Blank lines of the input, and those that were written.
    blanks_in: u64,
    blanks_out: u64,
}

impl<'p> Review<'p> {
    pub(crate) fn new(pipeline: &'p Pipeline) -> Review<'p> {
        Review {
            pipeline,
            site: None,
            trailing: String::new(),
            nothing_yet: true,
            blank_before: 0,
            window: Window::default(),
            left: Mark::default(),
            repeats: Repeats::default(),
            first_look: FirstLook::default(),
            spaces: Vec::new(),
            passes: Buffers::default(),
            scorer: Scorer::default(),
            scratch: Scratch::default(),
            words: Words::default(),
            glance: spam::Glance::default(),
            out: Output::default(),
            report: Report::default(),
            shares: Shares::default(),
            spam: spam::Evidence::default(),
            held: pipeline.spam_document_score().map(|_| Held::default()),
            lines_to_sink: 0,
            #[cfg(test)]
            decisions: 0,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.trailing.clear();
        self.nothing_yet = true;
        self.blank_before = 0;
        self.window.reset();
        self.left = Mark::default();
        self.repeats.clear();
        self.first_look.reset();
        self.spaces.clear();
        self.scorer.reset();
        self.out = Output::default();
        self.report = Report::default();
        self.shares = Shares::default();
        self.spam.clear();
        self.held = self.pipeline.spam_document_score().map(|_| Held::default());
        self.lines_to_sink = 0;
    }

    /// The site of the documents to come.
    pub(crate) fn set_site(&mut self, site: &str) {
        self.site = self.pipeline.site(site);
    }

    /// Whether the sink has seen a line.
    pub(crate) fn has_begun(&self) -> bool {
        self.lines_to_sink > 0
    }

    /// The input is over: decides what is undecided and tells what happened. `ended` says whether
    /// the input ended with a line end.
    pub(crate) fn finish(&mut self, ended: bool, sink: &mut dyn Sink) -> Result<Report, Error> {
        self.first_look.pass.input_ended = true;
        self.judge(sink)?;
        for entry in std::mem::take(&mut self.spaces) {
            self.let_go(entry, sink)?;
        }
        self.report.spam_score = self.spam.score();
        self.end_hold(sink)?;
        self.blank_lines(self.blank_before, self.report.lines_in + 1, sink)?;
        let newline = ended && self.out.started;
        sink.end(newline)?;
        self.report.bytes_out += u64::from(newline);
        self.report.blank_lines = self.out.blanks_in - self.out.blanks_out;
        if self.out.started && self.out.at_line_start && !newline {
            // An empty line at the end, whose line end went with the lines after it, is no line.
            self.report.lines_out -= 1;
            self.report.blank_lines += 1;
        }
        if self.pipeline.counts_languages() {
            let [es, en, other] = self.shares.fractions();
            self.report.languages = Languages { es, en, other };
        }
        Ok(std::mem::take(&mut self.report))
    }

    /// A repaired line or piece enters the window.
    pub(crate) fn enter(
        &mut self,
        line: &mut Repaired<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.report.lines_in += u64::from(line.ends);
        self.report.repairs.mojibake += u64::from(line.edits.mojibake);
        self.report.repairs.lossy += u64::from(line.edits.lossy);
        self.report.repairs.entities += u64::from(line.edits.entities);
        self.report.repairs.controls += u64::from(line.edits.controls);
        self.report.repairs.hyphens += u64::from(line.edits.hyphens);
        let mojibake = std::mem::take(&mut line.mojibake);
        let Some((text, starts)) = self.without_trailing_space(line) else { return Ok(()) };
        let number = self.report.lines_in + u64::from(!line.ends);
        let mut entry = self.window.fresh();
        entry.number = number;
        entry.texts.fill(line.original, &text);
        entry.edits = line.edits;
        entry.mojibake = mojibake;
        entry.starts = starts;
        entry.ends = line.ends;
        entry.blank_before = if starts { std::mem::take(&mut self.blank_before) } else { 0 };
        // Where nothing judges, nothing need be known of the line.
        let is_whole = line.starts && line.ends;
        let is_blank = trim_end(&text).is_empty();
        entry.recurs = true;
        entry.is_judged = self.pipeline.judges_lines() && is_whole && !is_blank;
        entry.facts = Facts::default();
        if is_whole && is_blank && self.spaces.len() < SPACES {
            self.spaces.push(entry);
            return Ok(());
        }
        entry.spaces_before = std::mem::take(&mut self.spaces);
        entry.spam = None;
        entry.subject = None;
        entry.thread = None;
        entry.lang = None;
        if entry.is_judged {
            self.look(&mut entry);
            self.spam.see(&entry.facts, entry.spam.as_ref());
        } else {
            entry.cues = Cues::of_long_text();
        }
        if self.pipeline.model().is_some() {
            self.first_look.scorer.push(&entry.cues);
        }
        self.window.push(entry);
        self.judge(sink)
    }

    /// What is seen of a line alone.
    fn look(&mut self, entry: &mut Waiting) {
        let text = entry.texts.text();
        let Review { pipeline, scratch, glance, site, words, .. } = self;
        entry.spam = pipeline.find(text, *site, scratch, glance, &mut entry.hits);
        entry.subject = entry.spam.as_ref().and_then(LineSigns::subject);
        entry.thread = pipeline.take_thread(&mut entry.hits);
        entry.topic.take();
        let Some(model) = pipeline.model() else {
            entry.facts = Facts::of(text);
            return;
        };
        let rules = pipeline.rules().rules();
        let rule = |hit: &Hit| &rules[hit.rule];
        entry.facts = model.look(text, words, &entry.hits, rule, &mut entry.cues).facts;
    }

    /// The text of a line to be judged and whether a line starts with it; `None` for blank lines
    /// and for pieces that are nothing but white space so far.
    fn without_trailing_space<'t>(
        &mut self,
        line: &'t Repaired<'_>,
    ) -> Option<(Cow<'t, str>, bool)> {
        if !self.pipeline.normalizes() {
            return Some((Cow::Borrowed(&*line.text), line.starts));
        }
        if line.starts {
            self.nothing_yet = true;
            self.trailing.clear();
        }
        let text = trim_end(&line.text);
        let space = &line.text[text.len()..];
        if text.is_empty() {
            // White space past the longest piece is not kept: memory stays bounded.
            if !line.ends && self.trailing.len() + space.len() <= MAX_LINE_BYTES {
                self.trailing.push_str(space);
            }
            if line.ends && self.nothing_yet {
                self.blank_before += 1;
            }
            return None;
        }
        let starts = std::mem::take(&mut self.nothing_yet);
        let text = if self.trailing.is_empty() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(std::mem::take(&mut self.trailing) + text)
        };
        if !line.ends {
            self.trailing.push_str(space);
        }
        Some((text, starts))
    }

    /// The document has ended: drops it as a whole if it is spam, else lets go what waits.
    fn end_hold(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let score = self.report.spam_score;
        let Some(least) = self.pipeline.spam_document_score().filter(|least| score >= *least)
        else {
            return self.release(sink);
        };
        let document = WholeDocument { score, least };
        let Some(held) = &mut self.held else {
            self.report.warnings.push(document.too_long(HELD_BYTES));
            return Ok(());
        };
        for (entry, verdict) in &mut held.lines {
            if verdict.is_keep() {
                *verdict = Verdict::Drop(document.removal());
                entry.trims.clear();
                entry.texts.rest = None;
            }
        }
        self.report.reason = document.to_string();
        self.release(sink)
    }

    /// Lets go the lines that wait; later ones do not.
    fn release(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        for (entry, verdict) in self.held.take().unwrap_or_default().lines {
            self.let_out(entry, &verdict, sink)?;
        }
        Ok(())
    }

    fn let_go(&mut self, entry: Entry, sink: &mut dyn Sink) -> Result<(), Error> {
        self.let_go_with(entry, Verdict::Keep, sink)
    }

    /// A decided line leaves, or waits for what its document turns out to be.
    fn let_go_with(
        &mut self,
        entry: Entry,
        verdict: Verdict,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let Some(held) = &mut self.held else { return self.let_out(entry, &verdict, sink) };
        held.bytes += entry.bytes();
        held.lines.push((entry, verdict));
        if held.is_full() { self.release(sink) } else { Ok(()) }
    }

    fn let_out(
        &mut self,
        mut entry: Entry,
        verdict: &Verdict,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        for mut spaces in std::mem::take(&mut entry.spaces_before) {
            // They go with the line after them.
            spaces.lang = entry.lang;
            self.leave(&spaces, &Verdict::Keep, &[], sink)?;
            self.window.recycle(spaces);
        }
        let trims = std::mem::take(&mut entry.trims);
        let left = self.leave(&entry, verdict, &trims, sink);
        self.window.recycle(entry);
        left
    }

    /// A decided line leaves for the sink and the report.
    fn leave(
        &mut self,
        entry: &Waiting,
        verdict: &Verdict,
        trims: &[Trim],
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.blank_lines(entry.blank_before, entry.number, sink)?;
        let text = entry.text();
        let mut line_feeds = 0;
        match verdict {
            Verdict::Drop(removal) => {
                // Pieces of a long line count with its first.
                if entry.starts {
                    *self.report.removed.entry(removal.category).or_default() += 1;
                    self.report.count_rule(&removal.rule);
                }
            }
            _ => {
                for (index, trim) in trims.iter().enumerate() {
                    let category = trim.removal.category;
                    if trims[..index].iter().all(|other| other.removal.category != category) {
                        *self.report.trimmed.entry(category).or_default() += 1;
                    }
                    self.report.count_rule(&trim.removal.rule);
                }
                line_feeds = self.line_feeds(entry.starts);
                self.report.lines_out += u64::from(entry.starts);
                self.report.bytes_out += line_feeds + text.len() as u64;
                self.out.at_line_start =
                    text.is_empty() && (entry.starts || self.out.at_line_start);
                if self.pipeline.counts_languages() {
                    self.shares.add_line(Detector::shared(), text);
                }
            }
        }
        self.lines_to_sink += 1;
        sink.line(
            &Line {
                number: entry.number,
                text,
                original: entry.texts.original(),
                starts: entry.starts,
                line_feeds,
                trims,
                nearly: entry.nearly.as_deref().filter(|_| verdict.is_keep()),
                edits: entry.edits,
                mojibake: &entry.mojibake,
                lang: entry.lang,
            },
            verdict,
        )?;
        Ok(())
    }

    /// Line feeds before a kept line, which ends the run of blank lines before it.
    fn line_feeds(&mut self, starts: bool) -> u64 {
        if !starts {
            return 0;
        }
        let blanks = std::mem::take(&mut self.out.blanks);
        if !std::mem::replace(&mut self.out.started, true) {
            return 0;
        }
        let written = match self.pipeline.blank_lines() {
            BlankLines::One => blanks.min(1),
            BlankLines::Keep => blanks,
        };
        self.out.blanks_out += written;
        self.report.lines_out += written;
        1 + written
    }

    /// Tells the sink of blank lines; the last of them stands before line `next`.
    #[inline]
    fn blank_lines(&mut self, count: u64, next: u64, sink: &mut dyn Sink) -> Result<(), Error> {
        self.out.blanks_in += count;
        self.out.blanks = self.out.blanks.max(count);
        for number in next - count..next {
            let line = Line {
                number,
                text: "",
                original: "",
                starts: true,
                line_feeds: 0,
                trims: &[],
                nearly: None,
                edits: Default::default(),
                mojibake: &[],
                lang: None,
            };
            sink.line(&line, &Verdict::Blank)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Pipeline, Stage};

    #[test]
    fn an_empty_line_without_line_end_is_no_line() {
        let pipeline = Pipeline::builder().skip(&[Stage::Normalize]).build().expect("it builds");
        let cleaned = pipeline.clean("The council met to discuss the budget.\n\nAdvertisement");
        assert_eq!(cleaned.text, "The council met to discuss the budget.\n");
        let report = cleaned.report;
        assert_eq!((report.lines_in, report.lines_out, report.blank_lines), (3, 1, 1));
        assert_eq!(report.removed.values().sum::<u64>(), 1);
    }
}
