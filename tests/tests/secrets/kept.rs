//! The list of what is kept, `kept.txt`: by source, the places of a record whose text may come out. A `?` behind a place
//! says that nothing behind a question mark does; a `+`, that the text comes out only where another place lacks its own.
//!
//! `UPDATE=1 cargo test --workspace --test ambit -- secrets` writes it anew: each new line is a decision. Lines with `+`
//! are written by hand; the test of the whole program finds what is missing.

use std::collections::{BTreeMap, BTreeSet};

use ambit_tests::provided::root;

use super::carriers::{CARRIERS, telling};
use super::leaves;

const LIST: &str = "tests/tests/secrets/kept.txt";
/// What is planted; in small letters, because some sources' names are made small.
const PLANTED: &str = "pl4nt3d7qx9zr2lm5";

/// How much of a text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of it.
    Text,
    /// What stands before a question mark.
    Head,
    /// All of it, where another place lacks its own.
    Instead,
}

/// By place.
pub(super) type Places = BTreeMap<String, Kept>;

/// The list, by source.
pub(super) fn listed() -> BTreeMap<String, Places> {
    let text = std::fs::read_to_string(root().join(LIST)).unwrap();
    let mut list = BTreeMap::<String, Places>::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let (source, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let kept = match words.next() {
            Some("?") => Kept::Head,
            Some("+") => Kept::Instead,
            None => Kept::Text,
            Some(other) => panic!("{LIST}: {other}"),
        };
        list.entry(source).or_default().insert(path, kept);
    }
    list
}

/// The lines for the places at which a text comes out in some record: as it is, behind what stood there, behind a
/// question mark.
fn found() -> BTreeSet<String> {
    let mut found = BTreeMap::<(&str, String), bool>::new();
    for carrier in CARRIERS.iter() {
        let (mut records, mut places) = (Vec::new(), Vec::new());
        for leaf in leaves::texts(&carrier.document) {
            for way in 0..3 {
                let mut document = carrier.document.clone();
                leaves::change(&mut document, &leaf, |text| {
                    let old = text.as_str().unwrap();
                    *text = match way {
                        0 => PLANTED.into(),
                        1 => format!("{old}{PLANTED}").into(),
                        _ => format!("{old}?sig={PLANTED}").into(),
                    };
                });
                records.push(document.to_string());
                places.push((leaf.path(), way));
            }
        }
        for number in telling(&records, PLANTED) {
            let (path, way) = &places[number];
            *found.entry((carrier.source, path.clone())).or_insert(true) &= *way != 2;
        }
    }
    let mark = |is_head: bool| if is_head { " ?" } else { "" };
    found.into_iter().map(|((source, path), is_head)| format!("{source} {path}{}", mark(is_head))).collect()
}

#[test]
fn what_is_kept_is_what_the_list_says() {
    let path = root().join(LIST);
    let text = std::fs::read_to_string(&path).unwrap();
    let (instead, listed): (BTreeSet<_>, BTreeSet<_>) =
        text.lines().map(str::to_owned).partition(|line| line.ends_with(" +"));
    let found = found();
    if std::env::var_os("UPDATE").is_some() {
        let lines = found.union(&instead).map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n";
        return std::fs::write(path, lines).unwrap();
    }
    let leaks = found.difference(&listed).collect::<Vec<_>>();
    assert!(leaks.is_empty(), "these come out, and the list does not know them: {leaks:#?}");
    let gone = listed.difference(&found).collect::<Vec<_>>();
    assert!(gone.is_empty(), "these are on the list, and nothing of them comes out: {gone:#?}");
}
