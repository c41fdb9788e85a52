//! Words that every match of a regular expression holds, read off the parsed expression.
//!
//! Letters in a row, and single spaces between them, are a piece of text, and so are classes whose
//! characters are all folded to the same letter (`[ií]`, or any letter that may have either case).
//! Where an expression goes on with alternatives, one piece of each makes a set, of which a match
//! holds one. What is said of an expression never asks for more than its matches hold: a folded text
//! that lacks all words of a set has none of them.

use std::collections::BTreeSet;

use aho_corasick::packed::Searcher;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::fold;

/// Bytes of the shortest word that tells anything.
const SHORTEST: usize = 3;

/// Words of the largest set.
const MOST: usize = 48;

/// Characters of the largest class that may be one letter.
const LETTER_WRITINGS: usize = 16;

/// Sets of words: a match holds a word of each.
pub(super) struct Required(Vec<(Set, Option<Searcher>)>);

/// Folded words; a match holds one.
type Set = BTreeSet<String>;

impl Required {
    /// What the matches of an expression hold; nothing, if it is none or little is known of them.
    pub(super) fn of(expression: &str) -> Required {
        let Ok(parsed) = regex_syntax::parse(expression) else { return Required(Vec::new()) };
        let mut sets = Vec::new();
        collect(&parsed, &mut sets);
        sets.retain(|set| shortest(set) >= SHORTEST);
        Required(sets.into_iter().map(|set| (set.clone(), Searcher::new(&set))).collect())
    }

    /// Whether a folded text holds a word of each set.
    pub(super) fn are_in(&self, folded: &[u8]) -> bool {
        self.0.iter().all(|(set, searcher)| match searcher {
            Some(searcher) => searcher.find(folded).is_some(),
            None => set.iter().any(|word| memchr::memmem::find(folded, word.as_bytes()).is_some()),
        })
    }
}

fn shortest(set: &Set) -> usize {
    set.iter().map(String::len).min().unwrap_or(0)
}

/// Adds the sets that an expression asks for.
fn collect(hir: &Hir, sets: &mut Vec<Set>) {
    let parts = match hir.kind() {
        HirKind::Capture(capture) => return collect(&capture.sub, sets),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            return collect(&repetition.sub, sets);
        }
        HirKind::Alternation(parts) => {
            let mut all = Set::new();
            for part in parts {
                let mut of_part = Vec::new();
                collect(part, &mut of_part);
                // The set that says most; a part of which nothing is known leaves nothing to say.
                let Some(best) = of_part.into_iter().max_by_key(shortest) else { return };
                all.extend(best);
            }
            if all.len() <= MOST {
                sets.push(all);
            }
            return;
        }
        HirKind::Concat(parts) => &parts[..],
        HirKind::Literal(_) | HirKind::Class(_) => std::slice::from_ref(hir),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => return,
    };
    let mut word = String::new();
    let end = |word: &mut String, sets: &mut Vec<Set>| {
        word.truncate(word.trim_end().len());
        if !word.is_empty() {
            sets.push(Set::from([std::mem::take(word)]));
        }
    };
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => {
                for c in String::from_utf8_lossy(&literal.0).chars() {
                    match fold::letter(c) {
                        Some(letter) => word.push(letter),
                        // A folded text has one space where a match has one or more.
                        None if c == ' ' && word.ends_with(' ') => {}
                        None if c == ' ' && !word.is_empty() => word.push(' '),
                        None => end(&mut word, sets),
                    }
                }
            }
            HirKind::Class(class) => match letter_of(class) {
                Some(letter) => word.push(letter),
                None => end(&mut word, sets),
            },
            // Boundaries stand between characters.
            HirKind::Empty | HirKind::Look(_) => {}
            _ => {
                end(&mut word, sets);
                collect(part, sets);
            }
        }
    }
    end(&mut word, sets);
}

/// The letter that all characters of a class are folded to.
fn letter_of(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let ranges = class.ranges().iter();
    let writings: usize = ranges.clone().map(|range| range.len()).sum();
    if writings == 0 || writings > LETTER_WRITINGS {
        return None;
    }
    let mut letters = ranges.flat_map(|range| range.start()..=range.end()).map(fold::letter);
    let first = letters.next()??;
    letters.all(|letter| letter == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::super::fold::{Digits, Fold, folded};
    use super::super::rule_set::RuleSet;
    use super::*;

    fn sets(expression: &str) -> Vec<Vec<String>> {
        let required = Required::of(expression);
        required.0.into_iter().map(|(set, _)| set.into_iter().collect()).collect()
    }

    #[test]
    fn words_are_read_off_expressions() {
        for (expression, want) in [
            (r"(?:.*\W)?(?:join|follow) (?:us|me) on\b", &[&["follow", "join"][..]][..]),
            ("(?i:whatsapp|telegram)", &[&["telegram", "what"]]),
            ("m[aá]s  informaci[oó]n ", &[&["mas informacion"]]),
            ("(?:read more|ver más)(?: »)?", &[&["read more", "ver mas"]]),
            (r"(?:hola )?\d+ (?i:min|hours?) ago", &[&["hour", "min"], &["ago"]]),
            ("(?:Lee|\\d) más", &[&["mas"]]),
            ("(?:abc)+d{2,}", &[&["abc"]]),
            ("(?:abc)?", &[]),
            ("20[0-9]{2}", &[]),
            ("(", &[]),
        ] {
            assert_eq!(sets(expression), want, "{expression}");
        }
    }

    proptest! {
        #[test]
        fn every_match_of_a_built_in_shape_holds_what_it_must(
            text in "(by|By |Por |Ana |Ruiz|[0-9]{1,4}|[/.: -]|May|mayo| de |hace | min|ago|Updated|Última |\
                     Join us |sígue|síguenos|SÍGUENOS| en |canal| de |WhatsApp|whatſapp|TELEGRAM|…|Read more|\
                     leer más|email|\\[|\\]|protected|caption|dice:|said:|Artículo |anterior|A){0,9}",
        ) {
            static SHAPES: LazyLock<Vec<(Regex, Required)>> = LazyLock::new(|| {
                let rules = RuleSet::builtin();
                let shapes = rules.rules().iter().flat_map(|rule| &rule.shapes);
                let regex = |shape: &str| Regex::new(shape).expect("it compiles");
                shapes.map(|shape| (regex(shape), Required::of(shape))).collect()
            });
            let folded = folded(&text, Fold::default(), Digits::Any);
            for (regex, required) in SHAPES.iter() {
                prop_assert!(!regex.is_match(&text) || required.are_in(&folded), "{regex}");
            }
        }
    }
}
