//! `limpio clean`: everything that is checked before the first byte is read, and what the run was
//! in the end.
//!
//! One input without an output folder streams to standard output; everything else is a batch.

use std::fs;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use limpio::{Pipeline, PipelineBuilder};
use serde::Serialize;
use serde_json::json;

use super::args::{Clean, OutputArgs, Tolerance};
use super::diff::Look;
use super::documents::{RecordCleaner, Times, Wants};
use super::failure::Failure;
use super::idle;
use super::learn::{Learning, Telling};
use super::messages::Messages;
use super::readers::status;
use super::records::Totals;
use super::run::{Destination, PATIENCE, Run, Told, format_of};
use super::setup::encoding_named;
use super::sites::Sites;
use super::split::Split;
use crate::io::atomic::{Depth, Existing, sweep};
use crate::io::disk;
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
    let split = Split::of(args);
    let in_langs = |builder: PipelineBuilder| match &split {
        Some(split) => builder.langs(&split.langs),
        None => builder,
    };
    // What is wrong with settings and rules is said before anything is learned.
    let builder = in_langs(args.cleaning.pipeline(None)?);

    let writes = !output.dry_run && !output.diff;
    let single = inputs.single();
    if split.is_some() {
        check_split(output)?;
    }
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
        Some(folder) if writes => outputs::check(&inputs, folder, &langs_of(&split))?,
        _ => outputs::count(&inputs, |_| Ok(()))?,
    };
    args.inputs.check_found(&census, &inputs, messages)?;
    check_targets(output, &inputs, &langs_of(&split))?;
    let (learned, unlearned) = learned(args, &builder, &inputs, census.all_files, messages)?;
    let builder = match learned {
        Some(toml) => in_langs(args.cleaning.pipeline(Some(&toml))?),
        None => builder,
    };
    let pipeline = builder.count_languages(output.report.is_some() || output.annotate).build()?;
    // One per process, and threads that outlive this function may still use it.
    let pipeline: &'static Pipeline = Box::leak(Box::new(pipeline));
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
            fields: args.fields.with_site(&args.sites),
            sites: Sites::new(&args.sites),
            met_site: AtomicBool::new(false),
            annotate: output.annotate,
            split,
            messages: messages.clone(),
        },
        format: args.format,
        encoding: encoding_named(&args.cleaning.encoding),
        destination: destination(args, pipeline, writes, is_new)?,
        wants: Wants {
            report: report.is_some(),
            removed: removed.is_some(),
            diff: output.diff.then(|| {
                let colours = messages.colours_stdout();
                Look { colours, escapes: colours || io::stdout().is_terminal() }
            }),
        },
        dry_run: output.dry_run && !output.diff,
        jobs: jobs(output.jobs),
        started,
        patience: AtomicU32::new(PATIENCE),
        times: Times::new(messages.is_verbose()),
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
    warn_of_sites(run, args.learn, totals.documents);
    told.end(|| run_record(args, pipeline, &totals, started))?;
    let failed = totals.failed.max(unlearned);
    let is_tolerated = match output.tolerate {
        Tolerance::All => true,
        Tolerance::AtMost(most) => failed <= most,
    };
    Ok(Some(if is_tolerated { ExitCode::SUCCESS } else { status(failed) }))
}

/// The threads that an option asks for.
pub fn jobs(given: Option<NonZeroUsize>) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    given.map_or_else(all, NonZeroUsize::get).min(MOST_JOBS)
}

/// The rules of `--learn`, and how many files it could not read; `None` where it is not asked for, or
/// nothing was learned.
fn learned(
    args: &Clean,
    builder: &PipelineBuilder,
    inputs: &Inputs,
    files: u64,
    messages: &Messages,
) -> Result<(Option<String>, u64), Failure> {
    if !args.learn {
        return Ok((None, 0));
    }
    let learning = Learning {
        fields: args.fields.with_site(&args.sites),
        sites: Sites::new(&args.sites),
        format: args.format,
        encoding: encoding_named(&args.cleaning.encoding),
        jobs: jobs(args.outputs.jobs),
        messages: messages.clone(),
        telling: Telling::Files,
        asks_for_field: args.inputs.gives("site-field"),
    };
    // Lines are counted as the pipeline repairs them; every shard counts them all.
    let pipeline = builder.clone().build()?;
    let inputs = inputs.of_all_shards();
    let (learned, sums) = learning.learn(&args.learning, &pipeline, &inputs, files)?;
    Ok(((learned.lines() > 0).then(|| learned.to_toml()), sums.files_failed))
}

/// Rules of some sites that no document is of do nothing, which nobody wants in silence.
fn warn_of_sites(run: &Run, learns: bool, documents: u64) {
    let records = &run.records;
    let is_met = records.met_site.load(Ordering::Relaxed);
    if is_met || learns || documents == 0 || !records.pipeline.has_rules_of_sites() {
        return;
    }
    let sites = records.pipeline.rules().rules().iter().flat_map(|rule| &rule.sites);
    let some = sites.take(1).map(|site| format!(", such as `{site}`")).collect::<String>();
    run.messages.warn(&format!(
        "--rules: no document is of a site that a rule names{some}; --site names the site of the \
         input, --site-field the field of records that does"
    ));
}

/// `--split-langs` is about the files of an output folder.
fn check_split(output: &OutputArgs) -> Result<(), Failure> {
    let wrong = |why: &str| Err(Failure::Usage(format!("--split-langs: {why}")));
    if output.diff {
        return wrong("a diff shows one clean text: leave out one of the two");
    }
    if output.output.is_none() && !output.dry_run {
        return wrong("writes a file for each language: add -o DIR");
    }
    Ok(())
}

/// The languages that have a file of their own.
fn langs_of(split: &Option<Split>) -> Vec<&'static str> {
    let langs = split.iter().flat_map(|split| &split.langs);
    langs.map(|lang| lang.as_str()).collect()
}

/// Makes the output folder; whether it was not there.
fn create_folder(path: &Path) -> Result<bool, Failure> {
    let is_new = !path.exists();
    disk::create_dir_all(path).map_err(|error| Failure::unusable(path, &error))?;
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
            disk::create_dir_all(&parent)?;
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
fn check_targets(output: &OutputArgs, inputs: &Inputs, langs: &[&str]) -> Result<(), Failure> {
    let targets: Vec<&PathBuf> = output.report.iter().chain(&output.removed).collect();
    let wrong = |path: &Path, why: &str| Failure::Usage(format!("{}: {why}", path.display()));
    let mut resolved = Vec::new();
    for target in &targets {
        let unsure = |error| Failure::unusable(target, &error);
        let path = outputs::resolve(target).map_err(unsure)?;
        if path.is_file() && inputs.take_canonical(&path).map_err(unsure)? {
            return Err(wrong(target, "the report would replace an input"));
        }
        if let Some(folder) = &output.output
            && let Ok(place) = path.strip_prefix(outputs::resolve(folder).map_err(unsure)?)
            && outputs::is_taken(inputs, place, langs)
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

fn destination(
    args: &Clean,
    pipeline: &Pipeline,
    writes: bool,
    is_new: bool,
) -> Result<Destination, Failure> {
    let output = &args.outputs;
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
    let path = std::path::absolute(&path).map_err(|error| Failure::unusable(&path, &error))?;
    let (resume, fingerprint) = (output.resume, fingerprint(args, pipeline));
    Ok(Destination::Folder { path, is_new, existing, resume, state, fingerprint })
}

/// What, beside the input, decides about the bytes of a clean file.
fn fingerprint(args: &Clean, pipeline: &Pipeline) -> u64 {
    let all = format!(
        "{:016x}\0{}\0{:?}\0{}\0{}\0{}\0{}",
        pipeline.fingerprint(),
        sites_in_force(args, pipeline),
        args.format,
        args.fields.text_field,
        args.fields.id_field,
        args.outputs.annotate,
        args.outputs.split_langs
    );
    stable_hash(all.as_bytes())
}

/// How sites are told decides only where a rule names one.
fn sites_in_force(args: &Clean, pipeline: &Pipeline) -> String {
    if !pipeline.has_rules_of_sites() {
        return String::new();
    }
    format!("{}\0{:?}", args.sites.site_field, args.sites.site)
}

fn run_record(args: &Clean, pipeline: &Pipeline, totals: &Totals, started: Instant) -> String {
    let mut settings = args.cleaning.as_json();
    settings["split-langs"] = json!(args.outputs.split_langs);
    settings["format"] = json!(format!("{:?}", args.format).to_lowercase());
    settings["text-field"] = json!(args.fields.text_field);
    settings["id-field"] = json!(args.fields.id_field);
    settings["learn"] = json!(args.learn);
    settings["site-field"] = json!(args.sites.site_field);
    settings["site"] = json!(args.sites.site);
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
