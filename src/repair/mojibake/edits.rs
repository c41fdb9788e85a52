//! Puts decoded characters into a line, and tells where the line came from.

use super::lattice::Decoded;
use super::{Outcome, Repaired};
use crate::line::MojibakeSpan;

/// The text with the decoded characters in their places.
pub(super) fn applied(text: &[char], decoded: &[Decoded]) -> Vec<char> {
    replaced(text, decoded, |d| d.target)
}

/// One item per character, with one item in the place of those that were decoded together.
pub(super) fn replaced<T: Copy>(
    items: &[T],
    decoded: &[Decoded],
    new: impl Fn(&Decoded) -> T,
) -> Vec<T> {
    let mut result = Vec::with_capacity(items.len());
    let mut from = 0;
    for d in decoded {
        result.extend_from_slice(&items[from..d.start]);
        result.push(new(d));
        from = d.end;
    }
    result.extend_from_slice(&items[from..]);
    result
}

/// The edits of all rounds, told in positions of the line as it came.
pub(super) struct Edits {
    /// For every character of the current text: its byte offset in the line.
    offsets: Vec<usize>,
    steps: Vec<MojibakeSpan>,
    lossy: u32,
}

impl Edits {
    pub(super) fn new(text: &[char]) -> Edits {
        let mut offset = 0;
        let start = |c: &char| {
            let start = offset;
            offset += c.len_utf8();
            start
        };
        Edits { offsets: text.iter().map(start).collect(), steps: Vec::new(), lossy: 0 }
    }

    /// Adds one round; decoded characters that touch are one span.
    pub(super) fn add(&mut self, text: &[char], decoded: &[Decoded], chain: &str) {
        let touching = |a: &Decoded, b: &Decoded| a.end == b.start;
        for span in decoded.chunk_by(touching) {
            let (Some(first), Some(last)) = (span.first(), span.last()) else {
                continue;
            };
            self.lossy += u32::from(span.iter().any(|d| d.is_lossy));
            self.steps.push(MojibakeSpan {
                start: self.offsets.get(first.start).copied().unwrap_or(0),
                before: text[first.start..last.end].iter().collect::<String>().into(),
                after: span.iter().map(|d| d.target).collect::<String>().into(),
                pages: chain.into(),
                score: span.iter().map(|d| d.gain).fold(0.0, f32::max),
            });
        }
        let first_offset = |d: &Decoded| self.offsets.get(d.start).copied().unwrap_or(0);
        self.offsets = replaced(&self.offsets, decoded, first_offset);
    }

    pub(super) fn into_outcome(self, text: &[char]) -> Outcome {
        if self.steps.is_empty() {
            return Outcome::Unchanged;
        }
        let spans = self.steps.len() as u32;
        Outcome::Repaired(Repaired {
            text: text.iter().collect(),
            spans,
            lossy: self.lossy,
            steps: self.steps,
        })
    }
}
