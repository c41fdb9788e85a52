//! What a document has shown so far: the evidence for every chain of wrong decodings.

use std::cell::RefCell;

use super::memo::Memo;

/// Evidence of a document, line by line; bounded, and reused for the next document by [`clear`](Memory::clear).
///
/// The memory also keeps readings of recent spans, because mojibake repeats itself. They depend on
/// nothing but the span, so they outlive `clear` and never change a result.
#[derive(Default)]
pub(crate) struct Memory {
    /// By chain number: gains of strong segments in nats.
    strong: Vec<f32>,
    proven: u64,
    generation: u64,
    /// Accented letters that no strong repair took for damage, and characters that one gave back.
    clean_letters: u64,
    damaged: u64,
    /// What the document has used up of [`PATIENCE`], in [`RECOVERY`] parts of a byte.
    wasted: u64,
    pub(super) memo: RefCell<Memo>,
}

/// How much work a suspicious line is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Care {
    /// All chains compete.
    #[default]
    Full,
    /// The one that the document has proven best is asked.
    Little,
    /// The line is left alone.
    None,
}

/// Bytes in suspicious spans that may come to nothing before only the proven chain is asked; after
/// twice as many none is.
///
/// Source: a search costs some 20 µs for each byte of noise, so 4 KiB of it make 80 ms. The most that any of
/// 13,000 records with and without damage used up is 2.4 KB, 2026-11. Counter-example: a long table of
/// characters, and below it a text with damage.
const PATIENCE: u64 = 4096;

/// Sound bytes that make up for one wasted.
const RECOVERY: u64 = 16;

/// A chain is proven when its strong gains exceed its prior by this, in nats.
///
/// Two or three damaged letters reach it, one pair in capitals never does. Source: synthetic
/// mojibake and clean text in 123 languages, 2026-11.
pub(super) const PROVEN: f32 = 12.0;

/// When the evidence of a chain exceeds this after a line, that of all chains is halved: old evidence fades,
/// and the ratios between chains stay.
const MAX_STRONG: f32 = 1000.0;

impl Memory {
    /// Forgets the document.
    pub(crate) fn clear(&mut self) {
        self.strong.clear();
        self.proven = 0;
        self.generation = 0;
        self.clean_letters = 0;
        self.damaged = 0;
        self.wasted = 0;
    }

    /// Counts the accented letters and the bytes of a line that is not suspicious.
    pub(crate) fn count_sound(&mut self, letters: u64, bytes: usize) {
        self.count(letters, 0);
        self.spend(bytes, 0);
    }

    /// Counts sound bytes, and those in spans that stayed suspicious.
    ///
    /// Both are counted in what a line becomes, so that a second run over the result has no more patience
    /// than the first.
    pub(super) fn spend(&mut self, sound: usize, wasted: usize) {
        // Most lines come to a document that has wasted nothing.
        if self.wasted > 0 {
            self.wasted = self.wasted.saturating_sub(sound as u64);
        }
        self.wasted = (self.wasted + wasted as u64 * RECOVERY).min(3 * PATIENCE * RECOVERY);
    }

    /// How much work the next suspicious line is worth.
    pub(super) fn care(&self) -> Care {
        match self.wasted / (PATIENCE * RECOVERY) {
            0 => Care::Full,
            1 => Care::Little,
            _ => Care::None,
        }
    }

    /// Counts what a line shows of sound and of damaged characters.
    pub(super) fn count(&mut self, clean_letters: u64, damaged: u64) {
        self.clean_letters += clean_letters;
        self.damaged += damaged;
    }

    /// Whether damage is the rule in this document and a sound accented letter the exception.
    ///
    /// Counter-example: an article on the letter `Ã` with one word pasted from a broken page.
    pub(super) fn is_mostly_damaged(&self) -> bool {
        self.damaged > 0 && self.clean_letters <= self.damaged
    }

    /// Whether next to nothing escaped the damage. The few sound letters may be damaged ones, too: `Å veices`.
    pub(super) fn is_damaged_throughout(&self) -> bool {
        self.damaged >= 2 && self.clean_letters * 4 <= self.damaged
    }

    /// How far damage is trusted, by what was counted.
    pub(super) fn trust(&self) -> [bool; 2] {
        [self.is_mostly_damaged(), self.is_damaged_throughout()]
    }

    /// Grows whenever new evidence could change an earlier [`Outcome::Undecided`](super::Outcome::Undecided).
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Gains of strong segments that speak for a chain, in nats.
    pub(super) fn strong(&self, chain: usize) -> f32 {
        self.strong.get(chain).copied().unwrap_or(0.0)
    }

    /// The chain with the most evidence beyond its prior, if that is at least so much, in nats.
    pub(super) fn best(&self, prior: impl Fn(usize) -> f32, least: f32) -> Option<usize> {
        let mut best = None;
        let mut most = least;
        for (chain, strong) in self.strong.iter().enumerate() {
            let worth = strong - prior(chain);
            if worth > most || worth == most && best.is_none() {
                (best, most) = (Some(chain), worth);
            }
        }
        best
    }

    pub(super) fn add(&mut self, chain: usize, gain: f32, prior: f32) {
        if self.strong.len() <= chain {
            self.strong.resize(chain + 1, 0.0);
        }
        let strong = &mut self.strong[chain];
        *strong += gain;
        let bit = 1u64 << chain;
        if *strong - prior > PROVEN && self.proven & bit == 0 {
            self.proven |= bit;
            self.generation += 1;
        }
    }

    /// Lets old evidence fade where it has grown large; for the end of a line.
    pub(super) fn fade(&mut self) {
        while self.strong.iter().any(|strong| *strong > MAX_STRONG) {
            self.strong.iter_mut().for_each(|strong| *strong /= 2.0);
        }
    }
}
