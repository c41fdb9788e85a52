//! The lines round the one that is judged: bounded look-ahead and look-back.
//!
//! A line enters with what was seen of it (its form, the phrases it holds) and leaves with its
//! verdict. At most [`AHEAD_LINES`] lines or [`AHEAD_BYTES`] wait behind the one being judged;
//! when that is full it must be decided. What was decided stays in view as [`Seen`], without its
//! text. Judging follows lines, never reads, so that chunking cannot show.

use std::collections::VecDeque;

use crate::facts::Facts;
use crate::line::{Edits, MojibakeSpan};
use crate::rules::Hit;
use crate::spam::LineSigns;
use crate::verdict::Category;

/// Most lines after the one being judged.
///
/// Source: measured on real pages, 2026-11: the best line model gains nothing from more than 32
/// non-blank lines; comment forms and footers after an article have up to 60.
const AHEAD_LINES: usize = 64;

/// Most bytes that these lines may hold.
const AHEAD_BYTES: usize = 256 * 1024;

/// Most decided lines that stay in view.
const BEHIND_LINES: usize = 64;

/// A line on its way through the window. Its buffers are used again for later lines.
#[derive(Default)]
pub(crate) struct Entry {
    pub number: u64,
    /// Decoded, not repaired.
    pub original: String,
    /// Repaired.
    pub text: String,
    pub edits: Edits,
    pub mojibake: Vec<MojibakeSpan>,
    /// Blank lines right before it.
    pub blank_before: u64,
    pub starts: bool,
    pub ends: bool,
    /// Whether judges look at it: pieces of over-long lines pass.
    pub is_judged: bool,
    pub facts: Facts,
    pub hits: Vec<Hit>,
    /// What it shows of spam, where that is looked for.
    pub spam: Option<LineSigns>,
}

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

impl Seen<'_> {
    /// A paragraph that no rule has anything against.
    pub(crate) fn is_plain_paragraph(&self) -> bool {
        self.facts.is_paragraph() && self.hits.is_empty() && self.dropped.is_none()
    }
}

struct Decided {
    number: u64,
    /// Subject of spam that a line speaks of that stays.
    subject: Option<usize>,
    facts: Facts,
    hits: Vec<Hit>,
    blank_before: u64,
    dropped: Option<Category>,
}

/// The undecided lines and the memory of the decided ones.
#[derive(Default)]
pub(crate) struct Window {
    undecided: VecDeque<Entry>,
    undecided_bytes: usize,
    decided: VecDeque<Decided>,
    input_ended: bool,
    spare: Vec<Entry>,
}

impl Window {
    pub(crate) fn reset(&mut self) {
        while let Some(entry) = self.undecided.pop_front() {
            self.recycle(entry);
        }
        self.undecided_bytes = 0;
        self.decided.clear();
        self.input_ended = false;
    }

    /// An entry to fill, with buffers that were used before.
    pub(crate) fn fresh(&mut self) -> Entry {
        self.spare.pop().unwrap_or_default()
    }

    pub(crate) fn recycle(&mut self, mut entry: Entry) {
        if self.spare.len() < AHEAD_LINES {
            entry.hits.clear();
            self.spare.push(entry);
        }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.undecided_bytes += entry.original.len() + entry.text.len();
        self.undecided.push_back(entry);
    }

    pub(crate) fn end_input(&mut self) {
        self.input_ended = true;
    }

    /// The view of the oldest undecided line, if there is one.
    pub(crate) fn view(&self) -> Option<View<'_>> {
        (!self.undecided.is_empty()).then_some(View { window: self })
    }

    /// Takes the oldest undecided line out and remembers what became of it.
    pub(crate) fn decide(&mut self, dropped: Option<Category>) -> Option<Entry> {
        let entry = self.undecided.pop_front()?;
        self.undecided_bytes -= entry.original.len() + entry.text.len();
        let mut hits = Vec::new();
        if self.decided.len() == BEHIND_LINES
            && let Some(oldest) = self.decided.pop_front()
        {
            hits = oldest.hits;
        }
        hits.clear();
        hits.extend_from_slice(&entry.hits);
        self.decided.push_back(Decided {
            number: entry.number,
            facts: entry.facts,
            hits,
            blank_before: entry.blank_before,
            dropped,
            subject: entry.spam.as_ref().filter(|_| dropped.is_none()).and_then(LineSigns::subject),
        });
        Some(entry)
    }
}

/// The oldest undecided line with its neighbours. All distances count non-blank lines.
#[derive(Clone, Copy)]
pub(crate) struct View<'w> {
    window: &'w Window,
}

impl<'w> View<'w> {
    pub(crate) fn entry(&self) -> &'w Entry {
        &self.window.undecided[0]
    }

    pub(crate) fn line(&self) -> Seen<'w> {
        seen(self.entry())
    }

    /// The k-th line after this one, from 1; `None` past the end of what has arrived.
    pub(crate) fn ahead(&self, k: usize) -> Option<Seen<'w>> {
        self.window.undecided.get(k).map(seen)
    }

    /// The k-th line before this one, from 1.
    pub(crate) fn behind(&self, k: usize) -> Option<Seen<'w>> {
        let decided = &self.window.decided;
        let line = decided.get(decided.len().checked_sub(k)?)?;
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

    /// Lines that wait behind this one.
    pub(crate) fn lines_ahead(&self) -> usize {
        self.window.undecided.len() - 1
    }

    /// Whether the last line of the input has arrived.
    pub(crate) fn input_ended(&self) -> bool {
        self.window.input_ended
    }

    /// Whether waiting is over: the window is full or the input ended.
    pub(crate) fn must_decide(&self) -> bool {
        self.window.input_ended
            || self.lines_ahead() >= AHEAD_LINES
            || self.window.undecided_bytes >= AHEAD_BYTES
    }

    /// Whether `k` lines ahead are in view, or never will be.
    pub(crate) fn sees(&self, k: usize) -> bool {
        self.must_decide() || self.lines_ahead() >= k
    }
}

fn seen(entry: &Entry) -> Seen<'_> {
    Seen {
        number: entry.number,
        facts: &entry.facts,
        hits: &entry.hits,
        blank_before: entry.blank_before,
        text: Some(&entry.text),
        dropped: None,
        spam: entry.spam.as_ref(),
        subject: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window_of(lines: &[&str]) -> Window {
        let mut window = Window::default();
        for (index, text) in lines.iter().enumerate() {
            let mut entry = window.fresh();
            entry.number = index as u64 + 1;
            entry.text = (*text).to_owned();
            entry.facts = Facts::of(text);
            window.push(entry);
        }
        window
    }

    #[test]
    fn neighbours_are_seen_on_both_sides() {
        let mut window = window_of(&["one", "two", "three"]);
        assert!(window.decide(Some(Category::Nav)).is_some());
        let Some(view) = window.view() else { panic!("two lines wait") };
        assert_eq!(view.line().number, 2);
        assert_eq!(view.ahead(1).map(|line| line.number), Some(3));
        assert!(view.ahead(2).is_none() && view.behind(2).is_none());
        assert_eq!(view.behind(1).and_then(|line| line.dropped), Some(Category::Nav));
    }

    #[test]
    fn a_full_window_must_decide_without_the_end_in_view() {
        let lines = vec!["line"; AHEAD_LINES + 1];
        let window = window_of(&lines);
        let Some(view) = window.view() else { panic!("lines wait") };
        assert!(view.must_decide() && !view.input_ended());
        let window = window_of(&lines[..AHEAD_LINES]);
        assert!(window.view().is_some_and(|view| !view.must_decide()));
    }

    #[test]
    fn many_bytes_fill_the_window_too() {
        let line = "x".repeat(AHEAD_BYTES / 2);
        let window = window_of(&[&line, &line, "y"]);
        assert!(window.view().is_some_and(|view| view.must_decide()));
    }

    #[test]
    fn old_lines_leave_the_view() {
        let mut window = window_of(&vec!["line"; 3 * BEHIND_LINES]);
        while window.decide(None).is_some() {}
        assert_eq!(window.decided.len(), BEHIND_LINES);
    }
}
