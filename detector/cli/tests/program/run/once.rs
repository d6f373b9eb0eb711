//! The sink that writes each transition once, and findings in Avro.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;

use super::super::registry::{NUMBER, Registry};
use super::*;
use ambit_tests::broker::Broker;

const FINDING: &str = include_str!("../../../../../schemas/avro/finding.v1.avsc");

fn configure_sink(place: &Place, broker: &Broker, idle_secs: u32, sink: &str) {
    let address = &broker.address;
    let properties = "{ session.timeout.ms: \"2000\", heartbeat.interval.ms: \"500\" }";
    let text = format!(
        "sources:\n  - kafka: {{ name: events, brokers: \"{address}\", topic: events, properties: {properties} }}\n\
         sinks:\n  - kafka: {{ brokers: \"{address}\", encoding: avro{sink} }}\n\
         checkpoint: {{ path: state, interval_secs: 0.3 }}\n\
         detector: {{ idle_secs: {idle_secs}, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

/// The OCSF of a finding in Avro behind a header, whose other fields must say the same.
fn ocsf(payload: &[u8], header: &[u8]) -> Value {
    let mut datum = payload.strip_prefix(header).unwrap();
    let schema = Schema::parse_str(FINDING).unwrap();
    let reader = GenericDatumReader::builder(&schema).build().unwrap();
    let Avro::Record(fields) = reader.read_value(&mut datum).unwrap() else { panic!("no record") };
    let text = |name: &str| match &fields.iter().find(|(field, _)| field == name).unwrap().1 {
        Avro::String(text) => text.clone(),
        other => panic!("{name}: {other:?}"),
    };
    let ocsf = serde_json::from_str::<Value>(&text("ocsf")).unwrap();
    for (name, expected) in [
        ("uid", &ocsf["finding_info"]["uid"]),
        ("check", &ocsf["finding_info"]["analytic"]["uid"]),
        ("title", &ocsf["finding_info"]["title"]),
        ("desc", &ocsf["finding_info"]["desc"]),
        ("workload", &ocsf["resources"][0]["name"]),
    ] {
        assert_eq!(text(name), expected.as_str().unwrap());
    }
    ocsf
}

/// All transitions that were raised, as lines that can be compared.
fn transitions(findings: impl IntoIterator<Item = Value>) -> Vec<String> {
    let raised = findings.into_iter().filter(|finding| finding["unmapped"]["provisional"] != true);
    let mut lines = without_positions(raised.collect()).iter().map(Value::to_string).collect::<Vec<_>>();
    lines.sort();
    lines
}

#[test]
fn each_transition_is_written_once_however_often_the_daemon_is_killed() {
    const SEED: u64 = 77;
    const KILLS: usize = 8;
    let Some(broker) = Broker::start("each_transition_is_written_once_however_often_the_daemon_is_killed")
    else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let place = Place::new();
    let mut events = events(&place);
    // The partitions do not come along at one pace: none is idle before the end.
    configure_sink(&place, &broker, 3_600, ", transactional: true");
    let (mut dice, mut logs) = (Dice(SEED), Vec::new());
    for part in events.chunks(events.len() / KILLS + 1) {
        broker.produce("events", part);
        let daemon = start(&place);
        pause(1_000 + dice.below(4_000));
        logs.push(daemon.log());
        assert!(!daemon.kill().success());
    }
    events.extend([later(0), later(1)]);
    broker.produce("events", &events[events.len() - 2..]);
    configure_sink(&place, &broker, 10, ", transactional: true");
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!(daemon.metric("ambit_events_late_total") < 0.5);
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    let expected = transitions(replayed(&place));
    assert!(expected.len() > 20);
    let written = broker.read("ambit.findings.v1");
    let header = written[0].payload[..10].to_vec();
    assert_eq!(header[..2], [0xC3, 0x01]);
    let found = transitions(written.iter().map(|message| ocsf(&message.payload, &header)));
    let mut more = found.clone();
    for line in &expected {
        if let Some(index) = more.iter().position(|other| other == line) {
            more.remove(index);
        }
    }
    assert!(
        found == expected,
        "seed {SEED}: {} written, {} found, {more:#?} {logs:#?}",
        found.len(),
        expected.len()
    );
    let mut all = written.iter().map(|message| (&message.key, &message.payload)).collect::<Vec<_>>();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count, "seed {SEED}: what was told early was told twice");
}

#[test]
fn findings_name_their_schema_by_its_number_once_the_registry_answers() {
    let test = "findings_name_their_schema_by_its_number_once_the_registry_answers";
    let Some(broker) = Broker::start(test) else { return };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let (place, registry) = (Place::new(), Registry::start());
    let mut events = events(&place);
    configure_sink(&place, &broker, 10, &format!(", registry: \"{}\"", registry.url));
    events.extend([later(0), later(1)]);
    broker.produce("events", &events);
    let mut daemon = start(&place);
    daemon.until("it is not ready", |daemon| {
        let ready = daemon.get("/readyz");
        ready.code == 503 && ready.body.contains("the schema registry")
    });
    registry.heal();
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.until_ready();
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    let header = [&[0], NUMBER.to_be_bytes().as_slice()].concat();
    let written = broker.read("ambit.findings.v1");
    let found = transitions(written.iter().map(|message| ocsf(&message.payload, &header)));
    assert!(found == transitions(replayed(&place)));
}
