//! From a credential to its root: what a chain shows, and where it must end.

use ambit_schemas::inventory::Workload;
use ambit_schemas::vocabulary::{ActionClass, Check, CredentialKind};
use ambit_schemas::{Finding, Inventory};

use super::{known, sorted};
use crate::tests::kit::{Event, assume, check, day, inventory, key, routine, sts, workload};

/// Something that raises C02 and nothing else.
fn changes_a_model(event: Event) -> Event {
    event.doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange)
}

fn of(findings: &[Finding], check: Check) -> &Finding {
    findings.iter().rfind(|finding| finding.check == check).unwrap()
}

fn hops(finding: &Finding) -> Vec<(&str, Option<&str>)> {
    finding.path.iter().map(|hop| (hop.workload.as_str(), hop.credential.as_deref())).collect()
}

/// The two records of one assumption over accounts: the caller's account names the caller and its key, the role's own
/// account only the caller's unique id.
fn twins() -> (Event, Event) {
    let full = Event {
        principal: Some("arn:aws:iam::111122223333:role/orchestrator".into()),
        resource: Some("arn:aws:iam::444455556666:role/billing".into()),
        ..assume("orchestrator", 1.0, "ASIA1", "billing", "ASIA2")
    };
    let vague = Event {
        workload: None,
        principal: Some("AROAORCHESTRATOR0001".into()),
        credential: None,
        credential_kind: None,
        account: Some("444455556666".into()),
        ..full.clone()
    };
    (full, vague)
}

#[test]
fn an_assumption_over_accounts_is_logged_twice_and_told_once() {
    let inventory = known(&["orchestrator", "billing"]);
    let (full, vague) = twins();
    let act = changes_a_model(sts("billing", 2.0, "ASIA2", "10.0.0.1"));
    let named =
        Event { alias: Some("AROAORCHESTRATOR0001".into()), ..sts("orchestrator", 0.5, "ASIA1", "10.0.0.1") };
    for (ids, alias_known) in
        [(["a", "b"], false), (["b", "a"], false), (["a", "b"], true), (["b", "a"], true)]
    {
        let mut events = vec![
            Event { id: ids[0].into(), ..full.clone() },
            Event { id: ids[1].into(), ..vague.clone() },
            act.clone(),
        ];
        events.extend(alias_known.then(|| named.clone()));
        events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        let findings = check(
            &events,
            &inventory,
            &[(Check::L03, "orchestrator", "orchestrator -> billing"), (Check::C02, "billing", "docs/*")],
        );
        let found = of(&findings, Check::C02);
        assert_eq!(hops(found), [("orchestrator", Some("ASIA1")), ("billing", Some("ASIA2"))], "{ids:?}");
        assert_eq!(found.correlation.as_deref(), Some("ASIA1"));
        assert_eq!(of(&findings, Check::L03).severity, ambit_schemas::vocabulary::Severity::High);
    }
}

#[test]
fn an_edge_that_could_not_be_judged_is_judged_later_and_is_not_new_for_ever() {
    let inventory = known(&["pod", "rag"]);
    let vague = |hours: f64, n: u32| Event {
        principal: Some("system:serviceaccount:ml:pod".into()),
        resource: Some("arn:aws:iam::111122223333:role/rag".into()),
        ..assume("pod", hours, "ASIA1", "rag", &format!("ASIA{n}"))
    };
    let mut events = routine("pod", 20);
    events.push(vague(3.0, 8));
    events.push(vague(day(18), 9));
    check(&sorted(events.clone()), &inventory, &[]);
    let crossing = Event { principal: Some("arn:aws:iam::444455556666:role/pod".into()), ..vague(day(2), 7) };
    events.push(crossing);
    check(&sorted(events), &inventory, &[(Check::L03, "pod", "pod -> rag")]);
}

#[test]
fn a_key_does_not_lead_back_to_who_made_it() {
    let home =
        |name: &str, environment: &str| Workload { environment: Some(environment.into()), ..workload(name) };
    let inventory: Inventory = inventory(vec![home("provisioner", "dev"), home("legacy", "prod")]);
    let at = |event: Event, environment: &str| Event { environment: Some(environment.into()), ..event };
    let made = Event {
        issued: Some(("AKIA1".into(), CredentialKind::StaticKey)),
        target: Some("legacy".into()),
        ..sts("provisioner", 1.0, "ASIA1", "10.0.0.1")
            .doing("aws:iam:CreateAccessKey", ActionClass::CredentialIssue)
    };
    let act = changes_a_model(key("legacy", 2.0, "AKIA1", "10.0.0.2"));
    let become_role = Event {
        credential_kind: Some(CredentialKind::StaticKey),
        ..assume("legacy", 3.0, "AKIA1", "legacy", "ASIA5")
    };
    let later = changes_a_model(sts("legacy", 4.0, "ASIA5", "10.0.0.2"));
    let later = Event { group: "other".into(), ..later };
    let events = [at(made, "dev"), at(act, "prod"), at(become_role, "prod"), at(later, "prod")];
    let findings =
        check(&events, &inventory, &[(Check::C02, "legacy", "docs/*"), (Check::C02, "legacy", "other")]);
    assert_eq!((findings[0].path.len(), findings[0].correlation.as_deref()), (0, Some("AKIA1")));
    assert_eq!(findings[0].revoke, ["AKIA1"]);
    assert_eq!(hops(&findings[1]), [("legacy", Some("AKIA1")), ("legacy", Some("ASIA5"))]);
}

#[test]
fn a_root_that_is_forgotten_or_nameless_is_still_shown() {
    let inventory = known(&["orchestrator", "rag"]);
    let daily = |n: u32| sts("rag", day(n) + 2.0, "ASIA2", "10.0.0.1");
    let mut events = vec![assume("orchestrator", 1.0, "ASIA1", "rag", "ASIA2")];
    events.extend((0..6).map(daily));
    events.push(changes_a_model(sts("rag", day(5) + 3.0, "ASIA2", "10.0.0.1")));
    let findings = check(&events, &inventory, &[(Check::C02, "rag", "")]);
    let found = of(&findings, Check::C02);
    assert_eq!(hops(found), [("orchestrator", Some("ASIA1")), ("rag", Some("ASIA2"))]);
    let root = &found.path[0];
    assert_eq!((root.via.as_str(), &root.event_id, root.time), ("in use", &events[0].id, events[0].time));
    assert_eq!(found.correlation.as_deref(), Some("ASIA1"));

    let someone = |credential: Option<&str>| Event {
        workload: None,
        principal: Some("saml:alice".into()),
        credential: credential.map(str::to_owned),
        ..assume("x", 1.0, "x", "rag", "ASIA2")
    };
    for credential in [None, Some("ASIA0")] {
        let events = [someone(credential), changes_a_model(sts("rag", 2.0, "ASIA2", "10.0.0.1"))];
        let findings = check(&events, &inventory, &[(Check::C02, "rag", "")]);
        let found = of(&findings, Check::C02);
        assert_eq!(hops(found), [("saml:alice", credential), ("rag", Some("ASIA2"))]);
        assert_eq!(found.correlation.as_deref(), credential.or(Some("ASIA2")));
    }
}

#[test]
fn two_assumptions_within_a_second_are_two() {
    let inventory = known(&["orchestrator", "eval", "rag", "search"]);
    let role = |name: &str| Some(format!("arn:aws:iam::111122223333:role/{name}"));
    let keyless = |by: &str, id: &str, credential: &str, name: &str| Event {
        id: id.into(),
        issued: None,
        resource: role(name),
        ..assume(by, 1.0, credential, "rag", "")
    };
    let (one, other) =
        (keyless("orchestrator", "a", "ASIA1", "rag"), keyless("eval", "b", "ASIA2", "rag-batch"));
    let begun = Some(one.time);
    let act = |name: &str, hours: f64, credential: &str| Event {
        credential_issued_at: begun,
        principal: role(name),
        group: name.to_owned(),
        ..changes_a_model(sts("rag", hours, credential, "10.0.0.1"))
    };
    let events = [one, other, act("rag", 2.0, "ASIA7"), act("rag-batch", 3.0, "ASIA8")];
    let findings =
        check(&events, &inventory, &[(Check::C02, "rag", "rag"), (Check::C02, "rag", "rag-batch")]);
    let found = findings.iter().filter(|finding| finding.check == Check::C02);
    let roots = found.map(|finding| finding.correlation.as_deref()).collect::<Vec<_>>();
    assert_eq!(roots, [Some("ASIA1"), Some("ASIA2")]);
}
