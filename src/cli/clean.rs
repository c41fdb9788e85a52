//! `limpio clean`: a pipe, a file, or whole folders.
//!
//! One input without an output folder streams to standard output. Everything else is a batch: files are
//! cleaned on all cores, each into a temporary file that gets its name when it is whole, and their
//! records are put into the order of the inputs. Records of a single JSONL input are cleaned on
//! all cores, block by block.

use std::fs;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use limpio::{Cleaner, Pipeline, Report, Status};
use serde::Serialize;
use serde_json::json;
use tempfile::SpooledTempFile;

use super::args::{Clean, InputFormat, OutputArgs, Tolerance};
use super::diff::Look;
use super::documents::{Journal, Pace, RecordCleaner, Telling, Trouble, Wants, clean_text};
use super::failure::{Failure, SOME_FAILED, why};
use super::messages::Messages;
use super::progress::Progress;
use super::records::{Label, Totals, unclean};
use super::setup::unreadable;
use crate::hash::Fnv;
use crate::io::atomic::{Existing, PendingFile, sweep};
use crate::io::inputs::{Found, Inputs};
use crate::io::jsonl::{Block, Blocks};
use crate::io::ordered;
use crate::io::outputs;
use crate::io::source::{Format, READ_BYTES, Source};
use crate::io::state::{Stamp, State};
use crate::io::target::{Target, standard_output};

/// Everything a run needs; made once, shared by all threads.
struct Run {
    records: RecordCleaner,
    format: InputFormat,
    destination: Destination,
    wants: Wants,
    /// Say what would be done.
    dry_run: bool,
    jobs: usize,
    /// Settings, rules and version, for `--resume`.
    fingerprint: u64,
    messages: Messages,
}

/// Where clean text goes.
enum Destination {
    Stdout,
    Folder {
        path: PathBuf,
        existing: Existing,
        resume: bool,
        state: State,
    },
    /// `--dry-run` and `--diff`.
    Nowhere,
}

/// Runs the command; `None` asks for the usage.
pub fn run(args: &Clean, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let started = Instant::now();
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    let output = &args.outputs;
    let builder = args.cleaning.pipeline()?;
    let pipeline = builder.count_languages(output.report.is_some() || output.annotate).build()?;
    // One per process, and threads that outlive this function may still use it.
    let pipeline: &'static Pipeline = Box::leak(Box::new(pipeline));

    let writes = !output.dry_run && !output.diff;
    let single = inputs.single();
    if writes && output.output.is_none() && single.is_none() {
        return Err(Failure::Usage(
            "several inputs need a folder for the clean files: add -o DIR".into(),
        ));
    }
    if let Some(source) = &single
        && output.annotate
        && format_of(args.format, source) == Format::Text
    {
        return Err(Failure::Usage("--annotate is for records, and the input is text".into()));
    }
    let census = match &output.output {
        Some(folder) if writes => outputs::check(&inputs, folder)?,
        _ => outputs::count(&inputs, |_| Ok(()))?,
    };
    args.inputs.check_found(&census, &inputs)?;
    check_targets(output, &inputs)?;
    if census.all_files == 0 && census.others == 0 {
        messages.warn(&format!("{}: no files here", shown_roots(&inputs)));
    }

    let folder = output.output.as_deref().filter(|_| writes);
    let is_new = folder.map(create_folder).transpose()?.unwrap_or(false);
    let opened = open_targets(output);
    if let (Err(_), Some(folder), true) = (&opened, folder, is_new) {
        // Nothing was touched: the folder is as empty as it was made.
        let _ = fs::remove_dir(folder);
    }
    let (report, removed) = opened?;
    let fingerprint = fingerprint(args, pipeline);
    let run = Run {
        records: RecordCleaner {
            pipeline,
            fields: args.fields.fields(),
            annotate: output.annotate,
            messages: messages.clone(),
        },
        format: args.format,
        destination: destination(output, writes)?,
        wants: Wants {
            report: report.is_some(),
            removed: removed.is_some(),
            diff: output.diff.then(|| Look { colours: messages.colours_stdout() }),
        },
        dry_run: output.dry_run && !output.diff,
        jobs: output.jobs.map_or_else(all_cores, NonZeroUsize::get),
        fingerprint,
        messages: messages.clone(),
    };
    let run: &'static Run = Box::leak(Box::new(run));
    let mut told = Told {
        report,
        removed,
        report_path: output.report.clone(),
        removed_path: output.removed.clone(),
    };
    let totals = match (&run.destination, single) {
        (Destination::Stdout, Some(source)) => run.stream(&source, &mut told)?,
        (_, single) => run.batch(&inputs, single.is_some(), census.files, &mut told)?,
    };
    told.end(&run_record(args, pipeline, &totals, started))?;
    Ok(Some(status(&totals, output.tolerate)))
}

fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn shown_roots(inputs: &Inputs) -> String {
    let paths: Vec<String> =
        inputs.roots().iter().map(|root| root.path().display().to_string()).collect();
    if paths.is_empty() { "--files-from".into() } else { paths.join(", ") }
}

/// Makes the output folder; whether it was not there.
fn create_folder(path: &Path) -> Result<bool, Failure> {
    let is_new = !path.exists();
    fs::create_dir_all(path).map_err(|error| Failure::unusable(path, &error))?;
    Ok(is_new)
}

/// Opens the targets of `--report` and `--removed`, which may be in the output folder.
fn open_targets(output: &OutputArgs) -> Result<(Option<Target>, Option<Target>), Failure> {
    let open = |path: &Option<PathBuf>| {
        let path = path.as_deref();
        path.map(|path| Target::open(path).map_err(|error| Failure::unusable(path, &error)))
            .transpose()
    };
    Ok((open(&output.report)?, open(&output.removed)?))
}

/// Records must not replace an input or a clean file, nor mix with clean text or each other.
fn check_targets(output: &OutputArgs, inputs: &Inputs) -> Result<(), Failure> {
    let targets: Vec<&PathBuf> = output.report.iter().chain(&output.removed).collect();
    let wrong = |path: &Path, why: &str| Failure::Usage(format!("{}: {why}", path.display()));
    let mut resolved = Vec::new();
    for target in &targets {
        let Ok(path) = outputs::resolve(target) else { continue };
        if path.is_file() && inputs.take_canonical(&path) {
            return Err(wrong(target, "the report would replace an input"));
        }
        if let Some(folder) = &output.output
            && let Ok(folder) = outputs::resolve(folder)
            && let Ok(place) = path.strip_prefix(&folder)
            && inputs.has_place(place)
        {
            return Err(wrong(target, "the report would replace a clean file"));
        }
        resolved.push(path);
    }
    if let [first, second] = &resolved[..]
        && first == second
        && !first.starts_with("/dev")
        && !first.starts_with("/proc")
    {
        return Err(wrong(targets[1], "--report and --removed need a file each"));
    }
    let to_stdout = targets.iter().find(|target| target.as_os_str() == "-");
    if let Some(target) = to_stdout
        && (output.diff || (output.output.is_none() && !output.dry_run))
    {
        return Err(wrong(target, "standard output is taken: records need another place"));
    }
    Ok(())
}

fn destination(output: &OutputArgs, writes: bool) -> Result<Destination, Failure> {
    if !writes {
        return Ok(Destination::Nowhere);
    }
    let Some(path) = output.output.clone() else {
        return Ok(Destination::Stdout);
    };
    let replaces = output.overwrite || output.resume;
    if replaces {
        sweep(&path);
    }
    let state =
        State::open(&path, output.resume).map_err(|error| Failure::unusable(&path, &error))?;
    let existing = if replaces { Existing::Replace } else { Existing::Refuse };
    Ok(Destination::Folder { path, existing, resume: output.resume, state })
}

/// What, beside the input, decides about the bytes of a clean file.
fn fingerprint(args: &Clean, pipeline: &Pipeline) -> u64 {
    let of_records = format!(
        "{:?}\0{}\0{}\0{}",
        args.format, args.fields.text_field, args.fields.id_field, args.outputs.annotate
    );
    Fnv::new()
        .add(&pipeline.fingerprint().to_le_bytes())
        .add(of_records.as_bytes())
        .add(env!("CARGO_PKG_VERSION").as_bytes())
        .value()
}

fn run_record(args: &Clean, pipeline: &Pipeline, totals: &Totals, started: Instant) -> String {
    let mut settings = args.cleaning.as_json();
    settings["format"] = json!(format!("{:?}", args.format).to_lowercase());
    settings["text-field"] = json!(args.fields.text_field);
    settings["id-field"] = json!(args.fields.id_field);
    let record = RunRecord {
        run: RunFields {
            v: 1,
            version: env!("CARGO_PKG_VERSION"),
            rules_hash: format!("{:016x}", pipeline.rules_hash()),
            seconds: (started.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            totals,
            settings,
        },
    };
    serde_json::to_string(&record).unwrap_or_default()
}

/// The last record of a report.
#[derive(Serialize)]
struct RunRecord<'r> {
    run: RunFields<'r>,
}

#[derive(Serialize)]
struct RunFields<'r> {
    v: u32,
    version: &'r str,
    rules_hash: String,
    seconds: f64,
    totals: &'r Totals,
    settings: serde_json::Value,
}

fn status(totals: &Totals, tolerate: Tolerance) -> ExitCode {
    let tolerated = match tolerate {
        Tolerance::All => true,
        Tolerance::AtMost(most) => totals.failed <= most,
    };
    if tolerated { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) }
}

fn format_of(choice: InputFormat, source: &Source) -> Format {
    match choice {
        InputFormat::Auto => source.format_by_name(),
        InputFormat::Text => Format::Text,
        InputFormat::Jsonl => Format::Jsonl,
    }
}

/// The report files of a run.
struct Told {
    report: Option<Target>,
    removed: Option<Target>,
    report_path: Option<PathBuf>,
    removed_path: Option<PathBuf>,
}

impl Told {
    fn end(self, run_record: &str) -> Result<(), Failure> {
        let failed = |path: &Option<PathBuf>, error: io::Error| {
            let path = path.as_deref().unwrap_or(Path::new("report"));
            Failure::writing(&path.display().to_string(), &error)
        };
        if let Some(mut report) = self.report {
            writeln!(report, "{run_record}")
                .and_then(|()| report.finish())
                .map_err(|error| failed(&self.report_path, error))?;
        }
        if let Some(removed) = self.removed {
            removed.finish().map_err(|error| failed(&self.removed_path, error))?;
        }
        Ok(())
    }
}

/// Bytes of records that are held in memory while a file waits for its turn; more go to the
/// folder for temporary files.
const HELD_BYTES: usize = 256 * 1024;

/// What became of a file, until its turn comes.
struct Outcome {
    telling: Telling<SpooledTempFile>,
    /// Nothing more can be told: the run is over.
    fatal: Option<io::Error>,
}

impl Outcome {
    fn new() -> Outcome {
        Outcome { telling: Telling::new(|| SpooledTempFile::new(HELD_BYTES)), fatal: None }
    }

    fn copy_to(mut self, told: &mut Told, diff: &mut dyn Write) -> Result<Totals, Failure> {
        let copy = |spool: &mut SpooledTempFile, to: &mut dyn Write| -> io::Result<()> {
            spool.rewind()?;
            io::copy(spool, to)?;
            Ok(())
        };
        if let Some(report) = &mut told.report {
            copy(&mut self.telling.report, report)
                .and_then(|()| flush_live(report))
                .map_err(|error| Failure::writing("--report", &error))?;
        }
        if let Some(removed) = &mut told.removed {
            copy(&mut self.telling.removed, removed)
                .and_then(|()| flush_live(removed))
                .map_err(|error| Failure::writing("--removed", &error))?;
        }
        copy(&mut self.telling.diff, diff).map_err(Failure::stdout)?;
        Ok(self.telling.totals)
    }
}

fn flush_live(target: &mut Target) -> io::Result<()> {
    if target.is_live() { target.flush() } else { Ok(()) }
}

impl Run {
    /// One input to standard output, as it comes.
    fn stream(&'static self, source: &Source, told: &mut Told) -> Result<Totals, Failure> {
        let stdout = standard_output().map_err(Failure::stdout)?;
        let mut stdout = BufWriter::with_capacity(READ_BYTES, stdout);
        let mut totals = Totals::default();
        let mut journal = Journal {
            report: told.report.as_mut().map(|target| target as &mut dyn Write),
            removed: told.removed.as_mut().map(|target| target as &mut dyn Write),
            diff: None,
            totals: &mut totals,
        };
        let label = Label::of_file(&source.path);
        let cleaned = match format_of(self.format, source) {
            Format::Text => self.stream_text(source, &label, &mut stdout, &mut journal),
            Format::Jsonl => self.stream_records(source, &mut stdout, &mut journal),
        };
        match cleaned.and_then(|()| stdout.flush().map_err(Trouble::Write)) {
            Ok(()) => {}
            Err(Trouble::Write(error)) => return Err(Failure::stdout(error)),
            Err(Trouble::Journal(error)) => return Err(Failure::writing("records", &error)),
            Err(trouble) => {
                let reason = said(&trouble);
                self.messages.error(&format!("{}: {reason}", source.path.display()));
                journal
                    .add(&label, &unclean(Status::Failed, reason))
                    .map_err(|_| Failure::Fatal("records cannot be written".into()))?;
                stdout.flush().map_err(Failure::stdout)?;
            }
        }
        Ok(totals)
    }

    fn stream_text(
        &self,
        source: &Source,
        label: &Label,
        stdout: &mut dyn Write,
        journal: &mut Journal<'_>,
    ) -> Result<(), Trouble> {
        let mut cleaner = self.records.pipeline.cleaner();
        let report = match self.binary(source, &mut cleaner)? {
            Some(report) => report,
            None => {
                let mut reader = source.open().map_err(Trouble::Read)?.reader;
                clean_text(&mut cleaner, label, &mut *reader, stdout, journal, Pace::Live)?
            }
        };
        self.note(source, &report);
        journal.add(label, &report)
    }

    /// The report of a file that is no text, before a byte of it is on standard output.
    ///
    /// Files without a NUL byte are text, which is quick to see; of others the cleaner tells. A
    /// pipe cannot be read twice.
    fn binary(
        &self,
        source: &Source,
        cleaner: &mut Cleaner<'_>,
    ) -> Result<Option<Report>, Trouble> {
        if source.is_stdin() || !fs::metadata(&source.path).is_ok_and(|metadata| metadata.is_file())
        {
            return Ok(None);
        }
        let mut reader = source.open().map_err(Trouble::Read)?.reader;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A cut archive: what is whole comes out, as with zcat, and then the message.
                Err(_) => return Ok(None),
            };
            if memchr::memchr(0, &buffer[..read]).is_some() {
                break;
            }
        }
        let mut reader = source.open().map_err(Trouble::Read)?.reader;
        let label = Label::of_file(&source.path);
        let mut uncounted = Totals::default();
        let silent = &mut Journal::silent(&mut uncounted);
        let report =
            clean_text(cleaner, &label, &mut *reader, &mut io::sink(), silent, Pace::Buffered)?;
        Ok((report.status == Status::Skipped).then_some(report))
    }

    fn stream_records(
        &'static self,
        source: &Source,
        stdout: &mut dyn Write,
        journal: &mut Journal<'_>,
    ) -> Result<(), Trouble> {
        let opened = source.open().map_err(Trouble::Read)?;
        // Files do not pause; everything else may.
        let eager = !opened.metadata.is_file();
        self.clean_blocks(source, opened.reader, eager, self.jobs, stdout, journal, Pace::Live)
    }

    /// The records of one input, on several threads.
    #[allow(clippy::too_many_arguments)]
    fn clean_blocks(
        &'static self,
        source: &Source,
        reader: Box<dyn Read + Send>,
        eager: bool,
        jobs: usize,
        to: &mut dyn Write,
        journal: &mut Journal<'_>,
        pace: Pace,
    ) -> Result<(), Trouble> {
        let wants = journal.wants();
        let path = source.path.clone();
        let mut ended = Ok(());
        ordered::run(
            Blocks::new(reader, eager),
            jobs,
            move || {
                let path = path.clone();
                let mut cleaner = self.records.pipeline.cleaner();
                move |block: io::Result<Block>| {
                    let block = block.map_err(Trouble::Read)?;
                    let mut telling = Telling::new(Vec::new);
                    let journal = &mut telling.journal(wants);
                    let bytes = self.records.clean(&mut cleaner, &path, &block, journal)?;
                    Ok((bytes, telling))
                }
            },
            |cleaned: Result<(Vec<u8>, Telling<Vec<u8>>), Trouble>| {
                let written = cleaned.and_then(|(bytes, telling)| {
                    to.write_all(&bytes).map_err(Trouble::Write)?;
                    journal.take(telling)?;
                    if pace == Pace::Live {
                        to.flush().map_err(Trouble::Write)?;
                        journal.flush()?;
                    }
                    Ok(())
                });
                match written {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(trouble) => {
                        ended = Err(trouble);
                        ControlFlow::Break(())
                    }
                }
            },
        );
        ended
    }

    /// Every file of the inputs, on all cores.
    fn batch(
        &'static self,
        inputs: &Inputs,
        is_single: bool,
        files: u64,
        told: &mut Told,
    ) -> Result<Totals, Failure> {
        let mut totals = Totals::default();
        let mut ended = Ok(());
        let progress = Progress::of_files(&self.messages, files);
        let stdout = standard_output().map_err(Failure::stdout)?;
        let mut stdout = BufWriter::with_capacity(READ_BYTES, stdout);
        // A single input has all threads for its records.
        let (jobs, jobs_inside) = if is_single { (1, self.jobs) } else { (self.jobs, 1) };
        ordered::run(
            inputs.walk(),
            jobs,
            move || {
                let mut cleaner = self.records.pipeline.cleaner();
                move |found: Found| self.clean_found(&mut cleaner, found, jobs_inside)
            },
            |mut outcome: Outcome| {
                let fatal = outcome.fatal.take();
                let copied = outcome.copy_to(told, &mut stdout).map(|more| totals.merge(&more));
                progress.file_done(totals.bytes_in);
                ended = match (copied, fatal) {
                    (Ok(()), Some(error)) => Err(Failure::writing("records", &error)),
                    (copied, _) => copied,
                };
                if ended.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            },
        );
        progress.done();
        ended?;
        stdout.flush().map_err(Failure::stdout)?;
        self.messages.note(&format!(
            "{} documents: {} clean, {} failed, {} skipped; {} lines removed",
            totals.documents,
            totals.ok,
            totals.failed,
            totals.skipped,
            totals.removed_lines()
        ));
        Ok(totals)
    }

    fn clean_found(
        &'static self,
        cleaner: &mut Cleaner<'static>,
        found: Found,
        jobs: usize,
    ) -> Outcome {
        let mut outcome = Outcome::new();
        match found {
            Found::Special(path) => {
                self.messages.warn(&format!("{}: skipped: no regular file", path.display()));
            }
            Found::Unreadable(path, error) => {
                self.fail(&mut outcome, &path, unreadable(&error));
            }
            Found::Source(source) => {
                if let Err(trouble) = self.clean_file(cleaner, &source, jobs, &mut outcome) {
                    match trouble {
                        Trouble::Journal(error) => outcome.fatal = Some(error),
                        trouble => {
                            // What was told is of a clean file that did not come to be.
                            outcome = Outcome::new();
                            self.fail(&mut outcome, &source.path, said(&trouble));
                        }
                    }
                }
            }
        }
        outcome
    }

    /// A document that came to nothing, said and reported.
    fn fail(&self, outcome: &mut Outcome, path: &Path, reason: String) {
        self.messages.error(&format!("{}: {reason}", path.display()));
        let report = unclean(Status::Failed, reason);
        self.tell(outcome, path, &report);
    }

    fn tell(&self, outcome: &mut Outcome, path: &Path, report: &Report) {
        let label = Label::of_file(path);
        let told = outcome.telling.journal(self.wants).add(&label, report);
        if let Err(Trouble::Journal(error)) = told {
            outcome.fatal = Some(error);
        }
    }

    fn clean_file(
        &'static self,
        cleaner: &mut Cleaner<'static>,
        source: &Source,
        jobs: usize,
        outcome: &mut Outcome,
    ) -> Result<(), Trouble> {
        let Destination::Folder { path: folder, existing, resume, state } = &self.destination
        else {
            let opened = source.open().map_err(Trouble::Read)?;
            let report =
                self.clean_into(cleaner, source, opened.reader, &mut io::sink(), jobs, outcome)?;
            return self.close_document(source, report, outcome);
        };
        let target = folder.join(&source.place);
        if *existing == Existing::Refuse && fs::symlink_metadata(&target).is_ok() {
            return Err(Trouble::Write(io::ErrorKind::AlreadyExists.into()));
        }
        if *resume
            && let Ok(metadata) = fs::metadata(&source.path)
            && let Some(totals) = state.done(&source.place, Stamp::new(&metadata, self.fingerprint))
            && let Ok(totals) = serde_json::from_str::<Totals>(&totals)
        {
            return self.already_clean(source, totals, outcome);
        }
        let opened = source.open().map_err(Trouble::Read)?;
        let stamp = Stamp::new(&opened.metadata, self.fingerprint);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Trouble::Write)?;
        }
        let (pending, file) = PendingFile::create(&target).map_err(Trouble::Write)?;
        let mut packer = source.compression().packer(file).map_err(Trouble::Write)?;
        let report = self.clean_into(cleaner, source, opened.reader, &mut packer, jobs, outcome)?;
        if report.as_ref().is_some_and(|report| report.status == Status::Skipped) {
            return self.close_document(source, report, outcome);
        }
        let bytes = packer.finish().map_err(Trouble::Write)?;
        pending.commit(*existing).map_err(Trouble::Write)?;
        self.close_document(source, report, outcome)?;
        // What failed in part is not done: the next --resume says so again.
        if outcome.telling.totals.failed == 0 && opened.metadata.is_file() {
            let totals = serde_json::to_string(&outcome.telling.totals).unwrap_or_default();
            if let Err(error) = state.add(&source.place, stamp, bytes, &totals) {
                self.messages.warn(&format!(
                    "{}: clean, but --resume will not know: {}",
                    source.path.display(),
                    why(&error)
                ));
            }
        }
        Ok(())
    }

    /// Cleans into a writer; text gives its report, records have told theirs.
    fn clean_into(
        &'static self,
        cleaner: &mut Cleaner<'static>,
        source: &Source,
        mut reader: Box<dyn Read + Send>,
        to: &mut dyn Write,
        jobs: usize,
        outcome: &mut Outcome,
    ) -> Result<Option<Report>, Trouble> {
        let journal = &mut outcome.telling.journal(self.wants);
        match format_of(self.format, source) {
            Format::Text => {
                let label = Label::of_file(&source.path);
                clean_text(cleaner, &label, &mut *reader, to, journal, Pace::Buffered).map(Some)
            }
            Format::Jsonl => {
                self.clean_blocks(source, reader, false, jobs, to, journal, Pace::Buffered)?;
                Ok(None)
            }
        }
    }

    /// The report of a text document whose clean file is there, or that is no text.
    fn close_document(
        &self,
        source: &Source,
        report: Option<Report>,
        outcome: &mut Outcome,
    ) -> Result<(), Trouble> {
        if let Some(report) = &report {
            self.note(source, report);
            let label = Label::of_file(&source.path);
            outcome.telling.journal(self.wants).add(&label, report)?;
        }
        if self.dry_run {
            let totals = &outcome.telling.totals;
            let text = format!(
                "{}: would remove {} of {} lines and repair {} spans",
                source.path.display(),
                totals.removed_lines(),
                totals.lines_in,
                totals.repairs.mojibake
            );
            self.messages.warn(&text);
        }
        Ok(())
    }

    fn already_clean(
        &self,
        source: &Source,
        totals: Totals,
        outcome: &mut Outcome,
    ) -> Result<(), Trouble> {
        self.messages.note(&format!("{}: clean already", source.path.display()));
        let report = Report {
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            lines_in: totals.lines_in,
            lines_out: totals.lines_out,
            blank_lines: totals.blank_lines,
            ..unclean(Status::Skipped, "clean already, by an earlier run")
        };
        self.tell(outcome, &source.path, &report);
        outcome.telling.totals = totals.as_resumed();
        Ok(())
    }

    fn note(&self, source: &Source, report: &Report) {
        let path = source.path.display();
        if report.status == Status::Skipped {
            self.messages.warn(&format!("{path}: skipped: {}", report.reason));
        }
        for warning in &report.warnings {
            self.messages.warn(&format!("{path}: {warning}"));
        }
        self.messages.note(&format!(
            "{path}: {}, {} lines, {} removed",
            report.encoding,
            report.lines_in,
            report.removed.values().sum::<u64>()
        ));
    }
}

fn said(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Read(error) => unreadable(error),
        Trouble::Write(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            "the clean file exists: add --overwrite to replace it, or --resume".into()
        }
        Trouble::Write(error) => format!("the clean file cannot be written: {}", why(error)),
        Trouble::Journal(error) => format!("its records cannot be written: {}", why(error)),
        Trouble::Bug => "this document stopped limpio, which is a bug: please report it".into(),
    }
}
