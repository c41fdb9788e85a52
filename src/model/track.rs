//! The lines of a document as the line model keeps them: cues, marks, running totals.

use super::cues::{Cues, UNIT};
use super::features::REACH;

/// Marks of lines that masks follow.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Header,
    WideHeader,
    Hit,
    /// Text score above 2.
    High,
    /// At least 60 letters, text score below -1.5.
    Low,
    Long,
    Short,
    Narrow,
    Prose,
    /// Ends what a header opened: prose, or more than 122 letters.
    Closing,
}

/// As many as there are, and two for vectors to be whole.
pub(super) const MARKS: usize = 12;

/// What is summed up over lines; first what the first features ask for.
#[derive(Clone, Copy)]
pub(super) enum Sum {
    Score,
    /// Scores, each times the root of its line's letters.
    Weighted,
    Root,
    Hits,
    Letters,
    /// Letters of prose.
    Prose,
    /// Shares of function words, times the letters.
    FunctionWords,
    Length,
    Squares,
    Short,
    Items,
    Long,
}

pub(super) const SUMS: usize = 12;

/// How many of them the first features ask for.
pub(super) const FIRST_SUMS: usize = 4;

/// Running totals up to a line. They wrap round: only differences over a few lines are asked for.
pub(super) type Totals = [i32; SUMS];

/// Where lines stood last, by a part of what equal ones have in common: hardly any line has to be
/// compared with others.
struct LastEqual {
    /// What equal lines have in common, and the number of the last of these.
    lines: Box<[(u32, u32); LAST_EQUAL]>,
    /// The number of the last line, which goes on from one document to the next.
    number: u32,
}

const LAST_EQUAL: usize = 1024;

impl Default for LastEqual {
    fn default() -> LastEqual {
        LastEqual { lines: Box::new([(0, 0); LAST_EQUAL]), number: REACH as u32 }
    }
}

impl LastEqual {
    /// Lines back to the last one that is equal to the one that comes now after `others`, if it is
    /// within reach.
    fn back(&mut self, own: u32, others: &[Cues]) -> Option<usize> {
        self.number = self.number.wrapping_add(1);
        let last = &mut self.lines[own as usize % LAST_EQUAL];
        let (equal, number) = std::mem::replace(last, (own, self.number));
        let lines = self.number.wrapping_sub(number) as usize;
        match lines <= REACH {
            true if equal == own => Some(lines),
            // Another line has taken the place.
            true => {
                others.iter().rev().take(REACH).position(|line| line.equal == own).map(|at| 1 + at)
            }
            false => None,
        }
    }
}

/// The lines of a document, or of a part of it, one after the other.
#[derive(Default)]
pub(crate) struct Track {
    cues: Vec<Cues>,
    marks: Vec<u16>,
    repeats: Vec<[u8; 2]>,
    last_equal: LastEqual,
    /// One more than lines.
    totals: Vec<Totals>,
}

impl Track {
    pub(crate) fn clear(&mut self) {
        self.cues.clear();
        self.marks.clear();
        self.repeats.clear();
        self.last_equal.number = self.last_equal.number.wrapping_add(REACH as u32 + 1);
        self.totals.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.cues.len()
    }

    pub(super) fn cues(&self) -> &[Cues] {
        &self.cues
    }

    /// The marks of each line: a bit for each.
    pub(super) fn marks(&self) -> &[u16] {
        &self.marks
    }

    /// Lines to the nearest equal one before and after each line; 0 where none is within reach.
    pub(super) fn repeats(&self) -> &[[u8; 2]] {
        &self.repeats
    }

    /// The running totals before each line, and after the last.
    #[inline(always)]
    pub(super) fn totals(&self) -> &[Totals] {
        &self.totals
    }

    /// A total over the lines from `start` to before `end`.
    #[inline]
    pub(super) fn sum(&self, start: usize, end: usize, of: Sum) -> i32 {
        self.totals[end][of as usize].wrapping_sub(self.totals[start][of as usize])
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, cues: &Cues) {
        if self.totals.is_empty() {
            self.totals.push([0; SUMS]);
        }
        let score = cues.clipped();
        let letters = cues.letters() as i32;
        let is_prose = cues.is_prose();
        let own: Totals = [
            score,
            score * cues.root,
            cues.root,
            i32::from(cues.hit() > 0),
            letters,
            if is_prose { letters } else { 0 },
            letters * cues.function_words(),
            cues.length,
            cues.length * cues.length,
            i32::from(cues.is_short()),
            i32::from(cues.is_item),
            i32::from(cues.is_long()),
        ];
        let mut totals = self.totals.last().copied().unwrap_or([0; SUMS]);
        totals.iter_mut().zip(own).for_each(|(total, own)| *total = total.wrapping_add(own));
        self.totals.push(totals);
        let mark = |mark: Mark, holds: bool| u16::from(holds) << mark as u16;
        let marks = mark(Mark::Header, cues.is_header())
            | mark(Mark::WideHeader, cues.strong_reach >= 2)
            | mark(Mark::Hit, cues.hit() > 0)
            | mark(Mark::High, cues.score > 2 * UNIT)
            | mark(Mark::Low, letters >= 60 && cues.score < -3 * UNIT / 2)
            | mark(Mark::Long, cues.is_long())
            | mark(Mark::Short, cues.is_short())
            | mark(Mark::Narrow, cues.is_narrow())
            | mark(Mark::Prose, is_prose)
            | mark(Mark::Closing, is_prose || letters > 122);
        self.marks.push(marks);
        self.note_repeat(cues.equal);
        self.cues.push(cues.clone());
    }

    /// Notes which of the last lines is equal to the one that comes.
    #[inline(always)]
    fn note_repeat(&mut self, own: u32) {
        let back = self.last_equal.back(own, &self.cues).unwrap_or(0);
        if back > 0 {
            let before = self.repeats.len() - back;
            self.repeats[before][1] = back as u8;
        }
        self.repeats.push([back as u8, 0]);
    }

    /// Forgets lines at the beginning.
    pub(crate) fn forget(&mut self, lines: usize) {
        self.cues.drain(..lines);
        self.marks.drain(..lines);
        self.repeats.drain(..lines);
        self.totals.drain(..lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_are_found_within_reach_whatever_else_shares_their_place() {
        let mut track = Track::default();
        for round in 0..3 {
            track.clear();
            // Many lines share a place in the table of last lines, and some are equal.
            let equal = |at: usize| ((at * at * (7 + round)) % 61 % 23 * LAST_EQUAL) as u32;
            for at in 0..200 {
                let mut cues = Cues::default();
                cues.equal = equal(at);
                track.push(&cues);
            }
            for (at, [back, forth]) in track.repeats().iter().copied().enumerate() {
                let behind = (1..=REACH.min(at)).find(|k| equal(at - k) == equal(at));
                let ahead = (1..=REACH.min(199 - at)).find(|k| equal(at + k) == equal(at));
                let found = [behind, ahead].map(|lines| lines.unwrap_or(0) as u8);
                assert_eq!([back, forth], found, "line {at}");
            }
        }
    }
}
