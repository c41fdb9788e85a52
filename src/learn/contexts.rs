//! How many differing documents: copies of one article must not make a template of its lines.
//!
//! A document is told from others by two of its lines: the longest, and the one with the smallest
//! hash among the longer ones. Copies and near copies (another comment, another list beside the
//! article) have both in common, pages of one template rarely have either. A set of documents is
//! kept as two bitmaps, a bit for the hash of each line, and the fuller one counts: how many bits
//! are set says how many differ, exactly for a few and well enough for two hundred. What the
//! template itself has of long lines is in all bitmaps of the site alike, so that shares of the
//! site's own figure are compared.
//!
//! Source: linear counting, Whang, Vander-Zanden and Taylor 1990.

use serde::{Deserialize, Serialize};

/// Bits of a bitmap.
const BITS: f64 = 128.0;

/// What tells a document from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signature {
    pub longest: u64,
    pub smallest: u64,
}

/// A set of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Contexts {
    longest: u128,
    smallest: u128,
}

impl Contexts {
    pub(super) fn add(&mut self, signature: Signature) {
        self.longest |= 1 << (signature.longest >> 57);
        self.smallest |= 1 << (signature.smallest >> 57);
    }

    /// Adds another set.
    pub(super) fn merge(&mut self, other: &Contexts) {
        self.longest |= other.longest;
        self.smallest |= other.smallest;
    }

    fn bits(&self) -> f64 {
        f64::from(self.longest.count_ones().max(self.smallest.count_ones()))
    }

    /// How many differing documents there are; past some hundred, at least so many.
    pub(super) fn count(&self) -> f64 {
        let free = BITS - self.bits();
        if free < 1.0 { BITS * BITS.ln() } else { -BITS * (free / BITS).ln() }
    }

    /// The share of `documents` that differ, 0 to 1; 1 where there are too many to tell.
    pub(super) fn share_of(&self, documents: u64) -> f64 {
        let expected = BITS * (1.0 - (1.0 - 1.0 / BITS).powf(documents as f64));
        if expected <= 0.0 { 0.0 } else { (self.bits() / expected).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(documents: u64, differing: u64) -> Contexts {
        let mut contexts = Contexts::default();
        for n in 0..documents {
            let hash = |salt: u64| crate::stable_hash(&(n % differing + salt * 1000).to_le_bytes());
            let mix = |hash: u64| hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            contexts.add(Signature { longest: mix(hash(1)), smallest: mix(hash(2)) });
        }
        contexts
    }

    #[test]
    fn copies_count_once() {
        for (documents, differing) in [(50, 1), (50, 3), (1000, 5), (40, 40)] {
            let found = contexts(documents, differing).count();
            let difference = (found - differing as f64).abs();
            assert!(difference <= 0.15 * differing as f64 + 0.5, "{differing}: {found}");
        }
    }

    #[test]
    fn the_share_of_differing_documents_is_told() {
        assert!(contexts(50, 50).share_of(50) > 0.9);
        assert!(contexts(50, 1).share_of(50) < 0.05);
        assert!(contexts(10_000, 9_000).share_of(10_000) > 0.99);
        assert!(contexts(10_000, 2).share_of(10_000) < 0.02);
        assert!(contexts(20, 10).share_of(20) > 0.4 && contexts(20, 10).share_of(20) < 0.65);
    }

    #[test]
    fn template_lines_that_are_the_longest_of_all_leave_the_other_bitmap() {
        let mut found = Contexts::default();
        for n in 0..20_u64 {
            let smallest = (n << 57).wrapping_mul(3);
            found.add(Signature { longest: 77, smallest });
        }
        assert!(found.count() > 15.0);
    }
}
