//! Learning: lines that repeat over the documents of a site, as rules.
//!
//! What a template adds to its pages stands on all of them, and what an author wrote stands on
//! one. So lines are counted per site, and those that many differing documents share are written
//! down as an ordinary rule file. Counting a corpus that does not fit in memory takes two
//! readings of it:
//!
//! 1. The first counts documents per site, and per line of a site in small counters that lines
//!    share by a hash. A counter is never too low.
//! 2. The second counts exactly, and only lines whose counter says that they can repeat enough:
//!    few, because most lines of a corpus stand in one document.
//!
//! So the counts in the rules are exact whatever the memory; two lines that share a counter cost
//! memory, not correctness. Every step is a sum, a minimum or a union: the result is the same for
//! any order of the documents and any number of threads. Several machines can read a part each and
//! add up what they counted, after either reading: see [`Learner::write_counts`].
//!
//! ```
//! use limpio::Pipeline;
//! use limpio::learn::{Learner, Settings};
//!
//! # fn main() -> Result<(), limpio::Error> {
//! let pages: Vec<String> = (1..=6)
//!     .map(|n| format!("Portada\nSuscríbete a El Faro\nLa noticia número {n} cuenta otra cosa: {}\n", "x".repeat(n)))
//!     .collect();
//! let pipeline = Pipeline::builder().build()?;
//! let first = Learner::new(&pipeline, Settings::default(), 1024);
//! let mut reader = first.reader();
//! for page in &pages {
//!     reader.begin("elfaro.example");
//!     reader.push_str(page);
//!     reader.finish();
//! }
//! let second = first.read_again();
//! let mut reader = second.reader();
//! for page in &pages {
//!     reader.begin("elfaro.example");
//!     reader.push_str(page);
//!     reader.finish();
//! }
//! let learned = second.learned();
//! assert_eq!(learned.lines(), 2);
//! assert!(learned.to_toml().contains("seen = { documents = 6, of = 6 }"));
//! # Ok(())
//! # }
//! ```

mod candidates;
mod contexts;
mod counters;
mod counts;
mod learned;
mod reader;
mod readings;
mod select;
mod site;
mod write;

pub use learned::Learned;
pub use reader::Reader;
pub use readings::{Learner, SecondReading, Settings};
pub use site::site_of;
