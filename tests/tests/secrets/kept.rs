//! The list of what is kept, `kept.txt`: by source, the places of a record whose text may come out. A `?` behind a place
//! says that nothing behind a question mark does.
//!
//! `UPDATE=1 cargo test --workspace --test ambit -- secrets` writes it anew: each new line is a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ambit_tests::provided::root;

use super::carriers::{CARRIERS, telling};
use super::leaves;

const LIST: &str = "tests/tests/secrets/kept.txt";
/// Records in which the same place of the same action is tried.
const ALIKE: usize = 2;
/// What is planted; in small letters, because some sources' names are made small.
const PLANTED: &str = "pl4nt3d7qx9zr2lm5";

/// By place, whether only what stands before a question mark is kept.
pub(super) type Places = BTreeMap<String, bool>;

/// The list, by source.
pub(super) fn listed() -> BTreeMap<String, Places> {
    let text = std::fs::read_to_string(root().join(LIST)).unwrap();
    let mut list = BTreeMap::<String, Places>::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let (source, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        list.entry(source).or_default().insert(path, words.next() == Some("?"));
    }
    list
}

/// The places at which a text comes out in some record: as it is, behind what stood there, behind a question mark.
fn found() -> BTreeMap<&'static str, Places> {
    let mut tried = BTreeSet::new();
    let mut found = BTreeMap::new();
    for carrier in CARRIERS.iter() {
        let (mut records, mut places) = (Vec::new(), Vec::new());
        for leaf in leaves::texts(&carrier.document) {
            let path = leaf.path();
            // The same place of the same action is tried in a few records: what is kept may hang on the rest.
            if !(0..ALIKE).any(|turn| tried.insert((carrier.source, &carrier.action, path.clone(), turn))) {
                continue;
            }
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
                places.push((path.clone(), way));
            }
        }
        for number in telling(&records, PLANTED) {
            let (path, way) = &places[number];
            let of_source: &mut Places = found.entry(carrier.source).or_default();
            *of_source.entry(path.clone()).or_insert(true) &= *way != 2;
        }
    }
    found
}

#[test]
fn what_is_kept_is_what_the_list_says() {
    let mut text = String::new();
    for (source, places) in found() {
        for (path, is_cut) in places {
            writeln!(text, "{source} {path}{}", if is_cut { " ?" } else { "" }).unwrap();
        }
    }
    let path = root().join(LIST);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let listed = listed.lines().collect::<BTreeSet<_>>();
    let found = text.lines().collect::<BTreeSet<_>>();
    let leaks = found.difference(&listed).collect::<Vec<_>>();
    assert!(leaks.is_empty(), "these come out, and the list does not know them: {leaks:#?}");
    let gone = listed.difference(&found).collect::<Vec<_>>();
    assert!(gone.is_empty(), "these are on the list, and nothing of them comes out: {gone:#?}");
}
