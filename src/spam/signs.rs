//! What a line shows of spam: terms, repetition, the look of the words, links and contacts.
//!
//! A [`Glance`] costs little and sees every line: at each word it asks the lexicon, and counts
//! words that stood before and words that are long. Few lines show anything; only those get
//! [`LineSigns`], for which the line is read once more.

use super::lexicon::{Found, Group, Lexicon, SIGNS, TOPICS};
use super::look::Look;
use super::model;
use crate::facts::Facts;
use crate::rules::WatchStarts;
use crate::swar::{HIGH, digits, letters};

/// Terms of one line or passage that are told apart. More prove nothing.
const MOST_TERMS: usize = 96;

/// Long words from which repetition means something.
///
/// Counter-example: a title of four words that says one of them twice.
const REPETITION_WORDS: u32 = 6;

/// Share of long words that stood before, from which a line without any term is looked at.
///
/// Measured on lines of articles in Spanish and English, 2026-11: one in a hundred reaches a third.
/// Counter-example: refrains and lists of variants, which other signs must confirm.
const REPEATED_SHARE: f32 = 1.0 / 3.0;

/// The first look at a line.
pub(crate) struct Glance {
    lexicon: &'static Lexicon,
    terms: Terms,
    /// Words, words of four letters or more, and those of them whose beginning stood before.
    words: u32,
    long: u32,
    repeated: u32,
    /// A bit for each hash of the four bytes that a long word begins with.
    beginnings: [u64; 16],
}

/// Bytes that a quotation has at most. What is quoted is talked about, as with phrases.
///
/// Counter-example: an inch sign, whose fellow seldom follows that soon.
const MOST_QUOTED: usize = 120;

/// Terms that a line must hold to be looked at, and words for which it must hold one more.
///
/// Measured on 40,348 lines of articles, 2026-11: one term is in 46 % of them, this much in 20 %,
/// and no less spam is found.
/// Counter-example: a single word of adult spam on a line of its own.
const LEAST_TERMS: usize = 2;
const WORDS_PER_TERM: usize = 40;

impl Default for Glance {
    fn default() -> Glance {
        Glance {
            lexicon: Lexicon::shared(),
            terms: Terms::default(),
            words: 0,
            long: 0,
            repeated: 0,
            beginnings: [0; 16],
        }
    }
}

/// The terms of a text, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    found: Vec<(u16, Group)>,
    /// Bytes that they cover, once.
    covered: u32,
}

impl Terms {
    fn add(&mut self, found: Found) {
        let term = (found.term, found.group);
        if self.found.len() < MOST_TERMS && !self.found.contains(&term) {
            self.found.push(term);
        }
    }

    /// Bytes of folded text that the terms cover.
    pub(super) fn covered(&self) -> u32 {
        self.covered
    }

    fn of_offers(&self) -> usize {
        self.groups().filter(|group| group.is_of_offers()).count()
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = Group> {
        self.found.iter().map(|(_, group)| *group)
    }
}

impl Glance {
    /// Forgets the line before; the buffer of its terms is used again.
    pub(crate) fn clear(&mut self) {
        self.terms.found.clear();
        self.terms.covered = 0;
        (self.words, self.long, self.repeated) = (0, 0, 0);
        self.beginnings = [0; 16];
    }

    /// What the line shows, if it shows anything. `phrases` says how sure the spam phrases of the
    /// rules are that it holds.
    pub(crate) fn signs(&mut self, line: &str, phrases: f32) -> Option<LineSigns> {
        let repeats = self.long >= REPETITION_WORDS
            && self.repeated as f32 >= REPEATED_SHARE * self.long as f32;
        let offers = self.terms.of_offers();
        let has_terms = offers >= LEAST_TERMS + self.words as usize / WORDS_PER_TERM;
        if !has_terms && phrases == 0.0 && !repeats {
            return None;
        }
        let mut signs = LineSigns {
            look: Look::of(line),
            words: self.words,
            long: self.long,
            repeated: self.repeated,
            // A copy is as small as can be, and the buffer grows once only.
            terms: self.terms.clone(),
            phrases,
            log_odds: 0.0,
        };
        signs.log_odds = model::log_odds(&signs);
        Some(signs)
    }

    /// What has to pass the sieve: terms of offers and quotation marks, folded, and whether they
    /// end where a word does.
    pub(crate) fn keys() -> impl Iterator<Item = (&'static [u8], bool)> {
        let quotes = [&b"\""[..], "«".as_bytes()].map(|quote| (quote, false));
        Lexicon::shared().offers().chain(quotes)
    }
}

impl WatchStarts for Glance {
    #[inline(always)]
    fn begin(&mut self, eight: u64) {
        let word = letters(eight) | digits(eight) | eight & HIGH;
        self.words += (word >> 7 & 1) as u32;
        // Long words, those of four bytes and more, by their first four.
        let is_long = u64::from(word as u32 & HIGH as u32 == HIGH as u32);
        let bit = hash(eight as u32);
        let seen = &mut self.beginnings[bit >> 6];
        self.repeated += (*seen >> (bit & 63) & is_long) as u32;
        *seen |= is_long << (bit & 63);
        self.long += is_long as u32;
    }

    fn end_piece(&mut self, text: &[u8], places: &[u32], passed: &[u32]) {
        let before = self.terms.found.len();
        let mut covered = 0;
        let mut quoted_to = 0;
        let mut last = None;
        for at in passed.iter().map(|at| *at as usize) {
            if matches!(text[at], b'"' | LEADING_BYTE_OF_GUILLEMETS) && at >= quoted_to {
                quoted_to = quotation_end(&text[at..]).map_or(0, |len| at + len);
            }
            if at < quoted_to {
                continue;
            }
            let terms = &mut self.terms;
            let (inside, of) = (covered, last);
            self.lexicon.offers_at(text, at, |found| {
                // A part of a longer term says nothing more.
                if found.end <= inside && of == Some(found.group) {
                    return;
                }
                last = Some(found.group);
                terms.covered += found.end.saturating_sub(at.max(covered)) as u32;
                covered = covered.max(found.end);
                terms.add(found);
            });
        }
        // How a text speaks matters only where it may be an offer.
        if self.terms.found.len() > before && self.terms.of_offers() >= LEAST_TERMS {
            let terms = &mut self.terms;
            self.lexicon.reports_at(text, places, |found| terms.add(found));
        }
    }
}

/// `«` and `»` are C2 AB and C2 BB.
const LEADING_BYTE_OF_GUILLEMETS: u8 = 0xC2;

/// Where the quotation that opens at the start of a text ends, if it is closed soon. Curly
/// quotation marks are folded to straight ones.
fn quotation_end(text: &[u8]) -> Option<usize> {
    let (mark, close): (usize, &[u8]) = match text {
        [b'"', ..] => (1, b"\""),
        [LEADING_BYTE_OF_GUILLEMETS, 0xAB, ..] => (2, "»".as_bytes()),
        _ => return None,
    };
    let near = &text[mark..text.len().min(mark + MOST_QUOTED)];
    memchr::memmem::find(near, close).map(|at| mark + at)
}

fn hash(four: u32) -> usize {
    // Multiplicative hashing, Knuth, TAOCP 6.4: the golden ratio of 2^32; 1,024 bits.
    (four.wrapping_mul(0x9E37_79B1) >> 22) as usize
}

/// All that a line or passage shows; several add up.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineSigns {
    pub(super) terms: Terms,
    pub(super) words: u32,
    pub(super) long: u32,
    pub(super) repeated: u32,
    pub(super) phrases: f32,
    pub(super) look: Look,
    /// How likely the line is spam, as the logarithm of the odds. Of a passage that is not known.
    pub(super) log_odds: f32,
}

impl LineSigns {
    /// Adds the signs of a further line of the same passage.
    pub(super) fn add(&mut self, other: &LineSigns) {
        for (term, group) in &other.terms.found {
            self.terms.add(Found { term: *term, group: *group, end: 0 });
        }
        self.terms.covered += other.terms.covered;
        self.words += other.words;
        self.long += other.long;
        self.repeated += other.repeated;
        self.phrases += other.phrases;
        self.look.add(&other.look);
    }

    /// Adds a line that shows nothing.
    pub(super) fn add_plain(&mut self, facts: &Facts) {
        self.words += facts.words;
        // As in plain text: a little more than half of its words are long.
        self.long += facts.words / 2;
        self.look.letters += facts.letters;
        self.look.lines += 1;
        self.look.ends_as_sentence += u32::from(facts.ends_sentence);
    }
}

/// Counts by group, as far as the features ask.
pub(super) struct Counts {
    pub strong: [u32; TOPICS],
    pub weak: [u32; TOPICS],
    pub signs: [u32; SIGNS],
    pub news: u32,
    pub argument: u32,
    pub address: u32,
    pub narrative: u32,
}

impl Counts {
    /// The subject of which most is said, if any.
    pub(super) fn subject(&self) -> Option<usize> {
        let said = |topic: usize| 2 * self.strong[topic] + self.weak[topic];
        let most = (0..TOPICS).rev().max_by_key(|topic| said(*topic))?;
        (said(most) > 0).then_some(most)
    }

    pub(super) fn of(terms: &Terms) -> Counts {
        let mut counts = Counts {
            strong: [0; TOPICS],
            weak: [0; TOPICS],
            signs: [0; SIGNS],
            news: 0,
            argument: 0,
            address: 0,
            narrative: 0,
        };
        for group in terms.groups() {
            let count = match group {
                Group::Strong(topic) => &mut counts.strong[usize::from(topic)],
                Group::Weak(topic) => &mut counts.weak[usize::from(topic)],
                Group::Sign(sign) => &mut counts.signs[usize::from(sign)],
                Group::News => &mut counts.news,
                Group::Argument => &mut counts.argument,
                Group::Address => &mut counts.address,
                Group::Narrative => &mut counts.narrative,
            };
            *count += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pipeline;

    fn features(line: &str) -> Vec<(&'static str, f32)> {
        Pipeline::builder().build().expect("the defaults build").spam_signs(line)
    }

    fn feature(line: &str, name: &str) -> f32 {
        let found = features(line).into_iter().find(|(other, _)| *other == name);
        found.map_or(0.0, |(_, value)| value)
    }

    #[test]
    fn ordinary_lines_show_nothing() {
        for line in [
            "The council met on Tuesday and postponed the vote.",
            "La señora Núñez explicó que las cifras eran de 2019.",
            "",
            "***",
        ] {
            assert!(features(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn what_is_quoted_is_talked_about() {
        for quoted in ["\"free casino bonus\"", "“free casino bonus”", "«free casino bonus»"]
        {
            let line = format!("They wrote {quoted} on the wall.");
            assert_eq!(feature(&line, "strong") + feature(&line, "weak"), 0.0, "{line}");
        }
        assert!(feature("A 5\" screen, free casino bonus, join now", "weak") > 0.0);
    }

    #[test]
    fn the_same_words_over_and_over_are_counted() {
        let stuffed = "carpet cleaning Leeds, cheap carpet cleaning Leeds, carpet cleaners Leeds, \
                       carpet cleaning company Leeds";
        assert!(feature(stuffed, "stuffing") > 0.5 && feature(stuffed, "listed-again") > 0.5);
        let prose = "A carpet is cleaned with a brush, and a cheap brush will do for most of them.";
        assert_eq!(feature(prose, "stuffing"), 0.0);
    }

    #[test]
    fn letters_of_another_alphabet_or_one_by_one_are_a_disguise() {
        assert_eq!(feature("buy now v i a g r a online, cheap", "disguised"), 1.0);
        // The second letter of the last word is Cyrillic.
        assert_eq!(feature("online poker, bonus, the best c\u{430}sino", "disguised"), 1.0);
        assert_eq!(feature("buy a b c books online", "disguised"), 0.0);
    }

    #[test]
    fn terms_and_counts_of_lines_add_up() {
        let signs_of = |line: &str| {
            let pipeline = Pipeline::builder().build().expect("the defaults build");
            let mut glance = Glance::default();
            let signs =
                pipeline.find(line, None, &mut Default::default(), &mut glance, &mut Vec::new());
            signs.expect("a line with signs")
        };
        let one = signs_of("Order cheap pills online now");
        let mut two = one.clone();
        two.add(&one);
        assert_eq!(two.terms.found.len(), one.terms.found.len());
        assert_eq!((two.words, two.look.lines), (2 * one.words, 2));
    }
}
