//! What happens when something breaks: pipes, disks, archives, permissions, signals.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::harness::{PROSE, Place};
use crate::text::gzip;

#[test]
fn a_closed_pipe_ends_quietly_also_with_endless_input() {
    for args in [
        &["clean"][..],
        &["clean", "--format", "jsonl"],
        &["explain"],
        &["explain", "--format", "jsonl"],
    ] {
        let place = Place::new();
        let mut command = place.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feeder = std::thread::spawn(move || {
            let lines = "{\"text\":\"Hola.\"}\n\n".repeat(1000);
            // Ends when the command does, which closes the pipe.
            while stdin.write_all(lines.as_bytes()).is_ok() {}
        });
        let mut line = Vec::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_until(b'\n', &mut line).unwrap();
        assert!(!line.is_empty());
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_with_a_message() {
    for args in [
        &["clean", "a.txt"][..],
        &["clean", "a.jsonl"],
        &["clean", "a.txt", "--diff"],
        &["explain", "a.txt"],
        &["langs", "a.txt"],
        &["rules", "list"],
        &["man"],
        &["completions", "bash"],
    ] {
        let place = Place::with(&[("a.txt", "La seÃ±al.\n"), ("a.jsonl", "{\"text\":\"a\"}\n")]);
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = place.command(args);
        let output =
            command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output();
        let run: crate::harness::Run = output.unwrap().into();
        run.exits(1).says("limpio: standard output: no space left on device");
    }
}

#[test]
fn cut_and_damaged_archives_leave_no_file() {
    let place = Place::with(&[("in/good.txt", "Hola.\n")]);
    let whole = gzip(PROSE.repeat(50).as_bytes());
    place.write("in/cut.txt.gz", &whole[..whole.len() - 9]);
    place.write("in/no.gz", "plain text");
    place.write("in/empty.gz", "");
    place.write("in/empty.zst", "");
    let packed = zstd::encode_all(PROSE.repeat(500).as_bytes(), 0).unwrap();
    place.write("in/cut.zst", &packed[..packed.len() - 3]);
    let records = gzip(b"{\"text\":\"a\"}\n");
    place.write("in/cut.jsonl.gz", &records[..records.len() - 4]);
    let run = place.run(&["clean", "in", "-o", "out", "--report", "r.jsonl"]).exits(1);
    assert_eq!(place.files("out"), ["good.txt"]);
    for name in ["cut.txt.gz", "no.gz", "empty.gz", "empty.zst", "cut.zst", "cut.jsonl.gz"] {
        assert!(run.stderr.contains(&format!("in/{name}: ")), "{name}: {}", run.stderr);
    }
    let failed = place.read("r.jsonl").matches("\"status\":\"failed\"").count();
    assert_eq!(failed, 6);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_fails_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with(&[("in/a.txt", "Hola.\n"), ("in/b.txt", "Hola.\n")]);
    fs::set_permissions(place.path("in/a.txt"), fs::Permissions::from_mode(0o000)).unwrap();
    // The administrator may read everything.
    if fs::read(place.path("in/a.txt")).is_ok() {
        return;
    }
    place.run(&["clean", "in", "-o", "out"]).exits(1).says("in/a.txt: cannot be read");
    assert_eq!(place.files("out"), ["b.txt"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_half_done() {
    let place = Place::with(&[("in/a.txt", "Hola.\n")]);
    let made = std::process::Command::new("mkfifo").arg(place.path("slow.txt")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let mut command = place.command(&["clean", "slow.txt", "-o", "out", "--report", "r.jsonl"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    // Opening waits for the reader: from here on the run is under way.
    let mut feed = fs::File::options().write(true).open(place.path("slow.txt")).unwrap();
    feed.write_all(PROSE.repeat(2000).as_bytes()).unwrap();
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(feed);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(place.files("out"), Vec::<String>::new());
    assert_eq!(place.files("."), ["in/a.txt", "slow.txt"]);
}

#[test]
fn input_and_output_of_one_file_come_to_an_end() {
    let place = Place::with(&[("a.txt", PROSE)]);
    let input = fs::File::open(place.path("a.txt")).unwrap();
    let output = fs::File::options().append(true).open(place.path("a.txt")).unwrap();
    let mut command = place.command(&["clean"]);
    assert!(command.stdin(input).stdout(output).status().unwrap().success());
    assert_eq!(place.read("a.txt"), PROSE.repeat(2));
}

#[cfg(unix)]
#[test]
fn few_file_handles_are_enough() {
    let place = Place::new();
    for number in 0..40 {
        place.write(&format!("in/{number}.txt"), "Hola.\n");
    }
    let mut shell = std::process::Command::new("sh");
    let command = "ulimit -n 16; exec \"$0\" clean in -o out -j 16";
    shell.arg("-c").arg(command).arg(env!("CARGO_BIN_EXE_limpio")).current_dir(place.path("."));
    assert!(shell.status().unwrap().success());
    assert_eq!(place.files("out").len(), 40);
}
