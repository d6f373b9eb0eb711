//! Raw records of the logs that the project carries, each as text.

use std::collections::BTreeMap;
use std::io::Read as _;

use ambit_tests::provided::root;
use serde_json::{Value, json};

/// The folders in which a path is looked for.
const FOLDERS: &[&str] = &["replay-data/third-party", "tests/conformance", "ingest/tests/fixtures"];
/// The time that a record of the rule tests is given where its author left it out.
const GIVEN: &str = "2026-01-01T00:00:00Z";

/// The records of a file, by their place in it.
pub(crate) fn of_file(path: &str) -> Vec<String> {
    let folders = FOLDERS.iter().map(|folder| root().join(folder).join(path));
    let file = folders.into_iter().find(|file| file.exists()).unwrap_or_else(|| panic!("no {path}"));
    let bytes = std::fs::read(&file).unwrap();
    let text = if file.extension().is_some_and(|ending| ending == "gz") {
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        text
    } else {
        String::from_utf8(bytes).unwrap()
    };
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    documents.flat_map(|document| flat(document.unwrap())).map(|record| record.to_string()).collect()
}

/// The records of a document: the elements of an array or an envelope, the log inside of a rule test, else itself.
fn flat(document: Value) -> Vec<Value> {
    match document {
        Value::Array(records) => records,
        Value::Object(mut members) if members.contains_key("rule_id") => {
            let mut log = members.remove("log").unwrap();
            complete(&mut log);
            vec![log]
        }
        Value::Object(mut members) if members.contains_key("Records") => {
            members.remove("Records").unwrap().as_array().unwrap().clone()
        }
        record => vec![record],
    }
}

/// Gives a rule test's record a time where its author left it out.
fn complete(log: &mut Value) {
    let has = |names: &[&str]| names.iter().any(|name| log.get(name).is_some());
    let name = if has(&["protoPayload", "protopayload"]) && !has(&["timestamp"]) {
        "timestamp"
    } else if log.get("kind").is_some_and(|kind| kind == "Event") && !has(&["requestReceivedTimestamp"]) {
        "requestReceivedTimestamp"
    } else if has(&["operationName"]) && !has(&["time"]) {
        "time"
    } else if has(&["eventSource"]) && has(&["eventName"]) && !has(&["eventTime"]) {
        "eventTime"
    } else {
        return;
    };
    log[name] = json!(GIVEN);
}

/// Every file of others' logs, by folder.
pub(crate) fn third_party() -> BTreeMap<String, Vec<String>> {
    let mut folders = BTreeMap::<String, Vec<String>>::new();
    for folder in [
        "cloudtrail-otrf",
        "cloudtrail-stratus",
        "cloudtrail-traildiscover",
        "gcp-audit",
        "mcp-audit-toolhive",
        "mixed-plaso",
        "panther-rule-tests",
    ] {
        let entries = std::fs::read_dir(root().join(FOLDERS[0]).join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        let logs =
            names.filter(|name| [".json", ".jsonl", ".ndjson"].iter().any(|ending| name.ends_with(ending)));
        let mut logs = logs.map(|name| format!("{folder}/{name}")).collect::<Vec<_>>();
        logs.sort();
        folders.insert(folder.to_owned(), logs);
    }
    folders
}

/// Every file of others' logs, and of those here that were recorded or written.
pub(crate) fn all() -> Vec<String> {
    let mut files = third_party().into_values().flatten().collect::<Vec<_>>();
    files.extend(["vault/openbao-audit.jsonl.gz", "otlp/genai-traces.jsonl"].map(str::to_owned));
    let own = std::fs::read_dir(root().join("tests/conformance/records")).unwrap();
    files.extend(own.map(|entry| format!("records/{}", entry.unwrap().file_name().to_string_lossy())));
    files
}
