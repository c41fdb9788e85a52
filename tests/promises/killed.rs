//! Runs that end early: by kill -9 and by Ctrl-C at many moments, two runs at once.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{PROSE, Place};

/// Clean files by name, of an undisturbed run.
fn corpus(files: usize) -> (Place, Vec<(String, String)>) {
    let place = Place::new();
    for number in 0..files {
        let text = format!("{number}\n\nLa seÃ±al llegÃ³ tarde.\n{}", PROSE.repeat(number % 30));
        place.write(&format!("in/{}/{number:03}.txt", number % 3), text);
    }
    place.run(&["clean", "in", "-o", "whole"]).exits(0);
    let whole = contents(&place, "whole");
    assert_eq!(whole.len(), files);
    fs::remove_dir_all(place.path("whole")).expect("removed");
    (place, whole)
}

fn contents(place: &Place, folder: &str) -> Vec<(String, String)> {
    let files = place.files(folder).into_iter();
    files.map(|name| (name.clone(), place.read(&format!("{folder}/{name}")))).collect()
}

fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).stderr(Stdio::null()).status();
    sent.expect("kill runs");
}

/// How long a run takes here and now.
fn duration(place: &Place, args: &[&str]) -> Duration {
    let started = Instant::now();
    place.run(args).exits(0);
    let lasted = started.elapsed();
    fs::remove_dir_all(place.path("out")).expect("removed");
    lasted
}

const MOMENTS: u32 = 16;

#[test]
fn a_killed_run_leaves_whole_files_and_resuming_completes() {
    let (place, whole) = corpus(150);
    let args = ["clean", "in", "-o", "out", "--report", "run.jsonl", "-j2"];
    let lasted = duration(&place, &args);
    let mut killed_inside = 0;
    for moment in 0..MOMENTS {
        let _ = fs::remove_dir_all(place.path("out"));
        let mut child = place.command(&args).stderr(Stdio::null()).spawn().expect("it runs");
        thread::sleep(lasted * moment / MOMENTS);
        signal(&child, "-KILL");
        child.wait().expect("it ends");
        let left = contents(&place, "out");
        let (temporary, finished): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(name, _)| name.contains(".limpio-tmp-"));
        killed_inside += usize::from(!finished.is_empty() && finished.len() < whole.len());
        for file in &finished {
            assert!(whole.contains(file), "moment {moment}: {} is not whole", file.0);
        }
        assert!(temporary.len() <= 8, "moment {moment}: {} temporary files", temporary.len());
        place.run(&["clean", "in", "-o", "out", "--resume", "--report", "run.jsonl"]).exits(0);
        assert_eq!(contents(&place, "out"), whole, "moment {moment}");
        assert_eq!(place.files(".").iter().filter(|name| name.contains(".limpio-tmp")).count(), 0);
    }
    assert!(killed_inside > 0, "no run was killed in the middle");
}

#[test]
fn an_interrupted_run_ends_at_once_and_leaves_no_temporary_file() {
    let (place, whole) = corpus(150);
    let args = ["clean", "in", "-o", "out", "--report", "run.jsonl", "-j2"];
    let lasted = duration(&place, &args);
    for (moment, name) in (0..MOMENTS).zip(["-INT", "-TERM", "-HUP"].iter().cycle()) {
        let _ = fs::remove_dir_all(place.path("out"));
        let mut child = place.command(&args).stderr(Stdio::null()).spawn().expect("it runs");
        thread::sleep(lasted * moment / MOMENTS);
        signal(&child, name);
        let status = child.wait().expect("it ends");
        // By the signal where it came before the handler, and 0 where it came after the end.
        let is_known = matches!(status.code(), None | Some(0 | 130));
        assert!(is_known, "moment {moment}: {status:?}");
        let left = contents(&place, "out");
        if status.code().is_some() {
            let all = place.files(".");
            assert!(!all.iter().any(|name| name.contains(".limpio-tmp")), "{moment}: {all:?}");
        }
        for file in left.iter().filter(|(name, _)| !name.contains(".limpio-tmp")) {
            assert!(whole.contains(file), "moment {moment}: {} is not whole", file.0);
        }
        place.run(&["clean", "in", "-o", "out", "--resume"]).exits(0);
        assert_eq!(contents(&place, "out"), whole, "moment {moment}");
    }
}

#[test]
fn under_overwrite_every_file_is_old_or_new_when_it_is_killed() {
    let (place, whole) = corpus(100);
    let args = ["clean", "in", "-o", "out", "--overwrite", "-j2"];
    let lasted = duration(&place, &args);
    for moment in 0..MOMENTS {
        for (name, _) in &whole {
            place.write(&format!("out/{name}"), "old");
        }
        let mut child = place.command(&args).stderr(Stdio::null()).spawn().expect("it runs");
        thread::sleep(lasted * moment / MOMENTS);
        signal(&child, "-KILL");
        child.wait().expect("it ends");
        for file in contents(&place, "out") {
            let is_ours = file.0.contains(".limpio-tmp-");
            assert!(is_ours || file.1 == "old" || whole.contains(&file), "moment {moment}");
        }
        assert_eq!(
            place.files("out").iter().filter(|name| !name.contains(".limpio-tmp-")).count(),
            whole.len()
        );
    }
    place.run(&args).exits(0);
    assert_eq!(contents(&place, "out"), whole);
}

#[test]
fn two_runs_into_one_folder_leave_whole_files() {
    let (place, whole) = corpus(150);
    for mode in [&[][..], &["--overwrite"], &["--resume"]] {
        let _ = fs::remove_dir_all(place.path("out"));
        let args = [&["clean", "in", "-o", "out", "-j2"][..], mode].concat();
        let start = || place.command(&args).stderr(Stdio::null()).spawn().expect("it runs");
        let (mut first, mut second) = (start(), start());
        for child in [&mut first, &mut second] {
            let status = child.wait().expect("it ends");
            // Without a mode the later one finds the files of the other, and refuses.
            let expected = if mode.is_empty() { 0..=1 } else { 0..=0 };
            assert!(status.code().is_some_and(|code| expected.contains(&code)), "{mode:?}");
        }
        assert_eq!(contents(&place, "out"), whole, "{mode:?}");
    }
}
