//! Whether the processor has what the wide ways of the model ask for.
//!
//! What is done for each line is compiled twice: for any processor, and for those that count bits in
//! one instruction and hold eight words in a register. Both give the same answers.

/// There is one only where the processor has AVX2, BMI1, BMI2, LZCNT and POPCNT, as nearly all have
/// since 2015.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wide(());

impl Wide {
    pub(super) fn detect() -> Option<Wide> {
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
