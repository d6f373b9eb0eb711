//! A real MCP client calls the tools of a real MCP server. The spans that the official SDK makes on both sides go to a
//! running daemon, and say which agent called which tool of which server, in which session and for whom.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use ambit_schemas::EventTime;
use ambit_tests::daemon::{Daemon, delivered};
use ambit_tests::provided;
use serde_json::{Value, json};

use super::{TOKEN, listening, normalize, only};

const SECRET: &str = "planted-secret-value";

/// The MCP server; it sends its spans when it is asked to end.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    address: String,
}

fn python(program: &Path, folder: &Path, script: &str, daemon: &Daemon, spans: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(provided::root().join("tests/live").join(script)).current_dir(folder);
    command.args([daemon.address(), TOKEN, spans]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let input = child.stdin.take();
        Self { child, input, address: address.trim().to_owned() }
    }

    fn end(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Checks columns by value; `null` is a column that is not there.
#[track_caller]
fn check(event: &Value, expected: &Value) {
    for (column, value) in expected.as_object().unwrap() {
        assert_eq!(&event[column], value, "{column} of {event:#}");
    }
}

/// What the client said of the two calls.
fn check_client(events: &[Value]) {
    let called = [("tool", "search"), ("agent", "rag-retriever"), ("action_class", "tool_invoke")];
    let who = json!({ "principal": "rag-retriever", "principal_kind": "agent", "session": "conv-7",
        "on_behalf_of": ["orchestrator"], "outcome": "success" });
    // The span of the agent's framework, and that of the SDK, which knows no name of the server.
    for server in ["docs.example", "-"] {
        let event = only(events, &[&called[..], &[("tool_server", server)]].concat());
        check(event, &who);
        check(
            event,
            &json!({ "action": format!("tool:{server}/search"), "resource": format!("{server}/search") }),
        );
    }
    let failed = only(events, &[("tool", "write_file"), ("tool_server", "docs.example")]);
    check(
        failed,
        &json!({ "principal": "archivist", "agent": "archivist", "on_behalf_of": null,
        "outcome": "failure", "error_code": "tool_error" }),
    );
    // An agent that nobody invoked acts for nobody, in no conversation: the trace is its session.
    let trace = failed["event_id"].as_str().unwrap().split(':').next().unwrap();
    assert_eq!(failed["session"], trace);
}

/// What the server said of them.
fn check_server(events: &[Value], trace: &str, session: &str) {
    let search = only(events, &[("tool", "search")]);
    check(
        search,
        &json!({ "principal": "docs-server", "principal_kind": "service", "agent": "rag-retriever",
        "tool_server": "docs-server", "session": "conv-7", "on_behalf_of": ["rag-retriever"],
        "action": "tool:docs-server/search", "outcome": "success" }),
    );
    // The context came along in `params._meta`: it is the client's trace.
    let id = search["event_id"].as_str().unwrap();
    assert!(id.starts_with(&format!("{trace}:")), "{id} in the trace {trace}");
    let failed = only(events, &[("tool", "write_file")]);
    check(
        failed,
        &json!({ "principal": "docs-server", "agent": "archivist", "tool_server": "docs-server",
        "session": session, "on_behalf_of": ["archivist"], "outcome": "failure", "error_code": "tool_error" }),
    );
    only(events, &[("action", "mcp:server/discover"), ("action_class", "list"), ("agent", "rag-retriever")]);
    only(events, &[("action", "mcp:initialize"), ("action_class", "session_start"), ("agent", "archivist")]);
}

/// Sends a span of an hour later. The server's spans came behind the client's, so the daemon waits for the late; from this span
/// on it waits by the clock, and not until the span's own time.
fn close(daemon: &Daemon, events: &[Value]) {
    let times = events.iter().map(|event| EventTime::parse_rfc3339(event["time"].as_str().unwrap()).unwrap());
    let later = times.max().unwrap().plus_micros(3_600_000_000).micros() * 1_000;
    let attribute = json!({ "key": "gen_ai.operation.name", "value": { "stringValue": "chat" } });
    let span = json!({ "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
        "startTimeUnixNano": later.to_string(), "attributes": [attribute] });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] }).to_string();
    let answer = daemon.post("/v1/traces", &format!("authorization: Bearer {TOKEN}\r\n"), body.as_bytes());
    assert_eq!(answer.code, 200, "{answer:?}");
}

/// Everything that the daemon wrote, by file; checkpoints, which are compressed, as they are inside.
fn written(folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
    const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            written(&path, all);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let frame = bytes.windows(ZSTD.len()).position(|window| window == ZSTD);
        let bytes = frame.map_or(bytes.clone(), |at| zstd::decode_all(&bytes[at..]).unwrap());
        all.insert(path.display().to_string(), bytes);
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn calls_of_mcp_tools_say_which_agent_called_what_for_whom() {
    let Some(program) = provided::program("python3", "a real MCP client and server").unwrap() else { return };
    let place = tempfile::tempdir().unwrap();
    let (folder, spans) = (place.path(), tempfile::tempdir().unwrap());
    let [client_spans, server_spans] = ["client.jsonl", "server.jsonl"].map(|name| spans.path().join(name));
    let mut daemon = listening(folder, 20);
    let server = python(&program, folder, "mcp_server.py", &daemon, server_spans.to_str().unwrap());
    let server = Server::start(server);
    let mut client = python(&program, folder, "mcp_client.py", &daemon, client_spans.to_str().unwrap());
    let said = client.arg(&server.address).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).unwrap();
    let (trace, session) = said.trim().split_once(' ').unwrap();
    server.end();

    let mut events = Vec::new();
    for name in ["client.jsonl", "server.jsonl"] {
        let sent = std::fs::read_to_string(spans.path().join(name)).unwrap();
        assert!(name == "server.jsonl" || sent.contains(SECRET), "nothing was planted");
        let (own, printed) = normalize(spans.path(), name);
        assert!(!printed.contains(SECRET), "an argument or a result was written out");
        events.push(own);
    }
    check_client(&events[0]);
    check_server(&events[1], trace, session);

    // The daemon got the same events, and decides by them.
    let events = events.concat();
    let line = format!("ambit_events_ingested_total{{source=\"otel.genai\"}} {}\n", events.len());
    daemon.until(&line, |daemon| daemon.get("/metrics").body.contains(&line));
    close(&daemon, &events);
    for agent in ["orchestrator", "rag-retriever", "archivist", "docs-server"] {
        let found = || {
            delivered(&folder.join("findings.ndjson")).into_iter().find(|finding| {
                finding["finding_info"]["analytic"]["uid"] == "H06"
                    && finding["resources"][0]["name"] == agent
            })
        };
        daemon.until(agent, |_| found().is_some());
        let id = found().unwrap()["evidences"][0]["data"]["event_id"].clone();
        let event = events.iter().find(|event| event["event_id"] == id);
        assert_eq!(event.unwrap()["principal"], agent);
    }
    let page = daemon.get("/metrics").body;
    daemon.stop();
    let mut all = BTreeMap::from([("/metrics".to_owned(), page.into_bytes())]);
    written(folder, &mut all);
    let is_state = |name: &str| name.contains("/state/checkpoint-");
    assert!(all.iter().any(|(name, bytes)| is_state(name) && holds(bytes, "rag-retriever")), "it is blind");
    for (name, bytes) in all {
        assert!(!holds(&bytes, SECRET), "an argument or a result is in {name}");
    }
}
