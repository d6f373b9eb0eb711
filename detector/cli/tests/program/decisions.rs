use serde_json::{Value, json};

use super::place::{Place, check_json, samples};

/// Whose workloads and which finding the tests decide on.
const WORKLOAD: &str = "ci-deploy";
const WHO: &str = "--state state --by ana --reason known";

/// The samples in two parts, the first of them replayed into a state.
fn first_weeks() -> Place {
    let place = Place::new();
    let (logs, inventory) = (samples(""), samples("workloads.yaml"));
    place.run(&format!("normalize {logs} --inventory {inventory} --out events.ndjson")).ends_with(0);
    let events = place.read("events.ndjson");
    let time = |line: &str| serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap().to_owned();
    let (before, after) = events.lines().partition::<Vec<_>, _>(|line| time(line).as_str() < "2026-03-30");
    place.write("1.ndjson", before.join("\n")).write("2.ndjson", after.join("\n"));
    replay(&place, 1);
    place
}

fn replay(place: &Place, part: u32) {
    let inventory = samples("workloads.yaml");
    let outputs = format!("--state state --findings f{part} --summary s{part}");
    place.run(&format!("replay {part}.ndjson --inventory {inventory} {outputs}")).ends_with(0);
}

fn rest(place: &Place) -> Vec<Value> {
    replay(place, 2);
    place.lines("f2")
}

/// The findings of a check and a workload.
fn of<'a>(findings: &'a [Value], check: &str, workload: &str) -> Vec<&'a Value> {
    let fits = |finding: &&Value| {
        finding["finding_info"]["analytic"]["uid"] == check && finding["resources"][0]["name"] == workload
    };
    findings.iter().filter(fits).collect()
}

/// The uid of the one finding of a check and a workload in the first weeks.
fn uid(place: &Place, check: &str, workload: &str) -> String {
    let findings = place.lines("f1");
    of(&findings, check, workload)[0]["finding_info"]["uid"].as_str().unwrap().to_owned()
}

fn diff(place: &Place) -> Value {
    let run = place.run(&format!("baseline diff {WORKLOAD} --state state --json")).ends_with(0);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn what_is_accepted_is_the_baseline_and_the_origin() {
    let place = first_weeks();
    let before = diff(&place);
    assert_eq!(before["added"].as_array().unwrap().len(), 3, "{before:#}");
    assert!(before["added"][0]["sensitivity"].as_u64() >= before["added"][2]["sensitivity"].as_u64());
    assert!(before["added"][0]["event_id"].is_string());
    place
        .run(&format!("baseline diff {WORKLOAD} --state state"))
        .ends_with(0)
        .prints(&["+", "support-router"]);
    let undecided = Place::new();
    for file in ["2.ndjson", "state/detector.state"] {
        undecided.write(file, std::fs::read(place.path(file)).unwrap());
    }
    assert_eq!(of(&rest(&undecided), "D10", WORKLOAD).len(), 1, "without a decision there is a finding");

    let run = place.run(&format!("baseline accept {WORKLOAD} {WHO} --origin --expires 5d")).ends_with(0);
    run.prints(&["accepted 3 atoms", "the origin", "decision 1 of ana", "until 2026-04-03"]);
    check_json(&diff(&place), &[("/added", json!([]))]);
    let again = place.run(&format!("baseline accept {WORKLOAD} {WHO}")).ends_with(0);
    again.prints(&["nothing to accept"]);
    let findings = rest(&place);
    assert_eq!(of(&findings, "D10", WORKLOAD).len(), 0);
    assert_eq!(of(&findings, "C03", WORKLOAD).len(), 1, "what was not accepted is found as before");

    // Beyond its time it waits to be accepted again.
    let after = diff(&place);
    let waiting = after["added"].as_array().unwrap().iter().filter(|atom| atom["accepted"]["lasts"] == false);
    assert_eq!(waiting.count(), 3, "{after:#}");
    place.run(&format!("baseline show {WORKLOAD} --state state")).ends_with(0).prints(&[
        "was accepted until 2026-04-03 (decision 1 of ana)",
        "mature since",
        "its origin accepted as of 2026-03-29",
    ]);
}

#[test]
fn atoms_and_findings_are_accepted_by_name() {
    let place = first_weeks();
    let finding = uid(&place, "D03", "support-agent");
    place
        .run(&format!("baseline accept support-agent {WHO} --finding {finding}"))
        .ends_with(0)
        .prints(&["accepted 1 atom "]);
    let log = place.lines("state/decisions.ndjson");
    check_json(
        &log[0],
        &[
            ("/seq", json!(1)),
            ("/kind", json!("accept")),
            ("/workload", json!("support-agent")),
            ("/atoms/0/atom", json!("vault · stored_secret · kv/data/orchestrator/*")),
        ],
    );
    place.run("baseline export support-agent --state state --out b.json").ends_with(0);
    let atoms = place.json("b.json")["atoms"].as_array().unwrap().clone();
    assert!(atoms.iter().all(|atom| atom["baseline"] == true), "{atoms:#?}");
    place.run("baseline export support-agent --state state --out c.json").ends_with(0);
    assert_eq!(place.read("b.json"), place.read("c.json"));
}

#[test]
fn a_dismissed_finding_is_counted_and_not_emitted() {
    let place = first_weeks();
    let dismissed = uid(&place, "H05", "support-agent");
    place
        .run(&format!("finding dismiss {dismissed} {WHO}"))
        .ends_with(0)
        .prints(&["dismissed H05 of support-agent", "decision 1 of ana"]);
    let findings = rest(&place);
    assert!(findings.iter().all(|finding| finding["finding_info"]["uid"] != json!(dismissed)));
    let summary = place.json("s2");
    let suppressed = summary["findings_suppressed"]["total"].as_u64().unwrap();
    assert!(suppressed > 0);
    check_json(&summary, &[("/findings_suppressed/by_id", json!({ "H05": suppressed }))]);
    check_json(&place.json("s1"), &[("/findings_suppressed/total", json!(0))]);
}

#[test]
fn an_escalated_finding_says_so() {
    let place = first_weeks();
    let escalated = uid(&place, "H01", "legacy-rag");
    place.run(&format!("finding escalate {escalated} {WHO}")).ends_with(0).prints(&["escalated H01"]);
    let findings = rest(&place);
    let lines = of(&findings, "H01", "legacy-rag");
    assert!(lines.len() > 1);
    for line in lines {
        let wanted = [
            ("/severity", json!("High")),
            ("/unmapped/decision/kind", json!("escalate")),
            ("/unmapped/decision/by", json!("ana")),
            ("/unmapped/decision/reason", json!("known")),
        ];
        check_json(line, &wanted);
    }
}

/// A command that must be refused, and what it is told.
#[track_caller]
fn refused(place: &Place, arguments: &str, code: i32, told: &[&str]) {
    place.run(arguments).ends_with(code).says(told);
}

#[test]
fn a_wrong_decision_is_told_what_would_be_right() {
    let place = first_weeks();
    let unknown = "finding dismiss 0123456789abcdef0123456789abcdef";
    for (arguments, told) in [
        ("baseline show ci-deplo --state state", "did you mean `ci-deploy`"),
        ("baseline accept ci-deploy --state state --by ana", "--reason"),
        (&format!("baseline accept ci-deploy {WHO} --atom s3"), "no atom `s3`"),
        (&format!("baseline accept ci-deploy {WHO} --expires soon"), "such as 90d"),
        (&format!("baseline accept quote-tools {WHO}"), "still learning"),
        (&format!("{unknown} {WHO}"), "--force"),
        (&format!("finding dismiss 12 {WHO}"), "32 hexadecimal digits"),
    ] {
        refused(&place, arguments, 2, &[told]);
    }
    for command in ["baseline show x --state absent", &format!("{unknown} --state absent --by a --reason b")]
    {
        refused(&place, command, 3, &["there is no state", "ambit replay PATH --state absent"]);
    }
    assert!(!place.path("state/decisions.ndjson").exists(), "what is refused is not written down");
    place.run(&format!("{unknown} {WHO} --force")).ends_with(0).prints(&["unknown finding"]);
}

#[test]
fn a_log_that_was_touched_is_refused_at_the_line() {
    let place = first_weeks();
    for reason in ["first", "second"] {
        let who = format!("--state state --by ana --reason {reason}");
        let finding = uid(&place, "H01", "legacy-rag");
        place.run(&format!("finding dismiss {finding} {who}")).ends_with(0);
    }
    let text = place.read("state/decisions.ndjson");
    for (damaged, line) in [
        (text.replace("\"reason\":\"first\"", "\"reason\":\"other\""), 1),
        (text.split_inclusive('\n').skip(1).collect(), 1),
        (text.trim_end().to_owned(), 2),
    ] {
        place.write("state/decisions.ndjson", &damaged);
        let told = format!("decisions.ndjson:{line}: ");
        for command in [
            "replay 2.ndjson --state state --findings f",
            "baseline show ci-deploy --state state",
            &format!("baseline accept ci-deploy {WHO}"),
        ] {
            refused(&place, command, 3, &[&told, "backup"]);
        }
        assert_eq!(place.read("state/decisions.ndjson"), damaged, "a damaged log is left as it is");
    }
}
