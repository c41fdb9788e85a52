//! Evidence: what one word says about the language, as a score per class.
//!
//! A word is folded (lower case, composed, no soft hyphens) and looked up; an unknown word is scored by its
//! characters. Letters that neither Spanish nor English writes count against both. Capitalised words inside a
//! sentence are mostly names, which belong to no language: their scores shrink, and their neighbours decide.

use unicode_normalization::char::{compose, is_combining_mark};

use super::model::{CLASSES, FLOOR, MAX_WORD_CHARS, Model, NAT, Scores};
use super::tokens::{Case, Gap, Kind, Token};

/// The classes by name, in the order of the model.
pub(super) const ES: usize = 0;
pub(super) const EN: usize = 1;
/// Portuguese, Galician and Asturian.
const WEST: usize = 2;
/// Catalan and Occitan.
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

/// Letters that Spanish and English do not write, and yet loanwords bring along: façade, Müller is fine.
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
    pub(super) fn scores(&mut self, word: &str, token: &Token, loud: bool) -> Scores {
        match token.kind {
            Kind::Inverted => return inverted(),
            Kind::Foreign => return [FLOOR; CLASSES],
            Kind::Word => {}
        }
        let vetoed = fold(word, &mut self.folded);
        let (mut scores, known) = self.look_up();
        if vetoed {
            scores[ES] -= VETO;
            scores[EN] -= VETO;
            let best = scores.into_iter().max().unwrap_or(0);
            scores = scores.map(|score| (score - best).max(FLOOR));
        }
        let weight = match (token.case, token.gap) {
            _ if loud => weight::LOUD_LINE,
            _ if self.folded == "i" || self.folded.starts_with("i'") => weight::PLAIN,
            (Case::Lower, _) | (Case::Capitalised, Gap::Line | Gap::Sentence | Gap::Separator) => {
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
        scores.map(|score| (i32::from(score) * weight / 64) as i16)
    }

    /// The scores of the folded word, and whether the lexicon had it.
    fn look_up(&self) -> (Scores, bool) {
        let word = self.folded.as_str();
        let whole = self.model.word(word);
        let Some((head, tail)) = word.rsplit_once('\'') else {
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
                    .map_or_else(|| self.spelled(longer), |scores| (scores, true))
            }
        }
    }

    fn spelled(&self, word: &str) -> (Scores, bool) {
        (self.model.spelling(word), false)
    }
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
        folded.extend(word.bytes().map(|b| char::from(b.to_ascii_lowercase())));
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
