//! The way that text is folded where phrases are looked for: by default, a block of 64 bytes at a time.
//!
//! It gives what [`fold`](super::fold) does, which tests hold it to, and tells on the way where words and
//! signs begin and which marks stand in the text.

use super::places::TakePlaces;
use super::{Char, Fold, LONG_S, Marks, fold_char, is_beyond_latin, number_end, plain_letter};
use crate::chunk::{CHUNK, Chunk, Chunks, chunk_at};
use crate::wide::Wide;

/// A text on its way to be folded as phrases are.
pub(super) struct Folding<'f, P> {
    /// Longer than what was written.
    bytes: &'f mut Vec<u8>,
    written: usize,
    places: &'f mut P,
    /// Whether a word, and a space, was written last.
    in_word: bool,
    after_space: bool,
    /// Whether what was taken last may be a mark.
    after_mark: bool,
    marks: Marks,
    wide: Option<Wide>,
}

impl<'f, P: TakePlaces> Folding<'f, P> {
    #[inline(always)]
    pub(super) fn new(
        bytes: &'f mut Vec<u8>,
        places: &'f mut P,
        in_word: bool,
        wide: Option<Wide>,
    ) -> Folding<'f, P> {
        Folding {
            bytes,
            written: 0,
            places,
            in_word,
            after_space: false,
            after_mark: false,
            marks: Marks::default(),
            wide,
        }
    }

    #[inline(always)]
    pub(super) fn run(mut self, text: &str) -> Marks {
        let bytes = text.as_bytes();
        self.bytes.resize(bytes.len() + CHUNK, 0);
        let mut chunks = Chunks::of(bytes, self.wide);
        let mut at = 0;
        while at < bytes.len() {
            match self.plain(bytes, at, chunks.from(bytes, at)) {
                0 => at = self.others(text, at),
                plain => at += plain,
            }
        }
        self.bytes.truncate(self.written);
        self.marks
    }

    /// Takes what stands at a byte of the text and is plain: ASCII without digits and controls, no second
    /// space. Returns its length.
    #[inline(always)]
    fn plain(&mut self, text: &[u8], at: usize, chunk: Chunk) -> usize {
        let Chunk { letters, spaces, others, .. } = chunk;
        let second = spaces & (spaces << 1 | u64::from(self.after_space));
        let plain = (others | second).trailing_zeros() as usize;
        if plain == 0 {
            return 0;
        }
        let here = u64::MAX >> (CHUNK - plain);
        let inside = letters & (letters << 1 | u64::from(self.in_word));
        let begins = !(inside | spaces) & here;
        let marks = !(letters | spaces) & here;
        self.marks.pairs |= marks & (marks << 1 | u64::from(self.after_mark)) != 0;
        self.after_mark = marks >> (plain - 1) & 1 != 0;
        self.marks.add_all(&text[at..], marks);
        self.places.push_mask(self.written, begins);
        self.write_lower(text, at, plain);
        self.in_word = letters >> (plain - 1) & 1 != 0;
        self.after_space = spaces >> (plain - 1) & 1 != 0;
        plain
    }

    /// Takes what stands at a byte of the text and is not plain. Returns where it ends.
    #[inline(always)]
    fn others(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        match bytes[at] {
            0xC3 if LATIN[usize::from(bytes[at + 1] & 0x3F)] != 0 => {
                self.marks.beyond_ascii = true;
                if !self.in_word {
                    self.places.push(self.written);
                }
                self.write_byte(LATIN[usize::from(bytes[at + 1] & 0x3F)]);
                (self.in_word, self.after_space, self.after_mark) = (true, false, false);
                at + 2
            }
            0xCE..=0xEC => match self.letters_beyond_latin(bytes, at) {
                0 => self.char(text, at),
                letters => at + letters,
            },
            _ => self.char(text, at),
        }
    }

    /// Takes the letters of the scripts next to Latin, and ideographs, that stand at a byte, and single
    /// spaces between them. Returns their length.
    fn letters_beyond_latin(&mut self, bytes: &[u8], start: usize) -> usize {
        let bytes = &bytes[start..];
        // They do not get longer.
        if self.bytes.len() < self.written + bytes.len() {
            self.bytes.resize(self.written + bytes.len() + CHUNK, 0);
        }
        let (mut at, mut after_space) = (0, self.after_space);
        while let Some(byte) = bytes.get(at).copied() {
            let len = match byte {
                0xCE..=0xD1 => {
                    let Some(second) = bytes.get(at + 1) else { break };
                    let folded = TWO_BYTES[usize::from(byte - 0xCE)][usize::from(second & 0x3F)];
                    if folded == [0; 2] {
                        break;
                    }
                    self.bytes[self.written..][..2].copy_from_slice(&folded);
                    2
                }
                // Ideographs and hangul, of which all that begin with these bytes are letters.
                0xE5..=0xE9 | 0xEB | 0xEC => {
                    let Some(letter) = bytes.get(at..at + 3) else { break };
                    self.bytes[self.written..][..3].copy_from_slice(letter);
                    3
                }
                b' ' if at > 0 && !after_space => {
                    self.bytes[self.written] = b' ';
                    self.written += 1;
                    (at, after_space) = (at + 1, true);
                    continue;
                }
                _ => break,
            };
            self.places.push(self.written);
            self.written += len;
            (at, after_space) = (at + len, false);
        }
        if at > 0 {
            (self.marks.beyond_ascii, self.marks.symbols) = (true, true);
            (self.in_word, self.after_space, self.after_mark) = (false, after_space, false);
        }
        at
    }

    /// Writes so many bytes of ASCII, in lower case.
    #[inline(always)]
    fn write_lower(&mut self, text: &[u8], at: usize, count: usize) {
        // A whole chunk is written in any case, which is faster than to tell how much.
        let chunk = chunk_at(text, at);
        self.make_room();
        if let Some(room) = self.bytes[self.written..].first_chunk_mut() {
            *room = chunk.map(|byte| byte.to_ascii_lowercase());
            self.written += count;
        }
    }

    fn write_byte(&mut self, byte: u8) {
        self.make_room();
        self.bytes[self.written] = byte;
        self.written += 1;
    }

    /// Few characters get longer when they are folded.
    #[inline(always)]
    fn make_room(&mut self) {
        if self.bytes.len() < self.written + CHUNK {
            self.bytes.resize(self.written + 2 * CHUNK, 0);
        }
    }

    /// Takes the character, or the number, at a byte of the text. Returns where it ends.
    fn char(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        if bytes[at] != b' ' {
            self.marks.add(bytes[at]);
        }
        self.after_mark = false;
        match bytes[at] {
            b' ' | b'\t' => {
                self.space();
                at + 1
            }
            b'0'..=b'9' => {
                self.push(b"0");
                let end = number_end(bytes, at);
                bytes[at..end].iter().for_each(|byte| self.marks.add(*byte));
                end
            }
            byte @ 0..=0x7F => {
                self.push(&[byte]);
                at + 1
            }
            _ => {
                let Some(c) = text[at..].chars().next() else { return text.len() };
                self.marks.symbols |= is_beyond_latin(c);
                let folded = match plain_letter(c) {
                    Some(letter) => Char::One(letter),
                    None => fold_char(c, Fold::default()),
                };
                match folded {
                    Char::Nothing => self.marks.hides_words = true,
                    Char::Space => self.space(),
                    Char::Text(text) => self.push(text.as_bytes()),
                    Char::One(c) => {
                        self.marks.hides_words |= c == LONG_S;
                        self.push_char(c);
                    }
                }
                at + c.len_utf8()
            }
        }
    }

    fn space(&mut self) {
        if !self.after_space {
            self.write_byte(b' ');
        }
        (self.after_space, self.in_word) = (true, false);
    }

    /// Writes a character that is no space.
    fn push_char(&mut self, c: char) {
        if c.is_ascii() {
            return self.push(&[c as u8]);
        }
        self.places.push(self.written);
        self.make_room();
        self.written += c.encode_utf8(&mut self.bytes[self.written..]).len();
        (self.in_word, self.after_space) = (false, false);
    }

    /// Writes what is no space.
    fn push(&mut self, folded: &[u8]) {
        for byte in folded {
            let is_word = byte.is_ascii_alphanumeric();
            if !(is_word && self.in_word) && byte & 0xC0 != 0x80 {
                self.places.push(self.written);
            }
            self.write_byte(*byte);
            self.in_word = is_word;
        }
        self.after_space = false;
    }
}

/// The base letters of U+00C0 to U+00FF, as they are folded by default; 0 for what has none.
const LATIN: [u8; 64] = *b"aaaaaa\0ceeeeiiii\0\0ooooo\0\0uuuuy\0\0\
    aaaaaa\0ceeeeiiii\0\0ooooo\0\0uuuuy\0y";

/// What [`plain_letter`] makes of the letters of Greek and Cyrillic whose first byte is CE to D1, by that and
/// the last six bits; zeros for what is none.
static TWO_BYTES: [[[u8; 2]; 64]; 4] = {
    let mut table = [[[0; 2]; 64]; 4];
    let mut code = 0;
    while code < 4 * 64 {
        if let Some(c) = char::from_u32(0x0E * 64 + code)
            && let Some(letter) = plain_letter(c)
        {
            let letter = letter as u32;
            table[code as usize / 64][code as usize % 64] =
                [0xC0 | (letter >> 6) as u8, 0x80 | (letter & 0x3F) as u8];
        }
        code += 1;
    }
    table
};
