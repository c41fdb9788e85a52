//! Scripts as far as the prior needs them: how likely one is, and how many letters it has.
//!
//! The table is kept in step with `SCRIPTS` in `data/make_prior.py`, which counted with it.

use super::pages::residue;

/// One script, or several that are written together. Costs in nats.
struct Script {
    ranges: &'static [(u32, u32)],
    /// Starting a word, from the share of words in this script.
    start: f32,
    /// A letter that the counts have not seen: the share of these, spread over the letters in use.
    unseen: f32,
}

const fn script(ranges: &'static [(u32, u32)], start: f32, unseen: f32) -> Script {
    Script { ranges, start, unseen }
}

const SCRIPTS: [Script; 12] = [
    // Latin: share 0.9, 300 letters, unseen 0.002.
    script(&[(0x41, 0x24F), (0x1E00, 0x1EFF), (0x253, 0x25B), (0x2BB, 0x2BC)], 0.11, 11.92),
    // Greek: share 0.012, 80 letters, unseen 0.002.
    script(&[(0x370, 0x3FF)], 4.42, 10.60),
    // Cyrillic: share 0.03, 100 letters, unseen 0.002.
    script(&[(0x400, 0x4FF)], 3.51, 10.82),
    // Armenian: share 0.0008, 80 letters, unseen 0.02.
    script(&[(0x531, 0x58F)], 7.13, 8.29),
    // Hebrew: share 0.004, 40 letters, unseen 0.02.
    script(&[(0x590, 0x5FF)], 5.52, 7.60),
    // Arabic: share 0.006, 80 letters, unseen 0.02.
    script(&[(0x600, 0x6FF)], 5.12, 8.29),
    // Devanagari: share 0.003, 80 letters, unseen 0.2.
    script(&[(0x900, 0x97F)], 5.81, 5.99),
    // other scripts of South and East Asia, and Ethiopic: share 0.001, 400 letters, unseen 0.2.
    script(
        &[(0x980, 0xDFF), (0xE80, 0xEFF), (0x1000, 0x109F), (0x1200, 0x137F), (0x1780, 0x17FF)],
        6.91,
        7.60,
    ),
    // Thai: share 0.004, 80 letters, unseen 0.1.
    script(&[(0xE00, 0xE7F)], 5.52, 6.68),
    // Georgian: share 0.0008, 60 letters, unseen 0.1.
    script(&[(0x10A0, 0x10FF)], 7.13, 6.40),
    // Hangul: share 0.01, 3000 letters, unseen 0.05.
    script(&[(0xAC00, 0xD7A3)], 4.61, 11.00),
    // kana and Han: share 0.02, 6000 letters, unseen 0.05.
    script(&[(0x3040, 0x30FF), (0x3400, 0x9FFF)], 3.91, 11.70),
];

/// Number of a script; [`OTHER`] for those not in the table.
pub(super) type ScriptId = u8;

/// Scripts that hardly occur on the web.
pub(super) const OTHER: ScriptId = 255;
const LATIN: ScriptId = 0;
const GREEK: ScriptId = 1;

/// The same costs for [`OTHER`]: share 1e-5, and an unseen share of 0.01 over 30000 letters, which also
/// holds for historic letters.
const OTHER_START: f32 = 11.51;
const OTHER_UNSEEN: f32 = 14.91;

/// A letter of no living alphabet that a wrong repair leaves behind (`aƱo`): one in two hundred million.
const LEFT_BEHIND: f32 = 19.0;

/// Staying in the script inside a word: 0.97.
const STAY: f32 = 0.03;
/// Changing it: 3e-4.
const CHANGE: f32 = 8.11;
/// Changing to Greek or back: 0.05. Greek letters stand in names of genes and units (IL2Rγc).
const CHANGE_WITH_GREEK: f32 = 3.0;

/// The ranges of all scripts in order, each with its number.
const SORTED: [(u32, u32, ScriptId); RANGES] = sorted();
const RANGES: usize = 20;

const fn sorted() -> [(u32, u32, ScriptId); RANGES] {
    let mut all = [(0, 0, OTHER); RANGES];
    let (mut number, mut length) = (0, 0);
    while number < SCRIPTS.len() {
        let mut range = 0;
        while range < SCRIPTS[number].ranges.len() {
            let (low, high) = SCRIPTS[number].ranges[range];
            let mut at = length;
            while at > 0 && all[at - 1].0 > low {
                all[at] = all[at - 1];
                at -= 1;
            }
            all[at] = (low, high, number as ScriptId);
            (range, length) = (range + 1, length + 1);
        }
        number += 1;
    }
    assert!(length == RANGES);
    all
}

pub(super) fn of(c: char) -> ScriptId {
    let code = u32::from(c);
    // The ligatures ﬁ, ﬂ and their kin are Latin, if rare.
    if code < 0x250 || (0xFB00..=0xFB06).contains(&code) {
        return LATIN;
    }
    let from = SORTED.partition_point(|(low, ..)| *low <= code);
    match from.checked_sub(1).map(|at| SORTED[at]) {
        Some((_, high, number)) if code <= high => number,
        _ => OTHER,
    }
}

/// Kana, Han and Hangul.
pub(super) fn is_east_asian(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7A3)
}

/// Cost of starting a word in `script`, in nats.
pub(super) fn start_cost(script: ScriptId) -> f32 {
    SCRIPTS.get(usize::from(script)).map_or(OTHER_START, |s| s.start)
}

/// Cost of a letter of script `next` right after one of `before`, in nats.
pub(super) fn step_cost(before: ScriptId, next: ScriptId) -> f32 {
    if before == next {
        return STAY;
    }
    // A rare script is no likelier inside a word; the square root keeps it from counting in full.
    let rarity = start_cost(next) / 2.0;
    let is_greek = next == GREEK || before == GREEK;
    rarity + if is_greek { CHANGE_WITH_GREEK } else { CHANGE }
}

/// Letters of old prints and phonetics, whatever the counts say.
pub(super) fn is_historic(c: char) -> bool {
    matches!(u32::from(c), 0x17F | 0x180..=0x18E | 0x190..=0x19F | 0x1A2..=0x1AE | 0x1B1..=0x1CC | 0x1DD..=0x217 | 0x21C..=0x24F)
}

/// Cost of a letter that the counts have not seen, given its script, in nats.
pub(super) fn unseen_cost(c: char, script: ScriptId) -> f32 {
    match SCRIPTS.get(usize::from(script)) {
        _ if residue(c).is_some() => LEFT_BEHIND,
        Some(found) if !is_historic(c) => found.unseen,
        _ => OTHER_UNSEEN,
    }
}
