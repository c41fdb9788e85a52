//! Small counters that lines share by a hash: never too low, often just right.

use std::sync::atomic::{AtomicU8, Ordering};

/// Counters in a table of fixed size. A counter stops at 255.
pub(super) struct Counters {
    cells: Box<[AtomicU8]>,
    shift: u32,
}

/// What a counter says at most.
pub(super) const MOST: u8 = u8::MAX;

/// Cells of the smallest table.
const FEWEST_CELLS: u64 = 1 << 16;

/// Bytes of text per line and counter.
///
/// Source: lines of real pages have 30 to 90 bytes (2026-11), and two counters per line keep nine
/// of ten lines from sharing one that says too much.
const TEXT_BYTES_PER_CELL: u64 = 24;

impl Counters {
    /// A table for a corpus of about so many bytes, within a memory of so many.
    pub(super) fn new(corpus_bytes: u64, memory_bytes: u64) -> Counters {
        let wanted = corpus_bytes / TEXT_BYTES_PER_CELL;
        let most = 1_u64 << memory_bytes.max(FEWEST_CELLS).ilog2();
        let cells = wanted.next_power_of_two().clamp(FEWEST_CELLS, most);
        Counters {
            cells: (0..cells).map(|_| AtomicU8::new(0)).collect(),
            shift: u64::BITS - cells.ilog2(),
        }
    }

    /// Counts one more document with a line of this key.
    pub(super) fn add(&self, key: u64) {
        let cell = self.cell(key);
        // Counting and its order need no other memory to be in step.
        let _ =
            cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_add(1));
    }

    /// The documents that hold the line, at most.
    pub(super) fn at_most(&self, key: u64) -> u8 {
        self.cell(key).load(Ordering::Relaxed)
    }

    /// How many counters there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Some of the counters, from one on; fewer at the end of the table.
    pub(super) fn counts(&self, from: usize, many: usize) -> Vec<u8> {
        let cells = self.cells.iter().skip(from).take(many);
        cells.map(|cell| cell.load(Ordering::Relaxed)).collect()
    }

    /// Adds the counts of another table of this size, from a counter on; `None` past the last one.
    pub(super) fn add_counts(&self, from: usize, counts: &[u8]) -> Option<()> {
        let cells = self.cells.get(from..from.checked_add(counts.len())?)?;
        for (cell, more) in cells.iter().zip(counts) {
            // Sums of counts that stopped stop as the count of all would.
            let add = |count: u8| Some(count.saturating_add(*more));
            let _ = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        }
        Some(())
    }

    fn cell(&self, key: u64) -> &AtomicU8 {
        &self.cells[(key >> self.shift) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_never_too_low_and_stops_at_the_top() {
        let counters = Counters::new(0, 0);
        let key = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for n in 0..200_000 {
            counters.add(key(n));
        }
        assert!((0..200_000).all(|n| counters.at_most(key(n)) >= 1));
        for _ in 0..300 {
            counters.add(7);
        }
        assert_eq!(counters.at_most(7), MOST);
    }

    #[test]
    fn the_table_grows_with_the_corpus_up_to_its_memory() {
        let cells = |corpus, memory| Counters::new(corpus, memory).cells.len();
        assert_eq!(cells(0, 1 << 30), 1 << 16);
        assert_eq!(cells(24 << 18, 1 << 30), 1 << 18);
        assert_eq!(cells(u64::MAX >> 8, 1 << 20), 1 << 20);
        assert_eq!(cells(u64::MAX >> 8, (1 << 20) + 5), 1 << 20);
    }
}
