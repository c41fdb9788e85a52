//! Every call to the file system that can lose data, in one place, so that each can be made to fail.
//!
//! A tool that promises "old or new, never between" must keep the promise whichever call fails, and
//! no disk fails on demand. With the feature `faults`, which no release has, the variable
//! `LIMPIO_FAULT` names one call by its number, and that call (or every one from then on) answers
//! with an error; the tests step the number upward until a run meets no fault any more. Without the
//! feature nothing is left of this but the calls themselves.
//!
//! Walks over folders and the removal of temporary files do not come through here: the first are
//! reported per folder, the second are tried once and swept by a later run.

use std::fs::{self, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What is asked of the file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "faults"), allow(dead_code))]
pub enum Call {
    Open,
    Read,
    Write,
    Flush,
    Sync,
    Rename,
    /// Making a folder.
    Folder,
    /// What is at a path: metadata, the real path.
    Look,
}

/// Whether a call may go through: always, but in a build that injects faults.
#[cfg(not(feature = "faults"))]
#[inline(always)]
fn may(_call: Call) -> io::Result<()> {
    Ok(())
}

#[cfg(feature = "faults")]
fn may(call: Call) -> io::Result<()> {
    injected::may(call)
}

/// A file whose calls may be made to fail.
#[derive(Debug)]
pub struct File(fs::File);

impl File {
    /// Opens a file for reading.
    pub fn open(path: &Path) -> io::Result<File> {
        may(Call::Open)?;
        fs::File::open(path).map(File)
    }

    /// Opens a file as the options say.
    pub fn open_with(options: &fs::OpenOptions, path: &Path) -> io::Result<File> {
        may(Call::Open)?;
        options.open(path).map(File)
    }

    /// A file without a name, in the folder for temporary files.
    pub fn temporary() -> io::Result<File> {
        may(Call::Open)?;
        tempfile::tempfile().map(File)
    }

    /// What the file system says of the open file.
    pub fn metadata(&self) -> io::Result<Metadata> {
        may(Call::Look)?;
        self.0.metadata()
    }

    /// Waits until the bytes are on the disk.
    pub fn sync_all(&self) -> io::Result<()> {
        may(Call::Sync)?;
        self.0.sync_all()
    }
}

#[cfg(unix)]
impl From<std::os::fd::OwnedFd> for File {
    fn from(handle: std::os::fd::OwnedFd) -> File {
        File(handle.into())
    }
}

#[cfg(windows)]
impl From<std::os::windows::io::OwnedHandle> for File {
    fn from(handle: std::os::windows::io::OwnedHandle) -> File {
        File(handle.into())
    }
}

impl Read for File {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        may(Call::Read)?;
        self.0.read(into)
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl Write for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(fault) = may(Call::Write) {
            // A full disk takes what it has room for.
            let _ = (&self.0).write(&bytes[..bytes.len() / 2]);
            return Err(fault);
        }
        (&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        may(Call::Flush)?;
        (&self.0).flush()
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Reads a file that holds text.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8")
    })
}

/// Reads a whole file.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What stands at a path, behind its symbolic links.
pub fn metadata(path: &Path) -> io::Result<Metadata> {
    may(Call::Look)?;
    fs::metadata(path)
}

/// What stands at a path itself.
pub fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    may(Call::Look)?;
    fs::symlink_metadata(path)
}

/// The path without symbolic links.
pub fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    may(Call::Look)?;
    fs::canonicalize(path)
}

/// Makes a folder and those above it.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    may(Call::Folder)?;
    fs::create_dir_all(path)
}

/// A path below a folder, as [`Path::join`] makes it, with room for all of it from the start: there may
/// be millions of files.
pub fn joined(folder: &Path, place: &Path) -> PathBuf {
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + place.as_os_str().len() + 1);
    path.push(folder);
    path.push(place);
    path
}

/// To be asked before a file gets its final name.
pub fn may_rename() -> io::Result<()> {
    may(Call::Rename)
}

/// The faults of a test build: `LIMPIO_FAULT=CALL:NUMBER:once|on:CODE`.
///
/// `CALL` is a name of [`Call`] in lower case, or `any`; `NUMBER` counts such calls from 1; `CODE` is
/// the error of the system, 5 for EIO and 28 for ENOSPC. When a fault is met, the file that
/// `LIMPIO_FAULT_MET` names is made: a run without it has seen all its calls succeed.
#[cfg(feature = "faults")]
mod injected {
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Call;

    struct Plan {
        call: String,
        number: u64,
        stays: bool,
        code: i32,
    }

    fn plan() -> Option<&'static Plan> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        let read = || {
            let text = std::env::var("LIMPIO_FAULT").ok()?;
            let mut parts = text.split(':');
            Some(Plan {
                call: parts.next()?.to_owned(),
                number: parts.next()?.parse().ok()?,
                stays: parts.next()? == "on",
                code: parts.next()?.parse().ok()?,
            })
        };
        PLAN.get_or_init(read).as_ref()
    }

    pub(super) fn may(call: Call) -> io::Result<()> {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let Some(plan) = plan() else { return Ok(()) };
        if plan.call != "any" && plan.call != format!("{call:?}").to_lowercase() {
            return Ok(());
        }
        let number = CALLS.fetch_add(1, Ordering::SeqCst) + 1;
        if number < plan.number || (number > plan.number && !plan.stays) {
            return Ok(());
        }
        if let Some(path) = std::env::var_os("LIMPIO_FAULT_MET") {
            let _ = std::fs::write(path, format!("{call:?}\n"));
        }
        Err(io::Error::from_raw_os_error(plan.code))
    }
}
