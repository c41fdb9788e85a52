//! `limpio report`: the reports of several runs, added up: as text, as a record, or as a page to look at.
//!
//! A job array writes a report for each shard. Each ends with the record of its run, which holds
//! the totals; what is added here are those, and the documents that failed are named again. A
//! report without that record was cut, or is something else, and fails.

mod details;
mod examples;
mod page;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::details::{Details, Document};
use self::examples::Examples;

use super::args::{OutputFormat, ReportArgs};
use super::failure::{Failure, why};
use super::learn;
use super::messages::{Messages, counted, printable};
use super::readers::{print, status};
use super::records::Totals;
use crate::io::inputs::Root;
use crate::io::jsonl::{Blocks, lines};
use crate::io::outputs;
use crate::io::source::Source;
use crate::io::target::is_handle;

/// Documents that failed are named up to so many for people; programs get all from the reports.
const MOST_NAMED: usize = 20;

/// Rules that removed the most lines, shown to people.
const MOST_RULES: usize = 10;

/// Runs the command.
///
/// # Errors
///
/// The output cannot be written, or a PATH does not exist.
pub fn run(args: &ReportArgs, messages: &Messages) -> Result<ExitCode, Failure> {
    let files = sources(&args.files)?;
    let removed = sources(&args.removed)?;
    if let Some(output) = &args.output {
        check_output(output, files.iter().chain(&removed))?;
    }
    let mut failed = 0;
    let mut tell = |source: &Source, reason: String| {
        messages.error(&format!("{}: {reason}", source.path.display()));
        failed += 1;
    };
    let mut sum = Sum::default();
    for source in &files {
        sum.add(source).unwrap_or_else(|reason| tell(source, reason));
    }
    if sum.differ {
        messages.warn(
            "the runs had different versions, rules or settings: those of the first are named",
        );
    }
    let Some(output) = &args.output else {
        match args.format {
            OutputFormat::Text => print(&sum.for_people())?,
            OutputFormat::Jsonl => print(&format!("{}\n", json!({ "run": sum.record() })))?,
        }
        return Ok(status(failed));
    };
    let mut examples = Examples::new();
    for source in &removed {
        let opened = source.open().map_err(|error| why(&error));
        let read = opened.and_then(|opened| examples.read(opened.reader));
        read.unwrap_or_else(|reason| tell(source, reason));
    }
    let examples = (!removed.is_empty()).then_some(&examples);
    learn::write(output, &page::page(&sum, examples))?;
    Ok(status(failed))
}

/// The files that were named.
fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let source = |path: &PathBuf| {
        let root = Root::of(path.clone()).map_err(|error| Failure::unusable(path, &error))?;
        Ok(Source { path: root.path().to_owned(), place: root.place() })
    };
    paths.iter().map(source).collect()
}

/// Refuses a place for the page that is read from.
fn check_output<'s>(
    output: &Path,
    inputs: impl Iterator<Item = &'s Source>,
) -> Result<(), Failure> {
    if !output.is_file() || is_handle(output) {
        return Ok(());
    }
    let unsure = |error| Failure::unusable(output, &error);
    let place = outputs::resolve(output).map_err(unsure)?;
    for input in inputs.filter(|input| !input.is_stdin()) {
        if outputs::resolve(&input.path).map_err(unsure)? == place {
            let why = format!("{}: the page would replace an input", output.display());
            return Err(Failure::Usage(why));
        }
    }
    Ok(())
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
    details: Details,
}

/// A line of a report: of a document, or of the run.
#[derive(Deserialize)]
struct Line {
    run: Option<RunLine>,
    #[serde(flatten)]
    document: Document,
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
        let (run, details) = read(opened.reader)?;
        self.reports += 1;
        self.seconds += run.seconds;
        self.totals.merge(&run.totals);
        self.details.merge(details);
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
            let counts = sorted(counts);
            let shown = counts.iter().take(most).map(|(name, count)| format!("{name} {count}"));
            let shown: Vec<String> = shown.collect();
            let more = counts.len() - shown.len();
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            if !shown.is_empty() {
                text += &format!("{title}: {}{more}\n", shown.join(", "));
            }
        }
        let failed = &self.details.failed.first;
        for (name, reason) in failed.iter().take(MOST_NAMED) {
            text += &format!("failed: {}\n", printable(&format!("{name}: {reason}")));
        }
        let named = failed.len().min(MOST_NAMED) as u64;
        if totals.failed > named {
            text += &format!("and {} more failed\n", totals.failed - named);
        }
        text
    }
}

/// The record of the run, and what those of its documents tell.
fn read(reader: Box<dyn Read + Send>) -> Result<(RunLine, Details), String> {
    let mut run = None;
    let mut details = Details::default();
    each_record(reader, "a report", |number, line: Line| {
        if run.is_some() {
            return Err(format!("line {number} follows the record of the run: two reports in one"));
        }
        run = line.run;
        if run.is_none() {
            details.add(&line.document);
        }
        Ok(())
    })?;
    let run = run.ok_or("the record of the run is missing: the report is cut, or none")?;
    Ok((run, details))
}

/// Shows each record of `what` with the number of its line; blank lines pass.
fn each_record<T: DeserializeOwned>(
    reader: Box<dyn Read + Send>,
    what: &str,
    mut visit: impl FnMut(u64, T) -> Result<(), String>,
) -> Result<(), String> {
    for block in Blocks::new(reader, false) {
        let block = block.map_err(|error| why(&error))?;
        for (number, (line, _)) in (block.first_line..).zip(lines(&block.bytes)) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let record = serde_json::from_slice(line)
                .map_err(|_| format!("line {number} is no record of {what}"))?;
            visit(number, record)?;
        }
    }
    Ok(())
}

/// Names by how often they are counted, the most frequent first.
fn sorted(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut counts: Vec<(&str, u64)> =
        counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts
}
