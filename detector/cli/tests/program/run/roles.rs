//! Daemons that share the work: those of role `ingest` decode, and one detects.

use super::super::records::records;
use super::kafka::read_topics;
use super::*;
use ambit_tests::broker::Broker;

const TOPICS: [&str; 3] = ["cloudtrail", "vault", "otel"];

/// A daemon of role `ingest` in a place of its own.
struct Ingest {
    _place: Place,
    daemon: Option<Daemon>,
}

impl Ingest {
    fn start(broker: &Broker) -> Self {
        let place = Place::new();
        let address = &broker.address;
        let sources = TOPICS.iter().fold(String::new(), |mut text, topic| {
            let properties = "{ session.timeout.ms: \"2000\", heartbeat.interval.ms: \"500\" }";
            writeln!(
                text,
                "  - kafka: {{ name: {topic}, brokers: \"{address}\", topic: {topic}, properties: {properties} }}"
            )
            .unwrap();
            text
        });
        let text = format!(
            "role: ingest\nsources:\n{sources}events: {{ brokers: \"{address}\" }}\ncheckpoint: {{ path: state }}\n\
             detector: {{ idle_secs: 5, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
            samples("workloads.yaml")
        );
        place.write("ambit.yaml", text);
        Self { daemon: Some(start(&place)), _place: place }
    }

    fn running(&mut self) -> &mut Daemon {
        self.daemon.as_mut().unwrap()
    }

    fn handed_on(&mut self) -> f64 {
        self.running().metric("ambit_events_handed_on_total")
    }

    fn stop(&mut self) {
        self.daemon.take().unwrap().stop();
    }

    fn kill(&mut self) {
        assert!(!self.daemon.take().unwrap().kill().success());
    }
}

/// The ids of the events that stand in the topic, which must be there once each.
fn ids(broker: &Broker) -> Vec<String> {
    let events = broker.read("ambit.events.v1");
    let events = events.iter().filter(|message| !message.payload.is_empty());
    let id = |payload: &[u8]| {
        let event = serde_json::from_slice::<Value>(payload).unwrap();
        format!("{} {}", event["source"], event["event_id"])
    };
    let mut ids = events.map(|message| id(&message.payload)).collect::<Vec<_>>();
    ids.sort();
    ids
}

#[test]
fn one_three_and_two_that_ingest_under_load_find_what_a_replay_finds() {
    let Some(broker) = Broker::start("one_three_and_two_that_ingest_under_load_find_what_a_replay_finds")
    else {
        return;
    };
    broker.topics(&TOPICS);
    broker.topics(&["ambit.events.v1", "ambit.findings.v1", "ambit.dlq.v1"]);
    let all = TOPICS.map(records);
    let place = Place::new();
    read_topics(&place, &broker, &["ambit.events.v1"], 5);
    let mut detect = start(&place);
    let mut instances = vec![Ingest::start(&broker)];
    let parts = all.iter().map(|records| records.len() / 5 + 1).collect::<Vec<_>>();
    let round = |number: usize| {
        // All of a round at once: the topics do not come along at one pace.
        for ((topic, records), part) in TOPICS.iter().zip(&all).zip(&parts) {
            broker.produce(topic, records.chunks(*part).nth(number).unwrap_or_default());
        }
    };
    round(0);
    instances[0].running().until("it hands on", |daemon| daemon.metric("ambit_events_handed_on_total") > 0.0);
    // Two more come while there is work, then work comes for all three.
    instances.extend([Ingest::start(&broker), Ingest::start(&broker)]);
    round(1);
    round(2);
    for instance in &mut instances {
        instance
            .running()
            .until("each has its share", |daemon| daemon.metric("ambit_events_handed_on_total") > 0.0);
    }
    // One is killed in the midst of its work, and another takes the first one's place.
    round(3);
    instances[1].kill();
    round(4);
    let before = instances[2].handed_on();
    broker.produce("cloudtrail", &[later(0), later(1), "no record".to_owned()]);
    detect.until_watermark(LATER[0].1 + 1);
    assert!(instances[2].handed_on() > before, "whoever is left does all of it");
    if detect.metric("ambit_events_late_total") > 0.5 {
        let logs = [0, 2].map(|instance| instances[instance].running().log());
        panic!("{} {} {logs:#?}", detect.get("/metrics").body, detect.log());
    }
    // Whose partitions were taken over is told by the new owner alone, and nothing is left unread.
    for instance in [0, 2] {
        instances[instance].running().until("all is read", |daemon| daemon.metric("ambit_kafka_lag") < 0.5);
    }
    instances[0].stop();
    instances[2].stop();
    detect.stop();
    // The topic between the daemons is a history like any other: what only daemons tell each other is no event.
    let replay = format!(
        "replay kafka://{}/ambit.events.v1 --inventory {} --to {} --findings of-the-topic",
        broker.address,
        samples("workloads.yaml"),
        LATER[1].0
    );
    place.run(&replay).ends_with(0);
    for (topic, records) in TOPICS.iter().zip(&all) {
        append(&place, &format!("logs/{topic}.ndjson"), records);
    }
    append(&place, "logs/later.ndjson", &[later(0), later(1)]);
    let (ids, expected) = (ids(&broker), replayed(&place));
    let mut distinct = ids.clone();
    distinct.dedup();
    // A record that a log has twice is handed on twice; none is for the sake of those that came and went.
    let run = format!("normalize logs --inventory {} --out canonical.ndjson", samples("workloads.yaml"));
    place.run(&run).ends_with(0);
    assert_eq!(ids.len(), place.lines("canonical.ndjson").len(), "handed on once each");
    assert!(distinct.len() > 1_000);
    let expected = last_lines(expected);
    assert!(expected.len() > 20);
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), expected);
    assert_eq!(last_lines(place.lines("of-the-topic")), expected);
    let dead = broker.read("ambit.dlq.v1");
    assert_eq!(dead.iter().map(|letter| letter.payload.as_slice()).collect::<Vec<_>>(), [b"no record"]);
}

#[test]
fn an_ingest_whose_topic_is_not_there_waits_for_it() {
    let Some(broker) = Broker::start("an_ingest_whose_topic_is_not_there_waits_for_it") else { return };
    broker.topics(&TOPICS);
    broker.topics(&["ambit.dlq.v1"]);
    let mut ingest = Ingest::start(&broker);
    ingest.running().until("it says so", |daemon| {
        let ready = daemon.get("/readyz");
        ready.code == 503 && ready.body.contains("there is no topic ambit.events.v1")
    });
    broker.topics(&["ambit.events.v1"]);
    broker.produce("cloudtrail", &[later(0)]);
    ingest.running().until("it hands on", |daemon| daemon.metric("ambit_events_handed_on_total") > 0.5);
    ingest.running().until_ready();
    ingest.stop();
    assert_eq!(ids(&broker).len(), 1);
}
