//! A line at work: its characters, and the segments of it that may hold damage.

use std::cell::Cell;

use super::edits::replaced;
use super::lattice::Decoded;
use super::memo::Slot;
use super::noise::{LEAST_CHARS, Speech};
use super::pages::{PageSet, Pages};
use super::segment::{RIGHT_CHARS, next_beyond_ascii, next_segment};
use super::suspicion;

/// A line on its way, with room that is kept for the next one.
#[derive(Default)]
pub(super) struct Work {
    pub(super) text: Vec<char>,
    /// Which characters a round has made; none if empty.
    pub(super) made: Vec<bool>,
    pub(super) segments: Vec<Segment>,
}

impl Work {
    pub(super) fn begin(&mut self, line: &str) {
        self.text.clear();
        self.made.clear();
        let bytes = line.as_bytes();
        let mut from = 0;
        while from < bytes.len() {
            let at = suspicion::next_non_ascii(bytes, from).unwrap_or(bytes.len());
            self.text.extend(bytes[from..at].iter().map(|byte| char::from(*byte)));
            let others = bytes[at..].iter().position(u8::is_ascii);
            from = others.map_or(bytes.len(), |length| at + length);
            self.text.extend(line[at..from].chars());
        }
    }

    /// Puts decoded characters into the text, which is then `text`, and marks them as made.
    pub(super) fn put(&mut self, text: Vec<char>, decoded: &[Decoded]) {
        if self.made.is_empty() {
            self.made.resize(text.len(), false);
            let mut gone = 0;
            for d in decoded {
                self.made[d.start - gone] = true;
                gone += d.end - d.start - 1;
            }
        } else {
            self.made = replaced(&self.made, decoded, |_| true);
        }
        self.text = text;
    }

    /// Accented letters that no round has made.
    pub(super) fn sound_letters(&self) -> u64 {
        let made = |at: usize| self.made.get(at).is_some_and(|made| *made);
        let (mut letters, mut from) = (0, 0);
        while let Some(at) = next_beyond_ascii(&self.text, from) {
            letters += u64::from(is_accented(self.text[at]) && !made(at));
            from = at + 1;
        }
        letters
    }

    /// Finds the segments of a line, but for those that are certainly clean.
    pub(super) fn find_segments(&mut self, pages: &Pages) {
        let Work { text, made, segments } = self;
        segments.clear();
        let mut from = 0;
        while let Some((start, end)) = next_segment(text, from) {
            if suspicion::is_suspicious_span(pages, text, start, end) {
                let is_repaired = made.get(start..end).is_some_and(|part| part.contains(&true));
                let around = &text[start..(end + RIGHT_CHARS).min(text.len())];
                let [leads, leads_twice] = leads(pages, around);
                let slot = Cell::new(None);
                segments.push(Segment { start, end, slot, is_repaired, leads, leads_twice });
            }
            from = end;
        }
        Work::leave_out_noise(pages, text, segments);
    }

    /// Takes the pages from segments that are noise to them, by themselves or all together.
    fn leave_out_noise(pages: &Pages, text: &[char], segments: &mut [Segment]) {
        let length = |segment: &Segment| (segment.end - segment.start) as u64;
        if segments.iter().map(length).sum::<u64>() < LEAST_CHARS {
            return;
        }
        let mut of_line = Speech::default();
        for segment in segments.iter_mut() {
            let run = &text[segment.start..segment.end];
            of_line.hear(pages, run);
            if length(segment) >= LEAST_CHARS {
                let mut own = Speech::default();
                own.hear(pages, run);
                segment.leave_out(own.noisy_pages());
            }
        }
        let noise = of_line.noisy_pages();
        segments.iter_mut().for_each(|segment| segment.leave_out(noise));
    }
}

/// A part of the line that a chain may have something to say about; positions in characters.
#[derive(Clone)]
pub(super) struct Segment {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the memo keeps it.
    pub(super) slot: Cell<Option<Slot>>,
    /// An earlier round has repaired something here. Proof of a page is then no reason to go on: the
    /// chain had its say, and `OÍ…` must not become a combining accent once `OÃ\u{8D}…` is undone.
    pub(super) is_repaired: bool,
    /// Pages that have a lead image in it or right after it, and those that have two in one run.
    pub(super) leads: PageSet,
    pub(super) leads_twice: PageSet,
}

impl Segment {
    /// Pages that have nothing to say about it.
    fn leave_out(&mut self, pages: PageSet) {
        self.leads &= !pages;
        self.leads_twice &= !pages;
    }
}

/// A letter that Spanish and its neighbours write with an accent, and that mojibake is made of, too.
pub(super) fn is_accented(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}') && !matches!(c, '×' | '÷')
}

/// Pages that have a lead image among some characters, and those that have two of them without a
/// letter or digit of ASCII between, which no read takes.
///
/// Where a lead may be lost to sight, the three bytes that would follow it count.
fn leads(pages: &Pages, text: &[char]) -> [PageSet; 2] {
    let (mut once, mut twice, mut in_run) = (0, 0, 0);
    let mut before = [0; 2];
    for &c in text {
        if c.is_ascii() {
            before = [0; 2];
            in_run = if c.is_ascii_alphanumeric() { 0 } else { in_run };
            continue;
        }
        let roles = pages.roles(c);
        let leadless = pages.leadless & before[0] & before[1] & roles.continues;
        before = [before[1], roles.continues];
        let leads = roles.leads_two | roles.leads_more | leadless;
        twice |= in_run & leads;
        in_run |= leads;
        once |= leads;
    }
    [once, twice]
}
