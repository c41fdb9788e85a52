//! The same trees, for processors with vectors of 256 bits, which hold all lines of a block. The leaves of
//! eight lines are looked up by two permutations instead of eight loads.

use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_ps, _mm256_and_si256, _mm256_andnot_si256, _mm256_blendv_ps,
    _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_cmpgt_epi16, _mm256_cvtepu16_epi32,
    _mm256_extracti128_si256, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_mullo_epi16,
    _mm256_or_si256, _mm256_permute2x128_si256, _mm256_permutevar8x32_ps, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_setzero_si256, _mm256_slli_epi32, _mm256_srli_epi16,
    _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_epi16, _mm256_unpackhi_epi16,
    _mm256_unpacklo_epi16, _mm256_xor_si256,
};

use super::{BLOCK, Columns, DE_BRUIJN, LEAVES, Narrow, Nodes, Trees, WIDTH};

const LANES: usize = 8;

/// Adds what the trees say of the lines of a block, in the same order as [`Trees::add`]: the sums are equal
/// to the bit.
#[target_feature(enable = "avx2")]
pub(super) fn add(trees: &[Trees], columns: &Columns, logits: &mut [f32; BLOCK]) {
    let [lower, upper] = logits.as_chunks_mut::<LANES>().0 else { return };
    let mut sums = [load(lower), load(upper)];
    for trees in trees {
        for (nodes, leaves) in trees.nodes.iter().zip(&trees.leaves) {
            let places = find(nodes, columns);
            let halves = [_mm256_castsi256_si128(places), _mm256_extracti128_si256::<1>(places)];
            for (sum, half) in sums.iter_mut().zip(halves) {
                *sum = _mm256_add_ps(*sum, look_up(leaves, _mm256_cvtepu16_epi32(half)));
            }
        }
    }
    store(sums[0], lower);
    store(sums[1], upper);
}

/// The place among the leaves of a tree at which each line ends.
#[target_feature(enable = "avx2")]
#[inline]
fn find(nodes: &Nodes, columns: &Columns) -> __m256i {
    let mut out = _mm256_setzero_si256();
    for at in 0..LEAVES - 1 {
        let column = load_column(&columns[usize::from(nodes.features[at])].0);
        let is_left = _mm256_cmpgt_epi16(pairs(nodes.floors[at]), column);
        let ruled_out = pairs(nodes.ruled_out[at].map(|out| out as i16));
        out = _mm256_or_si256(out, _mm256_andnot_si256(is_left, ruled_out));
    }
    // What `code` does: the lowest bit that is left.
    let open = _mm256_xor_si256(out, _mm256_set1_epi16(-1));
    let lowest = _mm256_and_si256(open, _mm256_sub_epi16(_mm256_setzero_si256(), open));
    _mm256_srli_epi16::<12>(_mm256_mullo_epi16(lowest, _mm256_set1_epi16(DE_BRUIJN as i16)))
}

/// Turns rows into columns, sixteen features at a time.
#[target_feature(enable = "avx2")]
pub(super) fn transpose(rows: &[Narrow; BLOCK], columns: &mut Columns) {
    for (part, columns) in columns[..WIDTH].as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        let mut lines = rows.each_ref().map(|row| load_column(&row.as_chunks().0[part]));
        // After four steps each register holds a feature of all lines.
        for _ in 0..BLOCK.ilog2() {
            lines = riffle(lines);
        }
        for (column, line) in columns.iter_mut().zip(lines) {
            store_column(&mut column.0, line);
        }
    }
}

/// Takes the numbers of each line and of the one eight below by turns, which gives two lines.
#[target_feature(enable = "avx2")]
#[inline]
fn riffle(lines: [__m256i; BLOCK]) -> [__m256i; BLOCK] {
    let mut riffled = lines;
    for pair in 0..BLOCK / 2 {
        let (one, other) = (lines[pair], lines[pair + BLOCK / 2]);
        // The lower and the upper four of each half.
        let lower = _mm256_unpacklo_epi16(one, other);
        let upper = _mm256_unpackhi_epi16(one, other);
        riffled[2 * pair] = _mm256_permute2x128_si256::<0x20>(lower, upper);
        riffled[2 * pair + 1] = _mm256_permute2x128_si256::<0x31>(lower, upper);
    }
    riffled
}

/// Two numbers again and again.
#[target_feature(enable = "avx2")]
#[inline]
fn pairs([first, second]: [i16; 2]) -> __m256i {
    let [a, b] = first.to_ne_bytes();
    let [c, d] = second.to_ne_bytes();
    _mm256_set1_epi32(i32::from_ne_bytes([a, b, c, d]))
}

/// The leaves at eight places under sixteen.
#[target_feature(enable = "avx2")]
#[inline]
fn look_up(leaves: &[f32; LEAVES], places: __m256i) -> __m256 {
    let [lower, upper] = leaves.as_chunks::<LANES>().0 else { return load(&[0.0; LANES]) };
    // The permutation asks for the lowest three bits only; the fourth, moved to the sign, chooses the half.
    let is_upper = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(places));
    let lower = _mm256_permutevar8x32_ps(load(lower), places);
    let upper = _mm256_permutevar8x32_ps(load(upper), places);
    _mm256_blendv_ps(lower, upper, is_upper)
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(values: &[f32; LANES]) -> __m256 {
    // SAFETY: eight values are read, as many as there are; they may lie anywhere.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(values: __m256, to: &mut [f32; LANES]) {
    // SAFETY: eight values are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), values) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_column(column: &[i16; BLOCK]) -> __m256i {
    // SAFETY: sixteen numbers of 16 bits are read, as many as there are; they may lie anywhere.
    unsafe { _mm256_loadu_si256(column.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_column(column: &mut [i16; BLOCK], values: __m256i) {
    // SAFETY: sixteen numbers of 16 bits are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_si256(column.as_mut_ptr().cast(), values) }
}

#[cfg(test)]
mod tests {
    use super::super::{NO_COLUMNS, STRIDE};
    use super::*;
    use crate::model::wide::numbers;

    #[test]
    fn rows_become_columns() {
        if !std::is_x86_feature_detected!("avx2") {
            eprintln!("skipped: no AVX2");
            return;
        }
        let rows = std::array::from_fn(|line| std::array::from_fn(|at| (line * WIDTH + at) as i16));
        let mut columns = NO_COLUMNS;
        // SAFETY: the processor has AVX2.
        unsafe { transpose(&rows, &mut columns) };
        for (at, column) in columns[..WIDTH].iter().enumerate() {
            assert_eq!(column.0, rows.map(|row| row[at]), "feature {at}");
        }
    }

    #[test]
    fn wide_sums_are_equal_to_the_bit() {
        if !std::is_x86_feature_detected!("avx2") {
            eprintln!("skipped: no AVX2");
            return;
        }
        let mut next = numbers();
        for _ in 0..50 {
            let mut all = vec![Trees::new(); 2];
            for trees in &mut all {
                for nodes in &mut trees.nodes {
                    // Few leaves at a time, or none is left.
                    *nodes = Nodes {
                        features: std::array::from_fn(|_| next() as u8),
                        floors: std::array::from_fn(|_| [next() as i16; 2]),
                        ruled_out: std::array::from_fn(|_| [(next() & next() & next()) as u16; 2]),
                    };
                }
                trees.leaves = [(); STRIDE].map(|()| std::array::from_fn(|_| next() as f32 / 3e9));
            }
            let mut columns = NO_COLUMNS;
            for column in &mut columns {
                column.0 = std::array::from_fn(|_| next() as i16);
            }
            let mut plain: [f32; BLOCK] = std::array::from_fn(|line| line as f32);
            let mut wide = plain;
            all.iter().for_each(|trees| trees.add(&columns, &mut plain));
            // SAFETY: the processor has AVX2.
            unsafe { add(&all, &columns, &mut wide) };
            assert_eq!(plain, wide);
        }
    }
}
