//! Why a command ends early, and the exit status of each way to end.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::io::outputs::Refusal;

/// Some documents failed; the others are complete.
pub const SOME_FAILED: u8 = 1;
/// Wrong usage or settings; nothing was touched.
pub const USAGE: u8 = 2;
/// Ended by Ctrl-C: 128 + SIGINT, as shells say it.
pub const INTERRUPTED: u8 = 130;

/// Why a command ended before its work was done.
#[derive(Debug)]
pub enum Failure {
    /// A setting, a PATH or a rule is wrong; nothing was touched.
    Usage(String),
    /// Results cannot be written.
    Fatal(String),
    /// Nobody reads the output any more. Not an error: `| head` has seen enough.
    ClosedPipe,
}

impl Failure {
    /// A failure to write to a place that all documents share. A closed pipe counts: records would
    /// be lost in silence.
    pub fn writing(place: &str, error: &io::Error) -> Failure {
        Failure::Fatal(format!("{place}: {}", why(error)))
    }

    /// A failure to write to standard output.
    pub fn stdout(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::writing("standard output", &error),
        }
    }

    /// A file that the user named cannot be used.
    pub fn unusable(path: &Path, error: &io::Error) -> Failure {
        let message = format!("{}: {}", path.display(), why(error));
        match error.kind() {
            // Nothing is wrong with what the user said.
            io::ErrorKind::StorageFull => Failure::Fatal(message),
            _ => Failure::Usage(message),
        }
    }

    /// What to tell the user.
    pub fn message(&self) -> Option<&str> {
        match self {
            Failure::Usage(message) | Failure::Fatal(message) => Some(message),
            Failure::ClosedPipe => None,
        }
    }

    /// The exit status.
    pub fn status(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(USAGE),
            Failure::Fatal(_) => ExitCode::from(SOME_FAILED),
            Failure::ClosedPipe => ExitCode::SUCCESS,
        }
    }
}

impl From<limpio::Error> for Failure {
    fn from(error: limpio::Error) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Usage(refusal.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

/// The error of the sink that stopped a cleaner.
pub fn sink_error(error: &limpio::Error) -> io::Error {
    match error.io() {
        Some(error) => match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => error.kind().into(),
        },
        None => io::Error::other(error.to_string()),
    }
}

/// An error of the system in the style of our messages: lower case, without its number.
pub fn why(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    let first = characters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_read_like_ours() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(why(&error), "no such file or directory");
        assert_eq!(why(&io::Error::other("odd")), "odd");
    }
}
