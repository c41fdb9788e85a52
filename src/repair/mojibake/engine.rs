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

use std::cell::Cell;
use std::sync::Arc;

use super::edits::{Edits, applied, bytes, replaced};
use super::glyph::Glyphs;
use super::lattice::{self, Decoded};
use super::memo::{Memo, Reading, Slot};
use super::memory::{Memory, PROVEN};
use super::pages::{Chain, PageSet, Pages};
use super::prior::{Context, Costs, Place};
use super::segment::{LEFT_CHARS, RIGHT_CHARS, next_beyond_ascii, next_segment};
use super::{Care, Observed, Outcome, evidence, glyph, noise, quotes, reader, sisters, suspicion};

/// What the repair knows about pages and text.
pub(super) struct Engine {
    pub(super) pages: Pages,
    glyphs: Glyphs,
}

/// What is known of a chain when a segment is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Trust {
    Unproven,
    Proven,
    /// It damaged whatever it could: then a letter that it would have damaged is no clean one.
    Throughout,
}

impl Trust {
    /// Price of a read in nats.
    fn edge(self) -> f32 {
        match self {
            Trust::Unproven => 3.0,
            Trust::Proven => 0.3,
            Trust::Throughout => -2.0,
        }
    }
}

/// An unproven chain must be worth this after its prior, and each of its segments that much, in nats.
const ACCEPTED: f32 = 6.0;
const ACCEPTED_SEGMENT: f32 = 5.0;

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

/// A line on its way, with room that is kept for the next one.
#[derive(Default)]
pub(super) struct Work {
    text: Vec<char>,
    /// Which characters a round has made; none if empty.
    made: Vec<bool>,
    segments: Vec<Segment>,
}

impl Work {
    fn begin(&mut self, line: &str) {
        self.text.clear();
        self.made.clear();
        let bytes = line.as_bytes();
        let mut from = 0;
        while from < bytes.len() {
            let at = suspicion::next_non_ascii(bytes, from).unwrap_or(bytes.len());
            self.text.extend(bytes[from..at].iter().map(|byte| char::from(*byte)));
            let others = bytes[at..].iter().position(u8::is_ascii);
            from = others.map_or(bytes.len(), |length| at + length);
            self.text.extend(line[at..from].chars());
        }
    }

    /// Puts decoded characters into the text, which is then `text`, and marks them as made.
    fn put(&mut self, text: Vec<char>, decoded: &[Decoded]) {
        if self.made.is_empty() {
            self.made.resize(text.len(), false);
            let mut gone = 0;
            for d in decoded {
                self.made[d.start - gone] = true;
                gone += d.end - d.start - 1;
            }
        } else {
            self.made = replaced(&self.made, decoded, |_| true);
        }
        self.text = text;
    }

    /// Accented letters that no round has made.
    fn sound_letters(&self) -> u64 {
        let made = |at: usize| self.made.get(at).is_some_and(|made| *made);
        let (mut letters, mut from) = (0, 0);
        while let Some(at) = next_beyond_ascii(&self.text, from) {
            letters += u64::from(is_accented(self.text[at]) && !made(at));
            from = at + 1;
        }
        letters
    }
}

/// What long proven chains make of a line.
struct Settled {
    best: Candidate,
    decoded: Vec<Decoded>,
    /// The line with that in its places.
    text: Vec<char>,
}

/// A part of the line that a chain may have something to say about; positions in characters.
#[derive(Clone)]
struct Segment {
    start: usize,
    end: usize,
    /// Where the memo keeps it.
    slot: Cell<Option<Slot>>,
    /// An earlier round has repaired something here. Proof of a page is then no reason to go on: the
    /// chain had its say, and `OÍ…` must not become a combining accent once `OÃ\u{8D}…` is undone.
    is_repaired: bool,
    /// Pages that have a lead image in it or right after it, and those that have two in one run.
    leads: PageSet,
    leads_twice: PageSet,
}

/// A segment with as much of the line around it as its reading depends on.
#[derive(Clone, Copy)]
struct Window<'t> {
    text: &'t [char],
    /// Where the segment begins and ends in `text`.
    start: usize,
    end: usize,
    /// The segment stands at the start of its line.
    starts_line: bool,
}

/// Whether a character is a letter beyond Latin ones. What most damage is made of is told without a
/// table: general punctuation and currency signs hold no letter.
fn is_foreign(c: char) -> bool {
    let is_mark = matches!(c, '\u{2000}'..='\u{206F}' | '\u{20A0}'..='\u{20CF}' | '™' | '\u{FFFD}');
    c >= '\u{250}' && !is_mark && c.is_alphabetic()
}

impl<'t> Window<'t> {
    fn new(line: &'t [char], start: usize, end: usize) -> Window<'t> {
        let mut from = start.saturating_sub(LEFT_CHARS);
        let mut stop = (end + RIGHT_CHARS).min(line.len());
        // What lies beyond a space is the same to all readings, but to `evidence`, which asks for other
        // letters around one of another script.
        if !line[start..end].iter().any(|&c| is_foreign(c)) {
            from += line[from..start].iter().rposition(|c| *c == ' ').unwrap_or(0);
            // A read may take spaces and marks of ASCII, and never a letter.
            let right = &line[end..stop];
            let word = right.iter().position(char::is_ascii_alphanumeric).unwrap_or(right.len());
            if let Some(length) = right[word..].iter().position(|c| *c == ' ') {
                stop = end + word + length + 1;
            }
        }
        let text = &line[from..stop];
        Window { text, start: start - from, end: end - from, starts_line: start == 0 }
    }

    /// Where the segment begins and ends is part of what is read.
    fn shape(&self) -> u32 {
        self.start as u32 | (self.end as u32) << 8 | u32::from(self.starts_line) << 24
    }
}

/// What one chain makes of one segment, placed in the line.
struct Found {
    start: usize,
    is_repaired: bool,
    reading: Arc<Reading>,
}

impl Found {
    /// Convincing without proof from elsewhere.
    fn is_strong(&self) -> bool {
        !self.reading.is_weak && self.reading.gain > ACCEPTED_SEGMENT
    }

    /// Where the last character that it read ends in the line.
    fn end(&self) -> usize {
        self.start + self.reading.decoded.last().map_or(0, |last| last.end)
    }

    fn overlaps(&self, other: &Found) -> bool {
        self.start < other.end() && other.start < self.end()
    }
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

/// A letter that Spanish and its neighbours write with an accent, and that mojibake is made of, too.
pub(super) fn is_accented(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}') && !matches!(c, '×' | '÷')
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

    /// Cost of a text by the letter model alone.
    pub(super) fn cost(&self, text: impl Iterator<Item = char>, costs: &Costs) -> f32 {
        let start = (0.0, Context::START);
        let step = |(total, context), c| {
            let (cost, next) = Place::new(context, costs).step(&self.glyphs.glyph(c));
            (total + cost, next)
        };
        text.fold(start, step).0
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
            self.find_segments(&mut work);
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
            self.find_segments(work);
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

    /// Finds the segments of a line, but for those that are certainly clean.
    fn find_segments(&self, work: &mut Work) {
        let Work { text, made, segments } = work;
        segments.clear();
        let mut from = 0;
        while let Some((start, end)) = next_segment(text, from) {
            if suspicion::is_suspicious_span(&self.pages, text, start, end) {
                let is_repaired = made.get(start..end).is_some_and(|part| part.contains(&true));
                let noise = noise::noisy_pages(&self.pages, &text[start..end]);
                let around = &text[start..(end + RIGHT_CHARS).min(text.len())];
                let [leads, leads_twice] = self.leads(around).map(|leads| leads & !noise);
                let slot = Cell::new(None);
                segments.push(Segment { start, end, slot, is_repaired, leads, leads_twice });
            }
            from = end;
        }
    }

    /// Pages that have a lead image among some characters, and those that have two of them without a
    /// letter or digit of ASCII between, which no read takes.
    fn leads(&self, text: &[char]) -> [PageSet; 2] {
        let leadless = self.pages.leadless;
        let (mut once, mut twice, mut in_run) = (leadless, leadless, leadless);
        for &c in text {
            if c.is_ascii_alphanumeric() {
                in_run = leadless;
            } else if !c.is_ascii() {
                let roles = self.pages.roles(c);
                let leads = roles.leads_two | roles.leads_more;
                twice |= in_run & leads;
                in_run |= leads;
                once |= leads;
            }
        }
        [once, twice]
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

    /// The segments as a chain reads them; `None` when its deepest layer is never used.
    fn read_line(
        &self,
        text: &[char],
        segments: &[Segment],
        chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Option<Vec<Found>> {
        // With one lead image nothing lies deep, and the chain says no more than a shallower one.
        if let [outermost, _, ..] = *self.pages.chains[chain].pages
            && segments.iter().all(|segment| segment.leads_twice & 1 << outermost == 0)
        {
            return None;
        }
        let mut found = Vec::with_capacity(segments.len());
        let mut from = 0;
        for segment in segments {
            // A read of the segment before may have taken the first characters.
            let start = segment.start.max(from);
            if start >= segment.end {
                continue;
            }
            let is_repaired = segment.is_repaired;
            let trust = if is_repaired { Trust::Unproven } else { trust };
            let reading = self.read_segment(text, segment, start, chain, trust, memo);
            let end = reading.decoded.last().map_or(0, |last| start + last.end);
            from = segment.end.max(end);
            found.push(Found { start, is_repaired, reading });
        }
        let depth = found.iter().map(|f| f.reading.depth).max().unwrap_or(0);
        (usize::from(depth) == self.pages.chains[chain].pages.len()).then_some(found)
    }

    /// What a chain makes of a segment, or of the part of it from `start` on.
    fn read_segment(
        &self,
        text: &[char],
        segment: &Segment,
        start: usize,
        mut chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Arc<Reading> {
        // Without lead images nothing is read, and with one of them nothing lies deeper.
        while let [outermost, _inner, ..] = *self.pages.chains[chain].pages
            && segment.leads_twice & 1 << outermost == 0
            && let Some(shallower) = self.pages.chains[chain].shallower
        {
            chain = shallower;
        }
        let outermost = self.pages.chains[chain].pages.first();
        if outermost.is_none_or(|&page| segment.leads & 1 << page == 0) {
            return Arc::clone(&memo.nothing);
        }
        let is_whole = start == segment.start;
        let kept = segment.slot.get().filter(|slot| is_whole && memo.holds(*slot));
        if let Some(known) = kept.and_then(|slot| memo.get(slot, chain as u8, trust)) {
            return known;
        }
        let window = Window::new(text, start, segment.end);
        let slot = kept.unwrap_or_else(|| {
            memo.key.clear();
            memo.key.push(window.shape());
            memo.key.extend(window.text.iter().map(|&c| u32::from(c)));
            memo.place()
        });
        if is_whole {
            segment.slot.set(Some(slot));
        }
        self.read_window(window, slot, chain, trust, memo)
    }

    fn read_window(
        &self,
        window: Window<'_>,
        slot: Slot,
        chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Arc<Reading> {
        let number = chain as u8;
        if let Some(known) = memo.get(slot, number, trust) {
            return known;
        }
        if let Some(reading) = self.read_by_sister(window, slot, chain, trust, memo) {
            memo.put(slot, number, trust, Arc::clone(&reading));
            return reading;
        }
        let Window { text, start, end, starts_line } = window;
        let stop = text.len();
        let Chain { pages, shallower, .. } = &self.pages.chains[chain];
        if let ([page, _, ..], &Some(shallower)) = (pages.as_slice(), shallower)
            && memo.shallow(slot) & 1 << page != 0
        {
            return self.read_window(window, slot, shallower, trust, memo);
        }
        let (glyphs, reads) = (&self.glyphs, &mut memo.reads);
        reader::read(&self.pages, &self.pages.chains[chain], glyphs, text, (start, stop), reads);
        if let [page, _, ..] = **pages
            && !reads.may_be_deeper
        {
            memo.add_shallow(slot, page);
        }
        let reads = &memo.reads;
        let reading = if usize::from(reads.depth) < pages.len() {
            // Nothing lies this deep: the chain says what the shallower one says.
            match *shallower {
                Some(shallower) if reads.depth > 0 => {
                    self.read_window(window, slot, shallower, trust, memo)
                }
                _ => Arc::clone(&memo.nothing),
            }
        } else {
            let span = lattice::Span { start, end, stop, starts_line };
            let path =
                lattice::best_path(glyphs, reads, text, span, trust.edge(), &mut memo.scratch);
            let is_weak = evidence::is_weak(glyphs, text, &path.decoded, path.gain);
            let depth = path.decoded.iter().map(|d| d.depth).max().unwrap_or(0);
            let place = |d: Decoded| Decoded { start: d.start - start, end: d.end - start, ..d };
            let decoded = path.decoded.into_iter().map(place).collect();
            Arc::new(Reading { gain: path.gain, is_weak, depth, decoded })
        };
        memo.put(slot, number, trust, Arc::clone(&reading));
        reading
    }

    /// What a page with a lower number says, if both read complete sequences only and read them alike:
    /// windows-1252, -1254 and iso-8859-15 differ in few characters. The bytes that they leave undefined
    /// differ, too, and count only where the lower page has to guess.
    fn read_by_sister(
        &self,
        window: Window<'_>,
        slot: Slot,
        chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Option<Arc<Reading>> {
        let [page] = *self.pages.chains[chain].pages else { return None };
        let sister = memo.sisters(slot, || sisters::sisters(&self.pages, window.text))[page];
        // A chain of one page has the number of its page.
        let sister = usize::from(sister);
        if sister == page || self.pages.chains[sister].pages != [sister] {
            return None;
        }
        let reading = self.read_window(window, slot, sister, trust, memo);
        let is_complete =
            !reading.decoded.is_empty() && reading.decoded.iter().all(|d| !d.is_lossy);
        is_complete.then_some(reading)
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
