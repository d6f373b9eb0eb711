//! Several detectors, each with some shards, find together what one finds alone.

use std::collections::BTreeSet;

use ambit_schemas::vocabulary::Check;
use ambit_schemas::{EventTime, Finding, Inventory};
use proptest::prelude::*;

use super::determinism::{history, known};
use super::kit::{Event, batch, day, routine, rules};
use crate::{Detector, Part, RestoreError, Snapshot};

const SHARDS: usize = 6;

/// So many detectors, which share the shards among them by a rule.
fn parts(count: usize, turn: usize) -> Vec<Part> {
    let owner = |shard: usize| (shard * (turn + 1) + turn) % count;
    let ours = |one| (0..SHARDS).filter(|shard| owner(*shard) == one).collect::<BTreeSet<_>>();
    (0..count).map(|one| Part::new(SHARDS, &ours(one))).collect()
}

/// Lets them talk until nobody has anything to say, and takes what they found.
fn settle(detectors: &mut [Detector], watermark: EventTime, found: &mut [Vec<Finding>; 2]) {
    loop {
        let mut said = Vec::new();
        for detector in &mut *detectors {
            detector.advance(watermark);
            said.extend(std::iter::from_fn(|| detector.poll_part_of_day()));
        }
        if said.is_empty() {
            break;
        }
        for detector in &mut *detectors {
            for part in &said {
                detector.hear_part_of_day(part).unwrap();
            }
        }
    }
    assert!(detectors.iter().all(|one| one.watermark() == watermark && !one.is_awaiting_parts()));
    for detector in detectors {
        found[0].extend(std::iter::from_fn(|| detector.poll_early()));
        found[1].extend(std::iter::from_fn(|| detector.poll_finding()));
    }
}

/// What is found of each incident, in its order; between incidents there is none.
fn by_incident([mut early, mut found]: [Vec<Finding>; 2]) -> [Vec<Finding>; 2] {
    early.sort_by_key(|finding| (finding.uid, finding.time));
    found.sort_by_key(|finding| finding.uid);
    [early, found]
}

fn last(events: &[Event]) -> EventTime {
    EventTime::from_day(events.iter().map(|event| event.time).max().unwrap().day() + 3)
}

fn alone(events: &[Event], inventory: &Inventory, rows: usize) -> [Vec<Finding>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    let mut detector = [Detector::new(rules(), inventory.clone()).with_early(true)];
    for chunk in events.chunks(rows) {
        detector[0].push(&batch(chunk));
        settle(&mut detector, chunk[0].time, &mut found);
    }
    settle(&mut detector, last(events), &mut found);
    by_incident(found)
}

/// The same, by as many as `counts` says; each time their number changes, all go on from the snapshots of all.
fn together(events: &[Event], inventory: &Inventory, rows: usize, counts: &[usize]) -> [Vec<Finding>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    let span = events.len().div_ceil(counts.len());
    let mut detectors = Vec::new();
    for (turn, (count, events)) in counts.iter().zip(events.chunks(span)).enumerate() {
        let snapshots = detectors.iter().map(|one: &Detector| one.snapshot().unwrap()).collect::<Vec<_>>();
        let part = |part| match snapshots.as_slice() {
            [] => Detector::in_part(rules(), inventory.clone(), part),
            all => Detector::restore_part(rules(), inventory.clone(), part, &rotated(all, turn)).unwrap(),
        };
        detectors = parts(*count, turn).into_iter().map(|ours| part(ours).with_early(true)).collect();
        for chunk in events.chunks(rows) {
            for one in &mut detectors {
                one.push(&batch(chunk));
            }
            settle(&mut detectors, chunk[0].time, &mut found);
        }
    }
    settle(&mut detectors, last(events), &mut found);
    by_incident(found)
}

/// What all have in common may come from any of them.
fn rotated(snapshots: &[Snapshot], by: usize) -> Vec<Snapshot> {
    let mut snapshots = snapshots.to_vec();
    let count = snapshots.len();
    snapshots.rotate_left(by % count);
    snapshots
}

#[test]
fn all_parts_together_find_what_one_finds() {
    let (events, inventory) = (history(), known());
    let expected = alone(&events, &inventory, 97);
    for check in [Check::D01, Check::D02, Check::L03, Check::L05, Check::C04, Check::M01] {
        assert!(expected[1].iter().any(|finding| finding.check == check), "the history must have a {check}");
    }
    for count in [1, 2, SHARDS] {
        assert_eq!(together(&events, &inventory, 97, &[count]), expected, "{count}");
    }
    for counts in [[1, 3, 2].as_slice(), &[3, 1, 6, 2]] {
        assert_eq!(together(&events, &inventory, 97, counts)[1], expected[1], "{counts:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn however_they_change(counts in prop::collection::vec(1_usize..=SHARDS, 1..6), rows in 20_usize..400) {
        let (events, inventory) = (history(), known());
        let [_, expected] = alone(&events, &inventory, rows);
        // What is told early hangs on when events come, and they come in other pieces here.
        let [_, found] = together(&events, &inventory, rows, &counts);
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn years_in_which_nothing_was_are_passed_over_by_all() {
    let inventory = known();
    let mut events = routine("rag", 24);
    events.push(Event::read("rag", day(2_000), "new/*"));
    let [_, expected] = alone(&events, &inventory, 7);
    let [_, found] = together(&events, &inventory, 7, &[3, 2]);
    // Of days that only one that is alone closes one by one, M01 counts some more.
    let others = |found: Vec<Finding>| found.into_iter().filter(|finding| finding.check != Check::M01);
    assert!(others(found).eq(others(expected)));
}

#[test]
fn who_begins_a_day_later_than_others_holds_nobody() {
    let inventory = known();
    let mut detectors =
        parts(2, 0).into_iter().map(|part| Detector::in_part(rules(), inventory.clone(), part));
    let mut detectors = detectors.by_ref().collect::<Vec<_>>();
    let events = routine("rag", 9);
    let late = batch(events.iter().filter(|event| event.time.day() == events[0].time.day()));
    let rest = batch(events.iter().filter(|event| event.time.day() > events[0].time.day()));
    detectors[0].push(&late);
    for one in &mut detectors {
        one.push(&rest);
        one.advance(events[8].time);
    }
    assert_eq!(detectors[1].push(&late).late, late.len());
    settle(&mut detectors, last(&events), &mut [Vec::new(), Vec::new()]);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let (events, inventory) = (history(), known());
    let mut found = [Vec::new(), Vec::new()];
    let mut detectors =
        parts(2, 0).into_iter().map(|part| Detector::in_part(rules(), inventory.clone(), part));
    let mut detectors = detectors.by_ref().collect::<Vec<_>>();
    for one in &mut detectors {
        one.push(&batch(&events));
    }
    settle(&mut detectors, events[500].time, &mut found);
    let before = detectors[0].snapshot().unwrap();
    settle(&mut detectors, events[600].time, &mut found);
    let [one, two] = [0, 1].map(|index: usize| detectors[index].snapshot().unwrap());
    let restored = |shards, from: &[Snapshot]| {
        let all = Part::new(shards, &(0..shards).collect());
        Detector::restore_part(rules(), inventory.clone(), all, from).err().map(|error| error.to_string())
    };
    assert_eq!(restored(SHARDS, &[one.clone(), two.clone()]), None);
    let whole = Detector::restore_whole(rules(), inventory.clone(), &[two.clone(), one.clone()]).unwrap();
    assert_eq!(whole.workloads().len(), detectors.iter().map(|part| part.workloads().len()).sum::<usize>());
    assert!(whole.workloads().len() > 12);
    let refused = |why| Some(RestoreError::Parts(why).to_string());
    assert_eq!(restored(SHARDS, std::slice::from_ref(&one)), refused("a shard is in none of them"));
    assert_eq!(restored(SHARDS, &[before, two.clone()]), refused("they are of different moments"));
    assert_eq!(restored(4, &[one, two]), refused("they are of another number of shards"));
}
