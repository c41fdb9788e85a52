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

/// As many as there are, and two for vectors to be whole.
pub(super) const MARKS: usize = 12;

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

pub(super) const SUMS: usize = 12;

/// Running totals up to a line. They wrap round: only differences over a few lines are asked for.
pub(super) type Totals = [i32; SUMS];

/// The lines of a document, or of a part of it, one after the other.
#[derive(Default)]
pub(crate) struct Track {
    cues: Vec<Cues>,
    marks: Vec<u16>,
    /// What equal lines have in common.
    equal: Vec<u32>,
    /// One more than lines.
    totals: Vec<Totals>,
}

impl Track {
    pub(crate) fn clear(&mut self) {
        self.cues.clear();
        self.marks.clear();
        self.equal.clear();
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

    pub(super) fn equal(&self) -> &[u32] {
        &self.equal
    }

    /// The totals over the lines from `start` to before `end`.
    #[inline(always)]
    pub(super) fn sums(&self, start: usize, end: usize) -> Totals {
        let (start, mut sums) = (&self.totals[start], self.totals[end]);
        sums.iter_mut().zip(start).for_each(|(end, start)| *end = end.wrapping_sub(*start));
        sums
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
        self.equal.push(cues.equal);
        self.cues.push(cues.clone());
    }

    /// Forgets lines at the beginning.
    pub(crate) fn forget(&mut self, lines: usize) {
        self.cues.drain(..lines);
        self.marks.drain(..lines);
        self.equal.drain(..lines);
        self.totals.drain(..lines);
    }
}
