//! The same trees, for processors with vectors of 256 bits, which hold all lines of a block. The leaves of
//! eight lines are looked up by two permutations instead of eight loads.

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_loadu_si128, _mm256_add_ps, _mm256_and_si256, _mm256_blendv_ps,
    _mm256_castsi256_ps, _mm256_cmpgt_epi16, _mm256_cvtepu16_epi32, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_mullo_epi16, _mm256_or_si256, _mm256_permutevar8x32_ps,
    _mm256_set1_epi16, _mm256_setzero_si256, _mm256_slli_epi32, _mm256_srli_epi16,
    _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_epi16, _mm256_xor_si256,
};

use super::{BLOCK, Columns, DE_BRUIJN, LEAVES, Lines, Nodes, STRIDE, Trees};

const LANES: usize = 8;

/// Adds what the trees say of the lines of a block, in the same order as [`Trees::add`]: the sums are equal
/// to the bit.
#[target_feature(enable = "avx2")]
pub(super) fn add(trees: &Trees, columns: &Columns, logits: &mut [f32; BLOCK]) {
    let mut found = [Lines([0; BLOCK]); STRIDE];
    for (nodes, found) in trees.nodes.iter().zip(&mut found) {
        store_places(find(nodes, columns), &mut found.0);
    }
    for (part, logits) in logits.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut sum = load(logits);
        for (leaves, found) in trees.leaves.iter().zip(&found) {
            let places = &found.0.as_chunks::<LANES>().0[part];
            sum = _mm256_add_ps(sum, look_up(leaves, _mm256_cvtepu16_epi32(load_places(places))));
        }
        store(sum, logits);
    }
}

/// The place among the leaves of a tree at which each line ends.
#[target_feature(enable = "avx2")]
#[inline]
fn find(nodes: &Nodes, columns: &Columns) -> __m256i {
    let mut out = _mm256_setzero_si256();
    for at in 0..LEAVES - 1 {
        let column = load_column(&columns[usize::from(nodes.features[at])].0);
        let above = _mm256_cmpgt_epi16(column, _mm256_set1_epi16(nodes.thresholds[at]));
        let ruled_out = _mm256_set1_epi16(nodes.ruled_out[at] as i16);
        out = _mm256_or_si256(out, _mm256_and_si256(above, ruled_out));
    }
    // What `code` does: the lowest bit that is left.
    let open = _mm256_xor_si256(out, _mm256_set1_epi16(-1));
    let lowest = _mm256_and_si256(open, _mm256_sub_epi16(_mm256_setzero_si256(), open));
    _mm256_srli_epi16::<12>(_mm256_mullo_epi16(lowest, _mm256_set1_epi16(DE_BRUIJN as i16)))
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
fn load_places(places: &[u16; LANES]) -> __m128i {
    // SAFETY: eight numbers of 16 bits are read, as many as there are; they may lie anywhere.
    unsafe { _mm_loadu_si128(places.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_places(places: __m256i, to: &mut [u16; BLOCK]) {
    // SAFETY: sixteen numbers of 16 bits are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), places) }
}

#[cfg(test)]
mod tests {
    use super::super::NO_COLUMNS;
    use super::*;

    #[test]
    fn wide_sums_are_equal_to_the_bit() {
        if !std::is_x86_feature_detected!("avx2") {
            eprintln!("skipped: no AVX2");
            return;
        }
        // Numbers without pattern, by a linear congruence (Knuth, TAOCP 3.3.4).
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u32
        };
        for _ in 0..50 {
            let mut trees = Trees::new();
            for tree in 0..STRIDE {
                // Few leaves at a time, or none is left.
                trees.nodes[tree] = Nodes {
                    thresholds: std::array::from_fn(|_| next() as i16),
                    ruled_out: std::array::from_fn(|_| (next() & next() & next()) as u16),
                    features: std::array::from_fn(|_| next() as u8),
                };
                trees.leaves[tree] = std::array::from_fn(|_| next() as f32 / 3e9);
            }
            let mut columns = NO_COLUMNS;
            for column in &mut columns {
                column.0 = std::array::from_fn(|_| next() as i16);
            }
            let mut plain: [f32; BLOCK] = std::array::from_fn(|line| line as f32);
            let mut wide = plain;
            trees.add(&columns, &mut plain);
            // SAFETY: the processor has AVX2.
            unsafe { add(&trees, &columns, &mut wide) };
            assert_eq!(plain, wide);
        }
    }
}
