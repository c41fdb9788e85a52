//! The lines that wait for a decision, and what is seen of their neighbours.
//!
//! A line enters with what was seen of it (its form, the phrases it holds, its cues) and waits. A
//! beginning in which nothing is to go leaves line by line; once something is to go, lines wait for
//! the end of the document, or until [`HELD_LINES`] or [`HELD_BYTES`] wait. Then they are judged
//! together, in [`Pass`]es: each looks at the lines that the one before it left, until nothing
//! changes, so that cleaning the clean text finds nothing more.
//!
//! Judges look at a line through a [`View`]: at most [`AHEAD_LINES`] after it and as many before.
//! All of this follows lines, never reads, so that chunking cannot show.

mod entry;
mod header;

use std::cell::Cell;
use std::collections::VecDeque;

pub(crate) use entry::{Entry, Topic, Waiting};
use header::Headers;

use crate::facts::Facts;
use crate::judge::surer;
use crate::model::{Cues, Likelihood};
use crate::rules::Hit;
use crate::spam::LineSigns;
use crate::verdict::Category;

/// Most lines after the one being judged, and before it.
///
/// Source: measured on real pages, 2026-11: the best line model gains nothing from more than 32
/// non-blank lines; comment forms and footers after an article have up to 60.
pub(crate) const AHEAD_LINES: usize = 64;

/// Most lines, and bytes of text, that wait.
///
/// Source: 1,717 real pages, 2026-11: the longest has 3,900 non-blank lines.
pub(crate) const HELD_LINES: usize = 4096;
pub(crate) const HELD_BYTES: usize = 256 * 1024;

/// Most entries, and bytes of their buffers, that are kept for later lines: as many as wait, since
/// those that wait often leave together.
const SPARE_LINES: usize = HELD_LINES;
const SPARE_BYTES: usize = 4 * HELD_BYTES;

/// What judges see of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'w> {
    pub number: u64,
    pub facts: &'w Facts,
    pub hits: &'w [Hit],
    pub blank_before: u64,
    /// The text, as long as the line is not decided.
    pub text: Option<&'w str>,
    /// What it was dropped as, if it was.
    pub dropped: Option<Category>,
    /// What it shows of spam, as long as it is not decided.
    pub spam: Option<&'w LineSigns>,
    /// Subject of spam that it speaks of, if it was decided to stay.
    pub subject: Option<usize>,
}

#[derive(Default)]
struct Decided {
    number: u64,
    /// Subject of spam that a line speaks of that stays.
    subject: Option<usize>,
    facts: Facts,
    hits: Vec<Hit>,
    cues: Cues,
    blank_before: u64,
    dropped: Option<Category>,
}

/// The waiting lines and the memory of those that left.
#[derive(Default)]
pub(crate) struct Window {
    waiting: Vec<Entry>,
    bytes: usize,
    decided: VecDeque<Decided>,
    spare: Vec<Entry>,
    /// Bytes of the buffers of those.
    spare_bytes: usize,
}

impl Window {
    pub(crate) fn reset(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.drain(..).for_each(|entry| self.recycle(entry));
        self.waiting = waiting;
        self.bytes = 0;
        self.decided.clear();
    }

    /// An entry to fill, with buffers that were used before.
    pub(crate) fn fresh(&mut self) -> Entry {
        let entry = self.spare.pop().unwrap_or_default();
        self.spare_bytes -= entry.room();
        entry
    }

    pub(crate) fn recycle(&mut self, mut entry: Entry) {
        let room = entry.room();
        if self.spare.len() < SPARE_LINES && self.spare_bytes + room <= SPARE_BYTES {
            self.spare_bytes += room;
            entry.hits.clear();
            entry.trims.clear();
            entry.texts.rest = None;
            entry.nearly = None;
            entry.removal = None;
            self.spare.push(entry);
        }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.waiting.push(entry);
    }

    /// How many lines wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= HELD_LINES || self.bytes >= HELD_BYTES
    }

    pub(crate) fn entry_mut(&mut self, at: usize) -> &mut Entry {
        &mut self.waiting[at]
    }

    /// Whether no line has left.
    pub(crate) fn is_at_start(&self) -> bool {
        self.decided.is_empty()
    }

    /// Whether the line at a place was not removed so far.
    pub(crate) fn stays(&self, at: usize) -> bool {
        self.waiting[at].removal.is_none()
    }

    /// The cues of the lines that stayed, of those that left last.
    pub(crate) fn kept_before(&self) -> impl Iterator<Item = &Cues> {
        self.decided.iter().filter(|line| line.dropped.is_none()).map(|line| &line.cues)
    }

    /// Takes the oldest waiting line out and remembers what became of it.
    pub(crate) fn leave(&mut self) -> Option<Entry> {
        if self.waiting.is_empty() {
            return None;
        }
        // Only where nothing is to go, and few lines wait.
        let mut entry = self.waiting.remove(0);
        self.bytes -= entry.bytes();
        self.remember(&mut entry);
        Some(entry)
    }

    /// Takes out so many of the oldest lines at once; what became of them is remembered, unless these
    /// are the last ones of the document.
    pub(crate) fn leave_together(&mut self, lines: usize, is_over: bool, into: &mut Vec<Entry>) {
        let lines = lines.min(self.waiting.len());
        into.extend(self.waiting.drain(..lines));
        self.bytes -= into.iter().map(|entry| entry.bytes()).sum::<usize>();
        if is_over {
            return;
        }
        // Of more than these nothing is asked later.
        let seen_later = into.len().saturating_sub(AHEAD_LINES);
        into[seen_later..].iter_mut().for_each(|entry| self.remember(entry));
    }

    fn remember(&mut self, entry: &mut Entry) {
        if self.decided.len() < AHEAD_LINES {
            self.decided.push_back(Decided::default());
        } else {
            // The oldest is forgotten, and its buffers are used again.
            self.decided.rotate_left(1);
        }
        let Some(decided) = self.decided.back_mut() else { return };
        decided.number = entry.number;
        decided.facts = entry.facts;
        decided.hits.clear();
        decided.hits.extend_from_slice(&entry.hits);
        std::mem::swap(&mut decided.cues, &mut entry.cues);
        decided.blank_before = entry.blanks();
        decided.dropped = entry.removal.as_ref().map(|removal| removal.category);
        decided.subject = entry.subject.filter(|_| decided.dropped.is_none());
    }
}

/// One look at the waiting lines, or at those that are left of them.
#[derive(Default)]
pub(crate) struct Pass {
    /// Whether only some lines are looked at, and their places.
    is_over_rest: bool,
    order: Vec<u32>,
    /// Blank lines before each, those of lines that are gone included.
    blanks: Vec<u64>,
    /// What those before the line in view were dropped as.
    dropped: Vec<Option<Category>>,
    /// How likely each is boilerplate, by the line model; 0 for lines that it does not see.
    pub likelihoods: VecDeque<Likelihood>,
    /// From which likelihood on a line goes.
    pub limit: f32,
    /// What the limit would be if nothing held it up.
    pub usual_limit: f32,
    /// Whether the line model takes no paragraphs.
    pub spares_paragraphs: bool,
    /// How many signs the thread of comments has in which each line stands; empty if there is none.
    pub threads: Vec<u16>,
    /// Whether somebody asks why.
    pub explains: bool,
    /// Whether nobody will be told why a line goes.
    pub is_glance: bool,
    /// Whether nothing comes after the last line.
    pub input_ended: bool,
    /// Whether lines are decided although more would be looked at.
    pub is_full: bool,
    headers: Cell<Headers>,
}

impl Pass {
    /// A look at all the lines of the window.
    pub(crate) fn over_all() -> Pass {
        Pass { limit: f32::INFINITY, ..Pass::default() }
    }

    /// A look of which nobody will be told more than the categories of lines.
    pub(crate) fn glance() -> Pass {
        Pass { is_glance: true, ..Pass::over_all() }
    }

    /// Begins anew, over all lines, with the same buffers.
    pub(crate) fn begin_over_all(&mut self) {
        let mut old = std::mem::replace(self, Pass::over_all());
        old.order.clear();
        old.blanks.clear();
        old.dropped.clear();
        old.likelihoods.clear();
        old.threads.clear();
        let Pass { order, blanks, dropped, likelihoods, threads, is_glance, .. } = old;
        let rest = Pass::over_all();
        *self = Pass { order, blanks, dropped, likelihoods, threads, is_glance, ..rest };
    }

    /// Begins anew, over the lines that are not removed yet.
    pub(crate) fn begin_over_rest(&mut self, window: &Window) {
        self.begin_over_all();
        self.is_over_rest = true;
        let mut blanks = 0;
        let mut is_first = window.decided.is_empty();
        for (at, entry) in window.waiting.iter().enumerate() {
            blanks = entry.blanks().max(blanks);
            if entry.removal.is_none() {
                self.order.push(at as u32);
                self.blanks.push(if std::mem::take(&mut is_first) { 0 } else { blanks });
                blanks = 0;
            }
        }
    }

    pub(crate) fn len(&self, window: &Window) -> usize {
        if self.is_over_rest { self.order.len() } else { window.len() }
    }

    /// The place in the window of the line at a place of the pass.
    #[inline]
    pub(crate) fn place(&self, at: usize) -> usize {
        if self.is_over_rest { self.order[at] as usize } else { at }
    }

    pub(crate) fn entry<'w>(&self, window: &'w Window, at: usize) -> &'w Entry {
        &window.waiting[self.place(at)]
    }

    /// The next line was decided.
    pub(crate) fn decide(&mut self, dropped: Option<Category>) {
        self.dropped.push(dropped);
    }

    /// Lines that were decided.
    pub(crate) fn decided(&self) -> usize {
        self.dropped.len()
    }

    /// No line is decided any more, and lines were looked at anew.
    pub(crate) fn forget_decisions(&mut self) {
        self.dropped.clear();
        self.headers = Cell::default();
    }

    /// The first line leaves, which is not decided.
    pub(crate) fn leave_first(&mut self) {
        self.likelihoods.pop_front();
        self.headers = Cell::default();
    }

    /// How many signs the thread of comments has in which a line stands; 0 if it stands in none.
    pub(crate) fn thread_signs(&self, at: usize) -> u16 {
        self.threads.get(at).copied().unwrap_or(0)
    }

    /// The view of a line.
    pub(crate) fn view<'w>(&'w self, window: &'w Window, at: usize) -> View<'w> {
        View { window, pass: self, at, entry: self.entry(window, at) }
    }
}

/// An undecided line with its neighbours. All distances count non-blank lines.
#[derive(Clone, Copy)]
pub(crate) struct View<'w> {
    window: &'w Window,
    pass: &'w Pass,
    at: usize,
    entry: &'w Waiting,
}

impl<'w> View<'w> {
    #[inline(always)]
    pub(crate) fn entry(&self) -> &'w Waiting {
        self.entry
    }

    #[inline]
    pub(crate) fn line(&self) -> Seen<'w> {
        self.seen(self.at)
    }

    /// The form of the line.
    pub(crate) fn facts(&self) -> &'w Facts {
        &self.entry.facts
    }

    /// Blank lines right before the line.
    #[inline]
    pub(crate) fn blank_before(&self) -> u64 {
        self.pass.blanks.get(self.at).copied().unwrap_or_else(|| self.entry.blanks())
    }

    /// What the line model says of the line, if it was asked.
    pub(crate) fn likelihood(&self) -> Option<Likelihood> {
        self.likelihood_ahead(0)
    }

    /// What it says of the k-th line after this one.
    pub(crate) fn likelihood_ahead(&self, k: usize) -> Option<Likelihood> {
        let at = self.at + k;
        let mut likelihood = self.pass.likelihoods.get(at).copied()?;
        let signs = self.pass.thread_signs(at);
        if signs > 0 {
            likelihood.value = surer(likelihood.value, signs);
        }
        Some(likelihood)
    }

    /// Whether the line stands in a thread of comments.
    pub(crate) fn in_thread(&self) -> bool {
        self.pass.thread_signs(self.at) > 0
    }

    /// From which likelihood on the line goes.
    pub(crate) fn limit(&self) -> f32 {
        // How much of the prose would go says nothing about a thread.
        if self.in_thread() && self.pass.limit.is_finite() {
            return self.pass.usual_limit;
        }
        self.pass.limit
    }

    /// What that would be if nothing in the document held it up.
    pub(crate) fn usual_limit(&self) -> f32 {
        self.pass.usual_limit
    }

    /// Whether the line model takes no paragraphs.
    pub(crate) fn spares_paragraphs(&self) -> bool {
        self.pass.spares_paragraphs
    }

    /// Whether somebody asks why.
    pub(crate) fn explains(&self) -> bool {
        self.pass.explains
    }

    /// Whether nobody will be told why the line goes, but for its category.
    pub(crate) fn is_glance(&self) -> bool {
        self.pass.is_glance && !self.pass.explains
    }

    // Inlined, so that of what is seen only what is asked for is looked up.

    /// The k-th line after this one, from 1; `None` past the end of what can be seen.
    #[inline]
    pub(crate) fn ahead(&self, k: usize) -> Option<Seen<'w>> {
        (k <= self.lines_ahead()).then(|| self.seen(self.at + k))
    }

    /// How far ahead the next such line is.
    #[inline]
    pub(crate) fn next_ahead(&self, is_such: impl Fn(&Waiting) -> bool) -> Option<usize> {
        (1..=self.lines_ahead()).find(|k| is_such(self.pass.entry(self.window, self.at + k)))
    }

    /// The k-th line before this one, from 1.
    #[inline]
    pub(crate) fn behind(&self, k: usize) -> Option<Seen<'w>> {
        if k > AHEAD_LINES {
            return None;
        }
        if let Some(at) = self.at.checked_sub(k) {
            let seen = self.seen(at);
            let subject = self.pass.entry(self.window, at).subject;
            let subject = subject.filter(|_| seen.dropped.is_none());
            return Some(Seen { text: None, spam: None, subject, ..seen });
        }
        let decided = &self.window.decided;
        let line = decided.get(decided.len().checked_sub(k - self.at)?)?;
        Some(Seen {
            number: line.number,
            facts: &line.facts,
            hits: &line.hits,
            blank_before: line.blank_before,
            text: None,
            dropped: line.dropped,
            spam: None,
            subject: line.subject,
        })
    }

    /// Lines after this one that can be seen.
    pub(crate) fn lines_ahead(&self) -> usize {
        (self.pass.len(self.window) - self.at - 1).min(AHEAD_LINES)
    }

    /// Whether the last line of the input is in view.
    pub(crate) fn input_ended(&self) -> bool {
        self.pass.input_ended && self.pass.len(self.window) - self.at <= AHEAD_LINES
    }

    /// Whether waiting is over: no more lines can be seen.
    pub(crate) fn must_decide(&self) -> bool {
        self.pass.input_ended || self.pass.is_full || self.lines_ahead() >= AHEAD_LINES
    }

    /// Whether `k` lines ahead are in view, or never will be.
    pub(crate) fn sees(&self, k: usize) -> bool {
        self.must_decide() || self.lines_ahead() >= k
    }

    #[inline(always)]
    fn seen(&self, at: usize) -> Seen<'w> {
        let entry = self.pass.entry(self.window, at);
        let dropped = self.pass.dropped.get(at).copied().flatten();
        Seen {
            number: entry.number,
            facts: &entry.facts,
            hits: &entry.hits,
            blank_before: self.pass.blanks.get(at).copied().unwrap_or_else(|| entry.blanks()),
            text: Some(entry.text()),
            dropped,
            spam: entry.spam.as_ref(),
            subject: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Reason, Removal};

    fn window_of(lines: &[&str]) -> Window {
        let mut window = Window::default();
        for (index, text) in lines.iter().enumerate() {
            let mut entry = window.fresh();
            entry.number = index as u64 + 1;
            entry.texts.fill(text, text);
            entry.facts = Facts::of(text);
            window.push(entry);
        }
        window
    }

    fn remove(window: &mut Window, at: usize) {
        window.entry_mut(at).removal = Some(Removal {
            category: Category::Nav,
            rule: "test".into(),
            reason: Reason::Shape("test"),
            score: 1.0,
        });
    }

    #[test]
    fn neighbours_are_seen_on_both_sides_whether_they_left_or_wait() {
        let mut window = window_of(&["one", "two", "three", "four"]);
        remove(&mut window, 0);
        assert!(window.leave().is_some());
        let mut pass = Pass::over_all();
        pass.decide(None);
        let view = pass.view(&window, 1);
        assert_eq!(view.line().number, 3);
        assert_eq!(view.ahead(1).map(|line| line.number), Some(4));
        assert!(view.ahead(2).is_none() && view.behind(3).is_none());
        assert_eq!(view.behind(1).map(|line| (line.number, line.dropped)), Some((2, None)));
        assert_eq!(view.behind(2).and_then(|line| line.dropped), Some(Category::Nav));
    }

    #[test]
    fn no_more_than_so_many_lines_are_seen_on_each_side() {
        let window = window_of(&vec!["line"; 3 * AHEAD_LINES]);
        let pass = Pass { input_ended: true, ..Pass::over_all() };
        let view = pass.view(&window, AHEAD_LINES + 1);
        assert!(view.ahead(AHEAD_LINES).is_some() && view.ahead(AHEAD_LINES + 1).is_none());
        assert!(view.behind(AHEAD_LINES).is_some() && view.behind(AHEAD_LINES + 1).is_none());
        assert!(view.must_decide() && !view.input_ended());
        assert!(pass.view(&window, 2 * AHEAD_LINES).input_ended());
    }

    #[test]
    fn waiting_is_over_when_the_look_ahead_is_full() {
        let window = window_of(&vec!["line"; AHEAD_LINES + 1]);
        let pass = Pass::over_all();
        assert!(pass.view(&window, 0).must_decide() && !pass.view(&window, 1).must_decide());
        assert!(pass.view(&window, 1).sees(AHEAD_LINES - 1));
    }

    #[test]
    fn a_later_pass_sees_what_a_second_run_would() {
        let mut window = window_of(&["one", "two", "three"]);
        window.entry_mut(0).blank_before = 2;
        window.entry_mut(1).blank_before = 1;
        remove(&mut window, 1);
        let mut pass = Pass::over_all();
        pass.begin_over_rest(&window);
        assert_eq!(pass.len(&window), 2);
        let view = pass.view(&window, 1);
        assert_eq!((view.line().number, view.line().blank_before), (3, 1));
        assert_eq!(view.behind(1).map(|line| (line.number, line.blank_before)), Some((1, 0)));
    }

    #[test]
    fn lines_and_bytes_fill_the_window() {
        assert!(!window_of(&vec![""; HELD_LINES - 1]).is_full());
        assert!(window_of(&vec![""; HELD_LINES]).is_full());
        assert!(window_of(&["x".repeat(HELD_BYTES).as_str()]).is_full());
    }

    #[test]
    fn empty_lines_that_are_kept_fill_the_window() {
        let mut window = Window::default();
        let mut entry = window.fresh();
        entry.spaces_before.resize_with(HELD_LINES, Entry::default);
        window.push(entry);
        assert!(window.is_full());
    }
}
