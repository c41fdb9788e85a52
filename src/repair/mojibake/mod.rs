//! Mojibake: UTF-8 that was read as another encoding, undone span by span.

/// Repairs nothing yet.
pub(crate) struct Mojibake;

#[derive(Default)]
pub(crate) struct Memory;

impl Memory {
    pub(crate) fn clear(&mut self) {}

    pub(crate) fn generation(&self) -> u64 {
        0
    }
}

#[allow(dead_code)] // the repair comes next
pub(crate) enum Outcome {
    Unchanged,
    Undecided,
    Repaired(Repaired),
}

pub(crate) struct Repaired {
    pub(crate) text: String,
    pub(crate) spans: u32,
    pub(crate) lossy: u32,
}

impl Mojibake {
    pub(crate) fn shared() -> &'static Mojibake {
        &Mojibake
    }

    pub(crate) fn is_suspicious(_line: &str) -> bool {
        false
    }

    pub(crate) fn observe(&self, _line: &str, _memory: &mut Memory) {}

    pub(crate) fn repair(&self, _line: &str, _memory: &Memory, _may_wait: bool) -> Outcome {
        Outcome::Unchanged
    }
}
