//! Daemons of role `detect`: they see the same events, and each has some shards of the workloads.

use super::*;
use ambit_tests::broker::Broker;
use ambit_tests::daemon::comes_true;

/// Daemons of role `detect`, which keep their checkpoints in one place.
struct Detecting<'a> {
    broker: &'a Broker,
    shared: Place,
    running: Vec<(Place, Daemon)>,
}

impl<'a> Detecting<'a> {
    fn new(broker: &'a Broker) -> Self {
        Self { broker, shared: Place::new(), running: Vec::new() }
    }

    fn start(&mut self) {
        let place = Place::new();
        let address = &self.broker.address;
        let quick = "{ session.timeout.ms: \"2000\", heartbeat.interval.ms: \"500\" }";
        let text = format!(
            "role: detect\nsources:\n  - kafka: {{ name: events, brokers: \"{address}\", topic: ambit.events.v1 }}\n\
             sinks:\n  - kafka: {{ brokers: \"{address}\" }}\n\
             peers: {{ brokers: \"{address}\", properties: {quick} }}\n\
             checkpoint: {{ path: \"{}\", interval_secs: 0.2 }}\n\
             detector: {{ idle_secs: 5, lateness_secs: {{ other: 1800 }} }}\ninventory: {}\n",
            self.shared.path("state").display(),
            samples("workloads.yaml")
        );
        place.write("ambit.yaml", text);
        let daemon = start(&place);
        self.running.push((place, daemon));
    }

    fn kill(&mut self, which: usize) {
        assert!(!self.running.remove(which).1.kill().success());
    }

    fn each(&mut self, what: &str, so: impl Fn(&mut Daemon) -> bool) {
        for (_, daemon) in &mut self.running {
            daemon.until(what, &so);
        }
    }

    /// The shards that each has.
    fn shards(&mut self) -> Vec<f64> {
        self.running.iter_mut().map(|(_, daemon)| daemon.metric("ambit_shards")).collect()
    }

    /// Waits until all shards have somebody, and everybody has some.
    fn settle(&mut self) {
        self.each("it has shards", |daemon| daemon.metric("ambit_shards") > 0.5);
        assert!(comes_true(|| {
            let shards = self.shards();
            (shards.iter().sum::<f64>() - 3.0).abs() < 0.5 && !shards.contains(&0.0)
        }));
        self.each("it is ready", |daemon| daemon.get("/readyz").code == 200);
    }

    /// Waits until all is looked at, stops everybody, and compares what they found with a replay of the events.
    fn end(mut self, place: &Place, events: &[String]) {
        self.broker.produce("ambit.events.v1", &[later(0), later(1)]);
        self.settle();
        for (_, daemon) in &mut self.running {
            daemon.until_watermark(LATER[0].1 + 1);
            assert!(daemon.metric("ambit_events_late_total") < 0.5, "{}", daemon.log());
        }
        for (_, daemon) in self.running {
            daemon.stop();
        }
        let found = self.broker.read("ambit.findings.v1");
        let found = found.iter().map(|message| serde_json::from_slice(&message.payload).unwrap()).collect();
        append(place, "logs/events.ndjson", events);
        append(place, "logs/events.ndjson", &[later(0), later(1)]);
        let expected = last_lines(replayed(place));
        assert!(expected.len() > 20);
        assert_eq!(last_lines(found), expected);
    }
}

const TOPICS: [&str; 4] = ["ambit.events.v1", "ambit.peers.v1", "ambit.findings.v1", "ambit.dlq.v1"];

#[test]
fn one_three_and_two_that_detect_under_load_find_what_a_replay_finds() {
    let name = "one_three_and_two_that_detect_under_load_find_what_a_replay_finds";
    let Some(broker) = Broker::start(name) else { return };
    broker.topics(&TOPICS);
    let place = Place::new();
    let events = events(&place);
    let mut parts = events.chunks(events.len() / 5 + 1);
    let mut more = || broker.produce("ambit.events.v1", parts.next().unwrap_or_default());
    let mut detecting = Detecting::new(&broker);
    more();
    detecting.start();
    detecting.each("it finds", |daemon| daemon.metric("ambit_findings_total") > 0.0);
    // Two more come while there is work: each goes on with its share of what the first has learnt.
    more();
    detecting.start();
    detecting.start();
    more();
    detecting.settle();
    detecting.each("it goes on from what the first knew", |daemon| {
        daemon.log().contains("going on from checkpoints")
    });
    // One is killed in the midst of its work, and the others take its share.
    more();
    detecting.kill(1);
    more();
    detecting.end(&place, &events);
}

#[test]
fn those_that_detect_and_are_killed_again_and_again_find_what_a_replay_finds() {
    const SEED: u64 = 90;
    const KILLS: usize = 6;
    let name = "those_that_detect_and_are_killed_again_and_again_find_what_a_replay_finds";
    let Some(broker) = Broker::start(name) else { return };
    broker.topics(&TOPICS);
    let place = Place::new();
    let events = events(&place);
    let (mut dice, mut detecting) = (Dice(SEED), Detecting::new(&broker));
    detecting.start();
    for part in events.chunks(events.len() / KILLS + 1) {
        detecting.start();
        broker.produce("ambit.events.v1", part);
        pause(2_000 + dice.below(5_000));
        // Whichever it is, the other takes all, until another comes.
        detecting.kill(usize::from(dice.below(2) == 0));
    }
    detecting.end(&place, &events);
}
