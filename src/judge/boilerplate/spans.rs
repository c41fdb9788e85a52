//! Spans and sentences that go out of a line that stays.

use std::ops::Range;

use super::super::Judgement;
use super::Boilerplate;
use crate::line::Trim;
use crate::rules::{Hit, Place, Reach, Rule};
use crate::window::View;

impl Boilerplate {
    /// Takes the spans and sentences out; a line with nothing left but marks goes as a whole.
    pub(super) fn without_spans(&self, view: View<'_>, hits: &[(f32, &Hit)]) -> Judgement {
        let Some((first_score, first)) = hits.first() else { return Judgement::Keep };
        let text = view.entry().text();
        let mut trims: Vec<Trim> = Vec::new();
        for (score, hit) in hits {
            let rule = self.rule(hit);
            let mut span = match rule {
                Rule { reach: Reach::Sentence, .. } => sentence_around(text, hit.start..hit.end),
                Rule { at: Place::LineEnd, .. } => with_marks(text, hit.start..hit.end),
                _ => hit.start..hit.end,
            };
            span.start = text[..span.start].trim_end().len();
            if let Some(before) = trims.last_mut()
                && span.start < before.end
            {
                before.end = before.end.max(span.end);
                before.text = text[before.start..before.end].into();
                continue;
            }
            let (start, end) = (span.start, span.end);
            let removal = self.removal(view, hit, *score);
            trims.push(Trim { start, end, text: text[start..end].into(), removal });
        }
        let mut rest = 0;
        let mut left_over = String::new();
        for trim in &trims {
            left_over.push_str(&text[rest..trim.start]);
            rest = trim.end;
        }
        left_over.push_str(&text[rest..]);
        if left_over.contains(char::is_alphanumeric) {
            Judgement::Trim(trims)
        } else {
            Judgement::Drop(self.removal(view, first, *first_score))
        }
    }
}

/// A phrase at the end of a line with what belongs to it: the marks behind it, the bracket that they close, and
/// a bullet or an arrow in front.
///
/// A bracket that opens farther ahead stays as it is, with all that follows it.
fn with_marks(text: &str, phrase: Range<usize>) -> Range<usize> {
    let Range { mut start, end } = phrase;
    let closing = text[end..].char_indices().filter_map(|(at, c)| Some((end + at, opening_of(c)?)));
    let mut behind = text.len();
    for (at, opening) in closing {
        if text[start..end].contains(opening) {
            continue;
        }
        let Some(before) = text[..start].trim_end().strip_suffix(opening) else {
            behind = at;
            break;
        };
        start = before.len();
    }
    let points = |c: char| c.is_whitespace() || "-–—|·•>»›→►▶".contains(c);
    text[..start].trim_end_matches(points).len()..behind
}

/// The bracket that another one closes.
fn opening_of(closing: char) -> Option<char> {
    match closing {
        ')' => Some('('),
        ']' => Some('['),
        '}' => Some('{'),
        _ => None,
    }
}

/// The sentence that holds the span, with the white space after it only if it opens the line.
fn sentence_around(text: &str, span: Range<usize>) -> Range<usize> {
    let ends = |at: usize, c: char| {
        let after = &text[at + c.len_utf8()..];
        matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？')
            && after
                .trim_start_matches(['"', '”', '»', ')', '’', '.', '!', '?', '…'])
                .starts_with(char::is_whitespace)
    };
    let before = text[..span.start].char_indices().rev().find(|(at, c)| ends(*at, *c));
    let start = before
        .map_or(0, |(at, _)| at + text[at..].find(char::is_whitespace).unwrap_or(text.len() - at));
    // The phrase may hold the end of its sentence.
    let last = text[..span.end].char_indices().next_back().map_or(0, |(at, _)| at);
    let end = text[last..]
        .char_indices()
        .map(|(at, c)| (last + at, c))
        .find(|(at, c)| ends(*at, *c))
        .map_or(text.len(), |(at, _)| {
            at + text[at..].find(char::is_whitespace).unwrap_or(text.len() - at)
        });
    start.min(span.start)..end.max(span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_round_a_phrase_at_the_end_of_a_line_belong_to_it() {
        for (text, phrase, left) in [
            ("He left. Read more »", "Read more", "He left."),
            ("He left. → Read more!", "Read more", "He left."),
            ("He left - read more", "read more", "He left"),
            ("He left (read more)", "read more", "He left"),
            ("He left [(read more)]...", "read more", "He left"),
            ("Form [edit]", "[edit", "Form"),
            ("He left (as always, read more...)", "read more", "He left (as always,)"),
            ("He left (as always). Read more", "Read more", "He left (as always)."),
            ("Read more", "Read more", ""),
        ] {
            let Some(start) = text.find(phrase) else { panic!("{phrase} is in {text}") };
            let mut text = text.to_owned();
            let span = with_marks(&text, start..start + phrase.len());
            text.replace_range(span.start..span.end, "");
            assert_eq!(text.trim_end(), left);
        }
    }

    #[test]
    fn a_sentence_is_found_round_a_phrase() {
        let case = |text: &str, phrase: &str, sentence: &str| {
            let Some(start) = text.find(phrase) else { panic!("{phrase} is in {text}") };
            let range = sentence_around(text, start..start + phrase.len());
            assert_eq!(text[range].trim(), sentence);
        };
        case("One? Two? Share it below! Four.", "Share it", "Share it below!");
        case("Share it below!", "Share it", "Share it below!");
        case("He said “go.” Share it. Four", "Share it.", "Share it.");
        case("Version 2.5 is out. Share version 2.5 now", "Share", "Share version 2.5 now");
    }
}
