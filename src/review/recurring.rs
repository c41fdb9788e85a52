//! Which lines of a window stand in it more than once.
//!
//! Where the document ends with the window, nothing has to be remembered of the others: no copy of
//! them comes. Each line sets a bit that its hash chooses, and a second bit if it finds the first one
//! set. A line whose second bit is not set has no copy; few others share a bit with another one.
//!
//! Source: Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 1970, with one
//! hash.

use crate::hash::spread;
use crate::window::Window;

/// Bits for each line: one line in sixteen that has no copy is taken for one that has.
const BITS_A_LINE: usize = 16;

/// The bits, kept for the next window.
#[derive(Default)]
pub(super) struct Recurring {
    words: Vec<Word>,
}

/// Lines that were seen once, and twice.
#[derive(Default, Clone, Copy)]
struct Word {
    once: u64,
    twice: u64,
}

impl Recurring {
    /// Notes of each line that waits whether it recurs.
    pub(super) fn mark(&mut self, window: &mut Window) {
        let bits = (window.len() * BITS_A_LINE).next_power_of_two().max(64);
        self.words.clear();
        self.words.resize(bits / 64, Word::default());
        let place = |hash: u64| {
            let bit = spread(hash) >> (64 - bits.ilog2());
            ((bit / 64) as usize, 1 << (bit % 64))
        };
        for at in 0..window.len() {
            let (word, bit) = place(window.entry_mut(at).facts.hash);
            let Word { once, twice } = &mut self.words[word];
            *twice |= *once & bit;
            *once |= bit;
        }
        for at in 0..window.len() {
            let entry = window.entry_mut(at);
            let (word, bit) = place(entry.facts.hash);
            entry.recurs = self.words[word].twice & bit != 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lines_with_a_copy_recur_and_few_others() {
        for lines in [1, 2, 14, 500, 4000] {
            let mut window = Window::default();
            for at in 0..lines {
                let mut entry = window.fresh();
                // The second half begins with copies of each third line of the first one.
                let copied = if at > lines / 2 { (at - lines / 2) * 3 } else { at };
                entry.facts.hash = crate::hash::hash_of(&usize::to_le_bytes(copied));
                window.push(entry);
            }
            Recurring::default().mark(&mut window);
            let mut wrong = 0;
            for at in 0..lines {
                let hash = window.entry_mut(at).facts.hash;
                let recurs = window.entry_mut(at).recurs;
                let copies =
                    (0..lines).filter(|other| window.entry_mut(*other).facts.hash == hash).count();
                assert!(recurs || copies == 1, "{lines}: {at}");
                wrong += usize::from(recurs && copies == 1);
            }
            assert!(wrong <= 2 + lines / 10, "{lines}: {wrong}");
        }
    }
}
