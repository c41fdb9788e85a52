//! What a character is by itself: letter, mark or symbol, and how rare.
//!
//! Marks and symbols have shares set by hand (`data/symbols.tsv`), emoji are ranked by public counts of
//! their use (`data/emoji.tsv`); everything else that is no letter is priced by its block. Letters are
//! counted in `data/prior.bin`.

use std::sync::OnceLock;

use super::prior;
use super::script::{self, ScriptId};
use super::table;
use crate::repair::is_alphabetic;

const SYMBOLS: &str = include_str!("data/symbols.tsv");
const EMOJI: &str = include_str!("data/emoji.tsv");

/// A character that text should never hold: unassigned, private, a control.
pub(super) const IMPOSSIBLE: f32 = 40.0;
/// A combining mark without a letter of its script.
const STRAY_MARK: f32 = 30.0;

/// Share of all emoji among the characters between words.
const EMOJI_SHARE: f32 = 1.5e-3;

/// Where a mark stands with regard to words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Open,
    Close,
    Free,
}

/// A character with everything the letter model asks about it. Costs in nats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) c: char,
    pub(super) kind: Kind,
    /// No step to it costs less, whatever stands before.
    pub(super) least: f32,
    /// How rare it is by itself.
    rarity: f32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Letter(Letter),
    Mark { side: Side, cost: f32 },
    Symbol { cost: f32 },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    /// In lower case.
    pub(super) small: u32,
    pub(super) script: ScriptId,
    /// The script of `small`, which is another one for few letters.
    pub(super) small_script: ScriptId,
    /// Cost within the script, whatever stands before.
    pub(super) cost: f32,
    /// The counts have seen it; otherwise it is in no n-gram either.
    pub(super) is_counted: bool,
    /// `None` for letters without case.
    pub(super) is_capital: Option<bool>,
}

/// The tables of marks and emoji.
pub(super) struct Glyphs {
    /// Side and cost, sorted by character.
    marks: Vec<(char, Side, f32)>,
    /// Cost, sorted by character.
    emoji: Vec<(char, f32)>,
    /// The glyphs of all code points below [`READY`], block by block, made when one is first asked for.
    ready: Vec<OnceLock<Box<[Glyph]>>>,
}

/// The Basic Multilingual Plane and the one with the emoji: nearly all that is asked for.
const READY: usize = 0x20000;
const BLOCK: usize = 0x20;

impl Glyphs {
    pub(super) fn new() -> Glyphs {
        let lines = SYMBOLS.lines().filter_map(marks_of_line);
        let mut marks: Vec<(char, Side, f32)> = lines.flatten().collect();
        marks.sort_unstable_by_key(|mark| mark.0);
        let mut emoji = ranked_emoji();
        emoji.sort_unstable_by_key(|entry| entry.0);
        Glyphs { marks, emoji, ready: vec![OnceLock::new(); READY / BLOCK] }
    }

    /// Is this one of the emoji that people really use?
    pub(super) fn is_ranked_emoji(&self, c: char) -> bool {
        self.emoji.binary_search_by_key(&c, |entry| entry.0).is_ok()
    }

    #[inline]
    pub(super) fn glyph(&self, c: char) -> Glyph {
        let code = u32::from(c) as usize;
        match self.ready.get(code / BLOCK) {
            Some(block) => block.get_or_init(|| self.block(code / BLOCK))[code % BLOCK],
            None => self.look_up(c),
        }
    }

    /// The glyphs of one block; surrogates, which are no characters, stand for U+FFFD.
    fn block(&self, number: usize) -> Box<[Glyph]> {
        let codes = number * BLOCK..(number + 1) * BLOCK;
        let characters = codes.map(|code| char::from_u32(code as u32).unwrap_or('\u{FFFD}'));
        characters.map(|c| self.look_up(c)).collect()
    }

    fn look_up(&self, c: char) -> Glyph {
        let kind = if c.is_ascii_alphabetic() {
            letter(c)
        } else if let Ok(at) = self.marks.binary_search_by_key(&c, |mark| mark.0) {
            Kind::Mark { side: self.marks[at].1, cost: self.marks[at].2 }
        } else if is_letter(c) {
            letter(c)
        } else {
            Kind::Symbol { cost: self.symbol_cost(c) }
        };
        let rarity = match kind {
            Kind::Letter(letter) => script::start_cost(letter.script) + letter.cost,
            Kind::Mark { cost, .. } | Kind::Symbol { cost } => cost,
        };
        Glyph { c, kind, least: prior::least_cost(c, &kind), rarity }
    }

    /// How rare a character is by itself, in nats: a guide for cutting lists of candidates.
    #[inline]
    pub(super) fn rarity(&self, c: char) -> f32 {
        self.glyph(c).rarity
    }

    /// Cost of a character that is neither letter nor a listed mark.
    fn symbol_cost(&self, c: char) -> f32 {
        if let Ok(at) = self.emoji.binary_search_by_key(&c, |entry| entry.0) {
            return self.emoji[at].1;
        }
        if is_vowel_sign(c) {
            return STRAY_MARK;
        }
        let share: f32 = match u32::from(c) {
            0x09 => 5e-3,
            0x00..=0x9F => return IMPOSSIBLE,
            0x300..=0x36F => return STRAY_MARK,
            // What emoji.tsv leaves out is rarer than the last of its entries.
            0x2600..=0x27BF => 1e-7,
            0x1F300..=0x1F5FF | 0x1F600..=0x1F6FF | 0x1F900..=0x1F9FF | 0x1FA70..=0x1FAFF => 2e-7,
            0x1F1E6..=0x1F1FF => 1e-5,
            0x2190..=0x21FF | 0x2200..=0x22FF | 0x2500..=0x257F => 1e-7,
            0xFFFD => 1e-6,
            // Joined to emoji and digits these cost less; see the letter model.
            0xFE0F | 0x20E3 | 0x200D => 1e-6,
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
            0x700..=0x1FFF => return STRAY_MARK,
            _ => return IMPOSSIBLE,
        };
        -share.ln()
    }
}

fn letter(c: char) -> Kind {
    let small = lower(c);
    let script = script::of(c);
    let counted = if script::is_historic(c) { None } else { table::single(u32::from(small)) };
    let cost = counted.map_or_else(|| script::unseen_cost(c, script), |entry| entry.cost);
    let is_capital =
        if c != small || c.is_uppercase() { Some(true) } else { c.is_lowercase().then_some(false) };
    Kind::Letter(Letter {
        small: u32::from(small),
        script,
        small_script: script::of(small),
        cost,
        is_counted: counted.is_some(),
        is_capital,
    })
}

#[inline]
pub(super) fn is_letter(c: char) -> bool {
    match c {
        'ª' | 'º' => false,
        '\u{300}'..='\u{36F}' => false,
        _ => is_alphabetic(c) && !('Ⓐ'..='ⓩ').contains(&c) && u32::from(c) < 0x1F000,
    }
}

/// The letter in lower case; the first letter where that is several.
fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Vowel signs and killers of Hebrew, Arabic and the scripts of India, which ride on a letter.
pub(super) fn is_vowel_sign(c: char) -> bool {
    matches!(u32::from(c), 0x591..=0x5C7 | 0x610..=0x61A | 0x64B..=0x65F | 0x670 | 0x93C | 0x94D | 0x9BC | 0x9CD | 0xA3C | 0xA4D | 0xABC
        | 0xACD | 0xB3C | 0xB4D | 0xBCD | 0xC4D | 0xCBC | 0xCCD | 0xD4D | 0xE38..=0xE3A | 0xE47..=0xE4E)
}

/// The marks of ASCII, behind which nothing is left of what stood before: all but letters and controls.
#[inline]
pub(super) fn is_ascii_mark(c: char) -> bool {
    matches!(c, ' '..='@' | '['..='`' | '{'..='~')
}

/// Marks that may stand between two letters.
pub(super) fn is_joint(c: char) -> bool {
    matches!(
        c,
        '’' | '‘' | '–' | '—' | '-' | '‑' | '‐' | '\u{A0}' | '\u{202F}' | '\u{AD}' | '…' | '·'
    ) || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Characters shown as text unless U+FE0F follows.
pub(super) fn is_text_style(c: char) -> bool {
    matches!(u32::from(c), 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2194..=0x21AA | 0x231A..=0x23FA | 0x25AA..=0x27BF | 0x2934..=0x2B55)
}

pub(super) fn is_emoji(c: char) -> bool {
    is_text_style(c) || matches!(u32::from(c), 0x1F000..=0x1FAFF)
}

pub(super) fn is_skin_tone(c: char) -> bool {
    matches!(u32::from(c), 0x1F3FB..=0x1F3FF)
}

pub(super) fn is_regional(c: char) -> bool {
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

/// The emoji of `emoji.tsv` with their costs.
fn ranked_emoji() -> Vec<(char, f32)> {
    let entry = |line: &str| {
        let (millionths, emoji) = line.split_once('\t')?;
        let share = millionths.parse::<f32>().ok()? * 1e-6;
        Some((emoji.chars().next()?, -(EMOJI_SHARE * share).ln()))
    };
    EMOJI.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_decide_between_pictures() {
        let glyphs = Glyphs::new();
        assert!(glyphs.rarity('🔍') < glyphs.rarity('🔐'));
        assert!(glyphs.rarity('👥') < glyphs.rarity('👄'));
        assert!(glyphs.is_ranked_emoji('❓'));
        assert!(!glyphs.is_ranked_emoji('Ɐ'));
    }

    #[test]
    fn the_marks_of_ascii_are_those_of_the_table() {
        let glyphs = Glyphs::new();
        for c in (0..0x80).filter_map(char::from_u32).filter(|c| *c != '\t') {
            let is_mark = matches!(glyphs.glyph(c).kind, Kind::Mark { .. });
            assert_eq!(is_ascii_mark(c), is_mark, "{c:?}");
        }
    }

    #[test]
    fn characters_are_told_apart() {
        let glyphs = Glyphs::new();
        let is_letter = |c| matches!(glyphs.glyph(c).kind, Kind::Letter(_));
        for c in "aÑßжé日".chars() {
            assert!(is_letter(c), "{c}");
        }
        for c in "1 º’»🔍\u{FE0F}Ⓐ".chars() {
            assert!(!is_letter(c), "{c}");
        }
    }
}
