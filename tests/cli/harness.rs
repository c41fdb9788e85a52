//! A temporary folder and the command in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder that the command runs in.
pub struct Place {
    folder: tempfile::TempDir,
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the output is UTF-8")
    }

    /// The JSON records of standard output.
    pub fn records(&self) -> Vec<Value> {
        records(&self.stdout)
    }

    /// Asserts an exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Run {
        assert_eq!(self.status, status, "{}", self.stderr);
        self
    }

    /// Asserts that standard error says something.
    #[track_caller]
    pub fn says(self, text: &str) -> Run {
        assert!(self.stderr.contains(text), "expected {text:?} in {:?}", self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        Run {
            status: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Place {
    /// An empty folder.
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Place {
        let place = Place::new();
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// The command, in this folder, without settings from outside.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limpio"));
        command.args(args).current_dir(self.folder.path()).env_remove("LIMPIO_CONFIG");
        command.env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    /// Runs the command with nothing on standard input.
    pub fn run(&self, args: &[&str]) -> Run {
        self.command(args).output().expect("the command runs").into()
    }

    /// Runs the command with these bytes on standard input.
    pub fn pipe(&self, args: &[&str], input: impl AsRef<[u8]>) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.as_ref().to_vec();
        let feeder = std::thread::spawn(move || {
            // The command may end before it has read everything.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("the command ends");
        feeder.join().expect("the input was fed");
        output.into()
    }

    /// Every file below a folder, without the state file, sorted.
    pub fn files(&self, name: &str) -> Vec<String> {
        fn walk(folder: &Path, base: &Path, into: &mut Vec<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    walk(&entry.path(), base, into);
                } else if entry.file_name() != ".limpio-state" {
                    let path = entry.path();
                    let place = path.strip_prefix(base).expect("below the base");
                    into.push(place.to_string_lossy().into_owned());
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.path(name), &self.path(name), &mut files);
        files.sort();
        files
    }
}

/// JSON Lines.
pub fn records(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("a JSON record")).collect()
}

/// A newsletter box that a cautious run removes too.
pub const BOX: &str = "Subscribe to our newsletter\nEnter your email address\nSubscribe\n";

/// A paragraph that nothing has anything against.
pub const PROSE: &str = "El verano pasado fuimos andando hasta el faro con los primos de mi madre, \
    y por el camino nos contaron cómo había sido el pueblo antes de la carretera.\n";
