//! `limpio report`: the reports of several runs, added up.
//!
//! A job array writes a report for each shard. Each ends with the record of its run, which holds
//! the totals; what is added here are those, and the documents that failed are named again. A
//! report without that record was cut, or is something else, and fails.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Value, json};

use super::args::{OutputFormat, ReportArgs};
use super::failure::{Failure, why};
use super::messages::{Messages, counted, printable};
use super::readers::{print, status};
use super::records::Totals;
use crate::io::inputs::Root;
use crate::io::jsonl::{Blocks, lines};
use crate::io::source::Source;

/// Documents that failed are named up to so many for people; programs get all from the reports.
const MOST_NAMED: usize = 20;

/// Rules that removed the most lines, shown to people.
const MOST_RULES: usize = 10;

/// Runs the command.
///
/// # Errors
///
/// Standard output cannot be written, or a PATH does not exist.
pub fn run(args: &ReportArgs, messages: &Messages) -> Result<ExitCode, Failure> {
    let mut sum = Sum::default();
    let mut failed = 0;
    let roots = args
        .files
        .iter()
        .map(|path| Root::of(path.clone()).map_err(|error| Failure::unusable(path, &error)));
    for root in roots.collect::<Result<Vec<Root>, Failure>>()? {
        let path = root.path();
        if let Err(reason) = sum.add(&Source { path: path.to_owned(), place: root.place() }) {
            messages.error(&format!("{}: {reason}", path.display()));
            failed += 1;
        }
    }
    if sum.differ {
        messages.warn(
            "the runs had different versions, rules or settings: those of the first are named",
        );
    }
    match args.format {
        OutputFormat::Text => print(&sum.for_people())?,
        OutputFormat::Jsonl => print(&format!("{}\n", json!({ "run": sum.record() })))?,
    }
    Ok(status(failed))
}

/// What the reports say together.
#[derive(Default)]
struct Sum {
    reports: u64,
    seconds: f64,
    totals: Totals,
    /// Of the first run: version, rules, settings.
    how: Option<(String, String, Value)>,
    differ: bool,
    /// Documents that failed, as far as they are named.
    failed: Vec<String>,
}

/// A line of a report: of a document, or of the run.
#[derive(Deserialize)]
struct Line {
    run: Option<RunLine>,
    status: Option<String>,
    path: Option<PathBuf>,
    id: Option<Value>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct RunLine {
    version: String,
    rules_hash: String,
    seconds: f64,
    totals: Totals,
    settings: Value,
}

impl Sum {
    /// Adds a report; nothing of one that is not whole.
    fn add(&mut self, source: &Source) -> Result<(), String> {
        let opened = source.open().map_err(|error| why(&error))?;
        let (run, failed) = read(opened.reader)?;
        self.reports += 1;
        self.seconds += run.seconds;
        self.totals.merge(&run.totals);
        self.failed.extend(failed);
        let how = (run.version, run.rules_hash, run.settings);
        match &self.how {
            Some(first) => self.differ |= *first != how,
            None => self.how = Some(how),
        }
        Ok(())
    }

    fn record(&self) -> Value {
        let (version, rules_hash, settings) = self.how.clone().unwrap_or_default();
        json!({
            "v": 1,
            "version": version,
            "rules_hash": rules_hash,
            "reports": self.reports,
            "seconds": (self.seconds * 1e3).round() / 1e3,
            "totals": self.totals,
            "settings": settings,
        })
    }

    fn for_people(&self) -> String {
        let totals = &self.totals;
        let mut text = format!(
            "{}, {:.1} seconds in all\n{}: {} clean, {} failed, {} skipped\n\
             {:.1} MB in, {:.1} MB out\n{} in: {} out, {} removed, {} blank\n{} of mojibake repaired\n",
            counted(self.reports, "report"),
            self.seconds,
            counted(totals.documents, "document"),
            totals.ok,
            totals.failed,
            totals.skipped,
            totals.bytes_in as f64 / 1e6,
            totals.bytes_out as f64 / 1e6,
            counted(totals.lines_in, "line"),
            totals.lines_out,
            totals.removed_lines(),
            totals.blank_lines,
            counted(totals.repairs.mojibake, "span"),
        );
        for (title, counts, most) in [
            ("removed", &totals.removed, usize::MAX),
            ("trimmed", &totals.trimmed, usize::MAX),
            ("rules", &totals.rules, MOST_RULES),
        ] {
            let mut counts: Vec<(&String, &u64)> = counts.iter().collect();
            counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let shown = counts.iter().take(most).map(|(name, count)| format!("{name} {count}"));
            let shown: Vec<String> = shown.collect();
            let more = counts.len() - shown.len();
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            if !shown.is_empty() {
                text += &format!("{title}: {}{more}\n", shown.join(", "));
            }
        }
        for failed in self.failed.iter().take(MOST_NAMED) {
            text += &format!("failed: {}\n", printable(failed));
        }
        let named = self.failed.len().min(MOST_NAMED) as u64;
        if totals.failed > named {
            text += &format!("and {} more failed\n", totals.failed - named);
        }
        text
    }
}

/// The record of the run, and the documents that failed.
fn read(reader: Box<dyn Read + Send>) -> Result<(RunLine, Vec<String>), String> {
    let mut run = None;
    let mut failed = Vec::new();
    for block in Blocks::new(reader, false) {
        let block = block.map_err(|error| why(&error))?;
        for (number, (line, _)) in (block.first_line..).zip(lines(&block.bytes)) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let line: Line = serde_json::from_slice(line)
                .map_err(|_| format!("line {number} is no record of a report"))?;
            if run.is_some() {
                return Err(format!(
                    "line {number} follows the record of the run: two reports in one"
                ));
            }
            if line.status.as_deref() == Some("failed") && failed.len() < MOST_NAMED {
                let name = line.path.map(|path| path.display().to_string());
                let name = name.or_else(|| line.id.map(|id| id.to_string())).unwrap_or_default();
                failed.push(format!("{name}: {}", line.reason.unwrap_or_default()));
            }
            run = line.run;
        }
    }
    let run = run.ok_or("the record of the run is missing: the report is cut, or none")?;
    Ok((run, failed))
}
