//! A text with its languages, for people.
//!
//! With colours every line stands as it is, painted by language, with the language in the margin. Without
//! them a line is broken where its language changes, so that each row has one language.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use limpio::lang::{Language, Span};

use super::super::explain::page::{Page, Text};

/// Columns of the margin.
const MARGIN: usize = 7;

/// Rows that a line may take.
const MOST_ROWS: usize = 10_000;

/// The colour of a language.
pub fn style(lang: Language) -> Style {
    match lang {
        Language::Es => AnsiColor::Yellow.on_default(),
        Language::En => AnsiColor::Cyan.on_default(),
        Language::Other => AnsiColor::Magenta.on_default(),
        _ => Style::new().effects(Effects::DIMMED),
    }
}

/// Writes a part of a text whose first byte is at `base`, line by line. Spans count from the start of the whole
/// text.
pub fn write(
    to: &mut impl Write,
    page: Page,
    text: &str,
    base: usize,
    spans: &[Span],
) -> io::Result<()> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let first = spans.partition_point(|span| span.end <= base + start);
        let within = spans[first..].iter().take_while(|span| span.start < base + end);
        let pieces: Vec<(Language, &str)> = within
            .filter_map(|span| {
                let from = span.start.saturating_sub(base).max(start);
                let to = (span.end - base).min(end);
                Some((span.lang, text.get(from..to)?.trim_end_matches(['\r', '\n'])))
            })
            .filter(|(_, piece)| !piece.is_empty())
            .collect();
        if pieces.is_empty() {
            writeln!(to)?;
        } else if page.colours {
            row(to, page, &pieces)?;
        } else {
            pieces.iter().try_for_each(|piece| row(to, page, std::slice::from_ref(piece)))?;
        }
        start = end;
    }
    Ok(())
}

/// One line with its margin, on as many rows as it takes.
fn row(to: &mut impl Write, page: Page, pieces: &[(Language, &str)]) -> io::Result<()> {
    let (margin, mark) = match pieces {
        [(Language::None, _)] => ("", style(Language::None)),
        [(lang, _)] => (lang.as_str(), style(*lang)),
        _ => ("mixed", Style::new()),
    };
    let mut text = Text::default();
    for (lang, piece) in pieces {
        text.push(piece, style(*lang));
    }
    let margin = page.paint(mark, &format!("{margin:<MARGIN$}"));
    for (index, row) in page.rows(&text, MARGIN, MOST_ROWS).iter().enumerate() {
        let margin = if index == 0 { margin.as_str() } else { "       " };
        writeln!(to, "{}", format!("{margin}{row}").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use limpio::lang::Detector;

    fn shown(page: Page, text: &str) -> String {
        let mut rows = Vec::new();
        write(&mut rows, page, text, 0, &Detector::shared().spans(text)).unwrap();
        String::from_utf8(rows).unwrap()
    }

    const TEXT: &str =
        "La reunión es a las cinco de la tarde.\r\n\nNo voy. Please call me tomorrow.\n";

    #[test]
    fn without_colours_every_row_has_one_language() {
        let page = Page { columns: None, colours: false };
        assert_eq!(
            shown(page, TEXT),
            "es     La reunión es a las cinco de la tarde.\n\
             \n\
             es     No voy.\n\
             en     Please call me tomorrow.\n"
        );
        assert_eq!(shown(page, "2026\n"), "       2026\n");
        assert_eq!(shown(page, "a\u{1b}[31m año"), "es     a\\u{1b}[31m año\n");
        assert_eq!(shown(page, ""), "");
    }

    #[test]
    fn with_colours_a_line_stays_a_line() {
        let page = Page { columns: Some(200), colours: true };
        let (es, en) = (style(Language::Es), style(Language::En));
        assert!(
            shown(page, TEXT).ends_with(&format!(
                "mixed  {es}No voy. {es:#}{en}Please call me tomorrow.{en:#}\n"
            ))
        );
    }

    #[test]
    fn long_lines_break_at_words_behind_the_margin() {
        let page = Page { columns: Some(24), colours: false };
        assert_eq!(
            shown(page, "La reunión es a las cinco."),
            "es     La reunión es a\n       las cinco.\n"
        );
    }
}
