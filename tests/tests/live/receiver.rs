//! The real OpenTelemetry SDK sends an agent's work to a running daemon, over HTTP and over gRPC.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ambit_tests::{binary, provided};
use serde_json::Value;

/// Long enough for a slow machine that does other things too; nothing is measured by it.
const PATIENCE: Duration = Duration::from_mins(2);
const TOKEN: &str = "let-me-in";
const CONFIG: &str = "sources:\n  - http: { name: agents, otlp: true, token_file: token }\n\
                      inventory: workloads.yaml\ndetector: { lateness_secs: { other: 0 } }\n\
                      sinks:\n  - ndjson: { path: findings.ndjson }\n\
                      checkpoint: { path: state, interval_secs: 0.2 }\n";
/// The agent is in no inventory, so what it does is a finding.
const INVENTORY: &str =
    "version: 1\nworkloads:\n  - { name: other, owner: team, identities: [{ agent: other }] }\n";

/// Ends with the test, whatever comes of it.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

/// Waits until something has a value.
#[expect(
    clippy::disallowed_methods,
    reason = "a test waits for another process, and must end though it does not come"
)]
fn until<T>(what: &str, folder: &Path, mut value: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(since.elapsed() < PATIENCE, "not so after all this time: {what}\n{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn metrics(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

#[test]
fn spans_of_the_real_sdk_reach_a_running_daemon_over_http_and_grpc() {
    let Some(python) = provided::program("python3", "the real OpenTelemetry SDK and a daemon").unwrap()
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    for (name, text) in [("ambit.yaml", CONFIG), ("workloads.yaml", INVENTORY), ("token", TOKEN)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let mut command = Command::new(binary::path().unwrap());
    command.args(["run", "--listen", "127.0.0.1:0"]).current_dir(folder).stdin(Stdio::null());
    let _daemon = Daemon(command.stderr(File::create(folder.join("log")).unwrap()).spawn().unwrap());
    let address = until("it listens", folder, || {
        let log = std::fs::read_to_string(folder.join("log")).ok()?;
        let (_, rest) = log.split_once("listening on http://")?;
        rest.split(['"', '\n']).next().map(str::to_owned)
    });
    for (way, sent) in [("http", 4), ("grpc", 8)] {
        let script = provided::root().join("tests/live/export.py");
        let export = Command::new(&python).arg(script).args([way, &address, TOKEN]).output().unwrap();
        let said = String::from_utf8_lossy(&export.stdout).into_owned();
        assert_eq!(said.trim(), ["SUCCESS"; 5].join(" "), "{}", String::from_utf8_lossy(&export.stderr));
        let line = format!("ambit_events_ingested_total{{source=\"otel.genai\"}} {sent}\n");
        until(&line, folder, || metrics(&address).contains(&line).then_some(()));
    }
    let finding = until("a finding", folder, || {
        let lines = std::fs::read_to_string(folder.join("findings.ndjson")).ok()?;
        lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(|finding| {
            finding["finding_info"]["analytic"]["uid"] == "H06"
                && finding["resources"][0]["name"] == "rag-retriever"
        })
    });
    let evidence = &finding["evidences"][0]["data"];
    assert_eq!(evidence["source"], "otel.genai", "{finding:#}");
    for name in ["findings.ndjson", "log"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(!text.contains("planted-secret-value") && !text.contains(TOKEN), "a secret is in {name}");
    }
}
