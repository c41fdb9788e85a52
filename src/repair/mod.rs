//! Repairs change text, see one line and decide nothing.

pub(crate) mod mojibake;
