//! How far a run has come: a bar on a terminal, and an answer to who asks with SIGUSR1.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::messages::{Messages, counted};
use crate::io::meter;

/// How often the bar is drawn while nothing is reported.
const REDRAW: Duration = Duration::from_millis(200);

static DONE: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);

/// Shows how far a batch has come.
pub struct Progress {
    bar: ProgressBar,
    /// Whether the bar counts bytes, as they are read.
    counts_bytes: bool,
    is_over: Arc<AtomicBool>,
}

impl Progress {
    /// A bar for so many files; invisible where there should be none.
    pub fn of_files(messages: &Messages, files: u64) -> Progress {
        Progress::new(
            messages,
            files,
            "{bar:24} {human_pos}/{human_len} files, {per_sec}, {msg}{eta} left",
        )
    }

    /// A bar for so many bytes, which are asked for only where it is seen.
    pub fn of_bytes(messages: &Messages, bytes: impl FnOnce() -> u64) -> Progress {
        let template = "{bar:24} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left, {msg}";
        let bytes = if messages.bars().is_some() { bytes() } else { 0 };
        let mut progress = Progress::new(messages, bytes, template);
        if progress.bar.is_hidden() {
            return progress;
        }
        progress.counts_bytes = true;
        let (bar, is_over) = (progress.bar.clone(), Arc::clone(&progress.is_over));
        // Without a thread the bar moves when a file is done.
        let _ = thread::Builder::new().name("progress".into()).spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                bar.set_position(meter::bytes_read());
                thread::sleep(REDRAW);
            }
        });
        progress
    }

    fn new(messages: &Messages, length: u64, template: &str) -> Progress {
        let is_over = Arc::default();
        let Some(bars) = messages.bars() else {
            return Progress { bar: ProgressBar::hidden(), counts_bytes: false, is_over };
        };
        let bar = bars.add(ProgressBar::new(length));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(REDRAW);
        Progress { bar, counts_bytes: false, is_over }
    }

    /// One more file is done; `bytes_in` of all were read.
    pub fn file_done(&self, bytes_in: u64) {
        self.bar.inc(1);
        let seconds = self.bar.elapsed().as_secs_f64();
        if seconds > 0.0 && !self.bar.is_hidden() {
            self.bar.set_message(format!("{:.1} MB/s, ", bytes_in as f64 / 1e6 / seconds));
        }
    }

    /// So many documents are done, and so many of them failed.
    pub fn documents_done(&self, documents: u64, failed: u64) {
        DONE.store(documents, Ordering::Relaxed);
        FAILED.store(failed, Ordering::Relaxed);
        if self.counts_bytes {
            self.bar.set_position(meter::bytes_read());
            self.bar.set_message(documents_and_failed());
        }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

/// Documents whose record was told; while one is read, a single one is not done.
pub fn note_documents(documents: u64, failed: u64) {
    DONE.store(documents, Ordering::Relaxed);
    FAILED.store(failed, Ordering::Relaxed);
}

fn documents_and_failed() -> String {
    let (done, failed) = (DONE.load(Ordering::Relaxed), FAILED.load(Ordering::Relaxed));
    format!("{}, {failed} failed", counted(done, "document"))
}

/// Where the run stands: the input that was opened last, bytes, rate, documents.
fn standing(started: Instant) -> String {
    let (bytes, seconds) = (meter::bytes_read() as f64, started.elapsed().as_secs_f64());
    let at = meter::latest();
    let at = at.map_or_else(|| "before the first input".into(), |path| path.display().to_string());
    format!(
        "{at}: {:.1} MB read in {seconds:.1} seconds, {:.1} MB/s; {}",
        bytes / 1e6,
        bytes / 1e6 / seconds.max(1e-9),
        documents_and_failed()
    )
}

/// From now on SIGUSR1 is a question: where does the run stand?
///
/// A thread of its own answers, also while all others wait for a pipe. Where there is none to be
/// had, the signal is passed over.
#[cfg(unix)]
pub fn answer_questions(messages: &Messages) {
    let started = Instant::now();
    let Ok(mut signals) = signal_hook::iterator::Signals::new([signal_hook::consts::SIGUSR1])
    else {
        return;
    };
    let messages = messages.clone();
    let _ = thread::Builder::new().name("questions".into()).spawn(move || {
        for _ in signals.forever() {
            messages.error(&standing(started));
        }
    });
}

#[cfg(not(unix))]
pub fn answer_questions(_messages: &Messages) {}
