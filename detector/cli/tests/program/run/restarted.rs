//! What operators change between two starts, and what must hold from one start to the next.

use super::super::inputs::event;
use super::*;

/// An event of a day of March.
fn on(day: u32, id: u32) -> String {
    event(id, id % 60, "GetObject").replace("2026-03-01T", &format!("2026-03-{day:02}T"))
}

fn lines(day: u32, ids: std::ops::Range<u32>) -> Vec<String> {
    ids.map(|id| on(day, id)).collect()
}

fn change(place: &Place, from: &str, to: &str) {
    let config = place.read("ambit.yaml");
    assert!(config.contains(from), "{config}");
    place.write("ambit.yaml", config.replace(from, to));
}

#[test]
fn what_was_found_and_not_read_before_a_restart_is_not_late_after_it() {
    let place = Place::new();
    configure(&place, "");
    // A whole file waits until it has been still.
    change(&place, "settle_secs: 0.1", "settle_secs: 3");
    let gzip = |name: &str, lines: &[String]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(lines.join("\n").as_bytes()).unwrap();
        place.write(name, encoder.finish().unwrap());
    };
    gzip("logs/z.json.gz", &lines(2, 100..200));
    append(&place, "logs/a.ndjson", &lines(20, 0..10));
    for round in 0..3 {
        let mut daemon = start(&place);
        daemon.until("the other is read", |daemon| {
            round > 0 || daemon.metric("ambit_events_ingested_total") > 9.5
        });
        daemon.stop();
    }
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 100.0);
    is(&daemon, "ambit_events_late_total", 0.0);
    daemon.stop();
}

#[test]
fn a_source_of_another_kind_begins_anew() {
    let place = Place::new();
    configure(&place, "");
    append(&place, "logs/a.ndjson", &lines(2, 0..10));
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 10.0);
    daemon.stop();
    let file = "- file: { name: logs, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }";
    change(&place, file, "- http: { name: logs, spool_bytes: 65536 }");
    for round in 0..2 {
        let mut daemon = start(&place);
        daemon.until_ready();
        let told = daemon.log().contains("was of the kind file and is now of the kind http: it begins anew");
        assert_eq!(told, round == 0, "{}", daemon.log());
        for id in 0..10 {
            let body = on(3, 100 * (round + 1) + id);
            assert_eq!(daemon.post("/ingest/logs", "", body.as_bytes()).code, 200);
        }
        until_ingested(&mut daemon, 10.0);
        // What checkpoints cover is forgotten, once all that are kept are of this process.
        let first = 1_000 * (round + 1);
        let mut id = first;
        daemon.until("it is forgotten", |daemon| {
            id += 1;
            // Between two checkpoints it may be full.
            assert!([200, 429].contains(&daemon.post("/ingest/logs", "", on(3, id).as_bytes()).code));
            let waiting = std::fs::read_dir(place.path("state/received/logs")).unwrap().count();
            waiting < usize::try_from(id - first).unwrap()
        });
        daemon.stop();
    }
}

#[cfg(feature = "hunt")]
fn kept(place: &Place, archive: &str) -> (u64, u64) {
    let sql = "SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events";
    let asked = place.run_words(&["hunt", sql, "--archive", archive]).ends_with(0);
    let row = super::super::place::lines(&asked.stdout).remove(0);
    (row["n"].as_u64().unwrap(), row["ids"].as_u64().unwrap())
}

#[cfg(feature = "hunt")]
#[test]
fn what_comes_too_late_is_archived_once() {
    let place = Place::new();
    configure(&place, "archive: { path: archive, flush_secs: 0.1 }\n");
    append(&place, "logs/a.ndjson", &[later(0)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 - 86_400);
    // Reloads and kills come when they like.
    for round in 0..8_u32 {
        append(&place, "logs/late.ndjson", &lines(2, round * 500..(round + 1) * 500));
        pause(u64::from(round) * 13);
        daemon.signal("HUP");
        if round % 4 == 3 {
            daemon.kill();
            daemon = start(&place);
        }
    }
    // The same again, as a file that was read before under another name.
    append(&place, "logs/again.ndjson", &lines(2, 0..4_000).into_iter().rev().collect::<Vec<_>>());
    daemon.until("all of it is read", |daemon| {
        daemon.get("/readyz").code == 200 && daemon.metric("ambit_events_ingested_total") > 3_999.5
    });
    pause(500);
    daemon.stop();
    assert_eq!(kept(&place, "archive"), (4_000, 4_000));
}

#[cfg(feature = "hunt")]
#[test]
fn an_archive_at_another_place_is_gone_on_behind_what_is_there() {
    let place = Place::new();
    let mut id = 0;
    let mut run = |archive: &str, state: &str| {
        configure(&place, &format!("archive: {{ path: {archive}, flush_secs: 0.1 }}\n"));
        change(&place, "path: state", &format!("path: {state}"));
        let name = format!("logs/{state}.ndjson");
        change(&place, "paths: [logs]", &format!("paths: [{name}]"));
        append(&place, &name, &lines(2, id..id + 7));
        id += 7;
        append(&place, &name, &[later(0).replace("later-0", &format!("later-{id}"))]);
        let mut daemon = start(&place);
        until_ingested(&mut daemon, 8.0);
        daemon.stop();
    };
    run("one", "first");
    run("two", "second");
    assert_eq!((kept(&place, "one"), kept(&place, "two")), ((7, 7), (7, 7)));
    // The second goes on where the first has its files, of the same day and source.
    run("one", "second");
    assert_eq!((kept(&place, "one"), kept(&place, "two")), ((14, 14), (7, 7)));
}
