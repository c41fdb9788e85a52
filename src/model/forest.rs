//! Boosted trees, evaluated for a block of lines at a time.
//!
//! A tree of at most sixteen leaves is a list of its inner nodes. Each node that says "right" rules
//! out the leaves on its left: a mask of sixteen bits. The leaf is the lowest bit that is left. So
//! there are no branches, and a block of lines goes through a node at once.
//!
//! Source: Lucchese et al., QuickScorer, SIGIR 2015.

use super::features::FEATURES;

/// Lines that are evaluated together.
pub(super) const BLOCK: usize = 16;

/// Leaves of a tree at most.
pub(super) const LEAVES: usize = 16;

/// Features of a block of lines as numbers of bins, feature by feature.
pub(super) type Bins = Vec<[i16; BLOCK]>;

/// An inner node: lines whose bin of `feature` is above `threshold` lose the leaves not in `mask`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub feature: u16,
    pub threshold: i16,
    pub mask: u16,
}

/// Boosted trees over binned features.
#[derive(Default)]
pub(crate) struct Forest {
    /// Upper edges of the bins of each feature, ascending.
    edges: Vec<Vec<i32>>,
    nodes: Vec<Node>,
    /// Where the nodes of each tree end.
    ends: Vec<usize>,
    leaves: Vec<[f32; LEAVES]>,
    /// The bins of a typical line of an article.
    typical: Vec<i16>,
}

impl Forest {
    pub(super) fn new(
        edges: Vec<Vec<i32>>,
        trees: Vec<(Vec<Node>, [f32; LEAVES])>,
        typical: Vec<i16>,
    ) -> Forest {
        let mut forest =
            Forest { edges, nodes: Vec::new(), ends: Vec::new(), leaves: Vec::new(), typical };
        for (nodes, leaves) in trees {
            forest.nodes.extend(nodes);
            forest.ends.push(forest.nodes.len());
            forest.leaves.push(leaves);
        }
        forest
    }

    /// Sorts the features of a line into bins, at a place of the block.
    pub(super) fn bin(&self, row: &[i32; FEATURES], bins: &mut Bins, place: usize) {
        bins.resize(FEATURES, [0; BLOCK]);
        for ((value, edges), bins) in row.iter().zip(&self.edges).zip(bins) {
            bins[place] = edges.partition_point(|edge| edge < value) as i16;
        }
    }

    /// The logits of a block of lines, by the first `trees` trees.
    pub(super) fn logits(&self, bins: &Bins, trees: usize) -> [f32; BLOCK] {
        let mut sums = [0.0; BLOCK];
        let mut start = 0;
        for (end, leaves) in self.ends.iter().zip(&self.leaves).take(trees) {
            let mut open = [u16::MAX; BLOCK];
            for node in &self.nodes[start..*end] {
                let column = &bins[usize::from(node.feature)];
                for (open, bin) in open.iter_mut().zip(column) {
                    *open &= if *bin > node.threshold { node.mask } else { u16::MAX };
                }
            }
            for (sum, open) in sums.iter_mut().zip(open) {
                *sum += leaves[open.trailing_zeros() as usize % LEAVES];
            }
            start = *end;
        }
        sums
    }

    /// How many trees there are.
    pub(super) fn trees(&self) -> usize {
        self.ends.len()
    }

    /// The bin of a feature in a typical line of an article.
    pub(super) fn typical(&self, feature: usize) -> i16 {
        self.typical[feature]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_in_the_leaf_that_no_node_rules_out() {
        // Feature 0 above 10 goes right; then feature 1 above 5 goes right: leaves 0, 1, 2.
        let mut edges = vec![Vec::new(); FEATURES];
        edges[0] = vec![10];
        edges[1] = vec![5];
        let nodes = vec![
            Node { feature: 0, threshold: 0, mask: !0b001 },
            Node { feature: 1, threshold: 0, mask: !0b010 },
        ];
        let mut leaves = [0.0; LEAVES];
        leaves[..3].copy_from_slice(&[1.0, 2.0, 4.0]);
        let forest = Forest::new(edges, vec![(nodes, leaves)], vec![0; FEATURES]);
        let mut bins = Bins::new();
        for (place, [a, b]) in [[10, 99], [11, 5], [11, 6]].into_iter().enumerate() {
            let mut row = [0; FEATURES];
            (row[0], row[1]) = (a, b);
            forest.bin(&row, &mut bins, place);
        }
        assert_eq!(forest.logits(&bins, 1)[..3], [1.0, 2.0, 4.0]);
        assert_eq!(forest.logits(&bins, 0)[..3], [0.0; 3]);
    }
}
