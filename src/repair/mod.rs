//! Repairs change text, see one line and decide nothing.

mod characters;
pub(crate) mod entities;
pub(crate) mod mojibake;
pub(crate) mod normalize;
