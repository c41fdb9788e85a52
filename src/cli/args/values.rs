//! What the values of options mean.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use limpio::lang::Language;

use crate::io::inputs::Shard;

/// How many failed documents still make a good run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    AtMost(u64),
    All,
}

/// What `--drop-spam-docs` alone stands for: [`limpio::DROP_SPAM_DOCUMENTS`].
pub(super) const DROP_SPAM_DOCS: &str = "0.8";

/// The command line, with the score of `--drop-spam-docs 0.9` joined to it: without a score the
/// option stands before a PATH, and a PATH is no number.
pub fn arguments(given: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut options_ended = false;
    for argument in given {
        options_ended |= argument == "--";
        let is_score = argument.to_str().is_some_and(|text| score(text).is_ok());
        match joined.last_mut() {
            Some(last) if is_score && !options_ended && *last == "--drop-spam-docs" => {
                last.push("=");
                last.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

/// A score that a document can have.
pub(super) fn score(text: &str) -> Result<f64, String> {
    let score = text.parse::<f64>().ok().filter(|score| *score > 0.0 && *score <= 1.0);
    score.ok_or_else(|| "expected a score over 0, up to 1, such as 0.8".into())
}

/// A label that the library knows.
pub(super) fn encoding(label: &str) -> Result<String, String> {
    match limpio::Pipeline::builder().encoding(label) {
        Ok(_) => Ok(label.to_owned()),
        Err(error) => {
            let error = error.to_string();
            let what = error.split_once(": expected one of ").map(|(what, _)| what);
            Err(match what {
                Some(what) => format!("{what}: expected auto or a WHATWG label such as utf-8"),
                None => error,
            })
        }
    }
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(number, of)| {
        Some(Shard { number: number.parse().ok()?, of: of.parse().ok()? })
    });
    parts
        .filter(|shard| shard.number >= 1 && shard.number <= shard.of)
        .ok_or_else(|| "expected I/N with I from 1 to N, such as 1/4".into())
}

pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a number from 1".into())
}

pub(super) fn tolerance(text: &str) -> Result<Tolerance, String> {
    match text {
        "all" => Ok(Tolerance::All),
        number => number
            .parse()
            .map(Tolerance::AtMost)
            .map_err(|_| "expected a number of documents or `all`".into()),
    }
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    match text.parse() {
        Ok(Language::None) => {
            Err("lines without a language follow their neighbours: name es, en or other".into())
        }
        Ok(language) => Ok(language),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_after_drop_spam_docs_is_its_score_and_a_path_is_not() {
        let joined = |line: &str| {
            let words = line.split(' ').map(OsString::from);
            let joined: Vec<String> =
                arguments(words).into_iter().filter_map(|word| word.into_string().ok()).collect();
            joined.join(" ")
        };
        for (given, want) in [
            ("clean --drop-spam-docs 0.9 a.txt", "clean --drop-spam-docs=0.9 a.txt"),
            ("clean --drop-spam-docs a.txt", "clean --drop-spam-docs a.txt"),
            ("clean --drop-spam-docs=0.9 1", "clean --drop-spam-docs=0.9 1"),
            ("clean -- --drop-spam-docs 1", "clean -- --drop-spam-docs 1"),
        ] {
            assert_eq!(joined(given), want);
        }
        assert_eq!(DROP_SPAM_DOCS.parse(), Ok(limpio::DROP_SPAM_DOCUMENTS));
    }

    #[test]
    fn a_shard_is_one_of_its_parts() {
        assert_eq!(shard("2/3"), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["0/3", "4/3", "1/0", "1", "a/b", "1/2/3", "-1/2", ""] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
