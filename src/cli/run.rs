//! A run of `limpio clean`: one input as a stream, or a batch of files on all cores.
//!
//! A batch cleans each file into a temporary file that gets its name when it is whole; what is told
//! about it waits for its turn, so that records are in the order of the inputs. The records of a
//! single JSONL input are cleaned on all cores, block by block.

mod told;

use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use encoding_rs::Encoding;
use limpio::{Report, Status};

use self::told::Outcome;
pub use self::told::Told;
use super::args::InputFormat;
use super::documents::{
    Journal, Pace, Pieces, RecordCleaner, Telling, Times, Trouble, Wants, Worker, clean_text,
};
use super::failure::{Failure, why};
use super::messages::{Messages, counted};
use super::progress::{Progress, note_documents};
use super::records::{Label, Totals, unclean};
use super::setup::unreadable;
use super::split::{Outlet, Split};
use crate::io::atomic::{Existing, PendingFile};
use crate::io::batches::Batches;
use crate::io::disk::{self, File};
use crate::io::inputs::{Found, Inputs};
use crate::io::jsonl::{Block, Blocks};
use crate::io::meter;
use crate::io::ordered;
use crate::io::outputs;
use crate::io::per_language::place_in;
use crate::io::source::{Format, Packer, READ_BYTES, Source, Written, read_some};
use crate::io::state::{Notes, Stamp, State};
use crate::io::target::StandardOutput;
use crate::io::transcode::Transcoder;

/// Everything a run needs; made once, shared by all threads.
pub struct Run {
    pub records: RecordCleaner,
    pub format: InputFormat,
    /// The encoding that was named.
    pub encoding: Option<&'static Encoding>,
    pub destination: Destination,
    pub wants: Wants,
    /// Say what would be done.
    pub dry_run: bool,
    pub jobs: usize,
    pub started: Instant,
    pub messages: Messages,
    /// How often a document may still be tried again.
    pub patience: AtomicU32,
    /// Where the time goes, for `-v`.
    pub times: Times,
}

/// Times that a run waits for file handles before a document fails for want of them: 10 seconds
/// in all, so that a run that can never have enough comes to its end.
pub const PATIENCE: u32 = 500;

/// How long it waits each time.
const HANDLE_WAIT: Duration = Duration::from_millis(20);

/// Where clean text goes.
pub enum Destination {
    Stdout,
    Folder {
        /// Absolute.
        path: PathBuf,
        /// Whether this run has made it, so that nothing stands in it but what comes from here.
        is_new: bool,
        existing: Existing,
        resume: bool,
        state: State,
        /// Of settings, rules and version, for `--resume`.
        fingerprint: u64,
    },
    /// `--dry-run` and `--diff`.
    Nowhere,
}

/// How an input is read: as told, or by its name.
pub fn format_of(choice: InputFormat, source: &Source) -> Format {
    match choice {
        InputFormat::Auto => source.format_by_name(),
        InputFormat::Text => Format::Text,
        InputFormat::Jsonl => Format::Jsonl,
    }
}

/// Where records wait for their turn if there are many.
const HELD_IN: &str = "the folder for temporary files (TMPDIR)";

impl Run {
    /// One input to standard output, as it comes.
    pub fn stream(&'static self, source: &Source, told: &mut Told) -> Result<Totals, Failure> {
        let stdout = StandardOutput::open().map_err(Failure::stdout)?;
        let mut stdout = BufWriter::with_capacity(READ_BYTES, stdout);
        let mut totals = Totals::default();
        let mut journal = Journal {
            report: told.report.as_mut().map(|target| target as &mut dyn Write),
            removed: told.removed.as_mut().map(|target| target as &mut dyn Write),
            diff: None,
            totals: &mut totals,
        };
        let label = self.label(source);
        let cleaned = match format_of(self.format, source) {
            Format::Text => {
                self.stream_text(source, &label, &mut Outlet::One(&mut stdout), &mut journal)
            }
            Format::Jsonl => {
                self.stream_records(source, &mut Outlet::One(&mut stdout), &mut journal)
            }
        };
        match cleaned.and_then(|()| stdout.flush().map_err(Trouble::Write)) {
            Ok(()) => {}
            Err(Trouble::Write(error)) => return Err(Failure::stdout(error)),
            Err(Trouble::Journal(error)) => return Err(told.failed_somewhere(&error)),
            Err(trouble) => {
                let reason = said(&trouble);
                self.messages.error(&format!("{}: {reason}", source.path.display()));
                journal.add(&label, &unclean(Status::Failed, reason)).map_err(|trouble| {
                    match trouble {
                        Trouble::Journal(error) => told.failed_somewhere(&error),
                        _ => Failure::Fatal("records cannot be written".into()),
                    }
                })?;
                stdout.flush().map_err(Failure::stdout)?;
            }
        }
        self.tell_times();
        Ok(totals)
    }

    fn tell_times(&self) {
        if let Some(times) = self.times.told() {
            self.messages.note(&format!("time of all threads: {times}"));
        }
    }

    fn stream_text(
        &self,
        source: &Source,
        label: &Label,
        stdout: &mut Outlet<'_>,
        journal: &mut Journal<'_>,
    ) -> Result<(), Trouble> {
        let mut worker = self.worker();
        let report = match self.binary(source, &mut worker)? {
            Some(report) => report,
            None => {
                let mut reader = source.open().map_err(Trouble::Read)?.reader;
                clean_text(&mut worker, label, &mut *reader, stdout, journal, Pace::Live)?
            }
        };
        self.times.take(&mut worker);
        self.note(source, &report);
        journal.add(label, &report)
    }

    /// What a thread needs for text documents.
    fn worker(&self) -> Worker {
        Worker::new(self.records.pipeline.cleaner(), self.times.are_taken)
    }

    /// The report of a file that is no text, before a byte of it is on standard output.
    ///
    /// Files without a NUL byte are text, which is quick to see; of others the cleaner tells. A
    /// pipe cannot be read twice.
    fn binary(&self, source: &Source, worker: &mut Worker) -> Result<Option<Report>, Trouble> {
        if source.is_stdin()
            || !disk::metadata(&source.path).is_ok_and(|metadata| metadata.is_file())
        {
            return Ok(None);
        }
        let mut reader = source.open().map_err(Trouble::Read)?.reader;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            // A cut archive: what is whole comes out, as with zcat, and then the message.
            let Ok(read @ 1..) = read_some(&mut *reader, &mut buffer) else { return Ok(None) };
            if memchr::memchr(0, &buffer[..read]).is_some() {
                break;
            }
        }
        let mut reader = source.open().map_err(Trouble::Read)?.reader;
        let label = self.label(source);
        let mut uncounted = Totals::default();
        let silent = &mut Journal::silent(&mut uncounted);
        let mut nowhere = io::sink();
        let nowhere = &mut Outlet::One(&mut nowhere);
        let report = clean_text(worker, &label, &mut *reader, nowhere, silent, Pace::Buffered)?;
        Ok((report.status == Status::Skipped).then_some(report))
    }

    fn stream_records(
        &'static self,
        source: &Source,
        stdout: &mut Outlet<'_>,
        journal: &mut Journal<'_>,
    ) -> Result<(), Trouble> {
        let opened = source.open().map_err(Trouble::Read)?;
        // Files do not pause; everything else may.
        let eager = !opened.metadata.is_file();
        let blocks = self.blocks(opened.reader, eager);
        self.clean_blocks(source, blocks, self.jobs, stdout, journal, Pace::Live)
    }

    fn blocks(&self, reader: Box<dyn Read + Send>, eager: bool) -> Blocks<Transcoder> {
        Blocks::new(Transcoder::new(reader, self.encoding), eager)
    }

    /// The records of one input, on several threads.
    fn clean_blocks(
        &'static self,
        source: &Source,
        blocks: Blocks<Transcoder>,
        jobs: usize,
        to: &mut Outlet<'_>,
        journal: &mut Journal<'_>,
        pace: Pace,
    ) -> Result<(), Trouble> {
        let wants = journal.wants();
        let (path, site) = (source.path.clone(), self.records.sites.of_source(source));
        let mut ended = Ok(());
        ordered::run(
            blocks,
            jobs,
            move || {
                let (path, site) = (path.clone(), site.clone());
                let mut worker = self.worker();
                move |block: io::Result<Block>| {
                    let block = block.map_err(Trouble::Read)?;
                    let mut telling = Telling::new(Vec::new);
                    let journal = &mut telling.journal(wants);
                    let bytes = self.records.clean(&mut worker, &path, &site, &block, journal)?;
                    self.times.take(&mut worker);
                    Ok((bytes, telling))
                }
            },
            |cleaned: Result<(Pieces, Telling<Vec<u8>>), Trouble>| {
                let written = cleaned.and_then(|(bytes, telling)| {
                    to.write_all(&bytes).map_err(Trouble::Write)?;
                    journal.take(telling)?;
                    if pace == Pace::Live {
                        to.flush().map_err(Trouble::Write)?;
                        journal.flush()?;
                        note_documents(journal.totals.documents, journal.totals.failed);
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
    pub fn batch(
        &'static self,
        inputs: &Inputs,
        is_single: bool,
        files: u64,
        told: &mut Told,
    ) -> Result<Totals, Failure> {
        let mut totals = Totals::default();
        let mut ended = Ok(());
        let progress = Progress::of_bytes(&self.messages, || outputs::size(inputs));
        let stdout = StandardOutput::open().map_err(Failure::stdout)?;
        let mut stdout = BufWriter::with_capacity(READ_BYTES, stdout);
        // A single input has all threads for its records.
        let (jobs, jobs_inside) = if is_single { (1, self.jobs) } else { (self.jobs, 1) };
        ordered::run(
            Batches::new(inputs.walk(), files, jobs),
            jobs,
            move || {
                let mut worker = self.worker();
                move |batch: Vec<Found>| -> Vec<Outcome> {
                    let clean = |found| self.clean_found(&mut worker, found, jobs_inside);
                    let mut outcomes: Vec<Outcome> = batch.into_iter().map(clean).collect();
                    self.note_done(&mut outcomes);
                    self.times.take(&mut worker);
                    outcomes
                }
            },
            |outcomes: Vec<Outcome>| {
                outcomes.into_iter().try_for_each(|mut outcome| {
                    let fatal = outcome.fatal.take();
                    if let Some(would) = outcome.would.take() {
                        self.messages.warn(&would);
                    }
                    let copied = outcome.copy_to(told, &mut stdout).map(|more| totals.merge(&more));
                    progress.documents_done(totals.documents, totals.failed);
                    ended = match (copied, fatal) {
                        (Ok(()), Some(error)) => Err(Failure::writing(HELD_IN, &error)),
                        (copied, _) => copied,
                    };
                    if ended.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                })
            },
        );
        progress.done();
        ended?;
        stdout.flush().map_err(Failure::stdout)?;
        if let Destination::Folder { path, state, .. } = &self.destination {
            state.sync().map_err(|error| Failure::writing(&path.display().to_string(), &error))?;
        }
        self.tell_times();
        let documents = counted(totals.documents, "document");
        if self.dry_run && totals.documents != 1 {
            self.messages.warn(&format!("{documents}: {}", would(&totals)));
        }
        if !self.dry_run {
            let seconds = self.started.elapsed().as_secs_f64();
            let megabytes = totals.bytes_in as f64 / 1e6;
            self.messages.summary(&format!(
                "{documents}: {} clean, {} failed, {} skipped; {} removed; {megabytes:.1} MB in \
                 {seconds:.1} seconds, {:.1} MB/s",
                totals.ok,
                totals.failed,
                totals.skipped,
                counted(totals.removed_lines(), "line"),
                megabytes / seconds.max(1e-9)
            ));
        }
        Ok(totals)
    }

    fn clean_found(&'static self, worker: &mut Worker, found: Found, jobs: usize) -> Outcome {
        let mut outcome = Outcome::new();
        match found {
            Found::Special(path) => {
                self.messages.warn(&format!("{}: skipped: no regular file", path.display()));
            }
            Found::Unreadable(path, error) => {
                self.fail(&mut outcome, &path, unreadable(&error));
            }
            Found::Source(source) => {
                while let Err(trouble) = self.clean_file(worker, &source, jobs, &mut outcome) {
                    // What was told is of a clean file that did not come to be.
                    outcome = Outcome::new();
                    if lacks_handles(&trouble) && self.may_wait() {
                        // Other threads give theirs back.
                        thread::sleep(HANDLE_WAIT);
                        continue;
                    }
                    match trouble {
                        Trouble::Journal(error) => outcome.fatal = Some(error),
                        trouble => self.fail(&mut outcome, &source.path, said(&trouble)),
                    }
                    break;
                }
            }
        }
        outcome
    }

    /// Tells `--resume` of the clean files of a batch.
    fn note_done(&self, outcomes: &mut [Outcome]) {
        let Destination::Folder { path, state, .. } = &self.destination else { return };
        let mut notes = Notes::default();
        outcomes.iter_mut().for_each(|outcome| notes.append(&mut outcome.notes));
        let files = notes.files();
        if let Err(error) = state.add(notes) {
            self.messages.warn(&format!(
                "{}: --resume will not know of {}: {}",
                path.display(),
                counted(files, "clean file"),
                why(&error)
            ));
        }
    }

    /// What a text document is called, and the site it is of.
    fn label(&self, source: &Source) -> Label {
        let label = Label::of_file(&source.path);
        if !self.records.pipeline.has_rules_of_sites() {
            return label;
        }
        let site = self.records.sites.of_source(source);
        self.records.meet(&site);
        label.of_site(site)
    }

    fn may_wait(&self) -> bool {
        let less = |patience: u32| patience.checked_sub(1);
        self.patience.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
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
        worker: &mut Worker,
        source: &Source,
        jobs: usize,
        outcome: &mut Outcome,
    ) -> Result<(), Trouble> {
        let Destination::Folder { path: folder, is_new, existing, resume, state, fingerprint } =
            &self.destination
        else {
            let opened = source.open().map_err(Trouble::Read)?;
            let mut nowhere: Vec<io::Sink> = self.outputs(source).map(|_| io::sink()).collect();
            let to = &mut self.outlet(&mut nowhere)?;
            let report = self.clean_into(worker, source, opened.reader, to, jobs, outcome)?;
            return self.close_document(source, report, outcome);
        };
        let places: Vec<PathBuf> = self.outputs(source).collect();
        let is_there = |place: &PathBuf| disk::symlink_metadata(&folder.join(place)).is_ok();
        if *existing == Existing::Refuse && !is_new && places.iter().any(is_there) {
            return Err(Trouble::Write(io::ErrorKind::AlreadyExists.into()));
        }
        if *resume
            && let Ok(metadata) = disk::metadata(&source.path)
            && let stamp = Stamp::new(&metadata, *fingerprint)
            && let Some(done) = places.iter().map(|place| state.done(place, stamp)).collect()
            && let done = <Vec<String>>::into_iter(done)
            && let Some(totals) = done.last()
            && let Ok(totals) = serde_json::from_str::<Totals>(&totals)
        {
            return self.already_clean(source, stamp, totals, outcome);
        }
        let opened = source.open().map_err(Trouble::Read)?;
        let stamp = Stamp::new(&opened.metadata, *fingerprint);
        let mut pending = Vec::with_capacity(places.len());
        let mut packers = Vec::with_capacity(places.len());
        for place in &places {
            let (file, handle) = pending_in(folder, place).map_err(Trouble::Write)?;
            pending.push(file);
            let room = worker.rooms.pop().unwrap_or_default();
            packers.push(source.compression().packer(handle, room).map_err(Trouble::Write)?);
        }
        let to = &mut self.outlet(&mut packers)?;
        let report = self.clean_into(worker, source, opened.reader, to, jobs, outcome)?;
        if report.as_ref().is_some_and(|report| report.status == Status::Skipped) {
            return self.close_document(source, report, outcome);
        }
        // All are whole before the first has its name.
        let written = packers.into_iter().map(Packer::finish);
        let written = written.collect::<io::Result<Vec<Written>>>().map_err(Trouble::Write)?;
        for file in pending {
            file.commit(*existing).map_err(Trouble::Write)?;
        }
        self.close_document(source, report, outcome)?;
        // What failed in part is not done: the next --resume says so again.
        if outcome.telling.totals.failed == 0 && opened.metadata.is_file() {
            let totals = outcome.telling.totals.as_short_json();
            for (place, written) in places.iter().zip(&written) {
                outcome.notes.note(place, stamp, written.bytes, &totals);
            }
        }
        worker.rooms.extend(written.into_iter().map(|written| written.room));
        Ok(())
    }

    /// The places of the clean files of an input below the output folder.
    fn outputs(&self, source: &Source) -> impl Iterator<Item = PathBuf> {
        let langs = self.split().map_or(&[][..], |split| &split.langs);
        let whole = langs.is_empty().then(|| source.place.clone());
        let parts = langs.iter().map(|lang| place_in(&source.place, lang.as_str()));
        whole.into_iter().chain(parts)
    }

    fn split(&self) -> Option<&Split> {
        self.records.split.as_ref()
    }

    /// What writes to the clean files of one input.
    fn outlet<'o, W: Write>(&'o self, writers: &'o mut [W]) -> Result<Outlet<'o>, Trouble> {
        let mut each = writers.iter_mut().map(|to| to as &mut dyn Write);
        match (self.split(), each.len()) {
            (Some(split), _) => Ok(Outlet::PerLanguage(split, each.collect())),
            (None, 1) => each.next().map(Outlet::One).ok_or(Trouble::Bug),
            _ => Err(Trouble::Bug),
        }
    }

    /// Cleans into a writer; text gives its report, records have told theirs.
    fn clean_into(
        &'static self,
        worker: &mut Worker,
        source: &Source,
        mut reader: Box<dyn Read + Send>,
        to: &mut Outlet<'_>,
        jobs: usize,
        outcome: &mut Outcome,
    ) -> Result<Option<Report>, Trouble> {
        let journal = &mut outcome.telling.journal(self.wants);
        match format_of(self.format, source) {
            Format::Text => {
                let label = self.label(source);
                clean_text(worker, &label, &mut *reader, to, journal, Pace::Buffered).map(Some)
            }
            Format::Jsonl => {
                let blocks = self.blocks(reader, false);
                self.clean_blocks(source, blocks, jobs, to, journal, Pace::Buffered)?;
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
            let would = would(&outcome.telling.totals);
            outcome.would = Some(format!("{}: {would}", source.path.display()));
        }
        Ok(())
    }

    fn already_clean(
        &self,
        source: &Source,
        stamp: Stamp,
        totals: Totals,
        outcome: &mut Outcome,
    ) -> Result<(), Trouble> {
        self.messages.note(&format!("{}: clean already", source.path.display()));
        meter::pass_over(stamp.size);
        let report = Report {
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            lines_in: totals.lines_in,
            lines_out: totals.lines_out,
            blank_lines: totals.blank_lines,
            ..unclean(Status::Skipped, "clean already, by an earlier run")
        };
        self.tell(outcome, &source.path, &report);
        outcome.telling.totals = totals.into_resumed();
        Ok(())
    }

    fn note(&self, source: &Source, report: &Report) {
        let path = source.path.display();
        if report.status == Status::Skipped {
            self.messages.warn(&format!("{path}: skipped: {}", report.reason));
        }
        if self.wants.diff.is_some() && report.encoding != "utf-8" {
            let encoding = &report.encoding;
            self.messages.warn(&format!("{path}: encoding: {encoding} becomes utf-8"));
        }
        for warning in &report.warnings {
            self.messages.warn(&format!("{path}: {warning}"));
        }
        if self.messages.is_verbose() {
            self.messages.note(&format!(
                "{path}: {}, {}, {} removed",
                report.encoding,
                counted(report.lines_in, "line"),
                report.removed.values().sum::<u64>()
            ));
        }
    }
}

/// Begins a clean file; most go to a folder that an earlier one has made.
fn pending_in(folder: &Path, place: &Path) -> io::Result<(PendingFile, File)> {
    let target = disk::joined(folder, place);
    match PendingFile::create(&target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk::create_dir_all(target.parent().unwrap_or(folder))?;
            PendingFile::create(&target)
        }
        begun => begun,
    }
}

/// What a dry run has to say.
fn would(totals: &Totals) -> String {
    format!(
        "would remove {} of {} and repair {}",
        totals.removed_lines(),
        counted(totals.lines_in, "line"),
        counted(totals.repairs.mojibake, "span")
    )
}

/// Whether the process or the system has no file handles left.
fn lacks_handles(trouble: &Trouble) -> bool {
    // EMFILE and ENFILE, which have no kind of their own.
    const NO_HANDLES: [i32; 2] = [24, 23];
    match trouble {
        Trouble::Read(error) | Trouble::Write(error) if cfg!(unix) => {
            error.raw_os_error().is_some_and(|code| NO_HANDLES.contains(&code))
        }
        _ => false,
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
