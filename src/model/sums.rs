//! What the lines round a line come to: sums over stretches of them, from running totals.
//!
//! The first sums are asked for at every line, as means; where the processor can, those of all
//! stretches are worked out side by side.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::features::REACH;
use super::track::{FIRST_SUMS, SUMS, Sum, Totals, Track};
use crate::wide::Wide;

/// Lines of the stretches on each side that are summed up.
pub(super) const STRETCHES: [usize; 4] = [4, 8, 16, REACH];

/// The stretches behind a line, then those ahead.
const SIDES: usize = 2 * STRETCHES.len();

/// A stretch of lines: `Behind(4)` is the four lines before.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Behind(usize),
    Ahead(usize),
}
use Side::{Ahead, Behind};

impl Side {
    /// Its place among the sums.
    #[inline(always)]
    const fn place(self) -> usize {
        let (Behind(lines) | Ahead(lines)) = self;
        let stretch = match lines {
            4 => 0,
            8 => 1,
            16 => 2,
            _ => 3,
        };
        match self {
            Behind(_) => stretch,
            Ahead(_) => STRETCHES.len() + stretch,
        }
    }
}

/// The stretches of which any feature asks for other sums than the first ones.
const OTHERS: [Side; 6] = [Behind(8), Behind(16), Behind(REACH), Ahead(4), Ahead(8), Ahead(REACH)];

/// Sums over the stretches on each side of a line.
#[derive(Default)]
pub(super) struct Sums {
    first: FirstSums,
    /// All sums but the first ones, of the stretches in [`OTHERS`].
    others: [Totals; SIDES],
    /// For these, what a sum is multiplied by for a mean.
    reciprocals: [i64; SIDES],
}

/// What the first sums come to.
#[derive(Debug, Default, PartialEq)]
struct FirstSums {
    /// The lines that there are of each stretch.
    counts: [i32; SIDES],
    /// Means of the score, plain and weighted by the root of the letters, rounded down and to 0.
    scores: [i32; SIDES],
    weighted: [i32; SIDES],
    /// Shares of the lines with a hit, in 1/255.
    hits: [i32; SIDES],
    /// Sums of the scores times the roots.
    products: [i32; SIDES],
}

/// The lines that there are of the stretches behind a line, and ahead.
type Reaches = [[usize; STRETCHES.len()]; 2];

fn reaches(track: &Track, at: usize) -> Reaches {
    [at, track.len() - 1 - at].map(|all| STRETCHES.map(|lines| lines.min(all)))
}

impl Sums {
    /// Takes the first sums round a line.
    #[inline(always)]
    pub(super) fn take_first(&mut self, track: &Track, at: usize, wide: Option<Wide>) {
        #[cfg(target_arch = "x86_64")]
        if wide.is_some() {
            // Whole stretches, nearly everywhere: then nothing need be counted.
            match at >= REACH && at + REACH < track.len() {
                // SAFETY: the processor has AVX2, which is all that is asked for.
                true => unsafe { avx2::take(&mut self.first, track.totals(), at, [STRETCHES; 2]) },
                // SAFETY: as before.
                false => unsafe {
                    avx2::take(&mut self.first, track.totals(), at, reaches(track, at));
                },
            }
            return;
        }
        self.first = FirstSums::of(track.totals(), at, reaches(track, at));
    }

    /// Takes the other ones.
    #[inline(always)]
    pub(super) fn take_others(&mut self, track: &Track, at: usize) {
        let reaches = reaches(track, at);
        let sums = differences(track.totals(), at, reaches);
        for side in OTHERS {
            let (others, [end, start]) = (&mut self.others[side.place()], sums[side.place()]);
            let lines = reaches.as_flattened()[side.place()];
            self.reciprocals[side.place()] = reciprocal(lines);
            for sum in FIRST_SUMS..SUMS {
                others[sum] = end[sum].wrapping_sub(start[sum]);
            }
        }
    }

    /// The lines of a stretch that there are.
    #[inline(always)]
    pub(super) fn count(&self, side: Side) -> i32 {
        self.first.counts[side.place()]
    }

    #[inline(always)]
    pub(super) fn score(&self, side: Side) -> i32 {
        self.first.scores[side.place()]
    }

    #[inline(always)]
    pub(super) fn weighted(&self, side: Side) -> i32 {
        self.first.weighted[side.place()]
    }

    #[inline(always)]
    pub(super) fn hits(&self, side: Side) -> i32 {
        self.first.hits[side.place()]
    }

    /// For each stretch on one side the sum of the scores times the roots of the letters, and the lines
    /// that there are.
    #[inline(always)]
    pub(super) fn products(&self, side: fn(usize) -> Side) -> impl Iterator<Item = (&i32, &i32)> {
        let first = side(STRETCHES[0]).place();
        let places = first..first + STRETCHES.len();
        self.first.products[places.clone()].iter().zip(&self.first.counts[places])
    }

    /// A sum over a stretch that is none of the first ones.
    #[inline(always)]
    pub(super) fn total(&self, side: Side, of: Sum) -> i32 {
        debug_assert!(OTHERS.iter().any(|other| other.place() == side.place()));
        self.others[side.place()][of as usize]
    }

    /// A sum over the number of a stretch's lines, rounded down.
    #[inline(always)]
    pub(super) fn over_lines(&self, sum: i32, side: Side) -> i32 {
        mean(sum, self.reciprocals[side.place()])
    }
}

/// For each stretch the totals of which the later less the earlier ones are its sums.
#[inline(always)]
fn differences(totals: &[Totals], at: usize, [behind, ahead]: Reaches) -> [[&Totals; 2]; SIDES] {
    let (own, next) = (&totals[at], &totals[at + 1]);
    let [b4, b8, b16, b32] = behind.map(|lines| [own, &totals[at - lines]]);
    let [f4, f8, f16, f32] = ahead.map(|lines| [&totals[at + 1 + lines], next]);
    [b4, b8, b16, b32, f4, f8, f16, f32]
}

impl FirstSums {
    fn of(totals: &[Totals], at: usize, reaches: Reaches) -> FirstSums {
        let mut first = FirstSums::default();
        let sums = differences(totals, at, reaches);
        for (place, ([end, start], lines)) in
            sums.into_iter().zip(reaches.into_iter().flatten()).enumerate()
        {
            let sum = |of: Sum| end[of as usize].wrapping_sub(start[of as usize]);
            first.counts[place] = lines as i32;
            first.scores[place] = mean(sum(Sum::Score), reciprocal(lines));
            first.hits[place] = mean(255 * sum(Sum::Hits), reciprocal(lines));
            first.products[place] = sum(Sum::Weighted);
            let weight = sum(Sum::Root).max(1);
            first.weighted[place] = (sum(Sum::Weighted) as f32 / weight as f32) as i32;
        }
        first
    }
}

/// 2 ^ [`SHIFT`] over each number of lines, rounded up.
static RECIPROCALS: [i64; REACH + 1] = {
    let mut reciprocals = [0; REACH + 1];
    let mut lines = 1;
    while lines <= REACH {
        reciprocals[lines] = ((1 << SHIFT) + lines as i64 - 1) / lines as i64;
        lines += 1;
    }
    reciprocals
};

const SHIFT: u32 = 38;

/// What a sum over so many lines is multiplied by for its mean; 0 where there are none.
#[inline(always)]
fn reciprocal(lines: usize) -> i64 {
    RECIPROCALS[lines.min(REACH)]
}

/// A sum over the number of its lines, rounded down, without a division.
///
/// Exact for lines of up to 2^23 each: the reciprocal is too large by less than one part in 2^33, of
/// 2^28 that is less than 2^-5 / 4, and so is what is added for the sake of negative sums.
#[inline(always)]
fn mean(sum: i32, reciprocal: i64) -> i32 {
    ((i64::from(sum) * reciprocal + (1 << (SHIFT - 7))) >> SHIFT) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_rounded_down() {
        for sum in (-40_000..40_000).step_by(7) {
            for lines in 1..=REACH {
                let mean = mean(sum, reciprocal(lines));
                assert_eq!(mean, sum.div_euclid(lines as i32), "{sum} / {lines}");
            }
        }
        assert_eq!(mean(7, reciprocal(0)), 0);
    }
}
