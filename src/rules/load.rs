//! Rule files: TOML to entries, each value checked for its type, errors with line and rule.
//!
//! The file is parsed as a whole, with the place of every value. Reading goes on behind an error,
//! so that all that is wrong with a file can be told at once. What needs other rules (known ids,
//! shadowed phrases, examples) is checked afterwards, in [`check`](mod@super::check).

use std::borrow::Cow;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::plain_toml;
use super::rule::{Fold, Needed, Needs, Place, Reach, Rest, Rule, Seen};
use crate::Error;
use crate::lang::Language;
use crate::verdict::Category;

/// The keys of a rule, as documented; underscores may stand for hyphens.
pub(super) const RULE_KEYS: &[&str] = &[
    "at",
    "category",
    "counter-examples",
    "disable",
    "examples",
    "fold",
    "id",
    "langs",
    "match",
    "max-chars",
    "max-words",
    "needs",
    "override",
    "phrases",
    "reach",
    "rest",
    "seen",
    "shapes",
    "signs",
    "sites",
    "source",
    "weight",
    "why",
];

/// The keys of `needs`.
pub(super) const NEEDS_KEYS: &[&str] = &["after", "before", "near", "part", "within"];

/// The keys of `seen`.
pub(super) const SEEN_KEYS: &[&str] = &["documents", "of"];

/// The keys at the top of a file.
pub(super) const TOP_KEYS: &[&str] = &["rule", "version"];

/// What a list may be told to fold.
pub(super) const FOLDS: &[&str] = &["accents", "case", "quotes", "spaces"];

/// The languages of phrases.
pub(super) const LANGS: &[(&str, Language)] = &[
    ("en", Language::En),
    ("es", Language::Es),
    ("none", Language::None),
    ("other", Language::Other),
];

/// How many non-blank lines away a needed neighbour may stand, unless a rule says otherwise.
///
/// Source: in boxes and forms on real pages, 2026-11, a heading and its button stand next to each
/// other or with one line between. Counter-example: WordPress comment forms (6).
const DEFAULT_WITHIN: u32 = 2;

/// Characters in a word with its space, to turn `max-words` into characters. Source: measured on
/// real pages, 2026-11: 6.1 in Spanish and 6.4 in English; rounded up, the limit being one.
const WORD_CHARS: u32 = 8;

/// A file with more errors than this is not read further.
pub(super) const MOST_ERRORS: usize = 1000;

/// A text of a list, with its line in the file.
pub(super) type Item = (Box<str>, u64);

/// One `[[rule]]` table: the keys it holds, none of them applied yet.
#[derive(Default)]
pub(super) struct Entry {
    /// `id`, or the target of `override`.
    pub id: Box<str>,
    pub line: u64,
    pub overrides: bool,
    pub disable: bool,
    pub phrases: Option<Vec<Item>>,
    pub shapes: Option<Vec<Item>>,
    pub examples: Option<Vec<Item>>,
    pub counter_examples: Option<Vec<Item>>,
    /// The ids that its needs name.
    pub needed_ids: Vec<Item>,
    path: std::path::PathBuf,
    category: Option<Category>,
    sites: Option<Vec<Box<str>>>,
    seen: Option<Seen>,
    langs: Option<Vec<Language>>,
    signs: Option<Vec<Box<str>>>,
    at: Option<Place>,
    fold: Option<Fold>,
    max_chars: Option<u32>,
    rest: Option<Rest>,
    needs: Option<Needs>,
    reach: Option<Reach>,
    weight: Option<f32>,
    why: Option<Box<str>>,
    source: Option<Box<str>>,
}

impl Entry {
    /// The new rule that the entry describes; `None` for an override.
    pub(super) fn into_rule(self) -> Option<Rule> {
        if self.overrides {
            return None;
        }
        let mut rule = Rule {
            id: self.id.clone(),
            category: Category::Custom,
            sites: Vec::new(),
            seen: None,
            langs: Vec::new(),
            phrases: Vec::new(),
            shapes: Vec::new(),
            signs: Vec::new(),
            at: Place::Line,
            fold: Fold::default(),
            max_chars: 0,
            rest: Rest::Any,
            needs: None,
            reach: Reach::Line,
            weight: 1.0,
            why: "".into(),
            source: "".into(),
            examples: Vec::new(),
            counter_examples: Vec::new(),
            path: self.path.clone(),
            line: self.line,
        };
        let place = self.at.unwrap_or(Place::Line);
        rule.max_chars = place.default_max_chars(self.reach.unwrap_or(Reach::Line));
        self.change(&mut rule);
        Some(rule)
    }

    /// Changes the keys of a rule that the entry names.
    pub(super) fn change(self, rule: &mut Rule) {
        fn set<T>(target: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *target = value;
            }
        }
        let texts = |items: Option<Vec<Item>>| {
            items.map(|items| items.into_iter().map(|(text, _)| text).collect())
        };
        rule.path = self.path;
        rule.line = self.line;
        set(&mut rule.category, self.category);
        set(&mut rule.sites, self.sites);
        set(&mut rule.seen, self.seen.map(Some));
        set(&mut rule.langs, self.langs);
        set(&mut rule.phrases, texts(self.phrases));
        set(&mut rule.shapes, texts(self.shapes));
        set(&mut rule.signs, self.signs);
        set(&mut rule.at, self.at);
        set(&mut rule.fold, self.fold);
        set(&mut rule.max_chars, self.max_chars);
        set(&mut rule.rest, self.rest);
        set(&mut rule.needs, self.needs.map(Some));
        set(&mut rule.reach, self.reach);
        set(&mut rule.weight, self.weight);
        set(&mut rule.why, self.why);
        set(&mut rule.source, self.source);
        set(&mut rule.examples, texts(self.examples));
        set(&mut rule.counter_examples, texts(self.counter_examples));
    }
}

/// Reads a rule file: the entries that could be read, and all that is wrong by itself.
pub(super) fn read(path: &Path, text: &str) -> (Vec<Entry>, Vec<Error>) {
    let mut reader = Reader {
        path,
        line_ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
        errors: Vec::new(),
        rule: None,
    };
    let root = plain_toml::parse(text).unwrap_or_else(|| {
        let (root, faults) = DeTable::parse_recoverable(text);
        for fault in faults {
            let line = reader.line_at(fault.span().map_or(0, |span| span.start));
            let message = fault.message().lines().collect::<Vec<_>>().join(", ");
            reader.errors.push(Error::invalid(message).at_path(path).at_line(line));
        }
        root.into_inner()
    });
    if !reader.errors.is_empty() {
        return (Vec::new(), reader.errors);
    }
    let mut entries = Vec::new();
    for (key, value) in &root {
        match &**key.get_ref() {
            "rule" => match value.get_ref() {
                DeValue::Array(rules) => {
                    for rule in rules.iter() {
                        entries.extend(reader.entry(rule));
                        if reader.errors.len() > MOST_ERRORS {
                            break;
                        }
                    }
                }
                _ => reader.fault(value, "`rule` is a list of tables: write `[[rule]]`"),
            },
            "version" => {
                if reader.whole(value, "version").is_some_and(|version| version != 1) {
                    reader.fault(value, "this program reads rule files of `version = 1`");
                }
            }
            other => reader.unknown(key, "key", other, TOP_KEYS.iter().copied()),
        }
    }
    (entries, reader.errors)
}

struct Reader<'p> {
    path: &'p Path,
    /// Byte offsets of the line feeds.
    line_ends: Vec<usize>,
    errors: Vec<Error>,
    /// The rule that is being read.
    rule: Option<Box<str>>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn line_at(&self, offset: usize) -> u64 {
        self.line_ends.partition_point(|end| *end < offset) as u64 + 1
    }

    fn line_of<T>(&self, value: &Spanned<T>) -> u64 {
        self.line_at(value.span().start)
    }

    fn push<T>(&mut self, place: &Spanned<T>, error: Error) {
        let error = error.at_path(self.path).at_line(self.line_of(place));
        self.errors.push(match &self.rule {
            Some(rule) => error.at_rule(&shown(rule)),
            None => error,
        });
    }

    fn fault<T>(&mut self, place: &Spanned<T>, message: impl Into<String>) {
        self.push(place, Error::invalid(message));
    }

    fn unknown<'k, T>(
        &mut self,
        place: &Spanned<T>,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        self.push(place, Error::unknown(what, &shown(name), known));
    }

    fn entry(&mut self, value: &Value<'_>) -> Option<Entry> {
        self.rule = None;
        let DeValue::Table(table) = value.get_ref() else {
            self.fault(value, "`rule` is a list of tables: write `[[rule]]`");
            return None;
        };
        let mut entry =
            Entry { line: self.line_of(value), path: self.path.to_owned(), ..Entry::default() };
        let named = |name: &str| table.iter().find(|(key, _)| &**key.get_ref() == name);
        match (named("id"), named("override")) {
            (Some((_, id)), Some((key, _))) => {
                if let DeValue::String(id) = id.get_ref() {
                    self.rule = Some((&**id).into());
                }
                self.fault(key, "`id` and `override` in one rule: `override` names the rule");
                self.rule = None;
            }
            (Some((_, id)), None) => entry.id = self.string(id, "id").unwrap_or_default(),
            (None, Some((_, id))) => {
                entry.id = self.string(id, "override").unwrap_or_default();
                entry.overrides = true;
            }
            (None, None) => self.fault(value, "a rule without `id` or `override`"),
        }
        let name = named("id").or(named("override"));
        if let Some((_, id)) = name.filter(|(_, id)| is_empty_text(id)) {
            self.fault(id, "the id is empty: it is lower-case words joined by dots");
        }
        if !entry.id.is_empty() {
            self.rule = Some(entry.id.clone());
            if !is_id(&entry.id) {
                self.fault(
                    value,
                    "an id is lower-case words joined by dots, such as `wp.leave-a-reply`",
                );
            }
        }
        for (key, value) in table {
            self.key(&mut entry, &with_hyphens(key.get_ref()), key, value);
        }
        let alone = entry.disable && !entry.overrides;
        if !entry.overrides && !entry.id.is_empty() && named("category").is_none() {
            self.fault(value, "a rule without `category`");
        }
        if alone {
            self.fault(value, "`disable` goes with `override`, not with a rule of one's own");
        }
        self.rule = None;
        (!entry.id.is_empty()).then_some(entry)
    }

    fn key<T>(&mut self, entry: &mut Entry, name: &str, key: &Spanned<T>, value: &Value<'_>) {
        match name {
            "id" | "override" => {}
            "category" => entry.category = self.named(value, name),
            "langs" => entry.langs = self.langs(value),
            "sites" => {
                let sites = self.strings(value, name);
                entry.sites = sites.map(|sites| sites.into_iter().map(|(site, _)| site).collect());
                let no_name = |sites: &Vec<Box<str>>| {
                    sites.is_empty() || sites.iter().any(|site| site.is_empty())
                };
                if entry.sites.as_ref().is_some_and(no_name) {
                    let message = "`sites` names sites; `-` is the site of documents without one";
                    self.fault(value, message);
                }
            }
            "seen" => entry.seen = self.seen(value),
            "phrases" => entry.phrases = self.strings(value, name),
            "shapes" => entry.shapes = self.strings(value, name),
            "signs" => {
                let signs = self.strings(value, name);
                entry.signs = signs.map(|signs| signs.into_iter().map(|(sign, _)| sign).collect());
                if entry.signs.iter().flatten().any(|sign| sign.is_empty()) {
                    self.fault(value, "an empty sign stands in every line");
                }
            }
            "at" | "match" => entry.at = self.named(value, name),
            "fold" => entry.fold = self.fold(value),
            "max-chars" => entry.max_chars = self.count(value, name),
            "max-words" => {
                let words = self.count(value, name);
                entry.max_chars = words.map(|words| words.saturating_mul(WORD_CHARS));
            }
            "rest" => entry.rest = self.named(value, name),
            "needs" => {
                let needs = self.needs(value, &mut entry.needed_ids);
                entry.needs = needs;
            }
            "reach" => entry.reach = self.reach(value),
            "weight" => entry.weight = self.weight(value),
            "why" => entry.why = self.string(value, name),
            "source" => entry.source = self.string(value, name),
            "examples" => entry.examples = self.strings(value, name),
            "counter-examples" => entry.counter_examples = self.strings(value, name),
            "disable" => match value.get_ref() {
                DeValue::Boolean(disable) => entry.disable = *disable,
                _ => self.fault(value, "`disable` is `true` or `false`"),
            },
            other => self.unknown(key, "key", other, RULE_KEYS.iter().copied()),
        }
    }

    fn string(&mut self, value: &Value<'_>, key: &str) -> Option<Box<str>> {
        match value.get_ref() {
            DeValue::String(text) => Some((&**text).into()),
            _ => {
                self.fault(value, format!("`{key}` is a text in quotes"));
                None
            }
        }
    }

    fn strings(&mut self, value: &Value<'_>, key: &str) -> Option<Vec<Item>> {
        match value.get_ref() {
            DeValue::String(text) => Some(vec![((&**text).into(), self.line_of(value))]),
            DeValue::Array(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items.iter() {
                    if let Some(text) = self.string(item, key) {
                        texts.push((text, self.line_of(item)));
                    }
                }
                Some(texts)
            }
            _ => {
                self.fault(value, format!("`{key}` is a list of texts in quotes"));
                None
            }
        }
    }

    fn named<T: std::str::FromStr<Err = Error>>(
        &mut self,
        value: &Value<'_>,
        key: &str,
    ) -> Option<T> {
        match self.string(value, key)?.parse() {
            Ok(named) => Some(named),
            Err(error) => {
                self.push(value, error);
                None
            }
        }
    }

    fn langs(&mut self, value: &Value<'_>) -> Option<Vec<Language>> {
        let mut langs = Vec::new();
        for (name, _) in self.strings(value, "langs")? {
            match LANGS.iter().find(|(known, _)| **known == *name) {
                Some((_, language)) => langs.push(*language),
                None => {
                    self.unknown(value, "language", &name, LANGS.iter().map(|(known, _)| *known));
                }
            }
        }
        Some(langs)
    }

    fn fold(&mut self, value: &Value<'_>) -> Option<Fold> {
        let mut fold = Fold { case: false, accents: false, spaces: false, quotes: false };
        for (name, _) in self.strings(value, "fold")? {
            match &*name {
                "accents" => fold.accents = true,
                "case" => fold.case = true,
                "quotes" => fold.quotes = true,
                "spaces" | "space" => fold.spaces = true,
                other => self.unknown(value, "fold", other, FOLDS.iter().copied()),
            }
        }
        Some(fold)
    }

    fn whole(&mut self, value: &Value<'_>, key: &str) -> Option<u64> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.fault(value, format!("`{key}` is a whole number"));
        }
        number
    }

    fn count(&mut self, value: &Value<'_>, key: &str) -> Option<u32> {
        let count = self.whole(value, key)?;
        match u32::try_from(count) {
            Ok(count) if count > 0 => Some(count),
            _ => {
                self.fault(value, format!("`{key}` is a whole number from 1"));
                None
            }
        }
    }

    fn weight(&mut self, value: &Value<'_>) -> Option<f32> {
        let weight = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse::<f32>().ok(),
            DeValue::Integer(number) => number.as_str().parse::<f32>().ok(),
            _ => None,
        };
        let weight = weight.filter(|weight| (0.0..=1.0).contains(weight));
        if weight.is_none() {
            self.fault(value, "`weight` is a number from 0 to 1");
        }
        weight
    }

    fn reach(&mut self, value: &Value<'_>) -> Option<Reach> {
        if let DeValue::Table(table) = value.get_ref() {
            let mut keys = table.iter();
            if let (Some((key, lines)), None) = (keys.next(), keys.next())
                && &**key.get_ref() == "lines"
            {
                return self.count(lines, "lines").map(Reach::Lines);
            }
            self.fault(value, "a reach of lines is written `reach = { lines = 3 }`");
            return None;
        }
        let name = self.string(value, "reach")?;
        let known = Reach::NAMED.iter().find(|(known, _)| **known == *name);
        if known.is_none() {
            self.unknown(value, "reach", &name, Reach::NAMED.iter().map(|(known, _)| *known));
        }
        known.map(|(_, reach)| *reach)
    }

    fn seen(&mut self, value: &Value<'_>) -> Option<Seen> {
        let mut seen = Seen { documents: 0, of: 0 };
        let table = match value.get_ref() {
            DeValue::Table(table) if table.len() == SEEN_KEYS.len() => table,
            _ => {
                self.fault(value, "`seen` is written `seen = { documents = 41, of = 45 }`");
                return None;
            }
        };
        for (key, value) in table {
            match &**key.get_ref() {
                "documents" => seen.documents = self.whole(value, "documents")?,
                "of" => seen.of = self.whole(value, "of")?,
                other => self.unknown(key, "key", other, SEEN_KEYS.iter().copied()),
            }
        }
        Some(seen)
    }

    fn needs(&mut self, value: &Value<'_>, ids: &mut Vec<Item>) -> Option<Needs> {
        let DeValue::Table(table) = value.get_ref() else {
            self.fault(value, "`needs` is written `needs = { near = [\"...\"], within = 2 }`");
            return None;
        };
        let mut needs = Needs { within: DEFAULT_WITHIN, ..Needs::default() };
        for (key, value) in table {
            match &*with_hyphens(key.get_ref()) {
                "near" => needs.near = self.needed(value, "near", ids),
                "before" => needs.before = self.needed(value, "before", ids),
                "after" => needs.after = self.needed(value, "after", ids),
                "within" => needs.within = self.count(value, "within").unwrap_or(DEFAULT_WITHIN),
                "part" => needs.part = self.named(value, "part"),
                other => self.unknown(key, "key", other, NEEDS_KEYS.iter().copied()),
            }
        }
        Some(needs)
    }

    /// A neighbour is a category by its name, a rule by its id, or else a word; `rule:`,
    /// `category:` and `word:` in front say so.
    fn needed(&mut self, value: &Value<'_>, key: &str, ids: &mut Vec<Item>) -> Vec<Needed> {
        let mut needed = Vec::new();
        for (text, line) in self.strings(value, key).unwrap_or_default() {
            let (kind, name) = match text.split_once(':') {
                Some((kind @ ("rule" | "category" | "word"), name)) => (kind, name.trim()),
                _ if text.parse::<Category>().is_ok() => ("category", &*text),
                _ if is_id(&text) && text.contains('.') => ("rule", &*text),
                _ => ("word", &*text),
            };
            match kind {
                "category" => match name.parse() {
                    Ok(category) => needed.push(Needed::Category(category)),
                    Err(error) => self.push(value, error),
                },
                "rule" => {
                    ids.push((name.into(), line));
                    needed.push(Needed::Rule(name.into()));
                }
                _ if !name.chars().any(char::is_alphanumeric) => {
                    self.fault(value, format!("`{key}` asks for an empty word"));
                }
                _ => needed.push(Needed::Word(name.into())),
            }
        }
        needed
    }
}

/// A key as it is documented.
fn with_hyphens(key: &str) -> Cow<'_, str> {
    if key.contains('_') { key.replace('_', "-").into() } else { key.into() }
}

/// Lower-case words of letters, digits and hyphens, joined by dots.
fn is_id(id: &str) -> bool {
    id.len() <= 100
        && id.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

fn is_empty_text(value: &Value<'_>) -> bool {
    matches!(value.get_ref(), DeValue::String(text) if text.is_empty())
}

/// A text from a file as a message may show it: short and without control characters.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    if text.chars().nth(LONGEST).is_some() { shown + "..." } else { shown }
}
