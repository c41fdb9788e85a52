//! The form of a line: what is left of it when everything that pages vary in a template is forgotten.
//!
//! Two lines of a site are the same template line if their forms are equal. The form is the fold
//! of the line without the marks round it (bullets, arrows, closing punctuation), with a slot for
//! every number (`12 comments`, `hace 3 horas`, `10:45`) and, next to a number, for the names of
//! months and days of the week in English and Spanish (`3 de marzo de 2021`, `Tue, Mar 3`).
//! A phrase with the slots `{n}`, `{month}` and `{weekday}` has a form as well, and means the
//! lines of that form: looking one up is a comparison of hashes, however many there are.

use super::fold::{self, Digits, Fold, Folded};

/// The longest line that has a form, in bytes.
///
/// Source: measured on real pages, 2026-11: of the lines that five pages of a site share, 99.9 %
/// have at most 1,100 bytes. Counter-example: whole licence texts on one line.
pub(crate) const LONGEST_LINE_BYTES: usize = 2048;

/// Lines longer than this hold dates inside sentences, which are no slots.
///
/// Source: the longest date line seen on real pages, 2026-11, has 118 bytes (published, updated,
/// author and reading time in one).
const LONGEST_DATED_BYTES: usize = 160;

/// How many words may stand between a month or day and the number that makes it a date.
///
/// Source: `3 de marzo` and `March the 3rd` have one.
const WORDS_BETWEEN: usize = 1;

/// The names of months, folded: Spanish, English, and their short forms.
const MONTHS: &[&str] = &[
    "abr",
    "abril",
    "agosto",
    "apr",
    "april",
    "aug",
    "august",
    "ago",
    "dec",
    "december",
    "dic",
    "diciembre",
    "ene",
    "enero",
    "feb",
    "febrero",
    "february",
    "jan",
    "january",
    "jul",
    "julio",
    "july",
    "jun",
    "june",
    "junio",
    "mar",
    "march",
    "marzo",
    "may",
    "mayo",
    "nov",
    "november",
    "noviembre",
    "oct",
    "october",
    "octubre",
    "sep",
    "sept",
    "september",
    "septiembre",
    "set",
    "setiembre",
];

/// The names of the days of the week.
const WEEKDAYS: &[&str] = &[
    "dom",
    "domingo",
    "fri",
    "friday",
    "jue",
    "jueves",
    "lun",
    "lunes",
    "martes",
    "mie",
    "miercoles",
    "mon",
    "monday",
    "sab",
    "sabado",
    "sat",
    "saturday",
    "sun",
    "sunday",
    "thu",
    "thursday",
    "tue",
    "tuesday",
    "vie",
    "viernes",
    "wed",
    "wednesday",
];

/// The slots that a form can hold, as phrases write them.
const MONTH: &str = "{month}";
const WEEKDAY: &str = "{weekday}";
const NUMBER: &str = "{n}";

/// Whether a phrase holds a slot; what it stands for varies from page to page.
pub(crate) fn has_slot(phrase: &str) -> bool {
    phrase.contains('{')
}

/// Buffers, reused from line to line.
#[derive(Default)]
pub(crate) struct FormScratch {
    folded: Folded,
    form: Vec<u8>,
    words: Vec<Word>,
}

/// A word or number of a text, by its bytes.
#[derive(Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Month,
    Weekday,
    Other,
}

/// The form of a line of a document; `None` for what cannot be a template line that says
/// something: fewer than three letters, braces, or more than [`LONGEST_LINE_BYTES`].
pub(crate) fn form_of<'s>(line: &str, scratch: &'s mut FormScratch) -> Option<&'s [u8]> {
    if line.len() > LONGEST_LINE_BYTES || memchr::memchr2(b'{', b'}', line.as_bytes()).is_some() {
        return None;
    }
    let FormScratch { folded, form, words } = scratch;
    let text = within_marks(line);
    folded.fill(text, Fold::default(), Digits::Any);
    if !has_letters(&folded.bytes) {
        return None;
    }
    Some(with_dates(&folded.bytes, form, words))
}

/// The form that a phrase of a rule means; `None` if it means more than one form, or none.
pub(crate) fn form_of_phrase<'s>(phrase: &str, scratch: &'s mut FormScratch) -> Option<&'s [u8]> {
    let is_plain = !phrase.bytes().any(|byte| byte.is_ascii_digit());
    if !is_plain || phrase.len() > 2 * LONGEST_LINE_BYTES {
        return None;
    }
    let others = phrase.replace(NUMBER, "").replace(MONTH, "").replace(WEEKDAY, "");
    if others.contains(['{', '}']) {
        return None;
    }
    let FormScratch { folded, form, words } = scratch;
    let numbers = phrase.replace(NUMBER, "0");
    folded.fill(within_marks(&numbers), Fold::default(), Digits::Any);
    let as_written = folded.bytes.len();
    // A month that is written out means that month alone.
    let form = with_dates(&folded.bytes, form, words);
    (form.len() == as_written && has_letters(form)).then_some(form)
}

/// The phrase that means the form of a line, in the line's own writing.
///
/// ```text
/// Publicado el 3 de marzo de 2021 -> Publicado el {n} de {month} de {n}
/// ```
pub(crate) fn phrase_of(line: &str, scratch: &mut FormScratch) -> Option<String> {
    let form = form_of(line, scratch)?.to_vec();
    let text = within_marks(line);
    let mut words = Vec::new();
    words_of(text.as_bytes(), &mut words);
    let mut phrase = String::with_capacity(text.len());
    let mut from = 0;
    for (word, slot) in slots(&words, text.len()) {
        phrase.push_str(&text[from..word.start]);
        phrase.push_str(slot);
        from = word.end;
    }
    phrase.push_str(&text[from..]);
    let phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
    if form_of_phrase(&phrase, scratch) == Some(&form) {
        return Some(phrase);
    }
    // What has no width between letters, or an odd digit: the folded writing will do.
    let folded = String::from_utf8(form.clone()).ok()?.replace('0', NUMBER);
    (form_of_phrase(&folded, scratch) == Some(&form)).then_some(folded)
}

/// The line without bullets before it and closing marks after it.
fn within_marks(line: &str) -> &str {
    fold::without_trailing_marks(&line[fold::leading_marks(line)..])
}

/// Three letters; an ideograph is as good.
fn has_letters(folded: &[u8]) -> bool {
    let is_letter = |byte: &&u8| byte.is_ascii_alphabetic() || **byte >= 0x80;
    folded.iter().filter(is_letter).take(3).count() == 3
}

/// Puts the slots of dates into a folded text; the text itself where there are none.
fn with_dates<'f>(folded: &'f [u8], form: &'f mut Vec<u8>, words: &mut Vec<Word>) -> &'f [u8] {
    if folded.len() > LONGEST_DATED_BYTES || memchr::memchr(b'0', folded).is_none() {
        return folded;
    }
    words_of(folded, words);
    if !words.iter().any(|word| matches!(word.kind, Kind::Month | Kind::Weekday)) {
        return folded;
    }
    form.clear();
    let mut from = 0;
    for (word, slot) in slots(words, folded.len()).filter(|(_, slot)| *slot != NUMBER) {
        form.extend_from_slice(&folded[from..word.start]);
        form.extend_from_slice(slot.as_bytes());
        from = word.end;
    }
    form.extend_from_slice(&folded[from..]);
    form
}

/// The words that are slots, each with its slot.
fn slots(words: &[Word], text_bytes: usize) -> impl Iterator<Item = (Word, &'static str)> {
    let is_date = move |at: usize| {
        let from = at.saturating_sub(WORDS_BETWEEN + 1);
        let to = (at + WORDS_BETWEEN + 2).min(words.len());
        let near = &words[from..to];
        text_bytes <= LONGEST_DATED_BYTES && near.iter().any(|word| word.kind == Kind::Number)
    };
    // A day stands next to its month or its number.
    let has_month_near = move |at: usize| {
        let to = (at + WORDS_BETWEEN + 2).min(words.len());
        words[at..to].iter().any(|word| word.kind == Kind::Month)
            && words.iter().any(|word| word.kind == Kind::Number)
            && text_bytes <= LONGEST_DATED_BYTES
    };
    words.iter().enumerate().filter_map(move |(at, word)| match word.kind {
        Kind::Number => Some((*word, NUMBER)),
        Kind::Month if is_date(at) => Some((*word, MONTH)),
        Kind::Weekday if is_date(at) || has_month_near(at) => Some((*word, WEEKDAY)),
        _ => None,
    })
}

/// The words and numbers of a text. Letters beyond ASCII are parts of words.
fn words_of(text: &[u8], words: &mut Vec<Word>) {
    words.clear();
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        let start = at;
        at += 1;
        let kind = if byte.is_ascii_digit() {
            at = fold::number_end(text, start);
            Kind::Number
        } else if is_letter(byte) {
            while text.get(at).is_some_and(|byte| is_letter(*byte)) {
                at += 1;
            }
            kind_of(&text[start..at])
        } else {
            continue;
        };
        words.push(Word { start, end: at, kind });
    }
}

/// What a word is, folded or not.
fn kind_of(word: &[u8]) -> Kind {
    const LONGEST: usize = 24;
    if word.len() < 3 || word.len() > LONGEST {
        return Kind::Other;
    }
    let mut folded = Vec::new();
    let is_folded = word.iter().all(u8::is_ascii_lowercase);
    let word = match std::str::from_utf8(word) {
        Ok(_) if is_folded => word,
        Ok(text) => {
            folded.extend(fold::folded(text, Fold::default(), Digits::AsWritten));
            &folded
        }
        Err(_) => return Kind::Other,
    };
    let is_one_of = |names: &[&str]| names.iter().any(|name| name.as_bytes() == word);
    if is_one_of(MONTHS) {
        Kind::Month
    } else if is_one_of(WEEKDAYS) {
        Kind::Weekday
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(line: &str) -> Option<String> {
        let mut scratch = FormScratch::default();
        form_of(line, &mut scratch).map(|form| String::from_utf8(form.to_vec()).unwrap())
    }

    fn phrase(line: &str) -> Option<String> {
        phrase_of(line, &mut FormScratch::default())
    }

    #[test]
    fn lines_that_differ_in_numbers_and_dates_have_one_form() {
        for (one, other) in [
            ("Hace 3 horas", "hace 12 horas"),
            ("12 comments", "» 2,400 Comments"),
            ("Marzo 3, 2021", "Diciembre 24, 2019"),
            (
                "Publicado el 3 de marzo de 2021 a las 10:45",
                "Publicado el 11 de mayo de 1999 a las 9:05",
            ),
            ("Tuesday, March 3, 2021", "Sunday, May 17, 2020"),
            ("Mié, 3 Sep 2021", "Dom, 4 ago 2020"),
            ("• Suscríbete  a nuestro boletín:", "SUSCRIBETE A NUESTRO BOLETIN"),
        ] {
            assert!(form(one).is_some(), "{one}");
            assert_eq!(form(one), form(other), "{one} / {other}");
        }
    }

    #[test]
    fn words_that_are_no_date_are_no_slots() {
        for (one, other) in [
            ("You may go home", "You april go home"),
            ("March of the penguins", "May of the penguins"),
            ("El sol de marzo", "El sol de abril"),
            ("hace 3 horas", "hace 3 días"),
            ("Los martes, paella", "Los jueves, paella"),
        ] {
            assert_ne!(form(one), form(other), "{one} / {other}");
        }
    }

    #[test]
    fn what_says_nothing_has_no_form() {
        for line in ["", "***", "12", "3/4", "ab", "a { b } cde", "- | -", &"x".repeat(3000)] {
            assert_eq!(form(line), None, "{line}");
        }
        assert!(form("首页").is_some() && form("Más").is_some());
    }

    #[test]
    fn a_phrase_means_the_form_it_was_made_of() {
        for (line, want) in [
            ("Hace 3 horas", "Hace {n} horas"),
            ("» 2,400 Comments", "{n} Comments"),
            ("Publicado el 3 de marzo de 2021", "Publicado el {n} de {month} de {n}"),
            ("Tuesday, March 3, 2021.", "{weekday}, {month} {n}, {n}"),
            ("SUSCRÍBETE  a «El Río»", "SUSCRÍBETE a «El Río"),
            ("soft\u{ad}hyphen, ma\u{ad}rzo 3", "soft\u{ad}hyphen, {month} {n}"),
        ] {
            assert_eq!(phrase(line).as_deref(), Some(want), "{line}");
            let mut scratch = FormScratch::default();
            let meant = form_of_phrase(want, &mut scratch).map(<[u8]>::to_vec);
            assert_eq!(meant.as_deref(), form_of(line, &mut scratch), "{line}");
        }
    }

    #[test]
    fn phrases_that_mean_more_than_one_form_have_none() {
        let mut scratch = FormScratch::default();
        for phrase in ["by {Name}", "top 5 this week", "{n}", "el {n} de marzo", "{"] {
            assert_eq!(form_of_phrase(phrase, &mut scratch), None, "{phrase}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_line_with_a_form_has_a_phrase_for_it(line in "[\\PC]{0,60}|[a-zA-Z0-9 ,.:é]{0,40}|(mar|May|lun|3|12|de|,| ){0,12}") {
            let mut scratch = FormScratch::default();
            let form = form_of(&line, &mut scratch).map(<[u8]>::to_vec);
            let phrase = phrase_of(&line, &mut scratch);
            assert_eq!(form.is_some(), phrase.is_some());
            if let (Some(form), Some(phrase)) = (form, phrase) {
                assert_eq!(form_of_phrase(&phrase, &mut scratch), Some(&*form));
            }
        }
    }
}
