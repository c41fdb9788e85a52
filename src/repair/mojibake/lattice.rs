//! Chooses between leaving characters as they are and reading them as mojibake (Viterbi).
//!
//! Every character of a span may stand for itself or begin a read; the cheapest way through the span
//! and a little text after it wins. Depths compete in one lattice, so clean, once and twice damaged
//! words on the same line come out right together.

use super::glyph::{Glyph, Glyphs};
use super::prior::{Context, Costs, Place};
use super::reader::{Read, Reads};

/// States kept at a position, and how far behind the best one a state may be, in nats.
///
/// Real spans need two or three states; the bounds keep hostile text linear.
const MAX_STATES: usize = 8;
const BEAM: f32 = 15.0;

/// A control U+0080..9F that was a character of windows-1252.
pub(super) const CONTROL_READ: f32 = 1.5;

/// A character that the best way through a span puts in the place of damaged ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoded {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) target: char,
    /// Wrong decodings undone; 0 for a control character read as windows-1252.
    pub(super) depth: u8,
    /// What this character costs in its place, penalties included, in nats.
    pub(super) cost: f32,
    /// What the way that it lies on saves, in nats.
    pub(super) gain: f32,
    pub(super) is_lossy: bool,
}

/// The best way through a span.
pub(super) struct Path {
    /// What it saves against leaving the span alone, in nats.
    pub(super) gain: f32,
    pub(super) decoded: Vec<Decoded>,
}

/// A way to a position.
struct State {
    total: f32,
    context: Context,
    step: Step,
}

/// The last step of a way.
#[derive(Clone, Copy)]
struct Step {
    /// Number of the step before.
    parent: u32,
    start: u32,
    cost: f32,
    read: Option<Read>,
}

/// A read as a way on from its position.
struct Move {
    glyph: Glyph,
    penalty: f32,
    read: Read,
}

impl Move {
    fn new(glyphs: &Glyphs, read: Read, edge: f32) -> Move {
        Move { glyph: glyphs.glyph(read.target), penalty: read.cost + edge, read }
    }
}

/// What sums of costs may differ by when they are added in another order, with room to spare.
const ROUNDING: f32 = 0.01;

/// What lies between two places of a text.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    /// Reads begin before here.
    pub(super) end: usize,
    /// Costs count up to here.
    pub(super) stop: usize,
    /// The text begins where its line does.
    pub(super) starts_line: bool,
}

/// The states that reach a position.
#[derive(Default)]
struct Ahead {
    states: Vec<State>,
    /// Up to this total they are worth keeping.
    limit: f32,
}

/// Room for a search, kept from one to the next.
#[derive(Default)]
pub(super) struct Scratch {
    steps: Vec<Step>,
    ahead: Vec<Ahead>,
    states: Vec<State>,
    own: Vec<Glyph>,
    /// What the characters cost where all are left alone.
    alone: Vec<f32>,
    moves: Vec<Move>,
    /// Where the moves of each position end.
    ends: Vec<usize>,
    costs: Option<Costs>,
}

/// Finds the best way through a span of `text`; `edge` is the price of every read, in nats.
///
/// Two ways are easily found: all characters left alone, and all complete sequences read. What is bound
/// to cost more than the better of these is not looked at.
pub(super) fn best_path(
    glyphs: &Glyphs,
    reads: &Reads,
    text: &[char],
    span: Span,
    edge: f32,
    scratch: &mut Scratch,
) -> Path {
    let Span { start, end, stop, starts_line } = span;
    let costs = scratch.costs.get_or_insert_with(Costs::with_room);
    let before = context_before(glyphs, costs, text, start, starts_line);
    scratch.own.clear();
    scratch.own.extend(text[start..stop].iter().map(|&c| glyphs.glyph(c)));
    scratch.moves.clear();
    scratch.ends.clear();
    for at in start..end {
        if !text[at].is_ascii() {
            scratch.moves.extend(reads.at(at).iter().map(|read| Move::new(glyphs, *read, edge)));
            if let Some(target) = control_as_windows_1252(text[at]) {
                let next = at as u32 + 1;
                let read = Read { target, next, cost: CONTROL_READ, depth: 0, is_lossy: false };
                scratch.moves.push(Move::new(glyphs, read, 0.0));
            }
        }
        scratch.ends.push(scratch.moves.len());
    }
    scratch.ends.resize(stop - start, scratch.moves.len());
    let alone = scratch.cost_alone(before);
    let most = alone.min(scratch.cost_of_complete(before, start));
    scratch.bound(text, start, most);
    let best = match scratch.search(before, start) {
        // The way that set the bound fell behind on the way.
        Some(best) if best.total > most => None,
        best => best,
    };
    let best = best.or_else(|| {
        scratch.ahead[..=stop - start].iter_mut().for_each(|place| place.limit = f32::INFINITY);
        scratch.search(before, start)
    });
    let Some(best) = best else { return Path { gain: 0.0, decoded: Vec::new() } };
    let gain = alone - best.total;
    Path { gain, decoded: trace(&scratch.steps, best.step, gain) }
}

impl Scratch {
    /// Cost of leaving all characters alone.
    fn cost_alone(&mut self, before: Context) -> f32 {
        let Scratch { own, alone, costs, .. } = self;
        let costs = costs.get_or_insert_with(Costs::with_room);
        alone.clear();
        let (mut context, mut total) = (before, 0.0);
        for glyph in own.iter() {
            let (cost, next) = Place::new(context, costs).step(glyph);
            alone.push(cost);
            total += cost;
            context = next;
        }
        total
    }

    /// Cost of reading every sequence that is complete, as deep as it goes.
    fn cost_of_complete(&mut self, before: Context, start: usize) -> f32 {
        let Scratch { own, moves, ends, costs, .. } = self;
        let costs = costs.get_or_insert_with(Costs::with_room);
        let (mut context, mut total, mut at) = (before, 0.0, 0);
        while let Some(glyph) = own.get(at) {
            let ways = &moves[at.checked_sub(1).map_or(0, |before| ends[before])..ends[at]];
            let complete = ways.iter().filter(|way| !way.read.is_lossy);
            let place = Place::new(context, costs);
            let cost;
            (cost, context, at) = match complete.max_by_key(|way| way.read.depth) {
                Some(way) => {
                    let (cost, context) = place.step(&way.glyph);
                    (cost + way.penalty, context, way.read.next as usize - start)
                }
                None => {
                    let (cost, context) = place.step(glyph);
                    (cost, context, at + 1)
                }
            };
            total += cost;
        }
        total
    }

    /// Empties all positions, and sets the limits that a way must keep to cost no more than `most`: what
    /// has to come after a position costs something, too.
    fn bound(&mut self, text: &[char], start: usize, most: f32) {
        let Scratch { ahead, own, alone, moves, ends, .. } = self;
        if ahead.len() <= own.len() {
            ahead.resize_with(own.len() + 1, Ahead::default);
        }
        // Counted down from the end.
        ahead[own.len()].limit = most + ROUNDING;
        for at in (0..own.len()).rev() {
            // Behind three small letters all ways have seen the same, and the cost is known.
            let place = start + at;
            let is_settled = place
                .checked_sub(3)
                .is_some_and(|from| text[from..place].iter().all(|c| c.is_ascii_lowercase()));
            let least = if is_settled { alone[at] } else { own[at].least };
            let ways = &moves[at.checked_sub(1).map_or(0, |before| ends[before])..ends[at]];
            let limit = |least: f32, next: usize| ahead[next].limit - least;
            let read =
                |way: &Move| limit(way.penalty + way.glyph.least, way.read.next as usize - start);
            let limit = ways.iter().map(read).fold(limit(least, at + 1), f32::max);
            ahead[at].limit = limit;
        }
    }

    /// The best way that keeps the limits.
    fn search(&mut self, before: Context, start: usize) -> Option<State> {
        let Scratch { steps, ahead, states, own, moves, ends, costs, .. } = self;
        let costs = costs.get_or_insert_with(Costs::with_room);
        steps.clear();
        let ahead = &mut ahead[..=own.len()];
        ahead.iter_mut().for_each(|place| place.states.clear());
        let none = Step { parent: u32::MAX, start: start as u32, cost: 0.0, read: None };
        ahead[0].states.push(State { total: 0.0, context: before, step: none });
        let mut first = 0;
        for (at, (glyph, &end)) in own.iter().zip(ends.iter()).enumerate() {
            let ways = &moves[first..end];
            first = end;
            std::mem::swap(states, &mut ahead[at].states);
            prune(states);
            for state in states.drain(..) {
                let place = Place::new(state.context, costs);
                let (parent, total, start) = (steps.len() as u32, state.total, (start + at) as u32);
                steps.push(state.step);
                if total + glyph.least <= ahead[at + 1].limit + ROUNDING {
                    let (cost, context) = place.step(glyph);
                    let step = Step { parent, start, cost, read: None };
                    ahead[at + 1].add(State { total: total + cost, context, step });
                }
                for way in ways {
                    let ahead = &mut ahead[(way.read.next - start) as usize + at];
                    if total + way.penalty + way.glyph.least > ahead.limit + ROUNDING {
                        continue;
                    }
                    let (cost, context) = place.step(&way.glyph);
                    let cost = cost + way.penalty;
                    let step = Step { parent, start, cost, read: Some(way.read) };
                    ahead.add(State { total: total + cost, context, step });
                }
            }
        }
        let last = ahead[own.len()].states.drain(..);
        last.min_by(|a, b| a.total.total_cmp(&b.total))
    }
}

impl Ahead {
    fn add(&mut self, state: State) {
        // It would be pruned.
        if state.total > self.limit {
            return;
        }
        self.limit = self.limit.min(state.total + BEAM);
        match self.states.iter_mut().find(|known| known.context == state.context) {
            Some(known) if known.total <= state.total => {}
            Some(known) => *known = state,
            None => self.states.push(state),
        }
    }
}

fn prune(states: &mut Vec<State>) {
    if states.len() > 1 {
        states.sort_by(|a, b| a.total.total_cmp(&b.total));
        states.truncate(MAX_STATES);
    }
    if let [best, _, ..] = states.as_slice() {
        let limit = best.total + BEAM;
        states.retain(|state| state.total <= limit);
    }
}

fn trace(steps: &[Step], last: Step, gain: f32) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    let mut step = Some(last);
    while let Some(Step { parent, start, cost, read }) = step {
        if let Some(Read { target, next, depth, is_lossy, .. }) = read {
            let (start, end) = (start as usize, next as usize);
            decoded.push(Decoded { start, end, target, depth, cost, gain, is_lossy });
        }
        step = steps.get(parent as usize).copied();
    }
    decoded.reverse();
    decoded
}

/// What the characters just before a span say.
fn context_before(
    glyphs: &Glyphs,
    costs: &Costs,
    text: &[char],
    start: usize,
    starts_line: bool,
) -> Context {
    let from = start.saturating_sub(super::segment::LEFT_CHARS);
    let before = text[from..start].iter();
    let first = if starts_line && from == 0 { Context::LINE_START } else { Context::START };
    before.fold(first, |context, &c| Place::new(context, costs).step(&glyphs.glyph(c)).1)
}

/// The character that windows-1252 has in the place of a control U+0080..9F.
pub(super) fn control_as_windows_1252(c: char) -> Option<char> {
    const TABLE: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0',
        '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    let at = u32::from(c).checked_sub(0x80)?;
    TABLE.get(at as usize).copied().filter(|&target| target != '\0')
}
