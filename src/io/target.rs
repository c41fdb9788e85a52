//! Report files: beside-and-rename for files, written through for pipes and devices.
//!
//! A regular file appears whole at the end of the run and replaces an earlier one. A pipe, a
//! device and an open handle (`/dev/stderr`, `>(...)`, `/dev/fd/3`) are written to as records
//! come; renaming over one would replace the device.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::atomic::{Existing, PendingFile};
use super::disk::{self, File};

/// Where records go.
pub struct Target {
    writer: Writer,
    pending: Option<PendingFile>,
}

enum Writer {
    /// A file of our own.
    Buffered(BufWriter<File>),
    /// What others may write to as well: only whole lines leave.
    Lines(WholeLines),
}

impl Writer {
    fn lines(file: File) -> Writer {
        Writer::Lines(WholeLines { held: Vec::new(), to: file })
    }
}

/// Bytes that are held before whole lines are written out.
const HELD_BYTES: usize = 8 * 1024;

/// Writes whole lines, so that two targets may be one pipe.
struct WholeLines {
    held: Vec<u8>,
    to: File,
}

impl WholeLines {
    fn write_lines(&mut self) -> io::Result<()> {
        let end = memchr::memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
        let written = self.to.write_all(&self.held[..end]);
        self.held.drain(..end);
        written
    }

    fn write_rest(mut self) -> io::Result<()> {
        self.to.write_all(&self.held)
    }
}

impl Target {
    /// Opens a target; a regular file is not touched before [`Target::finish`].
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn open(path: &Path) -> io::Result<Target> {
        if let Some(handle) = own_handle(path)? {
            return Ok(Target { writer: Writer::lines(handle), pending: None });
        }
        let existing = disk::metadata(path);
        if existing.as_ref().is_ok_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if is_handle(path) || existing.as_ref().is_ok_and(|metadata| !metadata.is_file()) {
            let file = File::open_with(OpenOptions::new().append(true), path)?;
            return Ok(Target { writer: Writer::lines(file), pending: None });
        }
        let (pending, file) = PendingFile::create(&followed(path))?;
        let writer = Writer::Buffered(BufWriter::new(file));
        Ok(Target { writer, pending: Some(pending) })
    }

    /// Whether records are seen as they are written.
    pub fn is_live(&self) -> bool {
        self.pending.is_none()
    }

    /// Writes everything out and gives a file its name.
    ///
    /// # Errors
    ///
    /// Those of the file system; a file that could not be written whole does not appear.
    pub fn finish(self) -> io::Result<()> {
        let file = match self.writer {
            Writer::Buffered(writer) => writer.into_inner().map_err(|error| error.into_error())?,
            Writer::Lines(lines) => return lines.write_rest(),
        };
        let Some(pending) = self.pending else {
            return Ok(());
        };
        file.sync_all()?;
        drop(file);
        pending.commit(Existing::Replace)
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Writer::Buffered(writer) => writer.write(bytes),
            Writer::Lines(lines) => {
                lines.held.extend_from_slice(bytes);
                if lines.held.len() >= HELD_BYTES {
                    lines.write_lines()?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Writer::Buffered(writer) => writer.flush(),
            Writer::Lines(lines) => lines.write_lines(),
        }
    }
}

/// The file behind a symbolic link, so that the link stays.
fn followed(path: &Path) -> PathBuf {
    disk::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A path that names an open handle of the process: what it leads to must not be replaced.
pub fn is_handle(path: &Path) -> bool {
    path.starts_with("/dev/fd")
        || path.starts_with("/proc")
        || matches!(path.to_str(), Some("-" | "/dev/stdout" | "/dev/stderr"))
}

/// Standard output or error under one of its names: shared with the rest of the process, so that
/// records and text do not overwrite each other in a redirected file.
fn own_handle(path: &Path) -> io::Result<Option<File>> {
    match path.to_str() {
        Some("-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => standard_output().map(Some),
        Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => standard_error().map(Some),
        _ => Ok(None),
    }
}

/// Standard output without the line buffer of [`io::stdout`], for text.
///
/// After an error it takes nothing any more: a buffer that is given up writes itself out once more,
/// and what follows a hole must not look as if nothing were missing.
#[derive(Debug)]
pub struct StandardOutput {
    to: File,
    has_failed: bool,
}

impl StandardOutput {
    /// A handle of its own.
    ///
    /// # Errors
    ///
    /// The handle cannot be had.
    pub fn open() -> io::Result<StandardOutput> {
        Ok(StandardOutput { to: standard_output()?, has_failed: false })
    }

    fn guard<T>(&mut self, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        if self.has_failed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let written = write(&mut self.to);
        let is_over = |error: &io::Error| error.kind() != io::ErrorKind::Interrupted;
        self.has_failed = written.as_ref().is_err_and(is_over);
        written
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.guard(|to| to.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.guard(File::flush)
    }
}

#[cfg(unix)]
fn standard_output() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(unix)]
fn standard_error() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stderr().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn standard_output() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    io::stdout().as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn standard_error() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    io::stderr().as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_at_the_end_and_replaces_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        fs::write(&path, "earlier").unwrap();
        let mut target = Target::open(&path).unwrap();
        target.write_all(b"later").unwrap();
        target.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"earlier");
        assert!(!target.is_live());
        target.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"later");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "earlier").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut target = Target::open(&link).unwrap();
        target.write_all(b"later").unwrap();
        target.finish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"later");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_stays_a_device() {
        let mut target = Target::open(Path::new("/dev/full")).unwrap();
        assert!(target.is_live());
        target.write_all(b"x").unwrap();
        assert!(target.finish().is_err());
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
    }
}
