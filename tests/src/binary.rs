//! The binary `ambit`, built once for all tests.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::provided::root;

/// Says where a binary is that was built just now: `tests/run` builds everything at once, and by itself cargo would build
/// the dependencies again for a package alone, with fewer of their features.
const BUILT: &str = "AMBIT_TESTS_BINARY";

/// Builds `ambit` as the tests are built and says where it is.
fn build() -> Result<PathBuf, String> {
    if let Some(built) = std::env::var_os(BUILT) {
        return Ok(built.into());
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["build", "--locked", "--package", "ambit", "--bin", "ambit"]);
    cargo.arg("--message-format=json-render-diagnostics");
    let output = cargo.output().map_err(|error| format!("cargo build: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo build: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<serde_json::Value>();
    messages
        .filter_map(Result::ok)
        .filter(|message| message["target"]["name"] == "ambit")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| "cargo build named no executable".to_owned())
}

/// Where `ambit` is.
///
/// # Errors
/// What cargo said when it could not be built.
pub fn path() -> io::Result<&'static Path> {
    static PATH: LazyLock<Result<PathBuf, String>> = LazyLock::new(build);
    PATH.as_deref().map_err(|error| io::Error::other(error.clone()))
}

/// Runs `ambit` in a folder, with nothing on its standard input, and waits for its end.
///
/// # Errors
/// When it cannot be built or started.
pub fn run(folder: &Path, args: &[&str]) -> io::Result<Output> {
    Command::new(path()?).current_dir(folder).args(args).stdin(std::process::Stdio::null()).output()
}
