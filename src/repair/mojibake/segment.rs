//! Cuts a line into the spans that may hold mojibake.
//!
//! A segment is a run of characters beyond ASCII, gaps of a few ASCII characters included. It is read
//! with some text to the left and right, which the letter model needs to judge a word.

/// Characters to the left of a segment that the letter model sees.
pub(super) const LEFT_CHARS: usize = 3;

/// Characters to the right of a segment that count towards its cost.
///
/// Measured on synthetic mojibake, 2026-11: seven, not three, tells `vienādu` from `vienčdu`.
pub(super) const RIGHT_CHARS: usize = 7;

/// ASCII characters that a segment may span between two others.
const GAP_CHARS: usize = 3;

/// A longer run is cut, where a word ends if it can be; a character that lies across the cut stays with the
/// first part.
pub(super) const MAX_CHARS: usize = 192;

/// Where the segment at or after `from` begins and ends, in characters; `None` when only ASCII is left.
pub(super) fn next_segment(text: &[char], from: usize) -> Option<(usize, usize)> {
    let start = next_beyond_ascii(text, from)?;
    let mut end = start + 1;
    let mut gap = 0;
    // The end of the last word in the second half.
    let mut word_end = None;
    for (at, c) in text.iter().enumerate().skip(start + 1) {
        if at - start >= MAX_CHARS {
            return Some((start, word_end.unwrap_or(end)));
        }
        if !c.is_ascii() {
            (end, gap) = (at + 1, 0);
        } else {
            if *c == ' ' && gap == 0 && at - start > MAX_CHARS / 2 {
                word_end = Some(at);
            }
            gap += 1;
            if gap > GAP_CHARS || c.is_ascii_control() {
                break;
            }
        }
    }
    Some((start, end))
}

/// The first character beyond ASCII at or after `from`.
pub(super) fn next_beyond_ascii(text: &[char], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut at = from;
    for eight in rest.as_chunks::<8>().0 {
        if eight.iter().fold(0, |all, &c| all | u32::from(c)) >= 0x80 {
            break;
        }
        at += 8;
    }
    text[at..].iter().position(|c| !c.is_ascii()).map(|ahead| at + ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(line: &str) -> Vec<String> {
        let text: Vec<char> = line.chars().collect();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some((start, end)) = next_segment(&text, from) {
            found.push(text[start..end].iter().collect());
            from = end;
        }
        found
    }

    #[test]
    fn short_gaps_are_bridged() {
        assert_eq!(segments("plain"), Vec::<String>::new());
        assert_eq!(segments("un cafÃ© y maÃ±ana"), ["Ã©", "Ã±"]);
        assert_eq!(segments("Ã© y Ã±"), ["Ã© y Ã±"]);
    }

    #[test]
    fn long_runs_are_cut() {
        let long = "é".repeat(500);
        assert!(segments(&long).iter().all(|segment| segment.chars().count() <= MAX_CHARS));
        assert_eq!(segments(&long).concat(), long);
        let words = ["é".repeat(30).as_str(); 9].join(" ");
        for segment in segments(&words) {
            assert!(segment.starts_with('é') && segment.chars().count() % 31 == 30, "{segment}");
        }
    }
}
