//! SWAR: eight bytes of a text in one register, looked at together.
//!
//! The bytes lie in one number, the first one lowest. Additions carry each into its highest bit where it is
//! at least some value, so that a few of them tell the kind of all eight; that bit of each byte holds the
//! answer.
//!
//! Source: Lamport, "Multiple byte processing with full-word instructions", CACM 1975.

/// The lowest bit of each byte, and the highest.
pub(crate) const LOW: u64 = 0x0101_0101_0101_0101;
pub(crate) const HIGH: u64 = 0x80 * LOW;

/// The bit of each byte that ASCII letters have where they are small.
pub(crate) const CASE: u64 = 0x20 * LOW;

/// The eight bytes from `at` on; zeros behind the end.
#[inline(always)]
pub(crate) fn eight_at(text: &[u8], at: usize) -> u64 {
    match text.get(at..at + 8) {
        Some(&[a, b, c, d, e, f, g, h]) => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => last(text, at),
    }
}

/// The same where less than eight bytes are left.
#[inline(always)]
fn last(text: &[u8], at: usize) -> u64 {
    let left = text.len().saturating_sub(at);
    match text.last_chunk() {
        _ if left == 0 => 0,
        Some(bytes) => u64::from_le_bytes(*bytes) >> (64 - 8 * left),
        None => text[at..].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The number of plain spaces that a text begins with.
#[inline(always)]
pub(crate) fn indent(text: &[u8]) -> usize {
    // Most lines begin with something else.
    if text.first() == Some(&b' ') { spaces(text) } else { 0 }
}

#[inline(never)]
fn spaces(text: &[u8]) -> usize {
    let (eights, rest) = text.as_chunks();
    let mut passed = 0;
    for eight in eights {
        let unlike = u64::from_le_bytes(*eight) ^ (u64::from(b' ') * LOW);
        if unlike != 0 {
            return passed + unlike.trailing_zeros() as usize / 8;
        }
        passed += 8;
    }
    passed + rest.iter().take_while(|byte| **byte == b' ').count()
}

/// The high bit of every byte that is an ASCII letter.
#[inline(always)]
pub(crate) fn letters(eight: u64) -> u64 {
    let seven = (eight | CASE) & !HIGH;
    let at_least_a = seven + (0x80 - u64::from(b'a')) * LOW;
    let beyond_z = seven + (0x7F - u64::from(b'z')) * LOW;
    at_least_a & !beyond_z & !eight & HIGH
}

/// The high bit of every byte that is an ASCII digit.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline(always)]
pub(crate) fn digits(eight: u64) -> u64 {
    let seven = eight & !HIGH;
    let at_least_0 = seven + (0x80 - u64::from(b'0')) * LOW;
    let beyond_9 = seven + (0x7F - u64::from(b'9')) * LOW;
    at_least_0 & !beyond_9 & !eight & HIGH
}

/// The bits of the first bytes of eight: one of them or more.
#[inline(always)]
pub(crate) fn low_bytes(count: usize) -> u64 {
    u64::MAX >> (64 - 8 * count.min(8))
}

/// The number of bytes before the first one without its high bit.
#[inline(always)]
pub(crate) fn run(high: u64) -> usize {
    ((high ^ HIGH).trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_stand_behind_the_end() {
        let text = b"abcdefghij";
        for at in 0..=text.len() + 1 {
            let mut expected = [0; 8];
            let rest = text.get(at..).unwrap_or_default();
            let rest = &rest[..rest.len().min(8)];
            expected[..rest.len()].copy_from_slice(rest);
            assert_eq!(eight_at(text, at).to_le_bytes(), expected, "{at}");
        }
        assert_eq!(eight_at(b"abc", 1).to_le_bytes(), *b"bc\0\0\0\0\0\0");
    }

    #[test]
    fn spaces_at_the_beginning_are_counted() {
        for count in 0..40 {
            for rest in ["", "a", "\t a", "!  ", "\u{a0}   "] {
                let text = " ".repeat(count) + rest;
                assert_eq!(indent(text.as_bytes()), count, "{text:?}");
            }
        }
    }

    #[test]
    fn letters_and_digits_are_told_whatever_stands_beside_them() {
        for byte in 0..=255 {
            for beside in [0, b'a', b'Z', 0x80, 0xFF] {
                let eight = u64::from_le_bytes([beside, byte, beside, byte, byte, beside, 0, byte]);
                let told = letters(eight).to_le_bytes().map(|high| high == 0x80);
                assert_eq!(told, eight.to_le_bytes().map(|byte| byte.is_ascii_alphabetic()));
                let told = digits(eight).to_le_bytes().map(|high| high == 0x80);
                assert_eq!(told, eight.to_le_bytes().map(|byte| byte.is_ascii_digit()));
            }
        }
        assert_eq!((run(0), run(letters(u64::from_le_bytes(*b"abc defg"))), run(HIGH)), (0, 3, 8));
    }
}
