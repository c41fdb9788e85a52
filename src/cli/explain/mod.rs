//! `limpio explain`: line by line, what is kept or dropped, why, by which rule, in which language.
//!
//! For people a page of [`rows`], for programs [`records`]: one JSON record per document.

pub mod page;
mod records;
mod rows;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use limpio::lang::{Detector, Language};
use limpio::{Cleaner, Line, Nearly, Removal, Report, Sink, Status, Verdict};

use self::page::Page;
use self::records::Records;
use self::rows::Rows;
use super::args::{Explain, OutputFormat};
use super::failure::{Failure, sink_error};
use super::idle;
use super::messages::Messages;
use super::readers::{Body, Reader, Stumble, output, status};
use super::records::Label;
use super::setup::encoding_named;
use super::sites::Sites;
use crate::io::source::{READ_BYTES, read_some};

/// Runs the command; `None` asks for the usage.
pub fn run(args: &Explain, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    idle::check_explain(args, &inputs)?;
    let pipeline = args.cleaning.pipeline(None)?.build()?;
    args.inputs.census(&inputs, messages)?;
    let mut stdout = output()?;
    let fields = args.fields.with_site(&args.sites);
    let sites = Sites::new(&args.sites);
    let page = Page::new(messages);
    let mut cleaner = pipeline.cleaner();
    let reader = Reader {
        fields: &fields,
        sites: Some(&sites),
        messages,
        format: args.format,
        encoding: encoding_named(&args.cleaning.encoding),
    };
    let failed = reader.each(&inputs, |label, body| {
        let shown: &mut dyn Show = match args.format {
            OutputFormat::Jsonl => &mut Records::new(&mut stdout, args),
            OutputFormat::Text => &mut Rows::new(&mut stdout, page, args),
        };
        explain(&mut cleaner, label, body, shown)
    })?;
    stdout.flush().map_err(Failure::stdout)?;
    Ok(Some(status(failed)))
}

/// A sink that also has a beginning and an end.
trait Show: Sink {
    fn begin(&mut self, label: &Label) -> io::Result<()>;
    fn close(&mut self, report: &Report) -> io::Result<()>;
    /// Shows what there is, for a reader who waits.
    fn flush(&mut self) -> io::Result<()>;
}

fn explain(
    cleaner: &mut Cleaner<'_>,
    label: &Label,
    body: Body<'_>,
    shown: &mut dyn Show,
) -> Result<(), Stumble> {
    shown.begin(label).map_err(Stumble::Output)?;
    cleaner.set_site(label.site());
    let mut unread = None;
    let report = match body {
        Body::Broken => Ok(Report { status: Status::Failed, ..Report::default() }),
        Body::Text(text) => cleaner.push_str(text, shown).and_then(|()| cleaner.finish(shown)),
        Body::Bytes(reader) => {
            unread = push_all(cleaner, reader, shown)?;
            cleaner.finish(shown)
        }
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            cleaner.reset();
            return Err(Stumble::Output(sink_error(&error)));
        }
    };
    shown.close(&report).and_then(|()| shown.flush()).map_err(Stumble::Output)?;
    unread.map_or(Ok(()), |error| Err(Stumble::Input(error)))
}

/// Pushes an input; gives back the error that ended it early, after what was read is shown.
fn push_all(
    cleaner: &mut Cleaner<'_>,
    reader: &mut dyn Read,
    shown: &mut dyn Show,
) -> Result<Option<io::Error>, Stumble> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match read_some(reader, &mut buffer) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(error) => return Ok(Some(error)),
        };
        let pushed = cleaner.push(&buffer[..read], shown);
        pushed.map_err(|error| Stumble::Output(sink_error(&error)))?;
        shown.flush().map_err(Stumble::Output)?;
    }
}

/// Which lines are shown: all, or the dropped and changed ones with some around them.
struct Choice<T> {
    only_dropped: bool,
    context: u64,
    /// Unremarkable lines that may still be context.
    before: VecDeque<T>,
    /// Lines still to be shown after a remarkable one.
    after: u64,
    /// Whether lines were left out since the last that was shown.
    gap: bool,
    shown_any: bool,
}

impl<T> Choice<T> {
    fn new(args: &Explain) -> Choice<T> {
        Choice {
            only_dropped: args.only_dropped,
            context: args.context,
            before: VecDeque::new(),
            after: 0,
            gap: false,
            shown_any: false,
        }
    }

    /// The lines to show now, and whether some were left out before them.
    fn take(&mut self, line: T, is_remarkable: bool) -> (bool, Vec<T>) {
        if !self.only_dropped {
            return (false, vec![line]);
        }
        if is_remarkable {
            self.after = self.context;
            let gap = std::mem::take(&mut self.gap) && self.shown_any;
            self.shown_any = true;
            return (gap, self.before.drain(..).chain([line]).collect());
        }
        if self.after > 0 {
            self.after -= 1;
            return (false, vec![line]);
        }
        self.before.push_back(line);
        if self.before.len() as u64 > self.context {
            self.before.pop_front();
            self.gap = true;
        }
        (false, Vec::new())
    }
}

/// The reason to show for a line: why it was dropped, or why a span of it was.
fn removal_of<'l>(line: &Line<'l>, verdict: &'l Verdict) -> Option<&'l Removal> {
    match verdict {
        Verdict::Drop(removal) => Some(removal),
        _ => line.trims.first().map(|trim| &trim.removal),
    }
}

/// Why a line stays that came close to going.
fn stays(nearly: &Nearly) -> String {
    let Removal { category, rule, reason, score } = &nearly.removal;
    format!("stays: {}; {category} · {rule} · {reason} · {score:.2}", nearly.because)
}

fn language_of(line: &Line<'_>) -> Language {
    Detector::shared().line(line.text).0
}

/// What was repaired in a kept line, and how often where that is counted; empty if nothing that
/// shows.
fn repairs_of(line: &Line<'_>) -> Vec<(&'static str, Option<u32>)> {
    let counts = [
        ("mojibake", line.edits.mojibake),
        ("lossy", line.edits.lossy),
        ("entities", line.edits.entities),
        ("controls", line.edits.controls),
        ("hyphens", line.edits.hyphens),
    ];
    let counted: Vec<(&str, Option<u32>)> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| (what, Some(count)))
        .collect();
    if !counted.is_empty() || !line.trims.is_empty() || line.text == line.original {
        return counted;
    }
    let original = line.original.trim_end();
    let what = if original == line.text {
        "space at the end"
    } else if original.ends_with(&format!(" {}", line.text)) {
        "word moved up"
    } else {
        "form"
    };
    vec![(what, None)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_stands_around_what_is_remarkable() {
        let mut choice = Choice {
            only_dropped: true,
            context: 1,
            before: VecDeque::new(),
            after: 0,
            gap: false,
            shown_any: false,
        };
        let mut shown = String::new();
        for (number, is_remarkable) in
            [(1, false), (2, false), (3, true), (4, false), (5, false), (6, false), (7, true)]
        {
            let (gap, lines) = choice.take(number, is_remarkable);
            shown.push_str(if gap { "|" } else { "" });
            for line in lines {
                shown.push_str(&line.to_string());
            }
        }
        assert_eq!(shown, "234|67");
    }
}
