//! How sure a hit is: the weight of its rule, its context, what speaks for and against it.

use super::super::{Memory, Seen};
use super::Boilerplate;
use crate::rules::{Hit, PatternSet, Place, Reach, Rule, Scratch};
use crate::verdict::Category;
use crate::window::{self, Topic, View};

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

/// How much of that counts in the middle of the text.
const MIDDLE_SHARE: f32 = 0.5;

/// Weight from which a hit is strong.
const STRONG: f32 = 0.55;

/// Lines of a run that are looked at in each direction.
pub(super) const RUN_LINES: usize = 8;

/// What the heading of a list gains where at least two lines of the form of titles follow it, in
/// the tail of the document.
const LIST_GAIN: f32 = 0.1;

/// What a spam phrase gains from each further one in the same line.
///
/// Source: written and collected spam, 2026-11: one sign is what news on spam holds as well, two
/// make an offer.
const SPAM_SIGN_GAIN: f32 = 0.15;

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

/// What a line loses in a document that has no other sentence: there is no article that it could
/// be the residue of.
///
/// Measured on 162 genuine texts of one to four lines, 2026-11: two of three wrong removals were
/// such lines (`Further reading`, `Leer más`). Counter-example: a page that is nothing but menus;
/// their lines stand in runs.
const NO_TEXT_LOSS: f32 = 0.1;

/// What a phrase at the start of a paragraph loses: sentences begin like pitches.
///
/// Counter-example: a pitch of three sentences, which `aggressive` takes.
const PARAGRAPH_LOSS: f32 = 0.15;

/// From, and up to, which likelihood the line model supports or denies a rule that is not sure.
const MODEL_AGREES: f32 = 0.5;
const MODEL_DENIES: f32 = 0.03;
const MODEL_GAIN: f32 = 0.1;
const MODEL_LOSS: f32 = 0.1;

/// Words from which a line without a sentence end may be wrapped text that goes on below.
const WRAPPED_WORDS: u32 = 6;

impl Boilerplate {
    /// How sure a hit is in its context; `None` while lines that have not arrived can tell.
    pub(super) fn score(&self, view: View<'_>, memory: &Memory, hit: &Hit) -> Option<f32> {
        let rule = self.rule(hit);
        let is_sure = rule.weight >= 1.0;
        if !is_sure && is_part_of_line_above_or_code(view, rule) {
            return Some(0.0);
        }
        if self.learned_alone(view, memory, rule).known()? {
            return Some(0.0);
        }
        let Some(mut score) = self.weight_in_context(view, memory, rule)? else {
            return Some(0.0);
        };
        if !is_sure {
            let doubts = self.doubts(view, memory, rule, hit)?;
            let model = model_says(view, rule);
            score += if doubts > 0.0 { model.min(0.0) - doubts } else { model };
        }
        score += self.support(view, memory, rule, hit, score)?;
        // Two decimals, as the levels are written: what is reported is what decided.
        Some((score.clamp(0.0, 1.0) * 100.0).round() / 100.0)
    }

    /// The weight with what the needs of the rule add; `Some(None)` where they are not met.
    fn weight_in_context(
        &self,
        view: View<'_>,
        memory: &Memory,
        rule: &Rule,
    ) -> Option<Option<f32>> {
        let runs_to_end = rule.reach == Reach::ToEnd;
        if let Some(needs) = &rule.needs {
            let met = self
                .needs_met(view, memory, needs)
                .or(|| if runs_to_end { self.near_end(view, memory) } else { Seen::No });
            return Some(met.known()?.then_some(rule.weight + CONTEXT_GAIN));
        }
        let must_be_confirmed = runs_to_end && rule.weight < 1.0;
        if must_be_confirmed && !self.confirmed(view, memory, rule.category).known()? {
            return Some(Some(rule.weight - CONTEXT_GAIN));
        }
        Some(Some(rule.weight))
    }

    /// What speaks against a hit that alone is not sure.
    fn doubts(&self, view: View<'_>, memory: &Memory, rule: &Rule, hit: &Hit) -> Option<f32> {
        let mut doubts = 0.0;
        if self.names_topic(view, rule, hit).known()? {
            doubts += TOPIC_LOSS;
        }
        if self.is_part_of_text(view, memory, rule).known()? {
            doubts += PART_OF_TEXT_LOSS;
        }
        if rule.at == Place::LineStart && view.line().facts.is_paragraph() {
            doubts += PARAGRAPH_LOSS;
        }
        if !self.has_text(view, memory).known()? {
            doubts += NO_TEXT_LOSS;
        }
        Some(doubts)
    }

    /// What the line itself and its neighbours add, as far as the score lacks it.
    fn support(
        &self,
        view: View<'_>,
        memory: &Memory,
        rule: &Rule,
        hit: &Hit,
        score: f32,
    ) -> Option<f32> {
        let mut support = 0.0;
        if rule.category == Category::Spam {
            support += SPAM_SIGN_GAIN * self.further_spam_signs(view, hit) as f32;
        }
        let lacks = |support: f32| score + support < self.threshold;
        if lacks(support)
            && rule.reach == Reach::List
            && self.heads_list(view).and(|| self.in_tail(view, memory)).known()?
        {
            support += LIST_GAIN;
        }
        if lacks(support) {
            support += self.gain_of_run(view, memory, score + support)?;
        }
        Some(support)
    }

    /// What the run of hit lines round this one adds; `None` if later lines can add what lacks.
    ///
    /// In the middle of the text a run counts half, and nothing at all as a list that the text
    /// announces with a colon: manuals list buttons, articles list networks.
    pub(super) fn gain_of_run(&self, view: View<'_>, memory: &Memory, score: f32) -> Option<f32> {
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
        let (mut behind, mut gain) = (0, 0.0);
        while behind < RUN_LINES
            && let Some(more) = view.behind(behind + 1).and_then(gain_of)
        {
            behind += 1;
            gain += more;
        }
        if view.behind(behind + 1).is_some_and(|line| line.facts.ends_with_colon) {
            return Some(0.0);
        }
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

    /// Spam phrases in the line besides this one, which do not overlap.
    pub(super) fn further_spam_signs(&self, view: View<'_>, hit: &Hit) -> usize {
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
    pub(super) fn names_topic(&self, view: View<'_>, rule: &Rule, hit: &Hit) -> Seen {
        if rule.at != Place::Line || !view.line().facts.is_heading_like() {
            return Seen::No;
        }
        match view.ahead(1) {
            Some(next) if next.facts.is_text() => {
                let entry = view.entry();
                let (Hit { start, end, .. }, hash) = (*hit, next.facts.hash);
                // Folding takes long, and each pass asks again.
                if let Some(known) = entry.topic.get()
                    && (known.start, known.end, known.hash) == (start, end, hash)
                {
                    return Seen::is(known.holds);
                }
                let name = entry.text().get(start..end).unwrap_or_default();
                let holds =
                    |text: &str| PatternSet::holds_word(text, name, &mut Scratch::default());
                let holds = next.text.is_some_and(holds);
                entry.topic.set(Some(Topic { start, end, hash, holds }));
                Seen::is(holds)
            }
            None if !view.must_decide() => Seen::NotYet,
            _ => Seen::No,
        }
    }

    /// Whether a whole-line hit has the form of a part of the text; see [`PART_OF_TEXT_LOSS`].
    pub(super) fn is_part_of_text(&self, view: View<'_>, memory: &Memory, rule: &Rule) -> Seen {
        // `Posted on the forum on 3 May:` announces what was posted.
        let announces = rule.category == Category::Byline && view.line().facts.ends_with_colon;
        if rule.at != Place::Line && !announces {
            return Seen::No;
        }
        let Some(next) = view.ahead(1) else {
            return if view.must_decide() { Seen::No } else { Seen::NotYet };
        };
        let is_plain_item = |line: window::Seen<'_>| line.facts.is_item && line.hits.is_empty();
        let is_plain_text = |line: window::Seen<'_>| line.facts.is_text() && line.hits.is_empty();
        if rule.reach.rank() > 0 {
            let before = view.behind(1).is_some_and(is_plain_item);
            let among_items = view.line().facts.is_item && (before || is_plain_item(next));
            let heads_text = is_plain_text(next) && next.blank_before == 0;
            return Seen::is(among_items || heads_text);
        }
        Seen::is(is_plain_text(next) && (announces || memory.subheadings > 0))
    }

    /// Whether two lines of the form of titles follow.
    pub(super) fn heads_list(&self, view: View<'_>) -> Seen {
        if !view.sees(2) {
            return Seen::NotYet;
        }
        let is_title = |line: window::Seen<'_>| line.facts.is_title_like() || line.facts.is_item;
        Seen::is((1..=2).all(|k| view.ahead(k).is_some_and(is_title)))
    }
}

/// What the line model adds to a rule that is not sure, or takes from it. It knows nothing of spam,
/// nor of spans in lines that stay.
fn model_says(view: View<'_>, rule: &Rule) -> f32 {
    match view.likelihood() {
        Some(_) if matches!(rule.reach, Reach::Span | Reach::Sentence) => 0.0,
        Some(_) if rule.category == Category::Spam => 0.0,
        Some(likelihood) if likelihood.value >= MODEL_AGREES => MODEL_GAIN,
        Some(likelihood) if likelihood.value <= MODEL_DENIES => -MODEL_LOSS,
        _ => 0.0,
    }
}

/// Whether the line goes on with a sentence of the line above, or is a placeholder in code.
fn is_part_of_line_above_or_code(view: View<'_>, rule: &Rule) -> bool {
    let is_code = rule.category == Category::Placeholder && is_indented(view.entry().text());
    is_code || continues_sentence(view)
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
