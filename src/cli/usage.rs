//! Help, version and what is wrong with a command line, in our own words.
//!
//! The parser knows what is wrong; here it is said as every other message is:
//! `limpio: --level: unknown value `mild`: expected one of ...`, then the usage. Help goes to
//! standard output and fails as every output does.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, ValueEnum};

use super::args::{Cli, Color};
use super::failure::{Failure, USAGE};
use super::messages::{printable, wants_colours};
use super::readers::print;

/// More names than these are not listed in a message.
const LONGEST_LIST: usize = 12;

/// What `--color` says, before the command line is parsed.
pub fn color(arguments: impl Iterator<Item = OsString>) -> Color {
    let mut color = Color::Auto;
    let mut is_value = false;
    for argument in arguments.take_while(|argument| argument != "--") {
        let text = argument.to_string_lossy();
        let value = if std::mem::take(&mut is_value) {
            Some(&*text)
        } else {
            is_value = text == "--color";
            text.strip_prefix("--color=")
        };
        if let Some(named) = value.and_then(|name| Color::from_str(name, false).ok()) {
            color = named;
        }
    }
    color
}

/// Shows the help or the version, or says what is wrong.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn answer(error: &clap::Error, color: Color) -> Result<ExitCode, Failure> {
    let styled = error.render();
    let rendered = |colours: bool| {
        if colours { styled.ansi().to_string() } else { styled.to_string() }
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print(&rendered(wants_colours(color, io::stdout().is_terminal())))?;
            Ok(ExitCode::SUCCESS)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // Nobody may be listening; the exit status says it all.
            let help = rendered(wants_colours(color, io::stderr().is_terminal()));
            let _ = io::stderr().write_all(help.as_bytes());
            Ok(ExitCode::from(USAGE))
        }
        _ => {
            let mut text = format!("limpio: {}\n", printable(&with_option(error)));
            if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
                text += &usage_of(&usage.to_string());
            }
            let _ = io::stderr().write_all(text.as_bytes());
            Ok(ExitCode::from(USAGE))
        }
    }
}

/// The usage of the command that the parser was at, by its own idea of that.
fn usage_of(parsed: &str) -> String {
    let mut command = Cli::command();
    command.build();
    let words = parsed.trim().trim_start_matches("Usage: ").split_whitespace().skip(1);
    for word in words {
        match command.find_subcommand(word) {
            Some(inner) => command = inner.clone(),
            None => break,
        }
    }
    let usage = command.render_usage().to_string();
    let name = command.get_bin_name().unwrap_or("limpio");
    format!("{}\nFor more, see `{name} --help`.\n", usage.trim())
}

/// What is wrong, with the option that it is about in front.
fn with_option(error: &clap::Error) -> String {
    match (error.kind(), text(error, ContextKind::InvalidArg)) {
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, Some(option)) => {
            let option = option.split([' ', '=']).next().unwrap_or_default();
            let option = option.trim_matches(['<', '>', '[', ']', '.']);
            format!("{option}: {}", said(error))
        }
        _ => said(error),
    }
}

/// What is wrong with a value, an option or a command.
pub fn said(error: &clap::Error) -> String {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let first = |kind| names(error, kind).into_iter().next();
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => {
            let known = names(error, ContextKind::ValidValue);
            if known.is_empty() {
                return "a value is missing".into();
            }
            format!("a value is missing: expected one of {}", known.join(", "))
        }
        ErrorKind::InvalidValue => {
            let known = names(error, ContextKind::ValidValue);
            let near = first(ContextKind::SuggestedValue);
            unknown("value", &value, &known, near)
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            // What the library says names the value.
            if why.starts_with("unknown ") { why } else { format!("`{value}`: {why}") }
        }
        ErrorKind::UnknownArgument => match first(ContextKind::SuggestedArg) {
            Some(near) => format!("unexpected argument `{argument}`: did you mean `{near}`?"),
            None => format!("unexpected argument `{argument}`"),
        },
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            if name == "-" || Path::new(&name).exists() {
                return format!("no command `{name}`: did you mean `limpio clean {name}`?");
            }
            // The parser names the nearest last.
            let near = names(error, ContextKind::SuggestedSubcommand).pop();
            unknown("command", &name, &[], near)
        }
        ErrorKind::ArgumentConflict => match first(ContextKind::PriorArg) {
            Some(other) if other != argument => {
                format!("`{argument}` cannot be used with `{other}`")
            }
            _ => format!("`{argument}` stands more than once"),
        },
        ErrorKind::MissingRequiredArgument => {
            format!("missing: {}", names(error, ContextKind::InvalidArg).join(", "))
        }
        ErrorKind::MissingSubcommand => "missing: a command".into(),
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    }
}

/// ``unknown value `x`: did you mean `y`?``, or else the names that are known, if they are few.
pub fn unknown(what: &str, name: &str, known: &[String], near: Option<String>) -> String {
    let same = known.iter().find(|known| known.to_lowercase() == name.to_lowercase());
    let close = || {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        similar::get_close_matches(name, &known, 1, 0.6).first().map(|near| (*near).to_owned())
    };
    if let Some(same) = same {
        return format!("unknown {what} `{name}`: did you mean `{same}`?");
    }
    let mut message = format!("unknown {what} `{name}`:");
    if let Some(near) = near.or_else(close) {
        message += &format!(" did you mean `{near}`?");
    }
    if !known.is_empty() && known.len() <= LONGEST_LIST {
        message += &format!(" expected one of {}", known.join(", "));
    }
    message.trim_end_matches(':').to_owned()
}

fn names(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        Some(ContextValue::StyledStr(name)) => vec![name.to_string()],
        _ => Vec::new(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    names(error, kind).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_one_style() {
        for (arguments, says) in [
            (&["clean", "--level", "mild"][..], "--level: unknown value `mild`: expected one of"),
            (&["clean", "--level", "BALANCED"], "--level: unknown value `BALANCED`: did you mean"),
            (&["clean", "--lvel", "x"], "unexpected argument `--lvel`: did you mean `--level`?"),
            (&["clean", "-j", "x"], "--jobs: `x`: expected a number from 1"),
            (&["clean", "--level"], "--level: a value is missing: expected one of cautious, "),
            (&["clean", "--only", "spam", "--skip", "spam"], "`--only <STAGES>` cannot be used"),
            (&["clean", "-0"], "missing: --files-from <FILE>"),
            (&["cleen"], "unknown command `cleen`: did you mean `clean`?"),
            (&["rules", "check"], "missing: <FILE>..."),
        ] {
            let arguments = ["limpio"].iter().chain(arguments);
            let error = Cli::command().try_get_matches_from(arguments).unwrap_err();
            let message = with_option(&error);
            assert!(message.starts_with(says), "{message}");
        }
    }

    #[test]
    fn colours_are_known_before_anything_is_parsed() {
        let color = |arguments: &[&str]| color(arguments.iter().map(OsString::from));
        assert_eq!(color(&["clean", "--color", "never"]), Color::Never);
        assert_eq!(color(&["--color=always", "--nope"]), Color::Always);
        assert_eq!(color(&["clean", "--", "--color=never"]), Color::Auto);
    }
}
