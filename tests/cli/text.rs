//! Text documents through a pipe or from a file.

use std::io::{Read, Write};
use std::process::Stdio;

use crate::harness::{PROSE, Place};

#[test]
fn text_without_defects_comes_out_byte_for_byte() {
    let place = Place::new();
    for text in ["", "Hola.", "Hola.\n", "Uno.\n\nDos.", "\tsangría  y  huecos\n", PROSE] {
        assert_eq!(place.pipe(&["clean"], text).exits(0).text(), text);
        assert_eq!(place.pipe(&["clean", "-"], text).exits(0).text(), text);
    }
}

#[test]
fn line_ends_and_blanks_are_made_plain() {
    let place = Place::new();
    for (input, clean) in [
        ("uno\r\ndos\r\n", "uno\ndos\n"),
        ("uno\rdos", "uno\ndos"),
        ("uno  \t\ndos", "uno\ndos"),
        ("\n\nuno\n\n\n\ndos\n\n", "uno\n\ndos\n"),
        ("\u{feff}uno\n", "uno\n"),
        ("a\u{1b}[31mrojo\u{1b}[0m\u{7}\n", "arojo\n"),
        ("La seÃ±al\n", "La señal\n"),
    ] {
        assert_eq!(place.pipe(&["clean"], input).exits(0).text(), clean, "{input:?}");
    }
}

#[test]
fn a_named_file_goes_to_standard_output() {
    let place = Place::with(&[("a.txt", "Hola.  \n")]);
    assert_eq!(place.run(&["clean", "a.txt"]).exits(0).text(), "Hola.\n");
}

#[test]
fn cleaning_twice_is_cleaning_once() {
    let place = Place::new();
    let input = "El aÃ±o\u{a0}pasado  \r\n\r\n\r\n&amp; más\n";
    let once = place.pipe(&["clean"], input).exits(0).stdout;
    assert_eq!(place.pipe(&["clean"], &once).exits(0).stdout, once);
}

#[test]
fn archives_are_plain_on_standard_output() {
    let place = Place::new();
    let members = [gzip(b"Hola.\n"), gzip("Adiós.\n".as_bytes())].concat();
    place.write("a.txt.gz", &members);
    assert_eq!(place.run(&["clean", "a.txt.gz"]).exits(0).text(), "Hola.\nAdiós.\n");
    assert_eq!(place.pipe(&["clean"], &members).exits(0).text(), "Hola.\nAdiós.\n");
    let frames = [zstd::encode_all(&b"Hola.\n"[..], 0), zstd::encode_all(&b"Ya.\n"[..], 0)];
    place.write("a.zst", frames.map(Result::unwrap).concat());
    assert_eq!(place.run(&["clean", "a.zst"]).exits(0).text(), "Hola.\nYa.\n");
}

#[test]
fn binary_files_are_skipped_with_a_warning() {
    let place = Place::new();
    place.write("a.bin", b"text first\n\x00\x01\x02");
    let run = place.run(&["clean", "a.bin"]).exits(0).says("a.bin: skipped: binary");
    assert_eq!(run.text(), "");
    let utf16: Vec<u8> = "\u{feff}Señal\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.write("utf16.txt", utf16);
    assert_eq!(place.run(&["clean", "utf16.txt"]).exits(0).text(), "Señal\n");
}

#[test]
fn a_decided_paragraph_does_not_wait_for_the_end() {
    let place = Place::new();
    let mut command = place.command(&["clean"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than the window of 64 lines, then a pause: the pipe stays open.
    let paragraphs = format!("{PROSE}\n").repeat(100);
    stdin.write_all(paragraphs.as_bytes()).unwrap();
    let mut first = vec![0; PROSE.len()];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(first, PROSE.as_bytes());
    drop(stdin);
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn a_diff_shows_the_change_and_writes_nothing() {
    let place = Place::with(&[("a.txt", "La seÃ±al.\n"), ("b.txt", "Nada.\n")]);
    let run = place.run(&["clean", "--diff", "a.txt", "b.txt"]).exits(0);
    assert_eq!(run.text(), "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-La seÃ±al.\n+La señal.\n");
    let run = place.run(&["clean", "--dry-run", "a.txt", "-o", "out"]).exits(0);
    assert_eq!(run.text(), "");
    assert!(!place.has("out"));
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn zeros_after_the_last_member_are_padding() {
    let place = Place::new();
    let padded = [gzip(b"Hola.\n"), gzip(b"Ya.\n"), vec![0; 100_000]].concat();
    place.write("a.txt.gz", &padded);
    assert_eq!(place.run(&["clean", "a.txt.gz"]).exits(0).text(), "Hola.\nYa.\n");
    assert_eq!(place.pipe(&["clean"], &padded).exits(0).text(), "Hola.\nYa.\n");
    place.write("b.txt.gz", [gzip(b"Hola.\n"), b"\0\0 not an archive".to_vec()].concat());
    place.run(&["clean", "b.txt.gz"]).exits(1).says("b.txt.gz: cannot be read");
}

#[cfg(unix)]
#[test]
fn a_diff_can_be_applied() {
    if std::process::Command::new("patch").arg("--version").output().is_err() {
        return;
    }
    let mac = "Uno.\rDos. \rTres.\n".repeat(3);
    for input in [
        format!("{PROSE}La seÃ±al.  \n\n\n\n{PROSE}"),
        format!("{PROSE}\n{}", crate::harness::BOX.trim_end()),
        format!("\u{feff}{PROSE}"),
        PROSE.replace('\n', "\r\n").repeat(12),
        format!("{PROSE}   \n\t\n{PROSE}Fin. "),
        format!("\n\n{PROSE}\n\n"),
        format!("{PROSE}\n  "),
        format!("Uno.\r\r\nDos.\n{PROSE}\r"),
        mac.clone(),
        mac.trim_end().replace('\n', "\r"),
        "\n \n".to_owned(),
        "\u{feff}".to_owned(),
    ] {
        let place = Place::with(&[("a.txt", &input)]);
        let clean = place.run(&["clean", "a.txt"]).exits(0).stdout;
        let diff = place.run(&["clean", "a.txt", "--diff"]).exits(0);
        assert_ne!(diff.text(), "", "{input:?}");
        place.write("a.diff", &diff.stdout);
        let patched = std::process::Command::new("patch")
            .args(["--binary", "-s", "a.txt", "a.diff"])
            .current_dir(place.path("."))
            .output();
        let patched = patched.unwrap();
        let said = String::from_utf8_lossy(&patched.stdout).into_owned();
        assert!(patched.status.success(), "{input:?}: {said}\n{}", diff.text());
        // An empty file may be removed by `patch`.
        let result = std::fs::read(place.path("a.txt")).unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(&result), String::from_utf8_lossy(&clean), "{input:?}");
    }
}

#[test]
fn a_diff_names_the_encoding_that_changes() {
    let place = Place::new();
    place.write("a.txt", b"Ma\xf1ana ser\xe1 otro d\xeda.\r\nY m\xe1s.\r\n");
    let run = place.run(&["clean", "a.txt", "--diff"]).exits(0);
    assert!(run.text().contains("-Mañana será otro día.\r\n"), "{}", run.text());
    run.says("a.txt: encoding: windows-1252 becomes utf-8");
}
