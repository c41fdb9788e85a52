//! One walk over a line: its measures and its words.
//!
//! Facts, the line model and the text score all ask for the same things: letters, words, sentence
//! ends, signs, and the words in a form that forgets case, accents and numbers. So a line is walked
//! once. Where 64 bytes hold nothing but words of ASCII letters, spaces and marks, which is most
//! everywhere, the words and marks are found in masks of all of them; everything else goes
//! character by character. Both ways give the same answer, which a property test holds them to.

use std::sync::LazyLock;

use crate::chunk::{CHUNK, Chunk, Chunks};
use crate::facts::Facts;
use crate::hash::{SEED, fold_in};
use crate::rules::without_accent;
use crate::swar::{CASE, eight_at, low_bytes};

/// What a line is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LineScan {
    pub facts: Facts,
    /// Characters, white space inside the line among them.
    pub chars: u32,
    /// Letters in halves; an ideograph counts as three.
    pub half_letters: u32,
    pub digits: u32,
    /// Signs that stand in code: braces, angle brackets, `=`, `;` and the like.
    pub code: u32,
    pub commas: u32,
    pub first: First,
    /// A bit for each of [`SIGNS`] that stands in the line.
    pub signs: u16,
}

/// What a line begins with, marks left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum First {
    #[default]
    Other,
    Upper,
    Lower,
    Digit,
}

/// Signs that are looked for, in the order of their bits.
pub(crate) const SIGNS: [&str; 12] = ["|", "@", "://", "©", "»", "→", "·", "…", "%", "$", "#", "["];

/// A word, folded: lower case, no accents, a run of digits as one `0`; an ideograph is a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word {
    /// Equal for equal words, on every machine.
    pub hash: u32,
    /// Letters and digits.
    pub chars: u32,
    /// Whether it begins with a capital.
    pub is_capital: bool,
    pub is_ideograph: bool,
}

/// Takes the words of a line as they come.
pub(crate) trait TakeWords {
    fn take(&mut self, words: &[Word]);
}

/// Where words do not matter.
impl TakeWords for () {
    fn take(&mut self, _: &[Word]) {}
}

impl LineScan {
    /// Walks over a line, white space round it left aside.
    pub(crate) fn of(line: &str, words: &mut impl TakeWords) -> LineScan {
        let mut walk = Walk::new(line.trim(), words);
        while walk.at < walk.text.len() {
            if walk.word.chars > 0 || !(walk.plain() || walk.latin_word()) {
                walk.char();
            }
        }
        walk.finish()
    }
}

/// The bits of [`ASCII`].
mod class {
    pub const SPACE: u16 = 1;
    pub const LETTER: u16 = 1 << 1;
    pub const DIGIT: u16 = 1 << 2;
    /// Ends a sentence before a space.
    pub const END: u16 = 1 << 3;
    /// May stand between the end of a sentence and the space.
    pub const CLOSING: u16 = 1 << 4;
    pub const APOSTROPHE: u16 = 1 << 5;
    pub const HYPHEN: u16 = 1 << 6;
    pub const CODE: u16 = 1 << 7;
    pub const COMMA: u16 = 1 << 8;
    /// The number of a sign from here on, from 1.
    pub const SIGN: u32 = 9;
}

/// What each character of ASCII is.
static ASCII: [u16; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = match c {
            b' ' | b'\t'..=b'\r' => class::SPACE,
            b'a'..=b'z' | b'A'..=b'Z' => class::LETTER,
            b'0'..=b'9' => class::DIGIT,
            b'.' | b'!' | b'?' => class::END,
            b'\'' => class::CLOSING | class::APOSTROPHE,
            _ if is_closing(c as char) => class::CLOSING,
            b'-' => class::HYPHEN,
            b',' => class::COMMA,
            _ => 0,
        };
        if let b'{' | b'}' | b'<' | b'>' | b'=' | b';' | b'\\' | b'_' | b'$' | b'#' | b'`' | b'|' =
            c
        {
            table[byte] |= class::CODE;
        }
        let mut sign = 0;
        while sign < SIGNS.len() {
            let bytes = SIGNS[sign].as_bytes();
            if bytes.len() == 1 && bytes[0] == c {
                table[byte] |= (1 + sign as u16) << class::SIGN;
            }
            sign += 1;
        }
        byte += 1;
    }
    table
};

/// The walk over one line.
struct Walk<'t, W> {
    text: &'t str,
    at: usize,
    words: &'t mut W,
    scan: LineScan,
    chunks: Chunks,
    /// The word that is read character by character, if one is.
    word: OpenWord,
    /// Half letters as facts count them: an ideograph has five.
    wide_half_letters: u32,
    in_word: bool,
    after_end: bool,
    after_wide_end: bool,
    /// Whether no letter has come yet, and neither letter nor digit.
    before_letter: bool,
    before_word: bool,
}

/// A word that is read character by character.
#[derive(Default)]
struct OpenWord {
    hash: WordHash,
    chars: u32,
    is_capital: bool,
    after_digit: bool,
}

/// The hash of a word, eight folded bytes at a time.
#[derive(Clone, Copy)]
struct WordHash {
    sum: u64,
    /// Bytes that wait, the first one lowest, and how many bits they take.
    open: u64,
    bits: u32,
}

impl Default for WordHash {
    fn default() -> WordHash {
        WordHash { sum: SEED, open: 0, bits: 0 }
    }
}

impl WordHash {
    fn add(&mut self, c: char) {
        let mut bytes = [0; 4];
        c.encode_utf8(&mut bytes).bytes().for_each(|byte| self.add_byte(byte));
    }

    #[inline]
    fn add_byte(&mut self, byte: u8) {
        self.open |= u64::from(byte) << self.bits;
        self.bits += 8;
        if self.bits == 64 {
            self.sum = fold_in(self.sum, self.open);
            (self.open, self.bits) = (0, 0);
        }
    }

    fn value(self) -> u32 {
        halved(if self.bits > 0 { fold_in(self.sum, self.open) } else { self.sum })
    }
}

/// How many letters stand right before a place in the mask of letters.
#[inline(always)]
fn letters_before(letters: u64, at: usize) -> usize {
    // Places from 1 to 64 are moved to the top.
    match at {
        0 => 0,
        _ => (!(letters << (CHUNK - at))).leading_zeros() as usize,
    }
}

/// The hash of a word whose bytes were all mixed in.
#[inline]
fn halved(sum: u64) -> u32 {
    (sum ^ sum >> 32) as u32
}

impl<'t, W: TakeWords> Walk<'t, W> {
    fn new(text: &'t str, words: &'t mut W) -> Walk<'t, W> {
        Walk {
            text,
            at: 0,
            words,
            scan: LineScan::default(),
            chunks: Chunks::of(text.as_bytes()),
            word: OpenWord::default(),
            wide_half_letters: 0,
            in_word: false,
            after_end: false,
            after_wide_end: false,
            before_letter: true,
            before_word: true,
        }
    }

    /// Takes the words, spaces and marks of ASCII that stand here, unless a word of them touches
    /// anything else. Returns whether there are any.
    #[inline]
    fn plain(&mut self) -> bool {
        if self.after_wide_end {
            return false;
        }
        let bytes = self.text.as_bytes();
        let Chunk { letters, spaces, apostrophes, others } = self.chunks.from(bytes, self.at);
        // At most a chunk.
        let plain = (apostrophes | others).trailing_zeros() as usize;
        let is_end = self.at + plain == bytes.len();
        let count = plain - if is_end { 0 } else { letters_before(letters, plain) };
        if count == 0 {
            return false;
        }
        let here = u64::MAX >> (CHUNK - count);
        self.take_plain(letters & here, spaces & here, here, count);
        true
    }

    /// Takes so many bytes, of which some are letters, some spaces, and all others `here` marks.
    #[inline]
    fn take_plain(&mut self, letters: u64, spaces: u64, here: u64, count: usize) {
        let bytes = &self.text.as_bytes()[self.at..];
        let starts = letters & !(letters << 1);
        let marks = here & !(letters | spaces);
        if marks & 1 == 0 {
            self.scan.facts.sentences += u32::from(self.after_end) & (spaces & 1) as u32;
            self.after_end = false;
        }
        let joins = if marks == 0 { 0 } else { self.plain_marks(bytes, letters, spaces, marks) };
        self.after_end &= marks >> (count - 1) != 0;
        let joined = starts & (joins << 1 | u64::from(self.in_word));
        self.in_word = (letters | joins) >> (count - 1) != 0;
        self.scan.facts.words += starts.count_ones() - joined.count_ones();
        let letter_count = letters.count_ones();
        self.scan.half_letters += 2 * letter_count;
        self.wide_half_letters += 2 * letter_count;
        self.scan.chars += count as u32;
        self.scan.facts.chars += count as u32 - spaces.count_ones();
        if starts != 0 {
            self.plain_words(bytes, letters, starts);
        }
        self.at += count;
    }

    /// Takes the words of ASCII letters that start in some places.
    #[inline]
    fn plain_words(&mut self, bytes: &[u8], letters: u64, mut starts: u64) {
        let mut words = [Word::default(); CHUNK / 2];
        let mut count = 0;
        for word in &mut words {
            let at = starts.trailing_zeros() as usize;
            let len = (!(letters >> at)).trailing_zeros() as usize;
            let first = eight_at(bytes, at);
            let mut sum = fold_in(SEED, (first | CASE) & low_bytes(len));
            for more in (8..len).step_by(8) {
                sum = fold_in(sum, (eight_at(bytes, at + more) | CASE) & low_bytes(len - more));
            }
            let is_capital = first & 0x20 == 0;
            *word = Word { hash: halved(sum), chars: len as u32, is_capital, is_ideograph: false };
            count += 1;
            starts &= starts - 1;
            if starts == 0 {
                break;
            }
        }
        self.first_of_letters(words[0].is_capital);
        self.words.take(&words[..count]);
    }

    /// Takes the marks of ASCII that stand in some places. Returns those that join words.
    fn plain_marks(&mut self, bytes: &[u8], letters: u64, spaces: u64, mut marks: u64) -> u64 {
        let mut joins = 0;
        let mut behind = 0;
        let mut in_word = self.in_word;
        while marks != 0 {
            let at = marks.trailing_zeros();
            marks &= marks - 1;
            if at != behind {
                // A letter or a space stands between this mark and the one before.
                self.after_end = false;
                in_word = letters >> (at - 1) & 1 != 0;
            }
            behind = at + 1;
            let rest = &bytes[at as usize..];
            let class = ASCII[usize::from(rest[0] & 0x7F)];
            self.mark_of_class(class, rest.starts_with(b"://"));
            let is_closing = class & class::CLOSING != 0;
            self.after_end = class & class::END != 0 || self.after_end && is_closing;
            in_word &= class & class::HYPHEN != 0;
            joins |= u64::from(in_word) << at;
            if spaces >> at >> 1 & 1 != 0 {
                self.scan.facts.sentences += u32::from(self.after_end);
                self.after_end = false;
            }
        }
        joins
    }

    /// Takes the word that begins here, if it is one of letters of ASCII and such letters with an
    /// accent, of two bytes, and touches nothing else but ASCII that ends it.
    fn latin_word(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let mut hash = WordHash::default();
        let (mut end, mut letters, mut is_capital) = (self.at, 0_u32, false);
        loop {
            let (folded, is_upper, len) = match bytes.get(end..).unwrap_or_default() {
                [byte, ..] if byte.is_ascii_alphabetic() => {
                    (byte | 0x20, byte.is_ascii_uppercase(), 1)
                }
                [0xC3, trail, ..] => match latin(char::from(0xC0 | trail & 0x3F)) {
                    Some(Accented { folded, is_upper }) if folded.is_ascii() => {
                        (folded as u8, is_upper, 2)
                    }
                    _ => return false,
                },
                [b'\'' | b'0'..=b'9' | 0x80.., ..] => return false,
                _ => break,
            };
            hash.add_byte(folded);
            is_capital |= is_upper & (letters == 0);
            letters += 1;
            end += len;
        }
        if letters == 0 {
            return false;
        }
        self.first_of_letters(is_capital);
        let facts = &mut self.scan.facts;
        facts.chars += letters;
        facts.words += u32::from(!self.in_word);
        facts.sentences += u32::from(self.after_wide_end);
        (self.in_word, self.after_end, self.after_wide_end) = (true, false, false);
        self.scan.half_letters += 2 * letters;
        self.wide_half_letters += 2 * letters;
        self.scan.chars += letters;
        self.words.take(&[Word {
            hash: hash.value(),
            chars: letters,
            is_capital,
            is_ideograph: false,
        }]);
        self.at = end;
        true
    }

    /// Counts a mark by its class.
    #[inline]
    fn mark_of_class(&mut self, class: u16, begins_address: bool) {
        self.scan.code += u32::from(class & class::CODE != 0);
        self.scan.commas += u32::from(class & class::COMMA != 0);
        if class >> class::SIGN != 0 {
            self.scan.signs |= 1 << ((class >> class::SIGN) - 1);
        } else if begins_address {
            self.scan.signs |= 1 << 2;
        }
    }

    fn first_of_word(&mut self, first: First) {
        if std::mem::take(&mut self.before_word) {
            self.scan.first = first;
        }
    }

    /// A word of letters begins.
    #[inline]
    fn first_of_letters(&mut self, is_capital: bool) {
        self.first_of_word(if is_capital { First::Upper } else { First::Lower });
        if std::mem::take(&mut self.before_letter) {
            self.scan.facts.starts_upper = is_capital;
        }
    }

    /// Takes one character.
    fn char(&mut self) {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return };
        self.at += c.len_utf8();
        self.scan.chars += 1;
        match ASCII.get(c as usize) {
            Some(class) => self.ascii(c, *class, rest),
            None => self.other(c),
        }
    }

    #[inline]
    fn ascii(&mut self, c: char, class: u16, rest: &str) {
        if class & (class::LETTER | class::DIGIT) != 0 {
            let is_digit = class & class::DIGIT != 0;
            self.word_char(
                if is_digit { '0' } else { c.to_ascii_lowercase() },
                c.is_ascii_uppercase(),
            );
            self.scan.digits += u32::from(is_digit);
            self.counted(!is_digit, c);
            return;
        }
        // An apostrophe inside a word is no part of it, but does not end it either.
        if class & class::APOSTROPHE == 0 {
            self.end_word();
        }
        if class & class::SPACE != 0 {
            self.space();
            return;
        }
        self.mark_of_class(class, c == ':' && rest.starts_with("://"));
        self.mark(
            class & class::END != 0,
            false,
            class & class::CLOSING != 0,
            class & (class::APOSTROPHE | class::HYPHEN) != 0,
        );
    }

    fn space(&mut self) {
        self.scan.facts.sentences += u32::from(self.after_end);
        (self.after_end, self.in_word) = (false, false);
    }

    /// A character that is neither space, letter nor number.
    #[inline]
    fn mark(&mut self, ends: bool, ends_wide: bool, closes: bool, joins: bool) {
        self.scan.facts.chars += 1;
        self.after_wide_end = ends_wide || self.after_wide_end && closes;
        self.after_end = ends || ends_wide || self.after_end && closes;
        self.in_word &= joins;
    }

    /// A letter or number, for the facts.
    #[inline]
    fn counted(&mut self, is_letter: bool, c: char) {
        let facts = &mut self.scan.facts;
        facts.chars += 1;
        facts.words += u32::from(!self.in_word);
        facts.sentences += u32::from(self.after_wide_end && is_letter);
        (self.in_word, self.after_end, self.after_wide_end) = (true, false, false);
        if is_letter {
            self.wide_half_letters += if is_cjk(c) { 5 } else { 2 };
            if std::mem::take(&mut self.before_letter) {
                self.scan.facts.starts_upper = c.is_uppercase();
            }
        }
    }

    /// A folded letter or digit of a word.
    #[inline]
    fn word_char(&mut self, folded: char, is_upper: bool) {
        let is_digit = folded == '0';
        self.scan.half_letters += if is_digit { 0 } else { 2 };
        self.first_of_word(match is_digit {
            true => First::Digit,
            false if is_upper => First::Upper,
            false => First::Lower,
        });
        let word = &mut self.word;
        if word.chars == 0 {
            word.is_capital = is_upper && !is_digit;
        }
        // A run of digits is one.
        if !is_digit || !word.after_digit {
            word.hash.add(folded);
        }
        word.after_digit = is_digit;
        word.chars += 1;
    }

    /// A character beyond ASCII.
    fn other(&mut self, c: char) {
        if let Some(letter) = latin(c) {
            self.word_char(letter.folded, letter.is_upper);
            self.counted(true, c);
            return;
        }
        match c {
            '’' => return self.mark(false, false, true, true),
            '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' => {
                // Without width: no part of the word, and no end of it.
                return self.mark(false, false, false, false);
            }
            _ if c.is_alphanumeric() => return self.letter_or_number(c),
            _ => self.end_word(),
        }
        if is_cjk(c) {
            // Marks among kana stand for letters.
            return self.counted(true, c);
        }
        if c.is_whitespace() {
            return self.space();
        }
        self.scan.commas += u32::from(matches!(c, '，' | '、'));
        if let Some(sign) = SIGNS.iter().position(|sign| sign.chars().eq([c])) {
            self.scan.signs |= 1 << sign;
        }
        self.mark(matches!(c, '…' | '।'), matches!(c, '。' | '！' | '？'), is_closing(c), false);
    }

    fn letter_or_number(&mut self, c: char) {
        let is_number = c.is_numeric();
        let lower = c.to_lowercase().next().unwrap_or(c);
        if !is_number && is_ideograph(lower) {
            self.end_word();
            self.scan.half_letters += 3;
            self.before_word = false;
            self.word.hash.add(lower);
            self.word.chars = 1;
            self.close_word(true);
        } else {
            let folded = if is_number { '0' } else { without_accent(lower) };
            self.scan.digits += u32::from(is_number);
            self.word_char(folded, c.is_uppercase());
        }
        self.counted(is_cjk(c) || c.is_alphabetic(), c);
    }

    fn end_word(&mut self) {
        if self.word.chars > 0 {
            self.close_word(false);
        }
    }

    fn close_word(&mut self, is_ideograph: bool) {
        let word = std::mem::take(&mut self.word);
        self.words.take(&[Word {
            hash: word.hash.value(),
            chars: word.chars,
            is_capital: word.is_capital,
            is_ideograph,
        }]);
    }

    fn finish(mut self) -> LineScan {
        self.end_word();
        let facts = &mut self.scan.facts;
        facts.letters = self.wide_half_letters / 2;
        facts.ends_sentence = self.after_end;
        facts.sentences += u32::from(self.after_end);
        facts.see_ends(self.text);
        self.scan
    }
}

/// Whether a mark may stand between the end of a sentence and the space.
pub(crate) const fn is_closing(c: char) -> bool {
    matches!(c, '"' | ')' | ']' | '\'' | '’' | '”' | '»' | '」' | '』')
}

/// Whether a character is a word of its own: Han, kana, Hangul, Thai and their kin, which are
/// written without spaces (Hangul is not, but its words change their endings).
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character says as much as several letters do.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// A Latin letter with an accent.
#[derive(Clone, Copy)]
struct Accented {
    folded: char,
    is_upper: bool,
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

fn latin(c: char) -> Option<Accented> {
    let place = (c as u32).checked_sub(FIRST_ACCENTED)?;
    ACCENTED.get(place as usize).copied().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl TakeWords for Vec<Word> {
        fn take(&mut self, words: &[Word]) {
            self.extend_from_slice(words);
        }
    }

    /// The scan and the words of a line, without any mask.
    fn one_by_one(line: &str) -> (LineScan, Vec<Word>) {
        let mut words = Vec::new();
        let mut walk = Walk::new(line.trim(), &mut words);
        while walk.at < walk.text.len() {
            walk.char();
        }
        (walk.finish(), words)
    }

    fn scan(line: &str) -> (LineScan, Vec<Word>) {
        let mut words = Vec::new();
        (LineScan::of(line, &mut words), words)
    }

    fn hashes(line: &str) -> Vec<u32> {
        scan(line).1.iter().map(|word| word.hash).collect()
    }

    #[test]
    fn case_accents_and_numbers_are_forgotten() {
        assert_eq!(
            hashes("12 Últimas NOTICIAS internacionales"),
            hashes("7 ultimas Noticias INTERNACIONALES")
        );
        assert_eq!(hashes("don't año cafe\u{301}"), hashes("dont ano cafe"));
        assert_eq!(hashes("a1b22"), hashes("A9b0"));
        assert_ne!(hashes("abcdefgh"), hashes("abcdefghi"));
        assert_ne!(hashes("abcdefg"), hashes("abcdefgh"));
        assert_eq!(hashes("東京は").len(), 3);
    }

    #[test]
    fn signs_and_what_a_line_begins_with_are_seen() {
        let signs = |line: &str| {
            let bits = scan(line).0.signs;
            (0..SIGNS.len())
                .filter(|at| bits >> at & 1 == 1)
                .map(|at| SIGNS[at])
                .collect::<Vec<_>>()
        };
        assert_eq!(
            signs("a | b @ c · https://x.y … © % $1 #t [1]"),
            ["|", "@", "://", "©", "·", "…", "%", "$", "#", "["]
        );
        assert_eq!(signs("a: b / c"), [""; 0]);
        for (line, first) in [
            ("- Home", First::Upper),
            ("«él", First::Lower),
            ("(12) Home", First::Digit),
            ("***", First::Other),
        ] {
            assert_eq!(scan(line).0.first, first, "{line}");
        }
    }

    proptest! {
        #[test]
        fn masks_tell_what_characters_one_by_one_do(
            line in "([a-zA-Z]{1,18}|[ .,!?'’\"»)-]{1,3}|[0-9éÑ\u{301}_東。・|:/#]{1,3}|://){0,40}",
        ) {
            prop_assert_eq!(scan(&line), one_by_one(&line));
        }

        #[test]
        fn any_line_is_scanned(line in any::<String>()) {
            prop_assert_eq!(scan(&line), one_by_one(&line));
        }
    }
}
