//! Which of the counted lines become rules, of what category, and how sure they are.
//!
//! 1. The documents that hold a line must differ elsewhere: copies of one article count once.
//! 2. A line becomes a rule if enough documents and a large enough share of the site's hold it.
//! 3. A short line that mostly stands alone, with lines above and below that do not repeat, is
//!    left out: headings that many articles have look like that (`Ingredients`, `See also`).
//! 4. The weight is 0.5 plus half the share of documents that the counts prove: the lower end of
//!    the interval that the share lies in with 95 % certainty. Four of four documents prove less
//!    than forty of forty.
//! 5. The category is that of the built-in rule that knows the line best, else of one that knows
//!    the line before or after it, else `duplicate`.

use std::collections::{BTreeMap, HashMap};

use super::candidates::Candidate;
use super::learned::{Learned, LearnedLine, LearnedSite, Tally};
use super::readings::{First, Second, Site};
use crate::facts::Facts;
use crate::rules::line_form::{self, FormScratch};
use crate::rules::{Hit, PatternSet, RuleSet, Scratch, SiteKey};
use crate::verdict::Category;

/// The share of its documents in which a short line must stand beside another that can repeat.
///
/// Measured on the multi-page sites of the evaluation kit, 2026-11: see docs/learn.md.
/// Counter-example: a call to share that stands alone between two paragraphs; the built-in rules
/// know most of them.
const RUN_SHARE: f64 = 0.5;

/// What a line with a slot loses: that its numbers differ may be what it says.
///
/// Counter-example: `{n} comments`, which the built-in rules know.
const SLOT_LOSS: f64 = 0.1;

/// The weight of a line that nothing speaks for but its being there, and of the surest.
const LEAST_WEIGHT: f64 = 0.5;
const MOST_WEIGHT: f64 = 0.98;

/// Standard deviations of a one-sided interval of 95 %.
const DEVIATIONS: f64 = 1.645;

/// Lines that are named as left out, per site.
const LEFT_OUT: usize = 20;

/// What was learned from the counts.
pub(super) fn select(second: &Second) -> Learned {
    let first = &second.first;
    let floor = second.candidates.floor();
    let candidates: HashMap<u64, Candidate> = second.candidates.take_all().collect();
    let sites = first.large_sites();
    let categories = Categories::of(&candidates);
    let mut found: BTreeMap<SiteKey, LearnedSite> = BTreeMap::new();
    for (key, candidate) in &candidates {
        let Some(site) = sites.get(&candidate.site) else { continue };
        let Some(support) = Support::of(first, site, candidate) else { continue };
        let entry = found.entry(candidate.site).or_insert_with(|| LearnedSite {
            name: site.name.clone(),
            documents: site.documents,
            lines: Vec::new(),
            left_out: Vec::new(),
            plain: second.plain(candidate.site).into_values().collect(),
        });
        if stands_alone(candidate) && !categories.own.contains_key(key) {
            entry.left_out.push((candidate.text.clone(), candidate.documents));
            continue;
        }
        let phrase = line_form::phrase_of(&candidate.text, &mut FormScratch::default());
        let Some(phrase) = phrase else { continue };
        let weight = support.weight(line_form::has_slot(&phrase));
        entry.lines.push(LearnedLine {
            weight: (weight * 100.0).round() as u32,
            phrase,
            example: candidate.text.clone(),
            documents: candidate.documents,
            category: categories.of_line(*key, candidate),
            place: candidate.place,
        });
    }
    let mut learned: Vec<LearnedSite> = found.into_values().collect();
    learned.sort_by(|a, b| a.name.cmp(&b.name));
    for site in &mut learned {
        site.lines.sort_by(|a, b| (a.place, &a.phrase).cmp(&(b.place, &b.phrase)));
        site.left_out.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        site.left_out.truncate(LEFT_OUT);
    }
    let (mut documents, mut count, mut most_documents) = (0_u64, 0, 0);
    first.each_site(|_, site| {
        // A file of counts may say anything.
        documents = documents.saturating_add(site.documents);
        count += 1;
        most_documents = most_documents.max(site.documents);
    });
    let tally = Tally {
        documents,
        sites: count,
        most_documents,
        min_documents: first.settings.min_documents,
        min_share: first.settings.min_share,
        floor,
    };
    Learned { sites: learned, tally }
}

/// What speaks for a line: differing documents that hold it, of all.
#[derive(Debug, Clone, Copy)]
struct Support {
    documents: f64,
    of: f64,
}

impl Support {
    /// The support of a line that has enough of it.
    fn of(first: &First, site: &Site, line: &Candidate) -> Option<Support> {
        let site_share = site.contexts.share_of(site.documents);
        let differing = (line.contexts.share_of(line.documents) / site_share).min(1.0);
        let documents = line.documents as f64 * differing;
        let least = first.settings.min_documents as f64;
        // Half a document for the error of the bitmaps.
        let enough = documents + 0.5 >= least && line.contexts.count() + 0.5 >= least;
        let of = site.documents as f64;
        let share = first.settings.min_share;
        (enough && documents >= share * of - 0.5).then_some(Support { documents, of })
    }

    fn weight(self, has_slot: bool) -> f64 {
        let loss = if has_slot { SLOT_LOSS } else { 0.0 };
        let weight = LEAST_WEIGHT + (1.0 - LEAST_WEIGHT) * self.proven_share() - loss;
        weight.clamp(LEAST_WEIGHT, MOST_WEIGHT)
    }

    /// The lower end of the interval of the share. Source: Wilson 1927.
    fn proven_share(self) -> f64 {
        let Support { documents, of } = self;
        let share = (documents / of).min(1.0);
        let squared = DEVIATIONS * DEVIATIONS;
        let center = share + squared / (2.0 * of);
        let spread = (share * (1.0 - share) / of + squared / (4.0 * of * of)).sqrt();
        ((center - DEVIATIONS * spread) / (1.0 + squared / of)).max(0.0)
    }
}

/// A short line whose neighbours do not repeat.
fn stands_alone(line: &Candidate) -> bool {
    !Facts::of(&line.text).is_text() && (line.in_run as f64) < RUN_SHARE * line.documents as f64
}

/// What the built-in rules call the lines.
struct Categories {
    own: HashMap<u64, Category>,
}

impl Categories {
    fn of(candidates: &HashMap<u64, Candidate>) -> Categories {
        let rules = RuleSet::builtin();
        // The built-in rules are sound; the tests of every one of them say so.
        let Ok(patterns) = PatternSet::compile(&rules) else {
            return Categories { own: HashMap::new() };
        };
        let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
        let mut own = HashMap::new();
        for (key, line) in candidates {
            patterns.matches(&line.text, None, &mut scratch, &mut hits, &mut ());
            let rule = |hit: &Hit| &rules.rules()[hit.rule];
            // What a template says is no spam; a rule of the site would switch off with that stage.
            let known = hits.iter().filter(|hit| rule(hit).category != Category::Spam);
            // The first of the surest.
            let best = known.rev().max_by(|a, b| rule(a).weight.total_cmp(&rule(b).weight));
            if let Some(hit) = best {
                own.insert(*key, rule(hit).category);
            }
        }
        Categories { own }
    }

    fn of_line(&self, key: u64, line: &Candidate) -> Category {
        let [before, after] = line.around;
        let known = [key, before, after].into_iter().find_map(|key| self.own.get(&key));
        known.copied().unwrap_or(Category::Duplicate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_documents_prove_more_and_levels_ask_for_more() {
        use crate::settings::Level;
        let weight = |documents: f64, of: f64| Support { documents, of }.weight(false) as f32;
        assert!(weight(40.0, 40.0) > Level::Cautious.threshold());
        assert!(weight(12.0, 12.0) > Level::Cautious.threshold());
        assert!(weight(4.0, 4.0) > Level::Balanced.threshold());
        assert!(weight(4.0, 4.0) < Level::Cautious.threshold());
        assert!(weight(45.0, 100.0) > Level::Balanced.threshold());
        assert!(weight(4.0, 12.0) < Level::Balanced.threshold());
        assert!(weight(20.0, 100.0) > Level::Aggressive.threshold());
        assert!(weight(1e9, 1e9) < 1.0);
    }
}
