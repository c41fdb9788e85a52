//! The nearest line before another that opens a box of several lines, such as the heading of a list of
//! links.
//!
//! Lines ask for it one after the other, many of them from within the same box. So what was found is
//! remembered, and each line is looked at once.

use super::View;
use crate::model::{Cues, REACH};

/// How far the lines of a pass were looked through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Headers {
    /// The lines before this one were, or are out of reach of it.
    end: usize,
    /// The last one found.
    last: Option<usize>,
}

impl Headers {
    /// The same up to a line.
    fn up_to(self, at: usize, is_header: impl Fn(usize) -> bool) -> Headers {
        let known = if self.end <= at { self } else { Headers::default() };
        let first = known.end.max(at.saturating_sub(REACH));
        let last = (first..at).rev().find(|at| is_header(*at)).or(known.last);
        Headers { end: at, last }
    }
}

impl<'w> View<'w> {
    /// The cues of the nearest line before this one that opens a box, within the reach of the line model.
    pub(crate) fn header(&self) -> Option<&'w Cues> {
        let cues = |at| &self.pass.entry(self.window, at).cues;
        let headers = self.pass.headers.get().up_to(self.at, |at| cues(at).is_header());
        self.pass.headers.set(headers);
        match headers.last {
            Some(last) if last + REACH >= self.at => Some(cues(last)),
            _ => {
                let before = self.window.decided.iter().rev();
                let before = before.take(REACH.saturating_sub(self.at));
                before.map(|line| &line.cues).find(|cues| cues.is_header())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_within_reach_is_found_in_whatever_order_lines_ask() {
        let is_header = |at: usize| matches!(at, 3 | 4 | 60 | 130);
        let nearest = |at: usize| (at.saturating_sub(REACH)..at).rev().find(|at| is_header(*at));
        for step in [1, 2, 7, 31, 32, 33, 50] {
            let mut headers = Headers::default();
            // On to the end, then back to the start.
            for at in (0..200).step_by(step).chain((0..200).rev().step_by(step)) {
                headers = headers.up_to(at, is_header);
                let found = headers.last.filter(|last| last + REACH >= at);
                assert_eq!(found, nearest(at), "line {at} by {step}");
            }
        }
    }
}
