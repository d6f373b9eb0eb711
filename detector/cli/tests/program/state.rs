use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::inputs::event;
use super::place::{Place, check_json, samples, without_positions};

/// The last line of each finding.
fn last_lines(lines: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let uid = |line: &Value| line["finding_info"]["uid"].as_str().unwrap().to_owned();
    lines.into_iter().map(|line| (uid(&line), line)).collect()
}

#[test]
fn a_restart_in_the_middle_changes_no_finding() {
    let place = Place::new();
    let (logs, inventory) = (samples(""), samples("workloads.yaml"));
    place.run(&format!("normalize {logs} --inventory {inventory} --out events.ndjson")).ends_with(0);
    place.run(&format!("replay events.ndjson --inventory {inventory} --findings whole")).ends_with(0);
    let whole = last_lines(without_positions(place.lines("whole")));
    assert!(!whole.is_empty());
    let events = place.read("events.ndjson");
    for cut in ["2026-03-09T12:34:56", "2026-03-25T00:00:00", "2026-04-07T23:59:59"] {
        let (before, after) = events.lines().partition::<Vec<_>, _>(|line| time(line).as_str() < cut);
        place.write("1.ndjson", before.join("\n")).write("2.ndjson", after.join("\n"));
        for part in ["1", "2"] {
            let outputs = format!("--state state --findings f{part} --summary s{part}");
            place.run(&format!("replay {part}.ndjson --inventory {inventory} {outputs}")).ends_with(0);
        }
        check_json(&place.json("s2"), &[("/events_late", json!(0))]);
        let mut lines = without_positions(place.lines("f1"));
        lines.extend(without_positions(place.lines("f2")));
        let parts = last_lines(lines);
        assert_eq!(parts.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "cut at {cut}");
        for (uid, finding) in &parts {
            assert_eq!(finding, &whole[uid], "cut at {cut}");
        }
        std::fs::remove_dir_all(place.path("state")).unwrap();
    }
}

/// When a canonical event was.
fn time(line: &str) -> String {
    serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap().to_owned()
}

#[test]
fn a_damaged_state_is_refused_and_kept() {
    let place = Place::new();
    place.write("a.json", event(1, 0, "GetObject"));
    place.run("replay a.json --state state --findings f").ends_with(0);
    let file = place.path("state/detector.state");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    place.run("replay a.json --state state --findings f").ends_with(3).says(&["checksum", "remove it"]);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn what_the_state_has_seen_is_not_counted_again() {
    let place = Place::new();
    let lines = (0..120).map(|n| event(n, n, "GetObject")).collect::<Vec<_>>().join("\n");
    place.write("a.ndjson", lines);
    let run = "replay a.ndjson --state state --findings f --summary s";
    place.run(run).ends_with(0);
    check_json(&place.json("s"), &[("/events_duplicate", json!(0)), ("/events_late", json!(0))]);
    place.run(run).ends_with(0);
    let again = place.json("s");
    assert_eq!(again["events_read"], json!(120));
    let (late, duplicate) =
        (again["events_late"].as_u64().unwrap(), again["events_duplicate"].as_u64().unwrap());
    assert!(late > 0 && late + duplicate >= 120, "{again:#}");
}

/// What could not be written would never be found again by a run that goes on from a state that knows it.
#[cfg(target_os = "linux")]
#[test]
fn the_state_waits_for_the_outputs() {
    for outputs in ["--findings f --summary /dev/full", "--findings /dev/full --summary s"] {
        let place = Place::new();
        let logs = samples("cloudtrail");
        place.run(&format!("replay {logs} --state state {outputs}")).ends_with(3).says(&["No space left"]);
        assert!(!place.path("state/detector.state").exists(), "{outputs}");
    }
}

#[test]
fn two_runs_do_not_go_on_from_one_state_at_once() {
    let place = Place::new();
    place.write("a.json", event(1, 0, "GetObject")).write("state/lock", "");
    let lock = std::fs::File::open(place.path("state/lock")).unwrap();
    lock.lock().unwrap();
    place.run("replay a.json --state state --findings f").ends_with(3).says(&["another run"]);
    drop(lock);
    place.run("replay a.json --state state --findings f").ends_with(0);
}
