//! The vocabulary link: how many of a line's content words the prose round it holds.
//!
//! For each bucket of words two numbers are kept: that of the last line of prose behind the line
//! that asks, and that of the last one that can be seen ahead. A word is within reach if the number
//! is. So each line is noted once on each side, and nothing is ever taken back; lines that lie
//! beyond the reach of all that ask are not noted at all.

use super::Cues;
use super::features::REACH;
use super::track::Track;

const BUCKETS: usize = 1 << 14;

/// The words round a line.
pub(super) struct Link {
    /// The last line behind, and the last one ahead, with a word of the bucket. Lines are numbered from
    /// `base` (which may be negative, and wraps), so that numbers of other documents are out of reach; 0 is none.
    buckets: Box<[[u16; 2]; BUCKETS]>,
    base: usize,
    /// The lines before these were noted, or are out of reach.
    behind: usize,
    ahead: usize,
}

/// The number of the first line: what is out of its reach is greater than 0.
const FIRST: usize = 1 + REACH;

impl Link {
    pub(super) fn new() -> Link {
        Link { buckets: Box::new([[0; 2]; BUCKETS]), base: FIRST, behind: 0, ahead: 0 }
    }

    pub(super) fn reset(&mut self) {
        // No number that was given so far is in reach of the lines to come; what the track has forgotten
        // lies before `base`.
        self.base = self.number(self.ahead + REACH);
        (self.behind, self.ahead) = (0, 0);
    }

    /// The track forgets lines at its beginning.
    pub(super) fn shift(&mut self, lines: usize) {
        self.base = self.number(lines);
        self.behind = self.behind.saturating_sub(lines);
        self.ahead = self.ahead.saturating_sub(lines);
    }

    fn number(&self, line: usize) -> usize {
        self.base.wrapping_add(line)
    }

    /// The share of a line's content words that prose behind, ahead and on either side holds, in
    /// 1/255; -1 if it has none.
    pub(super) fn of(&mut self, track: &Track, at: usize) -> [i32; 3] {
        let words = track.cues()[at].vocabulary.words();
        if words.is_empty() {
            return [-1; 3];
        }
        self.go_to(track.cues(), at);
        let own = self.number(at) as u16;
        let first = own - REACH as u16;
        let mut found = [0; 3];
        for word in words {
            let [behind, ahead] = self.buckets[usize::from(*word) % BUCKETS];
            let (is_behind, is_ahead) = (behind >= first, ahead > own);
            found[0] += i32::from(is_behind);
            found[1] += i32::from(is_ahead);
            found[2] += i32::from(is_behind | is_ahead);
        }
        found.map(|count| count * 255 / words.len() as i32)
    }

    /// Notes the lines that have come into reach.
    fn go_to(&mut self, lines: &[Cues], at: usize) {
        let end = lines.len().min(at + 1 + REACH);
        if self.number(end) > usize::from(u16::MAX) {
            // Numbers are at an end: all in reach are given anew.
            self.buckets.fill([0; 2]);
            self.base = FIRST.wrapping_sub(at.saturating_sub(REACH));
            (self.behind, self.ahead) = (0, 0);
        }
        (at.saturating_sub(REACH).max(self.behind)..at).for_each(|line| self.note(lines, line, 0));
        ((at + 1).max(self.ahead)..end).for_each(|line| self.note(lines, line, 1));
        self.behind = self.behind.max(at);
        self.ahead = self.ahead.max(end);
    }

    fn note(&mut self, lines: &[Cues], at: usize, side: usize) {
        if lines[at].is_prose() {
            let number = self.number(at) as u16;
            for word in lines[at].vocabulary.words() {
                self.buckets[usize::from(*word) % BUCKETS][side] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_scan::LineScan;
    use crate::model::Words;

    /// Prose, each line with its number in letters before `word`, and one line of its own at `at`.
    fn track_of(lines: usize, at: usize, own: &str) -> Track {
        let (mut track, mut words) = (Track::default(), Words::default());
        for line in 0..lines {
            let number = line.to_string();
            let name: String =
                number.bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
            let prose = format!(
                "And so it went with the {name}word, on and on, day by day, year by year, and that is \
                 all that we know of it, all that they ever had to say of it to us or to the others."
            );
            let mut cues = Cues::default();
            words.clear();
            let text = if line == at { own } else { &prose };
            cues.fill(&LineScan::of(text, &mut words, None), &mut words, None);
            track.push(&cues);
        }
        track
    }

    #[test]
    fn words_count_that_prose_within_reach_holds() {
        for (name, expected) in [
            ("dword", [0, 0, 0]),
            ("eword", [255, 0, 255]),
            ("dfword", [255, 0, 255]),
            ("dgword", [0, 0, 0]),
            ("dhword", [0, 255, 255]),
            ("giword", [0, 255, 255]),
            ("gjword", [0, 0, 0]),
        ] {
            let track = track_of(100, 36, name);
            assert_eq!(Link::new().of(&track, 36), expected, "{name}");
        }
    }

    #[test]
    fn it_does_not_matter_which_lines_asked_before_nor_how_often_numbers_ended() {
        let track = track_of(200, 36, "dhword");
        let mut link = Link::new();
        for round in 0..700 {
            for at in (0..200).step_by(1 + round % 90) {
                let alone = Link::new().of(&track, at);
                assert_eq!(link.of(&track, at), alone, "line {at} in round {round}");
            }
            link.reset();
        }
    }

    #[test]
    fn words_of_a_document_are_gone_with_it_even_where_it_was_forgotten_before_it_ended() {
        // Asked while nothing is known of what comes next, then forgotten up to there.
        let track = track_of(40, 39, "dword");
        let next = track_of(2, 0, "dhword diword djword");
        let mut link = Link::new();
        link.of(&track, 39);
        link.shift(40);
        link.reset();
        assert_eq!(link.of(&next, 0), [0; 3]);
    }
}
