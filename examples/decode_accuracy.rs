//! Decodes samples for `benches/decode_accuracy.py`: one line of hexadecimal digits in, one JSON
//! object out, with what limpio and `chardetng` alone make of the bytes.
//!
//! `chardetng` alone means: fed all bytes at once, UTF-8 and ISO-2022-JP allowed, a byte order mark
//! obeyed by `encoding_rs`.

use std::io::{self, BufRead, BufWriter, Write};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use limpio::{Pipeline, Stage};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let pipeline = Pipeline::builder().skip(Stage::ALL).build().map_err(io::Error::other)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let bytes = bytes_of(&line?).ok_or_else(|| io::Error::other("no hexadecimal line"))?;
        let answer = json!({ "limpio": limpio(&pipeline, &bytes), "chardetng": chardetng(&bytes) });
        writeln!(out, "{answer}")?;
    }
    out.flush()
}

fn limpio(pipeline: &Pipeline, bytes: &[u8]) -> Value {
    let cleaned = pipeline.clean_bytes(bytes);
    json!({ "encoding": cleaned.report.encoding, "text": cleaned.text })
}

fn chardetng(bytes: &[u8]) -> Value {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let (text, encoding, _) = detector.guess(None, Utf8Detection::Allow).decode(bytes);
    json!({ "encoding": encoding.name().to_ascii_lowercase(), "text": text })
}

fn bytes_of(line: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = line.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}
