//! Letters of two bytes, as the walk over a line takes them: a table of what they are folded to.
//!
//! Nearly all words of Greek, Cyrillic, Hebrew and Arabic, and the Latin letters that have no form in
//! ASCII, are made of these.

use std::sync::LazyLock;

use super::WIDE;
use crate::line_block::latin;
use crate::repair::is_alphabetic;
use crate::rules::without_accent;

/// Whether a character has no width, and so neither is part of a word nor ends it.
pub(super) fn has_no_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}')
}

/// What a character of two bytes is: its folded form in the lower half, the first byte lowest, how many
/// bits that takes in the highest byte, and two more bits. A letter takes some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct TwoBytes(u32);

const IS_UPPER: u32 = 1 << 16;
const ENDS_WORD: u32 = 1 << 17;
const BITS: u32 = 24;

/// What a letter is folded to, in UTF-8.
pub(super) struct Folded {
    /// The first byte lowest.
    pub bytes: u64,
    /// How many bits they take.
    pub bits: u32,
}

impl TwoBytes {
    fn of(c: char) -> TwoBytes {
        if has_no_width(c) || c.is_numeric() {
            return TwoBytes::default();
        }
        if !is_alphabetic(c) {
            return TwoBytes(ENDS_WORD);
        }
        let lower = c.to_lowercase().next().unwrap_or(c);
        let folded = latin(c).map_or_else(|| without_accent(lower), |letter| letter.folded);
        let mut bytes = [0; 4];
        let len = folded.encode_utf8(&mut bytes).len();
        let [first, second, ..] = bytes.map(u32::from);
        let is_upper = if c.is_uppercase() { IS_UPPER } else { 0 };
        match len {
            1 | 2 => TwoBytes(first | second << 8 | is_upper | (8 * len as u32) << BITS),
            // A few letters have a small form of three bytes.
            _ => TwoBytes::default(),
        }
    }

    /// What it is folded to, if it is a letter.
    #[inline(always)]
    pub(super) fn letter(self) -> Option<Folded> {
        let bits = self.0 >> BITS;
        (bits > 0).then_some(Folded { bytes: u64::from(self.0 & 0xFFFF), bits })
    }

    /// Whether it is a capital.
    #[inline(always)]
    pub(super) fn is_upper(self) -> bool {
        self.0 & IS_UPPER != 0
    }

    /// Whether a word ends before it.
    #[inline(always)]
    pub(super) fn ends_word(self) -> bool {
        self.0 & ENDS_WORD != 0
    }
}

/// Lead bytes of two bytes, from 0xC0 on.
const LEADS: usize = 32;

/// All characters of two bytes by these bytes; none where there is no such character.
pub(super) struct Table(Box<[[TwoBytes; 64]; LEADS]>);

impl Table {
    pub(super) fn shared() -> &'static Table {
        static SHARED: LazyLock<Table> = LazyLock::new(|| {
            let mut table = [[TwoBytes::default(); 64]; LEADS];
            for (entry, c) in table.as_flattened_mut().iter_mut().zip('\0'..).skip(0x80) {
                *entry = TwoBytes::of(c);
            }
            Table(Box::new(table))
        });
        &SHARED
    }

    /// The character that has these two bytes; none where they are of something else.
    #[inline(always)]
    pub(super) fn get(&self, [lead, trail]: [u8; 2]) -> TwoBytes {
        let lead = usize::from(lead).wrapping_sub(0xC0);
        self.0
            .get(lead)
            .map_or_else(TwoBytes::default, |of_lead| of_lead[usize::from(trail & 0x3F)])
    }
}

/// What three bytes count for if they are an ideograph, a kana or a syllable of hangul without accent: half
/// letters, as facts count them.
#[inline(always)]
pub(super) fn ideograph([lead, second, third]: [u8; 3]) -> Option<u32> {
    match lead {
        // From U+4E00 to U+9FFF.
        0xE5..=0xE9 => Some(WIDE),
        0xE4 if second >= 0xB8 => Some(WIDE),
        0xE3 | 0xEA..=0xED => {
            let [a, b, c] = [lead & 0x0F, second & 0x3F, third & 0x3F].map(u32::from);
            match a << 12 | b << 6 | c {
                0x3041..=0x3096 | 0x30A1..=0x30FA => Some(WIDE),
                0xAC00..=0xD7A3 => Some(2),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{is_cjk, is_ideograph};
    use super::*;
    use crate::rules::plain_letter;

    fn folded(c: char) -> Option<(String, bool)> {
        let mut bytes = [0; 2];
        c.encode_utf8(&mut bytes);
        let entry = Table::shared().get(bytes);
        let Folded { bytes, bits } = entry.letter()?;
        let bytes = bytes.to_le_bytes();
        let text = str::from_utf8(&bytes[..bits as usize / 8]).map(str::to_owned);
        text.ok().map(|text| (text, entry.is_upper()))
    }

    #[test]
    fn letters_are_folded_and_other_characters_are_none() {
        let some = |text: &str, is_upper| Some((text.to_owned(), is_upper));
        for (c, expected) in [
            ('Ж', some("ж", true)),
            ('ё', some("ё", false)),
            ('Έ', some("έ", true)),
            ('Ñ', some("n", true)),
            ('ł', some("ł", false)),
            ('ש', some("ש", false)),
            ('²', None),
            ('\u{301}', None),
            ('\u{AD}', None),
            ('«', None),
            ('Ⱥ', None),
        ] {
            assert_eq!(folded(c), expected, "{c:?}");
        }
    }

    #[test]
    fn ideographs_are_told_from_other_characters_of_three_bytes() {
        for c in '\u{800}'..='\u{FFFF}' {
            let mut bytes = [0; 3];
            c.encode_utf8(&mut bytes);
            let is_known = plain_letter(c).is_some() && is_ideograph(c);
            let expected = is_known.then(|| if is_cjk(c) { WIDE } else { 2 });
            assert_eq!(ideograph(bytes), expected, "{c:?}");
        }
    }
}
