use ambit_schemas::finding::Activity;
use ambit_schemas::inventory::{ChangeKind, ChangeRecord};
use ambit_schemas::vocabulary::{ActionClass, Check, Maturity, Severity};

use super::kit::{Event, START, check, day, inventory, routine, run, workload};
use ambit_schemas::time::HOUR_MICROS;
use ambit_schemas::{EventTime, Inventory};

/// A mature workload that reaches `count` new groups on day 20, an hour apart.
fn burst(count: u32) -> Vec<Event> {
    let mut events = routine("rag", 22);
    events
        .extend((0..count).map(|n| Event::read("rag", day(20) + f64::from(n) + 0.5, &format!("new-{n}/*"))));
    events.sort_by_key(|event| event.time);
    events
}

#[test]
fn a_burst_of_new_reach_is_one_finding_that_grows() {
    let findings = check(&burst(9), &Inventory::default(), &[(Check::D02, "rag", "2026-03-22")]);
    let burst = findings.iter().filter(|finding| finding.check == Check::D02).collect::<Vec<_>>();
    let create = burst[0];
    assert!(create.added.len() < 9, "raised at the crossing, not at the end of the day");
    assert_eq!(
        create.time,
        EventTime(
            START
                + 20 * 24 * HOUR_MICROS
                + HOUR_MICROS / 2
                + (i64::try_from(create.added.len()).unwrap() - 1) * HOUR_MICROS
        )
    );
    let last = burst.last().unwrap();
    assert_eq!((last.activity, last.added.len()), (Activity::Update, 9));
    assert_eq!(last.count, 10 - create.added.len() as u64);
    assert!(last.reach.live > last.reach.before, "{:?}", last.reach);
    assert_eq!(last.baseline.unwrap().maturity, Maturity::Mature);
    let score = last.score.as_ref().unwrap();
    assert!(score.value <= score.threshold && score.null.contains("negative binomial"), "{score:?}");
}

#[test]
fn a_little_news_is_no_burst_to_anyone() {
    check(&burst(3), &Inventory::default(), &[]);
}

#[test]
fn while_learning_there_are_no_bursts() {
    let mut events = routine("rag", 10);
    events.extend((0..30).map(|n| Event::read("rag", day(8) + f64::from(n) / 10.0, &format!("new-{n}/*"))));
    events.sort_by_key(|event| event.time);
    let findings = check(&events, &Inventory::default(), &[]);
    let health = findings.iter().find(|finding| finding.check == Check::M01).unwrap();
    assert!(
        health.facts.iter().any(|(_, value)| value.contains("1 of 1 workloads are still learning")),
        "{health:?}"
    );
}

#[test]
fn a_change_record_quiets_what_it_explains_and_is_quoted() {
    let change = ChangeRecord {
        id: "CHG-1".into(),
        workload: "rag".into(),
        kind: ChangeKind::Deploy,
        from: EventTime(START + 20 * 24 * HOUR_MICROS),
        to: EventTime(START + 21 * 24 * HOUR_MICROS),
        approved_by: Some("lead".into()),
    };
    let explained = Inventory { changes: vec![change], ..inventory(vec![workload("rag")]) };
    check(&burst(9), &explained, &[]);
    let findings = check(&burst(24), &explained, &[(Check::D02, "rag", "")]);
    let burst = findings.iter().find(|finding| finding.check == Check::D02).unwrap();
    assert_eq!(burst.change.as_ref().map(|change| change.id.as_str()), Some("CHG-1"));
    assert_eq!(burst.severity, Severity::Low);
}

#[test]
fn a_busy_fleet_needs_more_to_be_surprised() {
    let mut events = burst(6);
    for n in 0..12 {
        let name = format!("busy-{n}");
        events.extend(routine(&name, 22));
        events.extend(
            (0..22 * 4)
                .map(|turn| Event::read(&name, f64::from(turn) * 6.0 + 2.0, &format!("fresh-{turn}/*"))),
        );
    }
    events.sort_by_key(|event| event.time);
    check(&events, &Inventory::default(), &[]);
}

#[test]
fn the_budget_moves_the_threshold() {
    let alpha = |budget: f64| crate::baseline::recursion::alpha(0.175, budget);
    assert!((alpha(0.1) - 0.0175 / 30.0).abs() < 1e-12);
    assert!(alpha(0.03) < alpha(0.1) && alpha(0.1) < alpha(0.3));
}

#[test]
fn a_stale_workload_keeps_its_baseline() {
    let mut events = routine("rag", 20);
    events.extend((0..3).map(|n| Event::read("rag", day(70 + n), "docs/*")));
    events.push(Event::read("rag", day(72), "new/*").doing("tool:server/new", ActionClass::ToolInvoke));
    events.sort_by_key(|event| event.time);
    let findings = run(&events, &Inventory::default(), 64, false);
    let tool = findings.iter().find(|finding| finding.check == Check::D06).unwrap();
    assert_eq!(tool.baseline.unwrap().maturity, Maturity::Mature);
}
