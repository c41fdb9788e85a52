//! The progress bar: documents, bytes per second and the time left, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::messages::Messages;

/// How often the bar is drawn while nothing is reported.
const REDRAW: Duration = Duration::from_millis(200);

/// Shows how far a batch has come.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for so many files; invisible where there should be none.
    pub fn of_files(messages: &Messages, files: u64) -> Progress {
        let Some(bars) = messages.bars() else {
            return Progress { bar: ProgressBar::hidden() };
        };
        let bar = bars.add(ProgressBar::new(files));
        let template = "{bar:24} {human_pos}/{human_len} files, {per_sec}, {msg}{eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(REDRAW);
        Progress { bar }
    }

    /// One more file is done; `bytes_in` of all were read.
    pub fn file_done(&self, bytes_in: u64) {
        self.bar.inc(1);
        let seconds = self.bar.elapsed().as_secs_f64();
        if seconds > 0.0 && !self.bar.is_hidden() {
            self.bar.set_message(format!("{:.1} MB/s, ", bytes_in as f64 / 1e6 / seconds));
        }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}
