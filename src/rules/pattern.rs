//! One phrase, compiled: a key that the pattern set looks up, and what must follow it.
//!
//! A phrase is cut at its slots into literal pieces. The first piece is the key; the others are
//! searched in order behind it, each at most 60 characters after the one before. Where a phrase
//! begins with a slot, the key stands inside the line and the text before it is checked. Keys are
//! fully folded; a rule that folds less, or a phrase with digits of its own, compares each piece
//! again as strictly as it asks for.

use super::fold::{self, Digits, Fold, Folded};
use super::key_index::Key;
use super::rule::{Place, Rest, Rule};

/// The most characters a slot stands for.
///
/// Source: measured on real pages, 2026-11: of 111 names behind `by`, `por` or `more from` in
/// boilerplate the longest has 50.
/// Counter-example: titles, which get [`TITLE_CHARS`].
const SLOT_CHARS: usize = 60;

/// The most characters a title stands for.
///
/// Source: measured on real pages, 2026-11: of 134 titles behind a read-also prefix the longest
/// has 89; a deck may come with it. Counter-example: academic titles with their subtitle.
const TITLE_CHARS: usize = 160;

/// The longest word of a name that may be in lower case.
///
/// Source: particles of Spanish, Dutch and German names and `the`, `and`. Counter-example:
/// Spanish section names (`Ciencia y tecnología`), which a capital slot misses.
const SMALL_WORD_CHARS: u32 = 3;

/// The longest phrase: with its accents it fits into the part of a long line that is looked at.
pub(crate) const PHRASE_CHARS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    max_chars: usize,
    capital: bool,
}

#[derive(Debug, Clone)]
struct Literal {
    folded: Box<[u8]>,
    /// The piece as strictly as the rule asks for, where that is more than the full fold.
    strict: Option<Box<[u8]>>,
}

/// One phrase in one of its writings.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub rule: u32,
    pub phrase: u32,
    pub place: Place,
    before: Option<Slot>,
    key: Literal,
    after: Box<[(Slot, Option<Literal>)]>,
    rest: Rest,
    max_chars: u32,
    strict_fold: Fold,
}

/// What is wrong with a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhraseFault {
    Empty,
    OneWordAnywhere,
    TooLong,
}

enum Piece<'p> {
    Text(&'p str),
    Slot(Slot),
}

/// A phrase, cut at its slots. `{n}` and the names of years are numbers, which the fold handles.
struct Pieces<'p> {
    rest: &'p str,
    /// The slot that the rest stands behind.
    slot: Option<Slot>,
}

impl<'p> Iterator for Pieces<'p> {
    type Item = Piece<'p>;

    fn next(&mut self) -> Option<Piece<'p>> {
        if let Some(slot) = self.slot.take() {
            return Some(Piece::Slot(slot));
        }
        let rest = self.rest;
        let mut from = 0;
        while let Some(open) = memchr::memchr(b'{', &rest.as_bytes()[from..]).map(|at| from + at) {
            let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
            let name = &rest[open + 1..close];
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-');
            if !is_name || NUMBER_SLOTS.contains(&&rest[open..=close]) {
                from = close + 1;
                continue;
            }
            let title = matches!(name.to_lowercase().as_str(), "title" | "título" | "titulo");
            let slot = Slot {
                max_chars: if title { TITLE_CHARS } else { SLOT_CHARS },
                capital: name.starts_with(char::is_uppercase),
            };
            self.rest = &rest[close + 1..];
            if open == 0 {
                return Some(Piece::Slot(slot));
            }
            self.slot = Some(slot);
            return Some(Piece::Text(&rest[..open]));
        }
        self.rest = "";
        (!rest.is_empty()).then_some(Piece::Text(rest))
    }
}

/// Slots that stand for a number: digits with `.` or `,` between them.
const NUMBER_SLOTS: &[&str] = &["{n}", "{m}", "{year}", "{año}"];

/// The text with numbers in its slots for them, if it has any.
fn with_numbers(text: &str) -> Option<String> {
    let mut slots = NUMBER_SLOTS.iter().filter(|slot| text.contains(**slot)).peekable();
    slots.peek()?;
    Some(slots.fold(text.to_owned(), |text, slot| text.replace(slot, "0")))
}

impl Pattern {
    /// Compiles a phrase of a rule: once as written, and once more with n for ñ where it has one. The
    /// scratch is for folding.
    pub(crate) fn compile(
        rule: &Rule,
        rule_index: u32,
        phrase_index: u32,
        phrase: &str,
        scratch: &mut Folded,
    ) -> Result<(Pattern, Option<Pattern>), PhraseFault> {
        if !is_at_most(phrase, PHRASE_CHARS as u32) {
            return Err(PhraseFault::TooLong);
        }
        if !phrase.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && !phrase.chars().any(char::is_alphanumeric)
        {
            // A phrase of nothing but marks would fold away (`»`, `---`); other signs are kept.
            let marks = fold::leading_marks(phrase) == phrase.len() || fold::is_only_marks(phrase);
            if marks {
                return Err(PhraseFault::Empty);
            }
        }
        if rule.at == Place::Anywhere && words(phrase).count() < 2 && !has_sign(phrase) {
            return Err(PhraseFault::OneWordAnywhere);
        }
        let first = Pattern::compile_one(rule, rule_index, phrase_index, phrase, scratch)?;
        let mut second = None;
        if rule.fold.accents && !phrase.is_ascii() && phrase.contains(['ñ', 'Ñ']) {
            let plain = phrase.replace('ñ', "n").replace('Ñ', "N");
            second = Some(Pattern::compile_one(rule, rule_index, phrase_index, &plain, scratch)?);
        }
        Ok((first, second))
    }

    fn compile_one(
        rule: &Rule,
        rule_index: u32,
        phrase_index: u32,
        phrase: &str,
        scratch: &mut Folded,
    ) -> Result<Pattern, PhraseFault> {
        let phrase = match rule.at {
            Place::Line => fold::without_trailing_marks(&phrase[fold::leading_marks(phrase)..]),
            Place::LineStart => phrase[fold::leading_marks(phrase)..].trim_end(),
            Place::LineEnd => fold::without_trailing_marks(phrase).trim_start(),
            Place::Anywhere => phrase.trim().trim_start_matches(['¡', '¿']),
        };
        let mut before = None;
        let mut key = None;
        let mut after: Vec<(Slot, Option<Literal>)> = Vec::new();
        for piece in (Pieces { rest: phrase, slot: None }) {
            match (piece, &key) {
                (Piece::Slot(slot), None) => before = Some(slot),
                (Piece::Slot(slot), Some(_)) => after.push((slot, None)),
                (Piece::Text(text), _) => {
                    let literal = literal(text.trim(), rule.fold, scratch);
                    if literal.folded.is_empty() {
                        continue;
                    }
                    match after.last_mut() {
                        Some((_, following)) => *following = Some(literal),
                        None => key = Some(literal),
                    }
                }
            }
        }
        // Elsewhere than at the end of a line or start a slot at the end stands for nothing that
        // could be checked.
        if !rule.at.is_at_start() && after.last().is_some_and(|(_, literal)| literal.is_none()) {
            after.pop();
        }
        Ok(Pattern {
            rule: rule_index,
            phrase: phrase_index,
            place: rule.at,
            before,
            key: key.ok_or(PhraseFault::Empty)?,
            after: after.into(),
            rest: rule.rest,
            max_chars: rule.max_chars,
            strict_fold: rule.fold,
        })
    }

    /// What is looked up: the first piece, folded; not empty.
    pub(crate) fn key(&self) -> Key<'_> {
        Key { bytes: &self.key.folded, is_whole: false }
    }

    /// Whether the key stands where the line begins, so that one look-up finds it.
    pub(crate) fn is_at_head(&self) -> bool {
        self.before.is_none() && self.place.is_at_start()
    }

    /// The writing that tells two phrases of the same place apart, for shadowing.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let mut identity = vec![self.before.is_some() as u8];
        let all = std::iter::once(&self.key);
        for literal in all.chain(self.after.iter().filter_map(|(_, literal)| literal.as_ref())) {
            identity.extend_from_slice(literal.strict.as_deref().unwrap_or(&literal.folded));
            identity.push(0);
        }
        identity.push(self.after.len() as u8);
        identity
    }

    /// The folded text of a phrase without slots, whose comparison is no stricter than the fold.
    pub(crate) fn plain(&self) -> Option<&[u8]> {
        let is_plain = self.before.is_none() && self.after.is_empty() && self.key.strict.is_none();
        is_plain.then_some(&*self.key.folded)
    }

    /// The folded texts of the pieces, and whether slots stand before the first and after the last.
    pub(crate) fn texts(&self) -> (Vec<&[u8]>, bool, bool) {
        let after = self.after.iter().filter_map(|(_, literal)| literal.as_ref());
        let texts = std::iter::once(&self.key).chain(after).map(|piece| &*piece.folded).collect();
        let ends_in_slot = self.after.last().is_some_and(|(_, literal)| literal.is_none());
        (texts, self.before.is_some(), ends_in_slot)
    }

    /// Whether the pattern, whose key stands at `start..end` of the folded window, may match by what
    /// the window alone tells. Most do not, and so the way back to the line is seldom worked out.
    pub(crate) fn may_match(
        &self,
        window: &Folded,
        (start, end): (usize, usize),
        head: Option<usize>,
    ) -> bool {
        let is_bounded = is_boundary(window, start);
        let at_head = self.before.is_some()
            || matches!(self.place, Place::LineEnd | Place::Anywhere)
            || head == Some(start);
        if !is_bounded || !at_head || !self.after.is_empty() {
            return is_bounded && at_head;
        }
        // No mark is folded to a letter or digit of ASCII.
        let goes_on = || window.bytes[end..].iter().any(u8::is_ascii_alphanumeric);
        is_boundary(window, end) && !(self.place.is_at_end() && goes_on())
    }

    /// Whether the pattern, whose key stands at `start..end` of the folded window, matches; the
    /// end of the match in the folded window.
    ///
    /// `head` is where the line begins in the window after its leading marks, if the window
    /// reaches back that far.
    pub(crate) fn verify(
        &self,
        line: &str,
        window: &Folded,
        (start, end): (usize, usize),
        head: Option<usize>,
        scratch: &mut Folded,
    ) -> Option<(usize, usize)> {
        if !is_boundary(window, start)
            || !self.is_strict(&self.key, line, window, (start, end), scratch)
        {
            return None;
        }
        let mut at = end;
        for (slot, literal) in &self.after {
            let Some(literal) = literal else {
                let text = fold::without_trailing_marks(&line[window.original(at)..]).trim();
                // What follows the start of a line may be longer than the slot.
                let fits = match self.place {
                    Place::LineStart => slot.begins(text),
                    _ => slot.takes(text),
                };
                let end = if self.place == Place::LineStart { at } else { window.bytes.len() };
                return (fits && is_boundary(window, at) && is_at_most(line, self.max_chars))
                    .then_some((start, end))
                    .filter(|_| self.starts_well(line, window, start, head));
            };
            at = self.find_piece(line, window, at, *slot, literal, scratch)?;
        }
        if !is_boundary(window, at) || !self.starts_well(line, window, start, head) {
            return None;
        }
        let rest = &line[window.original(at)..];
        let fits = match self.place {
            Place::Line | Place::LineEnd => {
                fold::is_only_marks(rest) && !(self.is_terse() && rest.trim() == ".")
            }
            Place::LineStart => match self.rest {
                Rest::Any => true,
                Rest::Title => !fold::is_only_marks(rest) && is_title(rest),
                Rest::TitleOrNothing => is_title(rest),
            },
            Place::Anywhere => true,
        };
        let speech = matches!(self.place, Place::LineEnd | Place::Anywhere)
            && is_quoted(&line[..window.original(start)]);
        let start = if self.before.is_some() { head.unwrap_or(start) } else { start };
        (fits && !speech && is_at_most(line, self.max_chars)).then_some((start, at))
    }

    /// One or two words: with a full stop they are a sentence of a dialogue, not a button.
    fn is_terse(&self) -> bool {
        self.after.is_empty() && memchr::memchr_iter(b' ', &self.key.folded).count() < 2
    }

    /// Whether the line begins here, or with a slot that the text before fills.
    fn starts_well(&self, line: &str, window: &Folded, start: usize, head: Option<usize>) -> bool {
        match (self.before, self.place) {
            (None, Place::Line | Place::LineStart) => head == Some(start),
            (None, _) => true,
            (Some(slot), Place::Line | Place::LineStart) => head.is_some_and(|head| {
                slot.takes(line[window.original(head)..window.original(start)].trim())
            }),
            (Some(_), _) => start > 0,
        }
    }

    /// The end of the next piece behind `at`, with a slot between.
    fn find_piece(
        &self,
        line: &str,
        window: &Folded,
        at: usize,
        slot: Slot,
        literal: &Literal,
        scratch: &mut Folded,
    ) -> Option<usize> {
        // A character takes at most four bytes; the cut falls where no piece could begin.
        let furthest = (at + slot.max_chars * 4 + 2 + literal.folded.len()).min(window.bytes.len());
        let haystack = window.bytes.get(at..furthest)?;
        for found in memchr::memmem::find_iter(haystack, &literal.folded) {
            let start = at + found;
            let end = start + literal.folded.len();
            let between = line[window.original(at)..window.original(start)].trim();
            if slot.takes(between)
                && is_boundary(window, start)
                && is_boundary(window, end)
                && self.is_strict(literal, line, window, (start, end), scratch)
            {
                return Some(end);
            }
        }
        None
    }

    fn is_strict(
        &self,
        literal: &Literal,
        line: &str,
        window: &Folded,
        (start, end): (usize, usize),
        scratch: &mut Folded,
    ) -> bool {
        let Some(strict) = &literal.strict else { return true };
        let text = &line[window.original(start)..window.original(end)];
        scratch.fill(text, self.strict_fold, Digits::AsWritten);
        *scratch.bytes == **strict
    }
}

impl Slot {
    fn takes(self, text: &str) -> bool {
        // Names have small words in lower case (`de`, `van der`) and no long ones.
        let is_name = |word: &str| {
            !word.starts_with(char::is_lowercase) || is_at_most(word, SMALL_WORD_CHARS)
        };
        self.begins(text)
            && is_at_most(text, self.max_chars as u32)
            && (!self.capital || text.split_whitespace().all(is_name))
    }

    fn begins(self, text: &str) -> bool {
        text.chars()
            .next()
            .is_some_and(|first| !self.capital || first.is_uppercase() || first.is_ascii_digit())
    }
}

fn literal(text: &str, how: Fold, scratch: &mut Folded) -> Literal {
    let with_numbers = if text.contains('{') { with_numbers(text) } else { None };
    let mut folded = |text: &str, how: Fold, digits: Digits| {
        scratch.fill(text, how, digits);
        Box::from(&scratch.bytes[..])
    };
    let any = folded(with_numbers.as_deref().unwrap_or(text), Fold::default(), Digits::Any);
    let own_digits = text.bytes().any(|byte| byte.is_ascii_digit());
    // A phrase with both keeps its digits out of the comparison: the slot has none to compare.
    let strict = (own_digits || how != Fold::default()) && with_numbers.is_none();
    Literal { folded: any, strict: strict.then(|| folded(text, how, Digits::AsWritten)) }
}

/// The words of a phrase.
fn words(phrase: &str) -> impl Iterator<Item = &str> {
    phrase
        .split(|c: char| c.is_whitespace() || matches!(c, '/' | '\u{2014}'))
        .filter(|word| word.chars().any(char::is_alphanumeric))
}

/// Whether a phrase holds a sign that no sentence does, such as `spot_img` or `*|FNAME|*`.
fn has_sign(phrase: &str) -> bool {
    phrase.contains(['_', '|', '%', '[', '<', '=', '\u{A9}'])
}

/// Whether no word runs across byte `at` of the window.
fn is_boundary(window: &Folded, at: usize) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !(is_word(window.char_before(at)) && is_word(window.char_at(at)))
}

/// Whether what stands before is an open quotation: the phrase is talked about, not used.
///
/// Only the last bytes before the phrase are read, so that a long line stays cheap.
fn is_quoted(before: &str) -> bool {
    let mut from = before.len().saturating_sub(QUOTE_BYTES);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let before = &before[from..];
    let mut open = [false; 3];
    for c in before.chars() {
        match c {
            '"' => open[0] = !open[0],
            '\u{201C}' | '\u{201E}' => open[1] = true,
            '\u{201D}' => open[1] = false,
            '\u{AB}' => open[2] = true,
            '\u{BB}' => open[2] = false,
            _ => {}
        }
    }
    open.contains(&true)
}

/// How far back a quotation may have been opened. Source: as long as a line that is looked through
/// as a whole. Counter-example: a speech of several sentences.
const QUOTE_BYTES: usize = 448;

/// Whether what follows a prefix looks like a title.
fn is_title(rest: &str) -> bool {
    let rest = rest
        .trim_start_matches(|c: char| {
            c.is_whitespace()
                || matches!(c, ':' | '|' | '-' | '\u{2013}' | '\u{2014}' | '\u{BB}' | '>')
        })
        .trim_end()
        .trim_end_matches([')', ']']);
    let rest = rest.trim_start_matches(['\u{BF}', '\u{A1}', '[', '(']);
    let Some(first) = rest.chars().find(|c| !fold::is_only_marks(c.encode_utf8(&mut [0; 4])))
    else {
        return true;
    };
    let capital = first.is_uppercase()
        || first.is_ascii_digit()
        || matches!(
            first,
            '"' | '\'' | '\u{201C}' | '\u{2018}' | '\u{AB}' | '$' | '\u{20AC}' | '@'
        );
    let sentence = rest.ends_with('.') && !rest.ends_with("...");
    capital && !sentence && is_at_most(rest, TITLE_CHARS as u32)
}

/// Whether the text has at most so many characters.
fn is_at_most(text: &str, max_chars: u32) -> bool {
    text.len() <= max_chars as usize
        || text.chars().take(max_chars as usize + 1).count() <= max_chars as usize
}
