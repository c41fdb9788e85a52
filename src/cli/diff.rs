//! What would change, as a unified diff.
//!
//! The cleaner says for every line what becomes of it, so nothing has to be compared: the diff is
//! written as lines are decided, in linear time and bounded memory, and it never shows a dropped
//! line as moved or rewritten. Lines of UTF-8 are shown as they stand in the input, with a byte
//! order mark and CRs, so that `patch` can apply the diff; lines of other encodings as they were
//! decoded. A line over 64 KiB is shown in pieces, as if each were a line.

use std::collections::VecDeque;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use limpio::{Line, Sink, Verdict};

use super::messages::printable;
use super::records::Label;

/// Unchanged lines around a change, as in `diff -u`.
const CONTEXT_LINES: usize = 3;

/// Lines whose fate is waited for, and lines of one hunk: beyond that a blank line that stays is
/// shown as taken out and put in again, and a hunk is followed by another.
const LINES_HELD: usize = 4096;

/// A line of the input over so many bytes is not held as it stands: the cleaner's pieces are shown.
const RAW_BYTES: usize = 64 * 1024;

/// How a diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub colours: bool,
    /// With control characters escaped: for a terminal. A file takes what a patch needs.
    pub escapes: bool,
}

/// How a line of the input ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    LineFeed,
    /// A CR alone: a line for the cleaner, none for `diff` and `patch`.
    CarriageReturn,
    /// The end of the input.
    Nothing,
}

/// A line of the input as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RawLine {
    /// Without its end; `None` if it is too long, or no UTF-8.
    text: Option<String>,
    is_too_long: bool,
    /// CRs before the end.
    returns: usize,
    end: End,
}

/// The lines of the input that the cleaner has not decided yet, cut as the cleaner cuts them.
#[derive(Default)]
struct RawLines {
    /// Equal lines are counted: runs of blank ones have no limit.
    lines: VecDeque<(RawLine, u64)>,
    begun: Vec<u8>,
    is_too_long: bool,
    returns: usize,
    /// The line that has begun is asked for already: the cleaner takes long ones in pieces.
    is_taken: bool,
    /// NUL bytes showed that the input is not UTF-8.
    is_off: bool,
}

impl RawLines {
    fn see(&mut self, bytes: &[u8]) {
        if self.is_off || memchr::memchr(0, bytes).is_some() {
            *self = RawLines { is_off: true, ..RawLines::default() };
            return;
        }
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if self.returns > 0 && first != b'\r' {
                if first == b'\n' {
                    let returns = std::mem::take(&mut self.returns);
                    self.end_line(returns, End::LineFeed);
                    rest = &rest[1..];
                } else {
                    self.end_returns();
                }
                continue;
            }
            let at = memchr::memchr2(b'\n', b'\r', rest);
            let text = &rest[..at.unwrap_or(rest.len())];
            self.is_too_long |= self.begun.len() + text.len() > RAW_BYTES;
            if !self.is_too_long {
                self.begun.extend_from_slice(text);
            }
            let Some(at) = at else { return };
            match rest[at] {
                b'\n' => self.end_line(0, End::LineFeed),
                _ => self.returns += 1,
            }
            rest = &rest[at + 1..];
        }
    }

    /// CRs that no LF follows are line ends of their own.
    fn end_returns(&mut self) {
        for _ in 0..std::mem::take(&mut self.returns) {
            self.end_line(1, End::CarriageReturn);
        }
    }

    fn see_end(&mut self) {
        self.end_returns();
        if !self.begun.is_empty() || self.is_too_long {
            self.end_line(0, End::Nothing);
        }
    }

    fn end_line(&mut self, returns: usize, end: End) {
        let bytes = std::mem::take(&mut self.begun);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        if std::mem::take(&mut self.is_taken) {
            return;
        }
        let text = if is_too_long { None } else { String::from_utf8(bytes).ok() };
        let line = RawLine { text, is_too_long, returns, end };
        match self.lines.back_mut() {
            Some((last, count)) if *last == line => *count += 1,
            _ => self.lines.push_back((line, 1)),
        }
    }

    fn next(&mut self) -> Option<RawLine> {
        let Some((line, count)) = self.lines.front_mut() else {
            self.is_taken = self.is_too_long;
            return None;
        };
        if *count > 1 {
            *count -= 1;
            return Some(line.clone());
        }
        self.lines.pop_front().map(|(line, _)| line)
    }
}

/// A line on the side of the input.
struct Old {
    text: String,
    end: End,
}

/// A row of a hunk.
struct Row {
    sign: char,
    text: String,
    /// Whether it lacks its line end.
    is_unended: bool,
}

/// Writes the diff of one document; nothing if it does not change.
pub struct DiffSink<W> {
    name: String,
    look: Look,
    to: W,
    headed: bool,
    raw: RawLines,
    /// Blank (`true`) and dropped lines since the last kept one.
    undecided: Vec<(bool, Old)>,
    /// Lines that ended with a CR alone: the beginning of the next row.
    joined: String,
    context: VecDeque<Row>,
    hunk: Vec<Row>,
    /// Unchanged lines at the end of the hunk.
    quiet: usize,
    /// Lines of the input and of the output so far.
    seen: (u64, u64),
    /// The same before the hunk.
    hunk_from: (u64, u64),
    /// Whether the last line that was decided stays.
    ends_kept: bool,
}

impl<W: Write> DiffSink<W> {
    /// The diff of the document of this name.
    pub fn new(label: &Label, look: Look, to: W) -> DiffSink<W> {
        let name = match &label.id {
            Some(id) => format!("{}:{id}", label.path),
            None => label.path.clone(),
        };
        DiffSink {
            name: printable(&name),
            look,
            to,
            headed: false,
            raw: RawLines::default(),
            undecided: Vec::new(),
            joined: String::new(),
            context: VecDeque::new(),
            hunk: Vec::new(),
            quiet: 0,
            seen: (0, 0),
            hunk_from: (0, 0),
            ends_kept: false,
        }
    }

    /// Looks at bytes of the input before the cleaner takes them.
    pub fn see(&mut self, bytes: &[u8]) {
        self.raw.see(bytes);
    }

    /// The input is over, and the cleaner not yet told.
    pub fn see_end(&mut self) {
        self.raw.see_end();
    }

    /// The line as it stands in the input.
    fn old(&mut self, line: &Line<'_>) -> Old {
        let raw = if line.starts { self.raw.next() } else { None };
        let raw = raw.filter(|raw| !raw.is_too_long);
        let raw = raw.unwrap_or(RawLine {
            text: None,
            is_too_long: true,
            returns: 0,
            end: End::LineFeed,
        });
        let mut text = raw.text.unwrap_or_else(|| line.original.to_owned());
        text.push_str(&"\r".repeat(raw.returns));
        Old { text, end: raw.end }
    }

    /// Of the undecided lines the first `blanks` blank ones stay.
    fn decide(&mut self, mut blanks: u64) -> io::Result<()> {
        for (is_blank, old) in std::mem::take(&mut self.undecided) {
            if is_blank && blanks > 0 {
                blanks -= 1;
                self.kept(old, String::new())?;
            } else {
                self.gone(old)?;
            }
        }
        for _ in 0..blanks {
            self.changed('+', String::new(), false)?;
        }
        Ok(())
    }

    fn kept(&mut self, old: Old, text: String) -> io::Result<()> {
        let is_unended = old.end == End::Nothing;
        if self.joined.is_empty() && old.end != End::CarriageReturn && old.text == text {
            return self.unchanged(Row { sign: ' ', text, is_unended });
        }
        self.gone(old)?;
        self.changed('+', text, is_unended)
    }

    fn gone(&mut self, old: Old) -> io::Result<()> {
        self.joined.push_str(&old.text);
        // A file of CRs alone is one line for `patch`, and memory is bounded.
        if old.end == End::CarriageReturn && self.joined.len() < RAW_BYTES {
            return Ok(());
        }
        let text = std::mem::take(&mut self.joined);
        self.changed('-', text, old.end == End::Nothing)
    }

    fn unchanged(&mut self, row: Row) -> io::Result<()> {
        self.seen.0 += 1;
        self.seen.1 += 1;
        if self.hunk.is_empty() {
            self.context.push_back(row);
            if self.context.len() > CONTEXT_LINES {
                self.context.pop_front();
            }
            return Ok(());
        }
        self.hunk.push(row);
        self.quiet += 1;
        // So many unchanged lines belong half to this hunk and half to the next one.
        if self.quiet > 2 * CONTEXT_LINES { self.close() } else { Ok(()) }
    }

    fn changed(&mut self, sign: char, text: String, is_unended: bool) -> io::Result<()> {
        if self.hunk.len() >= LINES_HELD {
            self.close()?;
        }
        if self.hunk.is_empty() {
            let before = self.context.len() as u64;
            self.hunk_from = (self.seen.0 - before, self.seen.1 - before);
            self.hunk.extend(self.context.drain(..));
        }
        self.hunk.push(Row { sign, text, is_unended });
        self.quiet = 0;
        match sign {
            '-' => self.seen.0 += 1,
            _ => self.seen.1 += 1,
        }
        Ok(())
    }

    /// The last line that stays loses its line end, because the last line of the input, which had
    /// none, is gone.
    fn unend_last(&mut self) -> io::Result<()> {
        if let Some(at) = self.hunk.iter().rposition(|row| row.sign != '-') {
            let row = &mut self.hunk[at];
            if row.sign == '+' {
                row.is_unended = true;
                return Ok(());
            }
            row.sign = '-';
            let text = row.text.clone();
            self.hunk.insert(at + 1, Row { sign: '+', text, is_unended: true });
            self.quiet = 0;
            return Ok(());
        }
        let Some(row) = self.context.pop_back() else { return Ok(()) };
        self.seen.0 -= 1;
        self.seen.1 -= 1;
        self.changed('-', row.text.clone(), false)?;
        self.changed('+', row.text, true)
    }

    fn close(&mut self) -> io::Result<()> {
        if self.hunk.is_empty() {
            return Ok(());
        }
        let extra = self.quiet.saturating_sub(CONTEXT_LINES);
        self.context.extend(self.hunk.split_off(self.hunk.len() - extra));
        while self.context.len() > CONTEXT_LINES {
            self.context.pop_front();
        }
        let count = |other: char| self.hunk.iter().filter(|row| row.sign != other).count();
        let range = |before: u64, count: usize| match count {
            0 => format!("{before},0"),
            1 => format!("{}", before + 1),
            count => format!("{},{count}", before + 1),
        };
        let old = range(self.hunk_from.0, count('+'));
        let new = range(self.hunk_from.1, count('-'));
        if !std::mem::replace(&mut self.headed, true) {
            self.row(Style::new().bold(), &format!("--- a/{}", self.name))?;
            self.row(Style::new().bold(), &format!("+++ b/{}", self.name))?;
        }
        self.row(AnsiColor::Cyan.on_default(), &format!("@@ -{old} +{new} @@"))?;
        for Row { sign, text, is_unended } in std::mem::take(&mut self.hunk) {
            let style = match sign {
                '-' => AnsiColor::Red.on_default(),
                '+' => AnsiColor::Green.on_default(),
                _ => Style::new(),
            };
            let text = if self.look.escapes { shown(&text) } else { text };
            self.row(style, &format!("{sign}{text}"))?;
            if is_unended {
                self.row(Style::new(), "\\ No newline at end of file")?;
            }
        }
        self.quiet = 0;
        Ok(())
    }

    fn row(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.look.colours {
            writeln!(self.to, "{style}{text}{style:#}")
        } else {
            writeln!(self.to, "{text}")
        }
    }
}

/// A row as a terminal may show it, with what would be invisible.
fn shown(text: &str) -> String {
    printable(text).replace('\u{feff}', "\\u{feff}")
}

impl<W: Write> Sink for DiffSink<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        let old = self.old(line);
        if let Verdict::Keep = verdict {
            self.decide(line.line_feeds.saturating_sub(1))?;
            self.ends_kept = true;
            return self.kept(old, line.text.to_owned());
        }
        self.ends_kept = false;
        if self.undecided.len() >= LINES_HELD {
            self.decide(0)?;
        }
        self.undecided.push((matches!(verdict, Verdict::Blank), old));
        Ok(())
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        // A last line that stays lacks its end on both sides.
        if !newline && !self.ends_kept && !self.raw.is_off {
            self.unend_last()?;
        }
        self.decide(0)?;
        // A byte order mark and nothing else is no line for the cleaner.
        while let Some(RawLine { text: Some(text), end, .. }) = self.raw.next() {
            self.gone(Old { text, end })?;
        }
        if !self.joined.is_empty() {
            let text = std::mem::take(&mut self.joined);
            self.changed('-', text, true)?;
        }
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(text: &str) -> String {
        let pipeline = limpio::Pipeline::builder().build().unwrap();
        let label = Label::of_file("a.txt".as_ref());
        let mut sink = DiffSink::new(&label, Look { colours: false, escapes: false }, Vec::new());
        let mut cleaner = pipeline.cleaner();
        // As from a file: piece by piece.
        for bytes in text.as_bytes().chunks(1000) {
            sink.see(bytes);
            cleaner.push(bytes, &mut sink).unwrap();
        }
        sink.see_end();
        cleaner.finish(&mut sink).unwrap();
        String::from_utf8(sink.to).unwrap()
    }

    #[test]
    fn clean_text_has_no_diff() {
        assert_eq!(diff("Uno.\n\nDos.\n"), "");
        assert_eq!(diff(""), "");
    }

    #[test]
    fn changed_lines_stand_in_hunks_with_three_lines_around() {
        let mut lines: Vec<String> = (1..=20).map(|n| format!("La línea {n} es larga.")).collect();
        lines[4] = "La lÃ\u{AD}nea 5 es larga.".into();
        lines[15] = "La línea 16 es larga.  ".into();
        let text = lines.join("\n");
        let shown = diff(&text);
        assert!(
            shown.starts_with("--- a/a.txt\n+++ b/a.txt\n@@ -2,7 +2,7 @@\n La línea 2"),
            "{shown}"
        );
        assert!(shown.contains("-La lÃ\u{AD}nea 5 es larga.\n+La línea 5 es larga.\n"), "{shown}");
        assert!(shown.contains("@@ -13,7 +13,7 @@\n"), "{shown}");
    }

    #[test]
    fn folded_blank_lines_are_taken_out() {
        let shown = diff("Uno.\n\n\n\nDos.\n\n");
        assert_eq!(shown, "--- a/a.txt\n+++ b/a.txt\n@@ -1,6 +1,3 @@\n Uno.\n \n-\n-\n Dos.\n-\n");
    }
    #[test]
    fn a_missing_last_line_end_is_told() {
        const MARK: &str = "\\ No newline at end of file\n";
        assert_eq!(
            diff("Uno. \nDos."),
            format!("--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n-Uno. \n+Uno.\n Dos.\n{MARK}")
        );
        assert_eq!(
            diff("Uno. "),
            format!("--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-Uno. \n{MARK}+Uno.\n{MARK}")
        );
        // The unended last line goes, and the one before it ends the text.
        assert_eq!(
            diff("Uno.\n\n "),
            format!("--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1 @@\n-Uno.\n+Uno.\n{MARK}-\n- \n{MARK}")
        );
    }

    #[test]
    fn a_long_line_that_stays_has_no_diff() {
        let long = "palabra con ñ y más, ".repeat(12_000);
        assert_eq!(diff(long.trim_end()), "");
        assert_eq!(diff(&format!("{}\n", long.trim_end())), "");
        let shown = diff(&format!("{long}\nUno.\nDos. \n"));
        assert!(shown.ends_with(" Uno.\n-Dos. \n+Dos.\n"), "{shown}");
    }

    #[test]
    fn line_ends_are_part_of_the_line() {
        assert_eq!(
            diff("Uno.\r\n\r\nDos.\n"),
            "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n-Uno.\r\n+Uno.\n-\r\n+\n Dos.\n"
        );
        assert_eq!(
            diff("Uno.\rDos.\n"),
            "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,2 @@\n+Uno.\n-Uno.\rDos.\n+Dos.\n"
        );
    }
}
