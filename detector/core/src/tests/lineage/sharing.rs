//! H05: who is told of it, how grave it is, and what does not count.

use ambit_schemas::finding::Activity;
use ambit_schemas::inventory::Workload;
use ambit_schemas::vocabulary::{Check, Severity};

use super::{known, sorted};
use crate::tests::kit::{Event, check, day, inventory, key, read_secret, workload};

#[test]
fn only_those_who_joined_are_told() {
    let inventory = known(&["rag", "eval"]);
    let mut events = vec![key("rag", 1.0, "k", "10.0.0.1"), read_secret("rag", 1.5, "vault:kv/a")];
    for n in 0..5 {
        events.push(key("rag", day(n) + 2.0, "k", "10.0.0.1"));
        events.push(key("eval", day(n) + 3.0, "k", "10.0.0.1"));
        events.push(key("eval", day(n) + 3.1, "k", "10.0.0.1"));
        events.push(read_secret("eval", day(n) + 4.0, "vault:kv/a"));
        events.push(read_secret("rag", day(n) + 5.0, "vault:kv/a"));
    }
    let findings =
        check(&sorted(events), &inventory, &[(Check::H05, "eval", "k"), (Check::H05, "eval", "vault:kv/a")]);
    for subject in ["k", "vault:kv/a"] {
        let last = findings.iter().rfind(|finding| finding.subject.value == subject).unwrap();
        assert_eq!((last.activity, last.count), (Activity::Update, 5), "{subject}: once a day");
        assert!(last.facts.contains(&("other".into(), "rag".into())), "{:?}", last.facts);
    }
}

/// Who was away for longer than the window comes back as one that joins.
#[test]
fn the_incumbent_is_the_earliest_within_the_window() {
    let inventory = known(&["rag", "eval"]);
    let events = [
        key("rag", 1.0, "k", "10.0.0.1"),
        key("eval", day(20), "k", "10.0.0.1"),
        key("eval", day(30), "k", "10.0.0.1"),
        key("rag", day(31), "k", "10.0.0.1"),
    ];
    check(&events, &inventory, &[(Check::H05, "rag", "k")]);
}

#[test]
fn sharing_over_environments_or_components_is_graver() {
    let placed = |name: &str, environment: Option<&str>, component: Option<&str>| Workload {
        environment: environment.map(str::to_owned),
        component: component.map(str::to_owned),
        ..workload(name)
    };
    let events = [key("rag", 1.0, "k", "10.0.0.1"), key("eval", 2.0, "k", "10.0.0.1")];
    for (rag, eval, severity) in [
        ((Some("prod"), None), (Some("prod"), None), Severity::Medium),
        ((Some("prod"), None), (Some("dev"), None), Severity::High),
        ((Some("prod"), None), (None, None), Severity::Medium),
        ((None, Some("retrieval")), (None, Some("evaluation")), Severity::High),
        ((None, Some("retrieval")), (None, Some("retrieval")), Severity::Medium),
    ] {
        let inventory = inventory(vec![placed("rag", rag.0, rag.1), placed("eval", eval.0, eval.1)]);
        let findings = check(&events, &inventory, &[(Check::H05, "eval", "k")]);
        assert_eq!(findings[0].severity, severity, "{rag:?} {eval:?}");
    }
}

#[test]
fn what_a_service_reads_for_a_workload_is_not_shared() {
    let via = |event: Event| Event { via: Some("ecs".into()), ..event };
    let events = [read_secret("rag", 1.0, "vault:kv/a"), via(read_secret("eval", 2.0, "vault:kv/a"))];
    check(&events, &known(&["rag", "eval"]), &[]);
}
