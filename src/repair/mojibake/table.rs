//! The counted part of the letter model: `data/prior.bin`, read in place.
//!
//! The file begins with the number of single letters (4 bytes, little-endian) and 4 bytes for each,
//! sorted: the code point (2), its cost within its script, the cost of backing off from it. A hash table
//! of longer n-grams fills the rest, 4 bytes a slot: fingerprint (2; 0 is free), cost, cost of backing
//! off. Costs are in steps of 1/12 nat. `data/make_prior.py` writes the file.

use std::sync::OnceLock;

/// The file in parts of 4 bytes: the number of single letters, their entries, the hash table.
const FILE: &[[u8; 4]] = include_bytes!("data/prior.bin").as_chunks().0;
const SINGLES: &[[u8; 4]] = FILE.split_at(1).1.split_at(u32::from_le_bytes(FILE[0]) as usize).0;
const SLOTS: &[[u8; 4]] = FILE.split_at(1 + SINGLES.len()).1;
const NATS_PER_STEP: f32 = 1.0 / 12.0;

/// What the table knows of an n-gram; costs in nats.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The last symbol after the ones before it.
    pub(super) cost: f32,
    /// Leaving the n-gram as a context for a shorter one.
    pub(super) back_off: f32,
}

impl Entry {
    fn new(cost: u8, back_off: u8) -> Entry {
        Entry {
            cost: f32::from(cost) * NATS_PER_STEP,
            back_off: f32::from(back_off) * NATS_PER_STEP,
        }
    }
}

/// Code points whose entries are kept at hand: all alphabets of Europe and the Near East.
const READY: usize = 0x700;

/// A letter by itself, or the blank (0).
pub(super) fn single(symbol: u32) -> Option<Entry> {
    static TABLE: OnceLock<Vec<Option<Entry>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..READY as u32).map(look_up).collect());
    match table.get(symbol as usize) {
        Some(entry) => *entry,
        None => look_up(symbol),
    }
}

fn look_up(symbol: u32) -> Option<Entry> {
    let symbol = u16::try_from(symbol).ok()?;
    let code = |entry: &[u8; 4]| u16::from_le_bytes([entry[0], entry[1]]);
    let at = SINGLES.binary_search_by_key(&symbol, code).ok()?;
    Some(Entry::new(SINGLES[at][2], SINGLES[at][3]))
}

/// Cost of leaving a context, in nats; nothing for one that the table does not know. `key` is its key.
pub(super) fn back_off(context: &[u32], key: Key) -> f32 {
    let entry = match context {
        [symbol] => single(*symbol),
        _ => find(key),
    };
    entry.map_or(0.0, |entry| entry.back_off)
}

/// The key of an n-gram.
#[inline]
pub(super) fn key(symbols: &[u32]) -> Key {
    symbols.iter().fold(EMPTY, |key, &symbol| extend(key, symbol))
}

/// Key of an n-gram; grows symbol by symbol.
pub(super) type Key = u64;

/// The key of no symbols.
pub(super) const EMPTY: Key = 0x9E37_79B9_7F4A_7C15;

/// The key of an n-gram that is one symbol longer.
#[inline]
pub(super) fn extend(key: Key, symbol: u32) -> Key {
    let mixed = (key ^ u64::from(symbol)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ mixed >> 32
}

/// Slots that are looked at together.
const LANES: usize = 8;

/// Looks up an n-gram of two to four symbols.
#[inline]
pub(super) fn find(key: Key) -> Option<Entry> {
    let fingerprint = ((key & 0xFFFF) as u16).max(1);
    let home = (((key >> 32) * SLOTS.len() as u64) >> 32) as usize;
    walk(SLOTS.get(home..)?, fingerprint).or_else(|| walk(SLOTS, fingerprint)).flatten()
}

/// Looks for a fingerprint up to the first free slot; `None` if there is neither.
///
/// The table is nearly full, so what it does not hold ends after dozens of slots.
#[inline]
fn walk(slots: &[[u8; 4]], fingerprint: u16) -> Option<Option<Entry>> {
    let own = |slot: &[u8; 4]| u32::from_le_bytes(*slot) & 0xFFFF;
    let wanted = u32::from(fingerprint);
    let entry = |slot: &[u8; 4]| match own(slot) {
        0 => Some(None),
        found if found == wanted => Some(Some(Entry::new(slot[2], slot[3]))),
        _ => None,
    };
    let (blocks, rest) = slots.as_chunks::<LANES>();
    for block in blocks {
        // No branch in between, so that compilers compare all at once.
        let mut ends = false;
        for slot in block {
            let own = own(slot);
            ends |= (own == 0) | (own == wanted);
        }
        if ends {
            return block.iter().find_map(entry);
        }
    }
    rest.iter().find_map(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(gram_text: &str) -> Option<f32> {
        let symbols: Vec<u32> =
            gram_text.chars().map(|c| if c == '_' { 0 } else { u32::from(c) }).collect();
        find(symbols.iter().fold(EMPTY, |key, &symbol| extend(key, symbol))).map(|entry| entry.cost)
    }

    #[test]
    fn usual_endings_are_cheap() {
        assert!(cost("ción").is_none_or(|cost| cost < 1.0));
        assert!(cost("ing_").is_some_and(|cost| cost < 1.0));
        assert!(cost("_qu").is_some_and(|cost| cost < 1.0));
    }

    #[test]
    fn slots_looked_at_together_say_what_each_says_by_itself() {
        let one_by_one = |home: usize, fingerprint: u16| {
            let own = |slot: &[u8; 4]| u16::from_le_bytes([slot[0], slot[1]]);
            let mut all = SLOTS[home..].iter().chain(SLOTS);
            let end = all.find(|slot| own(slot) == 0 || own(slot) == fingerprint);
            end.filter(|slot| own(slot) != 0).map(|slot| (slot[2], slot[3]))
        };
        let steps = |cost: f32| (cost / NATS_PER_STEP).round() as u8;
        let homes = (0..SLOTS.len()).step_by(97).chain(SLOTS.len() - 20..SLOTS.len());
        let (mut found, mut missed) = (0, 0);
        for home in homes {
            // A key goes to the slot that its upper half says.
            let upper = ((home as u64) << 32).div_ceil(SLOTS.len() as u64);
            for fingerprint in [1, 0x1234, u16::from_le_bytes([SLOTS[home][0], SLOTS[home][1]])] {
                let fingerprint = fingerprint.max(1);
                let entry = find(upper << 32 | u64::from(fingerprint));
                let entry = entry.map(|entry| (steps(entry.cost), steps(entry.back_off)));
                assert_eq!(entry, one_by_one(home, fingerprint), "{fingerprint} at {home}");
                (found, missed) =
                    if entry.is_some() { (found + 1, missed) } else { (found, missed + 1) };
            }
        }
        assert!(found > 1000 && missed > 1000, "{found}, {missed}");
    }

    #[test]
    fn letters_of_every_script_are_known() {
        for letter in "añßőřłяωאعก가あ日".chars() {
            assert!(single(u32::from(letter)).is_some(), "{letter}");
        }
        assert!(single(0xA06D).is_none());
    }
}
