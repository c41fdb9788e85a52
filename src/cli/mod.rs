//! The commands: everything that reads options, prints or decides about an exit status.

mod args;
mod clean;
mod config;
mod diff;
mod documents;
mod explain;
mod failure;
mod langs;
mod messages;
mod progress;
mod readers;
mod records;
mod rules;
mod run;
mod setup;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use self::args::{Cli, Command};
use self::failure::{Failure, INTERRUPTED, USAGE};
use self::messages::Messages;
use crate::io::atomic;

/// Runs the command of the command line; every way to end comes together here.
pub fn main() -> ExitCode {
    let (cli, command) = match parse() {
        Ok(parsed) => parsed,
        Err(Stop::Clap(error)) => {
            // Nobody may be listening; the exit status says it all.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
        Err(Stop::Failure(failure)) => {
            let shown = failure.message().map(messages::printable).unwrap_or_default();
            let _ = io::stderr().write_all(format!("limpio: {shown}\n").as_bytes());
            return failure.status();
        }
    };
    let messages = Messages::new(&cli.global);
    on_interrupt();
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

enum Stop {
    Clap(clap::Error),
    Failure(Failure),
}

/// Reads the command line, and the settings file as its defaults.
fn parse() -> Result<(Cli, clap::Command), Stop> {
    let command = Cli::command();
    let given = command.clone().try_get_matches().map_err(Stop::Clap)?;
    let named: Option<PathBuf> = given.get_one("config").cloned();
    let reads_settings = matches!(given.subcommand_name(), Some("clean" | "explain" | "langs"));
    let Some(path) = config::find(named).filter(|_| reads_settings) else {
        return finish(command, given);
    };
    let command = config::apply(command, &path, &given).map_err(Stop::Failure)?;
    let matches = command.clone().try_get_matches().map_err(Stop::Clap)?;
    finish(command, matches)
}

fn finish(command: clap::Command, matches: ArgMatches) -> Result<(Cli, clap::Command), Stop> {
    let mut cli = Cli::from_arg_matches(&matches).map_err(Stop::Clap)?;
    let rules = config::added_up(&command, &matches, "rules");
    let disable = config::added_up(&command, &matches, "disable");
    let cleaning = match &mut cli.command {
        Command::Clean(clean) => Some(&mut clean.cleaning),
        Command::Explain(explain) => Some(&mut explain.cleaning),
        _ => None,
    };
    if let Some(cleaning) = cleaning {
        cleaning.rules.splice(0..0, rules.into_iter().map(PathBuf::from));
        let disable = disable.into_iter().map(|id| id.to_string_lossy().into_owned());
        cleaning.disable.splice(0..0, disable);
    }
    Ok((cli, command))
}

fn run(cli: &Cli, mut command: clap::Command, messages: &Messages) -> Result<ExitCode, Failure> {
    let (name, ended) = match &cli.command {
        Command::Clean(args) => ("clean", clean::run(args, messages)?),
        Command::Explain(args) => ("explain", explain::run(args, messages)?),
        Command::Langs(args) => ("langs", langs::run(args, messages)?),
        Command::Rules(args) => ("rules", Some(rules::run(&args.command)?)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut command, "limpio", &mut script);
            readers::print(&String::from_utf8_lossy(&script))?;
            ("completions", Some(ExitCode::SUCCESS))
        }
        Command::Man => {
            readers::print(&manual(command.clone()).map_err(Failure::stdout)?)?;
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

/// One page with all commands.
fn manual(mut command: clap::Command) -> io::Result<String> {
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let part = clap_mangen::Man::new(command.clone());
        writeln!(page, ".SH \"LIMPIO {}\"", command.get_name().to_uppercase())?;
        part.render_synopsis_section(&mut page)?;
        part.render_description_section(&mut page)?;
        part.render_options_section(&mut page)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
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
