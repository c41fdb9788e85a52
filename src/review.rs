//! What becomes of repaired lines: the window, the judges, the sink and the report.

use std::borrow::Cow;

use crate::error::Error;
use crate::facts::Facts;
use crate::judge::{Judgement, Memory, limits, set_limit};
use crate::lang::{Detector, Shares};
use crate::line::{Line, Trim};
use crate::model::{Cues, Likelihood, REACH, Scorer, Words};
use crate::pipeline::Pipeline;
use crate::repair::Repaired;
use crate::report::{Languages, Report};
use crate::rules::{Hit, Scratch, SiteKey};
use crate::settings::BlankLines;
use crate::sink::Sink;
use crate::spam::{self, WholeDocument};
use crate::split::MAX_LINE_BYTES;
use crate::trims;
use crate::verdict::{Nearly, Removal, Verdict};
use crate::window::{AHEAD_LINES, Entry, Pass, View, Window};

/// The review of one document's lines.
pub(crate) struct Review<'p> {
    pipeline: &'p Pipeline,
    /// The site of the documents, if a rule names it.
    site: Option<SiteKey>,
    /// White space at the end of a piece of a long line: it stays only if more of the line comes.
    trailing: String,
    /// Whether pieces of the current line have been blank so far.
    nothing_yet: bool,
    blank_before: u64,
    window: Window,
    /// What is remembered of the lines that left the window.
    memory: Memory,
    first_look: FirstLook,
    /// Lines of white space that are kept as they are, until the next other line.
    spaces: Vec<Entry>,
    /// For the later passes over lines that wait.
    scorer: Scorer,
    scratch: Scratch,
    words: Words,
    glance: spam::Glance,
    out: Output,
    report: Report,
    shares: Shares,
    spam: spam::Evidence,
    /// Decided lines that wait for the end of the document, where spam documents are dropped.
    held: Option<Held>,
    lines_to_sink: u64,
}

/// Decided lines whose document may still turn out to be spam.
#[derive(Default)]
struct Held {
    lines: Vec<(Entry, Verdict)>,
    bytes: usize,
}

/// Most bytes of text that wait for the end of their document.
///
/// A longer document is no message, link list or page of spam, and goes on as a stream.
/// Source: of 1,966 real pages, 2026-11, the longest has 0.3 MB.
const HELD_BYTES: usize = 1 << 20;

/// Most lines that wait.
const HELD_LINES: usize = 1 << 14;

impl Held {
    fn is_full(&self) -> bool {
        self.bytes >= HELD_BYTES || self.lines.len() >= HELD_LINES
    }
}

/// The first look at lines, which goes along as they come.
struct FirstLook {
    pass: Pass,
    scorer: Scorer,
    /// What is remembered of the lines that were looked at.
    memory: Memory,
    /// How many of the waiting lines were looked at.
    looked_at: usize,
    /// Whether something is to go from them.
    found: bool,
    /// How many of the last ones stay.
    quiet: usize,
    /// Whether a line was sure to be boilerplate, in what left the window.
    gate_was_open: bool,
}

impl Default for FirstLook {
    fn default() -> FirstLook {
        FirstLook {
            pass: Pass::over_all(),
            scorer: Scorer::default(),
            memory: Memory::default(),
            looked_at: 0,
            found: false,
            quiet: 0,
            gate_was_open: false,
        }
    }
}

impl FirstLook {
    fn reset(&mut self) {
        let mut scorer = std::mem::take(&mut self.scorer);
        scorer.reset();
        *self = FirstLook { scorer, ..FirstLook::default() };
    }
}

/// Lines that must stay after a line before it leaves. With the 32 that the model sees ahead, and
/// the block of 16 that it takes at a time, a paragraph leaves a pipe 64 lines later.
const QUIET_AHEAD: usize = 16;

/// So many lines in a row that stay end the wait for the end of the document.
const QUIET_LINES: usize = 4 * AHEAD_LINES;

/// Lines of white space that wait for the next other line at most.
const SPACES: usize = 1024;

/// Looks at waiting lines at most; the text of nearly every page stays as it is after three.
///
/// Source: 1,717 real pages, 2026-11.
const PASSES: usize = 12;

/// How the clean text has come along.
#[derive(Default)]
struct Output {
    started: bool,
    /// Whether nothing was written since the last line feed.
    at_line_start: bool,
    /// Blank lines since the last kept line: the longest run.
    blanks: u64,
    /// Blank lines of the input, and those that were written.
    blanks_in: u64,
    blanks_out: u64,
}

impl<'p> Review<'p> {
    pub(crate) fn new(pipeline: &'p Pipeline) -> Review<'p> {
        Review {
            pipeline,
            site: None,
            trailing: String::new(),
            nothing_yet: true,
            blank_before: 0,
            window: Window::default(),
            memory: Memory::default(),
            first_look: FirstLook::default(),
            spaces: Vec::new(),
            scorer: Scorer::default(),
            scratch: Scratch::default(),
            words: Words::default(),
            glance: spam::Glance::default(),
            out: Output::default(),
            report: Report::default(),
            shares: Shares::default(),
            spam: spam::Evidence::default(),
            held: pipeline.spam_document_score().map(|_| Held::default()),
            lines_to_sink: 0,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.trailing.clear();
        self.nothing_yet = true;
        self.blank_before = 0;
        self.window.reset();
        self.memory.reset();
        self.first_look.reset();
        self.spaces.clear();
        self.scorer.reset();
        self.out = Output::default();
        self.report = Report::default();
        self.shares = Shares::default();
        self.spam = spam::Evidence::default();
        self.held = self.pipeline.spam_document_score().map(|_| Held::default());
        self.lines_to_sink = 0;
    }

    /// The site of the documents to come.
    pub(crate) fn set_site(&mut self, site: &str) {
        self.site = self.pipeline.site(site);
    }

    /// Whether the sink has seen a line.
    pub(crate) fn has_begun(&self) -> bool {
        self.lines_to_sink > 0
    }

    /// The input is over: decides what is undecided and tells what happened. `ended` says whether
    /// the input ended with a line end.
    pub(crate) fn finish(&mut self, ended: bool, sink: &mut dyn Sink) -> Result<Report, Error> {
        self.first_look.pass.input_ended = true;
        self.judge(sink)?;
        for entry in std::mem::take(&mut self.spaces) {
            self.let_go(entry, sink)?;
        }
        self.report.spam_score = std::mem::take(&mut self.spam).score();
        self.end_hold(sink)?;
        self.blank_lines(self.blank_before, self.report.lines_in + 1, sink)?;
        let newline = ended && self.out.started;
        sink.end(newline)?;
        self.report.bytes_out += u64::from(newline);
        self.report.blank_lines = self.out.blanks_in - self.out.blanks_out;
        if self.out.started && self.out.at_line_start && !newline {
            // An empty line at the end, whose line end went with the lines after it, is no line.
            self.report.lines_out -= 1;
            self.report.blank_lines += 1;
        }
        if self.pipeline.counts_languages() {
            let [es, en, other] = self.shares.fractions();
            self.report.languages = Languages { es, en, other };
        }
        Ok(std::mem::take(&mut self.report))
    }

    /// A repaired line or piece enters the window.
    pub(crate) fn enter(
        &mut self,
        mut line: Repaired<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.report.lines_in += u64::from(line.ends);
        self.report.repairs.mojibake += u64::from(line.edits.mojibake);
        self.report.repairs.lossy += u64::from(line.edits.lossy);
        self.report.repairs.entities += u64::from(line.edits.entities);
        self.report.repairs.controls += u64::from(line.edits.controls);
        self.report.repairs.hyphens += u64::from(line.edits.hyphens);
        let mojibake = std::mem::take(&mut line.mojibake);
        let Some((text, starts)) = self.without_trailing_space(&line) else { return Ok(()) };
        let number = self.report.lines_in + u64::from(!line.ends);
        let mut entry = self.window.fresh();
        entry.number = number;
        entry.original.clear();
        entry.original.push_str(line.original);
        entry.text.clear();
        entry.text.push_str(&text);
        entry.edits = line.edits;
        entry.mojibake = mojibake;
        entry.starts = starts;
        entry.ends = line.ends;
        entry.blank_before = if starts { std::mem::take(&mut self.blank_before) } else { 0 };
        // Where nothing judges, nothing need be known of the line.
        let is_whole = line.starts && line.ends;
        entry.is_judged = self.pipeline.judges_lines() && is_whole && !text.trim().is_empty();
        entry.facts = Facts::default();
        let is_blank = is_whole && text.trim().is_empty();
        if is_blank && self.spaces.len() < SPACES {
            self.spaces.push(entry);
            return Ok(());
        }
        entry.spaces_before = std::mem::take(&mut self.spaces);
        entry.spam = None;
        entry.lang = None;
        if entry.is_judged {
            self.look(&mut entry);
            self.spam.see(&entry.facts, entry.spam.as_ref());
        } else {
            entry.cues = Cues::of_long_text();
        }
        if self.pipeline.model().is_some() {
            self.first_look.scorer.push(&entry.cues);
        }
        self.window.push(entry);
        self.judge(sink)
    }

    /// What is seen of a line alone.
    fn look(&mut self, entry: &mut Entry) {
        let text = entry.rest.as_deref().unwrap_or(&entry.text);
        entry.facts = Facts::of(text);
        let Review { pipeline, scratch, glance, site, .. } = self;
        entry.spam = pipeline.find(text, *site, scratch, glance, &mut entry.hits);
        if let Some(model) = self.pipeline.model() {
            let rules = self.pipeline.rules().rules();
            let rule = |hit: &Hit| &rules[hit.rule];
            model.look(text, &entry.facts, &entry.hits, rule, &mut self.words, &mut entry.cues);
        }
    }

    /// The text of a line to be judged and whether a line starts with it; `None` for blank lines
    /// and for pieces that are nothing but white space so far.
    fn without_trailing_space<'t>(
        &mut self,
        line: &'t Repaired<'_>,
    ) -> Option<(Cow<'t, str>, bool)> {
        if !self.pipeline.normalizes() {
            return Some((Cow::Borrowed(&*line.text), line.starts));
        }
        if line.starts {
            self.nothing_yet = true;
            self.trailing.clear();
        }
        let text = line.text.trim_end();
        let space = &line.text[text.len()..];
        if text.is_empty() {
            // White space past the longest piece is not kept: memory stays bounded.
            if !line.ends && self.trailing.len() + space.len() <= MAX_LINE_BYTES {
                self.trailing.push_str(space);
            }
            if line.ends && self.nothing_yet {
                self.blank_before += 1;
            }
            return None;
        }
        let starts = std::mem::take(&mut self.nothing_yet);
        let text = if self.trailing.is_empty() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(std::mem::take(&mut self.trailing) + text)
        };
        if !line.ends {
            self.trailing.push_str(space);
        }
        Some((text, starts))
    }

    /// Looks at the lines that came; lets those leave about which nothing can change any more.
    fn judge(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.pipeline.judges().is_empty() {
            while let Some(entry) = self.window.leave() {
                self.let_go(entry, sink)?;
            }
            return Ok(());
        }
        let ended = self.first_look.pass.input_ended;
        loop {
            self.first_look.pass.explains = sink.wants_reasons();
            self.score_first(sink.wants_reasons());
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
        let FirstLook { pass, memory, looked_at, found, quiet, .. } = &mut self.first_look;
        let there = match self.pipeline.model() {
            Some(_) => pass.likelihoods.len().min(self.window.len()),
            None => self.window.len(),
        };
        pass.limit = limits(self.pipeline.level()).0;
        pass.usual_limit = pass.limit;
        while *looked_at < there {
            let decision = decide(self.pipeline, pass.view(&self.window, *looked_at), memory);
            let dropped = match decision {
                None => return,
                Some(Decision::Keep(_)) => None,
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
            }
            *looked_at += 1;
            *quiet += 1;
        }
    }

    /// The oldest line stays, and so do those that come soon after it: it leaves.
    fn leave_unchanged(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let pass = &mut self.first_look.pass;
        // The same answer as before, for the memory of what left.
        let decision = decide(self.pipeline, pass.view(&self.window, 0), &mut self.memory);
        self.window.entry_mut(0).lang = self.memory.language.line;
        if let Some(Decision::Keep(nearly)) = decision {
            self.window.entry_mut(0).nearly = nearly;
        }
        pass.likelihoods.pop_front();
        self.first_look.looked_at -= 1;
        let Some(entry) = self.window.leave() else { return Ok(()) };
        self.let_go(entry, sink)
    }

    /// Decides about the lines that wait, and lets the first `leaving` of them leave.
    fn settle(&mut self, leaving: usize, sink: &mut dyn Sink) -> Result<(), Error> {
        if leaving == 0 {
            return Ok(());
        }
        let ended = self.first_look.pass.input_ended;
        let explains = sink.wants_reasons();
        let mut pass = Pass::over_all();
        if let Some(model) = self.pipeline.model() {
            let FirstLook { pass: first, scorer, .. } = &mut self.first_look;
            // Lines that leave before all their neighbours came are judged by those that are there.
            if let Some(more) = leaving.checked_sub(first.likelihoods.len()) {
                let likelihoods = &mut first.likelihoods;
                scorer.score(model, Some(more), explains, |one| likelihoods.push_back(one));
            }
            pass.likelihoods.clone_from(&first.likelihoods);
        }
        let mut after = None;
        let mut has_changed: Vec<bool> = Vec::new();
        for number in 0..PASSES {
            if number > 0 {
                let known = self.still_known(&pass, &has_changed, number == 1);
                pass = Pass::over_rest(&self.window);
                self.score_rest(&mut pass, &known, explains);
            }
            pass.input_ended = ended;
            pass.is_full = !ended;
            pass.explains = explains;
            let was_open = number == 0 && self.first_look.gate_was_open;
            let is_open = set_limit(&self.window, &mut pass, self.pipeline.level(), was_open);
            let mut memory = self.memory.clone();
            has_changed.clear();
            for at in 0..pass.len(&self.window) {
                if number == 0 && at == leaving {
                    after = Some(memory.clone());
                }
                has_changed.push(self.decide_in(&mut pass, at, &mut memory));
            }
            if number == 0 {
                self.first_look.gate_was_open |= is_open;
            }
            if !has_changed.contains(&true) {
                break;
            }
        }
        for _ in 0..leaving {
            let Some(mut entry) = self.window.leave() else { break };
            self.first_look.pass.likelihoods.pop_front();
            let verdict = match entry.removal.take() {
                Some(removal) => Verdict::Drop(removal),
                None => Verdict::Keep,
            };
            self.let_go_with(entry, verdict, sink)?;
        }
        self.look_anew(after.unwrap_or_default());
        Ok(())
    }

    /// What is left in the window is looked at from the start.
    fn look_anew(&mut self, memory: Memory) {
        for at in 0..self.window.len() {
            let entry = self.window.entry_mut(at);
            entry.removal = None;
            entry.nearly = None;
            entry.trims.clear();
            if entry.rest.take().is_some() {
                let mut entry = std::mem::take(entry);
                self.look(&mut entry);
                *self.window.entry_mut(at) = entry;
            }
        }
        self.first_look.memory = memory.clone();
        self.memory = memory;
        self.first_look.looked_at = 0;
        self.first_look.found = false;
        self.first_look.quiet = 0;
        self.first_look.pass.forget_decisions();
    }

    /// For the lines that a pass leaves, what the model said of those round which nothing changed:
    /// of what lies farther away it knows nothing. The model's first look saw lines that were
    /// dropped before the window, too.
    fn still_known(
        &self,
        pass: &Pass,
        has_changed: &[bool],
        is_first_look: bool,
    ) -> Vec<Option<Likelihood>> {
        let saw_dropped = is_first_look && !self.window.is_at_start();
        let mut known = Vec::with_capacity(has_changed.len());
        let mut next_change = 0;
        let mut last_change = saw_dropped.then_some(0);
        for at in 0..has_changed.len() {
            // The first change from here on.
            next_change = next_change.max(at);
            while has_changed.get(next_change).is_some_and(|changed| !changed)
                && next_change <= at + REACH
            {
                next_change += 1;
            }
            let is_far_behind = last_change.is_none_or(|last| at > last + REACH);
            let is_far_ahead = next_change > at + REACH || next_change == has_changed.len();
            if has_changed[at] {
                last_change = Some(at);
            }
            if self.window.stays(pass.place(at)) {
                let likelihood = pass.likelihoods.get(at).copied();
                known.push(likelihood.filter(|_| is_far_behind && is_far_ahead));
            }
        }
        known
    }

    /// Scores the lines that are left, but for those that are known.
    fn score_rest(&mut self, pass: &mut Pass, known: &[Option<Likelihood>], explains: bool) {
        let Some(model) = self.pipeline.model() else { return };
        if known.iter().all(Option::is_some) {
            pass.likelihoods = known.iter().copied().flatten().collect();
            return;
        }
        self.scorer.reset();
        let before = self.window.kept_before();
        let mut context = 0;
        for cues in before {
            self.scorer.push(cues);
            context += 1;
        }
        for at in 0..pass.len(&self.window) {
            self.scorer.push(&pass.entry(&self.window, at).cues);
        }
        self.scorer.skip(context);
        pass.likelihoods = self.scorer.score_unknown(model, known, explains);
    }

    /// Decides about a line of a pass; says whether it changes.
    fn decide_in(&mut self, pass: &mut Pass, at: usize, memory: &mut Memory) -> bool {
        let decision = decide(self.pipeline, pass.view(&self.window, at), memory);
        let place = pass.place(at);
        self.window.entry_mut(place).lang = memory.language.line;
        match decision {
            Some(Decision::Drop(removal)) => {
                pass.decide(Some(removal.category));
                self.window.entry_mut(place).removal = Some(removal);
                true
            }
            Some(Decision::Trim(found)) => {
                pass.decide(None);
                let mut entry = std::mem::take(self.window.entry_mut(place));
                trims::add(&entry.text, &mut entry.trims, found);
                entry.rest = Some(trims::rest_of(&entry.text, &entry.trims));
                self.look(&mut entry);
                *self.window.entry_mut(place) = entry;
                true
            }
            Some(Decision::Keep(nearly)) => {
                pass.decide(None);
                self.window.entry_mut(place).nearly = nearly;
                false
            }
            None => {
                pass.decide(None);
                false
            }
        }
    }

    /// The document has ended: drops it as a whole if it is spam, else lets go what waits.
    fn end_hold(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let score = self.report.spam_score;
        let Some(least) = self.pipeline.spam_document_score().filter(|least| score >= *least)
        else {
            return self.release(sink);
        };
        let document = WholeDocument { score, least };
        let Some(held) = &mut self.held else {
            self.report.warnings.push(document.too_long(HELD_BYTES));
            return Ok(());
        };
        for (entry, verdict) in &mut held.lines {
            if verdict.is_keep() {
                *verdict = Verdict::Drop(document.removal());
                entry.trims.clear();
                entry.rest = None;
            }
        }
        self.report.reason = document.to_string();
        self.release(sink)
    }

    /// Lets go the lines that wait; later ones do not.
    fn release(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        for (entry, verdict) in self.held.take().unwrap_or_default().lines {
            self.let_out(entry, &verdict, sink)?;
        }
        Ok(())
    }

    fn let_go(&mut self, entry: Entry, sink: &mut dyn Sink) -> Result<(), Error> {
        self.let_go_with(entry, Verdict::Keep, sink)
    }

    /// A decided line leaves, or waits for what its document turns out to be.
    fn let_go_with(
        &mut self,
        entry: Entry,
        verdict: Verdict,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let Some(held) = &mut self.held else { return self.let_out(entry, &verdict, sink) };
        held.bytes += entry.bytes();
        held.lines.push((entry, verdict));
        if held.is_full() { self.release(sink) } else { Ok(()) }
    }

    fn let_out(
        &mut self,
        mut entry: Entry,
        verdict: &Verdict,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        for spaces in std::mem::take(&mut entry.spaces_before) {
            // They go with the line after them.
            let spaces = Entry { lang: entry.lang, ..spaces };
            self.leave(&spaces, &Verdict::Keep, &[], sink)?;
            self.window.recycle(spaces);
        }
        let trims = std::mem::take(&mut entry.trims);
        let left = self.leave(&entry, verdict, &trims, sink);
        self.window.recycle(entry);
        left
    }

    /// A decided line leaves for the sink and the report.
    fn leave(
        &mut self,
        entry: &Entry,
        verdict: &Verdict,
        trims: &[Trim],
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.blank_lines(entry.blank_before, entry.number, sink)?;
        let text = entry.text();
        let mut line_feeds = 0;
        match verdict {
            Verdict::Drop(removal) => {
                // Pieces of a long line count with its first.
                if entry.starts {
                    *self.report.removed.entry(removal.category).or_default() += 1;
                    *self.report.rules.entry(removal.rule.to_string()).or_default() += 1;
                }
            }
            _ => {
                for (index, trim) in trims.iter().enumerate() {
                    let category = trim.removal.category;
                    if trims[..index].iter().all(|other| other.removal.category != category) {
                        *self.report.trimmed.entry(category).or_default() += 1;
                    }
                    *self.report.rules.entry(trim.removal.rule.to_string()).or_default() += 1;
                }
                line_feeds = self.line_feeds(entry.starts);
                self.report.lines_out += u64::from(entry.starts);
                self.report.bytes_out += line_feeds + text.len() as u64;
                self.out.at_line_start =
                    text.is_empty() && (entry.starts || self.out.at_line_start);
                if self.pipeline.counts_languages() {
                    self.shares.add_line(Detector::shared(), text);
                }
            }
        }
        self.lines_to_sink += 1;
        sink.line(
            &Line {
                number: entry.number,
                text,
                original: &entry.original,
                starts: entry.starts,
                line_feeds,
                trims,
                nearly: entry.nearly.as_ref().filter(|_| verdict.is_keep()),
                edits: entry.edits,
                mojibake: &entry.mojibake,
                lang: entry.lang,
            },
            verdict,
        )?;
        Ok(())
    }

    /// Line feeds before a kept line, which ends the run of blank lines before it.
    fn line_feeds(&mut self, starts: bool) -> u64 {
        if !starts {
            return 0;
        }
        let blanks = std::mem::take(&mut self.out.blanks);
        if !std::mem::replace(&mut self.out.started, true) {
            return 0;
        }
        let written = match self.pipeline.blank_lines() {
            BlankLines::One => blanks.min(1),
            BlankLines::Keep => blanks,
        };
        self.out.blanks_out += written;
        self.report.lines_out += written;
        1 + written
    }

    /// Tells the sink of blank lines; the last of them stands before line `next`.
    fn blank_lines(&mut self, count: u64, next: u64, sink: &mut dyn Sink) -> Result<(), Error> {
        self.out.blanks_in += count;
        self.out.blanks = self.out.blanks.max(count);
        for number in next - count..next {
            let line = Line {
                number,
                text: "",
                original: "",
                starts: true,
                line_feeds: 0,
                trims: &[],
                nearly: None,
                edits: Default::default(),
                mojibake: &[],
                lang: None,
            };
            sink.line(&line, &Verdict::Blank)?;
        }
        Ok(())
    }
}

/// What the judges say of a line.
enum Decision {
    Keep(Option<Nearly>),
    Trim(Vec<Trim>),
    Drop(Removal),
}

/// Asks the judges, and remembers what they said; `None` if lines that have not come can tell.
fn decide(pipeline: &Pipeline, view: View<'_>, memory: &mut Memory) -> Option<Decision> {
    memory.language.follow();
    if !view.entry().is_judged {
        return Some(Decision::Keep(None));
    }
    let decision = ask(pipeline, view, memory)?;
    let line = view.line();
    for judge in pipeline.judges() {
        judge.decided(line.number, line.facts, memory);
    }
    if !matches!(decision, Decision::Drop(_)) {
        memory.keep(line.number, line.facts, line.hits);
    }
    Some(decision)
}

fn ask(pipeline: &Pipeline, view: View<'_>, memory: &mut Memory) -> Option<Decision> {
    let mut decision = Decision::Keep(None);
    for judge in pipeline.judges() {
        match judge.judge(view, memory) {
            Judgement::Keep => {}
            Judgement::Spare(nearly) => {
                if let Decision::Keep(closest) = &mut decision
                    && closest
                        .as_ref()
                        .is_none_or(|other| other.removal.score < nearly.removal.score)
                {
                    *closest = Some(nearly);
                }
            }
            Judgement::Trim(spans) => decision = Decision::Trim(spans),
            Judgement::Drop(removal) => return Some(Decision::Drop(removal)),
            Judgement::NeedMore => return None,
        }
    }
    Some(decision)
}

#[cfg(test)]
mod tests {
    use crate::{Pipeline, Stage};

    #[test]
    fn an_empty_line_without_line_end_is_no_line() {
        let pipeline = Pipeline::builder().skip(&[Stage::Normalize]).build().expect("it builds");
        let cleaned = pipeline.clean("The council met to discuss the budget.\n\nAdvertisement");
        assert_eq!(cleaned.text, "The council met to discuss the budget.\n");
        let report = cleaned.report;
        assert_eq!((report.lines_in, report.lines_out, report.blank_lines), (3, 1, 1));
        assert_eq!(report.removed.values().sum::<u64>(), 1);
    }
}
