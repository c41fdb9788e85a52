//! What stands in a text beside letters and spaces: it tells which signs and shapes may be there.

use crate::chunk::{CHUNK, Chunk, beyond_ascii, chunk_at};
use crate::swar::indent;

/// The bytes of a text that are neither letters of ASCII nor plain spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    /// A bit for each character of ASCII.
    pub(super) ascii: u128,
    /// Whether anything else stands in it.
    pub beyond_ascii: bool,
    /// Whether two marks of ASCII may stand side by side in it.
    pub pairs: bool,
    /// Whether it may hold anything beyond ASCII that is not in the blocks of Latin letters.
    pub symbols: bool,
    /// Whether words may stand in it that do not begin at a place where words do in the folded text, or
    /// are folded to more than one: behind what is folded to nothing, and with a long s. Known after
    /// [`fill_with_places`](super::Folded::fill_with_places) only.
    pub hides_words: bool,
}

impl Marks {
    pub(crate) fn of(text: &str) -> Marks {
        let mut marks = Marks::default();
        let (chunks, rest) = text.as_bytes().as_chunks();
        for chunk in chunks {
            marks.add_chunk(chunk, u64::MAX);
        }
        if !rest.is_empty() {
            marks.add_chunk(&chunk_at(rest, 0), u64::MAX >> (CHUNK - rest.len()));
        }
        // Nobody looks.
        (marks.pairs, marks.symbols) = (!text.is_empty(), marks.beyond_ascii);
        marks
    }

    /// Whether there is one of some of ASCII, a bit for each.
    pub(crate) fn has_one_of(self, ascii: u128) -> bool {
        self.ascii & ascii != 0
    }

    /// Those of a few marks and spaces before what is folded.
    pub(crate) fn before(text: &str) -> Marks {
        let mut marks = Marks::default();
        let mut after_mark = false;
        for byte in text[indent(text.as_bytes())..].bytes() {
            let is_mark = byte != b' ' && !byte.is_ascii_alphabetic();
            if is_mark {
                marks.add(byte);
            }
            marks.pairs |= is_mark && after_mark;
            after_mark = is_mark;
        }
        // What is folded may begin with one.
        marks.pairs |= after_mark;
        marks.symbols = marks.beyond_ascii;
        marks
    }

    /// Adds the marks among the bytes of a chunk that a mask names.
    pub(super) fn add_chunk(&mut self, chunk: &[u8; CHUNK], mask: u64) {
        let Chunk { letters, spaces, .. } = Chunk::of_all(chunk, None);
        let beyond_ascii = beyond_ascii(chunk);
        self.beyond_ascii |= beyond_ascii != 0;
        self.add_all(chunk, mask & !(letters | spaces | beyond_ascii));
    }

    /// Adds the bytes of a chunk that a mask names.
    #[inline]
    pub(super) fn add_all(&mut self, bytes: &[u8], mut mask: u64) {
        while mask != 0 {
            self.add(bytes[mask.trailing_zeros() as usize]);
            mask &= mask - 1;
        }
    }

    #[inline]
    pub(super) fn add(&mut self, byte: u8) {
        match byte {
            0..=0x7F => self.ascii |= 1 << byte,
            _ => self.beyond_ascii = true,
        }
    }

    /// Those of both.
    pub(crate) fn and(self, other: Marks) -> Marks {
        Marks {
            ascii: self.ascii | other.ascii,
            beyond_ascii: self.beyond_ascii || other.beyond_ascii,
            pairs: self.pairs || other.pairs,
            symbols: self.symbols || other.symbols,
            hides_words: self.hides_words || other.hides_words,
        }
    }

    /// Those of ASCII, once each.
    pub(crate) fn ascii(self) -> impl Iterator<Item = u8> {
        let mut left = self.ascii;
        std::iter::from_fn(move || {
            let byte = (left != 0).then(|| left.trailing_zeros() as u8)?;
            left &= left - 1;
            Some(byte)
        })
    }
}

/// Whether a character beyond ASCII counts for [`Marks::symbols`].
pub(in crate::rules) fn is_beyond_latin(c: char) -> bool {
    !('\u{C0}'..='\u{24F}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::super::{Folded, Places};
    use super::*;

    #[test]
    fn what_words_and_signs_may_hide_in_is_told() {
        let marks = |text: &str| {
            let mut folded = Folded::default();
            folded.fill_with_places(text, false, &mut Places::default(), None);
            let Marks { pairs, symbols, hides_words, .. } = folded.marks;
            [pairs, symbols, hides_words]
        };
        for (text, expected) in [
            ("The end. - Año (1.5), a", [true, false, false]),
            ("The end. - Año (1.5) a", [false, false, false]),
            ("and so on…", [false, true, false]),
            ("and so on...", [true, false, false]),
            ("x {{", [true, false, false]),
            ("a\u{301}b", [false, true, true]),
            ("whatſapp", [false, false, true]),
            ("tele\u{200b}gram", [false, true, true]),
        ] {
            assert_eq!(marks(text), expected, "{text:?}");
        }
        // Where blocks meet.
        for before in 0..140 {
            assert!(marks(&format!("{}{{{{ x }}", "a ".repeat(before)))[0], "{before}");
            assert!(marks(&format!("{}a{{% x", "9 ".repeat(before)))[0], "{before}");
        }
    }

    #[test]
    fn marks_before_a_line_are_those_of_it() {
        for (text, pairs) in [
            ("", false),
            ("  * ", false),
            ("  *", true),
            ("[[ ", true),
            ("» ", true),
            ("\u{a0}", true),
            ("- - ", false),
        ] {
            let (before, all) = (Marks::before(text), Marks::of(text));
            assert_eq!(
                (before.ascii, before.beyond_ascii),
                (all.ascii, all.beyond_ascii),
                "{text}"
            );
            assert_eq!(before.pairs, pairs, "{text}");
        }
    }
}
