//! Why the model takes a line for boilerplate, in words.
//!
//! The features fall into groups. For each, the trees are asked again with the group's features as
//! they are in a typical line of an article: the group whose absence costs most likelihood is what
//! the verdict rests on. The first trees, which carry most of the weight, are enough for that.
//!
//! Source: leave-one-group-out attribution (Robnik-Šikonja and Kononenko 2008), on fixed groups.

use std::sync::LazyLock;

use super::features::NAMES;
use super::forest::{BLOCK, Columns, Forest, Lines};

/// Logit by which a group must count to be named.
const LEAST: f32 = 0.2;

/// What the groups are called in reasons. The order is that of [`group_of`].
const GROUPS: [&str; 7] = [
    "words of boilerplate",
    "a stock phrase in it",
    "the lines before read like boilerplate",
    "the lines after read like boilerplate",
    "stock phrases near by",
    "its form",
    "far from the article's text",
];

/// What a likelihood rests on: a group of features, or nothing that would be named.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Ground(
    /// The number of the group, from 1.
    u8,
);

impl Ground {
    /// What it is called in reasons.
    pub(crate) fn name(self) -> Option<&'static str> {
        GROUPS.get(usize::from(self.0).checked_sub(1)?).copied()
    }
}

/// The group of a feature, by its name.
fn group_of(name: &str) -> usize {
    match name {
        "own_score" => 0,
        "own_strong" | "own_strong_weight" | "own_reach" | "own_weak" => 1,
        _ if name.contains("hit") || name.contains("header") || name == "region" => 4,
        _ if name.starts_with("own_") || name.starts_with("run_") || name == "step" => 5,
        _ if name.contains("prose") || name.starts_with("link_") || name.starts_with("long_") => 6,
        "forth_long" | "resumes_f" | "resumes_b" | "back_low" | "forth_low" => 6,
        _ if name.starts_with("score_b") || name.starts_with("weighted_b") => 2,
        _ if name.contains("_b") || name.starts_with("back_") => 2,
        _ => 3,
    }
}

/// The groups of the features, in their order.
static GROUP_OF: LazyLock<Vec<usize>> =
    LazyLock::new(|| NAMES.iter().map(|name| group_of(name)).collect());

/// For each line of a block, the two groups that its likelihood rests on most.
pub(super) fn grounds(forest: &Forest, columns: &Columns) -> [[Ground; 2]; BLOCK] {
    let whole = forest.first(columns);
    let mut best = [[(LEAST, Ground::default()); 2]; BLOCK];
    let mut without = *columns;
    for group in 0..GROUPS.len() {
        let ground = Ground(group as u8 + 1);
        let of_group = || (0..).zip(&*GROUP_OF).filter(|(_, of)| **of == group);
        for (feature, _) in of_group() {
            without[feature] = Lines([forest.typical(feature); BLOCK]);
        }
        let logits = forest.first(&without);
        for (line, best) in best.iter_mut().enumerate() {
            let counts = whole[line] - logits[line];
            if counts > best[0].0 {
                *best = [(counts, ground), best[0]];
            } else if counts > best[1].0 {
                best[1] = (counts, ground);
            }
        }
        for (feature, _) in of_group() {
            without[feature] = columns[feature];
        }
    }
    best.map(|best| best.map(|(_, ground)| ground))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ground_has_a_name() {
        assert_eq!(Ground::default().name(), None);
        assert_eq!(Ground(1).name(), Some(GROUPS[0]));
        assert_eq!(Ground(GROUPS.len() as u8).name(), GROUPS.last().copied());
    }

    #[test]
    fn every_group_has_features() {
        for (group, title) in GROUPS.iter().enumerate() {
            assert!(NAMES.iter().any(|name| group_of(name) == group), "{title}");
        }
    }
}
