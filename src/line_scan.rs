//! One walk over a line: its measures and its words.
//!
//! Facts, the line model and the text score all ask for the same things: letters, words, sentence
//! ends, signs, and the words in a form that forgets case, accents and numbers. So a line is walked
//! once. Where 64 bytes hold nothing but words of letters, spaces and marks, which is most everywhere,
//! the words and marks are found in masks of all of them; everything else goes character by character.
//! Both ways give the same answer, which a property test holds them to.

mod letters;
mod words;

use crate::chunk::Chunk;
use crate::facts::Facts;
use crate::line_block::{LineBlock, Rest, latin};
use crate::line_marks::{MARKS, is_closing, mark};
use crate::line_words::{TakeWords, Word, WordHash};
use crate::repair::is_alphabetic;
use crate::rules::{plain_letter, without_accent};
use crate::wide::Wide;
use letters::has_no_width;

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
    /// A bit for each of [`SIGNS`](crate::line_marks::SIGNS) that stands in the line.
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

impl LineScan {
    /// Walks over a line, white space round it left aside.
    #[inline(always)]
    pub(crate) fn of(line: &str, words: &mut impl TakeWords, wide: Option<Wide>) -> LineScan {
        let mut walk = Walk::new(trimmed(line), words, wide);
        while walk.at < walk.text.len() {
            if walk.word.chars > 0 || !walk.words() {
                walk.char();
            }
        }
        walk.finish()
    }
}

/// The line without the white space round it. Few have any.
#[inline(always)]
fn trimmed(line: &str) -> &str {
    match line.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => line,
        _ => line.trim(),
    }
}

/// The walk over one line.
struct Walk<'t, W> {
    text: &'t str,
    at: usize,
    words: &'t mut W,
    scan: LineScan,
    block: LineBlock,
    /// The word that is read character by character, if one is.
    word: OpenWord,
    /// Half letters as facts count them: an ideograph has five.
    wide_half_letters: u32,
    /// The marks of ASCII that stood in the line, and the signs.
    seen: u32,
    in_word: bool,
    after_end: bool,
    after_wide_end: bool,
    /// Whether no letter has come yet, and neither letter nor digit.
    before_letter: bool,
    before_word: bool,
    /// Whether the last words were of letters beyond Latin: then masks would say little.
    is_beyond_latin: bool,
}

/// A word that is read character by character.
#[derive(Default)]
struct OpenWord {
    hash: WordHash,
    chars: u32,
    is_capital: bool,
    after_digit: bool,
}

/// How many letters stand right before a place in the mask of letters.
#[inline(always)]
fn letters_before(letters: u64, at: u32) -> u32 {
    // Places from 1 to 64 are moved to the top.
    match at {
        0 => 0,
        _ => (!(letters << (u64::BITS - at))).leading_zeros(),
    }
}

impl<'t, W: TakeWords> Walk<'t, W> {
    #[inline(always)]
    fn new(text: &'t str, words: &'t mut W, wide: Option<Wide>) -> Walk<'t, W> {
        Walk {
            text,
            at: 0,
            words,
            scan: LineScan::default(),
            block: LineBlock::new(wide),
            word: OpenWord::default(),
            wide_half_letters: 0,
            seen: 0,
            in_word: false,
            after_end: false,
            after_wide_end: false,
            before_letter: true,
            before_word: true,
            is_beyond_latin: false,
        }
    }

    /// Takes whole words that begin here, and what stands among them, if that is possible.
    #[inline(always)]
    fn words(&mut self) -> bool {
        match self.text.as_bytes()[self.at] {
            // Letters from Greek on, of two bytes.
            0xCE..=0xDF => {
                self.is_beyond_latin = true;
                self.word()
            }
            // Kana, ideographs, hangul.
            0xE3..=0xED => {
                self.is_beyond_latin = true;
                self.ideographs()
            }
            b'0'..=b'9' => self.word(),
            byte if self.is_beyond_latin && !byte.is_ascii_alphabetic() => false,
            _ => {
                self.is_beyond_latin = false;
                self.plain() || self.word()
            }
        }
    }

    /// Takes the words, spaces and marks that stand here, unless a word of them touches anything else.
    /// Returns whether there are any.
    #[inline(always)]
    fn plain(&mut self) -> bool {
        if self.after_wide_end {
            return false;
        }
        let Rest { chunk, len, is_end, .. } = self.block.from(self.text.as_bytes(), self.at);
        let Chunk { letters, spaces, apostrophes, others } = chunk;
        // At most a block.
        let plain = (apostrophes | others).trailing_zeros();
        let is_end = is_end && plain == len;
        let count = if is_end { plain } else { plain - letters_before(letters, plain) };
        if count == 0 {
            return false;
        }
        let here = u64::MAX >> (u64::BITS - count);
        self.take_plain(letters & here, spaces & here, here, count);
        true
    }

    /// Takes so many bytes, of which some are letters, some spaces, and all others `here` marks.
    #[inline(always)]
    fn take_plain(&mut self, letters: u64, spaces: u64, here: u64, count: u32) {
        let starts = letters & !(letters << 1);
        let marks = here & !(letters | spaces);
        let (mut joins, mut mark_count) = (0, 0);
        if marks != 0 {
            (joins, mark_count) = self.plain_marks(letters, spaces, marks, count);
        } else {
            self.scan.facts.sentences += u32::from(self.after_end) & (spaces & 1) as u32;
            self.after_end = false;
        }
        let joined = starts & (joins << 1 | u64::from(self.in_word));
        self.in_word = (letters | joins) >> (count - 1) != 0;
        let letter_count = letters.count_ones();
        self.scan.half_letters += 2 * letter_count;
        self.wide_half_letters += 2 * letter_count;
        self.scan.chars += count;
        self.scan.facts.chars += letter_count + mark_count;
        if starts != 0 {
            let (bytes, passed) = self.block.bytes();
            let count = self.words.take_plain(bytes, letters << passed, starts << passed);
            self.scan.facts.words += count;
            if self.before_letter | self.before_word {
                let first = bytes[passed..][starts.trailing_zeros() as usize];
                self.first_of_letters(first.is_ascii_uppercase());
            }
        }
        if joined != 0 {
            self.scan.facts.words -= joined.count_ones();
        }
        self.at = self.block.pass(count as usize);
    }

    /// Takes the marks that stand in some places. Returns those that join words, and how many all
    /// are.
    #[inline(always)]
    fn plain_marks(&mut self, letters: u64, spaces: u64, mut marks: u64, count: u32) -> (u64, u32) {
        let (bytes, passed) = self.block.bytes();
        let bytes = &bytes[passed..];
        let (mut seen, mut counts, mut number) = (0, 0, 0);
        let (mut ends, mut closing, mut hyphens) = (0, 0, 0);
        while marks != 0 {
            let at = marks.trailing_zeros();
            marks &= marks - 1;
            let mark = MARKS[usize::from(bytes[at as usize] & 0x7F)];
            seen |= mark;
            counts += mark >> mark::COUNTS;
            let is = |kind: u32| u64::from(mark >> kind & 1) << at;
            ends |= is(mark::END);
            closing |= is(mark::CLOSING);
            hyphens |= is(mark::HYPHEN);
            number += 1;
        }
        self.scan.commas += counts & 0xFF;
        self.scan.code += counts >> (mark::CODE - mark::COMMA);
        self.seen |= seen;
        // What closes directly behind an end still ends the sentence. A sum carries on through such runs.
        let behind_end = (ends << 1 | u64::from(self.after_end)) & closing;
        let after_ends = ends | closing & !closing.wrapping_add(behind_end);
        let sentences = spaces & (after_ends << 1 | u64::from(self.after_end));
        if sentences != 0 {
            self.scan.facts.sentences += sentences.count_ones();
        }
        self.after_end = after_ends >> (count - 1) & 1 != 0;
        // So do hyphens behind a letter.
        let behind_letter = (letters << 1 | u64::from(self.in_word)) & hyphens;
        (hyphens & !hyphens.wrapping_add(behind_letter), number)
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
        let Some(c) = self.text[self.at..].chars().next() else { return };
        self.at += c.len_utf8();
        self.scan.chars += 1;
        if c.is_ascii() { self.ascii(c) } else { self.other(c) }
    }

    #[inline]
    fn ascii(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            let is_digit = c.is_ascii_digit();
            self.word_char(
                if is_digit { '0' } else { c.to_ascii_lowercase() },
                c.is_ascii_uppercase(),
            );
            self.scan.digits += u32::from(is_digit);
            self.counted(!is_digit, c);
            return;
        }
        // An apostrophe inside a word is no part of it, but does not end it either.
        if c != '\'' {
            self.end_word();
        }
        if matches!(c, ' ' | '\t'..='\r') {
            self.space();
            return;
        }
        let mark = MARKS[c as usize & 0x7F];
        let is = |kind: u32| mark >> kind & 1 != 0;
        self.scan.code += u32::from(is(mark::CODE));
        self.scan.commas += u32::from(is(mark::COMMA));
        self.seen |= mark;
        self.mark(is(mark::END), false, is(mark::CLOSING), c == '\'' || is(mark::HYPHEN));
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
            self.wide_half_letters += if is_cjk(c) { WIDE } else { 2 };
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
        if let Some(folded) = plain_letter(c) {
            match is_ideograph(c) {
                true => self.ideograph(c),
                false => self.word_char(folded, folded != c),
            }
            self.counted(true, c);
            return;
        }
        match c {
            '’' => return self.mark(false, false, true, true),
            _ if has_no_width(c) => return self.mark(false, false, false, false),
            _ if is_alphabetic(c) || c.is_numeric() => return self.letter_or_number(c),
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
        self.seen |= mark::beyond_ascii(c);
        self.mark(matches!(c, '…' | '।'), matches!(c, '。' | '！' | '？'), is_closing(c), false);
    }

    fn letter_or_number(&mut self, c: char) {
        let is_number = c.is_numeric();
        let lower = c.to_lowercase().next().unwrap_or(c);
        if !is_number && is_ideograph(lower) {
            self.ideograph(lower);
        } else {
            let folded = if is_number { '0' } else { without_accent(lower) };
            self.scan.digits += u32::from(is_number);
            self.word_char(folded, c.is_uppercase());
        }
        self.counted(is_cjk(c) || is_alphabetic(c), c);
    }

    /// An ideograph, which is a word.
    fn ideograph(&mut self, c: char) {
        self.end_word();
        self.scan.half_letters += 3;
        self.before_word = false;
        self.word.hash.add(c);
        self.word.chars = 1;
        self.close_word(true);
    }

    fn end_word(&mut self) {
        if self.word.chars > 0 {
            self.close_word(false);
        }
    }

    fn close_word(&mut self, is_ideograph: bool) {
        let word = std::mem::take(&mut self.word);
        let OpenWord { hash, chars, is_capital, .. } = word;
        self.words.take(Word { hash: hash.value(), chars, is_capital, is_ideograph });
    }

    fn finish(&mut self) -> LineScan {
        self.end_word();
        let seen = self.seen | self.block.signs;
        self.scan.signs = (seen & mark::SIGNS) as u16;
        if seen >> mark::COLON & 1 != 0 && self.text.contains("://") {
            self.scan.signs |= mark::ADDRESS as u16;
        }
        let facts = &mut self.scan.facts;
        facts.letters = self.wide_half_letters / 2;
        facts.ends_sentence = self.after_end;
        facts.sentences += u32::from(self.after_end);
        facts.see_ends(self.text);
        self.scan
    }
}

/// Whether a character is a word of its own: Han, kana, Hangul, Thai and their kin, which are
/// written without spaces (Hangul is not, but its words change their endings).
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Half letters that a character counts for that says as much as several letters do, as facts count them.
const WIDE: u32 = 5;

/// Whether a character says as much as several letters do.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::line_marks::SIGNS;

    /// The scan and the words of a line, without any mask.
    fn one_by_one(line: &str) -> (LineScan, Vec<Word>) {
        let mut words = Vec::new();
        let mut walk = Walk::new(line.trim(), &mut words, None);
        while walk.at < walk.text.len() {
            walk.char();
        }
        (walk.finish(), words)
    }

    fn scan(line: &str) -> (LineScan, Vec<Word>) {
        let mut words = Vec::new();
        (LineScan::of(line, &mut words, None), words)
    }

    #[test]
    fn letters_next_to_latin_are_what_the_tables_say() {
        for c in ('\u{80}'..=char::MAX).filter(|c| latin(*c).is_none()) {
            let Some(folded) = plain_letter(c) else { continue };
            assert!(c.is_alphabetic() && !c.is_numeric(), "{c:?}");
            let lower = c.to_lowercase().next().unwrap_or(c);
            assert_eq!((folded, folded != c), (without_accent(lower), c.is_uppercase()), "{c:?}");
            assert!(!is_ideograph(c) || lower == c, "{c:?}");
        }
    }

    #[test]
    fn words_of_any_letters_are_what_their_characters_are_one_by_one() {
        for c in ('\u{80}'..='\u{FFFF}').chain('\u{1F300}'..'\u{1F310}') {
            for line in [
                format!("Шум{c}ы {c}я, 1{c}2 東{c} é{c}."),
                format!("{c} x{c}’{c}’x Жa{c}c'{c} »{c}"),
            ] {
                assert_eq!(scan(&line), one_by_one(&line), "{line}");
            }
        }
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
            line in "([a-zA-Z]{1,18}|[ .,!?'’\"»)-]{1,3}|[0-9éÑ\u{301}_東。・|:/#…¿“”æłą]{1,3}|'[a-z]|://|[A-Za-záéÁñü]{1,9} ){0,40}",
        ) {
            prop_assert_eq!(scan(&line), one_by_one(&line));
        }

        #[test]
        fn so_do_words_of_letters_beyond_latin(
            line in "([а-яА-ЯёЇґ]{1,12}|[α-ωΑ-Ωά]{1,9}|[א-ת]{1,5}|[東京のはン한국ー々]{1,6}|[ .,!?’'»«—。！、」…·–-]{1,3}|[a-zA-Złé]{1,9}|[0-9²٣]{1,3}|[\u{AD}\u{301}\u{345}]| ){0,40}",
        ) {
            prop_assert_eq!(scan(&line), one_by_one(&line));
        }

        #[test]
        fn any_line_is_scanned(line in any::<String>()) {
            prop_assert_eq!(scan(&line), one_by_one(&line));
        }
    }
}
