//! Puts decoded characters into a line, and tells where the line came from.

use std::sync::Arc;

use super::lattice::Decoded;
use super::{Outcome, Repaired};
use crate::line::MojibakeSpan;

/// The text with the decoded characters in their places.
pub(super) fn applied(text: &[char], decoded: &[Decoded]) -> Vec<char> {
    replaced(text, decoded, |d| d.target)
}

/// Bytes of a text in UTF-8; of up to 64 KiB, as lines are.
pub(super) fn bytes(text: &[char]) -> usize {
    let beyond = |c: char, least: u32| u32::from(u32::from(c) >= least);
    let width = |c: &char| 1 + beyond(*c, 0x80) + beyond(*c, 0x800) + beyond(*c, 0x1_0000);
    text.iter().map(width).sum::<u32>() as usize
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

/// What was decoded, as text.
fn targets(decoded: &[Decoded]) -> Box<str> {
    let mut text = String::with_capacity(decoded.iter().map(|d| d.target.len_utf8()).sum());
    text.extend(decoded.iter().map(|d| d.target));
    text.into()
}

/// The edits of all rounds, told in positions of the line as it came.
pub(super) struct Edits<'l> {
    line: &'l str,
    rounds: u32,
    /// Which bytes of the line the first round replaced, and by what.
    first: Vec<(usize, usize, char)>,
    /// For every character of the current text, from the second round on: its byte offset in the line.
    offsets: Vec<usize>,
    steps: Vec<MojibakeSpan>,
    lossy: u32,
}

impl<'l> Edits<'l> {
    pub(super) fn new(line: &'l str) -> Edits<'l> {
        let (first, offsets, steps) = (Vec::new(), Vec::new(), Vec::new());
        Edits { line, rounds: 0, first, offsets, steps, lossy: 0 }
    }

    /// Adds one round; decoded characters that touch are one span.
    pub(super) fn add(&mut self, text: &[char], decoded: &[Decoded], chain: &Arc<str>) {
        self.rounds += 1;
        if self.rounds == 1 {
            self.add_first(text, decoded);
        } else if self.rounds == 2 {
            self.find_offsets();
        }
        let touching = |a: &Decoded, b: &Decoded| a.end == b.start;
        self.steps.reserve(decoded.len());
        let mut from = 0;
        for span in decoded.chunk_by(touching) {
            let (Some(first), Some(last)) = (span.first(), span.last()) else {
                continue;
            };
            let replaced = self.first.get(from..from + span.len());
            from += span.len();
            let (start, before) = match replaced {
                Some([(start, _, _), .., (_, end, _)] | [(start, end, _)]) if self.rounds == 1 => {
                    (*start, self.line[*start..*end].into())
                }
                _ => {
                    let start = self.offsets.get(first.start).copied().unwrap_or(0);
                    (start, text[first.start..last.end].iter().collect::<String>().into())
                }
            };
            self.lossy += u32::from(span.iter().any(|d| d.is_lossy));
            self.steps.push(MojibakeSpan {
                start,
                before,
                after: targets(span),
                pages: Arc::clone(chain),
                score: span.iter().map(|d| d.gain).fold(0.0, f32::max),
            });
        }
        if self.rounds > 1 {
            let first_offset = |d: &Decoded| self.offsets.get(d.start).copied().unwrap_or(0);
            self.offsets = replaced(&self.offsets, decoded, first_offset);
        }
    }

    /// In the first round the text is the line.
    fn add_first(&mut self, text: &[char], decoded: &[Decoded]) {
        let (mut from, mut offset) = (0, 0);
        self.first.reserve(decoded.len());
        for d in decoded {
            let start = offset + bytes(&text[from..d.start]);
            offset = start + bytes(&text[d.start..d.end]);
            from = d.end;
            self.first.push((start, offset, d.target));
        }
    }

    /// Where the characters come from that the first round has left.
    fn find_offsets(&mut self) {
        let mut from = 0;
        let rest = (self.line.len(), self.line.len(), None);
        let edits = self.first.iter().map(|&(start, end, target)| (start, end, Some(target)));
        for (start, end, target) in edits.chain([rest]) {
            let kept = self.line[from..start].char_indices();
            self.offsets.extend(kept.map(|(at, _)| from + at));
            self.offsets.extend(target.map(|_| start));
            from = end;
        }
    }

    pub(super) fn into_outcome(self, text: &[char]) -> Outcome {
        if self.steps.is_empty() {
            return Outcome::Unchanged;
        }
        let spans = self.steps.len() as u32;
        let text = if self.rounds == 1 { self.after_first() } else { text.iter().collect() };
        Outcome::Repaired(Repaired { text, spans, lossy: self.lossy, steps: self.steps })
    }

    fn after_first(&self) -> String {
        let mut text = String::with_capacity(self.line.len());
        let mut from = 0;
        for &(start, end, target) in &self.first {
            text.push_str(&self.line[from..start]);
            text.push(target);
            from = end;
        }
        text.push_str(&self.line[from..]);
        text
    }
}
