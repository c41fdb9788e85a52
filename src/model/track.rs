//! The lines of a document as the line model keeps them: cues, marks, running totals.

use super::cues::{Cues, UNIT};

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

pub(super) const MARKS: usize = 10;

/// What is summed up over lines.
#[derive(Clone, Copy)]
pub(super) enum Sum {
    Score,
    /// Scores, each times the root of its line's letters.
    Weighted,
    Root,
    Letters,
    /// Letters of prose.
    Prose,
    /// Shares of function words, times the letters.
    FunctionWords,
    Length,
    Squares,
    Short,
    Hits,
    Items,
    Long,
}

const SUMS: usize = 12;

/// Running totals up to a line. They wrap round: only differences over a few lines are asked for.
type Totals = [i32; SUMS];

/// What is kept of a line.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub cues: Cues,
    pub marks: u16,
}

/// The lines of a document, or of a part of it, one after the other.
#[derive(Default)]
pub(crate) struct Track {
    lines: Vec<Kept>,
    /// One more than lines.
    totals: Vec<Totals>,
}

impl Track {
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.totals.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn lines(&self) -> &[Kept] {
        &self.lines
    }

    /// A total over the lines from `start` to before `end`.
    #[inline]
    pub(super) fn sum(&self, start: usize, end: usize, of: Sum) -> i32 {
        self.totals[end][of as usize].wrapping_sub(self.totals[start][of as usize])
    }

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
            letters,
            if is_prose { letters } else { 0 },
            letters * cues.function_words(),
            cues.length,
            cues.length * cues.length,
            i32::from(cues.is_short()),
            i32::from(cues.hit() > 0),
            i32::from(cues.is_item),
            i32::from(cues.is_long()),
        ];
        let mut totals = self.totals[self.totals.len() - 1];
        totals.iter_mut().zip(own).for_each(|(total, own)| *total = total.wrapping_add(own));
        self.totals.push(totals);
        let marks: [bool; MARKS] = [
            cues.is_header(),
            cues.strong_reach >= 2,
            cues.hit() > 0,
            cues.score > 2 * UNIT,
            letters >= 60 && cues.score < -3 * UNIT / 2,
            cues.is_long(),
            cues.is_short(),
            cues.is_narrow(),
            is_prose,
            is_prose || letters > 122,
        ];
        let marks = (0..).zip(marks).fold(0, |all, (at, holds)| all | u16::from(holds) << at);
        self.lines.push(Kept { cues: cues.clone(), marks });
    }

    /// Forgets lines at the beginning.
    pub(crate) fn forget(&mut self, lines: usize) {
        self.lines.drain(..lines);
        self.totals.drain(..lines);
    }
}
