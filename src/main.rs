//! The `limpio` command.

#[path = "hash.rs"]
mod hash;
#[allow(dead_code)]
mod io;

fn main() {}
