//! For people: a margin with the number and language of each line and a mark, then the line.
//!
//! Dropped lines are dimmed and struck through; category, rule and reason stand in a column beside
//! them or, where that is too narrow, below. A line that goes for the same reason as the one
//! before it has a ditto mark, or nothing below. Without colours the marks say the same: `-`
//! dropped, `~` repaired, `±` a span taken out (shown as `[-span-]`). On a terminal nothing
//! stands in the margin but what belongs there.

use std::io::{self, Write};

use anstyle::Style;
use limpio::lang::Language;
use limpio::{Level, Line, Removal, Report, Sink, Status, Trim, Verdict};

use super::page::{DIM, HEADING, PLAIN, Page, REASON, REPAIRED, STRUCK, Text};
use super::{Choice, Show, language_of, repairs_of, stays};
use crate::cli::args::Explain;
use crate::cli::messages::{counted, printable};
use crate::cli::records::Label;

/// Pages narrower than this have a narrow margin.
const WIDE_COLUMNS: usize = 70;

/// Rows that a dropped line and a reason may take.
const DROPPED_ROWS: usize = 4;
const REASON_ROWS: usize = 3;

/// Spans of mojibake that are named below a line.
const SPANS_SHOWN: usize = 4;

/// How far what stands below a line is moved in.
const BELOW: usize = 2;

/// Writes the page.
pub struct Rows<W> {
    to: W,
    page: Page,
    level: Level,
    choice: Choice<String>,
    repaired: u64,
    /// Why the line before went.
    last_reason: Option<String>,
}

impl<W: Write> Rows<W> {
    pub fn new(to: W, page: Page, args: &Explain) -> Rows<W> {
        let level = args.cleaning.level;
        Rows { to, page, level, choice: Choice::new(args), repaired: 0, last_reason: None }
    }

    /// Number, language and mark; and how wide they are.
    fn margin(
        &self,
        number: Option<u64>,
        lang: Language,
        mark: &str,
        style: Style,
    ) -> (String, usize) {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let is_wide = self.page.columns.is_none_or(|columns| columns >= WIDE_COLUMNS);
        let margin = match lang {
            Language::None if is_wide => format!("{number:>6}       "),
            _ if is_wide => format!("{number:>6} {:<5} ", lang.as_str()),
            Language::Es | Language::En => format!("{number:>4} {} ", lang.as_str()),
            Language::None => format!("{number:>4}    "),
            _ => format!("{number:>4} ?? "),
        };
        let width = margin.len() + 2;
        (format!("{}{} ", self.page.paint(DIM, &margin), self.page.paint(style, mark)), width)
    }

    /// A line behind its margin, on as many rows as it takes.
    fn placed(&self, margin: &(String, usize), text: &Text, most: usize) -> String {
        let rows = self.page.rows(text, margin.1, most);
        let indent = " ".repeat(margin.1);
        let mut placed = String::new();
        for (index, row) in rows.iter().enumerate() {
            let before = if index == 0 { &margin.0 } else { &indent };
            placed += &format!("{before}{row}\n");
        }
        placed
    }

    /// A reason on rows of its own.
    fn below(&self, margin: usize, text: &Text) -> String {
        let indent = margin + BELOW;
        let rows = self.page.rows(text, indent, REASON_ROWS);
        rows.iter().map(|row| format!("{}{row}\n", " ".repeat(indent))).collect()
    }

    fn kept(&mut self, line: &Line<'_>) -> String {
        let lang = language_of(line);
        if !line.trims.is_empty() {
            let margin = self.margin(Some(line.number), lang, "±", REASON);
            let mut rows = self.placed(&margin, &self.with_trims(line), usize::MAX);
            for trim in line.trims {
                rows += &self.below(margin.1, &Text::of(&reason_of(&trim.removal), REASON));
            }
            return rows;
        }
        if repairs_of(line).is_empty() {
            let margin = self.margin(line.starts.then_some(line.number), lang, " ", DIM);
            let rows = self.placed(&margin, &Text::of(line.text, PLAIN), usize::MAX);
            return match line.nearly {
                Some(nearly) => rows + &self.below(margin.1, &Text::of(&stays(nearly), DIM)),
                None => rows,
            };
        }
        self.repaired += 1;
        let margin = self.margin(Some(line.number), lang, "~", REPAIRED);
        let rows = self.placed(&margin, &with_repairs(line), usize::MAX);
        rows + &self.below(margin.1, &repairs_told(line))
    }

    fn dropped(&mut self, line: &Line<'_>, removal: &Removal) -> String {
        let margin = self.margin(Some(line.number), language_of(line), "-", REASON);
        let reason = reason_of(removal);
        // Whoever reads a pipe looks at single lines.
        let is_same = self.page.columns.is_some() && self.last_reason.as_ref() == Some(&reason);
        let text = Text::of(line.text, STRUCK);
        let told = Text::of(if is_same { "\u{2033}" } else { &reason }, REASON);
        // The reasons that fit stand in one column; most are longer than the lines.
        let middle = self.page.columns.map(|columns| columns.saturating_sub(margin.1) * 2 / 5);
        let beside = middle.filter(|middle| {
            let room = self.page.room(margin.1 + middle);
            text.width() + 2 <= *middle && Text::of(&reason, REASON).width() <= room
        });
        self.last_reason = Some(reason);
        if let Some(middle) = beside {
            let gap = " ".repeat(middle - text.width());
            let row = |text: &Text| self.page.rows(text, 0, 1).concat();
            return format!("{}{}{gap}{}\n", margin.0, row(&text), row(&told));
        }
        let rows = self.placed(&margin, &text, DROPPED_ROWS);
        if is_same { rows } else { rows + &self.below(margin.1, &told) }
    }

    /// The line as it was before spans were taken out, with the spans marked.
    fn with_trims(&self, line: &Line<'_>) -> Text {
        let mut marked = Text::default();
        let mut from = 0;
        let mut taken = 0;
        for Trim { start, text, .. } in line.trims {
            let mut at = start.saturating_sub(taken).clamp(from, line.text.len());
            while !line.text.is_char_boundary(at) {
                at -= 1;
            }
            let at = at.max(from);
            marked.push(&line.text[from..at], PLAIN);
            if self.page.colours {
                marked.push(text, STRUCK);
            } else {
                marked.push(&format!("[-{text}-]"), PLAIN);
            }
            from = at;
            taken += text.len();
        }
        marked.push(&line.text[from..], PLAIN);
        marked
    }

    fn summary(&self, report: &Report) -> String {
        let by_category: Vec<String> =
            report.removed.iter().map(|(category, count)| format!("{category} {count}")).collect();
        let lines = counted(report.lines_in, "line");
        let mut parts = vec![format!("{lines}, {} kept", report.lines_out)];
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
        parts.push(format!("level {}", self.level));
        parts.push(report.encoding.clone());
        parts.join(", ")
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        for row in self.page.rows(&Text::of(text, HEADING), 0, usize::MAX) {
            writeln!(self.to, "{row}")?;
        }
        Ok(())
    }
}

/// The repaired line, with what was mojibake in colour.
fn with_repairs(line: &Line<'_>) -> Text {
    let mut marked = Text::default();
    let (mut from, mut shorter) = (0, 0);
    for span in line.mojibake {
        let expected = span.start.saturating_sub(shorter);
        shorter += span.before.len().saturating_sub(span.after.len());
        // Other repairs may have moved it: then the next place counts where it stands.
        let is_there = |at: &usize| {
            *at >= from && line.text.get(*at..).is_some_and(|rest| rest.starts_with(&*span.after))
        };
        let found = || line.text[from..].find(&*span.after).map(|at| from + at);
        let Some(at) = Some(expected).filter(is_there).or_else(found) else { continue };
        marked.push(&line.text[from..at], PLAIN);
        marked.push(&span.after, REPAIRED);
        from = at + span.after.len();
    }
    marked.push(&line.text[from..], PLAIN);
    marked
}

/// `repaired: mojibake 2 (windows-1252): Ã± -> ñ, Ã¡ -> á`, or what the line was where there are no spans.
fn repairs_told(line: &Line<'_>) -> Text {
    let repairs = repairs_of(line);
    let kinds: Vec<String> = repairs
        .iter()
        .map(|(what, count)| match count {
            Some(count) => format!("{what} {count}"),
            None => (*what).to_owned(),
        })
        .collect();
    let mut told = Text::of(&format!("repaired: {}", kinds.join(", ")), REPAIRED);
    let mut pages: Vec<&str> = line.mojibake.iter().map(|span| &*span.pages).collect();
    pages.dedup();
    if !pages.is_empty() {
        told.push(&format!(" ({})", pages.join(", ")), DIM);
    }
    for (index, span) in line.mojibake.iter().take(SPANS_SHOWN).enumerate() {
        told.push(if index == 0 { ": " } else { ", " }, DIM);
        told.push(&span.before, STRUCK);
        told.push(" -> ", DIM);
        told.push(&span.after, REPAIRED);
    }
    if line.mojibake.len() > SPANS_SHOWN {
        told.push(", …", DIM);
    }
    if line.mojibake.is_empty() && repairs.iter().any(|(_, count)| count.is_some()) {
        told.push("; it was: ", DIM);
        told.push(line.original, STRUCK);
    }
    told
}

/// `newsletter · en.newsletter.subscribe · phrase "..." · 0.95`
fn reason_of(removal: &Removal) -> String {
    let Removal { category, rule, reason, score } = removal;
    format!("{category} · {rule} · {reason} · {score:.2}")
}

impl<W: Write> Sink for Rows<W> {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        let rows = match verdict {
            Verdict::Drop(removal) => self.dropped(line, removal),
            Verdict::Blank => {
                let (margin, _) = self.margin(Some(line.number), Language::None, " ", DIM);
                format!("{}\n", margin.trim_end())
            }
            Verdict::Keep => {
                self.last_reason = None;
                self.kept(line)
            }
        };
        let is_remarkable = matches!(verdict, Verdict::Drop(_))
            || !line.trims.is_empty()
            || (verdict.is_keep() && !repairs_of(line).is_empty());
        let (gap, shown) = self.choice.take(rows, is_remarkable);
        if gap {
            writeln!(self.to, "{}", self.page.paint(DIM, "   ..."))?;
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
        self.heading(&printable(&name))
    }

    fn close(&mut self, report: &Report) -> io::Result<()> {
        let summary = match report.status {
            Status::Failed => "not read".to_owned(),
            Status::Skipped => format!("skipped: {}", report.reason),
            Status::Ok => self.summary(report),
        };
        self.heading(&summary)?;
        writeln!(self.to)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use clap::Parser;
    use unicode_width::UnicodeWidthStr;

    const TEXT: &str = "El verano pasado fuimos andando hasta el faro con los primos de mi madre, y \
        por el camino nos contaron cómo había sido el pueblo antes de la carretera. La seÃ±al.\n\
        \n\
        Subscribe to our newsletter\n\
        Enter your email address\n\
        Subscribe\n\
        Leave a Reply\n\
        Your email address will not be published. Required fields are marked *\n\
        Comment *\n\
        Name *\n\
        Name *\n\
        Email *\n";

    fn page(columns: Option<usize>, colours: bool) -> String {
        let cli = Cli::parse_from(["limpio", "explain", "-"]);
        let Command::Explain(args) = cli.command else { panic!("another command") };
        let pipeline = limpio::Pipeline::builder().build().unwrap();
        let mut rows = Rows::new(Vec::new(), Page { columns, colours }, &args);
        let mut cleaner = pipeline.cleaner();
        rows.begin(&Label::of_file("a.txt".as_ref())).unwrap();
        cleaner.push_str(TEXT, &mut rows).unwrap();
        let report = cleaner.finish(&mut rows).unwrap();
        rows.close(&report).unwrap();
        String::from_utf8(rows.to).unwrap()
    }

    #[test]
    fn nothing_breaks_the_margin_or_the_edge() {
        for columns in [24, 40, 50, 60, 80, 100, 200] {
            let shown = page(Some(columns), false);
            let margin = if columns < WIDE_COLUMNS { 10 } else { 15 };
            let lines: Vec<&str> = shown.lines().collect();
            assert!(lines.iter().all(|line| line.width() <= columns), "{columns}:\n{shown}");
            let body = lines.iter().skip(1).take_while(|line| !line.starts_with("11 lines"));
            for line in body.filter(|line| line.starts_with("       ")) {
                let indent = line.len() - line.trim_start().len();
                assert!(indent >= margin, "{columns}: {line:?}\n{shown}");
            }
        }
    }

    #[test]
    fn a_page_that_is_no_terminal_has_a_row_per_line() {
        let shown = page(None, false);
        assert!(shown.contains("\n     1 es    ~ El verano"), "{shown}");
        assert!(shown.contains(
            "La señal.\n                 repaired: mojibake 1 (windows-1252): Ã± -> ñ\n"
        ));
        assert!(!shown.contains('\u{2033}'), "{shown}");
        assert!(shown.contains(", level balanced, utf-8\n"), "{shown}");
    }

    #[test]
    fn the_same_reason_is_said_once_on_a_terminal() {
        let shown = page(Some(120), false);
        let reasons = |text: &str| text.matches(" · ").count();
        assert!(reasons(&shown) < reasons(&page(None, false)), "{shown}");
    }

    #[test]
    fn colours_mark_what_was_repaired() {
        let shown = page(Some(100), true);
        assert!(shown.contains(&format!("se{REPAIRED}ñ{REPAIRED:#}al.")), "{shown}");
        assert!(shown.contains(&format!("{STRUCK}Subscribe to our newsletter{STRUCK:#}")));
    }
}
