//! A set of rules: the built-in ones, with a user's additions, changes and omissions.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::load;
use super::rule::{Needed, Reach, Rule};
use crate::Error;
use crate::hash::Fnv;
use crate::verdict::Category;

/// The rule files that are shipped inside the binary: name and text, in order.
pub(super) const BUILT_IN: &[(&str, &str)] = &[
    ("src/rules/data/ad.toml", include_str!("data/ad.toml")),
    ("src/rules/data/app.toml", include_str!("data/app.toml")),
    ("src/rules/data/author-bio.toml", include_str!("data/author-bio.toml")),
    ("src/rules/data/byline.toml", include_str!("data/byline.toml")),
    ("src/rules/data/comments.toml", include_str!("data/comments.toml")),
    ("src/rules/data/contact.toml", include_str!("data/contact.toml")),
    ("src/rules/data/cookie.toml", include_str!("data/cookie.toml")),
    ("src/rules/data/legal.toml", include_str!("data/legal.toml")),
    ("src/rules/data/nav.toml", include_str!("data/nav.toml")),
    ("src/rules/data/newsletter.toml", include_str!("data/newsletter.toml")),
    ("src/rules/data/pagination.toml", include_str!("data/pagination.toml")),
    ("src/rules/data/paywall.toml", include_str!("data/paywall.toml")),
    ("src/rules/data/placeholder.toml", include_str!("data/placeholder.toml")),
    ("src/rules/data/related.toml", include_str!("data/related.toml")),
    ("src/rules/data/share.toml", include_str!("data/share.toml")),
    ("src/rules/data/spam.toml", include_str!("data/spam.toml")),
];

/// An ordered set of rules with unique ids.
///
/// Cheap to clone: sets share their rules until one is changed.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Arc<Vec<Rule>>,
    /// Ids that were switched off; other rules may still name them.
    disabled: Vec<Box<str>>,
}

impl RuleSet {
    /// Leaves out the rules that a pipeline has no use for.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Rule) -> bool) {
        Arc::make_mut(&mut self.rules).retain(keep);
    }

    /// The rules that are shipped with the library.
    ///
    /// They are parsed once per process.
    pub fn builtin() -> RuleSet {
        static SET: OnceLock<RuleSet> = OnceLock::new();
        SET.get_or_init(|| {
            let mut rules = Vec::new();
            for (path, text) in BUILT_IN {
                // The tests check every built-in file, so none of them has an error to lose.
                let (found, _) = load::read(Path::new(path), text);
                rules.extend(found.into_iter().filter_map(|entry| entry.into_rule()));
            }
            RuleSet { rules: Arc::new(rules), disabled: Vec::new() }
        })
        .clone()
    }

    /// A set without rules.
    pub fn empty() -> RuleSet {
        RuleSet::default()
    }

    /// A set of rules that were read elsewhere.
    pub(super) fn of(rules: Vec<Rule>) -> RuleSet {
        RuleSet { rules: Arc::new(rules), disabled: Vec::new() }
    }

    /// Adds the rules of a file, and changes those that it overrides.
    ///
    /// `path` only names the file in errors; `text` is its contents.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with the file, with its line and rule; the set is unchanged
    /// then. [`check`](super::check()) tells all of them.
    pub fn add_toml(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        let (added, errors) = super::check::apply(self, path, text);
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => {
                *self = added;
                Ok(())
            }
        }
    }

    /// Switches off a rule by its id, or all rules of a category by its name.
    ///
    /// ```
    /// let mut rules = limpio::rules::RuleSet::builtin();
    /// rules.disable("wp.leave-a-reply")?;
    /// assert!(rules.get("wp.leave-a-reply").is_none());
    /// assert!(rules.disable("wp.leave-a-repli").is_err());
    /// # Ok::<(), limpio::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name that is neither, with the nearest that is one.
    pub fn disable(&mut self, id_or_category: &str) -> Result<(), Error> {
        let category = id_or_category.parse::<Category>().ok();
        let known = self.get(id_or_category).is_some() || self.was_disabled(id_or_category);
        if category.is_none() && !known {
            let ids = self.rules.iter().map(|rule| &*rule.id);
            let categories = Category::ALL.iter().map(|category| category.as_str());
            return Err(Error::unknown("rule or category", id_or_category, ids.chain(categories)));
        }
        let goes = |rule: &Rule| Some(rule.category) == category || &*rule.id == id_or_category;
        self.disabled
            .extend(self.rules.iter().filter(|rule| goes(rule)).map(|rule| rule.id.clone()));
        Arc::make_mut(&mut self.rules).retain(|rule| !goes(rule));
        Ok(())
    }

    /// The rules, in the order of their files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| &*rule.id == id)
    }

    /// Whether a rule of that id was switched off.
    pub(super) fn was_disabled(&self, id: &str) -> bool {
        self.disabled.iter().any(|known| &**known == id)
    }

    /// Switches off the rules of these ids.
    pub(super) fn disable_all(&mut self, ids: &HashSet<Box<str>>) {
        if !ids.is_empty() {
            self.disabled.extend(ids.iter().cloned());
            self.rules_mut().retain(|rule| !ids.contains(&rule.id));
        }
    }

    /// Lets other rules name an id that is not in the set.
    pub(super) fn also_knows(&mut self, id: &str) {
        self.disabled.push(id.into());
    }

    pub(super) fn rules_mut(&mut self) -> &mut Vec<Rule> {
        Arc::make_mut(&mut self.rules)
    }

    /// A hash over the ids and all that decides what the rules match and remove.
    ///
    /// The same on every machine; examples, reasons and the order of the keys do not count.
    pub fn hash(&self) -> u64 {
        self.rules.iter().fold(Fnv::new(), hash_rule).value()
    }
}

fn hash_rule(hash: Fnv, rule: &Rule) -> Fnv {
    let mut hash = text(hash, &rule.id);
    hash = text(hash, rule.category.as_str());
    for list in [&rule.phrases, &rule.shapes, &rule.signs] {
        hash = list.iter().fold(number(hash, list.len() as u32), |hash, item| text(hash, item));
    }
    hash = text(text(hash, rule.at.as_str()), rule.rest.as_str());
    let fold = [rule.fold.case, rule.fold.accents, rule.fold.spaces, rule.fold.quotes];
    hash = hash.add(&fold.map(u8::from));
    hash = number(number(hash, rule.max_chars), rule.weight.to_bits());
    hash = match rule.reach {
        Reach::Span => number(hash, 0),
        Reach::Sentence => number(hash, 1),
        Reach::Line => number(hash, 2),
        Reach::Lines(lines) => number(number(hash, 3), lines),
        Reach::List => number(hash, 4),
        Reach::Block => number(hash, 5),
        Reach::ToEnd => number(hash, 6),
        Reach::Thread => number(hash, 7),
    };
    if !rule.sites.is_empty() {
        // Only then, so that the hashes of other sets stay what they are.
        let sites = number(hash, rule.sites.len() as u32);
        hash = rule.sites.iter().fold(sites, |hash, site| text(hash, site));
    }
    let Some(needs) = &rule.needs else { return number(hash, 0) };
    hash = number(hash, 1);
    for list in [&needs.near, &needs.before, &needs.after] {
        hash = list.iter().fold(number(hash, list.len() as u32), |hash, needed| match needed {
            Needed::Word(word) => text(number(hash, 0), word),
            Needed::Rule(id) => text(number(hash, 1), id),
            Needed::Category(category) => text(number(hash, 2), category.as_str()),
        });
    }
    text(number(hash, needs.within), needs.part.map_or("", |part| part.as_str()))
}

fn text(hash: Fnv, text: &str) -> Fnv {
    number(hash, text.len() as u32).add(text.as_bytes())
}

fn number(hash: Fnv, number: u32) -> Fnv {
    hash.add(&number.to_le_bytes())
}

/// An error about a rule, at its place.
pub(super) fn error_in(rule: &Rule, message: impl Into<String>) -> Error {
    Error::invalid(message).at_path(&rule.path).at_line(rule.line).at_rule(&rule.id)
}
