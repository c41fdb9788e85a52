//! The manual page, in roff, made from the command line that is parsed.
//!
//! One page holds all commands. Options that several commands share are described once, under
//! their headings; those of one command stand with it.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::args::{EXAMPLES, EXIT_STATUS};

/// Headings of options that commands share.
const SHARED: &[&str] = &["Inputs", "Cleaning", "Outputs", "Messages"];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LIMPIO_CONFIG", "The settings file, where --config names none."),
    ("NO_COLOR", "If it is set and not empty, nothing is coloured unless --color says always."),
    ("TERM", "If it is dumb or empty, the same."),
    ("COLUMNS", "The width of a page of limpio explain, where the terminal does not tell it."),
];

const FILES: &[(&str, &str)] = &[
    (
        "limpio.toml",
        "Settings: the long names of options as keys, as in level = \"cautious\". The nearest one \
         upward from the working folder holds; options of the command line win.",
    ),
    (
        "DIR/.limpio-state",
        "What --resume knows: a line per clean file with the size and time of its input, and a \
         hash of settings, rules and version.",
    ),
    (
        ".limpio-tmp-*",
        "Files that are being written. What a killed run leaves behind goes with the next \
         --resume or --overwrite.",
    ),
];

/// The page.
pub fn page(mut command: Command) -> String {
    command.build();
    let mut page = String::new();
    let version = command.get_version().unwrap_or_default();
    let about = |command: &Command| {
        let text = command.get_long_about().or(command.get_about());
        text.map(ToString::to_string).unwrap_or_default()
    };
    page += &format!(".TH limpio 1 \"\" \"limpio {version}\" \"User Commands\"\n");
    let name = env!("CARGO_PKG_DESCRIPTION");
    page += &format!(".SH NAME\nlimpio \\- {}\n", text(name));
    page += ".SH SYNOPSIS\n.nf\n";
    let commands: Vec<Command> = commands(&command);
    for command in &commands {
        page += &format!("{}\n", usage(command));
    }
    page += ".fi\n.SH DESCRIPTION\n";
    paragraphs(&mut page, &about(&command));
    page += ".SH COMMANDS\n";
    for command in &commands {
        page += &format!(".SS \"{}\"\n", usage(command));
        paragraphs(&mut page, &about(command));
        let own = command.get_arguments().filter(|option| !is_shared(option));
        for option in own.filter(|option| is_told(option)) {
            entry(&mut page, option);
        }
    }
    page += ".SH OPTIONS\n";
    for heading in SHARED {
        page += &format!(".SS {heading}\n");
        let mut seen = Vec::new();
        for option in commands.iter().flat_map(Command::get_arguments) {
            let is_here = option.get_help_heading() == Some(heading) && is_told(option);
            if is_here && !seen.contains(&option.get_id()) {
                seen.push(option.get_id());
                entry(&mut page, option);
            }
        }
    }
    page += ".SH EXIT STATUS\n";
    for (status, meaning) in EXIT_STATUS {
        let _ = write!(page, ".TP\n\\fB{status}\\fR\n{}\n", text(meaning));
    }
    for (heading, entries) in [("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)] {
        page += &format!(".SH {heading}\n");
        for (name, meaning) in entries {
            let _ = write!(page, ".TP\n\\fB{}\\fR\n{}\n", text(name), text(meaning));
        }
    }
    page += ".SH EXAMPLES\n.nf\n";
    for example in EXAMPLES {
        page += &format!("{}\n", text(example));
    }
    page + ".fi\n"
}

/// Every command that does something, in order.
fn commands(command: &Command) -> Vec<Command> {
    let told = command.get_subcommands().filter(|command| command.get_name() != "help");
    told.flat_map(
        |command| {
            if command.has_subcommands() { commands(command) } else { vec![command.clone()] }
        },
    )
    .collect()
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    text(usage.trim_start_matches("Usage: ").trim())
}

fn is_shared(option: &Arg) -> bool {
    option.get_help_heading().is_some_and(|heading| SHARED.contains(&heading))
}

fn is_told(option: &Arg) -> bool {
    !option.is_hide_set() && !matches!(option.get_id().as_str(), "help" | "version")
}

/// Names and value of an option, and what it does.
fn entry(page: &mut String, option: &Arg) {
    let value = option.get_value_names().and_then(|names| names.first());
    let mut names: Vec<String> = Vec::new();
    names.extend(option.get_short().map(|short| format!("\\fB\\-{short}\\fR")));
    names.extend(option.get_long().map(|long| format!("\\fB{}\\fR", text(&format!("--{long}")))));
    let mut head = names.join(", ");
    if let Some(value) = value.filter(|_| option.get_action().takes_values()) {
        let space = if head.is_empty() { "" } else { " " };
        let _ = write!(head, "{space}\\fI{}\\fR", text(value));
    }
    let help = option.get_long_help().or(option.get_help());
    let mut told = help.map(ToString::to_string).unwrap_or_default();
    let known = option.get_possible_values();
    let is_flag = !option.get_action().takes_values();
    if !known.is_empty() && !is_flag && known.len() < 20 {
        let known: Vec<&str> = known.iter().map(|value| value.get_name()).collect();
        let _ = write!(told, ": {}", known.join(", "));
    }
    let default: Vec<_> =
        option.get_default_values().iter().map(|it| it.to_string_lossy()).collect();
    if !default.is_empty() && !is_flag {
        let _ = write!(told, " (default {})", default.join(","));
    }
    let _ = write!(page, ".TP\n{head}\n{}\n", text(&told));
}

fn paragraphs(page: &mut String, about: &str) {
    for (index, paragraph) in about.split("\n\n").enumerate() {
        if index > 0 {
            page.push_str(".PP\n");
        }
        let _ = writeln!(page, "{}", text(&paragraph.replace('\n', " ")));
    }
}

/// Text in which nothing is markup.
fn text(text: &str) -> String {
    let mut escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq");
    if escaped.starts_with(['.', '\'']) {
        escaped.insert_str(0, "\\&");
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_page_describes_every_option_once() {
        let page = page(Cli::command());
        for heading in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "COMMANDS",
            "OPTIONS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
        ] {
            assert_eq!(page.matches(&format!("\n.SH {heading}\n")).count(), 1, "{heading}");
        }
        for option in ["level", "text\\-field", "report", "quiet", "tolerate", "only\\-dropped"] {
            let head = format!("\\fB\\-\\-{option}\\fR");
            assert_eq!(page.matches(&head).count(), 1, "{option}");
        }
        assert!(page.contains("\nlimpio clean [OPTIONS] [PATH]...\n"), "{page}");
        assert!(page.contains("\nlimpio rules check [OPTIONS] <FILE>...\n"), "{page}");
        assert!(!page.contains("(1)") && !page.contains("\n.br"));
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(text(".limpio-tmp"), "\\&.limpio\\-tmp");
        assert_eq!(text("a\\b"), "a\\eb");
    }
}
