//! Repairs change text, see one line and decide nothing.
//!
//! Mojibake is undone first, on the text as it was decoded; then the line is normalised. Both
//! repeat until nothing changes: composing characters can reveal mojibake. What a document has
//! shown so far helps with lines that alone would not convince (a lone `Ā`, an entity in a
//! document that holds markup further down), so a doubtful line, and those behind it, wait for a
//! bounded number of lines. Where divided words are joined, a line that ends in one waits for the
//! line after it.

mod characters;
mod entities;
mod hyphens;
mod look;
pub(crate) mod mojibake;
mod normalize;

pub(crate) use characters::{is_alphabetic, trim_end};

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::line::{Edits, MojibakeSpan};
use crate::repair::look::Look;
use crate::repair::mojibake::{Care, Mojibake, Observed, Outcome};
use crate::repair::normalize::Normalizer;
use crate::settings::{Hyphens, Normalization};
use crate::split::{MAX_LINE_BYTES, Piece};

/// Most lines that wait behind a doubtful one.
const HELD_LINES: usize = 64;

/// Most bytes that these may hold.
const HELD_BYTES: usize = 64 * 1024;

/// Room that a waiting line takes beside its text, about.
const HELD_LINE_BYTES: usize = 120;

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
    /// The text of the lines that wait, one after the other, behind that of some that went.
    held_text: String,
    gone: usize,
    held_bytes: usize,
    /// What the document had shown when the first of them was last asked.
    asked_at: Option<(u64, bool)>,
    joins_hyphens: bool,
    /// A repaired line that ends in a divided word.
    divided: Option<Divided>,
}

/// A repaired line whose last word may go on in the next line.
struct Divided {
    original: String,
    repair: Repair<'static>,
    /// Bytes of its text without the hyphen.
    head: usize,
}

/// A line that waits.
struct Held {
    /// Bytes of its text.
    length: usize,
    starts: bool,
    ends: bool,
    /// Whether it holds an entity, whose fate markup further down decides.
    holds_entity: bool,
    is_suspicious: bool,
    /// The line stays as it is, but for white space at its end.
    stays: bool,
    /// The work that it was worth when it came.
    care: Care,
    /// What long proven chains made of it then; it stays at that.
    told: Option<mojibake::Repaired>,
}

impl Repairer {
    pub(crate) fn new(settings: RepairSettings) -> Repairer {
        Repairer {
            mojibake: settings.mojibake.then(Mojibake::shared),
            normalizer: settings.normalization.map(Normalizer::new),
            memory: mojibake::Memory::default(),
            holds_markup: false,
            held: VecDeque::new(),
            held_text: String::new(),
            gone: 0,
            held_bytes: 0,
            asked_at: None,
            joins_hyphens: settings.normalization.is_some_and(|how| how.hyphens == Hyphens::Join),
            divided: None,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.memory.clear();
        self.holds_markup = false;
        self.held.clear();
        self.held_text.clear();
        self.gone = 0;
        self.held_bytes = 0;
        self.asked_at = None;
        self.divided = None;
    }

    /// Takes the next piece; hands every line that is certain to `take`, in order.
    pub(crate) fn push<E>(
        &mut self,
        piece: Piece<'_>,
        mut take: impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let look = Look::at(piece.text, self.mojibake);
        if self.normalizer.is_some() && !self.holds_markup && look.has_markup_sign {
            self.holds_markup = self.keeps_markup(&piece);
        }
        let holds_entity = look.has_ampersand
            && !self.holds_markup
            && self.normalizer.is_some_and(|how| how.depends_on_markup(piece.text));
        let may_go = self.held.is_empty() && !holds_entity;
        let mut observed = Observed { care: Care::Full, outcome: None };
        // What the line shows of the document is what it will show once its controls are gone.
        let loses_controls = look.has_controls && !look.is_ascii && self.normalizer.is_some();
        let bare = loses_controls.then(|| without_controls(piece.text));
        let is_suspicious = |mojibake: &&Mojibake| match &bare {
            Some(bare) => mojibake.is_suspicious(bare),
            None => look.is_suspicious,
        };
        if let Some(mojibake) = self.mojibake.filter(is_suspicious) {
            let seen = bare.as_deref().unwrap_or(piece.text);
            observed = mojibake.observe(seen, &mut self.memory, bare.is_none());
        } else {
            self.memory.count_sound(look.accented, piece.text.len());
        }
        let Observed { care, outcome: mut told } = observed;
        let stays = self.leaves_alone(&look);
        if may_go {
            let repair = if stays {
                Some(Repair::none(self.trimmed(piece)))
            } else {
                self.repair(piece, true, Some((look.is_suspicious, care)), told.take())
            };
            if let Some(repair) = repair {
                return self.hand_on(piece, repair, &mut take);
            }
        }
        self.held_text.push_str(piece.text);
        self.held_bytes += held_size(piece.text.len());
        let Piece { text, starts, ends } = piece;
        let told = match told {
            Some(Outcome::Repaired(repaired)) => Some(repaired),
            _ => None,
        };
        let (length, is_suspicious) = (text.len(), look.is_suspicious);
        let held = Held { length, starts, ends, holds_entity, is_suspicious, stays, care, told };
        self.held.push_back(held);
        self.release(false, &mut take)
    }

    /// Whether a piece holds markup, and will once it is normalised: an escape sequence for terminals
    /// may look like a tag, and goes.
    fn keeps_markup(&self, piece: &Piece<'_>) -> bool {
        let stays = |normalizer: &Normalizer| {
            let text = normalizer.line(piece.text, piece.starts, true, &mut Edits::default());
            entities::holds_markup(&text)
        };
        entities::holds_markup(piece.text) && self.normalizer.as_ref().is_none_or(stays)
    }

    /// Whether a line that looks like this stays as it is, but for white space at its end.
    fn leaves_alone(&self, look: &Look) -> bool {
        !look.is_suspicious && self.normalizer.is_none_or(|how| how.leaves_alone(look))
    }

    /// The text of a piece without the white space at the end of its line.
    fn trimmed<'t>(&self, piece: Piece<'t>) -> &'t str {
        if piece.ends && self.normalizer.is_some() { trim_end(piece.text) } else { piece.text }
    }

    /// The input is over: what waits is decided with what is known.
    pub(crate) fn finish<E>(
        &mut self,
        mut take: impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.release(true, &mut take)?;
        self.divided.take().map_or(Ok(()), |divided| divided.let_go(&mut take))
    }

    /// Hands a repaired line to `take`.
    #[inline]
    fn hand_on<E>(
        &mut self,
        piece: Piece<'_>,
        repair: Repair<'_>,
        take: &mut impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.joins_hyphens {
            return self.join(piece, repair, take);
        }
        take(repair.of(piece.text, piece.starts, piece.ends))
    }

    /// Hands a repaired line to `take`, and to the line before it the rest of its last word.
    #[inline(never)]
    fn join<E>(
        &mut self,
        piece: Piece<'_>,
        mut repair: Repair<'_>,
        take: &mut impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_whole = piece.starts && piece.ends;
        let mut divided = self.divided.take();
        if let Some(divided) = &mut divided
            && is_whole
            && let Some((line, next)) =
                hyphens::joined(&divided.repair.text[..divided.head], &repair.text)
            && line.len() <= MAX_LINE_BYTES
            && self.is_repaired(&line)
            && self.is_repaired(&next)
        {
            divided.repair.text = Cow::Owned(line);
            divided.repair.edits.hyphens += 1;
            repair.text = Cow::Owned(next);
        }
        if let Some(divided) = divided {
            divided.let_go(take)?;
        }
        // The soft hyphen of `Ã\u{ad}` was none.
        let lost_soft_hyphen =
            repair.edits.mojibake == 0 && piece.text.trim_end().ends_with('\u{ad}');
        match hyphens::head(&repair.text, lost_soft_hyphen).filter(|_| is_whole) {
            Some(head) => {
                let repair = Repair {
                    text: Cow::Owned(repair.text.into_owned()),
                    edits: repair.edits,
                    mojibake: repair.mojibake,
                };
                self.divided = Some(Divided { original: piece.text.to_owned(), repair, head });
                Ok(())
            }
            None => take(repair.of(piece.text, piece.starts, piece.ends)),
        }
    }

    /// Whether a line would stay as it is: where words are joined, there must be nothing new to repair.
    fn is_repaired(&self, line: &str) -> bool {
        let piece = Piece { text: line, starts: true, ends: true };
        self.repair(piece, false, None, None).is_some_and(|repair| repair.text == line)
    }

    /// Lets lines go that waited, as long as the first of them need not wait any more.
    fn release<E>(
        &mut self,
        input_ended: bool,
        take: &mut impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut text = std::mem::take(&mut self.held_text);
        let released = self.release_from(&text, input_ended, take);
        // What went is taken out once it is twice what waits.
        if self.gone > text.len() / 3 * 2 {
            text.drain(..std::mem::take(&mut self.gone));
        }
        self.held_text = text;
        released
    }

    fn release_from<E>(
        &mut self,
        text: &str,
        input_ended: bool,
        take: &mut impl FnMut(Repaired<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let shown = Some((self.memory.generation(), self.holds_markup));
        loop {
            let Some(front) = self.held.front() else { return Ok(()) };
            let awaits_markup = front.holds_entity && !self.holds_markup;
            let is_full = if awaits_markup {
                self.held_bytes > HELD_BYTES_FOR_MARKUP
            } else {
                self.held.len() > HELD_LINES || self.held_bytes > HELD_BYTES
            };
            let may_wait = !input_ended && !is_full;
            if may_wait && (awaits_markup || self.asked_at == shown) {
                return Ok(());
            }
            let Some(mut front) = self.held.pop_front() else { return Ok(()) };
            let Held { length, starts, ends, .. } = front;
            let piece = Piece { text: &text[self.gone..self.gone + length], starts, ends };
            let repair = if front.stays {
                Some(Repair::none(self.trimmed(piece)))
            } else {
                let known = (front.is_suspicious, front.care);
                let told = front.told.take().map(Outcome::Repaired);
                self.repair(piece, may_wait, Some(known), told)
            };
            let Some(repair) = repair else {
                self.asked_at = shown;
                self.held.push_front(front);
                return Ok(());
            };
            self.asked_at = None;
            self.gone += length;
            self.held_bytes -= held_size(length);
            self.hand_on(piece, repair, take)?;
        }
    }

    /// Repairs one line; `None` if later lines may tell how and waiting is allowed.
    ///
    /// What is known of the line is not found out again: whether it is suspicious, the care that it is
    /// worth, and what the mojibake repair has `told` already.
    fn repair<'t>(
        &self,
        piece: Piece<'t>,
        may_wait: bool,
        known: Option<(bool, Care)>,
        mut told: Option<Outcome>,
    ) -> Option<Repair<'t>> {
        let care = known.map_or(Care::Full, |(_, care)| care);
        let mut is_suspicious = known.map(|(is_suspicious, _)| is_suspicious);
        let mut edits = Edits::default();
        let mut spans = Vec::new();
        let mut text = Cow::Borrowed(piece.text);
        for round in 0..MAX_ROUNDS {
            if let Some(mojibake) = self.mojibake
                && is_suspicious.take().unwrap_or_else(|| mojibake.is_suspicious(&text))
            {
                let may_wait = may_wait && round == 0;
                let outcome = told
                    .take()
                    .unwrap_or_else(|| mojibake.repair(&text, &self.memory, care, may_wait));
                match outcome {
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
            let mut next = normalizer.line(&text, piece.starts, self.holds_markup, &mut edits);
            if piece.ends && next.ends_with(char::is_whitespace) {
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

impl Divided {
    /// Hands the line on: nothing more comes that could end its last word.
    fn let_go<E>(self, take: &mut impl FnMut(Repaired<'_>) -> Result<(), E>) -> Result<(), E> {
        take(self.repair.of(&self.original, true, true))
    }
}

/// A line without the controls of ASCII that normalisation takes out.
fn without_controls(line: &str) -> String {
    line.chars().filter(|c| *c == '\t' || !c.is_ascii_control()).collect()
}

/// What a waiting line takes: blank ones take room, too.
fn held_size(length: usize) -> usize {
    length + HELD_LINE_BYTES
}

impl<'t> Repair<'t> {
    /// A text in which there was nothing to repair.
    fn none(text: &'t str) -> Repair<'t> {
        Repair { text: Cow::Borrowed(text), edits: Edits::default(), mojibake: Vec::new() }
    }

    fn of(self, original: &'t str, starts: bool, ends: bool) -> Repaired<'t> {
        let Repair { text, edits, mojibake } = self;
        Repaired { original, text, edits, mojibake, starts, ends }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_behind_an_entity_is_bounded_even_if_it_is_blank() {
        let normalization = Some(Normalization::default());
        let mut repairer = Repairer::new(RepairSettings { mojibake: true, normalization });
        let mut taken = 0u32;
        for text in std::iter::once("caf&eacute;").chain(std::iter::repeat_n("", 100_000)) {
            let piece = Piece { text, starts: true, ends: true };
            let pushed = repairer.push(piece, |_| {
                taken += 1;
                Ok::<(), ()>(())
            });
            assert_eq!(pushed, Ok(()));
        }
        assert!(taken > 50_000, "{} lines wait", repairer.held.len());
    }

    fn clean(text: &str) -> String {
        let normalization = Some(Normalization::default());
        let mut repairer = Repairer::new(RepairSettings { mojibake: true, normalization });
        let mut clean = String::new();
        for text in text.lines() {
            let piece = Piece { text, starts: true, ends: true };
            let mut take = |line: Repaired<'_>| {
                clean += &line.text;
                clean.push('\n');
                Ok::<(), ()>(())
            };
            assert_eq!(repairer.push(piece, &mut take), Ok(()));
        }
        let finished = repairer.finish(|line| {
            clean += &line.text;
            clean.push('\n');
            Ok::<(), ()>(())
        });
        assert_eq!(finished, Ok(()));
        clean
    }

    #[test]
    fn lines_that_waited_come_out_as_they_were_and_in_order() {
        let line =
            |number: usize| format!("{number} {}\n", "día ".repeat(1 + number % 40).trim_end());
        let waiting: String = (0..20_000).map(line).collect();
        assert!(waiting.len() > 4 * HELD_BYTES_FOR_MARKUP);
        assert_eq!(clean(&format!("caf&eacute;\n{waiting}")), format!("café\n{waiting}"));
    }

    #[test]
    fn a_line_that_waits_keeps_what_its_document_had_proven_when_it_came() {
        let spanish =
            "La reuniÃ³n serÃ¡ maÃ±ana despuÃ©s del cafÃ©, segÃºn informÃ³ la compaÃ±Ã\u{AD}a\n";
        let by_cp850 = "La reuni├│n ser├í ma├▒ana despu├®s del caf├®, seg├║n inform├│ la se├▒ora\n";
        // Under cp850 it would be Mǭs.
        let text = |line: &str| spanish.repeat(3) + line + "\nMÃ¡s\n" + &by_cp850.repeat(40);
        for line in ["caf&eacute;", "café"] {
            assert!(clean(&text(line)).contains("\ncafé\nMás\nLa reunión"), "{line}");
        }
    }

    #[test]
    fn a_line_shows_what_it_shows_without_its_controls() {
        let once = clean("e\u{e23}ie\ne\u{e23}\u{1}aa\n");
        assert_eq!(clean(&once), once);
    }
}
