//! The daemon and objects of a store: each read once, whatever befalls it and the store.

#[cfg(feature = "hunt")]
#[path = "objects/kept.rs"]
mod kept;
#[path = "objects/once.rs"]
mod once;
#[path = "objects/server.rs"]
mod server;

use std::io::Write as _;

use super::super::inputs::event;
use super::super::store::Store;
use super::*;

/// A configuration that reads the bucket of the store, and what stands in `more`.
fn configure_store(place: &Place, url: &str, more: &str) {
    let text = format!(
        "sources:\n  - objects: {{ name: bucket, url: \"{url}\", interval_secs: 0.1{more} }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         checkpoint: {{ path: state, interval_secs: 0.1 }}\n\
         detector: {{ idle_secs: 1 }}\n"
    );
    place.write("ambit.yaml", text);
}

fn until_read(daemon: &mut Daemon, objects: f64) {
    daemon.until("the objects are read", |daemon| daemon.metric("ambit_objects_remembered") >= objects);
}

#[test]
fn every_kind_of_object_is_read_and_a_hostile_one_costs_itself() {
    let place = Place::new();
    let store = Store::start();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(format!("{{\"Records\":[{},{}]}}", event(1, 1, "A"), event(2, 2, "B")).as_bytes())
        .unwrap();
    let packed = packed.finish().unwrap();
    store.put("t/a.json.gz", packed.clone());
    store.put("t/b.json.gz", &packed[..packed.len() / 2]);
    store.put("t/c.ndjson.zst", zstd::encode_all(event(3, 3, "C").as_bytes(), 1).unwrap());
    place.write("d.json", event(4, 4, "D")).run("normalize d.json --out d.parquet").ends_with(0);
    store.put("t/d.parquet", std::fs::read(place.path("d.parquet")).unwrap());
    store.put("t/e.json", "[".repeat(1_000));
    store.put("t/f.json", "");
    store.put("t/g.txt", "no log");
    // In pieces, and not all of it in one batch.
    store.put("t/h.ndjson", (100..25_000).map(|n| event(n, n % 600, "E") + "\n").collect::<String>());
    configure_store(&place, "s3://logs/t", "");
    let mut daemon = start_with(&place, &store.variables());
    until_read(&mut daemon, 7.0);
    until_ingested(&mut daemon, 4.0 + 24_900.0);
    is(&daemon, "ambit_events_rejected_total", 2.0);
    is(&daemon, "ambit_objects_skipped", 1.0);
    is(&daemon, "ambit_objects_unreadable", 0.0);
    daemon.stop();
    assert!(!place.read("log").contains("hush-hush"));
}

#[test]
fn a_changed_object_is_read_again_and_said() {
    let place = Place::new();
    let store = Store::start();
    store.put("a.ndjson", event(1, 1, "A") + "\n");
    configure_store(&place, "s3://logs", "");
    let mut daemon = start_with(&place, &store.variables());
    until_read(&mut daemon, 1.0);
    store.put("a.ndjson", format!("{}\n{}\n", event(1, 1, "A"), event(2, 2, "B")));
    daemon.until("it is seen", |daemon| daemon.metric("ambit_objects_changed_total") > 0.5);
    daemon.until("it is read", |daemon| daemon.metric("ambit_objects_read_total") > 1.5);
    until_ingested(&mut daemon, 3.0);
    // What passes the watermark is looked at, and counted.
    store.put("z.json", event(3, 300, "C"));
    daemon.until("what was known is known", |daemon| daemon.metric("ambit_events_duplicate_total") > 0.5);
    assert!(place.read("log").contains("s3://logs/a.ndjson"));
    daemon.stop();
}

#[test]
fn what_cannot_be_read_is_named_and_tried_until_it_can() {
    for code in [403, 503] {
        let place = Place::new();
        let store = Store::start();
        for number in 0..9 {
            store.put(&format!("{number}.json"), event(number, number, "A"));
        }
        store.fail_at("4.json", Some(code));
        configure_store(&place, "s3://logs", "");
        let mut daemon = start_with(&place, &store.variables());
        until_read(&mut daemon, 8.0);
        daemon.until("it is named", |daemon| daemon.get("/readyz").body.contains("s3://logs/4.json: "));
        is(&daemon, "ambit_objects_unreadable", 1.0);
        assert_eq!(daemon.get("/readyz").code, 503);
        store.fail_at("4.json", None);
        until_read(&mut daemon, 9.0);
        daemon.until_ready();
        until_ingested(&mut daemon, 9.0);
        is(&daemon, "ambit_events_late_total", 0.0);
        daemon.stop();
        assert_eq!(store.asked("3.json"), 1);
    }
}

#[test]
fn what_is_gone_before_it_could_be_read_is_said() {
    let place = Place::new();
    let store = Store::start();
    store.put("a.json", event(1, 1, "A"));
    store.put_ghost("b.json");
    configure_store(&place, "s3://logs", "");
    let mut daemon = start_with(&place, &store.variables());
    daemon
        .until("it is named", |daemon| daemon.get("/readyz").body.contains("s3://logs/b.json: is not there"));
    store.remove("b.json");
    daemon.until("it is counted", |daemon| daemon.metric("ambit_objects_vanished_total") > 0.5);
    daemon.until_ready();
    daemon.stop();
}

#[test]
fn a_store_that_is_down_is_said_and_waited_for() {
    let place = Place::new();
    let store = Store::start();
    store.fail(Some(403));
    store.put("a.json", event(1, 1, "A"));
    configure_store(&place, "s3://logs", "");
    let mut daemon = start_with(&place, &store.variables());
    let told = "s3://logs/ cannot be listed: the store answers 403 Forbidden (Code403)";
    daemon.until("it is said", |daemon| daemon.get("/readyz").body.contains(told));
    store.fail(None);
    until_read(&mut daemon, 1.0);
    store.fail(Some(503));
    daemon.until("it is said again", |daemon| daemon.get("/readyz").code == 503);
    store.put("b.json", event(2, 2, "B"));
    store.fail(None);
    until_read(&mut daemon, 2.0);
    daemon.until_ready();
    daemon.stop();
}

#[test]
fn what_is_old_and_read_is_forgotten_and_what_comes_too_old_is_counted() {
    let place = Place::new();
    let store = Store::start();
    for number in 0..50 {
        store.put(&format!("{number:02}.json"), event(number, number, "A"));
    }
    // Each object is a second younger than the one before.
    configure_store(&place, "s3://logs", ", window_secs: 10");
    let mut daemon = start_with(&place, &store.variables());
    daemon.until("all are read", |daemon| daemon.metric("ambit_objects_read_total") > 49.5);
    daemon.until("the old are forgotten", |daemon| daemon.metric("ambit_objects_remembered") < 11.5);
    daemon.stop();
    let mut daemon = start_with(&place, &store.variables());
    store.put_at("late.json", event(60, 60, "A"), 3);
    daemon.until("it is counted", |daemon| daemon.metric("ambit_objects_passed_over_total") > 0.5);
    store.put("new.json", event(61, 61, "A"));
    daemon.until("the new is read", |daemon| daemon.metric("ambit_objects_read_total") > 0.5);
    is(&daemon, "ambit_objects_passed_over_total", 1.0);
    until_ingested(&mut daemon, 1.0);
    daemon.stop();
}

#[test]
fn what_is_there_at_the_start_may_be_passed_over() {
    let place = Place::new();
    let store = Store::start();
    store.put("a.json", event(1, 1, "A"));
    configure_store(&place, "s3://logs", ", begin: end");
    let mut daemon = start_with(&place, &store.variables());
    until_read(&mut daemon, 1.0);
    store.put("b.json", event(2, 2, "B"));
    until_read(&mut daemon, 2.0);
    daemon.stop();
    store.put("c.json", event(3, 3, "C"));
    let mut daemon = start_with(&place, &store.variables());
    until_read(&mut daemon, 3.0);
    until_ingested(&mut daemon, 1.0);
    daemon.stop();
    assert_eq!((store.asked("a.json"), store.asked("b.json")), (0, 1));
}
