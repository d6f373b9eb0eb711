//! The reach score R of detector.md, section 1: breadth counts, but a thousand prefixes of one bucket do not.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;
use ambit_schemas::finding::Reach;

use crate::atom::{Atoms, weight_tenths};
use crate::workload::{Sighting, Workload};

/// R over some sightings, in tenths: per plane, service, class and environment, the greatest sensitivity × the weight ×
/// (1 + ⌊log2 groups⌋). Whole numbers, so that no order of summing can change it.
fn score_tenths<'a>(sightings: impl Iterator<Item = &'a Sighting>, atoms: &Atoms) -> i64 {
    let mut breadths = BTreeMap::new();
    for sighting in sightings {
        let key = atoms.key(sighting.atom);
        let (groups, sensitivity, weight) = breadths.entry(key.breadth()).or_insert((0_u32, 0_u8, 0_i64));
        *groups += 1;
        *sensitivity = (*sensitivity).max(sighting.sensitivity);
        *weight = weight_tenths(key.plane(), key.class());
    }
    let score = |(groups, sensitivity, weight): &(u32, u8, i64)| {
        i64::from(*sensitivity) * weight * (1 + i64::from(groups.ilog2()))
    };
    breadths.values().map(score).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a score stays far below 2^52")]
fn tenths(value: i64) -> f64 {
    value as f64 / 10.0
}

/// R before a moment, R live and R at the origin, at an event time. An atom is live for `reach_days` after its last use;
/// `before` leaves out what was first seen at `since` or later.
pub(crate) fn reach(
    workload: &Workload,
    atoms: &Atoms,
    now: EventTime,
    since: EventTime,
    reach_days: i64,
) -> Reach {
    let live = |sighting: &&Sighting| i64::from(sighting.last_day) > now.day() - reach_days;
    let live_now = workload.sightings.iter().filter(live);
    let before = workload.sightings.iter().filter(live).filter(|sighting| sighting.first_seen < since);
    let origin = workload.sightings.iter().filter(|sighting| sighting.origin);
    Reach {
        before: Some(tenths(score_tenths(before, atoms))),
        live: Some(tenths(score_tenths(live_now, atoms))),
        origin: workload.mature_since.map(|_| tenths(score_tenths(origin, atoms))),
    }
}
