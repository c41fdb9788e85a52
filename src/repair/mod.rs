//! Repairs change text, see one line and decide nothing.

#[allow(dead_code)] // until the cleaner calls it
pub(crate) mod mojibake;
