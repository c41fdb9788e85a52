//! Settings that cannot do anything are errors: who names one expects it to work.
//!
//! Only the command line is judged, for a settings file holds for many runs, and most of what it
//! says has nothing to do with the one at hand.

use limpio::Stage;

use super::args::{
    Clean, CleaningArgs, Explain, FieldArgs, InputArgs, InputFormat, Langs, Learn, OutputFormat,
    SiteArgs,
};
use super::failure::Failure;
use crate::io::inputs::{Found, Inputs, Root};
use crate::io::source::Format;

/// Settings of `clean` that these inputs leave nothing to do for.
///
/// # Errors
///
/// The first of them, and why.
pub fn check_clean(args: &Clean, inputs: &Inputs) -> Result<(), Failure> {
    let records = || reads_records(args.format, inputs);
    check_inputs(&args.inputs, &args.fields, inputs, records)?;
    for option in ["overwrite", "resume"] {
        if args.inputs.gives(option) && args.outputs.output.is_none() {
            return Err(idle(option, "is about the files of an output folder: add -o DIR"));
        }
    }
    for option in ["min-documents", "min-share", "memory"] {
        if args.inputs.gives(option) && !args.learn {
            return Err(idle(option, "is about what is learned: add --learn"));
        }
    }
    check_site_field(&args.inputs, &args.sites, records)?;
    check_learns(args, inputs)?;
    check_stages(&args.inputs, &args.cleaning)
}

/// The same for `explain`.
///
/// # Errors
///
/// The first of them, and why.
pub fn check_explain(args: &Explain, inputs: &Inputs) -> Result<(), Failure> {
    let records = || args.format == OutputFormat::Jsonl || names_records(inputs);
    check_inputs(&args.inputs, &args.fields, inputs, records)?;
    if args.inputs.gives("context") && !args.only_dropped {
        return Err(idle("context", "is for --only-dropped: all lines are shown"));
    }
    check_stages(&args.inputs, &args.cleaning)
}

/// The same for `learn`.
///
/// # Errors
///
/// The first of them, and why.
pub fn check_learn(args: &Learn, inputs: &Inputs) -> Result<(), Failure> {
    let records = || reads_records(args.format, inputs);
    check_inputs(&args.inputs, &args.fields, inputs, records)?;
    if args.inputs.gives("id-field") {
        return Err(idle("id-field", "names records in reports, and rules name none"));
    }
    check_site_field(&args.inputs, &args.sites, records)
}

/// What is learned is used by a stage, and needs inputs that can be read more than once.
fn check_learns(args: &Clean, inputs: &Inputs) -> Result<(), Failure> {
    if !args.learn {
        return Ok(());
    }
    let only = &args.cleaning.only;
    let runs = (only.is_empty() || only.contains(&Stage::Boilerplate))
        && !args.cleaning.skip.contains(&Stage::Boilerplate);
    if !runs {
        return Err(idle("learn", "boilerplate is off: no learned line would go"));
    }
    if inputs.roots().contains(&Root::Stdin) {
        let why = "reads its inputs more than once, and standard input can be read once";
        return Err(idle("learn", why));
    }
    Ok(())
}

fn check_site_field(
    args: &InputArgs,
    sites: &SiteArgs,
    records: impl Fn() -> bool,
) -> Result<(), Failure> {
    if args.gives("site-field") && !records() {
        let why = format!("no input holds records with a field `{}`", sites.site_field);
        return Err(idle("site-field", &why));
    }
    Ok(())
}

/// Whether some input is read as records.
fn reads_records(format: InputFormat, inputs: &Inputs) -> bool {
    match format {
        InputFormat::Jsonl => true,
        InputFormat::Text => false,
        InputFormat::Auto => names_records(inputs),
    }
}

/// The same for `langs`.
///
/// # Errors
///
/// The first of them, and why.
pub fn check_langs(args: &Langs, inputs: &Inputs) -> Result<(), Failure> {
    let records = || args.format == OutputFormat::Jsonl || names_records(inputs);
    if args.inputs.gives("show") && args.format == OutputFormat::Jsonl {
        return Err(idle("show", "is for people, and --format jsonl is for programs"));
    }
    if args.inputs.gives("offsets") && args.format == OutputFormat::Text {
        return Err(idle("offsets", "is about the spans of --format jsonl"));
    }
    check_inputs(&args.inputs, &args.fields, inputs, records)
}

fn idle(option: &str, why: &str) -> Failure {
    Failure::Usage(format!("--{option}: {why}"))
}

/// Whether some input holds records by its name. An empty folder may hold some another day.
fn names_records(inputs: &Inputs) -> bool {
    let mut any = false;
    for found in inputs.walk_all() {
        any = true;
        if matches!(found, Found::Source(source) if source.format_by_name() == Format::Jsonl) {
            return true;
        }
    }
    !any
}

fn check_inputs(
    args: &InputArgs,
    fields: &FieldArgs,
    inputs: &Inputs,
    records: impl Fn() -> bool,
) -> Result<(), Failure> {
    for (option, name) in [("text-field", &fields.text_field), ("id-field", &fields.id_field)] {
        if args.gives(option) && !records() {
            let why = format!(
                "no input holds records with a field `{name}`: they are told by .jsonl or .ndjson, \
                 or --format jsonl"
            );
            return Err(idle(option, &why));
        }
    }
    let only_stdin = inputs.roots().iter().all(|root| *root == Root::Stdin);
    for option in ["glob", "hidden"] {
        if args.gives(option) && only_stdin && !inputs.roots().is_empty() {
            return Err(idle(option, "chooses files of folders, and the input is standard input"));
        }
    }
    Ok(())
}

fn check_stages(args: &InputArgs, cleaning: &CleaningArgs) -> Result<(), Failure> {
    let runs = |stage: &Stage| {
        (cleaning.only.is_empty() || cleaning.only.contains(stage))
            && !cleaning.skip.contains(stage)
    };
    let reads_rules = runs(&Stage::Boilerplate) || runs(&Stage::Spam);
    for option in ["rules", "disable"] {
        if args.gives(option) && !reads_rules {
            return Err(idle(option, "boilerplate and spam are both off: no rule is asked"));
        }
    }
    if args.gives("drop-spam-docs") && !runs(&Stage::Spam) {
        return Err(idle("drop-spam-docs", "spam is off: documents have no score"));
    }
    // With every stage off, decoding and line ends are left, which is work enough.
    Ok(())
}
