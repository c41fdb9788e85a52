//! Repairs change text, see one line and decide nothing.
//!
//! Mojibake is undone first, on the text as it was decoded; then the line is normalised. Both
//! repeat until nothing changes: composing characters can reveal mojibake. What a document has
//! shown so far helps with lines that alone would not convince (a lone `Ā`, an entity in a
//! document that holds markup further down), so a doubtful line, and those behind it, wait for a
//! bounded number of lines.

mod characters;
mod entities;
pub(crate) mod mojibake;
mod normalize;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::line::{Edits, MojibakeSpan};
use crate::repair::mojibake::{Mojibake, Outcome};
use crate::repair::normalize::Normalizer;
use crate::settings::Normalization;
use crate::split::Piece;

/// Most lines that wait behind a doubtful one.
const HELD_LINES: usize = 64;

/// Most bytes that these may hold.
const HELD_BYTES: usize = 64 * 1024;

/// Most bytes that may wait behind a line with an entity: markup further down would say that the
/// entity is to stay.
const HELD_BYTES_FOR_MARKUP: usize = 256 * 1024;

/// Rounds of mojibake and normalisation after which a line is left as it is. Real text needs two.
const MAX_ROUNDS: usize = 4;

/// What is repaired. Immutable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RepairSettings {
    pub mojibake: bool,
    pub normalization: Option<Normalization>,
}

/// A repaired line on its way to the judges.
pub(crate) struct Repaired<'t> {
    pub original: &'t str,
    pub text: Cow<'t, str>,
    pub edits: Edits,
    pub mojibake: Vec<MojibakeSpan>,
    pub starts: bool,
    pub ends: bool,
}

/// The text of a line after repair, and what was done to it.
struct Repair<'t> {
    text: Cow<'t, str>,
    edits: Edits,
    mojibake: Vec<MojibakeSpan>,
}

/// The repairs of one document.
pub(crate) struct Repairer {
    mojibake: Option<&'static Mojibake>,
    normalizer: Option<Normalizer>,
    memory: mojibake::Memory,
    holds_markup: bool,
    held: VecDeque<Held>,
    held_bytes: usize,
}

/// A line that waits.
struct Held {
    text: String,
    starts: bool,
    ends: bool,
    /// What the document had shown when the line was last asked.
    asked_at: Option<(u64, bool)>,
}

impl Repairer {
    pub(crate) fn new(settings: RepairSettings) -> Repairer {
        Repairer {
            mojibake: settings.mojibake.then(Mojibake::shared),
            normalizer: settings.normalization.map(Normalizer::new),
            memory: mojibake::Memory::default(),
            holds_markup: false,
            held: VecDeque::new(),
            held_bytes: 0,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.memory.clear();
        self.holds_markup = false;
        self.held.clear();
        self.held_bytes = 0;
    }

    /// Takes the next piece; hands every line that is certain to `take`, in order.
    pub(crate) fn push<E>(
        &mut self,
        piece: Piece<'_>,
        mut take: impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(mojibake) = self.mojibake {
            mojibake.observe(piece.text, &mut self.memory);
        }
        if self.normalizer.is_some() && !self.holds_markup {
            self.holds_markup = entities::holds_markup(piece.text);
        }
        if self.held.is_empty()
            && let Some(repair) = self.repair(piece.text, piece.ends, true)
        {
            return take(repair.of(piece.text, piece.starts, piece.ends));
        }
        self.held_bytes += piece.text.len();
        self.held.push_back(Held {
            text: piece.text.to_owned(),
            starts: piece.starts,
            ends: piece.ends,
            asked_at: None,
        });
        self.release(false, &mut take)
    }

    /// The input is over: what waits is decided with what is known.
    pub(crate) fn finish<E>(
        &mut self,
        mut take: impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.release(true, &mut take)
    }

    fn release<E>(
        &mut self,
        input_ended: bool,
        take: &mut impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let shown = Some((self.memory.generation(), self.holds_markup));
        loop {
            let is_entity =
                self.held.front().is_some_and(|front| self.waits_for_markup(&front.text));
            let is_full = if is_entity {
                self.held_bytes > HELD_BYTES_FOR_MARKUP
            } else {
                self.held.len() > HELD_LINES || self.held_bytes > HELD_BYTES
            };
            let may_wait = !input_ended && !is_full;
            match self.held.front() {
                Some(front) if !may_wait || front.asked_at != shown => {}
                _ => return Ok(()),
            }
            let Some(mut front) = self.held.pop_front() else { return Ok(()) };
            let Some(repair) = self.repair(&front.text, front.ends, may_wait) else {
                front.asked_at = shown;
                self.held.push_front(front);
                return Ok(());
            };
            self.held_bytes -= front.text.len();
            take(repair.of(&front.text, front.starts, front.ends))?;
        }
    }

    /// Whether the line holds an entity, and no markup has been seen so far.
    fn waits_for_markup(&self, line: &str) -> bool {
        !self.holds_markup
            && self.normalizer.is_some_and(|normalizer| normalizer.depends_on_markup(line))
    }

    /// Repairs one line; `None` if later lines may tell how and waiting is allowed.
    fn repair<'t>(&self, line: &'t str, ends: bool, may_wait: bool) -> Option<Repair<'t>> {
        let mut edits = Edits::default();
        let mut spans = Vec::new();
        let mut text = Cow::Borrowed(line);
        if may_wait && self.waits_for_markup(line) {
            return None;
        }
        for round in 0..MAX_ROUNDS {
            if let Some(mojibake) = self.mojibake
                && Mojibake::is_suspicious(&text)
            {
                match mojibake.repair(&text, &self.memory, may_wait && round == 0) {
                    Outcome::Unchanged => {}
                    Outcome::Undecided => return None,
                    Outcome::Repaired(repaired) => {
                        edits.mojibake += repaired.spans;
                        edits.lossy += repaired.lossy;
                        // Places in the line as it came are known in the first round only.
                        if round == 0 {
                            spans = repaired.steps;
                        }
                        text = Cow::Owned(repaired.text);
                    }
                }
            }
            let Some(normalizer) = &self.normalizer else { break };
            let mut next = normalizer.line(&text, self.holds_markup, &mut edits);
            if ends && next.ends_with(char::is_whitespace) {
                // White space at the end goes, and what it hid is looked at once more.
                next = Cow::Owned(next.trim_end().to_owned());
            }
            match next {
                Cow::Borrowed(_) => break,
                Cow::Owned(normalized) => text = Cow::Owned(normalized),
            }
        }
        Some(Repair { text, edits, mojibake: spans })
    }
}

impl<'t> Repair<'t> {
    fn of(self, original: &'t str, starts: bool, ends: bool) -> Repaired<'t> {
        let Repair { text, edits, mojibake } = self;
        Repaired { original, text, edits, mojibake, starts, ends }
    }
}
