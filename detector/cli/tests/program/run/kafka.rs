//! The daemon on topics of a real broker.

use super::super::records::records;
use super::*;
use ambit_tests::broker::Broker;

/// A configuration that reads these topics.
pub(super) fn read_topics(place: &Place, broker: &Broker, topics: &[&str], idle_secs: u32) {
    let address = &broker.address;
    let sources = topics.iter().fold(String::new(), |mut text, topic| {
        let properties = "{ session.timeout.ms: \"2000\", heartbeat.interval.ms: \"500\" }";
        writeln!(
            text,
            "  - kafka: {{ name: {topic}, brokers: \"{address}\", topic: {topic}, properties: {properties} }}"
        )
        .unwrap();
        text
    });
    let text = format!(
        "sources:\n{sources}sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         \x20 - kafka: {{ brokers: \"{address}\" }}\ncheckpoint: {{ path: state, interval_secs: 0.2 }}\n\
         detector: {{ idle_secs: {idle_secs}, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

#[test]
fn a_broker_that_is_killed_and_comes_back_costs_nothing() {
    let Some(mut broker) = Broker::start("a_broker_that_is_killed_and_comes_back_costs_nothing") else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    let events = events(&place);
    // Less than the broker is away: what cannot be read is not idle.
    read_topics(&place, &broker, &["events"], 10);
    let (one, two) = events.split_at(events.len() / 2);
    broker.produce("events", one);
    let mut daemon = start(&place);
    daemon.until("it has begun", |daemon| daemon.metric("ambit_events_ingested_total") > 0.0);
    broker.kill();
    daemon.until("it is not ready", |daemon| daemon.get("/readyz").code == 503);
    pause(12_000);
    broker.resume();
    broker.produce("events", two);
    broker.produce("events", &[later(0), later(1)]);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.until_ready();
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let expected = last_lines(replayed(&place));
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), expected);
    let written = broker.read("ambit.findings.v1");
    let written = written.iter().map(|message| serde_json::from_slice(&message.payload).unwrap());
    assert_eq!(last_lines(written.collect()), expected);
}

#[test]
fn what_comes_first_of_a_partition_that_was_empty_is_not_late() {
    let Some(broker) = Broker::start("what_comes_first_of_a_partition_that_was_empty_is_not_late") else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    let mut events = events(&place);
    events.truncate(3_000);
    read_topics(&place, &broker, &["events"], 3_600);
    let mut daemon = start(&place);
    daemon.until_ready();
    // All three are read to their ends, where nothing is, before one of them is filled.
    pause(3_000);
    for partition in 0..3_u8 {
        let own = events.iter().skip(usize::from(partition)).step_by(3);
        broker.transact("events", partition.into(), &own.cloned().collect::<Vec<_>>(), true);
        until_ingested(&mut daemon, 1_000.0 * f64::from(partition + 1));
        pause(1_000);
    }
    // Two for each: the watermark is where the slowest is.
    let ends = [later(0), later(0), later(0), later(1), later(1), later(1)];
    broker.produce("events", &ends);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    append(&place, "logs/events.ndjson", &ends);
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), last_lines(replayed(&place)));
}

#[test]
fn what_the_broker_removed_before_it_was_read_is_told() {
    let Some(broker) = Broker::start("what_the_broker_removed_before_it_was_read_is_told") else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    read_topics(&place, &broker, &["events"], 10);
    let events = (0..60).map(|id| super::super::inputs::event(id, id, "GetObject")).collect::<Vec<_>>();
    broker.produce("events", &events[..30]);
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 30.0);
    is(&daemon, "ambit_kafka_removed_total", 0.0);
    daemon.stop();
    // Ten of each half are in each partition.
    broker.produce("events", &events[30..]);
    broker.remove_before("events", 0, 15);
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 25.0);
    is(&daemon, "ambit_kafka_removed_total", 5.0);
    assert!(daemon.log().contains("removed what stood between 10 and 15 in partition 0"), "{}", daemon.log());
    daemon.stop();
}

#[test]
fn killed_again_and_again_on_raw_topics_it_finds_what_a_replay_finds() {
    const SEED: u64 = 40;
    const KILLS: usize = 10;
    let Some(broker) = Broker::start("killed_again_and_again_on_raw_topics_it_finds_what_a_replay_finds")
    else {
        return;
    };
    let topics = ["cloudtrail", "vault", "otel"];
    broker.topics(&topics);
    broker.topics(&["ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    // The topics do not come along at one pace: none is idle before the end.
    read_topics(&place, &broker, &topics, 3_600);
    let all = topics.map(records);
    let mut dice = Dice(SEED);
    for round in 0..KILLS {
        for (topic, records) in topics.iter().zip(&all) {
            let part = records.len() / KILLS + 1;
            broker.produce(topic, records.chunks(part).nth(round).unwrap_or_default());
        }
        let daemon = start(&place);
        pause(dice.below(4_000));
        assert!(!daemon.kill().success());
    }
    broker.produce("cloudtrail", &[later(0), later(1), "no record".to_owned()]);
    read_topics(&place, &broker, &topics, 10);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_late_total") < 0.5, "{}", daemon.get("/metrics").body);
    daemon.until("the group's offsets are committed", |_| {
        broker
            .committed("ambit.cloudtrail", "cloudtrail")
            .iter()
            .all(|offset| offset.is_some_and(|offset| offset > 0))
    });
    daemon.stop();
    for (topic, records) in topics.iter().zip(&all) {
        append(&place, &format!("logs/{topic}.ndjson"), records);
    }
    append(&place, "logs/later.ndjson", &[later(0), later(1)]);
    let expected = last_lines(replayed(&place));
    assert!(expected.len() > 20);
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), expected, "seed {SEED}");
    let written = broker.read("ambit.findings.v1");
    for message in &written {
        let finding: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(finding["finding_info"]["uid"], message.key.as_str());
    }
    let written = written.iter().map(|message| serde_json::from_slice(&message.payload).unwrap());
    assert_eq!(last_lines(written.collect()), expected, "seed {SEED}");
    let dead = broker.read("ambit.dlq.v1").pop().unwrap();
    assert_eq!(dead.payload, b"no record");
    for (key, value) in [("source.topic", "cloudtrail"), ("source.partition", "2"), ("source.offset", "")] {
        let found = dead.headers.iter().find(|(name, _)| name == key);
        assert!(found.is_some_and(|(_, found)| found.starts_with(value)), "{:?}", dead.headers);
    }
}

#[test]
fn what_another_member_of_the_group_leaves_unread_is_not_late() {
    let Some(broker) = Broker::start("what_another_member_of_the_group_leaves_unread_is_not_late") else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    let mut events = events(&place);
    events.extend([later(0), later(1)]);
    read_topics(&place, &broker, &["events"], 1);
    let config = place.read("ambit.yaml").replace("ms: \"2000\"", "ms: \"20000\"");
    place.write("ambit.yaml", config);
    broker.produce("events", &events);
    // As a daemon that was killed while it joined: it has a part of the topic, and will not read it.
    let member = broker.member("ambit.events", "events");
    let mut daemon = start(&place);
    daemon.until("it has read its share", |daemon| {
        daemon.metric("ambit_events_ingested_total") > 100.0 && daemon.metric("ambit_kafka_lag") < 0.5
    });
    let share = daemon.metric("ambit_events_ingested_total");
    pause(3_000);
    drop(member);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_ingested_total") > share + 100.0);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), last_lines(replayed(&place)));
}
