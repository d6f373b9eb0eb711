use ambit_schemas::inventory::{Glob, Secret};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{ActionClass, Check, Outcome, Source};
use ambit_schemas::{Finding, Inventory};
use proptest::prelude::*;

use crate::Detector;

use super::kit::{Event, assume, day, inventory, key, read_secret, routine, run, sts, workload};

/// A history with a burst, a new tool, a self-grant, an unregistered identity and a silent source.
pub(super) fn history() -> Vec<Event> {
    let mut events = routine("rag", 24);
    events.extend(routine("ghost", 24));
    events.extend((0..9).map(|n| Event::read("rag", day(20) + f64::from(n), &format!("new-{n}/*"))));
    events.push(Event::read("rag", day(21), "delete").doing("tool:server/delete", ActionClass::ToolInvoke));
    let grant = Event::read("rag", day(21), "role/rag")
        .doing("aws:iam:AttachRolePolicy", ActionClass::PermissionsChange);
    events.push(Event { target: Some("rag".into()), ..grant });
    events.extend((0..24 * 6).map(|turn| {
        let event = Event::read("agent", f64::from(turn) * 4.0, "chat");
        Event { source: Source::OtelGenai, id: format!("otel-{turn}"), ..event }
    }));
    for n in 0..24 {
        let (parent, child) = (format!("ASIAP{}", n / 3), format!("ASIAC{n}"));
        events.push(assume("rag", day(n) + 3.0, &parent, if n < 20 { "agent" } else { "billing" }, &child));
        events.push(sts("agent", day(n) + 3.5, &child, "10.0.0.1"));
        events.push(sts("agent", day(n) + 3.6, &child, if n == 18 { "203.0.113.8" } else { "10.0.0.2" }));
        events.push(read_secret(if n % 5 == 4 { "ghost" } else { "rag" }, day(n) + 4.0, "vault:kv/aws"));
        events.push(key("rag", day(n) + 5.0, "AKIA1", if n == 22 { "198.51.100.1" } else { "10.0.0.1" }));
    }
    events.extend(gradual());
    events
        .retain(|event| event.source != Source::AwsCloudtrail || !(3..=6).contains(&(event.time.day() % 30)));
    events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    events
}

/// What only adds up over weeks: a drip of new reach, more use of something sensitive, and a spell of refusals, among a
/// dozen workloads that live alike.
fn gradual() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 0..12 {
        let name = format!("peer-{n}");
        events.extend(routine(&name, 60));
        events.extend((0..60).map(|turn| secret_use(&name, day(turn) + 9.0)));
    }
    for n in 0..12_u32 {
        let group = format!("dripped-{n}/*");
        let uses = (22 + n * 2..50).step_by(3);
        events
            .extend(uses.map(|at| Event { sensitivity: 2, ..Event::read("peer-1", day(at) + 5.0, &group) }));
    }
    events.extend((44 * 24..56 * 24).map(|hour| secret_use("peer-2", f64::from(hour) + 0.25)));
    for at in [46, 47, 48] {
        let refused =
            |n: u32| Event::read("peer-3", day(at) + f64::from(n) / 4.0, &format!("forbidden-{n}/*"));
        events.extend((0..14).map(|n| Event { outcome: Outcome::Denied, ..refused(n) }));
    }
    events
}

fn secret_use(workload: &str, hours: f64) -> Event {
    Event {
        sensitivity: 2,
        ..Event::read(workload, hours, "key/*").doing("aws:kms:Decrypt", ActionClass::Read)
    }
}

pub(super) fn known() -> Inventory {
    let secrets =
        vec![Secret { stored: Glob::new("vault:kv/*"), holds: Some("AKIA1".into()), holds_for: None }];
    Inventory { secrets, ..inventory(vec![workload("rag"), workload("agent")]) }
}

fn without_positions(mut findings: Vec<Finding>) -> Vec<Finding> {
    for evidence in findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        evidence.position.offset = 0;
    }
    findings
}

#[test]
fn a_restart_after_every_batch_changes_nothing() {
    let (events, inventory) = (history(), known());
    let whole = run(&events, &inventory, events.len(), false);
    for check in [
        Check::D01,
        Check::D02,
        Check::D04,
        Check::D06,
        Check::D10,
        Check::H05,
        Check::H06,
        Check::L02,
        Check::L03,
        Check::L05,
        Check::C03,
        Check::C04,
        Check::C05,
    ] {
        assert!(whole.iter().any(|finding| finding.check == check), "the history must have a {check}");
    }
    for rows in [1, 7, 64, 1_000] {
        assert_eq!(run(&events, &inventory, rows, true), whole, "batches of {rows} rows");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_arrival_order_gives_the_same_findings(seed in any::<u64>(), rows in 1_usize..200, repeat in 0_usize..40) {
        let (events, inventory) = (history(), known());
        let whole = run(&events, &inventory, events.len(), false);
        let mut shuffled = events.clone();
        shuffled.extend(events.iter().take(repeat).cloned());
        shuffled.sort_by_key(|event| ambit_schemas::hash::stable_hash128([&seed.to_le_bytes()[..], event.id.as_bytes()]));
        prop_assert_eq!(without_positions(run(&shuffled, &inventory, rows, false)), without_positions(whole));
    }
}

#[test]
fn any_number_of_shards_gives_the_same_findings() {
    let (events, inventory) = (history(), known());
    let sharded = |shards: f64| {
        let rules = super::kit::rules_with(|parameter| (parameter == Parameter::Shards).then_some(shards));
        let mut detector = Detector::new(rules, inventory.clone());
        let mut findings = Vec::new();
        for chunk in events.chunks(97) {
            detector.push(&super::kit::batch(chunk));
            detector.advance(chunk[0].time);
            findings.extend(std::iter::from_fn(|| detector.poll_finding()));
        }
        detector.close();
        findings.extend(std::iter::from_fn(|| detector.poll_finding()));
        findings
    };
    let one = sharded(1.0);
    for shards in [4.0, 16.0] {
        assert_eq!(sharded(shards), one, "{shards} shards");
    }
}

#[test]
fn small_tables_forget_the_same_things_over_a_restart() {
    let events = history();
    let small = |restart: bool| {
        let rules = || {
            super::kit::rules_with(|parameter| match parameter {
                Parameter::Credentials => Some(5.0),
                Parameter::Workloads | Parameter::OpenFindings => Some(2.0),
                Parameter::AtomsPerWorkload => Some(1.0),
                Parameter::DedupEvents => Some(10.0),
                _ => None,
            })
        };
        let mut detector = Detector::new(rules(), known());
        let mut findings = Vec::new();
        for chunk in events.chunks(11) {
            detector.push(&super::kit::batch(chunk));
            detector.advance(chunk[chunk.len() - 1].time);
            if restart {
                detector = Detector::restore(rules(), known(), &detector.snapshot().unwrap()).unwrap();
            }
            findings.extend(std::iter::from_fn(|| detector.poll_finding()));
        }
        detector.close();
        findings.extend(std::iter::from_fn(|| detector.poll_finding()));
        (findings, detector.counts())
    };
    let (findings, counts) = small(false);
    let forgotten = [
        counts.credentials_evicted,
        counts.atoms_overflowed,
        counts.findings_forgotten,
        counts.workloads_evicted,
    ];
    assert!(forgotten.iter().all(|count| *count > 0), "{forgotten:?}");
    let full = findings.iter().any(|f| f.check == Check::M01 && f.subject.value == "state limit reached");
    assert!(full, "M01 says that state was forgotten");
    let (again, _) = small(true);
    assert_eq!(again, findings);
}
