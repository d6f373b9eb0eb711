//! The detector by itself on the samples: any batch size, and a new detector from a snapshot at every boundary.

use std::sync::LazyLock;

use ambit_core::Detector;
use ambit_ingest::{Labels, Reader, Resolver, Settings, read_inventory};
use ambit_rules::Catalogue;
use ambit_schemas::event::EventBatch;
use ambit_schemas::{Column, EventTime, Finding, Inventory, RuleSet};
use ambit_tests::logs::Dice;
use ambit_tests::provided::root;
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};

use super::{INVENTORY, SAMPLES};

pub(super) fn inventory() -> Inventory {
    let text = std::fs::read(root().join(INVENTORY)).unwrap();
    read_inventory(INVENTORY, &text).unwrap()
}

pub(super) fn rules() -> RuleSet {
    Catalogue::embedded().unwrap().rule_set(0.1).unwrap()
}

/// Every event of the samples in the order of time, as one batch.
pub(super) static EVENTS: LazyLock<EventBatch> = LazyLock::new(|| {
    let inventory = inventory();
    let mut resolver = Resolver::new(&inventory, Labels::new());
    let reader = Reader::open(&[root().join(SAMPLES)], Settings::default()).unwrap();
    let batches = reader.map(|delivery| resolver.resolve(&delivery.batch).unwrap().into_record_batch());
    let batches = batches.collect::<Vec<_>>();
    let all = concat_batches(&batches[0].schema(), &batches).unwrap();
    let order = sort_to_indices(all.column(Column::Time.index()), None, None).unwrap();
    EventBatch::try_new(take_record_batch(&all, &order).unwrap()).unwrap()
});

pub(super) fn drain(detector: &mut Detector, into: &mut Vec<Finding>) {
    while let Some(finding) = detector.poll_finding() {
        into.push(finding);
    }
}

/// Feeds the events in batches of these sizes. `restart` says before which batches a snapshot takes the detector's
/// place; what it has found by then may still be in it.
fn findings(mut size: impl FnMut() -> usize, mut restart: impl FnMut() -> bool) -> Vec<Finding> {
    let mut detector = Detector::new(rules(), inventory());
    let (mut found, mut start) = (Vec::new(), 0);
    while start < EVENTS.len() {
        let length = size().clamp(1, EVENTS.len() - start);
        detector.push(&EVENTS.slice(start, length));
        start += length;
        if let Some(next) = EVENTS.times().get(start) {
            detector.advance(EventTime(*next));
        }
        if restart() {
            let snapshot = detector.snapshot().unwrap();
            detector = Detector::restore(rules(), inventory(), &snapshot).unwrap();
        }
        drain(&mut detector, &mut found);
    }
    assert_eq!(detector.counts().late, 0);
    detector.close();
    drain(&mut detector, &mut found);
    found
}

static WHOLE: LazyLock<Vec<Finding>> = LazyLock::new(|| findings(|| usize::MAX, || false));

#[track_caller]
fn same(found: &[Finding]) {
    for (found, expected) in found.iter().zip(WHOLE.iter()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), WHOLE.len());
}

#[test]
fn any_batch_size_gives_the_same_findings() {
    assert!(EVENTS.len() > 1_000 && WHOLE.len() > 10, "{} events, {} findings", EVENTS.len(), WHOLE.len());
    for size in [1, 7, 1_000] {
        same(&findings(|| size, || false));
    }
    let mut dice = Dice::new(11);
    same(&findings(|| 1 + dice.below(5_000), || false));
}

#[test]
fn a_snapshot_at_any_boundary_changes_nothing() {
    let size = EVENTS.len() / 50;
    same(&findings(|| size, || true));
    let (mut sizes, mut restarts) = (Dice::new(12), Dice::new(13));
    same(&findings(|| 1 + sizes.below(500), || restarts.below(10) == 0));
}
