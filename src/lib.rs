//! limpio turns scraped text into clean text.

#![allow(dead_code)] // until the cleaner calls it

mod decode;
mod error;
mod hash;
pub mod lang;
mod line;
mod names;
mod repair;
mod report;
pub mod rules;
mod settings;
mod split;
mod verdict;

pub use error::Error;
pub use line::{Edits, Line, Trim};
pub use report::{Languages, Repairs, Report, Status};
pub use settings::*;
pub use verdict::{Category, Reason, Removal, Verdict};
