//! One look at the bytes of a line, which tells what kinds of work it needs; for most lines it is none.
//!
//! First all bytes are looked at for controls and for the three marks that markup and entities begin
//! with, in a loop that compilers turn into vector instructions. Lines of ASCII are done then. In others
//! every character beyond ASCII is looked at once: is it one that normalisation may change, and can
//! mojibake begin there?

use super::mojibake::{Mojibake, next_non_ascii, width};
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
const BLOCK: usize = 32;

impl Look {
    /// Looks at a line; without `mojibake` nothing is suspicious.
    pub(super) fn at(line: &str, mojibake: Option<&Mojibake>) -> Look {
        let mut kinds = Kinds::default();
        let (blocks, rest) = line.as_bytes().as_chunks::<BLOCK>();
        blocks.iter().for_each(|block| kinds.add(block));
        kinds.add(rest);
        let mut look = Look {
            is_ascii: kinds.all < 0x80,
            has_controls: kinds.controls != 0,
            has_ampersand: kinds.ampersands != 0,
            has_markup_sign: kinds.markup != 0,
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
            let lead = bytes[at];
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

/// Which kinds of bytes were seen; not 0 where one was.
#[derive(Default)]
struct Kinds {
    all: u8,
    controls: u8,
    ampersands: u8,
    markup: u8,
}

impl Kinds {
    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.all |= byte;
            self.controls |=
                u8::from(byte < 0x20) & u8::from(byte != b'\t') | u8::from(byte == 0x7f);
            self.ampersands |= u8::from(byte == b'&');
            self.markup |= u8::from(byte == b'<') | u8::from(byte == b'`');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
