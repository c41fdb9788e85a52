//! Chooses between leaving characters as they are and reading them as mojibake (Viterbi).
//!
//! Every character of a span may stand for itself or begin a read; the cheapest way through the span
//! and a little text after it wins. Depths compete in one lattice, so clean, once and twice damaged
//! words on the same line come out right together.

use super::glyph::{Glyph, Glyphs};
use super::prior::{self, Context, Costs, Place};
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

struct State {
    total: f32,
    context: Context,
    /// Index of the node before, and the step from there.
    parent: usize,
    step: Step,
}

#[derive(Clone, Copy)]
struct Step {
    start: usize,
    read: Option<Read>,
    cost: f32,
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
        Move {
            glyph: glyphs.glyph(read.target),
            next: read.next,
            penalty: read.cost + edge,
            read: Some(read),
        }
    }
}

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
    nodes: Vec<State>,
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
    let Scratch { nodes, ahead, states, own, moves, costs } = scratch;
    let costs = costs.get_or_insert_with(Costs::with_room);
    let before = context_before(glyphs, costs, text, start, starts_line);
    nodes.clear();
    if ahead.len() <= stop - start {
        ahead.resize_with(stop - start + 1, Ahead::default);
    }
    for place in ahead.iter_mut() {
        place.states.clear();
        place.limit = f32::INFINITY;
    }
    let first = Step { start, read: None, cost: 0.0 };
    ahead[0].add(State { total: 0.0, context: before, parent: usize::MAX, step: first });
    own.clear();
    own.extend(text[start..stop].iter().map(|&c| glyphs.glyph(c)));
    for at in start..stop {
        std::mem::swap(states, &mut ahead[at - start].states);
        prune(states);
        moves.clear();
        moves.push(Move { glyph: own[at - start], next: at + 1, penalty: 0.0, read: None });
        if at < end {
            moves.extend(reads.at(at).iter().map(|read| Move::new(glyphs, *read, edge)));
            if let Some(target) = control_as_windows_1252(text[at]) {
                let read =
                    Read { target, next: at + 1, cost: CONTROL_READ, depth: 0, is_lossy: false };
                moves.push(Move::new(glyphs, read, 0.0));
            }
        }
        for state in states.drain(..) {
            let place = Place::new(state.context, costs);
            let (node, total) = (nodes.len(), state.total);
            nodes.push(state);
            for Move { glyph, next, penalty, read } in moves.iter() {
                let ahead = &mut ahead[next - start];
                if total + penalty - prior::MOST_SAVED > ahead.limit {
                    continue;
                }
                let (cost, context) = place.step(glyph);
                let cost = cost + penalty;
                let step = Step { start: at, read: *read, cost };
                ahead.add(State { total: total + cost, context, parent: node, step });
            }
        }
    }
    let last = ahead.get(stop - start).map_or(&[][..], |place| &place.states);
    let Some(best) = last.iter().min_by(|a, b| a.total.total_cmp(&b.total)) else {
        return Path { gain: 0.0, decoded: Vec::new() };
    };
    let gain = cost_alone(before, own, costs) - best.total;
    Path { gain, decoded: trace(nodes, best, gain) }
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
    let limit = states.first().map_or(0.0, |best| best.total) + BEAM;
    states.retain(|state| state.total <= limit);
}

fn trace(nodes: &[State], best: &State, gain: f32) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    let mut state = Some(best);
    while let Some(current) = state {
        let Step { start, read, cost } = current.step;
        if let Some(Read { target, next, depth, is_lossy, .. }) = read {
            decoded.push(Decoded { start, end: next, target, depth, cost, gain, is_lossy });
        }
        state = nodes.get(current.parent);
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
