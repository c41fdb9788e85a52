//! Records: any bytes are cut into the same lines whatever the reads; a record that is read is read
//! as any JSON parser reads it, and everything but what is spliced in stays.

#![no_main]

#[path = "../../src/io/mod.rs"]
#[allow(dead_code)]
mod io;

use std::io::Read;

use encoding_rs::{Encoding, SHIFT_JIS, UTF_16LE, WINDOWS_1252};
use libfuzzer_sys::fuzz_target;
use limpio_fuzz::{choices, pick, read_sizes};
use serde_json::Value;

use io::jsonl::{Block, Blocks, Fields, Record, lines};
use io::transcode::Transcoder;

fuzz_target!(|data: &[u8]| {
    let Some(([which, reads], bytes)) = choices(data) else { return };
    let named: Option<&'static Encoding> =
        pick(&[None, None, None, Some(WINDOWS_1252), Some(UTF_16LE), Some(SHIFT_JIS)], which);
    let whole = records(bytes, named, vec![usize::MAX], false);
    assert_eq!(records(bytes, named, read_sizes(reads), true), whole);
    assert_eq!(records(bytes, named, vec![1], which.is_multiple_of(2)), whole);
    let fields = Fields { text: "text".into(), id: "id".into(), site: Some("url".into()) };
    for line in whole.iter().flat_map(|whole| whole.split(|byte| *byte == b'\n')) {
        check_record(line, &fields);
    }
});

/// The bytes of all blocks, which hold whole lines; `None` if the encoding is refused.
fn records(
    bytes: &[u8],
    named: Option<&'static Encoding>,
    sizes: Vec<usize>,
    eager: bool,
) -> Option<Vec<u8>> {
    let reads = Reads { bytes: bytes.to_vec(), from: 0, sizes, next: 0 };
    let mut whole = Vec::new();
    let mut next_line = 1;
    for block in Blocks::new(Transcoder::new(Box::new(reads), named), eager) {
        let Block { first_line, bytes } = block.ok()?;
        assert_eq!(first_line, next_line);
        assert!(whole.is_empty() || whole.ends_with(b"\n"), "a block starts inside of a line");
        let rejoined: Vec<u8> =
            lines(&bytes).flat_map(|(line, end)| [line, end].concat()).collect();
        assert_eq!(rejoined, bytes);
        next_line += lines(&bytes).count() as u64;
        whole.extend(bytes);
    }
    Some(whole)
}

fn check_record(line: &[u8], fields: &Fields) {
    let Ok(record) = Record::parse(line, fields) else { return };
    let text = std::str::from_utf8(line).expect("records are UTF-8");
    assert_eq!(spliced(&record, None, None), text);
    let (before, lost) = record.text();
    let parsed: Result<Value, _> = serde_json::from_str(text);
    // Other parsers refuse lone surrogates, deep nesting and numbers out of range.
    if let Ok(parsed) = &parsed {
        assert_eq!(lost, 0);
        assert_eq!(parsed["text"], *before);
        if let Some(Value::String(url)) = parsed.get("url") {
            assert_eq!(record.site().as_deref(), Some(&**url));
        }
    }
    let new = "ñ \u{1} \"quoted\" \\ \u{1f600}\n";
    for (text, annotation) in
        [(Some(new), None), (None, Some("{\"v\":[1]}")), (Some(new), Some("{\"v\":[1]}"))]
    {
        let spliced = spliced(&record, text, annotation);
        let again = Record::parse(spliced.as_bytes(), fields).expect("it stays a record");
        assert_eq!(again.text().0, text.unwrap_or(&before));
        assert_eq!(again.id(), record.id());
        if let Ok(parsed) = &parsed {
            let mut expected = parsed.clone();
            let found: Value = serde_json::from_str(&spliced).expect("it stays JSON");
            if let Some(text) = text {
                expected["text"] = text.into();
            }
            if annotation.is_some() {
                expected["limpio"] = serde_json::json!({"v": [1]});
            }
            assert_eq!(found, expected);
        }
    }
}

/// Gives so many bytes per read.
struct Reads {
    bytes: Vec<u8>,
    from: usize,
    sizes: Vec<usize>,
    next: usize,
}

impl Read for Reads {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()].max(1);
        self.next += 1;
        let length = size.min(into.len()).min(self.bytes.len() - self.from);
        into[..length].copy_from_slice(&self.bytes[self.from..self.from + length]);
        self.from += length;
        Ok(length)
    }
}

fn spliced(record: &Record<'_>, text: Option<&str>, annotation: Option<&str>) -> String {
    let mut out = Vec::new();
    record.splice(text, annotation, &mut out);
    String::from_utf8(out).expect("a record is UTF-8")
}
