//! Every shipped fixture, from raw bytes to findings: what must be found is found, in full sentences, and nothing else.

use std::collections::BTreeMap;

use ambit_core::Detector;
use ambit_ingest::inventory::read_inventory;
use ambit_ingest::{Labels, Reader, Resolver, Settings};
use ambit_rules::catalogue::{FIXTURES, FixtureFile, facts};
use ambit_rules::{Catalogue, Expectation, Fixture};
use ambit_schemas::vocabulary::Check;
use ambit_schemas::{Finding, FindingUid, Inventory};

/// Alerts per workload-month.
const BUDGET: f64 = 0.1;

/// The last transition of every finding that a fixture gives; what is wrong with its records goes to `wrong`.
fn replay(file: &FixtureFile, fixture: &Fixture, wrong: &mut Vec<String>) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in &fixture.files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let inventory = fixture.inventory.as_ref().map_or_else(Inventory::default, |text| {
        read_inventory(file.path, text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    });
    let rules = Catalogue::embedded().unwrap().rule_set(BUDGET).unwrap();
    let mut resolver = Resolver::new(&inventory, Labels::new());
    let mut detector = Detector::new(rules, inventory.clone());
    let mut reader = Reader::open(&[folder.path().to_path_buf()], Settings::default()).unwrap();
    for delivery in reader.by_ref() {
        let rejects = delivery.rejects.iter().take(1);
        wrong.extend(rejects.map(|reject| format!("{}: a record is rejected: {}", file.path, reject.reason)));
        detector.push(&resolver.resolve(&delivery.batch).unwrap());
    }
    let total = reader.counts().total();
    if (total.read, total.ignored) != (fixture.records as u64, 0) {
        wrong.push(format!("{}: {} records became {total:?}", file.path, fixture.records));
    }
    detector.close();
    let mut last: BTreeMap<FindingUid, Finding> = BTreeMap::new();
    while let Some(finding) = detector.poll_finding() {
        last.insert(finding.uid, finding);
    }
    last.into_values().collect()
}

fn fits(expected: &Expectation, finding: &Finding) -> bool {
    let contains = |part: &String| finding.subject.value.contains(part.as_str());
    finding.check == expected.check
        && expected.workload.as_ref().is_none_or(|name| *name == finding.workload)
        && expected.subject.as_ref().is_none_or(contains)
        && expected.count.is_none_or(|count| count == finding.count)
        && expected.severity.is_none_or(|severity| severity == finding.severity)
        && expected.confidence.is_none_or(|confidence| confidence == finding.confidence)
}

/// What is wrong with the findings of a fixture.
fn complaints(file: &FixtureFile) -> Vec<String> {
    let fixture = Fixture::read(file.path, file.text).unwrap();
    let mut wrong = Vec::new();
    let found = replay(file, &fixture, &mut wrong);
    for expected in &fixture.expect {
        let count = found.iter().filter(|finding| fits(expected, finding)).count();
        if count != expected.findings {
            wrong.push(format!("{}: {count} findings fit {expected:?}", file.path));
        }
    }
    let catalogue = Catalogue::embedded().unwrap();
    for finding in &found {
        let sentence = catalogue.entry(finding.check).map(|entry| entry.sentence(&facts(finding)));
        let told = sentence.unwrap_or_else(|| "it has no catalogue entry".into());
        let told = format!("{} {:?} {}: {told}", finding.check, finding.severity, finding.subject.value);
        // Every history here is shorter than a baseline takes to mature.
        let health = finding.check == Check::M01 && file.check != Check::M01;
        let expected = fixture.expect.iter().any(|expected| fits(expected, finding));
        if !expected && !health && !fixture.allow.contains(&finding.check) {
            wrong.push(format!("{}: unexpected {told}", file.path));
        }
        let open = catalogue.entry(finding.check).map(|entry| entry.open_slots(&facts(finding)).join(", "));
        if open.is_none_or(|open| !open.is_empty()) {
            wrong.push(format!("{}: slots without a fact in {told}", file.path));
        }
    }
    wrong
}

fn all_are(positive: bool) {
    let files = FIXTURES.iter().filter(|file| file.positive == positive);
    let wrong: Vec<String> = files.flat_map(complaints).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn what_must_be_found_is_found_and_nothing_else() {
    all_are(true);
}

#[test]
fn innocent_behaviour_is_passed_over() {
    all_are(false);
}

#[test]
fn one_small_change_makes_innocent_behaviour_a_finding() {
    let mut missed = Vec::new();
    for file in FIXTURES.iter().filter(|file| !file.positive) {
        let fixture = Fixture::read(file.path, file.text).unwrap();
        assert!(!fixture.nearly.is_empty(), "{}: how close does it come?", file.path);
        for text in &fixture.nearly {
            let guilty = Fixture::read(file.path, text).unwrap_or_else(|error| panic!("{error}"));
            let found = replay(file, &guilty, &mut missed);
            if !found.iter().any(|finding| finding.check == file.check) {
                let index = fixture.nearly.iter().position(|other| other == text).unwrap_or_default();
                missed.push(format!("{}: nothing comes of change {index}", file.path));
            }
        }
    }
    assert!(missed.is_empty(), "\n{}\n", missed.join("\n"));
}
