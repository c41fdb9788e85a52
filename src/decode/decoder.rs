//! The states of a document that is being decoded.

use std::borrow::Cow;
use std::str;

use encoding_rs::{CoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::charset::{Charset, DosPage};
use super::legacy;
use super::stray::{Strays, designates, iso_2022_jp, surrogate_pair};
use super::wide::{self, LOOK_BYTES, Wide};

/// How many bytes from the first one beyond ASCII are held at most before an encoding is chosen, and
/// how many of a line before it is read.
const HOLD_BYTES: usize = 64 * 1024;

/// One document's bytes on their way to text.
pub(crate) struct Decoder {
    label: Option<Charset>,
    state: State,
    /// Bytes that wait for more: the beginning, those before the decision, a line, a cut character.
    held: Vec<u8>,
    strays: Strays,
    lossy: u64,
    nul: bool,
    /// Whether lines switched to Japanese by escape sequences.
    japanese: bool,
}

enum State {
    Start,
    Ascii,
    Undecided,
    Utf8,
    Utf32 { big_endian: bool },
    Web(Box<encoding_rs::Decoder>),
    Dos(&'static DosPage),
}

impl Decoder {
    /// A decoder that finds out by itself, or one for a given encoding (a byte order mark wins).
    pub(crate) fn new(label: Option<Charset>) -> Decoder {
        Decoder {
            label,
            state: State::Start,
            held: Vec::new(),
            strays: Strays::default(),
            lossy: 0,
            nul: false,
            japanese: false,
        }
    }

    /// Forgets the document, keeps the buffer.
    pub(crate) fn reset(&mut self) {
        self.state = State::Start;
        self.held.clear();
        self.strays.clear();
        self.lossy = 0;
        self.nul = false;
        self.japanese = false;
    }

    /// WHATWG or IANA name of the encoding, lower case; ASCII counts as UTF-8.
    pub(crate) fn name(&self) -> String {
        match &self.state {
            State::Utf8 if self.japanese => "iso-2022-jp".to_owned(),
            State::Start | State::Ascii | State::Undecided | State::Utf8 => "utf-8".to_owned(),
            State::Utf32 { big_endian: true } => "utf-32be".to_owned(),
            State::Utf32 { big_endian: false } => "utf-32le".to_owned(),
            State::Web(decoder) => Charset::Web(decoder.encoding()).name(),
            State::Dos(page) => Charset::Dos(page).name(),
        }
    }

    /// Places that could not be read as what the document is.
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
                _ if self.goes_by_lines() => self.by_lines(bytes, out),
                State::Utf32 { big_endian } => self.utf32(bytes, big_endian, out),
                _ => self.one_encoding(bytes, out),
            };
        }
    }

    /// The input is over: decodes what was held.
    pub(crate) fn finish(&mut self, out: &mut String) {
        if matches!(self.state, State::Start) {
            let (state, mark) =
                self.state_by_beginning(&self.held, true).unwrap_or((State::Ascii, 0));
            self.state = state;
            self.held.drain(..mark);
            self.replay(out);
        }
        if matches!(self.state, State::Undecided) {
            self.choose_by_held_bytes();
            self.replay(out);
        }
        let held = std::mem::take(&mut self.held);
        if matches!(self.state, State::Utf32 { .. }) && !held.is_empty() {
            self.lossy += 1;
            out.push(char::REPLACEMENT_CHARACTER);
        } else if matches!(self.state, State::Ascii) || self.goes_by_lines() {
            self.line(&held, true, out);
        }
        self.web(&[], true, out);
    }

    /// The state was chosen: what was held until then is its input.
    fn replay(&mut self, out: &mut String) {
        let mut held = std::mem::take(&mut self.held);
        self.push(&held, out);
        if self.held.is_empty() {
            held.clear();
            self.held = held;
        }
    }

    fn start<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        if self.held.is_empty() {
            // Most documents come in pieces whose beginning decides.
            let beginning = &bytes[..bytes.len().min(LOOK_BYTES)];
            let all = beginning.len() == LOOK_BYTES;
            if let Some((state, mark)) = self.state_by_beginning(beginning, all) {
                self.state = state;
                return &bytes[mark..];
            }
        }
        let missing = LOOK_BYTES - self.held.len();
        let (first, rest) = bytes.split_at(missing.min(bytes.len()));
        self.held.extend_from_slice(first);
        let all = self.held.len() == LOOK_BYTES;
        if let Some((state, mark)) = self.state_by_beginning(&self.held, all) {
            self.state = state;
            self.held.drain(..mark);
            self.replay(out);
        }
        rest
    }

    /// What the first bytes decide, and how many of them are a mark; `None` if more must come first,
    /// unless that is `all` there is.
    fn state_by_beginning(&self, beginning: &[u8], all: bool) -> Option<(State, usize)> {
        if beginning.len() < 4 && !all {
            return None;
        }
        Some(match beginning {
            [0xff, 0xfe, 0, 0, ..] => (State::Utf32 { big_endian: false }, 4),
            [0, 0, 0xfe, 0xff, ..] => (State::Utf32 { big_endian: true }, 4),
            [0xff, 0xfe, ..] => (web(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (web(UTF_16BE), 2),
            [0xef, 0xbb, 0xbf, ..] => (State::Utf8, 3),
            _ => match self.label {
                Some(charset) => (state_of(charset), 0),
                None if first_line_is_plain(beginning) => (State::Ascii, 0),
                None if !all => return None,
                None => match wide::detect(beginning) {
                    Some(Wide::Utf16(encoding)) => (web(encoding), 0),
                    Some(Wide::Utf32 { big_endian }) => (State::Utf32 { big_endian }, 0),
                    None => (State::Ascii, 0),
                },
            },
        })
    }

    fn ascii<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        if !self.held.is_empty() {
            return self.escape(bytes, out);
        }
        let escape = memchr::memchr(0x1b, bytes).unwrap_or(bytes.len());
        let (ascii, rest) = bytes.split_at(Encoding::ascii_valid_up_to(&bytes[..escape]));
        if let Some(text) = as_utf8(ascii) {
            self.emit(&text, out);
        }
        match rest {
            [0x1b, after @ ..] => {
                self.held.push(0x1b);
                after
            }
            [] => rest,
            _ => {
                self.state = State::Undecided;
                rest
            }
        }
    }

    /// An escape sequence is held until three bytes of it tell whether it switches to Japanese.
    fn escape<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        self.held.push(bytes[0]);
        if designates(&self.held) {
            self.state = State::Utf8;
        } else if !matches!(self.held.as_slice(), [0x1b, b'$' | b'(']) {
            // Its last byte may begin another sequence or be the first beyond ASCII.
            self.held.pop();
            let escape = std::mem::take(&mut self.held);
            self.emit(str::from_utf8(&escape).unwrap_or_default(), out);
            return bytes;
        }
        &bytes[1..]
    }

    fn hold<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        if self.held.is_empty()
            && let Some(end) = memchr::memchr(b'\n', &bytes[..bytes.len().min(HOLD_BYTES)])
            && self.is_utf8(&bytes[..end])
        {
            self.state = State::Utf8;
            return bytes;
        }
        let seen = self.held.len();
        let (now, rest) = bytes.split_at((HOLD_BYTES - seen).min(bytes.len()));
        let first_line_seen = memchr::memchr(b'\n', &self.held).is_some();
        self.held.extend_from_slice(now);
        if !first_line_seen
            && let Some(end) = memchr::memchr(b'\n', now)
            && self.is_utf8(&self.held[..seen + end])
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

    /// Whether a line leaves no doubt that it is UTF-8.
    fn is_utf8(&self, line: &[u8]) -> bool {
        let costs = self.strays.costs();
        let is_certain =
            |line: &str| !legacy::explains_better(line, costs) && !legacy::is_doubtful(line, costs);
        str::from_utf8(line).is_ok_and(is_certain)
    }

    /// Well-formed sequences against bad bytes.
    ///
    /// In windows-1252 Spanish nearly every byte beyond ASCII is bad UTF-8; in GBK, where chance
    /// makes the most well-formed pairs, about one character in ten is well-formed.
    fn choose_by_held_bytes(&mut self) {
        let (mut well_formed, mut bad) = (0usize, 0usize);
        for chunk in self.held.utf8_chunks() {
            // Characters beyond ASCII by their first bytes.
            well_formed += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
            bad += usize::from(!chunk.invalid().is_empty());
        }
        // A surrogate pair in UTF-8 counts as six bad bytes above; it is one character.
        let halves = memchr::memchr_iter(0xed, &self.held);
        let pairs = halves.filter(|&at| surrogate_pair(&self.held[at..]).is_some()).count();
        well_formed += pairs;
        bad = bad.saturating_sub(6 * pairs);
        let costs = self.strays.costs();
        let explains_better = |text| legacy::explains_better(text, costs);
        let by_chance = || str::from_utf8(&self.held).is_ok_and(explains_better);
        self.state = if well_formed > 0 && well_formed >= bad && !by_chance() {
            State::Utf8
        } else {
            state_of(legacy::choose(&self.held, None, costs))
        };
    }

    /// Whether each line may be in an encoding of its own: in UTF-8, and where nobody has named the
    /// encoding, lines may switch to Japanese by escape sequences.
    ///
    /// Text that came out of any other encoding is UTF-8 the next time, and must come out the same.
    fn goes_by_lines(&self) -> bool {
        match &self.state {
            State::Utf8 => true,
            State::Web(decoder) => {
                self.label.is_none() && ![UTF_16LE, UTF_16BE].contains(&decoder.encoding())
            }
            State::Dos(_) => self.label.is_none(),
            _ => false,
        }
    }

    fn by_lines<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        // The line in progress is held; the lines that end here are read.
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let (mut lines, rest) = bytes.split_at(whole);
        if !self.held.is_empty()
            && let Some(end) = memchr::memchr(b'\n', lines)
        {
            let (first, others) = lines.split_at(end + 1);
            let mut line = std::mem::take(&mut self.held);
            line.extend_from_slice(first);
            self.lines(&line, out);
            lines = others;
        }
        self.lines(lines, out);
        self.held.extend_from_slice(rest);
        while self.held.len() >= HOLD_BYTES {
            let mut line = std::mem::take(&mut self.held);
            self.held = line.split_off(end_of_piece(&line));
            self.line(&line, false, out);
        }
        &[]
    }

    fn lines(&mut self, lines: &[u8], out: &mut String) {
        if memchr::memchr(0x1b, lines).is_none() {
            if !matches!(self.state, State::Utf8) {
                self.one_encoding(lines, out);
                return;
            }
            if let Some(text) = as_utf8(lines) {
                self.strays.see(&text);
                self.emit(&text, out);
                return;
            }
        }
        for mut line in lines.split_inclusive(|&byte| byte == b'\n') {
            while line.len() >= HOLD_BYTES {
                let (piece, rest) = line.split_at(end_of_piece(line));
                self.line(piece, false, out);
                line = rest;
            }
            self.line(line, false, out);
        }
    }

    /// Reads a line, or a piece of one that is too long.
    fn line(&mut self, line: &[u8], input_ended: bool, out: &mut String) {
        if let Some(text) = iso_2022_jp(line) {
            self.japanese = true;
            self.emit(&text, out);
        } else if !matches!(self.state, State::Utf8 | State::Ascii) {
            self.one_encoding(line, out);
        } else if let Ok(text) = str::from_utf8(line) {
            self.strays.see(text);
            self.emit(text, out);
        } else {
            self.nul |= memchr::memchr(0, line).is_some();
            self.lossy += self.strays.read(line, input_ended, out);
        }
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

    /// Bytes of the encoding that the whole document is in.
    fn one_encoding<'b>(&mut self, bytes: &'b [u8], out: &mut String) -> &'b [u8] {
        match self.state {
            State::Dos(page) => self.dos(bytes, page, out),
            _ => self.web(bytes, false, out),
        }
        &[]
    }

    fn web(&mut self, bytes: &[u8], last: bool, out: &mut String) {
        let before = out.len();
        if let State::Web(decoder) = &mut self.state {
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
    }

    fn dos(&mut self, bytes: &[u8], page: &DosPage, out: &mut String) {
        self.nul |= memchr::memchr(0, bytes).is_some();
        out.extend(bytes.iter().map(|&byte| page.decode(byte)));
    }

    fn emit(&mut self, text: &str, out: &mut String) {
        self.nul |= memchr::memchr(0, text.as_bytes()).is_some();
        out.push_str(text);
    }
}

/// Bytes as text, if they are UTF-8. Several times as fast as the standard library, which looks at every
/// character beyond ASCII alone.
fn as_utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    UTF_8.decode_without_bom_handling_and_without_replacement(bytes)
}

/// Whether the first line has ended and is UTF-8 without control characters: no UTF-16 then.
///
/// After a short line the next byte must be seen, too: `總結` and a line end in UTF-16 are `=~P}`, a
/// line feed and a NUL.
fn first_line_is_plain(beginning: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'\n', beginning) else { return false };
    let is_doubtful = end % 2 == 0 && end <= LONGEST_DOUBTFUL_LINE;
    let length = (end + 1 + usize::from(is_doubtful)).max(4);
    let Some(line) = beginning.get(..length) else { return false };
    let is_utf8 = match str::from_utf8(line) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !wide::is_odd(line)
}

/// Bytes of a first line that could still be UTF-16, all of whose bytes are letters by chance.
const LONGEST_DOUBTFUL_LINE: usize = 16;

/// Where to end a piece of a line that is too long: not inside a character.
fn end_of_piece(line: &[u8]) -> usize {
    let piece = &line[..HOLD_BYTES];
    (HOLD_BYTES - 3..HOLD_BYTES)
        .find(|&at| {
            str::from_utf8(&piece[at..])
                .is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
        })
        .unwrap_or(HOLD_BYTES)
}

fn state_of(charset: Charset) -> State {
    match charset {
        Charset::Web(encoding) if encoding == UTF_8 => State::Utf8,
        Charset::Web(encoding) => web(encoding),
        Charset::Dos(page) => State::Dos(page),
    }
}

fn web(encoding: &'static Encoding) -> State {
    debug_assert!(encoding != REPLACEMENT);
    State::Web(Box::new(encoding.new_decoder_with_bom_removal()))
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    /// Decodes in one piece, and byte by byte, and in pieces of three: all must agree.
    fn decode_with(label: Option<Charset>, bytes: &[u8]) -> (String, String, u64) {
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
        assert_eq!(decode_with(Some(Charset::Web(WINDOWS_1252)), b"a\xf1o").0, "año");
        assert_eq!(decode_with(Some(Charset::Web(WINDOWS_1252)), "a\u{f1}o".as_bytes()).0, "aÃ±o");
        assert_eq!(
            decode_with(Some(Charset::Web(WINDOWS_1252)), b"\xef\xbb\xbfa\xc3\xb1o").0,
            "año"
        );
    }

    #[test]
    fn stray_bytes_take_the_page_of_the_words_around_them() {
        case(b"Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 g\xeasl\xb9\n", "Zażółć gęslą\n", "utf-8", 2);
        let mut bytes = "Привет, мир! Как твои дела сегодня? ".as_bytes().to_vec();
        bytes.extend_from_slice(b"\xd5\xee\xf0\xee\xf8\xee.");
        case(&bytes, "Привет, мир! Как твои дела сегодня? Хорошо.", "utf-8", 6);
    }

    #[test]
    fn stray_bytes_take_the_page_of_the_lines_before() {
        let mut bytes = "Příští týden začne škola.\nNáš k".as_bytes().to_vec();
        bytes.extend_from_slice(b"\xf9\xf2 sto je.\n");
        let (text, encoding, _) = decode(&bytes);
        let expected = ("Příští týden začne škola.\nNáš kůň sto je.\n", "utf-8");
        assert_eq!((text.as_str(), encoding.as_str()), expected);
    }

    #[test]
    fn a_line_in_another_encoding_is_read_as_a_whole() {
        let mut bytes = "Привет, мир!\n".as_bytes().to_vec();
        // Р and С in windows-1251 are leads of UTF-8, and some letters after them continuations.
        bytes.extend_from_slice(&encoding_rs::WINDOWS_1251.encode("ОСОБЕННО ХОРОШО У РЁКИ\n").0);
        let (text, encoding, lossy) = decode(&bytes);
        assert_eq!(
            (text.as_str(), encoding.as_str()),
            ("Привет, мир!\nОСОБЕННО ХОРОШО У РЁКИ\n", "utf-8")
        );
        assert!(lossy > 10);
    }

    #[test]
    fn a_cut_sequence_is_read_as_letters_where_these_make_sense() {
        case(b"a\xc3\xb1o\n\x93caf\xe9\x94 dijo", "año\n“café” dijo", "utf-8", 2);
        case(b"a\xc3\xb1o\ncaf\xe9\x85\n", "año\ncafé…\n", "utf-8", 1);
        case(b"a\xc3\xb1o\nemoji \xf0\x9f\x98 cut\n", "año\nemoji \u{fffd} cut\n", "utf-8", 1);
    }

    /// Found by the fuzz target `decode`.
    #[test]
    fn japanese_lines_among_lines_of_another_encoding_are_read_once_and_for_all() {
        let latin1 = b"Ma\xf1ana ser\xe1 otro d\xeda\n\x1b$B%G%s%^\x1b(B!\nM\xe1s \x1b[1mah\xed";
        let text = "Mañana será otro día\nデンマ!\nMás \u{1b}[1mahí";
        case(latin1, text, "windows-1252", 0);
        case(text.as_bytes(), text, "utf-8", 0);
        // Whoever names the encoding has it in every line.
        let named = decode_with(Some(Charset::Web(WINDOWS_1252)), latin1).0;
        assert!(named.contains("\u{1b}$B%G%s%^"), "{named}");
    }

    #[test]
    fn japanese_by_escape_sequences_is_read() {
        case(b"abc \x1b$B%G%s%^\x1b(B!\n", "abc デンマ!\n", "iso-2022-jp", 0);
        case(b"\x1b(B\x1b[1mterminal\x1b[0m", "\x1b(B\x1b[1mterminal\x1b[0m", "utf-8", 0);
        case(b"cost \x1b$BQ and m\xf1s\n", "cost \x1b$BQ and mñs\n", "utf-8", 1);
        case(b"ends in \x1b$", "ends in \x1b$", "utf-8", 0);
        case(b"\x1b\x1b\x1b$B$\"\x1b(B", "\x1b\x1bあ", "iso-2022-jp", 0);
    }

    #[test]
    fn wide_text_of_any_script_is_read() {
        for text in
            ["Привет, мир", "日本語のテキスト\nです", "नमस्ते दुनिया\n", "總結\n或\n空的", "สวัสดี\n"]
        {
            for big_endian in [false, true] {
                let name = if big_endian { "utf-16be" } else { "utf-16le" };
                case(&utf16(text, big_endian), text, name, 0);
            }
        }
    }

    #[test]
    fn a_line_of_any_length_is_read() {
        let line = "ñandú ".repeat(30_000);
        let mut bytes = line.clone().into_bytes();
        bytes.extend_from_slice(b"caf\xe9\n");
        let read = |sizes: &[usize]| {
            let mut decoder = Decoder::new(None);
            let (mut out, mut rest, mut sizes) = (String::new(), &bytes[..], sizes.iter().cycle());
            while let Some(size) = sizes.next().filter(|_| !rest.is_empty()) {
                let (now, later) = rest.split_at(rest.len().min(*size));
                decoder.push(now, &mut out);
                rest = later;
            }
            decoder.finish(&mut out);
            out
        };
        let expected = format!("{line}café\n");
        for sizes in [&[bytes.len()][..], &[4096], &[65_536], &[7, 100_000]] {
            assert!(read(sizes) == expected, "{sizes:?}");
        }
    }

    #[test]
    fn gbk_beyond_what_the_detector_is_fed_is_recognised() {
        let text = "现在开始。他说，你们都要来。\n".repeat(2000);
        let (bytes, ..) = encoding_rs::GBK.encode(&text);
        case(&bytes, &text, "gbk", 0);
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
