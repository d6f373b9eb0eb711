use serde_json::{Value, json};

use super::place::{Place, check_json, samples, without_positions};

/// The folder of the samples that is replayed.
const STORY: &str = "";

fn replay(place: &Place, arguments: &str) -> super::place::Run {
    place.run(&format!("replay {} --inventory {} {arguments}", samples(STORY), samples("workloads.yaml")))
}

fn time(finding: &Value) -> i64 {
    finding["time"].as_i64().unwrap()
}

#[test]
fn the_samples_tell_their_story() {
    let place = Place::new();
    replay(&place, "--findings f --summary s").ends_with(0);
    let (findings, summary) = (place.lines("f"), place.json("s"));
    check_json(
        &summary,
        &[
            ("/events_rejected", json!(0)),
            ("/events_late", json!(0)),
            ("/findings/transitions", json!(findings.len())),
            ("/findings/transitions_outside", json!(0)),
        ],
    );
    let sources = summary["by_source"].as_object().unwrap();
    assert_eq!(sources.keys().collect::<Vec<_>>(), ["aws.cloudtrail", "otel.genai", "vault.audit"]);
    assert_eq!(sources.values().filter_map(Value::as_u64).sum::<u64>(), summary["events_read"]);
    let mut uids = findings.iter().map(|f| f["finding_info"]["uid"].as_str().unwrap()).collect::<Vec<_>>();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(summary["findings"]["total"], uids.len());
}

#[test]
fn from_and_to_limit_what_is_emitted_and_not_what_is_learnt() {
    let place = Place::new();
    replay(&place, "--findings all").ends_with(0);
    replay(&place, "--findings some --summary s --from 2026-03-25 --to 2026-04-05T12:00:00Z").ends_with(0);
    let (from, to) = (1_774_396_800_000, 1_775_390_400_000);
    let mut expected = place.lines("all");
    let all = expected.len();
    expected.retain(|finding| (from..to).contains(&time(finding)));
    assert_eq!(place.lines("some"), expected);
    assert!(!expected.is_empty() && expected.len() < all);
    check_json(&place.json("s"), &[("/findings/transitions_outside", json!(all - expected.len()))]);
}

#[test]
fn fail_on_asks_for_a_severity() {
    let place = Place::new();
    replay(&place, "--findings f --fail-on low").ends_with(1);
    place.write("quiet.json", super::inputs::event(1, 0, "GetObject"));
    place.run("replay quiet.json --findings f --fail-on low").ends_with(0);
    place.write("broken.json", "{\"eventName\":");
    replay(&place, "broken.json --findings f --fail-on low").ends_with(4);
}

/// `ambit replay … | head` must neither lose the state nor pretend that all is well.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_changes_nothing_else() {
    let place = Place::new();
    let (logs, inventory) = (samples(STORY), samples("workloads.yaml"));
    for (outputs, code) in [
        ("--fail-on low --summary s1", 1),
        ("--fail-on low --summary s2 --findings -", 1),
        ("broken.json --summary s3 --findings -", 4),
    ] {
        place.write("broken.json", "{\"eventName\":");
        let ended =
            place.run_unread(&format!("replay {logs} --inventory {inventory} --state {code} {outputs}"));
        assert_eq!(ended, Some(code), "{outputs}");
        assert!(place.path(&format!("{code}/detector.state")).exists(), "{outputs}");
        std::fs::remove_dir_all(place.path(&code.to_string())).unwrap();
    }
    assert!(place.json("s2")["findings"]["total"].as_u64() > Some(0));
    place.run_unread(&format!("normalize {logs}"));
}

#[test]
fn neither_memory_nor_order_changes_a_finding() {
    let place = Place::new();
    replay(&place, "--findings whole").ends_with(0);
    let whole = without_positions(place.lines("whole"));
    replay(&place, "--findings spilled --summary s --memory-budget 1MiB").ends_with(0);
    assert_eq!(without_positions(place.lines("spilled")), whole);
    assert!(place.json("s")["bounds"]["runs_spilled"].as_u64() > Some(0));
    let mut folders =
        std::fs::read_dir(samples(STORY)).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    let turned =
        folders.iter().rev().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" ");
    let inventory = samples("workloads.yaml");
    place.run(&format!("replay {turned} --inventory {inventory} --findings turned")).ends_with(0);
    assert_eq!(without_positions(place.lines("turned")), whole);
}

#[test]
fn rules_of_ones_own_lie_over_the_catalogue() {
    let place = Place::new();
    replay(&place, "--findings before --summary s").ends_with(0);
    let by_id = place.json("s")["findings"]["by_id"].clone();
    let (id, _) = by_id.as_object().unwrap().iter().find(|(id, _)| *id != "M01").unwrap();
    place.write("rules/off.yaml", format!("id: {id}\nenabled: false\n"));
    replay(&place, "--findings after --summary s --rules rules").ends_with(0);
    assert_eq!(place.json("s")["findings"]["by_id"].get(id), None);
}

#[test]
fn without_an_output_there_is_a_report() {
    let place = Place::new();
    let run = replay(&place, "").ends_with(0);
    let run = run.prints(&["findings in", "workloads", "revoke", "path", "evidence", "not seen"]);
    assert!(!run.stdout.contains('\u{1b}'), "no colours where no terminal is");
}
