//! The line model: how likely a line is boilerplate, by its words, its form and its neighbours.
//!
//! 1. Each line gets its [`Cues`] when it arrives: measures, words, phrase hits, and a text score,
//!    which knows the line alone.
//! 2. Each line's features are statistics of the cues of the 32 lines before and after it.
//! 3. Boosted trees turn them into a probability: a few small ones for the lines of which these are
//!    sure, all of them for the others.
//!
//! What is done with the probability (levels, gate, caps) is the judge's business. The weights are
//! a data file; `data/README.md` tells how they were made.

// Elsewhere there are no wide ways, and nobody asks for them.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code, unused_variables))]

mod cues;
mod features;
mod forest;
mod link;
mod read;
mod reasons;
mod scorer;
mod sieve;
mod sums;
mod text_score;
mod track;
#[cfg(feature = "train")]
pub mod train;
mod words;

use std::sync::LazyLock;

pub(crate) use cues::{Cues, Words};
pub(crate) use features::REACH;
pub(crate) use reasons::Ground;
pub(crate) use scorer::{EXPLAINED, Likelihood, Scorer};

use crate::line_scan::LineScan;
use crate::rules::{Hit, Rule};
use crate::wide::Wide;
use forest::Forest;
use sieve::Sieve;
use text_score::TextScore;

/// The trained model.
#[derive(Default)]
pub(crate) struct LineModel {
    text_score: TextScore,
    sieve: Sieve,
    forest: Forest,
}

impl LineModel {
    /// The model that is built in.
    pub(crate) fn shared() -> &'static LineModel {
        static SHARED: LazyLock<LineModel> = LazyLock::new(|| {
            #[cfg(feature = "train")]
            if let Some(model) = train::model_under_test() {
                return model;
            }
            read::read(include_bytes!("data/boilerplate.bin")).unwrap_or_default()
        });
        &SHARED
    }

    /// Walks over a line and tells its cues.
    pub(crate) fn look<'r>(
        &self,
        line: &str,
        words: &mut Words,
        hits: &[Hit],
        rule: impl Fn(&Hit) -> &'r Rule,
        cues: &mut Cues,
    ) -> LineScan {
        let scan = self.read_line(line, words, cues);
        cues.set_hits(hits, rule);
        scan
    }

    fn read_line(&self, line: &str, words: &mut Words, cues: &mut Cues) -> LineScan {
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = words.wide() {
            // SAFETY: there is a `Wide` only where the processor has all that is asked for.
            return unsafe { self.read_wide(line, words, cues, wide) };
        }
        self.read(line, words, cues, None)
    }

    /// The same for processors that have what [`Wide`] says: counting bits is most of it.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn read_wide(&self, line: &str, words: &mut Words, cues: &mut Cues, wide: Wide) -> LineScan {
        self.read(line, words, cues, Some(wide))
    }

    #[inline(always)]
    fn read(&self, line: &str, words: &mut Words, cues: &mut Cues, wide: Option<Wide>) -> LineScan {
        words.clear();
        let scan = LineScan::of(line, words, wide);
        cues.fill(&scan, words, wide);
        cues.score = self.text_score.of(line, &scan, cues, words);
        scan
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_read_the_same_on_any_processor(
            line in "([a-zA-Z]{1,18} |[tT]he |que |de |of |is |\\PC|[0-9]{1,3}|[.,!?'’\"»-] ?|[éÑ東æ]){0,90}",
        ) {
            let model = LineModel::shared();
            let (mut words, mut cues) = (Words::default(), Cues::default());
            let plain = (model.read(&line, &mut words, &mut cues, None), format!("{cues:?}"));
            let (mut words, mut cues) = (Words::default(), Cues::default());
            let own = (model.read_line(&line, &mut words, &mut cues), format!("{cues:?}"));
            prop_assert_eq!(own, plain);
        }
    }
}
