use std::fs;

use serde_json::json;

use super::place::{Place, check_json, without_positions};

#[test]
fn raw_logs_and_canonical_events_of_a_world_give_the_same_findings() {
    let place = Place::new();
    let flags = "--seed 4 --workloads 30 --days 34";
    place.run(&format!("simulate {flags} --out raw")).ends_with(0);
    place.run(&format!("simulate {flags} --out canonical --as canonical")).ends_with(0);
    for file in ["workloads.yaml", "labels.ndjson", "world.json"] {
        let read = |form: &str| fs::read_to_string(place.path(&format!("{form}/{file}"))).unwrap();
        assert_eq!(read("raw"), read("canonical"), "{file}");
    }
    for (paths, out) in [("raw/logs", "raw"), ("canonical/events", "canonical")] {
        let outputs = format!("--findings {out}.findings --summary {out}.summary");
        place.run(&format!("replay {paths} --inventory raw/workloads.yaml {outputs}")).ends_with(0);
    }
    let findings =
        ["raw", "canonical"].map(|form| without_positions(place.lines(&format!("{form}.findings"))));
    assert!(findings[0].len() > 3, "{} findings", findings[0].len());
    assert_eq!(findings[0], findings[1]);
    let raw = place.json("raw.summary");
    let same = ["/events_duplicate", "/workloads", "/findings", "/first_event", "/last_event"];
    let same = same.map(|count| (count, raw.pointer(count).unwrap().clone()));
    check_json(&place.json("canonical.summary"), &same);
    check_json(&raw, &[("/events_rejected", json!(0)), ("/events_unattributed", json!(0))]);
}

#[test]
fn a_world_does_not_mix_with_what_is_there() {
    let place = Place::new();
    fs::create_dir(place.path("taken")).unwrap();
    fs::write(place.path("taken/labels.ndjson"), "").unwrap();
    let run = place.run("simulate --seed 1 --out taken --days 1").ends_with(3);
    assert!(run.stderr.contains("is not empty"), "{}", run.stderr);
}

#[test]
fn what_no_world_can_be_is_refused() {
    let place = Place::new();
    for flags in ["--seed 1", "--out x", "--seed 1 --out x --attacks bust", "--seed 1 --out x --workloads 3"]
    {
        place.run(&format!("simulate {flags}")).ends_with(2);
    }
}
