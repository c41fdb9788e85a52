//! Every call to the file system fails once, and then from then on: whatever fails, an output is old
//! or new, never between.
//!
//! For each way to run, the call that fails is stepped upward from the first until a run meets no
//! fault any more, with EIO and ENOSPC. What must hold is the same for all:
//!
//! - each output file is as it was before, or as an undisturbed run leaves it;
//! - no temporary file is left;
//! - exit 0 means that everything is there, 2 that nothing was touched, else it is 1;
//! - a failure names what failed;
//! - a run with `--resume` and without faults then completes to the bytes of an undisturbed run.
//!
//! `cargo test --features faults --test faults` runs it; the seam is `src/io/disk.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

const PAGE: &str = "La seÃ±al llegÃ³ tarde aquel lunes, y nadie en la estaciÃ³n supo decir por quÃ©.\n\
                    \n\
                    Suscríbete a nuestro boletín\n";

/// More calls than any of these runs makes: the loop must end by itself.
const MOST_CALLS: u64 = 1_000;

/// A way to run, over the inputs in `in`.
struct Way {
    name: &'static str,
    args: &'static [&'static str],
    /// What arrives on standard input.
    stdin: &'static str,
    /// What is there before, by path.
    before: &'static [(&'static str, &'static str)],
}

/// A page of a site that says the same below all of its articles.
macro_rules! page {
    ($who:literal) => {
        concat!(
            "El ",
            $who,
            " llegó tarde aquel lunes, y nadie en el muelle supo decir por qué.\n\n",
            "El rincón del calafate\nTablón de los pescadores\nAviso del patrón mayor\n",
        )
    };
}

const RECORDS: &str = "{\"id\":1,\"text\":\"La seÃ±al\"}\n{\"id\":2,\"text\":\"Hola.\"}\n";

const WAYS: &[Way] = &[
    Way {
        name: "a folder with its reports",
        args: &[
            "clean",
            "in",
            "-o",
            "out",
            "--report",
            "run.jsonl",
            "--removed",
            "gone.jsonl",
            "-j1",
        ],
        stdin: "",
        before: &[],
    },
    Way {
        name: "a folder over earlier clean files",
        args: &["clean", "in", "-o", "out", "--overwrite", "--report", "run.jsonl", "-j1"],
        stdin: "",
        before: &[
            ("out/a.txt", "old a"),
            ("out/sub/b.txt.gz", "old b"),
            ("out/c.jsonl", "old c"),
            ("run.jsonl", "old report"),
        ],
    },
    Way {
        name: "a folder on two threads",
        args: &["clean", "in", "-o", "out", "-j2"],
        stdin: "",
        before: &[],
    },
    Way {
        name: "a file for each language",
        args: &["clean", "in/a.txt", "-o", "out", "--split-langs"],
        stdin: "",
        before: &[],
    },
    Way {
        name: "records into a folder",
        args: &["clean", "in/c.jsonl", "-o", "out", "--report", "run.jsonl", "-j2"],
        stdin: "",
        before: &[],
    },
    Way {
        name: "records to standard output",
        args: &["clean", "in/c.jsonl", "--report", "run.jsonl", "-j1"],
        stdin: "",
        before: &[("run.jsonl", "old report")],
    },
    Way {
        name: "a file to standard output",
        args: &["clean", "in/sub/b.txt.gz", "--removed", "gone.jsonl"],
        stdin: "",
        before: &[],
    },
    Way { name: "a pipe", args: &["clean", "-"], stdin: PAGE, before: &[] },
    Way {
        name: "a pipe of records",
        args: &["clean", "-", "--format", "jsonl", "-j1"],
        stdin: RECORDS,
        before: &[],
    },
    Way {
        name: "with rules and settings",
        args: &[
            "clean",
            "in/a.txt",
            "-o",
            "out",
            "--rules",
            "mine.toml",
            "--config",
            "limpio.toml",
        ],
        stdin: "",
        before: &[],
    },
    Way {
        name: "the page of a run",
        args: &["report", "told.jsonl", "-o", "page.html", "--removed", "went.jsonl"],
        stdin: "",
        before: &[("told.jsonl", TOLD), ("went.jsonl", WENT), ("page.html", "old page")],
    },
    Way {
        name: "the sum of runs",
        args: &["report", "told.jsonl", "told.jsonl"],
        stdin: "",
        before: &[("told.jsonl", TOLD)],
    },
    Way {
        name: "learned rules",
        args: &["learn", "in", "-o", "rules.toml", "--overwrite"],
        stdin: "",
        before: &[
            ("rules.toml", "old rules"),
            ("in/site/1.txt", page!("barco")),
            ("in/site/2.txt", page!("viento")),
            ("in/site/3.txt", page!("cartero")),
            ("in/site/4.txt", page!("patrón")),
            ("in/site/5.txt", page!("tren")),
        ],
    },
    Way {
        name: "a folder that is learned from",
        args: &["clean", "in", "-o", "out", "--learn", "-j1"],
        stdin: "",
        before: &[
            ("in/site/1.txt", page!("barco")),
            ("in/site/2.txt", page!("viento")),
            ("in/site/3.txt", page!("cartero")),
            ("in/site/4.txt", page!("patrón")),
        ],
    },
    Way {
        name: "the counts of a part",
        args: &["learn", "in", "--counts", "lines.counts"],
        stdin: "",
        before: &[],
    },
    Way {
        name: "the languages of a folder",
        args: &["langs", "in", "--format", "jsonl"],
        stdin: "",
        before: &[],
    },
];

/// What a run told, as far as a report is read.
const TOLD: &str = concat!(
    r#"{"v":1,"path":"in/a.txt","status":"ok","lines_in":3,"lines_out":1,"removed":{"newsletter":1}}"#,
    "\n",
    r#"{"run":{"v":1,"version":"0.1.0","rules_hash":"0","seconds":1.0,"totals":{"documents":1,"ok":1},"settings":{}}}"#,
    "\n",
);

/// What the same run removed.
const WENT: &str = concat!(
    r#"{"path":"in/a.txt","line":3,"end_line":3,"category":"newsletter","#,
    r#""rule":"newsletter.subscribe.es","reason":"","score":0.75,"text":"Suscríbete"}"#,
    "\n",
);

const FAULTS: [(&str, i32); 2] = [("once", EIO), ("on", ENOSPC)];

/// A folder with inputs, and what was there before.
fn place(way: &Way) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    };
    write("in/a.txt", PAGE.as_bytes());
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(PAGE.repeat(40).as_bytes()).expect("packed");
    write("in/sub/b.txt.gz", &packer.finish().expect("packed"));
    write("in/c.jsonl", RECORDS.as_bytes());
    write(
        "mine.toml",
        b"[[rule]]\nid = \"mine.tarde\"\ncategory = \"custom\"\nphrases = [\"seguir leyendo ahora\"]\n\
          at = \"line\"\nreach = \"line\"\nexamples = [\"Seguir leyendo ahora\"]\n",
    );
    write("limpio.toml", b"level = \"balanced\"\n");
    for (name, text) in way.before {
        write(name, text.as_bytes());
    }
    folder
}

fn run(folder: &Path, way: &Way, more: &[&str], fault: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpio"));
    command.args(way.args).args(more).current_dir(folder);
    command.env_remove("LIMPIO_CONFIG").env("TMPDIR", folder.join("in"));
    if let Some(fault) = fault {
        command.env("LIMPIO_FAULT", fault).env("LIMPIO_FAULT_MET", folder.join("met"));
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let _ = stdin.write_all(way.stdin.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

/// Every file but inputs, settings and the state, without what differs from run to run.
fn outputs(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, base: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, base, into);
                continue;
            }
            let place = path.strip_prefix(base).expect("below the base").to_owned();
            let name = place.to_string_lossy();
            let is_ours = name.starts_with("in/") && !name.contains(".limpio");
            if !is_ours
                && !["mine.toml", "limpio.toml", "met", "out/.limpio-state"].contains(&&*name)
            {
                let bytes = fs::read(&path).expect("an output");
                into.insert(place, without_seconds(bytes));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// The record of the run says how long it took.
fn without_seconds(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    let Some((before, rest)) = text.split_once("\"seconds\":") else { return bytes };
    let after = rest.split_once(',').map_or("", |(_, after)| after);
    format!("{before}{after}").into_bytes()
}

/// What fails must be named: an input, an output, a setting or a stream.
const NAMES: &[&str] = &[
    "in/",
    "in:",
    "out",
    "run.jsonl",
    "gone.jsonl",
    "standard output",
    "limpio.toml",
    "mine.toml",
    "told.jsonl",
    "went.jsonl",
    "page.html",
    "rules.toml",
    "lines.counts",
];

/// Outputs that tell about many inputs, and how the last line of each begins.
const LAST_LINES: [(&str, &str); 5] = [
    ("run.jsonl", "{\"run\":"),
    ("gone.jsonl", ""),
    ("page.html", "</html>"),
    ("rules.toml", ""),
    ("lines.counts", "{\"end\":"),
];

/// Whether this is what a run may have written before something failed, or about all the rest.
fn is_part(way: &Way, status: Option<i32>, part: &[u8], whole: &[u8]) -> bool {
    if whole.starts_with(part) {
        return true;
    }
    let [part, whole] = [part, whole].map(String::from_utf8_lossy);
    let may_lack_some = status == Some(1) && part.ends_with('\n');
    let is_line = |line: &str| whole.lines().any(|other| other == line);
    match way.args[0] {
        "langs" => may_lack_some && part.lines().all(is_line),
        // Other sums, or cut where the output itself fails.
        "report" => status == Some(1),
        _ => false,
    }
}

fn check(way: &Way, fault: &str, whole: &(Output, BTreeMap<PathBuf, Vec<u8>>)) -> bool {
    let folder = place(way);
    let before = outputs(folder.path());
    let output = run(folder.path(), way, &[], Some(fault));
    let status = output.status.code();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let at = format!("{}, fault {fault}, exit {status:?}, says {said:?}", way.name);
    let is_met = folder.path().join("met").exists();
    let after = outputs(folder.path());
    assert!(!said.contains("panicked"), "{at}");
    for (name, bytes) in &after {
        assert!(
            !name.to_string_lossy().contains(".limpio-tmp"),
            "{at}: {} is left",
            name.display()
        );
        let is_old = before.get(name) == Some(bytes);
        let last = LAST_LINES.iter().find(|(told, _)| name.ends_with(told));
        if let Some((_, last)) = last
            && status == Some(1)
            && !is_old
        {
            // What tells of a run in which something failed is whole, but lacks what failed.
            let text = String::from_utf8_lossy(bytes);
            let is_whole = text.is_empty() && last.is_empty() || text.ends_with('\n');
            let has_end = text.lines().last().unwrap_or_default().starts_with(last);
            assert!(is_whole && has_end, "{at}: {} is cut", name.display());
            continue;
        }
        // Cleaned by fewer rules, and the message says so.
        if status == Some(1) && said.contains("learning: ") && name.starts_with("out") {
            continue;
        }
        let is_new = whole.1.get(name) == Some(bytes);
        assert!(is_old || is_new, "{at}: {} is neither old nor new", name.display());
    }
    assert!(before.keys().all(|name| after.contains_key(name)), "{at}: an old file is gone");
    assert!(is_part(way, status, &output.stdout, &whole.0.stdout), "{at}: another output");
    match status {
        Some(0) => {
            assert_eq!(after, whole.1, "{at}");
            assert_eq!(output.stdout, whole.0.stdout, "{at}");
        }
        Some(1) => assert!(is_met, "{at}"),
        Some(2) => {
            assert!(is_met && output.stdout.is_empty(), "{at}");
            assert_eq!(after, before, "{at}: something was touched");
        }
        _ => panic!("{at}"),
    }
    if status != Some(0) {
        let is_named = NAMES.iter().any(|name| said.contains(name));
        let is_pipe = way.stdin.is_empty() || said.contains("-: ") || said.contains("stand");
        assert!(is_named || !way.stdin.is_empty() && is_pipe, "{at}: nothing is named");
    }
    if way.args[0] == "clean" && way.args.contains(&"-o") {
        let again = way.args.contains(&"--overwrite");
        let resumed = run(folder.path(), way, if again { &[] } else { &["--resume"] }, None);
        let said = String::from_utf8_lossy(&resumed.stderr);
        assert_eq!(resumed.status.code(), Some(0), "{at}: resuming says {said:?}");
        let is_clean = |name: &Path| name.starts_with("out");
        let mut clean = outputs(folder.path());
        clean.retain(|name, _| is_clean(name));
        let mut expected = whole.1.clone();
        expected.retain(|name, _| is_clean(name));
        assert_eq!(clean, expected, "{at}");
    }
    is_met
}

fn undisturbed(way: &Way) -> (Output, BTreeMap<PathBuf, Vec<u8>>) {
    let folder = place(way);
    let output = run(folder.path(), way, &[], None);
    assert_eq!(output.status.code(), Some(0), "{}: {output:?}", way.name);
    (output, outputs(folder.path()))
}

fn every_fault(way: &Way) {
    let whole = undisturbed(way);
    for (stays, code) in FAULTS {
        let met = (1..=MOST_CALLS)
            .take_while(|call| check(way, &format!("any:{call}:{stays}:{code}"), &whole));
        let met = met.count() as u64;
        assert!(met > 5 && met < MOST_CALLS, "{}: {met} calls met a fault", way.name);
    }
}

macro_rules! ways {
    ($($name:ident: $number:literal,)+) => {
        $(
            #[test]
            fn $name() {
                every_fault(&WAYS[$number]);
            }
        )+

        #[test]
        fn every_way_is_run() {
            assert_eq!([$($number),+].len(), WAYS.len());
        }
    };
}

ways! {
    a_folder_with_its_reports_is_old_or_new: 0,
    a_folder_over_earlier_clean_files_is_old_or_new: 1,
    a_folder_on_two_threads_is_old_or_new: 2,
    a_file_for_each_language_is_old_or_new: 3,
    records_into_a_folder_are_old_or_new: 4,
    records_to_standard_output_are_a_whole_prefix: 5,
    a_file_to_standard_output_is_a_prefix: 6,
    a_pipe_is_a_prefix: 7,
    a_pipe_of_records_is_a_prefix: 8,
    rules_and_settings_that_cannot_be_read_stop_the_run: 9,
    the_page_of_a_run_is_old_or_new: 10,
    the_sum_of_runs_is_whole_or_fails: 11,
    learned_rules_are_old_or_new: 12,
    a_folder_that_is_learned_from_is_old_or_new: 13,
    counts_are_not_there_or_whole: 14,
    languages_are_a_prefix: 15,
}

/// The checks that keep an output from an input hold also where the file system does not answer.
#[test]
fn no_fault_lets_an_output_hit_an_input() {
    for args in [&["in", "-o", "in/new"][..], &["in", "-o", "in"], &["in/a.txt", "-o", "in"]] {
        for (stays, code) in FAULTS {
            for call in 1..=MOST_CALLS {
                let way = Way { name: "", args: &[], stdin: "", before: &[] };
                let folder = place(&way);
                let fault = format!("any:{call}:{stays}:{code}");
                let output = run(folder.path(), &way, args, Some(&fault));
                let said = String::from_utf8_lossy(&output.stderr);
                let at = format!("{args:?}, fault {fault}: {said}");
                assert_ne!(output.status.code(), Some(0), "{at}");
                assert_eq!(
                    fs::read(folder.path().join("in/a.txt")).unwrap(),
                    PAGE.as_bytes(),
                    "{at}"
                );
                assert!(!folder.path().join("in/new").exists(), "{at}");
                if !folder.path().join("met").exists() {
                    break;
                }
            }
        }
    }
}
