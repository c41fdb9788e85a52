//! `limpio explain`: line by line, what is kept or dropped, why, by which rule, in which language.
//!
//! For people: a margin with the number and language of each line and a mark, then the line;
//! dropped lines are dimmed and struck through, with category, rule and reason beside them or, where
//! that is too narrow, below. Without colours the marks say the same: `-` dropped, `~` repaired,
//! `±` a span taken out (shown as `[-span-]`). For programs: one JSON record per document.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Effects, Style};
use limpio::lang::{Detector, Language};
use limpio::{Cleaner, Line, Removal, Report, Sink, Status, Trim, Verdict};
use serde::Serialize;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::args::{Explain, OutputFormat};
use super::failure::{Failure, sink_error};
use super::idle;
use super::messages::{Messages, printable};
use super::readers::{Body, Reader, Stumble, output, status};
use super::records::Label;
use super::setup::encoding_named;
use crate::io::source::READ_BYTES;

/// Columns of a page that is no terminal.
const PAGE_COLUMNS: usize = 100;

/// Runs the command; `None` asks for the usage.
pub fn run(args: &Explain, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    idle::check_explain(args, &inputs)?;
    let pipeline = args.cleaning.pipeline()?.build()?;
    args.inputs.census(&inputs, messages)?;
    let mut stdout = output()?;
    let fields = args.fields.fields();
    let page = Page::new(messages);
    let mut cleaner = pipeline.cleaner();
    let reader = Reader {
        fields: &fields,
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
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
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

/// One JSON record per document, written as its lines are decided.
struct Records<W> {
    to: W,
    choice: Choice<String>,
    wrote_line: bool,
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
}

impl<W: Write> Records<W> {
    fn new(to: W, args: &Explain) -> Records<W> {
        Records { to, choice: Choice::new(args), wrote_line: false }
    }
}

impl<W: Write> Sink for Records<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        if !line.starts {
            return Ok(());
        }
        let removal = removal_of(line, verdict);
        let fields = LineFields {
            line: line.number,
            action: if matches!(verdict, Verdict::Drop(_)) { "drop" } else { "keep" },
            category: removal.map(|removal| removal.category.as_str()),
            rule: removal.map(|removal| &*removal.rule),
            reason: removal.map(|removal| removal.reason.to_string()),
            lang: language_of(line).as_str(),
            score: removal.map_or(0.0, |removal| removal.score),
        };
        let record = serde_json::to_string(&fields)?;
        let (_, lines) = self.choice.take(record, removal.is_some());
        for line in lines {
            if std::mem::replace(&mut self.wrote_line, true) {
                self.to.write_all(b",")?;
            }
            self.to.write_all(line.as_bytes())?;
        }
        Ok(())
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

/// The reason to show for a line: why it was dropped, or why a span of it was.
fn removal_of<'l>(line: &Line<'l>, verdict: &'l Verdict) -> Option<&'l Removal> {
    match verdict {
        Verdict::Drop(removal) => Some(removal),
        _ => line.trims.first().map(|trim| &trim.removal),
    }
}

fn language_of(line: &Line<'_>) -> Language {
    Detector::shared().line(line.text).0
}

/// How wide a page is, and whether it has colours.
#[derive(Clone, Copy)]
struct Page {
    columns: usize,
    colours: bool,
    /// Lines that are dropped are cut at the edge.
    cuts: bool,
}

impl Page {
    fn new(messages: &Messages) -> Page {
        let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        Page {
            columns: terminal.map_or(PAGE_COLUMNS, |(width, _)| usize::from(width.0).max(40)),
            colours: messages.colours_stdout(),
            cuts: terminal.is_some(),
        }
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.colours && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

const DIM: Style = Style::new().effects(Effects::DIMMED);
const STRUCK: Style = Style::new().effects(Effects::DIMMED.insert(Effects::STRIKETHROUGH));
const REASON: Style = AnsiColor::Yellow.on_default();
const REPAIRED: Style = AnsiColor::Green.on_default();
const HEADING: Style = Style::new().effects(Effects::BOLD);

/// Columns before the text: number, language, mark.
const MARGIN: usize = 15;

/// A page for people.
struct Rows<W> {
    to: W,
    page: Page,
    choice: Choice<String>,
    repaired: u64,
}

impl<W: Write> Rows<W> {
    fn new(to: W, page: Page, args: &Explain) -> Rows<W> {
        Rows { to, page, choice: Choice::new(args), repaired: 0 }
    }

    fn margin(&self, number: Option<u64>, lang: Language, mark: &str, style: Style) -> String {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let lang = if lang == Language::None { "" } else { lang.as_str() };
        let margin = self.page.paint(DIM, &format!("{number:>6} {lang:<5} "));
        format!("{margin}{} ", self.page.paint(style, mark))
    }

    /// A reason on a row of its own.
    fn below(&self, text: &str, style: Style) -> String {
        let room = self.page.columns.saturating_sub(MARGIN + 2);
        let text = if self.page.cuts { cut(text, room) } else { text.to_owned() };
        format!("{}{}\n", " ".repeat(MARGIN + 2), self.page.paint(style, &text))
    }

    fn kept(&mut self, line: &Line<'_>) -> String {
        let lang = language_of(line);
        let what = repairs_of(line);
        if !line.trims.is_empty() {
            let text = self.with_trims(line);
            let mut rows = format!("{}{text}\n", self.margin(Some(line.number), lang, "±", REASON));
            for trim in line.trims {
                rows += &self.below(&reason_of(&trim.removal), REASON);
            }
            return rows;
        }
        if what.is_empty() {
            let number = line.starts.then_some(line.number);
            return format!("{}{}\n", self.margin(number, lang, " ", DIM), plain(line.text));
        }
        self.repaired += 1;
        let margin = self.margin(Some(line.number), lang, "~", REPAIRED);
        let mut rows = format!("{margin}{}\n", plain(line.text));
        rows +=
            &self.below(&format!("repaired: {what}; it was: {}", plain(line.original)), REPAIRED);
        rows
    }

    fn dropped(&self, line: &Line<'_>, removal: &Removal) -> String {
        let margin = self.margin(Some(line.number), language_of(line), "-", REASON);
        let reason = reason_of(removal);
        let text = plain(line.text);
        let room = self.page.columns.saturating_sub(MARGIN);
        let (wide, reason_wide) = (text.width(), reason.width());
        if wide + 2 + reason_wide <= room {
            let gap = " ".repeat(room - wide - reason_wide);
            let text = self.page.paint(STRUCK, &text);
            return format!("{margin}{text}{gap}{}\n", self.page.paint(REASON, &reason));
        }
        let text = if self.page.cuts { cut(&text, room) } else { text };
        format!("{margin}{}\n{}", self.page.paint(STRUCK, &text), self.below(&reason, REASON))
    }

    /// The line as it was before spans were taken out, with the spans marked.
    fn with_trims(&self, line: &Line<'_>) -> String {
        let mut marked = String::new();
        let mut from = 0;
        let mut taken = 0;
        for Trim { start, text, .. } in line.trims {
            let mut at = start.saturating_sub(taken).clamp(from, line.text.len());
            while !line.text.is_char_boundary(at) {
                at -= 1;
            }
            let at = at.max(from);
            marked += &plain(&line.text[from..at]);
            let span = plain(text);
            marked += &if self.page.colours {
                self.page.paint(STRUCK, &span)
            } else {
                format!("[-{span}-]")
            };
            from = at;
            taken += text.len();
        }
        marked + &plain(&line.text[from..])
    }
}

impl<W: Write> Sink for Rows<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        let rows = match verdict {
            Verdict::Drop(removal) => self.dropped(line, removal),
            Verdict::Blank => {
                format!("{}\n", self.margin(Some(line.number), Language::None, " ", DIM).trim_end())
            }
            Verdict::Keep => self.kept(line),
        };
        let is_remarkable = matches!(verdict, Verdict::Drop(_))
            || !line.trims.is_empty()
            || (verdict.is_keep() && !repairs_of(line).is_empty());
        let (gap, shown) = self.choice.take(rows, is_remarkable);
        if gap {
            writeln!(self.to, "{}", self.page.paint(DIM, &format!("{:>6}", "...")))?;
        }
        for rows in shown {
            self.to.write_all(rows.as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write> Show for Rows<W> {
    fn begin(&mut self, label: &Label) -> io::Result<()> {
        let name = match &label.id {
            Some(id) => format!("{} {id}", label.path),
            None => label.path.clone(),
        };
        writeln!(self.to, "{}", self.page.paint(HEADING, &printable(&name)))
    }

    fn close(&mut self, report: &Report) -> io::Result<()> {
        let summary = match report.status {
            Status::Failed => "not read".to_owned(),
            Status::Skipped => format!("skipped: {}", report.reason),
            Status::Ok => self.summary(report),
        };
        writeln!(self.to, "{}\n", self.page.paint(HEADING, &summary))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W: Write> Rows<W> {
    fn summary(&self, report: &Report) -> String {
        let by_category: Vec<String> =
            report.removed.iter().map(|(category, count)| format!("{category} {count}")).collect();
        let mut parts = vec![format!("{} lines, {} kept", report.lines_in, report.lines_out)];
        let dropped: u64 = report.removed.values().sum();
        if dropped > 0 {
            parts.push(format!("{dropped} dropped ({})", by_category.join(", ")));
        }
        for (count, what) in [
            (report.trimmed.values().sum(), "shortened"),
            (self.repaired, "repaired"),
            (report.blank_lines, "blank folded"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.push(report.encoding.clone());
        parts.join(", ")
    }
}

/// `newsletter  en.newsletter.subscribe  phrase "…"  0.95`
fn reason_of(removal: &Removal) -> String {
    let Removal { category, rule, reason, score } = removal;
    plain(&format!("{category} · {rule} · {reason} · {score:.2}"))
}

/// What was repaired in a kept line; empty if nothing that shows.
fn repairs_of(line: &Line<'_>) -> String {
    let counts = [
        (line.edits.mojibake, "mojibake"),
        (line.edits.lossy, "lossy"),
        (line.edits.entities, "entities"),
        (line.edits.controls, "controls"),
    ];
    let counted: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{what} {count}"))
        .collect();
    if !counted.is_empty() {
        return counted.join(", ");
    }
    if !line.trims.is_empty() || line.text == line.original {
        return String::new();
    }
    if line.original.trim_end() == line.text { "space at the end".into() } else { "form".into() }
}

/// A line as a page may hold it: control characters escaped, tabs as spaces.
fn plain(text: &str) -> String {
    printable(&text.replace('\t', "    "))
}

/// The beginning of a text, with a mark that there was more.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = text.chars().take_while(|character| {
        used += character.width().unwrap_or(0);
        used < columns
    });
    fits.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_the_edge() {
        assert_eq!(cut("mañana", 6), "mañana");
        assert_eq!(cut("mañana", 4), "mañ…");
        assert_eq!(cut("日本語", 4), "日…");
    }

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
