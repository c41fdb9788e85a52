//! Language identifiers on the same texts, for the tables of `docs/languages.md`.
//!
//!     peers label ENGINE < texts.jsonl      records as `limpio langs --format jsonl` writes them
//!     peers speed FILE.txt                  MB/s of every engine over the lines of a file, in one run
//!
//! ENGINE is `limpio`, `whichlang`, `whatlang`, `lingua` or `lingua-spans`. An engine that labels whole
//! texts is asked sentence by sentence where spans are wanted, which is how it does best on documents;
//! `lingua-spans` uses the span mode of lingua instead.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use limpio::lang::Detector;
use lingua::{Language, LanguageDetector, LanguageDetectorBuilder};
use serde_json::{Value, json};

/// Runs of which the fastest counts: other programs only ever make one slower.
const RUNS: usize = 9;

/// The place of whichlang among the engines of [`speed`].
const WHICHLANG: usize = 2;

/// Lines that are timed together: short enough for a quiet moment, and a megabyte long.
const SLICE_LINES: usize = 15_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["label", engine] => label(engine),
        ["speed", file] => speed(file),
        _ => Err(io::Error::other("peers label ENGINE < texts.jsonl, or peers speed FILE.txt")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn lingua() -> LanguageDetector {
    LanguageDetectorBuilder::from_all_languages().with_preloaded_language_models().build()
}

fn short(code: &str) -> &'static str {
    match code {
        "spa" | "es" => "es",
        "eng" | "en" => "en",
        _ => "other",
    }
}

fn of_lingua(language: Option<Language>) -> &'static str {
    match language {
        Some(Language::Spanish) => "es",
        Some(Language::English) => "en",
        Some(_) => "other",
        None => "none",
    }
}

/// A name of a language for a whole text.
fn namer(engine: &str) -> io::Result<Box<dyn Fn(&str) -> &'static str>> {
    Ok(match engine {
        "limpio" => Box::new(|text| Detector::shared().document(text).lang.as_str()),
        "whichlang" => Box::new(|text| short(whichlang::detect_language(text).three_letter_code())),
        "whatlang" => {
            Box::new(|text| whatlang::detect_lang(text).map_or("none", |lang| short(lang.code())))
        }
        "lingua" | "lingua-spans" => {
            let detector = lingua();
            Box::new(move |text| of_lingua(detector.detect_language_of(text)))
        }
        _ => return Err(io::Error::other(format!("no engine {engine}"))),
    })
}

/// Sentences and lines, with nothing left out between them.
fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut ended = false;
    for (at, c) in text.char_indices() {
        if ended && !c.is_whitespace() {
            parts.push((start, at));
            (start, ended) = (at, false);
        }
        let next = text[at + c.len_utf8()..].chars().next();
        ended |=
            c == '\n' || matches!(c, '.' | '!' | '?' | '…') && next.is_none_or(char::is_whitespace);
    }
    if start < text.len() {
        parts.push((start, text.len()));
    }
    parts
}

fn label(engine: &str) -> io::Result<()> {
    let name = namer(engine)?;
    let spanner = (engine == "lingua-spans").then(lingua);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let record: Value = serde_json::from_str(&line?)?;
        let text = record["text"].as_str().unwrap_or_default();
        let spans: Vec<(usize, usize, &str)> = match (engine, &spanner) {
            ("limpio", _) => Detector::shared()
                .spans(text)
                .iter()
                .map(|span| (span.start, span.end, span.lang.as_str()))
                .collect(),
            (_, Some(detector)) => detector
                .detect_multiple_languages_of(text)
                .iter()
                .map(|part| {
                    (part.start_index(), part.end_index(), of_lingua(Some(part.language())))
                })
                .collect(),
            _ => {
                let parts = sentences(text).into_iter();
                parts.map(|(start, end)| (start, end, name(&text[start..end]))).collect()
            }
        };
        let mut letters = [0usize; 3];
        for (start, end, lang) in &spans {
            if let Some(place) = ["es", "en", "other"].iter().position(|known| known == lang) {
                letters[place] += text[*start..*end].chars().filter(|c| c.is_alphabetic()).count();
            }
        }
        let total = letters.iter().sum::<usize>().max(1) as f64;
        let [es, en, other] = letters.map(|count| count as f64 / total);
        let spans: Vec<Value> = spans
            .iter()
            .map(|(start, end, lang)| json!({"start": start, "end": end, "lang": lang}))
            .collect();
        let record = json!({
            "id": record["id"],
            "lang": name(text),
            "shares": {"es": es, "en": en, "other": other},
            "spans": spans,
        });
        writeln!(out, "{record}")?;
    }
    out.flush()
}

fn speed(file: &str) -> io::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut out = io::stdout().lock();
    writeln!(out, "{} lines, {} bytes, best of {RUNS} runs", lines.len(), text.len())?;
    let detector = Detector::shared();
    let named = |engine: &str| namer(engine);
    let (which, what, ling) = (named("whichlang")?, named("whatlang")?, named("lingua")?);
    type Work<'w> = Box<dyn Fn(&str) + 'w>;
    let engines: [(&str, bool, Work<'_>); 5] = [
        (
            "limpio, spans of each line",
            false,
            Box::new(|line| drop(black_box(detector.spans(line)))),
        ),
        ("limpio, label of each line", false, Box::new(|line| _ = black_box(detector.line(line)))),
        ("whichlang", false, Box::new(|line| _ = black_box(which(line)))),
        ("whatlang", true, Box::new(|line| _ = black_box(what(line)))),
        ("lingua", true, Box::new(|line| _ = black_box(ling(line)))),
    ];
    let mut total = [Duration::ZERO; 5];
    let mut bytes = [0; 5];
    for (index, slice) in lines.chunks(SLICE_LINES).enumerate() {
        // One engine after the other on the same lines, so that a busy moment hits all.
        let mut best = [Duration::MAX; 5];
        for _ in 0..RUNS {
            for ((_, is_slow, work), best) in engines.iter().zip(&mut best) {
                let read = part(slice, *is_slow, index);
                let start = Instant::now();
                read.iter().for_each(|line| work(line));
                *best = start.elapsed().min(*best);
            }
        }
        for (engine, best) in best.into_iter().enumerate() {
            total[engine] += best;
            let read = part(slice, engines[engine].1, index).iter();
            bytes[engine] += read.map(|line| line.len() + 1).sum::<usize>();
        }
    }
    let speed = |engine: usize| bytes[engine] as f64 / 1e6 / total[engine].as_secs_f64();
    for (engine, (name, ..)) in engines.iter().enumerate() {
        let times = speed(engine) / speed(WHICHLANG);
        writeln!(out, "{name:28} {:8.1} MB/s {times:8.2} x whichlang", speed(engine))?;
    }
    Ok(())
}

/// The lines that an engine reads of a slice: slow ones read fewer, and only of the first.
fn part<'l, 't>(slice: &'l [&'t str], is_slow: bool, index: usize) -> &'l [&'t str] {
    match (is_slow, index) {
        (false, _) => slice,
        (true, 0) => &slice[..slice.len() / 50],
        (true, _) => &[],
    }
}
