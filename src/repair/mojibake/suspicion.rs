//! A byte test that tells clean text from text worth a closer look.
//!
//! Mojibake shows as the image of a lead byte right before the image of a continuation byte, under the
//! same page. Where bytes were lost, a lone lead image is left; only those are looked at that leave a
//! letter (`dÃa`) or a mark behind. ASCII, and the single accented letters of Spanish between ASCII,
//! are passed over without a table.

use super::pages::{PageSet, Pages};
use super::segment::next_beyond_ascii;
use crate::repair::is_alphabetic;

/// Can `line` hold mojibake? `false` is certain.
pub(super) fn is_suspicious(pages: &Pages, line: &str) -> bool {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(next) = next_non_ascii(bytes, at) {
        if is_suspicious_at(pages, line, next) {
            return true;
        }
        at = next + width(bytes[next]);
    }
    false
}

/// Bytes of the character beyond ASCII that begins with `lead`.
#[inline]
pub(crate) fn width(lead: u8) -> usize {
    match lead {
        0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

/// Can a damaged sequence begin at a character beyond ASCII?
#[inline]
pub(super) fn is_suspicious_at(pages: &Pages, line: &str, at: usize) -> bool {
    let bytes = line.as_bytes().get(at..).unwrap_or_default();
    !begins_with_usual_letter(bytes)
        && !begins_with_usual_mark(bytes)
        && !pages.everyday.passes(line.as_bytes(), at)
        && is_suspicious_beyond(pages, line, at)
}

/// What Spanish and its neighbours are full of: a letter before ASCII.
#[inline]
pub(crate) fn begins_with_usual_letter(text: &[u8]) -> bool {
    let is_letter =
        matches!(text, [0xc3, 0xa0..=0xbf | 0x81 | 0x89 | 0x8d | 0x91 | 0x93 | 0x9a | 0x9c, ..]);
    is_letter && text.get(2).is_none_or(u8::is_ascii)
}

/// The same for a mark.
#[inline]
fn begins_with_usual_mark(text: &[u8]) -> bool {
    match *text {
        [0xc2, 0xa1..=0xbf, ref rest @ ..]
        | [0xe2, 0x80, 0x93 | 0x94 | 0x99 | 0x9c | 0x9d | 0xa2 | 0xa6, ref rest @ ..] => {
            rest.first().is_none_or(u8::is_ascii)
        }
        _ => false,
    }
}

#[inline(never)]
fn is_suspicious_beyond(pages: &Pages, line: &str, at: usize) -> bool {
    let mut characters = line.get(at..).unwrap_or_default().chars();
    let Some(first) = characters.next() else { return false };
    let before = || line[..at].chars().next_back();
    let second = characters.next();
    let third = || characters.clone().next();
    begins_damage(pages, before, first, second, third)
        && !is_usual_letter(&line[..at], first, second, third)
}

/// A letter of Greek or Cyrillic right before ASCII, as at the end of a word in capitals, in initials, or as
/// the preposition `В`: a lead that lost its next byte only where something Latin stands near, or a
/// number. Where Greek or Cyrillic text is damaged itself, pairs elsewhere in the line tell.
///
/// Source: clean Russian and Greek pages, 2026-11: nine tenths of what was looked at in them in vain.
/// Counter-example: a line that holds nothing but the `Р` of a damaged `И`.
fn is_usual_letter(
    before: &str,
    first: char,
    second: Option<char>,
    third: impl FnOnce() -> Option<char>,
) -> bool {
    let is_greek_or_cyrillic = |c: char| matches!(c, '\u{370}'..='\u{52F}');
    let ends_word = match second {
        None => true,
        Some(' ') => !is_latin(third()),
        Some(c) => c.is_ascii_punctuation(),
    };
    let is_apart =
        |c: char| matches!(c, ' ' | '\u{A0}' | '(' | '"' | '«' | '“' | '-' | '–' | '—' | '.');
    let near = || before.chars().rev().take(NEAR);
    ends_word
        && is_greek_or_cyrillic(first)
        && near().next().is_none_or(|c| is_greek_or_cyrillic(c) || is_apart(c))
        && near().all(|c| !is_latin(Some(c)))
}

/// Characters before a letter that are near.
const NEAR: usize = 12;

/// The same for a part of a line, `start..end`.
pub(super) fn is_suspicious_span(pages: &Pages, text: &[char], start: usize, end: usize) -> bool {
    let mut from = start;
    while let Some(at) = next_beyond_ascii(&text[..end], from) {
        let get = |ahead: usize| text.get(at + ahead).copied();
        let before = || at.checked_sub(1).and_then(|at| text.get(at)).copied();
        if begins_damage(pages, before, text[at], get(1), || get(2)) {
            return true;
        }
        from = at + 1;
    }
    false
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
pub(crate) fn next_non_ascii(bytes: &[u8], mut from: usize) -> Option<usize> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, _) = bytes.get(from..)?.as_chunks::<8>();
    for word in words {
        let high = u64::from_le_bytes(*word) & HIGH;
        if high != 0 {
            return Some(from + high.trailing_zeros() as usize / 8);
        }
        from += 8;
    }
    bytes[from..].iter().position(|byte| *byte >= 0x80).map(|at| from + at)
}

/// A character with ASCII on its right.
fn lone_is_suspicious(
    pages: &Pages,
    before: impl FnOnce() -> Option<char>,
    c: char,
    next: Option<char>,
) -> bool {
    match c {
        _ if is_no_lone_lead(c) => false,
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

/// Letters of Spanish and its neighbours, and the marks of running text.
pub(super) fn is_no_lone_lead(c: char) -> bool {
    matches!(
        c,
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
            | '•'
    )
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
    c.is_some_and(|c| is_alphabetic(c) && u32::from(c) < 0x250)
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
    use crate::repair::normalize::plain_width;

    #[test]
    fn what_is_passed_at_a_glance_is_not_suspicious() {
        let pages = Pages::new();
        let ranges = [0x20..0x7F, 0x80..0x700, 0x700..0x780, 0xE00..0xE60, 0x2000..0x2040];
        let more = [0x900, 0x1E00, 0x2500, 0x2600, 0x3042, 0x4E00, 0xAC00, 0xE000, 0xF8FF, 0xFB01];
        let all = ranges.into_iter().flatten().chain(more).chain([0xFF01, 0xFFFD, 0x1F600]);
        let all: Vec<char> = all.filter_map(char::from_u32).collect();
        let (mut line, mut passed) = (String::new(), 0);
        for before in ["", " ", "a", "é", "ɏ", "П", "日"] {
            for after in ["", "\u{FFFD}", "а", "Ш", "я", "a"] {
                for first in all.iter().filter(|c| !c.is_ascii()) {
                    for second in &all {
                        line.clear();
                        line.extend([before, first.encode_utf8(&mut [0; 4])]);
                        line.push(*second);
                        line.push_str(after);
                        let at = before.len();
                        if pages.everyday.passes(line.as_bytes(), at) {
                            assert!(!is_suspicious_beyond(&pages, &line, at), "{line}");
                            passed += 1;
                        }
                        let behind = pages.everyday.pass_over(line.as_bytes(), at);
                        let mut over = at;
                        while over < behind {
                            assert!(!is_suspicious_beyond(&pages, &line, over), "{line}");
                            assert!(plain_width(&line.as_bytes()[over..]) > 0, "{line}");
                            over += width(line.as_bytes()[over]);
                        }
                        assert!(line.is_char_boundary(behind) && behind <= line.len(), "{line}");
                    }
                }
            }
        }
        assert!(passed > 0);
    }

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
    fn letters_of_other_scripts_before_ascii_are_usual_there() {
        let pages = Pages::new();
        for line in [
            "В Ростовской области врачи спасли ребёнка, а в Москве (С. Иванов) — нет",
            "УЧРЕДИТЕЛЬ И РЕДАКЦИЯ: ИД «ПРАВДА», Е. Д. СМИРНОВА",
            "ΕΦΗΜΕΡΙΔΑ, Α. Ε. ΠΑΠΑΔΟΠΟΥΛΟΥ: Δ. ΓΕΩΡΓΙΟΥ",
        ] {
            assert!(!is_suspicious(&pages, line), "{line}");
        }
        // Leads that lost a byte, beside Latin letters and numbers; and pairs that tell of others.
        for line in ["cittadinanza тнР ", "voilГ ", "5В 000 pesos", "РџСЂРёРІРµС‚ Р РјРёСЂ"]
        {
            assert!(is_suspicious(&pages, line), "{line}");
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
