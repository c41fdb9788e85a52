//! `limpio learn`: lines that repeat over the documents of a site, as a rule file; and the
//! learning that `clean --learn` does first.
//!
//! The inputs are read twice, on all cores, see [`limpio::learn`]. What cannot be read is told
//! in the first reading.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use encoding_rs::Encoding;
use limpio::Pipeline;
use limpio::learn::{Learned, Learner, Reader, SecondReading, Settings};

use super::args::{InputFormat, Learn, LearnArgs};
use super::clean::jobs;
use super::counts;
use super::failure::Failure;
use super::idle;
use super::messages::{Messages, counted};
use super::progress::Progress;
use super::readers::status;
use super::run::format_of;
use super::setup::{encoding_named, unreadable};
use super::sites::Sites;
use crate::io::disk;
use crate::io::inputs::{Found, Inputs};
use crate::io::jsonl::{Block, Blocks, Fields, Record, lines};
use crate::io::ordered;
use crate::io::outputs;
use crate::io::source::{Compression, Format, READ_BYTES, Source, read_some};
use crate::io::target::{Target, is_handle};
use crate::io::transcode::Transcoder;

/// How much larger text is than its archive, about: for the size of the table of counters.
const UNPACKED: u64 = 5;

/// Runs the command; `None` asks for the usage.
pub fn run(args: &Learn, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let started = Instant::now();
    if args.counts.is_some() || !args.merge.is_empty() {
        return counts::run(args, messages);
    }
    if args.inputs.paths.is_empty() && args.inputs.files_from.is_none() {
        return Err(Failure::Usage("learn reads its inputs twice: name files or folders".into()));
    }
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    idle::check_learn(args, &inputs)?;
    let Some(output) = &args.output else {
        return Err(Failure::Usage("-o RULES.toml is missing: the file for the rules".into()));
    };
    check_output(output, args.overwrite, &inputs, "rules")?;
    let pipeline = Pipeline::builder().encoding(&args.encoding)?.build()?;
    let learning = Learning::of(args, messages);
    let census = outputs::count(&inputs, |_| Ok(()))?;
    args.inputs.check_found(&census, &inputs, messages)?;
    let (learned, sums) = learning.learn(&args.learning, &pipeline, &inputs, census.files)?;
    write(output, &learned.to_toml())?;
    messages.summary(&summary(&learned, started));
    Ok(Some(status(sums.failed)))
}

/// What was learned, in a line.
pub fn summary(learned: &Learned, started: Instant) -> String {
    format!(
        "{} of {}: {} learned; {:.1} seconds",
        counted(learned.documents_read(), "document"),
        counted(learned.sites_read(), "site"),
        counted(learned.lines(), "line"),
        started.elapsed().as_secs_f64()
    )
}

/// Whether the file for rules, or counts, may be written.
///
/// # Errors
///
/// It is there and nobody said that it may go, or it is a folder or an input.
pub fn check_output(
    output: &Path,
    overwrite: bool,
    inputs: &Inputs,
    what: &str,
) -> Result<(), Failure> {
    let wrong = |why: &str| Err(Failure::Usage(format!("{}: {why}", output.display())));
    if output.is_dir() {
        return wrong(&format!("is a folder: expected the file for the {what}"));
    }
    if !output.is_file() || is_handle(output) {
        return Ok(());
    }
    if !overwrite {
        let edited = if what == "rules" { ", and may have been edited" } else { "" };
        return wrong(&format!("exists{edited}: add --overwrite to replace it"));
    }
    let takes = outputs::resolve(output).and_then(|path| inputs.take_canonical(&path));
    match takes {
        Ok(true) => wrong(&format!("the {what} would replace an input")),
        Ok(false) => Ok(()),
        Err(error) => Err(Failure::unusable(output, &error)),
    }
}

/// Writes the rules.
///
/// # Errors
///
/// Those of the file system.
pub fn write(output: &Path, toml: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        if output.as_os_str() == "-" {
            Failure::stdout(error)
        } else {
            Failure::unusable(output, &error)
        }
    };
    let mut target = Target::open(output).map_err(failed)?;
    target.write_all(toml.as_bytes()).and_then(|()| target.finish()).map_err(failed)
}

/// Everything that learning needs to know about the inputs.
#[derive(Clone)]
pub struct Learning {
    pub fields: Fields,
    pub sites: Sites,
    pub format: InputFormat,
    pub encoding: Option<&'static Encoding>,
    pub jobs: usize,
    pub messages: Messages,
    /// What to say of what fails.
    pub telling: Telling,
    /// Whether the user named the field of the site.
    pub asks_for_field: bool,
}

/// Which failures a reading says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// All have been said.
    Nothing,
    /// Files that cannot be read; the cleaning that follows says what is wrong with their records.
    Files,
    /// These, and records that are none.
    Everything,
}

/// A reading, whichever it is.
#[derive(Clone)]
pub enum Pass {
    First(Learner),
    Second(SecondReading),
}

/// Sums over inputs.
#[derive(Debug, Default, Clone, Copy)]
pub struct Sums {
    bytes: u64,
    /// Documents that could not be read.
    pub failed: u64,
    /// Those of them that are files.
    pub files_failed: u64,
    /// Records that have a field for their site.
    with_field: u64,
    records: u64,
}

impl Learning {
    /// What the options of `learn` say.
    pub fn of(args: &Learn, messages: &Messages) -> Learning {
        Learning {
            fields: args.fields.with_site(&args.sites),
            sites: Sites::new(&args.sites),
            format: args.format,
            encoding: encoding_named(&args.encoding),
            jobs: jobs(args.jobs),
            messages: messages.clone(),
            telling: Telling::Everything,
            asks_for_field: args.inputs.gives("site-field"),
        }
    }

    /// Reads the inputs twice; what was learned, and what failed in either reading.
    ///
    /// # Errors
    ///
    /// Inputs that cannot be read twice, or a field that no record has.
    pub fn learn(
        &self,
        args: &LearnArgs,
        pipeline: &Pipeline,
        inputs: &Inputs,
        files: u64,
    ) -> Result<(Learned, Sums), Failure> {
        // A size that nobody can tell makes the table a little smaller: no reason to say so.
        let corpus_bytes = size_of(inputs, |_, _| ())?;
        let mut settings = Settings::default();
        settings.min_documents = args.min_documents;
        settings.min_share = args.min_share;
        settings.memory_bytes = args.memory;
        let learner = Learner::new(pipeline, settings, corpus_bytes);
        let mut sums = self.read(&Pass::First(learner.clone()), inputs, files, self.telling);
        self.check_field(&sums)?;
        let second = learner.read_again();
        // Mostly the same files fail again.
        let telling = if sums.files_failed == 0 { Telling::Files } else { Telling::Nothing };
        let again = self.read(&Pass::Second(second.clone()), inputs, files, telling);
        sums.failed = sums.failed.max(again.failed);
        sums.files_failed = sums.files_failed.max(again.files_failed);
        let learned = second.learned();
        self.tell(&learned);
        Ok((learned, sums))
    }

    /// Whether some record has the field that the user named.
    ///
    /// # Errors
    ///
    /// None of many has.
    pub fn check_field(&self, sums: &Sums) -> Result<(), Failure> {
        if self.asks_for_field && sums.records > 0 && sums.with_field == 0 {
            let field = self.fields.site.as_deref().unwrap_or_default();
            return Err(Failure::Usage(format!("--site-field: no record has a field `{field}`")));
        }
        Ok(())
    }

    /// Warns of what was not learned.
    pub fn tell(&self, learned: &Learned) {
        if learned.lines() == 0 && learned.documents_read() > 0 {
            self.messages.warn(&format!(
                "nothing was learned: no line repeats over enough documents of a site; {}, {} on \
                 the largest",
                counted(learned.sites_read(), "site"),
                counted(learned.most_documents(), "document"),
            ));
        }
        if let Some(floor) = learned.floor() {
            let what = match floor {
                u64::MAX => "many lines are missing".to_owned(),
                _ => format!("lines of fewer than {floor} documents may be missing"),
            };
            self.messages.warn(&format!("--memory is too small for this corpus: {what}"));
        }
    }

    /// One reading of all inputs.
    pub fn read(&self, pass: &Pass, inputs: &Inputs, files: u64, telling: Telling) -> Sums {
        let mut sums = Sums::default();
        let work = Arc::new(Work { learning: self.clone(), pass: pass.clone(), telling });
        if let Some(source) = inputs.single()
            && inputs.in_shard(&source)
            && format_of(self.format, &source) == Format::Jsonl
        {
            work.read_blocks(&source, &mut sums);
            return sums;
        }
        let progress = Progress::of_files(&self.messages, files);
        ordered::run(
            inputs.walk(),
            self.jobs,
            move || {
                let work = Arc::clone(&work);
                let mut reader = work.reader();
                move |found: Found| work.read_found(&mut reader, found)
            },
            |more: Sums| {
                sums.add(more);
                progress.file_done(sums.bytes);
                ControlFlow::Continue(())
            },
        );
        progress.done();
        sums
    }
}

impl Sums {
    fn add(&mut self, more: Sums) {
        self.bytes += more.bytes;
        self.failed += more.failed;
        self.files_failed += more.files_failed;
        self.with_field += more.with_field;
        self.records += more.records;
    }
}

/// What every thread shares.
struct Work {
    learning: Learning,
    pass: Pass,
    telling: Telling,
}

impl Work {
    fn reader(&self) -> Reader {
        match &self.pass {
            Pass::First(learner) => learner.reader(),
            Pass::Second(second) => second.reader(),
        }
    }

    /// The records of one input, on several threads.
    fn read_blocks(self: &Arc<Self>, source: &Source, sums: &mut Sums) {
        let opened = match source.open() {
            Ok(opened) => opened,
            Err(error) => return sums.add(self.failed(&source.path, &error)),
        };
        let site = self.learning.sites.of_source(source);
        let path = source.path.clone();
        let blocks = Blocks::new(Transcoder::new(opened.reader, self.learning.encoding), false);
        let work = Arc::clone(self);
        ordered::run(
            blocks,
            self.learning.jobs,
            move || {
                let (work, site, path) = (Arc::clone(&work), site.clone(), path.clone());
                let mut reader = work.reader();
                move |block: io::Result<Block>| match block {
                    Ok(block) => work.read_block(&mut reader, &path, &site, &block),
                    Err(error) => work.failed(&path, &error),
                }
            },
            |more: Sums| {
                sums.add(more);
                ControlFlow::Continue(())
            },
        );
    }

    fn read_found(&self, reader: &mut Reader, found: Found) -> Sums {
        match found {
            Found::Source(source) => {
                let mut sums = Sums::default();
                let read = match format_of(self.learning.format, &source) {
                    Format::Text => self.read_text(reader, &source, &mut sums),
                    Format::Jsonl => self.read_records(reader, &source, &mut sums),
                };
                if let Err(error) = read {
                    sums.add(self.failed(&source.path, &error));
                }
                sums
            }
            Found::Special(path) => {
                if self.telling == Telling::Everything {
                    let message = format!("{}: skipped: no regular file", path.display());
                    self.learning.messages.warn(&message);
                }
                Sums::default()
            }
            Found::Unreadable(path, error) => self.failed(&path, &error),
        }
    }

    fn read_text(&self, reader: &mut Reader, source: &Source, sums: &mut Sums) -> io::Result<()> {
        let mut opened = source.open()?;
        let mut buffer = vec![0; READ_BYTES];
        reader.begin(&self.learning.sites.of_source(source));
        loop {
            let read = read_some(&mut *opened.reader, &mut buffer)?;
            if read == 0 {
                break;
            }
            sums.bytes += read as u64;
            reader.push(&buffer[..read]);
        }
        reader.finish();
        Ok(())
    }

    fn read_records(
        &self,
        reader: &mut Reader,
        source: &Source,
        sums: &mut Sums,
    ) -> io::Result<()> {
        let opened = source.open()?;
        let site = self.learning.sites.of_source(source);
        for block in Blocks::new(Transcoder::new(opened.reader, self.learning.encoding), false) {
            sums.add(self.read_block(reader, &source.path, &site, &block?));
        }
        Ok(())
    }

    fn read_block(&self, reader: &mut Reader, path: &Path, site: &str, block: &Block) -> Sums {
        let mut sums = Sums { bytes: block.bytes.len() as u64, ..Sums::default() };
        for (number, (line, _)) in (block.first_line..).zip(lines(&block.bytes)) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match Record::parse(line, &self.learning.fields) {
                Ok(record) => {
                    let field = record.site();
                    sums.records += 1;
                    sums.with_field += u64::from(field.is_some());
                    reader.begin(&self.learning.sites.of_record(field.as_deref(), site));
                    reader.push_str(&record.text().0);
                    reader.finish();
                }
                Err(why) => {
                    sums.failed += 1;
                    if self.telling == Telling::Everything {
                        let message =
                            format!("{}:{number}: record not read: {why}", path.display());
                        self.learning.messages.error(&message);
                    }
                }
            }
        }
        sums
    }

    fn failed(&self, path: &Path, error: &io::Error) -> Sums {
        if self.telling >= Telling::Files {
            // The cleaning that follows has its own say.
            let learning = if self.learning.telling == Telling::Files { "learning: " } else { "" };
            let message = format!("{learning}{}: {}", path.display(), unreadable(error));
            self.learning.messages.error(&message);
        }
        Sums { failed: 1, files_failed: 1, ..Sums::default() }
    }
}

/// About how many bytes of text the inputs hold; `unknown` hears of those that do not tell.
///
/// # Errors
///
/// One of them cannot be read twice.
pub fn size_of(
    inputs: &Inputs,
    mut unknown: impl FnMut(&Path, &io::Error),
) -> Result<u64, Failure> {
    let mut bytes = 0;
    for found in inputs.walk() {
        let Found::Source(source) = found else { continue };
        let path = source.path.display();
        if source.is_stdin() {
            return Err(Failure::Usage(
                "learning reads its inputs twice, and standard input can be read once".into(),
            ));
        }
        let metadata = match disk::metadata(&source.path) {
            Ok(metadata) => metadata,
            Err(error) => {
                unknown(&source.path, &error);
                continue;
            }
        };
        if !metadata.is_file() {
            return Err(Failure::Usage(format!(
                "{path}: learning reads its inputs twice, and a pipe can be read once"
            )));
        }
        let times = if source.compression() == Compression::None { 1 } else { UNPACKED };
        bytes += metadata.len().saturating_mul(times);
    }
    Ok(bytes)
}

/// `512M`, `2G`, `65536`: a size in bytes.
pub fn memory(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 'K' | 'k')) => (&text[..at], 10),
        Some((at, 'M' | 'm')) => (&text[..at], 20),
        Some((at, 'G' | 'g')) => (&text[..at], 30),
        Some((at, 'T' | 't')) => (&text[..at], 40),
        _ => (text, 0),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << unit));
    bytes
        .filter(|bytes| *bytes >= LEAST_MEMORY)
        .ok_or_else(|| "expected a size from 1M, such as 512M or 2G".into())
}

/// The smallest memory that is of use.
const LEAST_MEMORY: u64 = 1 << 20;

/// A share of documents, above 0 and up to 1.
pub fn share(text: &str) -> Result<f64, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok().map(|percent| percent / 100.0),
        None => text.parse::<f64>().ok(),
    };
    share
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "expected a share above 0 and up to 1, such as 0.2 or 20%".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_shares_are_read() {
        assert_eq!(memory("512M"), Ok(512 << 20));
        assert_eq!(memory("2g"), Ok(2 << 30));
        assert_eq!(memory("2000000"), Ok(2_000_000));
        for wrong in ["", "M", "1K", "0", "-1M", "1.5G", "99999999999T", "é"] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
        assert_eq!((share("0.2"), share("20%"), share("1")), (Ok(0.2), Ok(0.2), Ok(1.0)));
        for wrong in ["0", "1.5", "150%", "x", "", "%", "nan", "-0.1"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
