//! Reads the model's file; `data/README.md` describes its form.

use super::LineModel;
use super::features::FEATURES;
use super::forest::{Forest, LEAVES, MOST_VALUES, Node};
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
        typical.push(bytes.bin()?);
        let of_feature: Option<Vec<i32>> =
            (0..count).map(|_| bytes.u32().map(|value| value as i32)).collect();
        let of_feature = of_feature?;
        if !of_feature.is_sorted() || spread(&of_feature) > MOST_VALUES {
            return None;
        }
        edges.push(of_feature);
    }
    let mut trees = Vec::new();
    for _ in 0..bytes.u16()? {
        let (inner, leaves) = (bytes.u8()?, usize::from(bytes.u8()?));
        let mut nodes = Vec::new();
        for _ in 0..inner {
            let (feature, threshold) = (u16::from(bytes.u8()?), bytes.bin()?);
            if usize::from(feature) >= features {
                return None;
            }
            nodes.push(Node { feature, threshold, mask: bytes.u16()? });
        }
        let mut values = [0.0; LEAVES];
        if leaves > LEAVES {
            return None;
        }
        for value in &mut values[..leaves] {
            *value = f32::from_bits(bytes.u32()?);
        }
        trees.push((nodes, values));
    }
    let sieve = read_sieve(&mut bytes, &edges)?;
    let forest = Forest::new(edges, trees, typical);
    let text_score = TextScore::new(weights, step, bias);
    bytes.0.is_empty().then_some(LineModel { text_score, sieve, forest })
}

fn read_sieve(bytes: &mut Bytes<'_>, edges: &[Vec<i32>]) -> Option<Sieve> {
    let limit = f32::from_bits(bytes.u32()?);
    let mut trees = Vec::new();
    for _ in 0..bytes.u16()? {
        let mut tree = sieve::Tree { nodes: [(0, 0); sieve::LEAVES], leaves: [0.0; sieve::LEAVES] };
        for node in &mut tree.nodes[1..] {
            let feature = bytes.u8()?;
            // Above the last bin there is nothing: all lines go left.
            let edge = edges.get(usize::from(feature))?.get(usize::from(bytes.u8()?));
            *node = (feature, edge.copied().unwrap_or(i32::MAX));
        }
        for leaf in &mut tree.leaves {
            *leaf = f32::from_bits(bytes.u32()?);
        }
        trees.push(tree);
    }
    Sieve::new(trees, limit)
}

/// How far the outer edges lie apart.
fn spread(edges: &[i32]) -> i64 {
    let ends = edges.first().zip(edges.last());
    ends.map_or(0, |(low, high)| i64::from(*high) - i64::from(*low))
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
    fn bin(&mut self) -> Option<i8> {
        self.u8().and_then(|byte| i8::try_from(byte).ok())
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
