//! The whole pipeline: the promises of the README on any bytes.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use limpio::lang::{Detector, Language};
use limpio::{Hyphens, Level, Normalization, Pipeline, Status};
use limpio_fuzz::{check_accounts, choices, clean_in_reads, read_sizes};

fuzz_target!(|data: &[u8]| {
    let Some(([which, reads], bytes)) = choices(data) else { return };
    let pipeline = &pipelines()[which % pipelines().len()];
    let whole = clean_in_reads(pipeline, bytes, &[usize::MAX]);
    check_accounts(&whole, bytes.len());
    assert_eq!(clean_in_reads(pipeline, bytes, &read_sizes(reads)), whole);
    if bytes.len() < 1024 {
        assert_eq!(clean_in_reads(pipeline, bytes, &[1]), whole);
    }
    if whole.report.status == Status::Skipped {
        return;
    }
    assert!(!whole.text.contains('\r') && !whole.text.contains("\n\n\n"));
    assert!(!whole.text.starts_with('\n'));
    assert!(whole.text.lines().all(|line| line.trim_end() == line));

    // What sinks see of a document is also what the call for one document gives.
    let from_slice = pipeline.clean_bytes(bytes);
    assert_eq!(from_slice.text, whole.text);
    assert_eq!(from_slice.report, whole.report);

    let mut end = 0;
    for span in Detector::shared().spans(&whole.text) {
        assert_eq!(span.start, end, "spans have no gaps");
        assert!(whole.text.is_char_boundary(span.end) && span.end > span.start);
        end = span.end;
    }
    assert_eq!(end, whole.text.len());
});

fn pipelines() -> &'static [Pipeline] {
    static PIPELINES: OnceLock<Vec<Pipeline>> = OnceLock::new();
    PIPELINES.get_or_init(|| {
        let joining = Normalization { hyphens: Hyphens::Join, ..Normalization::default() };
        let builders = [
            Pipeline::builder(),
            Pipeline::builder().level(Level::Aggressive),
            Pipeline::builder().level(Level::Cautious).count_languages(true),
            Pipeline::builder().langs(&[Language::Es]),
            Pipeline::builder().normalization(joining).drop_spam_documents(Some(0.8)),
        ];
        builders.map(|builder| builder.build().expect("known settings build")).into()
    })
}
