//! The decision: which chain of wrong decodings explains a line, and which of its spans are repaired.
//!
//! 1. Every chain reads every segment of the line. A chain is tried only where its outermost page has
//!    a lead image, and counts only if its deepest layer was used.
//! 2. The gains of strong segments add up over the document ([`Memory`]). A chain whose evidence
//!    exceeds its prior by [`PROVEN`] is proven: its reads become cheap, and weak segments count too.
//!    An unproven chain repairs strong segments only, and only if together they are worth
//!    [`ACCEPTED`].
//! 3. The chain with the highest score repairs the line; then the line is looked at again, until
//!    nothing changes. That makes a second run over the result change nothing.

use super::edits::{Edits, applied, bytes};
use super::glyph::Glyphs;
use super::lattice::{self, Decoded};
use super::memory::{Memory, PROVEN};
use super::pages::Pages;
use super::readings::{Found, Trust};
use super::segment::next_segment;
use super::work::{Segment, Work, is_accented};
use super::{Care, Observed, Outcome, glyph, quotes, suspicion};

/// What the repair knows about pages and text.
pub(super) struct Engine {
    pub(super) pages: Pages,
    pub(super) glyphs: Glyphs,
}

/// An unproven chain must be worth this after its prior, in nats.
const ACCEPTED: f32 = 6.0;

/// Evidence of other lines counts up to here when chains are compared: past that the line decides.
const MAX_MEMORY_SCORE: f32 = 40.0;

/// A runner-up this close, in nats, may still win when more lines are known.
const CLOSE: f32 = 6.0;

/// What an unproven segment must promise to be worth waiting for, in nats.
const WORTH_WAITING: f32 = 1.0;

/// Rounds over one line. Each undoes at least one layer or one page; text made by hand may need more
/// and keeps the rest.
const MAX_ROUNDS: usize = 12;

/// A chain whose evidence exceeds its prior by this, in nats, is asked alone first.
const SETTLED: f32 = 30.0;

/// On longer lines the chains compete over parts with about this many suspicious characters.
const SAMPLE_CHARS: usize = 1200;
/// Parts of a line that are looked at before it is left alone.
const MAX_SAMPLES: usize = 4;

/// What long proven chains make of a line.
struct Settled {
    best: Candidate,
    decoded: Vec<Decoded>,
    /// The line with that in its places.
    text: Vec<char>,
}

/// What one chain makes of a line.
struct Candidate {
    chain: usize,
    accepted: Vec<Found>,
    score: f32,
    is_proven: bool,
    /// Strong segments, where more evidence might repair more than these; see
    /// [`Engine::ask_for_more`].
    strong_now: Option<usize>,
    /// Segments that more evidence would repair.
    has_more: bool,
}

/// Whether the line shows strong damage and no accented letter outside it and outside what is in
/// doubt: then its doubtful spans are damage as well.
fn is_damaged_throughout(text: &[char], segments: &[Segment], found: &[Found]) -> bool {
    let mut sound_from = 0;
    let mut has_sound = |end: usize, next: usize| {
        let sound = text.get(sound_from..end).unwrap_or_default();
        sound_from = next;
        sound.iter().any(|&c| is_accented(c))
    };
    found.iter().any(Found::is_strong)
        && !segments.iter().any(|segment| has_sound(segment.start, segment.end))
        && !has_sound(text.len(), text.len())
}

impl Engine {
    pub(super) fn new() -> Engine {
        Engine { pages: Pages::new(), glyphs: Glyphs::new() }
    }

    /// Adds what a line shows to the memory; if it `tells`, and long proven chains repair the line, that
    /// is the outcome: later lines change nothing.
    pub(super) fn observe(&self, line: &str, memory: &mut Memory, tells: bool) -> Observed {
        let (trust, care) = (memory.trust(), memory.care());
        let mut work = std::mem::take(&mut memory.memo.get_mut().work);
        work.begin(line);
        let mut edits = tells.then(|| Edits::new(line));
        let mut damaged = 0;
        let mut is_clean = false;
        for _ in 0..rounds(care) {
            work.find_segments(&self.pages);
            if work.segments.is_empty() {
                is_clean = true;
                break;
            }
            let (text, segments) = (&work.text, &work.segments);
            let strong = |best: &Candidate| best.accepted.iter().filter(|f| f.is_strong()).count();
            if let Some(settled) = self.settled(text, segments, memory) {
                damaged += strong(&settled.best);
                is_clean = self.undo_settled(settled, &mut work, edits.as_mut());
                if is_clean {
                    break;
                }
                continue;
            }
            let best = if care == Care::Full {
                edits = None;
                for (chain, strong) in self.strong_gains(text, segments, memory) {
                    memory.add(chain, strong, self.pages.chains[chain].prior);
                }
                self.choose(text, segments, memory, false).0
            } else {
                None
            };
            let Some(best) = best else {
                if self.undo_controls(&mut work, edits.as_mut()) {
                    continue;
                }
                break;
            };
            damaged += strong(&best);
            self.undo(&best, &mut work, edits.as_mut());
        }
        memory.count(work.sound_letters(), damaged as u64);
        memory.fade();
        let wasted = if is_clean { 0 } else { self.wasted(&work.text) };
        memory.spend(bytes(&work.text) - wasted, wasted);
        let edits = edits.filter(|_| memory.trust() == trust);
        let outcome = edits.map(|edits| self.finished(&mut work, edits, is_clean));
        memory.memo.get_mut().work = work;
        Observed { care, outcome }
    }

    /// Bytes of a line in spans that still are suspicious.
    fn wasted(&self, text: &[char]) -> usize {
        let mut wasted = 0;
        let mut from = 0;
        while let Some((start, end)) = next_segment(text, from) {
            if suspicion::is_suspicious_span(&self.pages, text, start, end) {
                wasted += bytes(&text[start..end]);
            }
            from = end;
        }
        wasted
    }

    pub(super) fn repair(
        &self,
        line: &str,
        memory: &Memory,
        care: Care,
        may_wait: bool,
    ) -> Outcome {
        let mut work = std::mem::take(&mut memory.memo.borrow_mut().work);
        let outcome = self.repair_work(line, memory, care, may_wait, &mut work);
        memory.memo.borrow_mut().work = work;
        outcome
    }

    fn repair_work(
        &self,
        line: &str,
        memory: &Memory,
        care: Care,
        may_wait: bool,
        work: &mut Work,
    ) -> Outcome {
        work.begin(line);
        let mut edits = Edits::new(line);
        let mut is_clean = false;
        for _ in 0..rounds(care) {
            work.find_segments(&self.pages);
            if work.segments.is_empty() {
                is_clean = true;
                break;
            }
            if let Some(settled) = self.settled(&work.text, &work.segments, memory) {
                is_clean = self.undo_settled(settled, work, Some(&mut edits));
                if is_clean {
                    break;
                }
                continue;
            }
            let (best, waits) = match care {
                Care::Full => self.choose(&work.text, &work.segments, memory, may_wait),
                _ => (None, false),
            };
            if waits && may_wait {
                return Outcome::Undecided;
            }
            let Some(best) = best else {
                if self.undo_controls(work, Some(&mut edits)) {
                    continue;
                }
                break;
            };
            self.undo(&best, work, Some(&mut edits));
        }
        self.finished(work, edits, is_clean)
    }

    /// Undoes what a candidate accepts, and marks what came out of it as made.
    fn undo(&self, best: &Candidate, work: &mut Work, edits: Option<&mut Edits<'_>>) {
        let mut decoded = decoded_of(best);
        self.pair_quotes(best.chain, &work.text, &mut decoded);
        if let Some(edits) = edits {
            edits.add(&work.text, &decoded, &self.pages.chains[best.chain].name);
        }
        let text = applied(&work.text, &decoded);
        work.put(text, &decoded);
    }

    /// The same for a line that is clean then, unless quotation marks were exchanged: `false`.
    fn undo_settled(
        &self,
        settled: Settled,
        work: &mut Work,
        edits: Option<&mut Edits<'_>>,
    ) -> bool {
        let Settled { best, mut decoded, mut text } = settled;
        let is_clean = !self.pair_quotes(best.chain, &work.text, &mut decoded);
        if !is_clean {
            text = applied(&work.text, &decoded);
        }
        if let Some(edits) = edits {
            edits.add(&work.text, &decoded, &self.pages.chains[best.chain].name);
        }
        work.put(text, &decoded);
        is_clean
    }

    /// Exchanges quotation marks that lost a byte for what their partners ask for; whether there were any.
    fn pair_quotes(&self, chain: usize, text: &[char], decoded: &mut [Decoded]) -> bool {
        let outermost = self.pages.chains[chain].pages.first();
        let page = outermost.and_then(|&page| self.pages.pages.get(page));
        page.is_some_and(|page| quotes::pair(text, decoded, &page.undefined))
    }

    /// Reads the controls that are left as windows-1252. Then the line has to be looked at again: `Š` may
    /// lead a sequence that its control could not.
    fn undo_controls(&self, work: &mut Work, edits: Option<&mut Edits<'_>>) -> bool {
        let controls = self.controls_left(&work.text);
        if controls.is_empty() {
            return false;
        }
        if let Some(edits) = edits {
            edits.add(&work.text, &controls, &self.pages.controls);
        }
        work.text = applied(&work.text, &controls);
        true
    }

    /// What becomes of a line when all rounds are over; a clean one holds no control.
    fn finished(&self, work: &mut Work, mut edits: Edits<'_>, is_clean: bool) -> Outcome {
        if !is_clean {
            self.undo_controls(work, Some(&mut edits));
        }
        edits.into_outcome(&work.text)
    }

    /// The chain that the document has long proven, if it leaves nothing suspicious in the line.
    ///
    /// Saves reading every line of a damaged document through every chain. Asking the next best chains as
    /// well saved half the time again where pages are mixed, but then one line in 200 was read by a page
    /// that was not its own.
    fn settled(&self, text: &[char], segments: &[Segment], memory: &Memory) -> Option<Settled> {
        let chain = memory.best(|chain| self.pages.chains[chain].prior, SETTLED)?;
        let best = self.candidate(text, segments, chain, memory, false)?;
        if !best.is_proven || best.accepted.is_empty() {
            return None;
        }
        let decoded = decoded_of(&best);
        let text = applied(text, &decoded);
        self.is_clean(&text).then_some(Settled { best, decoded, text })
    }

    /// Whether no part of a line is suspicious.
    fn is_clean(&self, text: &[char]) -> bool {
        !suspicion::is_suspicious_span(&self.pages, text, 0, text.len())
    }

    /// Strong gains of the line by chain; of its first part, if it is very long.
    fn strong_gains(
        &self,
        text: &[char],
        segments: &[Segment],
        memory: &Memory,
    ) -> Vec<(usize, f32)> {
        let part = samples(segments).next().unwrap_or_default();
        let mut memo = memory.memo.borrow_mut();
        self.chains_to_try(text, part)
            .filter_map(|chain| {
                let found = self.read_line(text, part, chain, Trust::Unproven, &mut memo)?;
                let strong = strong_sum(&found);
                (strong > 0.0).then_some((chain, strong))
            })
            .collect()
    }

    /// The best chain for the line, and whether more evidence could change the answer.
    ///
    /// On a very long line the chains compete over a part of it, and the best of them reads the rest.
    fn choose(
        &self,
        text: &[char],
        segments: &[Segment],
        memory: &Memory,
        may_wait: bool,
    ) -> (Option<Candidate>, bool) {
        let mut waits = false;
        for part in samples(segments) {
            let (best, part_waits) = self.compete(text, part, memory, may_wait);
            waits |= part_waits;
            let Some(best) = best else { continue };
            if part.len() == segments.len() {
                return (Some(best), waits);
            }
            let whole = self.candidate(text, segments, best.chain, memory, may_wait);
            let whole = whole.and_then(|mut whole| {
                self.ask_for_more(text, segments, &mut whole, memory)?;
                Some(whole)
            });
            return (Some(whole.filter(|whole| !whole.accepted.is_empty()).unwrap_or(best)), waits);
        }
        (None, waits)
    }

    fn compete(
        &self,
        text: &[char],
        segments: &[Segment],
        memory: &Memory,
        may_wait: bool,
    ) -> (Option<Candidate>, bool) {
        let chains = self.chains_to_try(text, segments);
        let mut candidates: Vec<Candidate> = chains
            .filter_map(|chain| self.candidate(text, segments, chain, memory, may_wait))
            .collect();
        candidates.sort_by(|a, b| {
            let is_empty = |candidate: &Candidate| candidate.accepted.is_empty();
            let by_score = || b.score.total_cmp(&a.score).then(a.chain.cmp(&b.chain));
            is_empty(a).cmp(&is_empty(b)).then_with(by_score)
        });
        // What more evidence would bring is asked of as few as possible: most fall behind anyway.
        let mut ranked = candidates.into_iter().filter_map(|mut candidate| {
            self.ask_for_more(text, segments, &mut candidate, memory)?;
            Some(candidate)
        });
        let best = match ranked.next() {
            Some(best) if !best.accepted.is_empty() => best,
            first => return (None, first.into_iter().chain(ranked).any(|other| other.has_more)),
        };
        if best.is_proven || !may_wait {
            return (Some(best), false);
        }
        let result = applied(text, &decoded_of(&best));
        let close = ranked
            .take_while(|other| !other.accepted.is_empty() && other.score > best.score - CLOSE);
        let waits = best.has_more
            || close.into_iter().any(|other| applied(text, &decoded_of(&other)) != result);
        (Some(best), waits)
    }

    /// Finds out whether more evidence would repair more; `None` for chains that would then have
    /// nothing to say.
    fn ask_for_more(
        &self,
        text: &[char],
        segments: &[Segment],
        candidate: &mut Candidate,
        memory: &Memory,
    ) -> Option<()> {
        if let Some(now) = candidate.strong_now {
            let mut memo = memory.memo.borrow_mut();
            let chain = candidate.chain;
            let promised = self.read_line(text, segments, chain, Trust::Proven, &mut memo)?;
            let gains = promised.iter().map(|f| f.reading.gain).filter(|gain| *gain > 0.0);
            let (count, most) =
                gains.fold((0, 0.0f32), |(count, most), gain| (count + 1, most.max(gain)));
            candidate.has_more |= count > now && most > WORTH_WAITING;
        }
        Some(())
    }

    fn candidate(
        &self,
        text: &[char],
        segments: &[Segment],
        chain: usize,
        memory: &Memory,
        may_wait: bool,
    ) -> Option<Candidate> {
        let mut memo = memory.memo.borrow_mut();
        let prior = self.pages.chains[chain].prior;
        let known = memory.strong(chain);
        // With proof at hand the costlier reads need not be looked at.
        let mut is_proven = known - prior > PROVEN;
        let trust = match is_proven {
            true if memory.is_damaged_throughout() => Trust::Throughout,
            true => Trust::Proven,
            false => Trust::Unproven,
        };
        let mut found = self.read_line(text, segments, chain, trust, &mut memo)?;
        let of_line = strong_sum(&found);
        let strong = known.max(of_line);
        let mut strong_now = None;
        if !is_proven && strong - prior > PROVEN {
            found = self.read_line(text, segments, chain, Trust::Proven, &mut memo)?;
            is_proven = true;
        } else if !is_proven && may_wait {
            strong_now = Some(found.iter().filter(|f| f.is_strong()).count());
        }
        let trusts_weak = is_proven
            && (memory.is_mostly_damaged() || is_damaged_throughout(text, segments, &found));
        if trusts_weak && trust != Trust::Throughout && memory.is_damaged_throughout() {
            let trust = Trust::Throughout;
            found = self.read_line(text, segments, chain, trust, &mut memo).unwrap_or(found);
        }
        let read = found.len();
        found.retain(|f| {
            let is_credible = f.reading.gain > 0.0 && (trusts_weak || !f.reading.is_weak);
            !f.reading.decoded.is_empty()
                && if is_proven && !f.is_repaired { is_credible } else { f.is_strong() }
        });
        if is_proven && found.len() < read {
            // Cheap reads may have spoilt a segment that convinces without them.
            let careful = self.read_line(text, segments, chain, Trust::Unproven, &mut memo);
            let mut careful = careful.unwrap_or_default();
            careful.retain(|f| f.is_strong() && !found.iter().any(|other| f.overlaps(other)));
            found.append(&mut careful);
            found.sort_by_key(|f| f.start);
        }
        let sum: f32 = found.iter().map(|f| f.reading.gain).sum();
        let mut has_more = false;
        if !is_proven && strong.max(sum) - prior < ACCEPTED {
            has_more = may_wait && !found.is_empty();
            found.clear();
        }
        let others = (known - of_line).clamp(0.0, MAX_MEMORY_SCORE);
        let score = others + sum - prior;
        Some(Candidate { chain, accepted: found, score, is_proven, strong_now, has_more })
    }

    /// Chains whose outermost page has a lead image in the segments.
    fn chains_to_try(
        &self,
        text: &[char],
        segments: &[Segment],
    ) -> impl Iterator<Item = usize> + '_ {
        let mut pages = 0;
        for &c in segments.iter().flat_map(|s| &text[s.start..s.end]) {
            let roles = self.pages.roles(c);
            pages |= roles.leads_two | roles.leads_more;
            if c == 'ƒ' {
                // cp850: the lead of an emoji is a soft hyphen, and its second byte shows as ƒ.
                pages |= roles.continues;
            }
        }
        pages &= segments.iter().fold(0, |all, segment| all | segment.leads);
        let has_lead = move |&page: &usize| pages & (1 << page) != 0;
        let chains = self.pages.chains.iter().enumerate();
        chains
            .filter(move |(_, chain)| chain.pages.first().is_some_and(has_lead))
            .map(|(number, _)| number)
    }

    /// Control characters U+0080..9F that windows-1252 explains, if it explains all of them and none may
    /// belong to a sequence that was left alone.
    fn controls_left(&self, text: &[char]) -> Vec<Decoded> {
        let mut decoded = Vec::new();
        let controls = text.iter().enumerate().filter(|(_, c)| ('\u{80}'..='\u{9F}').contains(*c));
        for (start, &c) in controls {
            let before = start.checked_sub(1).map_or(' ', |at| text[at]);
            let is_led = self.pages.roles(before).leads_two & self.pages.roles(c).continues != 0;
            let Some(target) = lattice::control_as_windows_1252(c).filter(|_| !is_led) else {
                return Vec::new();
            };
            let (end, depth, cost, is_lossy) = (start + 1, 0, lattice::CONTROL_READ, false);
            let gain = glyph::IMPOSSIBLE - cost;
            decoded.push(Decoded { start, end, target, depth, cost, gain, is_lossy });
        }
        decoded
    }
}

/// Rounds over a line.
fn rounds(care: Care) -> usize {
    match care {
        Care::Full => MAX_ROUNDS,
        Care::Little => 1,
        Care::None => 0,
    }
}

/// Cuts a long list of segments into parts of about [`SAMPLE_CHARS`]; the list itself if that is enough.
fn samples(segments: &[Segment]) -> impl Iterator<Item = &[Segment]> {
    let mut rest = segments;
    let next_part = move || {
        let mut chars = 0;
        let mut fits = |segment: &Segment| {
            chars += segment.end - segment.start;
            chars <= SAMPLE_CHARS
        };
        let length = rest.iter().take_while(|segment| fits(segment)).count().max(1).min(rest.len());
        let (part, left) = rest.split_at(length);
        rest = left;
        (!part.is_empty()).then_some(part)
    };
    std::iter::from_fn(next_part).take(MAX_SAMPLES)
}

fn strong_sum(found: &[Found]) -> f32 {
    found.iter().filter(|f| f.is_strong()).map(|f| f.reading.gain).sum()
}

/// Everything a candidate decodes, placed in the line.
fn decoded_of(candidate: &Candidate) -> Vec<Decoded> {
    let place =
        |f: &Found, d: &Decoded| Decoded { start: f.start + d.start, end: f.start + d.end, ..*d };
    candidate
        .accepted
        .iter()
        .flat_map(|f| f.reading.decoded.iter().map(move |d| place(f, d)))
        .collect()
}
