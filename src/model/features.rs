//! The features of a line among its neighbours.
//!
//! All come from the 32 non-blank lines before and after it: sums from running totals, distances
//! and runs from bit masks that slide along. Nothing else of the document counts, so that a line is
//! judged alike in a page, in a pipe, and in the middle of a book; more context was measured to
//! bring nothing, and position in the document to hurt.
//!
//! The first features are cheap, and enough for most lines: see [`super::sieve`].

use std::sync::LazyLock;

use super::cues::{Cues, UNIT};
use super::link::Link;
use super::sums::Side::{self, Ahead, Behind};
use super::sums::Sums;
use super::track::{MARKS, Mark, Sum, Track};
use crate::line_scan::First;
use crate::wide::Wide;

/// Lines that are seen on each side.
pub(crate) const REACH: usize = 32;

/// Goes along a track and gives the features of each line.
pub(crate) struct Walk {
    at: usize,
    /// Lines that have entered the masks of what lies ahead.
    entered: usize,
    masks: Masks,
    sums: Sums,
    link: Link,
}

/// For each mark, which of the lines behind and ahead have it, the nearest in the lowest bit.
#[derive(Default)]
struct Masks {
    behind: [u32; MARKS],
    ahead: [u32; MARKS],
}

impl Walk {
    pub(crate) fn new() -> Walk {
        Walk {
            at: 0,
            entered: 0,
            masks: Masks::default(),
            sums: Sums::default(),
            link: Link::new(),
        }
    }

    /// Starts anew.
    pub(crate) fn reset(&mut self) {
        self.at = 0;
        self.entered = 0;
        self.masks = Masks::default();
        self.link.reset();
    }

    /// The track has forgotten lines at its beginning.
    pub(crate) fn shift(&mut self, lines: usize) {
        self.at -= lines;
        self.entered -= lines;
        self.link.shift(lines);
    }

    /// The line whose features come next.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Comes to the next line, which is there; its features may be asked for until it is left.
    #[inline(always)]
    pub(super) fn arrive(&mut self, track: &Track) {
        let at = self.at;
        let marks = track.marks();
        if at == 0 {
            self.entered = 1;
        } else {
            self.masks.ahead.iter_mut().for_each(|mask| *mask >>= 1);
        }
        for marks in &marks[self.entered..marks.len().min(at + REACH + 1)] {
            let (marks, bit) = (u32::from(*marks), 1 << (self.entered - at - 1));
            for (mark, mask) in self.masks.ahead.iter_mut().enumerate() {
                *mask |= if marks & 1 << mark != 0 { bit } else { 0 };
            }
            self.entered += 1;
        }
    }

    /// Leaves the line: it now lies behind.
    #[inline(always)]
    pub(super) fn depart(&mut self, track: &Track) {
        let marks = u32::from(track.marks()[self.at]);
        for (mark, mask) in self.masks.behind.iter_mut().enumerate() {
            *mask = *mask << 1 | if marks & 1 << mark != 0 { 1 } else { 0 };
        }
        self.at += 1;
    }

    /// The line and what lies round it.
    #[inline(always)]
    pub(super) fn window<'w>(&'w mut self, track: &'w Track, wide: Option<Wide>) -> Window<'w> {
        self.sums.take_first(track, self.at, wide);
        Window {
            masks: &self.masks,
            sums: &mut self.sums,
            link: &mut self.link,
            track,
            at: self.at,
            own: &track.cues()[self.at],
        }
    }

    /// All features of the next line, if it is there.
    #[cfg(any(test, feature = "train"))]
    pub(super) fn next(&mut self, track: &Track) -> Option<Vec<i32>> {
        if self.at >= track.len() {
            return None;
        }
        self.arrive(track);
        let mut window = self.window(track, None);
        let mut row = [0; ROW];
        window.first(&mut row);
        window.rest(&mut row);
        self.depart(track);
        Some(row[..FEATURES].to_vec())
    }

    /// Passes over the next line, if it is there.
    pub(crate) fn skip(&mut self, track: &Track) {
        if self.at < track.len() {
            self.arrive(track);
            self.depart(track);
        }
    }
}

/// A line and what lies round it.
pub(super) struct Window<'w> {
    masks: &'w Masks,
    sums: &'w mut Sums,
    link: &'w mut Link,
    track: &'w Track,
    at: usize,
    own: &'w Cues,
}

/// Lines near a line: those right before and after it, the nearest first.
struct Near<'w> {
    before: [Option<&'w Cues>; 2],
    after: [Option<&'w Cues>; 2],
    /// The header before it, if one is in sight, and how far back.
    header: Option<(usize, &'w Cues)>,
}

/// Logarithms of the letters that 32 lines of prose have, and fewer.
#[derive(Clone, Copy)]
struct Logarithms(&'static [u16]);

impl Logarithms {
    fn shared() -> Logarithms {
        static KNOWN: LazyLock<Vec<u16>> =
            LazyLock::new(|| (0..1 << 14).map(|value| exact_log(value) as u16).collect());
        Logarithms(&KNOWN)
    }

    /// ln(1 + value), in [`UNIT`]s.
    #[inline(always)]
    fn of(self, value: i32) -> i32 {
        let value = value.max(0);
        match self.0.get(value as usize) {
            Some(log) => i32::from(*log),
            None => exact_log(value),
        }
    }
}

#[cold]
fn exact_log(value: i32) -> i32 {
    ((value as f32).ln_1p() * UNIT as f32).round() as i32
}

/// The root of a fixed-point number, in sixteenths of its unit.
fn root(value: i32) -> i32 {
    ((value.max(0) as f32).sqrt() + 0.5) as i32
}

impl Window<'_> {
    /// The mean text score.
    #[inline(always)]
    fn score(&self, side: Side) -> i32 {
        self.sums.score(side)
    }

    /// The mean text score, lines weighted by the root of their letters.
    #[inline(always)]
    fn weighted(&self, side: Side) -> i32 {
        self.sums.weighted(side)
    }

    /// The share of lines with a hit, in 1/255.
    #[inline(always)]
    fn hits(&self, side: Side) -> i32 {
        self.sums.hits(side)
    }

    /// The lines of a stretch that there are.
    #[inline(always)]
    fn count(&self, side: Side) -> i32 {
        self.sums.count(side)
    }

    #[inline(always)]
    fn total(&self, side: Side, of: Sum) -> i32 {
        self.sums.total(side, of)
    }

    #[inline(always)]
    fn mean(&self, side: Side, of: Sum) -> i32 {
        self.sums.over_lines(self.total(side, of), side)
    }

    /// A share of the lines, in 1/255.
    #[inline(always)]
    fn share(&self, side: Side, of: Sum) -> i32 {
        self.sums.over_lines(255 * self.total(side, of), side)
    }

    #[inline(always)]
    fn prose(&self, side: Side) -> i32 {
        self.total(side, Sum::Prose)
    }

    #[inline(always)]
    fn letters(&self, side: Side) -> i32 {
        self.total(side, Sum::Letters)
    }

    #[inline(always)]
    fn function_words(&self, side: Side) -> i32 {
        self.total(side, Sum::FunctionWords) / self.letters(side).max(1)
    }

    #[inline(always)]
    fn length(&self, side: Side) -> i32 {
        self.mean(side, Sum::Length)
    }

    /// The variance of the length.
    #[inline(always)]
    fn variance(&self, side: Side) -> i32 {
        let mean = self.length(side);
        ((self.mean(side, Sum::Squares) - mean * mean) / UNIT).clamp(0, 1 << 20)
    }

    fn neighbour(&self, by: isize) -> Option<&Cues> {
        let at = self.at.checked_add_signed(by)?;
        self.track.cues().get(at)
    }

    /// Lines back to a mark, from 1; one more than can be seen if there is none.
    fn back(&self, mark: Mark) -> i32 {
        1 + self.masks.behind[mark as usize].trailing_zeros() as i32
    }

    fn forth(&self, mark: Mark) -> i32 {
        1 + self.masks.ahead[mark as usize].trailing_zeros() as i32
    }

    /// Lines with a mark round this one, without a gap.
    fn run(&self, mark: Mark) -> i32 {
        if self.track.marks()[self.at] >> mark as u16 & 1 == 0 {
            return 0;
        }
        let behind = self.masks.behind[mark as usize].trailing_ones();
        let ahead = self.masks.ahead[mark as usize].trailing_ones();
        1 + (behind + ahead) as i32
    }

    /// The lines nearby of which features ask for more than sums.
    #[inline(always)]
    fn near(&self) -> Near<'_> {
        let back = self.back(Mark::Header) as usize;
        let header = (back <= REACH && back <= self.at).then(|| &self.track.cues()[self.at - back]);
        Near {
            before: [self.neighbour(-1), self.neighbour(-2)],
            after: [self.neighbour(1), self.neighbour(2)],
            header: header.map(|header| (back, header)),
        }
    }

    fn prose_since_header(&self, near: &Near<'_>, log: Logarithms) -> i32 {
        match near.header {
            Some((back, _)) => log.of(self.track.sum(self.at + 1 - back, self.at, Sum::Prose)),
            None => 20 * UNIT,
        }
    }

    /// The reach of the header whose block is still open here.
    fn region(&self, near: &Near<'_>) -> i32 {
        let Some((back, header)) = near.header else { return 0 };
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
        let [back, forth] = self.track.repeats()[self.at].map(usize::from);
        let is_behind = (1..=self.count(Behind(REACH)) as usize).contains(&back);
        let is_ahead = (1..=self.count(Ahead(REACH)) as usize).contains(&forth);
        let distance = if is_behind { back } else { REACH + 1 };
        (distance as i32, i32::from(is_behind) + i32::from(is_ahead))
    }

    /// How much the lines on one side read like an article: the most that the next 4, 8, 16 or 32
    /// have in all, each of them charged for its line.
    #[inline(always)]
    fn resumes(&self, side: fn(usize) -> Side) -> i32 {
        let mut best = 0;
        for (product, lines) in self.sums.products(side) {
            // Root in sixteenths, score in units.
            best = best.max(-product / 16 - 3 * lines * UNIT);
        }
        root(best)
    }
}

macro_rules! features {
    (
        |$window:ident| first { $($name:ident = $value:expr,)* }
        |$near:ident, $link:ident, $repeats:ident, $log:ident| rest { $($other:ident = $other_value:expr,)* }
    ) => {
        /// What features are called, in order.
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name),)* $(stringify!($other)),*];

        /// How many there are.
        pub(crate) const FEATURES: usize = NAMES.len();

        /// How many of them are the first ones.
        pub(crate) const FIRST_FEATURES: usize = [$(stringify!($name)),*].len();

        /// Where they stand in a row.
        #[allow(non_camel_case_types)]
        enum Place { $($name,)* $($other),* }

        impl Window<'_> {
            /// Sets the first features of the line.
            #[inline(always)]
            pub(super) fn first(&self, row: &mut Row) {
                let $window = self;
                $(row[Place::$name as usize] = $value;)*
            }

            /// Sets the other ones.
            #[inline(always)]
            pub(super) fn rest(&mut self, row: &mut Row) {
                self.sums.take_others(self.track, self.at);
                let $link = self.link.of(self.track, self.at);
                let $window = self;
                let $near = &$window.near();
                let $repeats = $window.repeats();
                let $log = Logarithms::shared();
                $(row[Place::$other as usize] = $other_value;)*
            }
        }
    };
}

/// The features of a line, and room for as many as a byte can name.
pub(super) type Row = [i32; ROW];

pub(super) const ROW: usize = 256;

features! {
|w| first {
    own_score = w.own.score,
    own_length = w.own.length,
    own_chars = w.own.chars.min(4000) as i32,
    own_words = w.own.words.min(1000) as i32,
    own_terminated = i32::from(w.own.is_terminated()) + 2 * i32::from(w.own.ends_sentence),
    own_strong_weight = i32::from(w.own.strong_weight),
    own_strong = i32::from(w.own.strong),
    own_weak = i32::from(w.own.weak),
    own_reach = i32::from(w.own.strong_reach),
    own_item = i32::from(w.own.is_item),
    own_capitals = i32::from(w.own.capitals),
    score_b1 = w.neighbour(-1).map_or(0, Cues::clipped),
    score_f1 = w.neighbour(1).map_or(0, Cues::clipped),
    score_b4 = w.score(Behind(4)),
    score_f4 = w.score(Ahead(4)),
    score_b8 = w.score(Behind(8)),
    score_f8 = w.score(Ahead(8)),
    score_f32 = w.score(Ahead(32)),
    score_b32 = w.score(Behind(32)),
    weighted_b4 = w.weighted(Behind(4)),
    weighted_f4 = w.weighted(Ahead(4)),
    weighted_b8 = w.weighted(Behind(8)),
    weighted_f8 = w.weighted(Ahead(8)),
    weighted_f32 = w.weighted(Ahead(32)),
    weighted_b32 = w.weighted(Behind(32)),
    hits_b32 = w.hits(Behind(32)),
    hits_f32 = w.hits(Ahead(32)),
    back_hit = w.back(Mark::Hit),
    forth_hit = w.forth(Mark::Hit),
    run_narrow = w.run(Mark::Narrow),
    run_short = w.run(Mark::Short),
}
|near, link, repeats, log| rest {
    own_first = match w.own.first {
        First::Other => 0,
        First::Upper => 1,
        First::Lower => 2,
        First::Digit => 3,
    },
    own_code = i32::from(w.own.code),
    own_digits = i32::from(w.own.digits),
    own_commas = i32::from(w.own.commas),
    own_spanish = i32::from(w.own.spanish),
    own_function_words = w.own.function_words(),
    own_distinct = i32::from(w.own.distinct),
    own_question = i32::from(w.own.ends_question),
    score_b2 = near.before[1].map_or(0, Cues::clipped),
    score_f2 = near.after[1].map_or(0, Cues::clipped),
    capitals_b1 = near.before[0].map_or(-1, |cues| i32::from(cues.capitals)),
    capitals_f1 = near.after[0].map_or(-1, |cues| i32::from(cues.capitals)),
    capitals_b2 = near.before[1].map_or(-1, |cues| i32::from(cues.capitals)),
    capitals_f2 = near.after[1].map_or(-1, |cues| i32::from(cues.capitals)),
    length_b1 = near.before[0].map_or(-1, |cues| cues.length),
    length_f1 = near.after[0].map_or(-1, |cues| cues.length),
    function_words_b1 = near.before[0].map_or(-1, Cues::function_words),
    score_b16 = w.score(Behind(16)),
    score_f16 = w.score(Ahead(16)),
    weighted_b16 = w.weighted(Behind(16)),
    weighted_f16 = w.weighted(Ahead(16)),
    short_b16 = w.share(Behind(16), Sum::Short),
    short_b32 = w.share(Behind(32), Sum::Short),
    short_f8 = w.share(Ahead(8), Sum::Short),
    short_f32 = w.share(Ahead(32), Sum::Short),
    prose_f4 = log.of(w.prose(Ahead(4))),
    prose_f8 = log.of(w.prose(Ahead(8))),
    prose_b8 = log.of(w.prose(Behind(8))),
    prose_b32 = log.of(w.prose(Behind(32))),
    prose_f32 = log.of(w.prose(Ahead(32))),
    function_words_b16 = w.function_words(Behind(16)),
    function_words_b32 = w.function_words(Behind(32)),
    function_words_f32 = w.function_words(Ahead(32)),
    hits_b8 = w.hits(Behind(8)),
    hits_f8 = w.hits(Ahead(8)),
    items_b16 = w.share(Behind(16), Sum::Items),
    items_f32 = w.share(Ahead(32), Sum::Items),
    length_b8 = w.length(Behind(8)),
    length_f8 = w.length(Ahead(8)),
    length_b32 = w.length(Behind(32)),
    length_f32 = w.length(Ahead(32)),
    variance_b32 = w.variance(Behind(32)),
    variance_f32 = w.variance(Ahead(32)),
    step = {
        let own = w.own.length;
        let step = |cues: &Cues| (cues.length - own).abs();
        near.before[0].map_or(0, step) + near.after[0].map_or(0, step)
    },
    back_header = w.back(Mark::Header),
    back_wide_header = w.back(Mark::WideHeader),
    back_high = w.back(Mark::High),
    back_low = w.back(Mark::Low),
    back_prose = w.back(Mark::Prose),
    forth_header = w.forth(Mark::Header),
    forth_high = w.forth(Mark::High),
    forth_low = w.forth(Mark::Low),
    forth_long = w.forth(Mark::Long),
    forth_prose = w.forth(Mark::Prose),
    header_prose = w.prose_since_header(near, log),
    header_reach = near.header.map_or(-1, |(_, header)| i32::from(header.strong_reach)),
    header_category = near.header.map_or(-1, |(_, header)| i32::from(header.strong)),
    region = w.region(near),
    lines_b = log.of(w.count(Behind(32))),
    lines_f = log.of(w.count(Ahead(32))),
    letters_b = log.of(w.letters(Behind(32))),
    letters_f = log.of(w.letters(Ahead(32))),
    prose_all = log.of(w.prose(Behind(32)) + w.prose(Ahead(32))),
    prose_behind_share = {
        let behind = w.prose(Behind(32));
        255 * behind / (behind + w.prose(Ahead(32))).max(1)
    },
    prose_share_b = 255 * w.prose(Behind(32)) / w.letters(Behind(32)).max(1),
    prose_share_f = 255 * w.prose(Ahead(32)) / w.letters(Ahead(32)).max(1),
    long_f = w.total(Ahead(32), Sum::Long).min(20),
    equal_back = repeats.0,
    equal_sides = repeats.1,
    link_b = link[0],
    link_f = link[1],
    link_either = link[2],
    resumes_f = w.resumes(Ahead),
    resumes_b = w.resumes(Behind),
}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_scan::LineScan;
    use crate::model::Words;

    fn track_of(lines: &[String]) -> Track {
        let mut track = Track::default();
        let mut words = Words::default();
        for line in lines {
            let mut cues = Cues::default();
            words.clear();
            cues.fill(&LineScan::of(line, &mut words, None), &mut words, None);
            track.push(&cues);
        }
        track
    }

    fn rows(track: &Track) -> Vec<Vec<i32>> {
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

    fn of(row: &[i32], name: &str) -> i32 {
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
