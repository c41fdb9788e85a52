//! What `--resume` knows about earlier runs: one hidden file at the root of the output folder.
//!
//! A line is noted for every clean file once the file has its name, and the lines of a batch of small
//! files are added in one write: who is killed in between has cleaned that batch in vain, no more.
//! Several runs (the shards of a job array) may append at once. Of several lines about one file the
//! last counts, and a torn last line is passed over. In memory an entry is two numbers; the line is
//! read again when it is needed.

use std::collections::HashMap;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use limpio::stable_hash;

use super::disk::{self, File};

/// The name of the file.
const STATE_NAME: &str = ".limpio-state";

/// What a line takes beside place and totals, in bytes.
const ENTRY_BYTES: usize = 192;

/// What must be the same for a clean file to be still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes of the input file.
    pub size: u64,
    /// Its time of change, in nanoseconds since 1970.
    pub mtime: u64,
    /// Settings, rules and version.
    pub fingerprint: u64,
}

impl Stamp {
    /// The stamp of an input file.
    pub fn new(metadata: &Metadata, fingerprint: u64) -> Stamp {
        let modified = metadata.modified().ok();
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mtime = since.map_or(0, |since| {
            since
                .as_secs()
                .saturating_mul(1_000_000_000)
                .saturating_add(since.subsec_nanos().into())
        });
        Stamp { size: metadata.len(), mtime, fingerprint }
    }
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    /// The place, for people.
    #[serde(default, borrow)]
    place: std::borrow::Cow<'a, str>,
    /// Hash of the place, whose bytes need not be text.
    key: u64,
    /// The stamp of the input.
    size: u64,
    mtime: u64,
    fingerprint: u64,
    /// Size of the clean file.
    bytes: u64,
    /// What the document adds to the totals of a run.
    #[serde(borrow)]
    totals: &'a RawValue,
}

/// The state file of an output folder.
pub struct State {
    folder: PathBuf,
    file: File,
    /// Key of a place -> where its line starts.
    known: HashMap<u64, u64>,
    reader: Mutex<Option<BufReader<File>>>,
}

impl State {
    /// Opens the state of a folder for appending; `known` says whether earlier entries are read.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn open(folder: &Path, known: bool) -> io::Result<State> {
        let path = folder.join(STATE_NAME);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let mut file = File::open_with(&options, &path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other(format!("{STATE_NAME} is no regular file")));
        }
        if ends_torn(&mut file)? {
            file.write_all(b"\n")?;
        }
        let mut state = State {
            folder: folder.to_owned(),
            file,
            known: HashMap::new(),
            reader: Mutex::new(None),
        };
        if known {
            let mut reader = BufReader::new(File::open(&path)?);
            state.known = index(&mut reader)?;
            state.reader = Mutex::new(Some(reader));
        }
        Ok(state)
    }

    /// The totals of a document that is already clean.
    pub fn done(&self, place: &Path, stamp: Stamp) -> Option<String> {
        let key = key(place);
        let offset = *self.known.get(&key)?;
        let line = {
            let mut reader = self.reader.lock().ok()?;
            let reader = reader.as_mut()?;
            reader.seek(SeekFrom::Start(offset)).ok()?;
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line).ok()?;
            line
        };
        let entry: Entry = serde_json::from_slice(&line).ok()?;
        let clean = disk::symlink_metadata(&self.folder.join(place)).ok()?;
        let whole = clean.is_file() && clean.len() == entry.bytes;
        let Entry { size, mtime, fingerprint, .. } = entry;
        let is_same = stamp == Stamp { size, mtime, fingerprint };
        (entry.key == key && is_same && whole).then(|| entry.totals.get().to_owned())
    }

    /// Adds what was noted.
    ///
    /// # Errors
    ///
    /// Those of the file system; the clean files themselves are not affected.
    pub fn add(&self, notes: Notes) -> io::Result<()> {
        if notes.files == 0 { Ok(()) } else { (&self.file).write_all(&notes.lines) }
    }
}

/// What is to be added to a state: documents that are clean.
#[derive(Debug, Default)]
pub struct Notes {
    lines: Vec<u8>,
    files: u64,
}

impl Notes {
    /// Notes that a document is clean; `bytes` is the size of the clean file, `totals` what the document
    /// adds to those of a run, as JSON.
    pub fn note(&mut self, place: &Path, stamp: Stamp, bytes: u64, totals: &str) {
        let Ok(totals) = serde_json::from_str::<&RawValue>(totals) else { return };
        let entry = Entry {
            place: place.to_string_lossy(),
            key: key(place),
            size: stamp.size,
            mtime: stamp.mtime,
            fingerprint: stamp.fingerprint,
            bytes,
            totals,
        };
        let from = self.lines.len();
        self.lines.reserve(ENTRY_BYTES + entry.place.len() + totals.get().len());
        match serde_json::to_writer(&mut self.lines, &entry) {
            Ok(()) => {
                self.lines.push(b'\n');
                self.files += 1;
            }
            Err(_) => self.lines.truncate(from),
        }
    }

    /// Takes over what others noted.
    pub fn append(&mut self, others: &mut Notes) {
        self.lines.append(&mut others.lines);
        self.files += std::mem::take(&mut others.files);
    }

    /// Clean files that were noted.
    pub fn files(&self) -> u64 {
        self.files
    }
}

impl State {
    /// Asks the disk to keep what was noted, and the names in the folder: once for a run, for a
    /// file by file costs more than cleaning.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()?;
        // Elsewhere a folder cannot be opened.
        if cfg!(unix) { File::open(&self.folder)?.sync_all() } else { Ok(()) }
    }
}

fn key(place: &Path) -> u64 {
    stable_hash(place.as_os_str().as_encoded_bytes())
}

/// Whether the last write of a killed run is incomplete.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn index(reader: &mut BufReader<File>) -> io::Result<HashMap<u64, u64>> {
    #[derive(Deserialize)]
    struct Key {
        key: u64,
    }
    let mut known = HashMap::new();
    let mut offset = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(known);
        }
        if let Ok(Key { key }) = serde_json::from_slice(&line) {
            known.insert(key, offset);
        }
        offset += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const STAMP: Stamp = Stamp { size: 3, mtime: 5, fingerprint: u64::MAX };

    #[test]
    fn a_clean_file_is_known_again_as_long_as_nothing_changed() {
        let folder = tempfile::tempdir().unwrap();
        let place = Path::new("sub/a.txt");
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join(place), "clean").unwrap();
        let mut notes = Notes::default();
        notes.note(place, STAMP, 5, r#"{"n":1}"#);
        notes.note(Path::new("sub/b.txt"), STAMP, 5, "{}");
        State::open(folder.path(), false).unwrap().add(notes).unwrap();

        let state = State::open(folder.path(), true).unwrap();
        assert_eq!(state.done(place, STAMP).as_deref(), Some(r#"{"n":1}"#));
        assert_eq!(state.done(place, Stamp { size: 4, ..STAMP }), None);
        assert_eq!(state.done(place, Stamp { mtime: 4, ..STAMP }), None);
        assert_eq!(state.done(place, Stamp { fingerprint: 4, ..STAMP }), None);
        assert_eq!(state.done(Path::new("b.txt"), STAMP), None);

        fs::write(folder.path().join(place), "cut").unwrap();
        assert_eq!(state.done(place, STAMP), None);
    }

    #[test]
    fn a_torn_line_hides_nothing_but_itself() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::write(folder.path().join(name), "clean").unwrap();
        }
        let add = |name: &str| {
            let state = State::open(folder.path(), false).unwrap();
            let mut notes = Notes::default();
            notes.note(Path::new(name), STAMP, 5, "{}");
            state.add(notes).unwrap();
        };
        add("a");
        let path = folder.path().join(STATE_NAME);
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"key\": 12");
        fs::write(&path, torn).unwrap();
        add("b");
        let state = State::open(folder.path(), true).unwrap();
        assert!(state.done(Path::new("a"), STAMP).is_some());
        assert!(state.done(Path::new("b"), STAMP).is_some());
    }
}
