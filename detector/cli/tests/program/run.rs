//! The daemon against a replay of the same logs, and against what may befall it.

#[path = "run/amiss.rs"]
mod amiss;
#[cfg(feature = "hunt")]
#[path = "run/archive.rs"]
mod archive;
#[path = "run/around.rs"]
mod around;
#[path = "run/early.rs"]
mod early;
#[cfg(feature = "kafka")]
#[path = "run/endurance.rs"]
mod endurance;
#[path = "run/faults.rs"]
mod faults;
#[cfg(feature = "kafka")]
#[path = "run/guarded.rs"]
mod guarded;
#[cfg(feature = "kafka")]
#[path = "run/kafka.rs"]
mod kafka;
#[cfg(feature = "kafka")]
#[path = "run/network.rs"]
mod network;
#[cfg(feature = "objects")]
#[path = "run/objects.rs"]
mod objects;
#[cfg(feature = "kafka")]
#[path = "run/once.rs"]
mod once;
#[cfg(feature = "kafka")]
#[path = "run/poison.rs"]
mod poison;
#[path = "run/posted.rs"]
mod posted;
#[cfg(all(feature = "kafka", feature = "objects"))]
#[path = "run/prometheus.rs"]
mod prometheus;
#[path = "run/reload.rs"]
mod reload;
#[path = "run/restarted.rs"]
mod restarted;
#[cfg(feature = "kafka")]
#[path = "run/roles.rs"]
mod roles;
#[cfg(feature = "kafka")]
#[path = "run/shares.rs"]
mod shares;
#[path = "run/sinks.rs"]
mod sinks;
#[path = "run/upgrade.rs"]
mod upgrade;
#[path = "run/webhook.rs"]
mod webhook;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;

use super::daemon::{Daemon, delivered, pause, start, start_with};
use super::place::{Place, samples, without_positions};

/// Two days long after the samples: the first closes everything before it, and the second closes the first.
const LATER: [(&str, i64); 2] =
    [("2026-06-20T12:00:00Z", 1_781_956_800), ("2026-06-21T12:00:00Z", 1_782_043_200)];

/// An event of somebody whom nothing in the samples knows.
fn later(number: usize) -> String {
    let (time, _) = LATER[number];
    json!({
        "eventVersion": "1.08", "eventID": format!("later-{number}"), "eventTime": time,
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "us-east-1",
        "recipientAccountId": "999999999999", "eventType": "AwsApiCall",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::999999999999:user/later",
            "accountId": "999999999999", "userName": "later", "accessKeyId": "AKIALATER" },
    })
    .to_string()
}

/// A configuration that watches `logs`, and what stands in `more`.
fn configure(place: &Place, more: &str) {
    let text = format!(
        "sources:\n  - file: {{ name: logs, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         checkpoint: {{ path: state, interval_secs: 0.1 }}\n\
         inventory: {}\n{more}",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

/// What a replay of `logs` finds before the last moment.
fn replayed(place: &Place) -> Vec<Value> {
    let inventory = samples("workloads.yaml");
    let run = format!("replay logs --inventory {inventory} --to {} --findings replayed", LATER[1].0);
    place.run(&run).ends_with(0);
    without_positions(place.lines("replayed"))
}

/// The last line of each uid that was raised; what was told early counts as nothing.
fn last_lines(mut findings: Vec<Value>) -> BTreeMap<String, Value> {
    findings.retain(|line| line["unmapped"]["provisional"] != true);
    let uid = |line: &Value| line["finding_info"]["uid"].as_str().unwrap().to_owned();
    without_positions(findings).into_iter().map(|line| (uid(&line), line)).collect()
}

#[track_caller]
fn same(found: &[Value], expected: &[Value]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

/// The events of the samples in the order of time, as canonical lines.
fn events(place: &Place) -> Vec<String> {
    let run = format!("normalize {} --out all.ndjson", samples(""));
    place.run(&run).ends_with(0);
    let mut lines = place.read("all.ndjson").lines().map(str::to_owned).collect::<Vec<_>>();
    lines.sort_by_cached_key(|line| {
        serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap().to_owned()
    });
    lines
}

fn append(place: &Place, name: &str, lines: &[String]) {
    let text = lines.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    });
    std::fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(place.path(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// What a source has read may still be on its way to the loop.
fn until_ingested(daemon: &mut Daemon, expected: f64) {
    daemon.until("the events are taken up", |daemon| {
        daemon.metric("ambit_events_ingested_total") > expected - 0.5
    });
    is(daemon, "ambit_events_ingested_total", expected);
}

fn is(daemon: &Daemon, name: &str, expected: f64) {
    let found = daemon.metric(name);
    assert!((found - expected).abs() < 0.5, "{name}: {found}, not {expected}");
}

/// Small numbers that differ, the same for one seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[test]
fn a_live_daemon_finds_what_a_replay_finds() {
    let place = Place::new();
    std::fs::create_dir(place.path("logs")).unwrap();
    for folder in ["cloudtrail", "otel", "vault"] {
        std::os::unix::fs::symlink(samples(folder), place.path(&format!("logs/{folder}"))).unwrap();
    }
    place.write("logs/later.ndjson", format!("{}\n{}\n", later(0), later(1)));
    let folders = ["logs/cloudtrail", "logs/otel", "logs/vault", "logs/later.ndjson"].join(", ");
    configure(&place, "detector: { idle_secs: 1 }\n");
    let config = place.read("ambit.yaml").replace("paths: [logs]", &format!("paths: [{folders}]"));
    place.write("ambit.yaml", config);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.until_ready();
    daemon.stop();
    let inventory = samples("workloads.yaml");
    let paths = folders.replace(',', "");
    let run = format!("replay {paths} --inventory {inventory} --to {} --findings replayed", LATER[1].0);
    place.run(&run).ends_with(0);
    let expected = without_positions(place.lines("replayed"));
    assert!(expected.len() > 20);
    same(&without_positions(delivered(&place, "findings.ndjson")), &expected);
}

#[test]
fn a_daemon_that_is_killed_again_and_again_loses_nothing_and_adds_nothing() {
    const SEED: u64 = 4;
    const KILLS: usize = 10;
    let place = Place::new();
    let events = events(&place);
    configure(&place, "");
    let mut dice = Dice(SEED);
    for part in events.chunks(events.len() / KILLS + 1) {
        append(&place, "logs/events.ndjson", part);
        let daemon = start(&place);
        pause(dice.below(1_500));
        assert!(!daemon.kill().success());
    }
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.stop();
    let (found, expected) = (last_lines(delivered(&place, "findings.ndjson")), last_lines(replayed(&place)));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "seed {SEED}");
    for (uid, finding) in &found {
        assert_eq!(finding, &expected[uid], "seed {SEED}");
    }
}

#[test]
fn a_stop_and_a_start_change_nothing_that_is_delivered() {
    let place = Place::new();
    let events = events(&place);
    configure(&place, "");
    for part in events.chunks(events.len() / 3 + 1) {
        append(&place, "logs/events.ndjson", part);
        let mut daemon = start(&place);
        // Stopped somewhere in the middle of what is new.
        daemon.until("it has begun", |daemon| daemon.metric("ambit_events_ingested_total") > 0.0);
        daemon.stop();
    }
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    // Line for line: an orderly end brings nothing twice.
    same(&without_positions(delivered(&place, "findings.ndjson")), &replayed(&place));
}
