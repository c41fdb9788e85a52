//! Spans that go from lines that stay.

use std::ops::Range;

use crate::line::Trim;

/// What is left of a line without the spans that go; no white space at its end, nor where its
/// beginning went.
pub(crate) fn rest_of(text: &str, trims: &[Trim]) -> String {
    kept_ranges(text, trims).into_iter().map(|range| &text[range]).collect()
}

/// Adds spans that were found in what is left of a line.
pub(crate) fn add(text: &str, trims: &mut Vec<Trim>, found: Vec<Trim>) {
    if trims.is_empty() {
        *trims = found;
        return;
    }
    let kept = kept_ranges(text, trims);
    // The place in the line of a byte of what is left.
    let place = |at: usize| {
        let mut left = at;
        for range in &kept {
            if left < range.len() {
                return range.start + left;
            }
            left -= range.len();
        }
        text.len()
    };
    for mut trim in found {
        let (start, end) = (place(trim.start), place(trim.end.saturating_sub(1)));
        let end = end + text[end..].chars().next().map_or(0, char::len_utf8);
        (trim.start, trim.end) = (start, end);
        trims.retain(|old| old.end <= start || old.start >= end);
        trim.text = text[start..end].into();
        trims.push(trim);
    }
    trims.sort_by_key(|trim| trim.start);
}

fn kept_ranges(text: &str, trims: &[Trim]) -> Vec<Range<usize>> {
    let mut kept: Vec<Range<usize>> = Vec::with_capacity(trims.len() + 1);
    let mut start = 0;
    for trim in trims {
        kept.push(start..trim.start);
        start = trim.end;
    }
    kept.push(start..text.len());
    if trims.first().is_some_and(|trim| text[..trim.start].trim().is_empty()) {
        // What opened the line is gone: so is the space after it.
        for range in &mut kept {
            let part = &text[range.clone()];
            range.start += part.len() - part.trim_start().len();
            if range.start < range.end {
                break;
            }
        }
    }
    for range in kept.iter_mut().rev() {
        range.end = range.start + text[range.clone()].trim_end().len();
        if range.start < range.end {
            break;
        }
    }
    kept.retain(|range| range.start < range.end);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Category, Reason, Removal};

    fn trim(text: &str, in_text: &str, part: &str) -> Trim {
        let Some(start) = in_text.find(part) else { panic!("{part} is in {in_text}") };
        let removal = Removal {
            category: Category::Ad,
            rule: "test".into(),
            reason: Reason::Shape("test"),
            score: 1.0,
        };
        let _ = text;
        Trim { start, end: start + part.len(), text: part.into(), removal }
    }

    #[test]
    fn later_spans_are_found_in_the_whole_line() {
        let text = "one [two] three [four] five [six]";
        let mut trims = vec![trim(text, text, "[two]")];
        let rest = rest_of(text, &trims);
        assert_eq!(rest, "one  three [four] five [six]");
        let found = vec![trim(text, &rest, "[six]"), trim(text, &rest, "one  three")];
        add(text, &mut trims, found);
        let texts: Vec<&str> = trims.iter().map(|trim| &*trim.text).collect();
        assert_eq!(texts, ["one [two] three", "[six]"]);
        assert_eq!(rest_of(text, &trims), "[four] five");
    }

    #[test]
    fn space_goes_at_the_ends_only() {
        let text = "Ad: the text goes on  Ad:";
        let trims = vec![
            Trim { start: 0, end: 3, ..trim(text, text, "Ad:") },
            Trim { start: 22, end: 25, ..trim(text, text, "Ad:") },
        ];
        assert_eq!(rest_of(text, &trims), "the text goes on");
    }
}
