//! A line's bytes 64 at a time, written in ASCII as far as that says the same.
//!
//! The walk over a line finds words and marks in masks of ASCII. So accented letters that fold to a plain
//! one, and quotation marks, dashes and the like beyond ASCII, are replaced by a character of ASCII that
//! is counted just as they are; what has none stays, and is looked at character by character.

use std::sync::LazyLock;

use crate::chunk::{CHUNK, Chunk, case_bits, leads};
use crate::line_marks::mark;
use crate::line_words::Padded;
use crate::rules::without_accent;
use crate::wide::Wide;

/// Some bytes of a line, and what they are.
pub(crate) struct LineBlock {
    bytes: Padded,
    chunk: Chunk,
    /// Bytes that stand for a character of two bytes or more, and of three.
    longer: [u64; 2],
    /// How many bytes there are, how many of them lie behind, and which byte of the line the next one is.
    len: usize,
    passed: usize,
    next: usize,
    /// Where in the line the block ends.
    end: usize,
    /// A bit for each of the signs that were replaced so far.
    pub signs: u32,
    wide: Option<Wide>,
}

/// The part of a block that is still to come.
pub(crate) struct Rest {
    /// What its bytes are; behind the last one there are others.
    pub chunk: Chunk,
    /// Bytes that stand for a longer character.
    pub replaced: u64,
    /// How many there are, and whether the line ends with them.
    pub len: u32,
    pub is_end: bool,
}

impl LineBlock {
    /// Nothing of a line yet.
    #[inline(always)]
    pub(crate) fn new(wide: Option<Wide>) -> LineBlock {
        LineBlock {
            bytes: [0; CHUNK + 8],
            chunk: Chunk { others: u64::MAX, ..Chunk::default() },
            longer: [0; 2],
            len: 0,
            passed: 0,
            next: 0,
            end: 0,
            signs: 0,
            wide,
        }
    }

    /// What the bytes of the line from `at` on are, of which half a block or more are known, the others
    /// told as something else. `at` lies before the end of the line and never before that of the last call.
    #[inline(always)]
    pub(crate) fn from(&mut self, line: &[u8], at: usize) -> Rest {
        if at != self.next && self.longer[0] == 0 {
            self.passed += at - self.next;
            self.next = at;
        }
        let is_over = self.passed + CHUNK / 2 > self.len && self.end < line.len();
        if is_over || at != self.next {
            #[cfg(target_arch = "x86_64")]
            match self.wide {
                // SAFETY: there is a `Wide` only where the processor has all that is asked for.
                Some(wide) => unsafe { self.fill_wide(line, at, wide) },
                None => self.fill(line, at),
            }
            #[cfg(not(target_arch = "x86_64"))]
            {
                debug_assert!(self.wide.is_none());
                self.fill(line, at);
            }
        }
        let Chunk { letters, spaces, apostrophes, others } = self.chunk;
        let passed = self.passed % CHUNK;
        let chunk = Chunk {
            letters: letters >> passed,
            spaces: spaces >> passed,
            apostrophes: apostrophes >> passed,
            others: others >> passed | !(u64::MAX >> passed),
        };
        Rest {
            chunk,
            replaced: self.longer[0] >> passed,
            len: (self.len - self.passed) as u32,
            is_end: self.end == line.len(),
        }
    }

    /// Goes on by so many bytes of the block. Returns where that is in the line.
    #[inline(always)]
    pub(crate) fn pass(&mut self, count: usize) -> usize {
        self.next += count;
        if self.longer[0] != 0 {
            let passed = (u64::MAX >> (CHUNK - count)) << self.passed;
            let longer = self.longer.map(|longer| (longer & passed).count_ones() as usize);
            self.next += longer[0] + longer[1];
        }
        self.passed += count;
        self.next
    }

    /// The bit that makes a letter a small one, of each byte that is still to come.
    pub(crate) fn small(&self) -> u64 {
        self.bytes.first_chunk().map_or(0, case_bits) >> (self.passed % CHUNK)
    }

    /// All bytes of the block, and how many of them lie behind.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> (&Padded, usize) {
        (&self.bytes, self.passed % CHUNK)
    }

    #[inline(never)]
    fn fill(&mut self, line: &[u8], at: usize) {
        self.fill_by(line, at, None);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[inline(never)]
    fn fill_wide(&mut self, line: &[u8], at: usize, wide: Wide) {
        self.fill_by(line, at, Some(wide));
    }

    #[inline(always)]
    fn fill_by(&mut self, line: &[u8], at: usize, wide: Option<Wide>) {
        // The last block ends with the line: so none but those of short lines need zeros behind them.
        let start = at.min(line.len().saturating_sub(CHUNK));
        self.next = at;
        self.longer = [0; 2];
        let block = line[start..].first_chunk::<CHUNK>();
        let found = block.map(|bytes| if bytes.is_ascii() { 0 } else { leads(bytes) });
        if let (Some(bytes), Some(0)) = (block, found) {
            (self.len, self.passed, self.end) = (CHUNK, at - start, start + CHUNK);
            self.set(bytes, wide);
            return;
        }
        let mut bytes = [0; 2 * CHUNK];
        self.len = CHUNK.min(line.len() - at);
        match line[at..].first_chunk::<CHUNK>() {
            Some(all) => bytes[..CHUNK].copy_from_slice(all),
            None => bytes[..self.len].copy_from_slice(&line[at..]),
        }
        (self.passed, self.end) = (0, at + self.len);
        let leads = match found {
            Some(leads) => leads >> (at - start),
            None => bytes.first_chunk().map_or(0, leads),
        };
        if leads != 0 {
            self.write_in_ascii(&mut bytes, leads);
        }
        if let Some(bytes) = bytes.first_chunk() {
            self.set(bytes, wide);
        }
    }

    #[inline(always)]
    fn set(&mut self, bytes: &[u8; CHUNK], wide: Option<Wide>) {
        self.bytes[..CHUNK].copy_from_slice(bytes);
        self.chunk = Chunk::of_all(bytes, wide);
    }

    /// Replaces characters beyond ASCII, whose first bytes a mask tells, in the bytes of the block, behind
    /// which as many zeros stand.
    fn write_in_ascii(&mut self, bytes: &mut [u8; 2 * CHUNK], mut leads: u64) {
        let mut removed = 0;
        while leads != 0 {
            let at = leads.trailing_zeros() as usize - removed;
            leads &= leads - 1;
            let rest = bytes[at..].first_chunk().unwrap_or(&[0; 3]);
            let Some(Replaced { byte, len, sign }) = Replaced::of(*rest) else { continue };
            bytes[at] = byte;
            // No character goes on behind the bytes that there were.
            let behind = (at + len).min(CHUNK);
            bytes.copy_within(behind..behind + CHUNK, behind + 1 - len);
            self.longer[0] |= 1 << at;
            self.longer[1] |= u64::from(len == 3) << at;
            self.signs |= sign;
            removed += len - 1;
        }
        self.len -= removed;
    }
}

/// A character of ASCII in place of one beyond it.
struct Replaced {
    byte: u8,
    /// Bytes of the other one.
    len: usize,
    /// The bit of the sign that it is.
    sign: u32,
}

impl Replaced {
    /// The replacement of the character that three bytes begin with.
    #[inline(always)]
    fn of(bytes: [u8; 3]) -> Option<Replaced> {
        let replaced = |byte, len, sign| Some(Replaced { byte, len, sign });
        match bytes {
            [0xC3, trail, _] if LATIN_1[usize::from(trail & 0x3F)] != 0 && trail >= 0x80 => {
                replaced(LATIN_1[usize::from(trail & 0x3F)], 2, 0)
            }
            [lead @ 0xC4..=0xC9, trail @ 0x80..=0xBF, _] => {
                let c = u32::from(lead & 0x1F) << 6 | u32::from(trail & 0x3F);
                let Accented { folded, is_upper } = latin(char::from_u32(c)?)?;
                let small = u8::try_from(folded).ok().filter(u8::is_ascii_lowercase)?;
                replaced(if is_upper { small.to_ascii_uppercase() } else { small }, 2, 0)
            }
            // The no-break space; `¡`, `¿`; `«`; `»`.
            [0xC2, 0xA0, _] => replaced(b' ', 2, 0),
            [0xC2, 0xA1 | 0xBF, _] => replaced(OTHER, 2, 0),
            [0xC2, 0xAB, _] => replaced(OPENING, 2, 0),
            [0xC2, 0xBB, _] => replaced(CLOSING, 2, mark::GUILLEMET),
            // `–`; `—`, `‘`; `“`, `„`; `’`; `”`; `…`.
            [0xE2, 0x80, 0x93] => replaced(b'/', 3, 0),
            [0xE2, 0x80, 0x94 | 0x98] => replaced(OTHER, 3, 0),
            [0xE2, 0x80, 0x9C | 0x9E] => replaced(OPENING, 3, 0),
            [0xE2, 0x80, 0x99] => replaced(b'\'', 3, 0),
            [0xE2, 0x80, 0x9D] => replaced(CLOSING, 3, 0),
            [0xE2, 0x80, 0xA6] => replaced(b'.', 3, mark::ELLIPSIS),
            _ => None,
        }
    }
}

/// What U+00C0 to U+00FF are replaced by; 0 for those that are not.
const LATIN_1: [u8; 64] = *b"AAAAAA\0CEEEEIIII\0NOOOOO\0\0UUUUY\0\0\
    aaaaaa\0ceeeeiiii\0nooooo\0\0uuuuy\0y";

/// A mark that says nothing; the mark that a quotation opens with; one that may stand between the end of a
/// sentence and the space.
const OTHER: u8 = b'*';
pub(crate) const OPENING: u8 = b'(';
const CLOSING: u8 = b')';

/// A Latin letter with an accent.
#[derive(Clone, Copy)]
pub(crate) struct Accented {
    pub folded: char,
    pub is_upper: bool,
}

const FIRST_ACCENTED: u32 = 0xC0;

/// The letters from `À` to `ɏ`.
static ACCENTED: LazyLock<Vec<Option<Accented>>> = LazyLock::new(|| {
    ('À'..='ɏ')
        .map(|c| {
            let lower = c.to_lowercase().next().unwrap_or(c);
            let folded = if lower == 'ñ' { 'n' } else { without_accent(lower) };
            let is_letter = !matches!(c, '×' | '÷');
            is_letter.then_some(Accented { folded, is_upper: c.is_uppercase() })
        })
        .collect()
});

pub(crate) fn latin(c: char) -> Option<Accented> {
    let place = (c as u32).checked_sub(FIRST_ACCENTED)?;
    ACCENTED.get(place as usize).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(c: char) -> Option<(u8, usize)> {
        let mut bytes = [0; 3];
        let len = c.encode_utf8(&mut bytes).len();
        let Replaced { byte, len: replaced, .. } = Replaced::of(bytes)?;
        assert_eq!(len, replaced, "{c}");
        let mut block = [0; CHUNK];
        block[..3].copy_from_slice(&bytes);
        assert_eq!(leads(&block), 1, "{c}");
        Some((byte, len))
    }

    #[test]
    fn letters_with_accents_become_what_they_are_folded_to() {
        for c in '\u{C0}'..='\u{24F}' {
            let folded = latin(c).filter(|letter| letter.folded.is_ascii());
            let expected = folded.map(|Accented { folded, is_upper }| match is_upper {
                true => folded.to_ascii_uppercase(),
                false => folded,
            });
            assert_eq!(replaced(c).map(|(byte, _)| char::from(byte)), expected, "{c}");
        }
        assert_eq!(replaced('ñ'), Some((b'n', 2)));
        assert_eq!((replaced('ł'), replaced('æ'), replaced('×')), (None, None, None));
    }

    #[test]
    fn a_block_is_passed_by_the_bytes_of_the_line() {
        for wide in [None, Wide::detect()] {
            block_is_passed(LineBlock::new(wide));
        }
    }

    fn block_is_passed(mut block: LineBlock) {
        let line = "«Él»… año ".repeat(40);
        let (mut at, mut read) = (0, String::new());
        while at < line.len() {
            let rest = block.from(line.as_bytes(), at);
            assert!(rest.len > 0 && line.is_char_boundary(at));
            // A character that the block cuts off, or a few bytes at once.
            let count = (rest.chunk.others.trailing_zeros().min(7)) as usize;
            assert!(count > 0);
            let (bytes, passed) = block.bytes();
            read.push_str(str::from_utf8(&bytes[passed..passed + count]).expect("ASCII"));
            at = block.pass(count);
        }
        assert_eq!(read, "(El). ano ".repeat(40));
        assert_eq!(block.signs, mark::GUILLEMET | mark::ELLIPSIS);
    }
}
