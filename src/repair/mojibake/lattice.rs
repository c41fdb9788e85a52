//! Chooses between leaving characters as they are and reading them as mojibake (Viterbi).
//!
//! Every character of a span may stand for itself or begin a read; the cheapest way through the span
//! and a little text after it wins. Depths compete in one lattice, so clean, once and twice damaged
//! words on the same line come out right together.

use std::cell::Cell;

use super::glyph::{self, Glyph, Glyphs};
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
    /// How many other contexts had reached the position before.
    number: u32,
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

/// A read that may be worth its price, looked up once for all states.
struct Move {
    read: Read,
    price: f32,
    target: Glyph,
}

/// Steps along ways that turn off, by character of the span: less than a search takes.
const MAX_STEPS: usize = 64;

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

/// The best states that reach a position, the cheapest first, of equal ones the one that came first.
#[derive(Default)]
struct Ahead {
    states: Vec<State>,
    /// Contexts that came.
    contexts: u32,
    /// Up to this total they are worth keeping.
    limit: f32,
}

/// A span as it stands, which is the same to all chains that read it.
#[derive(Default)]
pub(super) struct Ground {
    own: Vec<Glyph>,
    /// The way that leaves all characters alone, and what it costs.
    alone: Vec<Stop>,
    total: f32,
}

impl Ground {
    /// Forgets the span.
    pub(super) fn clear(&mut self) {
        self.own.clear();
    }

    /// Takes up a span, unless it has one.
    fn lay(&mut self, glyphs: &Glyphs, costs: &Costs, text: &[char], span: Span) {
        let Ground { own, alone, total } = self;
        if !own.is_empty() {
            return;
        }
        let Span { start, stop, starts_line, .. } = span;
        own.extend(text[start..stop].iter().map(|&c| glyphs.glyph(c)));
        let mut context = context_before(glyphs, costs, text, start, starts_line);
        alone.clear();
        *total = 0.0;
        for (at, glyph) in own.iter().enumerate() {
            let (cost, after) = Place::new(context, costs).step(glyph);
            alone.push(Stop { at, total: *total, context, read: None, cost });
            *total += cost;
            context = after;
        }
    }
}

/// Room for a search, kept from one to the next.
#[derive(Default)]
pub(super) struct Scratch {
    /// The way that reads all complete sequences.
    complete: Vec<Stop>,
    settled: Vec<bool>,
    /// What all characters from a position on cost at the least.
    rest: Vec<f32>,
    steps: Vec<Step>,
    ahead: Vec<Ahead>,
    states: Vec<State>,
    moves: Vec<Move>,
    costs: Option<Costs>,
}

/// A position on a way, and the step from there.
#[derive(Clone, Copy)]
struct Stop {
    at: usize,
    total: f32,
    context: Context,
    read: Option<Read>,
    cost: f32,
}

/// Finds the best way through a span of `text`; `edge` is the price of every read, in nats.
///
/// Two ways are easily found: all characters left alone, and all complete sequences read. Nearly always
/// one of them is the best, and whatever turns off from it is bound to cost more. Only where that is not
/// so all ways are searched that may cost less.
pub(super) fn best_path(
    glyphs: &Glyphs,
    reads: &Reads,
    text: &[char],
    span: Span,
    edge: f32,
    ground: &mut Ground,
    scratch: &mut Scratch,
) -> Path {
    let Span { start, end, .. } = span;
    let Scratch { complete, settled, rest, steps, ahead, states, moves, costs } = scratch;
    let costs = costs.get_or_insert_with(Costs::with_room);
    ground.lay(glyphs, costs, text, span);
    let Ground { own, alone, total: total_alone } = &*ground;
    let (total_alone, before) = (*total_alone, alone.first().map_or(Context::START, |s| s.context));
    let field = Field { glyphs, reads, text, start, end, own, edge, costs };
    let total_complete = field.follow_complete(alone, complete).unwrap_or(total_alone);
    let is_alone = total_alone <= total_complete;
    let (most, way) = if is_alone { (total_alone, alone) } else { (total_complete, &*complete) };
    field.find_settled(settled);
    field.find_rest(alone, settled, rest);
    if !field.may_turn_off(way, most, settled, rest) {
        let gain = total_alone - most;
        let decoded =
            way.iter().filter_map(|stop| decoded(start + stop.at, stop.read, stop.cost, gain));
        return Path { gain, decoded: decoded.collect() };
    }
    if ahead.len() <= own.len() {
        ahead.resize_with(own.len() + 1, Ahead::default);
    }
    let ahead = &mut ahead[..=own.len()];
    let best = field.search(before, Some((most, rest)), steps, ahead, (states, moves));
    // Where the way that set the bound fell behind, the bound means nothing.
    let best = best.filter(|best| best.total <= most);
    let best = best.or_else(|| field.search(before, None, steps, ahead, (states, moves)));
    let Some(best) = best else { return Path { gain: 0.0, decoded: Vec::new() } };
    let gain = total_alone - best.total;
    Path { gain, decoded: trace(steps, best.step, gain) }
}

/// What is searched. Positions count from the start of the span.
struct Field<'a> {
    glyphs: &'a Glyphs,
    reads: &'a Reads,
    text: &'a [char],
    start: usize,
    end: usize,
    own: &'a [Glyph],
    edge: f32,
    costs: &'a Costs,
}

impl Field<'_> {
    /// What may have stood at a position of the span.
    fn reads_at(&self, at: usize) -> &[Read] {
        let at = self.start + at;
        if at < self.end { self.reads.at(at) } else { &[] }
    }

    /// A control at a position, read as windows-1252.
    fn control_at(&self, at: usize) -> Option<Read> {
        let at = self.start + at;
        let c = self.text[at];
        if at >= self.end || !('\u{80}'..='\u{9F}').contains(&c) {
            return None;
        }
        let target = control_as_windows_1252(c)?;
        let least = self.glyphs.glyph(target).least;
        Some(Read { target, cost: CONTROL_READ, least, taken: 1, depth: 0, is_lossy: false })
    }

    /// What a read is bound to cost, the rest of the span included.
    fn least_with(&self, read: &Read, at: usize, rest: &[f32]) -> f32 {
        read.cost + self.edge_of(read) + read.least + rest[at + usize::from(read.taken)]
    }

    /// The price of a read; a control has its own.
    fn edge_of(&self, read: &Read) -> f32 {
        if read.depth == 0 { 0.0 } else { self.edge }
    }

    /// Follows the way that reads every complete sequence, as deep as it goes, and tells its cost; `None` if
    /// there is no such sequence.
    fn follow_complete(&self, alone: &[Stop], way: &mut Vec<Stop>) -> Option<f32> {
        let complete = |at: usize| {
            let reads = self.reads_at(at).iter().filter(|read| !read.is_lossy);
            reads.max_by_key(|read| read.depth)
        };
        let last = self.end - self.start;
        let next_complete =
            |from: usize| (from..last).find_map(|at| complete(at).map(|read| (at, *read)));
        let mut next = next_complete(0);
        let (mut at, _) = next?;
        way.clear();
        way.extend_from_slice(&alone[..at]);
        let Stop { mut context, mut total, .. } = alone[at];
        while at < alone.len() {
            // Behind the last sequence both ways soon are the same.
            if next.is_none() && alone[at].context == context {
                way.extend(alone[at..].iter().map(|stop| {
                    let stop = Stop { total, ..*stop };
                    total += stop.cost;
                    stop
                }));
                break;
            }
            let place = Place::new(context, self.costs);
            let read = next.filter(|(place, _)| *place == at).map(|(_, read)| read);
            let (cost, after) = match read {
                Some(Read { target, cost, .. }) => {
                    let (step, after) = place.step(&self.glyphs.glyph(target));
                    (step + (cost + self.edge), after)
                }
                None => place.step(&self.own[at]),
            };
            way.push(Stop { at, total, context, read, cost });
            total += cost;
            context = after;
            if let Some(read) = read {
                at += usize::from(read.taken);
                next = next_complete(at);
            } else {
                at += 1;
            }
        }
        Some(total)
    }

    /// Finds the positions that all ways come to in one context, so that they tell what the character there
    /// costs: before the first read, behind three small letters, and behind a mark that no read takes.
    fn find_settled(&self, settled: &mut Vec<bool>) {
        settled.clear();
        settled.resize(self.own.len() + 1, true);
        let mut letters = 0;
        for (at, own) in self.own.iter().enumerate() {
            letters = if own.c.is_ascii_lowercase() { letters + 1 } else { 0 };
            if !own.c.is_ascii() {
                for read in self.reads_at(at).iter().chain(&self.control_at(at)) {
                    settled[at + usize::from(read.taken)] = false;
                }
            }
            let is_alike = settled[at] || letters > 2 || glyph::is_ascii_mark(own.c);
            // At the end nothing is left to know.
            settled[at + 1] = settled[at + 1] && is_alike || at + 1 == self.own.len();
        }
    }

    /// What all characters from each position on cost at the least.
    fn find_rest(&self, alone: &[Stop], settled: &[bool], rest: &mut Vec<f32>) {
        rest.clear();
        rest.resize(self.own.len() + 1, 0.0);
        for at in (0..self.own.len()).rev() {
            let least = if settled[at] { alone[at].cost } else { self.own[at].least };
            let own = least + rest[at + 1];
            let control = self.control_at(at);
            let reads = self.reads_at(at).iter().chain(&control);
            rest[at] = reads.map(|read| self.least_with(read, at, rest)).fold(own, f32::min);
        }
    }

    /// Whether turning off from a way anywhere may lead to a better one.
    fn may_turn_off(&self, way: &[Stop], most: f32, settled: &[bool], rest: &[f32]) -> bool {
        let steps = Cell::new(MAX_STEPS * way.len());
        way.iter().any(|stop| {
            let &Stop { at, total, context, read: taken, .. } = stop;
            let limit = most + ROUNDING - total;
            let may_go = |glyph: &Glyph, price: f32, to: usize| {
                let (cost, context) = Place::new(context, self.costs).step(glyph);
                self.may_go_on(to, context, limit - price - cost, (settled, rest), &steps)
            };
            let own = &self.own[at];
            if taken.is_some() && own.least + rest[at + 1] <= limit && may_go(own, 0.0, at + 1) {
                return true;
            }
            let control = self.control_at(at);
            self.reads_at(at).iter().chain(&control).any(|read| {
                let to = at + usize::from(read.taken);
                self.least_with(read, at, rest) <= limit
                    && taken.as_ref() != Some(read)
                    && may_go(&self.glyphs.glyph(read.target), read.cost + self.edge_of(read), to)
            })
        })
    }

    /// Whether a way that has come to a position may cost no more than `limit` from there on. It is followed
    /// to where all ways meet again, a few characters on, unless it may branch before, or `steps` run out.
    fn may_go_on(
        &self,
        mut at: usize,
        mut context: Context,
        mut limit: f32,
        (settled, rest): (&[bool], &[f32]),
        steps: &Cell<usize>,
    ) -> bool {
        while let Some(left) = steps.get().checked_sub(1 + self.reads_at(at).len()) {
            steps.set(left);
            if rest[at] > limit {
                return false;
            }
            if settled[at] {
                return true;
            }
            let place = Place::new(context, self.costs);
            let control = self.control_at(at);
            let may_branch = self.reads_at(at).iter().chain(&control).any(|read| {
                let least = self.least_with(read, at, rest);
                least <= limit
                    && least - read.least + place.step(&self.glyphs.glyph(read.target)).0 <= limit
            });
            if may_branch {
                return true;
            }
            let (cost, after) = place.step(&self.own[at]);
            (context, limit, at) = (after, limit - cost, at + 1);
        }
        true
    }

    /// The best of all ways that cost no more than the one that is known, if there is one.
    fn search(
        &self,
        before: Context,
        known: Option<(f32, &[f32])>,
        steps: &mut Vec<Step>,
        ahead: &mut [Ahead],
        (states, moves): (&mut Vec<State>, &mut Vec<Move>),
    ) -> Option<State> {
        steps.clear();
        for (at, place) in ahead.iter_mut().enumerate() {
            place.states.clear();
            place.contexts = 0;
            place.limit = known.map_or(f32::INFINITY, |(most, rest)| most + ROUNDING - rest[at]);
        }
        let none = Step { parent: u32::MAX, start: self.start as u32, cost: 0.0, read: None };
        let first = State { total: 0.0, number: 0, context: before, step: none };
        ahead.first_mut()?.states.push(first);
        for (at, own) in self.own.iter().enumerate() {
            std::mem::swap(states, &mut ahead[at].states);
            prune(states);
            moves.clear();
            if let Some(first) = states.first() {
                let control = self.control_at(at);
                let reads = self.reads_at(at).iter().chain(&control);
                for read in reads {
                    let price = read.cost + self.edge_of(read);
                    let limit = ahead[at + usize::from(read.taken)].limit;
                    if first.total + price + read.least <= limit + ROUNDING {
                        let target = self.glyphs.glyph(read.target);
                        moves.push(Move { read: *read, price, target });
                    }
                }
            }
            for state in states.drain(..) {
                let place = Place::new(state.context, self.costs);
                let (parent, total) = (steps.len() as u32, state.total);
                let start = (self.start + at) as u32;
                steps.push(state.step);
                if total + own.least <= ahead[at + 1].limit + ROUNDING {
                    let (cost, context) = place.step(own);
                    let step = Step { parent, start, cost, read: None };
                    ahead[at + 1].add(total + cost, context, step);
                }
                for Move { read, price, target } in moves.iter() {
                    let ahead = &mut ahead[at + usize::from(read.taken)];
                    if total + price + read.least > ahead.limit + ROUNDING {
                        continue;
                    }
                    let (cost, context) = place.step(target);
                    let cost = cost + price;
                    // Most ways end here, before anything is written down.
                    if total + cost <= ahead.limit {
                        let step = Step { parent, start, cost, read: Some(*read) };
                        ahead.add(total + cost, context, step);
                    }
                }
            }
        }
        ahead.last_mut()?.states.drain(..).next()
    }
}

impl Ahead {
    fn add(&mut self, total: f32, context: Context, step: Step) {
        let is_full = self.states.len() == MAX_STATES;
        // It would be pruned.
        if total > self.limit || is_full && self.states.last().is_some_and(|s| s.total <= total) {
            return;
        }
        self.limit = self.limit.min(total + BEAM);
        let number = match self.states.iter().position(|known| known.context == context) {
            Some(known) if self.states[known].total <= total => return,
            Some(known) => self.states.remove(known).number,
            None => {
                self.contexts += 1;
                self.states.truncate(MAX_STATES - 1);
                self.contexts
            }
        };
        let is_before =
            |known: &State| known.total.total_cmp(&total).then(known.number.cmp(&number)).is_lt();
        let place = self.states.iter().rposition(is_before).map_or(0, |at| at + 1);
        self.states.insert(place, State { total, number, context, step });
        if let Some(last) = self.states.get(MAX_STATES - 1) {
            self.limit = self.limit.min(last.total);
        }
    }
}

/// Forgets the states that fell too far behind the best one.
fn prune(states: &mut Vec<State>) {
    if let [best, _, ..] = states.as_slice() {
        let limit = best.total + BEAM;
        states.retain(|state| state.total <= limit);
    }
}

fn trace(steps: &[Step], last: Step, gain: f32) -> Vec<Decoded> {
    let mut path = Vec::new();
    let mut step = Some(last);
    while let Some(Step { parent, start, cost, read }) = step {
        path.extend(decoded(start as usize, read, cost, gain));
        step = steps.get(parent as usize).copied();
    }
    path.reverse();
    path
}

/// What a step at `start` puts there, if it reads anything.
fn decoded(start: usize, read: Option<Read>, cost: f32, gain: f32) -> Option<Decoded> {
    let Read { target, taken, depth, is_lossy, .. } = read?;
    Some(Decoded { start, end: start + usize::from(taken), target, depth, cost, gain, is_lossy })
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
    before.fold(first, |context, &c| {
        let glyph = glyphs.glyph(c);
        context.after(&glyph).unwrap_or_else(|| Place::new(context, costs).step(&glyph).1)
    })
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

#[cfg(test)]
mod tests {
    use super::super::pages::Pages;
    use super::super::reader;
    use super::*;

    /// Damage of all kinds, noise, clean text beside it.
    const TEXTS: [&str; 12] = [
        "maÃ±ana, cafÃ© y Â¿quÃ©?",
        "itâ€™s â€œtheirâ€\u{9D} choice â€” naÃ¯ve",
        "l’Ã©tÃ© Ã  la plage Ã\u{A0} midi, dÃa y dÃ\u{AD}a",
        "РџСЂРёРІРµС‚, РјРёСЂ",
        "validaciÃƒÂ³n invÃ¡lidos: ÃƒÂ± Ã± ñ",
        "šŸ” Search ā€œworldā€¯ podrĆ ser",
        "≡ƒÜÇ ├▒ ┬á ÔÇô caf├®",
        "√± ‚Äôs Espa√±a",
        "«MAÇÃ» NESTLÉ® ΔΙΑΚΗΡΥΞΗ²",
        "Íñigo Ã Ã\u{FFFD} â€? â€\" Ãš Å¡ aƱo",
        "ÃÂÅÄäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
        "â\u{80}\u{99} \u{93}x\u{94} Ã\u{83}Â\u{B1} ãƒ†ã‚¹ãƒˆ ðŸ˜€",
    ];

    #[test]
    fn the_easy_ways_win_only_where_a_search_of_all_ways_says_so() {
        let (pages, glyphs) = (Pages::new(), Glyphs::new());
        let (mut reads, mut scratch, costs) =
            (reader::Reads::default(), Scratch::default(), Costs::with_room());
        let mut repaired = 0;
        for line in TEXTS {
            let text: Vec<char> = line.chars().collect();
            let spans = (0..text.len()).flat_map(|start| {
                [1, 2, 5, 30].map(|length| (start, (start + length).min(text.len())))
            });
            let spans = spans.filter(|(start, _)| !text[*start].is_ascii());
            for ((start, end), chain) in
                spans.flat_map(|span| pages.chains.iter().map(move |chain| (span, chain)))
            {
                let stop = (end + 7).min(text.len());
                let text = &text[..stop];
                reader::read(&pages, chain, &glyphs, text, (start, stop), &mut reads);
                for edge in [3.0, 0.3, -2.0] {
                    let span = Span { start, end, stop, starts_line: start == 0 };
                    let mut ground = Ground::default();
                    let path =
                        best_path(&glyphs, &reads, text, span, edge, &mut ground, &mut scratch);
                    let before = context_before(&glyphs, &costs, text, start, start == 0);
                    let field = Field {
                        glyphs: &glyphs,
                        reads: &reads,
                        text,
                        start,
                        end,
                        own: &ground.own,
                        edge,
                        costs: &costs,
                    };
                    let mut ahead = Vec::new();
                    ahead.resize_with(ground.own.len() + 1, Ahead::default);
                    let (mut steps, mut room) = (Vec::new(), (Vec::new(), Vec::new()));
                    let room = (&mut room.0, &mut room.1);
                    let best = field.search(before, None, &mut steps, &mut ahead, room);
                    let best = best.map(|best| {
                        let gain = ground.total - best.total;
                        (gain, trace(&steps, best.step, gain))
                    });
                    let found = Some((path.gain, path.decoded));
                    assert_eq!(
                        format!("{found:?}"),
                        format!("{best:?}"),
                        "{line} {start}..{end} {} {edge}",
                        chain.name
                    );
                    repaired += usize::from(found.is_some_and(|(_, all)| !all.is_empty()));
                }
            }
        }
        assert!(repaired > 1000, "{repaired}");
    }
}
