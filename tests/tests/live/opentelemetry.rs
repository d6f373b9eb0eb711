//! An agent that chats, calls a tool and fails at another, told by the real OpenTelemetry SDK.

use std::process::Command;

use ambit_tests::provided;
use serde_json::json;

use super::{normalize, only, replay};

#[test]
fn spans_of_the_real_sdk_say_which_agent_called_what() {
    let Some(python) = provided::program("python3", "spans of the real OpenTelemetry SDK").unwrap() else {
        return;
    };
    let script = provided::root().join("tests/live/spans.py");
    let spans = Command::new(python).arg(script).output().unwrap();
    assert!(spans.status.success(), "{}", String::from_utf8_lossy(&spans.stderr));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("spans.jsonl"), &spans.stdout).unwrap();
    assert!(String::from_utf8(spans.stdout).unwrap().contains("planted-secret-value"));

    let (events, printed) = normalize(folder.path(), "spans.jsonl");
    assert!(!printed.contains("planted-secret-value"), "a prompt or an argument was written out");
    // The span of the web server is no GenAI span.
    assert_eq!(events.len(), 4);
    for event in &events {
        assert_eq!((&event["source"], &event["principal"]), (&json!("otel.genai"), &json!("rag-retriever")));
        assert_eq!(event["session"], "conv-1");
    }
    let chat = only(&events, &[("action_class", "model_invoke"), ("model", "anthropic.claude-sonnet-4")]);
    assert_eq!((&chat["model_provider"], &chat["outcome"]), (&json!("aws.bedrock"), &json!("success")));
    let search = only(&events, &[("tool", "search")]);
    assert_eq!((&search["action_class"], &search["outcome"]), (&json!("tool_invoke"), &json!("success")));
    let failed = only(&events, &[("tool", "write_file")]);
    assert_eq!((&failed["outcome"], &failed["error_code"]), (&json!("denied"), &json!("PermissionError")));

    let summary = replay(folder.path(), "spans.jsonl");
    assert_eq!(summary["events_read"], 5);
    assert_eq!(summary["events_rejected"], 0);
}
