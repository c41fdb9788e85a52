//! The harness of the black-box tests: a temporary folder, the built binary, what came out of it.
//!
//! ```ignore
//! let bench = Bench::new();
//! bench.write("a.txt", "Text.  \n");
//! let run = bench.run(&["clean", "a.txt"]);
//! assert_eq!((run.code, run.text()), (0, "Text.\n"));
//! ```
//!
//! Every run gets an environment without `LIMPIO_CONFIG`, `NO_COLOR` and their kin, so that the settings
//! of the person who runs the tests cannot change a result.
#![allow(dead_code)] // each test binary uses its own part of the harness

pub mod pages;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder of its own for one test, gone when the test ends, and the working folder of its runs.
pub struct Bench {
    folder: TempDir,
}

/// What one run of the binary left behind.
pub struct Run {
    /// Exit status; -1 when a signal ended the run.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// Standard output as text; a panic when it is no UTF-8, which limpio never writes.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is UTF-8")
    }

    /// The run itself when it ended with 0, otherwise a panic that shows what it said.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "exit status; it said: {}", self.stderr);
        self
    }
}

impl Bench {
    pub fn new() -> Self {
        Bench { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Where `name` lies, or would lie, in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, with the folders it needs.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("folders can be made");
        }
        fs::write(&path, content).expect("a file can be written");
        path
    }

    /// Reads a file as bytes.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Reads a file of JSON Lines.
    pub fn read_jsonl(&self, name: &str) -> Vec<serde_json::Value> {
        parse_jsonl(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the binary in the folder with an empty standard input.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, b"")
    }

    /// Runs the binary in the folder and feeds it `stdin`.
    pub fn run_with(&self, args: &[&str], stdin: &[u8]) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_limpio"))
            .args(args)
            .current_dir(self.root())
            .env_remove("LIMPIO_CONFIG")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env("TERM", "dumb")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // Fed from a thread of its own: a run that writes before it has read all would wait for ever otherwise.
        let mut pipe = child.stdin.take().expect("standard input is a pipe");
        let stdin = stdin.to_vec();
        let feeder = std::thread::spawn(move || {
            // A run that reads no standard input closes it: that is no failure of the test.
            let _ = pipe.write_all(&stdin);
        });
        let output = child.wait_with_output().expect("the binary ends");
        feeder.join().expect("the feeding thread ends");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The folder `fixtures` of the package.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The values of a file of JSON Lines; blank lines pass.
pub fn parse_jsonl(bytes: &[u8]) -> Result<Vec<serde_json::Value>, serde_json::Error> {
    bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(serde_json::from_slice)
        .collect()
}

/// Nothing when both are equal byte for byte; otherwise the lines that differ, `-` wanted and `+` found,
/// with the line number in the text each comes from, invisible characters escaped.
pub fn line_diff(want: &[u8], got: &[u8]) -> Option<String> {
    if want == got {
        return None;
    }
    let lines = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.split('\n').map(str::to_owned).collect()
    };
    let (want, got) = (lines(want), lines(got));
    // Longest common subsequence from the ends inward; pages are short, a square table is fine.
    let mut longest = vec![vec![0_usize; got.len() + 1]; want.len() + 1];
    for i in (0..want.len()).rev() {
        for j in (0..got.len()).rev() {
            longest[i][j] = if want[i] == got[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut diff) = (0, 0, String::new());
    while i < want.len() || j < got.len() {
        if i < want.len() && j < got.len() && want[i] == got[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == got.len() || (i < want.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            let _ = writeln!(diff, "    - {:>3}  {}", i + 1, visible(&want[i]));
            i += 1;
        } else {
            let _ = writeln!(diff, "    + {:>3}  {}", j + 1, visible(&got[j]));
            j += 1;
        }
    }
    Some(diff)
}

/// The line with everything escaped that a terminal would not show, cut to 160 characters.
fn visible(line: &str) -> String {
    let shown = |c: char| match c {
        ' ' => " ".to_owned(),
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}' => {
            format!("\\u{{{:x}}}", c as u32)
        }
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    let mut text: String = line.chars().take(160).map(shown).collect();
    if line.is_empty() {
        text.push_str("(blank)");
    }
    text
}
