//! The documents of all inputs, one after the other, for commands that only look.

use std::io::{self, BufWriter, Cursor, Read, Write};
use std::process::ExitCode;

use encoding_rs::Encoding;

use super::args::OutputFormat;
use super::failure::{Failure, SOME_FAILED};
use super::messages::Messages;
use super::records::Label;
use super::setup::unreadable;
use super::sites::Sites;
use crate::io::inputs::{Found, Inputs};
use crate::io::jsonl::{Blocks, Fields, Record, lines};
use crate::io::source::{Format, READ_BYTES, Source, read_some};
use crate::io::target::StandardOutput;
use crate::io::transcode::Transcoder;

/// One document to look at.
pub enum Body<'b> {
    /// Bytes that may still have to be decoded.
    Bytes(&'b mut dyn Read),
    /// The text of a record.
    Text(&'b str),
    /// A record that cannot be read: it has its place in the output all the same.
    Broken,
}

/// Looks at documents.
pub struct Reader<'r> {
    pub fields: &'r Fields,
    /// How sites are told, where that is asked.
    pub sites: Option<&'r Sites>,
    pub messages: &'r Messages,
    /// With `jsonl`, inputs whose name says nothing are read as records if they begin with `{`.
    pub format: OutputFormat,
    /// The encoding that was named.
    pub encoding: Option<&'static Encoding>,
}

/// What went wrong with one document: the input, or the output of all.
pub enum Stumble {
    Input(io::Error),
    Output(io::Error),
}

impl Reader<'_> {
    /// Shows every document of the inputs; returns how many failed.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn each(
        &self,
        inputs: &Inputs,
        mut visit: impl FnMut(&Label, Body<'_>) -> Result<(), Stumble>,
    ) -> Result<u64, Failure> {
        let mut failed = 0;
        for found in inputs.walk() {
            let (path, seen) = match found {
                Found::Source(source) => {
                    let seen = self.documents(&source, &mut failed, &mut visit);
                    (source.path, seen)
                }
                Found::Special(path) => {
                    self.messages.warn(&format!("{}: skipped: no regular file", path.display()));
                    continue;
                }
                Found::Unreadable(path, error) => (path, Err(Stumble::Input(error))),
            };
            match seen {
                Ok(()) => {}
                Err(Stumble::Output(error)) => return Err(Failure::stdout(error)),
                Err(Stumble::Input(error)) => {
                    failed += 1;
                    self.messages.error(&format!("{}: {}", path.display(), unreadable(&error)));
                }
            }
        }
        Ok(failed)
    }

    fn documents(
        &self,
        source: &Source,
        failed: &mut u64,
        visit: &mut impl FnMut(&Label, Body<'_>) -> Result<(), Stumble>,
    ) -> Result<(), Stumble> {
        let opened = source.open().map_err(Stumble::Input)?;
        let eager = !opened.metadata.is_file();
        let mut reader = opened.reader;
        let mut format = source.format_by_name();
        if format == Format::Text && self.format == OutputFormat::Jsonl {
            (format, reader) = sniffed(reader).map_err(Stumble::Input)?;
        }
        if format == Format::Text {
            let label = Label::of_file(&source.path);
            let label = match self.sites {
                Some(sites) => label.of_site(sites.of_source(source)),
                None => label,
            };
            return visit(&label, Body::Bytes(&mut *reader));
        }
        let of_source = self.sites.map(|sites| (sites, sites.of_source(source)));
        for block in Blocks::new(Transcoder::new(reader, self.encoding), eager) {
            let block = block.map_err(Stumble::Input)?;
            for (number, (line, _)) in (block.first_line..).zip(lines(&block.bytes)) {
                if line.trim_ascii().is_empty() {
                    continue;
                }
                match Record::parse(line, self.fields) {
                    Ok(record) => {
                        let label = Label::of_record(&source.path, record.id(), number);
                        let label = match &of_source {
                            Some((sites, of_source)) => {
                                label.of_site(sites.of_record(record.site().as_deref(), of_source))
                            }
                            None => label,
                        };
                        visit(&label, Body::Text(&record.text().0))?;
                    }
                    Err(why) => {
                        *failed += 1;
                        let path = source.path.display();
                        self.messages.error(&format!("{path}:{number}: record not read: {why}"));
                        visit(&Label::of_record(&source.path, None, number), Body::Broken)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Records begin with `{`; looks no further than the first character that is not blank.
fn sniffed(mut reader: Box<dyn Read + Send>) -> io::Result<(Format, Box<dyn Read + Send>)> {
    let mut start = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    let first = loop {
        let read = read_some(&mut *reader, &mut buffer)?;
        start.extend_from_slice(&buffer[..read]);
        let text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&start);
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        // Blank bytes without end are no records either.
        if read == 0 || first.is_some() || start.len() > READ_BYTES {
            break first;
        }
    };
    let format = if first == Some(b'{') { Format::Jsonl } else { Format::Text };
    Ok((format, Box::new(Cursor::new(start).chain(reader))))
}

/// The exit status after so many failed documents.
pub fn status(failed: u64) -> ExitCode {
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) }
}

/// Standard output, buffered.
///
/// # Errors
///
/// The handle cannot be had.
pub fn output() -> Result<BufWriter<StandardOutput>, Failure> {
    let stdout = StandardOutput::open().map_err(Failure::stdout)?;
    Ok(BufWriter::with_capacity(READ_BYTES, stdout))
}

/// Writes a text to standard output and makes sure that it got there.
///
/// # Errors
///
/// It cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = output()?;
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::stdout)
}
