//! Tokens and features of labelled lines, for the script that trains the line model.
//!
//! `line_model tokens DOCS.jsonl OUT` writes the tokens of every non-blank line: a count and then
//! the tokens, as little-endian u32. `line_model features DOCS.jsonl SCORES OUT` reads a text score
//! (i32) for every line and writes its features (i32). `line_model names` lists these, those that the sieve
//! may ask for on the first line. Records of
//! DOCS.jsonl have `text` and `site`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use limpio::train::{Extractor, feature_names, first_feature_count};

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["names"] => {
            let (first, rest) = feature_names().split_at(first_feature_count());
            println!("{}\n{}", first.join(" "), rest.join(" "));
            Ok(())
        }
        ["tokens", docs, out] => tokens(docs, out),
        ["features", docs, scores, out] => features(docs, scores, out),
        _ => Err("usage: line_model names | tokens DOCS OUT | features DOCS SCORES OUT".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("line_model: {error}");
            ExitCode::FAILURE
        }
    }
}

fn documents(path: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut documents = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        let record: serde_json::Value = serde_json::from_str(&line?)?;
        let field = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        documents.push((field("text"), field("site")));
    }
    Ok(documents)
}

fn tokens(docs: &str, out: &str) -> Result<(), Failure> {
    let mut extractor = Extractor::new();
    let mut out = BufWriter::new(File::create(out)?);
    for (text, _) in documents(docs)? {
        for tokens in extractor.tokens(&text) {
            out.write_all(&(tokens.len() as u32).to_le_bytes())?;
            for token in tokens {
                out.write_all(&token.to_le_bytes())?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

fn features(docs: &str, scores: &str, out: &str) -> Result<(), Failure> {
    let bytes = fs::read(scores)?;
    let mut scores = bytes
        .chunks_exact(4)
        .map(|bytes| i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let documents = documents(docs)?;
    let mut extractor = Extractor::new();
    for (text, site) in &documents {
        extractor.note_phrases(text, site);
    }
    let mut out = BufWriter::new(File::create(out)?);
    for (text, site) in &documents {
        let lines = text.split('\n').filter(|line| !line.trim().is_empty()).count();
        let scores: Vec<i32> = scores.by_ref().take(lines).collect();
        for row in extractor.features(text, site, &scores) {
            for value in row {
                out.write_all(&value.to_le_bytes())?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
