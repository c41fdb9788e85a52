//! Folding: text and phrases are compared in a form that forgets what writers and scrapers vary.
//!
//! Case, accents (but not the tilde of ñ, which makes another word), curly quotes, dashes, the
//! ellipsis and the kind and number of spaces go; a run of digits with its separators becomes a
//! single `0`, so that `{n}` in a phrase meets `7` as well as `2,400`. Characters without width
//! go too. Every folded byte remembers where in the original text its character began, so that a
//! match can be given in the original's offsets.

use unicode_normalization::char::decompose_canonical;

use crate::chunk::{CHUNK, Chunk, Chunks, beyond_ascii};
use crate::swar::indent;

/// What is forgotten when a line is compared with a phrase; all of it by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// `NEWSLETTER` equals `newsletter`.
    pub case: bool,
    /// `suscríbete` equals `suscribete`; ñ and n stay apart in the line.
    pub accents: bool,
    /// Runs of spaces of any kind equal one space.
    pub spaces: bool,
    /// Curly quotes equal straight ones, dashes a hyphen, `…` three dots.
    pub quotes: bool,
}

impl Default for Fold {
    fn default() -> Fold {
        Fold { case: true, accents: true, spaces: true, quotes: true }
    }
}

/// Folded text with the way back. Reused from line to line.
#[derive(Default)]
pub(crate) struct Folded {
    /// The folded text, valid UTF-8.
    pub bytes: Vec<u8>,
    /// For each byte of `bytes`, where its character (or run) begins in the original; one entry
    /// more for the end. Filled by [`locate`](Folded::locate) only: most lines never need it. Empty where
    /// nothing has moved.
    origin: Vec<u32>,
    /// Where the text begins in the original.
    base: usize,
    /// What stood in the text; known after [`fill_with_places`](Folded::fill_with_places).
    pub marks: Marks,
}

/// The bytes of a text that are neither letters of ASCII nor plain spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    /// A bit for each character of ASCII.
    ascii: u128,
    /// Whether anything else stands in it.
    pub beyond_ascii: bool,
    /// Whether two marks of ASCII may stand side by side in it.
    pub pairs: bool,
    /// Whether it may hold anything beyond ASCII that is not in the blocks of Latin letters.
    pub symbols: bool,
    /// Whether words may stand in it that do not begin at a place where words do in the folded text, or
    /// are folded to more than one: behind what is folded to nothing, and with a long s. Known after
    /// [`fill_with_places`](Folded::fill_with_places) only.
    pub hides_words: bool,
}

impl Marks {
    pub(crate) fn of(text: &str) -> Marks {
        let mut marks = Marks::default();
        let (chunks, rest) = text.as_bytes().as_chunks();
        for chunk in chunks {
            marks.add_chunk(chunk, u64::MAX);
        }
        if !rest.is_empty() {
            let mut chunk = [0; CHUNK];
            chunk[..rest.len()].copy_from_slice(rest);
            marks.add_chunk(&chunk, u64::MAX >> (CHUNK - rest.len()));
        }
        // Nobody looks.
        (marks.pairs, marks.symbols) = (!text.is_empty(), marks.beyond_ascii);
        marks
    }

    /// Those of a few marks and spaces before what is folded.
    pub(crate) fn before(text: &str) -> Marks {
        let mut marks = Marks::default();
        let mut after_mark = false;
        for byte in text[indent(text.as_bytes())..].bytes() {
            let is_mark = byte != b' ' && !byte.is_ascii_alphabetic();
            if is_mark {
                marks.add(byte);
            }
            marks.pairs |= is_mark && after_mark;
            after_mark = is_mark;
        }
        // What is folded may begin with one.
        marks.pairs |= after_mark;
        marks.symbols = marks.beyond_ascii;
        marks
    }

    /// Adds the marks among the bytes of a chunk that a mask names.
    fn add_chunk(&mut self, chunk: &[u8; CHUNK], mask: u64) {
        let Chunk { letters, spaces, .. } = Chunk::of_all(chunk);
        let beyond_ascii = beyond_ascii(chunk);
        self.beyond_ascii |= beyond_ascii != 0;
        self.add_all(chunk, mask & !(letters | spaces | beyond_ascii));
    }

    /// Adds the bytes of a chunk that a mask names.
    #[inline]
    fn add_all(&mut self, bytes: &[u8], mut mask: u64) {
        while mask != 0 {
            self.add(bytes[mask.trailing_zeros() as usize]);
            mask &= mask - 1;
        }
    }

    #[inline]
    fn add(&mut self, byte: u8) {
        match byte {
            0..=0x7F => self.ascii |= 1 << byte,
            _ => self.beyond_ascii = true,
        }
    }

    /// Those of both.
    pub(crate) fn and(self, other: Marks) -> Marks {
        Marks {
            ascii: self.ascii | other.ascii,
            beyond_ascii: self.beyond_ascii || other.beyond_ascii,
            pairs: self.pairs || other.pairs,
            symbols: self.symbols || other.symbols,
            hides_words: self.hides_words || other.hides_words,
        }
    }

    /// Those of ASCII, once each.
    pub(crate) fn ascii(self) -> impl Iterator<Item = u8> {
        let mut left = self.ascii;
        std::iter::from_fn(move || {
            let byte = (left != 0).then(|| left.trailing_zeros() as u8)?;
            left &= left - 1;
            Some(byte)
        })
    }
}

/// Whether runs of digits become `0`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digits {
    Any,
    AsWritten,
}

impl Folded {
    /// Folds `text` in place of what was held.
    pub(crate) fn fill(&mut self, text: &str, how: Fold, digits: Digits) {
        self.origin.clear();
        if how == Fold::default() && digits == Digits::Any {
            Folding::new(&mut self.bytes, &mut (), false).run(text);
            return;
        }
        self.bytes.clear();
        self.bytes.reserve(text.len());
        fold(text, how, digits, &mut self.bytes);
    }

    /// Folds `text` as phrases are, and finds the places where a phrase may begin: behind what is no
    /// letter, and at signs. Letters beyond ASCII are taken for none here; patterns look at the
    /// boundary again. `in_word` says that the text goes on with a word, which is no beginning.
    pub(crate) fn fill_with_places(&mut self, text: &str, in_word: bool, places: &mut Places) {
        self.origin.clear();
        places.clear(text.len());
        self.marks = Folding::new(&mut self.bytes, places, in_word).run(text);
    }

    /// Works out the way back for the text that was folded last, which begins at byte `base` of
    /// the original.
    pub(crate) fn locate(&mut self, text: &str, base: usize, how: Fold, digits: Digits) {
        self.origin.clear();
        self.base = base;
        // Folding shortens ASCII or leaves every byte where it was.
        if text.len() == self.bytes.len() && text.is_ascii() {
            return;
        }
        fold(text, how, digits, &mut Origins { origin: &mut self.origin, base });
        self.origin.push((base + text.len()) as u32);
    }

    /// The character that ends before byte `at` of the folded text.
    pub(crate) fn char_before(&self, at: usize) -> Option<char> {
        let mut start = at.checked_sub(1)?;
        while start > 0 && self.bytes[start] & 0xC0 == 0x80 {
            start -= 1;
        }
        decode(&self.bytes[start..at])
    }

    /// The character that begins at byte `at` of the folded text.
    pub(crate) fn char_at(&self, at: usize) -> Option<char> {
        let rest = self.bytes.get(at..)?;
        decode(&rest[..rest.len().min(4)])
    }

    /// Where folded byte `at` (or the end) lies in the original, once located.
    pub(crate) fn original(&self, at: usize) -> usize {
        self.origin.get(at).map_or(self.base + at, |origin| *origin as usize)
    }
}

/// Places in a folded text, in order; a buffer that is used from line to line.
#[derive(Default)]
pub(crate) struct Places {
    /// Longer than the places that are held.
    room: Vec<u32>,
    held: usize,
}

impl Places {
    pub(crate) fn all(&self) -> &[u32] {
        &self.room[..self.held]
    }

    /// Forgets the places, and makes room for those of a text of so many bytes.
    fn clear(&mut self, bytes: usize) {
        self.held = 0;
        self.make_room(bytes);
    }

    fn make_room(&mut self, places: usize) {
        let needed = self.held + places + CHUNK;
        if self.room.len() < needed {
            self.room.resize(needed, 0);
        }
    }
}

/// Takes the places where a phrase may begin, in order.
trait TakePlaces {
    fn push(&mut self, place: usize);

    /// Adds the places of the bits of a mask, the lowest of which stands for `from`.
    fn push_mask(&mut self, from: usize, mask: u64);
}

/// Where places do not matter.
impl TakePlaces for () {
    fn push(&mut self, _: usize) {}

    fn push_mask(&mut self, _: usize, _: u64) {}
}

impl TakePlaces for Places {
    #[inline]
    fn push(&mut self, place: usize) {
        if self.room.len() == self.held {
            self.make_room(CHUNK);
        }
        self.room[self.held] = place as u32;
        self.held += 1;
    }

    /// Four are written at a time, because processors never expect how many there are.
    #[inline(always)]
    fn push_mask(&mut self, from: usize, mut mask: u64) {
        if self.room.len() < self.held + CHUNK {
            self.make_room(CHUNK);
        }
        let Some(room) = self.room.get_mut(self.held..self.held + CHUNK) else { return };
        self.held += mask.count_ones() as usize;
        for four in room.as_chunks_mut::<4>().0 {
            for place in four {
                *place = (from + mask.trailing_zeros() as usize) as u32;
                mask &= mask.wrapping_sub(1);
            }
            if mask == 0 {
                break;
            }
        }
    }
}

/// A text on its way to be folded as phrases are.
struct Folding<'f, P> {
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
}

impl<'f, P: TakePlaces> Folding<'f, P> {
    fn new(bytes: &'f mut Vec<u8>, places: &'f mut P, in_word: bool) -> Folding<'f, P> {
        Folding {
            bytes,
            written: 0,
            places,
            in_word,
            after_space: false,
            after_mark: false,
            marks: Marks::default(),
        }
    }

    fn run(mut self, text: &str) -> Marks {
        let bytes = text.as_bytes();
        self.bytes.resize(bytes.len() + CHUNK, 0);
        let mut chunks = Chunks::of(bytes);
        let mut at = 0;
        while at < bytes.len() {
            match self.plain(&bytes[at..], chunks.from(bytes, at)) {
                0 => at = self.others(text, at),
                plain => at += plain,
            }
        }
        self.bytes.truncate(self.written);
        self.marks
    }

    /// Takes what the text begins with that is plain: ASCII without digits and controls, no second
    /// space. Returns its length.
    #[inline]
    fn plain(&mut self, bytes: &[u8], chunk: Chunk) -> usize {
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
        self.marks.add_all(bytes, marks);
        self.places.push_mask(self.written, begins);
        self.write_lower(bytes, plain);
        self.in_word = letters >> (plain - 1) & 1 != 0;
        self.after_space = spaces >> (plain - 1) & 1 != 0;
        plain
    }

    /// Takes what stands at a byte of the text and is not plain. Returns where it ends.
    #[inline]
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
    #[inline]
    fn write_lower(&mut self, bytes: &[u8], count: usize) {
        // A whole chunk is written in any case, which is faster than to tell how much.
        let mut chunk = [0; CHUNK];
        match bytes.first_chunk() {
            Some(bytes) => chunk = *bytes,
            None => chunk[..count].copy_from_slice(&bytes[..count]),
        }
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
    #[inline]
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

/// Takes the folded text as it comes, with the place where each character or run begins.
trait Sink {
    fn byte(&mut self, byte: u8, start: usize);

    fn text(&mut self, text: &str, start: usize) {
        text.bytes().for_each(|byte| self.byte(byte, start));
    }
}

impl Sink for Vec<u8> {
    fn byte(&mut self, byte: u8, _: usize) {
        self.push(byte);
    }
}

struct Origins<'o> {
    origin: &'o mut Vec<u32>,
    base: usize,
}

impl Sink for Origins<'_> {
    fn byte(&mut self, _: u8, start: usize) {
        // Lines are at most 64 KiB; longer text would only lose its offsets.
        self.origin.push((self.base + start) as u32);
    }
}

/// The lower case of plain ASCII: all but digits and tabs; 0 for what needs a look.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 1;
    while byte < 128 {
        if !matches!(byte as u8, b'0'..=b'9' | b'\t') {
            plain[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

fn fold(text: &str, how: Fold, digits: Digits, sink: &mut impl Sink) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut after_space = false;
    while let Some(byte) = bytes.get(at).copied() {
        let start = at;
        at += 1;
        let plain = PLAIN[usize::from(byte)];
        // A second space is what makes this fail in plain text; a single one goes the fast way.
        if plain != 0 && !(byte == b' ' && after_space) {
            sink.byte(if how.case { plain } else { byte }, start);
            after_space = byte == b' ' && how.spaces;
            continue;
        }
        let is_space = match byte {
            b' ' | b'\t' if how.spaces => true,
            b'0'..=b'9' if digits == Digits::Any => {
                at = number_end(bytes, start);
                sink.byte(b'0', start);
                false
            }
            0..=0x7F => {
                sink.byte(byte, start);
                false
            }
            _ => {
                let Some(c) = text[start..].chars().next() else { break };
                at = start + c.len_utf8();
                match fold_char(c, how) {
                    Char::Nothing => continue,
                    Char::Space => true,
                    Char::Text(text) => {
                        sink.text(text, start);
                        false
                    }
                    Char::One(c) => {
                        sink.text(c.encode_utf8(&mut [0; 4]), start);
                        false
                    }
                }
            }
        };
        if is_space && !after_space {
            sink.byte(b' ', start);
        }
        after_space = is_space;
    }
}

/// Whether a character beyond ASCII counts for [`Marks::symbols`].
pub(super) fn is_beyond_latin(c: char) -> bool {
    !('\u{C0}'..='\u{24F}').contains(&c)
}

/// Another writing of s, as which it counts for regular expressions that ignore case.
pub(super) const LONG_S: char = '\u{17F}';

/// What becomes of a character beyond ASCII.
enum Char {
    Nothing,
    Space,
    Text(&'static str),
    One(char),
}

/// What a letter of the scripts next to Latin is folded to by default, as [`fold_char`] has it too. Of the
/// letters with case, capitals and only they become another letter.
pub(crate) const fn plain_letter(c: char) -> Option<char> {
    let moved = match c {
        '\u{430}'..='\u{45F}' | '\u{3B1}'..='\u{3C9}' => 0,
        '\u{410}'..='\u{42F}' | '\u{391}'..='\u{3A1}' | '\u{3A3}'..='\u{3A9}' => 0x20,
        '\u{400}'..='\u{40F}' => 0x50,
        // Letters without case: kana, ideographs, hangul.
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' => 0,
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => 0,
        _ => return None,
    };
    char::from_u32(c as u32 + moved)
}

fn fold_char(c: char, how: Fold) -> Char {
    match c {
        // Without width: soft hyphen, zero-width space and joiners, variation selectors, byte
        // order mark.
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => {
            return Char::Nothing;
        }
        '\u{300}'..='\u{36F}' if how.accents => return Char::Nothing,
        _ if how.spaces && c.is_whitespace() => return Char::Space,
        '\u{2018}'..='\u{201B}' | '\u{B4}' if how.quotes => return Char::Text("'"),
        '\u{201C}'..='\u{201F}' if how.quotes => return Char::Text("\""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' if how.quotes => return Char::Text("-"),
        '\u{2026}' if how.quotes => return Char::Text("..."),
        _ => {}
    }
    let c = if how.case { lower(c) } else { c };
    Char::One(if how.accents { without_accent(c) } else { c })
}

/// The letter that a character is folded to, by default; `None` for what is folded to something
/// else, or together with what stands beside it.
pub(super) fn letter(c: char) -> Option<char> {
    match fold_char(c, Fold::default()) {
        // Marks before a line are not folded with it, though some show letters.
        Char::One(letter) if letter.is_alphabetic() && !is_leading_mark(c) => Some(letter),
        _ => None,
    }
}

/// The first character of bytes that begin with a whole one.
fn decode(bytes: &[u8]) -> Option<char> {
    let first = *bytes.first()?;
    let len = match first {
        0..=0x7F => return Some(first as char),
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    };
    std::str::from_utf8(bytes.get(..len)?).ok()?.chars().next()
}

/// Folds a short text that is kept: a phrase, or a piece of one.
pub(crate) fn folded(text: &str, how: Fold, digits: Digits) -> Vec<u8> {
    let mut folded = Folded::default();
    folded.fill(text, how, digits);
    folded.bytes
}

/// The end of the number at `at`: digits, with single separators between digits.
pub(super) fn number_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        let separated =
            matches!(bytes[at], b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !bytes[at].is_ascii_digit() && !separated {
            break;
        }
        at += 1;
    }
    at
}

fn lower(c: char) -> char {
    // The letters of Spanish and its neighbours without a table.
    match c {
        '\u{DF}'..='\u{FF}' => return c,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{DE}' => {
            return char::from_u32(c as u32 + 0x20).unwrap_or(c);
        }
        _ => {}
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The base letter of an accented Latin one; ñ stays as it is.
pub(crate) fn without_accent(c: char) -> char {
    match c {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' | 'Ñ' => c,
        // Latin-1 and Latin Extended-A.
        '\u{C0}'..='\u{17F}' => {
            let mut base = None;
            decompose_canonical(c, |part| {
                base.get_or_insert(part);
            });
            base.unwrap_or(c)
        }
        _ => c,
    }
}

/// How many bytes of marks stand before the first thing that is said: white space, bullets,
/// arrows, emoji, opening brackets and exclamation marks. Quotation marks and the dash of a
/// dialogue are no marks: what follows them is somebody's speech.
pub(crate) fn leading_marks(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut at = indent(bytes);
    // Most lines begin with a letter of ASCII, and need no characters.
    while let Some(marks) = bytes.get(at).and_then(|byte| ASCII_MARKS.get(usize::from(*byte))) {
        if marks & LEADING == 0 {
            return at;
        }
        at += 1;
    }
    line.len() - line[at..].trim_start_matches(is_leading_mark).len()
}

/// The characters of ASCII that are leading marks, and trailing ones.
static ASCII_MARKS: [u8; 128] = {
    let mut marks = [0; 128];
    let mut byte = 0;
    while byte < marks.len() {
        marks[byte] = match byte as u8 {
            b' ' | b'\t'..=b'\r' | b'-' | b'*' | b'>' | b'#' | b'~' | b'+' | b'!' => {
                LEADING | TRAILING
            }
            b'=' | b'[' | b'(' => LEADING,
            b':' | b'.' | b'?' | b'|' | b')' | b']' => TRAILING,
            _ => 0,
        };
        byte += 1;
    }
    marks
};
const LEADING: u8 = 1;
const TRAILING: u8 = 2;

fn is_leading_mark(c: char) -> bool {
    match c {
        '\0'..='\x7F' => ASCII_MARKS[c as usize] & LEADING != 0,
        '\u{A1}' | '\u{BF}' | '\u{B7}' | '\u{2013}' | '\u{203A}' | '\u{BB}' => true,
        _ => is_symbol(c),
    }
}

/// Whether the rest of a line says nothing more: closing punctuation, arrows, emoji.
///
/// A comma, a semicolon and an equals sign say that more comes: a wrapped sentence, a verse, code.
pub(crate) fn is_only_marks(rest: &str) -> bool {
    rest.chars().all(is_trailing_mark)
}

/// The line without the marks at its end.
pub(crate) fn without_trailing_marks(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while let Some(byte) = bytes[..end].last()
        && let Some(marks) = ASCII_MARKS.get(usize::from(*byte))
    {
        if marks & TRAILING == 0 {
            return &text[..end];
        }
        end -= 1;
    }
    text[..end].trim_end_matches(is_trailing_mark)
}

fn is_trailing_mark(c: char) -> bool {
    match c {
        '\0'..='\x7F' => ASCII_MARKS[c as usize] & TRAILING != 0,
        '\u{BB}' | '\u{203A}' | '\u{2026}' | '\u{B7}' | '\u{2013}' => true,
        _ => is_symbol(c),
    }
}

/// White space, characters without width, arrows, box and dingbat symbols, emoji.
fn is_symbol(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE0F}' | '\u{FEFF}'
            | '\u{2020}'..='\u{2023}'
            | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2500}'..='\u{27BF}'
            | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> String {
        String::from_utf8(folded(text, Fold::default(), Digits::Any)).expect("folds to UTF-8")
    }

    #[test]
    fn what_writers_and_scrapers_vary_is_forgotten() {
        for (text, want) in [
            ("SUSCRÍBETE", "suscribete"),
            ("Suscri\u{301}bete", "suscribete"),
            ("Señor Año", "señor año"),
            ("Żółć Čas", "zołc cas"),
            ("“Type\u{a0} your  email…”", "\"type your email...\""),
            ("don’t – do", "don't - do"),
            ("2,400 y 2.400 y 7", "0 y 0 y 0"),
            ("1. Uno", "0. uno"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("Ελλάδα", "ελλάδα"),
            ("", ""),
        ] {
            assert_eq!(fold(text), want, "{text}");
        }
    }

    /// Where a phrase may begin, byte by byte.
    fn plain_places(folded: &[u8], in_word: bool) -> Vec<u32> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric();
        let before = std::iter::once(in_word).chain(folded.iter().map(|byte| is_word(*byte)));
        let begins = |(after_word, byte): (bool, &u8)| {
            !(after_word && is_word(*byte)) && *byte != b' ' && byte & 0xC0 != 0x80
        };
        before
            .zip(folded)
            .map(begins)
            .zip(0..)
            .filter(|(begins, _)| *begins)
            .map(|(_, at)| at)
            .collect()
    }

    #[track_caller]
    fn both_ways(text: &str, in_word: bool) {
        let (mut fast, mut places) = (Folded::default(), Places::default());
        fast.fill_with_places(text, in_word, &mut places);
        let mut plain = Vec::new();
        super::fold(text, Fold::default(), Digits::Any, &mut plain);
        assert_eq!(fast.bytes, plain, "{text:?}");
        assert_eq!(places.all(), plain_places(&plain, in_word), "{text:?}");
        let marks = Marks::of(text);
        assert_eq!(fast.marks.ascii, marks.ascii, "{text:?}");
        assert_eq!(fast.marks.beyond_ascii, marks.beyond_ascii, "{text:?}");
        let pair = text.as_bytes().windows(2).any(|two| two.iter().all(u8::is_ascii_punctuation));
        // A full stop within a number is none to the folding.
        let in_number = text.contains(|c: char| c.is_ascii_digit());
        assert!(fast.marks.pairs >= pair || in_number, "{text:?}");
    }

    #[test]
    fn what_words_and_signs_may_hide_in_is_told() {
        let marks = |text: &str| {
            let mut folded = Folded::default();
            folded.fill_with_places(text, false, &mut Places::default());
            let Marks { pairs, symbols, hides_words, .. } = folded.marks;
            [pairs, symbols, hides_words]
        };
        for (text, expected) in [
            ("The end. - Año (1.5), a", [true, false, false]),
            ("The end. - Año (1.5) a", [false, false, false]),
            ("and so on…", [false, true, false]),
            ("and so on...", [true, false, false]),
            ("x {{", [true, false, false]),
            ("a\u{301}b", [false, true, true]),
            ("whatſapp", [false, false, true]),
            ("tele\u{200b}gram", [false, true, true]),
        ] {
            assert_eq!(marks(text), expected, "{text:?}");
        }
        // Where blocks meet.
        for before in 0..140 {
            assert!(marks(&format!("{}{{{{ x }}", "a ".repeat(before)))[0], "{before}");
            assert!(marks(&format!("{}a{{% x", "9 ".repeat(before)))[0], "{before}");
        }
    }

    #[test]
    fn marks_before_a_line_are_those_of_it() {
        for (text, pairs) in [
            ("", false),
            ("  * ", false),
            ("  *", true),
            ("[[ ", true),
            ("» ", true),
            ("\u{a0}", true),
            ("- - ", false),
        ] {
            let (before, all) = (Marks::before(text), Marks::of(text));
            assert_eq!(
                (before.ascii, before.beyond_ascii),
                (all.ascii, all.beyond_ascii),
                "{text}"
            );
            assert_eq!(before.pairs, pairs, "{text}");
        }
    }

    #[test]
    fn letters_of_other_scripts_fold_the_same_both_ways() {
        for c in ('\u{370}'..='\u{52F}').chain('\u{3040}'..='\u{30FF}').chain("一鿿가힣".chars())
        {
            if let Some(letter) = plain_letter(c) {
                let Char::One(folded) = fold_char(c, Fold::default()) else { panic!("{c}") };
                assert_eq!(letter, folded, "{c}");
                assert_eq!(super::letter(c), Some(letter), "{c}");
            }
            both_ways(&format!("{c} a{c}{c}b ({c})"), false);
        }
    }

    #[test]
    fn marks_at_both_ends_of_a_line_are_told_from_letters() {
        for (line, within) in [
            ("* » (Leer más) »:", "Leer más"),
            ("\t- 12% off!", "12% off"),
            ("“No.”", "“No.”"),
            ("\u{a0}\u{200b}#tag ~\u{1F600}.", "tag"),
            ("***", ""),
            ("Ñandú", "Ñandú"),
        ] {
            assert_eq!(without_trailing_marks(&line[leading_marks(line)..]), within);
        }
        for c in '\0'..='\x7F' {
            let is_leading = c.is_whitespace() || "-*>#~=+[(!".contains(c);
            assert_eq!(leading_marks(&format!("{c}a")) > 0, is_leading, "{c:?}");
            let is_trailing = c.is_whitespace() || ":.!?*>|-+)]~#".contains(c);
            assert_eq!(without_trailing_marks(&format!("a{c}")) == "a", is_trailing, "{c:?}");
        }
    }

    #[test]
    fn letters_with_accents_fold_the_same_both_ways() {
        for c in '\u{80}'..='\u{24F}' {
            both_ways(&format!("{c} a{c}{c}b ({c})"), false);
        }
        for c in "\u{300}\u{200b}\u{a0}…“—\u{2003}\u{ad}ⱥȺİ\u{1F600}\0\u{7f}\u{85}中".chars()
        {
            both_ways(&format!("{c}a {c} {c}{c}b"), true);
        }
    }

    #[test]
    fn what_is_plain_may_end_anywhere_in_a_block() {
        for before in 0..40 {
            for text in ["  two", " 2,400 x", "é", "\t", "", ", ", "… a"] {
                both_ways(&format!("{}{text}Tail", "aB ".repeat(before)), before % 2 == 0);
                both_ways(&format!("{}{text}", "!".repeat(before)), before % 2 == 0);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn blocks_fold_as_characters_do(
            text in "\\PC{0,60}|[a-zA-Z ,.]{0,80}|([A-Za-z]{1,9}|  ?|[0-9]{1,3}[.,]?|[ñáÉü…“’]|\t){0,30}|\
                    ([α-ωΑ-Ωέ]{1,5}|[а-яёА-ЯЁЂ]{1,5}|[一-龥가-힣ぁ-ヿ]{1,3}|[a-zé0-9]{1,2}|  ?|[.,«»—]|\u{300}|\u{a0}){0,30}",
            in_word in proptest::bool::ANY,
        ) {
            both_ways(&text, in_word);
        }
    }

    #[test]
    fn a_fold_that_is_switched_off_leaves_the_text() {
        let how = Fold { case: false, accents: false, spaces: false, quotes: false };
        let text = "Él  dijo “SÍ”…";
        assert_eq!(folded(text, how, Digits::AsWritten), text.as_bytes());
    }

    #[test]
    fn every_folded_byte_knows_its_character() {
        let text = "¡Año  2,400… fin";
        let mut folded = Folded::default();
        folded.fill(text, Fold::default(), Digits::Any);
        folded.locate(text, 0, Fold::default(), Digits::Any);
        let at = folded.bytes.windows(3).position(|three| three == b"fin").expect("fin is there");
        assert_eq!(&text[folded.original(at)..folded.original(at + 3)], "fin");
        let number = folded.bytes.iter().position(|byte| *byte == b'0').expect("a number");
        assert_eq!(&text[folded.original(number)..folded.original(number + 1)], "2,400");
    }

    #[test]
    fn no_mark_is_folded_to_a_letter_or_digit() {
        for mark in (char::MIN..=char::MAX).filter(|c| is_trailing_mark(*c)) {
            let folded = folded(mark.encode_utf8(&mut [0; 4]), Fold::default(), Digits::Any);
            assert!(!folded.iter().any(u8::is_ascii_alphanumeric), "{mark:?}");
        }
    }

    #[test]
    fn bullets_arrows_and_emoji_are_marks_and_speech_is_not() {
        for (line, rest) in [
            ("📌\u{a0}Read also: X", "Read also: X"),
            ("- » ¡Comparte!", "Comparte!"),
            ("▶️ Watch", "Watch"),
            ("—Leave a reply", "—Leave a reply"),
            ("\"Leave a reply\"", "\"Leave a reply\""),
            ("1. Subscribe", "1. Subscribe"),
            ("| Plan | Price |", "| Plan | Price |"),
        ] {
            assert_eq!(&line[leading_marks(line)..], rest, "{line}");
        }
        assert!(is_only_marks(" » → !*"));
        assert!(!is_only_marks(" »a"));
    }
}
