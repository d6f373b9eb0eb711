//! `hunt` on an archive in an object store.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::place::{Place, Run, lines, samples};
use super::store::Store;

/// An archive of the samples in a folder, and the same in a store, with its keys.
fn archived() -> (Place, Store, Vec<String>) {
    let (place, store) = (Place::new(), Store::start());
    place.run(&format!("normalize {} --out archive/", samples(""))).ends_with(0);
    let mut keys = Vec::new();
    put(&store, &place.path("archive"), "kept", &mut keys);
    (place, store, keys)
}

fn put(store: &Store, folder: &Path, prefix: &str, keys: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let key = format!("{prefix}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            put(store, &path, &key, keys);
        } else {
            store.put(&key, fs::read(&path).unwrap());
            keys.push(key);
        }
    }
}

fn hunt(place: &Place, store: &Store, sql: &str, archive: &str) -> Run {
    place.run_words_with(&["hunt", sql, "--archive", archive], &store.variables())
}

#[track_caller]
fn ask(place: &Place, store: &Store, sql: &str, archive: &str) -> Vec<Value> {
    lines(&hunt(place, store, sql, archive).ends_with(0).stdout)
}

#[test]
fn an_archive_in_a_store_answers_as_one_in_a_folder() {
    let (place, store, _) = archived();
    let folder = format!("file://{}", place.path("archive").display());
    for sql in [
        "SELECT source, count(*) AS n, min(time) AS first, max(time) AS last FROM events GROUP BY source ORDER BY source",
        "SELECT event_id, day FROM events WHERE action LIKE 'aws:s3:%' ORDER BY time, event_id LIMIT 20",
        "SELECT day, count(*) AS n FROM events WHERE day BETWEEN '2026-03-02' AND '2026-03-04' GROUP BY day ORDER BY day",
        "SELECT count(*) AS n FROM events WHERE time < TIMESTAMP '2026-03-02T09:00:00Z' OR day = '2026-03-04'",
    ] {
        let expected = ask(&place, &store, sql, "archive");
        assert!(!expected.is_empty(), "{sql}");
        assert_eq!(ask(&place, &store, sql, "s3://logs/kept"), expected, "{sql}");
        assert_eq!(ask(&place, &store, sql, &folder), expected, "{sql}");
    }
    // Nothing is there: that is said, and is no answer of another kind.
    let run = hunt(&place, &store, "SELECT count(*) AS n FROM events", "s3://logs/other").ends_with(0);
    assert_eq!(lines(&run.stdout), [json!({ "n": 0 })]);
    run.says(&["--archive s3://logs/other: no events are there"]);
}

#[test]
fn only_the_days_that_a_question_is_about_are_read() {
    // What is asked, and the first and the last day of it.
    for (condition, first, last) in [
        ("day = '2026-03-03'", "2026-03-03", "2026-03-03"),
        ("day >= '2026-03-03' AND day < '2026-03-05'", "2026-03-03", "2026-03-04"),
        ("time >= TIMESTAMP '2026-03-06T22:00:00Z'", "2026-03-06", "9999"),
        ("time < TIMESTAMP '2026-03-02T00:00:00Z'", "0", "2026-03-02"),
        (
            "TIMESTAMP '2026-03-03T10:00:00+02:00' <= e.time AND e.time < '2026-03-04T12:00:00Z'",
            "2026-03-03",
            "2026-03-04",
        ),
        ("time BETWEEN DATE '2026-03-02' AND TIMESTAMP '2026-03-03T01:00:00Z'", "2026-03-02", "2026-03-03"),
        ("time > TIMESTAMP '2026-03-06T22:00:00Z' OR sensitivity = 3", "0", "9999"),
    ] {
        let (place, store, keys) = archived();
        let sql = format!("SELECT count(*) AS n FROM events e WHERE {condition}");
        let expected = ask(&place, &store, &sql, "archive");
        assert!(expected[0]["n"].as_u64().unwrap() > 0, "{condition}");
        assert_eq!(ask(&place, &store, &sql, "s3://logs/kept"), expected, "{condition}");
        let mut left_out = 0;
        for key in &keys {
            let day = key.split_once("day=").unwrap().1.split('/').next().unwrap();
            let is_meant = first <= day && day <= last;
            assert_eq!(store.asked(key) > 0, is_meant, "{condition}: {key}");
            left_out += usize::from(!is_meant);
        }
        assert_eq!(left_out > 0, (first, last) != ("0", "9999"), "{condition}");
    }
}

#[test]
fn a_store_that_does_not_answer_is_told_as_that() {
    let (place, store, keys) = archived();
    let sql = "SELECT count(DISTINCT event_id) FROM events";
    let ask = |archive: &str| hunt(&place, &store, sql, archive);
    ask("s3://logs/kept?signature=hush")
        .ends_with(2)
        .says(&["--archive s3://logs/kept: a URL is shown in logs"]);
    ask("s4://logs/kept").ends_with(2).says(&["give s3://BUCKET/PREFIX"]);
    store.fail_at(&keys[0], Some(403));
    ask("s3://logs/kept").ends_with(3).says(&["the archive cannot be read", &keys[0]]);
    store.fail(Some(403));
    ask("s3://logs/kept")
        .ends_with(3)
        .says(&["--archive s3://logs/kept: cannot be listed: the store answers 403"]);
}
