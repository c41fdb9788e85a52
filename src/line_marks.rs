//! What the marks of a line are: ends of sentences, what closes them, commas, code, signs.
//!
//! Each mark of ASCII is told by one number, whose bits say its kinds and count it, so that a line's
//! marks are added up without jumps.

/// Signs that are looked for, in the order of their bits.
pub(crate) const SIGNS: [&str; 12] = ["|", "@", "://", "©", "»", "→", "·", "…", "%", "$", "#", "["];

/// The bits of [`MARKS`].
pub(crate) mod mark {
    /// The bits of [`SIGNS`](super::SIGNS).
    pub const SIGNS: u32 = (1 << 12) - 1;
    pub const ADDRESS: u32 = 1 << 2;
    pub const GUILLEMET: u32 = 1 << 4;
    pub const ELLIPSIS: u32 = 1 << 7;
    /// Ends a sentence before a space.
    pub const END: u32 = 12;
    /// May stand between the end of a sentence and the space.
    pub const CLOSING: u32 = 13;
    pub const HYPHEN: u32 = 14;
    pub const COLON: u32 = 15;
    /// From here on, counts: eight bits of commas, and of what stands in code.
    pub const COUNTS: u32 = 16;
    pub const COMMA: u32 = 16;
    pub const CODE: u32 = 24;

    /// The bit of the sign that a character beyond ASCII is; none if it is no sign.
    pub fn beyond_ascii(c: char) -> u32 {
        match c {
            '©' => 1 << 3,
            '»' => GUILLEMET,
            '→' => 1 << 5,
            '·' => 1 << 6,
            '…' => ELLIPSIS,
            _ => 0,
        }
    }
}

/// What each mark of ASCII is.
pub(crate) static MARKS: [u32; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = match c {
            b'.' | b'!' | b'?' => 1 << mark::END,
            _ if is_closing(c as char) => 1 << mark::CLOSING,
            b'-' => 1 << mark::HYPHEN,
            b':' => 1 << mark::COLON,
            b',' => 1 << mark::COMMA,
            _ => 0,
        };
        if let b'{' | b'}' | b'<' | b'>' | b'=' | b';' | b'\\' | b'_' | b'$' | b'#' | b'`' | b'|' =
            c
        {
            table[byte] |= 1 << mark::CODE;
        }
        let mut sign = 0;
        while sign < SIGNS.len() {
            let bytes = SIGNS[sign].as_bytes();
            if bytes.len() == 1 && bytes[0] == c {
                table[byte] |= 1 << sign;
            }
            sign += 1;
        }
        byte += 1;
    }
    table
};

/// Whether a mark may stand between the end of a sentence and the space.
pub(crate) const fn is_closing(c: char) -> bool {
    matches!(c, '"' | ')' | ']' | '\'' | '’' | '”' | '»' | '」' | '』')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_the_bits_of_its_kinds() {
        for byte in 0..128_u8 {
            let c = char::from(byte);
            let is = |bits: u32| MARKS[usize::from(byte)] & bits != 0;
            assert_eq!(is(1 << mark::END), ".!?".contains(c), "{c}");
            assert_eq!(is(1 << mark::CLOSING), "\")]'".contains(c), "{c}");
            assert_eq!(is(1 << mark::COMMA), c == ',', "{c}");
            assert_eq!(is(1 << mark::CODE), "{}<>=;\\_$#`|".contains(c), "{c}");
            assert_eq!(is(mark::SIGNS), "|@%$#[".contains(c), "{c}");
        }
        let bit = |sign| 1 << SIGNS.iter().position(|other| *other == sign).unwrap_or(31);
        assert_eq!((mark::ADDRESS, mark::GUILLEMET), (bit("://"), bit("»")));
        assert_eq!(mark::ELLIPSIS, bit("…"));
        for sign in SIGNS {
            if let Some(c) = sign.chars().next().filter(|c| !c.is_ascii()) {
                assert_eq!(mark::beyond_ascii(c), bit(sign), "{c}");
            }
        }
        assert_eq!((mark::beyond_ascii('«'), mark::beyond_ascii('|')), (0, 0));
    }
}
