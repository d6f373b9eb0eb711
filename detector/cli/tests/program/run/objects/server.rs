//! The same over the real protocol: moto, a double of S3 that others maintain, with signatures, listings in XML and
//! conditional writes.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use tokio::runtime::Runtime;

use super::super::super::daemon::comes_true;
use super::*;

/// A server with an empty bucket `logs`.
pub(super) struct Server {
    child: Child,
    endpoint: String,
    runtime: Runtime,
    store: AmazonS3,
}

impl Server {
    /// Starts one, or says that `test` is skipped; under `CI` nothing may be skipped.
    pub(super) fn start(test: &str) -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.test-env/venv/bin/moto_server");
        if !program.is_file() {
            let why = format!("{} is not there; `tests/run` sets it up", program.display());
            assert!(std::env::var_os("CI").is_none(), "{test}: {why}");
            // Straight to stderr: what a test prints in the usual way is only shown when it fails.
            let _told = writeln!(std::io::stderr().lock(), "\nskipped: {test}: {why}");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let address = format!("127.0.0.1:{port}");
        assert!(comes_true(|| TcpStream::connect(&address).is_ok()), "moto does not come up");
        let mut stream = TcpStream::connect(&address).unwrap();
        let request = format!(
            "PUT /logs HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let endpoint = format!("http://{address}");
        let store = AmazonS3Builder::new()
            .with_bucket_name("logs")
            .with_endpoint(&endpoint)
            .with_allow_http(true)
            .with_access_key_id("AKIATEST")
            .with_secret_access_key("hush-hush")
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Some(Self { child, endpoint, runtime, store })
    }

    pub(super) fn variables(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT", self.endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", "hush-hush"),
        ]
    }

    fn put(&self, key: &str, text: String) {
        self.runtime.block_on(self.store.put(&key.into(), text.into())).unwrap();
    }

    pub(super) fn names(&self, prefix: &str) -> Vec<String> {
        let listed = self.runtime.block_on(self.store.list_with_delimiter(Some(&prefix.into()))).unwrap();
        listed.objects.into_iter().map(|meta| meta.location.to_string()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

#[test]
fn a_bucket_is_replayed_and_watched_and_keeps_the_state() {
    let Some(server) = Server::start("a_bucket_is_replayed_and_watched_and_keeps_the_state") else { return };
    let place = Place::new();
    let events = events(&place);
    for (number, part) in events.chunks(events.len() / 100 + 1).enumerate() {
        server.put(&format!("trail/{:03}.ndjson", number * 37 % 101), part.join("\n") + "\n");
    }
    let variables = server.variables();
    let inventory = samples("workloads.yaml");
    // Half of it is there from the beginning, and the bucket holds more than one page of names.
    for number in 0..1_100 {
        server.put(&format!("trail/more/{number}.txt"), String::new());
    }
    let config = |path: &str| {
        format!(
            "sources:\n  - objects: {{ name: bucket, url: \"s3://logs/trail\", interval_secs: 0.2 }}\n\
             sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
             checkpoint: {{ path: \"{path}\", interval_secs: 0.2 }}\n\
             detector: {{ idle_secs: 1 }}\ninventory: {inventory}\n"
        )
    };
    place.write("ambit.yaml", config("s3://logs/state"));
    place.run_with("config check", &variables).ends_with(0);
    let mut daemon = start_with(&place, &variables);
    daemon.until("it has stored something", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
    assert!(!daemon.kill().success());
    server.put("trail/000-late.ndjson", format!("{}\n{}\n", later(0), later(1)));
    let mut daemon = start_with(&place, &variables);
    daemon.until_watermark(LATER[0].1 + 1);
    is(&daemon, "ambit_events_late_total", 0.0);
    is(&daemon, "ambit_objects_skipped", 1_100.0);
    daemon.until_ready();
    daemon.stop();
    let kept = server.names("state");
    assert!(
        (1..=3).contains(&kept.len()) && kept.iter().all(|name| name.contains("checkpoint-")),
        "{kept:?}"
    );
    place.run_with("doctor", &variables).ends_with(0).prints(&[
        "well  checkpoints: s3://logs/state/checkpoint-",
        "whole, state of version",
        "records were tried",
    ]);
    let run =
        format!("replay s3://logs/trail --inventory {inventory} --to {} --findings replayed", LATER[1].0);
    place.run_with(&run, &variables).ends_with(0);
    let (found, expected) =
        (last_lines(delivered(&place, "findings.ndjson")), last_lines(place.lines("replayed")));
    assert!(expected.len() > 20);
    assert_eq!(found, expected);
    assert!(!place.read("log").contains("hush-hush"));
}

#[test]
fn two_daemons_on_one_store_do_not_overwrite_each_other() {
    let Some(server) = Server::start("two_daemons_on_one_store_do_not_overwrite_each_other") else { return };
    let variables = server.variables();
    let place = || {
        let place = Place::new();
        place.write(
            "ambit.yaml",
            concat!(
                "sources:\n  - file: { name: logs, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }\n",
                "sinks:\n  - ndjson: { path: findings.ndjson }\n",
                "checkpoint: { path: \"s3://logs/state\", interval_secs: 0.1 }\n",
            ),
        );
        place.write("logs/a.ndjson", later(0) + "\n");
        place
    };
    let (one, other) = (place(), place());
    let mut first = start_with(&one, &variables);
    first.until("it has the event", |daemon| daemon.metric("ambit_events_ingested_total") > 0.5);
    first.until("it has stored something", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
    // Nothing more comes: what it has to store is stored by then.
    pause(2_000);
    // The second goes on from what the first stored, and stores before the first does again.
    let mut second = start_with(&other, &variables);
    append(&other, "logs/a.ndjson", &[later(1)]);
    second.until("it has stored something", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
    append(&one, "logs/a.ndjson", &[later(1)]);
    first.until("it is told", |daemon| {
        daemon.get("/readyz").body.contains("another daemon keeps its state here too")
    });
    assert!(first.metric("ambit_checkpoint_failures_total") > 0.5);
    second.until_ready();
    second.stop();
}
