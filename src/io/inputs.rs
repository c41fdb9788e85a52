//! PATHs, folders, globs and shards: a lazy, sorted walk of sources.
//!
//! Folders are walked in the order of their names, without following symbolic links and without
//! regard to any `.gitignore`. A PATH given by name is always taken, whatever the filters say. Only
//! one folder level per depth is held in memory, never the list of files.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use super::atomic::is_own;
use super::disk;
use super::source::{STDIN, Source};
use limpio::stable_hash;

/// A PATH of the user, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `-`.
    Stdin,
    /// Anything that can be read: a file, a pipe, a device.
    File(PathBuf),
    /// A folder, to be walked.
    Folder(PathBuf),
}

impl Root {
    /// Looks at a PATH.
    ///
    /// # Errors
    ///
    /// Those of the file system, above all that it does not exist.
    pub fn of(path: PathBuf) -> io::Result<Root> {
        if path.as_os_str() == STDIN {
            return Ok(Root::Stdin);
        }
        Ok(if disk::metadata(&path)?.is_dir() { Root::Folder(path) } else { Root::File(path) })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        match self {
            Root::Stdin => Path::new(STDIN),
            Root::File(path) | Root::Folder(path) => path,
        }
    }

    /// Where a file given by name goes below the output folder: its name alone.
    pub fn place(&self) -> PathBuf {
        PathBuf::from(self.path().file_name().unwrap_or_else(|| self.path().as_os_str()))
    }
}

/// One of N parts of the inputs, by a hash of the place of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub number: u64,
    /// At least `number`.
    pub of: u64,
}

impl Shard {
    fn holds(self, place: &Path) -> bool {
        stable_hash(place.as_os_str().as_encoded_bytes()) % self.of == self.number - 1
    }
}

/// Which files of a folder are taken.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Globs in the order given; the last that matches decides.
    pub globs: Vec<FileGlob>,
    /// Whether names that start with a dot are taken.
    pub hidden: bool,
    /// The part of the inputs that this run does.
    pub shard: Option<Shard>,
}

/// A glob of `-g`: without a slash it is compared with names, with one with paths below the folder;
/// a `!` in front excludes.
#[derive(Debug, Clone)]
pub struct FileGlob {
    matcher: GlobMatcher,
    whole_path: bool,
    excludes: bool,
}

impl FileGlob {
    /// Parses a glob.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn new(glob: &str) -> Result<FileGlob, String> {
        let (excludes, pattern) = match glob.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, glob),
        };
        let whole_path = pattern.trim_end_matches('/').contains('/');
        let pattern = pattern.trim_start_matches('/').trim_end_matches('/');
        if pattern.is_empty() {
            return Err("the glob is empty".into());
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        let matcher = glob.map_err(|error| error.kind().to_string())?.compile_matcher();
        Ok(FileGlob { matcher, whole_path, excludes })
    }

    fn matches(&self, place: &Path) -> bool {
        let subject = if self.whole_path { Some(place.as_os_str()) } else { place.file_name() };
        subject.is_some_and(|subject| self.matcher.is_match(Path::new(subject)))
    }
}

impl Filter {
    fn takes_file(&self, place: &Path) -> bool {
        let decided = self.globs.iter().rev().find(|glob| glob.matches(place));
        match decided {
            Some(glob) => !glob.excludes,
            None => self.globs.iter().all(|glob| glob.excludes),
        }
    }

    /// A folder is left out when an excluding glob is the last that matches it.
    fn enters(&self, place: &Path) -> bool {
        self.globs.iter().rev().find(|glob| glob.matches(place)).is_none_or(|glob| !glob.excludes)
    }

    fn takes_name(&self, name: &OsStr) -> bool {
        !is_own(name) && (self.hidden || !name.as_encoded_bytes().starts_with(b"."))
    }

    /// Whether a walk of a folder takes the file at this place below it.
    pub fn takes(&self, place: &Path) -> bool {
        place.iter().all(|name| self.takes_name(name))
            && place
                .ancestors()
                .skip(1)
                .filter(|at| !at.as_os_str().is_empty())
                .all(|at| self.enters(at))
            && self.takes_file(place)
    }
}

/// What a walk comes across.
#[derive(Debug)]
pub enum Found {
    /// A file to clean.
    Source(Source),
    /// A pipe, socket or device inside a folder, left alone.
    Special(PathBuf),
    /// A folder or file that cannot be looked at.
    Unreadable(PathBuf, io::Error),
}

/// All inputs of a run.
#[derive(Debug, Clone)]
pub struct Inputs {
    roots: Arc<[Root]>,
    filter: Arc<Filter>,
}

impl Inputs {
    /// The inputs below these PATHs.
    pub fn new(roots: Vec<Root>, filter: Filter) -> Inputs {
        Inputs { roots: roots.into(), filter: Arc::new(filter) }
    }

    /// The inputs of all shards.
    pub fn of_all_shards(&self) -> Inputs {
        let filter = Filter { shard: None, ..Filter::clone(&self.filter) };
        Inputs { roots: Arc::clone(&self.roots), filter: Arc::new(filter) }
    }

    /// The PATHs.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The one input, where it is one file or standard input.
    pub fn single(&self) -> Option<Source> {
        match &*self.roots {
            [root @ (Root::Stdin | Root::File(_))] => {
                Some(Source { path: root.path().to_owned(), place: root.place() })
            }
            _ => None,
        }
    }

    /// Whether a walk takes the file with this canonical path; for report files that might be inputs.
    ///
    /// # Errors
    ///
    /// The file system does not say where an input is.
    pub fn take_canonical(&self, file: &Path) -> io::Result<bool> {
        for root in self.roots.iter().filter(|root| **root != Root::Stdin) {
            let takes = match (root, disk::canonicalize(root.path())) {
                (Root::Folder(_), Ok(folder)) => {
                    file.strip_prefix(&folder).is_ok_and(|place| self.filter.takes(place))
                }
                (_, Ok(path)) => path == file,
                // Gone, or a pipe.
                (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => false,
                (_, Err(error)) => return Err(error),
            };
            if takes {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the clean file of some input stands at this place below the output folder.
    pub fn has_place(&self, place: &Path) -> bool {
        self.roots.iter().any(|root| match root {
            Root::Stdin => false,
            Root::File(_) => root.place() == place,
            Root::Folder(_) => self.taken_below(root, place).is_some(),
        })
    }

    /// The same, for the files of folders alone.
    pub fn have_below(&self, place: &Path) -> bool {
        let mut folders = self.roots.iter().filter(|root| matches!(root, Root::Folder(_)));
        folders.any(|folder| self.taken_below(folder, place).is_some())
    }

    /// Every input, in order; those of other shards are left out.
    pub fn walk(&self) -> impl Iterator<Item = Found> + Send + 'static {
        let inputs = self.clone();
        self.walk_all().filter(move |found| match found {
            Found::Source(source) => inputs.in_shard(source),
            // Every shard names what is wrong with a folder; a file belongs to one.
            _ => true,
        })
    }

    /// Whether this run does the input.
    pub fn in_shard(&self, source: &Source) -> bool {
        self.filter.shard.is_none_or(|shard| shard.holds(&source.place))
    }

    /// Every input of every shard, in order.
    pub fn walk_all(&self) -> impl Iterator<Item = Found> + Send + 'static {
        let (roots, filter) = (Arc::clone(&self.roots), Arc::clone(&self.filter));
        (0..roots.len()).flat_map(move |index| walk_root(roots[index].clone(), Arc::clone(&filter)))
    }

    /// The first two inputs that map to one output, where there are such.
    pub fn clash(&self) -> Option<(PathBuf, PathBuf)> {
        let mut names: HashMap<PathBuf, &Root> = HashMap::new();
        for root in self.roots.iter().filter(|root| matches!(root, Root::File(_))) {
            if let Some(other) = names.insert(root.place(), root) {
                return Some((other.path().to_owned(), root.path().to_owned()));
            }
        }
        let folders: Vec<&Root> =
            self.roots.iter().filter(|root| matches!(root, Root::Folder(_))).collect();
        for (name, file) in &names {
            let twin = folders.iter().find_map(|folder| self.taken_below(folder, name));
            if let Some(twin) = twin {
                return Some((file.path().to_owned(), twin));
            }
        }
        for (index, folder) in folders.iter().enumerate().skip(1) {
            let earlier = &folders[..index];
            for found in walk_root((*folder).clone(), Arc::clone(&self.filter)) {
                let Found::Source(source) = found else { continue };
                let twin = earlier.iter().find_map(|other| self.taken_below(other, &source.place));
                if let Some(twin) = twin {
                    return Some((twin, source.path));
                }
            }
        }
        None
    }

    /// The path of the file that a folder holds at this place, if a walk takes it.
    fn taken_below(&self, folder: &Root, place: &Path) -> Option<PathBuf> {
        let path = folder.path().join(place);
        let is_file = disk::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        (is_file && self.filter.takes(place)).then_some(path)
    }
}

fn walk_root(root: Root, filter: Arc<Filter>) -> Box<dyn Iterator<Item = Found> + Send> {
    let Root::Folder(folder) = root else {
        let source = Source { path: root.path().to_owned(), place: root.place() };
        return Box::new(std::iter::once(Found::Source(source)));
    };
    let base = folder.clone();
    let entered = Arc::clone(&filter);
    let entries = WalkDir::new(&folder)
        .follow_links(false)
        // Paths of one folder differ in the names at their ends, which are longer to find.
        .sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()))
        .into_iter()
        .filter_entry(move |entry| is_entered(entry, &base, &entered));
    Box::new(entries.filter_map(move |entry| match entry {
        Ok(entry) => {
            let place = entry.path().strip_prefix(&folder).ok()?.to_owned();
            let kind = entry.file_type();
            if kind.is_dir() || kind.is_symlink() || !filter.takes_file(&place) {
                None
            } else if kind.is_file() {
                Some(Found::Source(Source { path: entry.into_path(), place }))
            } else {
                Some(Found::Special(entry.into_path()))
            }
        }
        Err(error) => {
            let path = error.path().unwrap_or(&folder).to_owned();
            let error = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
            Some(Found::Unreadable(path, error))
        }
    }))
}

fn is_entered(entry: &DirEntry, base: &Path, filter: &Filter) -> bool {
    if entry.depth() == 0 {
        return true;
    }
    let enters = || filter.enters(entry.path().strip_prefix(base).unwrap_or(entry.path()));
    filter.takes_name(entry.file_name()) && (!entry.file_type().is_dir() || enters())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn places(inputs: &Inputs) -> Vec<String> {
        inputs
            .walk()
            .map(|found| match found {
                Found::Source(source) => source.place.to_string_lossy().into_owned(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn filter(globs: &[&str]) -> Filter {
        let globs = globs.iter().map(|glob| FileGlob::new(glob).unwrap()).collect();
        Filter { globs, ..Filter::default() }
    }

    #[test]
    fn a_folder_is_walked_in_the_order_of_names() {
        let folder =
            tree(&["b.txt", "a/z.txt", "a/b.md", ".hidden/x.txt", ".dot", ".limpio-state"]);
        let roots = vec![Root::of(folder.path().to_owned()).unwrap()];
        let case = |filter: Filter| places(&Inputs::new(roots.clone(), filter));
        assert_eq!(case(Filter::default()), ["a/b.md", "a/z.txt", "b.txt"]);
        let hidden = Filter { hidden: true, ..Filter::default() };
        assert_eq!(case(hidden), [".dot", ".hidden/x.txt", "a/b.md", "a/z.txt", "b.txt"]);
        assert_eq!(case(filter(&["*.txt"])), ["a/z.txt", "b.txt"]);
        assert_eq!(case(filter(&["!*.txt"])), ["a/b.md"]);
        assert_eq!(case(filter(&["*.txt", "!z*"])), ["b.txt"]);
        assert_eq!(case(filter(&["!a"])), ["b.txt"]);
        assert_eq!(case(filter(&["a/*.txt"])), ["a/z.txt"]);
        assert_eq!(case(filter(&["**/*.txt"])), ["a/z.txt", "b.txt"]);
    }

    #[test]
    fn the_shards_of_a_folder_are_everything_once() {
        let names: Vec<String> = (0..40).map(|n| format!("{n}.txt")).collect();
        let folder = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut seen = Vec::new();
        for number in 1..=3 {
            let filter = Filter { shard: Some(Shard { number, of: 3 }), ..Filter::default() };
            let roots = vec![Root::Folder(folder.path().to_owned())];
            let part = places(&Inputs::new(roots, filter));
            assert!(!part.is_empty());
            seen.extend(part);
        }
        seen.sort();
        let mut expected = names;
        expected.sort();
        assert_eq!(seen, expected);
    }

    #[test]
    fn inputs_with_one_output_are_found() {
        let folder = tree(&["a/x.txt", "b/x.txt", "b/y.txt", "c/y.md"]);
        let at = |path: &str| Root::of(folder.path().join(path)).unwrap();
        let clash = |roots: Vec<Root>| Inputs::new(roots, Filter::default()).clash().is_some();
        assert!(clash(vec![at("a"), at("b")]));
        assert!(clash(vec![at("a/x.txt"), at("b/x.txt")]));
        assert!(clash(vec![at("a"), at("b/x.txt")]));
        assert!(clash(vec![at("a"), at("a")]));
        assert!(clash(vec![at("a/x.txt"), at("a/x.txt")]));
        assert!(!clash(vec![at("a"), at("c")]));
        assert!(!clash(vec![at("a/x.txt"), at("b/y.txt"), at("c")]));
        assert!(!clash(vec![Root::of(folder.path().to_owned()).unwrap(), at("a")]));
    }
}
