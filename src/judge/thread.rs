//! Threads of readers' comments below an article.
//!
//! A comment comes with a line that says who wrote it and when, and a thread has one such line after
//! the other, a few lines apart. Rules know these lines (`reach = "thread"`); three of one rule, each
//! close to the next, are a thread, if stock phrases of comments stand right above or among them. It
//! goes from the first of them to the last, and a little farther: the last comment stands below its
//! line.
//!
//! The line model sees 32 lines on each side, and good prose forty lines below the heading of the
//! comments looks like the article to it. So its odds are raised in a thread, and the lines of
//! a thread do not count where limits are set by how much of the prose would go. All of this only
//! where an article stands above: the posts of a forum are its text.

use crate::settings::Level;
use crate::verdict::Category;
use crate::window::{Pass, Window};

/// What reports call a line that goes for the model's word and the thread it stands in.
pub(crate) const THREAD: &str = "model.thread";

/// What the reason says.
pub(super) const GROUND: &str = "among comments with names and dates";

/// Lines of one rule that make a thread.
const LEAST: u16 = 3;

/// How many lines farther on the next one stands, at most.
///
/// Source: labelled pages, 2026-11: of the letters between such lines in English and Spanish, 98 in
/// 100 stand in comments at 12, and 99.5 in 100 at 8.
const APART: usize = 8;

/// From so many on a comment may be longer, and the next one as far as this away.
const LONG: u16 = 5;
const FAR_APART: usize = 32;

/// Lines after the last one that may be its comment.
const AFTER: usize = 4;

/// Paragraphs above a thread that the model leaves to the article.
///
/// Counter-example: a forum, whose first post is as long as an article.
const ARTICLE: u64 = 3;

/// Lines above a thread in which a stock phrase of comments is looked for, such as their heading.
///
/// Counter-example that this spares: a live blog, whose entries are dated like comments, and whose article ends
/// with a call to comment.
const ABOVE: usize = 6;

/// What each line of its rule adds to the odds of the lines of a thread, as a factor of their likelihood. With
/// three, a likelihood of 0.1 becomes 0.87, a little over the limit at `balanced`.
///
/// Source: cross-validated by site on labelled pages, 2026-11: under a tenth of a per cent of the
/// content stands in threads, nearly all of it at likelihoods under 0.03.
const ODDS: f32 = 20.0;

/// Lines of a rule after which more say no more.
const MOST: u16 = 50;

/// A likelihood, as it is in a thread of so many lines of its rule.
pub(crate) fn surer(likelihood: f32, signs: u16) -> f32 {
    let odds = ODDS * f32::from(signs.min(MOST)) * likelihood;
    odds / (odds + 1.0 - likelihood)
}

/// How many lines of its rule the thread has in which each line of a pass stands; empty if there is none.
/// `paragraphs` stood before the window.
pub(super) fn find(window: &Window, pass: &Pass, level: Level, paragraphs: u64) -> Vec<u16> {
    let signs = (0..pass.len(window)).filter(|at| pass.entry(window, *at).thread.is_some());
    if signs.count() < usize::from(LEAST) {
        return Vec::new();
    }
    let (limit, _) = super::limits(level);
    let mut paragraphs = paragraphs;
    let mut runs: Vec<Run> = Vec::new();
    let lines = pass.len(window);
    let mut threads = Threads { lines, comments: Vec::new(), signs: Vec::new() };
    for at in 0..threads.lines {
        let entry = pass.entry(window, at);
        if entry.cues.is_hit_of(Category::Comments) {
            threads.comments.push((at, paragraphs));
        }
        if let Some(rule) = entry.thread {
            let new = Run { rule, first: at, last: at, signs: 1, paragraphs };
            match runs.iter_mut().find(|run| run.rule == rule) {
                None => runs.push(new),
                Some(run) if at > run.last + run.apart() => {
                    threads.add(&std::mem::replace(run, new));
                }
                Some(run) => {
                    run.last = at;
                    run.signs = run.signs.saturating_add(1);
                }
            }
        }
        let is_article = pass.likelihoods.get(at).is_some_and(|one| one.value <= limit);
        paragraphs += u64::from(is_article && entry.cues.is_paragraph());
    }
    runs.iter().for_each(|run| threads.add(run));
    threads.signs
}

/// Lines of one rule, each close to the one before.
struct Run {
    rule: usize,
    first: usize,
    last: usize,
    signs: u16,
    /// Paragraphs of the article above the first of them.
    paragraphs: u64,
}

impl Run {
    /// How far away the next one may be.
    fn apart(&self) -> usize {
        if self.signs < LONG { APART } else { FAR_APART }
    }
}

/// The threads of a pass.
struct Threads {
    lines: usize,
    /// Lines in which a rule knows a stock phrase of comments, and the paragraphs above each.
    comments: Vec<(usize, u64)>,
    signs: Vec<u16>,
}

impl Threads {
    fn add(&mut self, run: &Run) {
        if run.signs < LEAST || run.paragraphs < ARTICLE || !self.has_comments(run) {
            return;
        }
        self.signs.resize(self.lines, 0);
        let end = self.lines.min(run.last + AFTER + 1);
        for signs in &mut self.signs[run.first..end] {
            *signs = run.signs.max(*signs);
        }
    }

    /// Whether rules say that there are comments: right above the lines of a run, or more than once among
    /// them.
    fn has_comments(&self, run: &Run) -> bool {
        let is_right_above = |(at, paragraphs): &&(usize, u64)| {
            (run.first.saturating_sub(ABOVE)..run.first).contains(at)
                && run.paragraphs - paragraphs <= 1
        };
        let inside = run.first..=run.last + AFTER;
        self.comments.iter().any(|line| is_right_above(&line))
            || self.comments.iter().filter(|(at, _)| inside.contains(at)).count() >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_grow_and_certainty_stays() {
        for signs in [LEAST, 10, MOST, u16::MAX] {
            assert_eq!((surer(0.0, signs), surer(1.0, signs)), (0.0, 1.0));
            let steps: Vec<f32> = (0..=100).map(|step| surer(step as f32 / 100.0, signs)).collect();
            assert!(steps.is_sorted());
        }
        assert!(surer(0.1, LEAST) > 0.85 && surer(0.05, LEAST) < 0.85);
    }
}
