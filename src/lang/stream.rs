//! Texts that arrive in pieces, with the answer of a text that is at hand.
//!
//! A text is looked at in parts of whole lines. Where a part ends depends on the text alone, never on
//! the pieces it came in, and [`Detector::spans`] cuts in the same places.

use super::{Detector, Language, Span};

/// Bytes that are looked at together.
///
/// Source: the detector weighs what the rest of a document is written in; past some pages that weight does not
/// change (2026-11). Counter-example: a line longer than a part, which is cut between two characters.
pub(super) const PART_BYTES: usize = 1024 * 1024;

/// The languages of a text that arrives in pieces, in constant memory.
///
/// ```
/// use limpio::lang::{Detector, Language, Span};
///
/// let mut spans: Vec<Span> = Vec::new();
/// let mut stream = Detector::shared().stream();
/// for piece in ["La reunión es a las ci", "nco.\nSee you there!"] {
///     stream.push(piece, |_, found| found.iter().for_each(|span| span.join(&mut spans)));
/// }
/// stream.finish(|_, found| found.iter().for_each(|span| span.join(&mut spans)));
/// assert_eq!(spans, Detector::shared().spans("La reunión es a las cinco.\nSee you there!"));
/// ```
#[derive(Debug)]
pub struct SpanStream<'d> {
    detector: &'d Detector,
    waiting: String,
    /// Bytes of the parts before.
    before: usize,
    part_bytes: usize,
}

impl<'d> SpanStream<'d> {
    pub(super) fn new(detector: &'d Detector) -> SpanStream<'d> {
        SpanStream { detector, waiting: String::new(), before: 0, part_bytes: PART_BYTES }
    }

    /// Takes the next piece. `each` is called for every part that is whole, with its text and its
    /// spans; their offsets count from the start of the whole text. Spans of two parts may meet with one
    /// language, see [`Span::join`].
    pub fn push(&mut self, piece: &str, mut each: impl FnMut(&str, &[Span])) {
        self.waiting.push_str(piece);
        let mut start = 0;
        while let Some(length) = part(&self.waiting[start..], self.part_bytes) {
            self.look(start, start + length, &mut each);
            start += length;
        }
        self.waiting.drain(..start);
    }

    /// The text is over: looks at the rest of it.
    pub fn finish(mut self, mut each: impl FnMut(&str, &[Span])) {
        if !self.waiting.is_empty() {
            self.look(0, self.waiting.len(), &mut each);
        }
    }

    fn look(&mut self, start: usize, end: usize, each: &mut impl FnMut(&str, &[Span])) {
        let text = &self.waiting[start..end];
        let mut spans = self.detector.part(text);
        for span in &mut spans {
            span.start += self.before;
            span.end += self.before;
        }
        each(text, &spans);
        self.before += text.len();
    }
}

/// The length of the first part of a text, of at most so many bytes, four or more; `None` if the whole is one.
pub(super) fn part(text: &str, part_bytes: usize) -> Option<usize> {
    if text.len() <= part_bytes {
        return None;
    }
    let longest = (part_bytes - 3..=part_bytes).rev().find(|at| text.is_char_boundary(*at))?;
    let line = memchr::memrchr(b'\n', &text.as_bytes()[..longest]);
    Some(line.map_or(longest, |at| at + 1))
}

impl Span {
    /// Adds this span to those before it, which it must follow without a gap: spans of one language become one,
    /// and text without a language goes with what is before it, or else after it.
    pub fn join(self, spans: &mut Vec<Span>) {
        match spans.last_mut() {
            Some(last) if last.lang == self.lang || self.lang == Language::None => {
                last.end = self.end;
            }
            // Only the first span can be without a language.
            Some(last) if last.lang == Language::None => {
                last.end = self.end;
                last.lang = self.lang;
            }
            _ => spans.push(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn streamed(text: &str, pieces: &[usize], part_bytes: usize) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let mut stream = SpanStream { part_bytes, ..Detector::shared().stream() };
        let mut rest = text;
        for piece in pieces.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let at = (*piece..).find(|at| *at >= rest.len() || rest.is_char_boundary(*at));
            let (now, later) = rest.split_at(at.unwrap_or(rest.len()).min(rest.len()));
            stream.push(now, |_, found| found.iter().for_each(|span| span.join(&mut spans)));
            rest = later;
        }
        stream.finish(|_, found| found.iter().for_each(|span| span.join(&mut spans)));
        spans
    }

    #[test]
    fn parts_end_with_a_line_or_a_character() {
        let part = |text: &str| part(text, PART_BYTES);
        assert_eq!(part(""), None);
        assert_eq!(part(&"a".repeat(PART_BYTES)), None);
        let lines = "uno\n".repeat(PART_BYTES / 4);
        assert_eq!(part(&(lines.clone() + "x")), Some(PART_BYTES));
        assert_eq!(part(&format!("x{lines}")), Some(PART_BYTES - 3));
        assert_eq!(part(&format!("x{}", "ñ".repeat(PART_BYTES))), Some(PART_BYTES - 1));
    }

    #[test]
    fn a_long_text_has_the_same_spans_in_any_pieces() {
        let numbers = "2026-11-22\n".repeat(PART_BYTES / 10);
        let spanish = "El tren de la mañana llegó tarde otra vez.\n".repeat(PART_BYTES / 30);
        let english = "The morning train was late again.\n".repeat(PART_BYTES / 20);
        let text =
            [&*numbers, &*spanish, &*numbers, &*english, "ñ".repeat(PART_BYTES).as_str()].concat();
        let spans = Detector::shared().spans(&text);
        let langs: Vec<Language> = spans.iter().map(|span| span.lang).collect();
        assert_eq!(langs[..2], [Language::Es, Language::En]);
        assert_eq!(streamed(&text, &[60_001], PART_BYTES), spans);
        assert_eq!(streamed(&text, &[text.len()], PART_BYTES), spans);
    }

    proptest! {
        #[test]
        fn pieces_do_not_show(
            text in "(\\PC|[a-zñ ,.¿\n]|\r\n|12 |el |de la |the |don't |não |você |«día»… |日本){0,60}",
            pieces in prop::collection::vec(1usize..40, 1..5),
            part_bytes in 4usize..120,
        ) {
            let spans = Detector::shared().spans_by(&text, part_bytes);
            prop_assert_eq!(streamed(&text, &pieces, part_bytes), &*spans);
            let ends: Vec<usize> = spans.iter().map(|span| span.end).collect();
            let starts: Vec<usize> = spans.iter().map(|span| span.start).chain([text.len()]).collect();
            prop_assert!(starts[0] == 0 && starts[1..] == ends);
            prop_assert!(ends.iter().all(|end| text.is_char_boundary(*end)));
        }
    }
}
