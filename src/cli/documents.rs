//! One document through the pipeline, with everything that is told about it.
//!
//! The same code cleans for a pipe, a file and a record: a [`Sinks`] fans the lines out to the
//! clean text, the removed lines and the diff, and a [`Journal`] takes the report.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use limpio::{Cleaner, Error, Line, Pipeline, Report, Sink, StageTimes, Status, Verdict};

use super::diff::{DiffSink, Look};
use super::failure::sink_error;
use super::messages::Messages;
use super::records::{Label, RemovedSink, Totals, report_record, unclean};
use super::sites::Sites;
use super::split::{Outlet, OutletSink, Split};
use crate::io::jsonl::{Block, Fields, Record, as_utf8, lines};
use crate::io::source::{READ_BYTES, read_some};

/// Where everything but the clean text goes.
pub struct Journal<'j> {
    pub report: Option<&'j mut (dyn Write + 'j)>,
    pub removed: Option<&'j mut (dyn Write + 'j)>,
    pub diff: Option<(Look, &'j mut (dyn Write + 'j))>,
    pub totals: &'j mut Totals,
}

impl<'j> Journal<'j> {
    /// Counts, and tells nobody.
    pub fn silent(totals: &'j mut Totals) -> Journal<'j> {
        Journal { report: None, removed: None, diff: None, totals }
    }

    /// What those who read along want to be told.
    pub fn wants(&self) -> Wants {
        Wants {
            report: self.report.is_some(),
            removed: self.removed.is_some(),
            diff: self.diff.as_ref().map(|(look, _)| *look),
        }
    }

    /// Takes the report of a document.
    pub fn add(&mut self, label: &Label, report: &Report) -> Result<(), Trouble> {
        self.totals.count(report);
        match &mut self.report {
            Some(to) => writeln!(to, "{}", report_record(label, report)).map_err(Trouble::Journal),
            None => Ok(()),
        }
    }

    /// Takes what a block told.
    pub fn take(&mut self, telling: Telling<Vec<u8>>) -> Result<(), Trouble> {
        self.totals.merge(&telling.totals);
        let diff = self.diff.as_mut().map(|(_, to)| to);
        for (to, bytes) in [
            (self.report.as_mut(), &telling.report),
            (self.removed.as_mut(), &telling.removed),
            (diff, &telling.diff),
        ] {
            if let Some(to) = to {
                to.write_all(bytes).map_err(Trouble::Journal)?;
            }
        }
        Ok(())
    }

    /// Shows what was written so far to whoever reads along.
    pub fn flush(&mut self) -> Result<(), Trouble> {
        let diff = self.diff.as_mut().map(|(_, to)| to);
        let writers = [self.report.as_mut(), self.removed.as_mut(), diff];
        for to in writers.into_iter().flatten() {
            to.flush().map_err(Trouble::Journal)?;
        }
        Ok(())
    }
}

/// What one document or block tells, until its turn comes.
pub struct Telling<W> {
    pub report: W,
    pub removed: W,
    pub diff: W,
    pub totals: Totals,
}

/// What is told beside the clean text.
#[derive(Debug, Clone, Copy)]
pub struct Wants {
    pub report: bool,
    pub removed: bool,
    pub diff: Option<Look>,
}

impl<W: Write> Telling<W> {
    /// Holds what is told in three of these.
    pub fn new(holder: impl Fn() -> W) -> Telling<W> {
        Telling { report: holder(), removed: holder(), diff: holder(), totals: Totals::default() }
    }

    /// A journal that writes here.
    pub fn journal(&mut self, wants: Wants) -> Journal<'_> {
        Journal {
            report: wants.report.then_some(&mut self.report as &mut dyn Write),
            removed: wants.removed.then_some(&mut self.removed as &mut dyn Write),
            diff: wants.diff.map(|look| (look, &mut self.diff as &mut dyn Write)),
            totals: &mut self.totals,
        }
    }
}

/// What stopped a document.
#[derive(Debug)]
pub enum Trouble {
    /// The input cannot be read.
    Read(io::Error),
    /// The clean text cannot be written.
    Write(io::Error),
    /// Report, removed lines or diff cannot be written.
    Journal(io::Error),
    /// The program is at fault.
    Bug,
}

/// Fans lines out, and remembers which way failed.
struct Sinks<'s, W> {
    text: OutletSink<W>,
    removed: Option<RemovedSink<&'s mut (dyn Write + 's)>>,
    diff: Option<DiffSink<&'s mut (dyn Write + 's)>>,
    journal_failed: bool,
    /// What the lines took to write, where that is asked.
    write: Option<Duration>,
}

impl<'s, W: Write> Sinks<'s, W> {
    fn new<'j: 's>(
        text: OutletSink<W>,
        label: &Label,
        journal: &'s mut Journal<'j>,
    ) -> Sinks<'s, W> {
        Sinks {
            text,
            removed: match &mut journal.removed {
                Some(to) => Some(RemovedSink::new(label.clone(), &mut **to)),
                None => None,
            },
            diff: match &mut journal.diff {
                Some((look, to)) => Some(DiffSink::new(label, *look, &mut **to)),
                None => None,
            },
            journal_failed: false,
            write: None,
        }
    }

    fn timed(mut self, worker: &Spent) -> Sinks<'s, W> {
        self.write = worker.is_taken.then_some(Duration::ZERO);
        self
    }

    fn trouble(&self, error: Error) -> Trouble {
        let error = sink_error(&error);
        if self.journal_failed { Trouble::Journal(error) } else { Trouble::Write(error) }
    }
}

impl<W: Write> Sink for Sinks<'_, W> {
    fn wants_reasons(&self) -> bool {
        self.removed.is_some()
    }

    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        let started = self.write.map(|_| Instant::now());
        self.write_line(line, verdict)?;
        if let (Some(spent), Some(started)) = (&mut self.write, started) {
            *spent += started.elapsed();
        }
        Ok(())
    }

    fn end(&mut self, newline: bool) -> io::Result<()> {
        self.text.end(newline)?;
        self.journal_failed = true;
        if let Some(removed) = &mut self.removed {
            removed.end(newline)?;
        }
        if let Some(diff) = &mut self.diff {
            diff.end(newline)?;
        }
        self.journal_failed = false;
        Ok(())
    }
}

impl<W: Write> Sinks<'_, W> {
    fn write_line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        self.text.line(line, verdict)?;
        self.journal_failed = true;
        if let Some(removed) = &mut self.removed {
            removed.line(line, verdict)?;
        }
        if let Some(diff) = &mut self.diff {
            diff.line(line, verdict)?;
        }
        self.journal_failed = false;
        Ok(())
    }
}

/// How a text document goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Whatever is decided is seen at once: pipes.
    Live,
    /// As buffers fill up: files.
    Buffered,
}

/// What a thread keeps from one document to the next.
pub struct Worker {
    cleaner: Cleaner<'static>,
    buffer: Vec<u8>,
    /// Room for clean text that is to be written, for each file that is open at a time.
    pub rooms: Vec<Vec<u8>>,
    spent: Spent,
}

impl Worker {
    /// With a cleaner of its own; `takes_times` for who asks where the time goes.
    pub fn new(mut cleaner: Cleaner<'static>, takes_times: bool) -> Worker {
        if takes_times {
            cleaner.take_times();
        }
        let spent = Spent { is_taken: takes_times, ..Spent::default() };
        Worker { cleaner, buffer: vec![0; READ_BYTES], rooms: Vec::new(), spent }
    }
}

/// Time outside of the cleaner.
#[derive(Debug, Default)]
struct Spent {
    is_taken: bool,
    /// Reads, and unpacking.
    read: Duration,
    /// What the sinks took.
    write: Duration,
    /// All of records: what the cleaner and the sinks did not take went into their JSON.
    records: Duration,
    /// What the cleaner had told before.
    before: StageTimes,
}

impl Spent {
    fn start(&self) -> Option<Instant> {
        self.is_taken.then(Instant::now)
    }
}

/// Where the time of a run goes, over all threads.
#[derive(Debug, Default)]
pub struct Times {
    pub are_taken: bool,
    sums: Mutex<[Duration; 6]>,
}

/// The names of the sums, in the order of the work.
const WORK: [&str; 6] = ["read", "records", "decode", "repair", "judge", "write"];

impl Times {
    /// Taken or not.
    pub fn new(are_taken: bool) -> Times {
        Times { are_taken, ..Times::default() }
    }

    /// Takes over what a thread spent since the last time.
    pub fn take(&self, worker: &mut Worker) {
        if !self.are_taken {
            return;
        }
        let (times, spent) = (worker.cleaner.times(), &mut worker.spent);
        let since = |now: Duration, before: Duration| now.saturating_sub(before);
        let decode = since(times.decode, spent.before.decode);
        let repair = since(times.repair, spent.before.repair);
        let judge = since(times.judge, spent.before.judge);
        let cleaned = decode + repair + judge;
        let more = [
            spent.read,
            spent.records.saturating_sub(cleaned),
            decode,
            repair,
            judge.saturating_sub(spent.write),
            spent.write,
        ];
        *spent = Spent { is_taken: true, before: times, ..Spent::default() };
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }

    /// `read 0.1 s, decode 0.2 s, ...`; `None` where nothing was taken.
    pub fn told(&self) -> Option<String> {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let told = WORK.iter().zip(sums.iter()).filter(|(_, sum)| !sum.is_zero());
        let told: Vec<String> =
            told.map(|(name, sum)| format!("{name} {:.2} s", sum.as_secs_f64())).collect();
        (self.are_taken && !told.is_empty()).then(|| told.join(", "))
    }
}

/// Cleans a text document from its first byte to its last.
///
/// The report is not yet in the journal: the caller knows whether the clean file made it.
pub fn clean_text(
    worker: &mut Worker,
    label: &Label,
    reader: &mut dyn Read,
    to: &mut Outlet<'_>,
    journal: &mut Journal<'_>,
    pace: Pace,
) -> Result<Report, Trouble> {
    let cleaned =
        catch_unwind(AssertUnwindSafe(|| push_all(worker, label, reader, to, journal, pace)));
    let cleaned = cleaned.unwrap_or(Err(Trouble::Bug));
    if cleaned.is_err() {
        worker.cleaner.reset();
    }
    cleaned
}

fn push_all(
    worker: &mut Worker,
    label: &Label,
    reader: &mut dyn Read,
    to: &mut Outlet<'_>,
    journal: &mut Journal<'_>,
    pace: Pace,
) -> Result<Report, Trouble> {
    let Worker { cleaner, buffer, spent, .. } = worker;
    cleaner.set_site(label.site());
    let mut sinks = Sinks::new(OutletSink::to(to), label, journal).timed(spent);
    loop {
        let started = spent.start();
        let read = read_some(reader, buffer).map_err(Trouble::Read)?;
        spent.read += started.map_or(Duration::ZERO, |started| started.elapsed());
        if read == 0 {
            break;
        }
        if let Some(diff) = &mut sinks.diff {
            diff.see(&buffer[..read]);
        }
        cleaner.push(&buffer[..read], &mut sinks).map_err(|error| sinks.trouble(error))?;
        if pace == Pace::Live {
            sinks.text.flush().map_err(Trouble::Write)?;
            if let Some(removed) = &mut sinks.removed {
                removed.flush().map_err(Trouble::Journal)?;
            }
        }
    }
    if let Some(diff) = &mut sinks.diff {
        diff.see_end();
    }
    let mut report = cleaner.finish(&mut sinks).map_err(|error| sinks.trouble(error))?;
    report.bytes_out = sinks.text.bytes().unwrap_or(report.bytes_out);
    spent.write += sinks.write.unwrap_or_default();
    Ok(report)
}

/// Clean records: one piece for each writer of an [`Outlet`].
pub type Pieces = Vec<Vec<u8>>;

/// Everything that cleaning records needs, shared by all threads.
pub struct RecordCleaner {
    pub pipeline: &'static Pipeline,
    pub fields: Fields,
    pub sites: Sites,
    /// Whether a document was of a site that some rule names.
    pub met_site: AtomicBool,
    pub annotate: bool,
    pub split: Option<Split>,
    pub messages: Messages,
}

impl RecordCleaner {
    /// Notes that a document is of a site.
    pub fn meet(&self, site: &str) {
        // Most runs have no rule with sites.
        if self.pipeline.has_rules_of_sites() && self.pipeline.has_rules_of(site) {
            self.met_site.store(true, Ordering::Relaxed);
        }
    }

    /// Cleans the records of a block; the bytes that come out go where the block came from: one
    /// piece, or with a split one for each language.
    ///
    /// `of_source` is the site of records that name none.
    pub fn clean(
        &self,
        worker: &mut Worker,
        path: &Path,
        of_source: &str,
        block: &Block,
        journal: &mut Journal<'_>,
    ) -> Result<Pieces, Trouble> {
        let started = worker.spent.start();
        let pieces = self.split.as_ref().map_or(1, |split| split.langs.len());
        let room = block.bytes.len() + block.bytes.len() / 8;
        let mut out: Vec<Vec<u8>> = (0..pieces).map(|_| Vec::with_capacity(room)).collect();
        for (number, (line, end)) in (block.first_line..).zip(lines(&block.bytes)) {
            if line.trim_ascii().is_empty() {
                out.iter_mut().for_each(|out| out.extend_from_slice(line));
            } else {
                self.clean_record(worker, (path, of_source), number, line, journal, &mut out)?;
            }
            out.iter_mut().for_each(|out| out.extend_from_slice(end));
        }
        worker.spent.records += started.map_or(Duration::ZERO, |started| started.elapsed());
        Ok(out)
    }

    fn clean_record(
        &self,
        worker: &mut Worker,
        (path, of_source): (&Path, &str),
        number: u64,
        line: &[u8],
        journal: &mut Journal<'_>,
        out: &mut [Vec<u8>],
    ) -> Result<(), Trouble> {
        let record = match Record::parse(line, &self.fields) {
            Ok(record) => record,
            Err(why) => {
                let label = Label::of_record(path, None, number);
                self.copy_through(&label, number, line, &why, journal, out)?;
                return Ok(());
            }
        };
        let label = Label::of_record(path, record.id(), number);
        let Worker { cleaner, spent, .. } = worker;
        if self.pipeline.has_rules_of_sites() {
            let site = self.sites.of_record(record.site().as_deref(), of_source);
            self.meet(&site);
            cleaner.set_site(&site);
        }
        let (text, lost) = record.text();
        let room = text.len().min(READ_BYTES);
        let mut cleans: Vec<Vec<u8>> = out.iter().map(|_| Vec::with_capacity(room)).collect();
        let cleaned = catch_unwind(AssertUnwindSafe(|| {
            let mut writers = cleans.iter_mut().map(|clean| clean as &mut dyn Write);
            let mut outlet = match &self.split {
                Some(split) => Outlet::PerLanguage(split, writers.collect()),
                None => match writers.next() {
                    Some(to) => Outlet::One(to),
                    None => return Err(Trouble::Bug),
                },
            };
            let mut sinks = Sinks::new(OutletSink::to(&mut outlet), &label, journal).timed(spent);
            if let Some(diff) = &mut sinks.diff {
                diff.see(text.as_bytes());
                diff.see_end();
            }
            let pushed = cleaner.push_str(&text, &mut sinks);
            let finished = pushed.and_then(|()| cleaner.finish(&mut sinks));
            let mut report = finished.map_err(|error| sinks.trouble(error))?;
            report.bytes_out = sinks.text.bytes().unwrap_or(report.bytes_out);
            spent.write += sinks.write.unwrap_or_default();
            Ok(report)
        }));
        let mut report = match cleaned {
            Ok(Ok(report)) => report,
            Ok(Err(trouble)) => {
                cleaner.reset();
                return Err(trouble);
            }
            Err(_) => {
                *worker = Worker::new(self.pipeline.cleaner(), spent.is_taken);
                let why = "this record stopped limpio, which is a bug: please report it";
                return self.copy_through(&label, number, line, why, journal, out);
            }
        };
        report.repairs.lossy += lost;
        let annotation = self.annotate.then(|| report_record(&label, &report));
        let are_clean = cleans.iter().map(|clean| lost == 0 && *clean == text.as_bytes());
        let are_clean: Vec<bool> = are_clean.collect();
        // A large record is held no more often than need be.
        drop(text);
        for ((out, clean), is_clean) in out.iter_mut().zip(cleans).zip(are_clean) {
            if is_clean && annotation.is_none() {
                out.extend_from_slice(line);
            } else {
                let clean = as_utf8(&clean).unwrap_or_else(|| String::from_utf8_lossy(&clean));
                record.splice((!is_clean).then_some(&*clean), annotation.as_deref(), out);
            }
        }
        journal.add(&label, &report)
    }

    fn copy_through(
        &self,
        label: &Label,
        number: u64,
        line: &[u8],
        why: &str,
        journal: &mut Journal<'_>,
        out: &mut [Vec<u8>],
    ) -> Result<(), Trouble> {
        out.iter_mut().for_each(|out| out.extend_from_slice(line));
        self.messages.error(&format!("{}:{number}: record copied through: {why}", label.path));
        let reason = format!("copied through unchanged: {why}");
        journal.add(label, &unclean(Status::Failed, reason))
    }
}
