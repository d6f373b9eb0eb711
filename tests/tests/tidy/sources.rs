//! What a stranger relies on when looking for something: short files, telling names, no surprises.

use std::path::Path;

use super::{files, is_data, none, read};

const FILE_LINES: usize = 400;
const LIB_LINES: usize = 60;
/// Names that say nothing about what is inside.
const VAGUE: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "types", "misc"];

fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}

fn rust() -> Vec<String> {
    files().into_iter().filter(|file| is_rust(file) && !is_data(file)).collect()
}

fn size_complaint(file: &str, lines: usize) -> Option<String> {
    let limit = if file.ends_with("src/lib.rs") { LIB_LINES } else { FILE_LINES };
    (lines > limit).then(|| format!("{file}: {lines} lines, at most {limit}"))
}

fn name_complaint(file: &str) -> Option<String> {
    let stem = file.strip_suffix(".rs")?;
    let mut parts = stem.rsplit('/');
    let last = parts.next()?;
    if last == "mod" {
        return Some(format!("{file}: a module's file stands beside its folder, not in it"));
    }
    let vague = std::iter::once(last).chain(parts).find(|part| VAGUE.contains(part))?;
    Some(format!("{file}: `{vague}` does not say what is inside"))
}

#[test]
fn files_are_short_and_tell_what_they_hold() {
    let mut complaints = Vec::new();
    for file in rust() {
        complaints.extend(size_complaint(&file, read(&file).lines().count()));
        complaints.extend(name_complaint(&file));
    }
    none(&complaints);
}

#[test]
fn untidiness_is_seen() {
    assert!(size_complaint("ingest/src/some.rs", FILE_LINES + 1).is_some());
    assert!(size_complaint("ingest/src/lib.rs", LIB_LINES + 1).is_some());
    assert!(size_complaint("ingest/src/some.rs", FILE_LINES).is_none());
    assert!(name_complaint("ingest/src/frame/mod.rs").is_some());
    assert!(name_complaint("ingest/src/utils/frame.rs").is_some());
    assert!(name_complaint("ingest/src/frame/utf8.rs").is_none());
}

/// A file of tests that no `mod` names would never run, and nobody would know.
#[test]
fn every_file_is_a_module_of_something() {
    let sources = rust();
    let mut complaints = Vec::new();
    for file in &sources {
        let Some((folder, name)) = file.rsplit_once('/') else { continue };
        let stem = name.trim_end_matches(".rs");
        let is_root = matches!(stem, "lib" | "main" | "build")
            || ["/bin", "/benches", "/examples"].iter().any(|end| folder.ends_with(end))
            || (folder.ends_with("/tests") && folder != "tests/tests" && !folder.contains("/src"));
        if is_root {
            continue;
        }
        let parents = [format!("{folder}.rs"), format!("{folder}/lib.rs"), format!("{folder}/main.rs")];
        let declared = parents.iter().filter(|parent| sources.contains(parent)).any(|parent| {
            read(parent).lines().any(|line| {
                let line = line.trim().trim_end_matches(';');
                line.rsplit_once("mod ").is_some_and(|(_, module)| module == stem)
            })
        });
        if !declared {
            complaints.push(format!("{file}: no `mod {stem};` in any of {}", parents.join(", ")));
        }
    }
    none(&complaints);
}

#[test]
fn nothing_points_into_somebodys_machine() {
    // Put together here, so that this file does not hold what it looks for.
    let places = [["/wo", "rk/"].concat(), ["/ro", "ot/."].concat(), ["C:", "\\Users"].concat()];
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| !is_data(file) && *file != "Cargo.lock") {
        let Ok(text) = String::from_utf8(std::fs::read(super::root().join(file)).unwrap()) else { continue };
        for (number, line) in text.lines().enumerate() {
            for place in places.iter().filter(|place| line.contains(place.as_str())) {
                complaints.push(format!("{file}:{}: `{place}`", number + 1));
            }
        }
    }
    none(&complaints);
}

#[test]
fn whatever_is_third_party_has_its_licence_and_source_beside_it() {
    let files = files();
    let mut complaints = Vec::new();
    let folders = files.iter().filter_map(|file| {
        let rest = file.strip_prefix("replay-data/third-party/")?;
        Some(format!("replay-data/third-party/{}/", rest.split_once('/')?.0))
    });
    let mut folders = folders.collect::<Vec<_>>();
    folders.dedup();
    for folder in &folders {
        for needed in ["LICENSE", "SOURCE"] {
            if !files
                .iter()
                .any(|file| file.strip_prefix(folder).is_some_and(|name| name.starts_with(needed)))
            {
                complaints.push(format!("{folder}: no {needed}"));
            }
        }
    }
    assert!(!folders.is_empty());
    none(&complaints);
}
