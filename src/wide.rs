//! Whether the processor has what the wide ways ask for.
//!
//! What is done for each line is compiled twice: for any processor, and for those that count bits in
//! one instruction and hold eight words in a register. Both give the same answers.

/// There is one only where the processor has AVX2, BMI1, BMI2, LZCNT and POPCNT, as nearly all have
/// since 2015.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wide(());

impl Wide {
    pub(crate) fn detect() -> Option<Wide> {
        #[cfg(target_arch = "x86_64")]
        let has_all = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("lzcnt")
            && std::is_x86_feature_detected!("popcnt");
        #[cfg(not(target_arch = "x86_64"))]
        let has_all = false;
        has_all.then_some(Wide(()))
    }
}

/// Numbers without pattern, of 31 bits, for tests that hold a wide way to the plain one: a linear
/// congruence (Knuth, TAOCP 3.3.4).
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) fn numbers() -> impl FnMut() -> u32 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u32
    }
}
