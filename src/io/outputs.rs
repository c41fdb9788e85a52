//! Where a clean file goes, and the checks that no input is ever hit.
//!
//! The output folder mirrors the inputs: a file of a walked folder keeps its path below that
//! folder, a file given by name keeps its name. All checks run before anything is touched.

use std::collections::HashSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::disk;
use super::inputs::{Found, Inputs, Root};
use super::per_language::{place_in, place_of};
use super::source::Source;

/// A reason not to start.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The path it is about.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub why: String,
}

fn refusal(path: impl Into<PathBuf>, why: impl Into<String>) -> Refusal {
    Refusal { path: path.into(), why: why.into() }
}

/// What a look at all inputs found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// Files of this run (this shard).
    pub files: u64,
    /// Files of all shards.
    pub all_files: u64,
    /// Pipes, devices and unreadable things met on the way.
    pub others: u64,
}

/// Checks every input against an output folder, and counts the inputs. With `langs` each input has
/// a clean file for every one of these languages instead of one.
///
/// # Errors
///
/// The first reason not to start: two inputs with one output, an output folder inside or equal to
/// an input, or a clean file that would be an input.
pub fn check(inputs: &Inputs, output: &Path, langs: &[&str]) -> Result<Census, Refusal> {
    let exists = looked_at(output, disk::metadata(output))?;
    if exists.as_ref().is_some_and(|metadata| !metadata.is_dir()) {
        return Err(refusal(output, "is no folder: -o takes the folder for the clean files"));
    }
    if inputs.roots().contains(&Root::Stdin) {
        return Err(refusal(
            "-",
            "standard input has no name in the output folder: leave out -o and redirect the output",
        ));
    }
    if let Some((first, second)) = inputs.clash() {
        if first == second {
            return Err(refusal(second, "is named twice"));
        }
        let why = format!(
            "has the same place in the output folder as {}: clean them into two folders",
            first.display()
        );
        return Err(refusal(second, why));
    }
    let canonical = resolve(output).map_err(|error| unsure(output, &error))?;
    let folders = folders(inputs)?;
    for folder in &folders {
        if canonical.starts_with(folder) {
            return Err(refusal(
                output,
                format!(
                    "the output folder is inside the input {}: choose another",
                    folder.display()
                ),
            ));
        }
    }
    let output = OutputFolder { path: output, canonical: &canonical, exists: exists.is_some() };
    check_files(inputs, &output, &folders, langs)
}

/// Whether the clean file of some input stands at this place below the output folder.
pub fn is_taken(inputs: &Inputs, place: &Path, langs: &[&str]) -> bool {
    if langs.is_empty() {
        return inputs.has_place(place);
    }
    langs.iter().filter_map(|lang| place_of(place, lang)).any(|place| inputs.has_place(&place))
}

/// The places of the clean files of an input.
fn places(source: &Source, langs: &[&str]) -> Vec<PathBuf> {
    match langs {
        [] => vec![source.place.clone()],
        langs => langs.iter().map(|lang| place_in(&source.place, lang)).collect(),
    }
}

/// The canonical paths of the input folders.
fn folders(inputs: &Inputs) -> Result<Vec<PathBuf>, Refusal> {
    let folders = inputs.roots().iter().filter(|root| matches!(root, Root::Folder(_)));
    folders.filter_map(|root| real_path(root.path()).transpose()).collect()
}

/// The path of an input without links; `None` if it has none, as a pipe, or is gone.
fn real_path(path: &Path) -> Result<Option<PathBuf>, Refusal> {
    looked_at(path, disk::canonicalize(path))
}

/// What a look found, if anything was there. Where the file system does not answer, nobody knows
/// what would be hit: the run does not begin.
fn looked_at<T>(path: &Path, look: io::Result<T>) -> Result<Option<T>, Refusal> {
    match look {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(unsure(path, &error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unsure(path: &Path, error: &io::Error) -> Refusal {
    refusal(path, format!("cannot be looked at: {error}"))
}

/// The folder for the clean files.
struct OutputFolder<'o> {
    path: &'o Path,
    canonical: &'o Path,
    exists: bool,
}

/// Follows each clean file to where it would really be written.
fn check_files(
    inputs: &Inputs,
    output: &OutputFolder<'_>,
    folders: &[PathBuf],
    langs: &[&str],
) -> Result<Census, Refusal> {
    let &OutputFolder { path: output, canonical, exists } = output;
    let named = inputs.roots().iter().filter(|root| exists && matches!(root, Root::File(_)));
    let named = named.filter_map(|root| real_path(root.path()).transpose());
    let named: HashSet<PathBuf> = named.collect::<Result<_, _>>()?;
    let files = inputs.roots().iter().filter(|root| matches!(root, Root::File(_)));
    let files: HashSet<PathBuf> = files.map(Root::place).collect();
    // Files of one folder come one after the other: its output folder is resolved once.
    let mut last = (output.to_owned(), canonical.to_owned());
    let mut check_file = |source: &Source, place: &Path| {
        let target = disk::joined(output, place);
        let parent = target.parent().unwrap_or(output);
        if last.0 != parent {
            let resolved = resolve(parent).map_err(|error| unsure(parent, &error))?;
            last = (parent.to_owned(), resolved);
        }
        // Only a symbolic link inside the output folder leads out of it.
        if let Some(folder) = folders.iter().find(|folder| last.1.starts_with(folder)) {
            return Err(refusal(
                &target,
                format!("would be written into the input folder {}", folder.display()),
            ));
        }
        let real = || last.1.join(target.file_name().unwrap_or_default());
        let is_named = !named.is_empty() && named.contains(&real());
        if is_same_file(&target, &source.path)? || is_named {
            return Err(refusal(
                &target,
                "the clean file would replace an input: choose another -o",
            ));
        }
        Ok(())
    };
    count(inputs, |source| {
        if !exists && langs.is_empty() {
            return Ok(());
        }
        let places = places(source, langs);
        for place in places.iter().filter(|_| !langs.is_empty()) {
            if files.contains(place) || inputs.have_below(place) {
                let why = format!(
                    "would become {}, which is the name of another input: clean them into two \
                     folders",
                    place.display()
                );
                return Err(refusal(&source.path, why));
            }
        }
        places.iter().filter(|_| exists).try_for_each(|place| check_file(source, place))
    })
}

/// Bytes of all inputs of this run on the disk, as far as they can be told.
pub fn size(inputs: &Inputs) -> u64 {
    let sources = inputs.walk().filter_map(|found| match found {
        Found::Source(source) => disk::metadata(&source.path).ok(),
        _ => None,
    });
    sources.filter(|metadata| metadata.is_file()).map(|metadata| metadata.len()).sum()
}

/// Walks all inputs, lets each be checked, and counts them.
///
/// # Errors
///
/// The first that the check gives.
pub fn count(
    inputs: &Inputs,
    mut check: impl FnMut(&Source) -> Result<(), Refusal>,
) -> Result<Census, Refusal> {
    let mut census = Census::default();
    for found in inputs.walk_all() {
        if let Found::Source(source) = found {
            check(&source)?;
            census.all_files += 1;
            census.files += u64::from(inputs.in_shard(&source));
        } else {
            census.others += 1;
        }
    }
    Ok(census)
}

/// The canonical form of a path whose last parts need not exist yet.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut existing = absolute.as_path();
    loop {
        match disk::canonicalize(existing) {
            Ok(canonical) => {
                let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
                return Ok(normalized(&canonical, rest));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => match existing.parent() {
                Some(parent) => existing = parent,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}

/// Appends parts that do not exist, so that `..` can be taken as it is written.
fn normalized(base: &Path, rest: &Path) -> PathBuf {
    let mut path = base.to_owned();
    for part in rest.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}

#[cfg(unix)]
fn is_same_file(a: &Path, b: &Path) -> Result<bool, Refusal> {
    use std::os::unix::fs::MetadataExt;
    let Some(found) = looked_at(a, disk::metadata(a))? else { return Ok(false) };
    let other = looked_at(b, disk::metadata(b))?;
    Ok(other.is_some_and(|other| other.dev() == found.dev() && other.ino() == found.ino()))
}

#[cfg(not(unix))]
fn is_same_file(a: &Path, b: &Path) -> Result<bool, Refusal> {
    Ok(real_path(a)?.is_some_and(|a| real_path(b).is_ok_and(|b| b == Some(a))))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::io::inputs::Filter;

    fn refused(folder: &Path, roots: &[&str], output: &str) -> Option<String> {
        let roots = roots.iter().map(|root| Root::of(folder.join(root)).unwrap()).collect();
        let inputs = Inputs::new(roots, Filter::default());
        check(&inputs, &folder.join(output), &[]).err().map(|refusal| refusal.why)
    }

    #[test]
    fn an_output_that_could_hit_an_input_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::create_dir_all(at.join("data/in/sub")).unwrap();
        fs::create_dir_all(at.join("data/in/in")).unwrap();
        fs::create_dir_all(at.join("other")).unwrap();
        for file in ["data/in/a.txt", "data/in/sub/b.txt", "data/in/in/c.txt", "other/d.txt"] {
            fs::write(at.join(file), "x").unwrap();
        }
        let case = |roots: &[&str], output: &str| refused(at, roots, output).is_some();
        assert!(case(&["data/in"], "data/in"));
        assert!(case(&["data/in"], "data/in/new/deep"));
        assert!(case(&["data/in"], "data/in/sub/.."));
        assert!(case(&["data"], "data/in"));
        // data/in/in/c.txt would become data/in/c.txt, which is inside the input.
        assert!(case(&["data/in"], "data"));
        assert!(case(&["other/d.txt"], "other"));
        assert!(case(&["other"], "other/d.txt"));
        assert!(!case(&["other"], "data"));
        assert!(!case(&["other"], "other2"));
        assert!(!case(&["data/in/sub"], "data"));
        assert!(!case(&["data/in/a.txt"], "data"));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_output_folder_do_not_lead_back() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::create_dir_all(at.join("in/sub")).unwrap();
        fs::create_dir_all(at.join("out")).unwrap();
        fs::write(at.join("in/sub/a.txt"), "x").unwrap();
        symlink(at.join("in/sub"), at.join("out/sub")).unwrap();
        assert!(refused(at, &["in"], "out").is_some());
        symlink(at.join("in"), at.join("link")).unwrap();
        assert!(refused(at, &["in"], "link").is_some());
        assert!(refused(at, &["link"], "in/new").is_some());
    }

    #[test]
    fn inputs_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt", "b.txt", ".c"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let roots = vec![Root::Folder(folder.path().to_owned())];
        let census = count(&Inputs::new(roots, Filter::default()), |_| Ok(())).unwrap();
        assert_eq!((census.files, census.all_files, census.others), (2, 2, 0));
    }
}
