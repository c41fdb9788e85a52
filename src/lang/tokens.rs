//! Tokens: the words of a text that can say something about its language, and what lies between them.
//!
//! A line is walked once. A run of letters is a word; everything that carries no evidence is passed over and
//! later follows its neighbours: numbers and words with digits or `_`, `#tags`, `@handles`, URLs, e-mail
//! addresses, file names, paths, tags and entities. What lies between two words is reduced to the kind of
//! boundary it is, because a change of language is likelier after a full stop than after a space.

use super::address::{address, markup, path};
use super::block::{Seen, long_word, medium_word, short_word};
use super::script::{Run, any_run, ascii_run, is_word_char};

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
    /// The English word "I", or one like "I'm", which is a capital anywhere.
    Pronoun,
}

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters of the Latin alphabet, and maybe apostrophes.
    Word,
    /// The same with an apostrophe, seen as a whole.
    Contraction,
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
    /// The hash of a word in lower case, if it was seen as a whole; else 0.
    pub key: u64,
}

/// Who takes the tokens of a line.
pub(super) trait Sink {
    fn take(&mut self, token: Token);
}

/// Gives a token that is not among the many, so that these are given without a call.
#[inline(never)]
fn aside(sink: &mut impl Sink, token: Token) {
    sink.take(token);
}

/// The tokens of the first line of a text, in order. No step leads beyond its newline.
pub(super) fn tokens(line: &str) -> Tokens<'_> {
    Tokens { line, at: 0, gap: Gap::Line, plain_until: 0, tally: Tally::default() }
}

/// See [`tokens`].
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    line: &'t str,
    at: usize,
    gap: Gap,
    /// Up to here the text is known to hold no address, so it is not looked at again.
    plain_until: usize,
    tally: Tally,
}

/// What is noticed on the way, for those who would else look at the whole line once more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Letters, and small ones of ASCII among them, at least so many; unless something was not counted.
    pub letters: u32,
    pub small: u32,
    pub is_partial: bool,
    /// Whether there may be a sign that code has and prose has not: `=`, `&`, `()` or `::`.
    pub has_signs: bool,
    /// Bytes of the line, with its newline.
    pub bytes: usize,
    /// Bytes that were looked at by functions that have no bound of their own.
    #[cfg(test)]
    pub looked: usize,
}

/// What a byte is to the walk.
#[derive(Debug, Clone, Copy)]
enum Byte {
    /// Passed over, with the boundary that it makes.
    Mark(Gap),
    Blank,
    Letter,
    /// Ends the line.
    Newline,
    /// Needs a look around.
    Other,
}

static BYTES: [Byte; 256] = {
    let mut bytes = [Byte::Mark(Gap::Space); 256];
    let mut at = 0;
    while at < 256 {
        bytes[at] = match at as u8 {
            b' ' => Byte::Blank,
            b'a'..=b'z' | b'A'..=b'Z' => Byte::Letter,
            b'\n' => Byte::Newline,
            b'#'..=b'&' | b'(' | b'*' | b'+' | b'-'..=b':' | b'<' | b'=' => Byte::Other,
            b'@' | b'\\' | b'^' | b'_' | b'~' | 0x80.. => Byte::Other,
            mark => Byte::Mark(ascii_gap(mark)),
        };
        at += 1;
    }
    bytes
};

/// The boundary that a byte of ASCII makes which is part of no word, wherever it stands.
pub(super) const fn ascii_gap(byte: u8) -> Gap {
    match byte {
        b'\n' | b'\r' | 0x0B | 0x0C => Gap::Line,
        b'.' | b'!' | b'?' => Gap::Sentence,
        b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => Gap::Quote,
        b'|' | b'/' | b'>' | b'\t' => Gap::Separator,
        b',' | b';' | b':' => Gap::Comma,
        _ => Gap::Space,
    }
}

impl Tokens<'_> {
    /// Gives every token of the line to `sink`, in order, and tells what was noticed on the way.
    #[inline(always)]
    pub(super) fn give(mut self, sink: &mut impl Sink) -> Tally {
        let bytes = self.line.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            let token = match BYTES[usize::from(*byte)] {
                Byte::Letter => {
                    self.words(sink);
                    continue;
                }
                Byte::Blank => {
                    self.at += 1;
                    if bytes.get(self.at) == Some(&b' ') {
                        self.blanks();
                    }
                    continue;
                }
                Byte::Mark(gap) => {
                    self.gap = self.gap.min(gap);
                    self.at += 1;
                    continue;
                }
                Byte::Newline => {
                    self.at += 1;
                    break;
                }
                Byte::Other => self.other(*byte),
            };
            if let Some(token) = token {
                aside(sink, token);
            }
        }
        self.tally.bytes = self.at;
        self.tally
    }

    /// Takes the words from here on, as long as they are short and plain, with a space or a comma between them; and
    /// one of another kind.
    #[inline(always)]
    fn words(&mut self, sink: &mut impl Sink) {
        let bytes = self.line.as_bytes();
        let (mut at, mut gap) = (self.at, self.gap);
        while let Some(seen) = short_word(bytes, at)
            && (seen.next == b' ' || ends(seen.next, bytes, at + seen.bytes) == End::Word)
        {
            sink.take(self.seen(&seen, at, gap));
            gap = Gap::Space;
            at += seen.bytes;
            let is_letter = |byte: &u8| matches!(BYTES[usize::from(*byte)], Byte::Letter);
            // What most words have between them: a space, or a comma and a space.
            let between = match seen.next {
                b' ' => 1,
                b',' if bytes.get(at + 1) == Some(&b' ') => 2,
                _ => 0,
            };
            if between == 0 || !bytes.get(at + between).is_some_and(is_letter) {
                (self.at, self.gap) = (at, gap);
                return;
            }
            gap = if between == 1 { Gap::Space } else { Gap::Comma };
            at += between;
        }
        (self.at, self.gap) = (at, gap);
        if let Some(token) = self.letters() {
            aside(sink, token);
        }
    }

    /// The same for words that are not short, or not plain.
    #[inline(never)]
    fn letters(&mut self) -> Option<Token> {
        let bytes = self.line.as_bytes();
        if let Some(seen) = medium_word(bytes, self.at)
            && ends(seen.next, bytes, self.at + seen.bytes) == End::Word
        {
            return Some(self.take_seen(&seen));
        }
        if let Some(seen) = long_word(self.line, self.at) {
            match ends(seen.next, bytes, self.at + seen.bytes) {
                End::Word | End::Apostrophe => return Some(self.take_seen(&seen)),
                End::Joined => return self.unless_address(|tokens| tokens.take_seen(&seen)),
                End::Unknown => {}
            }
        }
        self.word(ascii_run(&bytes[self.at..]))
    }

    fn take_seen(&mut self, seen: &Seen) -> Token {
        let token = self.seen(seen, self.at, self.gap);
        self.at += seen.bytes;
        self.gap = Gap::Space;
        token
    }

    /// The token of a word that was seen at this place, which is counted.
    #[inline(always)]
    fn seen(&mut self, seen: &Seen, start: usize, gap: Gap) -> Token {
        self.tally.letters += seen.letters;
        self.tally.small += seen.small;
        Token {
            start,
            end: start + seen.bytes,
            kind: if seen.has_apostrophe { Kind::Contraction } else { Kind::Word },
            case: seen.case,
            gap,
            letters: seen.letters,
            key: seen.key,
        }
    }

    /// Takes the word that starts here, or passes over it. `None` for a run says that it is not ASCII.
    fn word(&mut self, run: Option<Run>) -> Option<Token> {
        self.tally.is_partial = true;
        let rest = &self.line[self.at..];
        let Run { bytes, kind, case, letters } = run.unwrap_or_else(|| any_run(rest));
        #[cfg(test)]
        {
            // A run of ASCII may have been looked at before.
            self.tally.looked += 2 * bytes;
        }
        let take = |tokens: &mut Self| match kind {
            Some(kind) => Some(tokens.take(bytes, kind, case, letters)),
            None => {
                tokens.at += bytes;
                None
            }
        };
        let next = rest.as_bytes().get(bytes).copied().unwrap_or(0);
        match ends(next, rest.as_bytes(), bytes) {
            End::Joined => self.unless_address(take).flatten(),
            _ => take(self),
        }
    }

    /// Takes what starts here, unless it is an address, which is passed over.
    fn unless_address<T>(&mut self, take: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.at >= self.plain_until {
            let address = address(&self.line[self.at..]);
            #[cfg(test)]
            {
                self.tally.looked += address.unwrap_or_else(|bytes| bytes);
            }
            match address {
                Ok(bytes) => {
                    self.skip(bytes);
                    return None;
                }
                Err(bytes) => self.plain_until = self.at + bytes,
            }
        }
        Some(take(self))
    }

    /// Whatever starts with neither an ASCII letter nor a plain mark.
    #[inline(never)]
    fn other(&mut self, byte: u8) -> Option<Token> {
        let rest = &self.line[self.at..];
        let c = rest.chars().next()?;
        match byte {
            b'0'..=b'9' | b'_' => return self.word(ascii_run(rest.as_bytes())),
            0x80.. if c == '¿' || c == '¡' => {
                return Some(self.take(c.len_utf8(), Kind::Inverted, Case::Lower, 0));
            }
            0x80.. if is_word_char(c) => return self.letters(),
            b'#' | b'@' => {
                self.at += 1;
                self.tag();
                return None;
            }
            _ => {}
        }
        let special = match byte {
            b'<' | b'&' => markup(rest),
            b'/' | b'.' | b'~' => path(rest, self.previous()),
            _ => None,
        };
        match special {
            Some(bytes) => self.skip(bytes),
            None => self.pass(c, rest),
        }
        None
    }

    /// Passes over the word after `#` or `@`.
    fn tag(&mut self) {
        let rest = &self.line[self.at..];
        if rest.starts_with(is_word_char) {
            let start = self.gap;
            if self.word(ascii_run(rest.as_bytes())).is_some() {
                // It carries no evidence: what comes next is as far from the word before.
                self.gap = start;
            }
        }
    }

    fn take(&mut self, bytes: usize, kind: Kind, case: Case, letters: u32) -> Token {
        let (start, end) = (self.at, self.at + bytes);
        let token = Token { start, end, kind, case, gap: self.gap, letters, key: 0 };
        self.gap = if kind == Kind::Inverted { Gap::Opening } else { Gap::Space };
        self.at = end;
        token
    }

    /// Passes over something that may hold signs of any kind.
    fn skip(&mut self, bytes: usize) {
        self.tally.is_partial = true;
        self.tally.has_signs = true;
        self.at += bytes;
    }

    /// Passes the second space and those after it.
    #[inline(never)]
    fn blanks(&mut self) {
        let rest = &self.line.as_bytes()[self.at..];
        let more = rest.iter().take_while(|byte| **byte == b' ').count();
        self.at += more;
        if more >= 2 {
            self.gap = self.gap.min(Gap::Separator);
        }
    }

    /// The character before this place.
    fn previous(&self) -> char {
        self.line[..self.at].chars().next_back().unwrap_or(' ')
    }

    /// Passes one character between words and notes what boundary it makes.
    fn pass(&mut self, c: char, rest: &str) {
        let next = rest[c.len_utf8()..].chars().next();
        let gap = match c {
            '\u{85}' | '\u{2028}' | '\u{2029}' => Gap::Line,
            '…' => Gap::Sentence,
            '“' | '”' | '„' | '«' | '»' | '‘' | '’' | '‹' | '›' => Gap::Quote,
            '·' | '•' | '—' | '–' | '→' => Gap::Separator,
            '-' if self.previous().is_whitespace() && next.is_none_or(char::is_whitespace) => {
                Gap::Separator
            }
            '\0'..='\x7F' => ascii_gap(c as u8),
            _ => Gap::Space,
        };
        self.tally.has_signs |=
            matches!((c, next), ('=' | '&', _) | ('(', Some(')')) | (':', Some(':')));
        self.gap = self.gap.min(gap);
        self.at += c.len_utf8();
    }
}

/// How a run of letters ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The word is whole.
    Word,
    /// If no letter follows the apostrophe.
    Apostrophe,
    /// A name or an address may go on behind the mark.
    Joined,
    /// It goes on with digits.
    Unknown,
}

/// [`End`] by the byte after a run, where one is enough to know.
static ENDS: [End; 256] = {
    let mut ends = [End::Word; 256];
    let mut at = 0;
    while at < 256 {
        ends[at] = match at as u8 {
            b'\'' => End::Apostrophe,
            b'.' | b'@' | b':' | b'+' | b'-' | b'%' => End::Joined,
            b'0'..=b'9' | b'_' => End::Unknown,
            _ => End::Word,
        };
        at += 1;
    }
    ends
};

/// Tells how the run of letters ends before this place, where the next byte stands.
#[inline(always)]
fn ends(next: u8, bytes: &[u8], at: usize) -> End {
    // A full stop ends a sentence, unless a name or an address goes on behind it.
    let goes_on = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'/' | b'_' | b'.' | b'@' | b':' | b'+' | b'-' | b'%' | 0x80..)
    };
    match ENDS[usize::from(next)] {
        End::Joined if !bytes.get(at + 1).is_some_and(goes_on) => End::Word,
        end => end,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::word_hash;
    use super::*;

    fn all(line: &str) -> Vec<Token> {
        let mut all = Vec::new();
        tokens(line).give(&mut all);
        all
    }

    impl Sink for Vec<Token> {
        fn take(&mut self, token: Token) {
            self.push(token);
        }
    }

    fn words(line: &str) -> Vec<&str> {
        all(line).iter().map(|t| &line[t.start..t.end]).collect()
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
        fn words_seen_as_a_whole_are_those_read_letter_by_letter(
            line in "([a-zA-Z]{1,9}|[a-zA-ZáéñÑÜ]{1,16}|I|i|\\PC)([.:@_'’ñ3ü%+/ …» -]{0,2}[a-zA-ZÁé]{0,3}){0,4}(\\.com|://b|@b)?",
        ) {
            let mut end = 0;
            for token in all(&line) {
                prop_assert!(token.start >= end && token.end > token.start);
                end = token.end;
                prop_assert!(line.is_char_boundary(token.start) && line.is_char_boundary(end));
                let run = any_run(&line[token.start..]);
                let case = if token.case == Case::Pronoun { Case::Capitalised } else { token.case };
                if matches!(token.kind, Kind::Word | Kind::Contraction) {
                    prop_assert_eq!((token.end - token.start, token.letters), (run.bytes, run.letters));
                    prop_assert_eq!((Some(Kind::Word), case), (run.kind, run.case));
                }
                if token.key != 0 {
                    let word = line[token.start..end].to_lowercase();
                    prop_assert_eq!(token.key, word_hash(word.as_bytes()));
                    prop_assert_eq!(token.kind == Kind::Contraction, word.contains('\''));
                }
            }
        }

        #[test]
        fn the_end_of_a_line_is_like_the_middle(
            line in "([a-zA-Z]{1,9}|[a-zñé']{1,16}|[0-9]{1,2})([.:@_'’ñ3%+/ -][a-zA-Z/]{0,2}){0,4}(\\.com|://b|@b)?",
        ) {
            // What is looked at together reaches beyond the line here, and not there.
            let told = |line: &str| -> Vec<_> {
                let all = all(line);
                all.iter().map(|t| (t.start, t.end, t.kind, t.case, t.gap, t.letters, t.key)).collect()
            };
            prop_assert_eq!(told(&format!("{line}                ")), told(&line));
        }

        #[test]
        fn no_byte_is_looked_at_again_and_again(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "é", "a.", "a-", "a+", "a%", "a@", "a:", "a'", "a’", "a_", "1", "1.", "www.", "www", "://", "@", "#",
                    "<", "<a", "&", "&a", "/", "./", "~/", " ", "\u{301}", "\u{ad}", "я", "я.", ".com", "\"", "¿", "abcdefgh",
                ]),
                1..6,
            ),
            times in 1usize..400,
        ) {
            let line = pieces.concat().repeat(times);
            let tally = tokens(&line).give(&mut Vec::new());
            prop_assert!(tally.looked <= 3 * line.len(), "{} of {}", tally.looked, line.len());
        }

        #[test]
        fn capitals_are_never_more_than_the_tally_tells(line in "[a-zA-ZÑñáÉ' .,]{0,60}") {
            let tally = tokens(&line).give(&mut Vec::new());
            let capitals = line.chars().filter(char::is_ascii_uppercase).count() as u32;
            let small = line.chars().filter(char::is_ascii_lowercase).count() as u32;
            if !tally.is_partial {
                prop_assert!(tally.letters - tally.small >= capitals);
                prop_assert!(tally.small <= small);
            }
        }
    }

    #[test]
    fn words_in_line_are_seen_as_a_whole() {
        let line =
            "The end. Un día más, Administración; don't I'm “cursilería”… straightforwardly naïve";
        let tokens = all(line);
        let seen: Vec<&str> =
            tokens.iter().filter(|t| t.key != 0).map(|t| &line[t.start..t.end]).collect();
        assert_eq!(
            seen,
            ["The", "end", "Un", "día", "más", "Administración", "don't", "I'm", "cursilería"]
        );
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
            let gaps: Vec<Gap> = all(line).iter().map(|t| t.gap).collect();
            assert_eq!(gaps, [Gap::Line, gap], "{line:?}");
        }
    }

    #[test]
    fn case_is_read_from_the_letters() {
        let cases: Vec<Case> =
            all("hola Hola HOLA A I I'm i iPhone D'ARTAGNAN").iter().map(|t| t.case).collect();
        assert_eq!(
            cases,
            [
                Case::Lower,
                Case::Capitalised,
                Case::Upper,
                Case::Capitalised,
                Case::Pronoun,
                Case::Pronoun,
                Case::Lower,
                Case::Lower,
                Case::Upper
            ]
        );
    }
}
