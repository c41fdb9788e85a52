//! One look at the bytes of a line, which tells what kinds of work it needs; for most lines it is none.
//!
//! First all bytes are looked at for controls and for the three marks that markup and entities begin
//! with, in a loop that compilers turn into vector instructions. Lines of ASCII are done then. In others
//! every character beyond ASCII is looked at once: is it one that normalisation may change, and can
//! mojibake begin there?

use super::mojibake::{Mojibake, begins_with_usual_letter, next_non_ascii, width};
use super::normalize::plain_width;

/// What a line holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub is_ascii: bool,
    /// Control characters of ASCII but the tab.
    pub has_controls: bool,
    pub has_ampersand: bool,
    /// `<` or a backtick.
    pub has_markup_sign: bool,
    /// Nothing beyond ASCII that the usual settings of normalisation change.
    pub is_plain: bool,
    /// Mojibake cannot be ruled out.
    pub is_suspicious: bool,
    /// Letters U+00C0 to U+024F, up to the first suspicious place.
    pub accented: u64,
}

/// Bytes that are looked at together.
const BLOCK: usize = 16;

/// Kinds of bytes; the highest bit stands for what is not ASCII.
const CONTROL: u8 = 1;
const AMPERSAND: u8 = 2;
const MARKUP: u8 = 4;
const HIGH: u8 = 0x80;

impl Look {
    /// Looks at a line; without `mojibake` nothing is suspicious.
    pub(super) fn at(line: &str, mojibake: Option<&Mojibake>) -> Look {
        let kinds = kinds(line.as_bytes());
        let mut look = Look {
            is_ascii: kinds & HIGH == 0,
            has_controls: kinds & CONTROL != 0,
            has_ampersand: kinds & AMPERSAND != 0,
            has_markup_sign: kinds & MARKUP != 0,
            is_plain: true,
            ..Look::default()
        };
        if !look.is_ascii {
            look.beyond_ascii(line, mojibake);
        }
        look
    }

    fn beyond_ascii(&mut self, line: &str, mojibake: Option<&Mojibake>) {
        let bytes = line.as_bytes();
        let mut from = 0;
        while let Some(at) = next_non_ascii(bytes, from) {
            if begins_with_usual_letter(&bytes[at..]) {
                self.accented += 1;
                from = at + 2;
                continue;
            }
            let lead = bytes[at];
            // What text of other scripts consists of, some characters at once.
            if lead >= 0xca
                && let Some(mojibake) = mojibake
            {
                from = mojibake.pass_over(line, at);
                if from > at {
                    continue;
                }
            }
            from = at + width(lead);
            self.is_plain = self.is_plain && plain_width(&bytes[at..]) != 0;
            self.accented += u64::from((0xc3..=0xc9).contains(&lead));
            self.is_suspicious = mojibake.is_some_and(|it| it.is_suspicious_at(line, at));
            if self.is_suspicious && !self.is_plain {
                break;
            }
            if self.is_suspicious {
                let rest = |from| next_non_ascii(bytes, from);
                while self.is_plain
                    && let Some(at) = rest(from)
                {
                    self.is_plain = plain_width(&bytes[at..]) != 0;
                    from = at + width(bytes[at]);
                }
                break;
            }
        }
    }
}

/// Whether a line holds controls of ASCII but the tab, or ampersands where these count.
pub(super) fn goes(line: &[u8], ampersands_count: bool) -> bool {
    let kinds = kinds(line);
    kinds & CONTROL != 0 || ampersands_count && kinds & AMPERSAND != 0
}

/// The kinds of all bytes of a line.
fn kinds(bytes: &[u8]) -> u8 {
    let Some(last) = bytes.last_chunk::<BLOCK>() else {
        let mut block = [b' '; BLOCK];
        block[..bytes.len()].copy_from_slice(bytes);
        return sum(add_each([0; BLOCK], block, kind));
    };
    // One sum for each place of a block, so that no single byte is looked at. Two loops: in one, compilers
    // do not see what they could do side by side.
    let (mut all, mut rare) = ([0; BLOCK], [0; BLOCK]);
    for block in bytes.as_chunks::<BLOCK>().0 {
        rare = add_each(rare, *block, is_rare);
    }
    for block in bytes.as_chunks::<BLOCK>().0 {
        all = add_each(all, *block, |byte| byte);
    }
    // The last block may lie over the one before it: what was seen twice was seen.
    if sum(add_each(rare, *last, is_rare)) == 0 {
        sum(add_each(all, *last, |byte| byte)) & HIGH
    } else {
        all_kinds(bytes, *last)
    }
}

/// The kinds of all bytes of a line, where some are rare.
#[inline(never)]
fn all_kinds(bytes: &[u8], last: [u8; BLOCK]) -> u8 {
    let mut kinds = [0; BLOCK];
    for block in bytes.as_chunks::<BLOCK>().0 {
        kinds = add_each(kinds, *block, kind);
    }
    sum(add_each(kinds, last, kind))
}

/// Anything but 0 for bytes of ASCII that have a kind, and for the tab.
#[inline(always)]
fn is_rare(byte: u8) -> u8 {
    let is = |it: u8| if byte == it { u8::MAX } else { 0 };
    b' '.saturating_sub(byte) | is(0x7f) | is(b'&') | is(b'<') | is(b'`')
}

/// Adds what each byte of a block is to the sum of its place.
#[inline(always)]
fn add_each(mut sums: [u8; BLOCK], block: [u8; BLOCK], what: impl Fn(u8) -> u8) -> [u8; BLOCK] {
    for at in 0..BLOCK {
        sums[at] |= what(block[at]);
    }
    sums
}

#[inline(always)]
fn sum(kinds: [u8; BLOCK]) -> u8 {
    kinds.iter().fold(0, |all, kinds| all | kinds)
}

#[inline(always)]
fn kind(byte: u8) -> u8 {
    let mask = |is_kind: bool, kind: u8| if is_kind { kind } else { 0 };
    (byte & HIGH)
        | mask((byte < 0x20) & (byte != b'\t') | (byte == 0x7f), CONTROL)
        | mask(byte == b'&', AMPERSAND)
        | mask((byte == b'<') | (byte == b'`'), MARKUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_tells_its_kind_wherever_it_stands() {
        for length in 1..3 * BLOCK {
            for at in 0..length {
                for byte in [0, b'\t', 0x1f, b'&', b'<', b'`', 0x7f, 0x80, 0xff] {
                    let mut line = vec![b'a'; length];
                    line[at] = byte;
                    assert_eq!(kinds(&line), kind(byte), "{byte} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn usual_letters_are_plain() {
        for c in '\u{80}'..'\u{300}' {
            let text = c.to_string();
            if begins_with_usual_letter(text.as_bytes()) {
                assert_eq!(plain_width(text.as_bytes()), 2, "{c}");
                assert!(!Mojibake::shared().is_suspicious_at(&text, 0), "{c}");
            }
        }
        assert!(begins_with_usual_letter("ñ.".as_bytes()));
        assert!(!begins_with_usual_letter("Ã".as_bytes()));
        assert!(!begins_with_usual_letter("ñ\u{303}".as_bytes()));
    }

    #[test]
    fn what_a_line_holds_is_told() {
        let plain = Look { is_plain: true, ..Look::default() };
        let ascii = Look { is_ascii: true, ..plain };
        for (line, look) in [
            ("", ascii),
            ("plain ASCII,\twith a tab, over more than one block of bytes", ascii),
            ("\u{8}", Look { has_controls: true, ..ascii }),
            ("AT&T", Look { has_ampersand: true, ..ascii }),
            ("a < b", Look { has_markup_sign: true, ..ascii }),
            ("`a`", Look { has_markup_sign: true, ..ascii }),
            ("¿Qué pasó mañana, señor? — “Sí”.", Look { accented: 5, ..plain }),
            ("no\u{a0}break", Look { is_plain: false, ..plain }),
            ("mañana, maÃ±ana", Look { is_suspicious: true, accented: 2, ..plain }),
            ("maÃ±ana\u{a0}", Look { is_suspicious: true, is_plain: false, accented: 1, ..plain }),
        ] {
            assert_eq!(Look::at(line, Some(Mojibake::shared())), look, "{line:?}");
        }
        assert!(!Look::at("maÃ±ana", None).is_suspicious);
    }
}
