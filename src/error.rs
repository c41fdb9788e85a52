//! The one error type of the library.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, with the place where it did.
///
/// A message says what happened, to which file and line, and what to try:
/// `rules/mine.toml:8: shop.cart: matches its own counter-example "El carrito de bebé"`.
#[derive(Debug)]
pub struct Error(Box<Details>);

/// In a place of their own: results are handed on many times for every line, and few hold an error.
#[derive(Debug)]
struct Details {
    kind: Kind,
    path: Option<PathBuf>,
    line: Option<u64>,
    rule: Option<Box<str>>,
}

#[derive(Debug)]
enum Kind {
    Io(io::Error),
    /// A setting, a name or a rule that is not what it should be.
    Invalid(String),
}

impl Error {
    /// A setting or a name that is not valid.
    pub(crate) fn invalid(message: impl Into<String>) -> Error {
        Error::new(Kind::Invalid(message.into()))
    }

    /// An unknown name, with the nearest of the known ones, or all of them if they are few.
    pub(crate) fn unknown<'k>(
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Error {
        const LONGEST_LIST: usize = 24;
        let known: Vec<&str> = known.into_iter().collect();
        let lower = name.to_lowercase();
        let same = known.iter().find(|candidate| candidate.to_lowercase() == lower);
        let nearest = known
            .iter()
            .map(|candidate| (edit_distance(name, candidate), candidate))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, candidate)| *distance <= (candidate.len() / 2).max(2));
        let nearest = same.or(nearest.map(|(_, candidate)| candidate));
        Error::invalid(match nearest {
            Some(nearest) => format!("unknown {what} `{name}`: did you mean `{nearest}`?"),
            None if known.len() > LONGEST_LIST => format!("unknown {what} `{name}`"),
            None => format!("unknown {what} `{name}`: expected one of {}", known.join(", ")),
        })
    }

    fn new(kind: Kind) -> Error {
        Error(Box::new(Details { kind, path: None, line: None, rule: None }))
    }

    pub(crate) fn at_path(mut self, path: impl Into<PathBuf>) -> Error {
        self.0.path = Some(path.into());
        self
    }

    pub(crate) fn at_line(mut self, line: u64) -> Error {
        self.0.line = Some(line);
        self
    }

    pub(crate) fn at_rule(mut self, rule: &str) -> Error {
        self.0.rule = Some(rule.into());
        self
    }

    /// The file, where there is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The line in that file, from 1.
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The id of the rule that is wrong.
    pub fn rule(&self) -> Option<&str> {
        self.0.rule.as_deref()
    }

    /// The error of the reader or writer, where that is what failed.
    pub fn io(&self) -> Option<&io::Error> {
        match &self.0.kind {
            Kind::Io(error) => Some(error),
            _ => None,
        }
    }

    /// Whether a setting, a name or a rule is wrong, rather than a document or a device.
    pub fn is_invalid_setting(&self) -> bool {
        matches!(self.0.kind, Kind::Invalid(_))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::new(Kind::Io(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{}:", path.display())?;
        }
        if let Some(line) = self.0.line {
            write!(f, "{line}:")?;
        }
        if self.0.path.is_some() || self.0.line.is_some() {
            f.write_str(" ")?;
        }
        if let Some(rule) = &self.0.rule {
            write!(f, "{rule}: ")?;
        }
        match &self.0.kind {
            Kind::Io(error) => write!(f, "{error}"),
            Kind::Invalid(message) => f.write_str(message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            Kind::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Levenshtein distance over characters, for "did you mean".
///
/// Both strings are cut at 64 characters: names of options and rules are shorter.
fn edit_distance(a: &str, b: &str) -> usize {
    const LONGEST_NAME: usize = 64;
    let b: Vec<char> = b.chars().take(LONGEST_NAME).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(LONGEST_NAME).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_answered_with_what_was_meant() {
        let error = Error::unknown("stage", "mojibak", ["mojibake", "normalize"]);
        assert_eq!(error.to_string(), "unknown stage `mojibak`: did you mean `mojibake`?");
    }

    #[test]
    fn a_name_like_no_other_is_answered_with_the_list() {
        let error = Error::unknown("language", "xx-klingon", ["es", "en"]);
        assert_eq!(error.to_string(), "unknown language `xx-klingon`: expected one of es, en");
    }

    #[test]
    fn letter_case_is_no_other_name_and_long_lists_are_not_told() {
        let error = Error::unknown("rule", "WP.REPLY", ["wp.reply", "wp"]);
        assert_eq!(error.to_string(), "unknown rule `WP.REPLY`: did you mean `wp.reply`?");
        let error = Error::unknown("rule", "xyzzy", ["a-long-name"; 100]);
        assert_eq!(error.to_string(), "unknown rule `xyzzy`");
    }

    #[test]
    fn the_place_stands_before_the_message() {
        let error = Error::invalid("phrase is empty").at_path("a.toml").at_line(8).at_rule("x.y");
        assert_eq!(error.to_string(), "a.toml:8: x.y: phrase is empty");
    }
}
