//! What becomes of repaired lines: the window, the judges, the sink and the report.

use std::borrow::Cow;

use crate::error::Error;
use crate::facts::Facts;
use crate::judge::{Judgement, Memory};
use crate::lang::{Detector, Shares};
use crate::line::{Line, Trim};
use crate::pipeline::Pipeline;
use crate::repair::Repaired;
use crate::report::{Languages, Report};
use crate::rules::Scratch;
use crate::settings::BlankLines;
use crate::sink::Sink;
use crate::spam;
use crate::split::MAX_LINE_BYTES;
use crate::verdict::Verdict;
use crate::window::{Entry, Window};

/// The review of one document's lines.
pub(crate) struct Review<'p> {
    pipeline: &'p Pipeline,
    /// White space at the end of a piece of a long line: it stays only if more of the line comes.
    trailing: String,
    /// Whether pieces of the current line have been blank so far.
    nothing_yet: bool,
    blank_before: u64,
    window: Window,
    memory: Memory,
    scratch: Scratch,
    out: Output,
    report: Report,
    shares: Shares,
    spam: spam::Evidence,
    lines_to_sink: u64,
}

/// How the clean text has come along.
#[derive(Default)]
struct Output {
    started: bool,
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
            trailing: String::new(),
            nothing_yet: true,
            blank_before: 0,
            window: Window::default(),
            memory: Memory::default(),
            scratch: Scratch::default(),
            out: Output::default(),
            report: Report::default(),
            shares: Shares::default(),
            spam: spam::Evidence::default(),
            lines_to_sink: 0,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.trailing.clear();
        self.nothing_yet = true;
        self.blank_before = 0;
        self.window.reset();
        self.memory.reset();
        self.out = Output::default();
        self.report = Report::default();
        self.shares = Shares::default();
        self.spam = spam::Evidence::default();
        self.lines_to_sink = 0;
    }

    /// Whether the sink has seen a line.
    pub(crate) fn has_begun(&self) -> bool {
        self.lines_to_sink > 0
    }

    /// The input is over: decides what is undecided and tells what happened. `ended` says whether
    /// the input ended with a line end.
    pub(crate) fn finish(&mut self, ended: bool, sink: &mut dyn Sink) -> Result<Report, Error> {
        self.window.end_input();
        self.judge(sink)?;
        self.blank_lines(self.blank_before, self.report.lines_in + 1, sink)?;
        let newline = ended && self.out.started;
        sink.end(newline)?;
        self.report.bytes_out += u64::from(newline);
        self.report.blank_lines = self.out.blanks_in - self.out.blanks_out;
        self.report.spam_score = self.spam.score();
        if self.pipeline.counts_languages() {
            let [es, en, other] = self.shares.fractions();
            self.report.languages = Languages { es, en, other };
        }
        Ok(std::mem::take(&mut self.report))
    }

    /// A repaired line or piece enters the window.
    pub(crate) fn enter(
        &mut self,
        mut line: Repaired<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.report.lines_in += u64::from(line.ends);
        self.report.repairs.mojibake += u64::from(line.edits.mojibake);
        self.report.repairs.lossy += u64::from(line.edits.lossy);
        self.report.repairs.entities += u64::from(line.edits.entities);
        self.report.repairs.controls += u64::from(line.edits.controls);
        let mojibake = std::mem::take(&mut line.mojibake);
        let Some((text, starts)) = self.without_trailing_space(&line) else { return Ok(()) };
        let number = self.report.lines_in + u64::from(!line.ends);
        let mut entry = self.window.fresh();
        entry.number = number;
        entry.original.clear();
        entry.original.push_str(line.original);
        entry.text.clear();
        entry.text.push_str(&text);
        entry.edits = line.edits;
        entry.mojibake = mojibake;
        entry.starts = starts;
        entry.ends = line.ends;
        entry.blank_before = if starts { std::mem::take(&mut self.blank_before) } else { 0 };
        // Where nothing judges, nothing need be known of the line.
        entry.is_judged =
            self.pipeline.judges_lines() && line.starts && line.ends && !text.trim().is_empty();
        entry.facts = Facts::default();
        if entry.is_judged {
            entry.facts = Facts::of(&text);
            self.pipeline.find(&text, &mut self.scratch, &mut entry.hits);
            self.spam.see(&entry, self.pipeline);
        }
        self.window.push(entry);
        self.judge(sink)
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
        let text = line.text.trim_end();
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

    /// Decides as many lines as can be decided.
    fn judge(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        while let Some(view) = self.window.view() {
            let mut trims = Vec::new();
            let mut verdict = Verdict::Keep;
            if view.entry().is_judged {
                for judge in self.pipeline.judges() {
                    match judge.judge(view, &mut self.memory) {
                        Judgement::Keep => {}
                        Judgement::Trim(spans) => trims = spans,
                        Judgement::Drop(removal) => {
                            verdict = Verdict::Drop(removal);
                            break;
                        }
                        Judgement::NeedMore => return Ok(()),
                    }
                }
            }
            let dropped = match &verdict {
                Verdict::Drop(removal) => Some(removal.category),
                _ => None,
            };
            let Some(entry) = self.window.decide(dropped) else { return Ok(()) };
            if dropped.is_none() && entry.is_judged {
                self.memory.keep(entry.number, &entry.facts, &entry.hits);
            }
            let leaves = self.leave(&entry, &verdict, &trims, sink);
            self.window.recycle(entry);
            leaves?;
        }
        Ok(())
    }

    /// A decided line leaves for the sink and the report.
    fn leave(
        &mut self,
        entry: &Entry,
        verdict: &Verdict,
        trims: &[Trim],
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.blank_lines(entry.blank_before, entry.number, sink)?;
        let text = trimmed(&entry.text, trims);
        let mut line_feeds = 0;
        match verdict {
            Verdict::Drop(removal) => {
                *self.report.removed.entry(removal.category).or_default() += 1;
                *self.report.rules.entry(removal.rule.to_string()).or_default() += 1;
            }
            _ => {
                for (index, trim) in trims.iter().enumerate() {
                    let category = trim.removal.category;
                    if trims[..index].iter().all(|other| other.removal.category != category) {
                        *self.report.trimmed.entry(category).or_default() += 1;
                    }
                    *self.report.rules.entry(trim.removal.rule.to_string()).or_default() += 1;
                }
                line_feeds = self.line_feeds(entry.starts);
                self.report.lines_out += u64::from(entry.starts);
                self.report.bytes_out += line_feeds + text.len() as u64;
                if self.pipeline.counts_languages() {
                    self.shares.add_line(Detector::shared(), &text);
                }
            }
        }
        self.lines_to_sink += 1;
        sink.line(
            &Line {
                number: entry.number,
                text: &text,
                original: &entry.original,
                starts: entry.starts,
                line_feeds,
                trims,
                edits: entry.edits,
                mojibake: &entry.mojibake,
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
                edits: Default::default(),
                mojibake: &[],
            };
            sink.line(&line, &Verdict::Blank)?;
        }
        Ok(())
    }
}

/// The line without the spans that go.
fn trimmed<'t>(text: &'t str, trims: &[Trim]) -> Cow<'t, str> {
    if trims.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut rest = 0;
    let mut kept = String::with_capacity(text.len());
    for trim in trims {
        kept.push_str(&text[rest..trim.start]);
        rest = trim.end;
    }
    kept.push_str(&text[rest..]);
    if trims.first().is_some_and(|trim| text[..trim.start].trim().is_empty()) {
        // What opened the line is gone: so is the space after it.
        kept = kept.trim_start().to_owned();
    }
    kept.truncate(kept.trim_end().len());
    Cow::Owned(kept)
}
