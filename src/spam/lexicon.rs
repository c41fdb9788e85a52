//! The words and phrases that signs of spam are made of, looked up where a word begins.
//!
//! A term is folded as lines are (case, accents, digits as `0`). It ends where a word does, or
//! anywhere if it is written with a `*`. What reports say (`said`, `police`) is looked up only in
//! lines that hold a word of an offer: such words are everywhere, and cost time.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::rules::{Digits, Fold, Folded, Key, KeyIndex, Section, Sifted, is_word, sections};

/// The terms, as data. Notes on their choice: `data/README.md`.
const DATA: &str = include_str!("data/lexicon.toml");

/// Subjects, in the alphabetical order of their ids.
pub(super) const TOPICS: usize = 15;
/// Groups of signs, in the same order.
pub(super) const SIGNS: usize = 16;

/// What a term speaks of. The numbers are those of [`Lexicon::topics`] and [`Lexicon::signs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Hardly met outside offers of this subject and reports on it.
    Strong(u8),
    /// An ordinary word of this subject.
    Weak(u8),
    /// A sign of an offer, whatever its subject.
    Sign(u8),
    /// A report tells.
    News,
    /// Somebody argues or explains.
    Argument,
    /// The reader is addressed, or who writes speaks of himself.
    Address,
    /// A story is told.
    Narrative,
}

impl Group {
    /// Whether it speaks of an offer or its subject, and not of how the text speaks.
    pub(super) fn is_of_offers(self) -> bool {
        matches!(self, Group::Strong(_) | Group::Weak(_) | Group::Sign(_))
    }
}

/// All terms, ready to be found.
pub(super) struct Lexicon {
    /// All terms, folded, one behind the other.
    folded: Vec<u8>,
    offers: Vec<Term>,
    reports: Vec<Term>,
    /// What reports say; offers are looked up by whoever reads the lines.
    report_keys: KeyIndex,
    /// Names of the subjects for people, with what they are called in the file.
    pub topics: Vec<Named>,
    /// Names of the groups of signs.
    pub signs: Vec<Named>,
}

/// A group of terms and what it is called.
pub(super) struct Named {
    /// In the file and in lists of signs.
    pub id: String,
    /// To people.
    pub name: String,
}

/// A term that was found: its number, the same for the same term, and what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub term: u16,
    pub group: Group,
    /// Byte after the term.
    pub end: usize,
}

/// A term of the file.
pub(super) struct Term {
    /// Where it begins among all folded terms, and the byte behind it.
    start: u32,
    end: u32,
    number: u16,
    group: Group,
    /// Whether a longer word counts, too.
    is_prefix: bool,
}

impl Lexicon {
    /// The built-in terms; without any if the file were broken, which a test rules out.
    pub(super) fn shared() -> &'static Lexicon {
        static SHARED: LazyLock<Lexicon> =
            LazyLock::new(|| Lexicon::parse(DATA).unwrap_or_else(|| Lexicon::of(Terms::default())));
        &SHARED
    }

    /// The tables of a file: each subject and each group of signs with its name and its terms, then what
    /// reports say.
    fn parse(text: &str) -> Option<Lexicon> {
        let mut terms = Terms::default();
        let (mut topics, mut signs) = (Vec::new(), Vec::new());
        for Section { name, lists } in sections(text)? {
            let (kind, id) = name.split_once('.')?;
            let [(NAME, named), lists @ ..] = &lists[..] else { return None };
            let named = || Some(Named { id: id.to_owned(), name: named.first()?.to_string() });
            match (kind, lists) {
                ("topic", [("strong", strong), ("weak", weak)]) => {
                    let number = u8::try_from(topics.len()).ok()?;
                    terms.add(strong, Group::Strong(number));
                    terms.add(weak, Group::Weak(number));
                    topics.push(named()?);
                }
                ("sign", [("terms", list)]) => {
                    terms.add(list, Group::Sign(u8::try_from(signs.len()).ok()?));
                    signs.push(named()?);
                }
                ("report", [("terms", list)]) => terms.add(list, report(id)?),
                _ => return None,
            }
        }
        let mut lexicon = Lexicon::of(terms);
        (lexicon.topics, lexicon.signs) = (topics, signs);
        Some(lexicon)
    }

    fn of(terms: Terms) -> Lexicon {
        let Terms { all: folded, offers, reports, .. } = terms;
        let report_keys = KeyIndex::new(reports.iter().map(|term| term.key(&folded)));
        Lexicon { folded, offers, reports, report_keys, topics: Vec::new(), signs: Vec::new() }
    }

    /// The terms of offers, folded, in the order of their numbers.
    pub(super) fn offers(&self) -> impl Iterator<Item = Key<'_>> {
        self.offers.iter().map(|term| term.key(&self.folded))
    }

    /// The term of an offer of that number; `None` behind the last.
    pub(super) fn offer(&self, number: u32) -> Option<&Term> {
        self.offers.get(number as usize)
    }

    /// Calls `found` with each term that reports say and that begins at one of some places of a folded
    /// text.
    pub(super) fn reports_at(
        &self,
        text: &[u8],
        places: &[u32],
        sifted: &mut Sifted,
        mut found: impl FnMut(Found),
    ) {
        let (passed, _) = self.report_keys.sieve().sift(text, places, sifted);
        self.report_keys.keys_at(text, passed, |start, number, len| {
            self.reports[number].found(text, start, start + len).map(&mut found);
        });
    }
}

/// The name of a group, which stands first in its table.
const NAME: &str = "name";

/// What reports say, by the id of the group.
fn report(id: &str) -> Option<Group> {
    match id {
        "news" => Some(Group::News),
        "argument" => Some(Group::Argument),
        "address" => Some(Group::Address),
        "narrative" => Some(Group::Narrative),
        _ => None,
    }
}

impl Term {
    /// What is looked up, of all folded terms. A word that ends in it must end where it does, unless it
    /// is a prefix.
    fn key<'f>(&self, folded: &'f [u8]) -> Key<'f> {
        let bytes = &folded[self.start as usize..self.end as usize];
        let ends_in_word = bytes.last().is_some_and(|byte| is_word(*byte));
        Key { bytes, is_whole: ends_in_word && !self.is_prefix }
    }

    /// The term where its key stands in a folded text, if no word goes on with it.
    pub(super) fn found(&self, text: &[u8], start: usize, end: usize) -> Option<Found> {
        (!is_word(text[start]) || !follows_letter(text, start)).then_some(Found {
            term: self.number,
            group: self.group,
            end,
        })
    }
}

/// Whether a letter or digit beyond ASCII ends right before byte `at`.
fn follows_letter(text: &[u8], at: usize) -> bool {
    if at == 0 || text[at - 1] < 0x80 {
        return false;
    }
    let start = (0..at).rev().find(|start| text[*start] & 0xC0 != 0x80).unwrap_or(0);
    std::str::from_utf8(&text[start..at]).is_ok_and(|c| c.ends_with(char::is_alphanumeric))
}

/// Terms as they are read.
#[derive(Default)]
struct Terms {
    offers: Vec<Term>,
    reports: Vec<Term>,
    count: u16,
    /// The folded terms, one behind the other, and the last of them.
    all: Vec<u8>,
    folded: Folded,
}

impl Terms {
    fn add(&mut self, terms: &[Cow<'_, str>], group: Group) {
        for term in terms {
            let bare = term.strip_suffix('*');
            self.folded.fill(bare.unwrap_or(term).trim(), Fold::default(), Digits::Any);
            let start = self.all.len() as u32;
            self.all.extend_from_slice(&self.folded.bytes);
            let term = Term {
                start,
                end: self.all.len() as u32,
                number: self.count,
                group,
                is_prefix: bare.is_some(),
            };
            self.count += 1;
            if group.is_of_offers() { &mut self.offers } else { &mut self.reports }.push(term);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms_of(text: &str) -> Vec<String> {
        let lexicon = Lexicon::shared();
        let keys = KeyIndex::new(lexicon.offers());
        let mut folded = Folded::default();
        folded.fill(text, Fold::default(), Digits::Any);
        let mut all = Vec::new();
        for at in 0..folded.bytes.len() {
            let before = at.checked_sub(1).map(|at| folded.bytes[at]);
            let starts = !before.is_some_and(|byte| byte.is_ascii_alphanumeric());
            if starts {
                keys.keys_at(&folded.bytes, &[at as u32], |at, number, len| {
                    let found = lexicon.offers[number].found(&folded.bytes, at, at + len);
                    let Some(found) = found else { return };
                    let text = String::from_utf8_lossy(&folded.bytes[at..found.end]);
                    let group = match found.group {
                        Group::Strong(topic) | Group::Weak(topic) => {
                            &lexicon.topics[usize::from(topic)].id
                        }
                        Group::Sign(sign) => &lexicon.signs[usize::from(sign)].id,
                        _ => "report",
                    };
                    all.push(format!("{group}:{text}"));
                });
            }
        }
        all
    }

    #[test]
    fn the_file_is_sound_and_has_the_groups_that_the_code_counts() {
        let lexicon = Lexicon::parse(DATA).expect("a sound file");
        assert_eq!((lexicon.topics.len(), lexicon.signs.len()), (TOPICS, SIGNS));
        assert!(lexicon.topics.is_sorted_by_key(|topic| &topic.id));
        let terms: usize = text_lists().iter().map(|(_, list)| list.len()).sum();
        assert_eq!(lexicon.offers.len() + lexicon.reports.len(), terms);
        let broken = DATA.replace("[report.news]", "[report.gnus]");
        assert!(Lexicon::parse(&broken).is_none());
    }

    /// The lists of the file as the parser for all of TOML reads them.
    fn text_lists() -> Vec<(String, Vec<String>)> {
        let file: toml::Table = toml::from_str(DATA).expect("TOML");
        let groups = file.into_iter().flat_map(|(kind, groups)| {
            let groups = groups.as_table().cloned().expect("tables");
            groups.into_iter().map(move |(id, group)| (format!("{kind}.{id}"), group))
        });
        let lists = groups.flat_map(|(path, group)| {
            let group = group.as_table().cloned().expect("a table");
            group.into_iter().map(move |(key, value)| (format!("{path}.{key}"), value))
        });
        let texts = |value: &toml::Value| -> Option<Vec<String>> {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        lists.filter_map(|(path, value)| Some((path, texts(&value)?))).collect()
    }

    #[test]
    fn the_file_is_read_as_toml() {
        let mut told: Vec<(String, Vec<String>)> = Vec::new();
        for Section { name, lists } in sections(DATA).expect("tables of lists") {
            for (key, texts) in lists.into_iter().filter(|(key, _)| *key != NAME) {
                let texts = texts.into_iter().map(Cow::into_owned).collect();
                told.push((format!("{name}.{key}"), texts));
            }
        }
        told.sort();
        let mut lists = text_lists();
        lists.sort();
        assert!(told == lists);
    }

    #[test]
    fn terms_are_whole_words_unless_they_end_in_a_star() {
        assert!(terms_of("jackpotting").contains(&"casino:jackpot".to_owned()));
        assert!(terms_of("the escorted convoy; a buyer").is_empty());
        assert_eq!(terms_of("¡PRÉSTAMO!"), ["loan:prestamo"]);
        assert!(terms_of("destroyers escorted the convoy").is_empty());
    }

    #[test]
    fn numbers_in_terms_stand_for_any_number() {
        assert!(terms_of("20mg").contains(&"pharma:0mg".to_owned()));
    }
}
