//! Whatever happens, in whatever order: no panic, bounds that hold, and a restart that nobody notices.

use std::collections::BTreeSet;

use ambit_schemas::inventory::{Glob, Secret, Workload};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{ActionClass, Check, CredentialKind, Outcome, PrincipalKind};
use ambit_schemas::{EventTime, Finding, Inventory, RuleSet};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::Detector;
use crate::tests::kit::{Event, START, batch, inventory, rules_with, workload};

/// Fewer than there are credentials, secrets and names below.
const MOST: usize = 5;

const NAMES: &[Option<&str>] =
    &[Some("rag"), Some("eval"), Some("deploy"), Some("stranger"), Some("platform"), None];
const PRINCIPALS: &[Option<&str>] = &[
    None,
    Some("arn:aws:iam::111122223333:role/path/rag"),
    Some("arn:aws:iam::444455556666:role/deploy"),
    Some("AROAEXAMPLEEXAMPLE01"),
    Some("entity:e1"),
];
const CREDENTIALS: &[Option<&str>] = &[
    None,
    Some("AKIA1"),
    Some("AKIA2"),
    Some("ASIA1"),
    Some("ASIA2"),
    Some("ASIA3"),
    Some("acc1"),
    Some("acc2"),
];
const SECRETS: &[&str] = &["vault:kv/a", "vault:kv/b", "arn:secret"];
const ADDRESSES: &[Option<&str>] = &[
    None,
    Some("10.1.0.1"),
    Some("10.1.0.2"),
    Some("198.51.100.7"),
    Some("203.0.113.9"),
    Some("::1"),
    Some("x"),
];
const CLASSES: &[ActionClass] = &[
    ActionClass::Read,
    ActionClass::Assume,
    ActionClass::Assume,
    ActionClass::CredentialIssue,
    ActionClass::SecretRead,
    ActionClass::SecretRead,
    ActionClass::TokenRevoke,
    ActionClass::ModelChange,
    ActionClass::LoggingChange,
    ActionClass::PermissionsChange,
    ActionClass::SessionEnd,
];

fn kind(credential: &str) -> CredentialKind {
    match credential.as_bytes() {
        [b'A', b'K', ..] => CredentialKind::StaticKey,
        [b'A', b'S', ..] => CredentialKind::StsSession,
        [b'a', b'c', ..] => CredentialKind::VaultToken,
        _ => CredentialKind::StoredSecret,
    }
}

fn text(texts: &'static [Option<&'static str>]) -> impl Strategy<Value = Option<String>> {
    select(texts).prop_map(|text| text.map(str::to_owned))
}

/// Who acts, and with what.
fn actor() -> impl Strategy<Value = Event> {
    let who = (text(NAMES), text(PRINCIPALS), text(PRINCIPALS), any::<Index>());
    let how = (text(CREDENTIALS), text(ADDRESSES), any::<[bool; 4]>());
    (who, how).prop_map(
        |((name, principal, alias, kinds), (credential, address, [human, via, issued, ends]))| {
            let event = Event::read("x", 0.0, "docs/*");
            Event {
                workload: name,
                principal,
                alias,
                kind: if human && kinds.index(4) == 0 { PrincipalKind::Human } else { PrincipalKind::Role },
                credential_kind: credential.as_deref().map(kind),
                credential,
                address,
                via: (via && kinds.index(3) == 0).then(|| "athena".to_owned()),
                credential_issued_at: issued.then_some(event.time),
                credential_expires_at: ends.then_some(event.time),
                ..event
            }
        },
    )
}

/// What is done, and how long after the event before.
fn event() -> impl Strategy<Value = (Event, i64)> {
    let what = (select(CLASSES), text(NAMES), text(CREDENTIALS), select(SECRETS), text(PRINCIPALS));
    let gap = prop_oneof![Just(0), 0_i64..7_200, 0_i64..400_000, Just(3_000_000)];
    (actor(), what, any::<[bool; 3]>(), gap).prop_map(|(actor, what, [fails, wraps, prod], gap_secs)| {
        let (class, target, issued, secret, resource) = what;
        let secret = (class == ActionClass::SecretRead).then(|| secret.to_owned());
        let hands_out = matches!(class, ActionClass::Assume | ActionClass::CredentialIssue);
        let is_about_another = hands_out || class == ActionClass::PermissionsChange;
        let issued = secret.or(issued.filter(|_| hands_out));
        let event = Event {
            class,
            target: target.filter(|_| is_about_another),
            issued: issued.map(|id| (id.clone(), kind(&id))),
            resource: resource.or(actor.credential.clone()),
            resource_kind: wraps.then(|| "vault.wrapping".to_owned()),
            outcome: if fails && gap_secs % 3 == 0 { Outcome::Denied } else { Outcome::Success },
            environment: Some(if prod { "prod" } else { "dev" }.to_owned()),
            ..actor
        };
        (event, gap_secs)
    })
}

/// A history: the events in order, each with an id of its own.
fn history() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 1..80).prop_map(|events| {
        let mut time = EventTime(START);
        let dated = events.into_iter().enumerate().map(|(number, (event, gap_secs))| {
            time = time.plus_micros(gap_secs * 1_000_000);
            Event { id: format!("{number:03}"), time, ..event }
        });
        dated.collect()
    })
}

fn small_rules() -> RuleSet {
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    rules_with(|parameter| match parameter {
        Parameter::Credentials => Some(MOST as f64),
        Parameter::LearningDays | Parameter::LearningActiveDays => Some(2.0),
        _ => None,
    })
}

fn some_inventory() -> Inventory {
    let home = |name: &str, environment: &str| Workload {
        environment: Some(environment.to_owned()),
        ..workload(name)
    };
    let holds = |stored: &str, holds: Option<&str>, holds_for: Option<&str>| Secret {
        stored: Glob::new(stored),
        holds: holds.map(str::to_owned),
        holds_for: holds_for.map(str::to_owned),
    };
    let secrets = vec![holds("vault:kv/a", Some("AKIA1"), None), holds("arn:*", None, Some("deploy"))];
    Inventory { secrets, ..inventory(vec![home("rag", "prod"), home("eval", "dev"), workload("deploy")]) }
}

/// Runs a history event by event, with a restart before the event `restart`.
fn run(events: &[Event], restart: Option<usize>) -> Vec<Finding> {
    let inventory = some_inventory();
    let mut detector = Detector::new(small_rules(), inventory.clone());
    let mut findings = Vec::new();
    for (number, event) in events.iter().enumerate() {
        if restart == Some(number) {
            let snapshot = detector.snapshot().unwrap();
            detector = Detector::restore(small_rules(), inventory.clone(), &snapshot).unwrap();
        }
        detector.push(&batch([event]));
        detector.advance(event.time);
        let sizes = detector.engine.lineage.sizes();
        // Of workloads and the networks where their sessions begin there are no more than names.
        assert!(sizes.iter().all(|size| *size <= MOST.max(NAMES.len())), "{sizes:?}");
        assert!(sizes[..5].iter().all(|size| *size <= MOST), "{sizes:?}");
        findings.extend(std::iter::from_fn(|| detector.poll_finding()));
    }
    detector.close();
    findings.extend(std::iter::from_fn(|| detector.poll_finding()));
    findings
}

/// A property of histories in which nothing happens would prove nothing.
#[test]
fn the_histories_have_something_to_find() {
    let mut runner = TestRunner::deterministic();
    let histories = (0..200).map(|_| history().new_tree(&mut runner).unwrap().current());
    let found = histories.flat_map(|events| run(&events, None)).map(|finding| finding.check);
    let found = found.collect::<BTreeSet<_>>();
    for check in [
        Check::H01,
        Check::H02,
        Check::H03,
        Check::H04,
        Check::H05,
        Check::H08,
        Check::L02,
        Check::L03,
        Check::L05,
        Check::L07,
        Check::C01,
    ] {
        assert!(found.contains(&check), "no {check} in {found:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn any_history_is_survived_and_any_restart_goes_unnoticed(events in history(), at in any::<Index>()) {
        let whole = run(&events, None);
        prop_assert_eq!(run(&events, Some(at.index(events.len()))), whole);
    }
}
