//! The look of a line: what its characters show, whatever its words say.
//!
//! Characters of ASCII are counted seven kinds at a time, in the bits of one number; words are
//! looked at as a whole when they end.

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
        let bytes = line.as_bytes();
        let mut looking = Looking::default();
        let (mut at, mut word_start) = (0, 0);
        let (mut counts, mut counted) = (0, 0);
        while let Some(byte) = bytes.get(at) {
            let c = match KINDS.get(usize::from(*byte)) {
                Some(&kind::SPACE) => Some(' '),
                Some(kind) => {
                    counts += kind;
                    counted += 1;
                    at += 1;
                    if counted == kind::MOST {
                        looking.take(std::mem::take(&mut counts));
                        counted = 0;
                    }
                    continue;
                }
                None => line[at..].chars().next(),
            };
            let Some(c) = c else { break };
            if c.is_whitespace() {
                looking.take(std::mem::take(&mut counts));
                counted = 0;
                looking.end_word(&line[word_start..at]);
                word_start = at + c.len_utf8();
            } else {
                looking.see(c);
            }
            at += c.len_utf8();
        }
        looking.take(counts);
        looking.end_word(&line[word_start..]);
        let Looking { mut look, digits, .. } = looking;
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
        if c.is_alphabetic() {
            self.word.letters += 1;
            self.word.lower += u32::from(c.is_lowercase());
            self.word.other += u32::from(matches!(c, '\u{370}'..='\u{52F}'));
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

    #[test]
    fn letters_one_by_one_or_of_two_alphabets_are_a_disguise() {
        let disguised = |line: &str| Look::of(line).disguised;
        assert_eq!(disguised("v i a g r a"), 1);
        assert_eq!(disguised("a b c of it"), 0);
        assert_eq!(disguised("best c\u{430}sino"), 1);
    }
}
