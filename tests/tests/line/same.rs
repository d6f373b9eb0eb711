//! The same history gives the same findings: in any order, split and compression, and with a restart in the middle.

use std::path::Path;

use ambit_tests::logs::{self, Dice, Packing};
use ambit_tests::provided::root;
use ambit_tests::replay::{Replayed, last_lines, replay, without_positions};

use super::samples::WHOLE;
use super::{INVENTORY, SAMPLES};

/// Every record of the samples, each on its own line.
fn records() -> Vec<Vec<u8>> {
    let files = logs::files(&root().join(SAMPLES)).unwrap();
    let logs = files.iter().filter(|file| {
        let name = file.file_name().unwrap().to_string_lossy();
        [".json", ".jsonl", ".ndjson", ".log", ".gz", ".zst"].iter().any(|end| name.ends_with(end))
    });
    logs.flat_map(|file| logs::records(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
        .collect()
}

fn write(folder: &Path, name: &str, packing: Packing, records: &[Vec<u8>]) {
    let name = format!("{name}.{}", packing.extension());
    std::fs::write(folder.join(name), packing.pack(records).unwrap()).unwrap();
}

fn replay_in(folder: &Path, more: &[&str]) -> Replayed {
    let inventory = root().join(INVENTORY);
    let mut args = vec!["--inventory", inventory.to_str().unwrap()];
    args.extend(more);
    let replayed = replay(folder, &["."], &args).unwrap();
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    replayed
}

#[test]
fn order_split_and_compression_change_nothing() {
    let expected = without_positions(&WHOLE.findings);
    for seed in [1, 2, 3] {
        let (mut dice, mut records) = (Dice::new(seed), records());
        dice.shuffle(&mut records);
        let folder = tempfile::tempdir().unwrap();
        let mut rest = records.as_slice();
        let mut number = 0;
        while !rest.is_empty() {
            let (part, others) = rest.split_at((1 + dice.below(records.len() / 5)).min(rest.len()));
            let packing = Packing::ALL[dice.below(Packing::ALL.len())];
            write(folder.path(), &format!("{:03}-{number}", dice.below(1000)), packing, part);
            (rest, number) = (others, number + 1);
        }
        let replayed = replay_in(folder.path(), &[]);
        assert_eq!(replayed.summary["events_read"], WHOLE.summary["events_read"], "seed {seed}");
        assert!(without_positions(&replayed.findings) == expected, "seed {seed}: other findings");
    }
}

#[test]
fn a_tight_memory_budget_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = records();
    Dice::new(4).shuffle(&mut records);
    write(folder.path(), "all", Packing::ZstdLines, &records);
    let replayed = replay_in(folder.path(), &["--memory-budget", "256KiB"]);
    assert!(replayed.summary["bounds"]["runs_spilled"].as_u64().unwrap() > 0, "{:#}", replayed.summary);
    assert!(without_positions(&replayed.findings) == without_positions(&WHOLE.findings));
}

#[test]
fn a_second_copy_of_everything_is_a_duplicate_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let records = records();
    write(folder.path(), "one", Packing::Lines, &records);
    write(folder.path(), "two", Packing::GzipArray, &records);
    let replayed = replay_in(folder.path(), &[]);
    assert!(without_positions(&replayed.findings) == without_positions(&WHOLE.findings));
}

/// The event time of a record in its own format, as far as it takes to cut a history in two.
fn day(record: &[u8]) -> String {
    let record: serde_json::Value = serde_json::from_slice(record).unwrap();
    if let Some(time) = record["eventTime"].as_str().or_else(|| record["time"].as_str()) {
        return time[..10].to_owned();
    }
    let nanos = record.pointer("/resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano");
    let nanos = nanos.or_else(|| record.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0/timeUnixNano"));
    let nanos: i64 = nanos.unwrap().as_str().unwrap().parse().unwrap();
    ambit_schemas::EventTime::from_nanos(nanos).to_string()[..10].to_owned()
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let mut records = records().into_iter().map(|record| (day(&record), record)).collect::<Vec<_>>();
    records.sort();
    let middle = records[records.len() / 2].0.clone();
    let (before, after): (Vec<_>, Vec<_>) = records.into_iter().partition(|(day, _)| *day < middle);
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut findings = Vec::new();
    for (name, part) in [("before", before), ("after", after)] {
        let logs = folder.path().join(name);
        std::fs::create_dir(&logs).unwrap();
        let part = part.into_iter().map(|(_, record)| record).collect::<Vec<_>>();
        write(&logs, name, Packing::GzipLines, &part);
        let replayed = replay_in(&logs, &["--state", state.to_str().unwrap()]);
        assert_eq!(replayed.summary["events_late"], 0);
        findings.extend(replayed.findings);
    }
    assert!(last_lines(&findings) == last_lines(&WHOLE.findings), "the restart left a trace");
}
