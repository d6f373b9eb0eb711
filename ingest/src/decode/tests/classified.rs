//! Every action in logs of others has a meaning: the list of them all, and where each meaning stands.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::actions::{self, plane::How};
use crate::decode::shown::{Shown, decode, samples};
use crate::decode::{azure, gcp};

/// The list, which `UPDATE=1 cargo test` writes anew.
const LIST: &str = "tests/fixtures/actions.txt";
/// Folders and files with logs.
const LOGS: &[&str] = &[
    "../replay-data/third-party/cloudtrail-otrf",
    "../replay-data/third-party/cloudtrail-stratus",
    "../replay-data/third-party/cloudtrail-traildiscover",
    "../replay-data/third-party/gcp-audit",
    "../replay-data/third-party/mcp-audit-toolhive",
    "../replay-data/third-party/mixed-plaso",
    "../replay-data/third-party/panther-rule-tests",
    "../tests/conformance/records",
];

/// The records of a file of documents; the log inside of a rule test, with a time if it has none.
fn records(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    let documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    let flat = documents.flat_map(|document| match document.unwrap() {
        Value::Array(records) => records,
        Value::Object(mut members) if members.contains_key("rule_id") => {
            let mut log = members.remove("log").unwrap();
            for name in ["timestamp", "requestReceivedTimestamp", "time", "eventTime"] {
                let is_bedrock = log.get("schemaType").is_some();
                if log.get(name).is_none() && !is_bedrock {
                    log[name] = "2026-01-01T00:00:00Z".into();
                }
            }
            vec![log]
        }
        Value::Object(mut members) if members.contains_key("Records") => {
            members.remove("Records").unwrap().as_array().unwrap().clone()
        }
        record => vec![record],
    });
    flat.map(|record| record.to_string()).collect()
}

/// Where the meaning of a row's action stands.
fn how(row: &Shown) -> &'static str {
    let (source, action) = (&*row["source"], &*row["action"]);
    let known = match (source, action.split_once(':')) {
        ("gcp.audit", _) => gcp::meaning_of(action).how,
        ("azure.activity" | "azure.keyvault" | "entra.signin" | "entra.audit", _) => {
            azure::meaning_of(action).how
        }
        (_, Some(("aws", name))) => {
            let (service, name) = name.split_once(':').unwrap();
            return if actions::aws(service, name).by_default { "default" } else { "table" };
        }
        // These look up every request in a table that ends with a line for the rest.
        _ => How::Table,
    };
    match known {
        How::Table => "table",
        How::Verb => "verb",
        How::Default => "default",
    }
}

#[test]
fn every_action_in_real_logs_has_a_meaning() {
    let mut lines = BTreeSet::new();
    let mut add = |records: Vec<String>| {
        let (rows, ..) = decode(None, records.iter().map(String::as_bytes));
        for row in rows {
            let columns = ["action_class", "access_level", "sensitivity"].map(|column| row[column].clone());
            lines.insert(format!(
                "{} | {} | {} | {}",
                row["source"],
                row["action"],
                columns.join(" "),
                how(&row)
            ));
        }
    };
    for folder in LOGS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending.to_string_lossy().contains("json")) {
                add(records(&path));
            }
        }
    }
    add(samples("vault"));
    let list = lines.iter().fold(String::new(), |list, line| list + line + "\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &list).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(held == list, "{LIST} is behind: UPDATE=1 cargo test -p ambit-ingest classified");
}
