//! Messages on standard error, and whether output is coloured.
//!
//! Every message goes through here: `limpio: PATH: what: why`. Names of files and fields are the world's
//! to choose, so control and bidirectional characters are escaped. Nobody may be listening:
//! errors of standard error are passed over.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use indicatif::MultiProgress;

use super::args::{Color, Global};

/// How much is said, and in which colours.
#[derive(Debug, Clone)]
pub struct Messages {
    quiet: bool,
    verbose: bool,
    color: Color,
    no_progress: bool,
    /// Progress bars, which must make room for a message.
    bars: MultiProgress,
}

impl Messages {
    /// What the options ask for.
    pub fn new(options: &Global) -> Messages {
        Messages {
            quiet: options.quiet,
            verbose: options.verbose,
            color: options.color,
            no_progress: options.no_progress,
            bars: MultiProgress::new(),
        }
    }

    /// Something failed. Said even with `--quiet`.
    pub fn error(&self, message: &str) {
        self.say(message);
    }

    /// Something the user should know.
    pub fn warn(&self, message: &str) {
        if !self.quiet {
            self.say(message);
        }
    }

    /// Something that only `--verbose` asks for.
    pub fn note(&self, message: &str) {
        if self.verbose {
            self.say(message);
        }
    }

    /// How a batch went: for those who watch, or ask for it.
    pub fn summary(&self, message: &str) {
        if !self.quiet && (self.verbose || io::stderr().is_terminal()) {
            self.say(message);
        }
    }

    fn say(&self, message: &str) {
        let line = format!("limpio: {}\n", printable(message));
        self.bars.suspend(|| {
            let _ = io::stderr().write_all(line.as_bytes());
        });
    }

    /// Whether `--verbose` is given.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Where progress bars are added; `None` where there should be none.
    pub fn bars(&self) -> Option<&MultiProgress> {
        let shown = !self.quiet && !self.no_progress && io::stderr().is_terminal();
        shown.then_some(&self.bars)
    }

    /// Whether standard output is to be coloured.
    pub fn colours_stdout(&self) -> bool {
        wants_colours(self.color, io::stdout().is_terminal())
    }
}

/// Whether a handle is to be coloured.
pub fn wants_colours(color: Color, is_terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb =
                std::env::var_os("TERM").is_some_and(|term| term == "dumb" || term.is_empty());
            is_terminal && !no_color && !dumb
        }
    }
}

/// `1 line`, `2 lines`.
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Text as a terminal may show it: control characters and those that turn the direction of text
/// are escaped.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_bidi(character) {
            let _ = write!(shown, "{}", character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Source: Unicode 17, Bidi_Control.
fn is_bidi(character: char) -> bool {
    matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_play_with_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\n\u{202e}ñ \u{9b}"), "a\\u{1b}[2Jb\\n\\u{202e}ñ \\u{9b}");
    }
}
