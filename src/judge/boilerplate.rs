//! Boilerplate and spam: rules, their context, and the blocks they open.
//!
//! 1. Every phrase or shape that a line holds says how sure it is: the weight of its rule, 0 if
//!    the context that the rule needs is missing, more if it is there.
//! 2. A weak hit gains from the hit lines next to it. `Facebook` alone is a word; four such lines
//!    in a row are a share bar.
//! 3. A line whose score reaches the level's threshold goes, or loses the span or the sentence,
//!    as far as the rule reaches. A rule with a longer reach opens a block.
//! 4. In an open block, lines that no rule knows go too, as long as they have the form that the
//!    reach allows. A block never takes a paragraph, nor the one or two short lines right before
//!    one: they are headings of the text that goes on. A block that reaches to the end of the document is over
//!    when content resumes.
//!
//! A document without paragraphs has neither head nor tail and opens no long blocks: a verse or a
//! message of two lines is not the rest of an article. Where lines that have not arrived matter,
//! the judge waits, and decides against removal if the window is full.

use std::ops::Range;
use std::sync::Arc;

use super::{Judge, Judgement, Seen};
use crate::line::Trim;
use crate::rules::{Hit, Needed, Needs, Part, PatternSet, Place, Reach, Rule, RuleSet, Scratch};
use crate::verdict::{Category, Reason, Removal};
use crate::window::{self, View};

/// What a rule gains where the context that it needs is there.
///
/// Measured on the rules of danger 2 (weight 0.55: a genuine heading too), 2026-11: with their
/// neighbours they are as safe as whole-line phrases (0.75).
const CONTEXT_GAIN: f32 = 0.2;

/// What a weak hit gains from each hit line in the same run: a weak one, a strong one, all.
///
/// Four share names in a row (0.35 each) reach 0.71, three stay at 0.59.
/// Counter-example: an article that lists the four networks, one a line; it is rare.
const WEAK_NEIGHBOUR_GAIN: f32 = 0.12;
const STRONG_NEIGHBOUR_GAIN: f32 = 0.18;
const MOST_NEIGHBOUR_GAIN: f32 = 0.4;

/// Words from which a line without a sentence end may be wrapped text that goes on below.
const WRAPPED_WORDS: u32 = 6;

/// How much of that counts in the middle of the text.
const MIDDLE_SHARE: f32 = 0.5;

/// Weight from which a hit is strong.
const STRONG: f32 = 0.55;

/// What a heading loses when the paragraph right after it says the same word or phrase: then it
/// is the heading of that paragraph.
///
/// Source: manuals and glossaries among genuine short texts, 2026-11: `Newsletter` above "The
/// newsletter block shows a form". Counter-example: a vendor's box that repeats its own name.
const TOPIC_LOSS: f32 = 0.3;

/// What a line loses that looks more like a part of the text: an item among other items, an opener
/// of a box with a sentence right below it, a label below other subheadings.
///
/// Source: lists of mistakes, theme manuals and privacy policies among genuine texts, 2026-11.
/// Counter-example: an advertisement label below a subheading, which stays.
const PART_OF_TEXT_LOSS: f32 = 0.1;

/// What a spam phrase gains from each further one in the same line.
///
/// Source: written and collected spam, 2026-11: one sign is what news on spam holds as well, two
/// make an offer.
const SPAM_SIGN_GAIN: f32 = 0.15;

/// What the heading of a list gains where at least two lines of the form of titles follow it, in
/// the tail of the document.
const LIST_GAIN: f32 = 0.1;

/// What a line loses in a document that has no other sentence: there is no article that it could
/// be the residue of.
///
/// Measured on 162 genuine texts of one to four lines, 2026-11: two of three wrong removals were
/// such lines (`Further reading`, `Leer más`). Counter-example: a page that is nothing but menus;
/// their lines stand in runs.
const NO_TEXT_LOSS: f32 = 0.1;

/// Lines of a run that are looked at in each direction.
const RUN_LINES: usize = 8;

/// Within so many lines after it, something must confirm an opener of a block to the end.
const CONFIRM_LINES: usize = 6;

/// Lines that are kept before the first paragraph: with more, it is no head but a list.
///
/// Kept ones, so that a second run sees the same head.
const HEAD_LINES: u64 = 20;

/// Plain sentences or paragraphs in a row that mean that content resumes.
///
/// Readers' comments are paragraphs too, but names, dates and buttons stand between them.
const RESUMING_TEXTS: usize = 3;

/// Headings in a row that may stand above them.
const RESUMING_HEADINGS: usize = 2;

/// Lines that no rule knows which a list and a block may take at most.
///
/// Source: the reaches of the line model measured on real pages, 2026-11.
const LIST_LINES: u32 = 60;
const BLOCK_LINES: u32 = 40;

/// Lines that a block may take in a document that has no blank lines to end it.
const BLOCK_LINES_WITHOUT_BLANKS: u32 = 4;

/// The judge of boilerplate and spam.
pub(crate) struct Boilerplate {
    rules: Arc<RuleSet>,
    threshold: f32,
}

/// What it remembers of a document.
#[derive(Default)]
pub(crate) struct Memory {
    block: Option<Block>,
    saw_blank_line: bool,
}

/// A block that a dropped line opened.
#[derive(Debug, Clone)]
struct Block {
    opened_at: u64,
    rule: usize,
    reach: Reach,
    score: f32,
    /// Lines that went since it was opened.
    taken: u32,
}

impl Judge for Boilerplate {
    fn judge(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let line = view.line();
        if line.hits.is_empty() && memory.boilerplate.block.is_none() {
            memory.boilerplate.saw_blank_line |= line.blank_before > 0;
            return Judgement::Keep;
        }
        let judgement = match self.by_own_hits(view, memory) {
            Judgement::Keep => self.by_block(view, memory),
            decided => decided,
        };
        if judgement != Judgement::NeedMore {
            memory.boilerplate.saw_blank_line |= line.blank_before > 0;
        }
        judgement
    }
}

impl Boilerplate {
    pub(crate) fn new(rules: Arc<RuleSet>, threshold: f32) -> Boilerplate {
        Boilerplate { rules, threshold }
    }

    fn rule(&self, hit: &Hit) -> &Rule {
        &self.rules.rules()[hit.rule]
    }

    /// The surest hit that removes the line, else the spans that go.
    fn by_own_hits(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let line = view.line();
        let mut surest: Option<(f32, &Hit)> = None;
        let mut spans: Vec<(f32, &Hit)> = Vec::new();
        let mut waiting = false;
        for hit in line.hits {
            let Some(score) = self.score(view, memory, hit) else {
                waiting = true;
                continue;
            };
            if score < self.threshold {
                continue;
            }
            if matches!(self.rule(hit).reach, Reach::Span | Reach::Sentence) {
                spans.push((score, hit));
            } else if surest.is_none_or(|(best, other)| {
                let wider = reach_rank(self.rule(hit).reach) > reach_rank(self.rule(other).reach);
                score > best || score == best && wider
            }) {
                surest = Some((score, hit));
            }
        }
        // A hit that still waits may reach farther than the one that is sure.
        if waiting {
            return Judgement::NeedMore;
        }
        if let Some((score, hit)) = surest {
            self.open_block(view, memory, hit, score);
            return Judgement::Drop(self.removal(view, hit, score));
        }
        self.without_spans(view, &spans)
    }

    /// The reason names the phrase of the rule; for a shape, what it matched.
    fn removal(&self, view: View<'_>, hit: &Hit, score: f32) -> Removal {
        let rule = self.rule(hit);
        let phrase = match rule.phrases.get(hit.phrase as usize) {
            Some(phrase) => phrase,
            None => view.entry().text.get(hit.start..hit.end).unwrap_or_default(),
        };
        Removal {
            category: rule.category,
            rule: rule.id.clone(),
            reason: Reason::Phrase(phrase.into()),
            score,
        }
    }

    /// How sure a hit is in its context; `None` while lines that have not arrived can tell.
    fn score(&self, view: View<'_>, memory: &super::Memory, hit: &Hit) -> Option<f32> {
        let rule = self.rule(hit);
        let mut score = rule.weight;
        if let Some(needs) = &rule.needs {
            let met = self.needs_met(view, memory, needs).or(|| match rule.reach {
                Reach::ToEnd => self.near_end(view, memory),
                _ => Seen::No,
            });
            match met {
                Seen::Yes => score += CONTEXT_GAIN,
                Seen::No => return Some(0.0),
                Seen::NotYet => return None,
            }
        } else if rule.reach == Reach::ToEnd && rule.weight < 1.0 {
            match self.confirmed(view, memory, rule.category) {
                Seen::Yes => {}
                Seen::No => score -= CONTEXT_GAIN,
                Seen::NotYet => return None,
            }
        }
        if rule.weight < 1.0 {
            if continues_sentence(view) {
                return Some(0.0);
            }
            if rule.category == Category::Placeholder && is_indented(&view.entry().text) {
                return Some(0.0);
            }
            match self.names_topic(view, rule, hit) {
                Seen::Yes => score -= TOPIC_LOSS,
                Seen::No => {}
                Seen::NotYet => return None,
            }
            match self.is_part_of_text(view, memory, rule) {
                Seen::Yes => score -= PART_OF_TEXT_LOSS,
                Seen::No => {}
                Seen::NotYet => return None,
            }
            match self.has_text(view, memory) {
                Seen::Yes => {}
                Seen::No => score -= NO_TEXT_LOSS,
                Seen::NotYet => return None,
            }
        }
        if rule.category == Category::Spam {
            score += SPAM_SIGN_GAIN * self.further_spam_signs(view, hit) as f32;
        }
        if score < self.threshold && rule.reach == Reach::List {
            match self.heads_list(view).and(|| self.in_tail(view, memory)) {
                Seen::Yes => score += LIST_GAIN,
                Seen::No => {}
                Seen::NotYet => return None,
            }
        }
        if score < self.threshold {
            score += self.gain_of_run(view, memory, score)?;
        }
        // Two decimals, as the levels are written: what is reported is what decided.
        Some((score.clamp(0.0, 1.0) * 100.0).round() / 100.0)
    }

    /// What the run of hit lines round this one adds; `None` if later lines can add what lacks.
    ///
    /// In the middle of the text a run counts half, and nothing at all as a list that the text
    /// announces with a colon: manuals list buttons, articles list networks.
    fn gain_of_run(&self, view: View<'_>, memory: &super::Memory, score: f32) -> Option<f32> {
        if score + MOST_NEIGHBOUR_GAIN < self.threshold {
            return Some(0.0);
        }
        let gain_of = |line: window::Seen<'_>| {
            let weight = line.hits.iter().map(|hit| self.rule(hit).weight).fold(0.0, f32::max);
            match weight {
                _ if line.dropped.is_some() || weight >= STRONG => Some(STRONG_NEIGHBOUR_GAIN),
                0.0 => None,
                _ => Some(WEAK_NEIGHBOUR_GAIN),
            }
        };
        let behind: Vec<f32> =
            (1..=RUN_LINES).map_while(|k| view.behind(k).and_then(gain_of)).collect();
        if view.behind(behind.len() + 1).is_some_and(|line| line.facts.ends_with_colon) {
            return Some(0.0);
        }
        let mut gain: f32 = behind.iter().sum();
        for k in 1..=RUN_LINES {
            if gain >= MOST_NEIGHBOUR_GAIN {
                break;
            }
            if !view.sees(k) {
                return None;
            }
            match view.ahead(k).and_then(gain_of) {
                Some(more) => gain += more,
                None => break,
            }
        }
        let gain = gain.min(MOST_NEIGHBOUR_GAIN);
        if score + gain < self.threshold {
            return Some(gain);
        }
        let at_edge = self.in_head(view, memory).or(|| self.in_tail(view, memory));
        match at_edge {
            Seen::Yes => Some(gain),
            Seen::No => Some(gain * MIDDLE_SHARE),
            Seen::NotYet => None,
        }
    }

    fn needs_met(&self, view: View<'_>, memory: &super::Memory, needs: &Needs) -> Seen {
        let within = needs.within as usize;
        let asked = |list: &[Needed], before: bool, after: bool| {
            if list.is_empty() {
                return Seen::Yes;
            }
            let holds = |line: window::Seen<'_>| list.iter().any(|need| self.holds(line, need));
            if before && (1..=within).any(|k| view.behind(k).is_some_and(holds))
                || after && (1..=within).any(|k| view.ahead(k).is_some_and(holds))
            {
                return Seen::Yes;
            }
            if after && !view.sees(within) { Seen::NotYet } else { Seen::No }
        };
        asked(&needs.near, true, true)
            .and(|| asked(&needs.before, true, false))
            .and(|| asked(&needs.after, false, true))
            .and(|| match needs.part {
                None => Seen::Yes,
                Some(Part::Head) => self.in_head(view, memory),
                Some(_) => self.in_tail(view, memory),
            })
    }

    fn holds(&self, line: window::Seen<'_>, need: &Needed) -> bool {
        match need {
            Needed::Word(word) => line
                .text
                .is_some_and(|text| PatternSet::holds_word(text, word, &mut Scratch::default())),
            Needed::Rule(id) => line.hits.iter().any(|hit| self.rule(hit).id == *id),
            Needed::Category(category) => self.has_category(line, *category),
        }
    }

    fn has_category(&self, line: window::Seen<'_>, category: Category) -> bool {
        line.dropped == Some(category)
            || line.hits.iter().any(|hit| self.rule(hit).category == category)
    }

    /// Before the first sentence of a document that has some, and not the date line of a diary:
    /// a title stands above, or no paragraph comes right after.
    fn in_head(&self, view: View<'_>, memory: &super::Memory) -> Seen {
        if memory.texts > 0 || memory.kept > HEAD_LINES {
            return Seen::No;
        }
        let has_title =
            (1..=RUN_LINES).map_while(|k| view.behind(k)).any(|line| line.dropped.is_none());
        for k in 1.. {
            match view.ahead(k) {
                Some(line) if line.is_plain_paragraph() => return Seen::is(k > 1 || has_title),
                Some(_) => {}
                None if view.must_decide() => return Seen::No,
                None => return Seen::NotYet,
            }
        }
        Seen::No
    }

    /// Spam phrases in the line besides this one, which do not overlap.
    fn further_spam_signs(&self, view: View<'_>, hit: &Hit) -> usize {
        let line = view.line();
        let is_sign = |other: &&Hit| {
            self.rule(other).category == Category::Spam
                && (other.end <= hit.start || other.start >= hit.end)
        };
        let mut end = 0;
        line.hits
            .iter()
            .filter(is_sign)
            .filter(|other| {
                let is_further = other.start >= end;
                if is_further {
                    end = other.end;
                }
                is_further
            })
            .count()
    }

    /// Whether a hit that is the whole line names what the next line, a paragraph, is about.
    fn names_topic(&self, view: View<'_>, rule: &Rule, hit: &Hit) -> Seen {
        if rule.at != Place::Line || !view.line().facts.is_heading_like() {
            return Seen::No;
        }
        match view.ahead(1) {
            Some(next) if next.facts.is_text() => {
                let entry = view.entry();
                let name = entry.text.get(hit.start..hit.end).unwrap_or_default();
                let holds =
                    |text: &str| PatternSet::holds_word(text, name, &mut Scratch::default());
                Seen::is(next.text.is_some_and(holds))
            }
            None if !view.must_decide() => Seen::NotYet,
            _ => Seen::No,
        }
    }

    /// Whether a whole-line hit has the form of a part of the text; see [`PART_OF_TEXT_LOSS`].
    fn is_part_of_text(&self, view: View<'_>, memory: &super::Memory, rule: &Rule) -> Seen {
        if rule.at != Place::Line {
            return Seen::No;
        }
        let Some(next) = view.ahead(1) else {
            return if view.must_decide() { Seen::No } else { Seen::NotYet };
        };
        let is_plain_item = |line: window::Seen<'_>| line.facts.is_item && line.hits.is_empty();
        let is_plain_text = |line: window::Seen<'_>| line.facts.is_text() && line.hits.is_empty();
        if reach_rank(rule.reach) > 0 {
            let before = view.behind(1).is_some_and(is_plain_item);
            let among_items = view.line().facts.is_item && (before || is_plain_item(next));
            let heads_text = is_plain_text(next) && next.blank_before == 0;
            return Seen::is(among_items || heads_text);
        }
        Seen::is(is_plain_text(next) && memory.subheadings > 0)
    }

    /// Whether two lines of the form of titles follow.
    fn heads_list(&self, view: View<'_>) -> Seen {
        if !view.sees(2) {
            return Seen::NotYet;
        }
        let is_title = |line: window::Seen<'_>| line.facts.is_title_like() || line.facts.is_item;
        Seen::is((1..=2).all(|k| view.ahead(k).is_some_and(is_title)))
    }

    /// Whether a sentence that no rule knows has come or is in view.
    fn has_text(&self, view: View<'_>, memory: &super::Memory) -> Seen {
        if memory.texts > 0 {
            return Seen::Yes;
        }
        let mut ahead = (1..).map_while(|k| view.ahead(k));
        if ahead.any(|line| line.hits.is_empty() && line.facts.is_text()) {
            Seen::Yes
        } else if view.must_decide() {
            Seen::No
        } else {
            Seen::NotYet
        }
    }

    /// After the last plain paragraph of a document that has some; or far from the next one: a
    /// window full of anything else is the tail of a page as well.
    fn in_tail(&self, view: View<'_>, memory: &super::Memory) -> Seen {
        if memory.paragraphs == 0 {
            return Seen::No;
        }
        let mut ahead = (1..).map_while(|k| view.ahead(k));
        if ahead.any(|line| line.is_plain_paragraph()) {
            Seen::No
        } else if view.must_decide() {
            Seen::Yes
        } else {
            Seen::NotYet
        }
    }

    /// In the tail, with the end of the document in view.
    fn near_end(&self, view: View<'_>, memory: &super::Memory) -> Seen {
        match self.in_tail(view, memory) {
            Seen::Yes => Seen::is(view.input_ended()),
            other => other,
        }
    }

    /// Whether something says that an opener of a block to the end is one: more of the same after
    /// it or right before it, or the end of the document.
    fn confirmed(&self, view: View<'_>, memory: &super::Memory, category: Category) -> Seen {
        let same = |line: window::Seen<'_>| self.has_category(line, category);
        if (1..=CONFIRM_LINES).any(|k| view.ahead(k).is_some_and(same))
            || (1..=2).any(|k| view.behind(k).is_some_and(|line| line.dropped == Some(category)))
        {
            return Seen::Yes;
        }
        Seen::is(false)
            .or(|| if view.sees(CONFIRM_LINES) { Seen::No } else { Seen::NotYet })
            .or(|| self.near_end(view, memory))
    }

    fn open_block(&self, view: View<'_>, memory: &mut super::Memory, hit: &Hit, score: f32) {
        let reach = self.rule(hit).reach;
        let open = &mut memory.boilerplate.block;
        if let Some(block) = open {
            block.taken += 1;
            if reach_rank(block.reach) >= reach_rank(reach) && reach != Reach::Line {
                // A second box below the first begins to count anew.
                if reach_rank(block.reach) == reach_rank(reach) {
                    block.taken = 0;
                }
                return;
            }
        }
        if reach_rank(reach) > 0 {
            let opened_at = view.line().number;
            *open = Some(Block { opened_at, rule: hit.rule, reach, score, taken: 0 });
        }
    }

    /// What the open block says of a line that no rule removes.
    fn by_block(&self, view: View<'_>, memory: &mut super::Memory) -> Judgement {
        let Some(block) = &memory.boilerplate.block else { return Judgement::Keep };
        match self.belongs(view, memory, block) {
            Seen::NotYet => Judgement::NeedMore,
            Seen::No => {
                memory.boilerplate.block = None;
                Judgement::Keep
            }
            Seen::Yes => {
                let rule = &self.rules.rules()[block.rule];
                let removal = Removal {
                    category: rule.category,
                    rule: rule.id.clone(),
                    reason: Reason::Region { opened_at: block.opened_at },
                    score: block.score,
                };
                if let Some(block) = &mut memory.boilerplate.block {
                    block.taken += 1;
                }
                Judgement::Drop(removal)
            }
        }
    }

    fn belongs(&self, view: View<'_>, memory: &super::Memory, block: &Block) -> Seen {
        let line = view.line();
        let facts = line.facts;
        let is_hit = !line.hits.is_empty();
        let is_apart = line.blank_before > 0;
        let before_article = memory.paragraphs == 0;
        let fits = match block.reach {
            Reach::ToEnd => return self.resumes(view).not(),
            Reach::Lines(most) => block.taken < most && (is_hit || facts.is_short() && !is_apart),
            Reach::List => {
                let is_entry = facts.is_title_like() || facts.is_item;
                let fits = !facts.is_paragraph() && is_entry && block.taken < LIST_LINES;
                is_hit || !before_article && fits
            }
            Reach::Block => {
                let goes_on = if memory.boilerplate.saw_blank_line {
                    !is_apart && !facts.is_paragraph() && block.taken < BLOCK_LINES
                } else {
                    block.taken < BLOCK_LINES_WITHOUT_BLANKS && facts.is_short()
                };
                is_hit || !before_article && goes_on
            }
            _ => false,
        };
        if !fits || is_hit {
            return Seen::is(fits);
        }
        if facts.is_item {
            return Seen::Yes;
        }
        // A blank line right below: what stands above it belongs to the box.
        if !is_apart {
            match view.ahead(1) {
                Some(next) if next.blank_before > 0 => return Seen::Yes,
                Some(_) => {}
                None if view.must_decide() => return Seen::Yes,
                None => return Seen::NotYet,
            }
        }
        self.heads_text(view).not()
    }

    /// Whether the short line is a heading of the text that goes on: sentences come next, or a
    /// further heading and then sentences.
    fn heads_text(&self, view: View<'_>) -> Seen {
        for k in 1..=RESUMING_HEADINGS {
            match view.ahead(k) {
                Some(next) if next.hits.is_empty() && next.facts.is_text() => return Seen::Yes,
                Some(next) if next.hits.is_empty() && next.facts.is_heading_like() => {}
                None if !view.must_decide() => return Seen::NotYet,
                _ => return Seen::No,
            }
        }
        Seen::No
    }

    /// Whether content resumes here: plain sentences in a row, perhaps under a heading or two.
    fn resumes(&self, view: View<'_>) -> Seen {
        let at = |k: usize| if k == 0 { Some(view.line()) } else { view.ahead(k) };
        let mut headings = 0;
        let mut texts = 0;
        for k in 0..RESUMING_HEADINGS + RESUMING_TEXTS {
            let Some(line) = at(k) else {
                return if view.must_decide() { Seen::No } else { Seen::NotYet };
            };
            if line.hits.is_empty() && line.facts.is_text() {
                texts += 1;
            } else if texts == 0 && line.hits.is_empty() && line.facts.is_heading_like() {
                headings += 1;
            } else {
                return Seen::No;
            }
            if texts == RESUMING_TEXTS {
                return Seen::Yes;
            }
            if headings > RESUMING_HEADINGS {
                return Seen::No;
            }
        }
        Seen::No
    }

    /// Takes the spans and sentences out; a line with nothing left but marks goes as a whole.
    fn without_spans(&self, view: View<'_>, hits: &[(f32, &Hit)]) -> Judgement {
        let Some((first_score, first)) = hits.first() else { return Judgement::Keep };
        let text = view.entry().text.as_str();
        let mut trims: Vec<Trim> = Vec::new();
        for (score, hit) in hits {
            let mut span = match self.rule(hit).reach {
                Reach::Sentence => sentence_around(text, hit.start..hit.end),
                _ => hit.start..hit.end,
            };
            span.start = text[..span.start].trim_end().len();
            if let Some(before) = trims.last_mut()
                && span.start < before.end
            {
                before.end = before.end.max(span.end);
                before.text = text[before.start..before.end].into();
                continue;
            }
            let (start, end) = (span.start, span.end);
            let removal = self.removal(view, hit, *score);
            trims.push(Trim { start, end, text: text[start..end].into(), removal });
        }
        let mut rest = 0;
        let mut left_over = String::new();
        for trim in &trims {
            left_over.push_str(&text[rest..trim.start]);
            rest = trim.end;
        }
        left_over.push_str(&text[rest..]);
        if left_over.contains(char::is_alphanumeric) {
            Judgement::Trim(trims)
        } else {
            Judgement::Drop(self.removal(view, first, *first_score))
        }
    }
}

impl Seen {
    fn not(self) -> Seen {
        match self {
            Seen::Yes => Seen::No,
            Seen::No => Seen::Yes,
            Seen::NotYet => Seen::NotYet,
        }
    }
}

/// Whether the line is indented as code is in Markdown and in manuals, where a placeholder is what
/// the text is about. Other lines are indented by scrapers, too.
fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.starts_with('\t')
}

/// Whether the line goes on with the sentence of the line right above, as hard-wrapped text does.
fn continues_sentence(view: View<'_>) -> bool {
    let line = view.line();
    line.blank_before == 0
        && line.facts.starts_lower
        && view.behind(1).is_some_and(|before| {
            let facts = before.facts;
            before.dropped.is_none() && !facts.ends_sentence && facts.words >= WRAPPED_WORDS
        })
}

/// Which of two reaches goes farther; 0 opens no block.
fn reach_rank(reach: Reach) -> u32 {
    match reach {
        Reach::Lines(_) => 1,
        Reach::List => 2,
        Reach::Block => 3,
        Reach::ToEnd => 4,
        _ => 0,
    }
}

/// The sentence that holds the span, with the white space after it only if it opens the line.
fn sentence_around(text: &str, span: Range<usize>) -> Range<usize> {
    let ends = |at: usize, c: char| {
        let after = &text[at + c.len_utf8()..];
        matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？')
            && after
                .trim_start_matches(['"', '”', '»', ')', '’', '.', '!', '?', '…'])
                .starts_with(char::is_whitespace)
    };
    let before = text[..span.start].char_indices().rev().find(|(at, c)| ends(*at, *c));
    let start = before
        .map_or(0, |(at, _)| at + text[at..].find(char::is_whitespace).unwrap_or(text.len() - at));
    // The phrase may hold the end of its sentence.
    let last = text[..span.end].char_indices().next_back().map_or(0, |(at, _)| at);
    let end = text[last..]
        .char_indices()
        .map(|(at, c)| (last + at, c))
        .find(|(at, c)| ends(*at, *c))
        .map_or(text.len(), |(at, _)| {
            at + text[at..].find(char::is_whitespace).unwrap_or(text.len() - at)
        });
    start.min(span.start)..end.max(span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_found_round_a_phrase() {
        let case = |text: &str, phrase: &str, sentence: &str| {
            let Some(start) = text.find(phrase) else { panic!("{phrase} is in {text}") };
            let range = sentence_around(text, start..start + phrase.len());
            assert_eq!(text[range].trim(), sentence);
        };
        case("One? Two? Share it below! Four.", "Share it", "Share it below!");
        case("Share it below!", "Share it", "Share it below!");
        case("He said “go.” Share it. Four", "Share it.", "Share it.");
        case("Version 2.5 is out. Share version 2.5 now", "Share", "Share version 2.5 now");
    }
}
