//! `limpio rules`: list, show and check pattern sets.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use limpio::lang::Language;
use limpio::rules::{Needed, Reach, Rule, RuleSet, check};
use limpio::{Category, WITHOUT_RULES, WithoutRule};
use unicode_width::UnicodeWidthStr;

use super::args::{RuleArgs, RulesCommand};
use super::failure::{Failure, USAGE, why};
use super::messages::printable;
use super::readers::print;
use super::setup::{read_rules, unknown_rule};
use crate::io::disk;

/// Runs one of the three.
pub fn run(command: &RulesCommand) -> Result<ExitCode, Failure> {
    match command {
        RulesCommand::List { category, lang, chosen } => {
            let set = rule_set(chosen)?;
            let wanted: Vec<&Rule> = set
                .rules()
                .iter()
                .filter(|rule| category.is_none_or(|category| rule.category == category))
                .filter(|rule| lang.is_none_or(|lang| rule.langs.contains(&lang)))
                .collect();
            let mut rows: Vec<Cells> = wanted.into_iter().map(cells).collect();
            let judges = WITHOUT_RULES.iter().filter(|judge| {
                let is_off = |id: &String| *id == judge.id || *id == judge.category.as_str();
                category.is_none_or(|category| judge.category == category)
                    && lang.is_none()
                    && !chosen.disable.iter().any(is_off)
            });
            rows.extend(judges.map(judge_cells));
            print(&table(&rows))?;
        }
        RulesCommand::Show { id, chosen } => {
            if let Some(judge) = WITHOUT_RULES.iter().find(|judge| judge.id == id) {
                print(&judge_page(judge))?;
                return Ok(ExitCode::SUCCESS);
            }
            let set = rule_set(chosen)?;
            let Some(rule) = set.get(id).cloned() else {
                // Says which id is nearest.
                let nearest = set.clone().disable(id);
                nearest.map_err(|error| unknown_rule(&error, id))?;
                if id.parse::<Category>().is_err() {
                    return Err(Failure::Usage(format!("`{id}` is switched off")));
                }
                return Err(Failure::Usage(format!(
                    "`{id}` is a category: see `limpio rules list --category {id}`"
                )));
            };
            print(&as_toml(&rule))?;
        }
        RulesCommand::Check { files } => return check_files(files),
    }
    Ok(ExitCode::SUCCESS)
}

fn rule_set(chosen: &RuleArgs) -> Result<RuleSet, Failure> {
    let mut set = RuleSet::builtin();
    for path in &chosen.rules {
        let text = read_rules(path).map_err(|failure| chosen.placed(path, failure))?;
        set.add_toml(path, &text)?;
    }
    for id in &chosen.disable {
        if WITHOUT_RULES.iter().any(|judge| judge.id == id && judge.can_be_disabled) {
            continue;
        }
        if let Err(error) = set.disable(id) {
            return Err(chosen.placed(Path::new(id), unknown_rule(&error, id)));
        }
    }
    Ok(set)
}

fn judge_cells(judge: &WithoutRule) -> Cells {
    let weight = format!("{:.2}", judge.weight);
    [judge.id, judge.category.as_str(), "-", &weight, "-", judge.what].map(str::to_owned)
}

fn judge_page(judge: &WithoutRule) -> String {
    let off = if judge.can_be_disabled { "--disable it" } else { "leave out --langs" };
    format!(
        "# Looks for {}. No pattern, so no rule file can change it; to switch it off, {off}.\n\
         id = {}\ncategory = {}\nweight = {:?}\nwhy = {}\n",
        judge.what,
        string(judge.id),
        string(judge.category.as_str()),
        judge.weight,
        string(judge.why)
    )
}

/// Id, category, languages, weight, place, first phrase.
type Cells = [String; 6];

fn cells(rule: &Rule) -> Cells {
    let first = rule.phrases.first().or(rule.shapes.first());
    [
        rule.id.to_string(),
        rule.category.to_string(),
        joined(&rule.langs),
        format!("{:.2}", rule.weight),
        rule.at.to_string(),
        printable(first.map_or("", |phrase| phrase)),
    ]
}

/// Aligned columns.
fn table(rows: &[Cells]) -> String {
    let mut widths = [0; 6];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut table = String::new();
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line += cell;
            line += &" ".repeat(width - cell.width() + 2);
        }
        table += line.trim_end();
        table.push('\n');
    }
    table
}

fn joined(langs: &[Language]) -> String {
    let langs: Vec<&str> = langs.iter().map(|lang| lang.as_str()).collect();
    if langs.is_empty() { "-".to_owned() } else { langs.join(",") }
}

/// A rule as a rule file may hold it, with everything that its file left to the defaults.
fn as_toml(rule: &Rule) -> String {
    let mut toml = format!("# {}:{}\n[[rule]]\n", rule.path.display(), rule.line);
    let mut key = |name: &str, value: String| {
        toml += &format!("{name} = {value}\n");
    };
    key("id", string(&rule.id));
    key("category", string(rule.category.as_str()));
    if !rule.sites.is_empty() {
        key("sites", list(rule.sites.iter().map(|site| &**site)));
    }
    if let Some(seen) = rule.seen {
        key("seen", format!("{{ documents = {}, of = {} }}", seen.documents, seen.of));
    }
    if !rule.langs.is_empty() {
        key("langs", list(rule.langs.iter().map(|lang| lang.as_str())));
    }
    for (name, texts) in
        [("phrases", &rule.phrases), ("shapes", &rule.shapes), ("signs", &rule.signs)]
    {
        if !texts.is_empty() {
            key(name, list(texts.iter().map(|text| &**text)));
        }
    }
    key("at", string(rule.at.as_str()));
    let folds = [
        (rule.fold.accents, "accents"),
        (rule.fold.case, "case"),
        (rule.fold.quotes, "quotes"),
        (rule.fold.spaces, "spaces"),
    ];
    key("fold", list(folds.iter().filter(|(on, _)| *on).map(|(_, name)| *name)));
    if rule.max_chars != u32::MAX {
        key("max-chars", rule.max_chars.to_string());
    }
    key("rest", string(rule.rest.as_str()));
    if let Some(needs) = &rule.needs {
        let mut parts = Vec::new();
        for (name, needed) in
            [("near", &needs.near), ("before", &needs.before), ("after", &needs.after)]
        {
            if !needed.is_empty() {
                parts.push(format!("{name} = {}", list(needed.iter().map(name_of))));
            }
        }
        parts.push(format!("within = {}", needs.within));
        if let Some(part) = needs.part {
            parts.push(format!("part = {}", string(part.as_str())));
        }
        key("needs", format!("{{ {} }}", parts.join(", ")));
    }
    key("reach", reach(rule.reach));
    key("weight", format!("{:?}", rule.weight));
    for (name, text) in [("why", &rule.why), ("source", &rule.source)] {
        if !text.is_empty() {
            key(name, string(text));
        }
    }
    for (name, texts) in
        [("examples", &rule.examples), ("counter-examples", &rule.counter_examples)]
    {
        if !texts.is_empty() {
            key(name, list(texts.iter().map(|text| &**text)));
        }
    }
    toml
}

fn name_of(needed: &Needed) -> &str {
    match needed {
        Needed::Word(word) => word,
        Needed::Rule(id) => id,
        Needed::Category(category) => category.as_str(),
    }
}

fn reach(reach: Reach) -> String {
    match reach {
        Reach::Span => string("span"),
        Reach::Sentence => string("sentence"),
        Reach::Line => string("line"),
        Reach::Lines(lines) => format!("{{ lines = {lines} }}"),
        Reach::List => string("list"),
        Reach::Block => string("block"),
        Reach::ToEnd => string("to-end-unless-content-resumes"),
        Reach::Thread => string("thread"),
        // A reach that this page does not know yet.
        other => string(&format!("{other:?}").to_lowercase()),
    }
}

fn string(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A list on one line, or with a line per item where that would be long.
fn list<'t>(items: impl Iterator<Item = &'t str>) -> String {
    const LONGEST_LINE: usize = 80;
    let items: Vec<String> = items.map(string).collect();
    let line = format!("[{}]", items.join(", "));
    if line.len() <= LONGEST_LINE {
        return line;
    }
    let rows: String = items.iter().map(|item| format!("    {item},\n")).collect();
    format!("[\n{rows}]")
}

/// Checks every file and tells everything that is wrong, as `file:line: rule-id: reason`.
fn check_files(files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let mut wrong = 0;
    let mut seen = HashMap::new();
    for (index, path) in files.iter().enumerate() {
        let mut found = problems(path)?;
        if files[..index].iter().any(|earlier| is_same(earlier, path)) {
            found.push(format!("{}:1: duplicate id: the file is named twice", path.display()));
        } else {
            found.extend(duplicates(path, &mut seen));
        }
        for problem in found {
            wrong += 1;
            // The findings are what was asked for: no name of the program in front.
            let _ = io::stderr().write_all(format!("{}\n", printable(&problem)).as_bytes());
        }
    }
    if wrong > 0 {
        return Ok(ExitCode::from(USAGE));
    }
    let files = files.len();
    print(&format!("{files} rule {}: no problems\n", if files == 1 { "file" } else { "files" }))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether two names lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| disk::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    one == other || real(one) == real(other)
}

/// Ids that an earlier one of the files gave to a rule of its own.
fn duplicates(path: &Path, seen: &mut HashMap<String, PathBuf>) -> Vec<String> {
    let Ok(text) = disk::read_to_string(path) else { return Vec::new() };
    let mut set = RuleSet::empty();
    if set.add_toml(path, &text).is_err() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for rule in set.rules() {
        let (path, line, id) = (path.display(), rule.line, &rule.id);
        match seen.get(&**id) {
            Some(first) => found.push(format!(
                "{path}:{line}: {id}: duplicate id: {} has a rule of that name",
                first.display()
            )),
            None => drop(seen.insert(id.to_string(), rule.path.clone())),
        }
    }
    found
}

fn problems(path: &Path) -> Result<Vec<String>, Failure> {
    let bytes = disk::read(path)
        .map_err(|error| Failure::Usage(format!("{}: {}", path.display(), why(&error))))?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let line = 1 + memchr::memchr_iter(b'\n', &error.as_bytes()[..at]).count();
            return Ok(vec![format!("{}:{line}: invalid UTF-8", path.display())]);
        }
    };
    Ok(check(path, &text).iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_is_shown_can_be_read_again() {
        let set = RuleSet::builtin();
        let shown: String = set
            .rules()
            .iter()
            .map(|rule| as_toml(rule).replace("[[rule]]\nid = ", "[[rule]]\noverride = "))
            .collect();
        let mut again = RuleSet::builtin();
        again.add_toml(Path::new("shown.toml"), &shown).unwrap();
        assert_eq!(again.hash(), set.hash());
    }
}
