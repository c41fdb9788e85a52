//! Memory that does not grow: with the length of a line, with the size of a stream, with the number
//! of files. A record needs a few times its size.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{PROSE, Place, Run};

/// Runs the command; the most memory that it ever had, in bytes.
pub fn peak_of(place: &Place, args: &[&str]) -> (Run, u64) {
    peak_of_pipe(place, args, |_| {})
}

/// The same, with something on standard input.
pub fn peak_of_pipe(
    place: &Place,
    args: &[&str],
    feed: impl FnOnce(&mut dyn Write) + Send,
) -> (Run, u64) {
    let mut command = place.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let status = format!("/proc/{}/status", child.id());
    let high_water = || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kilobytes.and_then(|number| number.trim().parse::<u64>().ok()).map(|number| number * 1024)
    };
    let mut peak = 0;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            feed(&mut stdin);
        });
        // A process that has ended has no memory any more: what was seen last counts.
        while child.try_wait().expect("a status").is_none() {
            peak = peak.max(high_water().unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    let output = child.wait_with_output().expect("the command ends");
    (output.into(), peak)
}

const MIB: u64 = 1 << 20;

/// Feeds so many bytes, made of these again and again.
fn repeat(to: &mut dyn Write, what: &[u8], bytes: u64) {
    let block = what.repeat((64 << 10) / what.len() + 1);
    for _ in 0..bytes / block.len() as u64 + 1 {
        if to.write_all(&block).is_err() {
            return;
        }
    }
}

/// What a run over nearly nothing needs.
fn idle(args: &[&str]) -> u64 {
    let (run, peak) = peak_of_pipe(&Place::new(), args, |to| {
        let _ = to.write_all(PROSE.repeat(2000).as_bytes());
    });
    run.exits(0);
    peak
}

fn line_without_end(bytes: u64) {
    for what in ["palabra ", "x", "ñ", "e\u{301}", "a\u{300}\u{301}\u{302}\u{303}", "Ã±", " "] {
        let (run, peak) =
            peak_of_pipe(&Place::new(), &["clean"], |to| repeat(to, what.as_bytes(), bytes));
        run.exits(0);
        println!("a line of {} MB of {what:?}: {} MiB", bytes / 1_000_000, peak / MIB);
        assert!(peak < idle(&["clean"]) + 8 * MIB, "{what:?}: {} MiB", peak / MIB);
    }
}

fn long_record(bytes: u64) {
    let idle = idle(&["clean"]);
    let (run, peak) = peak_of_pipe(&Place::new(), &["clean", "--format", "jsonl", "-j2"], |to| {
        let _ = to.write_all(b"{\"text\":\"");
        repeat(to, PROSE.replace('\n', "\\n").as_bytes(), bytes);
        let _ = to.write_all(b"\"}\n");
    });
    run.exits(0);
    println!("a record of {} MB: {} MiB", bytes / 1_000_000, peak / MIB);
    assert!(peak < idle + 8 * bytes, "{} MiB", peak / MIB);
}

fn stream(bytes: u64) {
    for args in [&["clean"][..], &["clean", "--format", "jsonl", "-j2"], &["langs"], &["explain"]] {
        let what = if args.len() > 1 {
            format!("{{\"id\":1,\"text\":\"{}\"}}\n", PROSE.replace('\n', "\\n"))
        } else {
            PROSE.to_owned()
        };
        let of = |bytes| {
            let place = Place::new();
            let (run, peak) = peak_of_pipe(&place, args, |to| repeat(to, what.as_bytes(), bytes));
            run.exits(0);
            peak
        };
        let (short, long) = (of(bytes / 10), of(bytes));
        println!("{args:?}: {} MiB, then {} MiB", short / MIB, long / MIB);
        assert!(long <= short + short / 10 + 2 * MIB, "{args:?}: {short}, then {long} bytes");
    }
}

fn many_files(count: usize) {
    let of = |count: usize, text: &str| {
        let place = Place::new();
        for number in 0..count {
            place.write(&format!("in/{}/{number}.txt", number % 100), text);
        }
        let (run, peak) = peak_of(&place, &["clean", "in", "-o", "out", "-j2"]);
        run.exits(0);
        assert_eq!(place.files("out").len(), count);
        peak
    };
    for text in ["", PROSE] {
        let (few, many) = (of(count / 10, text), of(count, text));
        println!("{count} files: {} MiB, then {} MiB", few / MIB, many / MIB);
        assert!(many <= few + few / 10 + 2 * MIB, "{few}, then {many} bytes");
    }
}

#[test]
fn a_line_of_any_length_needs_no_more_memory() {
    line_without_end(12_000_000);
}

#[test]
fn a_stream_of_any_size_needs_no_more_memory() {
    stream(10_000_000);
}

#[test]
fn a_long_record_needs_a_few_times_its_size() {
    long_record(20_000_000);
}

#[test]
fn a_folder_of_many_files_needs_no_more_memory() {
    many_files(2_000);
}

#[test]
#[ignore = "minutes: a line of 300 MB in each of seven ways"]
fn a_line_of_300_megabytes() {
    line_without_end(300_000_000);
}

#[test]
#[ignore = "needs a gigabyte of memory"]
fn a_record_of_200_megabytes() {
    long_record(200_000_000);
}

#[test]
#[ignore = "minutes: 200 MB in each of four ways"]
fn a_stream_of_200_megabytes() {
    stream(200_000_000);
}

#[test]
#[ignore = "minutes: 100,000 files, empty and not"]
fn a_folder_of_100_000_files() {
    many_files(100_000);
}
