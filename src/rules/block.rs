//! Eight bytes at a time: which of them are letters, spaces, or need a closer look.
//!
//! The bits of a mask are the highest ones of its bytes: see [`crate::swar`].

use crate::swar::{HIGH, LOW, letters};

/// Bytes of a block.
pub(super) const BLOCK: usize = 8;

/// What the bytes of a block are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// The bytes, letters of ASCII in lower case.
    pub lower: [u8; BLOCK],
    /// Letters of ASCII.
    pub letters: u64,
    /// Plain spaces.
    pub spaces: u64,
    /// What has to be looked at: digits, tabs and other controls, all that is not ASCII.
    pub others: u64,
}

impl Block {
    #[inline]
    pub(super) fn of(bytes: [u8; BLOCK]) -> Block {
        let bytes = u64::from_le_bytes(bytes);
        let ascii = !bytes & HIGH;
        let low = bytes & !HIGH;
        // Where a byte below 0x80 is at least this much.
        let at_least = |bytes: u64, least: u8| bytes + LOW * u64::from(0x80 - least);
        let between = |bytes, from, past| (at_least(bytes, from) ^ at_least(bytes, past)) & ascii;
        let letters = letters(bytes);
        // Those without the bit of small letters get it.
        let upper = (letters & !(bytes << 2)) >> 2;
        let printable = at_least(low, b' ') & ascii;
        Block {
            lower: (bytes | upper).to_le_bytes(),
            letters,
            spaces: between(low, b' ', b' ' + 1),
            others: !printable & HIGH | between(low, b'0', b'9' + 1),
        }
    }
}

/// The mask of the first bytes of a block, one to all of them.
#[inline]
pub(super) fn first(bytes: usize) -> u64 {
    HIGH >> (8 * (BLOCK - bytes))
}

/// The number of the first byte in a mask, [`BLOCK`] if it is empty.
#[inline]
pub(super) fn first_in(mask: u64) -> usize {
    (mask.trailing_zeros() / 8) as usize
}

/// Whether a byte is in a mask.
#[inline]
pub(super) fn is_in(mask: u64, byte: usize) -> bool {
    mask >> (8 * byte) & 0x80 != 0
}

/// The mask of the bytes after those in a mask, and of the first one if `carry`.
#[inline]
pub(super) fn after(mask: u64, carry: bool) -> u64 {
    mask << 8 | u64::from(carry) << 7
}

/// How many bytes are in a mask.
#[inline]
pub(super) fn count(mask: u64) -> usize {
    ((mask >> 7).wrapping_mul(LOW) >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_classified_whatever_stands_beside_them() {
        for byte in 0..=255_u8 {
            for beside in [0, b' ', b'a', b'Z', b'9', 0x7F, 0x80, 0xFF] {
                for at in 0..BLOCK {
                    let mut bytes = [beside; BLOCK];
                    bytes[at] = byte;
                    let block = Block::of(bytes);
                    assert_eq!(block.lower, bytes.map(|byte| byte.to_ascii_lowercase()));
                    for (place, byte) in bytes.iter().enumerate() {
                        let is_other =
                            byte.is_ascii_control() && *byte != 0x7F || byte.is_ascii_digit();
                        let is_other = is_other || !byte.is_ascii();
                        assert_eq!(is_in(block.letters, place), byte.is_ascii_alphabetic());
                        assert_eq!(is_in(block.spaces, place), *byte == b' ');
                        assert_eq!(is_in(block.others, place), is_other, "{byte}");
                    }
                }
            }
        }
    }

    #[test]
    fn masks_are_counted_from_the_first_byte() {
        let spaces = Block::of(*b" ab  c  ").spaces;
        assert_eq!((first_in(spaces), count(spaces)), (0, 5));
        assert_eq!(first_in(Block::of(*b"abcdefg ").spaces), 7);
        assert_eq!(first_in(Block::of(*b"abcdefgh").spaces), BLOCK);
        assert_eq!(count(spaces & first(4)), 2);
        assert_eq!(count(first(BLOCK)), BLOCK);
        assert_eq!(after(spaces, false), Block::of(*b"? ab  c ").spaces);
        assert_eq!(after(0, true), first(1));
    }
}
