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

/// A way on from a position.
struct Move {
    glyph: Glyph,
    next: usize,
    penalty: f32,
    read: Option<Read>,
}

impl Move {
    fn new(glyphs: &Glyphs, read: Read, edge: f32) -> Move {
        let (glyph, next) = (glyphs.glyph(read.target), read.next as usize);
        Move { glyph, next, penalty: read.cost + edge, read: Some(read) }
    }

    /// Whether no step of this kind stays within a limit from a total on.
    fn exceeds(&self, limit: f32, total: f32) -> bool {
        total + self.penalty + self.glyph.least > limit + ROUNDING
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
    moves: Vec<Move>,
    costs: Option<Costs>,
}

/// Finds the best way through a span of `text`; `edge` is the price of every read, in nats.
pub(super) fn best_path(
    glyphs: &Glyphs,
    reads: &Reads,
    text: &[char],
    span: Span,
    edge: f32,
    scratch: &mut Scratch,
) -> Path {
    let Span { start, end, stop, starts_line } = span;
    let Scratch { steps, ahead, states, own, moves, costs } = scratch;
    let costs = costs.get_or_insert_with(Costs::with_room);
    let before = context_before(glyphs, costs, text, start, starts_line);
    steps.clear();
    if ahead.len() <= stop - start {
        ahead.resize_with(stop - start + 1, Ahead::default);
    }
    for place in &mut ahead[..=stop - start] {
        place.states.clear();
        place.limit = f32::INFINITY;
    }
    let none = Step { parent: u32::MAX, start: start as u32, cost: 0.0, read: None };
    ahead[0].add(State { total: 0.0, context: before, step: none });
    own.clear();
    own.extend(text[start..stop].iter().map(|&c| glyphs.glyph(c)));
    for at in start..stop {
        std::mem::swap(states, &mut ahead[at - start].states);
        prune(states);
        let Some(least) = states.first().map(|state| state.total) else { continue };
        moves.clear();
        if at < end && !text[at].is_ascii() {
            let reads = reads.at(at).iter().map(|read| Move::new(glyphs, *read, edge));
            moves.extend(reads.filter(|way| !way.exceeds(ahead[way.next - start].limit, least)));
            if let Some(target) = control_as_windows_1252(text[at]) {
                let next = at as u32 + 1;
                let read = Read { target, next, cost: CONTROL_READ, depth: 0, is_lossy: false };
                moves.push(Move::new(glyphs, read, 0.0));
            }
        }
        for state in states.drain(..) {
            let place = Place::new(state.context, costs);
            let (parent, total) = (steps.len() as u32, state.total);
            steps.push(state.step);
            let (cost, context) = place.step(&own[at - start]);
            let step = Step { parent, start: at as u32, cost, read: None };
            ahead[at + 1 - start].add(State { total: total + cost, context, step });
            for way in moves.iter() {
                let ahead = &mut ahead[way.next - start];
                if way.exceeds(ahead.limit, total) {
                    continue;
                }
                let (cost, context) = place.step(&way.glyph);
                let cost = cost + way.penalty;
                let step = Step { parent, start: at as u32, cost, read: way.read };
                ahead.add(State { total: total + cost, context, step });
            }
        }
    }
    let last = ahead.get(stop - start).map_or(&[][..], |place| &place.states);
    let Some(best) = last.iter().min_by(|a, b| a.total.total_cmp(&b.total)) else {
        return Path { gain: 0.0, decoded: Vec::new() };
    };
    let gain = cost_alone(before, own, costs) - best.total;
    Path { gain, decoded: trace(steps, best.step, gain) }
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

fn cost_alone(before: Context, glyphs: &[Glyph], costs: &Costs) -> f32 {
    let mut context = before;
    let mut total = 0.0;
    for glyph in glyphs {
        let (cost, next) = Place::new(context, costs).step(glyph);
        total += cost;
        context = next;
    }
    total
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
