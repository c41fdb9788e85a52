//! The first sums of all stretches side by side.

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_loadu_si128, _mm_sub_epi32, _mm256_cvtepi32_ps,
    _mm256_cvttps_epi32, _mm256_div_ps, _mm256_floor_ps, _mm256_max_epi32, _mm256_mullo_epi32,
    _mm256_set_m128i, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_storeu_si256,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};

use super::{FirstSums, Reaches, SIDES, differences};
use crate::model::track::{FIRST_SUMS, Totals};

/// Takes what [`FirstSums::of`] says.
///
/// Means are rounded down from quotients of whole numbers that such a fraction holds to the bit: those
/// of up to 2^15 over up to 32 lines lie farther from the next whole number than they are inexact.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn take(first: &mut FirstSums, totals: &[Totals], at: usize, reaches: Reaches) {
    let [[b4, b8, b16, b32], [f4, f8, f16, f32]] =
        reaches.map(|side| side.map(|lines| lines as i32));
    let counts = _mm256_setr_epi32(b4, b8, b16, b32, f4, f8, f16, f32);
    let [scores, products, roots, hits] = sums(totals, at, reaches);
    let one = _mm256_set1_epi32(1);
    let lines = _mm256_max_epi32(counts, one);
    let roots = _mm256_max_epi32(roots, one);
    let hits = _mm256_mullo_epi32(hits, _mm256_set1_epi32(255));
    store(&mut first.counts, counts);
    store(&mut first.scores, _mm256_cvttps_epi32(_mm256_floor_ps(quotient(scores, lines))));
    store(&mut first.weighted, _mm256_cvttps_epi32(quotient(products, roots)));
    store(&mut first.hits, _mm256_cvttps_epi32(quotient(hits, lines)));
    store(&mut first.products, products);
}

/// The sums of the scores, of the scores times the roots, of the roots and of the hits.
#[target_feature(enable = "avx2")]
#[inline]
fn sums(totals: &[Totals], at: usize, reaches: Reaches) -> [__m256i; FIRST_SUMS] {
    let [b4, b8, b16, b32, f4, f8, f16, f32] = differences(totals, at, reaches);
    // Four sums of a stretch each, those behind and those ahead side by side.
    let [four, eight, sixteen, all] = [[b4, f4], [b8, f8], [b16, f16], [b32, f32]]
        .map(|[behind, ahead]| _mm256_set_m128i(difference(ahead), difference(behind)));
    // Four stretches of a sum each.
    let lower = [_mm256_unpacklo_epi32(four, eight), _mm256_unpacklo_epi32(sixteen, all)];
    let upper = [_mm256_unpackhi_epi32(four, eight), _mm256_unpackhi_epi32(sixteen, all)];
    [
        _mm256_unpacklo_epi64(lower[0], lower[1]),
        _mm256_unpackhi_epi64(lower[0], lower[1]),
        _mm256_unpacklo_epi64(upper[0], upper[1]),
        _mm256_unpackhi_epi64(upper[0], upper[1]),
    ]
}

#[target_feature(enable = "avx2")]
#[inline]
fn difference([end, start]: [&Totals; 2]) -> __m128i {
    _mm_sub_epi32(load(end), load(start))
}

#[target_feature(enable = "avx2")]
#[inline]
fn quotient(sums: __m256i, by: __m256i) -> __m256 {
    _mm256_div_ps(_mm256_cvtepi32_ps(sums), _mm256_cvtepi32_ps(by))
}

/// The first four totals.
#[target_feature(enable = "avx2")]
#[inline]
fn load(totals: &Totals) -> __m128i {
    const { assert!(FIRST_SUMS == 4) };
    // SAFETY: four numbers of 32 bits are read, of which there are more; they may lie anywhere.
    unsafe { _mm_loadu_si128(totals.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(to: &mut [i32; SIDES], values: __m256i) {
    // SAFETY: eight numbers of 32 bits are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), values) };
}

#[cfg(test)]
mod tests {
    use super::super::{REACH, STRETCHES, Wide};
    use super::*;
    use crate::model::track::SUMS;
    use crate::wide::numbers;

    #[test]
    fn side_by_side_they_are_what_they_are_one_by_one() {
        if Wide::detect().is_none() {
            eprintln!("skipped: no AVX2");
            return;
        }
        let mut number = numbers();
        let mut next = |below: u32| (number() % below) as i32;
        for round in 0..40 {
            let lines = 1 + round * 3;
            // Totals that wrap round; few lines have no letters, many no hit.
            let mut totals: Vec<Totals> = vec![[i32::MAX - 1000; SUMS]];
            for line in 0..lines {
                let (score, root) = (next(2049) - 1024, next(9).min(1) * next(2000));
                let own = [score, score * root, root, next(3) / 2];
                let mut sums = totals[line];
                sums.iter_mut().zip(own).for_each(|(sum, own)| *sum = sum.wrapping_add(own));
                totals.push(sums);
            }
            for at in 0..lines {
                let reaches = [at, lines - 1 - at].map(|all| STRETCHES.map(|reach| reach.min(all)));
                let mut wide = FirstSums::default();
                // SAFETY: the processor has AVX2.
                unsafe { take(&mut wide, &totals, at, reaches) };
                assert_eq!(wide, FirstSums::of(&totals, at, reaches), "line {at} of {lines}");
            }
        }
        assert_eq!(STRETCHES[3], REACH);
    }
}
