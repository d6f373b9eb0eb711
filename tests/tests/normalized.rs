//! `ambit normalize --as ocsf`: every line of every log is valid OCSF, and reads back as the event it was made of.

use std::collections::BTreeMap;
use std::path::Path;

use ambit_rules::Fixture;
use ambit_rules::catalogue::FIXTURES;
use ambit_schemas::EventTime;
use ambit_tests::binary;
use ambit_tests::ocsf::Schema;
use ambit_tests::provided::root;
use serde_json::Value;

use crate::conformance::records;

/// Times that OCSF keeps to the millisecond; all else survives.
const ROUNDED: [&str; 3] = ["credential_issued_at", "credential_expires_at", "observed_at"];

/// Normalizes a path of a folder; records that cannot be read are the business of other tests.
fn normalize(folder: &Path, path: &str, schema: &str) -> Vec<Value> {
    let output = binary::run(folder, &["normalize", path, "--as", schema]).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{path}: {stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Lays down all logs but the samples: others' and recorded ones, and what the fixtures expand to.
fn lay_down(folder: &Path) {
    for file in records::all() {
        let records = records::of_file(&file);
        let name = format!("{}.ndjson", file.replace(['/', '.'], "-"));
        std::fs::write(folder.join(name), records.join("\n")).unwrap();
    }
    for (number, file) in FIXTURES.iter().enumerate() {
        let place = folder.join(format!("fixture-{number}"));
        std::fs::create_dir(&place).unwrap();
        for (name, bytes) in Fixture::read(file.path, file.text).unwrap().files {
            std::fs::write(place.join(name), bytes).unwrap();
        }
    }
}

/// Checks the lines of a log and counts their classes.
fn check(schema: &Schema, folder: &Path, path: &str, classes: &mut BTreeMap<i64, usize>) {
    let lines = normalize(folder, path, "ocsf");
    assert!(!lines.is_empty());
    for line in &lines {
        let violations = schema.validate(line).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(violations.is_empty(), "{violations:#?}\n{line:#}");
        *classes.entry(line["class_uid"].as_i64().unwrap()).or_default() += 1;
    }
    let place = tempfile::tempdir().unwrap();
    let text = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n";
    std::fs::write(place.path().join("ocsf.ndjson"), text).unwrap();
    let events = normalize(folder, path, "ambit");
    let again = normalize(place.path(), "ocsf.ndjson", "ambit");
    assert_eq!(events.len(), again.len());
    for (mut event, again) in events.into_iter().zip(again) {
        for column in ROUNDED {
            if let Some(time) = event.get(column).and_then(Value::as_str) {
                let time = EventTime::parse_rfc3339(time).unwrap().millis();
                event[column] = EventTime::from_millis(time).to_string().into();
            }
        }
        assert_eq!(event, again, "read back from OCSF");
    }
}

#[test]
fn every_line_is_valid_ocsf_and_reads_back() {
    let schema = Schema::load(&root().join("replay-data/third-party/ocsf-schema-1.8.0")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    lay_down(folder.path());
    let mut classes = BTreeMap::new();
    check(&schema, folder.path(), ".", &mut classes);
    check(&schema, &root(), "replay-data/samples", &mut classes);
    assert_eq!(classes.keys().copied().collect::<Vec<_>>(), [3001, 3002, 3003, 3004, 3005, 6003]);
}
