//! From signs to a score: a logistic regression over some fifty features that name no word.
//!
//! A feature says how many terms of a kind there are, which kinds meet (a subject and a way to
//! be contacted), how much repeats, how little is ordinary prose. No weight belongs to a word or to
//! one subject, so that what is learned from pills holds for casinos.
//!
//! The weights are data: `data/weights.tsv`, made by `src/spam/data/train.py`; see
//! `data/README.md`.

use std::sync::LazyLock;

#[cfg(test)]
use super::lexicon::Lexicon;
use super::lexicon::{SIGNS, TOPICS};
use super::signs::{Counts, LineSigns};

const DATA: &str = include_str!("data/weights.tsv");

/// Features that are no group of signs, in the order of [`values`].
const NAMES: [&str; 38] = [
    "phrases",
    "strong",
    "strong-any",
    "weak",
    "focus",
    "kinds",
    "kinds-many",
    "topic+sells",
    "topic+calls",
    "topic+contact",
    "topic+mail",
    "topic+waives",
    "topic+promises",
    "topic+presses",
    "topic+money",
    "topic+pitch",
    "topic+testimony",
    "praise+points",
    "links",
    "links-dense",
    "repetition",
    "few-short-words",
    "stuffing",
    "listed-again",
    "cover",
    "exclamations",
    "capitals",
    "disguised",
    "phone",
    "handle",
    "list",
    "news",
    "argument",
    "address",
    "narrative",
    "quotes",
    "length",
    "sentence",
];

/// All features: those above, then one for each group of signs.
const FEATURES: usize = NAMES.len() + SIGNS;

/// Words up to which a share means little; shorter lines count as if they had these.
const LEAST_WORDS: f32 = 5.0;

/// Words that the length is measured against.
const USUAL_WORDS: f32 = 20.0;

/// Share of the long words that stand twice in ordinary prose.
///
/// Measured on lines of articles in Spanish and English, 2026-11: nine of ten lie below.
const USUAL_REPETITION: f32 = 0.15;

/// Share of long words in ordinary prose.
const USUAL_LONG: f32 = 0.65;

/// The groups of signs that features ask for by name, by their numbers in the lexicon.
mod sign {
    pub const IDS: [&str; super::SIGNS] = [
        "buy",
        "call",
        "cheap",
        "contact",
        "disguise",
        "free",
        "guarantee",
        "link",
        "mail",
        "money",
        "own",
        "pitch",
        "praise",
        "terms",
        "testimony",
        "urgency",
    ];
    pub const BUY: usize = 0;
    pub const CALL: usize = 1;
    pub const CHEAP: usize = 2;
    pub const CONTACT: usize = 3;
    pub const DISGUISE: usize = 4;
    pub const GUARANTEE: usize = 6;
    pub const LINK: usize = 7;
    pub const MAIL: usize = 8;
    pub const MONEY: usize = 9;
    pub const OWN: usize = 10;
    pub const PITCH: usize = 11;
    pub const PRAISE: usize = 12;
    pub const TERMS: usize = 13;
    pub const TESTIMONY: usize = 14;
    pub const URGENCY: usize = 15;
}

/// The features of a line or passage.
pub(super) fn values(signs: &LineSigns) -> [f32; FEATURES] {
    let counts = Counts::of(&signs.terms);
    let look = &signs.look;
    let words = (signs.words as f32).max(LEAST_WORDS);
    let strong: u32 = counts.strong.iter().sum();
    let weak: u32 = counts.weak.iter().sum();
    let said = (0..TOPICS).map(|topic| 2 * counts.strong[topic] + counts.weak[topic]);
    let focus = said.fold(0, u32::max);
    let at_most = |count: u32, most: u32| count.min(most) as f32;
    let twice = counts.signs.map(|count| at_most(count, 2));
    let has = |sign: usize| twice[sign].min(1.0);
    let either = |a: usize, b: usize| has(a).max(has(b));
    let topic = if strong > 0 { 1.0 } else { WEAK_SUBJECT * at_most(weak, 2) };
    let kinds = counts.signs.iter().map(|count| u32::from(*count > 0)).sum::<u32>();
    let contact = has(sign::CONTACT).max(at_most(look.phones, 1));
    let long = (signs.long as f32).max(LEAST_WORDS);
    let links = counts.signs[sign::LINK];
    let unlike_prose = (signs.long as f32 / words - USUAL_LONG).max(0.0) / (1.0 - USUAL_LONG);
    let repetition = (signs.repeated as f32 / long - USUAL_REPETITION).max(0.0);
    let separated = (look.separators as f32 * 3.0 / words).min(1.0);
    let named = [
        signs.phrases.min(2.0),
        at_most(strong, 4),
        at_most(strong, 1),
        at_most(weak, 4),
        at_most(focus, 6),
        at_most(kinds, 6),
        at_most(kinds.saturating_sub(2), 4),
        topic * either(sign::BUY, sign::CHEAP),
        topic * has(sign::CALL),
        topic * contact,
        topic * has(sign::MAIL),
        topic * has(sign::TERMS),
        topic * has(sign::GUARANTEE),
        topic * has(sign::URGENCY),
        topic * has(sign::MONEY),
        topic * has(sign::PITCH),
        topic * has(sign::TESTIMONY),
        has(sign::PRAISE) * either(sign::OWN, sign::LINK),
        at_most(links, 3),
        if links >= 2 { (links as f32 * 3.0 / words).min(1.0) } else { 0.0 },
        repetition,
        unlike_prose,
        (4.0 * repetition * unlike_prose).min(1.0),
        (4.0 * repetition * separated).min(1.0),
        (signs.terms.covered() as f32 / (look.letters as f32).max(20.0)).min(1.0),
        at_most(look.exclamations, 1),
        (look.capitals as f32 / words).min(0.5),
        at_most(counts.signs[sign::DISGUISE] + look.disguised, 2),
        at_most(look.phones, 1),
        at_most(look.handles, 1),
        separated * topic.max(has(sign::CHEAP)),
        at_most(counts.news, 3),
        at_most(counts.argument, 2),
        (counts.address as f32 * 8.0 / words).min(2.0),
        (counts.narrative as f32 * 8.0 / words).min(2.0),
        at_most(look.quotes, 1),
        (signs.words as f32 / USUAL_WORDS).max(1.0).ln(),
        look.ends_as_sentence as f32 / (look.lines as f32).max(1.0),
    ];
    let mut values = [0.0; FEATURES];
    values[..NAMES.len()].copy_from_slice(&named);
    values[NAMES.len()..].copy_from_slice(&twice);
    values
}

/// How much of a subject one weak term makes.
const WEAK_SUBJECT: f32 = 0.4;

/// Names of the features, in the order of [`values`].
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(sign::IDS)
}

/// The weights in force.
struct Model {
    bias: f32,
    weights: [f32; FEATURES],
}

impl Model {
    /// The built-in one; silent about every line if the file were broken, which a test rules out.
    fn shared() -> &'static Model {
        static SHARED: LazyLock<Model> = LazyLock::new(|| {
            Model::parse(DATA).unwrap_or(Model { bias: -100.0, weights: [0.0; FEATURES] })
        });
        &SHARED
    }

    /// Lines of a name, a tab and a number; `#` opens a remark. Every feature has its line.
    fn parse(text: &str) -> Option<Model> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut weights: Vec<(&str, f32)> = Vec::new();
        for line in lines {
            let (name, weight) = line.split_once('\t')?;
            weights.push((name, weight.parse().ok()?));
        }
        let weight_of = |name: &str| {
            let found = weights.iter().find(|(other, _)| *other == name);
            found.map(|(_, weight)| *weight)
        };
        let mut model = Model { bias: weight_of("bias")?, weights: [0.0; FEATURES] };
        for (weight, name) in model.weights.iter_mut().zip(names()) {
            *weight = weight_of(name)?;
        }
        (weights.len() == FEATURES + 1).then_some(model)
    }
}

/// How likely it is spam, as the logarithm of the odds.
pub(super) fn log_odds(signs: &LineSigns) -> f32 {
    let model = Model::shared();
    let products =
        values(signs).into_iter().zip(model.weights).map(|(value, weight)| value * weight);
    model.bias + products.sum::<f32>()
}

/// The probability of some odds, 0 to 1.
pub(crate) fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_name_every_feature_once() {
        assert!(Model::parse(DATA).is_some());
        let broken = DATA.replace("news", "gnus");
        assert!(Model::parse(&broken).is_none());
    }

    #[test]
    fn the_groups_are_those_of_the_lexicon() {
        let ids: Vec<&str> = Lexicon::shared().signs.iter().map(|sign| &*sign.id).collect();
        assert_eq!(ids, sign::IDS);
    }
}
