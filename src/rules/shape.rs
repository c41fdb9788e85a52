//! Shapes: regular expressions for what is no phrase, such as dates and placeholders.
//!
//! A shape is compiled, and run, only where all that is cheaper to ask says that it may match: the
//! line is short enough; the marks of one of its signs stand in the line, which was read once for
//! all; the line begins and ends as a match does ([`Edges`]); a sign stands in it (all signs
//! of a rule at once); and so do the words that every match holds ([`Required`]). So prose costs next to nothing.

use std::sync::OnceLock;

use aho_corasick::packed::Searcher;
use regex::{Regex, RegexBuilder};

use super::edges::Edges;
use super::fold::{self, Folded, Marks};
use super::pattern_set::Hit;
use super::required::Required;
use super::rule::{Place, Rule};

/// Compiled regular expressions are at most this large.
const SHAPE_BYTES: usize = 1 << 20;

/// The shapes of a set of rules.
pub(super) struct Shapes {
    /// By the longest line that they look at, those for longer lines first.
    groups: Vec<Group>,
    /// The bit of each mark of ASCII that stands in a sign, and the one of all that is not ASCII.
    /// Marks may share one. Letters and spaces have none: they are everywhere.
    bits: [u64; 128],
    /// The numbers, as bits, of the groups that may match if one of these bits is held, and of those
    /// that may match in any case. All groups from the 64th on share a bit.
    asking: [u64; 64],
    always: u64,
}

/// The bits of digits and of all beyond ASCII; nothing else shares them.
const DIGIT: u64 = 1;
const BEYOND_ASCII: u64 = 2;

/// The shapes of one rule.
struct Group {
    rule: usize,
    place: Place,
    max_chars: usize,
    signs: Vec<Box<str>>,
    /// The bits of which a line holds all of one at least that may match.
    bits: Vec<u64>,
    /// Whether a line with digits, or any line, may match.
    digits: bool,
    any: bool,
    ends: OnceLock<Ends>,
    /// All signs, to be looked for at once.
    finder: OnceLock<Option<Searcher>>,
    shapes: Vec<Shape>,
}

/// A regular expression of a rule, compiled when a line comes that may match.
struct Shape {
    phrase: u32,
    text: Box<str>,
    edges: OnceLock<Option<Edges>>,
    required: OnceLock<Required>,
    regex: OnceLock<Option<Regex>>,
}

/// The parts of a line that a shape may be.
struct Parts<'l> {
    line: &'l str,
    /// The line behind its leading marks, folded, if it is at hand.
    folded: Option<&'l [u8]>,
    /// Without white space at both ends, and where that begins.
    whole: &'l str,
    spaces: usize,
    /// Without marks at both ends, and where that begins.
    inner: &'l str,
    head: usize,
}

impl Shapes {
    /// The shapes of some rules, none of them compiled.
    pub(super) fn of(rules: &[Rule]) -> Shapes {
        let mut shapes = Shapes { groups: Vec::new(), bits: [0; 128], asking: [0; 64], always: 0 };
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.shapes.is_empty()) {
            shapes.groups.push(Group::of(rule, index));
        }
        shapes.groups.sort_by_key(|group| std::cmp::Reverse(group.max_chars));
        (b'0'..=b'9').for_each(|digit| shapes.bits[usize::from(digit)] = DIGIT);
        let mut bits = (2..u64::BITS).cycle();
        let is_mark = |c: &char| !c.is_ascii_alphabetic() && *c != ' ';
        let signs = shapes.groups.iter().flat_map(|group| &group.signs);
        for mark in signs.flat_map(|sign| sign.chars().filter(is_mark)) {
            if let Some(known) = shapes.bits.get_mut(mark as usize)
                && *known == 0
            {
                *known = 1 << bits.next().unwrap_or_default();
            }
        }
        for (number, group) in (0..).zip(&mut shapes.groups) {
            let bit = |mark| shapes.bits.get(mark as usize).copied().unwrap_or(BEYOND_ASCII);
            let of_sign = |sign: &str| sign.chars().filter(is_mark).fold(0, |all, c| all | bit(c));
            let mut bits: Vec<u64> = group.signs.iter().map(|sign| of_sign(sign)).collect();
            bits.extend(group.digits.then_some(DIGIT));
            bits.extend(group.any.then_some(0));
            group.bits = least(bits);
            for bits in &group.bits {
                // A line without one bit of them has not all.
                let asking = match bits.checked_ilog2() {
                    Some(bit) => &mut shapes.asking[bit as usize],
                    None => &mut shapes.always,
                };
                *asking |= bit_of_group(number);
            }
        }
        shapes
    }

    /// Adds the matches in a line whose leading marks end at byte `head`. `folded` is the line behind
    /// them, if it was folded as a whole.
    pub(super) fn find(
        &self,
        line: &str,
        head: usize,
        folded: Option<&Folded>,
        hits: &mut Vec<Hit>,
    ) {
        // A character has four bytes at most.
        if self.groups.first().is_none_or(|group| group.max_chars < line.len() / 4) {
            return;
        }
        let marks = match folded {
            Some(folded) => folded.marks.and(Marks::of(&line[..head])),
            None => Marks::of(line),
        };
        let chars = if marks.beyond_ascii { line.chars().count() } else { line.len() };
        let held = self.bits_of(marks);
        let folded = folded.map(|folded| &*folded.bytes);
        let mut parts = None;
        for group in self.asked(held).take_while(|group| group.max_chars >= chars) {
            if group.may_have_sign(held) {
                let parts = parts.get_or_insert_with(|| Parts::of(line, head, folded));
                group.find(parts, held, hits);
            }
        }
    }

    /// The groups that may have a sign in a line that holds these bits, and few others, in their order.
    fn asked(&self, held: u64) -> impl Iterator<Item = &Group> {
        let asked = ones(held).fold(self.always, |asked, bit| asked | self.asking[bit]);
        let (one_by_one, others) = (asked & !bit_of_group(SHARING), asked & bit_of_group(SHARING));
        let others = if others == 0 { &[] } else { &self.groups[SHARING..] };
        ones(one_by_one).map(|number| &self.groups[number]).chain(others)
    }

    fn bits_of(&self, marks: Marks) -> u64 {
        let beyond = if marks.beyond_ascii { BEYOND_ASCII } else { 0 };
        marks.ascii().fold(beyond, |held, mark| held | self.bits[usize::from(mark)])
    }
}

/// The first of the groups that share a bit.
const SHARING: usize = 63;

fn bit_of_group(number: usize) -> u64 {
    1 << number.min(SHARING)
}

/// The numbers of the bits that are set, the lowest first.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(lowest)
    })
}

impl Group {
    fn of(rule: &Rule, index: usize) -> Group {
        let is_slot = |sign: &str| sign == "{n}";
        let shape = |(number, text): (usize, &str)| Shape {
            phrase: (rule.phrases.len() + number) as u32,
            text: text.into(),
            edges: OnceLock::new(),
            required: OnceLock::new(),
            regex: OnceLock::new(),
        };
        let signs = rule.signs.iter().filter(|sign| !is_slot(sign));
        let shapes = rule.shapes.iter().map(|shape| &**shape);
        Group {
            rule: index,
            place: rule.at,
            max_chars: rule.max_chars as usize,
            signs: signs.cloned().collect(),
            bits: Vec::new(),
            digits: rule.signs.iter().any(|sign| is_slot(sign)),
            any: rule.signs.is_empty(),
            ends: OnceLock::new(),
            finder: OnceLock::new(),
            shapes: shapes.enumerate().map(shape).collect(),
        }
    }

    /// Whether a sign may stand in a line that holds these marks.
    fn may_have_sign(&self, held: u64) -> bool {
        self.bits.iter().any(|sign| held & sign == *sign)
    }

    /// Whether a sign stands in the line.
    fn has_sign(&self, line: &str, held: u64) -> bool {
        if self.any || self.digits && held & DIGIT != 0 {
            return true;
        }
        let signs = || self.signs.iter().map(|sign| &**sign);
        match self.finder.get_or_init(|| Searcher::new(signs())) {
            Some(finder) => finder.find(line).is_some(),
            // A processor without vectors, or very many signs.
            None => signs().any(|sign| line.contains(sign)),
        }
    }

    fn find(&self, parts: &Parts<'_>, held: u64, hits: &mut Vec<Hit>) {
        let mut has_sign = None;
        let ends = || self.ends.get_or_init(|| Ends::of(self));
        let left = match self.place {
            Place::Anywhere => u64::MAX,
            Place::Line => ends().of_both(parts.whole) | ends().of_both(parts.inner),
            Place::LineStart => ends().of_first(parts.whole) | ends().of_first(parts.inner),
            Place::LineEnd => ends().of_last(parts.line.trim_end()),
        };
        if left == 0 {
            return;
        }
        for (number, shape) in (0..).zip(&self.shapes) {
            if left & bit_of(number) != 0
                && shape.may_match(self.place, parts)
                && *has_sign.get_or_insert_with(|| self.has_sign(parts.line, held))
                && shape.holds_words(parts)
            {
                shape.find(self.place, parts, |start, end| {
                    hits.push(Hit { rule: self.rule, phrase: shape.phrase, start, end });
                });
            }
        }
    }
}

/// Which shapes of a group may match by the first and by the last byte of a line.
struct Ends {
    /// A bit for each shape, for each byte; those of no more than 64 shapes are told apart.
    first: [u64; 256],
    last: [u64; 256],
}

/// The bit of a shape in a group.
fn bit_of(number: u32) -> u64 {
    1 << (number % u64::BITS)
}

impl Ends {
    fn of(group: &Group) -> Ends {
        let mut ends = Ends { first: [0; 256], last: [0; 256] };
        for (number, shape) in (0..).zip(&group.shapes) {
            let edges = shape.edges();
            for byte in 0..=255_u8 {
                let may = |end: fn(&Edges, u8) -> bool| edges.is_none_or(|edges| end(edges, byte));
                ends.first[usize::from(byte)] |=
                    u64::from(may(Edges::may_begin_with)) * bit_of(number);
                ends.last[usize::from(byte)] |=
                    u64::from(may(Edges::may_end_with)) * bit_of(number);
            }
        }
        ends
    }

    /// The bits of those that may begin a text.
    fn of_first(&self, text: &str) -> u64 {
        let first = text.bytes().next();
        first.map_or(u64::MAX, |byte| self.first[usize::from(byte)])
    }

    /// The bits of those that may end it.
    fn of_last(&self, text: &str) -> u64 {
        let last = text.bytes().next_back();
        last.map_or(u64::MAX, |byte| self.last[usize::from(byte)])
    }

    /// The bits of those that may be all of it.
    fn of_both(&self, text: &str) -> u64 {
        self.of_first(text) & self.of_last(text)
    }
}

/// The sets of bits that hold no other one.
fn least(mut bits: Vec<u64>) -> Vec<u64> {
    bits.sort_unstable_by_key(|bits| bits.count_ones());
    let mut least: Vec<u64> = Vec::new();
    for set in bits {
        if !least.iter().any(|other| set & other == *other) {
            least.push(set);
        }
    }
    least
}

impl Shape {
    fn edges(&self) -> Option<&Edges> {
        self.edges.get_or_init(|| Edges::of(&self.text)).as_ref()
    }

    /// Whether the line begins and ends as a match does.
    fn may_match(&self, place: Place, parts: &Parts<'_>) -> bool {
        if place == Place::Anywhere {
            return true;
        }
        let Some(edges) = self.edges() else { return true };
        match place {
            Place::LineStart => edges.may_start(parts.whole) || edges.may_start(parts.inner),
            Place::LineEnd => edges.may_end(parts.line.trim_end()),
            _ => edges.may_be(parts.whole) || edges.may_be(parts.inner),
        }
    }

    /// Whether the line holds the words that every match does.
    fn holds_words(&self, parts: &Parts<'_>) -> bool {
        let required = || self.required.get_or_init(|| Required::of(&self.text));
        parts.folded.is_none_or(|folded| required().are_in(folded))
    }

    fn find(&self, place: Place, parts: &Parts<'_>, mut found: impl FnMut(usize, usize)) {
        let Some(regex) = self.regex.get_or_init(|| compile_shape(&self.text, place).ok()) else {
            return;
        };
        // A shape says itself which marks it begins with.
        let both = [(parts.spaces, parts.whole), (parts.head, parts.inner)];
        match place {
            Place::Line => {
                if let Some((from, text)) = both.into_iter().find(|(_, text)| regex.is_match(text))
                {
                    found(from, from + text.len());
                }
            }
            Place::LineStart => {
                let first =
                    both.into_iter().find_map(|(from, text)| Some((from, regex.find(text)?)));
                if let Some((from, first)) = first {
                    found(from + first.start(), from + first.end());
                }
            }
            Place::LineEnd | Place::Anywhere => {
                let text = if place == Place::LineEnd { parts.line.trim_end() } else { parts.line };
                regex.find_iter(text).for_each(|one| found(one.start(), one.end()));
            }
        }
    }
}

impl<'l> Parts<'l> {
    fn of(line: &'l str, head: usize, folded: Option<&'l [u8]>) -> Parts<'l> {
        let whole = line.trim_start();
        Parts {
            line,
            folded,
            whole: whole.trim_end(),
            spaces: line.len() - whole.len(),
            inner: fold::without_trailing_marks(&line[head..]),
            head,
        }
    }
}

/// Compiles a shape, anchored as its place says.
pub(super) fn compile_shape(shape: &str, place: Place) -> Result<Regex, regex::Error> {
    let anchored = match place {
        Place::Line => format!("^(?:{shape})$"),
        Place::LineStart => format!("^(?:{shape})"),
        Place::LineEnd => format!("(?:{shape})$"),
        Place::Anywhere => format!("(?:{shape})"),
    };
    RegexBuilder::new(&anchored).size_limit(SHAPE_BYTES).dfa_size_limit(SHAPE_BYTES).build()
}
