//! How a workload lives: what it may go on using, when it wakes, who is at its keys, whose models it calls and where.

use std::collections::BTreeSet;

use ambit_schemas::inventory::{CredentialNotice, Workload};
use ambit_schemas::vocabulary::{ActionClass, Check, Confidence, CredentialKind, Outcome, Severity, Source};
use ambit_schemas::{EventTime, Inventory};

use super::kit::{
    Event, assume, check, day, inventory, key, read_secret, routine, run, sts, using, workload,
};

fn token(hours: f64, accessor: &str) -> Event {
    using("rag", hours, accessor, CredentialKind::VaultToken, "10.0.0.1")
}

/// A token that `parent` asks for at `path`.
fn child_of(parent: &str, path: &str) -> Event {
    let issued = Some(("child".to_owned(), CredentialKind::VaultToken));
    let event = token(1.0, parent).doing("vault:update", ActionClass::CredentialIssue);
    Event { issued, resource: Some(format!("vault:auth/token/{path}")), ..event }
}

fn revoking(hours: f64, accessor: &str) -> Event {
    let event = token(hours, "operator").doing("vault:update", ActionClass::TokenRevoke);
    Event { resource: Some(accessor.into()), ..event }
}

#[test]
fn a_child_token_ends_with_its_parent_unless_it_is_an_orphan() {
    let inventory = inventory(vec![workload("rag")]);
    let history = |path| [token(0.5, "p"), child_of("p", path), revoking(2.0, "p"), token(3.0, "child")];
    let findings = check(&history("create"), &inventory, &[(Check::H04, "rag", "child")]);
    let found = findings.iter().find(|finding| finding.check == Check::H04).unwrap();
    assert_eq!(found.confidence, Confidence::Medium);
    check(&history("create-orphan"), &inventory, &[]);
}

#[test]
fn a_session_of_aws_outlives_the_key_it_was_made_with() {
    let inventory = inventory(vec![workload("rag")]);
    let made = Event {
        issued: Some(("ASIA1".into(), CredentialKind::StsSession)),
        ..key("rag", 1.0, "AKIA1", "10.0.0.1").doing("aws:sts:GetSessionToken", ActionClass::CredentialIssue)
    };
    let session = sts("rag", 3.0, "ASIA1", "10.0.0.1");
    check(&[made.clone(), revoking(2.0, "AKIA1"), session.clone()], &inventory, &[]);
    let late = key("rag", 3.0, "AKIA1", "10.0.0.1");
    check(&[made, revoking(2.0, "AKIA1"), late], &inventory, &[(Check::H04, "rag", "AKIA1")]);
}

#[test]
fn a_refused_use_after_a_revocation_counts_and_no_record_lowers_it() {
    let notice = CredentialNotice { credential: "AKIA1".into(), from: key("rag", 1.0, "x", "x").time };
    let inventory = Inventory { revoked: vec![notice], ..inventory(vec![workload("rag")]) };
    let late = key("rag", 2.0, "AKIA1", "10.0.0.1");
    let refused = Event { outcome: Outcome::Denied, sensitivity: 3, ..late.clone() };
    for (event, severity) in [(refused, Severity::Medium), (Event { sensitivity: 3, ..late }, Severity::High)]
    {
        let findings = check(&[event], &inventory, &[(Check::H04, "rag", "AKIA1")]);
        assert_eq!(findings.iter().find(|finding| finding.check == Check::H04).unwrap().severity, severity);
    }
}

#[test]
fn a_conversation_that_was_ended_and_one_that_is_taken_up_again() {
    let inventory = inventory(vec![workload("agent")]);
    let call = |hours, class| {
        let event = Event::read("agent", hours, "search").doing("x", class);
        Event {
            source: Source::McpAudit,
            session: Some("conversation-1".into()),
            credential: None,
            credential_kind: None,
            ..event
        }
    };
    let [begin, end] = [call(1.0, ActionClass::SessionStart), call(2.0, ActionClass::SessionEnd)];
    let late = call(3.0, ActionClass::ToolInvoke);
    let expect = [(Check::H02, "agent", "conversation-1")];
    check(&[begin.clone(), end.clone(), late.clone()], &inventory, &expect);
    let again = call(2.5, ActionClass::SessionStart);
    check(&[begin, end, again, late], &inventory, &[]);
}

#[test]
fn a_token_that_is_renewed_does_not_outlive_itself() {
    let inventory = inventory(vec![workload("rag")]);
    let ends = |hours| Some(token(hours, "x").time);
    let first = Event { credential_expires_at: ends(2.0), ..token(1.0, "acc") };
    let renewed = Event { credential_expires_at: ends(6.0), ..token(1.5, "acc") };
    check(&[first.clone(), renewed, token(5.0, "acc")], &inventory, &[]);
    check(&[first, token(5.0, "acc")], &inventory, &[(Check::H02, "rag", "acc")]);
}

/// A history in which every habit changes.
fn changed_life() -> Vec<Event> {
    let mut events = routine("rag", 22);
    let model = |hours, provider: &str| Event {
        provider: Some(provider.into()),
        ..sts("rag", hours, "ASIAM", "10.0.0.1").doing("gen_ai:chat", ActionClass::ModelInvoke)
    };
    for number in 0..40 {
        events.push(model(day(number) + 2.0, if number < 20 { "openai" } else { "anthropic" }));
        events.push(read_secret("rag", day(number) + 3.0, "vault:kv/model"));
    }
    let shell = sts("rag", day(21) + 4.0, "ASIAH", "10.0.0.1");
    events.push(Event { client: Some("aws-cli/2".into()), ..shell });
    events.push(key("rag", day(21) + 5.0, "AKIA1", "10.0.0.1"));
    for number in 22..25 {
        let there = sts("sandbox", day(number) + 6.0, "ASIAS", "10.0.0.1");
        events.push(Event { environment: Some("prod".into()), ..there });
    }
    events.extend(routine("sandbox", 22));
    events.extend(routine("dormant", 15));
    events.push(sts("dormant", day(50), "ASIAD", "10.0.0.1"));
    events.push(assume("rag", day(51), "ASIAM", "dormant", "ASIAX"));
    events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    events
}

#[test]
fn habits_are_learnt_and_outlive_a_restart() {
    let sandbox = Workload { environment: Some("dev".into()), ..workload("sandbox") };
    let inventory = inventory(vec![workload("rag"), workload("dormant"), sandbox]);
    let events = changed_life();
    let whole = run(&events, &inventory, events.len(), false);
    let found = whole.iter().map(|finding| finding.check).collect::<BTreeSet<_>>();
    for check in [Check::H03, Check::H07, Check::H08, Check::H09, Check::D09] {
        assert!(found.contains(&check), "no {check} in {found:?}");
    }
    assert_eq!(run(&events, &inventory, 7, true), whole);
}

#[test]
fn a_swap_is_told_of_at_the_day_of_the_swap() {
    let inventory = inventory(vec![workload("rag"), workload("dormant"), workload("sandbox")]);
    let findings = run(&changed_life(), &inventory, 64, false);
    let swap = findings.iter().find(|finding| finding.check == Check::H09).unwrap();
    let expected = sts("rag", day(20) + 2.0, "x", "x").time;
    assert_eq!((swap.time, swap.count), (expected, 1));
    assert!(swap.time > EventTime::MIN);
}
