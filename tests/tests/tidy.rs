//! Tidiness is a test: sizes, names, edges between rooms, licences, links, and commands that the documents promise.

mod crates;
mod deploy;
mod documents;
pub(crate) mod generated;
mod promises;
mod sources;

use std::process::Command;

use ambit_tests::provided::root;

/// Every file that git knows or would take, relative to the root, in order.
fn files() -> Vec<String> {
    let git = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    let names = String::from_utf8(git.stdout).unwrap();
    let mut files = names.split_terminator('\0').map(str::to_owned).collect::<Vec<_>>();
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    files
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Compares a file that is made with what it should be, or writes it.
pub(crate) fn written(file: &str, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join(file), expected).unwrap();
    }
    assert_eq!(read(file), expected, "{file} is behind: run the tests with UPDATE=1");
}

/// Data from elsewhere, and data that programs wrote: not ours to tidy.
fn is_data(file: &str) -> bool {
    let folders = ["replay-data/third-party/", "replay-data/samples/", "replay-data/golden/"];
    folders.iter().any(|folder| file.starts_with(folder)) || file.contains("/fixtures/")
}

#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
