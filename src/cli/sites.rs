//! Which site a document is of: for rules that were learned on one.
//!
//! What the user names wins, then a field of the record (its URL), then the first folder below
//! the PATH. A file right in the folder of a PATH is of the site that the folder is called after.

use std::path::{Component, Path};

use limpio::learn::site_of;
use limpio::rules::NO_SITE;

use super::args::SiteArgs;
use crate::io::source::Source;

/// How sites are told.
#[derive(Debug, Clone)]
pub struct Sites {
    /// The site of every document.
    named: Option<String>,
}

impl Sites {
    /// What the options say.
    pub fn new(args: &SiteArgs) -> Sites {
        Sites { named: args.site.as_deref().map(site_of) }
    }

    /// The site of a file, and of its records that name none.
    pub fn of_source(&self, source: &Source) -> String {
        if let Some(named) = &self.named {
            return named.clone();
        }
        if source.is_stdin() {
            return NO_SITE.to_owned();
        }
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut folders = source.place.parent().into_iter().flat_map(Path::components);
        let first = folders.find_map(|folder| match folder {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        let folder = first.or_else(|| source.path.parent().and_then(name));
        folder.filter(|name| !name.is_empty()).unwrap_or_else(|| NO_SITE.to_owned())
    }

    /// The site of a record of a file: `field` is what its site field says, if it has one.
    pub fn of_record(&self, field: Option<&str>, of_source: &str) -> String {
        let named = field.filter(|_| self.named.is_none()).map(site_of);
        named.filter(|site| !site.is_empty()).unwrap_or_else(|| of_source.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(path: &str, place: &str) -> String {
        let sites = Sites { named: None };
        sites.of_source(&Source { path: path.into(), place: place.into() })
    }

    #[test]
    fn the_first_folder_below_the_path_is_the_site() {
        for (path, place, expected) in [
            ("crawl/a.example/x/1.txt", "a.example/x/1.txt", "a.example"),
            ("crawl/1.txt", "1.txt", "crawl"),
            ("./crawl/1.txt", "1.txt", "crawl"),
            ("1.txt", "1.txt", "-"),
            ("../1.txt", "1.txt", "-"),
            ("/1.txt", "1.txt", "-"),
            ("-", "-", "-"),
        ] {
            assert_eq!(site(path, place), expected, "{path}");
        }
    }

    #[test]
    fn what_a_record_says_wins_and_what_the_user_says_wins_over_all() {
        let sites = Sites { named: None };
        assert_eq!(sites.of_record(Some("https://www.a.example/x"), "crawl"), "a.example");
        assert_eq!(sites.of_record(Some(" "), "crawl"), "crawl");
        assert_eq!(sites.of_record(None, "crawl"), "crawl");
        let sites = Sites { named: Some("b".into()) };
        assert_eq!(sites.of_record(Some("https://a.example/"), "b"), "b");
        let source = Source { path: "x/1.txt".into(), place: "1.txt".into() };
        assert_eq!(sites.of_source(&source), "b");
    }
}
