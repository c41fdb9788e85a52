//! How lines are decided: a first look that goes along with the input, then passes over those that wait.
//!
//! A line that goes changes what its neighbours are seen beside, and may lead to the removal of
//! others: passes repeat until nothing changes, but no more than [`PASSES`] times. Each time lines are
//! judged together, half of those that wait leave, or more: a window that is full keeps half at
//! most, and where enough lines in a row stay, all leave but the last ones. So a line goes through fewer than
//! `2 * PASSES` passes on average, whatever the document. The first look sees it twice at most, for the
//! same reason, and each line that comes lets at most one other be asked in vain. A
//! decision looks at 64 lines on each side, no more: all of it takes time linear in the lines.

use std::collections::VecDeque;

use super::Review;
use super::recurring::Recurring;
use crate::error::Error;
use crate::judge::{Before, Decision, Memory, limits, set_limit};
use crate::model::{Cues, EXPLAINED, Likelihood, REACH, Scorer};
use crate::sink::Sink;
use crate::trims;
use crate::verdict::{Nearly, Verdict};
use crate::window::{AHEAD_LINES, Entry, Pass};

/// The first look at lines, which goes along as they come.
pub(super) struct FirstLook {
    pub(super) pass: Pass,
    pub(super) scorer: Scorer,
    /// What is remembered of the lines that were looked at.
    memory: Memory,
    /// What was, after each of those that wait, as long as nothing is to go.
    marks: VecDeque<Mark>,
    /// How many of the waiting lines were looked at.
    looked_at: usize,
    /// Whether something is to go from them.
    found: bool,
    /// How many of the last ones stay.
    quiet: usize,
    hope: Hope,
    /// Whether a line was sure to be boilerplate, in what left the window.
    gate_was_open: bool,
}

/// How far things were after a line that stays.
#[derive(Default, Clone)]
pub(super) struct Mark {
    memory: Memory,
    /// Additions to what repetitions are known by.
    repeats: u64,
    /// What came close to removing the line.
    nearly: Option<Box<Nearly>>,
}

/// What the passes over lines that wait need, kept for the next ones.
#[derive(Default)]
pub(super) struct Buffers {
    pass: Pass,
    /// The lines of the pass that went, or lost something.
    changed: Vec<usize>,
    /// What the model said of lines that are left.
    known: Vec<Option<Likelihood>>,
    recurring: Recurring,
    leaving: Vec<Entry>,
}

impl Default for FirstLook {
    fn default() -> FirstLook {
        FirstLook {
            pass: Pass::glance(),
            scorer: Scorer::default(),
            memory: Memory::default(),
            marks: VecDeque::new(),
            looked_at: 0,
            found: false,
            quiet: 0,
            hope: Hope::default(),
            gate_was_open: false,
        }
    }
}

impl FirstLook {
    pub(super) fn reset(&mut self) {
        // In place: a scorer has rooms of 64 KB, which are not to be made anew for each page.
        let FirstLook { pass, scorer, memory, marks, looked_at, found, quiet, hope, gate_was_open } =
            self;
        pass.begin_over_all();
        scorer.reset();
        *memory = Memory::default();
        marks.clear();
        (*looked_at, *quiet) = (0, 0);
        *hope = Hope::default();
        (*found, *gate_was_open) = (false, false);
    }
}

/// How far lines are worth a look once something is to go. All that is asked then is whether
/// [`QUIET_LINES`] in a row stay, and some lines are sure to go whatever stands round them.
#[derive(Default)]
struct Hope {
    /// Lines that were asked whether they are sure to go.
    asked: usize,
    /// The last of them that is.
    since: usize,
    /// Up to where so many lines in a row may stay.
    until: usize,
}

impl Hope {
    /// Asks more lines. At `last_gone` is the last one that went when it was looked at.
    fn ask(&mut self, lines: usize, last_gone: usize, goes: impl Fn(usize) -> bool) {
        for at in self.asked..lines {
            if goes(at) {
                self.since = at;
            } else if at + 1 >= self.since.max(last_gone) + QUIET_LINES {
                self.until = at + 1;
            }
        }
        self.asked = lines.max(self.asked);
    }
}

/// Lines that must stay after a line before it leaves. With the 32 that the model sees ahead, a
/// paragraph leaves a pipe 48 lines later, or up to 32 lines after that where the model doubts.
const QUIET_AHEAD: usize = 16;

/// So many lines in a row that stay end the wait for the end of the document.
const QUIET_LINES: usize = 4 * AHEAD_LINES + REACH;

/// Looks at waiting lines at most; the text of nearly every page stays as it is after three.
///
/// Source: 1,717 real pages, 2026-11.
const PASSES: usize = 12;

impl Review<'_> {
    /// Looks at the lines that came; lets those leave about which nothing can change any more.
    pub(super) fn judge(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.pipeline.judges().is_empty() {
            while let Some(entry) = self.window.leave() {
                self.let_go(entry, sink)?;
            }
            return Ok(());
        }
        let ended = self.first_look.pass.input_ended;
        let explains = sink.wants_reasons();
        self.first_look.pass.explains = explains;
        loop {
            self.score_first(explains);
            self.look_ahead();
            if !self.first_look.found {
                let ahead = if ended { 0 } else { QUIET_AHEAD };
                while self.first_look.looked_at > ahead {
                    self.leave_unchanged(sink)?;
                }
            }
            let all = self.window.len();
            if ended {
                return self.settle(all, sink);
            }
            if self.first_look.found && self.first_look.quiet >= QUIET_LINES {
                self.settle(self.first_look.looked_at - AHEAD_LINES, sink)?;
            } else if self.window.is_full() {
                let kept = (2 * AHEAD_LINES).min(all / 2);
                self.settle(all - kept, sink)?;
            } else {
                return Ok(());
            }
        }
    }

    /// Scores the lines for which enough others have come.
    fn score_first(&mut self, explains: bool) {
        let Some(model) = self.pipeline.model() else { return };
        let FirstLook { pass, scorer, .. } = &mut self.first_look;
        let until = pass.input_ended.then_some(usize::MAX);
        let likelihoods = &mut pass.likelihoods;
        scorer.score(model, until, explains, |likelihood| likelihoods.push_back(likelihood));
    }

    /// The first look goes on as far as it can.
    fn look_ahead(&mut self) {
        let FirstLook { pass, memory, marks, looked_at, found, quiet, hope, .. } =
            &mut self.first_look;
        let judges = self.pipeline.judges();
        let there = match self.pipeline.model() {
            Some(_) => pass.likelihoods.len().min(self.window.len()),
            None => self.window.len(),
        };
        pass.limit = limits(self.pipeline.level()).0;
        pass.usual_limit = pass.limit;
        while *looked_at < there {
            if *found {
                // Not past the end of the wait: what is decided together does not hang on how many
                // likelihoods come at once.
                if pass.input_ended || *quiet >= QUIET_LINES {
                    return;
                }
                let goes = |at| judges.must_object(pass.view(&self.window, at));
                hope.ask(there, *looked_at - *quiet, goes);
                if *looked_at >= hope.until {
                    return;
                }
            }
            #[cfg(test)]
            {
                self.decisions += 1;
            }
            let view = pass.view(&self.window, *looked_at);
            let mut nearly = None;
            let dropped = match judges.decide(view, memory, &mut self.repeats) {
                None => return,
                Some(Decision::Keep(closest)) => {
                    nearly = closest;
                    None
                }
                Some(Decision::Trim(_)) => {
                    *found = true;
                    *quiet = 0;
                    None
                }
                Some(Decision::Drop(removal)) => {
                    *found = true;
                    *quiet = 0;
                    Some(removal.category)
                }
            };
            if *found {
                // The lines before the first find, which stay.
                while pass.decided() < *looked_at {
                    pass.decide(None);
                }
                pass.decide(dropped);
            } else {
                marks.push_back(Mark {
                    memory: memory.clone(),
                    repeats: self.repeats.now(),
                    nearly,
                });
            }
            *looked_at += 1;
            *quiet += 1;
        }
    }

    /// The oldest line stays, and so do those that come soon after it: it leaves.
    fn leave_unchanged(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if let Some(mark) = self.first_look.marks.pop_front() {
            self.left = mark;
        }
        self.repeats.settle(self.left.repeats);
        self.first_look.pass.leave_first();
        self.first_look.looked_at -= 1;
        let Some(mut entry) = self.window.leave() else { return Ok(()) };
        entry.lang = self.left.memory.language.line;
        entry.nearly = self.left.nearly.take();
        self.let_go(entry, sink)
    }

    /// Decides about the lines that wait, and lets the first `leaving` of them leave.
    fn settle(&mut self, leaving: usize, sink: &mut dyn Sink) -> Result<(), Error> {
        if leaving == 0 {
            return Ok(());
        }
        let ended = self.first_look.pass.input_ended;
        let explains = sink.wants_reasons();
        let mut buffers = std::mem::take(&mut self.passes);
        let Buffers { pass, changed, known, recurring, .. } = &mut buffers;
        pass.begin_over_all();
        if let Some(model) = self.pipeline.model() {
            let FirstLook { pass: first, scorer, .. } = &mut self.first_look;
            // Lines that leave before all their neighbours came are judged by those that are there.
            if let Some(more) = leaving.checked_sub(first.likelihoods.len()) {
                let likelihoods = &mut first.likelihoods;
                scorer.score(model, Some(more), explains, |one| likelihoods.push_back(one));
            }
            pass.likelihoods.extend(&first.likelihoods);
        }
        self.repeats.back_to(self.left.repeats);
        let is_last = ended && self.repeats.has_room(self.window.len());
        // Whether lines are not as they were when it was told which of them recur.
        let mut may_differ = is_last;
        let mut after = None;
        for number in 0..PASSES {
            if number > 0 {
                self.still_known(pass, changed, number == 1, known);
                pass.begin_over_rest(&self.window);
                self.score_rest(pass, known, explains);
            }
            if std::mem::take(&mut may_differ) {
                recurring.mark(&mut self.window);
            }
            pass.input_ended = ended;
            pass.is_full = !ended;
            pass.explains = explains;
            let before = Before {
                gate_was_open: number == 0 && self.first_look.gate_was_open,
                paragraphs: self.left.memory.paragraphs,
                finds_threads: self.pipeline.finds_threads(),
            };
            let is_open = set_limit(&self.window, pass, self.pipeline.level(), before);
            let mut memory = self.left.memory.clone();
            changed.clear();
            for at in 0..pass.len(&self.window) {
                if self.decide_in(pass, at, &mut memory) {
                    changed.push(at);
                    may_differ |= is_last && self.window.stays(pass.place(at));
                }
                if number == 0 && !ended && at + 1 == leaving {
                    let steps = self.repeats.since(self.left.repeats);
                    after = Some((memory.clone(), steps));
                }
            }
            self.repeats.back_to(self.left.repeats);
            if number == 0 {
                self.first_look.gate_was_open |= is_open;
            }
            if changed.is_empty() {
                break;
            }
        }
        self.let_leave(leaving, &mut buffers.leaving, sink)?;
        self.passes = buffers;
        let Some((memory, steps)) = after else {
            // The document is over.
            self.repeats.clear();
            self.look_anew(Memory::default());
            return Ok(());
        };
        self.repeats.again(&steps);
        self.repeats.settle(self.repeats.now());
        self.look_anew(memory);
        Ok(())
    }

    /// Lets so many of the oldest lines leave, as was decided.
    fn let_leave(
        &mut self,
        lines: usize,
        leaving: &mut Vec<Entry>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        leaving.clear();
        let is_over = self.first_look.pass.input_ended;
        self.window.leave_together(lines, is_over, leaving);
        let likelihoods = &mut self.first_look.pass.likelihoods;
        likelihoods.drain(..leaving.len().min(likelihoods.len()));
        leaving.drain(..).try_for_each(|mut entry| {
            let verdict = match entry.removal.take() {
                Some(removal) => Verdict::Drop(removal),
                None => Verdict::Keep,
            };
            self.let_go_with(entry, verdict, sink)
        })
    }

    /// What is left in the window is looked at from the start.
    fn look_anew(&mut self, memory: Memory) {
        for at in 0..self.window.len() {
            let entry = self.window.entry_mut(at);
            entry.removal = None;
            entry.nearly = None;
            entry.trims.clear();
            if entry.texts.rest.take().is_some() {
                let mut entry = std::mem::take(entry);
                self.look(&mut entry);
                *self.window.entry_mut(at) = entry;
            }
        }
        self.first_look.memory = memory.clone();
        self.first_look.marks.clear();
        self.left = Mark { memory, repeats: self.repeats.now(), nearly: None };
        self.first_look.looked_at = 0;
        self.first_look.found = false;
        self.first_look.quiet = 0;
        self.first_look.hope = Hope::default();
        self.first_look.pass.forget_decisions();
    }

    /// For the lines that a pass leaves, what the model said of those round which nothing changed:
    /// of what lies farther away it knows nothing. The model's first look saw lines that were
    /// dropped before the window, too.
    ///
    /// Lines that it found unlikely stay so where boilerplate goes from round them: to look at them
    /// again changes 1 text of 1,966 real pages, 2026-11, cross-validated, by two lines.
    /// Counter-example: a lone button in a text, whose neighbours go and leave it beside a menu.
    fn still_known(
        &self,
        pass: &Pass,
        changed: &[usize],
        is_first_look: bool,
        known: &mut Vec<Option<Likelihood>>,
    ) {
        let saw_dropped = is_first_look && !self.window.is_at_start();
        known.clear();
        let mut changed = changed.iter().peekable();
        for at in 0..pass.len(&self.window) {
            while changed.next_if(|change| **change + REACH < at).is_some() {}
            if self.window.stays(pass.place(at)) {
                let is_near = changed.peek().is_some_and(|change| **change <= at + REACH)
                    || saw_dropped && at <= REACH;
                let likelihood = pass.likelihoods.get(at).copied();
                known.push(likelihood.filter(|known| !is_near || known.value < EXPLAINED));
            }
        }
    }

    /// Scores the lines that are left, but for those that are known.
    fn score_rest(&mut self, pass: &mut Pass, known: &[Option<Likelihood>], explains: bool) {
        let Some(model) = self.pipeline.model() else { return };
        let mut all = std::mem::take(&mut pass.likelihoods);
        all.extend(known.iter().map(|known| known.unwrap_or_default()));
        let before: Vec<&Cues> = self.window.kept_before().collect();
        let line = |at| &pass.entry(&self.window, at).cues;
        self.scorer.score_unknown(model, &before, line, known, explains, &mut all);
        pass.likelihoods = all;
    }

    /// Decides about a line of a pass; says whether it changes.
    fn decide_in(&mut self, pass: &mut Pass, at: usize, memory: &mut Memory) -> bool {
        #[cfg(test)]
        {
            self.decisions += 1;
        }
        let view = pass.view(&self.window, at);
        let decision = self.pipeline.judges().decide(view, memory, &mut self.repeats);
        let place = pass.place(at);
        let line = self.window.entry_mut(place);
        line.lang = memory.language.line;
        match decision {
            Some(Decision::Drop(removal)) => {
                pass.decide(Some(removal.category));
                line.removal = Some(removal);
                true
            }
            Some(Decision::Trim(found)) => {
                pass.decide(None);
                let mut entry = std::mem::take(line);
                let mut trims = std::mem::take(&mut entry.trims);
                trims::add(entry.texts.repaired(), &mut trims, found);
                entry.texts.rest = Some(trims::rest_of(entry.texts.repaired(), &trims));
                entry.trims = trims;
                self.look(&mut entry);
                *self.window.entry_mut(place) = entry;
                true
            }
            Some(Decision::Keep(nearly)) => {
                pass.decide(None);
                line.nearly = nearly;
                false
            }
            None => {
                pass.decide(None);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Review;
    use super::{Hope, PASSES, QUIET_AHEAD, QUIET_LINES};
    use crate::line::{Edits, Line};
    use crate::pipeline::Pipeline;
    use crate::repair::Repaired;
    use crate::sink::Sink;
    use crate::verdict::Verdict;

    /// Of lines that follow each other, only the last can go: each pass takes one.
    const CHAIN: &str = r#"
[[rule]]
id = "test.chain"
category = "custom"
phrases = ["alpha"]
at = "line"
weight = 1.0
needs = { after = ["word:omega"], within = 1 }
examples = ["alpha"]
counter-examples = ["An alpha particle."]
"#;

    /// Counts the lines that stay.
    #[derive(Default)]
    struct Kept(u64);

    impl Sink for Kept {
        fn line(&mut self, _: &Line<'_>, verdict: &Verdict) -> std::io::Result<()> {
            self.0 += u64::from(verdict.is_keep());
            Ok(())
        }
    }

    fn pipeline() -> Pipeline {
        let built = Pipeline::builder()
            .rules_toml(Path::new("chain.toml"), CHAIN)
            .and_then(|builder| builder.disable("model.line"))
            .and_then(|builder| builder.disable("duplicate"))
            .and_then(|builder| builder.build());
        match built {
            Ok(pipeline) => pipeline,
            Err(error) => panic!("{error}"),
        }
    }

    fn line(text: &str) -> Repaired<'_> {
        Repaired {
            original: text,
            text: text.into(),
            edits: Edits::default(),
            mojibake: Vec::new(),
            starts: true,
            ends: true,
        }
    }

    /// Lines that stay, and how often a line was decided, for each line.
    fn judged<'l>(lines: impl Iterator<Item = &'l str>) -> (u64, f64) {
        let pipeline = pipeline();
        let mut review = Review::new(&pipeline);
        let mut kept = Kept::default();
        let mut count = 0;
        for text in lines {
            count += 1;
            assert!(review.enter(&mut line(text), &mut kept).is_ok());
        }
        assert!(review.finish(true, &mut kept).is_ok());
        (kept.0, review.decisions as f64 / f64::from(count))
    }

    fn chains(length: usize, count: usize) -> impl Iterator<Item = &'static str> {
        let chain = std::iter::repeat_n("alpha", length).chain(["omega stays where it is"]);
        std::iter::repeat_n(chain, count).flatten()
    }

    #[test]
    fn a_removal_that_leads_to_others_does_so_for_a_few_passes() {
        let kept = |length| judged(chains(length, 1)).0;
        assert_eq!(kept(PASSES - 1), 1);
        assert_eq!(kept(PASSES), 1);
        assert_eq!(kept(PASSES + 5), 6);
    }

    #[test]
    fn the_work_on_a_line_is_bounded_however_many_removals_lead_to_others() {
        for length in [1, PASSES, 1000] {
            let each: Vec<f64> =
                [10_000, 30_000].map(|lines| judged(chains(length, lines / length)).1).to_vec();
            assert!(
                each.iter().all(|each| *each < 2.0 * PASSES as f64 + 3.0),
                "{length}: {each:?}"
            );
            assert!(each[1] < 1.1 * each[0], "{length}: {each:?}");
        }
    }

    #[test]
    fn once_something_is_to_go_lines_are_not_looked_at_before_they_are_judged() {
        let text = std::iter::repeat_n("Nothing is said of it here.", QUIET_LINES - 10);
        let lines = ["alpha", "omega stays where it is"].into_iter().chain(text);
        // Two passes: the second finds nothing.
        let (_, each) = judged(lines);
        assert!((1.9..2.1).contains(&each), "{each}");
    }

    #[test]
    fn the_wait_ends_with_the_last_of_so_many_lines_that_stay() {
        let pipeline = pipeline();
        for chains in [1, 2, 150, 500] {
            let mut review = Review::new(&pipeline);
            let mut kept = Kept::default();
            for _ in 0..chains {
                for text in ["alpha", "omega stays where it is"] {
                    assert!(review.enter(&mut line(text), &mut kept).is_ok());
                }
            }
            assert_eq!(kept.0, 0);
            // The line that went last counts, and so does the one after it.
            for _ in 2..QUIET_LINES {
                assert_eq!(kept.0, 0);
                assert!(review.enter(&mut line("Nothing is said of it here."), &mut kept).is_ok());
            }
            assert_eq!(kept.0, chains + (QUIET_LINES - 2 - QUIET_AHEAD) as u64, "{chains}");
        }
    }

    #[test]
    fn lines_are_worth_a_look_as_far_as_so_many_in_a_row_may_stay() {
        let gone = [5, 6, 5 + QUIET_LINES, 7 + 2 * QUIET_LINES, 8 + 2 * QUIET_LINES];
        let goes = |at: usize| gone.contains(&at);
        for last_gone in [3, 200] {
            for step in [1, 16, 1000] {
                let mut hope = Hope::default();
                for lines in (0..4 * QUIET_LINES).step_by(step) {
                    hope.ask(lines, last_gone, goes);
                    let may_end = |until: &usize| {
                        let from = until - QUIET_LINES;
                        from >= last_gone && !(from + 1..*until).any(goes)
                    };
                    let last = (QUIET_LINES..=lines).rev().find(may_end).unwrap_or(0);
                    assert_eq!(hope.until, last, "{last_gone} {step} {lines}");
                }
            }
        }
    }
}
