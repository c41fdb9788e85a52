//! `limpio langs`: the languages of each document and of its spans.
//!
//! For people one document is a [`view`] of its text, several are a [`table`]; for programs there is a
//! JSON record per document. Spans cover the text without gaps. Offsets are those of the text: of a
//! record, its text field; of a file, what its bytes decode to without a byte order mark. A
//! file of any size is looked at part by part.

mod table;
mod view;

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use limpio::lang::{Detector, Shares, Span};
use limpio::{Pipeline, Sink, Stage, Verdict};
use memchr::memrchr;

use self::table::Table;
use super::args::{Langs, Offsets, OutputFormat, Show};
use super::explain::page::Page;
use super::failure::Failure;
use super::idle;
use super::messages::{Messages, printable};
use super::readers::{Body, Reader, Stumble, output, status};
use super::records::Label;
use super::setup::encoding_named;
use crate::io::inputs::{Inputs, Root};
use crate::io::jsonl::Fields;
use crate::io::source::Format;

/// Bytes of a file that are read together.
const READ_TOGETHER: usize = 1024 * 1024;

/// Runs the command; `None` asks for the usage.
pub fn run(args: &Langs, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    idle::check_langs(args, &inputs)?;
    args.inputs.census(&inputs, messages)?;
    let decoding = Pipeline::builder().skip(Stage::ALL).encoding(&args.encoding)?.build()?;
    let fields: Fields = args.fields.fields();
    let mut stdout = output()?;
    let page = Page::new(messages);
    let shown = match (args.format, shows_text(args, &inputs)) {
        (OutputFormat::Jsonl, _) => Shown::Records,
        (OutputFormat::Text, true) => Shown::Text(page),
        (OutputFormat::Text, false) => Shown::Table(Table::new(page, folders(&inputs))),
    };
    let mut look = Look { args, decoding: &decoding, shown, to: &mut stdout };
    let reader = Reader {
        fields: &fields,
        sites: None,
        messages,
        format: args.format,
        encoding: encoding_named(&args.encoding),
    };
    let failed = reader.each(&inputs, |label, body| look.document(label, body))?;
    let Look { shown, .. } = look;
    if let Shown::Table(table) = shown {
        table.end(&mut stdout).map_err(Failure::stdout)?;
    }
    stdout.flush().map_err(Failure::stdout)?;
    Ok(Some(status(failed)))
}

/// Whether people see the texts: as they ask for, or that of a single document.
fn shows_text(args: &Langs, inputs: &Inputs) -> bool {
    match args.show {
        Show::Text => true,
        Show::Table => false,
        Show::Auto => inputs.single().is_some_and(|source| source.format_by_name() == Format::Text),
    }
}

fn folders(inputs: &Inputs) -> Vec<std::path::PathBuf> {
    let folders = inputs.roots().iter().filter(|root| matches!(root, Root::Folder(_)));
    folders.map(|root| root.path().to_owned()).collect()
}

struct Look<'l, W: Write> {
    args: &'l Langs,
    decoding: &'l Pipeline,
    shown: Shown,
    to: &'l mut BufWriter<W>,
}

/// What comes out.
enum Shown {
    Records,
    Text(Page),
    Table(Table),
}

/// What is known of a document so far.
struct Found {
    shares: Shares,
    /// In the unit that was asked for; only for records.
    spans: Vec<Span>,
    /// Bytes, and the same in that unit.
    bytes: usize,
    length: usize,
    /// Of a document that is shown while it is read.
    written: io::Result<()>,
}

impl Default for Found {
    fn default() -> Found {
        let shares = Shares::default();
        Found { shares, spans: Vec::new(), bytes: 0, length: 0, written: Ok(()) }
    }
}

impl<W: Write> Look<'_, W> {
    fn document(&mut self, label: &Label, body: Body<'_>) -> Result<(), Stumble> {
        let mut found = Found::default();
        if let (Shown::Text(_), Some(id)) = (&self.shown, &label.id) {
            // One of several, maybe.
            let name = printable(&format!("{} {id}", label.path));
            writeln!(self.to, "{name}").map_err(Stumble::Output)?;
        }
        match body {
            Body::Text(text) => {
                let mut stream = Detector::shared().stream();
                stream.push(text, |part, spans| self.add(&mut found, part, spans));
                stream.finish(|part, spans| self.add(&mut found, part, spans));
            }
            Body::Bytes(reader) => self.read(reader, &mut found).map_err(Stumble::Input)?,
            Body::Broken => {}
        }
        std::mem::replace(&mut found.written, Ok(())).map_err(Stumble::Output)?;
        let written = match &mut self.shown {
            Shown::Records => self.record(label, &found),
            Shown::Table(table) => table.add(self.to, label, &found.shares),
            Shown::Text(_) => {
                let shares = table::summary(&found.shares);
                writeln!(self.to, "\n{}  {shares}\n", printable(&label.path))
            }
        };
        written.and_then(|()| self.to.flush()).map_err(Stumble::Output)
    }

    /// Looks at a file part by part as long as it is UTF-8, and else as a whole.
    fn read(&mut self, reader: &mut dyn Read, found: &mut Found) -> io::Result<()> {
        let mut stream = Detector::shared().stream();
        let mut part = Vec::new();
        let mut is_first = true;
        loop {
            let missing = READ_TOGETHER.saturating_sub(part.len()).max(1) as u64;
            let ended = reader.take(missing).read_to_end(&mut part)? == 0;
            if is_first && (self.args.encoding != "auto" || !is_utf8(&part, ended)) {
                reader.read_to_end(&mut part)?;
                let text = self.decoded(&part);
                stream.push(&text, |part, spans| self.add(found, part, spans));
                break;
            }
            let rest = if ended { Vec::new() } else { part.split_off(end_of_lines(&part)) };
            let text = String::from_utf8_lossy(&part);
            let text = if is_first { text.trim_start_matches('\u{feff}') } else { &text };
            stream.push(text, |part, spans| self.add(found, part, spans));
            if ended {
                break;
            }
            is_first = false;
            part = rest;
        }
        stream.finish(|part, spans| self.add(found, part, spans));
        Ok(())
    }

    /// The text of bytes in some encoding, line by line as the cleaner decodes it.
    fn decoded(&self, bytes: &[u8]) -> String {
        struct Originals(String);
        impl Sink for Originals {
            fn line(&mut self, line: &limpio::Line<'_>, _: &Verdict) -> io::Result<()> {
                if line.starts && line.number > 1 {
                    self.0.push('\n');
                }
                self.0.push_str(line.original);
                Ok(())
            }

            fn end(&mut self, newline: bool) -> io::Result<()> {
                if newline {
                    self.0.push('\n');
                }
                Ok(())
            }
        }
        let mut text = Originals(String::with_capacity(bytes.len()));
        let mut cleaner = self.decoding.cleaner();
        // This sink does not fail.
        let _ = cleaner.push(bytes, &mut text);
        let _ = cleaner.finish(&mut text);
        text.0
    }

    /// Takes a part of a text with its spans.
    fn add(&mut self, found: &mut Found, text: &str, spans: &[Span]) {
        let base = found.bytes;
        found.bytes += text.len();
        let own = |span: &Span| Span { start: span.start - base, end: span.end - base, ..*span };
        let inside: Vec<Span> = spans.iter().map(own).collect();
        found.shares.add_spans(text, &inside);
        match self.shown {
            Shown::Text(page) if found.written.is_ok() => {
                found.written = view::write(self.to, page, text, base, spans);
            }
            Shown::Records => {
                for span in inside {
                    let length = match self.args.offsets {
                        Offsets::Bytes => span.end - span.start,
                        Offsets::Chars => {
                            text.get(span.start..span.end).unwrap_or_default().chars().count()
                        }
                    };
                    let start = found.length;
                    found.length += length;
                    Span { start, end: found.length, lang: span.lang }.join(&mut found.spans);
                }
            }
            _ => {}
        }
    }

    fn record(&mut self, label: &Label, found: &Found) -> io::Result<()> {
        let [es, en, other] = found.shares.fractions();
        write!(
            self.to,
            "{{\"id\":{},\"lang\":\"{}\",\"shares\":{{\"es\":{es:?},\"en\":{en:?},\"other\":{other:?}}},\"spans\":[",
            label.id(),
            found.shares.leading()
        )?;
        for (index, Span { start, end, lang }) in found.spans.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(self.to, "{comma}{{\"start\":{start},\"end\":{end},\"lang\":\"{lang}\"}}")?;
        }
        let unit = match self.args.offsets {
            Offsets::Bytes => "bytes",
            Offsets::Chars => "chars",
        };
        writeln!(self.to, "],\"offsets\":\"{unit}\"}}")
    }
}

/// Whether bytes are UTF-8 so far: a character may be cut at the end of a part.
fn is_utf8(bytes: &[u8], ended: bool) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => !ended && error.error_len().is_none(),
    }
}

/// Where the last line of a part ends, or else its last whole character.
fn end_of_lines(part: &[u8]) -> usize {
    let end = memrchr(b'\n', part).map_or_else(
        || std::str::from_utf8(part).map_or_else(|error| error.valid_up_to(), str::len),
        |at| at + 1,
    );
    if end == 0 { part.len() } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_with_a_line_or_a_character() {
        assert_eq!(end_of_lines(b"uno\ndo"), 4);
        assert_eq!(end_of_lines("añ".as_bytes()), 3);
        assert_eq!(end_of_lines(&"añ".as_bytes()[..2]), 1);
        assert_eq!(end_of_lines(b"\xff\xff"), 2);
        assert!(is_utf8(&"añ".as_bytes()[..2], false));
        assert!(!is_utf8(&"añ".as_bytes()[..2], true));
    }
}
