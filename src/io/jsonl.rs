//! Records whose text changes and whose other bytes do not.
//!
//! A record is read as a map of raw values: nothing but the text field is decoded. A clean text is
//! spliced in as a new JSON string between the untouched bytes before and after it, so that the
//! order, spacing, escapes, numbers such as `1e400` and duplicate keys of the record survive. A
//! record whose text does not change keeps its very bytes.
//!
//! A lone surrogate escape in the text cannot be a character: it becomes U+FFFD and is counted.
//! Values are skipped without recursion, so that nesting has no limit.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use encoding_rs::UTF_8;
use memchr::{memchr_iter, memrchr};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::source::{READ_BYTES, read_some};

/// The names of the fields that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// What is cleaned.
    pub text: String,
    /// What names the record in reports.
    pub id: String,
    /// What tells its site, if that is asked.
    pub site: Option<String>,
}

/// The key that `--annotate` sets.
const ANNOTATION: &str = "limpio";

/// A record, as places in its line.
#[derive(Debug)]
pub struct Record<'l> {
    line: &'l str,
    /// The raw text value, with its quotes.
    text: Range<usize>,
    id: Option<Range<usize>>,
    site: Option<Range<usize>>,
    annotation: Option<Range<usize>>,
    /// Members that a later annotation overrules, each with the comma after it.
    overruled: Vec<Range<usize>>,
    /// Where the closing brace stands.
    end: usize,
}

impl<'l> Record<'l> {
    /// Reads a line; of duplicate keys the last counts, as in every JSON parser that keeps one.
    ///
    /// # Errors
    ///
    /// What is wrong with the record, in words for a message.
    pub fn parse(line: &'l [u8], fields: &Fields) -> Result<Record<'l>, String> {
        let known = as_utf8(line);
        let line = match known {
            Some(Cow::Borrowed(line)) => Ok(line),
            _ => std::str::from_utf8(line),
        };
        let line =
            line.map_err(|error| format!("invalid UTF-8 at byte {}", error.valid_up_to() + 1))?;
        if !line.trim_start().starts_with('{') {
            return Err("expected an object".into());
        }
        let mut parser = serde_json::Deserializer::from_str(line);
        let places = Places { line, fields };
        let found = parser.deserialize_map(places).and_then(|found| parser.end().map(|()| found));
        let found = found.map_err(|error| said_of_one_line(&error))?;
        let text = found.text.ok_or_else(|| format!("no field `{}`", fields.text))?;
        if !line[text.clone()].starts_with('"') {
            return Err(format!("field `{}` is no string", fields.text));
        }
        let end = line.trim_end().len().saturating_sub(1);
        let Found { id, site, annotation, overruled, .. } = found;
        Ok(Record { line, text, id, site, annotation, overruled, end })
    }

    /// The text, and how many lone surrogates it lost.
    pub fn text(&self) -> (Cow<'l, str>, u64) {
        unescaped(&self.line[self.text.clone()])
    }

    /// The id as it stands in the record: any JSON value.
    pub fn id(&self) -> Option<&'l str> {
        self.id.clone().map(|place| &self.line[place])
    }

    /// What the field of the site says; `None` for none, or one that is no string.
    pub fn site(&self) -> Option<Cow<'l, str>> {
        let value = &self.line[self.site.clone()?];
        value.starts_with('"').then(|| unescaped(value).0)
    }

    /// Appends the line with another text, another annotation (a JSON value), or both.
    ///
    /// Of several annotations the last place gets the new one, and the others go. What is new is written
    /// where it belongs at once: a text may be hundreds of megabytes.
    pub fn splice(&self, text: Option<&str>, annotation: Option<&str>, out: &mut Vec<u8>) {
        let line = self.line.as_bytes();
        let text = text.map(|text| (self.text.clone(), New::Text(text)));
        let overruled: &[Range<usize>] = if annotation.is_some() { &self.overruled } else { &[] };
        let overruled = overruled.iter().map(|place| (place.clone(), New::Nothing));
        let annotation = annotation.map(|value| match &self.annotation {
            Some(place) => (place.clone(), New::Value(value)),
            None => (self.end..self.end, New::Member(value)),
        });
        let mut edits: Vec<(Range<usize>, New<'_>)> =
            text.into_iter().chain(annotation).chain(overruled).collect();
        edits.sort_by_key(|(place, _)| place.start);
        let mut from = 0;
        for (place, new) in edits {
            out.extend_from_slice(&line[from..place.start]);
            match new {
                New::Text(text) => push_quoted(text, out),
                New::Value(value) => out.extend_from_slice(value.as_bytes()),
                New::Member(value) => {
                    out.extend_from_slice(format!(",\"{ANNOTATION}\":").as_bytes());
                    out.extend_from_slice(value.as_bytes());
                }
                New::Nothing => {}
            }
            from = place.end;
        }
        out.extend_from_slice(&line[from..]);
    }
}

/// What comes into a record.
enum New<'n> {
    /// As a JSON string.
    Text(&'n str),
    /// JSON.
    Value(&'n str),
    /// JSON, with a key of its own.
    Member(&'n str),
    Nothing,
}

/// Appends a JSON string. serde_json looks at each byte alone: it is asked about those that have to be
/// escaped.
fn push_quoted(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + text.len() / 32 + 2);
    out.push(b'"');
    let mut rest = push_plain(text, out);
    while let Some((escaped, after)) = rest.split_at_checked(1) {
        let quote = out.len();
        // A vector takes whatever is written, and a string is JSON.
        if serde_json::to_writer(&mut *out, escaped).is_ok() {
            out.remove(quote);
            out.pop();
        }
        rest = push_plain(after, out);
    }
    out.push(b'"');
}

/// Appends the bytes up to the first one that has to be escaped; what follows.
fn push_plain<'t>(text: &'t str, out: &mut Vec<u8>) -> &'t str {
    let bytes = text.as_bytes();
    let (blocks, _) = bytes.as_chunks::<PLAIN>();
    let plain = blocks.iter().take_while(|block| !holds_escaped(block)).count() * PLAIN;
    let more = bytes[plain..].iter().position(|byte| holds_escaped(&[*byte]));
    let (plain, rest) = text.split_at(more.map_or(text.len(), |more| plain + more));
    out.extend_from_slice(plain.as_bytes());
    rest
}

/// Whether one of these bytes has to be escaped. Not one is skipped: so they are looked at together.
fn holds_escaped<const N: usize>(bytes: &[u8; N]) -> bool {
    let is = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
    bytes.iter().fold(0, |any, byte| any | is(*byte)) > 0
}

/// Bytes that are looked at together for those that have to be escaped.
const PLAIN: usize = 32;

/// Bytes as text, if they are UTF-8. Several times as fast as the standard library, which looks at every
/// character beyond ASCII alone.
pub fn as_utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    UTF_8.decode_without_bom_handling_and_without_replacement(bytes)
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".into())
}

/// `expected value at line 1 column 9` -> `expected value at column 9`: records have no lines.
fn said_of_one_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

#[derive(Default)]
struct Found {
    text: Option<Range<usize>>,
    id: Option<Range<usize>>,
    site: Option<Range<usize>>,
    annotation: Option<Range<usize>>,
    overruled: Vec<Range<usize>>,
}

struct Places<'a> {
    line: &'a str,
    fields: &'a Fields,
}

impl<'de> Visitor<'de> for Places<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        // Where the keys of annotations stand, and the key after each.
        let mut annotations: Vec<Range<usize>> = Vec::new();
        let mut is_after_annotation = false;
        // Where a value stands in the line it was borrowed from.
        let start_of = |value: &RawValue| value.get().as_ptr().addr() - self.line.as_ptr().addr();
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let key_start = start_of(key);
            if std::mem::take(&mut is_after_annotation)
                && let Some(last) = annotations.last_mut()
            {
                last.end = key_start;
            }
            let (key, _) = unescaped(key.get());
            let start = start_of(value);
            let place = Some(start..start + value.get().len());
            // One field may be asked for two things.
            if self.fields.site.as_deref() == Some(&*key) {
                found.site = place.clone();
            }
            if key == self.fields.text {
                found.text = place;
            } else if key == self.fields.id {
                found.id = place;
            } else if key == ANNOTATION {
                found.annotation = place;
                annotations.push(key_start..key_start);
                is_after_annotation = true;
            }
        }
        annotations.pop();
        found.overruled = annotations;
        Ok(found)
    }
}

/// The characters of a JSON string that a parser has accepted, and how many lone surrogates became
/// U+FFFD.
fn unescaped(quoted: &str) -> (Cow<'_, str>, u64) {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted);
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return (Cow::Borrowed(inner), 0);
    }
    let mut text = String::with_capacity(inner.len());
    let mut lost = 0;
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1).copied();
        rest = rest.get(at + 2..).unwrap_or("");
        text.push(match escape {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => {
                let (character, after) = unicode_escape(rest);
                rest = after;
                character.unwrap_or_else(|| {
                    lost += 1;
                    char::REPLACEMENT_CHARACTER
                })
            }
            Some(itself) => char::from(itself),
            None => break,
        });
    }
    text.push_str(rest);
    (Cow::Owned(text), lost)
}

/// The character of `XXXX` or `XXXX\uXXXX`, and what follows; none for a lone surrogate.
fn unicode_escape(rest: &str) -> (Option<char>, &str) {
    let unit = |at: &str| at.get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let after = rest.get(4..).unwrap_or("");
    let Some(first) = unit(rest) else {
        return (None, after);
    };
    if !(0xD800..0xDC00).contains(&first) {
        return (char::from_u32(first), after);
    }
    let second = after.strip_prefix("\\u").and_then(unit);
    match second {
        Some(second @ 0xDC00..=0xDFFF) => {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(code), after.get(6..).unwrap_or(""))
        }
        _ => (None, after),
    }
}

/// Whole lines of an input, together.
#[derive(Debug)]
pub struct Block {
    /// The number of its first line, from 1.
    pub first_line: u64,
    /// The lines, with their ends.
    pub bytes: Vec<u8>,
}

/// Bytes that a block has at least, unless the input pauses or ends.
///
/// Source: at 1 MiB the cost of handing a block to a thread vanishes, and a few per worker fit any
/// machine (measured, 2026-11).
const BLOCK_BYTES: usize = 1024 * 1024;

/// Cuts an input into blocks; a byte order mark at its start is left out.
pub struct Blocks<R> {
    reader: R,
    /// Bytes read of a line whose end was not.
    begun: Vec<u8>,
    next_line: u64,
    /// Whether to hand out whole lines as soon as a read gave some: for pipes, which may pause.
    eager: bool,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// Starts at the first line.
    pub fn new(reader: R, eager: bool) -> Blocks<R> {
        Blocks { reader, begun: Vec::new(), next_line: 1, eager, ended: false }
    }

    /// Reads on, until there are lines enough.
    fn read_block(&mut self) -> io::Result<Option<Block>> {
        let mut bytes = std::mem::take(&mut self.begun);
        let mut last_end = None;
        loop {
            let enough = if self.eager { 0 } else { BLOCK_BYTES };
            if let Some(end) = last_end
                && bytes.len() >= enough
            {
                self.begun = bytes.split_off(end);
                return Ok(Some(self.block(bytes)));
            }
            let from = bytes.len();
            // Grows with the line: no more than twice the longest one is ever held.
            let room = from.clamp(READ_BYTES, BLOCK_BYTES);
            bytes.resize(from + room, 0);
            let read = read_some(&mut self.reader, &mut bytes[from..]);
            bytes.truncate(from + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                self.ended = true;
                return Ok(if bytes.is_empty() { None } else { Some(self.block(bytes)) });
            }
            last_end = memrchr(b'\n', &bytes[from..]).map(|at| from + at + 1).or(last_end);
        }
    }

    fn block(&mut self, mut bytes: Vec<u8>) -> Block {
        let first_line = self.next_line;
        self.next_line += memchr_iter(b'\n', &bytes).count() as u64;
        if first_line == 1 && bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(..'\u{feff}'.len_utf8());
        }
        Block { first_line, bytes }
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<io::Result<Block>> {
        if self.ended {
            return None;
        }
        let block = self.read_block();
        self.ended |= block.is_err();
        block.transpose()
    }
}

/// The lines of a block: each without its end, and the end.
pub fn lines(block: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        (!line.is_empty()).then(|| line.split_at(body.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields { text: "text".into(), id: "id".into(), site: Some("url".into()) }
    }

    fn spliced_with(record: &Record<'_>, text: Option<&str>, annotation: Option<&str>) -> String {
        let mut out = b"before".to_vec();
        record.splice(text, annotation, &mut out);
        String::from_utf8(out.split_off(6)).unwrap()
    }

    #[test]
    fn a_new_text_leaves_every_other_byte_alone() {
        for (line, spliced) in [
            (r#"{"text":"a"}"#, r#"{"text":"B\n"}"#),
            (
                r#" { "n" : 1.0e400 , "text" : "a" ,"n":-0 } "#,
                r#" { "n" : 1.0e400 , "text" : "B\n" ,"n":-0 } "#,
            ),
            (r#"{"te\u0078t":"a","\ud800":"\udc00"}"#, r#"{"te\u0078t":"B\n","\ud800":"\udc00"}"#),
            (r#"{"text":"a","text":"b"}"#, r#"{"text":"a","text":"B\n"}"#),
            (r#"{"a":{"text":"x"},"text":"y"}"#, r#"{"a":{"text":"x"},"text":"B\n"}"#),
        ] {
            let record = Record::parse(line.as_bytes(), &fields()).unwrap();
            assert_eq!(spliced_with(&record, Some("B\n"), None), spliced);
            assert_eq!(spliced_with(&record, None, None), line);
        }
    }

    #[test]
    fn strings_are_quoted_as_serde_json_does() {
        let characters: String = (0..0x300).filter_map(char::from_u32).collect();
        let case = |text: &str| {
            let mut out = Vec::new();
            push_quoted(text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(text).unwrap());
        };
        case(&characters);
        for plain in 0..3 * PLAIN {
            let plain = "á".repeat(plain / 2) + &"a".repeat(plain % 2);
            case(&plain);
            ["\n", "\"", "\\", "\u{1f}"]
                .iter()
                .for_each(|end| case(&format!("{plain}{end}{plain}")));
        }
    }

    #[test]
    fn an_annotation_is_added_or_replaced() {
        let case = |line: &str| {
            let record = Record::parse(line.as_bytes(), &fields()).unwrap();
            spliced_with(&record, Some("B"), Some("{}"))
        };
        assert_eq!(case(r#"{"text":"a"}"#), r#"{"text":"B","limpio":{}}"#);
        assert_eq!(case(r#"{"text":"a" } "#), r#"{"text":"B" ,"limpio":{}} "#);
        assert_eq!(case(r#"{"limpio":[1],"text":"a"}"#), r#"{"limpio":{},"text":"B"}"#);
    }

    #[test]
    fn the_site_is_what_its_field_says() {
        for (line, site) in [
            (r#"{"text":"a","url":"https:\/\/a.example/"}"#, Some("https://a.example/")),
            (r#"{"text":"a","url":7}"#, None),
            (r#"{"text":"a","url":null}"#, None),
            (r#"{"text":"a","meta":{"url":"x"}}"#, None),
        ] {
            let record = Record::parse(line.as_bytes(), &fields()).unwrap();
            assert_eq!(record.site().as_deref(), site, "{line}");
        }
        let both = Fields { site: Some("id".into()), ..fields() };
        let record = Record::parse(br#"{"id":"x","text":"a"}"#, &both).unwrap();
        assert_eq!((record.id(), record.site().as_deref()), (Some("\"x\""), Some("x")));
    }

    #[test]
    fn escapes_are_decoded_and_lone_surrogates_counted() {
        for (raw, text, lost) in [
            (r#""plain ñ""#, "plain ñ", 0),
            (r#""\u00f1\n\t\"\\\/\b\f\r""#, "ñ\n\t\"\\/\u{8}\u{c}\r", 0),
            (r#""\ud83d\ude00!""#, "😀!", 0),
            (r#""a\ud83dz""#, "a\u{fffd}z", 1),
            (r#""\ude00\ud83d\ud83d\ude00""#, "\u{fffd}\u{fffd}😀", 2),
            (r#""\ud83d\n""#, "\u{fffd}\n", 1),
            (r#""\u0000""#, "\0", 0),
        ] {
            let (decoded, count) = unescaped(raw);
            assert_eq!((decoded.as_ref(), count), (text, lost), "{raw}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_record_is_said() {
        let case = |line: &[u8]| Record::parse(line, &fields()).unwrap_err();
        assert_eq!(case(br#"{"text": 1}"#), "field `text` is no string");
        assert_eq!(case(br#"{"texto": "a"}"#), "no field `text`");
        assert_eq!(case(br#"[1]"#), "expected an object");
        assert_eq!(case(br#"{"text":"a"} x"#), "trailing characters at column 14");
        assert_eq!(case(b"{\"text\":\"\xff\"}"), "invalid UTF-8 at byte 10");
        assert!(case(br#"{"text":"a""#).contains("at column"));
    }

    #[test]
    fn nesting_has_no_limit() {
        let depth = 200_000;
        let line = format!(r#"{{"x":{}{},"text":"a"}}"#, "[".repeat(depth), "]".repeat(depth));
        let record = Record::parse(line.as_bytes(), &fields()).unwrap();
        assert_eq!(record.text().0, "a");
    }

    #[test]
    fn ids_are_shown_as_they_stand() {
        for (line, id) in [
            (r#"{"id":1e400,"text":""}"#, Some("1e400")),
            (r#"{"id":"\u0041","text":""}"#, Some(r#""\u0041""#)),
            (r#"{"id":{"a":[1, 2]},"text":""}"#, Some(r#"{"a":[1, 2]}"#)),
            (r#"{"text":""}"#, None),
        ] {
            assert_eq!(Record::parse(line.as_bytes(), &fields()).unwrap().id(), id);
        }
    }

    /// Gives as many bytes per read as it is told.
    struct Slices<'a>(&'a [u8], usize);

    impl Read for Slices<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(into.len()).min(self.0.len());
            into[..most].copy_from_slice(&self.0[..most]);
            self.0 = &self.0[most..];
            Ok(most)
        }
    }

    #[test]
    fn blocks_hold_whole_lines_however_the_input_is_read() {
        let input = "\u{feff}one\r\n\ntwo\nthree".as_bytes();
        for eager in [true, false] {
            for size in 1..=input.len() {
                let blocks: Vec<Block> =
                    Blocks::new(Slices(input, size), eager).map(Result::unwrap).collect();
                let whole: Vec<u8> = blocks.iter().flat_map(|block| block.bytes.clone()).collect();
                assert_eq!(whole, input[3..]);
                let mut line = 1;
                for block in &blocks {
                    assert_eq!(block.first_line, line);
                    line += lines(&block.bytes).count() as u64;
                }
                assert_eq!(line, 5);
            }
        }
    }

    #[test]
    fn a_pause_does_not_hold_lines_back() {
        let mut blocks = Blocks::new(Slices(b"one\ntwo\nthr", 5), true);
        assert_eq!(blocks.next().unwrap().unwrap().bytes, b"one\n");
        assert_eq!(blocks.next().unwrap().unwrap().bytes, b"two\n");
        assert_eq!(blocks.next().unwrap().unwrap().bytes, b"thr");
        assert!(blocks.next().is_none());
    }
}
