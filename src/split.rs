//! Text to lines, whatever the pieces it comes in.
//!
//! LF, CRLF and a lone CR end a line (several CRs before one LF are one line end: what a file
//! translated twice holds). Other separators (U+0085, U+2028) do not: mojibake is full of them.
//!
//! A line over [`MAX_LINE_BYTES`] is cut, so that memory stays bounded: before its last space, or
//! else before the last character that does not combine with the one ahead of it.

use unicode_normalization::char::is_combining_mark;

/// Longest piece of a line that is handled as one.
///
/// Measured on real pages, 2026-11: the longest paragraph of 1,966 documents has 21 KB.
/// Counter-example: minified scripts and base64, which nobody needs judged.
pub(crate) const MAX_LINE_BYTES: usize = 64 * 1024;

/// A line, or a piece of one that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    pub text: &'t str,
    /// Whether a line starts here.
    pub starts: bool,
    /// Whether the line is over with this piece.
    pub ends: bool,
}

/// Cuts one document's text into lines.
#[derive(Default)]
pub(crate) struct Splitter {
    /// The line that is not over yet.
    partial: String,
    /// CRs that were seen last: line ends of their own, or one together with the LF that follows.
    carriage_returns: usize,
    /// Whether a piece of the current line has gone out.
    cut: bool,
}

impl Splitter {
    pub(crate) fn reset(&mut self) {
        self.partial.clear();
        self.carriage_returns = 0;
        self.cut = false;
    }

    /// Takes the next text and hands every line and piece that is certain to `take`.
    pub(crate) fn push<E>(
        &mut self,
        text: &str,
        mut take: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = text;
        while !rest.is_empty() {
            if self.carriage_returns > 0 {
                rest = self.after_carriage_returns(rest, &mut take)?;
                continue;
            }
            match memchr::memchr2(b'\n', b'\r', rest.as_bytes()) {
                None => {
                    self.extend(rest, &mut take)?;
                    break;
                }
                Some(end) => {
                    let line = &rest[..end];
                    if rest.as_bytes()[end] == b'\r' {
                        self.extend(line, &mut take)?;
                        self.carriage_returns = 1;
                    } else if self.partial.is_empty() && line.len() <= MAX_LINE_BYTES {
                        let starts = !std::mem::take(&mut self.cut);
                        take(Piece { text: line, starts, ends: true })?;
                    } else {
                        self.extend(line, &mut take)?;
                        self.end_line(&mut take)?;
                    }
                    rest = &rest[end + 1..];
                }
            }
        }
        Ok(())
    }

    /// The input is over. Returns whether it ended with a line end.
    pub(crate) fn finish<E>(
        &mut self,
        mut take: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let ended = self.partial.is_empty() && !self.cut || self.carriage_returns > 0;
        for _ in 0..std::mem::take(&mut self.carriage_returns) {
            self.end_line(&mut take)?;
        }
        if !ended {
            self.end_line(&mut take)?;
        }
        Ok(ended)
    }

    fn after_carriage_returns<'t, E>(
        &mut self,
        text: &'t str,
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<&'t str, E> {
        if let Some(rest) = text.strip_prefix('\r') {
            self.carriage_returns += 1;
            return Ok(rest);
        }
        let seen = std::mem::take(&mut self.carriage_returns);
        let (ends, rest) = match text.strip_prefix('\n') {
            Some(rest) => (1, rest),
            None => (seen, text),
        };
        for _ in 0..ends {
            self.end_line(take)?;
        }
        Ok(rest)
    }

    /// Adds to the current line, and gives away pieces while it is too long.
    fn extend<E>(
        &mut self,
        mut text: &str,
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        // One character more than fits decides the cut, however the text arrives.
        while self.partial.len() + text.len() > MAX_LINE_BYTES {
            let needed = ceil_char_boundary(text, MAX_LINE_BYTES + 1 - self.partial.len());
            self.partial.push_str(&text[..needed]);
            text = &text[needed..];
            let cut = place_to_cut(&self.partial);
            let starts = !std::mem::replace(&mut self.cut, true);
            take(Piece { text: &self.partial[..cut], starts, ends: false })?;
            self.partial.drain(..cut);
        }
        self.partial.push_str(text);
        Ok(())
    }

    fn end_line<E>(&mut self, take: &mut impl FnMut(Piece<'_>) -> Result<(), E>) -> Result<(), E> {
        let starts = !std::mem::take(&mut self.cut);
        take(Piece { text: &self.partial, starts, ends: true })?;
        self.partial.clear();
        Ok(())
    }
}

/// Where to cut a line that is too long: never at 0, always on a character boundary.
fn place_to_cut(line: &str) -> usize {
    let limit = floor_char_boundary(line, MAX_LINE_BYTES);
    if let Some(space) = memchr::memrchr(b' ', &line.as_bytes()[..limit])
        && space > 0
    {
        return space;
    }
    if let Some(entity) = entity_at_end(&line.as_bytes()[..limit]) {
        return entity;
    }
    line[..limit]
        .char_indices()
        .rev()
        .find(|(at, c)| *at > 0 && !combines(*c))
        .map_or(limit, |(at, _)| at)
}

/// Where the entities begin that the end of a text could be part of: `&amp;lt;` is one after the
/// other, so all of them stay together.
fn entity_at_end(text: &[u8]) -> Option<usize> {
    const LONGEST: usize = 64;
    let start = text.len().saturating_sub(LONGEST);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'&' | b'#' | b';');
    let part = text[start..].iter().rev().take_while(|byte| is_part(byte)).count();
    let part = text.len() - part;
    memchr::memchr(b'&', &text[part..]).map(|at| part + at).filter(|at| *at > 0)
}

/// Characters that belong to the one before: marks, joiners, variation selectors, and the Hangul
/// vowels and finals that compose with what stands ahead of them.
fn combines(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{1160}'..='\u{11ff}')
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_char_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces as `(text, starts, ends)`, fed in chunks of `size` bytes, and whether the input
    /// ended with a line end.
    fn split(text: &str, size: usize) -> (Vec<(String, bool, bool)>, bool) {
        let mut splitter = Splitter::default();
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut take = |piece: Piece<'_>| {
            pieces.push((piece.text.to_owned(), piece.starts, piece.ends));
            Ok::<(), ()>(())
        };
        while !rest.is_empty() {
            let (now, later) = rest.split_at(ceil_char_boundary(rest, size));
            assert_eq!(splitter.push(now, &mut take), Ok(()));
            rest = later;
        }
        let ended = splitter.finish(&mut take) == Ok(true);
        (pieces, ended)
    }

    fn lines(text: &str) -> Vec<String> {
        let whole = split(text, text.len().max(1));
        for size in 1..5 {
            assert_eq!(split(text, size), whole, "chunks of {size}: {text:?}");
        }
        whole.0.into_iter().map(|(line, _, _)| line).collect()
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        assert_eq!(lines("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines("a\n\n\r\n\rb\n"), ["a", "", "", "", "b"]);
        assert_eq!(lines("a\r\r\nb"), ["a", "b"]);
        assert_eq!(lines("a\r\rb\r"), ["a", "", "b"]);
        assert_eq!(lines(""), [""; 0]);
        assert_eq!(lines("\n"), [""]);
    }

    #[test]
    fn the_last_line_end_is_reported() {
        for (text, ended) in [("", true), ("a", false), ("a\n", true), ("a\r", true), ("\n", true)]
        {
            assert_eq!(split(text, 1).1, ended, "{text:?}");
        }
    }

    #[test]
    fn separators_other_than_line_ends_stay_inside() {
        assert_eq!(lines("a\u{2028}b\u{85}c\u{b}d\u{c}e"), ["a\u{2028}b\u{85}c\u{b}d\u{c}e"]);
    }

    #[test]
    fn a_long_line_is_cut_alike_however_it_arrives() {
        let word = "palabra ";
        let text = format!("{}\nend", word.repeat(3 * MAX_LINE_BYTES / word.len()));
        let whole = split(&text, text.len());
        assert_eq!(split(&text, 4096), whole);
        assert_eq!(split(&text, 65_537), whole);
        assert!(whole.0.iter().all(|(piece, ..)| piece.len() <= MAX_LINE_BYTES));
        assert!(whole.0[0].1 && !whole.0[0].2 && whole.0[0].0.ends_with("palabra"));
        assert!(!whole.0[1].1);
        let joined: String = whole.0.iter().map(|(piece, ..)| piece.as_str()).collect();
        assert_eq!(joined, text.replace('\n', ""));
    }

    #[test]
    fn a_long_word_is_not_cut_inside_an_entity() {
        for size in 0..8 {
            let text = format!("{}{}", "x".repeat(size), "&lt;".repeat(MAX_LINE_BYTES / 2));
            let pieces = split(&text, text.len()).0;
            assert!(pieces.len() > 2);
            for (piece, ..) in &pieces[1..] {
                assert!(piece.starts_with("&lt;") && piece.ends_with("&lt;"), "{size}");
            }
        }
    }

    #[test]
    fn a_long_word_is_not_cut_before_a_combining_mark() {
        let text = format!("{}{}", "x".repeat(MAX_LINE_BYTES - 1), "e\u{301}".repeat(10));
        let pieces = split(&text, text.len()).0;
        assert!(pieces[1].0.starts_with("e\u{301}"), "{:?}", &pieces[1].0[..6]);
    }
}
