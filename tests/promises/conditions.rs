//! Commands x conditions: whatever is closed, full or scarce, a command ends by itself, says what
//! failed, and never claims success for what it did not do.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};

use crate::harness::{PROSE, Place, Run};

/// What can be run in [`corpus`].
const COMMANDS: &[(&str, &[&str])] = &[
    ("pipe", &["clean"]),
    ("file", &["clean", "in/a.txt"]),
    ("records", &["clean", "in/c.jsonl"]),
    ("folder", &["clean", "in", "-o", "out", "--overwrite", "-j4"]),
    ("diff", &["clean", "in", "--diff"]),
    ("dry run", &["clean", "in", "--dry-run"]),
    ("learning", &["clean", "in", "-o", "out", "--overwrite", "--learn"]),
    ("explain", &["explain", "in"]),
    ("explain records", &["explain", "in", "--format", "jsonl"]),
    ("langs", &["langs", "in"]),
    ("langs records", &["langs", "in", "--format", "jsonl"]),
    ("learn", &["learn", "in", "-o", "learned.toml", "--overwrite"]),
    ("learn counts", &["learn", "in", "--counts", "-"]),
    ("report", &["report", "run.jsonl"]),
    ("report as a page", &["report", "run.jsonl", "-o", "page.html"]),
    ("rules list", &["rules", "list"]),
    ("rules show", &["rules", "show", "wp.leave-a-reply"]),
    ("rules check", &["rules", "check", "mine.toml"]),
    ("completions", &["completions", "zsh"]),
    ("man", &["man"]),
    ("help", &["clean", "--help"]),
    ("wrong usage", &["clean", "--lvel"]),
    ("no such path", &["clean", "nowhere"]),
];

/// How a shell starts a command; `$0` is the tool and `$@` its arguments.
struct Condition {
    name: &'static str,
    shell: &'static str,
    /// Whether the command may do what it does without the condition showing.
    may_pass: bool,
    /// Whether a command that fails can say so.
    can_speak: bool,
}

const CONDITIONS: &[Condition] = &[
    Condition { name: "as usual", shell: "exec \"$0\" \"$@\"", may_pass: true, can_speak: true },
    Condition {
        name: "standard error closed",
        shell: "exec \"$0\" \"$@\" 2>&-",
        may_pass: true,
        can_speak: false,
    },
    Condition {
        name: "standard error full",
        shell: "exec \"$0\" -v \"$@\" 2>/dev/full",
        may_pass: true,
        can_speak: false,
    },
    Condition {
        name: "standard output full",
        shell: "exec \"$0\" \"$@\" >/dev/full",
        may_pass: false,
        can_speak: true,
    },
    Condition {
        name: "standard output closed",
        shell: "exec \"$0\" \"$@\" >&-",
        may_pass: true,
        can_speak: true,
    },
    Condition {
        name: "standard input closed",
        shell: "exec \"$0\" \"$@\" <&-",
        may_pass: true,
        can_speak: true,
    },
    Condition {
        name: "nobody reads",
        shell: "\"$0\" \"$@\" | true; exit ${PIPESTATUS[0]}",
        may_pass: true,
        can_speak: false,
    },
    Condition {
        name: "few file handles",
        shell: "ulimit -n 12; exec \"$0\" \"$@\"",
        may_pass: true,
        can_speak: true,
    },
    Condition {
        name: "no threads to be had",
        shell: "ulimit -u 1; exec \"$0\" \"$@\"",
        may_pass: true,
        can_speak: true,
    },
    Condition {
        name: "a small stack",
        shell: "ulimit -s 512; RUST_MIN_STACK=262144 exec \"$0\" \"$@\"",
        may_pass: true,
        can_speak: true,
    },
    Condition {
        name: "no folder for temporary files",
        shell: "TMPDIR=/nonexistent exec \"$0\" \"$@\"",
        may_pass: true,
        can_speak: true,
    },
    Condition {
        name: "no home, no terminal, no language",
        shell: "exec env -i \"$0\" \"$@\"",
        may_pass: true,
        can_speak: true,
    },
];

fn corpus() -> Place {
    let place = Place::new();
    for number in 0..12 {
        place.write(&format!("in/{number}.txt"), PROSE.repeat(3));
    }
    place.write("in/a.txt", "La seÃ±al llegÃ³ tarde.\n");
    place.write("in/c.jsonl", "{\"id\":1,\"text\":\"La seÃ±al\"}\n{\"id\":2,\"text\":\"Hola.\"}\n");
    place.write(
        "mine.toml",
        "[[rule]]\nid = \"mine.a\"\ncategory = \"custom\"\nphrases = [\"seguir leyendo ahora\"]\n\
         at = \"line\"\nexamples = [\"Seguir leyendo ahora\"]\n\
         counter-examples = [\"Seguir leyendo ahora es un placer.\"]\n",
    );
    place.write("run.jsonl", RUN);
    place
}

/// A report of a run over nothing.
const RUN: &str =
    r#"{"run":{"version":"1","rules_hash":"2","seconds":0,"totals":{},"settings":{}}}"#;

/// Somebody without rights, where this process has all of them: limits of threads and permissions
/// hold for others only.
pub fn as_somebody(command: &mut Command, place: &Place) -> bool {
    const NOBODY: u32 = 65_534;
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    if !is_root {
        return true;
    }
    let given = Command::new("chown").args(["-R", "65534"]).arg(place.path(".")).status();
    let reaches = || {
        let mut probe = Command::new(env!("CARGO_BIN_EXE_limpio"));
        probe.arg("--version").uid(NOBODY).stdout(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    if !given.is_ok_and(|status| status.success()) || !reaches() {
        println!("skipped: no other user can run the tool here");
        return false;
    }
    command.uid(NOBODY);
    true
}

fn run_under(condition: &Condition, args: &[&str], place: &Place) -> Option<Run> {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(condition.shell).arg(env!("CARGO_BIN_EXE_limpio")).args(args);
    shell.current_dir(place.path(".")).env_remove("LIMPIO_CONFIG");
    if condition.shell.contains("ulimit -u") && !as_somebody(&mut shell, place) {
        return None;
    }
    shell.stdin(File::open(place.path("in/a.txt")).expect("an input"));
    let output = shell.output().expect("the shell runs");
    assert_eq!(output.status.signal(), None, "{}: {args:?}", condition.name);
    Some(output.into())
}

#[test]
fn every_command_ends_well_in_every_condition() {
    for (name, args) in COMMANDS {
        let usual = run_under(&CONDITIONS[0], args, &corpus()).expect("nothing is skipped");
        for condition in CONDITIONS {
            let place = corpus();
            let Some(run) = run_under(condition, args, &place) else { continue };
            let at = format!("{name}, {}: {run:?}", condition.name);
            assert!((0..=2).contains(&run.status), "{at}");
            assert!(!run.stderr.contains("panicked"), "{at}");
            if run.status == 0 {
                let is_silent = usual.stdout.is_empty();
                assert!(condition.may_pass || is_silent, "{at}: nothing was written");
                assert_eq!(usual.status, 0, "{at}");
            } else if condition.can_speak {
                assert!(!run.stderr.is_empty(), "{at}: nothing is said");
            }
            let all = place.files(".");
            assert!(!all.iter().any(|name| name.contains(".limpio-tmp")), "{at}: {all:?}");
            // A folder that was cleaned is clean, whatever the condition.
            for file in place.files("out") {
                assert!(!place.read(&format!("out/{file}")).is_empty(), "{at}: {file}");
            }
        }
    }
}

#[test]
fn reports_on_a_full_device_are_an_error() {
    for option in ["--report", "--removed"] {
        for input in ["in", "in/a.txt", "in/c.jsonl"] {
            let place = corpus();
            // More than any buffer holds, so that writing fails in the middle, too.
            place.write("in/box.txt", "Suscríbete a nuestro boletín\n".repeat(2000));
            let mut args = vec!["clean", input, option, "/dev/full"];
            if input == "in" {
                args.extend(["-o", "out"]);
            }
            let run = place.run(&args);
            if option == "--removed" && input != "in" {
                // One clean line: nothing was to be written.
                continue;
            }
            run.exits(1).says("/dev/full: no space left on device");
        }
    }
}

/// A small file system of its own, taken away again.
struct SmallDisk<'p>(&'p Place, &'static str);

impl<'p> SmallDisk<'p> {
    fn mount(place: &'p Place, folder: &'static str, options: &str) -> Option<SmallDisk<'p>> {
        let path = place.path(folder);
        fs::create_dir_all(&path).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&path).stderr(Stdio::null());
        if !mount.status().is_ok_and(|status| status.success()) {
            println!("skipped: no file system can be mounted here");
            return None;
        }
        Some(SmallDisk(place, folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path(self.1)).status();
    }
}

#[test]
fn a_full_disk_leaves_whole_files_and_resuming_completes() {
    for (options, reason) in [
        ("size=200k", "no space left on device"),
        ("size=4m,nr_inodes=12", "no space left on device"),
    ] {
        let place = Place::new();
        for number in 0..40 {
            place.write(&format!("in/{number:02}.txt"), PROSE.repeat(60));
        }
        let Some(disk) = SmallDisk::mount(&place, "out", options) else { return };
        let run = place.run(&["clean", "in", "-o", "out"]).exits(1).says(reason);
        assert!(run.stderr.contains("in/39.txt: "), "each that failed is named: {}", run.stderr);
        let files = place.files("out");
        assert!(!files.is_empty() && files.len() < 40, "{options}: {} files", files.len());
        for name in &files {
            assert_eq!(place.read(&format!("out/{name}")), PROSE.repeat(60), "{name}");
        }
        // Room is made: the rest is done, and nothing twice.
        let grow = Command::new("mount")
            .args(["-o", "remount,size=8m,nr_inodes=1000"])
            .arg(place.path("out"))
            .status();
        assert!(grow.is_ok_and(|status| status.success()));
        place.run(&["clean", "in", "-o", "out", "--resume"]).exits(0);
        assert_eq!(place.files("out").len(), 40);
        drop(disk);
    }
}

#[test]
fn what_may_not_be_read_or_written_is_named_and_the_rest_is_done() {
    let place = corpus();
    place.write("in/locked.txt", PROSE);
    place.write("in/shut/d.txt", PROSE);
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(
        "chmod 000 in/locked.txt in/shut; mkdir -p out ro; chmod 555 ro
         \"$0\" clean in -o out; echo \"status $?\"
         \"$0\" clean in/a.txt -o ro; echo \"status $?\"
         \"$0\" clean in/a.txt --report ro/run.jsonl; echo \"status $?\"
         chmod 755 in/shut; chmod 644 in/locked.txt",
    );
    shell.arg(env!("CARGO_BIN_EXE_limpio")).current_dir(place.path("."));
    if !as_somebody(&mut shell, &place) {
        return;
    }
    let run: Run = shell.output().expect("the shell runs").into();
    let statuses: Vec<&str> =
        run.text().lines().filter(|line| line.starts_with("status")).collect();
    assert_eq!(statuses, ["status 1", "status 2", "status 2"], "{run:?}");
    for said in ["in/locked.txt: ", "in/shut: ", "limpio: ro: ", "limpio: ro/run.jsonl: "] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    assert_eq!(place.files("out").len(), 14);
}

#[test]
fn an_output_that_is_the_input_touches_nothing() {
    let place = corpus();
    let before: Vec<String> = place.files("in");
    std::os::unix::fs::symlink("in", place.path("link")).expect("a link");
    std::os::unix::fs::symlink("../in/a.txt", place.path("in/link.txt")).expect("a link");
    for args in [
        &["clean", "in", "-o", "in"][..],
        &["clean", "in", "-o", "./in/../in"],
        &["clean", "in", "-o", "link"],
        &["clean", "link", "-o", "in"],
        &["clean", "in/a.txt", "-o", "in"],
        &["clean", "in", "-o", "in/deeper/still"],
        &["clean", "in/a.txt", "--report", "in/a.txt"],
        &["clean", "in", "-o", "out", "--removed", "in/a.txt"],
        &["clean", "in", "-o", "in/a.txt"],
        &["clean", "in", "-o", "in", "--overwrite"],
        &["learn", "in", "-o", "in/a.txt", "--overwrite"],
    ] {
        place.run(args).exits(2).says("limpio: ");
        let files: Vec<String> =
            place.files("in").into_iter().filter(|name| name != "link.txt").collect();
        assert_eq!(files, before, "{args:?}");
        assert_eq!(place.read("in/a.txt"), "La seÃ±al llegÃ³ tarde.\n", "{args:?}");
        assert!(!place.has("out"), "{args:?}");
    }
    // A shell has emptied the file before: what is left is read to its end.
    let mut shell = Command::new("bash");
    shell.arg("-c").arg("\"$0\" clean < in/0.txt >> in/0.txt").arg(env!("CARGO_BIN_EXE_limpio"));
    assert!(shell.current_dir(place.path(".")).status().expect("the shell runs").success());
    assert_eq!(place.read("in/0.txt"), PROSE.repeat(6));
}

#[test]
fn an_input_may_vanish_shrink_or_turn_into_something_else() {
    let place = Place::new();
    for number in 0..300 {
        place.write(&format!("in/{number:03}.txt"), PROSE.repeat(40));
    }
    let mut command = place.command(&["clean", "in", "-o", "out"]);
    let child = command.stderr(Stdio::piped()).spawn().expect("the command runs");
    for number in (0..300).rev() {
        let path = place.path(&format!("in/{number:03}.txt"));
        // Whatever comes first, the command or this: both must be well.
        let _ = match number % 3 {
            0 => fs::remove_file(&path),
            1 => File::options().write(true).open(&path).and_then(|file| file.set_len(1000)),
            _ => fs::remove_file(&path).and_then(|()| fs::create_dir(&path)),
        };
    }
    let run: Run = child.wait_with_output().expect("the command ends").into();
    assert!((0..=1).contains(&run.status), "{run:?}");
    let whole = PROSE.repeat(40);
    for name in place.files("out") {
        let text = place.read(&format!("out/{name}"));
        // A file that shrank while it was read is shorter, and what is there is of the input.
        assert!(whole.starts_with(text.trim_end_matches('\u{fffd}')), "{name}");
        assert!(!name.contains(".limpio-tmp"), "{name}");
    }
    let _ = std::io::stdout().flush();
}
