//! Inputs and outputs of the tool: which files, how they are opened, and how results reach the disk.
//!
//! Nothing in here knows about options or messages; [`crate::cli`] does.
//!
//! - `inputs`: PATHs, folders, globs and shards -> a lazy, sorted walk of sources
//! - `batches`: small inputs go to the threads by the handful
//! - `source`: one input: its format, its compression, its bytes
//! - `outputs`: where a clean file goes, and the checks that no input is ever hit
//! - `per_language`: the names of clean files that hold one language each
//! - `disk`: every call to the file system, so that tests can let each fail
//! - `atomic`: a file appears under its name when it is whole, or not at all
//! - `spool`: what is told of a document until its turn comes
//! - `state`: what `--resume` knows about earlier runs
//! - `meter`: how far the reading of inputs has come
//! - `jsonl`: records whose text changes and whose other bytes do not
//! - `ordered`: work on many threads, results in the order of the work
//! - `target`: report files: beside-and-rename for files, written through for pipes and devices
//! - `transcode`: records in other encodings

pub mod atomic;
pub mod batches;
pub mod disk;
pub mod inputs;
pub mod jsonl;
pub mod meter;
pub mod ordered;
pub mod outputs;
pub mod per_language;
pub mod source;
pub mod spool;
pub mod state;
pub mod target;
pub mod transcode;
