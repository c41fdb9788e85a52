//! The rule file of what was learned, for programs to use and for people to read and edit.
//!
//! A rule holds the lines of a site that have category, count and weight in common: mostly one
//! part of the template. Its examples are lines as the documents have them, its counter-examples
//! those lines of the site that come nearest and do not repeat.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use super::learned::{Learned, LearnedLine, LearnedSite};
use crate::hash::stable_hash;
use crate::rules::line_form::has_slot;
use crate::rules::{NO_SITE, Place, Reach};
use crate::verdict::Category;

/// Examples and counter-examples of a rule.
const EXAMPLES: usize = 3;
const COUNTER_EXAMPLES: usize = 2;

/// The longest part of an id that a site's name makes.
const NAME_BYTES: usize = 48;

/// The file.
pub(super) fn file(learned: &Learned) -> String {
    let mut toml = header(learned);
    if learned.lines() == 0 {
        // Said outright: a file that just has none is taken for a mistake.
        toml += "rule = []\n";
    }
    let mut names = HashSet::new();
    for site in &learned.sites {
        write_site(site, &mut names, &mut toml);
    }
    toml
}

fn header(learned: &Learned) -> String {
    let tally = learned.tally;
    let mut text = format!(
        "# Lines that repeat over the documents of a site, learned by `limpio learn`.\n\
         #\n\
         # {} of {}; {} of {} learned.\n\
         # A line stands in at least {} differing documents and {} % of its site's.\n\
         # {{n}} is a number, {{month}} and {{weekday}} are their names. Edit freely: take out what is\n\
         # content, try it with `limpio rules check` and `limpio explain --rules`.\n",
        counted(tally.documents, "document"),
        counted(tally.sites, "site"),
        counted(learned.lines(), "line"),
        counted(learned.sites(), "site"),
        tally.min_documents,
        (tally.min_share * 1000.0).round() / 10.0,
    );
    if let Some(floor) = tally.floor {
        let _ = match floor {
            u64::MAX => writeln!(text, "# The memory was too small: many lines are missing."),
            _ => writeln!(
                text,
                "# The memory was too small: lines of fewer than {floor} documents may be missing."
            ),
        };
    }
    text += "\nversion = 1\n";
    text
}

/// What the lines of one rule have in common, in the order of the file.
type Common = (std::cmp::Reverse<u64>, Category, std::cmp::Reverse<u32>);

fn write_site(site: &LearnedSite, names: &mut HashSet<String>, toml: &mut String) {
    if site.lines.is_empty() && site.left_out.is_empty() {
        return;
    }
    // Writing to a string does not fail.
    let _ = write!(
        toml,
        "\n# {}: {}, {} learned.\n",
        comment(&site.name),
        counted(site.documents, "document"),
        counted(site.lines.len() as u64, "line")
    );
    for (line, documents) in &site.left_out {
        let _ = writeln!(
            toml,
            "# left out, stands alone in the text of {documents}: {}",
            comment(line)
        );
    }
    let mut groups: BTreeMap<Common, Vec<&LearnedLine>> = BTreeMap::new();
    for line in &site.lines {
        let common =
            (std::cmp::Reverse(line.documents), line.category, std::cmp::Reverse(line.weight));
        groups.entry(common).or_default().push(line);
    }
    let name = id_part(&site.name, names);
    let mut ids: BTreeMap<String, u32> = BTreeMap::new();
    for ((documents, category, weight), lines) in groups {
        let id = format!("learned.{name}.{category}.{}", documents.0);
        let count = ids.entry(id.clone()).or_default();
        *count += 1;
        let id = if *count > 1 { format!("{id}-{count}") } else { id };
        write_rule(site, &id, category, weight.0, &lines, toml);
    }
}

fn write_rule(
    site: &LearnedSite,
    id: &str,
    category: Category,
    weight: u32,
    lines: &[&LearnedLine],
    toml: &mut String,
) {
    let Some(first) = lines.first() else { return };
    let documents = first.documents;
    let phrases = lines.iter().map(|line| line.phrase.as_str());
    let slots = lines.iter().filter(|line| has_slot(&line.phrase));
    let plain = lines.iter().filter(|line| !has_slot(&line.phrase));
    let examples = slots.chain(plain).take(EXAMPLES).map(|line| &*line.example);
    let counter_examples = nearest(site, lines);
    let longest = lines
        .iter()
        .map(|line| line.example.chars().count().max(line.phrase.chars().count()))
        .max()
        .unwrap_or(0) as u32;
    let of_site = if *site.name == *NO_SITE { String::new() } else { format!(" of {}", site.name) };
    let why = format!("in {documents} of {} documents{of_site}", site.documents);
    let _ = write!(
        toml,
        "\n[[rule]]\nid = {}\ncategory = \"{category}\"\nsites = [{}]\nseen = {{ documents = {documents}, of = {} }}\nphrases = {}",
        string(id),
        string(&site.name),
        site.documents,
        list(phrases)
    );
    if longest > Place::Line.default_max_chars(Reach::Line) {
        // Numbers of other documents may be longer.
        let _ = writeln!(toml, "max-chars = {}", longest + longest / 10);
    }
    let _ = write!(
        toml,
        "weight = {}.{:02}\nwhy = {}\nexamples = {}counter-examples = {}",
        weight / 100,
        weight % 100,
        string(&why),
        list(examples),
        list(counter_examples.iter().map(String::as_str))
    );
}

/// The lines of the site that do not repeat and have most words in common with one of these.
fn nearest(site: &LearnedSite, lines: &[&LearnedLine]) -> Vec<String> {
    let words_of = |text: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
        words.map(str::to_lowercase).collect()
    };
    let learned: Vec<HashSet<String>> = lines.iter().map(|line| words_of(&line.example)).collect();
    let likeness = |text: &str| {
        let words = words_of(text);
        let likeness = |other: &HashSet<String>| {
            let common = words.intersection(other).count();
            let all = words.len() + other.len() - common;
            (common * 1000).checked_div(all).unwrap_or(0)
        };
        learned.iter().map(likeness).max().unwrap_or(0)
    };
    let mut near: Vec<(usize, &str)> =
        site.plain.iter().map(|text| (likeness(text), &**text)).collect();
    near.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let mut chosen: Vec<String> = near
        .iter()
        .enumerate()
        .filter(|(at, (likeness, _))| *at == 0 || *likeness > 0)
        .take(COUNTER_EXAMPLES)
        .map(|(_, (_, text))| (*text).to_owned())
        .collect();
    if let ([], Some(line)) = (&chosen[..], lines.first()) {
        // Every line of the site repeats: what comes near and is another line.
        chosen.push(format!("{} \u{2014} {}", line.example, line.example));
    }
    chosen
}

/// The name of a site as a part of ids, unlike that of any other site.
fn id_part(site: &str, names: &mut HashSet<String>) -> String {
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let is_sound = site.chars().all(is_id)
        && site.len() <= NAME_BYTES
        && site.split('.').all(|part| !part.is_empty());
    let mut part = site.to_owned();
    if !is_sound || names.contains(&part) {
        let mut words: String = site
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(NAME_BYTES)
            .collect();
        words = words.trim_matches('-').to_owned();
        part = format!("{words}-{:016x}", stable_hash(site.as_bytes()));
        part = part.trim_start_matches('-').to_owned();
    }
    names.insert(part.clone());
    part
}

/// `1 line`, `2 lines`.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A text on one line of a comment.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A basic string of TOML.
fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A list, a line per text, with its line end.
fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let texts: Vec<String> = texts.map(string).collect();
    match &texts[..] {
        [one] => format!("[{one}]\n"),
        _ => {
            let rows: String = texts.iter().map(|text| format!("    {text},\n")).collect();
            format!("[\n{rows}]\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_an_id_of_its_own() {
        let mut names = HashSet::new();
        let mut part = |site: &str| id_part(site, &mut names);
        assert_eq!(part("news.example"), "news.example");
        assert_eq!(part("-"), "-");
        let spaced = part("El Faro");
        assert!(spaced.starts_with("el-faro-"), "{spaced}");
        assert_ne!(part("El-Faro"), spaced);
        assert_eq!(part("新聞").len(), 16);
        assert!(part(&"x".repeat(300)).len() < 80);
    }

    #[test]
    fn every_text_is_a_string_of_toml() {
        for text in ["plain", "\"q\" \\ \u{1} \u{7f} \t \u{85} ñ", "", "C:\\x"] {
            let toml = format!("a = {}", string(text));
            let table: toml::Table = toml::from_str(&toml).expect(text);
            assert_eq!(table["a"].as_str(), Some(text));
        }
    }
}
