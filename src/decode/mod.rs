//! Bytes to text.
//!
//! 1. A byte order mark decides. Without one, text that holds control characters no text in another
//!    encoding has, and reads well as UTF-16 or UTF-32, is that ([`wide`]).
//! 2. Every other encoding reads ASCII alike, so ASCII passes at once and the decision waits for the
//!    first byte beyond it. If the line that holds it is UTF-8, the document is UTF-8. If not, up to
//!    64 KiB from there are looked at: where well-formed UTF-8 sequences outnumber the bad bytes the
//!    document is UTF-8 with stray bytes, else its words name the encoding ([`legacy`]).
//! 3. In a UTF-8 document a line with bad bytes is read alone ([`stray`]): as a whole in another
//!    encoding if hardly anything in it is UTF-8, otherwise byte by byte. So are lines that switch to
//!    Japanese by escape sequences (ISO-2022-JP).
//!
//! Decisions depend on the bytes alone, never on how they arrive, and nothing waits for more than
//! 64 KiB. Figures, sources and counter-examples: `docs/decode.md`.

mod charset;
mod decoder;
mod legacy;
mod stray;
mod wide;

pub(crate) use charset::{Charset, charset_for_label};
pub(crate) use decoder::Decoder;
