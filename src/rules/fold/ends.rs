//! The marks at both ends of a line, which say nothing.

use crate::swar::indent;

/// How many bytes of marks stand before the first thing that is said: white space, bullets,
/// arrows, emoji, opening brackets and exclamation marks. Quotation marks and the dash of a
/// dialogue are no marks: what follows them is somebody's speech.
pub(crate) fn leading_marks(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut at = indent(bytes);
    // Most lines begin with a letter of ASCII, and need no characters.
    while let Some(marks) = bytes.get(at).and_then(|byte| ASCII_MARKS.get(usize::from(*byte))) {
        if marks & LEADING == 0 {
            return at;
        }
        at += 1;
    }
    line.len() - line[at..].trim_start_matches(is_leading_mark).len()
}

/// The characters of ASCII that are leading marks, and trailing ones.
static ASCII_MARKS: [u8; 128] = {
    let mut marks = [0; 128];
    let mut byte = 0;
    while byte < marks.len() {
        marks[byte] = match byte as u8 {
            b' ' | b'\t'..=b'\r' | b'-' | b'*' | b'>' | b'#' | b'~' | b'+' | b'!' => {
                LEADING | TRAILING
            }
            b'=' | b'[' | b'(' => LEADING,
            b':' | b'.' | b'?' | b'|' | b')' | b']' => TRAILING,
            _ => 0,
        };
        byte += 1;
    }
    marks
};
const LEADING: u8 = 1;
const TRAILING: u8 = 2;

pub(super) fn is_leading_mark(c: char) -> bool {
    match c {
        '\0'..='\x7F' => ASCII_MARKS[c as usize] & LEADING != 0,
        '\u{A1}' | '\u{BF}' | '\u{B7}' | '\u{2013}' | '\u{203A}' | '\u{BB}' => true,
        _ => is_symbol(c),
    }
}

/// Whether the rest of a line says nothing more: closing punctuation, arrows, emoji.
///
/// A comma, a semicolon and an equals sign say that more comes: a wrapped sentence, a verse, code.
pub(crate) fn is_only_marks(rest: &str) -> bool {
    rest.chars().all(is_trailing_mark)
}

/// The line without the marks at its end.
pub(crate) fn without_trailing_marks(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while let Some(byte) = bytes[..end].last()
        && let Some(marks) = ASCII_MARKS.get(usize::from(*byte))
    {
        if marks & TRAILING == 0 {
            return &text[..end];
        }
        end -= 1;
    }
    text[..end].trim_end_matches(is_trailing_mark)
}

fn is_trailing_mark(c: char) -> bool {
    match c {
        '\0'..='\x7F' => ASCII_MARKS[c as usize] & TRAILING != 0,
        '\u{BB}' | '\u{203A}' | '\u{2026}' | '\u{B7}' | '\u{2013}' => true,
        _ => is_symbol(c),
    }
}

/// White space, characters without width, arrows, box and dingbat symbols, emoji.
fn is_symbol(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE0F}' | '\u{FEFF}'
            | '\u{2020}'..='\u{2023}'
            | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2500}'..='\u{27BF}'
            | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::super::{Digits, Fold, folded};
    use super::*;

    #[test]
    fn marks_at_both_ends_of_a_line_are_told_from_letters() {
        for (line, within) in [
            ("* » (Leer más) »:", "Leer más"),
            ("\t- 12% off!", "12% off"),
            ("“No.”", "“No.”"),
            ("\u{a0}\u{200b}#tag ~\u{1F600}.", "tag"),
            ("***", ""),
            ("Ñandú", "Ñandú"),
        ] {
            assert_eq!(without_trailing_marks(&line[leading_marks(line)..]), within);
        }
        for c in '\0'..='\x7F' {
            let is_leading = c.is_whitespace() || "-*>#~=+[(!".contains(c);
            assert_eq!(leading_marks(&format!("{c}a")) > 0, is_leading, "{c:?}");
            let is_trailing = c.is_whitespace() || ":.!?*>|-+)]~#".contains(c);
            assert_eq!(without_trailing_marks(&format!("a{c}")) == "a", is_trailing, "{c:?}");
        }
    }

    #[test]
    fn bullets_arrows_and_emoji_are_marks_and_speech_is_not() {
        for (line, rest) in [
            ("📌\u{a0}Read also: X", "Read also: X"),
            ("- » ¡Comparte!", "Comparte!"),
            ("▶️ Watch", "Watch"),
            ("—Leave a reply", "—Leave a reply"),
            ("\"Leave a reply\"", "\"Leave a reply\""),
            ("1. Subscribe", "1. Subscribe"),
            ("| Plan | Price |", "| Plan | Price |"),
        ] {
            assert_eq!(&line[leading_marks(line)..], rest, "{line}");
        }
        assert!(is_only_marks(" » → !*"));
        assert!(!is_only_marks(" »a"));
    }

    #[test]
    fn no_mark_is_folded_to_a_letter_or_digit() {
        for mark in (char::MIN..=char::MAX).filter(|c| is_trailing_mark(*c)) {
            let folded = folded(mark.encode_utf8(&mut [0; 4]), Fold::default(), Digits::Any);
            assert!(!folded.iter().any(u8::is_ascii_alphanumeric), "{mark:?}");
        }
    }
}
