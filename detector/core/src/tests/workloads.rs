use ambit_schemas::finding::Activity;
use ambit_schemas::inventory::{Allow, Boundary, ChangeKind, ChangeRecord, Glob, Workload};
use ambit_schemas::time::HOUR_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Check, Outcome, PrincipalKind, Severity, Source};
use ambit_schemas::{EventTime, Inventory};

use super::kit::{Event, START, check, day, inventory, routine, run, workload};

fn plus(mut events: Vec<Event>, more: Vec<Event>) -> Vec<Event> {
    events.extend(more);
    events.sort_by_key(|event| event.time);
    events
}

#[test]
fn a_new_tool_after_maturity() {
    let tool = |hours, name: &str| {
        Event::read("rag", hours, name).doing(&format!("tool:server/{name}"), ActionClass::ToolInvoke)
    };
    let known = plus(routine("rag", 20), vec![tool(5.0, "search"), tool(day(19), "search")]);
    check(&known, &inventory(vec![workload("rag")]), &[]);
    let grown = plus(known, vec![tool(day(19) + 1.0, "delete"), tool(day(19) + 2.0, "delete")]);
    let findings =
        check(&grown, &inventory(vec![workload("rag")]), &[(Check::D06, "rag", "server · delete")]);
    let found = findings.iter().find(|finding| finding.check == Check::D06).unwrap();
    assert!(found.facts.contains(&("new_part".into(), "tool".into())));
}

#[test]
fn a_boundary_is_kept_or_broken() {
    let bounded = Workload {
        boundary: Some(Boundary {
            allow: Some(vec![Allow {
                action: Glob::new("aws:s3:Get*"),
                resource: Some(Glob::new("docs/*")),
            }]),
            ..Boundary::default()
        }),
        ..workload("rag")
    };
    let inventory = inventory(vec![bounded]);
    check(&[Event::read("rag", 1.0, "docs/a")], &inventory, &[]);
    let denied = Event { outcome: Outcome::Denied, ..Event::read("rag", 1.0, "finance/a") };
    check(&[denied], &inventory, &[]);
    check(&[Event::read("rag", 1.0, "finance/a")], &inventory, &[(Check::D08, "rag", "finance/a")]);
}

#[test]
fn who_is_not_in_the_inventory() {
    let events =
        [Event::read("rag", 1.0, "a"), Event::read("ghost", 2.0, "a"), Event::read("ghost", 3.0, "a")];
    check(&events, &inventory(vec![workload("rag")]), &[(Check::H06, "ghost", "ghost")]);
    check(&events, &Inventory::default(), &[]);
    let person = Event { kind: PrincipalKind::Human, ..Event::read("ann", 1.0, "a") };
    check(&[person], &inventory(vec![]), &[]);
}

#[test]
fn a_recurrence_is_an_update_once_a_day() {
    let events = (0..72).map(|hour| Event::read("ghost", f64::from(hour), "a")).collect::<Vec<_>>();
    let findings = run(&events, &inventory(vec![]), 5, false);
    let ghost = findings.iter().filter(|finding| finding.check == Check::H06);
    let steps = ghost.map(|finding| (finding.activity, finding.count)).collect::<Vec<_>>();
    assert_eq!(
        steps,
        [(Activity::Create, 1), (Activity::Update, 24), (Activity::Update, 48), (Activity::Update, 72)]
    );
}

#[test]
fn evidence_is_bounded_and_the_rest_is_counted() {
    let events = (0..30).map(|hour| Event::read("ghost", f64::from(hour) / 2.0, "a")).collect::<Vec<_>>();
    let findings = run(&events, &inventory(vec![]), 5, false);
    let last = findings.iter().rfind(|finding| finding.check == Check::H06).unwrap();
    assert_eq!((last.evidence.len(), last.evidence_omitted), (20, 10));
    assert_eq!(last.evidence.last().unwrap().event_id, events[29].id);
}

#[test]
fn the_retired_that_still_act() {
    let retired = Workload { retired_at: Some(EventTime(START + 10 * HOUR_MICROS)), ..workload("old") };
    let events = [Event::read("old", 9.0, "a"), Event::read("old", 11.0, "a")];
    check(&events[..1], &inventory(vec![retired.clone()]), &[]);
    check(&events, &inventory(vec![retired]), &[(Check::H10, "old", "old")]);
}

#[test]
fn changes_to_serving_to_oneself_and_to_logging() {
    let inventory = inventory(vec![workload("ci")]);
    let serving = Event::read("ci", 1.0, "endpoint/rag")
        .doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange);
    check(&[serving], &inventory, &[(Check::C02, "ci", "endpoint/rag")]);
    let grant = |target: &str| Event {
        target: Some(target.into()),
        ..Event::read("ci", 1.0, "role/ci").doing("aws:iam:AttachRolePolicy", ActionClass::PermissionsChange)
    };
    check(&[grant("other")], &inventory, &[]);
    check(&[grant("ci")], &inventory, &[(Check::C03, "ci", "role/ci")]);
    let logging =
        Event::read("ci", 1.0, "trail/main").doing("aws:cloudtrail:StopLogging", ActionClass::LoggingChange);
    check(std::slice::from_ref(&logging), &inventory, &[(Check::C04, "ci", "trail/main")]);
    check(&[Event { outcome: Outcome::Denied, ..logging }], &inventory, &[]);
}

/// A source with an event every two hours until day `until`, and again on day 12.
fn heartbeat(source: Source, until: u32) -> Vec<Event> {
    let beats = (0..until * 12).map(|beat| f64::from(beat) * 2.0).chain([day(12)]);
    beats
        .map(|hours| {
            let event = Event::read("rag", hours, "docs/*");
            Event { source, id: format!("{source}-{}", event.id), ..event }
        })
        .collect()
}

#[test]
fn a_source_falls_silent_while_another_goes_on() {
    let inventory = inventory(vec![workload("rag")]);
    let both = plus(heartbeat(Source::AwsCloudtrail, 12), heartbeat(Source::OtelGenai, 12));
    check(&both, &inventory, &[]);
    let silent = plus(heartbeat(Source::AwsCloudtrail, 9), heartbeat(Source::OtelGenai, 12));
    let log = "aws.cloudtrail/111122223333";
    let findings = check(&silent, &inventory, &[(Check::C04, log, log)]);
    let steps = findings.iter().filter(|f| f.check == Check::C04).map(|f| f.activity).collect::<Vec<_>>();
    assert_eq!(steps, [Activity::Create, Activity::Close]);
    let end = plus(heartbeat(Source::AwsCloudtrail, 9), Vec::new());
    check(&end[..end.len() - 1], &inventory, &[]);
    let young = plus(heartbeat(Source::AwsCloudtrail, 5), heartbeat(Source::OtelGenai, 12));
    check(&young, &inventory, &[]);
}

#[test]
fn an_id_that_is_chosen_again_hides_nothing() {
    let first = Event { source: Source::K8sAudit, ..Event::read("ghost", 1.0, "configmaps") };
    let repeat = first.clone();
    let hidden =
        Event { id: first.id.clone(), source: Source::K8sAudit, ..Event::read("ghost", 1.1, "secrets") };
    let mut detector = crate::Detector::new(super::kit::rules(), inventory(vec![]));
    detector.push(&super::kit::batch(&[first, repeat, hidden]));
    detector.close();
    let counts = detector.counts();
    assert_eq!((counts.events, counts.duplicates), (2, 1));
}

#[test]
fn requests_and_responses_are_one_event() {
    let vault = |id: &str, hours: f64, outcome| Event {
        id: id.into(),
        source: Source::VaultAudit,
        outcome,
        ..Event::read("ghost", hours, "kv/data/rag/*")
    };
    let events = [
        vault("1:request", 1.0, Outcome::Unknown),
        vault("1:response", 1.0001, Outcome::Success),
        vault("2:request", 2.0, Outcome::Unknown),
        vault("1:response", 1.0001, Outcome::Success),
    ];
    let mut detector = crate::Detector::new(super::kit::rules(), inventory(vec![]));
    detector.push(&super::kit::batch(&events));
    detector.close();
    let counts = detector.counts();
    assert_eq!((counts.events, counts.paired, counts.duplicates), (2, 1, 1));
    let last =
        std::iter::from_fn(|| detector.poll_finding()).filter(|f| f.check == Check::H06).last().unwrap();
    assert_eq!((last.count, last.time), (2, events[2].time));
}

#[test]
fn what_is_kept_of_late_events_changes_nothing_that_is_found() {
    let vault = |id: &str, hours: f64, outcome| Event {
        id: id.into(),
        source: Source::VaultAudit,
        outcome,
        ..Event::read("ghost", hours, "kv/data/rag/*")
    };
    let request = vault("1:request", 1.0, Outcome::Unknown);
    let response = vault("1:response", 1.000_001, Outcome::Success);
    let later = vault("2:response", 1.001, Outcome::Success);
    let counts = [false, true].map(|keeps| {
        let detector = crate::Detector::new(super::kit::rules(), inventory(vec![])).with_taken(keeps);
        let mut detector = detector;
        let mut kept = Vec::new();
        detector.push(&super::kit::batch(&[request.clone(), later.clone()]));
        // Behind the response, and not yet behind the time for which the request waits for it.
        detector.advance(later.time);
        for _ in 0..3 {
            detector.push(&super::kit::batch(std::slice::from_ref(&response)));
            let snapshot = detector.snapshot().unwrap();
            let taken = std::iter::from_fn(|| detector.poll_taken()).map(|batch| batch.unwrap().len());
            kept.push(taken.sum::<usize>());
            let restored =
                crate::Detector::restore(super::kit::rules(), inventory(vec![]), &snapshot).unwrap();
            detector = restored.with_taken(keeps);
        }
        detector.close();
        assert_eq!(kept, if keeps { [1, 0, 0] } else { [0, 0, 0] });
        let counts = detector.counts();
        (counts.events, counts.paired, counts.late)
    });
    assert_eq!(counts, [(2, 0, 3), (2, 0, 3)]);
}

#[test]
fn an_approved_repetition_does_not_paint_over_an_unapproved_one() {
    let change = |n: u32| {
        Event::read("ci", day(n), "endpoint/rag")
            .doing("aws:sagemaker:UpdateEndpoint", ActionClass::ModelChange)
    };
    let approved = ChangeRecord {
        id: "CHG-1".into(),
        workload: "ci".into(),
        kind: ChangeKind::Serving,
        from: EventTime(START + 47 * HOUR_MICROS),
        to: EventTime(START + 49 * HOUR_MICROS),
        approved_by: None,
    };
    let inventory = Inventory { changes: vec![approved], ..inventory(vec![workload("ci")]) };
    let last = |events: &[Event]| {
        run(events, &inventory, 1, false).into_iter().rfind(|f| f.check == Check::C02).unwrap()
    };
    let quiet = last(&[change(2)]);
    assert_eq!(
        (quiet.severity, quiet.change.map(|change| change.id)),
        (Severity::Low, Some("CHG-1".to_owned()))
    );
    for events in [[change(1), change(2)], [change(2), change(3)]] {
        let found = last(&events);
        assert_eq!((found.severity, found.change, found.count), (Severity::Medium, None, 2));
    }
}

#[test]
fn three_hundred_atoms_fit_into_twenty_kilobytes() {
    let workloads = 50_u32;
    let reads = (0..workloads).flat_map(|w| {
        (0..300_u32).map(move |n| {
            Event::read(&format!("w{w}"), f64::from(n) / 10.0, &format!("group-{}/*", (n + w) % 400))
        })
    });
    let mut detector = crate::Detector::new(super::kit::rules(), Inventory::default());
    detector.push(&super::kit::batch(&reads.collect::<Vec<_>>()));
    detector.close();
    let counts = detector.counts();
    assert_eq!((counts.events, counts.atoms_overflowed), (15_000, 0));
    let each = (counts.workload_bytes + counts.lineage_bytes) / u64::from(workloads);
    assert!((7_000..20_480).contains(&each), "{each} bytes a workload");
}
