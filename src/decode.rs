//! Bytes to text.
//!
//! A byte order mark decides; NUL bytes among the first four tell UTF-16 and UTF-32 without one.
//! Otherwise every ASCII-compatible encoding reads ASCII alike, so ASCII passes at once and the
//! decision waits for the first byte beyond it. If the line that holds it is UTF-8, the document
//! is UTF-8. If not, up to 64 KiB from there are looked at: where well-formed UTF-8 sequences
//! outnumber the bad bytes the document is UTF-8 with stray bytes, else `chardetng` names the
//! legacy encoding.
//!
//! In a UTF-8 document a stray byte is read alone, as windows-1252 (what the web means by a byte
//! that fits nothing else); a sequence that was cut short becomes U+FFFD. Surrogate pairs written
//! as two three-byte sequences (CESU-8) are joined. All of these are counted as lossy.
//!
//! Decisions depend on the bytes alone, never on how they arrive.

use std::borrow::Cow;
use std::str;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::Error;

/// How many bytes from the first one beyond ASCII are held at most before an encoding is chosen.
const HOLD_BYTES: usize = 64 * 1024;

/// How many of these the detector is fed: it is slow, and its answer no longer changes.
const DETECTOR_BYTES: usize = 16 * 1024;

/// The encoding for a WHATWG label (`utf-8`, `latin1`, `windows-1252`, `sjis` ...).
///
/// Labels that the standard maps to its replacement decoder are unknown here: reading with it
/// would turn the whole document into one U+FFFD.
pub(crate) fn encoding_for_label(label: &str) -> Result<&'static Encoding, Error> {
    Encoding::for_label_no_replacement(label.as_bytes())
        .ok_or_else(|| Error::unknown("encoding", label, KNOWN_LABELS.iter().copied()))
}

/// Labels that an unknown one is compared with.
const KNOWN_LABELS: &[&str] = &[
    "auto",
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "latin1",
    "macintosh",
    "koi8-r",
    "ibm866",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "gbk",
    "gb18030",
    "big5",
];

/// One document's bytes on their way to text.
pub(crate) struct Decoder {
    label: Option<&'static Encoding>,
    state: State,
    /// Bytes that wait for more: the first four, those before the decision, or a cut character.
    held: Vec<u8>,
    lossy: u64,
    nul: bool,
}

enum State {
    Start,
    Ascii,
    Undecided,
    Utf8,
    Utf32 { big_endian: bool },
    Labelled(Box<encoding_rs::Decoder>),
}

impl Decoder {
    /// A decoder that finds out by itself, or one for a given encoding (a byte order mark wins).
    pub(crate) fn new(label: Option<&'static Encoding>) -> Decoder {
        Decoder { label, state: State::Start, held: Vec::new(), lossy: 0, nul: false }
    }

    /// Forgets the document, keeps the buffer.
    pub(crate) fn reset(&mut self) {
        self.state = State::Start;
        self.held.clear();
        self.lossy = 0;
        self.nul = false;
    }

    /// WHATWG name of the encoding, lower case; ASCII counts as UTF-8.
    pub(crate) fn name(&self) -> String {
        match &self.state {
            State::Start | State::Ascii | State::Undecided | State::Utf8 => UTF_8.name(),
            State::Utf32 { big_endian: true } => "utf-32be",
            State::Utf32 { big_endian: false } => "utf-32le",
            State::Labelled(decoder) => decoder.encoding().name(),
        }
        .to_ascii_lowercase()
    }

    /// Bytes that could not be read as what the document is.
    pub(crate) fn lossy(&self) -> u64 {
        self.lossy
    }

    /// Whether a NUL byte came by, outside UTF-16 and UTF-32.
    pub(crate) fn saw_nul(&self) -> bool {
        self.nul
    }

    /// Decodes the next bytes and appends what is certain to `out`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], out: &mut String) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Start => self.start(bytes, out),
                State::Ascii => self.ascii(bytes, out),
                State::Undecided => self.hold(bytes, out),
                State::Utf8 => self.utf8(bytes, out),
                State::Utf32 { big_endian } => self.utf32(bytes, big_endian, out),
                State::Labelled(_) => self.labelled(bytes, false, out),
            };
        }
    }

    /// The input is over: decodes what was held.
    pub(crate) fn finish(&mut self, out: &mut String) {
        if matches!(self.state, State::Start) {
            self.choose_by_first_bytes();
            self.replay(out);
        }
        if matches!(self.state, State::Undecided) {
            self.choose_by_held_bytes();
            self.replay(out);
        }
        match self.state {
            State::Labelled(_) => {
                self.labelled(&[], true, out);
            }
            State::Utf32 { .. } | State::Utf8 if !self.held.is_empty() => {
                self.lossy += 1;
                match (&self.state, self.held.as_slice()) {
                    // A lone Â, Ã, â or ð at the end is rather a character that was cut.
                    (State::Utf8, [byte]) if !matches!(byte, 0xc2 | 0xc3 | 0xe2 | 0xf0) => {
                        push_windows_1252(*byte, out);
                    }
                    _ => out.push(char::REPLACEMENT_CHARACTER),
                }
                self.held.clear();
            }
            _ => {}
        }
    }

    /// The state was chosen: what was held until then is its input.
    fn replay(&mut self, out: &mut String) {
        let held = std::mem::take(&mut self.held);
        self.push(&held, out);
    }

    fn start<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        let missing = 4 - self.held.len();
        let (first, rest) = bytes.split_at(missing.min(bytes.len()));
        self.held.extend_from_slice(first);
        if self.held.len() == 4 {
            self.choose_by_first_bytes();
            self.replay(out);
        }
        rest
    }

    fn choose_by_first_bytes(&mut self) {
        let (state, mark) = match self.held.as_slice() {
            [0xff, 0xfe, 0, 0] => (State::Utf32 { big_endian: false }, 4),
            [0, 0, 0xfe, 0xff] => (State::Utf32 { big_endian: true }, 4),
            [0xff, 0xfe, ..] => (labelled(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (labelled(UTF_16BE), 2),
            [0xef, 0xbb, 0xbf, ..] => (State::Utf8, 3),
            _ if self.label.is_some_and(|label| label != UTF_8) => {
                (labelled(self.label.unwrap_or(UTF_8)), 0)
            }
            [a, 0, 0, 0] if *a != 0 => (State::Utf32 { big_endian: false }, 0),
            [0, 0, 0, d] if *d != 0 => (State::Utf32 { big_endian: true }, 0),
            [a, 0, c, 0] if *a != 0 && *c != 0 => (labelled(UTF_16LE), 0),
            [0, b, 0, d] if *b != 0 && *d != 0 => (labelled(UTF_16BE), 0),
            _ if self.label.is_some() => (State::Utf8, 0),
            _ => (State::Ascii, 0),
        };
        self.held.drain(..mark);
        self.state = state;
    }

    fn ascii<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        let (ascii, rest) = bytes.split_at(Encoding::ascii_valid_up_to(bytes));
        if let Ok(text) = str::from_utf8(ascii) {
            self.emit(text, out);
        }
        if !rest.is_empty() {
            self.state = State::Undecided;
        }
        rest
    }

    fn hold<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        let seen = self.held.len();
        let (now, rest) = bytes.split_at((HOLD_BYTES - seen).min(bytes.len()));
        let first_line_seen = memchr::memchr(b'\n', &self.held).is_some();
        self.held.extend_from_slice(now);
        if !first_line_seen
            && let Some(end) = memchr::memchr(b'\n', now)
            && str::from_utf8(&self.held[..seen + end]).is_ok()
        {
            self.state = State::Utf8;
        } else if self.held.len() == HOLD_BYTES {
            self.choose_by_held_bytes();
        } else {
            return rest;
        }
        self.replay(out);
        rest
    }

    /// Well-formed sequences against bad bytes; see the module's text.
    ///
    /// In windows-1252 Spanish nearly every byte beyond ASCII is bad UTF-8; in GBK, where chance
    /// makes the most well-formed pairs, about one character in ten is well-formed.
    fn choose_by_held_bytes(&mut self) {
        let (mut well_formed, mut bad) = (0usize, 0usize);
        for chunk in self.held.utf8_chunks() {
            well_formed += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            bad += usize::from(!chunk.invalid().is_empty());
        }
        // A surrogate pair in UTF-8 counts as six bad bytes above; it is one character.
        let pairs = self.held.windows(6).filter(|bytes| surrogate_pair(bytes).is_some()).count();
        well_formed += pairs;
        bad = bad.saturating_sub(6 * pairs);
        if well_formed > 0 && well_formed >= bad {
            self.state = State::Utf8;
            return;
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(&self.held[..self.held.len().min(DETECTOR_BYTES)], true);
        self.state = labelled(detector.guess(None, Utf8Detection::Deny));
    }

    fn utf8<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        let input: Cow<'_, [u8]> = if self.held.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(bytes);
            Cow::Owned(joined)
        };
        let mut rest = input.as_ref();
        while !rest.is_empty() {
            let error = match str::from_utf8(rest) {
                Ok(text) => {
                    self.emit(text, out);
                    break;
                }
                Err(error) => error,
            };
            let (valid, bad) = rest.split_at(error.valid_up_to());
            if let Ok(text) = str::from_utf8(valid) {
                self.emit(text, out);
            }
            let Some(used) = self.bad_sequence(bad, error.error_len(), out) else {
                self.held.extend_from_slice(bad);
                break;
            };
            rest = &bad[used..];
        }
        &[]
    }

    /// Reads what is no UTF-8 at the start of `bad`; `None` if only more bytes can tell.
    fn bad_sequence(&mut self, bad: &[u8], len: Option<usize>, out: &mut String) -> Option<usize> {
        if let [0xed, 0xa0..=0xbf, ..] | [0xed] = bad {
            if let Some(joined) = surrogate_pair(bad) {
                self.lossy += 1;
                out.push(joined);
                return Some(6);
            }
            if bad.len() < 6 && could_be_surrogate_pair(bad) {
                return None;
            }
            if bad.len() >= 3 && is_continuation(bad[2]) {
                self.lossy += 1;
                out.push(char::REPLACEMENT_CHARACTER);
                return Some(3);
            }
        }
        let len = len?;
        self.lossy += 1;
        if len == 1 {
            push_windows_1252(bad[0], out);
        } else {
            out.push(char::REPLACEMENT_CHARACTER);
        }
        Some(len)
    }

    fn utf32<'b>(&mut self, bytes: &'b [u8], big_endian: bool, out: &mut String) -> &'b [u8] {
        for &byte in bytes {
            self.held.push(byte);
            if let Ok(unit) = <[u8; 4]>::try_from(self.held.as_slice()) {
                let value =
                    if big_endian { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) };
                out.push(char::from_u32(value).unwrap_or_else(|| {
                    self.lossy += 1;
                    char::REPLACEMENT_CHARACTER
                }));
                self.held.clear();
            }
        }
        &[]
    }

    fn labelled<'b>(&mut self, bytes: &'b [u8], last: bool, out: &mut String) -> &'b [u8] {
        let before = out.len();
        if let State::Labelled(decoder) = &mut self.state {
            let mut rest = bytes;
            loop {
                if let Some(needed) = decoder.max_utf8_buffer_length(rest.len()) {
                    out.reserve(needed);
                }
                let (result, read, _) = decoder.decode_to_string(rest, out, last);
                rest = &rest[read..];
                if matches!(result, CoderResult::InputEmpty) {
                    break;
                }
            }
            if memchr::memchr(0, bytes).is_some()
                && decoder.encoding() != UTF_16LE
                && decoder.encoding() != UTF_16BE
            {
                self.nul = true;
            }
        }
        let replaced = out[before..].matches(char::REPLACEMENT_CHARACTER).count();
        self.lossy += replaced as u64;
        &[]
    }

    fn emit(&mut self, text: &str, out: &mut String) {
        self.nul |= memchr::memchr(0, text.as_bytes()).is_some();
        out.push_str(text);
    }
}

fn labelled(encoding: &'static Encoding) -> State {
    debug_assert!(encoding != REPLACEMENT);
    State::Labelled(Box::new(encoding.new_decoder_with_bom_removal()))
}

/// Bytes that windows-1252 leaves undefined (81 8D 8F 90 9D) hold no character: U+FFFD.
fn push_windows_1252(byte: u8, out: &mut String) {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    match text.chars().next() {
        Some(c) if !c.is_control() => out.push(c),
        _ => out.push(char::REPLACEMENT_CHARACTER),
    }
}

fn is_continuation(byte: u8) -> bool {
    (0x80..0xc0).contains(&byte)
}

fn surrogate_pair(bytes: &[u8]) -> Option<char> {
    let [0xed, a, b, 0xed, c, d] = *bytes.first_chunk::<6>()? else { return None };
    if !(0xa0..0xb0).contains(&a) || !(0xb0..0xc0).contains(&c) {
        return None;
    }
    if !is_continuation(b) || !is_continuation(d) {
        return None;
    }
    let bits = |byte: u8, mask: u8| u32::from(byte & mask);
    let high = bits(a, 0x0f) << 6 | bits(b, 0x3f);
    let low = bits(c, 0x0f) << 6 | bits(d, 0x3f);
    char::from_u32(0x10000 + (high << 10 | low))
}

fn could_be_surrogate_pair(bytes: &[u8]) -> bool {
    let expected: [std::ops::RangeInclusive<u8>; 6] =
        [0xed..=0xed, 0xa0..=0xaf, 0x80..=0xbf, 0xed..=0xed, 0xb0..=0xbf, 0x80..=0xbf];
    bytes.iter().zip(&expected).all(|(byte, range)| range.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in one piece, and byte by byte, and in pieces of three: all must agree.
    fn decode_with(label: Option<&'static Encoding>, bytes: &[u8]) -> (String, String, u64) {
        let mut results = [bytes.len().max(1), 1, 3].map(|size| {
            let mut decoder = Decoder::new(label);
            let mut out = String::new();
            bytes.chunks(size).for_each(|chunk| decoder.push(chunk, &mut out));
            decoder.finish(&mut out);
            (out, decoder.name(), decoder.lossy())
        });
        assert_eq!(results[0], results[1], "byte by byte");
        assert_eq!(results[0], results[2], "three by three");
        std::mem::take(&mut results[0])
    }

    fn decode(bytes: &[u8]) -> (String, String, u64) {
        decode_with(None, bytes)
    }

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn case(bytes: &[u8], text: &str, encoding: &str, lossy: u64) {
        assert_eq!(decode(bytes), (text.into(), encoding.into(), lossy), "{bytes:x?}");
    }

    #[test]
    fn utf8_is_read_as_it_stands() {
        case(b"", "", "utf-8", 0);
        case(b"plain", "plain", "utf-8", 0);
        case("mañana “sí” 🔍".as_bytes(), "mañana “sí” 🔍", "utf-8", 0);
        case(b"\xef\xbb\xbfhola", "hola", "utf-8", 0);
        case(b"\xef\xbb\xbf", "", "utf-8", 0);
    }

    #[test]
    fn stray_bytes_in_utf8_are_read_alone() {
        let mut bytes = "ñandú, año, niño: ".as_bytes().to_vec();
        bytes.extend_from_slice(b"caf\xe9 \x93hola\x94\n");
        case(&bytes, "ñandú, año, niño: café “hola”\n", "utf-8", 3);
    }

    #[test]
    fn a_stray_byte_after_a_clean_line_is_read_alone() {
        case(b"a\xc3\xb1o\ncaf\xe9", "año\ncafé", "utf-8", 1);
        case(b"a\xc3\xb1o\ncut \xe2\x80", "año\ncut \u{fffd}", "utf-8", 1);
        case(b"a\xc3\xb1o\ncut \xc3", "año\ncut \u{fffd}", "utf-8", 1);
        case(b"a\xc3\xb1o\ncaf\xe9", "año\ncafé", "utf-8", 1);
        case(b"a\xc3\xb1o\ncut \xe2\x80 on", "año\ncut \u{fffd} on", "utf-8", 1);
    }

    #[test]
    fn surrogate_pairs_in_utf8_are_joined() {
        case(b"\xc3\xa9\n\xed\xa0\xbd\xed\xb4\x8d!", "é\n\u{1f50d}!", "utf-8", 1);
        case(b"hola \xed\xa0\xbd\xed\xb8\x80", "hola \u{1f600}", "utf-8", 1);
        case(b"\xc3\xa9\n\xed\xa0\xbd!", "é\n\u{fffd}!", "utf-8", 1);
        case(b"\xc3\xa9\nc\xed", "é\ncí", "utf-8", 1);
    }

    #[test]
    fn spanish_in_windows_1252_is_recognised() {
        let text = "La niña comió piñas en la montaña. ¿Cuándo volverá? «Mañana», dijo él.\n";
        let (bytes, _, _) = WINDOWS_1252.encode(text);
        case(&bytes, text, "windows-1252", 0);
    }

    #[test]
    fn an_accent_after_much_ascii_is_still_recognised() {
        let mut text = "plain ascii text that goes on and on\n".repeat(4000);
        text.push_str("ma\u{f1}ana ser\u{e1} otro d\u{ed}a\n");
        let (bytes, _, _) = WINDOWS_1252.encode(&text);
        let mut decoder = Decoder::new(None);
        let mut out = String::new();
        decoder.push(&bytes, &mut out);
        decoder.finish(&mut out);
        assert_eq!(decoder.name(), "windows-1252");
        assert!(out.ends_with("mañana será otro día\n"));
    }

    #[test]
    fn utf16_and_utf32_are_read_with_and_without_mark() {
        let text = "Año nuevo 🎉\nvida";
        for big_endian in [false, true] {
            let name = if big_endian { "utf-16be" } else { "utf-16le" };
            case(&utf16(text, big_endian), text, name, 0);
            case(&utf16(&format!("\u{feff}{text}"), big_endian), text, name, 0);
        }
        let utf32: Vec<u8> =
            format!("\u{feff}{text}").chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        case(&utf32, text, "utf-32le", 0);
    }

    #[test]
    fn a_label_is_obeyed_and_a_mark_wins() {
        assert_eq!(decode_with(Some(WINDOWS_1252), b"a\xf1o").0, "año");
        assert_eq!(decode_with(Some(WINDOWS_1252), "a\u{f1}o".as_bytes()).0, "aÃ±o");
        assert_eq!(decode_with(Some(WINDOWS_1252), b"\xef\xbb\xbfa\xc3\xb1o").0, "año");
        assert!(encoding_for_label("latin-one").is_err());
        assert!(encoding_for_label("iso-2022-kr").is_err());
    }

    #[test]
    fn nul_bytes_are_seen_only_where_they_are_no_text() {
        let saw_nul = |bytes: &[u8]| {
            let mut decoder = Decoder::new(None);
            decoder.push(bytes, &mut String::new());
            decoder.finish(&mut String::new());
            decoder.saw_nul()
        };
        assert!(saw_nul(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
        assert!(saw_nul(b"text \0 text"));
        assert!(!saw_nul(&utf16("text", false)));
    }
}
