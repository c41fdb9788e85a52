//! Mojibake: UTF-8 that was read as another encoding, undone span by span.
//!
//! Every damaged span is read backwards through the code pages that may have misread it ([`pages`],
//! [`reader`]): each character stands for one or two bytes, bytes that a page leaves undefined may be
//! put back, and up to three wrong decodings are undone at once. A lattice weighs these reads against
//! leaving the characters alone ([`lattice`]), by a letter model of clean text ([`prior`]). What looks
//! like mojibake but may be clean, such as `MAÇÃ»`, is repaired only when other spans of the same
//! document have proven the page ([`evidence`], [`memory`], [`engine`]). Only the spans change: one
//! correct `é` beside a broken `Ã©` survives, and quotes, widths and composition stay as they are.
//!
//! Sources: ftfy 6.3 and its issue reports for what occurs and what goes wrong; method and figures
//! are our own. Not attempted: single-byte pages mixed up with each other, and multi-byte pages.

mod edits;
mod engine;
mod everyday;
mod evidence;
mod glyph;
mod lattice;
mod memo;
mod memory;
mod noise;
mod outer;
mod pages;
mod prior;
mod quotes;
mod reader;
mod readings;
mod script;
mod segment;
mod sisters;
mod suspicion;
mod table;
mod work;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub(crate) use memory::{Care, Memory};
pub(crate) use prior::Costs;
pub(crate) use suspicion::{begins_with_usual_letter, next_non_ascii, width};

use crate::line::MojibakeSpan;

/// The tables of the repair; immutable, shared by all threads, made once.
pub(crate) struct Mojibake {
    engine: engine::Engine,
}

/// What a repair has to say about a line.
pub(crate) enum Outcome {
    /// The line stays as it is.
    Unchanged,
    /// The line has weak signs of mojibake; lines to come may prove or clear them.
    Undecided,
    Repaired(Repaired),
}

/// What a look at a suspicious line has shown.
pub(crate) struct Observed {
    pub(crate) care: Care,
    /// The outcome, where later lines change nothing.
    pub(crate) outcome: Option<Outcome>,
}

/// A line that was repaired.
pub(crate) struct Repaired {
    /// The whole line.
    pub(crate) text: String,
    /// Spans repaired.
    pub(crate) spans: u32,
    /// Spans in which lost bytes were guessed.
    pub(crate) lossy: u32,
    /// One step per span, in order of rounds and of place.
    pub(crate) steps: Vec<MojibakeSpan>,
}

/// What a text costs by the letter model, in nats, read character by character: of two readings the
/// cheaper is more like text.
#[derive(Clone, Copy)]
pub(crate) struct TextCost {
    cost: f32,
    context: prior::Context,
}

impl TextCost {
    /// Nothing is read yet.
    pub(crate) const START: TextCost = TextCost { cost: 0.0, context: prior::Context::START };

    /// Reads on. No character costs less than nothing.
    pub(crate) fn push(&mut self, c: char, costs: &Costs) {
        let glyph = Mojibake::shared().engine.glyphs.glyph(c);
        let (cost, next) = prior::Place::new(self.context, costs).step(&glyph);
        self.cost += cost;
        self.context = next;
    }

    /// What was read so far.
    pub(crate) fn cost(&self) -> f32 {
        self.cost
    }
}

impl Mojibake {
    pub(crate) fn new() -> Mojibake {
        Mojibake { engine: engine::Engine::new() }
    }

    /// The tables, made at the first call.
    pub(crate) fn shared() -> &'static Mojibake {
        static SHARED: OnceLock<Mojibake> = OnceLock::new();
        SHARED.get_or_init(Mojibake::new)
    }

    /// Whether a line may hold mojibake; `false` means that there is certainly nothing to do.
    pub(crate) fn is_suspicious(&self, line: &str) -> bool {
        !line.is_ascii() && suspicion::is_suspicious(&self.engine.pages, line)
    }

    /// Whether damage may begin at a character beyond ASCII of a line.
    pub(crate) fn is_suspicious_at(&self, line: &str, at: usize) -> bool {
        suspicion::is_suspicious_at(&self.engine.pages, line, at)
    }

    /// Where to go on behind characters of other scripts than Latin that a line holds from `at` on, as
    /// long as damage certainly begins at none, and normalisation changes none.
    pub(crate) fn pass_over(&self, line: &str, at: usize) -> usize {
        self.engine.pages.everyday.pass_over(line.as_bytes(), at)
    }

    /// Adds what a suspicious line shows to the document's memory. Every line is observed or counted,
    /// once and in order.
    ///
    /// If it `tells`, the answer may be there at once, and needs no [`Mojibake::repair`] any more.
    pub(crate) fn observe(&self, line: &str, memory: &mut Memory, tells: bool) -> Observed {
        self.engine.observe(line, memory, tells)
    }

    /// Repairs a suspicious line that was observed before, with the care that it was found worth then.
    ///
    /// With `may_wait` a weak line may answer [`Outcome::Undecided`]: ask again when
    /// [`Memory::generation`] has grown, and a last time without `may_wait`.
    pub(crate) fn repair(
        &self,
        line: &str,
        memory: &Memory,
        care: Care,
        may_wait: bool,
    ) -> Outcome {
        self.engine.repair(line, memory, care, may_wait)
    }
}
