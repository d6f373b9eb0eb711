//! Worlds are reproducible, complete and in order.

use std::collections::{BTreeMap, BTreeSet};

use ambit_schemas::EventTime;
use serde_json::Value;

use super::{Attack, DayFiles, Settings, World};
use crate::calendar::Day;
use crate::story::first_day;

fn settings(seed: u64, workloads: usize, days: i64, attacks: &[Attack]) -> Settings {
    Settings { seed, workloads, days, attacks: attacks.to_vec() }
}

/// A world that has been lived to its end.
struct Lived {
    days: Vec<DayFiles>,
    labels: Vec<Value>,
    inventory: String,
    summary: String,
}

fn lived(settings: Settings) -> Lived {
    let mut world = World::new(settings);
    let inventory = world.inventory();
    let days = world.by_ref().collect();
    let labels = world.labels().iter().map(|label| serde_json::from_str(&label.line()).unwrap()).collect();
    Lived { days, labels, inventory, summary: world.summary().line() }
}

/// Records of a file, in its order.
fn records(path: &str, bytes: &[u8]) -> Vec<Value> {
    if path.starts_with("cloudtrail/") {
        let document: Value = serde_json::from_slice(bytes).unwrap();
        return document["Records"].as_array().unwrap().clone();
    }
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// The ids and times of the events of a record.
fn events(path: &str, record: &Value) -> Vec<(String, EventTime)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let time = |value: &Value| EventTime::parse_rfc3339(value.as_str().unwrap()).unwrap();
    if path.starts_with("cloudtrail/") {
        return vec![(text(&record["eventID"]), time(&record["eventTime"]))];
    }
    if path.starts_with("vault/") {
        let id = format!("{}:{}", text(&record["request"]["id"]), text(&record["type"]));
        return vec![(id, time(&record["time"]))];
    }
    let spans = record["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let span = |span: &Value| {
        let nanos: i64 = text(&span["startTimeUnixNano"]).parse().unwrap();
        (format!("{}/{}", text(&span["traceId"]), text(&span["spanId"])), EventTime::from_nanos(nanos))
    };
    spans.iter().map(span).collect()
}

/// The time of every event of a world.
fn times(lived: &Lived) -> BTreeMap<String, EventTime> {
    let files = lived.days.iter().flat_map(|day| &day.files);
    let each = files.flat_map(|file| {
        records(&file.path, &file.bytes).into_iter().map(|record| (file.path.clone(), record))
    });
    each.flat_map(|(path, record)| events(&path, &record)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_another_world() {
    let one = lived(settings(7, 30, 34, &Attack::ALL));
    let same = lived(settings(7, 30, 34, &Attack::ALL));
    let other = lived(settings(8, 30, 34, &Attack::ALL));
    assert!(one.days == same.days && one.labels == same.labels && one.inventory == same.inventory);
    assert_eq!(one.summary, same.summary);
    assert!(one.days != other.days && one.labels != other.labels && one.inventory != other.inventory);
}

#[test]
fn every_label_names_events_that_are_there_and_lie_in_its_time() {
    let world = lived(settings(11, 60, 60, &Attack::ALL));
    let times = times(&world);
    let mut incidents = BTreeSet::new();
    let mut last = EventTime::MIN;
    for label in &world.labels {
        let moment = |name: &str| EventTime::parse_rfc3339(label[name].as_str().unwrap()).unwrap();
        let (from, to) = (moment("from"), moment("to"));
        assert!(incidents.insert(label["incident"].to_string()), "{label}");
        assert!(last <= from && from <= to, "{label}");
        last = from;
        let named = label["events"].as_array().unwrap();
        assert!((1..=20).contains(&named.len()), "{label}");
        for event in named {
            let time = times.get(event.as_str().unwrap());
            // CloudTrail cuts off parts of a second; a run of an agent, a span's start is the act itself.
            let inside = time
                .is_some_and(|time| time.plus_micros(1_000_000) > from && *time < to.plus_micros(2_000_000));
            assert!(inside, "{label}: {event}");
        }
        let days = label["days"].as_array().unwrap();
        assert_eq!(days[0].as_str().unwrap(), &from.to_string()[..10], "{label}");
        // The other workload of a hop or a chain did nothing itself.
        let kind = label["kind"].as_str().unwrap();
        let silent = label["benign"] == true || matches!(kind, "secret_hop_owner" | "role_chain_target");
        assert_eq!(silent, label["raises"].as_array().unwrap().is_empty(), "{label}");
    }
}

#[test]
fn the_whole_catalogue_of_attacks_is_there_and_spares_two_of_three() {
    let world = lived(settings(3, 60, 60, &Attack::ALL));
    let raised = |label: &&Value| !label["raises"].as_array().unwrap().is_empty();
    let attacks: Vec<&Value> = world.labels.iter().filter(raised).collect();
    let kinds: BTreeSet<&str> = attacks.iter().map(|label| label["kind"].as_str().unwrap()).collect();
    let victims: BTreeSet<&str> = attacks.iter().map(|label| label["workload"].as_str().unwrap()).collect();
    assert_eq!(kinds, Attack::ALL.iter().map(|attack| attack.as_str()).collect());
    assert_eq!(attacks.len(), victims.len(), "at most one a workload");
    assert!((15..=20).contains(&attacks.len()), "{}", attacks.len());
    let quiet = Day(first_day().0 + 24).start();
    for label in attacks {
        let from = EventTime::parse_rfc3339(label["from"].as_str().unwrap()).unwrap();
        if label["kind"] == "unregistered" {
            continue;
        }
        assert!(from >= quiet, "{label}");
        assert!(world.inventory.contains(&format!("name: {}\n", label["workload"].as_str().unwrap())));
    }
}

#[test]
fn without_attacks_there_are_none_and_the_life_around_them_is_the_same() {
    let quiet = lived(settings(5, 30, 40, &[]));
    let loud = lived(settings(5, 30, 40, &Attack::ALL));
    assert!(quiet.labels.iter().all(|label| label["benign"] == true));
    let benign = |world: &Lived| {
        let labels = world.labels.iter().filter(|label| label["benign"] == true);
        labels
            .map(|label| (label["incident"].clone(), label["workload"].clone(), label["from"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(benign(&quiet), benign(&loud));
}

#[test]
fn days_come_in_order_and_records_near_their_day() {
    for (workloads, days) in [(30, 10), (200, 5)] {
        let world = lived(settings(2, workloads, days, &Attack::ALL));
        let expected: Vec<i64> = (0..=days).map(|day| first_day().0 + day).collect();
        assert_eq!(world.days.iter().map(|day| day.day.0).collect::<Vec<_>>(), expected);
        let (mut seen, mut again, mut late) = (BTreeSet::new(), 0, 0);
        for day in &world.days {
            for file in &day.files {
                assert!(file.path.contains(&day.day.iso()), "{}", file.path);
                for record in records(&file.path, &file.bytes) {
                    for (id, time) in events(&file.path, &record) {
                        let behind = day.day.0 - time.day();
                        assert!((0..=2).contains(&behind), "{id} of {time} in {}", file.path);
                        late += usize::from(behind > 0);
                        again += usize::from(!seen.insert(id));
                    }
                }
            }
        }
        let per_day = i64::try_from(seen.len() / workloads).unwrap() / days;
        assert!((25..=60).contains(&per_day), "{per_day} events a workload and day");
        assert!(again > 0 && late > 0, "{again} twice, {late} late");
    }
}
