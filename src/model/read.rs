//! Reads the model's file; `data/README.md` describes its form.

use super::LineModel;
use super::features::FEATURES;
use super::forest::{Forest, LEAVES, Node};
use super::sieve::{self, Sieve};
use super::text_score::{BITS, TextScore};

const MAGIC: &[u8] = b"LINEMOD2";

/// The model, or `None` if the file is not one. The built-in file is checked by a test.
pub(super) fn read(bytes: &[u8]) -> Option<LineModel> {
    let mut bytes = Bytes(bytes.strip_prefix(MAGIC)?);
    let step = f32::from_bits(bytes.u32()?);
    let bias = f32::from_bits(bytes.u32()?);
    let weights = bytes.take(1 << BITS)?.iter().map(|byte| *byte as i8).collect();
    let features = usize::from(bytes.u16()?);
    if features != FEATURES {
        return None;
    }
    let mut edges = Vec::new();
    let mut typical = Vec::new();
    for _ in 0..features {
        let count = bytes.u8().filter(|count| *count <= i8::MAX as u8)?;
        let bin = bytes.bin()?;
        let of_feature: Option<Vec<i16>> = (0..count).map(|_| bytes.edge()).collect();
        let of_feature = of_feature?;
        if !of_feature.is_sorted() {
            return None;
        }
        typical.push(value_in(bin, &of_feature));
        edges.push(of_feature);
    }
    let mut trees = Vec::new();
    for _ in 0..bytes.u16()? {
        let (inner, leaves) = (bytes.u8()?, usize::from(bytes.u8()?));
        let mut nodes = Vec::new();
        for _ in 0..inner {
            let (feature, bin) = (bytes.u8()?, bytes.bin()?);
            let threshold = above(bin, edges.get(usize::from(feature))?);
            nodes.push(Node { feature, threshold, mask: bytes.u16()? });
        }
        let mut values = [0.0; LEAVES];
        if leaves > LEAVES || usize::from(inner) >= LEAVES {
            return None;
        }
        for value in &mut values[..leaves] {
            *value = f32::from_bits(bytes.u32()?);
        }
        trees.push((nodes, values));
    }
    let sieve = read_sieve(&mut bytes, &edges)?;
    let forest = Forest::new(trees, typical);
    let text_score = TextScore::new(weights, step, bias)?;
    bytes.0.is_empty().then_some(LineModel { text_score, sieve, forest })
}

fn read_sieve(bytes: &mut Bytes<'_>, edges: &[Vec<i16>]) -> Option<Sieve> {
    let limit = f32::from_bits(bytes.u32()?);
    let mut trees = Vec::new();
    for _ in 0..bytes.u16()? {
        let mut tree = sieve::Tree::default();
        for node in 1..sieve::LEAVES {
            let feature = bytes.u8()?;
            let edges = edges.get(usize::from(feature))?;
            tree.features[node] = feature;
            tree.thresholds[node] = i32::from(above(bytes.bin()?, edges));
        }
        for leaf in &mut tree.leaves {
            *leaf = f32::from_bits(bytes.u32()?);
        }
        trees.push(tree);
    }
    Sieve::new(trees, limit)
}

/// What values in bins above this one are greater than; above the last there are none.
fn above(bin: u8, edges: &[i16]) -> i16 {
    edges.get(usize::from(bin)).copied().unwrap_or(i16::MAX)
}

/// A value in a bin.
fn value_in(bin: u8, edges: &[i16]) -> i16 {
    let last = edges.last().map_or(0, |last| last.saturating_add(1));
    edges.get(usize::from(bin)).copied().unwrap_or(last)
}

struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The number of a bin.
    fn bin(&mut self) -> Option<u8> {
        self.u8().filter(|bin| *bin <= i8::MAX as u8)
    }

    /// The upper edge of a bin.
    fn edge(&mut self) -> Option<i16> {
        self.u32().and_then(|edge| i16::try_from(edge as i32).ok())
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_is_read_whole_and_a_cut_one_not_at_all() {
        let bytes = include_bytes!("data/boilerplate.bin");
        assert!(read(bytes).is_some_and(|model| model.forest.trees() > 0));
        for cut in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            assert!(read(&bytes[..cut]).is_none(), "{cut} bytes");
        }
    }
}
