//! Scores lines as they come, a block at a time.

use std::collections::VecDeque;

use super::features::{REACH, Track, Walk};
use super::forest::{BLOCK, Bins};
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

/// The lines of one document, and how far they are scored.
pub(crate) struct Scorer {
    track: Track,
    walk: Walk,
    bins: Bins,
}

impl Default for Scorer {
    fn default() -> Scorer {
        Scorer { track: Track::default(), walk: Walk::new(), bins: Vec::new() }
    }
}

impl Scorer {
    pub(crate) fn reset(&mut self) {
        self.track.clear();
        self.walk.reset();
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

    /// Scores whole blocks of lines for which all neighbours are there; with `until`, every line up
    /// to that many more.
    pub(crate) fn score(
        &mut self,
        model: &LineModel,
        until: Option<usize>,
        explains: bool,
        mut each: impl FnMut(Likelihood),
    ) {
        let mut left = until.unwrap_or(usize::MAX);
        loop {
            let there = (self.track.len() - self.walk.at()).min(left);
            if there == 0 || until.is_none() && there < BLOCK + REACH {
                break;
            }
            let lines = BLOCK.min(there);
            for place in 0..lines {
                self.bin_next(model, place);
            }
            left -= lines;
            self.block(model, lines, explains).into_iter().take(lines).for_each(&mut each);
        }
        if self.walk.at() > FORGET {
            let lines = self.walk.at() - REACH;
            self.track.forget(lines);
            self.walk.shift(lines);
        }
    }

    /// Scores all lines that are left but those that are `known`, which stand there in order.
    pub(crate) fn score_unknown(
        &mut self,
        model: &LineModel,
        known: &[Option<Likelihood>],
        explains: bool,
    ) -> VecDeque<Likelihood> {
        let mut all = VecDeque::with_capacity(known.len());
        let mut asked = [0; BLOCK];
        let mut count = 0;
        for (at, known) in known.iter().enumerate() {
            all.push_back(known.unwrap_or_default());
            if known.is_some() {
                self.walk.skip(&self.track);
            } else {
                self.bin_next(model, count);
                asked[count] = at;
                count += 1;
            }
            if count == BLOCK {
                self.block_into(model, &asked, explains, &mut all);
                count = 0;
            }
        }
        self.block_into(model, &asked[..count], explains, &mut all);
        all
    }

    /// The features of the next line, at a place of the block.
    fn bin_next(&mut self, model: &LineModel, place: usize) {
        if let Some(row) = self.walk.next(&self.track) {
            model.forest.bin(&row, &mut self.bins, place);
        }
    }

    /// Sets the likelihoods of the block at their places among `all`.
    fn block_into(
        &self,
        model: &LineModel,
        places: &[usize],
        explains: bool,
        all: &mut VecDeque<Likelihood>,
    ) {
        if !places.is_empty() {
            let block = self.block(model, places.len(), explains);
            places.iter().zip(block).for_each(|(at, likelihood)| all[*at] = likelihood);
        }
    }

    /// The likelihoods of the block, of which the first `lines` count.
    fn block(&self, model: &LineModel, lines: usize, explains: bool) -> [Likelihood; BLOCK] {
        let logits = model.forest.logits(&self.bins, model.forest.trees());
        let values = logits.map(|logit| 1.0 / (1.0 + (-logit).exp()));
        let explains = explains && values[..lines].iter().any(|value| *value >= EXPLAINED);
        let grounds = match explains {
            true => reasons::grounds(&model.forest, &self.bins),
            false => [[None; 2]; BLOCK],
        };
        std::array::from_fn(|at| Likelihood { value: values[at], grounds: grounds[at] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many lines are scored.
    fn scored(lines: usize, until: Option<usize>) -> usize {
        let mut scorer = Scorer::default();
        (0..lines).for_each(|_| scorer.push(&Cues::default()));
        let mut count = 0;
        scorer.score(LineModel::shared(), until, false, |_| count += 1);
        count
    }

    #[test]
    fn a_block_of_lines_waits_for_its_neighbours() {
        assert_eq!(scored(BLOCK + REACH - 1, None), 0);
        assert_eq!(scored(BLOCK + REACH, None), BLOCK);
        assert_eq!(scored(REACH, Some(usize::MAX)), REACH);
        assert_eq!(scored(REACH, Some(3)), 3);
    }
}
