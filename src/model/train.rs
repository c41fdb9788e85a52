//! What the training script of the line model needs of the library: tokens and features of lines.
//!
//! Only with the feature `train`; no part of the stable interface.

use std::collections::{HashMap, HashSet};

use super::cues::{Cues, Words};
use super::features::{FIRST_FEATURES, NAMES, Walk};
use super::text_score;
use super::track::Track;
use crate::line_scan::LineScan;
use crate::rules::{Hit, PatternSet, RuleSet, Scratch};

/// Names of the features, in their order.
pub fn feature_names() -> &'static [&'static str] {
    NAMES
}

/// How many of them, from the first on, the sieve may ask for.
pub fn first_feature_count() -> usize {
    FIRST_FEATURES
}

/// Looks at lines with the built-in rules.
pub struct Extractor {
    rules: RuleSet,
    patterns: PatternSet,
    /// Sites on which each phrase was seen.
    sites: HashMap<(usize, u32), HashSet<String>>,
    words: Words,
    scratch: Scratch,
}

impl Default for Extractor {
    fn default() -> Extractor {
        Extractor::new()
    }
}

impl Extractor {
    /// Looks with the built-in rules.
    ///
    /// # Panics
    ///
    /// If these do not compile, which the tests rule out.
    pub fn new() -> Extractor {
        let rules = RuleSet::builtin();
        let patterns = PatternSet::compile(&rules).expect("the built-in rules compile");
        Extractor {
            rules,
            patterns,
            sites: HashMap::new(),
            words: Words::default(),
            scratch: Scratch::default(),
        }
    }

    /// Notes on which site the phrases of a document stand.
    pub fn note_phrases(&mut self, text: &str, site: &str) {
        let mut hits = Vec::new();
        for line in lines(text) {
            self.patterns.matches(line, None, &mut self.scratch, &mut hits, &mut ());
            for hit in &hits {
                self.sites.entry((hit.rule, hit.phrase)).or_default().insert(site.to_owned());
            }
        }
    }

    /// The tokens of the text score, for each non-blank line.
    pub fn tokens(&mut self, text: &str) -> Vec<Vec<u32>> {
        let mut all = Vec::new();
        let mut cues = Cues::default();
        for line in lines(text) {
            self.words.clear();
            let scan = LineScan::of(line, &mut self.words, None);
            cues.fill(&scan, &mut self.words, None);
            let mut tokens = Vec::new();
            text_score::tokens(line, &scan, &cues, &self.words, |token| tokens.push(token));
            all.push(tokens);
        }
        all
    }

    /// The features of each non-blank line; `scores` are their text scores, in 1/256. Phrases that
    /// were noted on this site only do not count: on a site that nobody looked at they would not
    /// be known.
    pub fn features(&mut self, text: &str, site: &str, scores: &[i32]) -> Vec<Vec<i32>> {
        let mut track = Track::default();
        let mut cues = Cues::default();
        let mut hits: Vec<Hit> = Vec::new();
        for (line, score) in lines(text).zip(scores) {
            self.words.clear();
            cues.fill(&LineScan::of(line, &mut self.words, None), &mut self.words, None);
            self.patterns.matches(line, None, &mut self.scratch, &mut hits, &mut ());
            hits.retain(|hit| match self.sites.get(&(hit.rule, hit.phrase)) {
                Some(sites) => sites.iter().any(|other| other != site),
                None => true,
            });
            cues.set_hits(&hits, |hit| &self.rules.rules()[hit.rule]);
            cues.score = *score;
            track.push(&cues);
        }
        let mut walk = Walk::new();
        let mut rows = Vec::new();
        while let Some(row) = walk.next(&track) {
            rows.push(row);
        }
        rows
    }
}

/// The model in the file that `LIMPIO_LINE_MODEL` names, for cross-validation.
///
/// # Panics
///
/// If the file cannot be read as a model.
pub(super) fn model_under_test() -> Option<super::LineModel> {
    let path = std::env::var_os("LIMPIO_LINE_MODEL")?;
    let bytes = std::fs::read(path).expect("LIMPIO_LINE_MODEL can be read");
    Some(super::read::read(&bytes).expect("LIMPIO_LINE_MODEL is a line model"))
}

/// The non-blank lines of a text.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|line| !line.trim().is_empty())
}
