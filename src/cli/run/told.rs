//! What a run tells: its reports, and what each input adds to them when its turn comes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::documents::Telling;
use crate::cli::failure::Failure;
use crate::cli::records::Totals;
use crate::io::spool::Spool;
use crate::io::state::Notes;
use crate::io::target::Target;

/// The report files of a run.
pub struct Told {
    pub report: Option<Target>,
    pub removed: Option<Target>,
    pub report_path: Option<PathBuf>,
    pub removed_path: Option<PathBuf>,
}

impl Told {
    /// One of the files cannot be written, and nobody knows which.
    pub(super) fn failed_somewhere(&self, error: &io::Error) -> Failure {
        let paths = self.report_path.iter().chain(&self.removed_path);
        let names: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        Failure::writing(&names.join(" or "), error)
    }

    pub(super) fn failed(path: &Option<PathBuf>, error: &io::Error) -> Failure {
        let path = path.as_deref().unwrap_or(Path::new("report"));
        Failure::writing(&path.display().to_string(), error)
    }

    /// Writes the record of the run, and gives the files their names.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn end(self, run_record: impl FnOnce() -> String) -> Result<(), Failure> {
        if let Some(mut report) = self.report {
            writeln!(report, "{}", run_record())
                .and_then(|()| report.finish())
                .map_err(|error| Told::failed(&self.report_path, &error))?;
        }
        if let Some(removed) = self.removed {
            removed.finish().map_err(|error| Told::failed(&self.removed_path, &error))?;
        }
        Ok(())
    }
}

/// What became of a file, until its turn comes.
pub(super) struct Outcome {
    pub(super) telling: Telling<Spool>,
    /// What a dry run says of it.
    pub(super) would: Option<String>,
    /// What `--resume` shall know of it.
    pub(super) notes: Notes,
    /// Nothing more can be told: the run is over.
    pub(super) fatal: Option<io::Error>,
}

impl Outcome {
    pub(super) fn new() -> Outcome {
        let telling = Telling::new(Spool::default);
        Outcome { telling, would: None, notes: Notes::default(), fatal: None }
    }

    pub(super) fn copy_to(self, told: &mut Told, diff: &mut dyn Write) -> Result<Totals, Failure> {
        for (spool, target, path) in [
            (self.telling.report, &mut told.report, &told.report_path),
            (self.telling.removed, &mut told.removed, &told.removed_path),
        ] {
            let Some(target) = target else { continue };
            let copied = spool.copy_to(target).and_then(|()| flush_live(target));
            copied.map_err(|error| Told::failed(path, &error))?;
        }
        self.telling.diff.copy_to(diff).map_err(Failure::stdout)?;
        Ok(self.telling.totals)
    }
}

fn flush_live(target: &mut Target) -> io::Result<()> {
    if target.is_live() { target.flush() } else { Ok(()) }
}
