//! `limpio clean`: everything that is checked before the first byte is read, and what the run was
//! in the end.
//!
//! One input without an output folder streams to standard output; everything else is a batch.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

use limpio::Pipeline;
use serde::Serialize;
use serde_json::json;

use super::args::{Clean, OutputArgs, Tolerance};
use super::diff::Look;
use super::documents::{RecordCleaner, Wants};
use super::failure::{Failure, SOME_FAILED};
use super::idle;
use super::messages::Messages;
use super::records::Totals;
use super::run::{Destination, PATIENCE, Run, Told, format_of};
use super::setup::encoding_named;
use crate::io::atomic::{Depth, Existing, sweep};
use crate::io::inputs::Inputs;
use crate::io::outputs;
use crate::io::source::Format;
use crate::io::state::State;
use crate::io::target::{Target, is_handle};
use limpio::stable_hash;

/// Threads beyond this bring nothing on any machine, and each needs a stack.
const MOST_JOBS: usize = 512;

/// Runs the command; `None` asks for the usage.
pub fn run(args: &Clean, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let started = Instant::now();
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    idle::check_clean(args, &inputs)?;
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
    args.inputs.check_found(&census, &inputs, messages)?;
    check_targets(output, &inputs)?;
    let folder = output.output.as_deref().filter(|_| writes);
    let is_new = folder.map(create_folder).transpose()?.unwrap_or(false);
    if let Some(folder) = folder.filter(|_| output.overwrite || output.resume) {
        sweep(folder, Depth::Tree);
        for target in output.report.iter().chain(&output.removed) {
            sweep(target.parent().unwrap_or(Path::new("")), Depth::Folder);
        }
    }
    let opened = open_targets(output);
    if let (Err(_), Some(folder), true) = (&opened, folder, is_new) {
        // Nothing was touched: the folder is as empty as it was made.
        let _ = fs::remove_dir(folder);
    }
    let (report, removed) = opened?;
    let run = Run {
        records: RecordCleaner {
            pipeline,
            fields: args.fields.fields(),
            annotate: output.annotate,
            messages: messages.clone(),
        },
        format: args.format,
        encoding: encoding_named(&args.cleaning.encoding),
        destination: destination(output, writes)?,
        wants: Wants {
            report: report.is_some(),
            removed: removed.is_some(),
            diff: output.diff.then(|| Look { colours: messages.colours_stdout() }),
        },
        dry_run: output.dry_run && !output.diff,
        jobs: output.jobs.map_or_else(all_cores, NonZeroUsize::get).min(MOST_JOBS),
        patience: AtomicU32::new(PATIENCE),
        fingerprint: fingerprint(args, pipeline),
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
        // The shard that owns the file shows it.
        (Destination::Stdout, Some(source)) if !inputs.in_shard(&source) => Totals::default(),
        (Destination::Stdout, Some(source)) => run.stream(&source, &mut told)?,
        (_, single) => run.batch(&inputs, single.is_some(), census.files, &mut told)?,
    };
    told.end(&run_record(args, pipeline, &totals, started))?;
    Ok(Some(status(&totals, output.tolerate)))
}

fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Makes the output folder; whether it was not there.
fn create_folder(path: &Path) -> Result<bool, Failure> {
    let is_new = !path.exists();
    fs::create_dir_all(path).map_err(|error| Failure::unusable(path, &error))?;
    Ok(is_new)
}

/// Opens the targets of `--report` and `--removed`, which may be in the output folder: it is made
/// for them where nothing else needs it.
fn open_targets(output: &OutputArgs) -> Result<(Option<Target>, Option<Target>), Failure> {
    let resolved = |path: &Path| outputs::resolve(path).ok();
    let folder = output.output.as_deref().and_then(resolved);
    let open = |path: &Path| {
        let parent = resolved(path).and_then(|path| path.parent().map(Path::to_owned));
        if let Some((parent, folder)) = parent.zip(folder.as_ref())
            && parent.starts_with(folder)
        {
            fs::create_dir_all(parent)?;
        }
        Target::open(path)
    };
    let open = |path: &Option<PathBuf>| {
        let path = path.as_deref();
        path.map(|path| open(path).map_err(|error| Failure::unusable(path, &error))).transpose()
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
        // Whatever is written through takes the lines of both.
        && !targets.iter().any(|target| is_handle(target))
        && (first.is_file() || !first.exists())
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
    let state =
        State::open(&path, output.resume).map_err(|error| Failure::unusable(&path, &error))?;
    let existing = if replaces { Existing::Replace } else { Existing::Refuse };
    Ok(Destination::Folder { path, existing, resume: output.resume, state })
}

/// What, beside the input, decides about the bytes of a clean file.
fn fingerprint(args: &Clean, pipeline: &Pipeline) -> u64 {
    let all = format!(
        "{:016x}\0{:?}\0{}\0{}\0{}",
        pipeline.fingerprint(),
        args.format,
        args.fields.text_field,
        args.fields.id_field,
        args.outputs.annotate
    );
    stable_hash(all.as_bytes())
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
