//! The real OpenTelemetry SDK sends an agent's work to a running daemon, over HTTP and over gRPC.

use std::process::Command;

use ambit_tests::daemon::delivered;
use ambit_tests::provided;

use super::{TOKEN, listening};

#[test]
fn spans_of_the_real_sdk_reach_a_running_daemon_over_http_and_grpc() {
    let Some(python) = provided::program("python3", "the real OpenTelemetry SDK and a daemon").unwrap()
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let mut daemon = listening(folder, 0);
    for (way, sent) in [("http", 4), ("grpc", 8)] {
        let script = provided::root().join("tests/live/export.py");
        let export = Command::new(&python).arg(script).args([way, daemon.address(), TOKEN]).output().unwrap();
        let said = String::from_utf8_lossy(&export.stdout).into_owned();
        assert_eq!(said.trim(), ["SUCCESS"; 5].join(" "), "{}", String::from_utf8_lossy(&export.stderr));
        let line = format!("ambit_events_ingested_total{{source=\"otel.genai\"}} {sent}\n");
        daemon.until(&line, |daemon| daemon.get("/metrics").body.contains(&line));
    }
    let found = || {
        delivered(&folder.join("findings.ndjson")).into_iter().find(|finding| {
            finding["finding_info"]["analytic"]["uid"] == "H06"
                && finding["resources"][0]["name"] == "rag-retriever"
        })
    };
    daemon.until("a finding", |_| found().is_some());
    let finding = found().unwrap();
    let evidence = &finding["evidences"][0]["data"];
    assert_eq!(evidence["source"], "otel.genai", "{finding:#}");
    for name in ["findings.ndjson", "log"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(!text.contains("planted-secret-value") && !text.contains(TOKEN), "a secret is in {name}");
    }
}
