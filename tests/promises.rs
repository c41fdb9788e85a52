//! The promises in bad weather: real signals, real full disks, real limits of the system.
//!
//! One table of commands meets one table of conditions ([`COMMANDS`], [`CONDITIONS`]): nothing may
//! panic, hang or end by a signal, whatever is closed, full or scarce. The rest are the faults that
//! need a stage of their own: runs that are killed at many moments, disks that fill up, inputs that
//! change while they are read, inputs without bounds.
//!
//! What a machine cannot do (a file system of its own, another user) is said and skipped. The
//! longest tests are ignored: `cargo test --test promises -- --ignored` runs them.

#![cfg(all(feature = "cli", target_os = "linux"))]

#[allow(dead_code)]
#[path = "cli/harness.rs"]
mod harness;

#[path = "promises/conditions.rs"]
mod conditions;
#[path = "promises/hostile.rs"]
mod hostile;
#[path = "promises/killed.rs"]
mod killed;
#[path = "promises/limits.rs"]
mod limits;
