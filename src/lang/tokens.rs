//! Tokens: the words of a text that can say something about its language, and what lies between them.
//!
//! A line is walked once. A run of letters is a word; everything that carries no evidence is passed over and
//! later follows its neighbours: numbers and words with digits or `_`, `#tags`, `@handles`, URLs, e-mail
//! addresses, file names, paths, tags and entities. What lies between two words is reduced to the kind of
//! boundary it is, because a change of language is likelier after a full stop than after a space.

use super::model::MAX_WORD_CHARS;

/// What lies between a word and the one before it; the first kind that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// A line break, or the start of the text.
    Line,
    /// `.`, `!`, `?` or `…`.
    Sentence,
    /// A quotation mark or a bracket.
    Quote,
    /// `|`, `·`, a dash between spaces, a tab and the like.
    Separator,
    /// A comma, semicolon or colon.
    Comma,
    /// Nothing but `¿` or `¡`, which stay with the word after them.
    Opening,
    /// A space, or nothing.
    Space,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Capitalised,
    /// Two letters or more, all of them capitals.
    Upper,
}

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters of the Latin alphabet.
    Word,
    /// Letters of another script.
    Foreign,
    /// `¿` or `¡`.
    Inverted,
}

/// A piece of a line that carries evidence. Offsets are bytes from the start of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    pub case: Case,
    pub gap: Gap,
    pub letters: u32,
    /// Made of ASCII letters alone.
    pub is_ascii: bool,
    /// The letters of such a word in lower case, the first one lowest, if it has less than eight; or 0.
    pub short: u64,
}

/// Names of sites and files end so: what looks like `word.com` is no sentence end.
///
/// Counter-example: "fin.com" for "fin. Com…"; rare, and one word only.
const NAME_ENDINGS: [&str; 36] = [
    "com", "org", "net", "edu", "gov", "info", "html", "htm", "php", "asp", "aspx", "js", "ts",
    "css", "json", "xml", "yml", "yaml", "toml", "py", "rs", "md", "txt", "pdf", "doc", "docx",
    "jpg", "jpeg", "png", "gif", "svg", "mp3", "mp4", "zip", "gz", "exe",
];

/// The tokens of one line, in order.
pub(super) fn tokens(line: &str) -> Tokens<'_> {
    Tokens { line, at: 0, gap: Gap::Line, spaces: 0, previous: ' ', plain_until: 0 }
}

/// See [`tokens`].
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    line: &'t str,
    at: usize,
    gap: Gap,
    spaces: u32,
    /// The character before `at`.
    previous: char,
    /// Up to here the text is known to hold no address, so it is not looked at again.
    plain_until: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        let bytes = self.line.as_bytes();
        loop {
            if let Some(token) = self.short_word(bytes) {
                return Some(token);
            }
            let byte = *bytes.get(self.at)?;
            if byte == b' ' {
                self.spaces += 1;
                if self.spaces >= 3 {
                    self.gap = self.gap.min(Gap::Separator);
                }
                self.previous = ' ';
                self.at += 1;
            } else if byte.is_ascii_alphanumeric() || byte == b'_' {
                if let Some(token) = self.word(ascii_run(&bytes[self.at..])) {
                    return Some(token);
                }
            } else if let Some(token) = self.other(byte) {
                return Some(token);
            }
        }
    }
}

impl Tokens<'_> {
    /// Takes a word of one to seven ASCII letters with nothing unusual after it, which most words are: looks at
    /// eight bytes together.
    #[inline]
    fn short_word(&mut self, bytes: &[u8]) -> Option<Token> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const CASE: u64 = 0x20 * ONES;
        const HIGH: u64 = 0x80 * ONES;
        let eight = u64::from_le_bytes(*bytes.get(self.at..)?.first_chunk::<8>()?);
        let lower = eight | CASE;
        // The high bit of each byte tells whether it is a letter: at least `a`, at most `z`, and ASCII.
        let seven = lower & !HIGH;
        let at_least = seven + (0x80 - u64::from(b'a')) * ONES;
        let beyond = seven + (0x7F - u64::from(b'z')) * ONES;
        let letters = at_least & !beyond & !eight & HIGH;
        let length = ((letters ^ HIGH).trailing_zeros() / 8) as usize;
        if length == 0 || length == 8 || matches!(self.previous, '#' | '@') {
            return None;
        }
        let next = bytes[self.at + length];
        let is_plain = match next {
            b'0'..=b'9' | b'_' | b'\'' | 0x80.. => false,
            b'.' | b'@' | b':' | b'+' | b'-' | b'%' => {
                // A full stop ends a sentence, unless a name or an address goes on behind it.
                let after = bytes.get(self.at + length + 1);
                !after.is_some_and(|byte| {
                    byte.is_ascii_alphanumeric()
                        || matches!(byte, b'/' | b'_' | b'.' | b'@' | b':' | b'+' | b'-' | b'%')
                        || !byte.is_ascii()
                })
            }
            _ => true,
        };
        if !is_plain {
            return None;
        }
        let mask = u64::MAX >> (64 - 8 * length);
        // Letters have this bit where they are small.
        let has_lower = eight & mask & CASE != 0;
        let case = match bytes[self.at] & 0x20 == 0 {
            true if length > 1 && !has_lower => Case::Upper,
            true => Case::Capitalised,
            false => Case::Lower,
        };
        let token = Token {
            start: self.at,
            end: self.at + length,
            kind: Kind::Word,
            case,
            gap: self.gap,
            letters: length as u32,
            is_ascii: true,
            short: lower & mask,
        };
        self.at += length;
        self.gap = Gap::Space;
        self.spaces = 0;
        self.previous = char::from(bytes[self.at - 1]);
        Some(token)
    }

    /// Takes the word that starts here, or passes over it. `None` for a run says that it is not ASCII.
    #[inline]
    fn word(&mut self, run: Option<Run>) -> Option<Token> {
        let rest = &self.line[self.at..];
        let is_ascii = run.is_some();
        let run = run.unwrap_or_else(|| any_run(rest));
        let joined = rest.as_bytes().get(run.bytes);
        if joined.is_some_and(|next| matches!(next, b'.' | b'@' | b':' | b'+' | b'-' | b'%' | b'_'))
            && let Some(bytes) = self.address(rest)
        {
            self.skip(bytes);
            return None;
        }
        match run.kind {
            Some(kind) if !matches!(self.previous, '#' | '@') => {
                Some(self.take(run.bytes, kind, run.case, run.letters, is_ascii))
            }
            _ => {
                self.skip(run.bytes);
                None
            }
        }
    }

    /// Whatever starts with neither an ASCII letter or digit nor a space.
    fn other(&mut self, byte: u8) -> Option<Token> {
        let rest = &self.line[self.at..];
        let c = rest.chars().next()?;
        if byte >= 0x80 {
            if c == '¿' || c == '¡' {
                return Some(self.take(c.len_utf8(), Kind::Inverted, Case::Lower, 0, false));
            }
            if is_word_char(c) {
                return self.word(None);
            }
        }
        let special = match byte {
            b'<' | b'&' => markup(rest),
            b'/' | b'.' | b'~' => path(rest, self.previous),
            _ => None,
        };
        match special {
            Some(bytes) => self.skip(bytes),
            None => self.pass(c, rest),
        }
        None
    }

    #[inline]
    fn take(
        &mut self,
        bytes: usize,
        kind: Kind,
        case: Case,
        letters: u32,
        is_ascii: bool,
    ) -> Token {
        let (start, end) = (self.at, self.at + bytes);
        let gap = self.gap;
        let token = Token { start, end, kind, case, gap, letters, is_ascii, short: 0 };
        self.gap = if kind == Kind::Inverted { Gap::Opening } else { Gap::Space };
        self.skip(bytes);
        token
    }

    #[inline]
    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.spaces = 0;
        self.previous = match self.line.as_bytes()[self.at - 1] {
            byte if byte.is_ascii() => char::from(byte),
            _ => self.line[..self.at].chars().next_back().unwrap_or(' '),
        };
    }

    /// Passes one character between words and notes what boundary it makes.
    fn pass(&mut self, c: char, rest: &str) {
        let spaced =
            || self.previous.is_whitespace() && rest.chars().nth(1).is_none_or(char::is_whitespace);
        let gap = match c {
            '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Gap::Line,
            '.' | '!' | '?' | '…' => Gap::Sentence,
            '"' | '“' | '”' | '„' | '«' | '»' | '‘' | '’' | '\'' | '‹' | '›' | '`' | '(' | ')'
            | '[' | ']' | '{' | '}' => Gap::Quote,
            '|' | '·' | '•' | '—' | '–' | '/' | '>' | '→' | '\t' => Gap::Separator,
            '-' if spaced() => Gap::Separator,
            ',' | ';' | ':' => Gap::Comma,
            _ => Gap::Space,
        };
        self.gap = self.gap.min(gap);
        self.spaces = 0;
        self.previous = c;
        self.at += c.len_utf8();
    }

    /// The length of the URL, e-mail address, site or file name that starts here.
    fn address(&mut self, rest: &str) -> Option<usize> {
        if self.at < self.plain_until {
            return None;
        }
        let dotted = rest
            .find(|c: char| !(is_word_char(c) || matches!(c, '.' | '+' | '-' | '%')))
            .unwrap_or(rest.len());
        self.plain_until = self.at + dotted;
        let (name, after) = rest.split_at(dotted);
        if name.starts_with("www.") || after.starts_with("://") {
            return Some(until_blank(rest));
        }
        if after.starts_with('@') && after[1..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            let host = after[1..]
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
                .unwrap_or(after.len() - 1);
            return Some(dotted + 1 + host);
        }
        let name = name.trim_end_matches(['.', '-', '+', '%']);
        let (stem, ending) = name.rsplit_once('.')?;
        if stem.is_empty() || stem.ends_with('.') || !NAME_ENDINGS.contains(&ending) {
            return None;
        }
        Some(if after.starts_with(['/', '?', ':']) { until_blank(rest) } else { name.len() })
    }
}

/// A run of word characters.
struct Run {
    bytes: usize,
    /// `None` if it carries no evidence.
    kind: Option<Kind>,
    case: Case,
    letters: u32,
}

/// The run of ASCII letters and digits at the start of a text, which most words are; `None` if it goes on with
/// other letters or an apostrophe.
#[inline]
fn ascii_run(text: &[u8]) -> Option<Run> {
    let (mut has_lower, mut has_other, mut bytes) = (false, false, 0);
    for byte in text {
        match byte {
            b'a'..=b'z' => has_lower = true,
            b'A'..=b'Z' => {}
            b'0'..=b'9' | b'_' => has_other = true,
            b'\'' | 0x80.. => return None,
            _ => break,
        }
        bytes += 1;
    }
    let case = match text[0].is_ascii_uppercase() {
        true if bytes > 1 && !has_lower && !has_other => Case::Upper,
        true => Case::Capitalised,
        false => Case::Lower,
    };
    let kind = (!has_other && bytes <= MAX_WORD_CHARS).then_some(Kind::Word);
    Some(Run { bytes, kind, case, letters: bytes as u32 })
}

/// The word at the start of this text, which starts with a word character.
fn any_run(text: &str) -> Run {
    let foreign = text.chars().next().is_some_and(|c| script(c) == Script::Foreign);
    let (mut upper, mut lower, mut chars) = (0, 0, 0u32);
    let (mut first_is_upper, mut evidence) = (false, true);
    let mut bytes = text.len();
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match script(c) {
            Script::Latin if !foreign => {}
            Script::Foreign if foreign => {}
            Script::Digit | Script::Symbol if !foreign => evidence = false,
            Script::Mark => continue,
            Script::Apostrophe
                if at > 0
                    && rest.as_str().starts_with(|c| script(c) == Script::Latin)
                    && !foreign =>
            {
                continue;
            }
            _ => {
                bytes = at;
                break;
            }
        }
        chars += 1;
        if c.is_uppercase() {
            upper += 1;
            first_is_upper |= chars == 1;
        } else if c.is_lowercase() {
            lower += 1;
        }
    }
    let case = match (upper, lower) {
        (2.., 0) => Case::Upper,
        _ if first_is_upper => Case::Capitalised,
        _ => Case::Lower,
    };
    let kind = match (evidence, foreign) {
        (false, _) => None,
        (true, true) => Some(Kind::Foreign),
        (true, false) => (chars as usize <= MAX_WORD_CHARS).then_some(Kind::Word),
    };
    Run { bytes, kind, case, letters: chars }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Foreign,
    /// Digits and `_`.
    Digit,
    /// Letters used as signs: ª º µ, phonetic and mathematical letters, Roman numerals.
    Symbol,
    /// Combining marks and soft hyphens, which belong to the letter before them.
    Mark,
    Apostrophe,
    Outside,
}

#[inline]
fn script(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' => Script::Latin,
        '0'..='9' | '_' => Script::Digit,
        '\'' | '’' => Script::Apostrophe,
        '\0'..='\u{a9}' => Script::Outside,
        'ª' | 'º' | 'µ' => Script::Symbol,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' => Script::Mark,
        '\u{250}'..='\u{2ff}'
        | '\u{1d00}'..='\u{1dbf}'
        | '\u{2100}'..='\u{218f}'
        | '\u{249c}'..='\u{24e9}' => Script::Symbol,
        '\u{ff21}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}' => {
            Script::Symbol
        }
        _ if c.is_numeric() => Script::Digit,
        _ if !c.is_alphabetic() => Script::Outside,
        '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' => Script::Latin,
        '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}' | '\u{fb00}'..='\u{fb06}' => {
            Script::Latin
        }
        _ => Script::Foreign,
    }
}

fn is_word_char(c: char) -> bool {
    matches!(script(c), Script::Latin | Script::Foreign | Script::Digit | Script::Symbol)
}

/// The bytes up to the next white space or angle bracket or straight quote.
fn until_blank(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '“' | '”' | '»'))
        .unwrap_or(text.len())
}

/// The length of the tag or entity that starts here. Looks ahead at most 300 bytes.
pub(super) fn markup(text: &str) -> Option<usize> {
    const LONGEST: usize = 300;
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'<' if bytes
            .get(1)
            .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?')) =>
        {
            let end =
                bytes.iter().take(LONGEST).skip(1).position(|b| matches!(b, b'>' | b'<'))? + 1;
            (bytes[end] == b'>').then_some(end + 1)
        }
        b'&' => {
            let end = bytes
                .iter()
                .take(12)
                .skip(1)
                .position(|b| !b.is_ascii_alphanumeric() && *b != b'#')?
                + 1;
            (bytes[end] == b';' && end > 2).then_some(end + 1)
        }
        _ => None,
    }
}

/// The length of the path that starts here: `/usr/bin`, `./a`, `~/b`.
fn path(text: &str, previous: char) -> Option<usize> {
    if !(previous.is_whitespace() || matches!(previous, '"' | '\'' | '(' | '`')) {
        return None;
    }
    let tail = ["../", "./", "~/", "/"].iter().find_map(|start| text.strip_prefix(start))?;
    tail.starts_with(|c: char| c.is_ascii_alphanumeric()).then(|| until_blank(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<&str> {
        tokens(line).map(|t| &line[t.start..t.end]).collect()
    }

    #[test]
    fn only_words_with_evidence_are_tokens() {
        for (line, expected) in [
            ("", vec![]),
            ("Hola, mundo", vec!["Hola", "mundo"]),
            ("I don't know, d’accord", vec!["I", "don't", "know", "d’accord"]),
            ("'quoted' words'", vec!["quoted", "words"]),
            ("¿Qué? ¡Sí!", vec!["¿", "Qué", "¡", "Sí"]),
            ("2026-11-22 v0.3.51 0x7f3a a1b2c3 snake_case", vec![]),
            ("1º 2ª 3rd", vec![]),
            ("mira https://example.com/ruta/larga?x=y aquí", vec!["mira", "aquí"]),
            ("(www.ejemplo.es) y http://a.b", vec!["y"]),
            ("a-@b.es, a.+@b.es y a-.com        ", vec!["y"]),
            (
                "escribe a juan.perez+spam@correo-uno.com.mx, gracias",
                vec!["escribe", "a", "gracias"],
            ),
            ("#MeToo @usuario hola", vec!["hola"]),
            ("abre index.html o limpio.org/docs ya", vec!["abre", "o", "ya"]),
            ("fin.Y sigue", vec!["fin", "Y", "sigue"]),
            ("/usr/local/bin y ./script", vec!["y"]),
            ("él/ella and/or", vec!["él", "ella", "and", "or"]),
            ("<b>negrita</b> &nbsp;y <a href=\"x\">más</a>", vec!["negrita", "y", "más"]),
            ("a < b & c", vec!["a", "b", "c"]),
            ("Приветhello 你好world", vec!["Привет", "hello", "你好", "world"]),
            ("cafe\u{301} so\u{ad}lo", vec!["cafe\u{301}", "so\u{ad}lo"]),
            ("😊 → ✓ ---", vec![]),
        ] {
            assert_eq!(words(line), expected, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn eight_bytes_together_tell_what_one_by_one_do(
            word in "[a-zA-Z]{1,9}([.:@_'ñ3é%+/ -][a-zA-Z/]{0,2}){0,4}(\\.com|://b|@b)?",
        ) {
            // A line must go on for eight bytes to be looked at together.
            let together = format!("{word}        ");
            let told = |line: &str| -> Vec<_> {
                tokens(line).map(|t| (t.start, t.end, t.kind, t.case, t.gap, t.letters)).collect()
            };
            prop_assert_eq!(told(&together), told(&word));
            for token in tokens(&together).filter(|token| token.short != 0) {
                let mut letters = [0; 8];
                let word = together[token.start..token.end].to_ascii_lowercase();
                letters[..word.len()].copy_from_slice(word.as_bytes());
                prop_assert_eq!(token.short.to_le_bytes(), letters);
            }
        }
    }

    #[test]
    fn short_words_are_found_inside_a_line() {
        let line = "The end of it. Un día más en casa";
        let short: Vec<&str> =
            tokens(line).filter(|t| t.short != 0).map(|t| &line[t.start..t.end]).collect();
        assert_eq!(short, ["The", "end", "of", "it", "Un"]);
    }

    #[test]
    fn a_word_of_endless_length_carries_no_evidence() {
        assert_eq!(words(&"a".repeat(100_000)), Vec::<&str>::new());
        assert_eq!(words(&format!("{} fin", "ab".repeat(21))), ["fin"]);
    }

    #[test]
    fn boundaries_take_the_first_kind_that_fits() {
        for (line, gap) in [
            ("a b", Gap::Space),
            ("a-b", Gap::Space),
            ("a, b", Gap::Comma),
            ("a - b", Gap::Separator),
            ("a   b", Gap::Separator),
            ("a | b", Gap::Separator),
            ("a (b", Gap::Quote),
            ("a. (b", Gap::Sentence),
            ("a. \r b", Gap::Line),
            ("a http://x.y/z. b", Gap::Space),
        ] {
            let gaps: Vec<Gap> = tokens(line).map(|t| t.gap).collect();
            assert_eq!(gaps, [Gap::Line, gap], "{line:?}");
        }
    }

    #[test]
    fn case_is_read_from_the_letters() {
        let cases: Vec<Case> =
            tokens("hola Hola HOLA I iPhone D'ARTAGNAN").map(|t| t.case).collect();
        assert_eq!(
            cases,
            [
                Case::Lower,
                Case::Capitalised,
                Case::Upper,
                Case::Capitalised,
                Case::Lower,
                Case::Upper
            ]
        );
    }
}
