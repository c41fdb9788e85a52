//! For programs: one JSON record per document, written as its lines are decided.
//!
//! Whether a blank line is written shows when the next line that stays is known: until then it and
//! what follows it are held.

use std::collections::VecDeque;
use std::io::{self, Write};

use limpio::{Line, MojibakeSpan, Report, Sink, Verdict};
use serde::Serialize;

use super::{Choice, Show, language_of, removal_of, repairs_of};
use crate::cli::args::Explain;
use crate::cli::records::Label;

/// Lines that are held until a blank line is decided; beyond that it counts as folded.
const LINES_HELD: usize = 4096;

/// Writes the records.
pub struct Records<W> {
    to: W,
    choice: Choice<String>,
    wrote_line: bool,
    held: VecDeque<Held>,
}

enum Held {
    /// A blank line, by its number.
    Blank(u64),
    /// A line as it will be written, and whether it is one to show with `--only-dropped`.
    Ready(String, bool),
}

#[derive(Serialize)]
struct LineFields<'l> {
    line: u64,
    action: &'static str,
    category: Option<&'static str>,
    rule: Option<&'l str>,
    reason: Option<String>,
    lang: &'static str,
    score: f32,
    /// Left out where nothing was undone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mojibake: Vec<SpanFields<'l>>,
}

/// A span of mojibake that was undone.
#[derive(Serialize)]
struct SpanFields<'l> {
    start: usize,
    before: &'l str,
    after: &'l str,
    pages: &'l str,
    score: f32,
}

impl SpanFields<'_> {
    fn of(span: &MojibakeSpan) -> SpanFields<'_> {
        let MojibakeSpan { start, before, after, pages, score } = span;
        // One decimal: more would be noise.
        SpanFields { start: *start, before, after, pages, score: (score * 10.0).round() / 10.0 }
    }
}

impl<W: Write> Records<W> {
    pub fn new(to: W, args: &Explain) -> Records<W> {
        Records { to, choice: Choice::new(args), wrote_line: false, held: VecDeque::new() }
    }

    /// Writes what is held; of the blank lines in it the first `blanks` stand in the clean text.
    fn decide(&mut self, mut blanks: u64) -> io::Result<()> {
        while let Some(held) = self.held.pop_front() {
            match held {
                Held::Ready(record, is_remarkable) => self.write(record, is_remarkable)?,
                Held::Blank(line) => {
                    let folded = blanks == 0;
                    blanks = blanks.saturating_sub(1);
                    let fields = LineFields {
                        line,
                        action: "keep",
                        category: None,
                        rule: None,
                        reason: folded.then(|| "blank line folded".to_owned()),
                        lang: "none",
                        score: 0.0,
                        mojibake: Vec::new(),
                    };
                    self.write(serde_json::to_string(&fields)?, false)?;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, record: String, is_remarkable: bool) -> io::Result<()> {
        let (_, lines) = self.choice.take(record, is_remarkable);
        for line in lines {
            if std::mem::replace(&mut self.wrote_line, true) {
                self.to.write_all(b",")?;
            }
            self.to.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write> Sink for Records<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        if !line.starts {
            return Ok(());
        }
        if self.held.len() >= LINES_HELD {
            self.decide(0)?;
        }
        if let Verdict::Blank = verdict {
            self.held.push_back(Held::Blank(line.number));
            return Ok(());
        }
        let removal = removal_of(line, verdict);
        let repaired = || {
            let repairs = repairs_of(line);
            let what: Vec<&str> = repairs.iter().map(|(what, _)| *what).collect();
            (verdict.is_keep() && !what.is_empty())
                .then(|| format!("repaired: {}", what.join(", ")))
        };
        let fields = LineFields {
            line: line.number,
            action: if matches!(verdict, Verdict::Drop(_)) { "drop" } else { "keep" },
            category: removal.map(|removal| removal.category.as_str()),
            rule: removal.map(|removal| &*removal.rule),
            reason: removal
                .map(|removal| removal.reason.to_string())
                .or_else(repaired)
                .or_else(|| line.nearly.map(super::stays)),
            lang: language_of(line).as_str(),
            score: removal.map_or(0.0, |removal| removal.score),
            mojibake: line.mojibake.iter().map(SpanFields::of).collect(),
        };
        let record = serde_json::to_string(&fields)?;
        if verdict.is_keep() {
            self.decide(line.line_feeds.saturating_sub(1))?;
        } else if !self.held.is_empty() {
            self.held.push_back(Held::Ready(record, removal.is_some()));
            return Ok(());
        }
        self.write(record, removal.is_some())
    }

    fn end(&mut self, _newline: bool) -> io::Result<()> {
        self.decide(0)
    }
}

impl<W: Write> Show for Records<W> {
    fn begin(&mut self, label: &Label) -> io::Result<()> {
        write!(self.to, "{{\"id\":{},\"lines\":[", label.id())
    }

    fn close(&mut self, _report: &Report) -> io::Result<()> {
        self.to.write_all(b"]}\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
