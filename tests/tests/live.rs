//! Logs written a moment ago by the real programs: a server's audit log, an SDK's spans.

mod mcp;
mod openbao;
mod opentelemetry;
mod receiver;
mod rotation;

use std::path::Path;

use ambit_tests::binary;
use ambit_tests::daemon::Daemon;
use serde_json::Value;

const TOKEN: &str = "let-me-in";
const CONFIG: &str = "sources:\n  - http: { name: agents, otlp: true, token_file: token }\n\
                      inventory: workloads.yaml\ndetector: { lateness_secs: { other: LATENESS } }\n\
                      sinks:\n  - ndjson: { path: findings.ndjson }\n\
                      checkpoint: { path: state, interval_secs: 0.2 }\n";
/// The agents of the tests are in no inventory, so what they do is a finding.
const INVENTORY: &str =
    "version: 1\nworkloads:\n  - { name: other, owner: team, identities: [{ agent: other }] }\n";

/// A daemon that takes OTLP from who shows the token, and finds every agent strange.
fn listening(folder: &Path, lateness_secs: u32) -> Daemon {
    let config = CONFIG.replace("LATENESS", &lateness_secs.to_string());
    for (name, text) in [("ambit.yaml", config.as_str()), ("workloads.yaml", INVENTORY), ("token", TOKEN)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    Daemon::start(binary::path().unwrap(), folder, &[])
}

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
