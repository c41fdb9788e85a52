//! The features of a line among its neighbours.
//!
//! All come from the 32 non-blank lines before and after it: sums from running totals, distances
//! and runs from bit masks that slide along. Nothing else of the document counts, so that a line is
//! judged alike in a page, in a pipe, and in the middle of a book; more context was measured to
//! bring nothing, and position in the document to hurt.

use std::sync::LazyLock;

use super::cues::{Cues, First, NARROW, UNIT};

/// Lines that are seen on each side.
pub(crate) const REACH: usize = 32;

/// Marks of lines that masks follow.
#[derive(Clone, Copy)]
enum Mark {
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

const MARKS: usize = 10;

/// Running totals up to a line.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    score: i64,
    weighted: i64,
    root: i64,
    letters: i64,
    prose: i64,
    function_words: i64,
    length: i64,
    squares: i64,
    short: i32,
    strong: i32,
    items: i32,
    long: i32,
}

/// What is kept of a line.
#[derive(Debug, Clone)]
struct Kept {
    cues: Cues,
    marks: u16,
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

    pub(crate) fn push(&mut self, cues: &Cues) {
        if self.totals.is_empty() {
            self.totals.push(Totals::default());
        }
        let score = i64::from(cues.clipped());
        let letters = i64::from(cues.letters());
        let length = i64::from(cues.length);
        let before = self.totals[self.totals.len() - 1];
        self.totals.push(Totals {
            score: before.score + score,
            weighted: before.weighted + score * i64::from(cues.root),
            root: before.root + i64::from(cues.root),
            letters: before.letters + letters,
            prose: before.prose + if cues.is_prose() { letters } else { 0 },
            function_words: before.function_words + letters * i64::from(cues.function_words()),
            length: before.length + length,
            squares: before.squares + length * length,
            short: before.short + i32::from(cues.is_short()),
            strong: before.strong + i32::from(cues.strong > 0 || cues.weak > 0),
            items: before.items + i32::from(cues.is_item),
            long: before.long + i32::from(cues.is_long()),
        });
        let mut marks = 0;
        let mut mark = |mark: Mark, holds: bool| marks |= u16::from(holds) << mark as u16;
        mark(Mark::Header, cues.is_header());
        mark(Mark::WideHeader, cues.strong_reach >= 2);
        mark(Mark::Hit, cues.weak > 0 || cues.strong > 0);
        mark(Mark::High, cues.score > 2 * UNIT);
        mark(Mark::Low, letters >= 60 && cues.score < -3 * UNIT / 2);
        mark(Mark::Long, cues.is_long());
        mark(Mark::Short, cues.is_short());
        mark(Mark::Narrow, cues.letters() < NARROW);
        mark(Mark::Prose, cues.is_prose());
        mark(Mark::Closing, cues.is_prose() || letters > 122);
        self.lines.push(Kept { cues: cues.clone(), marks });
    }

    /// Forgets lines at the beginning.
    pub(crate) fn forget(&mut self, lines: usize) {
        self.lines.drain(..lines);
        self.totals.drain(..lines);
    }
}

/// Words of the prose round a line: how often each bucket occurs on one side.
struct Vocabulary {
    counts: Vec<u16>,
}

const BUCKETS: usize = 1 << 14;

impl Vocabulary {
    fn new() -> Vocabulary {
        Vocabulary { counts: vec![0; BUCKETS] }
    }

    fn add(&mut self, line: &Kept) {
        if line.cues.is_prose() {
            for word in &line.cues.vocabulary {
                self.counts[usize::from(*word) % BUCKETS] += 1;
            }
        }
    }

    fn remove(&mut self, line: &Kept) {
        if line.cues.is_prose() {
            for word in &line.cues.vocabulary {
                self.counts[usize::from(*word) % BUCKETS] -= 1;
            }
        }
    }

    fn holds(&self, word: u16) -> bool {
        self.counts[usize::from(word) % BUCKETS] > 0
    }
}

/// Goes along a track and gives the features of each line.
pub(crate) struct Walk {
    at: usize,
    /// Lines that have entered the masks of what lies ahead.
    entered: usize,
    behind: [u32; MARKS],
    ahead: [u32; MARKS],
    words_behind: Vocabulary,
    words_ahead: Vocabulary,
}

impl Walk {
    pub(crate) fn new() -> Walk {
        Walk {
            at: 0,
            entered: 0,
            behind: [0; MARKS],
            ahead: [0; MARKS],
            words_behind: Vocabulary::new(),
            words_ahead: Vocabulary::new(),
        }
    }

    /// Starts anew.
    pub(crate) fn reset(&mut self) {
        self.at = 0;
        self.entered = 0;
        self.behind = [0; MARKS];
        self.ahead = [0; MARKS];
        self.words_behind.counts.fill(0);
        self.words_ahead.counts.fill(0);
    }

    /// The track has forgotten lines at its beginning.
    pub(crate) fn shift(&mut self, lines: usize) {
        self.at -= lines;
        self.entered -= lines;
    }

    /// The line whose features come next.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The features of the next line, if it is there, by those of its neighbours that are.
    pub(crate) fn next(&mut self, track: &Track) -> Option<[i32; FEATURES]> {
        let at = self.at;
        if at >= track.len() {
            return None;
        }
        self.arrive(track);
        let row = values(&self.window(track, at));
        self.depart(track);
        Some(row)
    }

    /// Passes over the next line, if it is there.
    pub(crate) fn skip(&mut self, track: &Track) {
        if self.at < track.len() {
            self.arrive(track);
            self.depart(track);
        }
    }

    /// The next line leaves what lies ahead, the next to come within reach enters it.
    fn arrive(&mut self, track: &Track) {
        let at = self.at;
        let end = track.len().min(at + REACH + 1);
        if at == 0 {
            self.entered = 1;
        } else {
            self.words_ahead.remove(&track.lines[at]);
            self.ahead.iter_mut().for_each(|mask| *mask >>= 1);
        }
        while self.entered < end {
            let line = &track.lines[self.entered];
            let bit = self.entered - at - 1;
            for (mark, mask) in self.ahead.iter_mut().enumerate() {
                *mask |= u32::from(line.marks >> mark & 1) << bit;
            }
            self.words_ahead.add(line);
            self.entered += 1;
        }
    }

    /// The line now lies behind.
    fn depart(&mut self, track: &Track) {
        let at = self.at;
        let line = &track.lines[at];
        for (mark, mask) in self.behind.iter_mut().enumerate() {
            *mask = *mask << 1 | u32::from(line.marks >> mark & 1);
        }
        self.words_behind.add(line);
        if at >= REACH {
            self.words_behind.remove(&track.lines[at - REACH]);
        }
        self.at += 1;
    }

    fn window<'w>(&'w self, track: &'w Track, at: usize) -> Window<'w> {
        Window { walk: self, track, at, own: &track.lines[at].cues }
    }
}

/// A line and what lies round it.
struct Window<'w> {
    walk: &'w Walk,
    track: &'w Track,
    at: usize,
    own: &'w Cues,
}

/// A stretch of lines: `Behind(4)` is the four lines before.
#[derive(Clone, Copy)]
enum Side {
    Behind(usize),
    Ahead(usize),
}
use Side::{Ahead, Behind};

/// ln(1 + value), in [`UNIT`]s.
fn log(value: i64) -> i32 {
    let value = value.max(0);
    let known = LOGARITHMS.get(value as usize).map(|log| i32::from(*log));
    known.unwrap_or_else(|| exact_log(value))
}

fn exact_log(value: i64) -> i32 {
    ((value as f32).ln_1p() * UNIT as f32).round() as i32
}

/// Logarithms of the letters that 32 lines of prose have, and fewer.
static LOGARITHMS: LazyLock<Vec<u16>> =
    LazyLock::new(|| (0..1 << 14).map(|value| exact_log(value) as u16).collect());

/// The root of a fixed-point number, in sixteenths of its unit.
fn root(value: i64) -> i32 {
    ((value.max(0) as f32).sqrt()).round() as i32
}

impl Window<'_> {
    fn range(&self, side: Side) -> (usize, usize) {
        match side {
            Behind(lines) => (self.at.saturating_sub(lines), self.at),
            Ahead(lines) => (self.at + 1, self.track.len().min(self.at + 1 + lines)),
        }
    }

    /// Total of a measure over a stretch, and its lines.
    fn total(&self, side: Side, measure: impl Fn(&Totals) -> i64) -> (i64, i64) {
        let (start, end) = self.range(side);
        let totals = &self.track.totals;
        (measure(&totals[end]) - measure(&totals[start]), (end - start) as i64)
    }

    fn mean(&self, side: Side, measure: impl Fn(&Totals) -> i64) -> i32 {
        let (sum, lines) = self.total(side, measure);
        (sum / lines.max(1)) as i32
    }

    fn score(&self, side: Side) -> i32 {
        self.mean(side, |totals| totals.score)
    }

    /// The mean text score, lines weighted by the root of their letters.
    fn weighted(&self, side: Side) -> i32 {
        let (sum, _) = self.total(side, |totals| totals.weighted);
        let (weight, _) = self.total(side, |totals| totals.root);
        (sum / weight.max(1)) as i32
    }

    /// A share of the lines, in 1/255.
    fn share(&self, side: Side, measure: impl Fn(&Totals) -> i32) -> i32 {
        self.mean(side, |totals| 255 * i64::from(measure(totals)))
    }

    fn prose(&self, side: Side) -> i64 {
        self.total(side, |totals| totals.prose).0
    }

    fn letters(&self, side: Side) -> i64 {
        self.total(side, |totals| totals.letters).0
    }

    fn function_words(&self, side: Side) -> i32 {
        let (sum, _) = self.total(side, |totals| totals.function_words);
        (sum / self.letters(side).max(1)) as i32
    }

    fn length(&self, side: Side) -> i32 {
        self.mean(side, |totals| totals.length)
    }

    /// The variance of the length.
    fn variance(&self, side: Side) -> i32 {
        let mean = i64::from(self.length(side));
        let squares = i64::from(self.mean(side, |totals| totals.squares));
        ((squares - mean * mean) / i64::from(UNIT)).clamp(0, 1 << 20) as i32
    }

    fn neighbour(&self, by: isize) -> Option<&Cues> {
        let at = self.at.checked_add_signed(by)?;
        self.track.lines.get(at).map(|line| &line.cues)
    }

    /// Lines back to a mark, from 1; one more than can be seen if there is none.
    fn back(&self, mark: Mark) -> i32 {
        1 + self.walk.behind[mark as usize].trailing_zeros() as i32
    }

    fn forth(&self, mark: Mark) -> i32 {
        1 + self.walk.ahead[mark as usize].trailing_zeros() as i32
    }

    /// Lines with a mark round this one, without a gap.
    fn run(&self, mark: Mark) -> i32 {
        if self.track.lines[self.at].marks >> mark as u16 & 1 == 0 {
            return 0;
        }
        let behind = self.walk.behind[mark as usize].trailing_ones();
        let ahead = self.walk.ahead[mark as usize].trailing_ones();
        1 + (behind + ahead) as i32
    }

    /// The header before this line, if one is in sight.
    fn header(&self) -> Option<(usize, &Cues)> {
        let back = self.back(Mark::Header) as usize;
        (back <= REACH && back <= self.at).then(|| (back, &self.track.lines[self.at - back].cues))
    }

    fn prose_since_header(&self) -> i32 {
        match self.header() {
            Some((back, _)) => log(self.prose(Behind(back - 1))),
            None => 20 * UNIT,
        }
    }

    /// The reach of the header whose block is still open here.
    fn region(&self) -> i32 {
        let Some((back, header)) = self.header() else { return 0 };
        let reach = i32::from(header.strong_reach);
        let is_closed = self.back(Mark::Closing) < back as i32;
        match reach {
            1 if is_closed || back > 5 => 0,
            2 | 3 if is_closed => 0,
            _ => reach,
        }
    }

    /// Lines back to an equal line, and how many sides hold one.
    fn repeats(&self) -> (i32, i32) {
        let is_equal = |line: &Kept| line.cues.equal == self.own.equal;
        let (start, end) = self.range(Behind(REACH));
        let back = self.track.lines[start..end].iter().rev().position(is_equal);
        let (start, end) = self.range(Ahead(REACH));
        let ahead = self.track.lines[start..end].iter().any(is_equal);
        let distance = back.map_or(REACH as i32 + 1, |lines| 1 + lines as i32);
        (distance, i32::from(back.is_some()) + i32::from(ahead))
    }

    /// The share of the line's content words that prose behind, ahead and on either side holds, in
    /// 1/255; -1 if it has none.
    fn link(&self) -> [i32; 3] {
        let words = &self.own.vocabulary;
        if words.is_empty() {
            return [-1; 3];
        }
        let mut found = [0; 3];
        for word in words {
            let behind = self.walk.words_behind.holds(*word);
            let ahead = self.walk.words_ahead.holds(*word);
            found[0] += i32::from(behind);
            found[1] += i32::from(ahead);
            found[2] += i32::from(behind || ahead);
        }
        found.map(|count| count * 255 / words.len() as i32)
    }

    /// How much the lines on one side read like an article: the most that the next 4, 8, 16 or 32
    /// have in all, each of them charged for its line.
    fn resumes(&self, side: fn(usize) -> Side) -> i32 {
        let best = [4, 8, 16, REACH]
            .into_iter()
            .map(|lines| {
                let (sum, lines) = self.total(side(lines), |totals| totals.weighted);
                // Root in sixteenths, score in units.
                -sum / 16 - 3 * lines * i64::from(UNIT)
            })
            .max();
        root(best.unwrap_or(0).max(0))
    }
}

macro_rules! features {
    (|$window:ident, $link:ident, $repeats:ident| $($name:ident = $value:expr,)*) => {
        /// What features are called, in order.
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// How many there are.
        pub(crate) const FEATURES: usize = NAMES.len();

        fn values($window: &Window<'_>) -> [i32; FEATURES] {
            let $link = $window.link();
            let $repeats = $window.repeats();
            [$($value),*]
        }
    };
}

features! { |w, link, repeats|
    own_score = w.own.score,
    own_length = w.own.length,
    own_chars = w.own.chars.min(4000) as i32,
    own_words = w.own.words.min(1000) as i32,
    own_terminated = i32::from(w.own.is_terminated()) + 2 * i32::from(w.own.ends_sentence),
    own_first = match w.own.first {
        First::Other => 0,
        First::Upper => 1,
        First::Lower => 2,
        First::Digit => 3,
    },
    own_capitals = i32::from(w.own.capitals),
    own_code = i32::from(w.own.code),
    own_digits = i32::from(w.own.digits),
    own_commas = i32::from(w.own.commas),
    own_spanish = i32::from(w.own.spanish),
    own_function_words = w.own.function_words(),
    own_distinct = i32::from(w.own.distinct),
    own_item = i32::from(w.own.is_item),
    own_question = i32::from(w.own.ends_question),
    own_strong = i32::from(w.own.strong),
    own_strong_weight = i32::from(w.own.strong_weight),
    own_reach = i32::from(w.own.strong_reach),
    own_weak = i32::from(w.own.weak),
    score_b1 = w.neighbour(-1).map_or(0, Cues::clipped),
    score_f1 = w.neighbour(1).map_or(0, Cues::clipped),
    score_b2 = w.neighbour(-2).map_or(0, Cues::clipped),
    score_f2 = w.neighbour(2).map_or(0, Cues::clipped),
    capitals_b1 = w.neighbour(-1).map_or(-1, |cues| i32::from(cues.capitals)),
    capitals_f1 = w.neighbour(1).map_or(-1, |cues| i32::from(cues.capitals)),
    capitals_b2 = w.neighbour(-2).map_or(-1, |cues| i32::from(cues.capitals)),
    capitals_f2 = w.neighbour(2).map_or(-1, |cues| i32::from(cues.capitals)),
    length_b1 = w.neighbour(-1).map_or(-1, |cues| cues.length),
    length_f1 = w.neighbour(1).map_or(-1, |cues| cues.length),
    function_words_b1 = w.neighbour(-1).map_or(-1, Cues::function_words),
    score_b4 = w.score(Behind(4)),
    score_f4 = w.score(Ahead(4)),
    score_b8 = w.score(Behind(8)),
    score_f8 = w.score(Ahead(8)),
    score_b16 = w.score(Behind(16)),
    score_f16 = w.score(Ahead(16)),
    score_b32 = w.score(Behind(32)),
    score_f32 = w.score(Ahead(32)),
    weighted_b4 = w.weighted(Behind(4)),
    weighted_f4 = w.weighted(Ahead(4)),
    weighted_b8 = w.weighted(Behind(8)),
    weighted_f8 = w.weighted(Ahead(8)),
    weighted_b16 = w.weighted(Behind(16)),
    weighted_f16 = w.weighted(Ahead(16)),
    weighted_b32 = w.weighted(Behind(32)),
    weighted_f32 = w.weighted(Ahead(32)),
    short_b16 = w.share(Behind(16), |totals| totals.short),
    short_b32 = w.share(Behind(32), |totals| totals.short),
    short_f8 = w.share(Ahead(8), |totals| totals.short),
    short_f32 = w.share(Ahead(32), |totals| totals.short),
    prose_f4 = log(w.prose(Ahead(4))),
    prose_f8 = log(w.prose(Ahead(8))),
    prose_b8 = log(w.prose(Behind(8))),
    prose_b32 = log(w.prose(Behind(32))),
    prose_f32 = log(w.prose(Ahead(32))),
    function_words_b16 = w.function_words(Behind(16)),
    function_words_b32 = w.function_words(Behind(32)),
    function_words_f32 = w.function_words(Ahead(32)),
    hits_b8 = w.share(Behind(8), |totals| totals.strong),
    hits_f8 = w.share(Ahead(8), |totals| totals.strong),
    hits_b32 = w.share(Behind(32), |totals| totals.strong),
    hits_f32 = w.share(Ahead(32), |totals| totals.strong),
    items_b16 = w.share(Behind(16), |totals| totals.items),
    items_f32 = w.share(Ahead(32), |totals| totals.items),
    length_b8 = w.length(Behind(8)),
    length_f8 = w.length(Ahead(8)),
    length_b32 = w.length(Behind(32)),
    length_f32 = w.length(Ahead(32)),
    variance_b32 = w.variance(Behind(32)),
    variance_f32 = w.variance(Ahead(32)),
    run_short = w.run(Mark::Short),
    run_narrow = w.run(Mark::Narrow),
    step = {
        let own = w.own.length;
        let step = |by| w.neighbour(by).map_or(0, |cues| (cues.length - own).abs());
        step(-1) + step(1)
    },
    back_header = w.back(Mark::Header),
    back_wide_header = w.back(Mark::WideHeader),
    back_hit = w.back(Mark::Hit),
    back_high = w.back(Mark::High),
    back_low = w.back(Mark::Low),
    back_prose = w.back(Mark::Prose),
    forth_header = w.forth(Mark::Header),
    forth_hit = w.forth(Mark::Hit),
    forth_high = w.forth(Mark::High),
    forth_low = w.forth(Mark::Low),
    forth_long = w.forth(Mark::Long),
    forth_prose = w.forth(Mark::Prose),
    header_prose = w.prose_since_header(),
    header_reach = w.header().map_or(-1, |(_, header)| i32::from(header.strong_reach)),
    header_category = w.header().map_or(-1, |(_, header)| i32::from(header.strong)),
    region = w.region(),
    lines_b = log((w.range(Behind(32)).1 - w.range(Behind(32)).0) as i64),
    lines_f = log((w.range(Ahead(32)).1 - w.range(Ahead(32)).0) as i64),
    letters_b = log(w.letters(Behind(32))),
    letters_f = log(w.letters(Ahead(32))),
    prose_all = log(w.prose(Behind(32)) + w.prose(Ahead(32))),
    prose_behind_share = {
        let behind = w.prose(Behind(32));
        (255 * behind / (behind + w.prose(Ahead(32))).max(1)) as i32
    },
    prose_share_b = (255 * w.prose(Behind(32)) / w.letters(Behind(32)).max(1)) as i32,
    prose_share_f = (255 * w.prose(Ahead(32)) / w.letters(Ahead(32)).max(1)) as i32,
    long_f = w.total(Ahead(32), |totals| i64::from(totals.long)).0.min(20) as i32,
    equal_back = repeats.0,
    equal_sides = repeats.1,
    link_b = link[0],
    link_f = link[1],
    link_either = link[2],
    resumes_f = w.resumes(Ahead),
    resumes_b = w.resumes(Behind),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::model::Words;

    fn track_of(lines: &[String]) -> Track {
        let mut track = Track::default();
        let mut words = Words::default();
        for line in lines {
            let mut cues = Cues::default();
            cues.fill(line, &Facts::of(line), &mut words);
            track.push(&cues);
        }
        track
    }

    fn rows(track: &Track) -> Vec<[i32; FEATURES]> {
        let mut walk = Walk::new();
        std::iter::from_fn(|| walk.next(track)).collect()
    }

    fn lines(from: usize, to: usize) -> Vec<String> {
        let line = |number: usize| match number % 7 {
            0 => format!("Seccion {number}"),
            3 => "- Share".to_owned(),
            _ => format!(
                "The river rose {number} metres in one night, and nobody in the village \
                          could remember anything like it since the great flood they spoke of in {number}."
            ),
        };
        (from..to).map(line).collect()
    }

    fn of(row: &[i32; FEATURES], name: &str) -> i32 {
        let Some(place) = NAMES.iter().position(|known| *known == name) else { panic!("{name}") };
        row[place]
    }

    #[test]
    fn what_is_farther_away_than_the_reach_does_not_count() {
        let whole = rows(&track_of(&lines(0, 200)));
        let part = rows(&track_of(&lines(100 - REACH, 101 + REACH)));
        assert_eq!(whole[100], part[REACH]);
    }

    #[test]
    fn forgotten_lines_change_nothing() {
        let mut track = track_of(&lines(0, 120));
        let whole = rows(&track);
        let mut walk = Walk::new();
        for row in &whole[..60] {
            assert_eq!(walk.next(&track).as_ref(), Some(row));
        }
        track.forget(60 - REACH);
        walk.shift(60 - REACH);
        for row in &whole[60..] {
            assert_eq!(walk.next(&track).as_ref(), Some(row));
        }
        assert!(walk.next(&track).is_none());
    }

    #[test]
    fn runs_distances_and_repeats_are_counted() {
        let text = ["Menu", "Home", "Home", "News", &lines(1, 2)[0]].map(str::to_owned);
        let rows = rows(&track_of(&text));
        assert_eq!(of(&rows[1], "run_short"), 4);
        assert_eq!(of(&rows[1], "forth_prose"), 3);
        assert_eq!((of(&rows[2], "equal_back"), of(&rows[2], "equal_sides")), (1, 1));
        assert_eq!((of(&rows[1], "equal_back"), of(&rows[1], "equal_sides")), (33, 1));
        assert_eq!(of(&rows[4], "link_either"), 0);
    }
}
