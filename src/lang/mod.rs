//! Languages: Spanish, English, other or none, by line and by span.
//!
//! Words decide, not letters. Each word is looked up in a lexicon of 160,000 words of 33 languages that gives one
//! score per class (Spanish, English, and six groups of other languages); a word that is not there is scored by its
//! character n-grams. A hidden Markov model then finds the likeliest language of every word: to change
//! costs little after a full stop or a line break and more after a space, and names count less than other words.
//! A second pass knows which languages the first one found, so that one odd word does not split a page.
//! Numbers, addresses, code and emoji carry no evidence; text with nothing else has no language.
//!
//! Source: the model follows the usual recipe for word-level code-switching (lexicon plus character model plus
//! Viterbi, as in Lui, Lau and Baldwin 2014 and King and Abney 2013). Different here: the price of a switch
//! depends on the boundary, and the document prior is a second pass instead of a parameter.
//!
//! Known misses: a single Spanish word that Portuguese or Galician shares may be `other`; English titles inside
//! Spanish text may be taken for English or for a name; Galician lines without a telling word are Spanish.
//!
//! ```
//! use limpio::lang::{Detector, Language};
//!
//! let detector = Detector::shared();
//! let summary = detector.document("La reunión es a las cinco.\nDon't be late!");
//! assert_eq!(summary.lang, Language::Es);
//! ```

mod detector;
mod evidence;
mod language;
mod model;
mod neutral;
mod path;
mod shares;
mod tokens;

pub use detector::{Detector, Span};
pub use language::{Language, ParseLanguageError};
pub use shares::{Shares, Summary};
