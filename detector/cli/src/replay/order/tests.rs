use ambit_schemas::vocabulary::Source;
use ambit_schemas::{EventBatch, EventBatchBuilder, EventRow, EventTime};
use proptest::prelude::*;

use super::{Order, Step};

fn batch(events: &[(i64, u16)]) -> EventBatch {
    let mut builder = EventBatchBuilder::new();
    for (time, id) in events {
        let (id, resource) = (format!("e{id:05}"), format!("r{}", id % 7));
        builder.push(&EventRow {
            resource: Some(&resource),
            ..EventRow::new(Source::AwsCloudtrail, &id, EventTime(*time))
        });
    }
    builder.finish().unwrap()
}

fn rows(batch: &EventBatch) -> impl Iterator<Item = (i64, String, String)> {
    let resources =
        (0..batch.len()).map(|row| batch.dict(ambit_schemas::Column::Resource).get(row).unwrap_or(""));
    let events = batch.times().iter().zip(batch.event_ids().iter().flatten()).zip(resources);
    events
        .map(|((time, id), resource)| (*time, id.to_owned(), resource.to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// What the detector does: holds what was pushed, and takes what the watermark passes in order of (time, id).
/// Returns the events as taken, how often it advanced, and how many events it looked at when it did.
fn run(batches: &[EventBatch], budget_bytes: usize) -> (Vec<(i64, String, String)>, usize, usize) {
    let mut order = Order::new(budget_bytes);
    for batch in batches {
        order.add(batch.clone()).unwrap();
    }
    let last = batches.iter().flat_map(|batch| batch.times().to_vec()).max();
    assert_eq!(order.last(), last.map(EventTime));
    let (mut waiting, mut taken, mut passed) = (Vec::new(), Vec::new(), i64::MIN);
    let (mut advances, mut looked_at) = (0, 0);
    let mut steps = order.finish().unwrap();
    while let Some(step) = steps.next().unwrap() {
        match step {
            Step::Push(batch) => {
                assert!(batch.times().iter().all(|time| *time >= passed), "an event came late");
                waiting.extend(rows(&batch));
            }
            Step::Advance(EventTime(watermark)) => {
                assert!(watermark > passed);
                passed = watermark;
                advances += 1;
                looked_at += waiting.len();
                let mut ready = waiting.extract_if(.., |event| event.0 < watermark).collect::<Vec<_>>();
                ready.sort();
                taken.extend(ready);
            }
        }
    }
    assert!(waiting.is_empty(), "the last watermark passes everything");
    (taken, advances, looked_at)
}

proptest! {
    #[test]
    fn any_cut_and_any_budget_give_one_order(
        times in prop::collection::vec(-50_i64..50, 0..400),
        cuts in prop::collection::vec(1_usize..40, 1..20),
        budget in prop::sample::select(vec![0, 1, 30_000, 100_000, usize::MAX]),
        sort in any::<bool>(),
    ) {
        let mut events = times.iter().copied().zip(0_u16..).collect::<Vec<_>>();
        if sort {
            events.sort_unstable();
        }
        let (mut batches, mut rest, mut turn) = (Vec::new(), events.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(rest.len().min(*turn.next().unwrap_or(&1)));
            batches.push(batch(head));
            rest = tail;
        }
        let mut expected = rows(&batch(&events)).collect::<Vec<_>>();
        expected.sort();
        let (taken, _, looked_at) = run(&batches, budget);
        prop_assert_eq!(&taken, &expected);
        prop_assert!(looked_at <= 2 * expected.len(), "{} looks at {} events", looked_at, expected.len());
    }
}

#[test]
fn what_exceeds_the_budget_is_spilled() {
    let batches = (0..40_i64).map(|n| batch(&[(n, 1), (39 - n, 2)])).collect::<Vec<_>>();
    let one = batches[0].memory_bytes();
    for (budget, runs) in [(usize::MAX, 0), (10 * one, 3), (one, 39), (0, 39)] {
        let mut order = Order::new(budget);
        for batch in &batches {
            order.add(batch.clone()).unwrap();
        }
        assert_eq!(order.spilled(), runs, "budget {budget}");
    }
}

#[test]
fn sorted_files_pass_as_they_come() {
    let batches = (0..40_i64).map(|n| batch(&[(n * 2, 1), (n * 2 + 1, 2)])).collect::<Vec<_>>();
    let (taken, advances, looked_at) = run(&batches, usize::MAX);
    assert_eq!((taken.len(), advances, looked_at), (80, 40, 80));
}

#[test]
fn nothing_gives_no_step() {
    for batches in [vec![], vec![batch(&[])]] {
        assert_eq!(run(&batches, 0), (vec![], 0, 0));
    }
}
