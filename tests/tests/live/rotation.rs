//! The audit log of a real OpenBao, tailed while it grows and is rotated: renamed with a hang-up, as logrotate does, and by
//! `copytruncate`. Every line that the server wrote is read once, and the daemon finds what a replay of all files finds.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ambit_ingest::Settings;
use ambit_ingest::source::{Begin, News, Tail, TailSettings};
use ambit_schemas::EventTime;
use ambit_tests::daemon::{Daemon, comes_true, delivered, pause};
use ambit_tests::openbao::{OpenBao, Request, text};
use ambit_tests::{binary, provided};
use serde_json::{Value, json};

use super::normalize;
use super::openbao::{get, post, set_up};

const CONFIG: &str = "sources:\n  - file: { name: vault, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }\n\
                      inventory: workloads.yaml\n\
                      detector: { lateness_secs: { other: 0 } }\nsinks:\n  - ndjson: { path: findings.ndjson }\n\
                      checkpoint: { path: state, interval_secs: 0.2 }\n";
const INVENTORY: &str =
    "version: 1\nworkloads:\n  - { name: other, owner: team, identities: [{ vault_role: approle/other }] }\n";

/// Requests that go on until they are told to stop.
struct Traffic {
    server: OpenBao,
    rounds: AtomicU64,
    over: AtomicBool,
    /// Held for a round: who holds it knows that nothing is being written.
    quiet: Mutex<()>,
    /// The ids of the requests that were answered with one.
    answered: Mutex<Vec<String>>,
}

impl Traffic {
    fn send(&self, request: Request<'_>, body: &Value) -> Value {
        let answer = self.server.expect(request, body).unwrap();
        if let Some(id) = answer["request_id"].as_str().filter(|id| !id.is_empty()) {
            self.answered.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        }
        answer
    }

    /// A login, a secret read and written, a token and its child, a certificate with a lease, an answer that is wrapped;
    /// then the lease, the child and the token are revoked.
    fn round(&self, number: u64) {
        let root = self.server.root_token();
        let role_id = self.send(get("auth/approle/role/rag-retriever/role-id", root), &Value::Null);
        let secret_id = self.send(post("auth/approle/role/rag-retriever/secret-id", root), &json!({}));
        let proof =
            json!({ "role_id": role_id["data"]["role_id"], "secret_id": secret_id["data"]["secret_id"] });
        let login = Request { method: "POST", path: "auth/approle/login", ..Request::default() };
        let login = self.send(login, &proof);
        let token = text(&login["auth"]["client_token"]).unwrap();
        self.send(get("kv/data/rag/aws", &token), &Value::Null);
        self.send(post("kv/data/rag/aws", root), &json!({ "data": { "round": number } }));
        let child = self.send(post("auth/token/create", &token), &json!({ "ttl": "10m" }));
        let lease =
            self.send(post("pki/issue/web", root), &json!({ "common_name": "a.example", "ttl": "5m" }));
        let wrapped = Request { wrap_secs: Some(60), ..get("kv/data/rag/aws", &token) };
        let wrapped = text(&self.send(wrapped, &Value::Null)["wrap_info"]["token"]).unwrap();
        self.send(post("sys/wrapping/unwrap", &wrapped), &Value::Null);
        self.send(post("sys/leases/revoke", root), &json!({ "lease_id": text(&lease["lease_id"]).unwrap() }));
        let accessor = json!({ "accessor": child["auth"]["accessor"] });
        self.send(post("auth/token/revoke-accessor", root), &accessor);
        assert_eq!(self.server.send(get("kv/data/finance/db", &token), &Value::Null).unwrap().0, 403);
        self.send(post("auth/token/revoke-self", &token), &Value::Null);
    }

    fn run(&self) {
        while !self.over.load(Ordering::Acquire) {
            let quiet = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
            self.round(self.rounds.load(Ordering::Acquire));
            drop(quiet);
            self.rounds.fetch_add(1, Ordering::AcqRel);
            // Who waits for quiet gets it.
            pause(1);
        }
    }

    fn wait_for(&self, more: u64) {
        let from = self.rounds.load(Ordering::Acquire);
        assert!(
            comes_true(|| self.rounds.load(Ordering::Acquire) >= from + more),
            "the requests do not go on"
        );
    }
}

fn leases(server: &OpenBao) {
    let root = server.root_token();
    server.expect(post("sys/mounts/pki", root), &json!({ "type": "pki" })).unwrap();
    let ca = json!({ "common_name": "ca.example", "key_type": "ec" });
    server.expect(post("pki/root/generate/internal", root), &ca).unwrap();
    let role = json!({ "allow_any_name": true, "generate_lease": true, "key_type": "ec" });
    server.expect(post("pki/roles/web", root), &role).unwrap();
}

/// Reads a folder as the daemon does, and counts what it reads by the event's id.
fn tail(folder: &Path, over: &AtomicBool) -> BTreeMap<String, u64> {
    let settings = TailSettings {
        paths: vec![folder.to_owned()],
        decode: Settings::default(),
        settle: Duration::from_millis(100),
        begin: Begin::Start,
    };
    let (mut tail, mut read, mut now) = (Tail::new(settings, &[]), BTreeMap::new(), Duration::ZERO);
    let mut left = 20;
    while left > 0 {
        if over.load(Ordering::Acquire) {
            left -= 1;
        }
        now += Duration::from_millis(50);
        let mut news = tail.scan(now);
        while let Some(next) = tail.read(now) {
            news.push(next);
        }
        for one in news {
            let News::Read(piece) = one else { continue };
            let Some(delivery) = piece.delivery else { continue };
            assert_eq!(delivery.rejects, []);
            for id in delivery.batch.event_ids().iter().flatten() {
                *read.entry(id.to_owned()).or_default() += 1;
            }
        }
        pause(50);
    }
    read
}

/// Renames the log and hangs up, then cuts the next one short behind a copy; requests go on all the while.
fn rotate(traffic: &Traffic, logs: &Path) {
    let log = logs.join("audit.log");
    traffic.wait_for(3);
    std::fs::rename(&log, logs.join("audit.log.1")).unwrap();
    // The server writes to the old one until it is told.
    traffic.wait_for(2);
    traffic.server.hang_up().unwrap();
    assert!(comes_true(|| log.exists()), "the server does not begin a new log");
    traffic.wait_for(3);
    // What is written between the copy and the cut is lost to everybody: the server must not write then.
    let quiet = traffic.quiet.lock().unwrap_or_else(PoisonError::into_inner);
    std::fs::copy(&log, logs.join("audit-2.log")).unwrap();
    File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
    drop(quiet);
    traffic.wait_for(3);
}

/// What the server wrote, by request: in how many lines of all files its id stands.
fn written(logs: &Path) -> BTreeMap<String, u64> {
    let mut lines = BTreeMap::new();
    for name in ["audit.log.1", "audit-2.log", "audit.log"] {
        for line in std::fs::read_to_string(logs.join(name)).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            *lines.entry(record["request"]["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    lines
}

fn watched(folder: &Path) -> Daemon {
    std::fs::write(folder.join("ambit.yaml"), CONFIG).unwrap();
    std::fs::write(folder.join("workloads.yaml"), INVENTORY).unwrap();
    Daemon::start(binary::path().unwrap(), folder, &[])
}

#[test]
fn a_log_that_is_rotated_under_load_is_read_once_and_wholly() {
    let Some(bao) = provided::program("bao", "the rotated audit log of a real OpenBao").unwrap() else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let (folder, logs) = (place.path(), place.path().join("logs"));
    std::fs::create_dir(&logs).unwrap();
    let server = OpenBao::start(&bao, &logs).unwrap();
    set_up(&server);
    leases(&server);
    let traffic = Traffic {
        server,
        rounds: AtomicU64::new(0),
        over: AtomicBool::new(false),
        quiet: Mutex::default(),
        answered: Mutex::default(),
    };
    let mut daemon = watched(folder);
    let (read, over) = (Mutex::new(BTreeMap::new()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| *read.lock().unwrap() = tail(&logs, &over));
        let requests = scope.spawn(|| traffic.run());
        rotate(&traffic, &logs);
        traffic.over.store(true, Ordering::Release);
        requests.join().unwrap();
        over.store(true, Ordering::Release);
    });
    let read = read.into_inner().unwrap();

    // Request by request: the server's lines are the reader's events, each of them once.
    let written = written(&logs);
    for id in traffic.answered.lock().unwrap().iter() {
        assert_eq!(written.get(id), Some(&2), "request and response of {id}");
    }
    let mut by_request = BTreeMap::new();
    for (event, count) in &read {
        assert_eq!(*count, 1, "{event} was read {count} times");
        // What hands out two things has a further event, whose id ends in `#2`.
        if !event.contains('#') {
            *by_request.entry(event.split(':').next().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert_eq!(by_request, written);

    // The daemon: as many events, none twice, and the findings of a replay of all the files.
    daemon.until("everything was read", |daemon| {
        let events = daemon.metric("ambit_events_ingested_total");
        (events - f64::from(u32::try_from(read.len()).unwrap())).abs() < 0.5
    });
    assert!(daemon.metric("ambit_events_duplicate_total") < 0.5);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    assert!(daemon.metric("ambit_files_restarted_total") > 0.5);
    check_findings(daemon, folder, &logs, read.len());
}

/// The last line of each finding that was decided before a moment, without what depends on where the records stand.
fn last_lines(path: &Path, before: EventTime) -> BTreeMap<String, Value> {
    let mut last = BTreeMap::new();
    for mut finding in delivered(path) {
        for evidence in finding["evidences"].as_array_mut().unwrap() {
            evidence["data"].as_object_mut().unwrap().remove("position");
        }
        if finding["time"].as_i64().unwrap() < before.millis() {
            last.insert(finding["finding_info"]["uid"].as_str().unwrap().to_owned(), finding);
        }
    }
    last
}

/// Compares what the daemon found with a replay of all the files. The last moment is closed by a replay's end only.
fn check_findings(mut daemon: Daemon, folder: &Path, logs: &Path, events: usize) {
    std::fs::rename(logs.join("audit.log.1"), logs.join("audit-1.log")).unwrap();
    let (normalized, _) = normalize(folder, "logs");
    assert_eq!(normalized.len(), events);
    let times =
        normalized.iter().map(|event| EventTime::parse_rfc3339(event["time"].as_str().unwrap()).unwrap());
    let last = times.max().unwrap();
    let args = ["replay", "logs", "--inventory", "workloads.yaml", "--findings", "replayed.ndjson"];
    let replay = binary::run(folder, &args).unwrap();
    assert_eq!(replay.status.code(), Some(0), "{}", String::from_utf8_lossy(&replay.stderr));
    let expected = last_lines(&folder.join("replayed.ndjson"), last);
    assert!(!expected.is_empty());
    daemon.until("it has found as many", |_| {
        last_lines(&folder.join("findings.ndjson"), last).len() >= expected.len()
    });
    daemon.stop();
    assert_eq!(last_lines(&folder.join("findings.ndjson"), last), expected);
}
