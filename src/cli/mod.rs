//! The commands: everything that reads options, prints or decides about an exit status.

mod args;
mod clean;
mod config;
mod counts;
mod diff;
mod documents;
mod explain;
mod failure;
mod idle;
mod langs;
mod learn;
mod manual;
mod messages;
mod progress;
mod readers;
mod records;
mod report;
mod rules;
mod run;
mod setup;
mod sites;
mod split;
mod usage;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use self::args::{Cli, Command};
use self::config::Setting;
use self::failure::{Failure, INTERRUPTED};
use self::messages::Messages;
use crate::io::atomic;

/// Runs the command of the command line; every way to end comes together here.
pub fn main() -> ExitCode {
    let (cli, command) = match parse() {
        Ok(parsed) => parsed,
        Err(Stop::Clap(error)) => {
            let color = usage::color(std::env::args_os().skip(1));
            return usage::answer(&error, color).unwrap_or_else(|failure| ended_by(&failure));
        }
        Err(Stop::Failure(failure)) => return ended_by(&failure),
    };
    let messages = Messages::new(&cli.global);
    on_interrupt();
    progress::answer_questions(&messages);
    let ended = run(&cli, command, &messages);
    // Threads may still be writing to files that nobody will want.
    atomic::remove_own();
    match ended {
        Ok(status) => status,
        Err(failure) => {
            if let Some(message) = failure.message() {
                messages.error(message);
            }
            failure.status()
        }
    }
}

/// Says why the command ends before it has begun.
fn ended_by(failure: &Failure) -> ExitCode {
    if let Some(message) = failure.message() {
        let line = format!("limpio: {}\n", messages::printable(message));
        let _ = io::stderr().write_all(line.as_bytes());
    }
    failure.status()
}

enum Stop {
    Clap(clap::Error),
    Failure(Failure),
}

fn given_arguments() -> Vec<std::ffi::OsString> {
    args::arguments(std::env::args_os())
}

/// Reads the command line, and the settings file as its defaults.
fn parse() -> Result<(Cli, clap::Command), Stop> {
    let command = Cli::command();
    let given = command.clone().try_get_matches_from(given_arguments()).map_err(Stop::Clap)?;
    let named: Option<PathBuf> = given.get_one("config").cloned();
    let reads_settings = match given.subcommand() {
        Some(("clean" | "explain" | "langs" | "learn", _)) => true,
        Some(("rules", rules)) => matches!(rules.subcommand_name(), Some("list" | "show")),
        _ => false,
    };
    let Some(path) = config::find(named).filter(|_| reads_settings) else {
        return finish(command, given, &[]);
    };
    let (command, settings) = config::apply(command, &path, &given).map_err(Stop::Failure)?;
    let matches = command.clone().try_get_matches_from(given_arguments()).map_err(Stop::Clap)?;
    finish(command, matches, &settings)
}

/// From what was parsed to options: the rules of the settings file add up with those of the
/// command line, and what was typed is told from what is default.
fn finish(
    command: clap::Command,
    matches: ArgMatches,
    settings: &[Setting],
) -> Result<(Cli, clap::Command), Stop> {
    let mut cli = Cli::from_arg_matches(&matches).map_err(Stop::Clap)?;
    let given = matches.subcommand().map(|(_, flags)| config::given(flags)).unwrap_or_default();
    let (inputs, chosen) = match &mut cli.command {
        Command::Clean(clean) => (Some(&mut clean.inputs), Some(&mut clean.cleaning.chosen)),
        Command::Explain(explain) => {
            (Some(&mut explain.inputs), Some(&mut explain.cleaning.chosen))
        }
        Command::Langs(langs) => (Some(&mut langs.inputs), None),
        Command::Learn(learn) => (Some(&mut learn.inputs), None),
        Command::Rules(rules) => (None, rules.command.chosen()),
        _ => (None, None),
    };
    if let Some(inputs) = inputs {
        inputs.given = given;
    }
    if let Some(chosen) = chosen {
        chosen.add_settings(settings);
    }
    Ok((cli, command))
}

fn run(cli: &Cli, mut command: clap::Command, messages: &Messages) -> Result<ExitCode, Failure> {
    let (name, ended) = match &cli.command {
        Command::Clean(args) => ("clean", clean::run(args, messages)?),
        Command::Explain(args) => ("explain", explain::run(args, messages)?),
        Command::Langs(args) => ("langs", langs::run(args, messages)?),
        Command::Learn(args) => ("learn", learn::run(args, messages)?),
        Command::Rules(args) => ("rules", Some(rules::run(&args.command)?)),
        Command::Report(args) => ("report", Some(report::run(args, messages)?)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command, "limpio", &mut script);
            readers::print(&String::from_utf8_lossy(&script))?;
            ("completions", Some(ExitCode::SUCCESS))
        }
        Command::Man => {
            readers::print(&manual::page(command.clone()))?;
            ("man", Some(ExitCode::SUCCESS))
        }
    };
    ended.ok_or_else(|| {
        // No PATH on a terminal: never wait in silence.
        command.build();
        let usage = command.find_subcommand_mut(name).map(|command| command.render_usage());
        let usage = usage.map(|usage| usage.to_string()).unwrap_or_default();
        Failure::Usage(format!("no PATH given, and standard input is a terminal; {usage}"))
    })
}

/// On Ctrl-C the temporary files go and the process ends, wherever it stands: it may be blocked in
/// a read. Clean files that have their names stay.
fn on_interrupt() {
    // Without a handler Ctrl-C still ends the process; a later run sweeps.
    let _ = ctrlc::set_handler(|| {
        atomic::remove_own();
        std::process::exit(INTERRUPTED.into());
    });
}
