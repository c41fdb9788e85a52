//! A shape that is ready to match.
//!
//! Whether a line is a match from end to end, and how far one reaches that begins where the line does, is answered
//! by a lazy automaton that reads forward. [`Regex`] compiles another one that reads backward, to find where
//! matches begin, and that takes as long again: 1.2 of 2.3 million instructions for a built-in shape, measured
//! 2026-11, of which a process that cleans one page compiles half a dozen. So a [`Regex`] is compiled only for what
//! is looked for inside of lines, and where the automaton gives up: at letters beyond ASCII, if the shape asks for
//! the boundary of a word.

use std::sync::{Arc, OnceLock};

use regex::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};

use super::rule::Place;

/// Compiled regular expressions, and the states that an automaton keeps, are at most this large.
const SHAPE_BYTES: usize = 1 << 20;

/// The states are forgotten so many times before the automaton gives up. Source: what `regex` does itself.
const MOST_CLEARS: usize = 3;

/// An expression at its place.
pub(super) struct Matcher {
    anchored: String,
    forward: Option<Forward>,
    regex: OnceLock<Option<Regex>>,
}

/// An automaton for matches that begin where the text does.
struct Forward {
    automaton: Arc<DFA>,
    caches: Pool<Cache, NewCache>,
}

type NewCache =
    Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>;

impl Matcher {
    pub(super) fn new(shape: &str, place: Place) -> Matcher {
        let anchored = anchored(shape, place);
        let forward = if place.is_at_start() { Forward::of(&anchored) } else { None };
        Matcher { anchored, forward, regex: OnceLock::new() }
    }

    /// Where the match ends that begins where the text does, for shapes of whole lines or their starts.
    pub(super) fn end_at_start(&self, text: &str) -> Option<usize> {
        match self.forward.as_ref().and_then(|forward| forward.end(text)) {
            Some(known) => known,
            None => self.regex()?.find(text).map(|found| found.end()),
        }
    }

    /// All matches in a text, from the first to the last.
    pub(super) fn all<'t>(&self, text: &'t str) -> impl Iterator<Item = regex::Match<'t>> {
        self.regex().into_iter().flat_map(|regex| regex.find_iter(text))
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.anchored).ok()).as_ref()
    }
}

impl Forward {
    /// Of an anchored expression; `None` if it is too large.
    fn of(anchored: &str) -> Option<Forward> {
        let config = thompson::Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(SHAPE_BYTES));
        let nfa = thompson::Compiler::new().configure(config).build(anchored).ok()?;
        let config = DFA::config()
            .unicode_word_boundary(true)
            .cache_capacity(SHAPE_BYTES)
            .minimum_cache_clear_count(Some(MOST_CLEARS));
        let automaton = Arc::new(DFA::builder().configure(config).build_from_nfa(nfa).ok()?);
        let of_new = Arc::clone(&automaton);
        Some(Forward { automaton, caches: Pool::new(Box::new(move || of_new.create_cache())) })
    }

    /// Where the match at the start of the text ends, if there is one; `None` if that is not known.
    fn end(&self, text: &str) -> Option<Option<usize>> {
        let input = Input::new(text).anchored(Anchored::Yes);
        let found = self.automaton.try_search_fwd(&mut self.caches.get(), &input).ok()?;
        Some(found.map(|found| found.offset()))
    }
}

/// Compiles a shape, anchored as its place says.
pub(super) fn compile_shape(shape: &str, place: Place) -> Result<Regex, regex::Error> {
    compile(&anchored(shape, place))
}

fn compile(anchored: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(anchored).size_limit(SHAPE_BYTES).dfa_size_limit(SHAPE_BYTES).build()
}

fn anchored(shape: &str, place: Place) -> String {
    match place {
        Place::Line => format!("^(?:{shape})$"),
        Place::LineStart => format!("^(?:{shape})"),
        Place::LineEnd => format!("(?:{shape})$"),
        Place::Anywhere => format!("(?:{shape})"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::rules::RuleSet;

    #[test]
    fn a_match_begins_where_the_text_does() {
        for (shape, place, text, end) in [
            ("by .+", Place::Line, "by Ana", Some(6)),
            ("by .+?", Place::LineStart, "by Ana", Some(4)),
            ("by .+", Place::LineStart, "written by Ana", None),
            ("a|ab", Place::LineStart, "abc", Some(1)),
            ("a|ab", Place::Line, "ab", Some(2)),
            (r"\bby\b", Place::Line, "by", Some(2)),
            // Here the automaton gives up.
            (r".+\bby\b.*", Place::Line, "año by Íñigo", Some(15)),
            (r".+\bby\b.*", Place::LineStart, "año byé", None),
            ("(", Place::Line, "(", None),
        ] {
            assert_eq!(Matcher::new(shape, place).end_at_start(text), end, "{shape}: {text}");
        }
    }

    #[test]
    fn all_matches_are_found_inside_of_a_line() {
        let matcher = Matcher::new("[0-9]+", Place::Anywhere);
        assert_eq!(matcher.all("1 of 22").map(|one| one.range()).collect::<Vec<_>>(), [0..1, 5..7]);
        assert_eq!(Matcher::new("(", Place::Anywhere).all("(").count(), 0);
    }

    proptest! {
        #[test]
        fn the_automaton_finds_what_a_regex_does(
            text in "[\\PC]{0,12}|(by|By |Por |Ana |Ruiz|[0-9]{1,4}|[/.: -]|May|mayo| de |hace | min|ago|, |\
                     Updated|Última |[0-9]{2}|\\[|\\{\\{|email|Share|tel|…|Read more|said:| » |Tue|badges| ){0,9}",
        ) {
            static SHAPES: LazyLock<Vec<(Matcher, Regex)>> = LazyLock::new(|| {
                let rules = RuleSet::builtin();
                let shapes = rules.rules().iter().flat_map(|rule| rule.shapes.iter().map(|shape| &**shape));
                let places = |shape| [(shape, Place::Line), (shape, Place::LineStart)];
                let both = |(shape, place)| {
                    (Matcher::new(shape, place), compile_shape(shape, place).expect("it compiles"))
                };
                shapes.flat_map(places).map(both).collect()
            });
            for (matcher, regex) in SHAPES.iter() {
                prop_assert_eq!(matcher.end_at_start(&text), regex.find(&text).map(|one| one.end()), "{}", regex);
            }
        }
    }
}
