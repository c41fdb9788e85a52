//! The promises, on text and bytes that nobody thought of.

use std::borrow::Cow;
use std::io;
use std::sync::OnceLock;

use limpio::{
    Bidi, Dashes, Emoji, Entities, Form, Hyphens, Line, Normalization, Pipeline, Quotes, Report,
    Sink, Spaces, Stage, TextSink, Verdict, ZeroWidth,
};
use proptest::prelude::*;

fn pipeline() -> &'static Pipeline {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    PIPELINE.get_or_init(|| Pipeline::builder().build().expect("the defaults build"))
}

fn repairing() -> &'static Pipeline {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    PIPELINE.get_or_init(|| {
        let builder = Pipeline::builder().only(&[Stage::Mojibake, Stage::Normalize]);
        builder.build().expect("two stages build")
    })
}

/// With the defaults, or with divided words joined.
fn pipeline_that(joins: bool) -> &'static Pipeline {
    static JOINING: OnceLock<Pipeline> = OnceLock::new();
    if !joins {
        return pipeline();
    }
    JOINING.get_or_init(|| {
        let how = Normalization { hyphens: Hyphens::Join, ..Normalization::default() };
        Pipeline::builder().normalization(how).build().expect("a setting builds")
    })
}

/// Pieces of scraped pages: prose, boilerplate, mojibake, markup, odd characters, line ends.
fn scraps() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("The committee met on Tuesday and agreed to postpone the vote until the figures \
                   had been checked by somebody who had not taken part in the work. "),
        4 => Just("La comisión se reunió el martes y acordó aplazar la votación hasta que alguien \
                   ajeno al trabajo revisara las cifras con calma. "),
        1 => Just("Leave a Reply"),
        1 => Just("Your email address will not be published. Required fields are marked *"),
        1 => Just("Suscríbete a nuestro boletín"),
        1 => Just("Related Posts"),
        1 => Just("Facebook"),
        1 => Just("spot_img"),
        1 => Just("[INTERNAL:slug|A link]"),
        1 => Just("maÃ±ana â€œsÃ\u{AD}â€\u{9d} cafÃ©"),
        1 => Just("Ā\u{a0}šŸš€ āœļø"),
        1 => Just("ÃƒÂ±andÃƒÂº"),
        1 => Just("&amp;lt;b&gt; &nbsp; &#233;"),
        1 => Just("<p>markup</p>"),
        1 => Just("e\u{301}\u{200b}\u{feff}\u{ad}\u{1b}[31m\u{85}\u{0}"),
        1 => Just("\u{2028}\u{3000} \t "),
        1 => Just("caf&eacute t&amp;eacute &ntildeol &#233 &amp &#10;&NewLine;x = &map;"),
        1 => Just("a\u{8}a_\u{8}b\u{b}c\u{c}\u{85}d\u{1b}]0;"),
        1 => Just("&"),
        1 => Just(";"),
        1 => Just("amp"),
        1 => Just("#38"),
        1 => Just("\u{8}"),
        1 => Just("\u{37e}\u{323}\u{301}\u{200c}\u{fe0f}\u{200d}👩"),
        1 => Just("holaÃ\t"),
        1 => Just("\u{200c}Ã\u{a0}"),
        1 => Just("ñ&Atilde;ñ\t\u{ad}"),
        2 => Just("trade between inter-\nnational partners"),
        1 => Just("\nuna expli\u{ad}\n"),
        1 => Just("cación ins-\n"),
        1 => Just("titu- ción per-\n"),
        4 => Just("\n"),
        3 => Just("\n\n"),
        1 => Just("\r\n"),
        1 => Just("\r"),
        1 => Just(" \u{a0}\n"),
    ];
    let any =
        prop_oneof![8 => piece.prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => any::<String>()];
    prop::collection::vec(any, 0..40).prop_map(|pieces| pieces.concat())
}

/// Every combination of a few settings that work on the same characters.
fn normalizations() -> impl Strategy<Value = Normalization> {
    let pick = (
        prop::sample::select(Form::ALL),
        prop::sample::select(Entities::ALL),
        prop::sample::select(ZeroWidth::ALL),
        prop::sample::select(Emoji::ALL),
        prop::sample::select(Bidi::ALL),
        prop::sample::select(Spaces::ALL),
        any::<bool>(),
        prop::sample::select(Hyphens::ALL),
    );
    pick.prop_map(|(form, entities, zero_width, emoji, bidi, spaces, folds, hyphens)| {
        Normalization {
            form,
            entities,
            zero_width,
            emoji,
            bidi,
            spaces,
            hyphens,
            quotes: if folds { Quotes::Straight } else { Quotes::Keep },
            dashes: if folds { Dashes::Ascii } else { Dashes::Keep },
            ..Normalization::default()
        }
    })
}

/// Pushes the bytes in chunks of the given sizes, again and again.
fn clean_in_chunks(pipeline: &Pipeline, bytes: &[u8], sizes: &[usize]) -> (Vec<u8>, Report) {
    let mut cleaner = pipeline.cleaner();
    let mut sink = TextSink::new(Vec::new());
    let mut rest = bytes;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(1).clamp(1, rest.len());
        let (now, later) = rest.split_at(size);
        cleaner.push(now, &mut sink).expect("a vector takes every byte");
        rest = later;
    }
    let report = cleaner.finish(&mut sink).expect("a vector takes every byte");
    (sink.into_inner(), report)
}

/// Notes every line that a sink sees.
#[derive(Default)]
struct Seen {
    /// Number, original, verdict.
    lines: Vec<(u64, String, Verdict)>,
}

impl Sink for Seen {
    fn line(&mut self, line: &Line<'_>, verdict: &Verdict) -> io::Result<()> {
        self.lines.push((line.number, line.original.to_owned(), verdict.clone()));
        Ok(())
    }
}

/// Line ends counted as the report does: LF, CRLF, CR, several CRs before one LF.
fn lines_of(text: &str) -> Vec<String> {
    let mut unified = String::new();
    let mut carriage_returns = 0;
    for c in text.chars() {
        match c {
            '\r' => carriage_returns += 1,
            '\n' => {
                unified.push('\n');
                carriage_returns = 0;
            }
            _ => {
                unified.push_str(&"\n".repeat(std::mem::take(&mut carriage_returns)));
                unified.push(c);
            }
        }
    }
    unified.push_str(&"\n".repeat(carriage_returns));
    let mut lines: Vec<String> = unified.split('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// As many cases as `PROPTEST_CASES` says, or 192: whole pipelines take their time.
fn config() -> ProptestConfig {
    let config = ProptestConfig { max_global_rejects: 1 << 20, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases: 192, ..config },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_come_out_as_text_whatever_the_reads(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        sizes in prop::collection::vec(1usize..40, 1..6),
    ) {
        let whole = clean_in_chunks(pipeline(), &bytes, &[bytes.len().max(1)]);
        prop_assert!(std::str::from_utf8(&whole.0).is_ok());
        prop_assert_eq!(clean_in_chunks(pipeline(), &bytes, &sizes), whole);
    }

    #[test]
    fn chunks_do_not_show(
        joins: bool,
        text in scraps(),
        sizes in prop::collection::vec(1usize..200, 1..8),
    ) {
        let whole = clean_in_chunks(pipeline_that(joins), text.as_bytes(), &[text.len().max(1)]);
        prop_assert_eq!(&clean_in_chunks(pipeline_that(joins), text.as_bytes(), &sizes), &whole);
        prop_assert_eq!(&clean_in_chunks(pipeline_that(joins), text.as_bytes(), &[1]), &whole);
    }

    #[test]
    fn a_text_and_its_bytes_are_cleaned_alike(text in scraps()) {
        prop_assume!(!text.contains('\0') && !text.starts_with('\u{feff}'));
        let from_text = pipeline().clean(&text);
        prop_assert_eq!(&pipeline().clean_bytes(text.as_bytes()).text, &from_text.text);
    }

    #[test]
    fn repairing_twice_is_repairing_once(text in scraps()) {
        let once = repairing().clean(&text).text.into_owned();
        let twice = repairing().clean(&once);
        prop_assert_eq!(&twice.text, &once);
        prop_assert!(matches!(twice.text, Cow::Borrowed(_)));
    }

    #[test]
    fn normalising_in_any_way_twice_is_once(text in scraps(), how in normalizations()) {
        let pipeline = Pipeline::builder().only(&[Stage::Normalize]).normalization(how).build();
        let pipeline = pipeline.expect("one stage builds");
        let once = pipeline.clean(&text).text.into_owned();
        prop_assert_eq!(&pipeline.clean(&once).text, &once, "{:?}", how);
    }

    #[test]
    fn clean_bytes_in_any_encoding_are_read_alike_whatever_the_reads(
        text in scraps(),
        encoding in 0usize..6,
        sizes in prop::collection::vec(1usize..100, 1..6),
    ) {
        let mut bytes = text.clone().into_bytes();
        match encoding {
            0 => bytes = text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            1 => bytes = text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            2 => bytes = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
            3 => bytes = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
            4 => bytes.extend_from_slice(b"\n\x93caf\xe9\x94 \xf1 \xe2\x80\n\xd0\xd1\xd2 \xed\xa0\xbd"),
            _ => bytes.extend_from_slice(b"\n\x1b$B%G%s\x1b(B \x1b[1m \x1b$\n"),
        }
        let whole = clean_in_chunks(repairing(), &bytes, &[bytes.len().max(1)]);
        prop_assert_eq!(clean_in_chunks(repairing(), &bytes, &sizes), whole);
    }

    #[test]
    fn every_line_is_accounted_for(joins: bool, text in scraps()) {
        let lines = lines_of(&text);
        let mut seen = Seen::default();
        let mut cleaner = pipeline_that(joins).cleaner();
        cleaner.push_str(&text, &mut seen).expect("the sink never fails");
        let report = cleaner.finish(&mut seen).expect("the sink never fails");
        prop_assert_eq!(report.lines_in, lines.len() as u64);
        let removed: u64 = report.removed.values().sum();
        prop_assert_eq!(report.lines_in, report.lines_out + removed + report.blank_lines);
        // Each line of the input is seen once, in order, as it stood.
        let numbers: Vec<u64> = seen.lines.iter().map(|(number, ..)| *number).collect();
        prop_assert_eq!(numbers, (1..=report.lines_in).collect::<Vec<_>>());
        for (number, original, verdict) in &seen.lines {
            let line = &lines[*number as usize - 1];
            if *verdict == Verdict::Blank {
                continue;
            }
            prop_assert_eq!(original, line);
            if let Verdict::Drop(removal) = verdict {
                prop_assert!(!removal.rule.is_empty());
                prop_assert!((0.0..=1.0).contains(&removal.score));
            }
        }
        let dropped = seen.lines.iter().filter(|line| matches!(line.2, Verdict::Drop(_))).count();
        prop_assert_eq!(dropped as u64, removed);
    }

    #[test]
    fn what_is_told_of_the_output_is_true(text in scraps()) {
        let cleaned = pipeline().clean(&text);
        prop_assert_eq!(cleaned.report.bytes_in, text.len() as u64);
        prop_assert_eq!(cleaned.report.bytes_out, cleaned.text.len() as u64);
        prop_assert_eq!(cleaned.report.lines_out, lines_of(&cleaned.text).len() as u64);
        prop_assert!(!cleaned.text.starts_with('\n') && !cleaned.text.contains("\n\n\n"));
        prop_assert!(cleaned.text.lines().all(|line| line.trim_end() == line));
    }
}
