//! A hash that is the same on every machine and in every version.

use crate::swar::eight_at;

/// FNV-1a, 64 bits.
///
/// Used where the value is written down or decides something (rule-set hash, shards, repeated
/// lines), so that it may not change with the standard library.
/// Source: Fowler, Noll and Vo, draft-eastlake-fnv; test values from its appendix.
#[derive(Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn add(mut self, bytes: &[u8]) -> Fnv {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

/// Digits of the golden ratio and of pi: any odd numbers without pattern would do.
pub(crate) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0x2435_08d3_1319_8a2f;

/// Mixes eight bytes into a hash, by the two halves of a product.
///
/// Source: the multiply-and-fold of wyhash (Wang Yi, public domain).
#[inline]
pub(crate) fn fold_in(hash: u64, eight: u64) -> u64 {
    fold_by(hash ^ eight, FACTOR)
}

/// The two halves of a product.
#[inline(always)]
fn fold_by(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// Spreads eight bytes over the upper bits of a hash, for small tables.
///
/// Source: multiplicative hashing, Knuth, TAOCP 6.4, with the golden ratio of 2^64.
#[inline(always)]
pub(crate) fn spread(eight: u64) -> u64 {
    eight.wrapping_mul(SEED)
}

/// A quick hash of some bytes, for tables that do not outlive the run.
pub(crate) fn hash_of(bytes: &[u8]) -> u64 {
    let start = fold_in(SEED, bytes.len() as u64);
    let (sixteens, rest) = bytes.as_chunks::<16>();
    let hash = sixteens.iter().fold(start, |hash, sixteen| {
        let both = u128::from_le_bytes(*sixteen);
        // Half of them is the factor, as wyhash does it.
        fold_by(hash ^ both as u64, FACTOR ^ (both >> 64) as u64)
    });
    if rest.is_empty() {
        hash
    } else {
        fold_by(hash ^ eight_at(rest, 0), FACTOR ^ eight_at(rest, 8))
    }
}

/// A hasher for keys that are hashes already.
#[derive(Default)]
pub(crate) struct Hashed(u64);

impl std::hash::Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The hash of one byte string: the same on every machine and in every version.
///
/// For choosing shards and comparing stamps; it is no defence against anybody who makes
/// collisions on purpose.
///
/// ```
/// assert_eq!(limpio::stable_hash(b"foobar"), 0x8594_4171_f739_67e8);
/// ```
pub fn stable_hash(bytes: &[u8]) -> u64 {
    Fnv::new().add(bytes).value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_values_come_out() {
        assert_eq!(stable_hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(stable_hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(stable_hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
