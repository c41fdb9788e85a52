//! Folders: which files, where they go, what may not happen.

use std::fs;

use crate::harness::{Place, records};
use crate::text::gzip;

fn tree() -> Place {
    Place::with(&[
        ("in/a.txt", "La seÃ±al.\n"),
        ("in/sub/b.txt", "Dos.\n"),
        ("in/sub/c.md", "Tres.\n"),
        ("in/.hidden.txt", "Oculto.\n"),
    ])
}

#[test]
fn the_tree_is_mirrored_and_inputs_stay() {
    let place = tree();
    place.write("in/z.txt.gz", gzip("La seÃ±al.\n".as_bytes()));
    place.run(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(place.files("out"), ["a.txt", "sub/b.txt", "sub/c.md", "z.txt.gz"]);
    assert_eq!(place.read("out/a.txt"), "La señal.\n");
    assert_eq!(place.read("in/a.txt"), "La seÃ±al.\n");
    assert!(fs::read(place.path("out/z.txt.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
    assert_eq!(place.run(&["clean", "out/z.txt.gz"]).exits(0).text(), "La señal.\n");
}

#[test]
fn globs_hidden_and_named_files() {
    for (args, expected) in [
        (&["in", "-g", "*.txt"][..], &["a.txt", "sub/b.txt"][..]),
        (&["in", "-g", "!*.txt"], &["sub/c.md"]),
        (&["in", "-g", "sub/*"], &["sub/b.txt", "sub/c.md"]),
        (&["in", "--hidden"], &[".hidden.txt", "a.txt", "sub/b.txt", "sub/c.md"]),
        (&["in/.hidden.txt"], &[".hidden.txt"]),
        (&["in/sub/c.md", "-g", "*.txt"], &["c.md"]),
    ] {
        let place = tree();
        let args = [&["clean"], args, &["-o", "out"]].concat();
        place.run(&args).exits(0);
        assert_eq!(place.files("out"), expected, "{args:?}");
    }
    tree().run(&["clean", "in", "-o", "out", "-g", "*.nope"]).exits(2).says("no file matches");
}

#[test]
fn lists_of_files() {
    let place = tree();
    place.write("list", "in/a.txt\r\n\nin/sub/b.txt\n");
    place.run(&["clean", "--files-from", "list", "-o", "lines"]).exits(0);
    assert_eq!(place.files("lines"), ["a.txt", "b.txt"]);
    place.pipe(&["clean", "--files-from", "-", "-0", "-o", "nul"], "in/a.txt\0in/sub\0").exits(0);
    assert_eq!(place.files("nul"), ["a.txt", "b.txt", "c.md"]);
    place.pipe(&["clean", "--files-from", "-", "-"], "in/a.txt").exits(2);
    place.run(&["clean", "--files-from", "nope", "-o", "x"]).exits(2).says("nope");
}

#[test]
fn shards_are_everything_once() {
    let place = Place::new();
    for number in 0..20 {
        place.write(&format!("in/{number}.txt"), "Hola.\n");
    }
    let mut seen = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        let before = place.files("out").len();
        place.run(&["clean", "in", "-o", "out", "--shard", shard]).exits(0);
        assert!(place.files("out").len() > before, "{shard}");
        seen = place.files("out").len();
    }
    assert_eq!(seen, 20);
    for wrong in ["0/3", "4/3", "1", "x/y"] {
        place.run(&["clean", "in", "-o", "out", "--shard", wrong]).exits(2);
    }
}

#[test]
fn what_could_hit_an_input_is_refused_before_anything_is_touched() {
    for args in [
        &["in", "-o", "in"][..],
        &["in", "-o", "in/out"],
        &["in", "-o", "in/../in/sub"],
        &["in/a.txt", "-o", "in"],
        &["in/a.txt", "-o", "in/sub/b.txt"],
        &["in/a.txt", "in/a.txt", "-o", "out"],
        &["in", "other", "-o", "out"],
        &["in/a.txt", "--report", "in/a.txt"],
        &["in", "-o", "out", "--removed", "in/sub/b.txt"],
        &["in", "-o", "out", "--report", "out/a.txt"],
        &["in", "nope", "-o", "out"],
        &["in"],
        &["in/a.txt", "in/sub/b.txt"],
        &["-", "-o", "out"],
    ] {
        let place = tree();
        place.write("other/a.txt", "Otro.\n");
        let before = place.files(".");
        place.run(&[&["clean"], args].concat()).exits(2).says("limpio: ");
        assert_eq!(place.files("."), before, "{args:?}");
        assert!(!place.has("out"), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_back_into_the_input() {
    use std::os::unix::fs::symlink;
    let place = tree();
    symlink("in", place.path("link")).unwrap();
    place.run(&["clean", "in", "-o", "link"]).exits(2);
    place.run(&["clean", "link", "-o", "in/sub"]).exits(2);
    fs::create_dir(place.path("out")).unwrap();
    symlink("../in/sub", place.path("out/sub")).unwrap();
    place.run(&["clean", "in", "-o", "out", "--overwrite"]).exits(2);
    assert_eq!(place.read("in/sub/b.txt"), "Dos.\n");
}

#[cfg(unix)]
#[test]
fn links_and_special_files_in_a_folder_are_left_alone() {
    use std::os::unix::fs::symlink;
    let place = tree();
    symlink("a.txt", place.path("in/link.txt")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(place.path("in/pipe")).status();
    let run = place.run(&["clean", "in", "-o", "out"]).exits(0);
    if made.is_ok_and(|status| status.success()) {
        run.says("in/pipe: skipped");
    }
    assert_eq!(place.files("out"), ["a.txt", "sub/b.txt", "sub/c.md"]);
    assert_eq!(place.run(&["clean", "in/link.txt"]).exits(0).text(), "La señal.\n");
}

#[test]
fn an_empty_folder_is_fine_and_said() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    place.run(&["clean", "in", "-o", "out"]).exits(0).says("no files");
}

#[test]
fn an_existing_clean_file_is_refused_replaced_or_resumed() {
    let place = tree();
    place.write("out/a.txt", "mine");
    let refused = place.run(&["clean", "in", "-o", "out"]).exits(1).says("in/a.txt: ");
    assert!(refused.stderr.contains("--overwrite"));
    assert_eq!(place.read("out/a.txt"), "mine");
    assert_eq!(place.read("out/sub/b.txt"), "Dos.\n");
    place.run(&["clean", "in", "-o", "out", "--overwrite"]).exits(0);
    assert_eq!(place.read("out/a.txt"), "La señal.\n");
    place.run(&["clean", "in", "-o", "out", "--overwrite", "--resume"]).exits(2);
}

#[test]
fn a_resumed_run_does_what_is_left() {
    let place = tree();
    place.run(&["clean", "in", "-o", "out"]).exits(0);
    let stamp = |name: &str| fs::metadata(place.path(name)).unwrap().modified().unwrap();
    let before = stamp("out/sub/b.txt");
    fs::remove_file(place.path("out/sub/c.md")).unwrap();
    place.write("in/a.txt", "Otra cosa.\n");
    place.run(&["clean", "in", "-o", "out", "--resume", "--report", "r.jsonl"]).exits(0);
    assert_eq!(place.read("out/a.txt"), "Otra cosa.\n");
    assert_eq!(place.read("out/sub/c.md"), "Tres.\n");
    assert_eq!(stamp("out/sub/b.txt"), before);
    let report = records(place.read("r.jsonl").as_bytes());
    let totals = &report.last().unwrap()["run"]["totals"];
    assert_eq!((&totals["documents"], &totals["resumed"]), (&3.into(), &1.into()));
    assert_eq!(totals["lines_in"], 3);

    // Other settings: nothing is complete.
    place
        .run(&[
            "clean",
            "in",
            "-o",
            "out",
            "--resume",
            "--skip",
            "normalize",
            "--report",
            "r.jsonl",
        ])
        .exits(0);
    let report = records(place.read("r.jsonl").as_bytes());
    assert_eq!(report.last().unwrap()["run"]["totals"]["resumed"], 0);
}

#[test]
fn what_a_killed_run_left_is_swept() {
    let place = tree();
    // Above the highest process number of Linux, and old for everybody else.
    place.write("out/sub/.limpio-tmp-00000000-99999999-0", "half");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 24 * 60 * 60);
    let file =
        fs::File::options().write(true).open(place.path("out/sub/.limpio-tmp-00000000-99999999-0"));
    file.unwrap().set_modified(old).unwrap();
    place.run(&["clean", "in", "-o", "out", "--resume"]).exits(0);
    assert_eq!(place.files("out"), ["a.txt", "sub/b.txt", "sub/c.md"]);
}

#[test]
fn odd_names_survive() {
    let place = Place::with(&[
        ("in/new\nline.txt", "Hola.\n"),
        ("in/-dash.txt", "Hola.\n"),
        ("in/spa ce.txt", "Hola.\n"),
        ("in/\u{1b}[31m.txt", "Hola.\n"),
    ]);
    place.write("in/zero\n.gz", "");
    let run = place.run(&["clean", "in", "-o", "out"]).exits(1).says("in/zero\\n.gz: ");
    assert!(!run.stderr.contains('\u{1b}'));
    assert_eq!(place.files("out").len(), 4);
    place.run(&["clean", "-o", "out2", "--", "in/-dash.txt"]).exits(0);
    assert_eq!(place.files("out2"), ["-dash.txt"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_are_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = tree();
    let name = OsStr::from_bytes(b"b\xffd.txt");
    fs::write(place.path("in").join(name), "Hola.\n").unwrap();
    place.run(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(fs::read(place.path("out").join(name)).unwrap(), b"Hola.\n");
}

#[cfg(unix)]
#[test]
fn clean_files_have_the_mode_of_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let place = tree();
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg("umask 027; exec \"$0\" clean in -o out").arg(env!("CARGO_BIN_EXE_limpio"));
    assert!(shell.current_dir(place.path(".")).status().unwrap().success());
    let mode = fs::metadata(place.path("out/a.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn one_file_on_standard_output_belongs_to_one_shard() {
    let place = tree();
    for command in ["clean", "explain", "langs"] {
        let shown = ["1/3", "2/3", "3/3"].map(|shard| {
            let run = place.run(&[command, "in/a.txt", "--shard", shard]).exits(0);
            usize::from(!run.stdout.is_empty())
        });
        assert_eq!(shown.iter().sum::<usize>(), 1, "{command}: {shown:?}");
    }
}

#[test]
fn a_report_does_not_change_what_is_complete() {
    for (first, second) in [(&[][..], &["--report", "r.jsonl"][..]), (&["--report", "r"], &[])] {
        let place = tree();
        let args = ["clean", "in", "-o", "out"];
        place.run(&[&args[..], first].concat()).exits(0);
        let run = place.run(&[&args[..], &["--resume", "-v"], second].concat()).exits(0);
        assert_eq!(run.stderr.matches("clean already").count(), 3, "{}", run.stderr);
    }
}
