//! What is told of a document until its turn comes: in memory while it is little, else in a file
//! without a name.
//!
//! Most documents tell a few hundred bytes or nothing, and there may be millions of them: nothing is
//! allocated before the first byte.

use std::io::{self, BufWriter, Seek, Write};

use super::disk::File;

/// Bytes that are held in memory; more go to the folder for temporary files.
const HELD_BYTES: usize = 256 * 1024;

/// Bytes that are written now and copied elsewhere later.
#[derive(Debug, Default)]
pub struct Spool {
    held: Vec<u8>,
    /// All bytes, once there are too many.
    file: Option<BufWriter<File>>,
}

impl Spool {
    /// Writes everything to where it belongs.
    ///
    /// # Errors
    ///
    /// Those of the file and of the writer.
    pub fn copy_to(self, to: &mut dyn Write) -> io::Result<()> {
        let Some(file) = self.file else {
            return to.write_all(&self.held);
        };
        let mut file = file.into_inner().map_err(|error| error.into_error())?;
        file.rewind()?;
        io::copy(&mut file, to).map(drop)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(file) = &mut self.file {
            return file.write(bytes);
        }
        if self.held.len() + bytes.len() <= HELD_BYTES {
            self.held.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let mut file = BufWriter::new(File::temporary()?);
        file.write_all(&self.held)?;
        self.held = Vec::new();
        self.file.insert(file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_however_much_it_is() {
        for size in [0, 1, HELD_BYTES - 1, HELD_BYTES, HELD_BYTES + 1, 3 * HELD_BYTES] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let mut spool = Spool::default();
            for piece in bytes.chunks(1000) {
                spool.write_all(piece).unwrap();
            }
            assert_eq!(spool.file.is_some(), size > HELD_BYTES, "{size} bytes");
            let mut copied = Vec::new();
            spool.copy_to(&mut copied).unwrap();
            assert!(copied == bytes, "{size} bytes");
        }
    }
}
