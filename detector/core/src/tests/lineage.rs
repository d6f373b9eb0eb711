mod alias;
mod anything;
mod bounds;
mod chain;
mod hop;
mod network;
mod sharing;

use ambit_schemas::finding::Activity;
use ambit_schemas::inventory::{Glob, Secret, Workload};
use ambit_schemas::vocabulary::{ActionClass, Check, Confidence, CredentialKind, Source};
use ambit_schemas::{EventTime, Inventory};

use super::kit::{Event, START, assume, check, day, inventory, key, read_secret, routine, sts, workload};

fn sorted(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| event.time);
    events
}

fn known(names: &[&str]) -> Inventory {
    inventory(names.iter().map(|name| workload(name)).collect())
}

#[test]
fn a_static_key_grows_old() {
    let daily = |days: u32| (0..=days).map(|n| key("rag", day(n), "AKIA1", "10.0.0.1")).collect::<Vec<_>>();
    check(&daily(89), &known(&["rag"]), &[]);
    let findings = check(&daily(92), &known(&["rag"]), &[(Check::H01, "rag", "AKIA1")]);
    let last = findings.iter().rfind(|finding| finding.check == Check::H01).unwrap();
    assert_eq!((last.count, last.facts[1].1.as_str(), last.facts[2].1.as_str()), (3, "92", "first seen"));
    let made =
        Event { credential_issued_at: Some(EventTime(START - 100 * 86_400_000_000)), ..daily(0).remove(0) };
    check(&[made], &known(&["rag"]), &[(Check::H01, "rag", "AKIA1")]);
    let sessions = (0..=92).map(|n| sts("rag", day(n), "ASIA1", "10.0.0.1")).collect::<Vec<_>>();
    check(&sessions, &known(&["rag"]), &[]);
}

#[test]
fn a_session_is_used_from_two_networks() {
    let at = |hours, address| sts("rag", hours, "ASIA1", address);
    let one = [at(1.0, "198.51.100.1"), at(2.0, "198.51.100.200"), at(3.0, "198.51.100.1")];
    check(&one, &known(&["rag"]), &[]);
    let two = [at(1.0, "10.1.2.3"), at(2.0, "10.1.9.9"), at(3.0, "203.0.113.9"), at(4.0, "10.1.2.3")];
    let findings = check(&two, &known(&["rag"]), &[(Check::L02, "rag", "ASIA1")]);
    let found = findings.iter().find(|finding| finding.check == Check::L02).unwrap();
    assert_eq!((found.revoke.as_slice(), found.time), (&["ASIA1".to_owned()][..], two[2].time));
    let via = Event { via: Some("athena".into()), ..at(3.0, "203.0.113.9") };
    check(&[two[0].clone(), via], &known(&["rag"]), &[]);
}

#[test]
fn a_new_role_chain_has_its_path() {
    let inventory = known(&["orchestrator", "rag", "billing"]);
    let mut events = routine("orchestrator", 20);
    events.push(assume("orchestrator", 3.0, "ASIA1", "rag", "ASIA2"));
    events.push(assume("orchestrator", day(18), "ASIA1", "rag", "ASIA3"));
    check(&sorted(events.clone()), &inventory, &[]);
    events.push(assume("rag", day(19), "ASIA3", "billing", "ASIA4"));
    check(&sorted(events.clone()), &inventory, &[]);
    events.push(assume("orchestrator", day(19) + 1.0, "ASIA1", "billing", "ASIA5"));
    let findings =
        check(&sorted(events), &inventory, &[(Check::L03, "orchestrator", "orchestrator -> billing")]);
    let found = findings.iter().find(|finding| finding.check == Check::L03).unwrap();
    let hops =
        found.path.iter().map(|hop| (hop.workload.as_str(), hop.credential.as_deref())).collect::<Vec<_>>();
    assert_eq!(hops, [("orchestrator", Some("ASIA1")), ("billing", Some("ASIA5"))]);
    assert_eq!(found.revoke, ["ASIA1", "ASIA5"]);
}

#[test]
fn other_findings_show_the_chain_that_led_to_them() {
    let inventory = known(&["orchestrator", "rag"]);
    let events = sorted(vec![
        assume("orchestrator", 1.0, "ASIA1", "rag", "ASIA2"),
        sts("rag", 2.0, "ASIA2", "10.0.0.1").doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange),
    ]);
    let findings = check(&events, &inventory, &[(Check::C02, "rag", "docs/*")]);
    let found = findings.iter().find(|finding| finding.check == Check::C02).unwrap();
    let hops = found.path.iter().map(|hop| hop.workload.as_str()).collect::<Vec<_>>();
    assert_eq!((hops, found.correlation.as_deref()), (vec!["orchestrator", "rag"], Some("ASIA1")));
    let last = found.path.last().unwrap();
    assert_eq!(
        (last.via.as_str(), last.event_id.as_str()),
        ("aws:sagemaker:UpdateEndpoint", events[1].id.as_str())
    );
}

#[test]
fn two_workloads_read_one_secret() {
    let inventory = known(&["rag", "eval"]);
    let apart = [read_secret("rag", 1.0, "vault:kv/a"), read_secret("eval", day(31), "vault:kv/a")];
    check(&apart, &inventory, &[]);
    let shared = [read_secret("rag", 1.0, "vault:kv/a"), read_secret("eval", 2.0, "vault:kv/a")];
    let findings = check(&shared, &inventory, &[(Check::H05, "eval", "vault:kv/a")]);
    let found = findings.iter().find(|finding| finding.check == Check::H05).unwrap();
    assert!(found.facts.contains(&("workloads".into(), "eval, rag".into())), "{:?}", found.facts);
    check(
        &[key("rag", 1.0, "k", "10.0.0.1"), key("eval", 2.0, "k", "10.0.0.1")],
        &inventory,
        &[(Check::H05, "eval", "k")],
    );
}

#[test]
fn a_secret_hop_is_told_from_its_rightful_use() {
    let secrets =
        vec![Secret { stored: Glob::new("vault:kv/aws"), holds: Some("AKIA1".into()), holds_for: None }];
    let inventory = Inventory { secrets, ..known(&["rag", "eval"]) };
    let rightful = vec![
        read_secret("rag", 1.0, "vault:kv/aws"),
        key("rag", 2.0, "AKIA1", "10.5.0.1"),
        read_secret("eval", 3.0, "vault:kv/aws"),
        key("rag", 4.0, "AKIA1", "10.5.0.1"),
    ];
    check(&rightful, &inventory, &[(Check::H05, "eval", "")]);
    let mut stolen = rightful;
    stolen.push(key("rag", 5.0, "AKIA1", "203.0.113.5"));
    let findings = check(
        &stolen,
        &inventory,
        &[(Check::H05, "eval", ""), (Check::L05, "eval", "eval -> vault:kv/aws -> AKIA1")],
    );
    let found = findings.iter().find(|finding| finding.check == Check::L05).unwrap();
    let hops = found.path.iter().map(|hop| hop.workload.as_str()).collect::<Vec<_>>();
    assert_eq!((hops, found.evidence.len(), found.confidence), (vec!["eval", "rag"], 2, Confidence::High));
    assert_eq!(found.revoke, ["token-eval", "AKIA1"]);
    let late = [read_secret("eval", 1.0, "vault:kv/aws"), key("rag", day(32), "AKIA1", "203.0.113.5")];
    check(&late, &inventory, &[]);
}

#[test]
fn an_undeclared_hop_is_a_candidate() {
    let inventory = known(&["rag", "eval"]);
    let first = read_secret("eval", 0.5, "vault:kv/own");
    let read = read_secret("eval", day(3), "vault:kv/x");
    let used = key("rag", day(3) + 0.5, "AKIA9", "10.0.0.9");
    let findings = check(&[first.clone(), read.clone(), used], &inventory, &[(Check::L05, "eval", "AKIA9")]);
    assert_eq!(findings.iter().find(|f| f.check == Check::L05).unwrap().confidence, Confidence::Low);
    let elsewhere = key("rag", day(3) + 0.5, "AKIA9", "10.0.0.8");
    check(&[first.clone(), read.clone(), elsewhere], &inventory, &[]);
    let later = key("rag", day(3) + 1.5, "AKIA9", "10.0.0.9");
    check(&[first, read, later], &inventory, &[]);
}

#[test]
fn an_environment_is_crossed_by_oneself_or_by_a_role() {
    let home =
        |name: &str, environment: &str| Workload { environment: Some(environment.into()), ..workload(name) };
    let inventory = inventory(vec![
        home("eval", "dev"),
        home("rag", "prod"),
        Workload { environment: None, ..workload("any") },
    ]);
    let at = |event: Event, environment: &str| Event { environment: Some(environment.into()), ..event };
    let fine = [at(sts("eval", 1.0, "A", "10.0.0.1"), "dev"), at(sts("any", 1.0, "C", "10.0.0.1"), "prod")];
    check(&fine, &inventory, &[]);
    check(
        &[at(sts("eval", 1.0, "A", "10.0.0.1"), "prod")],
        &inventory,
        &[(Check::L07, "eval", "dev -> prod")],
    );
    let chained =
        [at(assume("eval", 1.0, "A", "rag", "B"), "dev"), at(sts("rag", 2.0, "B", "10.0.0.1"), "prod")];
    let findings = check(
        &chained,
        &inventory,
        &[(Check::L03, "eval", "eval -> rag"), (Check::L07, "eval", "dev -> prod")],
    );
    assert!(findings.iter().all(|finding| finding.activity == Activity::Create));
}

#[test]
fn nobody_is_named_by_alias_or_by_lineage() {
    let vault = |id: &str, hours: f64, event: Event| Event {
        id: id.into(),
        source: Source::VaultAudit,
        time: Event::read("x", hours, "x").time,
        ..event
    };
    let login = Event {
        alias: Some("entity:e1".into()),
        issued: Some(("acc1".into(), CredentialKind::VaultToken)),
        ..Event::read("rag", 1.0, "auth/approle/login").doing("vault:login", ActionClass::CredentialIssue)
    };
    let nobody = |alias: Option<&str>, credential: &str| Event {
        workload: None,
        alias: alias.map(str::to_owned),
        credential: Some(credential.into()),
        ..Event::read("x", 1.0, "kv/a")
    };
    let child = Event {
        issued: Some(("acc2".into(), CredentialKind::VaultToken)),
        ..nobody(None, "acc1").doing("vault:token", ActionClass::CredentialIssue)
    };
    let events = [
        vault("1", 1.0, login),
        vault("2", 2.0, nobody(Some("entity:e1"), "acc9")),
        vault("3", 3.0, child),
        vault("4", 4.0, nobody(None, "acc2")),
        vault("5", 5.0, nobody(Some("entity:e2"), "acc3")),
        vault("6", 6.0, nobody(None, "acc4")),
    ];
    let mut detector = crate::Detector::new(super::kit::rules(), known(&["rag"]));
    detector.push(&super::kit::batch(&events));
    detector.close();
    assert_eq!(detector.counts().unattributed, 1);
    let names =
        std::iter::from_fn(|| detector.poll_finding()).filter(|f| f.check == Check::H06).map(|f| f.workload);
    assert_eq!(names.collect::<Vec<_>>(), ["vault:e2"]);
}

#[test]
fn a_session_without_a_visible_key_is_joined_by_role_and_time() {
    let inventory = known(&["orchestrator", "rag"]);
    let keyless = Event { issued: None, ..assume("orchestrator", 1.0, "ASIA1", "rag", "") };
    let begun = keyless.time.plus_micros(1_000_000);
    let act =
        sts("rag", 2.0, "ASIA7", "10.0.0.1").doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange);
    let act = Event { credential_issued_at: Some(begun), ..act };
    let findings = check(&[keyless, act], &inventory, &[(Check::C02, "rag", "")]);
    assert_eq!(
        findings.iter().find(|f| f.check == Check::C02).unwrap().correlation.as_deref(),
        Some("ASIA1")
    );
}
