//! Logs written a moment ago by the real programs: a server's audit log, an SDK's spans.

mod openbao;
mod opentelemetry;
mod receiver;

use std::path::Path;

use ambit_tests::binary;
use serde_json::Value;

/// The canonical events of a log, and all that was printed on the way, in which no secret may stand.
fn normalize(folder: &Path, log: &str) -> (Vec<Value>, String) {
    let output = binary::run(folder, &["normalize", log, "--as", "ambit", "--out", "-"]).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let events = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (events, format!("{stdout}{stderr}"))
}

/// The summary of a replay that must read everything.
fn replay(folder: &Path, log: &str) -> Value {
    let args = ["replay", log, "--findings", "findings.ndjson", "--summary", "-"];
    let output = binary::run(folder, &args).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one event whose columns have these values.
fn only<'a>(events: &'a [Value], columns: &[(&str, &str)]) -> &'a Value {
    let fits = |event: &&Value| columns.iter().all(|(column, value)| event[*column] == *value);
    let found = events.iter().filter(fits).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "{columns:?} in {events:#?}");
    found[0]
}
