//! How far the reading of inputs has come: for the progress bar, and for who asks a long run.
//!
//! One meter for the process, as there is one run: counting is an addition for each read of 64 KiB.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

static BYTES: AtomicU64 = AtomicU64::new(0);
static LATEST: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Bytes of inputs that were read so far, as they stand on the disk; those of inputs that need not
/// be read again count, too.
pub fn bytes_read() -> u64 {
    BYTES.load(Ordering::Relaxed)
}

/// The input that was opened last.
pub fn latest() -> Option<PathBuf> {
    LATEST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// So many bytes need not be read.
pub fn pass_over(bytes: u64) {
    BYTES.fetch_add(bytes, Ordering::Relaxed);
}

/// A reader whose bytes count.
pub struct Metered<R>(R);

impl<R> Metered<R> {
    /// Counts what is read of an input from now on.
    pub fn new(path: &Path, reader: R) -> Metered<R> {
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        match latest.as_mut() {
            // The same room again: there may be millions of names.
            Some(name) => {
                name.clear();
                name.push(path);
            }
            None => *latest = Some(path.to_owned()),
        }
        Metered(reader)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        BYTES.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
