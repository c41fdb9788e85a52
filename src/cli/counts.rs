//! `learn` on several machines: each reads its part of the inputs and writes what it counted, and the
//! counts of all parts together give the rules that one machine would have written.
//!
//! Learning takes two readings, and the second looks only at lines that the first has found in enough
//! documents of the whole corpus. So the counts of all parts meet twice: after the first reading on
//! every machine that makes the second, and after the second on the one that writes the rules.
//!
//! A file begins with a line that says what was counted: which reading, which part of how many, of what
//! inputs, with which settings. Files that do not belong together are refused.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use limpio::Pipeline;
use limpio::learn::{Learner, SecondReading, Settings};
use serde::{Deserialize, Serialize};

use super::args::Learn;
use super::failure::Failure;
use super::idle;
use super::learn::{Learning, Pass, check_output, size_of, summary, write};
use super::messages::{Messages, counted};
use super::readers::status;
use super::setup::unreadable;
use crate::io::inputs::{Filter, Inputs, Root};
use crate::io::outputs;
use crate::io::source::{READ_BYTES, Source};
use crate::io::target::Target;

/// The longest first line of a file of counts.
const LONGEST_HEADER: u64 = 64 * 1024;

/// What a file of counts holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename = "counts")]
struct Header {
    /// Version of the format.
    limpio_counts: u32,
    /// Version of the program.
    version: String,
    reading: u8,
    shard: u64,
    shards: u64,
    of: Corpus,
}

/// What was read, and how: the same for all parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Corpus {
    bytes: u64,
    format: String,
    encoding: String,
    text_field: String,
    site_field: String,
    site: Option<String>,
    min_documents: u64,
    min_share: f64,
    memory: u64,
}

/// A file of counts, its first line read.
struct Part {
    path: PathBuf,
    header: Header,
    rest: BufReader<Box<dyn Read + Send>>,
}

/// Runs `learn` with `--counts` or `--merge`; `None` asks for the usage.
pub fn run(args: &Learn, messages: &Messages) -> Result<Option<ExitCode>, Failure> {
    let started = Instant::now();
    if args.counts.is_some() && args.output.is_some() {
        return Err(Failure::Usage(
            "--counts: rules are written from counts of all parts: leave \
                                   out -o"
                .into(),
        ));
    }
    let mut parts = args.merge.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    check(&parts)?;
    parts.sort_by_key(|part| (part.header.reading, part.header.shard));
    if parts.last().is_some_and(|part| part.header.reading == 2) {
        return write_rules(args, parts, messages, started).map(Some);
    }
    let Some(target) = &args.counts else {
        return Err(Failure::Usage(
            "--merge: these are counts of the first reading: read the inputs again, with --merge \
             and --counts, and merge what comes out as well"
                .into(),
        ));
    };
    let Some(inputs) = args.inputs.inputs()? else {
        return Ok(None);
    };
    idle::check_learn(args, &inputs)?;
    check_target(args, target, &inputs, "counts")?;
    let learning = Learning::of(args, messages);
    let census = outputs::count(&inputs, |_| Ok(()))?;
    args.inputs.check_found(&census, &inputs, messages)?;
    let mut unknown = 0;
    let bytes = size_of(&inputs.of_all_shards(), |path, error| {
        unknown += 1;
        let why = "its size cannot be told, and these counts may not fit those of other parts";
        messages.error(&format!("{}: {why}: {error}", path.display()));
    })?;
    let header = Header {
        limpio_counts: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reading: if parts.is_empty() { 1 } else { 2 },
        shard: args.inputs.shard.map_or(1, |shard| shard.number),
        shards: args.inputs.shard.map_or(1, |shard| shard.of),
        // The table of counters is as large as all parts need.
        of: Corpus::of(args, bytes),
    };
    if let Some(part) = parts.first() {
        let same = Header { reading: 1, shard: part.header.shard, ..header.clone() };
        if part.header != same {
            return Err(differs(&part.path, &part.header, &same));
        }
    }
    let pipeline = Pipeline::builder().encoding(&args.encoding)?.build()?;
    let first = Learner::new(&pipeline, header.of.settings(), header.of.bytes);
    let (sums, body) = if parts.is_empty() {
        let sums =
            learning.read(&Pass::First(first.clone()), &inputs, census.files, learning.telling);
        learning.check_field(&sums)?;
        (sums, Counts::First(first))
    } else {
        let second = add_first(&first, parts)?.read_again();
        let sums =
            learning.read(&Pass::Second(second.clone()), &inputs, census.files, learning.telling);
        (sums, Counts::Second(second))
    };
    write_counts(target, &header, &body)?;
    messages.summary(&format!(
        "{}: reading {} of 2, part {} of {}; {:.1} seconds",
        counted(census.files, "file"),
        header.reading,
        header.shard,
        header.shards,
        started.elapsed().as_secs_f64()
    ));
    Ok(Some(status(sums.failed + unknown)))
}

/// The counts of either reading.
enum Counts {
    First(Learner),
    Second(SecondReading),
}

/// Everything is counted: the rules.
fn write_rules(
    args: &Learn,
    mut parts: Vec<Part>,
    messages: &Messages,
    started: Instant,
) -> Result<ExitCode, Failure> {
    let wrong = |why: &str| Err(Failure::Usage(why.into()));
    let Some(output) = &args.output else {
        return wrong("-o RULES.toml is missing: the file for the rules");
    };
    if !args.inputs.paths.is_empty() || args.inputs.files_from.is_some() {
        return wrong("--merge: these counts are of both readings, and no PATH is read any more");
    }
    if let Some(option) = SETTLED.iter().find(|option| args.inputs.gives(option)) {
        return Err(Failure::Usage(format!("--{option}: is settled by the counts: leave it out")));
    }
    check_target(args, output, &Inputs::new(Vec::new(), Filter::default()), "rules")?;
    let Some(first) = parts.first().filter(|part| part.header.reading == 1) else {
        return wrong("--merge: the counts of the first reading are missing: name them, too");
    };
    let corpus = first.header.of.clone();
    let pipeline = Pipeline::builder().encoding(&corpus.encoding)?.build()?;
    let learner = Learner::new(&pipeline, corpus.settings(), corpus.bytes);
    let seconds = parts.split_off(parts.partition_point(|part| part.header.reading == 1));
    let second = add_first(&learner, parts)?.read_again();
    for mut part in seconds {
        second.add_counts(&part.path, 2, &mut part.rest)?;
    }
    let learned = second.learned();
    Learning::of(args, messages).tell(&learned);
    write(output, &learned.to_toml())?;
    messages.summary(&summary(&learned, started));
    Ok(ExitCode::SUCCESS)
}

/// Options that have had their say when both readings are over.
const SETTLED: [&str; 12] = [
    "encoding",
    "format",
    "glob",
    "hidden",
    "id-field",
    "memory",
    "min-documents",
    "min-share",
    "shard",
    "site",
    "site-field",
    "text-field",
];

/// Whether the file may be written; counts that are merged are inputs, too.
fn check_target(args: &Learn, target: &Path, inputs: &Inputs, what: &str) -> Result<(), Failure> {
    check_output(target, args.overwrite, inputs, what)?;
    let merged = args.merge.iter().cloned().map(Root::File).collect();
    check_output(target, args.overwrite, &Inputs::new(merged, Filter::default()), what)
}

fn add_first(learner: &Learner, parts: Vec<Part>) -> Result<&Learner, Failure> {
    for mut part in parts {
        learner.add_counts(&part.path, 2, &mut part.rest)?;
    }
    Ok(learner)
}

fn write_counts(target: &Path, header: &Header, counts: &Counts) -> Result<(), Failure> {
    let mut to = Target::open(target).map_err(|error| Failure::unusable(target, &error))?;
    let header = serde_json::to_string(header).unwrap_or_default();
    let written = writeln!(to, "{header}").and_then(|()| match counts {
        Counts::First(first) => first.write_counts(&mut to),
        Counts::Second(second) => second.write_counts(&mut to),
    });
    let written = written.and_then(|()| to.finish());
    written.map_err(|error| match target.as_os_str() == "-" {
        true => Failure::stdout(error),
        false => Failure::unusable(target, &error),
    })
}

/// Opens a file of counts and reads what it says of itself.
fn open(path: &Path) -> Result<Part, Failure> {
    let unusable = |error| Failure::Usage(format!("{}: {}", path.display(), unreadable(&error)));
    let wrong = |why: &str| Failure::Usage(format!("{}:1: {why}", path.display()));
    let source = Source { path: path.to_owned(), place: path.to_owned() };
    let mut rest = BufReader::with_capacity(READ_BYTES, source.open().map_err(unusable)?.reader);
    let mut line = Vec::new();
    (&mut rest).take(LONGEST_HEADER).read_until(b'\n', &mut line).map_err(unusable)?;
    let header: Header = serde_json::from_slice(&line)
        .map_err(|_| wrong("no counts: expected a file that `learn --counts` wrote"))?;
    if header.limpio_counts != 1 || header.version != env!("CARGO_PKG_VERSION") {
        return Err(wrong("the counts are of another version of limpio: count again"));
    }
    if !(1..=2).contains(&header.reading) || !(1..=header.shards).contains(&header.shard) {
        return Err(wrong("no counts: there is no such reading or part"));
    }
    Ok(Part { path: path.to_owned(), header, rest })
}

/// All files must be of one corpus, and of each reading that is there no part may be missing.
fn check(parts: &[Part]) -> Result<(), Failure> {
    let Some(Part { header: one, .. }) = parts.first() else { return Ok(()) };
    for part in parts {
        let Header { reading, shard, .. } = part.header;
        let same = Header { reading, shard, ..one.clone() };
        if part.header != same {
            return Err(differs(&part.path, &part.header, &same));
        }
    }
    for reading in [1, 2] {
        let mut left: BTreeSet<u64> = (1..=one.shards.min(MOST_SHARDS)).collect();
        let of_reading: Vec<&Part> =
            parts.iter().filter(|part| part.header.reading == reading).collect();
        for part in &of_reading {
            if !left.remove(&part.header.shard) {
                return Err(Failure::Usage(format!(
                    "{}: part {} of reading {reading} is there twice",
                    part.path.display(),
                    part.header.shard
                )));
            }
        }
        if let Some(missing) = left.first()
            && !of_reading.is_empty()
        {
            return Err(Failure::Usage(format!(
                "--merge: part {missing} of {} of reading {reading} is missing",
                one.shards
            )));
        }
    }
    Ok(())
}

/// Parts that anybody would name on a command line.
const MOST_SHARDS: u64 = 1 << 20;

/// Counts that do not belong to others.
fn differs(path: &Path, found: &Header, expected: &Header) -> Failure {
    let fields = |header: &Header| match serde_json::to_value(header) {
        Ok(serde_json::Value::Object(mut fields)) => {
            if let Some(serde_json::Value::Object(of)) = fields.remove("of") {
                fields.extend(of);
            }
            fields
        }
        _ => serde_json::Map::new(),
    };
    let (found, expected) = (fields(found), fields(expected));
    let differing = found.iter().find(|(name, value)| expected.get(*name) != Some(value));
    let what = differing.map_or_else(String::new, |(name, value)| {
        let expected = expected.get(name).map(ToString::to_string).unwrap_or_default();
        format!(": {name} is {value} there, and {expected} here")
    });
    Failure::Usage(format!(
        "{}:1: the counts are of other inputs or settings{what}",
        path.display()
    ))
}

impl Corpus {
    fn of(args: &Learn, bytes: u64) -> Corpus {
        Corpus {
            bytes,
            format: format!("{:?}", args.format).to_lowercase(),
            encoding: args.encoding.clone(),
            text_field: args.fields.text_field.clone(),
            site_field: args.sites.site_field.clone(),
            site: args.sites.site.clone(),
            min_documents: args.learning.min_documents,
            min_share: args.learning.min_share,
            memory: args.learning.memory,
        }
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.min_documents = self.min_documents;
        settings.min_share = self.min_share;
        settings.memory_bytes = self.memory;
        settings
    }
}
