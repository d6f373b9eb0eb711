//! Logs that nobody here wrote, apart and in one folder.

use ambit_tests::provided::root;
use ambit_tests::replay::replay;
use serde_json::Value;

fn summary(paths: &[&str]) -> Value {
    let replayed = replay(&root(), paths, &[]).unwrap();
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    assert_eq!(replayed.summary["events_rejected"], 0, "{:#}", replayed.summary);
    replayed.summary
}

const STRATUS: &str = "replay-data/third-party/cloudtrail-stratus";
const TRAILDISCOVER: &str = "replay-data/third-party/cloudtrail-traildiscover/events.ndjson";
const OTRF: &str = "replay-data/third-party/cloudtrail-otrf";

#[test]
fn every_record_of_the_public_cloudtrail_sets_is_read() {
    assert_eq!(summary(&[STRATUS])["events_read"], 310);
    let traildiscover = summary(&[TRAILDISCOVER]);
    assert_eq!(
        (&traildiscover["events_read"], &traildiscover["events_duplicate"]),
        (&563.into(), &249.into())
    );
    assert_eq!(summary(&[OTRF])["events_read"], 103);
}

#[test]
fn a_mixed_folder_is_told_apart_record_by_record() {
    let vault = "ingest/tests/fixtures/vault/openbao-audit.jsonl.gz";
    let otlp = "ingest/tests/fixtures/otlp/genai-traces.jsonl";
    let (vault_alone, otlp_alone) = (summary(&[vault]), summary(&[otlp]));
    let folder = tempfile::tempdir().unwrap();
    for path in [STRATUS, TRAILDISCOVER, OTRF, vault, otlp] {
        for file in ambit_tests::logs::files(&root().join(path)).unwrap() {
            if file.file_name().is_some_and(|name| name != "SOURCE.txt") {
                std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    let mixed = replay(folder.path(), &["."], &[]).unwrap();
    assert_eq!(mixed.code, Some(0), "{}", mixed.stderr);
    let mixed = mixed.summary;
    assert_eq!(mixed["events_rejected"], 0, "{mixed:#}");
    assert_eq!(mixed["by_source"]["aws.cloudtrail"], 310 + 563 + 103);
    assert_eq!(mixed["by_source"]["vault.audit"], vault_alone["events_read"]);
    assert_eq!(mixed["by_source"]["otel.genai"], otlp_alone["events_read"]);
}
