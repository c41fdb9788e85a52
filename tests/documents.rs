//! Whole pages: what goes in, what must come out, what must be said about it.
//!
//! `fixtures/documents/NAME/` holds a page (`in.txt`), the text it must become (`out.txt`) and the lines that
//! must go (`removed.jsonl`); `fixtures/clean/` holds files in which nothing may change. `fixtures/README.md`
//! tells how to add one. Each test goes through all pages and reports every failing one at once.
//!
//! The five scraped articles the project started from are other people's text and no part of the repository;
//! [`the_seed_articles_come_out_as_in_their_gold`] runs over them where they lie beside the checkout.
#![cfg(feature = "cli")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Bench, fixtures, line_diff, parse_jsonl};
use serde::Deserialize;
use serde_json::Value;

/// One table of `INDEX.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    about: String,
    langs: Vec<String>,
    kind: String,
    expect: Expect,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Pass,
    Fail,
}

/// One line of `removed.jsonl`: a line that goes, or (`span`) a line that loses a part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    line: u64,
    category: OneOrMany,
    #[serde(default)]
    span: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn allows(&self, category: &str) -> bool {
        match self {
            OneOrMany::One(only) => only == category,
            OneOrMany::Many(any) => any.iter().any(|one| one == category),
        }
    }

    fn all(&self) -> Vec<&str> {
        match self {
            OneOrMany::One(only) => vec![only],
            OneOrMany::Many(any) => any.iter().map(String::as_str).collect(),
        }
    }
}

/// The categories of the product contract; a fixture that names another one is mistyped.
const CATEGORIES: [&str; 18] = [
    "newsletter",
    "ad",
    "comments",
    "share",
    "related",
    "nav",
    "cookie",
    "paywall",
    "legal",
    "byline",
    "author-bio",
    "pagination",
    "placeholder",
    "app",
    "contact",
    "spam",
    "duplicate",
    "custom",
];

/// A page with everything that is known about it.
struct Page {
    name: String,
    input: Vec<u8>,
    output: Vec<u8>,
    removed: Vec<Expected>,
}

fn documents() -> PathBuf {
    fixtures().join("documents")
}

fn index() -> BTreeMap<String, Entry> {
    let text = fs::read_to_string(documents().join("INDEX.toml")).expect("INDEX.toml is readable");
    toml::from_str(&text).unwrap_or_else(|error| panic!("INDEX.toml: {error}"))
}

fn read_page(name: &str) -> Page {
    let read = |file: &str| {
        let path = documents().join(name).join(file);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let expected = |value: Value| {
        serde_json::from_value(value)
            .unwrap_or_else(|error| panic!("{name}/removed.jsonl: {error}"))
    };
    Page {
        name: name.to_owned(),
        input: read("in.txt"),
        output: read("out.txt"),
        removed: parse_jsonl(&read("removed.jsonl"))
            .unwrap_or_else(|error| panic!("{name}/removed.jsonl: {error}"))
            .into_iter()
            .map(expected)
            .collect(),
    }
}

fn pages() -> Vec<(Page, Expect)> {
    index()
        .iter()
        .map(|(name, entry)| (read_page(name), entry.expect))
        .collect()
}

/// Runs `check` on every page; fails with all complaints about pages that should pass, and with the names of
/// pages that are noted as failing but do not fail in any of the checks.
fn on_every_page(check: impl Fn(&Page, &mut String)) {
    let mut complaints = String::new();
    for (page, expect) in pages() {
        let mut about = String::new();
        check(&page, &mut about);
        if expect == Expect::Pass && !about.is_empty() {
            let _ = writeln!(complaints, "== {}\n{about}", page.name);
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

fn check_text(page: &Page, about: &mut String) {
    let bench = Bench::new();
    bench.write("in.txt", &page.input);
    let by_name = bench.run(&["clean", "in.txt"]);
    if by_name.code != 0 {
        let _ = writeln!(about, "  exit {}: {}", by_name.code, by_name.stderr.trim());
    }
    if let Some(diff) = line_diff(&page.output, &by_name.stdout) {
        let _ = write!(about, "  text (- wanted, + found)\n{diff}");
    }
    let piped = bench.run_with(&["clean", "-"], &page.input);
    if piped.code != by_name.code || piped.stdout != by_name.stdout {
        let _ = writeln!(about, "  standard input gives another text than the file");
    }
}

fn check_account(page: &Page, about: &mut String) {
    let bench = Bench::new();
    bench.write("in.txt", &page.input);
    let run = bench.run(&[
        "clean",
        "in.txt",
        "--removed",
        "removed.jsonl",
        "--report",
        "report.jsonl",
    ]);
    if run.code != 0 {
        let _ = writeln!(about, "  exit {}: {}", run.code, run.stderr.trim());
        return;
    }
    check_removed(page, &bench.read_jsonl("removed.jsonl"), about);
    let report = bench.read_jsonl("report.jsonl");
    match report.first() {
        Some(record) => check_report(page, record, about),
        None => about.push_str("  the report is empty\n"),
    }
}

/// Compares the records of `--removed`, spread out to lines, with what the page expects.
fn check_removed(page: &Page, records: &[Value], about: &mut String) {
    let input = spread(&page.input);
    let mut found: BTreeMap<u64, &str> = BTreeMap::new();
    for record in records {
        let (first, last) = (record["line"].as_u64(), record["end_line"].as_u64());
        let category = record["category"].as_str();
        let (Some(first), Some(last), Some(category)) = (first, last, category) else {
            let _ = writeln!(about, "  removed record without its keys: {record}");
            continue;
        };
        for key in ["rule", "reason", "text"] {
            if record[key].as_str().is_none_or(str::is_empty) {
                let _ = writeln!(about, "  line {first}: removed without `{key}`");
            }
        }
        for line in first..=last {
            // A run may reach over blank lines; they are counted as blank, not as removed.
            let text = usize::try_from(line - 1).ok().and_then(|at| input.get(at));
            if text.is_some_and(|text| !text.is_empty()) {
                found.insert(line, category);
            }
        }
    }
    for want in page.removed.iter().filter(|want| !want.span) {
        match found.remove(&want.line) {
            None => {
                let _ = writeln!(
                    about,
                    "  line {} stayed, it is {:?}",
                    want.line,
                    want.category.all()
                );
            }
            Some(category) if !want.category.allows(category) => {
                let allowed = want.category.all();
                let _ = writeln!(
                    about,
                    "  line {} went as {category}, it is {allowed:?}",
                    want.line
                );
            }
            Some(_) => {}
        }
    }
    for (line, category) in found {
        let _ = writeln!(about, "  line {line} went as {category}, it is content");
    }
}

/// The lines of a page with white space cut off, to tell blank ones; UTF-16 pages are decoded first.
fn spread(bytes: &[u8]) -> Vec<String> {
    let text = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.split('\n')
        .map(|line| line.trim().to_owned())
        .collect()
}

/// Checks the report record: it is about this page, its lines add up, its spans are the expected ones.
fn check_report(page: &Page, record: &Value, about: &mut String) {
    if record["status"] != "ok" {
        let _ = writeln!(
            about,
            "  status {}, reason {}",
            record["status"], record["reason"]
        );
    }
    let count = |key: &str| record[key].as_u64().unwrap_or(u64::MAX / 4);
    let sum = |key: &str| -> u64 {
        let counts = record[key].as_object();
        counts.map_or(u64::MAX / 4, |counts| {
            counts.values().filter_map(Value::as_u64).sum()
        })
    };
    let (lines_in, lines_out) = (line_count(&page.input), line_count(&page.output));
    if count("lines_in") != lines_in {
        let _ = writeln!(
            about,
            "  lines_in {}, the page has {lines_in}",
            record["lines_in"]
        );
    }
    if count("lines_out") != lines_out {
        let _ = writeln!(
            about,
            "  lines_out {}, the text has {lines_out}",
            record["lines_out"]
        );
    }
    if count("lines_in") != count("lines_out") + sum("removed") + count("blank_lines") {
        let _ = writeln!(
            about,
            "  lines do not add up: {} in, {} out, {} removed, {} blank",
            record["lines_in"], record["lines_out"], record["removed"], record["blank_lines"]
        );
    }
    let spans: Vec<&Expected> = page.removed.iter().filter(|want| want.span).collect();
    let lines: BTreeSet<u64> = spans.iter().map(|want| want.line).collect();
    if sum("trimmed") != lines.len() as u64 {
        let _ = writeln!(
            about,
            "  trimmed {}, expected in lines {lines:?}",
            record["trimmed"]
        );
    }
    for category in record["trimmed"]
        .as_object()
        .into_iter()
        .flat_map(|all| all.keys())
    {
        if !spans.iter().any(|want| want.category.allows(category)) {
            let _ = writeln!(
                about,
                "  trimmed as {category}, no span of the page is that"
            );
        }
    }
}

/// Line feeds, plus one for an unended last line; UTF-16 pages are decoded first.
fn line_count(bytes: &[u8]) -> u64 {
    let lines = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned().into_bytes(),
        None => bytes.to_vec(),
    };
    let ended = lines.iter().filter(|&&byte| byte == b'\n').count() as u64;
    ended + u64::from(lines.last().is_some_and(|&byte| byte != b'\n'))
}

fn check_twice(page: &Page, about: &mut String) {
    let run = Bench::new().run_with(&["clean", "-"], &page.output);
    if let Some(diff) = line_diff(&page.output, &run.stdout) {
        let _ = write!(about, "  cleaned again (- once, + twice)\n{diff}");
    }
}

#[test]
fn every_page_becomes_its_expected_text() {
    on_every_page(check_text);
}

#[test]
fn every_removal_of_a_page_is_expected_and_accounted_for() {
    on_every_page(check_account);
}

#[test]
fn cleaning_a_clean_page_again_changes_nothing() {
    on_every_page(check_twice);
}

#[test]
fn pages_noted_as_failing_still_fail() {
    let fails = |page: &Page| {
        let mut about = String::new();
        check_text(page, &mut about);
        check_account(page, &mut about);
        check_twice(page, &mut about);
        !about.is_empty()
    };
    let right: Vec<String> = pages()
        .into_iter()
        .filter(|(page, expect)| *expect == Expect::Fail && !fails(page))
        .map(|(page, _)| page.name)
        .collect();
    assert!(
        right.is_empty(),
        "these pages come out right now, set expect = \"pass\" in INDEX.toml: {right:?}"
    );
}

#[test]
fn index_and_folders_agree() {
    let index = index();
    let folders: BTreeSet<String> = fs::read_dir(documents())
        .expect("fixtures/documents is readable")
        .map(|entry| entry.expect("a folder entry is readable"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("names are UTF-8"))
        .collect();
    let named: BTreeSet<String> = index.keys().cloned().collect();
    assert_eq!(
        folders, named,
        "folders on the left, INDEX.toml on the right"
    );
    for (name, entry) in &index {
        assert!(
            entry.about.len() > 10,
            "{name}: `about` says what the page is about"
        );
        assert!(
            !entry.langs.is_empty() && !entry.kind.is_empty(),
            "{name}: langs and kind"
        );
        let page = read_page(name);
        let control = entry.kind == "control";
        assert_eq!(
            control,
            page.removed.is_empty(),
            "{name}: in a control page nothing goes"
        );
        let mut last = 0;
        for want in &page.removed {
            assert!(want.line >= last, "{name}: removed.jsonl is sorted by line");
            assert!(
                want.line <= line_count(&page.input),
                "{name}: line {}",
                want.line
            );
            for category in want.category.all() {
                assert!(
                    CATEGORIES.contains(&category),
                    "{name}: category {category}"
                );
            }
            last = want.line;
        }
    }
}

#[test]
fn clean_files_come_out_byte_for_byte() {
    let mut complaints = String::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(fixtures().join("clean"))
        .expect("fixtures/clean is readable")
        .map(|entry| entry.expect("a folder entry is readable").path())
        .collect();
    paths.sort();
    assert!(
        paths.len() >= 14,
        "fixtures/clean holds only {} files",
        paths.len()
    );
    for path in paths {
        let content = fs::read(&path).expect("a fixture is readable");
        let bench = Bench::new();
        bench.write("in.txt", &content);
        let runs = [
            ("by name", bench.run(&["clean", "in.txt"])),
            (
                "by standard input",
                bench.run_with(&["clean", "-"], &content),
            ),
        ];
        for (how, run) in runs {
            if run.code != 0 {
                let _ = writeln!(complaints, "== {} {how}: exit {}", path.display(), run.code);
            }
            if let Some(diff) = line_diff(&content, &run.stdout) {
                let _ = writeln!(complaints, "== {} {how}\n{diff}", path.display());
            }
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// The scraped articles, where they lie beside the checkout.
const SEEDS: &str = "../shared/eval/seeds";

#[test]
fn the_seed_articles_come_out_as_in_their_gold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(SEEDS);
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let mut complaints = String::new();
    let mut seen = 0;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.expect("seed names are UTF-8");
        let read = |file: PathBuf| {
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        let source = read(path.clone());
        let want = read(folder.join(format!("gold/{stem}.expected.txt")));
        let labels = read(folder.join(format!("gold/{stem}.labels.tsv")));
        let run = Bench::new()
            .run_with(&["clean", "-"], source.as_bytes())
            .succeeded();
        let about = compare_seed(&source, &labels, &want, run.text());
        if !about.is_empty() {
            let _ = writeln!(complaints, "== {stem}\n{about}");
        }
        seen += 1;
    }
    assert!(seen > 0, "{} holds no articles", folder.display());
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// Lines lost and left over, white space folded and blank lines set aside. A line labelled `s` (debatable),
/// or the part of it that the expected text keeps, may be there or not.
fn compare_seed(source: &str, labels: &str, want: &str, got: &str) -> String {
    let fold = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let source: Vec<String> = source.split('\n').map(fold).collect();
    let free: Vec<&str> = labels
        .lines()
        .skip(1)
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let line: usize = cells.next()?.parse().ok()?;
            (cells.next()? == "s").then(|| source.get(line - 1).map(String::as_str))?
        })
        .filter(|line| !line.is_empty())
        .collect();
    let is_free = |line: &str| free.iter().any(|free| free.starts_with(line));
    let count = |text: &str| {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for line in text.split('\n').map(fold).filter(|line| !line.is_empty()) {
            *counts.entry(line).or_default() += 1;
        }
        counts
    };
    let (want, got) = (count(want), count(got));
    let mut about = String::new();
    for line in want.keys().chain(got.keys()).collect::<BTreeSet<_>>() {
        let more = got.get(line).unwrap_or(&0) - want.get(line).unwrap_or(&0);
        if more != 0 && !is_free(line) {
            let what = if more < 0 { "lost" } else { "left over" };
            let _ = writeln!(
                about,
                "  {what}: {}",
                line.chars().take(120).collect::<String>()
            );
        }
    }
    about
}
