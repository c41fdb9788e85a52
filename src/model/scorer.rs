//! Scores lines as they come: most by the sieve alone, the others a block at a time.

use std::collections::VecDeque;

use super::features::{REACH, ROW, Row, Walk};
use super::forest::{self, BLOCK, Columns, NO_COLUMNS};
use super::track::Track;
use super::{Cues, LineModel, reasons};

/// What the line model says of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Likelihood {
    /// How likely the line is boilerplate, 0 to 1.
    pub value: f32,
    /// What that rests on most, strongest first.
    pub grounds: [Option<&'static str>; 2],
}

/// Likelihoods are explained from here on: below, no line comes close to going at any level.
const EXPLAINED: f32 = 0.3;

/// Lines behind the one that comes next after which memory is given back.
const FORGET: usize = 1024;

/// Lines after which a line that waits for a block to fill is scored anyway.
const PATIENCE: usize = 32;

/// The lines of one document, and how far they are scored.
pub(crate) struct Scorer {
    track: Track,
    walk: Walk,
    block: Block,
    /// Lines that were scored or wait in the block, and have not been handed on.
    scored: VecDeque<Likelihood>,
}

/// Lines that wait to be evaluated together.
struct Block {
    columns: Box<Columns>,
    /// The features of the line that is looked at.
    row: Box<Row>,
    /// Where each line stands among those that are scored.
    places: [usize; BLOCK],
    count: usize,
}

impl Default for Block {
    fn default() -> Block {
        Block {
            columns: Box::new(NO_COLUMNS),
            row: Box::new([0; ROW]),
            places: [0; BLOCK],
            count: 0,
        }
    }
}

impl Default for Scorer {
    fn default() -> Scorer {
        Scorer {
            track: Track::default(),
            walk: Walk::new(),
            block: Block::default(),
            scored: VecDeque::new(),
        }
    }
}

impl Scorer {
    pub(crate) fn reset(&mut self) {
        self.track.clear();
        self.walk.reset();
        self.block.count = 0;
        self.scored.clear();
    }

    /// The next line.
    pub(crate) fn push(&mut self, cues: &Cues) {
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
            let waiting = self.block.places[..self.block.count].first();
            if waiting.is_some_and(|place| self.scored.len() > place + PATIENCE) {
                self.end_block(model, explains);
            }
            // Without `until`, a line at a time comes; then nothing is done twice.
            self.hand_on(&mut each);
        }
        if until.is_some() {
            self.end_block(model, explains);
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
        let Block { places, count, .. } = &mut self.block;
        let places = &mut places[..*count];
        let ready = places.first().copied().unwrap_or(self.scored.len());
        for _ in 0..ready {
            self.scored.pop_front().into_iter().for_each(&mut *each);
        }
        if ready > 0 {
            places.iter_mut().for_each(|place| *place -= ready);
        }
    }

    /// Scores all lines that are left but those that are `known`, which stand there in order.
    pub(crate) fn score_unknown(
        &mut self,
        model: &LineModel,
        known: &[Option<Likelihood>],
        explains: bool,
    ) -> VecDeque<Likelihood> {
        for known in known {
            match known {
                Some(known) => {
                    self.walk.skip(&self.track);
                    self.scored.push_back(*known);
                }
                None => self.score_next(model, explains),
            }
        }
        self.end_block(model, explains);
        self.scored.drain(..).collect()
    }

    /// Scores the next line, or lets it wait in the block.
    fn score_next(&mut self, model: &LineModel, explains: bool) {
        let Scorer { track, walk, block, scored } = self;
        let Some(line) = track.cues().get(walk.at()) else { return };
        walk.arrive(track);
        let mut window = walk.window(track);
        window.first(&mut block.row);
        let through = match line.hit() {
            0 => model.sieve.lets_through(&block.row),
            _ => None,
        };
        match through {
            Some(logit) => {
                scored.push_back(Likelihood { value: probability(logit), ..Default::default() })
            }
            None => {
                window.rest(&mut block.row);
                forest::set(&mut block.columns, block.count, &block.row);
                block.places[block.count] = scored.len();
                block.count += 1;
                scored.push_back(Likelihood::default());
            }
        }
        walk.depart(track);
        if self.block.count == BLOCK {
            self.end_block(model, explains);
        }
    }

    /// Evaluates the lines that wait.
    fn end_block(&mut self, model: &LineModel, explains: bool) {
        let Scorer { block, scored, .. } = self;
        let count = std::mem::take(&mut block.count);
        if count == 0 {
            return;
        }
        let values = model.forest.logits(&block.columns, model.forest.trees()).map(probability);
        let explains = explains && values[..count].iter().any(|value| *value >= EXPLAINED);
        let grounds = match explains {
            true => reasons::grounds(&model.forest, &block.columns),
            false => [[None; 2]; BLOCK],
        };
        for (at, place) in block.places[..count].iter().enumerate() {
            scored[*place] = Likelihood { value: values[at], grounds: grounds[at] };
        }
    }
}

fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_scan::LineScan;
    use crate::model::Words;

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
            words.clear();
            let scan = LineScan::of(&line, &mut words);
            LineModel::shared().look(&line, &scan, &words, &[], |_| unreachable!(), &mut cues);
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
            let mut window = walk.window(&track);
            let mut row = [0; ROW];
            window.first(&mut row);
            if let Some(logit) = model.sieve.lets_through(&row) {
                return probability(logit);
            }
            let mut columns = NO_COLUMNS;
            window.rest(&mut row);
            forest::set(&mut columns, 0, &row);
            probability(model.forest.logits(&columns, model.forest.trees())[0])
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
        let cues = cues_of(150);
        let alone = one_by_one(&cues);
        let marked = Likelihood { value: 2.0, ..Likelihood::default() };
        let known: Vec<Option<Likelihood>> =
            (0..150).map(|at| (at % 40 < 30).then_some(marked)).collect();
        let mut scorer = Scorer::default();
        cues.iter().for_each(|cues| scorer.push(cues));
        let all = scorer.score_unknown(LineModel::shared(), &known, false);
        for (at, likelihood) in all.iter().enumerate() {
            let expected = if known[at].is_some() { 2.0 } else { alone[at] };
            assert_eq!(likelihood.value, expected, "line {at}");
        }
    }
}
