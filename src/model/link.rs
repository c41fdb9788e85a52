//! The vocabulary link: how many of a line's content words the prose round it holds.
//!
//! Counts of words behind and ahead follow the line that asks. Few lines ask, so the counts move
//! only then: line by line over a short way, from scratch over a long one.

use super::features::REACH;
use super::track::{Kept, Track};

/// Words of the prose on one side: how often each bucket occurs.
struct Counts {
    counts: Vec<u16>,
}

const BUCKETS: usize = 1 << 14;

impl Counts {
    fn new() -> Counts {
        Counts { counts: vec![0; BUCKETS] }
    }

    fn change(&mut self, lines: &[Kept], by: i16) {
        for line in lines.iter().filter(|line| line.cues.is_prose()) {
            for word in line.cues.vocabulary.words() {
                let count = &mut self.counts[usize::from(*word) % BUCKETS];
                *count = count.wrapping_add_signed(by);
            }
        }
    }

    fn holds(&self, word: u16) -> bool {
        self.counts[usize::from(word) % BUCKETS] > 0
    }
}

/// The words round a line.
pub(super) struct Link {
    behind: Counts,
    ahead: Counts,
    /// The line, and where the lines that count as ahead end; `None` while nothing is counted.
    place: Option<(usize, usize)>,
}

impl Link {
    pub(super) fn new() -> Link {
        Link { behind: Counts::new(), ahead: Counts::new(), place: None }
    }

    pub(super) fn reset(&mut self) {
        if self.place.take().is_some() {
            self.behind.counts.fill(0);
            self.ahead.counts.fill(0);
        }
    }

    /// The track forgets lines at its beginning.
    pub(super) fn shift(&mut self, lines: usize) {
        match &mut self.place {
            Some((at, end)) if *at >= lines + REACH => {
                *at -= lines;
                *end -= lines;
            }
            _ => self.reset(),
        }
    }

    /// The share of a line's content words that prose behind, ahead and on either side holds, in
    /// 1/255; -1 if it has none.
    pub(super) fn of(&mut self, track: &Track, at: usize) -> [i32; 3] {
        let words = track.lines()[at].cues.vocabulary.words();
        if words.is_empty() {
            return [-1; 3];
        }
        self.go_to(track, at);
        let mut found = [0; 3];
        for word in words {
            let behind = self.behind.holds(*word);
            let ahead = self.ahead.holds(*word);
            found[0] += i32::from(behind);
            found[1] += i32::from(ahead);
            found[2] += i32::from(behind || ahead);
        }
        found.map(|count| count * 255 / words.len() as i32)
    }

    fn go_to(&mut self, track: &Track, at: usize) {
        let lines = track.lines();
        let end = lines.len().min(at + 1 + REACH);
        let start = at.saturating_sub(REACH);
        match self.place.replace((at, end)) {
            Some((was, was_end)) if was <= at && at - was < REACH => {
                self.behind.change(&lines[was..at], 1);
                self.behind.change(&lines[was.saturating_sub(REACH)..start], -1);
                self.ahead.change(&lines[was_end..end.max(was_end)], 1);
                self.ahead.change(&lines[was + 1..(at + 1).min(was_end)], -1);
            }
            was => {
                if let Some((was, was_end)) = was {
                    self.behind.change(&lines[was.saturating_sub(REACH)..was], -1);
                    self.ahead.change(&lines[was + 1..was_end], -1);
                }
                self.behind.change(&lines[start..at], 1);
                self.ahead.change(&lines[at + 1..end], 1);
            }
        }
    }
}
