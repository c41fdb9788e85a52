//! Words and marks that every match of a regular expression holds, read off the parsed expression.
//!
//! Letters in a row, and single spaces between them, are a piece of text, and so are classes whose
//! characters are all folded to the same letter (`[ií]`, or any letter that may have either case).
//! Where an expression goes on with alternatives, one piece of each makes a set, of which a match
//! holds one. What is said of an expression never asks for more than its matches hold: a folded text
//! that lacks all words of a set has none of them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::packed::Searcher;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::fold::{self, Marks};

/// Bytes of the shortest word that tells anything.
const SHORTEST: usize = 3;

/// Words of the largest set.
const MOST: usize = 48;

/// Characters of the largest class that may be one letter.
const LETTER_WRITINGS: usize = 16;

/// Sets of words and of marks: a match holds one of each set.
#[derive(Default)]
pub(super) struct Required {
    words: Vec<(Set, OnceLock<Option<Searcher>>)>,
    marks: Vec<OneMark>,
}

/// Folded words; a match holds one.
type Set = BTreeSet<String>;

impl Required {
    /// What the matches of a parsed expression hold; nothing, if little is known of them.
    pub(super) fn of(parsed: &Hir) -> Required {
        let mut sets = Vec::new();
        collect(parsed, &mut sets);
        sets.retain(|set| shortest(set) >= SHORTEST);
        let mut marks = Vec::new();
        collect_marks(parsed, &mut marks);
        Required { words: sets.into_iter().map(|set| (set, OnceLock::new())).collect(), marks }
    }

    /// Of what `Required::row` has written; `None` if it is something else.
    pub(super) fn from_row(row: &str) -> Option<Required> {
        let (marks, words) = row.split_once('\t')?;
        let sets = words.split(';').filter(|set| !set.is_empty());
        let words = |set: &str| set.split('|').map(str::to_owned).collect();
        Some(Required {
            words: sets.map(|set| (words(set), OnceLock::new())).collect(),
            marks: marks.split_terminator(' ').map(OneMark::from_row).collect::<Option<_>>()?,
        })
    }

    /// The sets, for a table. Folded words have letters and spaces only.
    #[cfg(test)]
    pub(super) fn row(&self) -> String {
        let words = |set: &Set| set.iter().map(String::as_str).collect::<Vec<_>>().join("|");
        let sets: Vec<_> = self.words.iter().map(|(set, _)| words(set)).collect();
        let marks: Vec<_> = self.marks.iter().map(OneMark::row).collect();
        format!("{}\t{}", marks.join(" "), sets.join(";"))
    }

    /// Whether a text with these marks holds one of each set of marks.
    pub(super) fn have_marks(&self, marks: Marks) -> bool {
        self.marks.iter().all(|set| set.is_in(marks))
    }

    /// Whether a folded text holds a word of each set.
    pub(super) fn are_in(&self, folded: &[u8]) -> bool {
        self.words.iter().all(|(set, searcher)| match searcher.get_or_init(|| Searcher::new(set)) {
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

/// Marks of which every match of an expression holds one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct OneMark {
    /// Those of ASCII, a bit for each.
    ascii: u128,
    /// Whether others will do.
    beyond_ascii: bool,
}

impl OneMark {
    /// Of a class of marks; `None` for one with letters, digits or spaces of ASCII, or without any mark of it.
    fn of(class: &Class) -> Option<OneMark> {
        let Class::Unicode(class) = class else { return None };
        let mut set = OneMark::default();
        for range in class.ranges() {
            let (from, to) = (range.start() as u32, range.end() as u32);
            for byte in (from..=to).take_while(|c| *c < 128) {
                if !(byte as u8).is_ascii_punctuation() {
                    return None;
                }
                set.ascii |= 1 << byte;
            }
            set.beyond_ascii |= to >= 128;
        }
        (set.ascii != 0).then_some(set)
    }

    fn of_char(c: char) -> Option<OneMark> {
        c.is_ascii_punctuation().then(|| OneMark { ascii: 1 << c as u32, beyond_ascii: false })
    }

    fn is_in(&self, marks: Marks) -> bool {
        marks.has_one_of(self.ascii) || self.beyond_ascii && marks.beyond_ascii
    }

    fn or(self, other: OneMark) -> OneMark {
        OneMark {
            ascii: self.ascii | other.ascii,
            beyond_ascii: self.beyond_ascii || other.beyond_ascii,
        }
    }

    /// As hexadecimal numbers of 128 bits, of which the one of NUL stands for all beyond ASCII.
    fn from_row(row: &str) -> Option<OneMark> {
        let bits = u128::from_str_radix(row, 16).ok()?;
        Some(OneMark { ascii: bits & !1, beyond_ascii: bits & 1 != 0 })
    }

    #[cfg(test)]
    fn row(&self) -> String {
        format!("{:x}", self.ascii | u128::from(self.beyond_ascii))
    }
}

/// Adds the marks that the matches of an expression hold, in sets of which they hold one each.
fn collect_marks(hir: &Hir, sets: &mut Vec<OneMark>) {
    let mut add = |set: Option<OneMark>| sets.extend(set.filter(|set| !sets.contains(set)));
    match hir.kind() {
        HirKind::Literal(literal) => {
            String::from_utf8_lossy(&literal.0).chars().for_each(|c| add(OneMark::of_char(c)));
        }
        HirKind::Class(class) => add(OneMark::of(class)),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect_marks(part, sets)),
        HirKind::Capture(capture) => collect_marks(&capture.sub, sets),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            collect_marks(&repetition.sub, sets);
        }
        HirKind::Alternation(parts) => {
            let mut all = OneMark::default();
            for part in parts {
                let mut of_part = Vec::new();
                collect_marks(part, &mut of_part);
                // The set that says most; a part of which nothing is known leaves nothing to say.
                let count = |set: &OneMark| (set.beyond_ascii, set.ascii.count_ones());
                let Some(best) = of_part.into_iter().min_by_key(count) else { return };
                all = all.or(best);
            }
            sets.push(all);
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => {}
    }
}

/// Bytes by which words are told apart where they begin.
const BEGINNING: usize = 4;

/// The first four bytes of words, folded, of which every match holds one where words begin in a folded
/// text; `None` if nothing is known of them. `at_start` says that words begin where matches do.
///
/// That holds where nothing is hidden by folding, see [`Marks::hides_words`]. Of the places in the
/// expression where a word begins the one is taken that asks for the fewest.
///
/// [`Marks::hides_words`]: super::fold::Marks
pub(super) fn beginnings(parsed: &Hir, at_start: bool) -> Option<Vec<u32>> {
    let parts = match parsed.kind() {
        HirKind::Concat(parts) => &parts[..],
        _ => std::slice::from_ref(parsed),
    };
    let mut is_outside = at_start;
    let mut best: Option<Vec<u32>> = None;
    for (at, part) in parts.iter().enumerate() {
        if is_outside
            && let Some(words) = words_at(&parts[at..])
            && best.as_ref().is_none_or(|best| words.len() < best.len())
        {
            best = Some(words);
        }
        is_outside = ends_outside_word(part, is_outside);
    }
    best
}

/// The first bytes of the words that some parts begin with.
fn words_at(parts: &[Hir]) -> Option<Vec<u32>> {
    let mut words = vec![Beginning::default()];
    parts.iter().try_for_each(|part| continue_with(part, &mut words))?;
    let four = |word: Beginning| word.text.as_bytes().first_chunk().copied();
    words.into_iter().map(|word| four(word).map(u32::from_le_bytes)).collect()
}

/// Whether what a part of an expression matches ends in what is no part of a word, if what stands
/// before it does.
fn ends_outside_word(hir: &Hir, before: bool) -> bool {
    match hir.kind() {
        HirKind::Empty => before,
        HirKind::Look(look) => before || *look == Look::WordUnicode,
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            !text.ends_with(char::is_alphanumeric)
        }
        HirKind::Class(Class::Unicode(class)) => {
            // No word has a character of them; large classes are not gone through.
            let count: usize = class.ranges().iter().map(|range| range.len()).sum();
            let mut all = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            count <= 64 && all.all(|c| !c.is_alphanumeric())
        }
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Repetition(repetition) => {
            let once = ends_outside_word(&repetition.sub, before);
            once && (before || repetition.min > 0)
        }
        HirKind::Capture(capture) => ends_outside_word(&capture.sub, before),
        HirKind::Concat(parts) => {
            parts.iter().fold(before, |before, part| ends_outside_word(part, before))
        }
        HirKind::Alternation(parts) => parts.iter().all(|part| ends_outside_word(part, before)),
    }
}

/// What is known of a word from its first letter on.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Beginning {
    text: String,
    /// Whether nothing more is asked of it, or known.
    is_over: bool,
}

/// Goes on with an expression behind the beginnings of words; `None` if they are too many.
fn continue_with(hir: &Hir, words: &mut Vec<Beginning>) -> Option<()> {
    let mut add = |letter: Option<char>| {
        for word in words.iter_mut().filter(|word| !word.is_over) {
            // A folded text has one space where a match has one or more.
            let letter = letter.filter(|c| *c != ' ' || word.text.ends_with(char::is_alphabetic));
            word.text.extend(letter);
            word.is_over = letter.is_none() || word.text.len() >= BEGINNING;
        }
    };
    match hir.kind() {
        HirKind::Literal(literal) => {
            let of_text = |c| if c == ' ' { Some(c) } else { fold::letter(c) };
            String::from_utf8_lossy(&literal.0).chars().for_each(|c| add(of_text(c)));
        }
        HirKind::Class(class) => add(letter_but_long_s(class)),
        HirKind::Repetition(_) => add(None),
        HirKind::Capture(capture) => continue_with(&capture.sub, words)?,
        HirKind::Concat(parts) => {
            parts.iter().try_for_each(|part| continue_with(part, words))?;
        }
        HirKind::Alternation(parts) => {
            let before = std::mem::take(words);
            for part in parts {
                let mut more = before.clone();
                continue_with(part, &mut more)?;
                words.append(&mut more);
            }
            // Those that were over before are there once for each part.
            words.sort_unstable();
            words.dedup();
            return (words.len() <= MOST).then_some(());
        }
        // Boundaries stand between characters.
        HirKind::Empty | HirKind::Look(_) => {}
    }
    Some(())
}

/// The letter that all characters of a class are folded to.
fn letter_of(class: &Class) -> Option<char> {
    letter_of_all(class, |_| true)
}

/// The same for all but the long s, which is another case of s and folded to itself.
fn letter_but_long_s(class: &Class) -> Option<char> {
    letter_of_all(class, |c| *c != fold::LONG_S)
}

fn letter_of_all(class: &Class, counts: fn(&char) -> bool) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let ranges = class.ranges().iter();
    let writings: usize = ranges.clone().map(|range| range.len()).sum();
    if writings == 0 || writings > LETTER_WRITINGS {
        return None;
    }
    let all = ranges.flat_map(|range| range.start()..=range.end());
    let mut letters = all.filter(counts).map(fold::letter);
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
        let required = Required::of(&regex_syntax::parse(expression).expect("it parses"));
        required.words.into_iter().map(|(set, _)| set.into_iter().collect()).collect()
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
        ] {
            assert_eq!(sets(expression), want, "{expression}");
        }
    }

    #[test]
    fn marks_are_read_off_expressions() {
        for (expression, want) in [
            (r"[0-9]{1,2}[:.][0-9]{2}", ".:"),
            (r"(?:a{2}-b|[0-9][/.]c\+|\(\[)+", "(+-"),
            (r"a [|•] b\+-?", "|é +"),
            (r"\[\[a\]\]", "[ ]"),
            (r"(?:a-|b)c(?:-d)?e[^f][ ,]\W.", ""),
        ] {
            let told = |set: &OneMark| {
                let ascii = (0..128_u8).filter(|byte| set.ascii >> byte & 1 != 0).map(char::from);
                ascii.chain(set.beyond_ascii.then_some('é')).collect::<String>()
            };
            let parsed = regex_syntax::parse(expression).expect("it parses");
            let told: Vec<String> = Required::of(&parsed).marks.iter().map(told).collect();
            assert_eq!(told.join(" "), want, "{expression}");
        }
    }

    #[test]
    fn words_behind_a_boundary_are_told_by_their_first_letters() {
        for (expression, want) in [
            (
                r"(?i:us\b.{0,9}\b(?:whatsapp|tele(?:gram|phone)|google news|disk)\b)",
                "disk goog tele what",
            ),
            (r"(?:a|b)\b(?:canal|p[aá]gina)\b.*\b(?:face|inst|twit)", "cana pagi"),
            (r"(?:…|\.\.\.|»)\s*\[?(?i:read more|ver más)", "read ver "),
            (r"(?:.*[ |,-])?hace \d+ (?:horas|días)", "hace"),
            (r"(?:.*[ |,-])?\d+(?: horas| días)", ""),
            (r"a?\bte(?:le)?gram", ""),
            (r"a?\b(?:canal|on)", ""),
            (r"a*(?-u:\b)canal", ""),
            (r"canal|\bgrupo", "cana grup"),
            (r"x*canal", ""),
            ("canal", "cana"),
        ] {
            let parsed = regex_syntax::parse(expression).expect("it parses");
            let text = |four: u32| String::from_utf8(four.to_le_bytes().to_vec()).unwrap();
            let told = beginnings(&parsed, true).unwrap_or_default();
            let told: Vec<String> = told.into_iter().map(text).collect();
            assert_eq!(told.join(" "), want, "{expression}");
        }
        let parsed = regex_syntax::parse("canal").expect("it parses");
        assert_eq!(beginnings(&parsed, false), None);
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
                let parsed = |shape: &str| regex_syntax::parse(shape).expect("it parses");
                shapes.map(|shape| (regex(shape), Required::of(&parsed(shape)))).collect()
            });
            let folded = folded(&text, Fold::default(), Digits::Any);
            let marks = Marks::of(&text);
            for (regex, required) in SHAPES.iter() {
                let holds_all = required.are_in(&folded) && required.have_marks(marks);
                prop_assert!(!regex.is_match(&text) || holds_all, "{regex}");
            }
        }
    }
}
