//! The same trees, eight side by side.
//!
//! All first features of a line fit into four registers, from which each tree takes the one that it asks
//! for by a permutation; choosing between two nodes below takes the place of going to one.

use std::arch::x86_64::{
    __m256i, _mm256_blendv_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cmpgt_epi32,
    _mm256_loadu_si256, _mm256_permutevar8x32_epi32, _mm256_slli_epi32, _mm256_storeu_si256,
};

use super::{LEAVES, Tree};
use crate::model::features::{FIRST_FEATURES, Row};

const LANES: usize = 8;

/// Eight trees, place by place.
#[derive(Debug, Clone)]
pub(super) struct Trees {
    features: [[i32; LANES]; LEAVES],
    thresholds: [[i32; LANES]; LEAVES],
    leaves: [[i32; LANES]; LEAVES],
}

impl Trees {
    /// Up to eight trees; those that are missing add nothing.
    pub(super) fn new(trees: &[Tree]) -> Trees {
        let none = Tree::default();
        let each = || (0..LANES).map(|lane| trees.get(lane).unwrap_or(&none));
        let mut all = Trees {
            features: [[0; LANES]; LEAVES],
            thresholds: [[0; LANES]; LEAVES],
            leaves: [[0; LANES]; LEAVES],
        };
        for (lane, tree) in each().enumerate() {
            for place in 0..LEAVES {
                all.features[place][lane] = i32::from(tree.features[place]);
                all.thresholds[place][lane] = tree.thresholds[place];
                all.leaves[place][lane] = i32::from_ne_bytes(tree.leaves[place].to_ne_bytes());
            }
        }
        all
    }
}

/// The logit, with what some trees say of a line, in the same order as [`super::add`]: the sums are equal.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add(trees: &[Trees], row: &Row, mut logit: f32) -> f32 {
    let values = Values::of(row);
    for trees in trees {
        let node = |at: usize| [load(&trees.features[at]), load(&trees.thresholds[at])];
        let first = values.are_above(node(1));
        let either = |[left, right]: [[__m256i; 2]; 2], is_right| {
            [choose([left[0], right[0]], is_right), choose([left[1], right[1]], is_right)]
        };
        let second = values.are_above(either([node(2), node(3)], first));
        let below = [[4, 5], [6, 7]].map(|pair| either(pair.map(node), second));
        let third = values.are_above(either(below, first));
        let leaf = |at: usize| load(&trees.leaves[at]);
        let pairs = [[0, 1], [2, 3], [4, 5], [6, 7]].map(|pair| choose(pair.map(leaf), third));
        let [a, b, c, d] = pairs;
        let leaves = choose([choose([a, b], second), choose([c, d], second)], first);
        for leaf in store(leaves) {
            logit += f32::from_ne_bytes(leaf.to_ne_bytes());
        }
    }
    logit
}

/// The first features of a line.
struct Values([__m256i; 4]);

impl Values {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn of(row: &Row) -> Values {
        const { assert!(FIRST_FEATURES <= 4 * LANES) };
        let [a, b, c, d, ..] = row.as_chunks().0 else { return Values([load(&[0; LANES]); 4]) };
        Values([load(a), load(b), load(c), load(d)])
    }

    /// For each tree, whether the feature that its node asks for is above the threshold.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn are_above(&self, [features, thresholds]: [__m256i; 2]) -> __m256i {
        // The permutation asks for the lowest three bits only; the others, each moved to the sign, choose.
        let [a, b, c, d] = self.0.map(|values| _mm256_permutevar8x32_epi32(values, features));
        let is_second = _mm256_slli_epi32::<28>(features);
        let is_upper = _mm256_slli_epi32::<27>(features);
        let halves = [choose([a, b], is_second), choose([c, d], is_second)];
        _mm256_cmpgt_epi32(choose(halves, is_upper), thresholds)
    }
}

/// The first or, where the sign of the choice is set, the second.
#[target_feature(enable = "avx2")]
#[inline]
fn choose([first, second]: [__m256i; 2], choice: __m256i) -> __m256i {
    let [first, second, choice] = [first, second, choice].map(|bits| _mm256_castsi256_ps(bits));
    _mm256_castps_si256(_mm256_blendv_ps(first, second, choice))
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(values: &[i32; LANES]) -> __m256i {
    // SAFETY: eight numbers of 32 bits are read, as many as there are; they may lie anywhere.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(values: __m256i) -> [i32; LANES] {
    let mut each = [0; LANES];
    // SAFETY: eight numbers of 32 bits are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_si256(each.as_mut_ptr().cast(), values) };
    each
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::features::ROW;
    use crate::wide::{Wide, numbers};

    #[test]
    fn eight_trees_side_by_side_say_the_same() {
        if Wide::detect().is_none() {
            eprintln!("skipped: no AVX2");
            return;
        }
        let mut number = numbers();
        let mut next = |below: u32| (number() % below) as i32;
        for round in 0..400 {
            let trees: Vec<Tree> = (0..round % 20)
                .map(|_| Tree {
                    features: std::array::from_fn(|_| next(FIRST_FEATURES as u32) as u8),
                    thresholds: std::array::from_fn(|_| next(20) - 10),
                    leaves: std::array::from_fn(|_| next(2000) as f32 / 999.0 - 1.0),
                })
                .collect();
            let all: Vec<Trees> = trees.chunks(LANES).map(Trees::new).collect();
            let mut row = [0; ROW];
            row[..FIRST_FEATURES].iter_mut().for_each(|value| *value = next(20) - 10);
            // SAFETY: the processor has AVX2.
            let wide = unsafe { add(&all, &row, 0.5) };
            assert_eq!(wide, super::super::add(&trees, &row, 0.5), "{} trees", trees.len());
        }
    }
}
