//! The four answers the detector gives.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The language of a text, a line or a span.
///
/// ```
/// use limpio::lang::Language;
///
/// assert_eq!("es".parse(), Ok(Language::Es));
/// assert_eq!(Language::Other.to_string(), "other");
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
    /// Any other language.
    Other,
    /// No language at all: numbers, code, addresses, emoji, nothing.
    None,
}

impl Language {
    /// All languages, in the order in which reports list them.
    pub(crate) const ALL: [Language; 4] =
        [Language::Es, Language::En, Language::Other, Language::None];

    /// The name used in records and options: `es`, `en`, `other` or `none`.
    ///
    /// ```
    /// assert_eq!(limpio::lang::Language::En.as_str(), "en");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Es => "es",
            Language::En => "en",
            Language::Other => "other",
            Language::None => "none",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Language {
    type Err = ParseLanguageError;

    fn from_str(name: &str) -> Result<Language, ParseLanguageError> {
        Language::ALL
            .into_iter()
            .find(|language| language.as_str() == name)
            .ok_or_else(|| ParseLanguageError { name: name.to_owned() })
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A name that is none of the four languages.
///
/// ```
/// let error = "spanish".parse::<limpio::lang::Language>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown language `spanish`: did you mean `es`?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseLanguageError {
    name: String,
}

impl fmt::Display for ParseLanguageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown language `{}`: ", self.name.escape_debug())?;
        match self.name.to_lowercase().as_str() {
            "es" | "spa" | "spanish" | "español" | "espanol" | "castellano" => {
                write!(f, "did you mean `es`?")
            }
            "en" | "eng" | "english" | "inglés" | "ingles" => write!(f, "did you mean `en`?"),
            _ => write!(f, "expected `es`, `en`, `other` or `none`"),
        }
    }
}

impl Error for ParseLanguageError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
            assert_eq!(serde_json::to_string(&language).ok(), Some(format!("\"{language}\"")));
        }
    }

    #[test]
    fn wrong_names_are_explained() {
        for (name, hint) in [
            ("ES", "unknown language `ES`: did you mean `es`?"),
            ("eng", "unknown language `eng`: did you mean `en`?"),
            ("fr", "unknown language `fr`: expected `es`, `en`, `other` or `none`"),
            ("a\u{1b}b", "unknown language `a\\u{1b}b`: expected `es`, `en`, `other` or `none`"),
        ] {
            assert_eq!(name.parse::<Language>().map_err(|e| e.to_string()), Err(hint.to_owned()));
        }
    }
}
