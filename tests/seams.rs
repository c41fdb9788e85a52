//! Every buffer has a seam: the same page must come out alike wherever the reads end and wherever
//! in the buffers it lies.

use limpio::{Pipeline, Report, Stage, TextSink};

/// Mojibake, a box, an entity, a cut character, odd line ends, a comment form.
const PAGE: &str = "TÃ\u{ad}tulo de la pÃ¡gina\r\n\r\nLa comisión se reunió el martes y acordó aplazar la \
                    votación hasta que alguien ajeno al trabajo revisara las cifras &amp; los \
                    plazos. [INTERNAL:a-b|Ver más]\r\nSuscríbete a nuestro boletín\rFacebook\n\n\n\
                    e\u{301}l dijo “sÃ\u{ad}” 👩\u{200d}💻\u{a0}\n \nDeja una respuesta\nTu dirección de \
                    correo electrónico no será publicada.\nAna\nNo.";

fn clean(pipeline: &Pipeline, pieces: &[&[u8]]) -> (String, Report) {
    let mut cleaner = pipeline.cleaner();
    let mut sink = TextSink::new(Vec::new());
    for piece in pieces {
        cleaner.push(piece, &mut sink).expect("a vector takes every byte");
    }
    let report = cleaner.finish(&mut sink).expect("a vector takes every byte");
    (String::from_utf8(sink.into_inner()).expect("clean text is UTF-8"), report)
}

fn pipeline() -> Pipeline {
    Pipeline::builder().count_languages(true).build().expect("the defaults build")
}

fn every_cut_is_alike(bytes: &[u8]) {
    let pipeline = pipeline();
    let whole = clean(&pipeline, &[bytes]);
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        assert_eq!(clean(&pipeline, &[before, after]), whole, "cut at byte {at}");
    }
}

#[test]
fn a_page_may_be_cut_anywhere() {
    every_cut_is_alike(PAGE.as_bytes());
}

#[test]
fn a_page_in_another_encoding_may_be_cut_anywhere() {
    let latin1: Vec<u8> = "La niña comió piñas en la montaña.\r\n¿Cuándo? «Mañana», dijo él.\n"
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin-1"))
        .collect();
    every_cut_is_alike(&latin1);
    let utf16: Vec<u8> = PAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    every_cut_is_alike(&utf16);
    let mut stray = PAGE.as_bytes().to_vec();
    stray.extend_from_slice(b"\ncaf\xe9 \x93s\xed\x94 \xe2\x80 \xed\xa0\xbd\xed\xb4\x8d \xc3");
    every_cut_is_alike(&stray);
}

#[test]
fn a_page_is_cleaned_alike_behind_any_padding() {
    let pipeline = pipeline();
    let (expected, _) = clean(&pipeline, &[b"=\n\n", PAGE.as_bytes()]);
    let expected = expected.strip_prefix("=").expect("the padding stays");
    for length in 1..=64 {
        let padding = format!("{}\n\n", "=".repeat(length));
        let (text, _) = clean(&pipeline, &[padding.as_bytes(), PAGE.as_bytes()]);
        assert_eq!(text.strip_prefix(padding.trim_end()), Some(expected), "padding of {length}");
    }
}

#[test]
fn markup_that_goes_with_an_escape_sequence_or_a_mark_is_none() {
    let pipeline = Pipeline::builder().only(&[Stage::Normalize]).build().expect("it builds");
    for (text, want) in [
        ("El se&ntilde;or.\na \u{1b}[><?ob> c", "El señor.\na b> c"),
        ("El se&ntilde;or.\n<p>\u{338} c", "El señor.\n<p≯ c"),
        ("El se&ntilde;or.\n<p> c", "El se&ntilde;or.\n<p> c"),
    ] {
        let once = pipeline.clean(text).text.into_owned();
        assert_eq!(once, want, "{text:?}");
        assert_eq!(pipeline.clean(&once).text, once, "{text:?}");
    }
}

#[test]
fn markup_far_below_an_entity_is_seen() {
    let pipeline = pipeline();
    let page = format!("caf&eacute;\n\n{}<p>markup</p>\n", "caf&eacute; word\n\n".repeat(500));
    assert_eq!(clean(&pipeline, &[page.as_bytes()]).0, page);
    let plain = page.replace("<p>markup</p>", "no markup");
    assert_eq!(clean(&pipeline, &[plain.as_bytes()]).0, plain.replace("&eacute;", "é"));
}

#[test]
fn a_cleaner_is_as_new_after_a_document() {
    let pipeline = pipeline();
    let fresh = clean(&pipeline, &[PAGE.as_bytes()]);
    let mut cleaner = pipeline.cleaner();
    for before in
        ["<p>markup</p>\n", "MaÃ±ana serÃ¡ otro dÃ\u{ad}a\n", "nul \0", "\u{feff}Facebook\nTwitter"]
    {
        let mut sink = TextSink::new(Vec::new());
        cleaner.push(before.as_bytes(), &mut sink).expect("a vector takes every byte");
        cleaner.finish(&mut sink).expect("a vector takes every byte");
        let mut sink = TextSink::new(Vec::new());
        cleaner.push(PAGE.as_bytes(), &mut sink).expect("a vector takes every byte");
        let report = cleaner.finish(&mut sink).expect("a vector takes every byte");
        assert_eq!(sink.into_inner(), fresh.0.as_bytes(), "after {before:?}");
        assert_eq!(report, fresh.1, "after {before:?}");
    }
}

#[test]
fn long_lines_keep_their_text() {
    let pipeline = pipeline();
    for line in [
        "palabra ".repeat(40_000),
        "x".repeat(300_000),
        format!("{}{}", " ".repeat(70_000), "end"),
        "ñ".repeat(150_000),
    ] {
        let (text, report) = clean(&pipeline, &[line.as_bytes(), b"\nnext\n"]);
        let (first, rest) = text.split_once('\n').expect("two lines");
        assert_eq!(rest, "next\n");
        assert_eq!(report.lines_in, 2);
        // White space longer than the longest piece is the one thing that is cut.
        assert_eq!(first.trim(), line.trim(), "{} bytes", line.len());
    }
    let (text, report) = clean(&pipeline, &[" ".repeat(1_000_000).as_bytes(), b"\nnext\n"]);
    assert_eq!((text.as_str(), report.blank_lines), ("next\n", 1));
}

#[test]
fn a_reader_that_fails_is_an_error_and_a_writer_too() {
    struct Fails;
    impl std::io::Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    impl std::io::Write for Fails {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let pipeline = pipeline();
    let read = pipeline.clean_stream(Fails, Vec::new()).expect_err("the reader fails");
    assert!(read.io().is_some() && read.to_string().contains("the disk is gone"));
    let write = pipeline.clean_stream(PAGE.as_bytes(), Fails).expect_err("the writer fails");
    assert!(write.to_string().contains("the disk is full"));
}

#[test]
fn settings_change_the_fingerprint_and_reporting_does_not() -> Result<(), limpio::Error> {
    let of = |builder: limpio::PipelineBuilder| builder.build().map(|built| built.fingerprint());
    let plain = of(Pipeline::builder())?;
    assert_eq!(of(Pipeline::builder().count_languages(true))?, plain);
    assert_ne!(of(Pipeline::builder().level(limpio::Level::Cautious))?, plain);
    assert_ne!(of(Pipeline::builder().disable("duplicate")?)?, plain);
    assert_ne!(of(Pipeline::builder().disable("nav")?)?, plain);
    assert_ne!(of(Pipeline::builder().encoding("latin1")?)?, plain);
    assert!(Pipeline::builder().encoding("latin-one").is_err());
    assert!(Pipeline::builder().disable("no.such.rule").is_err());
    Ok(())
}

#[test]
fn a_pipeline_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let pipeline = pipeline();
    shared(&pipeline);
    let texts: Vec<String> = std::thread::scope(|scope| {
        let run = || scope.spawn(|| pipeline.clean(PAGE).text.into_owned());
        let threads: Vec<_> = (0..4).map(|_| run()).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
}
