//! Scripts as far as the prior needs them: how likely one is, and how many letters it has.
//!
//! The table is kept in step with `SCRIPTS` in `data/make_prior.py`, which counted with it.

/// One script, or several that are written together.
pub(super) struct Script {
    ranges: &'static [(u32, u32)],
    /// Letters in everyday use; an unseen letter has one share of these.
    size: f32,
    /// Share of the words that begin in this script.
    share: f32,
    /// Share of the letters that the counts have not seen.
    unseen: f32,
}

const fn script(ranges: &'static [(u32, u32)], size: f32, share: f32, unseen: f32) -> Script {
    Script { ranges, size, share, unseen }
}

static SCRIPTS: [Script; 12] = [
    script(&[(0x41, 0x24F), (0x1E00, 0x1EFF)], 300.0, 0.9, 0.002),
    script(&[(0x370, 0x3FF)], 80.0, 0.012, 0.002),
    script(&[(0x400, 0x4FF)], 100.0, 0.03, 0.002),
    script(&[(0x531, 0x58F)], 80.0, 0.0008, 0.02),
    script(&[(0x590, 0x5FF)], 40.0, 0.004, 0.02),
    script(&[(0x600, 0x6FF)], 80.0, 0.006, 0.02),
    script(&[(0x900, 0x97F)], 80.0, 0.003, 0.2),
    script(&[(0x980, 0xDFF)], 400.0, 0.001, 0.2),
    script(&[(0xE00, 0xE7F)], 80.0, 0.004, 0.1),
    script(&[(0x10A0, 0x10FF)], 60.0, 0.0008, 0.1),
    script(&[(0xAC00, 0xD7A3)], 3000.0, 0.01, 0.05),
    script(&[(0x3040, 0x30FF), (0x3400, 0x9FFF)], 6000.0, 0.02, 0.05),
];

/// Number of a script; [`OTHER`] for those not in the table.
pub(super) type ScriptId = u8;

/// Scripts that hardly occur on the web.
pub(super) const OTHER: ScriptId = 255;
const LATIN: ScriptId = 0;
const GREEK: ScriptId = 1;

/// Size and share taken for [`OTHER`]; also for historic letters of Latin and Cyrillic.
const OTHER_SIZE: f32 = 30_000.0;
const OTHER_SHARE: f32 = 1e-5;

pub(super) fn of(c: char) -> ScriptId {
    let code = u32::from(c);
    if code < 0x250 {
        return LATIN;
    }
    let found = SCRIPTS
        .iter()
        .position(|script| script.ranges.iter().any(|&(low, high)| (low..=high).contains(&code)));
    found.map_or(OTHER, |number| number as ScriptId)
}

/// Cost of starting a word in `script`, in nats.
pub(super) fn start_cost(script: ScriptId) -> f32 {
    -SCRIPTS.get(usize::from(script)).map_or(OTHER_SHARE, |s| s.share).ln()
}

/// Cost of a letter of script `next` right after one of `before`, in nats.
///
/// Greek letters stand beside Latin ones in names of genes and units (IL2Rγ, µ), so this switch is
/// cheaper than others.
pub(super) fn step_cost(before: ScriptId, next: ScriptId) -> f32 {
    if before == next {
        return -(0.97f32.ln());
    }
    let change: f32 = if next == GREEK { 0.05 } else { 3e-4 };
    let share = SCRIPTS.get(usize::from(next)).map_or(OTHER_SHARE, |s| s.share.sqrt());
    -(change * share).ln()
}

/// Letters of old prints and phonetics, whatever the counts say.
pub(super) fn is_historic(c: char) -> bool {
    matches!(u32::from(c), 0x17F | 0x180..=0x18E | 0x190..=0x19F | 0x1A2..=0x1AE | 0x1B1..=0x1CC | 0x1DD..=0x217 | 0x21C..=0x24F)
}

/// Cost of a letter that the counts have not seen, given its script, in nats.
pub(super) fn unseen_cost(c: char, script: ScriptId) -> f32 {
    match SCRIPTS.get(usize::from(script)) {
        Some(found) if !is_historic(c) => -(found.unseen / found.size).ln(),
        _ => -(0.01 / OTHER_SIZE).ln(),
    }
}
