//! What clean text looks like: the cost, in nats, of one character after the ones before it.
//!
//! Letters follow a character 4-gram model over many languages at once ([`table`]), lower-cased, with
//! the case priced apart. Marks and symbols pay for unlikely neighbours: an opening quote after a
//! letter, a closing one after a blank, a letter glued to a symbol. The repair compares sums of these
//! costs; nothing here knows about code pages.
//!
//! Neighbour costs were set while looking at real and synthetic mojibake, 2026-11.

use std::cell::{Cell, OnceCell};

use super::glyph::{Glyph, Kind, Letter, Side};
use super::glyph::{is_emoji, is_joint, is_regional, is_skin_tone, is_text_style, is_vowel_sign};
use super::script::{self, ScriptId};
use super::table::{self, Key};

/// Stands for the blank before and after a word.
const BLANK: u32 = 0;

/// Stands for a letter that no n-gram holds.
const UNKNOWN: u32 = u32::MAX;

/// What the word so far says of the case of its next letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Case {
    Start,
    OneCapital,
    Capitals,
    Lower,
}

/// What the model remembers of the text before a character.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Context {
    /// Up to three letters of the word, before them a blank; `length` says how many count.
    symbols: [u32; 3],
    length: u8,
    case: Case,
    last: char,
    /// The line starts here.
    starts_line: bool,
    /// `last` is a symbol beyond ASCII right after a letter: a letter now would be glued to it.
    after_glued_symbol: bool,
}

/// A context made ready for many next characters. What costs a look-up is found out when it is asked for.
pub(super) struct Place<'c> {
    context: Context,
    after_letter: bool,
    /// The letter before.
    letter: Option<char>,
    /// Key of the context.
    key: Key,
    /// Cost of a word that ends here.
    end: OnceCell<f32>,
    costs: &'c Costs,
}

/// Costs that were looked up of late: text comes back to the same few words.
///
/// One place for each key, by its own bits; the last one stays. A cost depends on its key alone.
#[derive(Default)]
pub(crate) struct Costs {
    known: Vec<Cell<(Key, Cost)>>,
}

/// Cost of a symbol after the longest suffix that knows it, or the cost of leaving them all.
type Cost = Result<f32, f32>;

/// Costs that are kept.
const KNOWN: usize = 8192;

impl Costs {
    /// Room for costs; the default has none, and looks up whatever is asked for.
    pub(crate) fn with_room() -> Costs {
        Costs { known: vec![Cell::new((0, Ok(0.0))); KNOWN] }
    }

    #[inline]
    fn get(&self, key: Key, look_up: impl FnOnce() -> Cost) -> Cost {
        let Some(known) = self.known.get(key as usize % KNOWN) else { return look_up() };
        let (found, cost) = known.get();
        if found == key {
            return cost;
        }
        let cost = look_up();
        known.set((key, cost));
        cost
    }
}

/// Cost of a letter or of anything else where no word is open.
const LETTER_AFTER_OTHER: f32 = 0.43;
const OTHER_AFTER_OTHER: f32 = 1.05;
/// Cost of the end of a word in a context that the table does not know.
const WORD_END: f32 = 1.9;
/// A letter right after a symbol that itself followed a letter (`a®b`).
const GLUED_LETTER: f32 = 4.5;
/// A symbol right after a letter.
const SYMBOL_AFTER_LETTER: f32 = 2.5;
const OPENING_AFTER_LETTER: f32 = 4.0;
const OPENING_AFTER_STOP: f32 = 1.5;
const CLOSING_AFTER_BLANK: f32 = 2.5;
/// Pictures stand before headings and items. Measured on 4,701 READMEs of npm, crates.io and PyPI, 2026-11:
/// 0.38 % of lines begin with one, seven times what their share elsewhere would make.
const EMOJI_AT_LINE_START: f32 = 2.0;
/// No step costs less than this below zero.
pub(super) const MOST_SAVED: f32 = EMOJI_AT_LINE_START;
/// A combining accent on a digit or a mark of ASCII: `$̶4̶9̶`, `(ง'̀⌣'́)ง`.
const ACCENT_ON_MARK: f32 = 14.0;
/// A second blank: text is seldom spaced twice, but a no-break space beside a space often was.
const SECOND_BLANK: f32 = 2.5;

impl Context {
    /// No word before.
    pub(super) const START: Context = Context {
        symbols: [BLANK, 0, 0],
        length: 1,
        case: Case::Start,
        last: ' ',
        starts_line: false,
        after_glued_symbol: false,
    };

    /// A line that starts.
    pub(super) const LINE_START: Context = Context { starts_line: true, ..Context::START };

    fn push(&mut self, letter: u32) {
        if self.length < 3 {
            self.symbols[usize::from(self.length)] = letter;
            self.length += 1;
        } else {
            self.symbols = [self.symbols[1], self.symbols[2], letter];
        }
    }
}

impl<'c> Place<'c> {
    pub(super) fn new(context: Context, costs: &'c Costs) -> Place<'c> {
        let symbols = &context.symbols[..usize::from(context.length)];
        let after_letter = symbols.len() > 1 || symbols[0] != BLANK;
        let last = symbols.last().copied().filter(|_| after_letter).and_then(char::from_u32);
        let key = table::key(symbols);
        Place { context, after_letter, letter: last, key, end: OnceCell::new(), costs }
    }

    /// Script of the letter before.
    fn script(&self) -> Option<ScriptId> {
        self.letter.map(script::of)
    }

    fn end(&self) -> f32 {
        *self.end.get_or_init(|| match self.after_letter {
            true => self.after_suffixes(BLANK).unwrap_or_else(|left| left + WORD_END),
            false => OTHER_AFTER_OTHER,
        })
    }

    /// Cost of `c` here, and the context after it.
    pub(super) fn step(&self, glyph: &Glyph) -> (f32, Context) {
        match &glyph.kind {
            Kind::Letter(letter) => self.step_letter(glyph.c, letter),
            Kind::Mark { side, cost } => self.step_mark(glyph.c, *side, *cost),
            Kind::Symbol { cost } => self.step_symbol(glyph.c, *cost),
        }
    }

    fn after_suffixes(&self, symbol: u32) -> Cost {
        self.costs.get(table::extend(self.key, symbol), || self.look_up(symbol))
    }

    fn look_up(&self, symbol: u32) -> Cost {
        let mut left = 0.0;
        let mut symbols = &self.context.symbols[..usize::from(self.context.length)];
        while !symbols.is_empty() {
            let key = table::key(symbols);
            let is_known = symbol != UNKNOWN;
            if let Some(entry) = table::find(table::extend(key, symbol)).filter(|_| is_known) {
                return Ok(left + entry.cost);
            }
            left += table::back_off(symbols, key);
            symbols = &symbols[1..];
        }
        Err(left)
    }

    fn step_letter(&self, c: char, letter: &Letter) -> (f32, Context) {
        let symbol = if letter.is_counted { letter.small } else { UNKNOWN };
        let known = self.after_suffixes(symbol);
        let mut cost = known.unwrap_or_else(|left| {
            let script_cost = match self.script() {
                Some(before) => script::step_cost(before, letter.script),
                None => script::start_cost(letter.script),
            };
            left + script_cost + letter.cost
        });
        let mut next = self.context;
        if let Some(is_capital) = letter.is_capital {
            let (case_cost, case) = case_step(next.case, is_capital);
            cost += case_cost;
            next.case = case;
        }
        if !self.after_letter {
            cost += LETTER_AFTER_OTHER;
        }
        if next.after_glued_symbol {
            cost += GLUED_LETTER;
        }
        next.push(letter.small);
        next.last = c;
        next.starts_line = false;
        next.after_glued_symbol = false;
        (cost, next)
    }

    fn step_mark(&self, c: char, side: Side, share: f32) -> (f32, Context) {
        let mut cost = self.end() + share;
        let last = self.context.last;
        let is_glued = self.after_letter && !c.is_ascii() && !is_joint(c);
        if c == ' ' && last == ' ' {
            cost += SECOND_BLANK;
        }
        if !c.is_ascii() {
            let after_blank = last == ' ' || last == '\u{A0}';
            cost += match side {
                Side::Open if self.after_letter => OPENING_AFTER_LETTER,
                Side::Open if matches!(last, ',' | '.' | '!' | '?' | '…') => OPENING_AFTER_STOP,
                Side::Close if after_blank && c != '’' && c != '…' => CLOSING_AFTER_BLANK,
                Side::Free if is_glued => SYMBOL_AFTER_LETTER,
                _ => 0.0,
            };
        }
        (cost, Context { last: c, after_glued_symbol: is_glued, ..Context::START })
    }

    fn step_symbol(&self, c: char, share: f32) -> (f32, Context) {
        let last = self.context.last;
        let joined = match c {
            '\u{FE0F}' if is_text_style(last) => Some(0.7),
            '\u{FE0F}' if last.is_ascii_digit() => Some(1.2),
            '\u{FE0F}' if is_emoji(last) => Some(4.0),
            '\u{FE0F}' => Some(25.0),
            '\u{20E3}' if last == '\u{FE0F}' => Some(1.0),
            '\u{200D}' if is_emoji(last) || last == '\u{FE0F}' || is_skin_tone(last) => Some(6.0),
            '\u{200D}' => Some(22.0),
            _ if last == '\u{200D}' && is_emoji(c) => Some((share - 6.0).max(1.0)),
            _ if is_skin_tone(c) && is_emoji(last) => Some(3.5),
            _ if is_regional(c) && is_regional(last) => Some(2.5),
            _ => None,
        };
        let next = Context { last: c, ..Context::START };
        if let Some(cost) = joined {
            return (cost, next);
        }
        if self.after_letter
            && let Some(cost) = self.combining_cost(c)
        {
            // It belongs to its letter; the word goes on.
            return (cost, Context { last: c, ..self.context });
        }
        if matches!(c, '\u{300}'..='\u{36F}') && last.is_ascii_graphic() {
            // Struck-through figures, faces made of marks.
            return (ACCENT_ON_MARK, next);
        }
        let place = match self.after_letter {
            true => SYMBOL_AFTER_LETTER,
            false if self.context.starts_line && is_emoji(c) => -EMOJI_AT_LINE_START,
            false => 0.0,
        };
        (self.end() + share + place, Context { after_glued_symbol: self.after_letter, ..next })
    }

    /// Cost of a combining mark on the letter before.
    fn combining_cost(&self, c: char) -> Option<f32> {
        match c {
            '\u{300}'..='\u{304}' | '\u{306}'..='\u{30C}' | '\u{323}' | '\u{327}' | '\u{328}' => {
                Some(7.0)
            }
            '\u{300}'..='\u{36F}' => Some(14.0),
            _ if is_vowel_sign(c) && self.script() == Some(script::of(c)) => Some(3.5),
            _ => None,
        }
    }
}

/// Shares of capitals by what the word looks like so far; Latin, Greek and Cyrillic alike.
fn case_step(case: Case, is_capital: bool) -> (f32, Case) {
    match (case, is_capital) {
        (Case::Start, true) => (1.39, Case::OneCapital),
        (Case::OneCapital, true) => (1.9, Case::Capitals),
        (Case::Capitals, true) => (0.1, Case::Capitals),
        (Case::Lower, true) => (8.0, Case::OneCapital),
        (Case::Start, false) => (0.29, Case::Lower),
        (Case::OneCapital, false) => (0.16, Case::Lower),
        (Case::Capitals, false) => (3.5, Case::Lower),
        (Case::Lower, false) => (0.0, Case::Lower),
    }
}

#[cfg(test)]
mod tests {
    use super::super::glyph::Glyphs;
    use super::*;

    fn cost(text: &str) -> f32 {
        let glyphs = Glyphs::new();
        let costs = Costs::with_room();
        let mut context = Context::START;
        let steps = text.chars().map(|c| {
            let (cost, next) = Place::new(context, &costs).step(&glyphs.glyph(c));
            context = next;
            cost
        });
        steps.sum()
    }

    #[test]
    fn kept_costs_are_those_of_the_table() {
        let (glyphs, none, kept) = (Glyphs::new(), Costs::default(), Costs::with_room());
        let text = "El año pasado, Привет, ƒƱ 日本語 “el año”: mañana, Íñigo ".repeat(40);
        let mut context = Context::START;
        for c in text.chars() {
            let glyph = glyphs.glyph(c);
            let (cost, next) = Place::new(context, &none).step(&glyph);
            assert_eq!(Place::new(context, &kept).step(&glyph), (cost, next), "{c}");
            context = next;
        }
    }

    #[test]
    fn clean_words_cost_less_than_their_mojibake() {
        for (clean, damaged) in [
            ("mañana", "maÃ±ana"),
            ("Привет", "РџСЂРёРІРµС‚"),
            ("“world”", "ā€œworldā€¯"),
            ("🔍 Search", "šŸ” Search"),
            ("Größe", "GrÃ¶ÃŸe"),
            ("⚠️ note", "âš\u{A0}ï¸\u{8F} note"),
        ] {
            assert!(
                cost(clean) + 5.0 < cost(damaged),
                "{clean} {} {damaged} {}",
                cost(clean),
                cost(damaged)
            );
        }
    }

    #[test]
    fn clean_words_cost_less_than_wrong_repairs() {
        for (clean, wrong) in [
            ("«MAÇÃ»", "«MAÇû"),
            ("español", "espaƱol"),
            ("vienādu", "vienčdu"),
            ("основные", "о᭮вные"),
        ] {
            assert!(cost(clean) < cost(wrong), "{clean} {} {wrong} {}", cost(clean), cost(wrong));
        }
    }
}
