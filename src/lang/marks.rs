//! Marks: what a byte that is neither a letter of ASCII nor a space means in a plain line, by the bytes beside it.
//!
//! Each byte has three sets of signs: those it may stand for, those it allows before a mark and those it allows
//! behind one. What is in all three sets is found, without a branch.

use super::tokens::{Gap, ascii_gap};

/// What is found at a byte between two others, and what boundary it makes, as a bit.
#[inline(always)]
pub(super) fn mark(before: u8, here: u8, after: u8) -> (u16, u8) {
    let [before, here, after] = [before, here, after].map(|byte| &MARKS[usize::from(byte)]);
    let found = before.before & here.here & after.after;
    let separates = (found & DASH != 0) as u8;
    let gap = if found & WORD == 0 { here.gap } else { 0 };
    (found, gap | separates << Gap::Separator as u8)
}

/// What a byte is as a mark, before one and after one: what is in all three is found.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// The boundary that it makes, as a bit.
    gap: u8,
    here: u16,
    before: u16,
    after: u16,
}

/// Where any other is found, the line is not plain.
pub(super) const STRANGE: u16 = !(WORD | DASH | SIGN | WIDE);
/// A byte of a word: digits, accented letters of Spanish, apostrophes between letters.
pub(super) const WORD: u16 = DIGIT | ACCENT | INNER;
const DIGIT: u16 = 1;
const ACCENT: u16 = 1 << 1;
pub(super) const INNER: u16 = 1 << 2;
/// A dash between blanks.
const DASH: u16 = 1 << 3;
/// Two brackets with nothing between them, which calls have.
pub(super) const SIGN: u16 = 1 << 4;
/// `=`, `&`, `_` and the like, which addresses and code are made of, and what is no letter of Spanish.
pub(super) const ALONE: u16 = 1 << 5;
/// First bytes of accented letters before another byte than the second one of a letter of Spanish, or that one elsewhere.
const OTHER_SECOND: u16 = 1 << 6;
const OTHER_FIRST: u16 = 1 << 7;
/// A full stop before a letter: "limpio.org", but also "fin.Y sigue".
const DOT: u16 = 1 << 8;
/// A full stop between w and a digit or another letter: "www.3d.es".
const SITE: u16 = 1 << 9;
/// Two colons.
const COLONS: u16 = 1 << 10;
/// A slash where a path may start, or after a colon.
const PATH: u16 = 1 << 11;
/// An apostrophe after a digit, or before one.
const AFTER_DIGIT: u16 = 1 << 12;
const BEFORE_DIGIT: u16 = 1 << 13;
/// The first byte of a character that `plain.rs` may know.
pub(super) const WIDE: u16 = 1 << 14;

static MARKS: [Mark; 256] = {
    let mut marks = [Mark { gap: 0, here: 0, before: 0, after: 0 }; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let is_letter = byte.is_ascii_alphabetic() || byte == 0xC3;
        let is_blank = matches!(byte, b' ' | b'\t' | b'\n'..=b'\r');
        // á é í ñ ó ú ü behind 0xC3, in small.
        let is_second =
            matches!(byte | 0x20, 0xA1 | 0xA9 | 0xAD | 0xB1 | 0xB3 | 0xBA | 0xBC) && byte < 0xC0;
        // What stands on a side that is not asked does not matter.
        let mut before =
            DIGIT | ACCENT | SIGN | ALONE | OTHER_SECOND | DOT | COLONS | BEFORE_DIGIT | WIDE;
        let mut after = DIGIT | ACCENT | ALONE | OTHER_FIRST | PATH | AFTER_DIGIT | WIDE;
        if byte.is_ascii_digit() {
            before |= AFTER_DIGIT;
            after |= SITE | BEFORE_DIGIT;
        }
        if byte.is_ascii_alphabetic() || !byte.is_ascii() {
            before |= INNER;
        }
        if is_letter {
            after |= INNER;
        }
        if !byte.is_ascii() {
            after |= SITE;
        }
        if matches!(byte, b'w' | b'W') {
            before |= SITE;
        }
        if is_blank {
            before |= DASH;
            after |= DASH;
        }
        if is_blank || matches!(byte, b'"' | b'\'' | b'(' | b'`' | b':') {
            before |= PATH;
        }
        if byte.is_ascii_alphabetic() || byte == b'/' {
            after |= DOT;
        }
        if byte == b':' {
            after |= COLONS;
        }
        if byte == b')' {
            after |= SIGN;
        }
        if byte != 0xC3 {
            before |= OTHER_FIRST;
        }
        if !is_second {
            after |= OTHER_SECOND;
        }
        marks[at] = Mark {
            gap: match ascii_gap(byte) {
                Gap::Space => 0,
                gap => 1 << gap as u8,
            },
            here: match byte {
                b'0'..=b'9' => DIGIT,
                b'=' | b'&' | b'#' | b'@' | b'<' | b'~' | b'_' => ALONE,
                b'.' => DOT | SITE,
                b':' => COLONS,
                b'/' => PATH,
                b'\'' => INNER | AFTER_DIGIT | BEFORE_DIGIT,
                b'-' => DASH,
                b'(' => SIGN,
                0xC3 => ACCENT | OTHER_SECOND,
                0x80.. if is_second => ACCENT | OTHER_FIRST,
                0xC2 | 0xE2 => WIDE,
                0x80.. => ALONE,
                _ => 0,
            },
            before,
            after,
        };
        at += 1;
    }
    marks
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_by_what_stands_beside_them() {
        for (text, expected) in [
            (b"a'b", INNER),
            (b"a' ", 0),
            (b"5'b", AFTER_DIGIT),
            (b" - ", DASH),
            (b"a-b", 0),
            (b"a.b", DOT),
            (b"a. ", 0),
            (b"3.5", 0),
            (b"w.3", SITE),
            (b"a/b", 0),
            (b" /b", PATH),
            (b"a::", COLONS),
            (b"a: ", 0),
            (b"a()", SIGN),
            (b"a(b", 0),
            (b"a=b", ALONE),
            (b"a5b", DIGIT),
            (b"a\xC3\xB1", ACCENT),
            (b"a\xC3\xA7", ACCENT | OTHER_SECOND),
            (b"\xC3\xB1b", ACCENT),
            (b"\xC5\xB1b", ACCENT | OTHER_FIRST),
            (b"a\xE2\x80", WIDE),
            (b"a\xCE\xB1", ALONE),
        ] {
            let [before, here, after] = *text;
            assert_eq!(mark(before, here, after).0, expected, "{text:?}");
        }
    }
}
