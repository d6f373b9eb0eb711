//! What the documents point at is there.

use std::path::{Component, Path, PathBuf};

use ambit_tests::provided::root;

use super::{files, is_data, none, read};

pub(super) fn documents() -> Vec<String> {
    let markdown = |file: &String| Path::new(file).extension().is_some_and(|extension| extension == "md");
    files().into_iter().filter(|file| markdown(file) && !is_data(file)).collect()
}

/// The lines outside of code, and the code with its language.
pub(super) fn split(text: &str) -> (Vec<&str>, Vec<(String, Vec<&str>)>) {
    let (mut prose, mut blocks, mut inside) = (Vec::new(), Vec::new(), None);
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), inside.take()) {
            (Some(language), None) => inside = Some((language.trim().to_owned(), Vec::new())),
            (Some(_), Some(block)) => blocks.push(block),
            (None, None) => prose.push(line),
            (None, Some((language, mut lines))) => {
                lines.push(line);
                inside = Some((language, lines));
            }
        }
    }
    (prose, blocks)
}

/// Where `[text](target)` points.
fn links(prose: &[&str]) -> Vec<String> {
    let targets = prose.iter().flat_map(|line| line.split("](").skip(1));
    targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// The anchor that a heading gets on the usual forges.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn anchors(text: &str) -> Vec<String> {
    let headings = split(text).0.into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// `docs/../a.md` without the detour.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
        plain
    })
}

fn link_complaint(document: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    let path = match path {
        "" => PathBuf::from(document),
        path => plain(&Path::new(document).parent()?.join(path)),
    };
    if !root().join(&path).exists() {
        return Some(format!("{document}: `{target}` is not there"));
    }
    let known = fragment.is_empty() || anchors(&read(&path.to_string_lossy())).iter().any(|a| a == fragment);
    (!known).then(|| format!("{document}: `{target}` has no such heading"))
}

#[test]
fn links_resolve() {
    let mut complaints = Vec::new();
    for document in documents() {
        for target in links(&split(&read(&document)).0) {
            complaints.extend(link_complaint(&document, &target));
        }
    }
    none(&complaints);
}

#[test]
fn a_dead_link_is_seen() {
    assert!(link_complaint("README.md", "NOTHING.md").is_some());
    assert!(link_complaint("README.md", "ARCHITECTURE.md#no-such-heading").is_some());
    assert!(link_complaint("README.md", "ARCHITECTURE.md").is_none());
    assert_eq!(anchor(" What is *absent*, and why"), "what-is-absent-and-why");
}
