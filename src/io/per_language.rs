//! The names of clean files that hold one language each: `a.txt.gz` becomes `a.es.txt.gz`.
//!
//! The code of the language stands before the extension, and the extension of an archive is two
//! words long. No two inputs share a name this way; but what `a.txt` becomes may be the name of
//! another input, which [`super::outputs::check`] refuses.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Where the text of one language goes: the place of the input with the language in its name.
pub fn place_in(place: &Path, lang: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default();
    let (stem, extension) = parts(name);
    let mut named = OsString::from(stem);
    named.push(".");
    named.push(lang);
    named.push(extension);
    place.with_file_name(named)
}

/// The place of the input whose text in this language goes to `place`, if there can be one.
pub fn place_of(place: &Path, lang: &str) -> Option<PathBuf> {
    // The language is the last, the second or the third word from the end.
    let mut head = Path::new(place.file_name()?);
    let mut tail = OsString::new();
    for _ in 0..3 {
        let (stem, word) = (head.file_stem()?, head.extension()?);
        if word == lang {
            let mut name = stem.to_owned();
            name.push(&tail);
            let source = place.with_file_name(name);
            if place_in(&source, lang) == place {
                return Some(source);
            }
        }
        tail = [OsStr::new("."), word, &tail].into_iter().collect();
        head = Path::new(stem);
    }
    None
}

/// A file name and its extension with the dot; `.gz` and `.zst` take the one before along.
fn parts(name: &OsStr) -> (&OsStr, OsString) {
    let path = Path::new(name);
    let (Some(stem), Some(last)) = (path.file_stem(), path.extension()) else {
        return (name, OsString::new());
    };
    let dotted = |extension: &OsStr| {
        let mut dotted = OsString::from(".");
        dotted.push(extension);
        dotted
    };
    let is_packed = last.eq_ignore_ascii_case("gz") || last.eq_ignore_ascii_case("zst");
    let inner = Path::new(stem);
    match (inner.file_stem(), inner.extension()) {
        (Some(inner), Some(extension)) if is_packed => {
            let mut both = dotted(extension);
            both.push(dotted(last));
            (inner, both)
        }
        _ => (stem, dotted(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_stands_before_the_extension() {
        for (place, expected) in [
            ("a.txt", "a.es.txt"),
            ("sub/b.txt.gz", "sub/b.es.txt.gz"),
            ("c.d.jsonl.zst", "c.d.es.jsonl.zst"),
            ("c.gz", "c.es.gz"),
            ("e", "e.es"),
            (".hidden", ".hidden.es"),
            ("f.es.txt", "f.es.es.txt"),
        ] {
            assert_eq!(place_in(Path::new(place), "es"), Path::new(expected));
            assert_eq!(place_of(Path::new(expected), "es"), Some(PathBuf::from(place)));
        }
    }

    #[test]
    fn names_without_the_language_come_from_no_input() {
        for name in ["a.txt", "a.en.txt", "es", "es.txt", "a.es.b.txt"] {
            assert_eq!(place_of(Path::new(name), "es"), None, "{name}");
        }
    }
}
