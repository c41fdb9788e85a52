//! Rules that hold on some sites only: whole lines by site and form, in one hash table.
//!
//! A rule with `sites` looks at documents of these sites and no others. Its phrases at the place
//! `line` that mean one [form](super::line_form) each are found by one look-up, so that a million
//! of learned lines cost no more than one, and nothing where a document is of no site that a
//! rule names. Other phrases of such rules are matched like those of any rule, and their hits are
//! dropped on other sites.

use std::collections::{HashMap, HashSet};

use super::fold::{self, Fold};
use super::line_form::{self, FormScratch};
use super::pattern_set::Hit;
use super::rule::{Place, Rest, Rule};
use crate::hash::Fnv;

/// The name of the site of documents without one.
pub const NO_SITE: &str = "-";

/// A site as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct SiteKey(pub u64);

impl SiteKey {
    /// The key of a site's name.
    pub(crate) fn of(site: &str) -> SiteKey {
        SiteKey(Fnv::new().add(site.as_bytes()).value())
    }

    /// The key of a line of the site, by its form.
    pub(crate) fn line(self, form: &[u8]) -> u64 {
        // Finalizer of MurmurHash3 (public domain), so that keys can be cut into parts by any bits.
        let mut key = self.0 ^ hash_of(form);
        key = (key ^ (key >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        key = (key ^ (key >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        key ^ (key >> 33)
    }
}

/// FNV-1a over eight bytes at a time, rotated so that high bits come down; the tail byte by byte.
fn hash_of(form: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ form.len() as u64;
    let (words, tail) = form.as_chunks::<8>();
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        hash = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    for byte in tail {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^ (hash >> 29)
}

/// The rules with sites of a set.
#[derive(Default)]
pub(crate) struct SiteIndex {
    lines: HashMap<u64, Entry>,
    /// Every site that a rule names.
    sites: HashSet<SiteKey>,
    /// The sites of rules whose phrases are matched like any other's.
    of_rules: HashMap<usize, Vec<SiteKey>>,
}

struct Entry {
    rule: u32,
    phrase: u32,
    max_chars: u32,
}

impl SiteIndex {
    /// Takes in the sites of a rule.
    pub(super) fn take_rule(&mut self, rule: &Rule, index: usize) {
        self.sites.extend(keys(rule));
        if !rule.sites.is_empty() && !rule.shapes.is_empty() {
            self.of_rules.insert(index, keys(rule).collect());
        }
    }

    /// Takes in a phrase of a rule; `false` if it is to be matched like any other.
    pub(super) fn take(&mut self, rule: &Rule, index: usize, phrase_number: usize) -> bool {
        if rule.sites.is_empty() {
            return false;
        }
        let mut scratch = FormScratch::default();
        let phrase = rule.phrases.get(phrase_number);
        let Some(form) = phrase.and_then(|phrase| whole_line(rule, phrase, &mut scratch)) else {
            self.of_rules.entry(index).or_insert_with(|| keys(rule).collect());
            return false;
        };
        for site in keys(rule) {
            // Of two rules with the same line on the same site the first is named.
            self.lines.entry(site.line(form)).or_insert(Entry {
                rule: index as u32,
                phrase: phrase_number as u32,
                max_chars: rule.max_chars,
            });
        }
        true
    }

    /// Whether some rule names a site.
    pub(crate) fn names_sites(&self) -> bool {
        !self.sites.is_empty()
    }

    /// Whether some rule names the site.
    pub(crate) fn knows(&self, site: SiteKey) -> bool {
        self.sites.contains(&site)
    }

    /// Adds what the line is on its site, and takes out the hits of rules of other sites.
    pub(super) fn find(
        &self,
        line: &str,
        site: Option<SiteKey>,
        scratch: &mut FormScratch,
        hits: &mut Vec<Hit>,
    ) {
        if !self.of_rules.is_empty() {
            let holds = |sites: &Vec<SiteKey>| site.is_some_and(|site| sites.contains(&site));
            hits.retain(|hit| self.of_rules.get(&hit.rule).is_none_or(holds));
        }
        let Some(site) = site else { return };
        let Some(form) = line_form::form_of(line, scratch) else { return };
        let Some(entry) = self.lines.get(&site.line(form)) else { return };
        let start = fold::leading_marks(line);
        let end = start + fold::without_trailing_marks(&line[start..]).len();
        let is_short_enough = line.len() <= entry.max_chars as usize
            || line.chars().count() <= entry.max_chars as usize;
        if is_short_enough {
            hits.push(Hit { rule: entry.rule as usize, phrase: entry.phrase, start, end });
        }
    }
}

fn keys(rule: &Rule) -> impl Iterator<Item = SiteKey> {
    rule.sites.iter().map(|site| SiteKey::of(site))
}

/// The form of the whole lines that a phrase of a rule with sites stands for; `None` where it is
/// to be matched like any other.
pub(super) fn whole_line<'s>(
    rule: &Rule,
    phrase: &str,
    scratch: &'s mut FormScratch,
) -> Option<&'s [u8]> {
    let is_whole_line = !rule.sites.is_empty()
        && rule.at == Place::Line
        && rule.rest == Rest::Any
        && rule.fold == Fold::default();
    if is_whole_line { line_form::form_of_phrase(phrase, scratch) } else { None }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::pattern_set::{PatternSet, Scratch};
    use super::super::rule_set::RuleSet;
    use super::*;

    /// The rules that a line is called after on a site.
    fn found(toml: &str, site: &str, line: &str) -> Vec<String> {
        let mut rules = RuleSet::empty();
        rules.add_toml(Path::new("test.toml"), toml).expect("a sound file");
        let set = PatternSet::compile(&rules).expect("a sound set");
        let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
        set.matches(line, set.site(site), &mut scratch, &mut hits, &mut ());
        let name =
            |hit: &Hit| format!("{}:{}", rules.rules()[hit.rule].id, &line[hit.start..hit.end]);
        hits.iter().map(name).collect()
    }

    const RULES: &str = "
        [[rule]]\nid = 'a'\ncategory = 'nav'\nsites = ['a.example', '-']
        phrases = ['Portada', '{n} de {month}']\n
        [[rule]]\nid = 'b'\ncategory = 'nav'\nsites = ['b.example']\nat = 'line-start'
        phrases = ['portada de']\nshapes = ['Tomo \\d+']\n
        [[rule]]\nid = 'c'\ncategory = 'nav'\nphrases = ['portada']\n";

    #[test]
    fn a_rule_with_sites_holds_on_them_alone() {
        for (site, line, rules) in [
            ("a.example", "» PORTADA", &["a:PORTADA", "c:PORTADA"][..]),
            ("-", "Portada", &["a:Portada", "c:Portada"]),
            ("b.example", "Portada", &["c:Portada"]),
            ("c.example", "Portada", &["c:Portada"]),
            ("a.example", "3 de marzo", &["a:3 de marzo"]),
            ("b.example", "3 de marzo", &[]),
            ("b.example", "Portada de hoy", &["b:Portada de"]),
            ("a.example", "Portada de hoy", &[]),
            ("b.example", "Tomo 12", &["b:Tomo 12"]),
            ("a.example", "Tomo 12", &[]),
        ] {
            assert_eq!(found(RULES, site, line), rules, "{site}: {line}");
        }
    }

    #[test]
    fn a_limit_in_characters_holds_for_learned_lines_too() {
        let rules = "[[rule]]\nid = 'a'\ncategory = 'nav'\nsites = ['a']\nmax-chars = 8
            phrases = ['{n} señales']\n";
        assert_eq!(found(rules, "a", "1 señales"), [""; 0]);
        assert_eq!(found(&rules.replace('8', "9"), "a", "1 señales"), ["a:1 señales"]);
    }
}
