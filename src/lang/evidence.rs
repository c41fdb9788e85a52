//! Evidence: what one word says about the language, as a score per class.
//!
//! A word is folded (lower case, composed, no soft hyphens) and looked up; an unknown word is scored by its
//! characters. Letters that neither Spanish nor English writes count against both. Capitalised words inside a
//! sentence are mostly names, which belong to no language: their scores shrink, and their neighbours decide.

use unicode_normalization::char::{compose, is_combining_mark};

use super::model::{CLASSES, Cells, FLOOR, MAX_WORD_CHARS, Model, NAT, Scores};
use super::tokens::{Case, Gap, Kind, Token};

/// The classes by name, in the order of the model.
pub(super) const ES: usize = 0;
pub(super) const EN: usize = 1;
/// Portuguese and Galician.
const WEST: usize = 2;
/// Catalan, Occitan and Asturian. Asturian sits here because with Galician it drew Spanish sentences away
/// (0.1 points of es and en lines, measured 2026-11).
const CATALAN: usize = 3;
/// French, Italian, Romanian and Latin.
const ROMANCE: usize = 4;

/// How much a word counts, in 1/64.
///
/// Source: searched on half of a hand-labelled set, read on the other half, 2026-11. Without these
/// weights false switches in one-language documents double, from 0.4 to 0.8 % of the letters.
mod weight {
    pub const PLAIN: i32 = 64;
    /// A word in capitals among others that are not: an acronym, or loud.
    pub const UPPER: i32 = 42;
    /// A capitalised word inside a sentence: mostly a name. Counter-example: English titles.
    pub const NAME: i32 = 32;
    /// The same after a quotation mark or bracket, where a sentence may start.
    pub const QUOTED_NAME: i32 = 42;
    /// Any word of a line in capitals.
    pub const LOUD_LINE: i32 = 58;
    /// A word in no lexicon. To weaken these instead costs three points of `other`: names are not
    /// the bulk of them, foreign words are.
    pub const UNKNOWN: i32 = 74;
    /// A capitalised word inside a sentence that no lexicon has: "Goldman Sachs". Two of them must not
    /// pay for two switches. Costs 0.2 points of code-switched words, where names count as English.
    pub const UNKNOWN_NAME: i32 = 20;
}

/// What a word of another script loses in every class, and a Latin word in the state of other scripts.
pub(super) const WRONG_SCRIPT: i16 = -9 * NAT as i16;

/// What a word loses in Spanish and English for a letter that neither writes. Three nat, not all: façade and
/// naïve are English after all.
const VETO: i16 = 3 * NAT as i16;

/// Scores the words of a text; holds the folded word between calls.
#[derive(Debug)]
pub(super) struct Reader<'m> {
    model: &'m Model,
    folded: String,
}

impl<'m> Reader<'m> {
    pub(super) fn new(model: &'m Model) -> Reader<'m> {
        Reader { model, folded: String::with_capacity(64) }
    }

    /// The scores of one token; `loud` says that its line is written in capitals.
    #[inline]
    pub(super) fn scores(&mut self, word: &str, token: &Token, loud: bool) -> Scores {
        match token.kind {
            Kind::Inverted => return inverted(),
            Kind::Foreign => return [WRONG_SCRIPT; CLASSES],
            Kind::Word => {}
        }
        let is_i = |word: &str| word.eq_ignore_ascii_case("i");
        let known = match token.is_ascii {
            true => self.model.ascii_word(word.as_bytes(), token.short),
            false => None,
        };
        let (mut scores, known, vetoed, is_i) = match known {
            Some(cells) if token.case == Case::Lower && !loud => return cells.scores(),
            Some(cells) => (cells.scores(), true, false, is_i(word)),
            None => {
                let vetoed = fold(word, &mut self.folded);
                let (scores, known) = self.look_up();
                let is_i = is_i(&self.folded) || self.folded.starts_with("i'");
                (scores, known, vetoed, is_i)
            }
        };
        if vetoed {
            scores[ES] -= VETO;
            scores[EN] -= VETO;
            let best = scores.into_iter().max().unwrap_or(0);
            scores = scores.map(|score| (score - best).max(FLOOR));
        }
        let weight = match (token.case, token.gap) {
            _ if loud => weight::LOUD_LINE,
            _ if is_i => weight::PLAIN,
            (Case::Lower, _)
            | (Case::Capitalised, Gap::Line | Gap::Sentence | Gap::Separator | Gap::Opening) => {
                weight::PLAIN
            }
            (Case::Upper, _) => weight::UPPER,
            (Case::Capitalised, Gap::Quote) => weight::QUOTED_NAME,
            (Case::Capitalised, _) => weight::NAME,
        };
        let weight = match known {
            true => weight,
            false if weight == weight::NAME => weight::UNKNOWN_NAME,
            false => weight * weight::UNKNOWN / 64,
        };
        if weight == weight::PLAIN {
            return scores;
        }
        scores.map(|score| (i32::from(score) * weight / 64) as i16)
    }

    /// The scores of the folded word, and whether the lexicon had it.
    fn look_up(&self) -> (Scores, bool) {
        let word = self.folded.as_str();
        let whole = self.model.word(word).map(Cells::scores);
        let apostrophe = word.bytes().rposition(|byte| byte == b'\'');
        let Some((head, tail)) = apostrophe.map(|at| (&word[..at], &word[at + 1..])) else {
            return whole.map_or_else(|| self.spelled(word), |scores| (scores, true));
        };
        match whole {
            Some(scores) if scores[ES] == 0 || scores[EN] == 0 => return (scores, true),
            _ => {}
        }
        if matches!(tail, "s" | "t" | "m" | "re" | "ve" | "ll" | "d") {
            let mut scores = [-3 * NAT as i16; CLASSES];
            scores[EN] = 0;
            return (scores, true);
        }
        match whole {
            Some(scores) if scores[CATALAN] == 0 || scores[ROMANCE] == 0 => (scores, true),
            _ => {
                let longer = if head.len() > tail.len() { head } else { tail };
                self.model
                    .word(longer)
                    .map_or_else(|| self.spelled(longer), |cells| (cells.scores(), true))
            }
        }
    }

    /// The scores of a word that the lexicon does not have as it stands.
    fn spelled(&self, word: &str) -> (Scores, bool) {
        if let Some(plain) = laughter(word)
            && let Some(cells) = self.model.word(plain)
        {
            return (cells.scores(), true);
        }
        for keep in [1, 2] {
            let scores = squeeze(word, keep).and_then(|squeezed| self.model.word(&squeezed));
            if let Some(cells) = scores {
                return (cells.scores(), true);
            }
        }
        (self.model.spelling(word), false)
    }
}

/// Laughter of any length, as it stands in the lexicon: "jajajjaja" laughs in Spanish, "hahah" in English.
fn laughter(word: &str) -> Option<&'static str> {
    let all = |h: u8, vowel: u8| {
        word.len() > 4
            && word.bytes().all(|byte| byte == h || byte == vowel)
            && word.contains(char::from(h))
            && word.contains(char::from(vowel))
    };
    match word.as_bytes().first()? {
        b'j' | b'a' if all(b'j', b'a') => Some("jaja"),
        b'j' | b'e' if all(b'j', b'e') => Some("jeje"),
        b'h' | b'a' if all(b'h', b'a') => Some("haha"),
        b'h' | b'e' if all(b'h', b'e') => Some("hehe"),
        _ => None,
    }
}

/// The word with every run of three equal letters or more cut to `keep`: "holaaaa", "soooo good". `None` if there
/// is no such run.
fn squeeze(word: &str, keep: usize) -> Option<String> {
    let mut run = (0, '\0');
    let is_held = word.chars().any(|c| {
        run = if c == run.1 { (run.0 + 1, c) } else { (1, c) };
        run.0 == 3
    });
    if !is_held {
        return None;
    }
    let mut squeezed = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(c).len();
        let count = run / c.len_utf8();
        let kept = if count < 3 { count } else { keep };
        squeezed.extend(std::iter::repeat_n(c, kept));
        rest = &rest[run..];
    }
    Some(squeezed)
}

/// `¿` and `¡`: Spanish, or else Galician, Asturian or old-fashioned Catalan.
fn inverted() -> Scores {
    let mut scores = [-3 * NAT as i16; CLASSES];
    scores[ES] = 0;
    scores[WEST] = -NAT as i16;
    scores[CATALAN] = -NAT as i16;
    scores
}

/// Lower case, composed, straight apostrophes, no soft hyphens. Tells whether a letter speaks against
/// both Spanish and English.
fn fold(word: &str, folded: &mut String) -> bool {
    folded.clear();
    if word.is_ascii() {
        folded.push_str(word);
        folded.make_ascii_lowercase();
        return false;
    }
    for c in word.chars().take(2 * MAX_WORD_CHARS) {
        match c {
            '’' => folded.push('\''),
            '\u{ad}' | '\u{200c}' | '\u{200d}' => {}
            c if is_combining_mark(c) => match folded.pop() {
                Some(base) => match compose(base, c) {
                    Some(whole) => folded.push(whole),
                    None => folded.extend([base, c]),
                },
                None => folded.push(c),
            },
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded.chars().any(is_veto)
}

/// Letters outside the alphabets of Spanish and English.
fn is_veto(c: char) -> bool {
    matches!(c, 'à' | 'è' | 'ì' | 'ò' | 'ù' | 'â' | 'ê' | 'î' | 'ô' | 'û' | 'ä' | 'ë' | 'ï' | 'ö' | 'ÿ' | 'ã' | 'õ' | 'ç' | 'å' | 'ø' | 'æ' | 'œ' | 'ß' | 'ð' | 'þ' | 'ý' | '\u{100}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_keys_are_let_go() {
        for (word, once, twice) in [
            ("holaaaa", Some("hola"), Some("holaa")),
            ("gooood", Some("god"), Some("good")),
            ("sííí", Some("sí"), Some("síí")),
            ("llama", None, None),
            ("ññ", None, None),
        ] {
            assert_eq!(squeeze(word, 1).as_deref(), once);
            assert_eq!(squeeze(word, 2).as_deref(), twice);
        }
    }

    #[test]
    fn laughter_of_any_length_is_one_word() {
        for (word, expected) in [
            ("jajajajaj", Some("jaja")),
            ("ajajaja", Some("jaja")),
            ("hahahaha", Some("haha")),
            ("jejejeje", Some("jeje")),
            ("jajejaje", None),
            ("aaaaaa", None),
            ("jaja", None),
            ("", None),
        ] {
            assert_eq!(laughter(word), expected, "{word:?}");
        }
    }

    #[test]
    fn folding_composes_and_lowers() {
        let mut folded = String::new();
        for (word, expected, vetoed) in [
            ("HOLA", "hola", false),
            ("AÑO", "año", false),
            ("Don’t", "don't", false),
            ("cafe\u{301}", "café", false),
            ("so\u{ad}lo", "solo", false),
            ("Pingüino", "pingüino", false),
            ("ação", "ação", true),
            ("Straße", "straße", true),
            ("ţară", "ţară", true),
        ] {
            assert_eq!(fold(word, &mut folded), vetoed, "{word:?}");
            assert_eq!(folded, expected);
        }
    }
}
