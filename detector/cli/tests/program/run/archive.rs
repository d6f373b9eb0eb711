//! What the daemon keeps of the past.

use super::super::place::lines;
use super::*;

fn ask(place: &Place, sql: &str) -> Vec<Value> {
    lines(&place.run_words(&["hunt", sql, "--archive", "archive"]).ends_with(0).stdout)
}

#[test]
fn the_archive_of_a_daemon_that_is_killed_holds_each_event_once() {
    const SEED: u64 = 7;
    const KILLS: usize = 6;
    let place = Place::new();
    let events = events(&place);
    configure(&place, "archive: { path: archive, part_rows: 700, flush_secs: 0.1 }\n");
    let mut dice = Dice(SEED);
    for part in events.chunks(events.len() / KILLS + 1) {
        append(&place, "logs/events.ndjson", part);
        let daemon = start(&place);
        pause(dice.below(2_500));
        assert!(!daemon.kill().success());
    }
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let kept =
        ask(&place, "SELECT count(*) AS n, count(DISTINCT source || event_id || time) AS ids FROM events");
    assert_eq!(kept[0]["n"], kept[0]["ids"], "seed {SEED}: an event is there twice");
    // Requests whose response came, and repeats, are dealt with by that; `later(1)` still waits.
    let inventory = samples("workloads.yaml");
    place.run(&format!("replay logs --inventory {inventory} --findings - --summary summary")).ends_with(0);
    let summary = place.json("summary");
    let count = |name: &str| summary[name].as_u64().unwrap();
    let expected = count("events_read") - count("events_paired") - count("events_duplicate") - 1;
    assert_eq!(kept[0]["n"], expected, "seed {SEED}");
    // The archive is a history like any other.
    let to = LATER[1].0;
    place.run(&format!("replay archive --inventory {inventory} --to {to} --findings again")).ends_with(0);
    let (again, expected) = (last_lines(place.lines("again")), last_lines(replayed(&place)));
    assert!(again == expected, "seed {SEED}: other findings");
    let days = ask(&place, "SELECT count(DISTINCT day) AS n FROM events WHERE day < '2026-03-09'");
    assert_eq!(days[0]["n"], 8, "the samples begin on the first of March");
}
