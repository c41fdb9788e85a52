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

use common::pages::{
    CATEGORIES, Expect, Expected, Page, documents, index, index_of, line_count, pages, read_page,
    spread,
};
use common::{Bench, fixtures, line_diff, parse_jsonl};
use serde_json::Value;

/// Runs `check` on every page and fails with all complaints about those that should pass, together.
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
    let run =
        bench.run(&["clean", "in.txt", "--removed", "removed.jsonl", "--report", "report.jsonl"]);
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
    let lines = spread(&page.input);
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
        let run = first..=last;
        // A run may reach over blank lines; they are counted as blank, not as removed.
        let filled = run.filter_map(|line| Some((line, lines.get(index_of(line)?)?)));
        let filled: Vec<(u64, &String)> = filled.filter(|(_, text)| !text.is_empty()).collect();
        let told = spread(record["text"].as_str().unwrap_or_default().as_bytes());
        let told = told.iter().filter(|text| !text.is_empty());
        if !told.eq(filled.iter().map(|(_, text)| *text)) {
            let _ = writeln!(
                about,
                "  line {first}: `text` is not as in the input: {}",
                record["text"]
            );
        }
        found.extend(filled.iter().map(|(line, _)| (*line, category)));
    }
    for want in page.removed.iter().filter(|want| !want.span) {
        match found.remove(&want.line) {
            None => {
                let _ =
                    writeln!(about, "  line {} stayed, it is {:?}", want.line, want.category.all());
            }
            Some(category) if !want.category.allows(category) => {
                let allowed = want.category.all();
                let _ =
                    writeln!(about, "  line {} went as {category}, it is {allowed:?}", want.line);
            }
            Some(_) => {}
        }
    }
    for (line, category) in found {
        let _ = writeln!(about, "  line {line} went as {category}, it is content");
    }
}

/// Checks the report record: it is about this page, its lines add up, its spans are the expected ones.
fn check_report(page: &Page, record: &Value, about: &mut String) {
    if record["status"] != "ok" {
        let _ = writeln!(about, "  status {}, reason {}", record["status"], record["reason"]);
    }
    let count = |key: &str| record[key].as_u64().unwrap_or(u64::MAX / 4);
    let sum = |key: &str| -> u64 {
        let counts = record[key].as_object();
        counts.map_or(u64::MAX / 4, |counts| counts.values().filter_map(Value::as_u64).sum())
    };
    let (lines_in, lines_out) = (line_count(&page.input), line_count(&page.output));
    if count("lines_in") != lines_in {
        let _ = writeln!(about, "  lines_in {}, the page has {lines_in}", record["lines_in"]);
    }
    if count("lines_out") != lines_out {
        let _ = writeln!(about, "  lines_out {}, the text has {lines_out}", record["lines_out"]);
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
        let _ = writeln!(about, "  trimmed {}, expected in lines {lines:?}", record["trimmed"]);
    }
    for category in record["trimmed"].as_object().into_iter().flat_map(|all| all.keys()) {
        if !spans.iter().any(|want| want.category.allows(category)) {
            let _ = writeln!(about, "  trimmed as {category}, no span of the page is that");
        }
    }
}

fn check_twice(page: &Page, about: &mut String) {
    let run = Bench::new().run_with(&["clean", "-"], &page.output);
    if let Some(diff) = line_diff(&page.output, &run.stdout) {
        let _ = write!(about, "  cleaned again (- once, + twice)\n{diff}");
    }
}

/// At the cautious level fewer lines may go, never others.
fn check_cautious(page: &Page, about: &mut String) {
    let bench = Bench::new();
    bench.write("in.txt", &page.input);
    let run = bench.run(&["clean", "in.txt", "--level", "cautious", "--removed", "removed.jsonl"]);
    if run.code != 0 {
        let _ = writeln!(about, "  exit {}: {}", run.code, run.stderr.trim());
        return;
    }
    let lines = spread(&page.input);
    let expected: BTreeSet<u64> = page.removed.iter().map(|want| want.line).collect();
    for record in bench.read_jsonl("removed.jsonl") {
        let (first, last) = (record["line"].as_u64(), record["end_line"].as_u64());
        for line in first.unwrap_or(1)..=last.unwrap_or(0) {
            let blank = index_of(line).and_then(|at| lines.get(at)).is_none_or(String::is_empty);
            if !blank && !expected.contains(&line) {
                let _ =
                    writeln!(about, "  line {line} went as {}, it is content", record["category"]);
            }
        }
    }
}

#[test]
fn the_cautious_level_removes_nothing_that_should_stay() {
    on_every_page(check_cautious);
}

#[test]
fn pages_come_out_alike_as_json_lines() {
    let mut records = String::new();
    let mut wanted = Vec::new();
    for (page, expect) in pages() {
        // A JSON string has no bytes to decode: pages whose point is their encoding stay out.
        let plain =
            std::str::from_utf8(&page.input).ok().filter(|text| !text.starts_with('\u{feff}'));
        if let (Expect::Pass, Some(text)) = (expect, plain) {
            let record = serde_json::json!({"id": page.name, "text": text});
            let _ = writeln!(records, "{record}");
            wanted.push(page);
        }
    }
    let run = Bench::new().run_with(&["clean", "-", "--format", "jsonl"], records.as_bytes());
    let run = run.succeeded();
    let found = parse_jsonl(&run.stdout).expect("JSON Lines come out");
    assert_eq!(found.len(), wanted.len(), "one record out for one in");
    let mut complaints = String::new();
    for (page, record) in wanted.iter().zip(&found) {
        let text = record["text"].as_str().unwrap_or_default();
        assert_eq!(record["id"], page.name, "records keep their order");
        if let Some(diff) = line_diff(&page.output, text.as_bytes()) {
            let _ = writeln!(complaints, "== {}\n{diff}", page.name);
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
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
    assert_eq!(folders, named, "folders on the left, INDEX.toml on the right");
    for (name, entry) in &index {
        assert!(entry.about.len() > 10, "{name}: `about` says what the page is about");
        assert!(!entry.langs.is_empty() && !entry.kind.is_empty(), "{name}: langs and kind");
        let page = read_page(name);
        let control = entry.kind == "control";
        assert_eq!(control, page.removed.is_empty(), "{name}: in a control page nothing goes");
        let mut last = 0;
        for want in &page.removed {
            assert!(want.line >= last, "{name}: removed.jsonl is sorted by line");
            assert!(want.line <= line_count(&page.input), "{name}: line {}", want.line);
            for category in want.category.all() {
                assert!(CATEGORIES.contains(&category), "{name}: category {category}");
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
    assert!(paths.len() >= 14, "fixtures/clean holds only {} files", paths.len());
    for path in paths {
        let content = fs::read(&path).expect("a fixture is readable");
        let bench = Bench::new();
        bench.write("in.txt", &content);
        let runs = [
            ("by name", bench.run(&["clean", "in.txt"])),
            ("by standard input", bench.run_with(&["clean", "-"], &content)),
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
        let run = Bench::new().run_with(&["clean", "-"], source.as_bytes()).succeeded();
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
            let _ = writeln!(about, "  {what}: {}", shortened(line));
        }
    }
    about
}

/// Both ends of a long line, where it is recognised and where it differs most often.
fn shortened(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    match chars.len() {
        0..=150 => line.to_owned(),
        length => {
            let (head, tail) = (&chars[..80], &chars[length - 65..]);
            head.iter().chain(&['…']).chain(tail).collect()
        }
    }
}
