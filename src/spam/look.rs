//! The look of a line: what its characters show, whatever its words say.
//!
//! Most lines are looked at by masks of 64 bytes, in which small letters tell of nearly all words that
//! they are nothing special. Where characters stand that the masks do not know, the line is read one by one:
//! characters of ASCII are counted seven kinds at a time, in the bits of one number, and words looked at
//! as a whole when they end. Both ways give the same answer, which a property test holds them to.

use crate::chunk::Chunk;
use crate::line_block::{LineBlock, OPENING, Rest};
use crate::repair::is_alphabetic;

/// Characters that separate the items of a list of keywords.
const SEPARATORS: [char; 7] = ['|', ',', ';', '•', '·', '/', '–'];

/// Digits from which a run of digits, spaces and dashes is a telephone number.
const PHONE_DIGITS: u32 = 8;

/// Letters one by one from which a word is spelt round filters: `v i a g r a`.
const SPACED_LETTERS: u32 = 4;

/// What the characters of a line show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    pub letters: u32,
    pub exclamations: u32,
    pub separators: u32,
    pub quotes: u32,
    /// Words of three letters or more in capitals.
    pub capitals: u32,
    /// Words with letters of two scripts, or letters written one by one.
    pub disguised: u32,
    pub phones: u32,
    /// `@name` and `name@host`.
    pub handles: u32,
    pub lines: u32,
    pub ends_as_sentence: u32,
}

/// Kinds of characters of ASCII, counted together: each has nine bits of a number.
mod kind {
    pub const LETTER: u32 = 0;
    pub const LOWER: u32 = 9;
    pub const DIGIT: u32 = 18;
    pub const EXCLAMATION: u32 = 27;
    pub const SEPARATOR: u32 = 36;
    pub const QUOTE: u32 = 45;
    pub const AT: u32 = 54;
    /// The most that can be counted.
    pub const MOST: u32 = (1 << 9) - 1;
    /// In place of a count: white space.
    pub const SPACE: u64 = u64::MAX;
}

/// What each character of ASCII adds to the counts.
static KINDS: [u64; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b' ' | b'\t'..=b'\r' => kind::SPACE,
            b'a'..=b'z' => 1 << kind::LETTER | 1 << kind::LOWER,
            b'A'..=b'Z' => 1 << kind::LETTER,
            b'0'..=b'9' => 1 << kind::DIGIT,
            b'!' => 1 << kind::EXCLAMATION,
            b'|' | b',' | b';' | b'/' => 1 << kind::SEPARATOR,
            b'"' => 1 << kind::QUOTE,
            b'@' => 1 << kind::AT,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// What is counted of the word that is being read.
#[derive(Default)]
struct OpenWord {
    letters: u32,
    lower: u32,
    /// Letters of ASCII, and Greek and Cyrillic ones.
    latin: u32,
    other: u32,
    has_at: bool,
}

/// A line on its way to be looked at.
#[derive(Default)]
struct Looking {
    look: Look,
    word: OpenWord,
    digits: u32,
    /// How many words of a single letter came last.
    single_letters: u32,
}

impl Look {
    pub(super) fn of(line: &str) -> Look {
        let (mut look, digits) = by_masks(line).unwrap_or_else(|| one_by_one(line));
        if digits >= PHONE_DIGITS {
            look.phones = phones(line);
        }
        look.lines = 1;
        let end = line.trim_end_matches([' ', '"', '”', '»', ')']);
        look.ends_as_sentence = u32::from(end.ends_with(['.', '?', '…', '。']));
        look
    }

    pub(super) fn add(&mut self, other: &Look) {
        self.letters += other.letters;
        self.exclamations += other.exclamations;
        self.separators += other.separators;
        self.quotes += other.quotes;
        self.capitals += other.capitals;
        self.disguised += other.disguised;
        self.phones += other.phones;
        self.handles += other.handles;
        self.lines += other.lines;
        self.ends_as_sentence += other.ends_as_sentence;
    }
}

/// What the words of a line show, and how many digits there are: `None` if it holds what masks do not know,
/// or a long word.
fn by_masks(line: &str) -> Option<(Look, u32)> {
    let bytes = line.as_bytes();
    let (mut look, mut digits, mut in_row) = (Look::default(), 0, 0);
    // Whether the last word was a single letter.
    let mut after_single = 0;
    let mut block = LineBlock::new(None);
    let mut at = 0;
    while at < bytes.len() {
        let Rest { chunk, replaced, len, is_end } = block.from(bytes, at);
        let Chunk { letters, spaces, others, .. } = chunk;
        // Whole words, and room for what is carried out of the last one.
        let len = if is_end && len < u64::BITS { len } else { u64::BITS - spaces.leading_zeros() };
        let here = (1_u64.checked_shl(len).unwrap_or(0)).wrapping_sub(1);
        if len == 0 || others & here != 0 && !all_digits(&block, others & here, &mut digits) {
            return None;
        }
        let words = here & !spaces;
        let letters = letters & here;
        let marks = words & !(letters | others);
        if marks != 0 {
            let counts = count_marks(&block, marks, replaced);
            if counts >> kind::AT != 0 {
                return None;
            }
            let of = |kind: u32| (counts >> kind) as u32 & kind::MOST;
            look.exclamations += of(kind::EXCLAMATION);
            look.separators += of(kind::SEPARATOR);
            look.quotes += of(kind::QUOTE);
        }
        look.letters += letters.count_ones();
        let single = letters & !(words << 1) & !(words >> 1);
        // Added to the spaces behind it, a single letter carries into the word that comes next.
        let spaces = spaces & here;
        let (sum, is_carried_out) = spaces.overflowing_add(single << 1 | after_single);
        let next = sum & !spaces;
        in_row += (next & single).count_ones();
        after_single = u64::from(is_carried_out) | next.checked_shr(len).unwrap_or(0) & 1;
        // A small letter, added to the run of bytes of its word, carries into the space behind it.
        let small = words.wrapping_add(letters & block.small()) & !words;
        let mut ends = (words << 1) & !words & !small;
        while ends != 0 {
            let end = ends.trailing_zeros();
            ends &= ends - 1;
            look.see_word_without_small(&block, words, letters, end);
        }
        at = block.pass(len as usize);
    }
    if in_row >= SPACED_LETTERS - 1 {
        look.disguised = spaced_letters(line);
    }
    Some((look, digits))
}

/// Counts the bytes in some places, if they are digits all.
fn all_digits(block: &LineBlock, mut places: u64, digits: &mut u32) -> bool {
    let (bytes, passed) = block.bytes();
    while places != 0 {
        if !bytes[passed..][places.trailing_zeros() as usize].is_ascii_digit() {
            return false;
        }
        *digits += 1;
        places &= places - 1;
    }
    true
}

/// The marks in some places, by their kinds.
fn count_marks(block: &LineBlock, mut marks: u64, replaced: u64) -> u64 {
    let (bytes, passed) = block.bytes();
    let mut counts = 0;
    while marks != 0 {
        let at = marks.trailing_zeros();
        marks &= marks - 1;
        let byte = bytes[passed..][at as usize];
        let opens = u64::from(byte == OPENING) & replaced >> at;
        counts += KINDS[usize::from(byte & 0x7F)] + ((opens & 1) << kind::QUOTE);
    }
    counts
}

/// How often letters stand one by one.
fn spaced_letters(line: &str) -> u32 {
    let (mut spaced, mut singles) = (0, 0);
    for word in line.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        let is_single = word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic();
        singles = if is_single { singles + 1 } else { 0 };
        spaced += u32::from(singles == SPACED_LETTERS);
    }
    spaced
}

/// The same for any line, a character at a time.
fn one_by_one(line: &str) -> (Look, u32) {
    let mut looking = Looking::default();
    let (mut counts, mut counted) = (0, 0);
    let (mut word_start, mut rest) = (0, line.chars());
    while let Some(c) = rest.next() {
        match KINDS.get(c as usize) {
            Some(kind) if *kind != kind::SPACE => {
                counts += kind;
                counted += 1;
                if counted == kind::MOST {
                    looking.take(std::mem::take(&mut counts));
                    counted = 0;
                }
            }
            None if !c.is_whitespace() => looking.see(c),
            _ => {
                looking.take(std::mem::take(&mut counts));
                counted = 0;
                let end = line.len() - rest.as_str().len();
                looking.end_word(&line[word_start..end - c.len_utf8()]);
                word_start = end;
            }
        }
    }
    looking.take(counts);
    looking.end_word(&line[word_start..]);
    (looking.look, looking.digits)
}

impl Look {
    /// A word that has no small letter, and ends before a place, by the places of words and letters.
    fn see_word_without_small(&mut self, block: &LineBlock, words: u64, letters: u64, end: u32) {
        let len = (!(words << (u64::BITS - end))).leading_zeros();
        let start = end - len;
        let letters = letters >> start & (u64::MAX >> (u64::BITS - len));
        if letters != 0 {
            self.capitals += u32::from(letters.count_ones() >= 3);
            return;
        }
        let (bytes, passed) = block.bytes();
        let word = &bytes[passed..][start as usize..end as usize];
        // A lone dash separates as a bar does.
        self.separators += u32::from(word == b"-" || word == b">>");
    }
}

impl Looking {
    /// Takes the characters of ASCII that were counted.
    #[inline]
    fn take(&mut self, counts: u64) {
        let of = |kind: u32| (counts >> kind) as u32 & kind::MOST;
        let letters = of(kind::LETTER);
        self.word.letters += letters;
        self.word.latin += letters;
        self.word.lower += of(kind::LOWER);
        // Nothing else in most words.
        if counts >> kind::DIGIT != 0 {
            self.digits += of(kind::DIGIT);
            self.look.exclamations += of(kind::EXCLAMATION);
            self.look.separators += of(kind::SEPARATOR);
            self.look.quotes += of(kind::QUOTE);
            self.word.has_at |= of(kind::AT) > 0;
        }
    }

    /// Takes a character beyond ASCII that is no white space.
    fn see(&mut self, c: char) {
        if is_alphabetic(c) {
            self.word.letters += 1;
            // One letter that is no capital is enough.
            if matches!(c, '\u{370}'..='\u{52F}') {
                self.word.other += 1;
            } else if self.word.lower == 0 {
                self.word.lower += u32::from(c.is_lowercase());
            }
            return;
        }
        self.look.separators += u32::from(SEPARATORS.contains(&c));
        self.look.quotes += u32::from(matches!(c, '“' | '«' | '„'));
    }

    fn end_word(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let look = &mut self.look;
        let is_single = text.len() == 1 && word.latin == 1;
        self.single_letters = if is_single { self.single_letters + 1 } else { 0 };
        look.disguised += u32::from(self.single_letters == SPACED_LETTERS);
        look.disguised += u32::from(word.latin > 1 && word.other > 0);
        look.letters += word.letters;
        look.capitals += u32::from(word.letters >= 3 && word.lower == 0 && word.other == 0);
        look.handles += u32::from(word.has_at && word.letters >= 3);
        // A lone dash separates as a bar does.
        look.separators += u32::from(text == "-" || text == ">>");
    }
}

/// How many numbers of a line are telephone numbers.
fn phones(line: &str) -> u32 {
    let (mut phones, mut digits) = (0, 0);
    // The end of the line ends numbers as a line feed does.
    for c in line.chars().chain(['\n']) {
        match c {
            '0'..='9' => digits += 1,
            '+' | '-' | ' ' | '(' | ')' => {}
            _ => {
                phones += u32::from(digits >= PHONE_DIGITS);
                digits = 0;
            }
        }
    }
    phones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_of_digits_are_telephones_and_years_are_not() {
        let phones = |line: &str| Look::of(line).phones;
        assert_eq!(phones("call +44 (0)20 7946-0000 or 600 000 000"), 2);
        assert_eq!(phones("1914-18, 1939-45; 2.126.521.750 views"), 0);
    }

    #[test]
    fn characters_are_counted_in_words_of_any_length() {
        let look = Look::of("¡OFERTA! ahora – \"casas\" | @ana, b@c.de >> fin.");
        assert_eq!((look.letters, look.exclamations, look.separators), (26, 1, 4));
        assert_eq!((look.quotes, look.capitals, look.handles), (2, 1, 2));
        assert_eq!((look.ends_as_sentence, look.lines), (1, 1));
        for count in [510, 511, 512, 3000] {
            let look = Look::of(&"!".repeat(count));
            assert_eq!((look.exclamations as usize, look.letters), (count, 0));
            let look = Look::of(&"É!".repeat(count));
            assert_eq!((look.exclamations as usize, look.letters as usize), (count, count));
            assert_eq!(look.capitals, 1);
        }
    }

    #[track_caller]
    fn both_ways(line: &str) {
        if let Some(by_masks) = by_masks(line) {
            assert_eq!(by_masks, one_by_one(line), "{line:?}");
        }
    }

    #[test]
    fn most_lines_are_looked_at_by_masks() {
        for line in [
            "They SAID: v i a g r a, “a 5 % rise” – or 10,000 – and I - we >> know it's | not / THAT; no!",
            "¿Qué año, É Ñ Ó Ú? «ÉPOCA», dijo… y —a lo mejor— 2.400 \"más\"",
            "a line that is longer than any chunk, with CAPITALS at the end of it in the LAST",
            "a line of just as many bytes as a chunk has, which is SIXTYFOU",
        ] {
            assert!(by_masks(line).is_some(), "{line}");
            both_ways(line);
        }
        for line in ["an @name", "tab\there", "c\u{430}sino", &"long".repeat(20)] {
            assert!(by_masks(line).is_none(), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn masks_show_what_characters_one_by_one_do(
            line in "([a-zA-Z]{1,9} |[A-Z]{1,4}|[a-z] |[ .,!?'’\"»);/|>-]{1,3}|[0-9éÑÉ…“”„«–—¿\u{a0}]{1,3}|@|•){0,40}",
        ) {
            both_ways(&line);
        }
    }

    #[test]
    fn letters_one_by_one_or_of_two_alphabets_are_a_disguise() {
        let disguised = |line: &str| Look::of(line).disguised;
        assert_eq!(disguised("v i a g r a"), 1);
        assert_eq!(disguised("a b c of it"), 0);
        assert_eq!(disguised("best c\u{430}sino"), 1);
    }
}
