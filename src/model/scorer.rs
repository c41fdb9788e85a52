//! Scores lines as they come, a block at a time.

use super::features::{FEATURES, REACH, Track, Walk};
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

/// Likelihoods are explained from here on: below, no level lets a line go.
const EXPLAINED: f32 = 0.4;

/// Lines behind the one that comes next after which memory is given back.
const FORGET: usize = 1024;

/// The lines of one document, and how far they are scored.
pub(crate) struct Scorer {
    track: Track,
    walk: Walk,
    bins: Bins,
    rows: Vec<[i32; FEATURES]>,
}

impl Default for Scorer {
    fn default() -> Scorer {
        Scorer { track: Track::default(), walk: Walk::new(), bins: Vec::new(), rows: Vec::new() }
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
            self.walk.next(&self.track, true);
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
            self.rows.clear();
            while self.rows.len() < BLOCK.min(there) {
                match self.walk.next(&self.track, true) {
                    Some(row) => self.rows.push(row),
                    None => break,
                }
            }
            left -= self.rows.len();
            for (place, row) in self.rows.iter().enumerate() {
                model.forest.bin(row, &mut self.bins, place);
            }
            let logits = model.forest.logits(&self.bins, model.forest.trees());
            let values = logits.map(|logit| 1.0 / (1.0 + (-logit).exp()));
            let explains = explains && values[..self.rows.len()].iter().any(|v| *v >= EXPLAINED);
            let grounds = match explains {
                true => reasons::grounds(&model.forest, &self.bins),
                false => [[None; 2]; BLOCK],
            };
            for (value, grounds) in values.into_iter().zip(grounds).take(self.rows.len()) {
                each(Likelihood { value, grounds });
            }
        }
        if self.walk.at() > FORGET {
            let lines = self.walk.at() - REACH;
            self.track.forget(lines);
            self.walk.shift(lines);
        }
    }
}
