//! Words as the line model compares them, and the function words of Spanish and English.

use std::sync::LazyLock;

use crate::rules::without_accent;

use super::cues::mix;

/// The folded form of a character of a word; `\0` for what vanishes; `None` between words.
pub(super) fn fold_word_char(c: char) -> Option<char> {
    if c.is_ascii() {
        return match c {
            'a'..='z' => Some(c),
            'A'..='Z' => Some(c.to_ascii_lowercase()),
            '0'..='9' => Some('0'),
            _ => None,
        };
    }
    match c {
        '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' => Some('\0'),
        _ if !c.is_alphanumeric() => None,
        _ if c.is_numeric() => Some('0'),
        _ => {
            let lower = c.to_lowercase().next().unwrap_or(c);
            Some(if lower == 'ñ' { 'n' } else { without_accent(lower) })
        }
    }
}

/// Whether a character is a word of its own: Han, kana, Hangul, Thai and their kin, which are
/// written without spaces (Hangul is not, but its words change their endings).
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The commonest function words, as hashes.
pub(super) struct FunctionWords {
    /// Sorted; whether each is Spanish, and English.
    words: Vec<(u32, bool, bool)>,
    /// Which low bytes occur at all.
    low: [bool; 1024],
}

impl FunctionWords {
    pub(super) fn shared() -> &'static FunctionWords {
        static SHARED: LazyLock<FunctionWords> = LazyLock::new(|| {
            let mut words: Vec<(u32, bool, bool)> = Vec::new();
            let mut language = "";
            for line in include_str!("data/function-words.txt").lines() {
                match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                    Some(name) => language = name,
                    None if line.starts_with('#') => {}
                    None => {
                        for word in line.split_whitespace() {
                            let hash = word_hash(word);
                            let (es, en) = (language == "es", language == "en");
                            match words.iter_mut().find(|(known, ..)| *known == hash) {
                                Some(known) => {
                                    known.1 |= es;
                                    known.2 |= en;
                                }
                                None => words.push((hash, es, en)),
                            }
                        }
                    }
                }
            }
            words.sort_unstable();
            let mut low = [false; 1024];
            words.iter().for_each(|(hash, ..)| low[*hash as usize % 1024] = true);
            FunctionWords { words, low }
        });
        &SHARED
    }

    /// Whether a word is a function word of Spanish, and of English.
    pub(super) fn languages(&self, hash: u32) -> (bool, bool) {
        if !self.low[hash as usize % 1024] {
            return (false, false);
        }
        match self.words.binary_search_by_key(&hash, |(known, ..)| *known) {
            Ok(at) => (self.words[at].1, self.words[at].2),
            Err(_) => (false, false),
        }
    }
}

/// The hash of a word that stands alone.
fn word_hash(word: &str) -> u32 {
    let folded = word.chars().filter_map(fold_word_char).filter(|c| *c != '\0');
    mix(folded.fold(0x811c_9dc5, |hash: u32, c| (hash ^ c as u32).wrapping_mul(0x0100_0193)))
}
