//! Dependencies point one way.

use std::process::Command;

use ambit_tests::provided::root;
use serde_json::Value;

use super::none;

/// A crate, the rooms it may depend on, and, where it matters, all it may take from outside.
struct Edges {
    name: &'static str,
    rooms: &'static [&'static str],
    outside: Option<&'static [&'static str]>,
}

const EVERY_ROOM: &[&str] =
    &["ambit-schemas", "ambit-rules", "ambit-ingest", "ambit-core", "ambit-scenario", "ambit-history"];
/// The evaluation runs the program in its own process.
const THE_WHOLE_HOUSE: &[&str] = &[
    "ambit",
    "ambit-schemas",
    "ambit-rules",
    "ambit-ingest",
    "ambit-core",
    "ambit-scenario",
    "ambit-history",
];

const EDGES: &[Edges] = &[
    Edges {
        name: "ambit-schemas",
        rooms: &[],
        outside: Some(&["arrow", "foldhash", "hashbrown", "sha2", "thiserror"]),
    },
    Edges {
        name: "ambit-core",
        rooms: &["ambit-schemas"],
        outside: Some(&["arrow", "foldhash", "hashbrown", "roaring", "thiserror"]),
    },
    Edges { name: "ambit-rules", rooms: &["ambit-schemas"], outside: None },
    Edges { name: "ambit-ingest", rooms: &["ambit-schemas"], outside: None },
    Edges { name: "ambit-history", rooms: &["ambit-schemas"], outside: None },
    Edges { name: "ambit-scenario", rooms: &["ambit-schemas"], outside: None },
    Edges { name: "ambit", rooms: EVERY_ROOM, outside: None },
    Edges { name: "ambit-tests", rooms: THE_WHOLE_HOUSE, outside: None },
];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--no-deps", "--locked", "--offline", "--format-version", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// What a package must not depend on, other than for its own tests.
fn complaints(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap();
    let Some(edges) = EDGES.iter().find(|edges| edges.name == name) else {
        return vec![format!("{name}: no room of the house")];
    };
    let all = package["dependencies"].as_array().unwrap();
    let used = all.iter().filter(|dependency| dependency["kind"] != "dev");
    let used = used.map(|dependency| dependency["name"].as_str().unwrap());
    let wrong = used.filter(|used| {
        let room = used.starts_with("ambit");
        let allowed = if room { Some(edges.rooms) } else { edges.outside };
        allowed.is_some_and(|allowed| !allowed.contains(used))
            || (*used == "anyhow" && name != "ambit" && name != "ambit-tests")
    });
    wrong.map(|used| format!("{name} must not depend on {used}")).collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    assert!(packages.len() >= 7);
    none(&packages.iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn a_wrong_edge_is_seen() {
    let package = |name: &str, used: &str, kind: Option<&str>| serde_json::json!({ "name": name, "dependencies": [{ "name": used, "kind": kind }] });
    assert_eq!(complaints(&package("ambit-core", "serde_json", None)).len(), 1);
    assert_eq!(complaints(&package("ambit-core", "serde_json", Some("dev"))).len(), 0);
    assert_eq!(complaints(&package("ambit-ingest", "ambit-core", None)).len(), 1);
    assert_eq!(complaints(&package("ambit-rules", "anyhow", None)).len(), 1);
    assert_eq!(complaints(&package("ambit-annex", "arrow", None)).len(), 1);
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    let complaint = |package: &Value| {
        let manifest = package["manifest_path"].as_str().unwrap();
        let text = std::fs::read_to_string(manifest).unwrap();
        (!text.contains("[lints]\nworkspace = true")).then(|| format!("{manifest}: no workspace lints"))
    };
    none(&packages().iter().filter_map(complaint).collect::<Vec<_>>());
}
