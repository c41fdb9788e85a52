//! One input: its format, its compression, its bytes.
//!
//! The name decides about format and compression. Standard input and pipes have no telling name: there
//! the first bytes decide whether they are compressed.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::disk::File;
use super::meter::Metered;

/// How an input is cut into documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The whole file is one document.
    Text,
    /// One JSON record per line, one document each.
    Jsonl,
}

/// How the bytes of a file are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// `.gz`; all members of an archive are read.
    Gzip,
    /// `.zst`; all frames are read.
    Zstd,
}

impl Compression {
    /// What the name says.
    pub fn of_name(path: &Path) -> Compression {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("gz") => Compression::Gzip,
            Some(extension) if extension.eq_ignore_ascii_case("zst") => Compression::Zstd,
            _ => Compression::None,
        }
    }

    fn of_magic(start: &[u8]) -> Compression {
        match start {
            [0x1f, 0x8b, 0x08, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    fn reader(self, packed: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Compression::None => Box::new(packed),
            Compression::Gzip => Box::new(GzipMembers::new(packed)),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(packed)?),
        })
    }

    /// Packs what is written; [`Packer::finish`] must be called. The room is for bytes that wait, and
    /// comes back at the end: there may be millions of small files, and large blocks of memory are dear
    /// to get and to give back.
    pub fn packer(self, to: File, mut room: Vec<u8>) -> io::Result<Packer> {
        room.clear();
        let to = Buffered { file: to, bytes: 0, held: room };
        Ok(match self {
            Compression::None => Packer::Plain(to),
            Compression::Gzip => Packer::Gzip(GzEncoder::new(to, flate2::Compression::default())),
            Compression::Zstd => Packer::Zstd(zstd::Encoder::new(to, 0)?),
        })
    }
}

/// The members of a gzip archive, one after the other.
///
/// Zeros after the last member are padding (tapes and block devices fill up with them) and are
/// passed over, as by `gzip`; anything else there is an error.
struct GzipMembers<R> {
    /// `None` once the archive is over.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(packed: R) -> GzipMembers<R> {
        GzipMembers { member: Some(GzDecoder::new(packed)) }
    }

    /// Whether another member follows; what stands before it is skipped.
    fn finds_another(packed: &mut R) -> io::Result<bool> {
        loop {
            let ahead = match packed.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if ahead.is_empty() {
                return Ok(false);
            }
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            let more = ahead.len() > zeros;
            packed.consume(zeros);
            if more {
                return Ok(true);
            }
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let read = member.read(into)?;
            if read > 0 {
                return Ok(read);
            }
            let Some(member) = self.member.take() else { break };
            let mut packed = member.into_inner();
            if Self::finds_another(&mut packed)? {
                self.member = Some(GzDecoder::new(packed));
            }
        }
        Ok(0)
    }
}

/// A file that is written as its name says: plain or compressed.
pub enum Packer {
    Plain(Buffered),
    Gzip(GzEncoder<Buffered>),
    Zstd(zstd::Encoder<'static, Buffered>),
}

/// A file that is written in large pieces, and how much was: cheaper than to ask the file system.
///
/// Unlike [`io::BufWriter`] it leaves its buffer to the file that comes after it. Whoever gives it up
/// before its end loses what waits there.
pub struct Buffered {
    file: File,
    /// Bytes that the file has taken.
    bytes: u64,
    /// Bytes that wait.
    held: Vec<u8>,
}

impl Buffered {
    fn write_held(&mut self) -> io::Result<()> {
        self.file.write_all(&self.held)?;
        self.bytes += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }
}

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.len() + bytes.len() > READ_BYTES {
            self.write_held()?;
        }
        if bytes.len() < READ_BYTES {
            self.held.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_held()?;
        self.file.flush()
    }
}

/// A file that was written whole.
pub struct Written {
    /// Its size.
    pub bytes: u64,
    /// The room that was given to [`Compression::packer`].
    pub room: Vec<u8>,
}

impl Packer {
    /// Writes the end of the archive and everything that waits.
    pub fn finish(self) -> io::Result<Written> {
        let mut to = match self {
            Packer::Plain(to) => to,
            Packer::Gzip(packer) => packer.finish()?,
            Packer::Zstd(packer) => packer.finish()?,
        };
        to.write_held()?;
        Ok(Written { bytes: to.bytes, room: to.held })
    }
}

impl Write for Packer {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Packer::Plain(to) => to.write_all(bytes),
            Packer::Gzip(to) => to.write_all(bytes),
            Packer::Zstd(to) => to.write_all(bytes),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Packer::Plain(to) => to.write(bytes),
            Packer::Gzip(to) => to.write(bytes),
            Packer::Zstd(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Packer::Plain(to) => to.flush(),
            Packer::Gzip(to) => to.flush(),
            Packer::Zstd(to) => to.flush(),
        }
    }
}

/// Bytes asked for in one read.
///
/// Source: a pipe of Linux holds 64 KiB; measured on files, 256 KiB is not faster (2026-11).
pub const READ_BYTES: usize = 64 * 1024;

/// Reads what there is, again where a signal came between; 0 at the end.
///
/// # Errors
///
/// Those of the reader, but for interruptions.
pub fn read_some(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The path of standard input, in arguments and in records.
pub const STDIN: &str = "-";

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As the user would write it; `-` is standard input.
    pub path: PathBuf,
    /// Where it stands below its folder, or its name alone: its place below the output folder.
    pub place: PathBuf,
}

impl Source {
    /// Whether this is standard input.
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == STDIN
    }

    /// What the name says: `.jsonl`, `.ndjson`, each also compressed, are records.
    pub fn format_by_name(&self) -> Format {
        let packed = Compression::of_name(&self.path) != Compression::None;
        let name = match self.path.file_stem().filter(|_| packed) {
            Some(stem) => Path::new(stem),
            None => &self.path,
        };
        let is =
            |has: &OsStr| ["jsonl", "ndjson"].iter().any(|name| has.eq_ignore_ascii_case(name));
        if name.extension().is_some_and(is) { Format::Jsonl } else { Format::Text }
    }

    /// How a clean file with this name is packed.
    pub fn compression(&self) -> Compression {
        Compression::of_name(&self.path)
    }

    /// Opens the input and unpacks it.
    ///
    /// # Errors
    ///
    /// Those of the file system. An archive that is cut or damaged shows in the reads that follow.
    pub fn open(&self) -> io::Result<Opened> {
        let mut file = if self.is_stdin() { standard_input()? } else { File::open(&self.path)? };
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let named = self.compression();
        if named != Compression::None && metadata.is_file() && metadata.len() == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file is empty, not an archive",
            ));
        }
        let from = if self.is_stdin() { file.stream_position().unwrap_or(0) } else { 0 };
        let raw = bounded(Metered::new(&self.path, file), from, &metadata);
        let unpacked = if named == Compression::None && !self.is_stdin() && metadata.is_file() {
            raw
        } else if self.is_stdin() || !metadata.is_file() {
            sniffed(raw, named)?
        } else {
            named.reader(BufReader::with_capacity(READ_BYTES, raw))?
        };
        Ok(Opened { reader: unpacked, metadata })
    }
}

/// An input that can be read.
pub struct Opened {
    /// The unpacked bytes.
    pub reader: Box<dyn Read + Send>,
    /// What the file system said when it was opened.
    pub metadata: Metadata,
}

/// A regular file ends where it ended when it was opened: one that grows while it is read (or that is
/// standard input and output at once) must not be read forever.
fn bounded(
    file: impl Read + Send + 'static,
    from: u64,
    metadata: &Metadata,
) -> Box<dyn Read + Send> {
    // Files of /proc say 0 and hold text.
    if !metadata.is_file() || metadata.len() == 0 {
        return Box::new(file);
    }
    Box::new(file.take(metadata.len().saturating_sub(from)))
}

/// Looks at the first bytes, waiting for no more than it takes to tell.
fn sniffed(mut raw: Box<dyn Read + Send>, named: Compression) -> io::Result<Box<dyn Read + Send>> {
    const LONGEST_MAGIC: usize = 4;
    let mut start = Vec::with_capacity(LONGEST_MAGIC);
    while start.len() < LONGEST_MAGIC && may_be_magic(&start) {
        let mut more = [0; LONGEST_MAGIC];
        let from = start.len();
        let read = read_some(&mut raw, &mut more[from..])?;
        if read == 0 {
            break;
        }
        start.extend_from_slice(&more[from..from + read]);
    }
    let compression = match Compression::of_magic(&start) {
        Compression::None => named,
        found => found,
    };
    let whole = Cursor::new(start).chain(raw);
    match compression {
        // No buffer in between: what a read returns must be passed on at once.
        Compression::None => Ok(Box::new(whole)),
        packed => packed.reader(BufReader::with_capacity(READ_BYTES, whole)),
    }
}

fn may_be_magic(start: &[u8]) -> bool {
    [&[0x1f, 0x8b, 0x08][..], &[0x28, 0xb5, 0x2f, 0xfd]]
        .iter()
        .any(|magic| start.iter().zip(*magic).all(|(byte, expected)| byte == expected))
}

#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    // A handle of its own, without the buffer of `io::stdin`.
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    io::stdin().as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source { path: name.into(), place: name.into() }
    }

    #[test]
    fn names_decide_about_format_and_compression() {
        for (name, format, compression) in [
            ("a.txt", Format::Text, Compression::None),
            ("a", Format::Text, Compression::None),
            ("a.jsonl", Format::Jsonl, Compression::None),
            ("a.b.ndjson", Format::Jsonl, Compression::None),
            ("a.jsonl.gz", Format::Jsonl, Compression::Gzip),
            ("a.NDJSON.ZST", Format::Jsonl, Compression::Zstd),
            ("a.txt.gz", Format::Text, Compression::Gzip),
            ("jsonl.gz", Format::Text, Compression::Gzip),
            ("a.gz/", Format::Text, Compression::Gzip),
            ("a.jsonl/.", Format::Jsonl, Compression::None),
            ("gz", Format::Text, Compression::None),
            (".gz", Format::Text, Compression::None),
            ("agz", Format::Text, Compression::None),
            ("-", Format::Text, Compression::None),
        ] {
            assert_eq!(source(name).format_by_name(), format, "{name}");
            assert_eq!(source(name).compression(), compression, "{name}");
        }
    }

    /// Gives one byte per read, as a slow pipe may.
    struct OneByOne(Cursor<Vec<u8>>);

    impl Read for OneByOne {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = into.len().min(1);
            self.0.read(&mut into[..most])
        }
    }

    #[test]
    fn a_pipe_is_unpacked_if_its_first_bytes_say_so() {
        let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(b"hola").unwrap();
        let gzip = packer.finish().unwrap();
        let zstd = zstd::encode_all(&b"hola"[..], 0).unwrap();
        for (bytes, expected) in [
            (gzip, &b"hola"[..]),
            (zstd, b"hola"),
            (b"hola".to_vec(), b"hola"),
            (b"\x1f\x8bxx".to_vec(), b"\x1f\x8bxx"),
            (b"(\xb5".to_vec(), b"(\xb5"),
            (b"\x1f".to_vec(), b"\x1f"),
            (Vec::new(), b""),
        ] {
            let mut read = Vec::new();
            sniffed(Box::new(OneByOne(Cursor::new(bytes))), Compression::None)
                .unwrap()
                .read_to_end(&mut read)
                .unwrap();
            assert_eq!(read, expected);
        }
    }
}
