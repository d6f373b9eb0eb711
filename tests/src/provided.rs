//! Programs that `tests/run` sets up. Without them a test says that it was skipped; in CI it fails instead, so that a
//! missing server can never look like a passed test.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The root of the repository. Cargo says where it runs a test: a build that several checkouts share may have been made in
/// another one.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let root = here.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.map(Path::to_path_buf).unwrap_or_default()
}

/// A program of the test environment, or `None` after saying that `test` is skipped.
///
/// # Errors
/// Under `CI`, where nothing may be skipped: says what is missing.
pub fn program(name: &str, test: &str) -> Result<Option<PathBuf>, String> {
    part(&format!("venv/bin/{name}"), test)
}

/// A part of the test environment, by its path there, or `None` after saying that `test` is skipped.
///
/// # Errors
/// As [`program`].
pub fn part(path: &str, test: &str) -> Result<Option<PathBuf>, String> {
    let path = root().join(".test-env").join(path);
    if path.exists() {
        return Ok(Some(path));
    }
    skip(test, &format!("{} is not there; `tests/run` sets it up", path.display())).map(|()| None)
}

/// Says that a test is skipped, and why.
///
/// # Errors
/// As [`program`].
pub fn skip(test: &str, why: &str) -> Result<(), String> {
    if std::env::var_os("CI").is_some() {
        return Err(format!("{test}: {why}"));
    }
    // Straight to stderr: what a test prints in the usual way is only shown when it fails.
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "\nskipped: {test}: {why}").map_err(|error| error.to_string())
}
