//! The archive of a daemon in a store.

use super::super::super::place::lines;
use super::server::Server;
use super::*;

/// A configuration that watches `logs` and keeps its archive and its checkpoints in a bucket.
fn configure_kept(place: &Place, archive: &str) {
    let text = format!(
        "sources:\n  - file: {{ name: logs, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         checkpoint: {{ path: \"s3://logs/state\", local: state, interval_secs: 0.1 }}\n\
         archive: {{ path: \"{archive}\", part_rows: 700, flush_secs: 0.1 }}\n\
         inventory: {}\n",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

#[test]
fn the_archive_in_a_store_of_a_daemon_that_is_killed_holds_each_event_once() {
    const SEED: u64 = 11;
    const KILLS: usize = 4;
    let test = "the_archive_in_a_store_of_a_daemon_that_is_killed_holds_each_event_once";
    let Some(server) = Server::start(test) else { return };
    let variables = server.variables();
    let place = Place::new();
    let events = events(&place);
    configure_kept(&place, "s3://logs/archive/");
    let mut dice = Dice(SEED);
    for part in events.chunks(events.len() / KILLS + 1) {
        append(&place, "logs/events.ndjson", part);
        let daemon = start_with(&place, &variables);
        pause(dice.below(2_500));
        assert!(!daemon.kill().success());
    }
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start_with(&place, &variables);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let ask = |sql: &str| {
        let words = ["hunt", sql, "--archive", "s3://logs/archive"];
        lines(&place.run_words_with(&words, &variables).ends_with(0).stdout)
    };
    let kept = ask("SELECT count(*) AS n, count(DISTINCT source || event_id || time) AS ids FROM events");
    assert_eq!(kept[0]["n"], kept[0]["ids"], "seed {SEED}: an event is there twice");
    // Requests whose response came, and repeats, are dealt with by that; `later(1)` still waits.
    let inventory = samples("workloads.yaml");
    place.run(&format!("replay logs --inventory {inventory} --findings - --summary summary")).ends_with(0);
    let summary = place.json("summary");
    let count = |name: &str| summary[name].as_u64().unwrap();
    let expected = count("events_read") - count("events_paired") - count("events_duplicate") - 1;
    assert_eq!(kept[0]["n"], expected, "seed {SEED}");
    let to = LATER[1].0;
    let again = format!("replay s3://logs/archive --inventory {inventory} --to {to} --findings again");
    place.run_with(&again, &variables).ends_with(0);
    let (again, expected) = (last_lines(place.lines("again")), last_lines(replayed(&place)));
    assert!(expected.len() > 20 && again == expected, "seed {SEED}: other findings");
    assert!(!place.read("log").contains("hush-hush"));
}

#[test]
fn an_archive_that_cannot_be_put_is_waited_for_and_said() {
    let Some(server) = Server::start("an_archive_that_cannot_be_put_is_waited_for_and_said") else { return };
    let variables = server.variables();
    let place = Place::new();
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    configure_kept(&place, "s3://absent/archive");
    let mut daemon = start_with(&place, &variables);
    let is_said = |daemon: &mut Daemon, what: &str| {
        let body = daemon.get("/readyz").body;
        body.contains(what) && body.contains("NoSuchBucket")
    };
    daemon.until("it is said", |daemon| is_said(daemon, "cannot list s3://absent/archive: "));
    assert_eq!(daemon.get("/livez").code, 200);
    drop(daemon);
    let told =
        "ILL   archive: s3://absent/archive cannot be listed: the store answers 404 Not Found (NoSuchBucket)";
    place.run_with("doctor", &variables).ends_with(3).prints(&[told]);
    // The same state, and a bucket that is there.
    configure_kept(&place, "s3://logs/archive");
    let mut daemon = start_with(&place, &variables);
    daemon.until("it is put", |_| !server.names("archive/events/day=2026-06-20").is_empty());
    daemon.until_ready();
    place.run_with("doctor", &variables).prints(&["well  archive: s3://logs/archive answers"]);
    daemon.stop();
    // One at another place is looked at first; one that was begun, and is gone, cannot be written.
    configure_kept(&place, "s3://absent/archive");
    append(&place, "logs/events.ndjson", &[event(1, 1, "GetObject")]);
    let mut daemon = start_with(&place, &variables);
    daemon.until("it is said again", |daemon| is_said(daemon, "cannot list s3://absent/archive: "));
    assert_eq!(daemon.get("/livez").code, 200);
}

#[test]
fn logs_are_normalized_into_a_store_and_found_there() {
    let Some(server) = Server::start("logs_are_normalized_into_a_store_and_found_there") else { return };
    let variables = server.variables();
    let place = Place::new();
    let (logs, inventory) = (samples(""), samples("workloads.yaml"));
    let normalize = format!("normalize {logs} --inventory {inventory} --out s3://logs/kept/");
    place.run_with(&normalize, &variables).ends_with(0);
    let day = "kept/events/day=2026-03-03";
    let names = server.names(day);
    assert!(!names.is_empty());
    // The same logs again are the same objects.
    place.run_with(&normalize, &variables).ends_with(0);
    assert_eq!(server.names(day), names);
    place
        .run_with(&format!("replay s3://logs/kept/ --inventory {inventory} --findings a"), &variables)
        .ends_with(0);
    place.run(&format!("replay {logs} --inventory {inventory} --findings b")).ends_with(0);
    let (found, expected) = (without_positions(place.lines("a")), without_positions(place.lines("b")));
    assert!(expected.len() > 20 && found == expected, "other findings");
    for (out, told) in [
        ("s3://logs/kept", "an archive is written to a URL, which ends in `/`"),
        ("s3://logs/kept/again/", "--out s3://logs/kept/again/ lies in s3://logs/kept, which is read"),
        ("s4://logs/kept/", "--out s4://logs/kept/: is no URL of an object store"),
    ] {
        place
            .run_with(&format!("normalize s3://logs/kept --out {out}"), &variables)
            .ends_with(2)
            .says(&[told]);
    }
}
