//! What the matches of a regular expression may begin and end with: the three bytes at either end,
//! and how long they may be.
//!
//! Read off the parsed expression in one walk, for a thousandth of what compiling it costs. A part
//! is known by the bytes that may stand at each of its first (or last) three places and by the lengths that
//! it may have; parts in a row, alternatives and repetitions follow from those of their parts. What is
//! said is never too little: a text that is turned away does not match.

use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// Places that are told apart.
const PLACES: usize = 3;

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Bytes([u64; 4]);

impl Bytes {
    fn add(&mut self, from: u8, to: u8) {
        (from..=to).for_each(|byte| self.0[usize::from(byte >> 6)] |= 1 << (byte & 63));
    }

    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    fn unite(&mut self, other: &Bytes) {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
    }
}

/// What the matches of an expression begin and end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edges {
    first: Edge,
    last: Edge,
    shortest: usize,
    longest: usize,
}

/// From which end bytes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

impl End {
    /// The items in the order in which they are met from this end.
    fn order<T>(self, items: &[T]) -> impl Iterator<Item = &T> {
        let last = items.len().saturating_sub(1);
        (0..items.len()).map(move |at| match self {
            End::First => &items[at],
            End::Last => &items[last - at],
        })
    }
}

/// What the matches of a part have at one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Edge {
    /// The bytes at each place from there, of matches that reach that far.
    bytes: [Bytes; PLACES],
    /// A bit for each length that a match may have, the last one for all that are longer.
    lengths: u8,
}

impl Edges {
    /// Of a parsed expression.
    pub(super) fn of(parsed: &Hir) -> Edges {
        let properties = parsed.properties();
        Edges {
            first: Edge::of(parsed, End::First),
            last: Edge::of(parsed, End::Last),
            shortest: properties.minimum_len().unwrap_or(0),
            longest: properties.maximum_len().unwrap_or(usize::MAX),
        }
    }

    /// Of what `Edges::row` has written; `None` if it is something else.
    pub(super) fn from_row(row: &str) -> Option<Edges> {
        let mut numbers = row.split(' ').map(|number| u64::from_str_radix(number, 16).ok());
        let mut edge = || {
            let mut edge = Edge::default();
            for word in edge.bytes.iter_mut().flat_map(|bytes| &mut bytes.0) {
                *word = numbers.next()??;
            }
            edge.lengths = numbers.next()?? as u8;
            Some(edge)
        };
        let (first, last) = (edge()?, edge()?);
        let mut length = || usize::try_from(numbers.next()??).ok();
        Some(Edges { first, last, shortest: length()?, longest: length()? })
    }

    /// All of it as numbers, for a table.
    #[cfg(test)]
    pub(super) fn row(&self) -> String {
        let mut row = String::new();
        for edge in [&self.first, &self.last] {
            for word in edge.bytes.iter().flat_map(|bytes| bytes.0) {
                row.push_str(&format!("{word:x} "));
            }
            row.push_str(&format!("{:x} ", edge.lengths));
        }
        row + &format!("{:x} {:x}", self.shortest, self.longest)
    }

    /// Whether the text may be a match from its first byte to its last.
    pub(super) fn may_be(&self, text: &str) -> bool {
        (self.shortest..=self.longest).contains(&text.len())
            && self.first.allows_all(text.bytes())
            && self.last.allows_all(text.bytes().rev())
    }

    /// Bytes of the shortest match.
    pub(super) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Whether a text that is, or begins with, a match may begin with this byte.
    pub(super) fn may_begin_with(&self, byte: u8) -> bool {
        self.first.allows([byte].into_iter())
    }

    /// Whether a text that is, or ends with, a match may end with this byte.
    pub(super) fn may_end_with(&self, byte: u8) -> bool {
        self.last.allows([byte].into_iter())
    }

    /// Whether a match may stand where the text begins.
    pub(super) fn may_start(&self, text: &str) -> bool {
        text.len() >= self.shortest && self.first.allows(text.bytes())
    }

    /// Whether a match may stand where the text ends.
    pub(super) fn may_end(&self, text: &str) -> bool {
        text.len() >= self.shortest && self.last.allows(text.bytes().rev())
    }
}

impl Edge {
    /// Whether a match may have these bytes at its end, all of which are its own.
    fn allows_all(&self, bytes: impl Iterator<Item = u8>) -> bool {
        self.bytes.iter().zip(bytes).all(|(bytes, byte)| bytes.has(byte))
    }

    /// The same, where it may end before them.
    fn allows(&self, bytes: impl Iterator<Item = u8>) -> bool {
        let mut places = self.bytes.iter().enumerate().zip(bytes);
        places.all(|((place, bytes), byte)| self.ends_by(place) || bytes.has(byte))
    }

    const NOTHING: Edge = Edge { bytes: [Bytes([0; 4]); PLACES], lengths: 1 };

    /// Whether a match may be no longer than this many bytes.
    fn ends_by(&self, len: usize) -> bool {
        self.lengths & ((2 << len) - 1) != 0
    }

    fn of(hir: &Hir, end: End) -> Edge {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Edge::NOTHING,
            HirKind::Literal(literal) => {
                Edge::of_ranges(end.order(&literal.0).map(|byte| (*byte, *byte)))
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.ranges().iter().map(|range| (range.start(), range.end()));
                ranges.fold(Edge::default(), |edge, range| edge.or(&Edge::of_ranges([range])))
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.ranges().iter();
                let sequences =
                    ranges.flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
                sequences.fold(Edge::default(), |edge, sequence| {
                    let ranges = end.order(sequence.as_slice());
                    edge.or(&Edge::of_ranges(ranges.map(|range| (range.start, range.end))))
                })
            }
            HirKind::Capture(capture) => Edge::of(&capture.sub, end),
            HirKind::Concat(parts) => {
                end.order(parts).fold(Edge::NOTHING, |edge, part| {
                    // What comes later cannot matter.
                    if edge.ends_by(PLACES - 1) { edge.then(&Edge::of(part, end)) } else { edge }
                })
            }
            HirKind::Alternation(parts) => {
                parts.iter().fold(Edge::default(), |edge, part| edge.or(&Edge::of(part, end)))
            }
            HirKind::Repetition(repetition) => {
                let part = Edge::of(&repetition.sub, end);
                let most = repetition.max.unwrap_or(u32::MAX) as usize;
                let least = (repetition.min as usize).min(PLACES);
                let mut times = (0..least).fold(Edge::NOTHING, |edge, _| edge.then(&part));
                let mut all = times;
                for _ in least..most.min(least + PLACES) {
                    times = times.then(&part);
                    all = all.or(&times);
                }
                all
            }
        }
    }

    /// A sequence of bytes, each within a range.
    fn of_ranges(ranges: impl IntoIterator<Item = (u8, u8)>) -> Edge {
        let mut edge = Edge::default();
        let mut len = 0;
        for (from, to) in ranges {
            if let Some(bytes) = edge.bytes.get_mut(len) {
                bytes.add(from, to);
                len += 1;
            }
        }
        edge.lengths = 1 << len;
        edge
    }

    fn or(mut self, other: &Edge) -> Edge {
        self.bytes.iter_mut().zip(&other.bytes).for_each(|(bytes, other)| bytes.unite(other));
        self.lengths |= other.lengths;
        self
    }

    fn then(self, next: &Edge) -> Edge {
        let mut both = Edge { lengths: 0, ..self };
        for len in (0..=PLACES).filter(|len| self.lengths & (1 << len) != 0) {
            for (place, bytes) in both.bytes.iter_mut().enumerate().skip(len) {
                bytes.unite(&next.bytes[place - len]);
            }
            for more in (0..=PLACES).filter(|more| next.lengths & (1 << more) != 0) {
                both.lengths |= 1 << (len + more).min(PLACES);
            }
        }
        both
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::rules::RuleSet;

    fn edges(expression: &str) -> Edges {
        Edges::of(&regex_syntax::parse(expression).expect("a regular expression"))
    }

    fn may_be(expression: &str, text: &str) -> bool {
        edges(expression).may_be(text)
    }

    #[test]
    fn texts_that_begin_or_end_otherwise_are_turned_away() {
        for (expression, yes, no) in [
            ("(?i:by|written by) .+", "WRITTEN BY ANA", "The council met"),
            (r"\d{1,2} (?:min|hours) ago", "5 min ago", "5th of May, a min ago"),
            (r"(?:so )?what\?", "what?", "sowhat?"),
            ("á+b", "áb", "àb"),
            (r"\[email protected\]", "[email protected]", "[email protected by us]"),
            ("(?:ab){2,}", "abab", "abb"),
            ("[^a]b?", "b", "ab"),
            (r"\d+ (?:min|hours) (?i:ago)", "5 min AGO", "5 min later"),
            ("a.*[áé]", "aé", "aí"),
            ("x(?:yz?)?", "xyz", "xz"),
        ] {
            assert!(may_be(expression, yes), "{expression} {yes}");
            assert!(!may_be(expression, no), "{expression} {no}");
        }
    }

    #[test]
    fn a_match_may_be_shorter_than_what_is_known_of_it() {
        let edges = edges("a?b");
        assert!(edges.may_start("b, and then more") && edges.may_start("ab"));
        assert!(!edges.may_start("cab"));
        assert!(edges.may_end("c, b") && edges.may_end("ab") && !edges.may_end("b."));
    }

    /// An expression at both ends of a text, at its start, and at its end.
    struct Anchored {
        whole: Regex,
        start: Regex,
        end: Regex,
        edges: Edges,
    }

    fn anchored() -> &'static [Anchored] {
        static ALL: LazyLock<Vec<Anchored>> = LazyLock::new(|| {
            let rules = RuleSet::builtin();
            let shapes = rules.rules().iter().flat_map(|rule| &rule.shapes);
            let own = [
                ".*",
                r"\b\w{2,}\b",
                "(?:a|bc)*d?",
                "[^[:ascii:]]{2}x",
                r"(?i:s|k)+\W",
                "",
                "a{2}b{0,1}",
            ];
            let all = shapes.map(|shape| &**shape).chain(own).map(|shape| {
                let regex = |anchored: String| Regex::new(&anchored).expect("it compiles");
                Anchored {
                    whole: regex(format!("^(?:{shape})$")),
                    start: regex(format!("^(?:{shape})")),
                    end: regex(format!("(?:{shape})$")),
                    edges: edges(shape),
                }
            });
            all.collect()
        });
        &ALL
    }

    proptest! {
        #[test]
        fn no_match_of_a_built_in_shape_is_turned_away(
            text in "[\\PC]{0,12}|(by|By |Por |Ana |Ruiz|[0-9]{1,4}|[/.: -]|May|mayo| de |hace | min|ago|\
                     Updated|Última |[0-9]{2}|\\[|\\{\\{|email|Share|join us|tel|…|Read more|a|b|sK){0,8}",
        ) {
            for Anchored { whole, start, end, edges } in anchored() {
                prop_assert!(!whole.is_match(&text) || edges.may_be(&text), "{whole}");
                prop_assert!(!start.is_match(&text) || edges.may_start(&text), "{start}");
                prop_assert!(!end.is_match(&text) || edges.may_end(&text), "{end}");
                let (first, last) = (text.bytes().next(), text.bytes().next_back());
                let may_begin = first.is_none_or(|byte| edges.may_begin_with(byte));
                let may_end = last.is_none_or(|byte| edges.may_end_with(byte));
                prop_assert!(!(whole.is_match(&text) || start.is_match(&text)) || may_begin, "{start}");
                prop_assert!(!(whole.is_match(&text) || end.is_match(&text)) || may_end, "{end}");
            }
        }
    }
}
