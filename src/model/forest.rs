//! Boosted trees, evaluated for a block of lines at a time.
//!
//! A tree of at most sixteen leaves is a list of its inner nodes. Each node that says "right" rules
//! out the leaves on its left: a mask of sixteen bits. The leaf is the lowest bit that is left. So
//! there are no branches, and a block of eight lines goes through a node of two trees at once: what
//! all of them lose is one vector of 256 bits, or two of 128. Of most documents few lines are asked
//! about, which would leave larger blocks empty.
//!
//! The first trees are asked about every line, the others about those that are not as good as
//! decided by then.
//!
//! Source: Lucchese et al., QuickScorer, SIGIR 2015; early exits as in Cambazoglu et al., WSDM 2010.

#[cfg(target_arch = "x86_64")]
mod avx2;

use std::ops::Range;

use super::features::{FEATURES, ROW, Row};

/// Lines that are evaluated together.
pub(super) const BLOCK: usize = 8;

/// Leaves of a tree at most.
pub(super) const LEAVES: usize = 16;

/// Something for each line of a block.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
pub(super) struct Lines<T>(pub [T; BLOCK]);

/// Features of a block of lines, feature by feature. Any byte is a place.
pub(super) type Columns = [Lines<i16>; ROW];

/// No features of any line.
pub(super) const NO_COLUMNS: Columns = [Lines([0; BLOCK]); ROW];

/// An inner node: lines whose `feature` is above `threshold` lose the leaves not in `mask`.
///
/// Values that 16 bits do not hold count as the nearest that they do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub feature: u8,
    pub threshold: i16,
    pub mask: u16,
}

/// Lines of a block, in each of two trees.
const LANES: usize = 2 * BLOCK;

/// The inner nodes of two trees, side by side.
///
/// A threshold stands there for each line, first those of one tree and then those of the other, and so
/// does a mask: they take more room, but no instruction to spread them.
#[derive(Clone)]
struct Nodes {
    /// The columns that are asked for, counted in halves of one.
    halves: [[u8; 2]; LEAVES],
    /// What greater values go right of.
    thresholds: [[i16; LANES]; LEAVES],
    /// The leaves that these lose, a bit for each.
    ruled_out: [[i16; LANES]; LEAVES],
}

impl Nodes {
    /// Nodes that rule nothing out.
    const NONE: Nodes = Nodes {
        halves: [[0; 2]; LEAVES],
        thresholds: [[i16::MAX; LANES]; LEAVES],
        ruled_out: [[0; LANES]; LEAVES],
    };

    /// Sets a node of the first or the second tree.
    fn set(&mut self, tree: usize, at: usize, node: Node) {
        const { assert!(2 * FEATURES <= u8::MAX as usize) }
        let lanes = tree * BLOCK..(tree + 1) * BLOCK;
        self.halves[at][tree] = 2 * (node.feature % (ROW / 2) as u8);
        self.thresholds[at][lanes.clone()].fill(node.threshold);
        self.ruled_out[at][lanes].fill(!node.mask as i16);
    }

    /// The leaves that they rule out, for each line of a block in each tree.
    #[inline(always)]
    fn ruled_out(&self, columns: &Columns) -> [u16; LANES] {
        let mut all = [0; LANES];
        for at in 0..LEAVES - 1 {
            let mut values = [0; LANES];
            for (values, half) in values.as_chunks_mut().0.iter_mut().zip(self.halves[at]) {
                *values = columns[usize::from(half) / 2].0;
            }
            // Ones where a line goes right: plain loops become a few vector instructions.
            for lane in 0..LANES {
                let is_right = values[lane] > self.thresholds[at][lane];
                all[lane] |= 0_i16.wrapping_sub(i16::from(is_right)) & self.ruled_out[at][lane];
            }
        }
        all.map(|out| out as u16)
    }
}

/// The first trees. More would settle more lines: from 40 to 60 the whole costs the same.
const FIRST_TREES: usize = 40;

/// Logits, by the first trees, under and over which the others are not asked.
///
/// Cross-validated by site on 1,966 labelled pages, 2026-11: 11 and 25 % of the lines that the sieve
/// leaves. All trees put 4 in 10,000 of the low ones above the least limit, 0.66, and 3 in 1,000 of
/// the high ones below 0.945, none below 0.85.
/// Counter-example: a line that only the last trees know, by a feature that hardly ever matters.
const LOW: f32 = -1.4;
const HIGH: f32 = 3.6;

/// What all trees would say on average, where the first ones are as good as sure.
pub(super) fn settled(logit: f32) -> Option<f32> {
    // Lines through the cross-validated pairs of logits at either end.
    match logit {
        ..LOW => Some(1.32 * logit + 0.2),
        _ if logit > HIGH => Some(1.82 * logit - 2.02),
        _ => None,
    }
}

/// Two trees; nodes that are missing rule nothing out, and trees that are add nothing.
#[derive(Clone)]
struct Pair {
    nodes: Nodes,
    /// The leaves in the order of [`code`].
    leaves: [[f32; LEAVES]; 2],
}

impl Pair {
    fn new() -> Pair {
        Pair { nodes: Nodes::NONE, leaves: [[0.0; LEAVES]; 2] }
    }

    /// Adds what the trees say of the lines of a block.
    fn add(&self, columns: &Columns, logits: &mut [f32; BLOCK]) {
        let found = self.nodes.ruled_out(columns).map(|out| code(!out));
        for (leaves, found) in self.leaves.iter().zip(found.as_chunks::<BLOCK>().0) {
            for (logit, found) in logits.iter_mut().zip(found) {
                *logit += leaves[usize::from(*found) % LEAVES];
            }
        }
    }
}

/// Boosted trees.
#[derive(Default)]
pub(crate) struct Forest {
    trees: Vec<Pair>,
    /// The features of a typical line of an article.
    typical: Vec<i16>,
}

impl Forest {
    pub(super) fn new(trees: Vec<(Vec<Node>, [f32; LEAVES])>, typical: Vec<i16>) -> Forest {
        let mut pairs = vec![Pair::new(); trees.len().div_ceil(2)];
        for (at, (nodes, leaves)) in trees.into_iter().enumerate() {
            let (pair, tree) = (&mut pairs[at / 2], at % 2);
            for (at, node) in nodes.into_iter().enumerate().take(LEAVES - 1) {
                pair.nodes.set(tree, at, node);
            }
            for (leaf, value) in leaves.into_iter().enumerate() {
                pair.leaves[tree][usize::from(code(1 << leaf))] = value;
            }
        }
        Forest { trees: pairs, typical }
    }

    /// The logits of a block of lines by the first trees.
    pub(super) fn first(&self, columns: &Columns) -> [f32; BLOCK] {
        let mut logits = [0.0; BLOCK];
        self.add(columns, 0..FIRST_TREES, &mut logits);
        logits
    }

    /// Adds what the other trees say.
    pub(super) fn add_rest(&self, columns: &Columns, logits: &mut [f32; BLOCK]) {
        self.add(columns, FIRST_TREES..usize::MAX, logits);
    }

    /// Adds what some of the trees say, or one more.
    fn add(&self, columns: &Columns, trees: Range<usize>, logits: &mut [f32; BLOCK]) {
        let end = trees.end.div_ceil(2).min(self.trees.len());
        let trees = self.trees.get(trees.start / 2..end).unwrap_or_default();
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2, which is all that is asked for.
            unsafe { avx2::add(trees, columns, logits) };
            return;
        }
        trees.iter().for_each(|trees| trees.add(columns, logits));
    }

    /// How many trees there are.
    #[cfg(test)]
    pub(super) fn trees(&self) -> usize {
        self.trees.len() * 2
    }

    /// A feature of a typical line of an article.
    pub(super) fn typical(&self, feature: usize) -> i16 {
        self.typical[feature]
    }
}

/// The features of a line as trees see them.
pub(super) type Narrow = [i16; WIDTH];

/// Room for all features, whole vectors.
pub(super) const WIDTH: usize = FEATURES.next_multiple_of(2 * BLOCK);

/// The nearest values that 16 bits hold.
#[inline(always)]
pub(super) fn narrow(row: &Row) -> Narrow {
    std::array::from_fn(|at| row[at].clamp(i16::MIN.into(), i16::MAX.into()) as i16)
}

/// Sets the features of all lines of a block.
pub(super) fn transpose(rows: &[Narrow; BLOCK], columns: &mut Columns) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that is asked for.
        unsafe { avx2::transpose(rows, columns) };
        return;
    }
    rows.iter().enumerate().for_each(|(line, row)| set(columns, line, row));
}

/// Sets the features of a line of the block.
pub(super) fn set(columns: &mut Columns, line: usize, row: &Narrow) {
    for (column, value) in columns.iter_mut().zip(&row[..FEATURES]) {
        column.0[line % BLOCK] = *value;
    }
}

/// Any four bits of it in a row are others.
const DE_BRUIJN: u16 = 0x09af;

/// A number under sixteen for the lowest bit that is set, by a de Bruijn sequence: unlike counting zeros,
/// that can be done for several lines at once.
#[inline(always)]
fn code(open: u16) -> u16 {
    (open & open.wrapping_neg()).wrapping_mul(DE_BRUIJN) >> 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_in_the_leaf_that_no_node_rules_out() {
        // Feature 0 above 10 goes right; then feature 1 above 5 goes right: leaves 0, 1, 2.
        let nodes = vec![
            Node { feature: 0, threshold: 10, mask: !0b001 },
            Node { feature: 1, threshold: 5, mask: !0b010 },
        ];
        let mut leaves = [0.0; LEAVES];
        leaves[..3].copy_from_slice(&[1.0, 2.0, 4.0]);
        let forest = Forest::new(vec![(nodes, leaves)], vec![0; FEATURES]);
        let mut columns = NO_COLUMNS;
        let rows = [([10, 99], 1.0), ([11, 5], 2.0), ([11, 6], 4.0), ([1 << 20, -1 << 20], 2.0)];
        for (line, ([a, b], _)) in rows.into_iter().enumerate() {
            let mut row = [0; ROW];
            (row[0], row[1]) = (a, b);
            set(&mut columns, line, &narrow(&row));
        }
        assert_eq!(forest.first(&columns)[..4], rows.map(|(_, logit)| logit));
        let mut logits = [0.5; BLOCK];
        forest.add_rest(&columns, &mut logits);
        assert_eq!(logits, [0.5; BLOCK]);
    }

    #[test]
    fn all_leaves_are_told_apart_and_trees_add_up() {
        // A list of fifteen nodes: each sends what is greater on to the next.
        let node = |at: u16| Node { feature: 0, threshold: at as i16, mask: !(1 << at) };
        let leaves = std::array::from_fn(|at| at as f32);
        let tree = ((0..15).map(node).collect(), leaves);
        for trees in [1, 2, 10, 11, FIRST_TREES + 3] {
            let forest = Forest::new(vec![tree.clone(); trees], vec![0; FEATURES]);
            let mut columns = NO_COLUMNS;
            for line in 0..LEAVES {
                columns[0].0[line % BLOCK] = line as i16;
                let mut logits = forest.first(&columns);
                let first = trees.min(FIRST_TREES);
                assert_eq!(logits[line % BLOCK], (first * line) as f32);
                forest.add_rest(&columns, &mut logits);
                assert_eq!(logits[line % BLOCK], (trees * line) as f32);
            }
        }
    }

    #[test]
    fn what_is_settled_is_beyond_every_limit_and_in_order() {
        let value = |logit| settled(logit).map(|logit| 1.0 / (1.0 + (-logit).exp()));
        assert!(value(LOW - 0.01).is_some_and(|value| value < 0.5));
        assert!(value(HIGH + 0.01).is_some_and(|value| value > 0.98));
        assert_eq!((value(LOW), value(HIGH)), (None, None));
        assert!(settled(-3.0) < settled(-2.0) && settled(5.0) > settled(4.0));
    }
}
