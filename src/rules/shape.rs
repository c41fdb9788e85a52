//! Shapes: regular expressions for what is no phrase, such as dates and placeholders.
//!
//! A shape runs only on lines that are short enough and hold one of its signs, and is compiled when
//! the first such line comes: clean text never pays for it.

use std::sync::OnceLock;

use memchr::memmem;
use regex::{Regex, RegexBuilder};

use super::fold;
use super::pattern_set::Hit;
use super::rule::{Place, Rule};

/// Compiled regular expressions are at most this large.
const SHAPE_BYTES: usize = 1 << 20;

/// A regular expression of a rule, compiled when its sign is first seen.
pub(super) struct Shape {
    rule: usize,
    phrase: u32,
    place: Place,
    max_chars: u32,
    text: Box<str>,
    signs: Vec<memmem::Finder<'static>>,
    /// Whether any digit is a sign.
    digits: bool,
    regex: OnceLock<Option<Regex>>,
}

impl Shape {
    pub(super) fn new(rule: &Rule, index: usize, number: u32) -> Shape {
        Shape {
            rule: index,
            phrase: number,
            place: rule.at,
            max_chars: rule.max_chars,
            text: rule.phrase(number).into(),
            signs: rule
                .signs
                .iter()
                .filter(|sign| &***sign != "{n}")
                .map(|sign| memmem::Finder::new(sign.as_bytes()).into_owned())
                .collect(),
            digits: rule.signs.iter().any(|sign| &**sign == "{n}"),
            regex: OnceLock::new(),
        }
    }

    pub(super) fn find(&self, line: &str, head: usize, hits: &mut Vec<Hit>) {
        let Some(regex) = self.regex.get_or_init(|| compile_shape(&self.text, self.place).ok())
        else {
            return;
        };
        let (from, text) = match self.place {
            Place::Anywhere => (0, line),
            Place::LineEnd => (0, line.trim_end()),
            // A shape says itself which marks it begins with.
            Place::Line | Place::LineStart => {
                let spaces = line.len() - line.trim_start().len();
                let whole = line[spaces..].trim_end();
                let inner = fold::without_trailing_marks(&line[head..]);
                if inner.len() == whole.len() || regex.is_match(whole) {
                    (spaces, whole)
                } else {
                    (head, inner)
                }
            }
        };
        for found in regex.find_iter(text) {
            hits.push(Hit {
                rule: self.rule,
                phrase: self.phrase,
                start: from + found.start(),
                end: from + found.end(),
            });
        }
    }

    /// Whether the line is short enough (`chars` of them) and holds a sign.
    pub(super) fn may_stand_in(&self, line: &str, chars: usize, bytes: &Bytes) -> bool {
        if chars > self.max_chars as usize {
            return false;
        }
        (self.signs.is_empty() && !self.digits)
            || (self.digits && bytes.has_digit())
            || self
                .signs
                .iter()
                .any(|sign| bytes.holds(sign.needle()) && sign.find(line.as_bytes()).is_some())
    }
}

/// Which bytes stand in a text.
pub(super) struct Bytes([bool; 256]);

impl Bytes {
    pub(super) fn of(text: &str) -> Bytes {
        let mut bytes = [false; 256];
        for byte in text.bytes() {
            bytes[usize::from(byte)] = true;
        }
        Bytes(bytes)
    }

    fn holds(&self, text: &[u8]) -> bool {
        text.iter().all(|byte| self.0[usize::from(*byte)])
    }

    fn has_digit(&self) -> bool {
        (b'0'..=b'9').any(|digit| self.0[usize::from(digit)])
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
