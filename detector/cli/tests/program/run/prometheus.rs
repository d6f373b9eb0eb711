//! A real Prometheus scrapes a running daemon: with the configuration, the alerts and the dashboard that are shipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use ambit_schemas::EventTime;
use ambit_tests::provided;

use super::super::daemon::comes_true;
use super::*;
use ambit_tests::broker::{Broker, free_port};

/// The labels that each metric has beside those of its target.
const LABELS: &[(&str, &[&str])] = &[
    ("ambit_alerts_per_workload_month", &["of"]),
    ("ambit_allocator_bytes", &["kind"]),
    ("ambit_build_info", &["version"]),
    ("ambit_bytes_ingested_total", &["source"]),
    ("ambit_checkpoint_bytes", &[]),
    ("ambit_checkpoint_damaged_total", &[]),
    ("ambit_checkpoint_duration_seconds_bucket", &["le"]),
    ("ambit_checkpoint_failures_total", &[]),
    ("ambit_checkpoint_timestamp_seconds", &[]),
    ("ambit_dead_letters_total", &["from"]),
    ("ambit_events_duplicate_total", &["source"]),
    ("ambit_events_ingested_total", &["source"]),
    ("ambit_events_late_total", &["source"]),
    ("ambit_events_rejected_total", &["source"]),
    ("ambit_events_unattributed_total", &["source"]),
    ("ambit_evicted_total", &["what"]),
    ("ambit_files_restarted_total", &["source"]),
    ("ambit_finding_latency_seconds_bucket", &["le"]),
    ("ambit_findings_suppressed_total", &["id"]),
    ("ambit_findings_total", &["id", "severity"]),
    ("ambit_http_requests_total", &["path", "code"]),
    ("ambit_kafka_errors_total", &["part"]),
    ("ambit_kafka_lag", &["topic", "partition"]),
    ("ambit_kafka_rebalances_total", &["source"]),
    ("ambit_kafka_removed_total", &["topic", "partition"]),
    ("ambit_last_event_timestamp_seconds", &["source"]),
    ("ambit_mature_workload_days_total", &[]),
    ("ambit_objects_passed_over_total", &["source"]),
    ("ambit_objects_vanished_total", &["source"]),
    ("ambit_pending_bytes", &[]),
    ("ambit_pending_events", &[]),
    ("ambit_reloads_total", &["result"]),
    ("ambit_sink_attempts_total", &["sink"]),
    ("ambit_sink_failures_total", &["sink"]),
    ("ambit_sink_queue_depth", &["sink"]),
    ("ambit_state_bytes", &["part"]),
    ("ambit_statistical_alarms_total", &["id"]),
    ("ambit_up", &["part"]),
    ("ambit_watermark_forced_total", &[]),
    ("ambit_watermark_lag_seconds", &[]),
    ("ambit_watermark_timestamp_seconds", &[]),
    ("ambit_workloads", &["maturity"]),
    ("process_resident_memory_bytes", &[]),
];

/// A running Prometheus.
struct Prometheus {
    child: Child,
    address: String,
}

impl Prometheus {
    /// Starts one with what is shipped; only the addresses and the pace are other ones.
    fn start(program: &Path, place: &Place, target: &str) -> Self {
        let shipped =
            |file: &str| std::fs::read_to_string(provided::root().join("deploy").join(file)).unwrap();
        let config = shipped("compose/prometheus.yaml")
            .replace("ambit:9600", target)
            .replace("/etc/prometheus/rules.yaml", "rules.yaml")
            .replace(": 15s", ": 1s");
        assert!(config.contains(target) && config.contains("interval: 1s"), "{config}");
        place.write("prometheus.yaml", config).write("rules.yaml", shipped("prometheus/rules.yaml"));
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(program);
        command.args(["--config.file=prometheus.yaml", "--storage.tsdb.path=tsdb", "--log.level=warn"]);
        command.arg(format!("--web.listen-address={address}")).current_dir(place.path(""));
        let log = File::create(place.path("prometheus.log")).unwrap();
        let child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let started = Self { child, address };
        let up = comes_true(|| ureq::get(format!("http://{}/-/ready", started.address)).call().is_ok());
        assert!(up, "{}", place.read("prometheus.log"));
        started
    }

    /// What an API answers.
    fn ask(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("http://{}/api/v1/{path}", self.address)).call().unwrap();
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        assert_eq!(answer["status"], "success", "{path}: {answer:#}");
        answer["data"].clone()
    }

    /// The series that an expression gives.
    fn query(&self, expression: &str) -> Vec<Value> {
        let url = format!("http://{}/api/v1/query", self.address);
        let mut answer = ureq::get(url).query("query", expression).call().unwrap();
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        assert_eq!(answer["status"], "success", "{expression}: {answer:#}");
        answer["data"]["result"].as_array().unwrap().clone()
    }

    /// The alerts by their state.
    fn alerts(&self) -> BTreeMap<String, String> {
        let rules = self.ask("rules");
        let groups = rules["groups"].as_array().unwrap().iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().unwrap().clone());
        let alert = |rule: Value| {
            assert_ne!(rule["health"], "err", "{rule:#}");
            (rule["health"] == "ok").then(|| {
                let text = |name: &str| rule[name].as_str().unwrap().to_owned();
                (text("name"), text("state"))
            })
        };
        rules.filter_map(alert).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// The metrics that the alerts and the dashboard name.
fn watched() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in ["prometheus/rules.yaml", "grafana/ambit.json"] {
        let text = std::fs::read_to_string(provided::root().join("deploy").join(file)).unwrap();
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let ours = |word: &&str| word.starts_with("ambit_") || word.starts_with("process_");
        names.extend(words.filter(ours).map(str::to_owned));
    }
    names
}

/// The expressions of the dashboard, as Grafana asks them.
fn panels() -> Vec<String> {
    let text = std::fs::read_to_string(provided::root().join("deploy/grafana/ambit.json")).unwrap();
    let board: Value = serde_json::from_str(&text).unwrap();
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let filled = |expression: &str| {
        expression.replace("$__rate_interval", "1m").replace("$job", "ambit").replace("$instance", ".*")
    };
    targets.map(|target| filled(target["expr"].as_str().unwrap())).collect()
}

/// An event of a moment ago: an old one would be behind, which an alert is right to say.
#[expect(clippy::disallowed_methods, reason = "what is fresh is told by the clock")]
fn fresh(number: usize) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let time = EventTime::from_secs(i64::try_from(since).unwrap()).to_string();
    later(0).replace(LATER[0].0, &time).replace("later-0", &format!("fresh-{number}"))
}

/// A daemon with every kind of source, and with everything that is measured on.
fn configure_all(place: &Place, broker: &Broker) {
    place.write("token", "let-me-in\n").write("workloads.yaml", "version: 1\n");
    let address = &broker.address;
    std::fs::create_dir(place.path("bucket")).unwrap();
    let bucket = place.path("bucket").display().to_string();
    let text = format!(
        "sources:\n  - file: {{ name: logs, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }}\n\
         \x20 - http: {{ name: apps, token_file: token }}\n\
         \x20 - objects: {{ name: bucket, url: \"file://{bucket}\" }}\n\
         \x20 - kafka: {{ name: topic, brokers: \"{address}\", topic: events, properties: {{ statistics.interval.ms: \"500\" }} }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\n  - kafka: {{ brokers: \"{address}\" }}\n\
         inventory: workloads.yaml\ncheckpoint: {{ path: state, interval_secs: 0.2 }}\n\
         detector: {{ lateness_secs: {{ cloud: 300, other: 300 }}, idle_secs: 1 }}\n"
    );
    place.write("ambit.yaml", text);
}

/// Which metrics do not have their series with their labels yet.
fn missing(prometheus: &Prometheus, target: &str) -> Vec<String> {
    let lacks = |(name, labels): &(&str, &[&str])| {
        let expected =
            labels.iter().chain(&["__name__", "instance", "job"]).copied().collect::<BTreeSet<_>>();
        let series = prometheus.query(name);
        for one in &series {
            let labels = one["metric"].as_object().unwrap();
            assert_eq!(labels.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{name}");
            assert_eq!((&labels["job"], &labels["instance"]), (&json!("ambit"), &json!(target)));
        }
        series.is_empty().then(|| (*name).to_owned())
    };
    LABELS.iter().filter_map(lacks).collect()
}

#[test]
fn a_real_prometheus_sees_everything_and_is_silent_while_all_is_well() {
    const TEST: &str = "a_real_prometheus_sees_everything_and_is_silent_while_all_is_well";
    let Some(program) = provided::part("prometheus/usr/bin/prometheus", TEST).unwrap() else { return };
    let Some(broker) = Broker::start(TEST) else { return };
    let known = LABELS.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(watched(), known, "what is watched, and what is looked for here");
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    configure_all(&place, &broker);
    append(&place, "logs/events.ndjson", &[fresh(0)]);
    broker.produce("events", &[fresh(1), fresh(2), fresh(3)]);
    let mut daemon = start(&place);
    let target = daemon.address().to_owned();
    let answer = daemon.post("/ingest/apps", "authorization: Bearer let-me-in\r\n", fresh(4).as_bytes());
    assert_eq!(answer.code, 200, "{answer:?}");
    let prometheus = Prometheus::start(&program, &place, &target);
    let healthy = |prometheus: &Prometheus| {
        let targets = prometheus.ask("targets");
        let targets = targets["activeTargets"].as_array().unwrap();
        targets.len() == 1 && targets[0]["health"] == "up" && targets[0]["labels"]["job"] == "ambit"
    };
    daemon.until("its target is up", |_| healthy(&prometheus));
    let mut number = 5;
    let mut absent = Vec::new();
    let complete = comes_true(|| {
        append(&place, "logs/events.ndjson", &[fresh(number)]);
        number += 1;
        absent = missing(&prometheus, &target);
        absent.is_empty()
    });
    assert!(complete, "no series of {absent:?}\n{}", daemon.get("/metrics").body);
    for expression in panels() {
        prometheus.query(&expression);
    }
    // Every rule has been looked at. That most workloads are still learning is so at every beginning, and waits for a day.
    daemon.until("the rules were looked at", |_| prometheus.alerts().len() == alerts_shipped());
    daemon.until("it is silent", |_| {
        prometheus
            .alerts()
            .iter()
            .all(|(name, state)| state == "inactive" || (name == "AmbitImmature" && state == "pending"))
    });
    // What is wrong is seen: it is not blind.
    place.write("workloads.yaml", "version: 1\nworkloads:\n  - nmae: later\n");
    daemon.until("it fires", |_| {
        prometheus.alerts().get("AmbitReloadRefused").is_some_and(|state| state == "firing")
    });
    daemon.stop();
    assert!(comes_true(|| !healthy(&prometheus)), "a daemon that is gone is seen to be up");
}

fn alerts_shipped() -> usize {
    let text = std::fs::read_to_string(provided::root().join("deploy/prometheus/rules.yaml")).unwrap();
    text.lines().filter(|line| line.trim_start().starts_with("- alert: ")).count()
}
