//! `limpio.toml`: settings that hold for a project.
//!
//! A key is the long name of an option, so the file needs no reader of its own: its values become
//! the defaults of the command line, are checked by the same parsers, and flags win. Paths are
//! relative to the file. `rules` and `disable` add up with those of the command line.
//!
//! ```toml
//! level = "cautious"
//! langs = ["es", "en"]
//! normalize = { quotes = "straight", zero-width = "keep" }
//! rules = { files = ["rules/site.toml"], disable = ["byline"] }
//! jsonl = { text = "raw_content", id = "url" }
//! ```

use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::args::RuleArgs;
use super::failure::Failure;
use super::usage;
use crate::io::disk;

/// The name that is looked for upward from the working folder.
const CONFIG_NAME: &str = "limpio.toml";

/// Options that no file can set: they are about one run of the command line.
const NOT_IN_A_FILE: &[&str] = &["config", "counts", "help", "merge", "version"];

/// Lists that keep what they name: an empty one cannot be meant.
const LISTS_OF_SOME: &[&str] = &["langs", "only"];

/// Options whose values are paths.
const PATHS: &[&str] = &["rules", "output", "report", "removed", "files-from"];

/// Options of which a flag switches the other off, also where the file sets it.
const RIVALS: &[(&str, &str)] = &[
    ("only", "skip"),
    ("skip", "only"),
    ("overwrite", "resume"),
    ("resume", "overwrite"),
    ("quiet", "verbose"),
    ("verbose", "quiet"),
];

/// Options that mean another thing to other commands: set for `clean` alone.
const CLEAN_ONLY: &[&str] = &["format", "output", "overwrite"];

/// The commands that read the file.
const COMMANDS: &[&str] = &["clean", "explain", "langs", "learn"];

/// One setting of the file.
#[derive(Debug)]
pub struct Setting {
    /// Long name of the option.
    option: String,
    values: Vec<String>,
    line: usize,
    /// `limpio.toml:3: disable: `
    place: String,
}

impl RuleArgs {
    /// Puts the rules of a settings file before those of the command line.
    pub fn add_settings(&mut self, settings: &[Setting]) {
        for setting in settings {
            let values = setting.values.iter().cloned();
            match setting.option.as_str() {
                "rules" => drop(self.rules.splice(0..0, values.clone().map(PathBuf::from))),
                "disable" => drop(self.disable.splice(0..0, values.clone())),
                _ => continue,
            }
            self.places.extend(values.map(|value| (value, setting.place.clone())));
        }
    }
}

/// The file to read: `--config`, else `LIMPIO_CONFIG`, else the nearest upward.
pub fn find(given: Option<PathBuf>) -> Option<PathBuf> {
    let named = given.or_else(|| {
        std::env::var_os("LIMPIO_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
    });
    named.or_else(|| {
        let here = std::env::current_dir().ok()?;
        here.ancestors().map(|folder| folder.join(CONFIG_NAME)).find(|path| path.is_file())
    })
}

/// Makes the settings of a file the defaults of a command line.
///
/// `given` is the command line as parsed without the file.
///
/// # Errors
///
/// The file cannot be read, or something in it is wrong: the message names file and line.
pub fn apply(
    mut cli: Command,
    path: &Path,
    given: &ArgMatches,
) -> Result<(Command, Vec<Setting>), Failure> {
    let text = disk::read_to_string(path).map_err(|error| Failure::unusable(path, &error))?;
    let settings = read(path, &text, &cli)?;
    let Some((name, flags)) = given.subcommand() else {
        return Ok((cli, settings));
    };
    check_rivals(path, &settings)?;
    for setting in &settings {
        let wrong = |why: String| at(path, setting.line, &setting.option, &why);
        let defaults: Vec<&'static str> =
            setting.values.iter().map(|value| &*value.clone().leak()).collect();
        let rival = RIVALS.iter().find(|(option, _)| *option == setting.option);
        if rival.is_some_and(|(_, rival)| is_given(flags, rival)) {
            continue;
        }
        // Checked for the command that has it, also if another one runs.
        for command in
            COMMANDS.iter().copied().filter(|command| has(&cli, command, &setting.option))
        {
            let alone = default_of(cli.clone(), command, &setting.option, &defaults);
            if let Err(error) = alone.try_get_matches_from(["limpio", command, "-"]) {
                return Err(wrong(usage::said(&error)));
            }
            if CLEAN_ONLY.contains(&setting.option.as_str()) {
                break;
            }
        }
        // Lists that add up with the command line come in later.
        let adds_up = matches!(setting.option.as_str(), "rules" | "disable");
        let wanted = !adds_up
            && if CLEAN_ONLY.contains(&setting.option.as_str()) {
                name == "clean"
            } else {
                has(&cli, name, &setting.option)
            };
        if wanted {
            cli = default_of(cli, name, &setting.option, &defaults);
        }
    }
    Ok((cli, settings))
}

/// Two settings of which only one can hold.
fn check_rivals(path: &Path, settings: &[Setting]) -> Result<(), Failure> {
    for setting in settings {
        let rivals = RIVALS.iter().filter(|(option, _)| *option == setting.option);
        for (_, rival) in rivals {
            let earlier = settings.iter().find(|other| other.option == *rival);
            if let Some(earlier) = earlier.filter(|earlier| earlier.line <= setting.line) {
                let why = format!("cannot be used with `{rival}` of line {}", earlier.line);
                return Err(at(path, setting.line, &setting.option, &why));
            }
        }
    }
    Ok(())
}

/// The options that a command line names, by their long names.
pub fn given(flags: &ArgMatches) -> Vec<String> {
    let typed = |id: &&clap::Id| flags.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    flags.ids().filter(typed).map(|id| id.as_str().replace('_', "-")).collect()
}

fn is_given(flags: &ArgMatches, option: &str) -> bool {
    let id = option.replace('-', "_");
    flags.try_contains_id(&id).is_ok() && flags.value_source(&id) == Some(ValueSource::CommandLine)
}

/// Whether a command, or every command, has the option.
fn has(cli: &Command, command: &str, option: &str) -> bool {
    let own = cli.find_subcommand(command).into_iter().flat_map(Command::get_arguments);
    own.chain(cli.get_arguments()).any(|argument| argument.get_long() == Some(option))
}

fn default_of(cli: Command, command: &str, option: &str, values: &[&'static str]) -> Command {
    let id = option.replace('-', "_");
    let set = |argument: clap::Arg| argument.default_values(values.iter().copied());
    if cli.get_arguments().any(|argument| argument.get_long() == Some(option)) {
        return cli.mut_arg(id, set);
    }
    cli.mut_subcommand(command, |command| command.mut_arg(id, set))
}

fn at(path: &Path, line: usize, option: &str, why: &str) -> Failure {
    Failure::Usage(format!("{}:{line}: {option}: {why}", path.display()))
}

/// Every setting of the file, under the long name of its option.
fn read(path: &Path, text: &str, cli: &Command) -> Result<Vec<Setting>, Failure> {
    let line_of = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        Failure::Usage(format!("{}:{line}: {}", path.display(), error.message()))
    })?;
    let known = known_options(cli);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut settings = Vec::new();
    let mut pending: Vec<(String, usize, &Spanned<DeValue>)> = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let key = key.get_ref().replace('_', "-");
        let DeValue::Table(inner) = value.get_ref() else {
            pending.push((key, line, value));
            continue;
        };
        for (name, value) in inner {
            let name_line = line_of(name.span().start);
            let name = name.get_ref().replace('_', "-");
            let option = option_of(&key, &name)
                .map_err(|near| unknown(path, name_line, &format!("{key}.{name}"), &near))?;
            pending.push((option, name_line, value));
        }
    }
    for (option, line, value) in pending {
        if !known.contains(&option) {
            let names: Vec<&str> =
                known.iter().map(String::as_str).chain(["normalize", "jsonl"]).collect();
            return Err(unknown(path, line, &option, &names));
        }
        let mut values = texts(value.get_ref()).ok_or_else(|| {
            at(
                path,
                line,
                &option,
                "expected a string, a number, true or false, or a list of strings",
            )
        })?;
        let is_flag = cli_flag(cli, &option);
        match (is_flag, value.get_ref()) {
            (true, DeValue::Boolean(false)) => continue,
            (true, DeValue::Boolean(true)) => {}
            (true, _) => return Err(at(path, line, &option, "expected true or false")),
            (false, DeValue::Boolean(_)) => {
                return Err(at(path, line, &option, "expected a value, not true or false"));
            }
            (false, _) if values.is_empty() && LISTS_OF_SOME.contains(&option.as_str()) => {
                return Err(at(path, line, &option, "an empty list would leave nothing"));
            }
            (false, _) if values.is_empty() => continue,
            (false, _) => {}
        }
        if PATHS.contains(&option.as_str()) {
            for value in &mut values {
                *value = folder.join(&*value).to_string_lossy().into_owned();
            }
        }
        let place = format!("{}:{line}: {option}: ", path.display());
        settings.push(Setting { option, values, line, place });
    }
    settings.sort_by_key(|setting| setting.line);
    Ok(settings)
}

/// The option that a key inside a table stands for, or the keys that the table has.
fn option_of(table: &str, key: &str) -> Result<String, Vec<&'static str>> {
    const NORMALIZE: &[&str] = &[
        "form",
        "entities",
        "quotes",
        "dashes",
        "emoji",
        "zero-width",
        "bidi",
        "spaces",
        "blank-lines",
        "hyphens",
    ];
    match (table, key) {
        ("normalize", key) if NORMALIZE.contains(&key) => Ok(key.to_owned()),
        ("normalize", _) => Err(NORMALIZE.to_vec()),
        ("rules", "files") => Ok("rules".to_owned()),
        ("rules", "disable") => Ok("disable".to_owned()),
        ("rules", _) => Err(vec!["files", "disable"]),
        ("jsonl", "text") => Ok("text-field".to_owned()),
        ("jsonl", "id") => Ok("id-field".to_owned()),
        ("jsonl", _) => Err(vec!["text", "id"]),
        _ => Err(vec!["normalize", "rules", "jsonl"]),
    }
}

fn known_options(cli: &Command) -> Vec<String> {
    let commands = COMMANDS.iter().filter_map(|name| cli.find_subcommand(name));
    let mut known: Vec<String> = commands
        .chain([cli])
        .flat_map(Command::get_arguments)
        .filter_map(|argument| argument.get_long())
        .filter(|name| !NOT_IN_A_FILE.contains(name))
        .map(str::to_owned)
        .collect();
    known.sort();
    known.dedup();
    known
}

fn cli_flag(cli: &Command, option: &str) -> bool {
    let commands = COMMANDS.iter().filter_map(|name| cli.find_subcommand(name));
    commands
        .chain([cli])
        .flat_map(Command::get_arguments)
        .find(|argument| argument.get_long() == Some(option))
        .is_some_and(|argument| !argument.get_action().takes_values())
}

fn unknown(path: &Path, line: usize, key: &str, known: &[&str]) -> Failure {
    let last = key.rsplit('.').next().unwrap_or(key);
    let near = similar::get_close_matches(last, known, 1, 0.6);
    let hint = match near.first() {
        Some(near) => format!(": did you mean `{near}`?"),
        None if known.len() < 12 => format!(": expected one of {}", known.join(", ")),
        None => ": the keys are the long options of `limpio clean --help`".to_owned(),
    };
    Failure::Usage(format!("{}:{line}: unknown key `{key}`{hint}", path.display()))
}

/// A value as the command line would have it.
fn texts(value: &DeValue) -> Option<Vec<String>> {
    Some(match value {
        DeValue::String(text) => vec![text.to_string()],
        DeValue::Integer(number) => vec![number.as_str().replace('_', "")],
        DeValue::Float(number) => vec![number.as_str().replace('_', "")],
        DeValue::Boolean(flag) => vec![flag.to_string()],
        DeValue::Array(list) => {
            let mut all = Vec::new();
            for value in list.iter() {
                match value.get_ref() {
                    DeValue::String(text) => all.push(text.to_string()),
                    _ => return None,
                }
            }
            all
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    fn wrong(text: &str) -> String {
        let cli = Cli::command();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limpio.toml");
        std::fs::write(&path, text).unwrap();
        let given = cli.clone().try_get_matches_from(["limpio", "clean", "-"]).unwrap();
        let failure = apply(cli, &path, &given).err().unwrap();
        failure.message().unwrap().replace(&*folder.path().to_string_lossy(), "")
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, says) in [
            (
                "\nlevle = \"cautious\"",
                "/limpio.toml:2: unknown key `levle`: did you mean `level`?",
            ),
            (
                "level = \"mild\"",
                "/limpio.toml:1: level: unknown value `mild`: expected one of cautious, ",
            ),
            (
                "[normalize]\nquote = \"keep\"",
                "/limpio.toml:2: unknown key `normalize.quote`: did you mean `quotes`?",
            ),
            ("overwrite = 1", "/limpio.toml:1: overwrite: expected true or false"),
            ("level = true", "/limpio.toml:1: level: expected a value"),
            ("jobs = 0", "/limpio.toml:1: jobs: `0`: "),
            ("level = ", "/limpio.toml:1: "),
            ("config = \"x\"", "/limpio.toml:1: unknown key `config`"),
            ("[[page]]\nmatch = \"x\"", "/limpio.toml:1: unknown key `page`"),
        ] {
            let message = wrong(text);
            assert!(message.starts_with(says), "{text}: {message}");
        }
    }

    #[test]
    fn the_published_schema_has_every_key() {
        let schema = include_str!("../../schemas/config.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let mut expected = known_options(&Cli::command());
        expected.extend(["normalize", "jsonl"].map(str::to_owned));
        expected.sort();
        let mut published: Vec<&String> =
            schema["properties"].as_object().unwrap().keys().collect();
        published.sort();
        assert_eq!(published, expected.iter().collect::<Vec<_>>());
    }
}
