//! Words that a hyphen divides at the end of a line are put together again, where asked for.
//!
//! The rest of the word moves up from the next line and the hyphen goes: `inter-` and
//! `national trade` become `international` and `trade`. Both lines stay, so that every line keeps
//! its number; a next line of that one word would be left empty, so nothing moves then.
//!
//! Whether a hyphen was put in for the sake of the line cannot be known without a dictionary. What
//! shows that it was not is looked at: a capital, a digit or a mark beside it, a second hyphen, a
//! single letter before it (`e-`, `x-`), a conjunction after it (`pre-` and `and post-war`).

use unicode_normalization::char::is_combining_mark;

/// Hyphens that divide words: hyphen-minus, hyphen, soft hyphen.
const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{ad}'];

/// Fewest letters on either side of the hyphen.
///
/// Source: printers of Spanish, French, German and English leave two or three on a line.
/// Counter-example: `e-` and `mail address`, which is what it is for.
const FEWEST_LETTERS: usize = 2;

/// Words after which a part of a compound hangs in the air: `Vor-` and `und Nachteile`.
///
/// Source: "and" and "or" in the languages that write so. Counter-example: a syllable that is spelt
/// like one, as in French `jou-` and `et neuf`; the word stays divided.
const CONJUNCTIONS: [&str; 14] = [
    "and", "or", "und", "oder", "sowie", "bzw", "et", "ou", "och", "eller", "og", "oraz", "lub",
    "nor",
];

/// How long the part of a divided word at the end of a line is, hyphen left out: the bytes of `line`
/// up to it. `None` if the line ends in no such part.
///
/// `lost_soft_hyphen` says that a soft hyphen ended the line and was taken out as invisible.
pub(super) fn head(line: &str, lost_soft_hyphen: bool) -> Option<usize> {
    let head = match line.strip_suffix(HYPHENS) {
        Some(head) => head,
        None if lost_soft_hyphen => line,
        None => return None,
    };
    let token = head.rsplit(char::is_whitespace).next().unwrap_or(head);
    is_word(token.trim_start_matches(opens)).then_some(head.len())
}

/// Moves the rest of the word up: both lines as they are then. `None` if `next` does not begin with the
/// rest of a word, or holds nothing else.
pub(super) fn joined(head: &str, next: &str) -> Option<(String, String)> {
    let first = next.chars().next()?;
    if !first.is_lowercase() || is_combining_mark(first) {
        return None;
    }
    let (tail, rest) = next.split_at(next.find(char::is_whitespace)?);
    let word = tail.trim_end_matches(closes);
    let rest = rest.trim_start();
    if !is_word(word) || CONJUNCTIONS.contains(&word) || rest.is_empty() {
        return None;
    }
    Some((format!("{head}{tail}"), rest.to_owned()))
}

fn is_word(part: &str) -> bool {
    part.chars().all(char::is_alphabetic) && part.chars().nth(FEWEST_LETTERS - 1).is_some()
}

/// Marks that stand before a word without white space between.
fn opens(c: char) -> bool {
    "\"'([{«‹“‘„‚¿¡—–".contains(c)
}

/// Marks that stand after one.
fn closes(c: char) -> bool {
    "\"')]}»›”’“.,;:!?…".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(line: &str, next: &str) -> Option<(String, String)> {
        joined(&line[..head(line, false)?], next)
    }

    #[test]
    fn the_rest_of_a_divided_word_moves_up() {
        for (line, next, first, second) in [
            ("the inter-", "national trade", "the international", "trade"),
            ("una expli‐", "cación, dijo", "una explicación,", "dijo"),
            ("(demo-", "cracia) y más", "(democracia)", "y más"),
            ("ИНТЕР-", "национал  наш", "ИНТЕРнационал", "наш"),
            ("soft\u{ad}", "ware für alle", "software", "für alle"),
        ] {
            let expected = Some((first.to_owned(), second.to_owned()));
            assert_eq!(join(line, next), expected, "{line} {next}");
        }
        assert_eq!(head("inter", true), Some(5));
        assert_eq!(head("inter", false), None);
    }

    #[test]
    fn what_may_be_no_divided_word_stays_as_it_is() {
        for (line, next) in [
            // A next line would be left empty.
            ("inter-", "national"),
            ("inter-", "national "),
            // Names, numbers, indented and blank lines.
            ("Baden-", "Württemberg ist schön"),
            ("pages 12-", "fold and more"),
            ("inter-", "  national trade"),
            ("inter-", ""),
            // Dashes, bullets, rules, signatures.
            ("he said -", "and she left"),
            ("-", "national trade"),
            ("----", "national trade"),
            ("he said—", "well not much"),
            // Compounds that show it.
            ("send an e-", "mail to us"),
            ("state-of-", "the art"),
            ("mother-", "in-law and all"),
            ("pre-", "and post-war years"),
            ("Vor-", "und Nachteile"),
            // Addresses, options, code, entities, markup.
            ("https://example.org/some-", "thing else"),
            ("run --no-", "cache to see"),
            ("x_inter-", "national trade"),
            ("&eacut-", "e; foo"),
            ("inter-", "national() trade"),
            ("<b>inter-", "national</b> trade"),
            // A rest that is divided again.
            ("inter-", "na- tional trade"),
            ("inter-", "a trade"),
            // A mark that would combine.
            ("inter-", "\u{345}ab cd"),
        ] {
            assert_eq!(join(line, next), None, "{line:?} {next:?}");
        }
    }
}
