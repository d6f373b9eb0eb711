//! `replay`, `normalize` and `inventory` with a topic of a real broker as PATH.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::daemon::pause;
use super::inputs::event;
use super::place::{Place, check_json, lines, samples, without_positions};
use super::records::records;
use super::registry::{NUMBER, Registry, framed};
use ambit_tests::broker::{Broker, free_port};

/// 2026-03-01T00:00:00Z.
const MARCH_MILLIS: i64 = 1_772_323_200_000;
const HOUR_MILLIS: i64 = 3_600_000;

#[test]
fn topics_give_the_findings_of_the_files_they_were_made_of() {
    let Some(broker) = Broker::start("topics_give_the_findings_of_the_files_they_were_made_of") else {
        return;
    };
    let place = Place::new();
    let (kinds, inventory) = (["cloudtrail", "vault", "otel"], samples("workloads.yaml"));
    broker.topics(&kinds);
    let (mut topics, mut files) = (String::new(), String::new());
    for kind in kinds {
        broker.produce(kind, &records(kind));
        write!(topics, " kafka://{}/{kind}", broker.address).unwrap();
        write!(files, " {}", samples(kind)).unwrap();
    }
    place.run(&format!("replay {topics} --inventory {inventory} --findings a --summary a.json")).ends_with(0);
    place.run(&format!("replay {files} --inventory {inventory} --findings b --summary b.json")).ends_with(0);
    let found = place.lines("a");
    let position = &found[0]["evidences"][0]["data"]["position"];
    assert!(kinds.contains(&position["topic"].as_str().unwrap()), "{position}");
    assert!(position["partition"].is_i64() && position["offset"].is_i64(), "{position}");
    let (found, expected) = (without_positions(found), without_positions(place.lines("b")));
    assert!(expected.len() > 20);
    assert!(found == expected, "other findings");
    let (found, expected) = (place.json("a.json"), place.json("b.json"));
    for field in
        ["events_read", "events_duplicate", "events_paired", "workloads", "first_event", "last_event"]
    {
        assert_eq!(found[field], expected[field], "{field}");
    }
    check_json(&found, &[("/events_rejected", json!(0)), ("/files_read", json!(0))]);
    let bytes = kinds.iter().flat_map(|kind| records(kind)).map(|record| record.len()).sum::<usize>();
    assert_eq!(found["bytes_read"], bytes);
    // Nobody joined a group, and nothing was committed.
    assert_eq!(broker.committed("ambit.replay", "cloudtrail"), [None, None, None]);
}

/// The numbers of the events that a topic gives.
fn numbers(place: &Place, url: &str, code: i32) -> Vec<u32> {
    let printed = place.run(&format!("normalize {url} --out - --rejects rejects")).ends_with(code).stdout;
    let number =
        |event: &Value| event["event_id"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
    let mut numbers = lines(&printed).iter().map(number).collect::<Vec<_>>();
    numbers.sort_unstable();
    numbers
}

#[test]
fn what_a_topic_does_not_give_is_a_reject_with_its_place() {
    let Some(broker) = Broker::start("what_a_topic_does_not_give_is_a_reject_with_its_place") else { return };
    broker.topics(&["mixed"]);
    let place = Place::new();
    let address = &broker.address;
    place.write("one.json", event(3, 3, "C")).run("normalize one.json --out one.ndjson").ends_with(0);
    let avro = framed(NUMBER, &[place.read("one.ndjson")]).remove(0);
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    broker.produce_raw("mixed", 0, &[bytes(&event(1, 1, "A")), bytes("no record"), None, Some(avro)]);
    broker.produce_raw("mixed", 1, &[bytes(&event(2, 2, "B"))]);
    let url = format!("kafka://{address}/mixed");
    assert_eq!(numbers(&place, &url, 4), [1, 2]);
    let refused = |offset: i64, reason: &str| json!({ "file": "mixed", "partition": 0, "offset": offset, "reason": reason });
    let unreadable =
        [refused(1, "not a record of a known source"), refused(2, "not a record of a known source")];
    let unknown = refused(3, "Avro with a schema's number, and no `registry` is configured");
    assert_eq!(place.lines("rejects"), [&unreadable[..], &[unknown]].concat());
    // With the registry, and the properties of librdkafka from a file.
    let registry = Registry::start();
    registry.heal();
    place.write("kafka.properties", "# ours\nclient.id = analyst\n");
    let known = format!("{url}?registry={}&properties=kafka.properties", registry.url);
    assert_eq!(numbers(&place, &known, 4), [1, 2, 3]);
    assert_eq!(place.lines("rejects"), unreadable);
    place.run(&format!("inventory {url}")).ends_with(4).prints(&["loader"]);
    // Nothing of these is there; what is beside them is read.
    let nobody = format!("kafka://127.0.0.1:{}/mixed", free_port());
    let absent = format!("kafka://{address}/absent");
    for (url, told) in [(&nobody, "no broker answers"), (&absent, "there is no such topic")] {
        let run =
            place.run(&format!("replay one.json {url}?client.id=x --findings f --summary s")).ends_with(4);
        run.says(&[url, told]);
        check_json(
            &place.json("s"),
            &[("/events_read", json!(2)), ("/events_rejected", json!(1)), ("/rejects/0/file", json!(url))],
        );
    }
    let run = place.run(&format!("replay {url}?client.di=x --findings f")).ends_with(2);
    run.says(&["`client.di`: No such configuration property", &url]);
}

#[test]
fn a_range_of_the_times_of_kafka_limits_what_is_read() {
    let Some(broker) = Broker::start("a_range_of_the_times_of_kafka_limits_what_is_read") else { return };
    broker.topics(&["events"]);
    let place = Place::new();
    // By the hour, in turns in two partitions; the third is empty.
    for partition in 0..2 {
        let messages = (0..10).filter(|hour| hour % 2 == partition).map(|hour| {
            (event(u32::try_from(hour).unwrap(), 0, "A"), MARCH_MILLIS + i64::from(hour) * HOUR_MILLIS)
        });
        broker.produce_at("events", partition, &messages.collect::<Vec<_>>());
    }
    let url = format!("kafka://{}/events", broker.address);
    for (query, expected) in [
        ("", (0..10).collect()),
        ("?from=2026-03-01T05:00:00Z", (5..10).collect()),
        ("?from=2026-03-01T05:00:00.0001Z", (6..10).collect()),
        ("?to=2026-03-01T05:00:00%2B01:00", (0..4).collect()),
        ("?from=2026-03-01T03:00:00+01:00&to=2026-03-01T06:00:00Z", (2..6).collect()),
        ("?from=2026-03-02", Vec::new()),
        ("?to=2026-03-01", Vec::new()),
    ] {
        assert_eq!(numbers(&place, &format!("{url}{query}"), 0), expected, "{query}");
    }
}

#[test]
fn a_topic_that_is_written_to_has_an_end_and_so_has_one_that_ends_in_nothing() {
    let test = "a_topic_that_is_written_to_has_an_end_and_so_has_one_that_ends_in_nothing";
    let Some(broker) = Broker::start(test) else { return };
    broker.topics(&["live", "taken-back"]);
    let place = Place::new();
    // The last offsets of each partition are those of marks, or of messages that were taken back.
    let one = |id: u32| vec![event(id, id, "A")];
    broker.transact("taken-back", 0, &one(1), true);
    broker.transact("taken-back", 1, &one(2), true);
    broker.transact("taken-back", 1, &one(3), false);
    broker.transact("taken-back", 2, &one(5), false);
    assert_eq!(numbers(&place, &format!("kafka://{}/taken-back", broker.address), 0), [1, 2]);
    let stop = AtomicBool::new(false);
    let messages = (0..3_000).map(|id| event(id, id % 600, "A")).collect::<Vec<_>>();
    broker.produce("live", &messages);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                broker.produce("live", &messages[..30]);
                pause(1);
            }
        });
        let url = format!("kafka://{}/live", broker.address);
        let run = place.run(&format!("replay {url} --findings f --summary s"));
        stop.store(true, Ordering::SeqCst);
        run.ends_with(0);
    });
    let read = place.json("s")["events_read"].as_u64().unwrap();
    assert!(read >= 3_000, "{read}");
    let all = broker.read("live").len() as u64;
    assert!(read <= all, "{read} of {all}");
    assert_eq!(place.json("s")["rejects"], Value::Array(Vec::new()));
}

#[test]
fn what_is_removed_before_it_is_read_is_said() {
    let Some(broker) = Broker::start("what_is_removed_before_it_is_read_is_said") else { return };
    broker.topics(&["short"]);
    let place = Place::new();
    let messages = (0..20_000).map(|id| (event(id, id % 600, "A"), MARCH_MILLIS)).collect::<Vec<_>>();
    broker.produce_at("short", 0, &messages);
    // Little is fetched ahead, and what is read is not taken: the program waits amid its first batch.
    let url = format!(
        "kafka://{}/short?queued.max.messages.kbytes=1&fetch.message.max.bytes=50000",
        broker.address
    );
    let mut program = Command::new(env!("CARGO_BIN_EXE_ambit"));
    program.args(["normalize", &url, "--out", "-", "--rejects", "rejects"]).current_dir(place.path(""));
    let mut program =
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut printed = BufReader::new(program.stdout.take().unwrap());
    let mut line = String::new();
    printed.read_line(&mut line).unwrap();
    broker.remove_before("short", 0, 19_000);
    let rest = printed.lines().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(program.wait().unwrap().code(), Some(4));
    assert!(rest.last().unwrap().contains("000000019999"), "the end was not read");
    let rejects = place.lines("rejects");
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    let missed = rejects[0]["offset"].as_u64().unwrap();
    // What was read, what is missing and what was left make up all of it.
    assert_eq!(rest.len() as u64 + 1, missed + 1_000);
    check_json(
        &rejects[0],
        &[
            ("/file", json!(url.split('?').next())),
            ("/partition", json!(0)),
            ("/reason", json!("removed by the broker before it was read, up to offset 19000")),
        ],
    );
}
