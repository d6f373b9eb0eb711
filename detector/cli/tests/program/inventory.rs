use serde_json::{Value, json};

use super::inputs::event;
use super::place::{Place, check_json};

const INVENTORY: &str = r#"version: 1
environments: [{ name: prod, match: [{ aws_account: "111122223333" }] }]
workloads:
  - { name: loader, owner: team-data, environment: prod, identities: [{ aws_user: "arn:aws:iam::*:user/loader" }] }
  - { name: idle, identities: [{ agent: idle }] }
"#;

fn place() -> Place {
    let place = Place::new();
    let stranger =
        event(2, 1, "GetObject").replace("user/loader", "user/stranger").replace("7EXAMPLE", "8EXAMPLE");
    place.write("w.yaml", INVENTORY).write("a.ndjson", format!("{}\n{stranger}\n", event(1, 0, "GetObject")));
    place
}

#[test]
fn the_table_shows_who_is_there_and_what_is_amiss() {
    let stranger = "arn:aws:iam::111122223333:user/stranger";
    for (arguments, printed, absent) in [
        (
            "a.ndjson --inventory w.yaml",
            vec![
                "loader",
                "team-data, prod",
                "aws 111122223333",
                "user/loader",
                "static_key",
                "AKIAIOSFODNN7EXAMPLE",
                "idle",
                "never seen",
                "no owner",
                "unregistered",
                "2026-03-01T09:01:00Z",
            ],
            "also in",
        ),
        ("a.ndjson --inventory w.yaml --discovered", vec!["unregistered"], "team-data"),
        ("a.ndjson", vec!["user/loader"], "unregistered"),
        ("--inventory w.yaml", vec!["loader", "idle", "never seen"], stranger),
    ] {
        let run = place().run(&format!("inventory {arguments}")).ends_with(0).prints(&printed);
        assert!(!run.stdout.contains(absent), "{arguments}: {}", run.stdout);
    }
}

#[test]
fn the_same_as_json() {
    let run = place().run("inventory a.ndjson --inventory w.yaml --json").ends_with(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    check_json(
        &document,
        &[
            ("/as_of", json!("2026-03-01T09:01:00Z")),
            ("/events", json!(2)),
            ("/workloads/0/name", json!("idle")),
            ("/workloads/0/gaps", json!([{ "kind": "never_seen" }, { "kind": "no_owner" }])),
            ("/workloads/1/name", json!("loader")),
            ("/workloads/1/identities/0/source", json!("aws.cloudtrail")),
            ("/workloads/1/credentials/0/id", json!("AKIAIOSFODNN7EXAMPLE")),
            ("/workloads/1/credentials/0/kind", json!("static_key")),
            ("/workloads/1/credentials/0/age_days", json!(0)),
            ("/workloads/2/registered", json!(false)),
            ("/workloads/2/gaps/0/kind", json!("unregistered")),
        ],
    );
}

#[test]
fn it_needs_logs_or_an_inventory() {
    place().run("inventory").ends_with(2).says(&["PATH"]);
    place().run("inventory absent.json").ends_with(4);
}
