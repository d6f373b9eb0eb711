//! The same over the real protocols, by servers that others maintain: moto, a double of S3, with signatures, listings in XML
//! and conditional writes; Azurite, Microsoft's own double of its store of blobs; and fake-gcs-server, a double of Google
//! Cloud Storage, which knows no signatures and does not keep to the conditions of a write: from it is only read.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use ambit_tests::provided;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::{ObjectStore, ObjectStoreExt as _};
use sha2::Sha256;
use tokio::runtime::Runtime;

use super::super::super::daemon::comes_true;
use super::*;

const SECRET: &str = "hush-hush";
/// What everybody knows of Azurite:
/// <https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key>
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A server with an empty bucket `logs`.
pub(super) struct Server {
    child: Child,
    /// Of the URLs by which it is asked.
    scheme: &'static str,
    variables: Vec<(&'static str, String)>,
    runtime: Runtime,
    objects: Objects,
}

/// How the test puts objects.
enum Objects {
    Store(Arc<dyn ObjectStore>),
    /// A URL to post them to, which ends before the key.
    Uploads(String),
}

impl Server {
    /// Starts moto, asked as S3, or says that `test` is skipped; under `CI` nothing may be skipped.
    pub(super) fn start(test: &str) -> Option<Self> {
        let program = provided::program("moto_server", test).unwrap()?;
        let (child, address) =
            serve(&program, |port| ["-H", "127.0.0.1", "-p", port].map(str::to_owned).into());
        let endpoint = format!("http://{address}");
        ureq::put(format!("{endpoint}/logs")).send_empty().unwrap();
        let store = AmazonS3Builder::new()
            .with_bucket_name("logs")
            .with_endpoint(&endpoint)
            .with_allow_http(true)
            .with_access_key_id("AKIATEST")
            .with_secret_access_key(SECRET);
        let variables = [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ];
        Some(Self::of(child, "s3", &variables, Objects::Store(Arc::new(store.build().unwrap()))))
    }

    /// Starts Azurite.
    fn of_azure(test: &str) -> Option<Self> {
        let node = provided::part("azurite/node", test).unwrap()?;
        let script = provided::part("azurite/node_modules/azurite/dist/src/blob/main.js", test).unwrap()?;
        let (child, address) = serve(&node, |port| {
            let options =
                ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"];
            let place = ["--blobHost", "127.0.0.1", "--blobPort", port];
            let script = script.display().to_string();
            [script].into_iter().chain(options.into_iter().chain(place).map(str::to_owned)).collect()
        });
        let endpoint = format!("http://{address}/{ACCOUNT}");
        make_container(&endpoint);
        let store = MicrosoftAzureBuilder::new()
            .with_container_name("logs")
            .with_endpoint(endpoint.clone())
            .with_allow_http(true)
            .with_account(ACCOUNT)
            .with_access_key(KEY);
        let variables = [
            ("AZURE_STORAGE_ENDPOINT", endpoint.as_str()),
            ("AZURE_ALLOW_HTTP", "true"),
            ("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT),
            ("AZURE_STORAGE_ACCOUNT_KEY", KEY),
        ];
        Some(Self::of(child, "az", &variables, Objects::Store(Arc::new(store.build().unwrap()))))
    }

    /// Starts fake-gcs-server.
    fn of_google(test: &str) -> Option<Self> {
        let program = provided::part("google/fake-gcs-server", test).unwrap()?;
        let (child, address) = serve(&program, |port| {
            let options = ["-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", port];
            let public = ["-public-host".to_owned(), format!("127.0.0.1:{port}")];
            options.into_iter().map(str::to_owned).chain(public).collect()
        });
        let endpoint = format!("http://{address}");
        ureq::post(format!("{endpoint}/storage/v1/b?project=test"))
            .content_type("application/json")
            .send(r#"{"name":"logs"}"#)
            .unwrap();
        let key = format!(
            r#"{{"client_email":"a","private_key":"{SECRET}","private_key_id":"b","disable_oauth":true}}"#
        );
        let variables = [
            ("GOOGLE_BASE_URL", endpoint.as_str()),
            ("GOOGLE_ALLOW_HTTP", "true"),
            ("GOOGLE_SERVICE_ACCOUNT_KEY", key.as_str()),
        ];
        let uploads = format!("{endpoint}/upload/storage/v1/b/logs/o?uploadType=media&name=");
        Some(Self::of(child, "gs", &variables, Objects::Uploads(uploads)))
    }

    fn of(child: Child, scheme: &'static str, variables: &[(&'static str, &str)], objects: Objects) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { child, scheme, variables, runtime, objects }
    }

    pub(super) fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn put(&self, key: &str, text: String) {
        match &self.objects {
            Objects::Store(store) => {
                self.runtime.block_on(store.put(&key.into(), text.into())).unwrap();
            }
            Objects::Uploads(url) => {
                let key = key.replace('/', "%2F");
                ureq::post(format!("{url}{key}")).content_type("text/plain").send(text).unwrap();
            }
        }
    }

    /// What is below a prefix, of a store that can be written to.
    pub(super) fn names(&self, prefix: &str) -> Vec<String> {
        let Objects::Store(store) = &self.objects else { return Vec::new() };
        let listed = self.runtime.block_on(store.list_with_delimiter(Some(&prefix.into()))).unwrap();
        listed.objects.into_iter().map(|meta| meta.location.to_string()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Starts a server on a free port and waits until it listens; gives its address.
fn serve(program: &Path, arguments: impl Fn(&str) -> Vec<String>) -> (Child, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program);
    command.args(arguments(&port.to_string()));
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let address = format!("127.0.0.1:{port}");
    assert!(comes_true(|| TcpStream::connect(&address).is_ok()), "{} does not come up", program.display());
    (child, address)
}

/// Makes the container, which a client of objects cannot. The request carries a signature of the account:
/// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>
fn make_container(endpoint: &str) {
    const EXPIRY: &str = "2099-01-01T00:00:00Z";
    const VERSION: &str = "2021-08-06";
    let signed = format!("{ACCOUNT}\nc\nb\nc\n\n{EXPIRY}\n\n\n{VERSION}\n\n");
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(KEY).unwrap()).unwrap();
    mac.update(signed.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let request = ureq::put(format!("{endpoint}/logs")).query("restype", "container");
    let may = [("sv", VERSION), ("ss", "b"), ("srt", "c"), ("sp", "c"), ("se", EXPIRY), ("sig", &signature)];
    request.query_pairs(may).send_empty().unwrap();
}

#[test]
fn a_bucket_is_replayed_and_watched_and_keeps_the_state() {
    Server::start("a_bucket_is_replayed_and_watched_and_keeps_the_state").iter().for_each(check);
}

#[test]
fn a_container_of_azure_is_replayed_and_watched_and_keeps_the_state() {
    Server::of_azure("a_container_of_azure_is_replayed_and_watched_and_keeps_the_state")
        .iter()
        .for_each(check);
}

#[test]
fn a_bucket_of_google_is_replayed_and_watched() {
    Server::of_google("a_bucket_of_google_is_replayed_and_watched").iter().for_each(check);
}

fn check(server: &Server) {
    let (place, scheme) = (Place::new(), server.scheme);
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
            "sources:\n  - objects: {{ name: bucket, url: \"{scheme}://logs/trail\", interval_secs: 0.2 }}\n\
             sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
             checkpoint: {{ path: \"{path}\", interval_secs: 0.2 }}\n\
             detector: {{ idle_secs: 1 }}\ninventory: {inventory}\n"
        )
    };
    let keeps_state = matches!(server.objects, Objects::Store(_));
    let state = if keeps_state { format!("{scheme}://logs/state") } else { "state".to_owned() };
    place.write("ambit.yaml", config(&state));
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
    if keeps_state {
        assert!((1..=3).contains(&kept.len()), "{kept:?}");
        assert!(kept.iter().all(|name| name.contains("checkpoint-")), "{kept:?}");
    }
    place.run_with("doctor", &variables).ends_with(0).prints(&[
        &format!("well  checkpoints: {}", if keeps_state { &state } else { "" }),
        "whole, state of version",
        "records were tried",
    ]);
    let run = format!(
        "replay {scheme}://logs/trail --inventory {inventory} --to {} --findings replayed",
        LATER[1].0
    );
    place.run_with(&run, &variables).ends_with(0);
    let (found, expected) =
        (last_lines(delivered(&place, "findings.ndjson")), last_lines(place.lines("replayed")));
    assert!(expected.len() > 20);
    assert_eq!(found, expected);
    let log = place.read("log");
    assert!(!log.contains(SECRET) && !log.contains(KEY));
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
