use ambit_schemas::decisions::{Decision, Ruling};
use ambit_schemas::finding::{FindingUid, Subject, SubjectKind};
use ambit_schemas::time::{DAY_MICROS, HOUR_MICROS};
use ambit_schemas::vocabulary::{ActionClass, Check, DecisionKind, Plane, Severity};
use ambit_schemas::{Decisions, EventTime, Finding, Inventory};

use super::kit::{Event, START, batch, day, key, routine, rules};
use crate::{BaselineView, Detector};

/// The start of a day of the test, as event time.
fn at(day: i64) -> EventTime {
    EventTime(START + day * DAY_MICROS)
}

fn decision(seq: u64, from: i64, until: Option<i64>) -> Decision {
    let texts = ("ana".to_owned(), "known".to_owned());
    Decision::new(seq, texts, at(0), (at(from), until.map(at))).unwrap()
}

/// Replays events under decisions; where `restart` says so, the state is taken down and built up after every batch.
fn replay(events: &[Event], decisions: &Decisions, rows: usize, restart: bool) -> (Vec<Finding>, Detector) {
    let new = || Detector::new(rules(), Inventory::default()).with_decisions(decisions.clone());
    let (mut detector, mut findings) = (new(), Vec::new());
    for chunk in events.chunks(rows) {
        detector.push(&batch(chunk));
        detector.advance(chunk.last().unwrap().time.plus_micros(-HOUR_MICROS));
        if restart {
            let snapshot = detector.snapshot().unwrap();
            detector = Detector::restore(rules(), Inventory::default(), &snapshot).unwrap();
            detector = detector.with_decisions(decisions.clone());
        }
        findings.extend(std::iter::from_fn(|| detector.poll_finding()));
    }
    let snapshot = detector.snapshot().unwrap();
    detector.close();
    findings.extend(std::iter::from_fn(|| detector.poll_finding()));
    let end = Detector::restore(rules(), Inventory::default(), &snapshot).unwrap();
    (findings, end.with_decisions(decisions.clone()))
}

/// A workload that reaches a new, sensitive group every other day from day 20 on, and comes back to it.
fn creeping() -> Vec<Event> {
    let mut events = routine("rag", 40);
    for n in 0..8 {
        for again in 0..2 {
            let hours = day(20 + 2 * n + again) + 2.5;
            let mut event = Event::read("rag", hours, &format!("secret-{n}/*"));
            event.sensitivity = 2;
            events.push(event);
        }
    }
    events.sort_by_key(|event| event.time);
    events
}

fn text(group: &str) -> String {
    format!("s3 · read · {group} · - · sts_session")
}

fn creeping_accepted(from: i64, until: Option<i64>) -> Decisions {
    let mut decisions = Decisions::default();
    let atoms = (0..8).map(|n| (Plane::Privilege, text(&format!("secret-{n}/*"))));
    decisions.accept("rag", atoms, false, decision(1, from, until));
    decisions
}

fn drifts(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.check == Check::D01).count()
}

fn view(detector: &Detector) -> BaselineView {
    detector.baseline("rag").unwrap()
}

#[test]
fn accepted_reach_is_no_drift() {
    let (found, _) = replay(&creeping(), &Decisions::default(), 16, false);
    assert!(drifts(&found) > 0, "without a decision it drifts");
    let (found, end) = replay(&creeping(), &creeping_accepted(20, None), 16, false);
    assert_eq!(drifts(&found), 0);
    let view = view(&end);
    let accepted = view.atoms.iter().filter(|atom| atom.accepted.is_some()).collect::<Vec<_>>();
    assert_eq!(accepted.len(), 8);
    assert!(accepted.iter().all(|atom| atom.is_baseline() && !atom.learned), "{accepted:#?}");
    assert!(view.suspicion.standing_still.is_empty());
    let elsewhere = {
        let mut decisions = Decisions::default();
        let atoms = (0..8).map(|n| (Plane::Privilege, text(&format!("secret-{n}/*"))));
        decisions.accept("another", atoms, false, decision(1, 20, None));
        decisions
    };
    assert!(drifts(&replay(&creeping(), &elsewhere, 16, false).0) > 0, "it holds for one workload only");
}

#[test]
fn an_ended_acceptance_waits_to_be_renewed_and_raises_nothing() {
    let (found, end) = replay(&creeping(), &creeping_accepted(20, Some(30)), 16, false);
    assert_eq!(drifts(&found), 0);
    let view = view(&end);
    let waiting = view.atoms.iter().filter(|atom| atom.accepted.is_some()).collect::<Vec<_>>();
    assert_eq!(waiting.len(), 8);
    assert!(waiting.iter().all(|atom| !atom.is_baseline()), "{waiting:#?}");
}

#[test]
fn a_finding_lists_no_atom_that_was_accepted() {
    let mut decisions = Decisions::default();
    decisions.accept("rag", [(Plane::Privilege, text("secret-0/*"))], false, decision(1, 22, None));
    let (found, _) = replay(&creeping(), &decisions, 16, false);
    let last = found.iter().rfind(|finding| finding.check == Check::D01).unwrap();
    assert!(last.added.iter().any(|atom| atom.text == text("secret-3/*")));
    assert!(last.added.iter().all(|atom| atom.text != text("secret-0/*")), "{:#?}", last.added);
}

/// A static key used every day: one finding that is updated every day.
fn static_key() -> (Vec<Event>, FindingUid) {
    let mut events = (0..40).map(|n| key("rag", day(n) + 1.0, "AKIA1", "10.0.0.1")).collect::<Vec<_>>();
    for event in &mut events {
        event.credential_issued_at = Some(at(-200));
    }
    let subject = Subject { kind: SubjectKind::Credential, value: "AKIA1".into() };
    (events, FindingUid::new("default", Check::H01, "rag", &subject))
}

fn ruled(kind: DecisionKind, severity: Option<Severity>, span: (i64, Option<i64>)) -> Decisions {
    let mut decisions = Decisions::default();
    let ruling = Ruling { kind, severity, decision: decision(1, span.0, span.1) };
    decisions.rule(static_key().1, ruling);
    decisions
}

/// Transitions of the static key, by the days they are told for.
fn told(decisions: &Decisions) -> Vec<(i64, Severity, bool)> {
    let (events, uid) = static_key();
    let (found, _) = replay(&events, decisions, 3, false);
    let of_key = found.iter().filter(|finding| finding.uid == uid);
    of_key
        .map(|finding| (finding.time.day() - at(0).day(), finding.severity, finding.decision.is_some()))
        .collect()
}

#[test]
fn a_dismissed_finding_is_silent_until_it_may_speak() {
    let all = told(&Decisions::default());
    assert!(all.len() > 30, "{all:?}");
    let days = |told: &[(i64, Severity, bool)]| told.iter().map(|(day, ..)| *day).collect::<Vec<_>>();
    let then = all[0].1;
    let silent = told(&ruled(DecisionKind::Dismiss, Some(then), (10, Some(20))));
    // The update of a day is decided when the day ends: that of day 9 falls under a decision of day 10.
    assert_eq!(
        days(&silent),
        days(&all).into_iter().filter(|day| !(9..19).contains(day)).collect::<Vec<_>>()
    );
    let graver = told(&ruled(DecisionKind::Dismiss, Some(then.lowered()), (10, None)));
    assert_eq!(days(&graver), days(&all), "graver than when it was dismissed");
    assert!(graver.iter().all(|(day, _, quoted)| *quoted == (*day >= 9)), "{graver:?}");
    let (events, _) = static_key();
    let mut detector = Detector::new(rules(), Inventory::default());
    detector = detector.with_decisions(ruled(DecisionKind::Dismiss, Some(then), (10, Some(20))));
    detector.push(&batch(&events));
    detector.close();
    let emitted =
        std::iter::from_fn(|| detector.poll_finding()).filter(|finding| finding.check == Check::H01);
    assert_eq!(emitted.count(), silent.len());
    assert_eq!(detector.counts().findings_suppressed[&Check::H01], (all.len() - silent.len()) as u64);
    let unknown = told(&ruled(DecisionKind::Dismiss, None, (10, None)));
    assert_eq!(days(&unknown).into_iter().max(), Some(8));
}

#[test]
fn an_escalated_finding_is_graver_from_then_on() {
    let all = told(&Decisions::default());
    let escalated = told(&ruled(DecisionKind::Escalate, Some(all[0].1), (10, None)));
    for ((day, before, _), (_, after, quoted)) in all.iter().zip(&escalated) {
        let expected = if *day >= 9 { (before.raised(), true) } else { (*before, false) };
        assert_eq!((*after, *quoted), expected, "day {day}");
    }
    assert_eq!(all.len(), escalated.len());
}

#[test]
fn the_present_reach_becomes_the_origin() {
    let mut decisions = Decisions::default();
    decisions.accept("rag", [], true, decision(1, 30, None));
    let (_, before) = replay(&creeping(), &Decisions::default(), 16, false);
    let (_, after) = replay(&creeping(), &decisions, 16, false);
    let (before, after) = (view(&before), view(&after));
    assert!(before.ratchet.step > 0, "{:?}", before.ratchet);
    assert!(after.ratchet.origin_tenths > before.ratchet.origin_tenths);
    assert_eq!(after.ratchet.resealed, Some(at(30)));
    let origin = |group: &str| {
        let atom = after.atoms.iter().find(|atom| atom.text == text(group)).unwrap();
        atom.marks.contains(&"origin")
    };
    assert!(origin("secret-4/*") && !origin("secret-6/*"), "as it was on day 30, and not later");
}

#[test]
fn decisions_give_the_same_for_any_batches_and_restarts() {
    let (mut events, uid) = static_key();
    events.extend(creeping());
    events.push(
        Event::read("rag", day(33), "role/rag")
            .doing("aws:iam:AttachRolePolicy", ActionClass::PermissionsChange),
    );
    events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let mut decisions = creeping_accepted(23, Some(31));
    decisions.accept("rag", [], true, decision(2, 27, None));
    decisions.rule(
        uid,
        Ruling { kind: DecisionKind::Dismiss, severity: None, decision: decision(3, 25, Some(29)) },
    );
    let (whole, end) = replay(&events, &decisions, events.len(), false);
    assert!(whole.iter().any(|finding| finding.uid == uid));
    for rows in [1, 7, 64] {
        let (found, again) = replay(&events, &decisions, rows, true);
        assert_eq!(found, whole, "batches of {rows} rows");
        assert_eq!(view(&again), view(&end), "batches of {rows} rows");
    }
}

#[test]
fn workloads_are_listed_and_strangers_have_no_baseline() {
    let (_, end) = replay(&routine("rag", 3), &Decisions::default(), 16, false);
    assert_eq!(end.workloads(), ["rag"]);
    assert_eq!(end.baseline("nobody"), None);
}
