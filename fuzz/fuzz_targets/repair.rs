//! Mojibake and normalisation: repairing twice is repairing once, with the defaults and with any
//! settings of normalisation; plain text is left alone.

#![no_main]

use std::borrow::Cow;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use limpio::{
    Bidi, BlankLines, Dashes, Emoji, Entities, Form, Hyphens, Normalization, Pipeline, Quotes,
    Spaces, Stage, ZeroWidth,
};
use limpio_fuzz::{check_accounts, choices, clean_in_reads, pick, read_sizes};
use unicode_normalization::is_nfc;

fuzz_target!(|data: &[u8]| {
    let Some(([a, b, reads], bytes)) = choices(data) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    static REPAIRING: OnceLock<Pipeline> = OnceLock::new();
    let repairing = REPAIRING.get_or_init(|| pipeline_of(&[Stage::Mojibake, Stage::Normalize]));
    static NORMALIZING: OnceLock<Pipeline> = OnceLock::new();
    let normalizing = NORMALIZING.get_or_init(|| pipeline_of(&[Stage::Normalize]));

    let cleaned = repairing.clean(text);
    assert!(is_nfc(&cleaned.text), "{:?}", cleaned.text);
    let fresh = normalizing.clean(text).text.into_owned();
    let once = repairing.clean(&fresh).text.into_owned();
    let twice = repairing.clean(&once);
    assert_eq!(twice.text, once);
    assert!(matches!(twice.text, Cow::Borrowed(_)));
    if is_plain(text) {
        assert_eq!(cleaned.text, text);
    }
    let whole = clean_in_reads(repairing, bytes, &[usize::MAX]);
    check_accounts(&whole, bytes.len());
    assert_eq!(clean_in_reads(repairing, bytes, &read_sizes(reads)), whole);

    let how = Normalization {
        form: pick(Form::ALL, a),
        entities: pick(Entities::ALL, a / 3),
        zero_width: pick(ZeroWidth::ALL, a / 9),
        emoji: pick(Emoji::ALL, a / 27),
        bidi: pick(Bidi::ALL, a / 54),
        spaces: pick(Spaces::ALL, b),
        hyphens: pick(Hyphens::ALL, b / 2),
        quotes: pick(Quotes::ALL, b / 4),
        dashes: pick(Dashes::ALL, b / 8),
        blank_lines: pick(BlankLines::ALL, b / 16),
    };
    let builder = Pipeline::builder().only(&[Stage::Normalize]).normalization(how);
    let normalizing = builder.build().expect("one stage builds");
    let once = normalizing.clean(text).text.into_owned();
    assert_eq!(normalizing.clean(&once).text, once, "{how:?}");
});

fn pipeline_of(stages: &[Stage]) -> Pipeline {
    Pipeline::builder().only(stages).build().expect("stages build")
}

/// Lines of visible ASCII without an entity, none of them blank: nothing to repair.
fn is_plain(text: &str) -> bool {
    let is_visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic() && byte != b'&';
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.split('\n')
        .all(|line| !line.is_empty() && !line.ends_with(' ') && line.bytes().all(is_visible))
}
