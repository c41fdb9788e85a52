//! Evidence: what one word says about the language, as a score per class.
//!
//! A word is folded (lower case, composed, no soft hyphens) and looked up; an unknown word is scored by its
//! characters. Letters that neither Spanish nor English writes count against both. Capitalised words inside a
//! sentence are mostly names, which belong to no language: their scores shrink, and their neighbours decide.

use unicode_normalization::char::{compose, is_combining_mark};

use super::model::{CLASSES, Cells, FLOOR, MAX_WORD_CHARS, Model, NAT, Scores, letter};
use super::reading::Word;
use super::tokens::{Case, Gap, Kind};

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
    pub const PLAIN: u16 = 64;
    /// A word in capitals among others that are not: an acronym, or loud.
    pub const UPPER: u16 = 42;
    /// A capitalised word inside a sentence: mostly a name. Counter-example: English titles.
    pub const NAME: u16 = 32;
    /// The same after a quotation mark or bracket, where a sentence may start.
    pub const QUOTED_NAME: u16 = 42;
    /// Any word of a line in capitals.
    pub const LOUD_LINE: u16 = 58;
    /// A word in no lexicon. To weaken these instead costs three points of `other`: names are not
    /// the bulk of them, foreign words are.
    pub const UNKNOWN: u16 = 74;
    /// A capitalised word inside a sentence that no lexicon has: "Goldman Sachs". Two of them must not
    /// pay for two switches. Costs 0.2 points of code-switched words, where names count as English.
    pub const UNKNOWN_NAME: u16 = 20;
}

/// What a word of another script loses in every class, and a Latin word in the state of other scripts.
pub(super) const WRONG_SCRIPT: i16 = -9 * NAT as i16;

/// What a word loses in Spanish and English for a letter that neither writes. Three nat, not all: façade and
/// naïve are English after all.
const VETO: i16 = 3 * NAT as i16;

/// The scores of a token that is no word, or one that the lexicon does not have as it stands.
pub(super) fn unseen_scores(
    model: &Model,
    word: &Word,
    text: &str,
    loud: bool,
    folded: &mut String,
) -> Scores {
    match word.kind {
        Kind::Inverted => return inverted(),
        Kind::Foreign => return [WRONG_SCRIPT; CLASSES],
        Kind::Word | Kind::Contraction => {}
    }
    let vetoed = fold(text, folded);
    let (mut scores, known) = match word.kind {
        // It was looked up as it stands.
        Kind::Word if word.is_seen() => spelled(model, folded),
        _ => look_up(model, folded),
    };
    if vetoed {
        scores[ES] -= VETO;
        scores[EN] -= VETO;
        let best = scores.into_iter().max().unwrap_or(0);
        scores = scores.map(|score| (score - best).max(FLOOR));
    }
    let case = if folded.starts_with("i'") { Case::Lower } else { word.case };
    let weight = u16::from(weight(case, word.gap, loud));
    let weight = match known {
        true => weight,
        false if weight == weight::NAME => weight::UNKNOWN_NAME,
        false => weight * weight::UNKNOWN / 64,
    };
    weighed(scores, weight)
}

/// The scores of a word with its full weight.
fn full(cells: Cells) -> Scores {
    cells.scores(weight::PLAIN)
}

/// The scores of the folded word, and whether the lexicon had it.
fn look_up(model: &Model, word: &str) -> (Scores, bool) {
    let whole = model.word(word).map(full);
    let apostrophe = word.bytes().rposition(|byte| byte == b'\'');
    let Some((head, tail)) = apostrophe.map(|at| (&word[..at], &word[at + 1..])) else {
        return whole.map_or_else(|| spelled(model, word), |scores| (scores, true));
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
            model.word(longer).map_or_else(|| spelled(model, longer), |cells| (full(cells), true))
        }
    }
}

/// The scores of a word that the lexicon does not have as it stands.
fn spelled(model: &Model, word: &str) -> (Scores, bool) {
    if let Some(plain) = laughter(word)
        && let Some(cells) = model.word(plain)
    {
        return (full(cells), true);
    }
    if is_held(word) {
        for keep in [1, 2] {
            if let Some(cells) = model.word(&squeeze(word, keep)) {
                return (full(cells), true);
            }
        }
    }
    if word.is_ascii() {
        return (model.spelling(word.as_bytes()), false);
    }
    let mut letters = [0; MAX_WORD_CHARS];
    let places = letters.iter_mut().zip(word.chars());
    let count = places.map(|(place, c)| *place = letter(c)).count();
    (model.spelling(&letters[..count]), false)
}

/// How much a known word counts.
#[inline(always)]
pub(super) fn weight(case: Case, gap: Gap, loud: bool) -> u8 {
    // A table, because case and boundary are as good as random to the processor.
    static WEIGHTS: [[[u8; 8]; 4]; 2] = {
        let mut weights = [[weight::PLAIN as u8; 8]; 4];
        weights[Case::Upper as usize] = [weight::UPPER as u8; 8];
        let capitalised = &mut weights[Case::Capitalised as usize];
        capitalised[Gap::Quote as usize] = weight::QUOTED_NAME as u8;
        capitalised[Gap::Comma as usize] = weight::NAME as u8;
        capitalised[Gap::Space as usize] = weight::NAME as u8;
        [weights, [[weight::LOUD_LINE as u8; 8]; 4]]
    };
    WEIGHTS[usize::from(loud)][case as usize][gap as usize]
}

/// The scores of a word that counts more or less than others.
#[inline]
fn weighed(scores: Scores, weight: u16) -> Scores {
    // No score is above 0, and the least times the greatest weight fits 16 bits.
    scores.map(|score| -((score.unsigned_abs() * weight / 64) as i16))
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

/// Whether it has a run of three equal letters: "holaaaa".
fn is_held(word: &str) -> bool {
    if word.is_ascii() {
        return word.as_bytes().windows(3).any(|run| run[0] == run[1] && run[1] == run[2]);
    }
    let mut run = (0, '\0');
    word.chars().any(|c| {
        run = if c == run.1 { (run.0 + 1, c) } else { (1, c) };
        run.0 == 3
    })
}

/// The word with every run of three equal letters or more cut to `keep`: "holaaaa", "soooo good".
fn squeeze(word: &str, keep: usize) -> String {
    let mut squeezed = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(c).len();
        let count = run / c.len_utf8();
        let kept = if count < 3 { count } else { keep };
        squeezed.extend(std::iter::repeat_n(c, kept));
        rest = &rest[run..];
    }
    squeezed
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
            '\u{300}'.. if is_combining_mark(c) => match folded.pop() {
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
        for (word, once, twice) in
            [("holaaaa", "hola", "holaa"), ("gooood", "god", "good"), ("sííí", "sí", "síí")]
        {
            assert!(is_held(word));
            assert_eq!([squeeze(word, 1), squeeze(word, 2)], [once, twice]);
        }
        for word in ["llama", "ññ", ""] {
            assert!(!is_held(word));
            assert_eq!(squeeze(word, 1), word);
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
