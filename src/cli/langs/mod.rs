//! `limpio langs`: the languages of each document and of its spans.
//!
//! Spans cover the text without gaps. Offsets are those of the text: of a record, its text field;
//! of a file, what its bytes decode to without a byte order mark. A file of any size is looked at
//! in parts of whole lines, and spans that meet with one language are one.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use limpio::lang::{Detector, Language, Shares, Span};
use limpio::{Pipeline, Sink, Stage, Verdict};
use memchr::memrchr;

use super::args::{Langs, Offsets, OutputFormat};
use super::failure::Failure;
use super::idle;
use super::messages::{Messages, printable};
use super::readers::{Body, Reader, Stumble, output, status};
use super::records::Label;
use super::setup::encoding_named;
use crate::io::jsonl::Fields;

/// Bytes that are looked at together.
///
/// Source: the detector looks at words and their neighbours and weighs a document as a whole; past some
/// pages the weight does not change (2026-11). Counter-example: a line longer than a part,
/// which is cut between two characters.
const PART_BYTES: usize = 1024 * 1024;

/// Characters of a span that a table shows.
const SNIPPET_CHARS: usize = 60;

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
    let mut look = Look { args, decoding: &decoding, to: &mut stdout };
    let reader = Reader {
        fields: &fields,
        sites: None,
        messages,
        format: args.format,
        encoding: encoding_named(&args.encoding),
    };
    let failed = reader.each(&inputs, |label, body| look.document(label, body))?;
    stdout.flush().map_err(Failure::stdout)?;
    Ok(Some(status(failed)))
}

struct Look<'l, W: Write> {
    args: &'l Langs,
    decoding: &'l Pipeline,
    to: &'l mut BufWriter<W>,
}

/// What is known of a document so far.
#[derive(Default)]
struct Found {
    shares: Shares,
    /// In the unit that was asked for.
    spans: Vec<Span>,
    /// The beginnings of the spans, for the table.
    snippets: Vec<String>,
    length: usize,
}

impl<W: Write> Look<'_, W> {
    fn document(&mut self, label: &Label, body: Body<'_>) -> Result<(), Stumble> {
        let mut found = Found::default();
        match body {
            Body::Text(text) => self.add(&mut found, text),
            Body::Bytes(reader) => self.read(reader, &mut found).map_err(Stumble::Input)?,
            Body::Broken => {}
        }
        let written = match self.args.format {
            OutputFormat::Jsonl => self.record(label, &found),
            OutputFormat::Text => self.table(label, &found),
        };
        written.and_then(|()| self.to.flush()).map_err(Stumble::Output)
    }

    /// Looks at a file part by part as long as it is UTF-8, and else as a whole.
    fn read(&self, reader: &mut dyn Read, found: &mut Found) -> io::Result<()> {
        let mut part = Vec::new();
        let mut is_first = true;
        loop {
            let missing = PART_BYTES.saturating_sub(part.len()).max(1) as u64;
            let ended = reader.take(missing).read_to_end(&mut part)? == 0;
            if part.is_empty() {
                return Ok(());
            }
            if is_first && (self.args.encoding != "auto" || !is_utf8(&part, ended)) {
                reader.read_to_end(&mut part)?;
                self.add(found, &self.decoded(&part));
                return Ok(());
            }
            let rest = if ended { Vec::new() } else { part.split_off(end_of_lines(&part)) };
            let text = String::from_utf8_lossy(&part);
            let text = if is_first { text.trim_start_matches('\u{feff}') } else { &text };
            self.add(found, text);
            if ended {
                return Ok(());
            }
            is_first = false;
            part = rest;
        }
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

    fn add(&self, found: &mut Found, text: &str) {
        let spans = Detector::shared().spans(text);
        found.shares.add_spans(text, &spans);
        let wants_snippets = self.args.format == OutputFormat::Text;
        for span in spans {
            let inside = text.get(span.start..span.end).unwrap_or_default();
            let length = match self.args.offsets {
                Offsets::Bytes => inside.len(),
                Offsets::Chars => inside.chars().count(),
            };
            let start = found.length;
            found.length += length;
            match found.spans.last_mut() {
                Some(last) if last.lang == span.lang => last.end = found.length,
                _ => {
                    found.spans.push(Span { start, end: found.length, lang: span.lang });
                    if wants_snippets {
                        let shown = inside.trim().chars().take(SNIPPET_CHARS).collect::<String>();
                        found.snippets.push(printable(&shown.replace('\n', " ")));
                    }
                }
            }
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

    fn table(&mut self, label: &Label, found: &Found) -> io::Result<()> {
        let name = match &label.id {
            Some(id) => format!("{} {id}", label.path),
            None => label.path.clone(),
        };
        let shares = [Language::Es, Language::En, Language::Other]
            .into_iter()
            .zip(found.shares.fractions())
            .filter(|(_, share)| *share > 0.0)
            .map(|(language, share)| format!("{language} {:.1} %", share * 100.0))
            .collect::<Vec<_>>()
            .join(", ");
        let shares = if shares.is_empty() { "no language".to_owned() } else { shares };
        writeln!(self.to, "{}  {}  ({shares})", printable(&name), found.shares.leading())?;
        let width = found.length.to_string().len();
        for (Span { start, end, lang }, snippet) in found.spans.iter().zip(&found.snippets) {
            writeln!(self.to, "  {start:>width$} {end:>width$}  {lang:<5}  {snippet}")?;
        }
        Ok(())
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
