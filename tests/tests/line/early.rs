//! What is told before the watermark: it changes no finding, and each is raised afterwards or taken back.

use std::collections::BTreeMap;

use ambit_core::Detector;
use ambit_schemas::finding::{Activity, FindingUid};
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::Check;
use ambit_schemas::{EventTime, Finding};

use super::state::{EVENTS, drain, inventory, rules};

const LATENESS_MICROS: i64 = 1_800 * SECOND_MICROS;

/// What came of a run, in the order in which it was told.
struct Told {
    early: Vec<Finding>,
    findings: Vec<Finding>,
}

/// Feeds the samples with a watermark half an hour behind.
fn run(rows: usize, early: bool, restart: bool) -> Told {
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
        detector.advance(EventTime(last - LATENESS_MICROS));
        told.early.extend(std::iter::from_fn(|| detector.poll_early()));
        drain(&mut detector, &mut told.findings);
    }
    detector.advance(EventTime(EVENTS.times().last().unwrap() + 2 * LATENESS_MICROS));
    told.early.extend(std::iter::from_fn(|| detector.poll_early()));
    drain(&mut detector, &mut told.findings);
    told
}

#[test]
fn telling_early_changes_no_finding_and_every_word_is_kept_or_taken_back() {
    let plain = run(100, false, false);
    assert!(plain.early.is_empty());
    for (rows, restart) in [(100, false), (100, true), (3_000, false)] {
        let told = run(rows, true, restart);
        assert_eq!(told.findings.len(), plain.findings.len(), "{rows} rows, restart {restart}");
        assert!(told.findings == plain.findings, "{rows} rows, restart {restart}: other findings");
        let mut standing = BTreeMap::<FindingUid, i64>::new();
        for finding in &told.early {
            let change = if finding.activity == Activity::Close { -1 } else { 1 };
            *standing.entry(finding.uid).or_default() += change;
        }
        let raised = |uid| told.findings.iter().any(|finding| finding.uid == uid);
        for (uid, count) in standing {
            assert!(count == 0 || raised(uid), "{uid} was told early and then neither raised nor taken back");
        }
        let checks =
            told.early.iter().map(|finding| finding.check).collect::<std::collections::BTreeSet<_>>();
        for check in [Check::H05, Check::H06, Check::L05, Check::L07, Check::C02, Check::C03] {
            assert!(checks.contains(&check), "no {check} was told early, only {checks:?}");
        }
    }
}
