//! Checks of a rule file: what `limpio rules check` runs, and every rule set before it is used.
//!
//! A file is put on top of a base set. Then ids must be known or new, phrases must leave
//! something to look for, every example must be hit by its own rule and no counter-example may
//! be, and no phrase may stand at the same place in two rules: only one of them would ever be
//! named. All errors are told, in the order of the file.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::fold::Folded;
use super::line_form::FormScratch;
use super::load::{self, Entry, Item, MOST_ERRORS, shown};
use super::matcher::compile_shape;
use super::pattern::{PHRASE_CHARS, Pattern, PhraseFault};
use super::pattern_set::{PatternSet, Scratch};
use super::rule::{Fold, Place, Reach, Rest, Rule};
use super::rule_set::{BUILT_IN, RuleSet};
use super::site_index::whole_line;
use crate::Error;

/// Everything that is wrong with a rule file, in the order of its lines; empty if it is fine.
///
/// `path` names the file in errors; `text` is its contents. The file is checked on top of the
/// built-in rules; one that is built in itself is checked against the others.
///
/// ```
/// let text = "[[rule]]\nid = \"shop.cart\"\nphrases = [\"carrito\"]\nat = \"anywhere\"\n";
/// let errors = limpio::rules::check("mine.toml".as_ref(), text);
/// let one_word = errors.iter().find(|error| error.line() == Some(3)).expect("an error");
/// assert!(one_word.to_string().starts_with("mine.toml:3: shop.cart: phrase \"carrito\" is one word"));
/// ```
pub fn check(path: &Path, text: &str) -> Vec<Error> {
    let base = RuleSet::builtin();
    let own = BUILT_IN.iter().find(|(name, known)| path.ends_with(name) || *known == text);
    let base = match own {
        Some((name, _)) => {
            let others = |rule: &&Rule| rule.path != Path::new(name);
            let mut rest = RuleSet::of(base.rules().iter().filter(others).cloned().collect());
            // Its own rules are known to the others' needs.
            for rule in base.rules().iter().filter(|rule| !others(rule)) {
                rest.also_knows(&rule.id);
            }
            rest
        }
        None => base,
    };
    let mut file = File::read(path, text);
    let set = file.apply(base);
    // Built-in rules are measured together, where a phrase too many does no harm.
    if own.is_none() {
        file.look_for_shorter(&set);
    }
    file.ask_for_examples();
    file.in_order()
}

/// The base set with a file on top, and what is wrong with the file.
pub(super) fn apply(base: &RuleSet, path: &Path, text: &str) -> (RuleSet, Vec<Error>) {
    let mut file = File::read(path, text);
    let set = file.apply(base.clone());
    (set, file.in_order())
}

/// A file while it is checked.
struct File<'p> {
    path: &'p Path,
    lines: HashMap<Box<str>, Lines>,
    entries: Vec<Entry>,
    errors: Vec<Error>,
}

/// What a rule of the file brought along, with lines.
struct Lines {
    line: u64,
    overrides: bool,
    disable: bool,
    phrases: Vec<Item>,
    shapes: Vec<Item>,
    examples: Vec<Item>,
    counter_examples: Vec<Item>,
}

impl<'p> File<'p> {
    fn read(path: &'p Path, text: &str) -> File<'p> {
        let (entries, errors) = load::read(path, text);
        let mut file = File { path, lines: HashMap::new(), entries, errors };
        let says_none =
            || toml::from_str::<toml::Table>(text).is_ok_and(|table| table.contains_key("rule"));
        if file.entries.is_empty() && file.errors.is_empty() && !says_none() {
            file.errors.push(Error::invalid("no rule in this file").at_path(path).at_line(1));
        }
        file
    }

    fn fault(&mut self, line: u64, rule: &str, message: impl Into<String>) {
        let error = Error::invalid(message).at_path(self.path).at_line(line).at_rule(rule);
        self.errors.push(error);
    }

    fn in_order(mut self) -> Vec<Error> {
        self.errors.sort_by_key(Error::line);
        self.errors
    }

    fn apply(&mut self, mut set: RuleSet) -> RuleSet {
        let mut needed = Vec::new();
        let mut disabled = HashSet::new();
        let rules = set.rules().iter().enumerate();
        let mut places: HashMap<Box<str>, usize> =
            rules.map(|(at, rule)| (rule.id.clone(), at)).collect();
        for entry in std::mem::take(&mut self.entries) {
            let (id, line) = (entry.id.clone(), entry.line);
            if self.errors.len() > MOST_ERRORS {
                break;
            }
            if self.lines.contains_key(&id) {
                self.fault(line, &id, "duplicate id: the file has a rule of that name above");
                continue;
            }
            let items = |items: &Option<Vec<Item>>| items.clone().unwrap_or_default();
            let lines = Lines {
                line,
                overrides: entry.overrides,
                disable: entry.disable,
                phrases: items(&entry.phrases),
                shapes: items(&entry.shapes),
                examples: items(&entry.examples),
                counter_examples: items(&entry.counter_examples),
            };
            needed.extend(entry.needed_ids.iter().map(|item| (id.clone(), item.clone())));
            match (entry.overrides, places.get(&id)) {
                (true, Some(_)) if entry.disable => {
                    disabled.insert(id.clone());
                }
                (true, Some(at)) => entry.change(&mut set.rules_mut()[*at]),
                (true, None) => {
                    self.unknown(line, &id, "rule in `override`", &id, &places);
                    continue;
                }
                (false, Some(_)) => {
                    let message =
                        "duplicate id: a rule of that name exists; change it with `override`";
                    self.fault(line, &id, message);
                    continue;
                }
                (false, None) => {
                    places.insert(id.clone(), set.rules().len());
                    set.rules_mut().extend(entry.into_rule());
                }
            }
            self.lines.insert(id, lines);
        }
        for (id, (target, line)) in needed {
            if !places.contains_key(&target) && !set.was_disabled(&target) {
                self.unknown(line, &id, "rule in `needs`", &target, &places);
            }
            if self.errors.len() > MOST_ERRORS {
                break;
            }
        }
        set.disable_all(&disabled);
        self.check_rules(&set);
        set
    }

    fn unknown(
        &mut self,
        line: u64,
        rule: &str,
        what: &str,
        name: &str,
        places: &HashMap<Box<str>, usize>,
    ) {
        // In a fixed order, so that of two names as near the same one is proposed.
        let mut known: Vec<&str> = places.keys().map(|id| &**id).collect();
        known.sort_unstable();
        let error = Error::unknown(what, &shown(name), known);
        self.errors.push(error.at_path(self.path).at_line(line).at_rule(rule));
    }

    fn check_rules(&mut self, set: &RuleSet) {
        // A rule of some sites has its own counts there, whatever a rule of all sites says.
        let mut seen: HashMap<WhereAndWhat<'_>, (&str, bool)> = HashMap::new();
        // Rules of other files first, so that the error stands in this one.
        let (own, others): (Vec<_>, Vec<_>) =
            set.rules().iter().partition(|rule| self.lines.contains_key(&rule.id));
        for rule in others {
            for phrase in &rule.phrases {
                if let Ok(identity) = identity(rule, phrase) {
                    seen.insert(
                        (&rule.sites, rule.at, is_thread(rule), identity),
                        (&rule.id, false),
                    );
                }
            }
        }
        for rule in own {
            let mut sound = true;
            let line_of = |file: &File<'_>, phrase: &str| file.line_of(rule, phrase);
            if rule.phrases.is_empty() && rule.shapes.is_empty() {
                let line = self.lines[&rule.id].line;
                self.fault(line, &rule.id, "no `phrases` and no `shapes`: it can match nothing");
            }
            for phrase in &rule.phrases {
                match identity(rule, phrase) {
                    Ok(identity) => {
                        let key = (&*rule.sites, rule.at, is_thread(rule), identity);
                        if let Some((other, _)) = seen.insert(key, (&rule.id, true)) {
                            let phrase = &*shown(phrase);
                            let message = if other == &*rule.id {
                                format!("phrase \"{phrase}\" stands twice in the rule")
                            } else {
                                format!("phrase \"{phrase}\" is shadowed by rule `{other}`")
                            };
                            self.fault(line_of(self, phrase), &rule.id, message);
                        }
                    }
                    Err(fault) => {
                        sound = false;
                        self.fault(line_of(self, phrase), &rule.id, phrase_fault(phrase, fault));
                    }
                }
            }
            for shape in &rule.shapes {
                let text = shown(shape);
                let message = match compile_shape(shape, rule.at) {
                    Ok(regex) if regex.is_match("") => {
                        format!("shape \"{text}\" matches the empty text")
                    }
                    Ok(_) => continue,
                    Err(error) => {
                        let error = error.to_string();
                        let last = error.lines().last().unwrap_or("").trim_start_matches("error: ");
                        format!("shape \"{text}\": {last}")
                    }
                };
                sound = false;
                self.fault(line_of(self, shape), &rule.id, message);
            }
            if sound {
                self.run_examples(rule);
            }
        }
    }

    /// The line of a phrase or shape, or of its rule.
    fn line_of(&self, rule: &Rule, phrase: &str) -> u64 {
        let lines = &self.lines[&rule.id];
        let mut items = lines.phrases.iter().chain(&lines.shapes);
        let found = items.find(|(text, _)| **text == *phrase);
        found.map_or(lines.line, |(_, line)| *line)
    }

    /// Phrases that a shorter one of another rule leaves nothing to be named for. No reason to
    /// refuse a file that works: only those who check it are told.
    fn look_for_shorter(&mut self, set: &RuleSet) {
        let hiding = Hiding::of(set.rules());
        for rule in set.rules() {
            if !self.lines.contains_key(&rule.id) || !rule.sites.is_empty() {
                continue;
            }
            for phrase in &rule.phrases {
                let Ok(pattern) = compiled(rule, phrase) else { continue };
                let Some((other, by)) = hiding.hides(rule, &pattern) else { continue };
                let (phrase_shown, by) = (shown(phrase), shown(by));
                let message =
                    format!("phrase \"{phrase_shown}\" is shadowed by \"{by}\" of rule `{other}`");
                let line = self.line_of(rule, phrase);
                self.fault(line, &rule.id, message);
            }
        }
    }

    fn run_examples(&mut self, rule: &Rule) {
        let lines = &self.lines[&rule.id];
        if lines.examples.is_empty() && lines.counter_examples.is_empty() {
            return;
        }
        let Ok(patterns) = PatternSet::of(std::slice::from_ref(rule), std::iter::empty()) else {
            return;
        };
        let mut scratch = Scratch::default();
        let mut hits = Vec::new();
        let site = rule.sites.first().and_then(|site| patterns.site(site));
        let mut faults = Vec::new();
        for (example, line) in &lines.examples {
            patterns.matches(example, site, &mut scratch, &mut hits, &mut ());
            if hits.is_empty() {
                let example = shown(example);
                faults.push((*line, format!("does not match its own example \"{example}\"")));
            }
        }
        for (example, line) in &lines.counter_examples {
            patterns.matches(example, site, &mut scratch, &mut hits, &mut ());
            if let Some(hit) = hits.first() {
                let (phrase, example) = (shown(rule.phrase(hit.phrase)), shown(example));
                faults.push((
                    *line,
                    format!("matches its own counter-example \"{example}\" by \"{phrase}\""),
                ));
            }
        }
        for (line, message) in faults {
            self.fault(line, &rule.id, message);
        }
    }

    fn ask_for_examples(&mut self) {
        let mut missing = Vec::new();
        for (id, lines) in &self.lines {
            if lines.overrides && (lines.disable || lines.phrases.is_empty()) {
                continue;
            }
            if lines.examples.is_empty() {
                missing.push((lines.line, id.clone(), "no `examples`: they are its tests"));
            }
            if lines.counter_examples.is_empty() {
                let message = "no `counter-examples`: give a genuine line that comes near";
                missing.push((lines.line, id.clone(), message));
            }
        }
        missing.sort_by_key(|(line, _, _)| *line);
        for (line, id, message) in missing {
            self.fault(line, &id, message);
        }
    }
}

/// The sites and the place of a phrase, and what tells it from others there.
type WhereAndWhat<'s> = (&'s [Box<str>], Place, bool, Vec<u8>);

/// What tells two phrases of the same place apart.
fn identity(rule: &Rule, phrase: &str) -> Result<Vec<u8>, PhraseFault> {
    if let Some(form) = whole_line(rule, phrase, &mut FormScratch::default()) {
        return Ok(form.to_owned());
    }
    compiled(rule, phrase).map(|pattern| pattern.identity())
}

/// A phrase as it is written, compiled.
fn compiled(rule: &Rule, phrase: &str) -> Result<Pattern, PhraseFault> {
    Pattern::compile(rule, 0, 0, phrase, &mut Folded::default()).map(|(as_written, _)| as_written)
}

/// Rules and their phrases, by place and folded text.
type PhrasesByText<'s> = HashMap<(Place, Vec<u8>), Vec<(&'s Rule, &'s str)>>;

/// Phrases that match wherever a longer one of another rule does, and are believed as readily.
struct Hiding<'s> {
    phrases: PhrasesByText<'s>,
}

impl<'s> Hiding<'s> {
    fn of(rules: &'s [Rule]) -> Hiding<'s> {
        let mut phrases = PhrasesByText::new();
        // A rule that asks for more than its phrase leaves lines to others.
        let asks_no_more = |rule: &&Rule| {
            rule.needs.is_none()
                && rule.rest == Rest::Any
                && rule.fold == Fold::default()
                && rule.sites.is_empty()
        };
        for rule in rules.iter().filter(asks_no_more) {
            for phrase in &rule.phrases {
                if let Ok(pattern) = compiled(rule, phrase)
                    && let Some(text) = pattern.plain()
                {
                    phrases.entry((rule.at, text.to_owned())).or_default().push((rule, phrase));
                }
            }
        }
        Hiding { phrases }
    }

    /// The rule and phrase that leave this phrase of a rule nothing to be named for.
    fn hides(&self, rule: &Rule, pattern: &Pattern) -> Option<(&'s str, &'s str)> {
        let (texts, begins_with_slot, ends_in_slot) = pattern.texts();
        let at_start = rule.at.is_at_start() && !begins_with_slot;
        let at_end = rule.at.is_at_end() && !ends_in_slot;
        let of_place = |place: Place, text: &[u8]| {
            let found = self.phrases.get(&(place, text.to_owned()))?;
            found.iter().find(|(other, _)| hides_all(other, rule))
        };
        for (index, text) in texts.iter().enumerate() {
            let (is_first, is_last) = (index == 0, index + 1 == texts.len());
            for (start, end) in word_spans(text) {
                let part = &text[start..end];
                let starts = is_first && start == 0 && at_start;
                let ends = is_last && end == text.len() && at_end;
                let found = of_place(Place::Anywhere, part)
                    .or_else(|| of_place(Place::LineStart, part).filter(|_| starts))
                    .or_else(|| of_place(Place::LineEnd, part).filter(|_| ends));
                if let Some((other, phrase)) = found {
                    return Some((&other.id, phrase));
                }
            }
        }
        None
    }
}

/// Whether the rule only tells that a line may belong to a thread of comments, which is taken note of beside
/// everything else.
fn is_thread(rule: &Rule) -> bool {
    rule.reach == Reach::Thread
}

/// Whether a line that both rules match is always called after the first one, and goes as far.
fn hides_all(first: &Rule, rule: &Rule) -> bool {
    first.id != rule.id
        && is_thread(first) == is_thread(rule)
        && first.category == rule.category
        && first.max_chars >= rule.max_chars
        && first.weight >= rule.weight
        && extent(first.reach) >= extent(rule.reach)
}

/// How far a removal reaches, to compare with.
fn extent(reach: Reach) -> u64 {
    match reach {
        Reach::Span | Reach::Thread => 0,
        Reach::Sentence => 1,
        Reach::Line => 2,
        Reach::Lines(lines) => 3 + u64::from(lines),
        Reach::List => u64::from(u32::MAX) + 4,
        Reach::Block => u64::from(u32::MAX) + 5,
        Reach::ToEnd => u64::from(u32::MAX) + 6,
    }
}

/// The parts of a text that begin and end with a word.
fn word_spans(text: &[u8]) -> Vec<(usize, usize)> {
    let is_space = |at: usize| text.get(at).is_none_or(|byte| *byte == b' ');
    let starts: Vec<usize> =
        (0..text.len()).filter(|at| !is_space(*at) && (*at == 0 || is_space(at - 1))).collect();
    let ends: Vec<usize> =
        (1..=text.len()).filter(|at| is_space(*at) && !is_space(at - 1)).collect();
    let from = |start: usize| ends.iter().filter(move |end| **end > start);
    starts.iter().flat_map(|start| from(*start).map(|end| (*start, *end))).collect()
}

fn phrase_fault(phrase: &str, fault: PhraseFault) -> String {
    let phrase = shown(phrase);
    match fault {
        PhraseFault::Empty => format!("phrase \"{phrase}\" is empty after folding"),
        PhraseFault::OneWordAnywhere => format!(
            "phrase \"{phrase}\" is one word `anywhere`: it would hit genuine text; use `line`, or more words"
        ),
        PhraseFault::TooLong => format!("a phrase of more than {PHRASE_CHARS} characters"),
    }
}
