use ambit_schemas::Finding;
use ambit_schemas::vocabulary::{ActionClass, Source};
use proptest::prelude::*;

use super::kit::{Event, day, inventory, routine, run, workload};

/// A history with a burst, a new tool, a self-grant, an unregistered identity and a silent source.
fn history() -> Vec<Event> {
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
    events.retain(|event| event.source != Source::AwsCloudtrail || event.time.day() % 30 != 3);
    events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    events
}

fn without_positions(mut findings: Vec<Finding>) -> Vec<Finding> {
    for evidence in findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        evidence.position.offset = 0;
    }
    findings
}

#[test]
fn a_restart_after_every_batch_changes_nothing() {
    let (events, inventory) = (history(), inventory(vec![workload("rag"), workload("agent")]));
    let whole = run(&events, &inventory, events.len(), false);
    assert!(whole.len() > 8, "the history must say something: {}", whole.len());
    for rows in [1, 7, 64, 1_000] {
        assert_eq!(run(&events, &inventory, rows, true), whole, "batches of {rows} rows");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_arrival_order_gives_the_same_findings(seed in any::<u64>(), rows in 1_usize..200, repeat in 0_usize..40) {
        let (events, inventory) = (history(), inventory(vec![workload("rag"), workload("agent")]));
        let whole = run(&events, &inventory, events.len(), false);
        let mut shuffled = events.clone();
        shuffled.extend(events.iter().take(repeat).cloned());
        shuffled.sort_by_key(|event| ambit_schemas::hash::stable_hash128([&seed.to_le_bytes()[..], event.id.as_bytes()]));
        prop_assert_eq!(without_positions(run(&shuffled, &inventory, rows, false)), without_positions(whole));
    }
}
