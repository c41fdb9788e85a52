//! Languages: Spanish, English, other or none, by line and by span.

use std::fmt;

/// The language of a piece of text.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
    /// Any other language.
    Other,
    /// No language: numbers, code, addresses, emoji.
    None,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Es => "es",
            Language::En => "en",
            Language::Other => "other",
            Language::None => "none",
        })
    }
}
