//! Scores lines as they come: most by the sieve alone, the others a block at a time.
//!
//! There are two blocks: one of lines that the first trees have not seen, and one of those that
//! the first trees leave open, so that the other trees are asked about full blocks, too.

use std::collections::VecDeque;
use std::ops::Range;

use super::features::{REACH, ROW, Row, Walk};
use super::forest::{self, BLOCK, Columns, NO_COLUMNS, Narrow, WIDTH};
use super::reasons::{self, Ground};
use super::track::Track;
use super::{Cues, LineModel};
use crate::wide::Wide;

/// What the line model says of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Likelihood {
    /// How likely the line is boilerplate, 0 to 1.
    pub value: f32,
    /// What that rests on most, strongest first.
    pub grounds: [Ground; 2],
}

/// Likelihoods are explained from here on: below, no line comes close to going at any level.
pub(crate) const EXPLAINED: f32 = 0.3;

/// Lines behind the one that comes next after which memory is given back.
const FORGET: usize = 1024;

/// Lines after which a line that waits for a block to fill is scored anyway.
const PATIENCE: usize = 32;

/// The lines of one document, and how far they are scored.
pub(crate) struct Scorer {
    track: Track,
    walk: Walk,
    /// The features of the line that is looked at.
    row: Box<Row>,
    /// Lines that no tree has seen, and lines that the first trees leave open.
    fresh: Block,
    open: Block,
    /// Lines that were scored or wait in a block, and have not been handed on.
    scored: VecDeque<Likelihood>,
    wide: Option<Wide>,
}

/// Lines that wait to be evaluated together.
struct Block {
    rows: Box<[Narrow; BLOCK]>,
    /// The same, feature by feature, as it was when it was asked for last.
    columns: Box<Columns>,
    lines: [Waiting; BLOCK],
    count: usize,
}

/// A line that waits.
#[derive(Clone, Copy, Default)]
struct Waiting {
    /// Where it stands among those that are scored.
    place: usize,
    /// Its logit so far; that of a fresh line is known already if all that it waits for is grounds.
    logit: Option<f32>,
}

impl Default for Block {
    fn default() -> Block {
        Block {
            rows: Box::new([[0; WIDTH]; BLOCK]),
            columns: Box::new(NO_COLUMNS),
            lines: [Waiting::default(); BLOCK],
            count: 0,
        }
    }
}

impl Block {
    fn waiting(&mut self) -> &mut [Waiting] {
        &mut self.lines[..self.count]
    }

    /// Where the first line that waits stands.
    fn first(&self) -> Option<usize> {
        self.lines[..self.count].first().map(|line| line.place)
    }

    fn add(&mut self, line: Waiting, row: &Narrow) {
        self.lines[self.count % BLOCK] = line;
        self.rows[self.count % BLOCK] = *row;
        self.count += 1;
    }

    /// The features of the lines, feature by feature.
    fn columns(&mut self) -> &Columns {
        forest::transpose(&self.rows, &mut self.columns);
        &self.columns
    }

    fn is_full(&self) -> bool {
        self.count == BLOCK
    }

    /// Notes the likelihoods of lines whose logits are known.
    fn note(
        &self,
        logits: &[Option<f32>],
        model: &LineModel,
        explains: bool,
        scored: &mut VecDeque<Likelihood>,
    ) {
        let explains =
            explains && logits.iter().flatten().any(|logit| probability(*logit) >= EXPLAINED);
        let grounds = match explains {
            true => reasons::grounds(&model.forest, &self.columns),
            false => [[Ground::default(); 2]; BLOCK],
        };
        for ((line, logit), grounds) in self.lines.iter().zip(logits).zip(grounds) {
            if let Some(logit) = logit {
                scored[line.place] = Likelihood { value: probability(*logit), grounds };
            }
        }
    }
}

impl Default for Scorer {
    fn default() -> Scorer {
        Scorer {
            track: Track::default(),
            walk: Walk::new(),
            row: Box::new([0; ROW]),
            fresh: Block::default(),
            open: Block::default(),
            scored: VecDeque::new(),
            wide: Wide::detect(),
        }
    }
}

impl Scorer {
    pub(crate) fn reset(&mut self) {
        self.track.clear();
        self.walk.reset();
        self.fresh.count = 0;
        self.open.count = 0;
        self.scored.clear();
    }

    /// The next line.
    pub(crate) fn push(&mut self, cues: &Cues) {
        #[cfg(target_arch = "x86_64")]
        if self.wide.is_some() {
            // SAFETY: there is a `Wide` only where the processor has all that is asked for.
            unsafe { self.push_wide(cues) };
            return;
        }
        self.track.push(cues);
    }

    /// The same for processors that have what [`Wide`] says.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn push_wide(&mut self, cues: &Cues) {
        self.track.push(cues);
    }

    /// Lines at the beginning that only are context: they are not scored.
    pub(crate) fn skip(&mut self, lines: usize) {
        for _ in 0..lines {
            self.walk.skip(&self.track);
        }
    }

    /// Scores lines for which all neighbours are there, and hands them on in order; with `until`,
    /// that many of those that were not handed on yet, whatever is there of their neighbours.
    pub(crate) fn score(
        &mut self,
        model: &LineModel,
        until: Option<usize>,
        explains: bool,
        mut each: impl FnMut(Likelihood),
    ) {
        let there = self.track.len() - self.walk.at();
        let lines = match until {
            Some(most) => there.min(most.saturating_sub(self.scored.len())),
            None => there.saturating_sub(REACH),
        };
        for _ in 0..lines {
            self.score_next(model, explains);
            let last = self.scored.len();
            let is_late = |block: &Block| block.first().is_some_and(|at| last > at + PATIENCE);
            if is_late(&self.fresh) {
                self.ask_first(model, explains);
            }
            if is_late(&self.open) {
                self.ask_rest(model, explains);
            }
            // Without `until`, a line at a time comes; then nothing is done twice.
            self.hand_on(&mut each);
        }
        if until.is_some() {
            self.ask_all(model, explains);
            self.hand_on(&mut each);
        }
        if self.walk.at() > FORGET {
            let lines = self.walk.at() - REACH;
            self.track.forget(lines);
            self.walk.shift(lines);
        }
    }

    /// Hands on the lines before the first that waits.
    fn hand_on(&mut self, each: &mut impl FnMut(Likelihood)) {
        let Scorer { fresh, open, scored, .. } = self;
        let waiting = [fresh.first(), open.first()];
        let ready = waiting.into_iter().flatten().min().unwrap_or(scored.len());
        for _ in 0..ready {
            scored.pop_front().into_iter().for_each(&mut *each);
        }
        if ready > 0 {
            for line in fresh.waiting().iter_mut().chain(open.waiting()) {
                line.place -= ready;
            }
        }
    }

    /// Sets the likelihoods of lines that are not `known`; `before` are the lines before these, for context.
    pub(crate) fn score_unknown<'c>(
        &mut self,
        model: &LineModel,
        before: &[&Cues],
        line: impl Fn(usize) -> &'c Cues,
        known: &[Option<Likelihood>],
        explains: bool,
        all: &mut VecDeque<Likelihood>,
    ) {
        let mut next = 0;
        while let Some(stretch) = next_unknown(known, next) {
            next = stretch.end;
            self.reset();
            let behind = stretch.start.min(REACH);
            let context = &before[before.len().saturating_sub(REACH - behind)..];
            context.iter().for_each(|cues| self.push(cues));
            let last = known.len().min(stretch.end + REACH);
            (stretch.start - behind..last).for_each(|at| self.push(line(at)));
            self.skip(context.len() + behind);
            for known in &known[stretch.clone()] {
                match known {
                    Some(known) => {
                        self.walk.skip(&self.track);
                        self.scored.push_back(*known);
                    }
                    None => self.score_next(model, explains),
                }
            }
            self.ask_all(model, explains);
            all.range_mut(stretch).zip(self.scored.drain(..)).for_each(|(to, one)| *to = one);
        }
    }

    /// Scores the next line, or lets it wait in a block.
    fn score_next(&mut self, model: &LineModel, explains: bool) {
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = self.wide {
            // SAFETY: there is a `Wide` only where the processor has all that is asked for.
            unsafe { self.score_next_wide(model, explains, wide) };
            return;
        }
        self.score_next_with(model, explains, None);
    }

    /// The same for processors that have what [`Wide`] says.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn score_next_wide(&mut self, model: &LineModel, explains: bool, wide: Wide) {
        self.score_next_with(model, explains, Some(wide));
    }

    #[inline(always)]
    fn score_next_with(&mut self, model: &LineModel, explains: bool, wide: Option<Wide>) {
        let Scorer { track, walk, row, fresh, scored, .. } = self;
        let Some(line) = track.cues().get(walk.at()) else { return };
        walk.arrive(track);
        let mut window = walk.window(track, wide);
        window.first(row);
        let logit = model.sieve.known(row, line.hit() > 0, wide);
        let known = logit.map(probability);
        // Grounds take all features, and the first trees.
        match known.filter(|value| !explains || *value < EXPLAINED) {
            Some(value) => scored.push_back(Likelihood { value, ..Default::default() }),
            None => {
                window.rest(row);
                fresh.add(Waiting { place: scored.len(), logit }, &forest::narrow(row));
                scored.push_back(Likelihood::default());
            }
        }
        walk.depart(track);
        if self.fresh.is_full() {
            self.ask_first(model, explains);
        }
    }

    /// Asks the first trees about the lines that none has seen; where that settles nothing, lines
    /// wait for the others.
    fn ask_first(&mut self, model: &LineModel, explains: bool) {
        if self.fresh.count == 0 {
            return;
        }
        let logits = model.forest.first(self.fresh.columns());
        let mut known = [None; BLOCK];
        for at in 0..self.fresh.count {
            let line = self.fresh.lines[at];
            known[at] = line.logit.or_else(|| forest::settled(logits[at]));
            if known[at].is_none() {
                let line = Waiting { logit: Some(logits[at]), ..line };
                self.open.add(line, &self.fresh.rows[at]);
                if self.open.is_full() {
                    self.ask_rest(model, explains);
                }
            }
        }
        self.fresh.note(&known, model, explains, &mut self.scored);
        self.fresh.count = 0;
    }

    /// Asks the other trees about the lines that the first ones leave open.
    fn ask_rest(&mut self, model: &LineModel, explains: bool) {
        let Scorer { open, scored, .. } = self;
        if open.count > 0 {
            let mut logits = open.lines.map(|line| line.logit.unwrap_or_default());
            model.forest.add_rest(open.columns(), &mut logits);
            open.note(&logits.map(Some)[..open.count], model, explains, scored);
            open.count = 0;
        }
    }

    /// Asks about all lines that wait.
    fn ask_all(&mut self, model: &LineModel, explains: bool) {
        self.ask_first(model, explains);
        self.ask_rest(model, explains);
    }
}

/// The next stretch of lines from `start` on that begins and ends with an unknown one, and after
/// which none is near enough for its neighbours to be neighbours of these.
fn next_unknown(known: &[Option<Likelihood>], start: usize) -> Option<Range<usize>> {
    let mut unknown = (start..known.len()).filter(|at| known[*at].is_none());
    let first = unknown.next()?;
    let mut end = first + 1;
    while let Some(at) = unknown.next().filter(|at| at - end <= 2 * REACH) {
        end = at + 1;
    }
    Some(first..end)
}

/// The likelihood of a logit. The exponential is our own: the libraries' are slower, and differ.
fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + exp(-logit))
}

/// The exponential, to six digits or seven.
///
/// A power of two, set in the exponent of the number, and the series of what is left (Abramowitz and
/// Stegun, 4.2.1), which lies between minus and plus half the logarithm of two.
fn exp(value: f32) -> f32 {
    /// Adding it rounds to whole numbers; they stand in the lowest bits then.
    const ROUND: f32 = 12_582_912.0;
    let value = value.clamp(-80.0, 80.0);
    let whole = value * std::f32::consts::LOG2_E + ROUND - ROUND;
    let rest = value - whole * std::f32::consts::LN_2;
    let factors = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let series = factors.into_iter().fold(0.0, |sum, factor| sum * rest + factor);
    // From -116 to 116: an exponent that a number may have.
    series * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Words;

    #[test]
    fn the_exponential_is_exact_to_six_digits() {
        for step in -8000..=8000 {
            let value = step as f32 / 100.0;
            let exact = f64::from(value).exp();
            assert!((f64::from(exp(value)) / exact - 1.0).abs() < 5e-6, "{value}");
        }
        assert_eq!((exp(0.0), exp(-1e9), exp(1e9)), (1.0, exp(-80.0), exp(80.0)));
        assert_eq!((probability(0.0), probability(f32::INFINITY)), (0.5, 1.0));
    }

    /// How many of so many lines are scored.
    fn scored(lines: usize, until: Option<usize>) -> usize {
        let mut scorer = Scorer::default();
        (0..lines).for_each(|_| scorer.push(&Cues::default()));
        let mut count = 0;
        scorer.score(LineModel::shared(), until, false, |_| count += 1);
        count
    }

    #[test]
    fn a_line_waits_for_its_neighbours_and_not_much_longer() {
        assert_eq!(scored(REACH, None), 0);
        let most = PATIENCE.max(BLOCK) + 1;
        assert!((1..=50).all(|more| scored(REACH + most + more, None) >= more));
        assert_eq!(scored(REACH, Some(usize::MAX)), REACH);
        assert_eq!(scored(REACH, Some(3)), 3);
    }

    /// Cues of made-up lines of many kinds.
    fn cues_of(lines: usize) -> Vec<Cues> {
        let mut words = Words::default();
        let mut cues_of = |line: String| {
            let mut cues = Cues::default();
            LineModel::shared().look(&line, &mut words, &[], |_| unreachable!(), &mut cues);
            cues
        };
        let line = |at: usize| match at {
            90.. if at.is_multiple_of(3) => format!("Related posts {at}"),
            90.. => "Home | News | Sports".to_owned(),
            _ if at.is_multiple_of(13) => format!("Chapter {at}"),
            _ => format!(
                "The river rose {at} metres in one night, and nobody in the village could \
                 remember anything like it since the flood of {}, when word{} was lost.",
                at * 3,
                at % 17
            ),
        };
        (0..lines).map(|at| cues_of(line(at))).collect()
    }

    /// The likelihoods of lines, each looked at from the start by itself.
    fn one_by_one(cues: &[Cues]) -> Vec<f32> {
        let model = LineModel::shared();
        let mut track = Track::default();
        cues.iter().for_each(|cues| track.push(cues));
        let value = |at: usize| {
            let mut walk = Walk::new();
            (0..at).for_each(|_| walk.skip(&track));
            walk.arrive(&track);
            let mut window = walk.window(&track, None);
            let mut row = [0; ROW];
            window.first(&mut row);
            if let Some(logit) = model.sieve.known(&row, false, None) {
                return probability(logit);
            }
            let mut columns = NO_COLUMNS;
            window.rest(&mut row);
            forest::set(&mut columns, 0, &forest::narrow(&row));
            let mut logits = model.forest.first(&columns);
            if let Some(logit) = forest::settled(logits[0]) {
                return probability(logit);
            }
            model.forest.add_rest(&columns, &mut logits);
            probability(logits[0])
        };
        (0..cues.len()).map(value).collect()
    }

    #[test]
    fn lines_are_scored_as_if_each_were_asked_alone() {
        let cues = cues_of(150);
        let alone = one_by_one(&cues);
        assert!(alone.iter().any(|value| *value > 0.5) && alone.iter().any(|value| *value < 0.05));
        let mut scorer = Scorer::default();
        let mut together = Vec::new();
        for cues in &cues {
            scorer.push(cues);
            scorer.score(LineModel::shared(), None, false, |one| together.push(one.value));
        }
        scorer.score(LineModel::shared(), Some(usize::MAX), false, |one| together.push(one.value));
        assert_eq!(together, alone);
    }

    #[test]
    fn known_lines_are_passed_over() {
        let cues = cues_of(400);
        let alone = one_by_one(&cues);
        let marked = Likelihood { value: 2.0, ..Likelihood::default() };
        let mut scorer = Scorer::default();
        // Lines before the first may be context, and stretches of known lines are short or long.
        for (context, period, unknown) in [(0, 40, 10), (20, 130, 3), (100, 70, 1), (0, 400, 1)] {
            let before: Vec<&Cues> = cues[..context].iter().collect();
            let known: Vec<Option<Likelihood>> = (context..cues.len())
                .map(|at| (at % period < period - unknown).then_some(marked))
                .collect();
            let line = |at: usize| &cues[context + at];
            let mut all = known.iter().map(|known| known.unwrap_or_default()).collect();
            scorer.score_unknown(LineModel::shared(), &before, line, &known, false, &mut all);
            assert_eq!(all.len(), known.len());
            for (at, likelihood) in all.iter().enumerate() {
                let expected = if known[at].is_some() { 2.0 } else { alone[context + at] };
                assert_eq!(likelihood.value, expected, "line {at}, {period}");
            }
        }
    }
}
