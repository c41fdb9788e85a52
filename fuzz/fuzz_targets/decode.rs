//! Decoding, and cutting into lines: any bytes become text, whatever the reads; text is decoded
//! already.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use limpio::{Pipeline, Status};
use limpio_fuzz::{ENCODINGS, check_accounts, choices, clean_in_reads, read_sizes};

fuzz_target!(|data: &[u8]| {
    let Some(([encoding, reads], bytes)) = choices(data) else { return };
    static PIPELINES: OnceLock<Vec<Pipeline>> = OnceLock::new();
    let pipelines = PIPELINES.get_or_init(|| {
        let pipeline = |label: &&str| {
            let builder = Pipeline::builder().only(&[]).encoding(label).expect("a known label");
            builder.build().expect("decoding alone builds")
        };
        ENCODINGS.iter().map(pipeline).collect()
    });
    let pipeline = &pipelines[encoding % pipelines.len()];
    let whole = clean_in_reads(pipeline, bytes, &[usize::MAX]);
    check_accounts(&whole, bytes.len());
    assert_eq!(clean_in_reads(pipeline, bytes, &read_sizes(reads)), whole);
    assert_eq!(clean_in_reads(pipeline, bytes, &[1]), whole);

    let from_slice = pipeline.clean_bytes(bytes);
    assert_eq!(from_slice.report, whole.report);
    if whole.report.status != Status::Skipped {
        assert_eq!(from_slice.text, whole.text);
    }

    // What came out is UTF-8 and reads as that: decoding twice is decoding once.
    if encoding % pipelines.len() == 0 && !whole.text.contains('\0') {
        assert_eq!(pipeline.clean_bytes(whole.text.as_bytes()).text, whole.text);
    }
});
