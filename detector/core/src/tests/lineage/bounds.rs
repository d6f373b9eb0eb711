//! What is remembered, for how long, and what gives way when a table is full.

use ambit_schemas::inventory::{Glob, Secret};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{ActionClass, Check, CredentialKind, PrincipalKind};
use ambit_schemas::{Inventory, RuleSet};

use super::known;
use crate::Detector;
use crate::tests::kit::{Event, assume, batch, check, day, key, read_secret, rules_with, sts, using};

const MOST: usize = 6;

fn small(most: usize) -> RuleSet {
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    rules_with(|parameter| (parameter == Parameter::Credentials).then_some(most as f64))
}

/// Events that fill every table far beyond its bound.
fn many(turns: u32) -> Vec<Event> {
    let turn = |n: u32| {
        let hours = f64::from(n);
        let (own, role) = (format!("ASIA{n}"), format!("role-{n}"));
        let known_as = Event { alias: Some(format!("alias-{n}")), ..sts("rag", hours, &own, "10.0.0.1") };
        let keyless = Event { issued: None, ..assume("rag", hours + 0.1, &own, &role, "") };
        let child = assume("rag", hours + 0.2, &own, &format!("other-{n}"), &format!("ASIB{n}"));
        let secret = read_secret("rag", hours + 0.3, &format!("vault:kv/{n}"));
        let ended = Event {
            credential_kind: Some(CredentialKind::ConsoleSession),
            ..sts("rag", hours + 0.4, &own, "10.0.0.1").doing("aws:signin:Logout", ActionClass::SessionEnd)
        };
        let granting = Event {
            kind: PrincipalKind::Human,
            session: Some(format!("ops-{n}")),
            target: Some("other".into()),
            ..sts("operators", hours + 0.5, &format!("ASIC{n}"), "10.0.0.1")
                .doing("aws:iam:AttachRolePolicy", ActionClass::PermissionsChange)
        };
        [known_as, keyless, child, secret, ended, granting]
    };
    (0..turns).flat_map(turn).collect()
}

fn fed(events: &[Event], rules: RuleSet, inventory: &Inventory) -> Detector {
    let mut detector = Detector::new(rules, inventory.clone());
    detector.push(&batch(events));
    detector.close();
    detector
}

fn findings(detector: &mut Detector, check: Check) -> Vec<(String, String)> {
    let all = std::iter::from_fn(|| detector.poll_finding());
    all.filter(|found| found.check == check).map(|found| (found.workload, found.subject.value)).collect()
}

#[test]
fn a_full_table_forgets_the_oldest_and_sees_the_newest() {
    let secrets =
        vec![Secret { stored: Glob::new("vault:kv/19"), holds: Some("AKIA1".into()), holds_for: None }];
    let inventory = Inventory { secrets, ..known(&["rag", "thief"]) };
    let mut events = many(20);
    let by_alias = Event {
        workload: None,
        principal: Some("alias-19".into()),
        ..sts("x", 21.0, "unknown", "10.0.0.1")
            .doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange)
    };
    events.extend([by_alias, key("thief", 22.0, "AKIA1", "203.0.113.5")]);
    let mut detector = fed(&events, small(MOST), &inventory);
    let sizes = detector.engine.lineage.sizes();
    assert!(sizes.iter().all(|size| (1..=MOST).contains(size)), "{sizes:?}");
    assert!(detector.counts().credentials_evicted >= 14 * 5, "{}", detector.counts().credentials_evicted);
    let mut found = findings(&mut detector, Check::C02);
    assert_eq!(
        found.pop().map(|(workload, _)| workload).as_deref(),
        Some("rag"),
        "the newest alias is known"
    );
    let mut detector = fed(&events, small(MOST), &inventory);
    assert_eq!(findings(&mut detector, Check::L05).len(), 1, "the newest secret is known");
}

#[test]
fn static_keys_outlive_sessions() {
    let mut events = vec![key("rag", 1.0, "AKIA1", "10.0.0.1")];
    events.extend((2..40).map(|n| sts("rag", f64::from(n), &format!("ASIA{n}"), "10.0.0.1")));
    events.push(key("eval", 50.0, "AKIA1", "10.0.0.1"));
    let mut detector = fed(&events, small(MOST), &known(&["rag", "eval"]));
    assert_eq!(findings(&mut detector, Check::H05), [("eval".to_owned(), "AKIA1".to_owned())]);
}

/// A token that says when it ends is forgotten soon after; one that does not may be a periodic token of a monthly job.
#[test]
fn a_vault_token_without_an_end_is_remembered_for_a_month() {
    let token = |hours: f64, address: &str, ends: Option<f64>| Event {
        credential_expires_at: ends.map(|ends| Event::read("x", ends, "x").time),
        ..using("rag", hours, "accessor", CredentialKind::VaultToken, address)
    };
    for (days, ends, remembered) in
        [(34, None, true), (37, None, false), (34, Some(2.0), false), (34, Some(day(34)), true)]
    {
        let used = [token(1.0, "10.1.0.1", ends), token(day(days), "203.0.113.1", None)];
        let expect = [(Check::L02, "rag", "accessor")];
        check(&used, &known(&["rag"]), if remembered { &expect } else { &[] });
    }
    let renewed = [
        token(1.0, "10.1.0.1", Some(30.0)),
        token(day(2), "10.1.0.1", None),
        token(day(30), "203.0.113.1", None),
    ];
    let expect = [(Check::H02, "rag", "accessor"), (Check::L02, "rag", "accessor")];
    check(&renewed, &known(&["rag"]), &expect);
}

#[test]
fn the_bounds_are_those_of_the_rules_at_restore() {
    let inventory = known(&["rag"]);
    let before = fed(&many(20), small(100), &inventory);
    let mut detector = Detector::restore(small(MOST), inventory, &before.snapshot().unwrap()).unwrap();
    assert!(detector.engine.lineage.sizes()[0] > MOST);
    let later = many(30).split_off(20 * 6);
    detector.push(&batch(&later));
    detector.close();
    let sizes = detector.engine.lineage.sizes();
    assert!(sizes.iter().all(|size| *size <= MOST), "{sizes:?}");
}

#[test]
fn what_a_credential_or_a_secret_cannot_hold_is_counted() {
    let names = (0..20).map(|n| format!("w{n}")).collect::<Vec<_>>();
    let inventory = known(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let hours = |n: usize| f64::from(u32::try_from(n).unwrap());
    let networks = (0..20).map(|n| key("w0", hours(n), "AKIA1", &format!("203.0.{n}.1"))).collect::<Vec<_>>();
    let users = names.iter().enumerate().map(|(n, name)| key(name, hours(n), "AKIA2", "10.0.0.1"));
    let readers = names.iter().enumerate().map(|(n, name)| read_secret(name, hours(n), "vault:kv/a"));
    let recent =
        (0..1_030).map(|n| Event { id: format!("{n}"), ..read_secret("w0", 30.0, &format!("vault:kv/{n}")) });
    let dropped = |events: Vec<Event>| {
        let mut events = events;
        events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        fed(&events, small(10_000), &inventory).counts().credential_parts_dropped
    };
    assert_eq!(dropped(networks), 12);
    assert_eq!(dropped(users.collect()), 12);
    assert_eq!(dropped(readers.collect()), 4);
    assert_eq!(dropped(recent.collect()), 6);
}
