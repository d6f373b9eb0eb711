//! A long stream through a real broker while the daemon is killed again and again. `AMBIT_TEST_EVENTS` and
//! `AMBIT_TEST_KILLS` make it longer than a test that runs each time may be.

use super::kafka::read_topics;
use super::*;
use ambit_tests::broker::Broker;

const SEED: u64 = 401;
/// The moment of the last event but one, which the watermark has to pass.
#[expect(clippy::cast_precision_loss, reason = "a moment of this century")]
const ARRIVED_SECS: f64 = LATER[0].1 as f64;

/// A number from the environment, for those who have the time.
fn size(variable: &str, otherwise: usize) -> usize {
    std::env::var_os(variable).map_or(otherwise, |text| text.to_str().unwrap().parse().unwrap())
}

/// That many events of a made-up organisation, in the order of time.
fn stream(place: &Place, count: usize) -> Vec<String> {
    // A workload makes some fifty events a day.
    let workloads = (count / 1_500).clamp(30, 1_500);
    let days = (count / workloads / 25 + 1).clamp(20, 360);
    place
        .run(&format!(
            "simulate --seed {SEED} --out world --workloads {workloads} --days {days} --as canonical"
        ))
        .ends_with(0);
    place.run("normalize world/events --out world.ndjson").ends_with(0);
    let mut lines = place.read("world.ndjson").lines().map(str::to_owned).collect::<Vec<_>>();
    lines.sort_by_cached_key(|line| {
        let time = line.split_once("\"time\":\"").unwrap().1;
        time.split('"').next().unwrap().to_owned()
    });
    assert!(lines.len() >= count, "{} of {count} events in {workloads} workloads, {days} days", lines.len());
    lines.truncate(count);
    lines
}

#[test]
fn a_long_stream_with_many_kills_gives_what_a_replay_gives() {
    let (count, kills) = (size("AMBIT_TEST_EVENTS", 40_000), size("AMBIT_TEST_KILLS", 10));
    let place = Place::new();
    // To make a million takes minutes, for which a broker has nothing to do.
    let mut events = stream(&place, count);
    let Some(broker) = Broker::start("a_long_stream_with_many_kills_gives_what_a_replay_gives") else {
        return;
    };
    broker.topics(&["events", "ambit.findings.v1", "ambit.dlq.v1"]);
    let inventory = place.path("world/workloads.yaml").to_str().unwrap().to_owned();
    let configure = |idle_secs| {
        read_topics(&place, &broker, &["events"], idle_secs);
        let config = place.read("ambit.yaml").replace(&samples("workloads.yaml"), &inventory);
        place.write("ambit.yaml", config);
    };
    configure(3_600);
    let (mut dice, mut in_the_middle) = (Dice(SEED), 0);
    for part in events.chunks(count / kills + 1) {
        let daemon = start(&place);
        std::thread::scope(|scope| {
            let producing = scope.spawn(|| broker.produce("events", part));
            pause(500 + dice.below(4_500));
            in_the_middle += usize::from(daemon.metric("ambit_events_ingested_total") > 0.0);
            assert!(!daemon.kill().success());
            producing.join().unwrap();
        });
    }
    assert!(in_the_middle > kills / 4, "it had begun before only {in_the_middle} of {kills} kills");
    events.extend([later(0), later(1)]);
    broker.produce("events", &events[count..]);
    configure(20);
    let mut daemon = start(&place);
    // A million events take longer than anything else that is waited for: it has to get on, and to arrive.
    let has_arrived = |daemon: &Daemon| daemon.metric("ambit_watermark_timestamp_seconds") > ARRIVED_SECS;
    while !has_arrived(&daemon) {
        let before = daemon.metric("ambit_events_ingested_total");
        let gets_on = |daemon: &Daemon| daemon.metric("ambit_events_ingested_total") > before;
        daemon.until("it gets on", |daemon| gets_on(daemon) || has_arrived(daemon));
    }
    assert!(daemon.metric("ambit_events_late_total") < 0.5, "{}", daemon.get("/metrics").body);
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    let run = format!("replay logs --inventory {inventory} --to {} --findings replayed", LATER[1].0);
    place.run(&run).ends_with(0);
    let expected = last_lines(place.lines("replayed"));
    assert!(expected.len() > 3, "{}", expected.len());
    let found = last_lines(delivered(&place, "findings.ndjson"));
    let only = |these: &BTreeMap<String, Value>, others: &BTreeMap<String, Value>| {
        let only = these.iter().filter(|(uid, finding)| others.get(*uid) != Some(*finding));
        only.map(|(_, finding)| finding.to_string()).collect::<Vec<_>>()
    };
    let (extra, lost) = (only(&found, &expected), only(&expected, &found));
    assert!(extra.is_empty() && lost.is_empty(), "seed {SEED}: found {extra:#?}, by a replay {lost:#?}");
    let written = broker.read("ambit.findings.v1");
    let written = written.iter().map(|message| serde_json::from_slice(&message.payload).unwrap());
    assert!(last_lines(written.collect()) == expected, "seed {SEED}: other findings on the topic");
    // Straight to stderr: what a test prints in the usual way is only shown when it fails.
    let found = found.len();
    let told = format!(
        "{count} events, {kills} kills, {in_the_middle} while it worked: {found} findings, none lost, none extra"
    );
    let _told = writeln!(std::io::stderr().lock(), "\n{told}");
}
