//! The same look at words, eight at a time.

use std::arch::x86_64::{
    __m256i, _mm_loadl_epi64, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256,
    _mm256_castsi256_ps, _mm256_cmpeq_epi32, _mm256_cmpgt_epi32, _mm256_cvtepu8_epi32,
    _mm256_i32gather_epi32, _mm256_loadu_si256, _mm256_min_epu32, _mm256_movemask_ps,
    _mm256_mullo_epi32, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_setzero_si256,
    _mm256_srli_epi32, _mm256_storeu_si256, _mm256_xor_si256,
};

use super::{BUCKET_BITS, BUCKETS, COMPARED, CONTENT_WORD_CHARS, FunctionWords, Kinds, SPANISH};
use crate::line_words::KEPT;

const LANES: usize = 8;

/// What [`FunctionWords::kinds`] says of the first `count` words.
#[target_feature(enable = "avx2")]
pub(super) fn kinds(
    functions: &FunctionWords,
    hashes: &[u32; KEPT],
    chars: &[u8; KEPT],
    count: usize,
) -> Kinds {
    let numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    let (mut languages, mut spanish) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    let mut content = 0;
    let (eights, _) = hashes.as_chunks::<LANES>();
    let (eights_of_chars, _) = chars.as_chunks::<LANES>();
    let starts = (0..count).step_by(LANES);
    for ((hashes, chars), start) in eights.iter().zip(eights_of_chars).zip(starts) {
        // Behind the last word stands anything.
        let is_there = _mm256_cmpgt_epi32(all((count - start) as u32), numbers);
        let language = _mm256_and_si256(languages_of(functions, load(hashes)), is_there);
        languages = _mm256_add_epi32(languages, language);
        spanish = _mm256_add_epi32(spanish, _mm256_and_si256(language, all(SPANISH)));
        let is_long = _mm256_cmpgt_epi32(load_chars(chars), all(CONTENT_WORD_CHARS - 1));
        let is_function = _mm256_cmpgt_epi32(language, _mm256_setzero_si256());
        let is_content = _mm256_andnot_si256(is_function, _mm256_and_si256(is_long, is_there));
        let bits = _mm256_movemask_ps(_mm256_castsi256_ps(is_content));
        content |= u64::from(bits as u8) << (start % KEPT);
    }
    Kinds { languages: sum(languages), spanish: sum(spanish), content }
}

/// The languages of which eight words are function words.
#[target_feature(enable = "avx2")]
#[inline]
fn languages_of(functions: &FunctionWords, hashes: __m256i) -> __m256i {
    let compared = _mm256_and_si256(hashes, all(COMPARED));
    let product = _mm256_mullo_epi32(compared, all(functions.factor));
    let buckets = _mm256_srli_epi32::<{ (u32::BITS - BUCKET_BITS) as i32 }>(product);
    let [first, second] = &*functions.words;
    let first = _mm256_xor_si256(gather(first, buckets), compared);
    let second = _mm256_xor_si256(gather(second, buckets), compared);
    let left = _mm256_min_epu32(first, second);
    let is_language = _mm256_cmpeq_epi32(_mm256_min_epu32(left, all(!COMPARED)), left);
    _mm256_and_si256(left, is_language)
}

/// The words of eight buckets.
#[target_feature(enable = "avx2")]
#[inline]
fn gather(words: &[u32; BUCKETS], buckets: __m256i) -> __m256i {
    // No other numbers come, and it costs next to nothing to be sure.
    let buckets = _mm256_and_si256(buckets, all(BUCKETS as u32 - 1));
    // SAFETY: the numbers of buckets are below `BUCKETS`, and there are as many words of four bytes.
    unsafe { _mm256_i32gather_epi32::<4>(words.as_ptr().cast(), buckets) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn all(value: u32) -> __m256i {
    _mm256_set1_epi32(value as i32)
}

#[target_feature(enable = "avx2")]
#[inline]
fn sum(values: __m256i) -> u32 {
    let mut each = [0_u32; LANES];
    // SAFETY: eight numbers of 32 bits are written, as many as there is room for; it may lie anywhere.
    unsafe { _mm256_storeu_si256(each.as_mut_ptr().cast(), values) };
    each.iter().sum()
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(values: &[u32; LANES]) -> __m256i {
    // SAFETY: eight numbers of 32 bits are read, as many as there are; they may lie anywhere.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_chars(values: &[u8; LANES]) -> __m256i {
    // SAFETY: eight bytes are read, as many as there are; they may lie anywhere.
    _mm256_cvtepu8_epi32(unsafe { _mm_loadl_epi64(values.as_ptr().cast()) })
}

#[cfg(test)]
mod tests {
    use super::super::Wide;
    use super::*;
    use crate::wide::numbers;

    #[test]
    fn eight_words_at_a_time_are_the_same_words() {
        if Wide::detect().is_none() {
            eprintln!("skipped: no AVX2");
            return;
        }
        let functions = FunctionWords::shared();
        let known: Vec<u32> = functions.words.iter().flatten().copied().collect();
        let mut next = numbers();
        for count in (0..=KEPT).cycle().take(2000) {
            // Every other word is one of the table or nearly so, with any lowest bits.
            let hashes = std::array::from_fn(|_| match next() % 4 {
                0 => next(),
                1 => known[next() as usize % known.len()] ^ (1 << (next() % 32)),
                _ => known[next() as usize % known.len()] ^ (next() & !COMPARED),
            });
            let chars =
                std::array::from_fn(
                    |_| if next().is_multiple_of(9) { 255 } else { next() as u8 % 9 },
                );
            // SAFETY: the processor has AVX2.
            let wide = unsafe { kinds(functions, &hashes, &chars, count) };
            assert_eq!(wide, functions.kinds(&hashes[..count], &chars[..count]));
        }
    }
}
