//! Blocks: sixteen bytes of a line looked at together, to see a whole word at once.
//!
//! A word that is made of ASCII letters, the accented letters of Spanish and inner
//! apostrophes, and is no longer than a block, is found, folded to lower case and hashed without a look at
//! single characters. Any other word is left to `tokens.rs`.

use super::model::word_key;
use super::script::is_outside;
use super::tokens::Case;
use crate::swar::{CASE, HIGH, eight_at, letters, low_bytes, run};

/// The second bytes of `á é í ñ ó ú ü`, whose first is 0xC3, counted from 0xA0. Other letters speak against
/// Spanish and English and take the long way.
const SPANISH: u32 =
    1 << 0x01 | 1 << 0x09 | 1 << 0x0D | 1 << 0x11 | 1 << 0x13 | 1 << 0x1A | 1 << 0x1C;

/// A word that was seen as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub bytes: usize,
    /// The hash of the word in lower case.
    pub key: u64,
    pub letters: u32,
    /// Letters of ASCII that are not capitals, at least so many; all others may be.
    pub small: u32,
    pub case: Case,
    pub has_apostrophe: bool,
    /// The byte after the word; 0 if it is not ASCII or there is none.
    pub next: u8,
}

/// The word of one to seven ASCII letters that starts here, which most words are.
#[inline(always)]
pub(super) fn short_word(text: &[u8], at: usize) -> Option<Seen> {
    let block = eight_at(text, at);
    let bytes = run(letters(block) | block & HIGH);
    if bytes == 0 || bytes == 8 {
        return None;
    }
    let mask = low_bytes(bytes);
    let word = block & mask;
    if word & HIGH != 0 {
        return None;
    }
    let capital = !block & CASE & mask;
    let lower = word | capital;
    let is_i = lower == u64::from(b'i');
    Some(Seen {
        bytes,
        key: word_key(lower, 0),
        letters: bytes as u32,
        small: small(bytes, capital),
        case: case(capital & 0x20 != 0, bytes > 1 && capital == CASE & mask, is_i),
        has_apostrophe: false,
        next: (block >> (8 * bytes)) as u8,
    })
}

/// The word of eight to fifteen ASCII letters that starts here.
#[inline(always)]
pub(super) fn medium_word(text: &[u8], at: usize) -> Option<Seen> {
    let (low, high) = (eight_at(text, at), eight_at(text, at + 8));
    let bytes = run(letters(high) | high & HIGH);
    if letters(low) != HIGH || bytes == 8 {
        return None;
    }
    let mask = (1 << (8 * bytes)) - 1;
    if high & mask & HIGH != 0 {
        return None;
    }
    let capital = (!low & CASE, !high & CASE & mask);
    let is_upper = capital.0 == CASE && capital.1 == CASE & mask;
    Some(Seen {
        bytes: bytes + 8,
        key: word_key(low | capital.0, high & mask | capital.1),
        letters: bytes as u32 + 8,
        small: small(bytes + 8, capital.0 | capital.1 << 1),
        case: case(capital.0 & 0x20 != 0, is_upper, false),
        has_apostrophe: false,
        next: (high >> (8 * bytes)) as u8,
    })
}

/// The word that starts here, with accents and apostrophes, if fifteen bytes hold it.
pub(super) fn long_word(line: &str, at: usize) -> Option<Seen> {
    let wide = |low: u64, high: u64| u128::from(high) << 64 | u128::from(low);
    let (low, high) = (eight_at(line.as_bytes(), at), eight_at(line.as_bytes(), at + 8));
    let (block, ascii) = (wide(low, high), wide(letters(low), letters(high)));
    let beyond = block & wide(HIGH, HIGH);
    let apostrophes = apostrophes(block);
    let inner = apostrophes & (ascii | beyond) >> 8;
    let mut bytes = ((ascii | beyond | inner) ^ wide(HIGH, HIGH)).trailing_zeros() / 8;
    let below = |bytes: u32| !u128::MAX.checked_shl(8 * bytes).unwrap_or(0);
    // The second byte of two has the case of the letter. Of the first ones, those that are not 0xC3.
    let second = beyond & !(block << 1);
    let first = ((beyond ^ second) & below(bytes)) >> 7;
    let unlike = (block ^ (first * 0xC3)) & (first * 0xFF);
    if unlike != 0 {
        // A quotation mark or a dash, as far as this goes, ends the word like a space does.
        bytes = unlike.trailing_zeros() / 8;
        let next = line.get(at + bytes as usize..)?.chars().next()?;
        if bytes == 0 || inner >> (8 * bytes - 1) & 1 != 0 || !is_outside(next) {
            return None;
        }
    }
    // What follows an apostrophe at the end is not to be seen.
    if bytes == 0 || bytes == 16 || bytes == 15 && apostrophes >> 127 != 0 {
        return None;
    }
    let mask = below(bytes);
    let (word, second) = (block & mask, second & mask);
    let all = ascii & mask | second;
    let capital = !block & all >> 2;
    let lower = word | capital;
    let mut accents = second;
    while accents != 0 {
        let byte = (lower >> (accents.trailing_zeros() - 7)) as u8;
        if SPANISH >> (byte & 0x1F) & 1 == 0 {
            return None;
        }
        accents &= accents - 1;
    }
    let is_plain = second == 0 && inner & mask == 0;
    let letters = if is_plain { bytes } else { all.count_ones() };
    let starts_capital = capital & (if word as u8 == 0xC3 { 0x2000 } else { 0x20 }) != 0;
    let is_i = lower == u128::from(b'i') || lower as u16 == u16::from_le_bytes(*b"i'");
    Some(Seen {
        bytes: bytes as usize,
        key: word_key(lower as u64, (lower >> 64) as u64),
        letters,
        small: if capital == 0 && is_plain { bytes } else { 0 },
        case: case(starts_capital, letters > 1 && capital == all >> 2, is_i),
        has_apostrophe: inner & mask != 0,
        next: line
            .as_bytes()
            .get(at + bytes as usize)
            .map_or(0, |byte| if byte.is_ascii() { *byte } else { 0 }),
    })
}

/// Small letters, at least so many, of a word with these bits set for capitals: it is counted as one if one is.
#[inline(always)]
fn small(bytes: usize, capital: u64) -> u32 {
    let first = (capital & 0x20) as u32 >> 5;
    if capital & !0x20 == 0 { bytes as u32 - first } else { 0 }
}

/// The case of a word; `is_i` says that it is the English word "I", or one like "I'm", in any case.
#[inline(always)]
pub(super) const fn case(starts_capital: bool, is_upper: bool, is_i: bool) -> Case {
    let case = if starts_capital { Case::Capitalised } else { Case::Lower };
    let case = if is_i & starts_capital { Case::Pronoun } else { case };
    if is_upper { Case::Upper } else { case }
}

/// The high bit of every byte that is an apostrophe.
fn apostrophes(block: u128) -> u128 {
    const LOW_BITS: u128 = 0x7F * (u128::MAX / 0xFF);
    let unlike = block ^ (u128::from(b'\'') * (u128::MAX / 0xFF));
    !(((unlike & LOW_BITS) + LOW_BITS) | unlike | LOW_BITS)
}
