//! The states that earlier versions left behind are gone on from.

use std::path::Path;

use ambit_tests::provided::root;
use ambit_tests::replay::{Replayed, replay, without_positions};

use super::INVENTORY;

/// The weeks that the kept states know, and the two that come after.
const KNOWN: [&str; 4] = ["03-02", "03-09", "03-16", "03-23"];
const NEXT: [&str; 2] = ["03-30", "04-06"];

fn go_on(state: &Path, weeks: &[&str]) -> Replayed {
    let files = weeks.iter().flat_map(|week| {
        [
            format!("replay-data/samples/vault/audit-2026-{week}.log.zst"),
            format!("replay-data/samples/otel/traces-2026-{week}.jsonl.zst"),
        ]
    });
    let files = files.collect::<Vec<_>>();
    let paths = files.iter().map(String::as_str).collect::<Vec<_>>();
    let state = state.to_str().unwrap();
    let replayed = replay(&root(), &paths, &["--inventory", INVENTORY, "--state", state]).unwrap();
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    replayed
}

#[test]
fn a_state_of_each_earlier_version_leads_to_the_same_findings() {
    let ours = tempfile::tempdir().unwrap();
    go_on(ours.path(), &KNOWN);
    let expected = go_on(ours.path(), &NEXT);
    assert!(expected.findings.len() > 5, "{:?}", expected.findings);
    let kept = root().join("replay-data/golden/state");
    let mut versions = 0;
    for entry in std::fs::read_dir(kept).unwrap() {
        let file = entry.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(&file, folder.path().join("detector.state")).unwrap();
        let found = go_on(folder.path(), &NEXT);
        assert!(
            without_positions(&found.findings) == without_positions(&expected.findings),
            "{}: other findings",
            file.display()
        );
        assert_eq!(found.summary["workloads"], expected.summary["workloads"]);
        versions += 1;
    }
    assert!(versions > 0);
}
