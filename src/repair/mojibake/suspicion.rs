//! A byte test that tells clean text from text worth a closer look.
//!
//! Mojibake shows as the image of a lead byte right before the image of a continuation byte, under the
//! same page. Where bytes were lost, a lone lead image is left; only those are looked at that leave a
//! letter (`dÃa`) or a mark behind. ASCII, and the single accented letters of Spanish between ASCII,
//! are passed over without a table.

use super::pages::{PageSet, Pages};

/// Can `line` hold mojibake? `false` is certain.
pub(super) fn is_suspicious(pages: &Pages, line: &str) -> bool {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(next) = next_non_ascii(bytes, at) {
        let mut characters = line[next..].chars();
        let Some(first) = characters.next() else {
            return false;
        };
        at = next + first.len_utf8();
        let before = || line[..next].chars().next_back();
        let second = characters.next();
        let third = || characters.clone().next();
        if begins_damage(pages, before, first, second, third) {
            return true;
        }
    }
    false
}

/// The same for a part of a line, `start..end`.
pub(super) fn is_suspicious_span(pages: &Pages, text: &[char], start: usize, end: usize) -> bool {
    (start..end).any(|at| {
        let get = |ahead: usize| text.get(at + ahead).copied();
        let before = || at.checked_sub(1).and_then(|at| text.get(at)).copied();
        get(0).is_some_and(|first| {
            !first.is_ascii() && begins_damage(pages, before, first, get(1), || get(2))
        })
    })
}

/// Can a damaged sequence begin with these characters?
#[inline]
fn begins_damage(
    pages: &Pages,
    before: impl FnOnce() -> Option<char>,
    first: char,
    second: Option<char>,
    third: impl Fn() -> Option<char>,
) -> bool {
    match second {
        Some(second) if !second.is_ascii() => {
            run_is_suspicious(pages, before, first, second, third)
        }
        _ => lone_is_suspicious(pages, before, first, second),
    }
}

/// Position of the first byte at or after `from` that is not ASCII.
#[inline]
fn next_non_ascii(bytes: &[u8], mut from: usize) -> Option<usize> {
    const WORD: usize = 16;
    while let Some(word) = bytes.get(from..from + WORD) {
        if word.iter().fold(0, |all, byte| all | byte) >= 0x80 {
            break;
        }
        from += WORD;
    }
    bytes.get(from..)?.iter().position(|byte| *byte >= 0x80).map(|at| from + at)
}

/// A character with ASCII on its right.
fn lone_is_suspicious(
    pages: &Pages,
    before: impl FnOnce() -> Option<char>,
    c: char,
    next: Option<char>,
) -> bool {
    match c {
        // Letters of Spanish and its neighbours, and the marks of running text, are no lone leads.
        'à'..='ÿ'
        | '¡'..='¿'
        | 'Ñ'
        | 'Á'
        | 'É'
        | 'Í'
        | 'Ó'
        | 'Ú'
        | 'Ü'
        | '’'
        | '“'
        | '”'
        | '–'
        | '—'
        | '…'
        | '•' => false,
        '\u{80}'..='\u{9F}' => true,
        _ => {
            let roles = pages.roles(c);
            let leads = if next == Some(' ') {
                roles.leads_letter | roles.leads_space
            } else {
                roles.leads_letter
            };
            // Under koi8-r every second small letter of Cyrillic is a lead.
            leads & !Pages::LETTERS_LEAD != 0 || leads != 0 && is_latin(before())
        }
    }
}

/// Pages under which `c` continues a sequence although it is everyday text after its own kind: `ещё` and
/// `ні` are koi8-u from end to end, a Persian word is windows-1256, and all of Thai is windows-874. Damage
/// by these pages shows in other characters, or next to Latin letters.
fn usual_after_letters(c: char) -> PageSet {
    match c {
        'ё' | 'є' | 'і' | 'ї' | 'ґ' => Pages::KOI8,
        'پ' | 'ٹ' | 'چ' | 'ژ' | 'ڈ' | 'گ' | 'ک' | 'ڑ' | 'ں' | 'ھ' | '،' | '؛' | '؟'
        | '\u{200C}' | '\u{200D}' => Pages::ARABIC,
        '»' | '«' | '…' | '”' | '“' | '\u{A0}' => Pages::ARABIC | Pages::THAI,
        '\u{E01}'..='\u{E5B}' => Pages::THAI,
        _ => 0,
    }
}

fn is_latin(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphabetic() && u32::from(c) < 0x250)
}

/// At least two characters beyond ASCII: do they belong together?
fn run_is_suspicious(
    pages: &Pages,
    before: impl FnOnce() -> Option<char>,
    first: char,
    second: char,
    third: impl Fn() -> Option<char>,
) -> bool {
    if ('\u{80}'..='\u{9F}').contains(&first) {
        return true;
    }
    let lead = pages.roles(first);
    if lead.leads_two & Pages::RESIDUE != 0 {
        return is_latin(before()) || is_latin(Some(second));
    }
    let follow: PageSet = if second == '\u{FFFD}' {
        PageSet::MAX
    } else {
        let continues = pages.roles(second).continues;
        let usual = continues & usual_after_letters(second);
        // `ًں` begins the emoji of windows-1256, and no word.
        let is_usual = usual & (lead.leads_two | lead.leads_more) != 0 && first != '\u{64B}';
        if is_usual && !is_latin(before()) && !is_latin(third()) {
            continues & !usual
        } else {
            continues
        }
    };
    if lead.leads_two & follow != 0 {
        return true;
    }
    let more = lead.leads_more & follow;
    if more == 0 {
        return false;
    }
    if lead.leads_lossy & follow & !Pages::LETTERS_CONTINUE != 0 {
        return true;
    }
    match third() {
        Some('\u{FFFD}') => true,
        // Clean Cyrillic is full of triples of cp866; there a mark of General Punctuation shows as т + capital.
        Some(third) => {
            let triple = more & pages.roles(third).continues;
            triple & !Pages::LETTERS_CONTINUE != 0 || (triple != 0 && second.is_uppercase())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_passed_over() {
        let pages = Pages::new();
        for line in [
            "",
            "plain ASCII, nothing else; a long enough line to fill a word",
            "¿Qué pasó mañana? «No», dijo él… —y se fue—. ¡Año nuevo!",
            "“Café” costs 5 €, naïve façade – it’s fine",
            "Съешь же ещё этих мягких французских булок",
            "日本語の文章です。",
        ] {
            assert!(!is_suspicious(&pages, line), "{line}");
        }
    }

    #[test]
    fn damage_is_noticed() {
        let pages = Pages::new();
        for line in [
            "maÃ±ana",
            "dÃa",
            "voilÃ ",
            "Â Next",
            "ā“ Frequent",
            "šŸ” Search",
            "Ā\u{A0}",
            "├│n",
            "Γ£à",
            "РџСЂРёРІРµС‚",
            "тАЬHiтАЭ",
            "п∙я│п╩п╦",
            "Ã\u{FFFD}frica",
            "parl\u{85}",
            "itâ€™s",
            "√≥n",
            "matĆ©riel",
        ] {
            assert!(is_suspicious(&pages, line), "{line}");
        }
    }
}
