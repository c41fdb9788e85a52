//! What would change, as a unified diff.
//!
//! The cleaner says for every line what becomes of it, so nothing has to be compared: the diff is
//! written as lines are decided, in linear time and bounded memory, and it never shows a dropped
//! line as moved or rewritten. Lines are shown as they were decoded; how they end is not shown. Each
//! piece of a line over 64 KiB counts as a line.

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

/// How a diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Coloured, and with control characters escaped: for a terminal.
    pub colours: bool,
}

/// Writes the diff of one document; nothing if it does not change.
pub struct DiffSink<W> {
    name: String,
    look: Look,
    to: W,
    headed: bool,
    /// Blank (`true`) and dropped lines since the last kept one.
    undecided: Vec<(bool, String)>,
    context: VecDeque<String>,
    hunk: Vec<(char, String)>,
    /// Unchanged lines at the end of the hunk.
    quiet: usize,
    /// Lines of the input and of the output so far.
    seen: (u64, u64),
    /// The same before the hunk.
    hunk_from: (u64, u64),
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
            undecided: Vec::new(),
            context: VecDeque::new(),
            hunk: Vec::new(),
            quiet: 0,
            seen: (0, 0),
            hunk_from: (0, 0),
        }
    }

    /// Of the undecided lines the first `blanks` blank ones stay.
    fn decide(&mut self, mut blanks: u64) -> io::Result<()> {
        for (is_blank, text) in std::mem::take(&mut self.undecided) {
            if is_blank && blanks > 0 {
                blanks -= 1;
                self.unchanged(text)?;
            } else {
                self.changed('-', text)?;
            }
        }
        for _ in 0..blanks {
            self.changed('+', String::new())?;
        }
        Ok(())
    }

    fn unchanged(&mut self, text: String) -> io::Result<()> {
        self.seen.0 += 1;
        self.seen.1 += 1;
        if self.hunk.is_empty() {
            self.context.push_back(text);
            if self.context.len() > CONTEXT_LINES {
                self.context.pop_front();
            }
            return Ok(());
        }
        self.hunk.push((' ', text));
        self.quiet += 1;
        // So many unchanged lines belong half to this hunk and half to the next one.
        if self.quiet > 2 * CONTEXT_LINES { self.close() } else { Ok(()) }
    }

    fn changed(&mut self, sign: char, text: String) -> io::Result<()> {
        if self.hunk.len() >= LINES_HELD {
            self.close()?;
        }
        if self.hunk.is_empty() {
            let before = self.context.len() as u64;
            self.hunk_from = (self.seen.0 - before, self.seen.1 - before);
            self.hunk.extend(self.context.drain(..).map(|text| (' ', text)));
        }
        self.hunk.push((sign, text));
        self.quiet = 0;
        match sign {
            '-' => self.seen.0 += 1,
            _ => self.seen.1 += 1,
        }
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if self.hunk.is_empty() {
            return Ok(());
        }
        let extra = self.quiet.saturating_sub(CONTEXT_LINES);
        for (_, text) in self.hunk.split_off(self.hunk.len() - extra) {
            self.context.push_back(text);
        }
        while self.context.len() > CONTEXT_LINES {
            self.context.pop_front();
        }
        let count = |other: char| self.hunk.iter().filter(|(sign, _)| *sign != other).count();
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
        for (sign, text) in std::mem::take(&mut self.hunk) {
            let style = match sign {
                '-' => AnsiColor::Red.on_default(),
                '+' => AnsiColor::Green.on_default(),
                _ => Style::new(),
            };
            let text = if self.look.colours { printable(&text) } else { text };
            self.row(style, &format!("{sign}{text}"))?;
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

impl<W: Write> Sink for DiffSink<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        match verdict {
            Verdict::Keep => {
                self.decide(line.line_feeds.saturating_sub(1))?;
                if line.text == line.original {
                    return self.unchanged(line.text.to_owned());
                }
                self.changed('-', line.original.to_owned())?;
                self.changed('+', line.text.to_owned())
            }
            gone => {
                if self.undecided.len() >= LINES_HELD {
                    self.decide(0)?;
                }
                self.undecided.push((matches!(gone, Verdict::Blank), line.original.to_owned()));
                Ok(())
            }
        }
    }

    fn end(&mut self, _newline: bool) -> io::Result<()> {
        self.decide(0)?;
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(text: &str) -> String {
        let pipeline = limpio::Pipeline::builder().build().unwrap();
        let label = Label { path: "a.txt".into(), id: None };
        let mut sink = DiffSink::new(&label, Look { colours: false }, Vec::new());
        let mut cleaner = pipeline.cleaner();
        cleaner.push_str(text, &mut sink).unwrap();
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
}
