//! limpio turns scraped text into clean text.

mod cleaner;
mod decode;
mod error;
mod facts;
mod hash;
mod judge;
pub mod lang;
mod line;
mod names;
mod pipeline;
mod repair;
mod report;
pub mod rules;
mod settings;
mod sink;
mod spam;
mod split;
mod verdict;
mod window;

pub use cleaner::Cleaner;
pub use error::Error;
pub use line::{Edits, Line, Trim};
pub use pipeline::{Cleaned, Pipeline, PipelineBuilder};
pub use report::{Languages, Repairs, Report, Status};
pub use settings::*;
pub use sink::{Sink, TextSink};
pub use verdict::{Category, Reason, Removal, Verdict};
