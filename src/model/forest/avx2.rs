//! The same trees, for processors with vectors of 256 bits, which hold all lines of a block in two trees.
//! The leaves of all lines are looked up by two permutations instead of eight loads.

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_loadu_si128, _mm_storeu_si128, _mm256_add_ps, _mm256_and_si256,
    _mm256_blendv_ps, _mm256_castsi128_si256, _mm256_castsi256_ps, _mm256_castsi256_si128,
    _mm256_cmpgt_epi16, _mm256_cvtepu16_epi32, _mm256_extracti128_si256, _mm256_inserti128_si256,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_mullo_epi16, _mm256_or_si256,
    _mm256_permutevar8x32_ps, _mm256_set1_epi16, _mm256_setzero_si256, _mm256_slli_epi32,
    _mm256_srli_epi16, _mm256_storeu_ps, _mm256_sub_epi16, _mm256_unpackhi_epi16,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi16, _mm256_unpacklo_epi32,
    _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::{BLOCK, Columns, DE_BRUIJN, LANES, LEAVES, Narrow, Nodes, Pair, WIDTH};

/// Adds what the trees say of the lines of a block, in the same order as [`Pair::add`]: the sums are equal
/// to the bit.
#[target_feature(enable = "avx2")]
pub(super) fn add(trees: &[Pair], columns: &Columns, logits: &mut [f32; BLOCK]) {
    let mut sums = load(logits);
    for Pair { nodes, leaves } in trees {
        let places = find(nodes, columns);
        let places = [_mm256_castsi256_si128(places), _mm256_extracti128_si256::<1>(places)];
        for (leaves, places) in leaves.iter().zip(places) {
            sums = _mm256_add_ps(sums, look_up(leaves, _mm256_cvtepu16_epi32(places)));
        }
    }
    // SAFETY: eight values are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_ps(logits.as_mut_ptr(), sums) };
}

/// The places among the leaves of two trees at which each line ends.
#[target_feature(enable = "avx2")]
#[inline]
fn find(nodes: &Nodes, columns: &Columns) -> __m256i {
    let mut out = _mm256_setzero_si256();
    for at in 0..LEAVES - 1 {
        let [first, second] = nodes.halves[at];
        let first = _mm256_castsi128_si256(load_column(columns, first));
        let values = _mm256_inserti128_si256::<1>(first, load_column(columns, second));
        let is_right = _mm256_cmpgt_epi16(values, load_lanes(&nodes.thresholds[at]));
        let ruled_out = load_lanes(&nodes.ruled_out[at]);
        out = _mm256_or_si256(out, _mm256_and_si256(is_right, ruled_out));
    }
    // What `code` does: the lowest bit that is left.
    let open = _mm256_xor_si256(out, _mm256_set1_epi16(-1));
    let lowest = _mm256_and_si256(open, _mm256_sub_epi16(_mm256_setzero_si256(), open));
    _mm256_srli_epi16::<12>(_mm256_mullo_epi16(lowest, _mm256_set1_epi16(DE_BRUIJN as i16)))
}

/// Turns rows into columns, sixteen features at a time.
#[target_feature(enable = "avx2")]
pub(super) fn transpose(rows: &[Narrow; BLOCK], columns: &mut Columns) {
    for (part, columns) in columns[..WIDTH].as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let [a, b, c, d, e, f, g, h] =
            rows.each_ref().map(|row| load_lanes(&row.as_chunks::<LANES>().0[part]));
        // Two lines side by side, then four, then all: of a feature in each half.
        let [a, b, c, d, e, f, g, h] = [
            _mm256_unpacklo_epi16(a, b),
            _mm256_unpackhi_epi16(a, b),
            _mm256_unpacklo_epi16(c, d),
            _mm256_unpackhi_epi16(c, d),
            _mm256_unpacklo_epi16(e, f),
            _mm256_unpackhi_epi16(e, f),
            _mm256_unpacklo_epi16(g, h),
            _mm256_unpackhi_epi16(g, h),
        ];
        let [a, b, c, d, e, f, g, h] = [
            _mm256_unpacklo_epi32(a, c),
            _mm256_unpackhi_epi32(a, c),
            _mm256_unpacklo_epi32(b, d),
            _mm256_unpackhi_epi32(b, d),
            _mm256_unpacklo_epi32(e, g),
            _mm256_unpackhi_epi32(e, g),
            _mm256_unpacklo_epi32(f, h),
            _mm256_unpackhi_epi32(f, h),
        ];
        let features = [
            _mm256_unpacklo_epi64(a, e),
            _mm256_unpackhi_epi64(a, e),
            _mm256_unpacklo_epi64(b, f),
            _mm256_unpackhi_epi64(b, f),
            _mm256_unpacklo_epi64(c, g),
            _mm256_unpackhi_epi64(c, g),
            _mm256_unpacklo_epi64(d, h),
            _mm256_unpackhi_epi64(d, h),
        ];
        let (first, second) = columns.split_at_mut(BLOCK);
        for ((first, second), feature) in first.iter_mut().zip(second).zip(features) {
            store(&mut first.0, _mm256_castsi256_si128(feature));
            store(&mut second.0, _mm256_extracti128_si256::<1>(feature));
        }
    }
}

/// The leaves at eight places under sixteen.
#[target_feature(enable = "avx2")]
#[inline]
fn look_up(leaves: &[f32; LEAVES], places: __m256i) -> __m256 {
    let [lower, upper] = leaves.as_chunks::<BLOCK>().0 else { return load(&[0.0; BLOCK]) };
    // The permutation asks for the lowest three bits only; the fourth, moved to the sign, chooses the half.
    let is_upper = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(places));
    let lower = _mm256_permutevar8x32_ps(load(lower), places);
    let upper = _mm256_permutevar8x32_ps(load(upper), places);
    _mm256_blendv_ps(lower, upper, is_upper)
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(values: &[f32; BLOCK]) -> __m256 {
    // SAFETY: eight values are read, as many as there are; they may lie anywhere.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

/// The column that begins so many halves of one behind the first.
#[target_feature(enable = "avx2")]
#[inline]
fn load_column(columns: &Columns, half: u8) -> __m128i {
    const { assert!(size_of::<Columns>() >= 8 * u8::MAX as usize + 16) }
    let halves = columns.as_ptr().cast::<u64>();
    // SAFETY: sixteen bytes are read, at most 255 times eight behind the first: there are more columns. They
    // may lie anywhere.
    unsafe { _mm_loadu_si128(halves.add(usize::from(half)).cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_lanes(values: &[i16; LANES]) -> __m256i {
    // SAFETY: sixteen numbers of 16 bits are read, as many as there are; they may lie anywhere.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(column: &mut [i16; BLOCK], values: __m128i) {
    // SAFETY: eight numbers of 16 bits are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm_storeu_si128(column.as_mut_ptr().cast(), values) }
}

#[cfg(test)]
mod tests {
    use super::super::NO_COLUMNS;
    use super::*;
    use crate::wide::numbers;

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
            let mut all = vec![Pair::new(); 5];
            for Pair { nodes, leaves } in &mut all {
                // Few leaves at a time, or none is left.
                *nodes = Nodes {
                    halves: std::array::from_fn(|_| [(); 2].map(|()| next() as u8 & !1)),
                    thresholds: std::array::from_fn(|_| [(); LANES].map(|()| next() as i16)),
                    ruled_out: std::array::from_fn(|_| {
                        [(); LANES].map(|()| (next() & next() & next()) as i16)
                    }),
                };
                *leaves = [(); 2].map(|()| std::array::from_fn(|_| next() as f32 / 3e9));
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
