//! Rules: what boilerplate and spam look like, as data, and the engine that finds it.
//!
//! A [`RuleSet`] is read from TOML files: those built in (`data/`), and a user's own on top. The
//! pattern set compiles all its phrases and tells which of them a line holds, and where. What
//! follows from a match (neighbours, reach, level) is for the judge to decide.
//!
//! ```
//! let rules = limpio::rules::RuleSet::builtin();
//! let rule = rules.get("wp.leave-a-reply").expect("a built-in rule");
//! assert_eq!(rule.category, limpio::Category::Comments);
//! ```

mod check;
mod edges;
mod fold;
mod key_index;
mod key_sieve;
pub(crate) mod line_form;
mod load;
mod matcher;
mod pattern;
mod pattern_set;
mod plain_toml;
mod reading;
mod required;
mod rule;
mod rule_set;
mod shape;
mod site_index;

pub use check::check;
pub(crate) use fold::{Digits, Folded, plain_letter, without_accent};
pub(crate) use key_index::{Key, KeyIndex};
pub(crate) use key_sieve::{Sifted, is_word};
pub(crate) use pattern_set::{Hit, Met, PatternSet, Scratch, WatchStarts};
pub(crate) use plain_toml::{Section, sections};
pub use rule::{Fold, Needed, Needs, Part, Place, Reach, Rest, Rule, Seen};
pub use rule_set::RuleSet;
pub use site_index::NO_SITE;
pub(crate) use site_index::SiteKey;

use rule_set::error_in;
