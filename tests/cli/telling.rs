//! What a run tells of itself while it runs and when it is over.

use crate::harness::{PROSE, Place};

#[test]
fn verbose_tells_where_the_time_went_and_how_much_was_read() {
    let place = Place::with(&[("in/a.txt", PROSE), ("in/b.jsonl", "{\"text\":\"Hola.\"}\n")]);
    for (args, work) in [
        (&["clean", "in", "-o", "out", "-v"][..], &["read ", "decode ", "repair ", "judge "][..]),
        (&["clean", "in/a.txt", "-v"], &["read ", "decode ", "repair ", "judge "]),
        (&["clean", "in/b.jsonl", "-v"], &["records ", "repair ", "judge "]),
    ] {
        let run = place.run(args).exits(0);
        let lines = run.stderr.lines();
        let told = lines.filter_map(|line| line.strip_prefix("limpio: time of all threads: "));
        let told: Vec<&str> = told.collect();
        assert_eq!(told.len(), 1, "{args:?}: {}", run.stderr);
        for work in work {
            assert!(told[0].contains(work), "{work}: {}", told[0]);
        }
    }
    let run = place.run(&["clean", "in", "-o", "out", "-v", "--overwrite"]).exits(0);
    assert!(run.stderr.contains("limpio: 2 documents: 2 clean, 0 failed, 0 skipped; "));
    assert!(run.stderr.contains(" MB/s\n"), "{}", run.stderr);
    assert!(!place.run(&["clean", "in/a.txt"]).exits(0).stderr.contains("time of"));
}

#[cfg(target_os = "linux")]
#[test]
fn who_asks_a_run_is_told_where_it_stands() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let place = Place::new();
    let mut command = place.command(&["clean"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{PROSE}\n{PROSE}\n").repeat(200).as_bytes()).unwrap();
    // What has come out was read: from here on the run waits for more.
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    for _ in 0..2 {
        let asked = Command::new("kill").args(["-USR1", &child.id().to_string()]).status();
        assert!(asked.unwrap().success());
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.as_mut().unwrap());
        stderr.read_line(&mut line).unwrap();
        assert!(line.starts_with("limpio: -: 0."), "{line:?}");
        assert!(line.contains(" MB read in ") && line.contains(" MB/s; 0 documents, 0 failed"));
    }
    drop(stdin);
    let rest = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    assert!(child.wait().unwrap().success());
    rest.join().unwrap().unwrap();
}
