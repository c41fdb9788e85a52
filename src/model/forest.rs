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
pub(super) type Bins = Vec<[i8; BLOCK]>;

/// An inner node: lines whose bin of `feature` is above `threshold` lose the leaves not in `mask`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub feature: u16,
    pub threshold: i8,
    pub mask: u16,
}

/// A node and the leaves that it rules out among the lower or the upper eight; most nodes rule out
/// leaves of one half only, so that sixteen lines fit a register. Both values are repeated for each
/// line of the block, which spares spreading them.
struct HalfNode {
    feature: u16,
    threshold: [i8; BLOCK],
    ruled_out: [u8; BLOCK],
}

/// Where the nodes of a tree end: those about its lower leaves come first.
struct Tree {
    lower_end: u32,
    end: u32,
    leaves: [f32; LEAVES],
}

/// The bin of each value from `low` on; smaller ones share the first bin, greater ones the last.
#[derive(Debug)]
struct BinTable {
    low: i32,
    bins: Vec<i8>,
}

/// Values that a table spans at most.
pub(super) const MOST_VALUES: i64 = 1 << 21;

impl BinTable {
    fn new(edges: &[i32]) -> BinTable {
        let (Some(low), Some(high)) = (edges.first(), edges.last()) else {
            return BinTable { low: 0, bins: vec![0] };
        };
        let mut bins = Vec::new();
        let mut bin = 0;
        for value in *low..=high.saturating_add(1) {
            while edges.get(bin).is_some_and(|edge| *edge < value) {
                bin += 1;
            }
            bins.push(bin as i8);
        }
        BinTable { low: *low, bins }
    }

    fn bin(&self, value: i32) -> i8 {
        let place = value.saturating_sub(self.low).max(0) as usize;
        self.bins[place.min(self.bins.len() - 1)]
    }
}

/// Boosted trees over binned features.
#[derive(Default)]
pub(crate) struct Forest {
    /// How values fall into bins, for each feature.
    tables: Vec<BinTable>,
    nodes: Vec<HalfNode>,
    trees: Vec<Tree>,
    /// The bins of a typical line of an article.
    typical: Vec<i8>,
}

impl Forest {
    /// `edges` are the upper edges of the bins of each feature, ascending, at most
    /// [`MOST_VALUES`] apart.
    pub(super) fn new(
        edges: Vec<Vec<i32>>,
        trees: Vec<(Vec<Node>, [f32; LEAVES])>,
        typical: Vec<i8>,
    ) -> Forest {
        let tables = edges.iter().map(|edges| BinTable::new(edges)).collect();
        let mut forest = Forest { tables, nodes: Vec::new(), trees: Vec::new(), typical };
        for (nodes, leaves) in trees {
            forest.add_halves(&nodes, |ruled_out| ruled_out as u8);
            let lower_end = forest.nodes.len() as u32;
            forest.add_halves(&nodes, |ruled_out| (ruled_out >> 8) as u8);
            forest.trees.push(Tree { lower_end, end: forest.nodes.len() as u32, leaves });
        }
        forest
    }

    fn add_halves(&mut self, nodes: &[Node], half: impl Fn(u16) -> u8) {
        let halves = nodes.iter().map(|node| (node, half(!node.mask)));
        self.nodes.extend(halves.filter(|(_, half)| *half != 0).map(|(node, half)| HalfNode {
            feature: node.feature,
            threshold: [node.threshold; BLOCK],
            ruled_out: [half; BLOCK],
        }));
    }

    /// Sorts the features of a line, which come in order, into bins at a place of the block.
    pub(super) fn bin(&self, row: impl Iterator<Item = i32>, bins: &mut Bins, place: usize) {
        bins.resize(FEATURES, [0; BLOCK]);
        for ((value, table), bins) in row.zip(&self.tables).zip(bins) {
            bins[place] = table.bin(value);
        }
    }

    /// The logits of a block of lines, by the first `trees` trees.
    pub(super) fn logits(&self, bins: &Bins, trees: usize) -> [f32; BLOCK] {
        let mut sums = [0.0; BLOCK];
        let mut start = 0;
        for tree in self.trees.iter().take(trees) {
            let (lower_end, end) = (tree.lower_end as usize, tree.end as usize);
            let lower = ruled_out(&self.nodes[start..lower_end], bins);
            let upper = ruled_out(&self.nodes[lower_end..end], bins);
            for ((sum, lower), upper) in sums.iter_mut().zip(lower).zip(upper) {
                let open = !(u32::from(lower) | u32::from(upper) << 8);
                *sum += tree.leaves[open.trailing_zeros() as usize % LEAVES];
            }
            start = end;
        }
        sums
    }

    /// How many trees there are.
    pub(super) fn trees(&self) -> usize {
        self.trees.len()
    }

    /// The bin of a feature in a typical line of an article.
    pub(super) fn typical(&self, feature: usize) -> i8 {
        self.typical[feature]
    }
}

/// The leaves of one half of a tree that its nodes rule out, for each line of a block.
#[inline]
fn ruled_out(nodes: &[HalfNode], bins: &Bins) -> [u8; BLOCK] {
    let mut all = [0; BLOCK];
    for node in nodes {
        // Bytes of ones where a line goes right: plain loops become a few vector instructions.
        let column = bins[usize::from(node.feature)];
        let mut goes_right = [0u8; BLOCK];
        for line in 0..BLOCK {
            goes_right[line] = 0u8.wrapping_sub(u8::from(column[line] > node.threshold[line]));
        }
        for line in 0..BLOCK {
            all[line] |= goes_right[line] & node.ruled_out[line];
        }
    }
    all
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
            forest.bin(row.into_iter(), &mut bins, place);
        }
        assert_eq!(forest.logits(&bins, 1)[..3], [1.0, 2.0, 4.0]);
        assert_eq!(forest.logits(&bins, 0)[..3], [0.0; 3]);
    }

    #[test]
    fn values_fall_into_the_bin_whose_upper_edge_they_do_not_pass() {
        let edges = [-3, 0, 1, 40];
        let table = BinTable::new(&edges);
        for value in (-50..90).chain([i32::MIN, i32::MAX]) {
            let bin = edges.iter().filter(|edge| **edge < value).count();
            assert_eq!(table.bin(value) as usize, bin, "{value}");
        }
        assert_eq!(BinTable::new(&[]).bin(7), 0);
    }

    #[test]
    fn leaves_of_the_upper_half_are_told_apart() {
        // A list of fifteen nodes: each sends what is greater on to the next.
        let mut edges = vec![Vec::new(); FEATURES];
        edges[0] = (0..15).collect();
        let node = |at: u16| Node { feature: 0, threshold: at as i8, mask: !(1 << at) };
        let leaves = std::array::from_fn(|at| at as f32);
        let forest =
            Forest::new(edges, vec![((0..15).map(node).collect(), leaves)], vec![0; FEATURES]);
        let mut bins = Bins::new();
        for place in 0..BLOCK {
            let mut row = [0; FEATURES];
            row[0] = place as i32;
            forest.bin(row.into_iter(), &mut bins, place);
        }
        assert_eq!(forest.logits(&bins, 1), leaves);
    }
}
