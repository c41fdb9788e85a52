//! Scripts: which characters make words, and where a word ends, character by character.

use super::model::MAX_WORD_CHARS;
use super::tokens::{Case, Kind};

/// A run of word characters.
pub(super) struct Run {
    pub bytes: usize,
    /// `None` if it carries no evidence.
    pub kind: Option<Kind>,
    pub case: Case,
    pub letters: u32,
}

/// The run of ASCII letters and digits at the start of a text, which most words are; `None` if it goes on with
/// other letters or an apostrophe.
pub(super) fn ascii_run(text: &[u8]) -> Option<Run> {
    let (mut has_lower, mut has_other, mut bytes) = (false, false, 0);
    for byte in text {
        match byte {
            b'a'..=b'z' => has_lower = true,
            b'A'..=b'Z' => {}
            b'0'..=b'9' | b'_' => has_other = true,
            b'\'' | 0x80.. => return None,
            _ => break,
        }
        bytes += 1;
    }
    let case = match text[0].is_ascii_uppercase() {
        true if bytes > 1 && !has_lower && !has_other => Case::Upper,
        true => Case::Capitalised,
        false => Case::Lower,
    };
    let kind = (!has_other && bytes <= MAX_WORD_CHARS).then_some(Kind::Word);
    Some(Run { bytes, kind, case, letters: bytes as u32 })
}

/// The word at the start of this text, which starts with a word character.
pub(super) fn any_run(text: &str) -> Run {
    let foreign = text.chars().next().is_some_and(|c| script(c) == Script::Foreign);
    let (mut upper, mut lower, mut chars) = (0, 0, 0u32);
    let (mut first_is_upper, mut evidence) = (false, true);
    let mut bytes = text.len();
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match script(c) {
            Script::Latin if !foreign => {}
            Script::Foreign if foreign => {}
            Script::Digit | Script::Symbol if !foreign => evidence = false,
            Script::Mark => continue,
            Script::Apostrophe
                if at > 0
                    && rest.as_str().starts_with(|c| script(c) == Script::Latin)
                    && !foreign =>
            {
                continue;
            }
            _ => {
                bytes = at;
                break;
            }
        }
        chars += 1;
        if c.is_uppercase() {
            upper += 1;
            first_is_upper |= chars == 1;
        } else if c.is_lowercase() {
            lower += 1;
        }
    }
    let case = match (upper, lower) {
        (2.., 0) => Case::Upper,
        _ if first_is_upper => Case::Capitalised,
        _ => Case::Lower,
    };
    let kind = match (evidence, foreign) {
        (false, _) => None,
        (true, true) => Some(Kind::Foreign),
        (true, false) => (chars as usize <= MAX_WORD_CHARS).then_some(Kind::Word),
    };
    Run { bytes, kind, case, letters: chars }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Foreign,
    /// Digits and `_`.
    Digit,
    /// Letters used as signs: ª º µ, phonetic and mathematical letters, Roman numerals.
    Symbol,
    /// Combining marks and soft hyphens, which belong to the letter before them.
    Mark,
    Apostrophe,
    Outside,
}

#[inline]
fn script(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' => Script::Latin,
        '0'..='9' | '_' => Script::Digit,
        '\'' | '’' => Script::Apostrophe,
        '\0'..='\u{a9}' => Script::Outside,
        'ª' | 'º' | 'µ' => Script::Symbol,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' => Script::Mark,
        '\u{250}'..='\u{2ff}'
        | '\u{1d00}'..='\u{1dbf}'
        | '\u{2100}'..='\u{218f}'
        | '\u{249c}'..='\u{24e9}' => Script::Symbol,
        '\u{ff21}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}' => {
            Script::Symbol
        }
        _ if c.is_numeric() => Script::Digit,
        _ if !c.is_alphabetic() => Script::Outside,
        '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' => Script::Latin,
        '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}' | '\u{fb00}'..='\u{fb06}' => {
            Script::Latin
        }
        _ => Script::Foreign,
    }
}

/// Whether words are made of it, or numbers.
pub(super) fn is_word_char(c: char) -> bool {
    matches!(script(c), Script::Latin | Script::Foreign | Script::Digit | Script::Symbol)
}

/// Whether it ends a word.
pub(super) fn is_outside(c: char) -> bool {
    script(c) == Script::Outside
}
