//! What is told before the watermark: it changes no finding, and each is raised afterwards or taken back.

use std::collections::{BTreeMap, BTreeSet};

use ambit_core::Detector;
use ambit_schemas::finding::{Activity, FindingUid};
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::Check;
use ambit_schemas::{EventTime, Finding};

use super::state::{EVENTS, drain, inventory, rules};

/// What came of a run, in the order in which it was told.
struct Told {
    early: Vec<Finding>,
    findings: Vec<Finding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Without an early word.
    Plain,
    Early,
    /// The same, with a new detector from a snapshot after every batch.
    Restarted,
}

/// Feeds the samples with a watermark so many seconds behind.
fn run((rows, lateness_secs): (usize, i64), how: How) -> Told {
    let (early, restart) = (how != How::Plain, how == How::Restarted);
    let lateness_micros = lateness_secs * SECOND_MICROS;
    let mut detector = Detector::new(rules(), inventory()).with_early(early);
    let mut told = Told { early: Vec::new(), findings: Vec::new() };
    for start in (0..EVENTS.len()).step_by(rows) {
        let batch = EVENTS.slice(start, rows.min(EVENTS.len() - start));
        detector.push(&batch);
        if restart {
            let snapshot = detector.snapshot().unwrap();
            detector = Detector::restore(rules(), inventory(), &snapshot).unwrap().with_early(early);
        }
        let last = batch.times().last().copied().unwrap();
        detector.advance(EventTime(last - lateness_micros));
        told.early.extend(std::iter::from_fn(|| detector.poll_early()));
        drain(&mut detector, &mut told.findings);
    }
    detector.advance(EventTime(EVENTS.times().last().unwrap() + 2 * lateness_micros));
    told.early.extend(std::iter::from_fn(|| detector.poll_early()));
    drain(&mut detector, &mut told.findings);
    told
}

#[test]
fn telling_early_changes_no_finding_and_every_word_is_kept_or_taken_back() {
    let mut checks = BTreeSet::new();
    // With the watermark close behind, what came before an event is known when it is looked at.
    for (pace, how) in [
        ((100, 1_800), How::Early),
        ((100, 1_800), How::Restarted),
        ((3_000, 1_800), How::Early),
        ((20, 60), How::Early),
    ] {
        let (plain, told) = (run(pace, How::Plain), run(pace, how));
        assert!(plain.early.is_empty() && plain.findings.len() > 100);
        assert_eq!(told.findings.len(), plain.findings.len(), "{pace:?}, {how:?}");
        assert!(told.findings == plain.findings, "{pace:?}, {how:?}: other findings");
        let mut standing = BTreeMap::<FindingUid, i64>::new();
        for finding in &told.early {
            let change = if finding.activity == Activity::Close { -1 } else { 1 };
            *standing.entry(finding.uid).or_default() += change;
        }
        let raised = |uid| told.findings.iter().any(|finding| finding.uid == uid);
        for (uid, count) in standing {
            assert!(count == 0 || raised(uid), "{uid} was told early and then neither raised nor taken back");
        }
        checks.extend(told.early.iter().map(|finding| finding.check));
    }
    for check in
        [Check::C02, Check::C03, Check::C04, Check::D08, Check::H06, Check::H10, Check::L05, Check::L07]
    {
        assert!(checks.contains(&check), "no {check} was told early, only {checks:?}");
    }
}
