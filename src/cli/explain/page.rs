//! A page of so many columns: styled text, wrapped at words.

use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Effects, Style};
use unicode_width::UnicodeWidthChar;

use crate::cli::messages::{Messages, printable};

/// Columns below which lines are not broken any more: what is narrower is no page.
const FEWEST_COLUMNS: usize = 24;

/// The width of a terminal that does not tell it.
const USUAL_COLUMNS: usize = 80;

/// How wide a page is, and whether it has colours.
#[derive(Clone, Copy)]
pub struct Page {
    /// `None` is a page that is no terminal: every line is one row, for `grep`.
    pub columns: Option<usize>,
    pub colours: bool,
}

/// The width that the terminal tells, or that `COLUMNS` does.
fn columns() -> usize {
    let told = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let set = || std::env::var("COLUMNS").ok()?.parse().ok();
    told.or_else(set).unwrap_or(USUAL_COLUMNS).max(FEWEST_COLUMNS)
}

pub const PLAIN: Style = Style::new();
pub const DIM: Style = Style::new().effects(Effects::DIMMED);
pub const STRUCK: Style = Style::new().effects(Effects::DIMMED.insert(Effects::STRIKETHROUGH));
pub const REASON: Style = AnsiColor::Yellow.on_default();
pub const REPAIRED: Style = AnsiColor::Green.on_default();
pub const HEADING: Style = Style::new().effects(Effects::BOLD);

impl Page {
    /// The page of standard output.
    pub fn new(messages: &Messages) -> Page {
        let columns = io::stdout().is_terminal().then(columns);
        Page { columns, colours: messages.colours_stdout() }
    }

    /// Columns right of an indent.
    pub fn room(self, indent: usize) -> usize {
        self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent).max(8))
    }

    pub fn paint(self, style: Style, text: &str) -> String {
        if self.colours && style != PLAIN && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The rows of a text between a left edge and the right one; of more than `most` rows the last
    /// that is shown ends in a mark.
    pub fn rows(self, text: &Text, indent: usize, most: usize) -> Vec<String> {
        let room = self.room(indent);
        let mut rows = wrapped(&text.0, room);
        if rows.len() > most {
            rows.truncate(most);
            let mark = ('…', DIM);
            let last = rows.pop().unwrap_or_default();
            let mut last = last.to_vec();
            while width(&last) + 1 > room {
                last.pop();
            }
            last.push(mark);
            let mut painted: Vec<String> = rows.iter().map(|row| self.painted(row)).collect();
            painted.push(self.painted(&last));
            return painted;
        }
        rows.iter().map(|row| self.painted(row)).collect()
    }

    fn painted(self, row: &[(char, Style)]) -> String {
        let parts = row.chunk_by(|(_, one), (_, other)| one == other);
        parts
            .map(|part| {
                let text: String = part.iter().map(|(character, _)| character).collect();
                self.paint(part[0].1, &text)
            })
            .collect()
    }
}

/// Characters, each with its style.
#[derive(Debug, Default)]
pub struct Text(Vec<(char, Style)>);

impl Text {
    /// A text in one style.
    pub fn of(text: &str, style: Style) -> Text {
        let mut all = Text::default();
        all.push(text, style);
        all
    }

    /// Adds a text as a page may hold it: control characters escaped, tabs as spaces.
    pub fn push(&mut self, text: &str, style: Style) {
        let shown = printable(&text.replace('\t', "    "));
        self.0.extend(shown.chars().map(|character| (character, style)));
    }

    /// Columns of the whole text in one row.
    pub fn width(&self) -> usize {
        width(&self.0)
    }
}

fn width(row: &[(char, Style)]) -> usize {
    row.iter().map(|(character, _)| character.width().unwrap_or(0)).sum()
}

/// Breaks at the last space that fits, and inside a word that is wider than the room.
fn wrapped(text: &[(char, Style)], room: usize) -> Vec<&[(char, Style)]> {
    let mut rows = Vec::new();
    let mut start = 0;
    loop {
        let (mut used, mut at, mut space, mut in_text) = (0, start, None, false);
        while let Some((character, _)) = text.get(at) {
            let wide = character.width().unwrap_or(0);
            if used + wide > room {
                break;
            }
            match character {
                ' ' if in_text => space = Some(at),
                ' ' => {}
                _ => in_text = true,
            }
            used += wide;
            at += 1;
        }
        if at == text.len() {
            rows.push(&text[start..]);
            return rows;
        }
        let is_space = text[at].0 == ' ';
        let end = if is_space { at } else { space.unwrap_or(at.max(start + 1)) };
        rows.push(&text[start..end]);
        let spaces = text[end..].iter().take_while(|(character, _)| *character == ' ').count();
        start = end + spaces;
        if start == text.len() {
            return rows;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_words_and_wide_words_anywhere() {
        let page = |columns| Page { columns: Some(columns), colours: false };
        for (text, columns, rows) in [
            ("", 10, &[""][..]),
            ("uno dos tres", 12, &["uno dos tres"]),
            ("uno dos tres", 9, &["uno dos", "tres"]),
            ("uno dos   ", 8, &["uno dos "]),
            ("  uno dos tres", 9, &["  uno dos", "tres"]),
            ("abcdefghijkl", 8, &["abcdefgh", "ijkl"]),
            ("日本語日本語", 8, &["日本語日", "本語"]),
            ("abcdefgn\u{303} x", 8, &["abcdefgn\u{303}", "x"]),
        ] {
            assert_eq!(page(columns).rows(&Text::of(text, PLAIN), 0, 9), rows, "{text}");
        }
        let text = Text::of("uno dos tres cuatro cinco", PLAIN);
        assert_eq!(page(8).rows(&text, 0, 2), ["uno dos", "tres…"]);
    }

    #[test]
    fn a_style_goes_on_in_the_next_row() {
        let mut text = Text::of("uno ", PLAIN);
        text.push("dos tres", REPAIRED);
        let page = Page { columns: Some(8), colours: true };
        let green = |text: &str| format!("{REPAIRED}{text}{REPAIRED:#}");
        assert_eq!(page.rows(&text, 0, 9), [format!("uno {}", green("dos")), green("tres")]);
    }
}
