//! Folding: text and phrases are compared in a form that forgets what writers and scrapers vary.
//!
//! Case, accents (but not the tilde of ñ, which makes another word), curly quotes, dashes, the
//! ellipsis and the kind and number of spaces go; a run of digits with its separators becomes a
//! single `0`, so that `{n}` in a phrase meets `7` as well as `2,400`. Characters without width
//! go too. Every folded byte remembers where in the original text its character began, so that a
//! match can be given in the original's offsets.

mod ends;
mod folding;
mod marks;
mod places;

use unicode_normalization::char::decompose_canonical;

use self::ends::is_leading_mark;
pub(crate) use self::ends::{is_only_marks, leading_marks, without_trailing_marks};
use self::folding::Folding;
pub(crate) use self::marks::Marks;
pub(super) use self::marks::is_beyond_latin;
pub(crate) use self::places::Places;
use crate::wide::Wide;

/// What is forgotten when a line is compared with a phrase; all of it by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// `NEWSLETTER` equals `newsletter`.
    pub case: bool,
    /// `suscríbete` equals `suscribete`; ñ and n stay apart in the line.
    pub accents: bool,
    /// Runs of spaces of any kind equal one space.
    pub spaces: bool,
    /// Curly quotes equal straight ones, dashes a hyphen, `…` three dots.
    pub quotes: bool,
}

impl Default for Fold {
    fn default() -> Fold {
        Fold { case: true, accents: true, spaces: true, quotes: true }
    }
}

/// Folded text with the way back. Reused from line to line.
#[derive(Default)]
pub(crate) struct Folded {
    /// The folded text, valid UTF-8.
    pub bytes: Vec<u8>,
    /// For each byte of `bytes`, where its character (or run) begins in the original; one entry
    /// more for the end. Filled by [`locate`](Folded::locate) only: most lines never need it. Empty where
    /// nothing has moved.
    origin: Vec<u32>,
    /// Where the text begins in the original.
    base: usize,
    /// What stood in the text; known after [`fill_with_places`](Folded::fill_with_places).
    pub marks: Marks,
}

/// Whether runs of digits become `0`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digits {
    Any,
    AsWritten,
}

impl Folded {
    /// Folds `text` in place of what was held.
    pub(crate) fn fill(&mut self, text: &str, how: Fold, digits: Digits) {
        self.origin.clear();
        if how == Fold::default() && digits == Digits::Any {
            Folding::new(&mut self.bytes, &mut (), false, None).run(text);
            return;
        }
        self.bytes.clear();
        self.bytes.reserve(text.len());
        fold(text, how, digits, &mut self.bytes);
    }

    /// Folds `text` as phrases are, and finds the places where a phrase may begin: behind what is no
    /// letter, and at signs. Letters beyond ASCII are taken for none here; patterns look at the
    /// boundary again. `in_word` says that the text goes on with a word, which is no beginning.
    #[inline(always)]
    pub(crate) fn fill_with_places(
        &mut self,
        text: &str,
        in_word: bool,
        places: &mut Places,
        wide: Option<Wide>,
    ) {
        self.origin.clear();
        places.clear(text.len());
        self.marks = Folding::new(&mut self.bytes, places, in_word, wide).run(text);
    }

    /// Works out the way back for the text that was folded last, which begins at byte `base` of
    /// the original.
    pub(crate) fn locate(&mut self, text: &str, base: usize, how: Fold, digits: Digits) {
        self.origin.clear();
        self.base = base;
        // Folding shortens ASCII or leaves every byte where it was.
        if text.len() == self.bytes.len() && text.is_ascii() {
            return;
        }
        fold(text, how, digits, &mut Origins { origin: &mut self.origin, base });
        self.origin.push((base + text.len()) as u32);
    }

    /// The character that ends before byte `at` of the folded text.
    pub(crate) fn char_before(&self, at: usize) -> Option<char> {
        let mut start = at.checked_sub(1)?;
        while start > 0 && self.bytes[start] & 0xC0 == 0x80 {
            start -= 1;
        }
        decode(&self.bytes[start..at])
    }

    /// The character that begins at byte `at` of the folded text.
    pub(crate) fn char_at(&self, at: usize) -> Option<char> {
        let rest = self.bytes.get(at..)?;
        decode(&rest[..rest.len().min(4)])
    }

    /// Where folded byte `at` (or the end) lies in the original, once located.
    pub(crate) fn original(&self, at: usize) -> usize {
        self.origin.get(at).map_or(self.base + at, |origin| *origin as usize)
    }
}

/// Takes the folded text as it comes, with the place where each character or run begins.
trait Sink {
    fn byte(&mut self, byte: u8, start: usize);

    fn text(&mut self, text: &str, start: usize) {
        text.bytes().for_each(|byte| self.byte(byte, start));
    }
}

impl Sink for Vec<u8> {
    fn byte(&mut self, byte: u8, _: usize) {
        self.push(byte);
    }
}

struct Origins<'o> {
    origin: &'o mut Vec<u32>,
    base: usize,
}

impl Sink for Origins<'_> {
    fn byte(&mut self, _: u8, start: usize) {
        // Lines are at most 64 KiB; longer text would only lose its offsets.
        self.origin.push((self.base + start) as u32);
    }
}

/// The lower case of plain ASCII: all but digits and tabs; 0 for what needs a look.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 1;
    while byte < 128 {
        if !matches!(byte as u8, b'0'..=b'9' | b'\t') {
            plain[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

fn fold(text: &str, how: Fold, digits: Digits, sink: &mut impl Sink) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut after_space = false;
    while let Some(byte) = bytes.get(at).copied() {
        let start = at;
        at += 1;
        let plain = PLAIN[usize::from(byte)];
        // A second space is what makes this fail in plain text; a single one goes the fast way.
        if plain != 0 && !(byte == b' ' && after_space) {
            sink.byte(if how.case { plain } else { byte }, start);
            after_space = byte == b' ' && how.spaces;
            continue;
        }
        let is_space = match byte {
            b' ' | b'\t' if how.spaces => true,
            b'0'..=b'9' if digits == Digits::Any => {
                at = number_end(bytes, start);
                sink.byte(b'0', start);
                false
            }
            0..=0x7F => {
                sink.byte(byte, start);
                false
            }
            _ => {
                let Some(c) = text[start..].chars().next() else { break };
                at = start + c.len_utf8();
                match fold_char(c, how) {
                    Char::Nothing => continue,
                    Char::Space => true,
                    Char::Text(text) => {
                        sink.text(text, start);
                        false
                    }
                    Char::One(c) => {
                        sink.text(c.encode_utf8(&mut [0; 4]), start);
                        false
                    }
                }
            }
        };
        if is_space && !after_space {
            sink.byte(b' ', start);
        }
        after_space = is_space;
    }
}

/// Another writing of s, as which it counts for regular expressions that ignore case.
pub(super) const LONG_S: char = '\u{17F}';

/// What becomes of a character beyond ASCII.
enum Char {
    Nothing,
    Space,
    Text(&'static str),
    One(char),
}

/// What a letter of the scripts next to Latin is folded to by default, as [`fold_char`] has it too. Of the
/// letters with case, capitals and only they become another letter.
pub(crate) const fn plain_letter(c: char) -> Option<char> {
    let moved = match c {
        '\u{430}'..='\u{45F}' | '\u{3B1}'..='\u{3C9}' => 0,
        '\u{410}'..='\u{42F}' | '\u{391}'..='\u{3A1}' | '\u{3A3}'..='\u{3A9}' => 0x20,
        '\u{400}'..='\u{40F}' => 0x50,
        // Letters without case: kana, ideographs, hangul.
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' => 0,
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => 0,
        _ => return None,
    };
    char::from_u32(c as u32 + moved)
}

fn fold_char(c: char, how: Fold) -> Char {
    match c {
        // Without width: soft hyphen, zero-width space and joiners, variation selectors, byte
        // order mark.
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => {
            return Char::Nothing;
        }
        '\u{300}'..='\u{36F}' if how.accents => return Char::Nothing,
        _ if how.spaces && c.is_whitespace() => return Char::Space,
        '\u{2018}'..='\u{201B}' | '\u{B4}' if how.quotes => return Char::Text("'"),
        '\u{201C}'..='\u{201F}' if how.quotes => return Char::Text("\""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' if how.quotes => return Char::Text("-"),
        '\u{2026}' if how.quotes => return Char::Text("..."),
        _ => {}
    }
    let c = if how.case { lower(c) } else { c };
    Char::One(if how.accents { without_accent(c) } else { c })
}

/// The letter that a character is folded to, by default; `None` for what is folded to something
/// else, or together with what stands beside it.
pub(super) fn letter(c: char) -> Option<char> {
    match fold_char(c, Fold::default()) {
        // Marks before a line are not folded with it, though some show letters.
        Char::One(letter) if letter.is_alphabetic() && !is_leading_mark(c) => Some(letter),
        _ => None,
    }
}

/// The first character of bytes that begin with a whole one.
fn decode(bytes: &[u8]) -> Option<char> {
    let first = *bytes.first()?;
    let len = match first {
        0..=0x7F => return Some(first as char),
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    };
    std::str::from_utf8(bytes.get(..len)?).ok()?.chars().next()
}

/// Folds a short text that is kept: a phrase, or a piece of one.
pub(crate) fn folded(text: &str, how: Fold, digits: Digits) -> Vec<u8> {
    let mut folded = Folded::default();
    folded.fill(text, how, digits);
    folded.bytes
}

/// The end of the number at `at`: digits, with single separators between digits.
pub(super) fn number_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        let separated =
            matches!(bytes[at], b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !bytes[at].is_ascii_digit() && !separated {
            break;
        }
        at += 1;
    }
    at
}

fn lower(c: char) -> char {
    // The letters of Spanish and its neighbours without a table.
    match c {
        '\u{DF}'..='\u{FF}' => return c,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{DE}' => {
            return char::from_u32(c as u32 + 0x20).unwrap_or(c);
        }
        _ => {}
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The base letter of an accented Latin one; ñ stays as it is.
pub(crate) fn without_accent(c: char) -> char {
    match c {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' | 'Ñ' => c,
        // Latin-1 and Latin Extended-A.
        '\u{C0}'..='\u{17F}' => {
            let mut base = None;
            decompose_canonical(c, |part| {
                base.get_or_insert(part);
            });
            base.unwrap_or(c)
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> String {
        String::from_utf8(folded(text, Fold::default(), Digits::Any)).expect("folds to UTF-8")
    }

    #[test]
    fn what_writers_and_scrapers_vary_is_forgotten() {
        for (text, want) in [
            ("SUSCRÍBETE", "suscribete"),
            ("Suscri\u{301}bete", "suscribete"),
            ("Señor Año", "señor año"),
            ("Żółć Čas", "zołc cas"),
            ("“Type\u{a0} your  email…”", "\"type your email...\""),
            ("don’t – do", "don't - do"),
            ("2,400 y 2.400 y 7", "0 y 0 y 0"),
            ("1. Uno", "0. uno"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("Ελλάδα", "ελλάδα"),
            ("", ""),
        ] {
            assert_eq!(fold(text), want, "{text}");
        }
    }

    /// Where a phrase may begin, byte by byte.
    fn plain_places(folded: &[u8], in_word: bool) -> Vec<u32> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric();
        let before = std::iter::once(in_word).chain(folded.iter().map(|byte| is_word(*byte)));
        let begins = |(after_word, byte): (bool, &u8)| {
            !(after_word && is_word(*byte)) && *byte != b' ' && byte & 0xC0 != 0x80
        };
        before
            .zip(folded)
            .map(begins)
            .zip(0..)
            .filter(|(begins, _)| *begins)
            .map(|(_, at)| at)
            .collect()
    }

    #[track_caller]
    fn both_ways(text: &str, in_word: bool) {
        both_ways_on(text, in_word, None);
        both_ways_on(text, in_word, Wide::detect());
    }

    #[track_caller]
    fn both_ways_on(text: &str, in_word: bool, wide: Option<Wide>) {
        let (mut fast, mut places) = (Folded::default(), Places::default());
        fast.fill_with_places(text, in_word, &mut places, wide);
        let mut plain = Vec::new();
        super::fold(text, Fold::default(), Digits::Any, &mut plain);
        assert_eq!(fast.bytes, plain, "{text:?}");
        assert_eq!(places.all(), plain_places(&plain, in_word), "{text:?}");
        let marks = Marks::of(text);
        assert_eq!(fast.marks.ascii, marks.ascii, "{text:?}");
        assert_eq!(fast.marks.beyond_ascii, marks.beyond_ascii, "{text:?}");
        let pair = text.as_bytes().windows(2).any(|two| two.iter().all(u8::is_ascii_punctuation));
        // A full stop within a number is none to the folding.
        let in_number = text.contains(|c: char| c.is_ascii_digit());
        assert!(fast.marks.pairs >= pair || in_number, "{text:?}");
    }

    #[test]
    fn letters_of_other_scripts_fold_the_same_both_ways() {
        for c in ('\u{370}'..='\u{52F}').chain('\u{3040}'..='\u{30FF}').chain("一鿿가힣".chars())
        {
            if let Some(letter) = plain_letter(c) {
                let Char::One(folded) = fold_char(c, Fold::default()) else { panic!("{c}") };
                assert_eq!(letter, folded, "{c}");
                assert_eq!(super::letter(c), Some(letter), "{c}");
            }
            both_ways(&format!("{c} a{c}{c}b ({c})"), false);
        }
    }

    #[test]
    fn letters_with_accents_fold_the_same_both_ways() {
        for c in '\u{80}'..='\u{24F}' {
            both_ways(&format!("{c} a{c}{c}b ({c})"), false);
        }
        for c in "\u{300}\u{200b}\u{a0}…“—\u{2003}\u{ad}ⱥȺİ\u{1F600}\0\u{7f}\u{85}中".chars()
        {
            both_ways(&format!("{c}a {c} {c}{c}b"), true);
        }
    }

    #[test]
    fn what_is_plain_may_end_anywhere_in_a_block() {
        for before in 0..40 {
            for text in ["  two", " 2,400 x", "é", "\t", "", ", ", "… a"] {
                both_ways(&format!("{}{text}Tail", "aB ".repeat(before)), before % 2 == 0);
                both_ways(&format!("{}{text}", "!".repeat(before)), before % 2 == 0);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn blocks_fold_as_characters_do(
            text in "\\PC{0,60}|[a-zA-Z ,.]{0,80}|([A-Za-z]{1,9}|  ?|[0-9]{1,3}[.,]?|[ñáÉü…“’]|\t){0,30}|\
                    ([α-ωΑ-Ωέ]{1,5}|[а-яёА-ЯЁЂ]{1,5}|[一-龥가-힣ぁ-ヿ]{1,3}|[a-zé0-9]{1,2}|  ?|[.,«»—]|\u{300}|\u{a0}){0,30}",
            in_word in proptest::bool::ANY,
        ) {
            both_ways(&text, in_word);
        }
    }

    #[test]
    fn a_fold_that_is_switched_off_leaves_the_text() {
        let how = Fold { case: false, accents: false, spaces: false, quotes: false };
        let text = "Él  dijo “SÍ”…";
        assert_eq!(folded(text, how, Digits::AsWritten), text.as_bytes());
    }

    #[test]
    fn every_folded_byte_knows_its_character() {
        let text = "¡Año  2,400… fin";
        let mut folded = Folded::default();
        folded.fill(text, Fold::default(), Digits::Any);
        folded.locate(text, 0, Fold::default(), Digits::Any);
        let at = folded.bytes.windows(3).position(|three| three == b"fin").expect("fin is there");
        assert_eq!(&text[folded.original(at)..folded.original(at + 3)], "fin");
        let number = folded.bytes.iter().position(|byte| *byte == b'0').expect("a number");
        assert_eq!(&text[folded.original(number)..folded.original(number + 1)], "2,400");
    }
}
