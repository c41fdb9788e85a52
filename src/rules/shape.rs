//! Shapes: regular expressions for what is no phrase, such as dates and placeholders.
//!
//! A shape is compiled, and run, only where all that is cheaper to ask says that it may match. Of all
//! shapes at once, a bit for each, tables tell which may have the marks of a sign in a line that holds
//! these, which may begin and end with the bytes that the line does, and which may hold one of its
//! words. Of the few that are left each is asked whether the line is short enough,
//! holds the marks that every match does, begins and ends as one does ([`Edges`]), holds one of the signs, and the
//! words of every match ([`Required`]). So prose costs next to nothing.
//!
//! What is read off an expression ([`Reading`]) is taken in for the first line that a shape is asked of. Until
//! then the tables say that it may match.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aho_corasick::packed::Searcher;

use super::edges::Edges;
use super::fold::{self, Folded, Marks};
use super::matcher::Matcher;
use super::pattern_set::Hit;
use super::reading::Reading;
use super::required::Required;
use super::rule::{Place, Rule};
use crate::swar::{eight_at, indent};

/// The shapes of a set of rules.
pub(super) struct Shapes {
    /// By the longest line that they look at, those for longer lines first.
    groups: Vec<Group>,
    /// All shapes, in the order of their groups.
    shapes: Vec<Shape>,
    /// The bit of each mark of ASCII that stands in a sign, and the one of all that is not ASCII.
    /// Marks may share one. Letters and spaces have none: they are everywhere.
    bits: [u64; 128],
    /// The shapes that may match if one of these bits is held, and those that may match in any case.
    asking: [Set; 64],
    always: Set,
    /// Those that look at lines of so many characters, by steps of [`REACH_STEP`] and rounded down: of so
    /// many, or more.
    reach: [Set; 32],
    looks: Box<Looks>,
}

/// The numbers of shapes, as bits. All from the 128th on share a bit.
type Set = u128;

/// The first of the shapes that share a bit.
const SHARING: usize = Set::BITS as usize - 1;

fn bit_of(shape: usize) -> Set {
    1 << shape.min(SHARING)
}

/// Characters from one entry of [`Shapes::reach`] to the next.
const REACH_STEP: usize = 16;

/// The bits of digits, of all beyond ASCII, of what of that is no letter of Latin, and of two marks of
/// ASCII side by side; nothing else shares them.
const DIGIT: u64 = 1;
const BEYOND_ASCII: u64 = 2;
const SYMBOL: u64 = 4;
const PAIR: u64 = 8;
const FIRST_OF_MARKS: u32 = 4;

/// The bit of a mark beyond ASCII.
fn bit_beyond_ascii(mark: char) -> u64 {
    if fold::is_beyond_latin(mark) { SYMBOL } else { BEYOND_ASCII }
}

/// The bit of pairs, if a sign has one.
fn bit_of_pair(sign: &str) -> u64 {
    let mut pairs = sign.as_bytes().windows(2);
    if pairs.any(|pair| pair.iter().all(u8::is_ascii_punctuation)) { PAIR } else { 0 }
}

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
    /// All signs, to be looked for at once.
    finder: OnceLock<Option<Searcher>>,
}

/// A regular expression of a rule, compiled when a line comes that may match.
struct Shape {
    /// The number of its group.
    group: usize,
    phrase: u32,
    text: Box<str>,
    reading: OnceLock<Option<Reading>>,
    matcher: OnceLock<Matcher>,
}

/// What of a line tells which shapes it may have, without a look at each.
struct Looks {
    /// The shapes that may not match by the first and by the last byte of the line.
    not_first: [AtomicSet; 256],
    not_last: [AtomicSet; 256],
    /// Those of which every match is longer than a line of so many bytes.
    longer: [AtomicSet; SHORT_LINES],
    /// Those of which every match has a word of some set where words begin, and those that may match by the
    /// hash of the first bytes of a word.
    with_word: AtomicSet,
    by_word: [AtomicSet; 256],
    /// A bit for the hash of each of them: most words are of none.
    words: [AtomicU64; 64],
}

/// Lines of less bytes are told apart by their length. Most buttons and names of sections are.
const SHORT_LINES: usize = 32;

/// A set of shapes that more are added to. What other threads have added comes to be seen in any order,
/// which is as good as that they have not yet.
#[derive(Default)]
struct AtomicSet([AtomicU64; 2]);

impl AtomicSet {
    #[inline(always)]
    fn get(&self) -> Set {
        let [low, high] = &self.0;
        Set::from(low.load(Ordering::Acquire)) | Set::from(high.load(Ordering::Acquire)) << 64
    }

    fn add(&self, set: Set) {
        let [low, high] = &self.0;
        low.fetch_or(set as u64, Ordering::Release);
        high.fetch_or((set >> 64) as u64, Ordering::Release);
    }
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
        let mut shapes = Shapes {
            groups: Vec::new(),
            shapes: Vec::new(),
            bits: [0; 128],
            asking: [0; 64],
            always: 0,
            reach: [0; 32],
            looks: Box::default(),
        };
        let with_shapes = rules.iter().enumerate().filter(|(_, rule)| !rule.shapes.is_empty());
        shapes.groups = with_shapes.map(|(index, rule)| Group::of(rule, index)).collect();
        shapes.groups.sort_by_key(|group| std::cmp::Reverse(group.max_chars));
        (b'0'..=b'9').for_each(|digit| shapes.bits[usize::from(digit)] = DIGIT);
        let mut bits = (FIRST_OF_MARKS..u64::BITS).cycle();
        let is_mark = |c: &char| !c.is_ascii_alphabetic() && *c != ' ';
        let signs = shapes.groups.iter().flat_map(|group| &group.signs);
        for mark in signs.flat_map(|sign| sign.chars().filter(is_mark)) {
            if let Some(known) = shapes.bits.get_mut(mark as usize)
                && *known == 0
            {
                *known = 1 << bits.next().unwrap_or_default();
            }
        }
        for (number, group) in shapes.groups.iter_mut().enumerate() {
            let bit = |mark| match shapes.bits.get(mark as usize) {
                Some(bit) => *bit,
                None => bit_beyond_ascii(mark),
            };
            let of_sign = |sign: &str| {
                sign.chars().filter(is_mark).fold(bit_of_pair(sign), |all, c| all | bit(c))
            };
            let mut bits: Vec<u64> = group.signs.iter().map(|sign| of_sign(sign)).collect();
            bits.extend(group.digits.then_some(DIGIT));
            bits.extend(group.any.then_some(0));
            group.bits = least(bits);
            let rule = &rules[group.rule];
            for (phrase, text) in (rule.phrases.len()..).zip(&rule.shapes) {
                for bits in &group.bits {
                    // A line without one bit of them has not all. Pairs are rarer than what they are of.
                    let rarest = if bits & PAIR != 0 { PAIR } else { *bits };
                    let asking = match rarest.checked_ilog2() {
                        Some(bit) => &mut shapes.asking[bit as usize],
                        None => &mut shapes.always,
                    };
                    *asking |= bit_of(shapes.shapes.len());
                }
                for (step, reach) in shapes.reach.iter_mut().enumerate() {
                    if group.max_chars >= step * REACH_STEP {
                        *reach |= bit_of(shapes.shapes.len());
                    }
                }
                shapes.shapes.push(Shape::of(text, phrase as u32, number));
            }
        }
        shapes
    }

    /// Adds the matches in a line whose leading marks end at byte `head`. `folded` is the line behind
    /// them, if it was folded as a whole, with the places where words begin in it.
    pub(super) fn find(
        &self,
        line: &str,
        head: usize,
        folded: Option<(&Folded, &[u32])>,
        hits: &mut Vec<Hit>,
    ) {
        // A character has four bytes at most.
        if self.groups.first().is_none_or(|group| group.max_chars < line.len() / 4) {
            return;
        }
        let known = folded.map(|(folded, _)| folded.marks.and(Marks::before(&line[..head])));
        let is_ascii = known.is_some_and(|marks| !marks.beyond_ascii);
        let chars = if is_ascii { line.len() } else { line.chars().count() };
        let reach = self.reach[(chars / REACH_STEP).min(self.reach.len() - 1)];
        // Long lines are of no shape, and not looked through for marks.
        if reach == 0 {
            return;
        }
        let marks = known.unwrap_or_else(|| Marks::of(line));
        let held = self.bits_of(marks);
        let asked = bits_in(held).fold(self.always, |asked, bit| asked | self.asking[bit]) & reach;
        if asked == 0 {
            return;
        }
        let looks = &*self.looks;
        let parts = Parts::of(line, head, folded.map(|(folded, _)| &*folded.bytes));
        let mut left = asked & (looks.of_ends(parts.whole) | looks.of_ends(parts.inner));
        if let Some(longer) = looks.longer.get(line.len()) {
            left &= !longer.get();
        }
        let with_word = looks.with_word.get();
        if left & with_word != 0
            && !marks.hides_words
            && let Some((folded, places)) = folded
        {
            left &= !with_word | looks.of_words(&folded.bytes, places);
        }
        if left == 0 {
            return;
        }
        let one_by_one = left & !bit_of(SHARING);
        let (low, high) = (one_by_one as u64, (one_by_one >> u64::BITS) as u64);
        let one_by_one = bits_in(low).chain(bits_in(high).map(|bit| bit + u64::BITS as usize));
        let others = if left & bit_of(SHARING) != 0 { SHARING..self.shapes.len() } else { 0..0 };
        // The last group that was asked for its signs, and what it said.
        let mut asked_last = (usize::MAX, false);
        for number in one_by_one.chain(others) {
            let shape = &self.shapes[number];
            let group = &self.groups[shape.group];
            if group.max_chars < chars {
                break;
            }
            if !group.may_have_sign(held) {
                continue;
            }
            let reading =
                shape.reading.get_or_init(|| looks.learn(number, shape, group.place)).as_ref();
            let may_match = |reading: &Reading| {
                reading.required.have_marks(marks) && parts.may_have(&reading.edges, group.place)
            };
            if !reading.is_none_or(may_match) {
                continue;
            }
            if asked_last.0 != shape.group {
                asked_last = (shape.group, group.has_sign(line, held));
            }
            if asked_last.1 && reading.is_none_or(|reading| parts.have_words(&reading.required)) {
                shape.find(group.place, &parts, |start, end| {
                    hits.push(Hit { rule: group.rule, phrase: shape.phrase, start, end });
                });
            }
        }
    }

    fn bits_of(&self, marks: Marks) -> u64 {
        let bit = |is_held, bit| if is_held { bit } else { 0 };
        let held = bit(marks.beyond_ascii, BEYOND_ASCII)
            | bit(marks.symbols, SYMBOL)
            | bit(marks.pairs, PAIR);
        marks.ascii().fold(held, |held, mark| held | self.bits[usize::from(mark)])
    }
}

/// The numbers of the bits that are set, the lowest first.
fn bits_in(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(lowest)
    })
}

impl Group {
    fn of(rule: &Rule, index: usize) -> Group {
        let is_slot = |sign: &str| sign == "{n}";
        let signs = rule.signs.iter().filter(|sign| !is_slot(sign));
        Group {
            rule: index,
            place: rule.at,
            max_chars: rule.max_chars as usize,
            signs: signs.cloned().collect(),
            bits: Vec::new(),
            digits: rule.signs.iter().any(|sign| is_slot(sign)),
            any: rule.signs.is_empty(),
            finder: OnceLock::new(),
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
}

impl Default for Looks {
    fn default() -> Looks {
        fn none<const COUNT: usize>() -> [AtomicSet; COUNT] {
            std::array::from_fn(|_| AtomicSet::default())
        }
        Looks {
            not_first: none(),
            not_last: none(),
            longer: none(),
            with_word: AtomicSet::default(),
            by_word: none(),
            words: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Looks {
    /// Takes in what can be read off an expression.
    fn learn(&self, number: usize, shape: &Shape, place: Place) -> Option<Reading> {
        let reading = Reading::of(&shape.text, place)?;
        // Shapes that share a bit are not told apart.
        if number >= SHARING {
            return Some(reading);
        }
        let Reading { edges, beginnings, .. } = &reading;
        let bit = bit_of(number);
        let (at_start, at_end) = (place.is_at_start(), place.is_at_end());
        for byte in 0..=255_u8 {
            if at_start && !edges.may_begin_with(byte) {
                self.not_first[usize::from(byte)].add(bit);
            }
            if at_end && !edges.may_end_with(byte) {
                self.not_last[usize::from(byte)].add(bit);
            }
        }
        for longer in self.longer.iter().take(edges.shortest()) {
            longer.add(bit);
        }
        if let Some(words) = beginnings {
            for hash in words.iter().copied().map(hash_of_word) {
                self.by_word[(hash >> 24) as usize].add(bit);
                self.words[(hash >> 26) as usize].fetch_or(bit_of_word(hash), Ordering::Release);
            }
            self.with_word.add(bit);
        }
        Some(reading)
    }

    /// The shapes that may match by both ends of a text.
    fn of_ends(&self, text: &str) -> Set {
        let (Some(first), Some(last)) = (text.as_bytes().first(), text.as_bytes().last()) else {
            return Set::MAX;
        };
        let not_first = self.not_first[usize::from(*first)].get();
        !(not_first | self.not_last[usize::from(*last)].get())
    }

    /// The shapes that may match by a word of a folded text. Words begin at some of these places.
    fn of_words(&self, text: &[u8], places: &[u32]) -> Set {
        let mut set = 0;
        for place in places {
            let hash = hash_of_word(eight_at(text, *place as usize) as u32);
            let words = self.words[(hash >> 26) as usize].load(Ordering::Acquire);
            if words & bit_of_word(hash) != 0 {
                set |= self.by_word[(hash >> 24) as usize].get();
            }
        }
        set
    }
}

/// The hash of the first bytes of a word. Its highest bits are used.
fn hash_of_word(four: u32) -> u32 {
    // Multiplicative hashing, Knuth, TAOCP 6.4: the golden ratio of 2^32.
    four.wrapping_mul(0x9E37_79B1)
}

/// The bit of a word among the 64 of an entry of [`Looks::words`].
fn bit_of_word(hash: u32) -> u64 {
    1 << (hash >> 20 & 63)
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
    fn of(text: &str, phrase: u32, group: usize) -> Shape {
        Shape {
            group,
            phrase,
            text: text.into(),
            reading: OnceLock::new(),
            matcher: OnceLock::new(),
        }
    }

    fn find(&self, place: Place, parts: &Parts<'_>, mut found: impl FnMut(usize, usize)) {
        let matcher = self.matcher.get_or_init(|| Matcher::new(&self.text, place));
        match place {
            Place::Line | Place::LineStart => {
                // A shape says itself which marks it begins with.
                let both = [(parts.spaces, parts.whole), (parts.head, parts.inner)];
                let first = |(from, text)| Some((from, matcher.end_at_start(text)?));
                if let Some((from, len)) = both.into_iter().find_map(first) {
                    found(from, from + len);
                }
            }
            Place::LineEnd | Place::Anywhere => {
                let text = if place == Place::LineEnd { parts.line.trim_end() } else { parts.line };
                matcher.all(text).for_each(|one| found(one.start(), one.end()));
            }
        }
    }
}

impl<'l> Parts<'l> {
    fn of(line: &'l str, head: usize, folded: Option<&'l [u8]>) -> Parts<'l> {
        // Nearly all white space is of ASCII, which is passed faster.
        let whole = line[indent(line.as_bytes())..].trim_ascii_start().trim_start();
        Parts {
            line,
            folded,
            whole: whole.trim_end(),
            spaces: line.len() - whole.len(),
            inner: fold::without_trailing_marks(&line[head..]),
            head,
        }
    }

    /// Whether the line holds the words that every match does.
    fn have_words(&self, required: &Required) -> bool {
        self.folded.is_none_or(|folded| required.are_in(folded))
    }

    /// Whether the line begins and ends as a match does.
    fn may_have(&self, edges: &Edges, place: Place) -> bool {
        match place {
            Place::Anywhere => true,
            Place::LineStart => edges.may_start(self.whole) || edges.may_start(self.inner),
            Place::LineEnd => edges.may_end(self.line.trim_end()),
            Place::Line => edges.may_be(self.whole) || edges.may_be(self.inner),
        }
    }
}
