//! What befalls the network between the daemon and a broker, and the registry of schemas beside it.

use super::super::registry::{NUMBER, Registry, framed};
use super::*;
use ambit_tests::broker::Broker;
use ambit_tests::proxy::Mode;

/// A configuration that reads `events` through the proxy; `more` are further settings of the source.
fn through_the_proxy(place: &Place, broker: &Broker, more: &str) {
    let address = &broker.proxy.address;
    // Short, so that a connection that says nothing is given up soon.
    let properties = "{ session.timeout.ms: \"6000\", heartbeat.interval.ms: \"500\", socket.timeout.ms: \"3000\", \
                      reconnect.backoff.max.ms: \"500\", statistics.interval.ms: \"500\" }";
    let text = format!(
        "sources:\n  - kafka: {{ name: events, brokers: \"{address}\", topic: events, properties: {properties}{more} }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         \x20 - kafka: {{ brokers: \"{address}\", properties: {{ socket.timeout.ms: \"3000\" }} }}\n\
         checkpoint: {{ path: state, interval_secs: 0.2 }}\n\
         detector: {{ idle_secs: 10, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

/// What the daemon and its topic have must be what a replay finds.
fn check_found(place: &Place, broker: &Broker, events: &[String]) {
    append(place, "logs/events.ndjson", events);
    append(place, "logs/events.ndjson", &[later(0), later(1)]);
    let expected = last_lines(replayed(place));
    assert!(!expected.is_empty());
    assert_eq!(last_lines(delivered(place, "findings.ndjson")), expected);
    let written = broker.read("ambit.findings.v1");
    let written = written.iter().map(|message| serde_json::from_slice(&message.payload).unwrap());
    assert_eq!(last_lines(written.collect()), expected);
}

fn check(test: &str, modes: &[(Mode, bool)]) {
    let Some(broker) = Broker::start(test) else { return };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    let events = events(&place);
    through_the_proxy(&place, &broker, "");
    let mut parts = events.chunks(events.len() / (modes.len() + 1) + 1);
    broker.produce("events", parts.next().unwrap());
    let mut daemon = start(&place);
    daemon.until("it has begun", |daemon| daemon.metric("ambit_events_ingested_total") > 0.0);
    for (mode, is_said) in modes {
        broker.proxy.set(*mode);
        broker.produce("events", parts.next().unwrap());
        if *is_said {
            daemon.until(&format!("{mode:?}: it is not ready"), |daemon| {
                let ready = daemon.get("/readyz");
                ready.code == 503 && ready.body.contains("source events")
            });
            assert_eq!(daemon.get("/livez").code, 200);
        }
        broker.proxy.set(Mode::Well);
        daemon.until_ready();
    }
    broker.produce("events", &[later(0), later(1)]);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.until("every sink has all", |daemon| daemon.metric("ambit_sink_queue_depth") < 0.5);
    check_found(&place, &broker, &events);
}

#[test]
fn connections_that_are_cut_and_healed_cost_nothing() {
    let modes = [(Mode::Cut, true), (Mode::Cut, true), (Mode::Cut, true)];
    check("connections_that_are_cut_and_healed_cost_nothing", &modes);
}

#[test]
fn a_slow_network_and_one_that_says_nothing_cost_nothing() {
    let modes = [(Mode::Slow, false), (Mode::HalfOpen, true), (Mode::Slow, false)];
    check("a_slow_network_and_one_that_says_nothing_cost_nothing", &modes);
}

#[test]
fn a_registry_that_is_down_holds_its_topic_and_costs_nothing() {
    let Some(broker) = Broker::start("a_registry_that_is_down_holds_its_topic_and_costs_nothing") else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    let mut events = events(&place);
    events.truncate(400);
    let registry = Registry::start();
    through_the_proxy(&place, &broker, &format!(", registry: \"{}\"", registry.url));
    let messages = framed(NUMBER, &events).into_iter().map(Some).collect::<Vec<_>>();
    broker.produce_raw("events", 0, &messages);
    let mut daemon = start(&place);
    daemon.until("it is not ready", |daemon| {
        let ready = daemon.get("/readyz");
        ready.code == 503 && ready.body.contains("the schema registry")
    });
    // It asks again and again, and passes nothing meanwhile.
    let asked = registry.asked();
    daemon.until("it asks again", |_| registry.asked() > asked + 1);
    assert!(daemon.metric("ambit_events_ingested_total") + daemon.metric("ambit_dead_letters_total") < 0.5);
    assert_eq!(daemon.get("/readyz").code, 503);
    registry.heal();
    daemon.until_ready();
    broker.produce("events", &[later(0), later(1)]);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.until("every sink has all", |daemon| daemon.metric("ambit_sink_queue_depth") < 0.5);
    assert!(daemon.metric("ambit_dead_letters_total") < 0.5);
    check_found(&place, &broker, &events);
}
