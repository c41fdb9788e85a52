//! What clean text looks like: the cost, in nats, of one character after the ones before it.
//!
//! Letters follow a character 4-gram model over many languages at once (`data/prior.bin`), lower-cased,
//! with the case priced apart. Marks, symbols and emoji have shares set by hand (`data/symbols.tsv`,
//! `data/emoji.txt`) and pay for unlikely neighbours: an opening quote after a letter, a closing one
//! after a blank, a letter glued to a symbol. The repair compares sums of these costs; nothing here
//! knows about code pages.
//!
//! The shares and neighbour costs were set while looking at real and synthetic mojibake, 2026-11.

use super::script::{self, ScriptId};
use super::table;

const SYMBOLS: &str = include_str!("data/symbols.tsv");
const EMOJI: &str = include_str!("data/emoji.txt");

/// Stands for the blank before and after a word.
const BLANK: u32 = 0;

/// A character that text should never hold: unassigned, private, a control.
pub(super) const IMPOSSIBLE: f32 = 40.0;

/// Share of all emoji among the characters between words, and how much of it each list gets.
const EMOJI_SHARE: f32 = 1.5e-3;
const WEB_EMOJI_WEIGHT: f32 = 0.6;

/// Where a mark stands with regard to words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Open,
    Close,
    Free,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Case {
    /// No cased letter of this word yet.
    Start,
    OneCapital,
    Capitals,
    Lower,
}

/// What the model remembers of the text before a character.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Context {
    /// Up to three letters of the word, before them a blank (0); `length` says how many count.
    symbols: [u32; 3],
    length: u8,
    case: Case,
    last: char,
    /// `last` is a symbol beyond ASCII right after a letter: a letter now would be glued to it.
    after_glued_symbol: bool,
}

/// The letter model and the tables of marks and emoji.
pub(super) struct Prior {
    /// Characters that are not letters: side and cost, sorted by character.
    marks: Vec<(char, Side, f32)>,
    /// Emoji with a rank: cost, sorted by character.
    emoji: Vec<(char, f32)>,
}

impl Context {
    /// Nothing before, or a line that starts.
    pub(super) const START: Context = Context {
        symbols: [BLANK, 0, 0],
        length: 1,
        case: Case::Start,
        last: ' ',
        after_glued_symbol: false,
    };

    fn is_after_letter(&self) -> bool {
        self.length > 1 || self.symbols[0] != BLANK
    }

    fn push(&mut self, letter: u32) {
        if self.length < 3 {
            self.symbols[usize::from(self.length)] = letter;
            self.length += 1;
        } else {
            self.symbols = [self.symbols[1], self.symbols[2], letter];
        }
    }

    fn symbols(&self) -> &[u32] {
        &self.symbols[..usize::from(self.length)]
    }
}

impl Prior {
    pub(super) fn new() -> Prior {
        let mut marks: Vec<(char, Side, f32)> =
            SYMBOLS.lines().filter_map(marks_of_line).flatten().collect();
        marks.sort_unstable_by_key(|mark| mark.0);
        let mut emoji = ranked_emoji();
        emoji.sort_unstable_by_key(|entry| entry.0);
        Prior { marks, emoji }
    }

    /// Is this one of the emoji that people really use?
    pub(super) fn is_ranked_emoji(&self, c: char) -> bool {
        self.emoji.binary_search_by_key(&c, |entry| entry.0).is_ok()
    }

    /// Cost of `c` after `context`, and the context after it.
    pub(super) fn step(&self, context: &Context, c: char) -> (f32, Context) {
        match self.mark(c) {
            Some((side, cost)) => self.step_mark(context, c, side, cost),
            None if is_letter(c) => self.step_letter(context, c),
            None => self.step_symbol(context, c),
        }
    }

    /// How rare a character is by itself, in nats: a guide for cutting lists of candidates.
    pub(super) fn rarity(&self, c: char) -> f32 {
        if let Some((_, cost)) = self.mark(c) {
            return cost;
        }
        if is_letter(c) {
            let script = script::of(c);
            return script::start_cost(script) + self.letter_in_script(lower(c), c, script);
        }
        self.symbol_cost(c)
    }

    fn mark(&self, c: char) -> Option<(Side, f32)> {
        if c.is_ascii_alphabetic() {
            return None;
        }
        let at = self.marks.binary_search_by_key(&c, |mark| mark.0).ok()?;
        self.marks.get(at).map(|&(_, side, cost)| (side, cost))
    }

    fn step_letter(&self, context: &Context, c: char) -> (f32, Context) {
        let small = lower(c);
        let script = script::of(c);
        let mut cost = self.letter_cost(context.symbols(), small, c, script);
        let mut next = *context;
        let (case_cost, case) = case_step(context.case, c, small);
        cost += case_cost;
        next.case = case;
        if !context.is_after_letter() {
            cost += LETTER_AFTER_OTHER;
        }
        if context.after_glued_symbol {
            cost += GLUED_LETTER;
        }
        next.push(u32::from(small));
        next.last = c;
        next.after_glued_symbol = false;
        (cost, next)
    }

    /// Walks down from the longest context that the table knows.
    fn letter_cost(&self, context: &[u32], small: char, c: char, script: ScriptId) -> f32 {
        let mut cost = 0.0;
        // A letter that was never counted is in no context either; not asking saves chance hits.
        let single = if script::is_historic(c) { None } else { table::single(u32::from(small)) };
        for start in 0..context.len() {
            let shorter = &context[start..];
            if single.is_some()
                && let Some(entry) = table::gram(shorter, Some(u32::from(small)))
            {
                return cost + entry.cost;
            }
            cost += table::back_off(shorter);
        }
        let before =
            context.last().copied().filter(|&symbol| symbol != BLANK).and_then(char::from_u32);
        let script_cost = match before {
            Some(letter) => script::step_cost(script::of(letter), script),
            None => script::start_cost(script),
        };
        cost + script_cost
            + single.map_or_else(|| script::unseen_cost(c, script), |entry| entry.cost)
    }

    fn letter_in_script(&self, small: char, c: char, script: ScriptId) -> f32 {
        let single = if script::is_historic(c) { None } else { table::single(u32::from(small)) };
        single.map_or_else(|| script::unseen_cost(c, script), |entry| entry.cost)
    }

    /// Cost of a word that ends here.
    fn end_cost(&self, context: &Context) -> f32 {
        if !context.is_after_letter() {
            return OTHER_AFTER_OTHER;
        }
        let mut cost = 0.0;
        for start in 0..usize::from(context.length) {
            let shorter = &context.symbols()[start..];
            if let Some(entry) = table::gram(shorter, Some(BLANK)) {
                return cost + entry.cost;
            }
            cost += table::back_off(shorter);
        }
        cost + WORD_END
    }

    fn step_mark(&self, context: &Context, c: char, side: Side, share: f32) -> (f32, Context) {
        let mut cost = self.end_cost(context) + share;
        let after_letter = context.is_after_letter();
        let last = context.last;
        if !c.is_ascii() {
            let after_blank = last == ' ' || last == '\u{A0}';
            cost += match side {
                Side::Open if after_letter => 4.0,
                Side::Open if matches!(last, ',' | '.' | '!' | '?' | '…') => 1.5,
                Side::Close if after_blank && c != '’' && c != '…' => 2.5,
                Side::Free if after_letter && !is_joint(c) => 2.5,
                _ => 0.0,
            };
        }
        let glued = after_letter && !c.is_ascii() && !is_joint(c);
        (cost, Context { last: c, after_glued_symbol: glued, ..Context::START })
    }

    fn step_symbol(&self, context: &Context, c: char) -> (f32, Context) {
        let last = context.last;
        let next =
            Context { last: c, after_glued_symbol: context.is_after_letter(), ..Context::START };
        let joined = match c {
            '\u{FE0F}' if is_text_style(last) => Some(0.7),
            '\u{FE0F}' if last.is_ascii_digit() => Some(1.2),
            '\u{FE0F}' if is_emoji(last) => Some(4.0),
            '\u{FE0F}' => Some(25.0),
            '\u{20E3}' if last == '\u{FE0F}' => Some(1.0),
            '\u{200D}' if is_emoji(last) || last == '\u{FE0F}' || is_skin_tone(last) => Some(3.0),
            '\u{200D}' => Some(22.0),
            _ if is_skin_tone(c) && is_emoji(last) => Some(3.5),
            _ if is_regional(c) && is_regional(last) => Some(2.5),
            '\u{300}'..='\u{36F}' if context.is_after_letter() => {
                // A combining accent belongs to its letter; the word goes on.
                let usual = matches!(c, '\u{300}'..='\u{304}' | '\u{306}'..='\u{30C}' | '\u{323}' | '\u{327}' | '\u{328}');
                let cost = if usual { 9.0 } else { 14.0 };
                return (cost, Context { last: c, ..*context });
            }
            _ if is_vowel_sign(c)
                && context.is_after_letter()
                && script::of(last) == script::of(c) =>
            {
                return (3.5, Context { last: c, ..*context });
            }
            _ if is_vowel_sign(c) => Some(30.0),
            _ => None,
        };
        if let Some(cost) = joined {
            return (cost, Context { after_glued_symbol: false, ..next });
        }
        let after_letter = if context.is_after_letter() { 2.5 } else { 0.0 };
        (self.end_cost(context) + self.symbol_cost(c) + after_letter, next)
    }

    /// Cost of a character that is neither letter nor a listed mark.
    fn symbol_cost(&self, c: char) -> f32 {
        if let Ok(at) = self.emoji.binary_search_by_key(&c, |entry| entry.0) {
            return self.emoji[at].1;
        }
        let share: f32 = match u32::from(c) {
            0x09 => 5e-3,
            0x00..=0x9F => return IMPOSSIBLE,
            0x300..=0x36F => return 30.0,
            0x2600..=0x27BF => 2e-7,
            0x1F300..=0x1F5FF | 0x1F600..=0x1F6FF | 0x1F900..=0x1F9FF | 0x1FA70..=0x1FAFF => 4e-7,
            0x1F1E6..=0x1F1FF => 1e-5,
            0x2190..=0x21FF | 0x2200..=0x22FF | 0x2500..=0x257F => 1e-7,
            0xFFFD => 1e-6,
            0x2010..=0x2027 | 0x2030..=0x205E | 0x20A0..=0x20C0 => 1e-7,
            0x2100..=0x218B | 0x2580..=0x25FF | 0x2B00..=0x2B73 => 1e-7,
            0x3001..=0x303F | 0xFF01..=0xFF65 => 1e-6,
            0xFE00..=0xFE0E | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF => return IMPOSSIBLE,
            0x2028..=0x2029 | 0x2065 => return IMPOSSIBLE,
            _ if c.is_numeric() => 1e-8,
            0xA1..=0x2FF | 0x2000..=0x2BFF => 2e-9,
            0x660..=0x6FF | 0x900..=0xDFF => 1e-7,
            0x370..=0x5FF => 1e-8,
            0x1F000..=0x1F2FF | 0x1F700..=0x1F8FF => 2e-9,
            // Marks of other scripts and everything unassigned look alike from here.
            0x700..=0x1FFF => return 30.0,
            _ => return IMPOSSIBLE,
        };
        -share.ln()
    }
}

/// Cost of a letter or of anything else where no word is open.
const LETTER_AFTER_OTHER: f32 = 0.43;
const OTHER_AFTER_OTHER: f32 = 1.05;
/// Cost of the end of a word in a context that the table does not know.
const WORD_END: f32 = 1.9;
/// A letter right after a symbol that itself followed a letter (`a®b`).
const GLUED_LETTER: f32 = 4.5;

/// Shares of capitals by what the word looks like so far; Latin, Greek and Cyrillic alike.
fn case_step(case: Case, c: char, small: char) -> (f32, Case) {
    if c != small || c.is_uppercase() {
        match case {
            Case::Start => (1.39, Case::OneCapital),
            Case::OneCapital => (1.9, Case::Capitals),
            Case::Capitals => (0.1, Case::Capitals),
            Case::Lower => (6.2, Case::OneCapital),
        }
    } else if c.is_lowercase() {
        match case {
            Case::Start => (0.29, Case::Lower),
            Case::OneCapital => (0.16, Case::Lower),
            Case::Capitals => (3.5, Case::Lower),
            Case::Lower => (0.0, Case::Lower),
        }
    } else {
        (0.0, case)
    }
}

#[inline]
pub(super) fn is_letter(c: char) -> bool {
    match c {
        'ª' | 'º' => false,
        '\u{300}'..='\u{36F}' => false,
        _ => c.is_alphabetic() && !('Ⓐ'..='ⓩ').contains(&c) && u32::from(c) < 0x1F000,
    }
}

/// The letter in lower case; the first letter where that is several.
pub(super) fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Vowel signs and killers of Hebrew, Arabic and the scripts of India, which ride on a letter.
fn is_vowel_sign(c: char) -> bool {
    matches!(u32::from(c), 0x591..=0x5C7 | 0x610..=0x61A | 0x64B..=0x65F | 0x670 | 0x93C | 0x94D | 0x9BC | 0x9CD | 0xA3C | 0xA4D | 0xABC
        | 0xACD | 0xB3C | 0xB4D | 0xBCD | 0xC4D | 0xCBC | 0xCCD | 0xD4D | 0xE38..=0xE3A | 0xE47..=0xE4E)
}

/// Marks that may stand between two letters.
fn is_joint(c: char) -> bool {
    matches!(
        c,
        '’' | '‘' | '–' | '—' | '-' | '‑' | '‐' | '\u{A0}' | '\u{202F}' | '\u{AD}' | '…' | '·'
    ) || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Characters shown as text unless U+FE0F follows.
fn is_text_style(c: char) -> bool {
    matches!(u32::from(c), 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2194..=0x21AA | 0x231A..=0x23FA | 0x25AA..=0x27BF | 0x2934..=0x2B55)
}

fn is_emoji(c: char) -> bool {
    is_text_style(c) || matches!(u32::from(c), 0x1F000..=0x1FAFF)
}

fn is_skin_tone(c: char) -> bool {
    matches!(u32::from(c), 0x1F3FB..=0x1F3FF)
}

fn is_regional(c: char) -> bool {
    matches!(u32::from(c), 0x1F1E6..=0x1F1FF)
}

/// One line of `symbols.tsv`: side, share, characters or their names.
fn marks_of_line(line: &str) -> Option<Vec<(char, Side, f32)>> {
    let mut fields = line.splitn(3, '\t');
    let side = match fields.next()? {
        "open" => Side::Open,
        "close" => Side::Close,
        "free" => Side::Free,
        _ => return None,
    };
    let share: f32 = fields.next()?.parse().ok()?;
    let characters = fields.next()?;
    if characters == " " {
        return Some(vec![(' ', side, -share.ln())]);
    }
    Some(characters.split(' ').filter_map(named).map(|c| (c, side, -share.ln())).collect())
}

/// A character, or the abbreviation of one that cannot be seen.
fn named(name: &str) -> Option<char> {
    Some(match name {
        "TAB" => '\t',
        "NBSP" => '\u{A0}',
        "NNBSP" => '\u{202F}',
        "ZWSP" => '\u{200B}',
        "ZWNJ" => '\u{200C}',
        "LRM" => '\u{200E}',
        "RLM" => '\u{200F}',
        "WJ" => '\u{2060}',
        "BOM" => '\u{FEFF}',
        "SHY" => '\u{AD}',
        "THINSP" => '\u{2009}',
        "ENSP" => '\u{2002}',
        "EMSP" => '\u{2003}',
        "HAIRSP" => '\u{200A}',
        _ => return name.chars().next(),
    })
}

/// The emoji of `emoji.txt` with their costs; the cheaper rank counts where both lists have one.
fn ranked_emoji() -> Vec<(char, f32)> {
    let mut found: Vec<(char, f32)> = Vec::new();
    let (mut weight, mut rank) = (1.0, 0.0);
    for line in EMOJI.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with('@') {
            (weight, rank) = (if line == "@web" { WEB_EMOJI_WEIGHT } else { 1.0 }, 0.0);
            continue;
        }
        for c in line.split(' ').filter_map(|name| name.chars().next()) {
            rank += 1.0;
            let share = weight / (rank + 12.0);
            match found.iter_mut().find(|entry| entry.0 == c) {
                Some(entry) => entry.1 += share,
                None => found.push((c, share)),
            }
        }
    }
    let total: f32 = found.iter().map(|entry| entry.1).sum();
    found.into_iter().map(|(c, share)| (c, -(EMOJI_SHARE * share / total).ln())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(text: &str) -> f32 {
        let prior = Prior::new();
        let mut context = Context::START;
        text.chars()
            .map(|c| {
                let (cost, next) = prior.step(&context, c);
                context = next;
                cost
            })
            .sum()
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

    #[test]
    fn ranks_decide_between_pictures() {
        let prior = Prior::new();
        assert!(prior.rarity('🔍') < prior.rarity('🔐'));
        assert!(prior.rarity('👥') < prior.rarity('👄'));
        assert!(prior.is_ranked_emoji('❓'));
        assert!(!prior.is_ranked_emoji('Ɐ'));
    }
}
