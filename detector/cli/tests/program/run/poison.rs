//! Messages that no reader can make anything of, between events.

use super::super::registry::{NUMBER, Registry, framed};
use super::*;
use ambit_tests::broker::Broker;

/// Every kind, with the reason that its dead letter must give.
fn poison(event: &str) -> Vec<(&'static str, Option<Vec<u8>>, &'static str)> {
    let avro = framed(NUMBER, &[event.to_owned()]).remove(0);
    let unknown = framed(NUMBER + 1, &[event.to_owned()]).remove(0);
    let mut wrong = avro.clone();
    wrong[0] = 1;
    let half = later(0)[..later(0).len() / 2].to_owned();
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let sensitivity = &serde_json::from_str::<Value>(event).unwrap()["sensitivity"];
    let number = format!("\"sensitivity\":{sensitivity}");
    let huge = event.replacen(&number, &format!("\"sensitivity\":1{}", "0".repeat(400)), 1);
    assert_ne!(huge, event);
    let large = later(0).replacen('{', &format!("{{\"pad\":\"{}\",", "x".repeat(20_000_000)), 1);
    let old = later(0).replace(LATER[0].0, "1970-01-01T00:00:00Z");
    let bytes = |text: String| Some(text.into_bytes());
    vec![
        ("empty", Some(Vec::new()), "not a record of a known source"),
        ("tombstone", None, "not a record of a known source"),
        ("no UTF-8", Some([b"{\"eventID\":\"", &[0xff, 0xfe][..], b"\"}"].concat()), "invalid UTF-8"),
        ("half", bytes(half), "cut off"),
        ("deep", bytes(deep), "nested deeper than 256 levels"),
        ("huge number", bytes(huge), "unreadable field `sensitivity`"),
        ("unknown schema", Some(unknown), "Avro of a schema that the registry does not have"),
        ("cut Avro", Some(avro[..avro.len() / 2].to_vec()), "no canonical event in Avro"),
        ("wrong magic byte", Some(wrong), "invalid UTF-8"),
        ("20 MB", bytes(large), "longer than 16777216 bytes"),
        ("1970", bytes(old), "implausible time 1970-01-01T00:00:00Z"),
        ("unknown source", bytes("{\"hello\":\"world\"}".to_owned()), "not a record of a known source"),
    ]
}

fn configure_topic(place: &Place, broker: &Broker, registry: &Registry) {
    let (address, url) = (&broker.address, &registry.url);
    let text = format!(
        "sources:\n  - kafka: {{ name: topic, brokers: \"{address}\", topic: events, registry: \"{url}\" }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\ncheckpoint: {{ path: state, interval_secs: 0.2 }}\n\
         detector: {{ idle_secs: 10, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

#[test]
fn poison_is_put_aside_with_its_place_and_reason_and_the_rest_goes_on() {
    let Some(broker) = Broker::start("poison_is_put_aside_with_its_place_and_reason_and_the_rest_goes_on")
    else {
        return;
    };
    broker.topics(&["events", "ambit.dlq.v1"]);
    let place = Place::new();
    let mut events = events(&place);
    events.truncate(600);
    let registry = Registry::start();
    registry.heal();
    configure_topic(&place, &broker, &registry);
    let poison = poison(&events[0]);
    // Each kind stands between events, all of them in one partition.
    let mut messages = Vec::new();
    let mut places = Vec::new();
    for (part, (_, payload, _)) in events.chunks(events.len() / poison.len()).zip(&poison) {
        messages.extend(part.iter().map(|event| Some(event.clone().into_bytes())));
        places.push(messages.len());
        messages.push(payload.clone());
    }
    assert_eq!(places.len(), poison.len());
    broker.produce_raw("events", 1, &messages);
    let mut daemon = start(&place);
    daemon.until("it has passed all of it", |daemon| {
        (daemon.metric("ambit_events_ingested_total") - 600.0).abs() < 0.5
    });
    // In the same partition: the others have nothing, and are passed over when they are idle.
    let last = [later(0), later(1)].map(|event| Some(event.into_bytes()));
    broker.produce_raw("events", 1, &last);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.until_ready();
    #[expect(clippy::cast_precision_loss, reason = "a dozen")]
    let count = poison.len() as f64;
    for metric in ["ambit_dead_letters_total", "ambit_events_rejected_total"] {
        assert!((daemon.metric(metric) - count).abs() < 0.5, "{metric}");
    }
    daemon.stop();
    check_letters(&broker, &poison, &places);
    append(&place, "logs/events.ndjson", &events);
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let expected = last_lines(replayed(&place));
    assert!(!expected.is_empty());
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), expected);
}

fn check_letters(broker: &Broker, poison: &[(&str, Option<Vec<u8>>, &str)], places: &[usize]) {
    let mut letters = broker.read("ambit.dlq.v1");
    let header = |letter: &ambit_tests::broker::Read, name: &str| {
        let found = letter.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    letters.sort_by_key(|letter| header(letter, "source.offset").parse::<usize>().unwrap());
    assert_eq!(letters.len(), poison.len());
    let told = letters.iter().zip(poison).map(|(letter, (kind, ..))| (*kind, header(letter, "reason")));
    let expected = poison.iter().map(|(kind, _, reason)| (*kind, (*reason).to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    for ((letter, (kind, payload, _)), place) in letters.iter().zip(poison).zip(places) {
        let expected =
            [("source.topic", "events"), ("source.partition", "1"), ("source.offset", &place.to_string())];
        for (name, value) in expected {
            assert_eq!(header(letter, name), value, "{name} of {kind}");
        }
        let payload = payload.as_deref().unwrap_or_default();
        // A topic takes a message of a megabyte: the letter of a larger one has its beginning, and says its size.
        assert_eq!(letter.payload, payload[..payload.len().min(900_000)], "{kind}");
        assert_eq!(header(letter, "payload.bytes"), payload.len().to_string(), "{kind}");
    }
}
