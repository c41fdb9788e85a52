//! Inputs, names, rules and settings that somebody made to hurt.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::harness::{PROSE, Place, records};
use crate::limits::peak_of;

#[test]
fn any_name_that_a_file_can_have_is_cleaned_and_shown_harmlessly() {
    let long = "ñ".repeat(127) + "x";
    let names: [&[u8]; 8] = [
        long.as_bytes(),
        b"\xff\xfe raw bytes",
        b"\x1b[2J\x1b]0;owned\x07 escapes",
        b"line\nbreak",
        b"-o",
        b"--help",
        b" spaces \xe2\x80\xae reversed ",
        b"'quotes\" $(touch owned) `",
    ];
    let place = Place::new();
    fs::create_dir(place.path("in")).expect("a folder");
    for name in names {
        fs::write(place.path("in").join(OsStr::from_bytes(name)), PROSE).expect("a file");
    }
    let run = place.run(&["clean", "in", "-o", "out", "-v", "--report", "run.jsonl"]).exits(0);
    for name in names {
        let clean = fs::read(place.path("out").join(OsStr::from_bytes(name)));
        assert_eq!(clean.expect("a clean file"), PROSE.as_bytes(), "{name:?}");
    }
    assert!(!run.stderr.contains(['\x1b', '\x07', '\u{202e}']), "{:?}", run.stderr);
    let told = records(place.read("run.jsonl").as_bytes());
    assert_eq!(told.len(), names.len() + 1);
    // What is shown on a terminal of them is harmless, too.
    for args in [&["explain", "in"][..], &["langs", "in"]] {
        let run = place.run(args).exits(0);
        assert!(!run.text().contains(['\x1b', '\x07', '\u{202e}']), "{args:?}: {:?}", run.text());
    }
    assert!(!place.has("owned"));
}

#[test]
fn escape_sequences_in_a_text_do_not_reach_the_terminal() {
    let place = Place::new();
    let text = "Hola \x1b[2J\x1b]0;owned\x07\u{9b}31m \u{202e}mundo\r\nFacebook\x1b[1m\n";
    place.write("a.txt", text);
    for args in [&["explain", "a.txt"][..], &["langs", "a.txt"]] {
        let run = place.run(args).exits(0);
        let shown = run.text();
        assert!(!shown.contains(['\x1b', '\x07', '\u{9b}']), "{args:?}: {shown:?}");
    }
    // A diff in a pipe is a patch, byte for byte; on a terminal it is for people, also without colours.
    let tool = env!("CARGO_BIN_EXE_limpio");
    for (color, reset) in [("never", None), ("always", Some("\x1b[0m"))] {
        let line = format!("{tool} clean a.txt --diff --no-progress --color {color}");
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(place.path("."));
        let Ok(output) = script.stdin(std::process::Stdio::null()).output() else {
            println!("skipped: no `script` to make a terminal");
            return;
        };
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("\\u{1b}[2J"), "{shown:?}");
        assert!(!shown.contains("\x1b[2J") && !shown.contains(['\x07', '\u{9b}']), "{shown:?}");
        assert_eq!(shown.contains('\x1b'), reset.is_some(), "{shown:?}");
    }
}

#[test]
fn hostile_rule_files_are_refused_with_a_place() {
    let rule = |more: &str| {
        format!("[[rule]]\nid = \"mine.a\"\ncategory = \"custom\"\nat = \"line\"\n{more}\n")
    };
    let deep = format!("a = {}{}", "[".repeat(20_000), "]".repeat(20_000));
    let cases = [
        rule("shapes = [\"(((((a{1000}){1000}){1000}){1000}){1000})\"]"),
        rule("shapes = [\"\\\\w{50000}\\\\p{L}{50000}\"]"),
        rule(&format!("shapes = [\"{}\"]", "(".repeat(5_000))),
        rule("shapes = [\".*\"]"),
        rule("phrases = [\"\"]"),
        rule("phrases = [\" \\u200b \"]"),
        rule(&format!("phrases = [\"{}\"]", "x".repeat(200_000))),
        rule("phrases = [\"leer ahora\"]\nweight = nan"),
        rule("phrases = [\"leer ahora\"]\nmax-chars = -1"),
        rule("phrases = [\"leer ahora\"]\nneeds = { after = [\"mine.a\"], within = 999999999999 }"),
        deep,
        "[[rule]]\n".repeat(50_000),
        "\u{feff}[[rule".into(),
        "id = \"\x1b[2J\"".into(),
        String::new(),
    ];
    for (number, text) in cases.iter().enumerate() {
        let place = Place::with(&[("a.txt", PROSE), ("mine.toml", text)]);
        let run = place.run(&["clean", "a.txt", "--rules", "mine.toml"]);
        let head: String = text.chars().take(80).collect();
        assert_eq!(run.status, 2, "case {number}, {head:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("limpio: mine.toml"), "{head:?}: {}", run.stderr);
        assert!(!run.stderr.contains('\x1b') && run.stdout.is_empty(), "{head:?}");
        let checked = place.run(&["rules", "check", "mine.toml"]);
        assert!(matches!(checked.status, 1 | 2), "case {number}, {head:?}: {checked:?}");
    }
    let place = Place::with(&[("a.txt", PROSE)]);
    place.write("mine.toml", b"\xff\xfe\0");
    place.run(&["clean", "a.txt", "--rules", "mine.toml"]).exits(2).says("limpio: mine.toml: ");
    place.run(&["clean", "a.txt", "--rules", "."]).exits(2).says("limpio: .: ");
}

#[test]
fn hostile_settings_are_refused_with_a_place() {
    for text in [
        "level = 7",
        "nonsense = true",
        "output = \"/etc\"\nlevel = [\"balanced\"",
        &format!("a = {}", "[".repeat(20_000)),
        "level = \"\x1b[2J\"",
        "jobs = 99999999999999999999",
        "rules = [\"nowhere.toml\"]",
    ] {
        let place = Place::with(&[("a.txt", PROSE), ("limpio.toml", text)]);
        let run = place.run(&["clean", "a.txt"]).exits(2);
        assert!(!run.stderr.contains('\x1b') && run.stdout.is_empty(), "{text:?}");
        assert!(
            run.stderr.contains("limpio.toml") || run.stderr.contains("nowhere.toml"),
            "{run:?}"
        );
    }
}

#[test]
fn a_bomb_of_an_archive_needs_no_memory() {
    let place = Place::new();
    let zeros = vec![b'a'; 1 << 20];
    let line = [&zeros[..], b"\n"].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..48 {
        std::io::Write::write_all(&mut gzip, &line).expect("packed");
    }
    let packed = gzip.finish().expect("packed");
    assert!(packed.len() < 100_000);
    place.write("bomb.txt.gz", &packed);
    // An archive of an archive is text that is no text: one layer is unpacked.
    let mut again = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut again, &packed).expect("packed");
    place.write("twice.gz", again.finish().expect("packed"));
    let (run, peak) = peak_of(&place, &["clean", "bomb.txt.gz", "-o", "out"]);
    run.exits(0);
    assert!(peak < 64 << 20, "{peak} bytes");
    place.run(&["clean", "twice.gz"]).exits(0);
}

#[test]
fn cut_archives_fail_wherever_they_are_cut() {
    let text = PROSE.repeat(30);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, text.as_bytes()).expect("packed");
    let gzip = packer.finish().expect("packed");
    for (name, whole) in [("a.txt.gz", gzip)] {
        let place = Place::new();
        let step = whole.len() / 12;
        let cuts: Vec<usize> =
            (0..whole.len()).step_by(step).chain([whole.len() - 1, whole.len() - 8]).collect();
        for cut in &cuts {
            place.write(&format!("in/{cut}/{name}"), &whole[..*cut]);
        }
        place.write(&format!("in/whole/{name}"), &whole);
        let run = place.run(&["clean", "in", "-o", "out"]).exits(1);
        assert_eq!(place.files("out"), [format!("whole/{name}")]);
        for cut in &cuts {
            assert!(run.stderr.contains(&format!("in/{cut}/{name}: ")), "{cut}: {}", run.stderr);
        }
    }
}

#[test]
fn three_hundred_folders_deep_is_no_depth() {
    let place = Place::new();
    let deep = vec!["d"; 300].join("/");
    place.write(&format!("in/{deep}/a.txt"), PROSE);
    place.run(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(place.read(&format!("out/{deep}/a.txt")), PROSE);
    place.run(&["clean", "in", "-o", "out", "--resume"]).exits(0);
    place.run(&["langs", "in"]).exits(0);
}
