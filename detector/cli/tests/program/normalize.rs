use std::fs;

use serde_json::json;

use super::inputs::event;
use super::place::{Place, check_json, lines, third_party, without_positions};

#[test]
fn canonical_events_are_lines_on_stdout() {
    let place = Place::new();
    place.write("a.ndjson", format!("{}\n{}\n", event(1, 0, "GetObject"), event(2, 1, "PutObject")));
    let run = place.run("normalize a.ndjson").ends_with(0);
    let events = lines(&run.stdout);
    assert_eq!(events.len(), 2);
    check_json(
        &events[1],
        &[
            ("/event_id", json!("00000000-0000-4000-8000-000000000002")),
            ("/time", json!("2026-03-01T09:01:00Z")),
            ("/source", json!("aws.cloudtrail")),
            ("/action", json!("aws:s3:PutObject")),
            ("/outcome", json!("success")),
            ("/principal", json!("arn:aws:iam::111122223333:user/loader")),
            ("/workload", json!("arn:aws:iam::111122223333:user/loader")),
            ("/credential", json!("AKIAIOSFODNN7EXAMPLE")),
            ("/credential_kind", json!("static_key")),
            ("/origin", json!("a.ndjson")),
            ("/origin_offset", json!(event(1, 0, "GetObject").len() + 1)),
        ],
    );
    assert!(events[0].get("error_code").is_none(), "what is empty is left out");
}

#[test]
fn the_inventory_names_the_workload() {
    let place = Place::new();
    place.write("a.json", event(1, 0, "GetObject")).write(
        "w.yaml",
        "version: 1\nenvironments: [{ name: prod, match: [{ aws_account: \"111122223333\" }] }]\nworkloads:\n  - { name: loader, identities: [{ aws_user: \"arn:aws:iam::*:user/loader\" }] }\n",
    );
    let run = place.run("normalize a.json --inventory w.yaml").ends_with(0);
    check_json(&lines(&run.stdout)[0], &[("/workload", json!("loader")), ("/environment", json!("prod"))]);
}

#[test]
fn what_normalize_writes_replays_to_the_same_findings() {
    let place = Place::new();
    for folder in ["cloudtrail-stratus", "cloudtrail-traildiscover"] {
        let logs = third_party(folder);
        place.run(&format!("replay {} --findings whole --summary whole.json", logs.display())).ends_with(0);
        for out in ["events.parquet", "events.ndjson"] {
            place.run(&format!("normalize {} --out {out}", logs.display())).ends_with(0);
            place.run(&format!("replay {out} --findings again --summary again.json")).ends_with(0);
            let findings = ["again", "whole"].map(|file| without_positions(place.lines(file)));
            assert_eq!(findings[0], findings[1], "{out}");
            let counts = ["/events_duplicate", "/workloads", "/findings", "/first_event", "/last_event"];
            let expected =
                counts.map(|count| (count, place.json("whole.json").pointer(count).unwrap().clone()));
            check_json(&place.json("again.json"), &expected);
        }
    }
    let magic = fs::read(place.path("events.parquet")).unwrap();
    assert!(magic.starts_with(b"PAR1"));
}

#[test]
fn ocsf_replays_to_the_same_findings_and_is_never_parquet() {
    let place = Place::new();
    let logs = third_party("cloudtrail-stratus");
    place.run(&format!("replay {} --findings whole --summary whole.json", logs.display())).ends_with(0);
    place.run(&format!("normalize {} --as ocsf --out ocsf.ndjson", logs.display())).ends_with(0);
    place.run("replay ocsf.ndjson --findings again --summary again.json").ends_with(0);
    let findings = ["again", "whole"].map(|file| without_positions(place.lines(file)));
    assert_eq!(findings[0], findings[1]);
    // A record that reads several secrets is several events.
    let counts = ["/events_duplicate", "/workloads", "/findings", "/first_event", "/last_event"];
    let expected = counts.map(|count| (count, place.json("whole.json").pointer(count).unwrap().clone()));
    check_json(&place.json("again.json"), &expected);
    place
        .run(&format!("normalize {} --as ocsf --out a.parquet", logs.display()))
        .ends_with(2)
        .says(&["--as ocsf writes NDJSON", "a.parquet"]);
    assert!(!place.path("a.parquet").exists());
}
