//! Folding: text and phrases are compared in a form that forgets what writers and scrapers vary.
//!
//! Case, accents (but not the tilde of ñ, which makes another word), curly quotes, dashes, the
//! ellipsis and the kind and number of spaces go; a run of digits with its separators becomes a
//! single `0`, so that `{n}` in a phrase meets `7` as well as `2,400`. Characters without width
//! go too. Every folded byte remembers where in the original text its character began, so that a
//! match can be given in the original's offsets.

use unicode_normalization::char::decompose_canonical;

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
    /// more for the end. Filled by [`locate`](Folded::locate) only: most lines never need it.
    origin: Vec<u32>,
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
        self.bytes.clear();
        self.origin.clear();
        self.bytes.reserve(text.len());
        fold(text, how, digits, &mut self.bytes);
    }

    /// Works out the way back for the text that was folded last, which begins at byte `base` of
    /// the original.
    pub(crate) fn locate(&mut self, text: &str, base: usize, how: Fold, digits: Digits) {
        self.origin.clear();
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
        self.origin[at] as usize
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

/// What becomes of a character beyond ASCII.
enum Char {
    Nothing,
    Space,
    Text(&'static str),
    One(char),
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

/// How many bytes of marks stand before the first thing that is said: white space, bullets,
/// arrows, emoji, opening brackets and exclamation marks. Quotation marks and the dash of a
/// dialogue are no marks: what follows them is somebody's speech.
pub(crate) fn leading_marks(line: &str) -> usize {
    line.len() - line.trim_start_matches(is_leading_mark).len()
}

fn is_leading_mark(c: char) -> bool {
    match c {
        '-' | '*' | '>' | '#' | '~' | '=' | '+' | '[' | '(' | '!' => true,
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
    text.trim_end_matches(is_trailing_mark)
}

fn is_trailing_mark(c: char) -> bool {
    match c {
        ':' | '.' | '!' | '?' | '*' | '>' | '|' | '-' | '+' | ')' | ']' | '~' | '#' => true,
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
}
