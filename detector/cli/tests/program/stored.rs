//! `replay`, `normalize` and `inventory` with the URL of an object store as PATH.

use serde_json::json;

use super::inputs::event;
use super::place::{Place, check_json, samples, without_positions};
use super::store::Store;

#[test]
fn a_store_is_read_as_a_folder_is() {
    let place = Place::new();
    place.write("logs/notes.txt", "no log");
    place.run(&format!("normalize {} --out logs/all.parquet", samples("otel"))).ends_with(0);
    for folder in ["cloudtrail", "vault"] {
        std::os::unix::fs::symlink(samples(folder), place.path(&format!("logs/{folder}"))).unwrap();
    }
    let url = format!("file://{}", place.path("logs").display());
    let folders = "logs/cloudtrail logs/vault logs/all.parquet";
    place.run(&format!("replay {url} --summary a.json --findings a")).ends_with(0);
    place.run(&format!("replay {folders} --summary b.json --findings b")).ends_with(0);
    let (a, b) = (without_positions(place.lines("a")), without_positions(place.lines("b")));
    assert!(a.len() > 20);
    assert_eq!(a, b);
    let (a, b) = (place.json("a.json"), place.json("b.json"));
    for field in ["events_read", "files_read", "bytes_read", "workloads", "first_event", "last_event"] {
        assert_eq!(a[field], b[field], "{field}");
    }
    check_json(&a, &[("/files_skipped", json!(1)), ("/events_rejected", json!(0))]);
    // One object, whatever its ending, and every command.
    place.write("one/object", event(1, 0, "GetObject"));
    let one = format!("file://{}", place.path("one/object").display());
    place.run(&format!("normalize {one} --out -")).ends_with(0).prints(&["aws:s3:GetObject", &one]);
    place.run(&format!("inventory {one}")).ends_with(0).prints(&["loader"]);
}

#[test]
fn what_a_store_does_not_give_is_a_reject() {
    let place = Place::new();
    let store = Store::start();
    for number in 0..20 {
        store.put(&format!("a/{number:02}.json"), event(number, number, "GetObject"));
    }
    store.put_ghost("a/05-ghost.json");
    store.put("a/06.json.gz", "no gzip at all");
    store.fail_at("a/07.json", Some(403));
    store.put("a/readme.md", "no log");
    // More than one request takes, so that it is read in pieces.
    let long =
        (100..25_000).map(|number| event(number, number % 600, "PutObject") + "\n").collect::<String>();
    assert!(long.len() > 8 << 20);
    store.put("a/long.ndjson", long);
    let run = place.run_with("replay s3://logs/a --summary s.json --findings f", &store.variables());
    run.ends_with(4).says(&["could not be read"]);
    let summary = place.json("s.json");
    check_json(
        &summary,
        &[
            ("/events_read", json!(19 + 3 + 24_900)),
            ("/events_rejected", json!(3)),
            ("/files_skipped", json!(1)),
        ],
    );
    let rejects = summary["rejects"].to_string();
    for told in [
        "s3://logs/a/05-ghost.json\",\"offset\":0,\"reason\":\"cannot be read: is not there (Code404)",
        "s3://logs/a/07.json\",\"offset\":0,\"reason\":\"cannot be read: the credentials may not do this (Code403)",
        "s3://logs/a/06.json.gz",
    ] {
        assert!(rejects.contains(told), "no {told} in {rejects}");
    }
}

#[test]
fn a_url_that_means_nothing_is_refused_and_a_place_that_holds_nothing_is_a_reject() {
    let place = Place::new();
    let store = Store::start();
    for (url, code, told) in [
        ("ftp://host/folder", 2, "give s3://BUCKET/PREFIX"),
        ("s3://logs/a?signature=hush", 2, "cannot hold a query"),
        ("s3://logs/none", 4, "no object is there"),
        ("file:///no/such/folder", 4, "no object is there"),
    ] {
        let run = place.run_with(&format!("replay {url} --findings f"), &store.variables()).ends_with(code);
        assert!(run.stderr.contains(told) && !run.stderr.contains("hush"), "{url}: {}", run.stderr);
    }
    store.fail(Some(403));
    let run = place.run_with("replay s3://logs/a/ --findings f", &store.variables()).ends_with(4);
    run.says(&["s3://logs/a/", "cannot be listed: the store answers 403 Forbidden (Code403)"]);
}
