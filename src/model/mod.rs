//! The line model: how likely a line is boilerplate, by its words, its form and its neighbours.
//!
//! 1. Each line gets its [`Cues`] when it arrives: measures, words, phrase hits, and a text score,
//!    which knows the line alone.
//! 2. Each line's features are statistics of the cues of the 32 lines before and after it.
//! 3. Boosted trees turn them into a probability.
//!
//! What is done with the probability (levels, gate, caps) is the judge's business. The weights are
//! a data file; `data/README.md` tells how they were made.

mod cues;
mod features;
mod forest;
mod text_score;
#[cfg(feature = "train")]
pub mod train;
mod words;

pub(crate) use cues::{Cues, Words};
pub(crate) use features::{REACH, Track, Walk};

use crate::rules::Reach;

/// How far a rule of this reach goes: 0 for one line, 4 for the rest of the document.
pub(crate) fn reach_rank(reach: Reach) -> u8 {
    match reach {
        Reach::Lines(_) => 1,
        Reach::List => 2,
        Reach::Block => 3,
        Reach::ToEnd => 4,
        _ => 0,
    }
}
