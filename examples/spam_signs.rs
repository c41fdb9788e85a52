//! The features of spam of each line of standard input, as a JSON object per line.
//!
//! `src/spam/data/train.py` reads them: the program that scores is the one that measures.

use std::io::{BufRead, BufWriter, Write};

use limpio::{Pipeline, Stage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pipeline = Pipeline::builder().only(&[Stage::Spam]).build()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let signs: serde_json::Map<_, _> = pipeline
            .spam_signs(&line?)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        writeln!(out, "{}", serde_json::Value::Object(signs))?;
    }
    out.flush()?;
    Ok(())
}
