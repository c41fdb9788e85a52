//! limpio turns scraped text into clean text.

pub mod lang;
mod repair;
