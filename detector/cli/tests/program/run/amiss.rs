//! What hosts, writers and operators do amiss, and what a daemon must make of it.

use ambit_schemas::EventTime;

use super::super::inputs::event;
use super::*;

/// An event of the present, or of so many seconds after it.
fn event_now(id: u32, secs: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "a daemon believes its clock")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let time = EventTime::from_secs(i64::try_from(now.as_secs()).unwrap() + secs);
    let (before, after) = ("2026-03-01T09:00:00Z", time.to_string());
    event(id, 0, "GetObject").replace(before, &after)
}

#[test]
fn one_whose_clock_is_ahead_makes_nobody_late() {
    let place = Place::new();
    let source = |name: &str| {
        format!("  - file: {{ name: {name}, paths: [{name}], scan_secs: 0.05, settle_secs: 0.1 }}\n")
    };
    let text = format!(
        "sources:\n{}{}sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         checkpoint: {{ path: state, interval_secs: 0.1 }}\n\
         detector: {{ idle_secs: 1 }}\n",
        source("right"),
        source("ahead")
    );
    place.write("ambit.yaml", text);
    append(&place, "right/a.ndjson", &[event_now(1, -30)]);
    append(&place, "ahead/a.ndjson", &[event_now(2, 23 * 3_600)]);
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 2.0);
    // Both are idle by then.
    pause(2_500);
    for round in 0..2 {
        append(&place, "right/a.ndjson", &[event_now(3 + round, -1)]);
        until_ingested(&mut daemon, if round == 0 { 3.0 } else { 1.0 });
        is(&daemon, "ambit_events_late_total", 0.0);
        daemon.until("it is behind the clock", |daemon| daemon.metric("ambit_watermark_lag_seconds") > 0.0);
        daemon.stop();
        daemon = start(&place);
    }
    daemon.stop();
}

#[test]
fn to_begin_at_the_end_is_for_the_first_start_only() {
    let configure = |place: &Place| {
        configure(place, "");
        let config = place.read("ambit.yaml").replace("paths: [logs]", "paths: [logs], begin: end");
        place.write("ambit.yaml", config);
    };
    let lines = |ids: std::ops::Range<u32>| ids.map(|id| event(id, id, "GetObject")).collect::<Vec<_>>();
    for has_old in [true, false] {
        let place = Place::new();
        configure(&place);
        std::fs::create_dir_all(place.path("logs")).unwrap();
        if has_old {
            append(&place, "logs/a.ndjson", &lines(0..4));
            append(&place, "logs/b.ndjson", &lines(4..7));
        }
        let mut daemon = start(&place);
        daemon.until("it has begun", |daemon| daemon.metric("ambit_checkpoint_bytes") > 0.0);
        daemon.stop();
        append(&place, "logs/a.ndjson", &lines(10..12));
        append(&place, "logs/c.ndjson", &lines(12..13));
        let mut daemon = start(&place);
        until_ingested(&mut daemon, 3.0);
        append(&place, "logs/b.ndjson", &lines(20..21));
        until_ingested(&mut daemon, 4.0);
        daemon.stop();
        let mut daemon = start(&place);
        append(&place, "logs/b.ndjson", &lines(21..22));
        until_ingested(&mut daemon, 1.0);
        daemon.stop();
    }
}

#[test]
fn a_writer_that_stops_at_a_brace_has_not_ended_its_record() {
    let place = Place::new();
    configure(&place, "");
    let line = event(1, 1, "GetObject");
    let end = line.find('}').unwrap() + 1;
    place.write("logs/a.ndjson", &line[..end]);
    let mut daemon = start(&place);
    daemon.until_ready();
    pause(1_000);
    let rest = format!("{}\n", &line[end..]);
    OpenOptions::new()
        .append(true)
        .open(place.path("logs/a.ndjson"))
        .unwrap()
        .write_all(rest.as_bytes())
        .unwrap();
    until_ingested(&mut daemon, 1.0);
    // A whole one is taken without its line end.
    place.write("logs/b.ndjson", event(2, 2, "GetObject"));
    until_ingested(&mut daemon, 2.0);
    is(&daemon, "ambit_events_rejected_total", 0.0);
    daemon.stop();
}

#[cfg(feature = "hunt")]
#[test]
fn an_archive_of_another_state_is_gone_on_behind() {
    let place = Place::new();
    configure(&place, "archive: { path: archive, flush_secs: 0.1 }\n");
    let kept = || {
        let sql = "SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events";
        let asked = place.run_words(&["hunt", sql, "--archive", "archive"]).ends_with(0);
        let row = super::super::place::lines(&asked.stdout).remove(0);
        (row["n"].as_u64().unwrap(), row["ids"].as_u64().unwrap())
    };
    for round in 0..3_u32 {
        // All of them are of one day and source.
        append(
            &place,
            "logs/a.ndjson",
            &(0..5).map(|id| event(round * 10 + id, round * 10 + id, "A")).collect::<Vec<_>>(),
        );
        let later = later(0).replace("later-0", &format!("later-{round}"));
        append(&place, "logs/a.ndjson", &[later]);
        let mut daemon = start(&place);
        until_ingested(&mut daemon, 6.0);
        daemon.stop();
        // Whoever begins anew has no state, and other logs.
        std::fs::remove_dir_all(place.path("state")).unwrap();
        std::fs::remove_dir_all(place.path("logs")).unwrap();
        let expected = u64::from(round + 1) * 5;
        assert_eq!(kept(), (expected, expected), "round {round}");
    }
}

#[test]
fn a_pipe_is_told_and_holds_up_nobody() {
    let place = Place::new();
    configure(&place, "");
    let config = place.read("ambit.yaml").replace("paths: [logs]", "paths: [logs, pipe.ndjson]");
    place.write("ambit.yaml", config);
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe.ndjson")).status().unwrap();
    assert!(made.success());
    append(&place, "logs/a.ndjson", &[event(1, 1, "GetObject")]);
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 1.0);
    daemon.until("it is told", |daemon| {
        daemon.get("/readyz").body.contains("pipe.ndjson: is a pipe or device")
    });
    daemon.stop();
}

#[test]
fn a_source_that_could_not_write_looks_by_itself_whether_it_can() {
    let place = Place::new();
    place.write(
        "ambit.yaml",
        "sources:\n  - http: { name: apps }\nsinks:\n  - ndjson: { path: findings.ndjson }\n\
         checkpoint: { path: state, interval_secs: 0.1 }\n",
    );
    let mut daemon = start(&place);
    daemon.until_ready();
    let (spool, away) = (place.path("state/received/apps"), place.path("away"));
    std::fs::rename(&spool, &away).unwrap();
    assert_eq!(daemon.post("/ingest/apps", "", event(1, 1, "GetObject").as_bytes()).code, 503);
    daemon.until("it is told", |daemon| daemon.get("/readyz").body.contains("cannot be put on disk"));
    std::fs::rename(&away, &spool).unwrap();
    daemon.until_ready();
    assert_eq!(daemon.post("/ingest/apps", "", event(1, 1, "GetObject").as_bytes()).code, 200);
    until_ingested(&mut daemon, 1.0);
    daemon.stop();
}

#[test]
fn what_was_received_and_is_damaged_is_told_and_costs_itself() {
    let place = Place::new();
    place.write(
        "ambit.yaml",
        "sources:\n  - http: { name: apps }\nsinks:\n  - ndjson: { path: findings.ndjson }\n\
         checkpoint: { path: state, interval_secs: 3600 }\n",
    );
    let daemon = start(&place);
    for id in 1..=3 {
        assert_eq!(daemon.post("/ingest/apps", "", event(id, id, "GetObject").as_bytes()).code, 200);
    }
    daemon.kill();
    let damaged = place.path("state/received/apps").join(format!("{:020}.events", 1));
    std::fs::write(&damaged, "not what was written").unwrap();
    let mut daemon = start(&place);
    until_ingested(&mut daemon, 2.0);
    daemon.until_ready();
    assert!(daemon.log().contains("what was received in it is lost"), "{}", daemon.log());
    daemon.stop();
    assert!(!damaged.exists(), "the checkpoint is behind it");
}
