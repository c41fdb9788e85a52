//! Readings of recent spans, because mojibake repeats the same few runs.

use std::collections::HashMap;
use std::sync::Arc;

use super::engine::Trust;
use super::lattice::{Decoded, Scratch};

/// What one chain makes of one segment. Positions count from the start of the segment.
pub(super) struct Reading {
    /// What the repair saves, in nats.
    pub(super) gain: f32,
    pub(super) is_weak: bool,
    /// The deepest layer that was used.
    pub(super) depth: u8,
    pub(super) decoded: Vec<Decoded>,
}

/// Spans kept before all are forgotten.
const MAX_SPANS: usize = 8192;

/// Chain number, how far the chain was trusted, what it read.
type Known = (u8, Trust, Arc<Reading>);

/// Readings by span and context, chain and edge price.
#[derive(Default)]
pub(super) struct Memo {
    spans: HashMap<Vec<u32>, Vec<Known>>,
    /// Room for the search of the next reading.
    pub(super) scratch: Scratch,
}

impl Memo {
    pub(super) fn get(&self, key: &[u32], chain: u8, trust: Trust) -> Option<Arc<Reading>> {
        let readings = self.spans.get(key)?;
        let found = readings.iter().find(|reading| reading.0 == chain && reading.1 == trust)?;
        Some(Arc::clone(&found.2))
    }

    pub(super) fn put(&mut self, key: &[u32], chain: u8, trust: Trust, reading: Arc<Reading>) {
        if let Some(readings) = self.spans.get_mut(key) {
            readings.push((chain, trust, reading));
            return;
        }
        if self.spans.len() >= MAX_SPANS {
            self.spans.clear();
        }
        self.spans.insert(key.to_vec(), vec![(chain, trust, reading)]);
    }
}
