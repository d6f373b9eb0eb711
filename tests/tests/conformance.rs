//! Every source against what its raw records say, and every record of others' logs through the decoders.

mod expected;
pub(crate) mod records;
pub(crate) mod row;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use ambit_ingest::{Decoder, RawRecord, Settings, Tally};
use ambit_schemas::vocabulary::Source;
use serde_json::Value;

use crate::tidy::generated;

/// The columns of the page, and those of a row that each stands for.
const SCORED: &[(&str, &[&str])] = &[
    ("principal", &["principal", "principal_kind", "principal_alias", "on_behalf_of"]),
    ("credential", &["credential", "credential_kind", "issued_credential", "issued_kind"]),
    ("action", &["action", "action_class"]),
    ("target", &["resource", "resource_group", "target_workload"]),
    ("address", &["source_address"]),
    ("outcome", &["outcome", "error_code"]),
    ("time", &["time"]),
];

/// What is not read, and how many there are: records of another product, and drafts of rule tests that no source would
/// write.
const REFUSED: &[(&str, usize, &str)] = &[
    ("mixed-plaso/microsoft_audit_log.jsonl: not a record of a known source", 4, "Microsoft 365 audit"),
    (
        "panther-rule-tests/AWS.CloudTrail.jsonl: not a record of a known source",
        7,
        "two are empty, two name no service, three have their names in small letters",
    ),
    ("panther-rule-tests/Amazon.EKS.Audit.jsonl: no field `verb`", 4, "say not what was done"),
    (
        "panther-rule-tests/Amazon.EKS.Audit.jsonl: not a record of a known source",
        1,
        "says who called, and no more",
    ),
    (
        "panther-rule-tests/GCP.AuditLog.jsonl: not a record of a known source",
        8,
        "are a method or a producer, and no more",
    ),
];

/// How many of a kind of values were right.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    right: usize,
    all: usize,
}

/// Checks the cases of a source; complaints say what is wrong.
fn judge(source: Source, complaints: &mut Vec<String>) -> (usize, BTreeMap<&'static str, Share>) {
    let cases = expected::of_source(source);
    let mut shares = BTreeMap::<&str, Share>::new();
    let mut files = BTreeMap::new();
    for case in &cases {
        let records = files.entry(case.file.clone()).or_insert_with(|| records::of_file(&case.file));
        let place = format!("{} {}", case.file, case.record);
        let record = records.get(case.record).unwrap_or_else(|| panic!("no {place}"));
        let raw: Value = serde_json::from_str(record).unwrap();
        let (rows, rejects) = row::of_record(record);
        let found = rows.get(case.row);
        if found.is_none_or(|row| row["source"] != source.as_str()) {
            complaints.push(format!("{place}: no row of {source}: {rejects:?}"));
        }
        for (column, value) in &case.columns {
            let value = case.value(&raw, value);
            let got = found.and_then(|row| row.get(column.as_str()));
            let is_right = got == value.as_ref();
            if !is_right {
                complaints.push(format!("{place}: {column} is {got:?}, not {value:?}"));
            }
            for (name, _) in SCORED.iter().filter(|(_, columns)| columns.contains(&column.as_str())) {
                let share = shares.entry(name).or_default();
                share.all += 1;
                share.right += usize::from(is_right);
            }
        }
    }
    (cases.len(), shares)
}

/// What became of all records of others' logs, and of those here that were recorded or written.
fn tallies() -> (BTreeMap<Source, Tally>, BTreeMap<String, usize>) {
    let origin: Arc<str> = "log".into();
    let mut decoder = Decoder::new(Settings::default());
    let mut reasons = BTreeMap::new();
    for file in &records::all() {
        for record in records::of_file(file) {
            decoder.push(&RawRecord::of_file(record.as_bytes(), &origin, 0));
        }
        for reject in decoder.flush().into_iter().flat_map(|delivery| delivery.rejects) {
            *reasons.entry(format!("{file}: {}", reject.reason)).or_default() += 1;
        }
    }
    (decoder.counts().sources().map(|(source, tally)| (source, *tally)).collect(), reasons)
}

fn page(tallies: &BTreeMap<Source, Tally>, complaints: &mut Vec<String>) -> String {
    let names = SCORED.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let mut table =
        format!("| source | records | rows | ignored | rejected | read by hand | {} |\n", names.join(" | "));
    writeln!(table, "|{}", "---|".repeat(6 + names.len())).unwrap();
    for source in Source::ALL {
        let tally = tallies.get(source).copied().unwrap_or_default();
        let (cases, shares) = judge(*source, complaints);
        let cells = names.iter().map(|name| {
            let Share { right, all } = shares.get(name).copied().unwrap_or_default();
            format!("{right}/{all}")
        });
        let cells = cells.collect::<Vec<_>>().join(" | ");
        writeln!(
            table,
            "| {source} | {} | {} | {} | {} | {cases} | {cells} |",
            tally.read, tally.rows, tally.ignored, tally.rejected
        )
        .unwrap();
    }
    table
}

#[test]
fn every_source_says_what_its_records_say() {
    let mut complaints = Vec::new();
    let (tallies, reasons) = tallies();
    let table = page(&tallies, &mut complaints);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    let rejected = reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect::<Vec<_>>();
    let expected = REFUSED.iter().map(|(reason, count, _)| (*reason, *count)).collect::<Vec<_>>();
    assert_eq!(rejected, expected);
    let mut refused = "| file and reason | records | what they are |\n|---|---|---|\n".to_owned();
    for (reason, count, what) in REFUSED {
        writeln!(refused, "| {reason} | {count} | {what} |").unwrap();
    }
    generated::check("docs/conformance.md", "conformance", &table);
    generated::check("docs/conformance.md", "refused", &refused);
}

#[test]
fn whoever_is_named_is_classified() {
    let mut complaints = Vec::new();
    for file in records::third_party().into_values().flatten() {
        for (index, record) in records::of_file(&file).iter().enumerate() {
            for row in row::of_record(record).0 {
                if row.contains_key("principal") != row.contains_key("principal_kind") {
                    complaints.push(format!("{file} {index}: {:?}", row.get("principal")));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
