//! What a chain makes of the segments of a line, found out once for each segment and its surroundings.

use std::sync::Arc;

use super::engine::Engine;
use super::glyph::is_ascii_mark;
use super::lattice::{self, Decoded};
use super::memo::{Memo, Reading, Slot};
use super::pages::{Chain, MAX_SEQUENCE};
use super::segment::{LEFT_CHARS, RIGHT_CHARS};
use super::work::Segment;
use super::{evidence, reader, sisters};
use crate::repair::is_alphabetic;

/// What is known of a chain when a segment is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Trust {
    Unproven,
    Proven,
    /// It damaged whatever it could: then a letter that it would have damaged is no clean one.
    Throughout,
}

impl Trust {
    /// Price of a read in nats.
    fn edge(self) -> f32 {
        match self {
            Trust::Unproven => 3.0,
            Trust::Proven => 0.3,
            Trust::Throughout => -2.0,
        }
    }
}

/// Each segment that an unproven chain repairs must be worth this, in nats.
const ACCEPTED_SEGMENT: f32 = 5.0;

/// A segment with as much of the line around it as its reading depends on.
#[derive(Clone, Copy)]
struct Window<'t> {
    text: &'t [char],
    /// Where the segment begins and ends in `text`.
    start: usize,
    end: usize,
    /// The segment stands at the start of its line.
    starts_line: bool,
}

/// Whether a character is a letter beyond Latin ones.
pub(super) fn is_foreign(c: char) -> bool {
    c >= '\u{250}' && is_alphabetic(c)
}

impl<'t> Window<'t> {
    fn new(engine: &Engine, line: &'t [char], start: usize, end: usize) -> Window<'t> {
        let left = &line[start.saturating_sub(LEFT_CHARS)..start];
        let right = &line[end..(end + RIGHT_CHARS).min(line.len())];
        let segment = &line[start..end];
        let from = left.iter().rposition(|c| is_ascii_mark(*c)).unwrap_or(0);
        let stop = engine.settled_after(segment, right).unwrap_or(right.len());
        let ((gone, near), (close, far)) = (left.split_at(from), right.split_at(stop));
        // `evidence` asks for other letters around one of another script, and whether all are Latin.
        let has_letters = |[a, b]: [&[char]; 2]| a.iter().chain(b).any(|c| c.is_ascii_alphabetic());
        let is_same_around = || {
            gone.iter().chain(far).all(char::is_ascii)
                && (has_letters([near, close]) || !has_letters([gone, far]))
        };
        let is_enough = !segment.iter().any(|&c| is_foreign(c)) || is_same_around();
        let (near, close) = if is_enough { (near, close) } else { (left, right) };
        let text = &line[start - near.len()..end + close.len()];
        let (start, end) = (near.len(), near.len() + segment.len());
        Window { text, start, end, starts_line: left.is_empty() }
    }

    /// Where the segment begins and ends is part of what is read.
    fn shape(&self) -> u32 {
        self.start as u32 | (self.end as u32) << 8 | u32::from(self.starts_line) << 24
    }
}

/// What one chain makes of one segment, placed in the line.
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) is_repaired: bool,
    pub(super) reading: Arc<Reading>,
}

impl Found {
    /// Convincing without proof from elsewhere.
    pub(super) fn is_strong(&self) -> bool {
        !self.reading.is_weak && self.reading.gain > ACCEPTED_SEGMENT
    }

    /// Where the last character that it read ends in the line.
    pub(super) fn end(&self) -> usize {
        self.start + self.reading.decoded.last().map_or(0, |last| last.end)
    }

    pub(super) fn overlaps(&self, other: &Found) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

impl Engine {
    /// The segments as a chain reads them; `None` when its deepest layer is never used.
    pub(super) fn read_line(
        &self,
        text: &[char],
        segments: &[Segment],
        chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Option<Vec<Found>> {
        // With one lead image nothing lies deep, and the chain says no more than a shallower one.
        if let [outermost, _, ..] = *self.pages.chains[chain].pages
            && segments.iter().all(|segment| segment.leads_twice & 1 << outermost == 0)
        {
            return None;
        }
        let mut found = Vec::with_capacity(segments.len());
        let mut from = 0;
        for segment in segments {
            // A read of the segment before may have taken the first characters.
            let start = segment.start.max(from);
            if start >= segment.end {
                continue;
            }
            let is_repaired = segment.is_repaired;
            let trust = if is_repaired { Trust::Unproven } else { trust };
            let reading = self.read_segment(text, segment, start, chain, trust, memo);
            let end = reading.decoded.last().map_or(0, |last| start + last.end);
            from = segment.end.max(end);
            found.push(Found { start, is_repaired, reading });
        }
        let depth = found.iter().map(|f| f.reading.depth).max().unwrap_or(0);
        (usize::from(depth) == self.pages.chains[chain].pages.len()).then_some(found)
    }

    /// How much of the text to the `right` of a segment it takes until all ways through it go on alike: behind a
    /// mark of ASCII that no read takes nothing is left of what stood before, and neither is behind three
    /// small letters.
    fn settled_after(&self, segment: &[char], right: &[char]) -> Option<usize> {
        // A read may take spaces and marks, and never a letter or digit.
        let may_be_taken = !right.first()?.is_ascii_alphanumeric()
            && segment
                .iter()
                .rev()
                .zip(1..=MAX_SEQUENCE)
                .any(|(&c, length)| usize::from(self.pages.roles(c).longest) > length);
        if may_be_taken {
            // What the marks may have been depends on the word behind them.
            let word = right.iter().position(char::is_ascii_alphanumeric)?;
            return right[word..].iter().position(|c| *c == ' ').map(|length| word + length + 1);
        }
        let mut letters = 0;
        let is_last = |c: &char| {
            letters = if c.is_ascii_lowercase() { letters + 1 } else { 0 };
            letters == 3 || is_ascii_mark(*c)
        };
        right.iter().position(is_last).map(|at| at + 1)
    }

    /// What a chain makes of a segment, or of the part of it from `start` on.
    fn read_segment(
        &self,
        text: &[char],
        segment: &Segment,
        start: usize,
        mut chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Arc<Reading> {
        // Without lead images nothing is read, and with one of them nothing lies deeper.
        while let [outermost, _inner, ..] = *self.pages.chains[chain].pages
            && segment.leads_twice & 1 << outermost == 0
            && let Some(shallower) = self.pages.chains[chain].shallower
        {
            chain = shallower;
        }
        let outermost = self.pages.chains[chain].pages.first();
        if outermost.is_none_or(|&page| segment.leads & 1 << page == 0) {
            return Arc::clone(&memo.nothing);
        }
        let is_whole = start == segment.start;
        let kept = segment.slot.get().filter(|slot| is_whole && memo.holds(*slot));
        if let Some(known) = kept.and_then(|slot| memo.get(slot, chain as u8, trust)) {
            return known;
        }
        let window = Window::new(self, text, start, segment.end);
        let slot = kept.unwrap_or_else(|| {
            memo.key.clear();
            memo.key.push(window.shape());
            memo.key.extend(window.text.iter().map(|&c| u32::from(c)));
            memo.place()
        });
        if is_whole {
            segment.slot.set(Some(slot));
        }
        self.read_window(window, slot, chain, trust, memo)
    }

    fn read_window(
        &self,
        window: Window<'_>,
        slot: Slot,
        chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Arc<Reading> {
        let number = chain as u8;
        if let Some(known) = memo.get(slot, number, trust) {
            return known;
        }
        if let Some(reading) = self.read_by_sister(window, slot, chain, trust, memo) {
            memo.put(slot, number, trust, Arc::clone(&reading));
            return reading;
        }
        let Window { text, start, end, starts_line } = window;
        let stop = text.len();
        let Chain { pages, shallower, .. } = &self.pages.chains[chain];
        if let ([page, _, ..], &Some(shallower)) = (pages.as_slice(), shallower)
            && memo.shallow(slot) & 1 << page != 0
        {
            return self.read_window(window, slot, shallower, trust, memo);
        }
        memo.searched += (stop - start) as u64;
        let (glyphs, reads) = (&self.glyphs, &mut memo.reads);
        reader::read(&self.pages, &self.pages.chains[chain], glyphs, text, (start, stop), reads);
        if let [page, _, ..] = **pages
            && !reads.may_be_deeper
        {
            memo.add_shallow(slot, page);
        }
        let depth = memo.reads.depth;
        let reading = if usize::from(depth) < pages.len() {
            // Nothing lies this deep: the chain says what the shallower one says.
            match *shallower {
                Some(shallower) if depth > 0 => {
                    self.read_window(window, slot, shallower, trust, memo)
                }
                _ => Arc::clone(&memo.nothing),
            }
        } else {
            let span = lattice::Span { start, end, stop, starts_line };
            let (reads, ground, scratch) = memo.search_of(slot);
            let path = lattice::best_path(glyphs, reads, text, span, trust.edge(), ground, scratch);
            let is_weak = evidence::is_weak(glyphs, text, &path.decoded, path.gain);
            let depth = path.decoded.iter().map(|d| d.depth).max().unwrap_or(0);
            let place = |d: Decoded| Decoded { start: d.start - start, end: d.end - start, ..d };
            let decoded = path.decoded.into_iter().map(place).collect();
            Arc::new(Reading { gain: path.gain, is_weak, depth, decoded })
        };
        memo.put(slot, number, trust, Arc::clone(&reading));
        reading
    }

    /// What a page with a lower number says, if both read complete sequences only and read them alike:
    /// windows-1252, -1254 and iso-8859-15 differ in few characters. The bytes that they leave undefined
    /// differ, too, and count only where the lower page has to guess.
    fn read_by_sister(
        &self,
        window: Window<'_>,
        slot: Slot,
        chain: usize,
        trust: Trust,
        memo: &mut Memo,
    ) -> Option<Arc<Reading>> {
        let [page] = *self.pages.chains[chain].pages else { return None };
        let sister = memo.sisters(slot, || sisters::sisters(&self.pages, window.text))[page];
        // A chain of one page has the number of its page.
        let sister = usize::from(sister);
        if sister == page || self.pages.chains[sister].pages != [sister] {
            return None;
        }
        let reading = self.read_window(window, slot, sister, trust, memo);
        let is_complete =
            !reading.decoded.is_empty() && reading.decoded.iter().all(|d| !d.is_lossy);
        is_complete.then_some(reading)
    }
}

#[cfg(test)]
mod tests {
    use super::super::segment::next_segment;
    use super::*;

    #[test]
    fn what_a_window_leaves_out_says_nothing() {
        let engine = Engine::new();
        let mut memo = Memo::default();
        let mut read = |window: Window<'_>, chain: usize, trust| {
            memo.key.clear();
            memo.key.push(window.shape());
            memo.key.extend(window.text.iter().map(|&c| u32::from(c)));
            let slot = memo.place();
            engine.read_window(window, slot, chain, trust, &mut memo)
        };
        let mut left_out = 0;
        for line in [
            "maÃ±ana, cafÃ© y Â¿quÃ© pasa? Â«SÃ\u{AD}Â», dijo",
            "itâ€™s â€œtheirâ€\u{9D} choice â€” naÃ¯ve people",
            "lâ€™Ã©tÃ© Ã  la plage Ã\u{A0} midi, Ã quela parte, dÃa y dÃ\u{AD}a",
            "podrÃan, â€\"no, Ã, Ã: â€? â€œThe Ã\u{FFFD}frica of",
            "man ΓÇÖs work, ΓÇ£The storyΓÇ¥, reached ≡ƒÜÇ 2024 ├▒ando",
            "groГџe Straße, Гњbung voilГ , О нас РџСЂРёРІРµС‚, РјРёСЂ and more",
            "ved أ¥ bruke, أ± 25 de mayo, ‚Äôs Espa√±ola",
            "MAÃ‘ANA NESTLÉ® VÃA ÃšLTIMA Ã\u{AD}Ã",
        ] {
            let text: Vec<char> = line.chars().collect();
            let mut from = 0;
            while let Some((start, end)) = next_segment(&text, from) {
                from = end;
                let window = Window::new(&engine, &text, start, end);
                let left = start.saturating_sub(LEFT_CHARS);
                let right = (end + RIGHT_CHARS).min(text.len());
                let whole = Window {
                    text: &text[left..right],
                    start: start - left,
                    end: end - left,
                    starts_line: start == 0,
                };
                left_out += whole.text.len() - window.text.len();
                for chain in 0..engine.pages.chains.len() {
                    for trust in [Trust::Unproven, Trust::Proven, Trust::Throughout] {
                        let [near, all] = [window, whole].map(|window| read(window, chain, trust));
                        let told = |reading: &Reading| {
                            let target = |d: &Decoded| (d.start, d.end, d.target);
                            let decoded: Vec<_> = reading.decoded.iter().map(target).collect();
                            (decoded, reading.is_weak, reading.depth)
                        };
                        let name = &engine.pages.chains[chain].name;
                        assert_eq!(told(&near), told(&all), "{line} {start} {name} {trust:?}");
                        assert!((near.gain - all.gain).abs() < 0.001, "{line} {start} {name}");
                    }
                }
            }
        }
        assert!(left_out > 100, "{left_out}");
    }
}
