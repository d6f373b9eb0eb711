//! A place to run the program in, and what it said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program: the one that cargo built with these tests, or another that was built before, such as one for release.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("AMBIT_TESTS_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_ambit").into(), PathBuf::from)
}

/// A folder to run in, gone when the test is.
pub(crate) struct Place(tempfile::TempDir);

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        lines(&self.read(name))
    }

    /// Runs `ambit` here; the arguments are separated by spaces.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        let mut command = Command::new(program());
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        Run::of(command.output().unwrap())
    }

    /// As [`Place::run`], with arguments that may hold spaces.
    #[cfg(feature = "hunt")]
    pub(crate) fn run_words(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        Run::of(command.output().unwrap())
    }

    /// The same, with variables in its environment.
    #[cfg(all(feature = "hunt", feature = "objects"))]
    pub(crate) fn run_words_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ambit"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        Run::of(command.envs(variables.iter().copied()).output().unwrap())
    }

    /// As [`Place::run`], with variables in its environment.
    #[cfg(feature = "objects")]
    pub(crate) fn run_with(&self, arguments: &str, variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(program());
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        Run::of(command.envs(variables.iter().copied()).output().unwrap())
    }

    /// As [`Place::run`], with bytes on standard input.
    pub(crate) fn run_with_input(&self, arguments: &str, input: &[u8]) -> Run {
        self.write(".stdin", input);
        let mut command = Command::new(program());
        let stdin = fs::File::open(self.path(".stdin")).unwrap();
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).stdin(stdin);
        Run::of(command.output().unwrap())
    }

    /// As [`Place::run`], with nobody who reads what it prints. The exit code.
    pub(crate) fn run_unread(&self, arguments: &str) -> Option<i32> {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(program());
        command.args(arguments.split_whitespace()).current_dir(self.0.path());
        command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null()).status().unwrap().code()
    }
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// What it printed, as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    #[track_caller]
    pub(crate) fn says(self, fragments: &[&str]) -> Self {
        for fragment in fragments {
            assert!(self.stderr.contains(fragment), "no `{fragment}` in stderr:\n{}", self.stderr);
        }
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, fragments: &[&str]) -> Self {
        for fragment in fragments {
            assert!(self.stdout.contains(fragment), "no `{fragment}` in stdout:\n{}", self.stdout);
        }
        self
    }
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Logs of others that the project carries.
pub(crate) fn third_party(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../replay-data/third-party").join(name)
}

/// The samples, or a part of them.
pub(crate) fn samples(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../replay-data/samples").join(name);
    folder.to_str().unwrap().to_owned()
}

/// Findings without what depends on where the records were stored.
pub(crate) fn without_positions(mut findings: Vec<Value>) -> Vec<Value> {
    for finding in &mut findings {
        for evidence in finding["evidences"].as_array_mut().unwrap() {
            evidence["data"].as_object_mut().unwrap().remove("position");
        }
    }
    findings
}

/// The values of a JSON document at some pointers.
#[track_caller]
pub(crate) fn check_json(document: &Value, expected: &[(&str, Value)]) {
    for (pointer, value) in expected {
        assert_eq!(document.pointer(pointer).unwrap_or(&Value::Null), value, "{pointer} in {document:#}");
    }
}
