//! Records in other encodings: the stream is decoded before it is cut into lines.
//!
//! A byte order mark of UTF-16 wins; else the encoding that was named holds; else the bytes are
//! UTF-8 and pass as they are, so that a record with a wrong byte is reported alone. What cannot
//! be decoded becomes U+FFFD. Nothing is guessed: the records of a file need not agree.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::source::{READ_BYTES, read_some};

/// The bytes of a reader as UTF-8.
pub struct Transcoder {
    raw: Box<dyn Read + Send>,
    named: Option<&'static Encoding>,
    state: State,
    /// Bytes to hand out, and how many of them were.
    ready: (Vec<u8>, usize),
}

enum State {
    /// Nothing was read yet.
    Start,
    /// UTF-8.
    Plain,
    Decoding(Box<Decoder>),
    Over,
}

impl Transcoder {
    /// Reads with this encoding; `None` for UTF-8, unless a byte order mark says otherwise. The
    /// replacement encoding of the WHATWG standard stands for those that only texts are read with:
    /// reading fails.
    pub fn new(raw: Box<dyn Read + Send>, named: Option<&'static Encoding>) -> Transcoder {
        Transcoder { raw, named, state: State::Start, ready: (Vec::new(), 0) }
    }

    /// Reads until the first bytes tell the encoding.
    fn start(&mut self) -> io::Result<()> {
        const MARKS: [&[u8]; 4] = [b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\xfe\xff", b"\xef\xbb\xbf"];
        let mut start = vec![0; READ_BYTES];
        let mut length = 0;
        loop {
            let read = read_some(&mut self.raw, &mut start[length..])?;
            length += read;
            let seen = &start[..length];
            let may_be_mark =
                MARKS.iter().any(|mark| mark.len() > length && mark.starts_with(seen));
            if read == 0 || !may_be_mark {
                break;
            }
        }
        start.truncate(length);
        let (encoding, mark) = match &start[..] {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "records in UTF-32 are not read: convert them to UTF-8",
                ));
            }
            [0xff, 0xfe, ..] => (UTF_16LE, 2),
            [0xfe, 0xff, ..] => (UTF_16BE, 2),
            [0xef, 0xbb, 0xbf, ..] => (UTF_8, 0),
            _ if self.named == Some(REPLACEMENT) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "records are not read in this encoding: convert them to UTF-8",
                ));
            }
            _ => (self.named.unwrap_or(UTF_8), 0),
        };
        if encoding == UTF_8 {
            self.state = State::Plain;
            self.ready = (start, 0);
        } else {
            self.state = State::Decoding(Box::new(encoding.new_decoder_without_bom_handling()));
            self.decode(&start[mark..], start.is_empty())?;
        }
        Ok(())
    }

    fn decode(&mut self, bytes: &[u8], is_last: bool) -> io::Result<()> {
        let State::Decoding(decoder) = &mut self.state else { return Ok(()) };
        let most = decoder.max_utf8_buffer_length(bytes.len());
        let mut text = vec![0; most.ok_or(io::ErrorKind::OutOfMemory)?];
        let (result, _, written, _) = decoder.decode_to_utf8(bytes, &mut text, is_last);
        if result == CoderResult::OutputFull {
            return Err(io::Error::other("the decoder asked for more room than it said"));
        }
        text.truncate(written);
        self.ready = (text, 0);
        if is_last {
            self.state = State::Over;
        }
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let (ready, at) = &mut self.ready;
            if *at < ready.len() {
                let length = into.len().min(ready.len() - *at);
                into[..length].copy_from_slice(&ready[*at..*at + length]);
                *at += length;
                return Ok(length);
            }
            match self.state {
                State::Start => self.start()?,
                State::Plain => return read_some(&mut self.raw, into),
                State::Decoding(_) => {
                    let mut bytes = vec![0; READ_BYTES];
                    let read = read_some(&mut self.raw, &mut bytes)?;
                    self.decode(&bytes[..read], read == 0)?;
                }
                State::Over => return Ok(0),
            }
            if into.is_empty() {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{SHIFT_JIS, WINDOWS_1252};

    /// Gives so many bytes per read.
    struct Slices(Vec<u8>, usize);

    impl Read for Slices {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(into.len()).min(self.0.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }

    #[test]
    fn encodings_of_texts_alone_are_an_error() {
        let raw = Box::new(Slices(b"{}\n".to_vec(), 1));
        let read = Transcoder::new(raw, Some(REPLACEMENT)).read_to_end(&mut Vec::new());
        assert_eq!(read.map_err(|error| error.kind()), Err(io::ErrorKind::InvalidData));
    }

    #[test]
    fn a_mark_or_a_name_decides_whatever_the_reads() {
        let utf16 = |swap: bool| -> Vec<u8> {
            let units = "\u{feff}señal €\n".encode_utf16();
            let bytes = units.map(|unit| if swap { unit.swap_bytes() } else { unit });
            bytes.flat_map(u16::to_le_bytes).collect()
        };
        for (bytes, named, text) in [
            (utf16(false), None, "señal €\n".as_bytes()),
            (utf16(true), None, "señal €\n".as_bytes()),
            (utf16(true), Some(WINDOWS_1252), "señal €\n".as_bytes()),
            (b"se\xf1al\n".to_vec(), Some(WINDOWS_1252), "señal\n".as_bytes()),
            (b"\x93\xfa\x96\x7b".to_vec(), Some(SHIFT_JIS), "日本".as_bytes()),
            (b"\x93\xfa\x96".to_vec(), Some(SHIFT_JIS), "日\u{fffd}".as_bytes()),
            (b"se\xf1al\n".to_vec(), None, b"se\xf1al\n"),
            (b"\xef\xbb\xbf\xc3\xb1".to_vec(), Some(WINDOWS_1252), b"\xef\xbb\xbf\xc3\xb1"),
            (b"\xff".to_vec(), None, b"\xff"),
            (Vec::new(), Some(WINDOWS_1252), b""),
        ] {
            for size in [1, 2, 3, 1000] {
                let mut read = Vec::new();
                let raw = Box::new(Slices(bytes.clone(), size));
                Transcoder::new(raw, named).read_to_end(&mut read).unwrap();
                assert_eq!(read, text, "{bytes:?} by {size}");
            }
        }
    }
}
