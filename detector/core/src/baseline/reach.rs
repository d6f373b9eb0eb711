//! The reach score R of detector.md, section 1: breadth counts, but a thousand prefixes of one bucket do not.

use std::collections::BTreeMap;

use ambit_schemas::finding::Reach;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::Plane;
use ambit_schemas::{EventTime, RuleSet};

use crate::atom::{Atoms, weight_tenths};
use crate::workload::{Mark, Sighting, Workload};

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

/// Whether a sighting is part of the reach that lives on a day.
pub(crate) fn lives(sighting: &Sighting, day: i64, rules: &RuleSet) -> bool {
    let days = |parameter| rules.days_micros(parameter) / DAY_MICROS;
    sighting.is_live(day, days(Parameter::ReachDays), days(Parameter::PeriodicDays))
}

/// R before a moment, R live and R at the origin, at an event time. An atom is live for `reach_days` after its last use;
/// `before` leaves out what was first seen at `since` or later.
pub(crate) fn reach(
    workload: &Workload,
    atoms: &Atoms,
    now: EventTime,
    since: EventTime,
    rules: &RuleSet,
) -> Reach {
    let live = || workload.sightings.iter().filter(|sighting| lives(sighting, now.day(), rules));
    let before = live().filter(|sighting| sighting.first_seen < since);
    let origin = workload.sightings.iter().filter(|sighting| sighting.is(Mark::Origin));
    Reach {
        before: Some(tenths(score_tenths(before, atoms))),
        live: Some(tenths(score_tenths(live(), atoms))),
        origin: workload.mature_since.map(|_| tenths(score_tenths(origin, atoms))),
    }
}

/// Whether a sighting is of the reach that the ratchet looks at: what it does and what it holds.
fn is_ratcheted(sighting: &Sighting, atoms: &Atoms) -> bool {
    matches!(atoms.key(sighting.atom).plane(), Plane::Privilege | Plane::Credential)
}

/// The live R of observed privilege and credentials, in tenths.
pub(crate) fn ratchet_tenths(workload: &Workload, atoms: &Atoms, day: i64, rules: &RuleSet) -> i64 {
    let all = workload.sightings.iter();
    score_tenths(all.filter(|sighting| lives(sighting, day, rules) && is_ratcheted(sighting, atoms)), atoms)
}

/// The origin's R of observed privilege and credentials, in tenths.
pub(crate) fn origin_tenths(workload: &Workload, atoms: &Atoms) -> i64 {
    let all = workload.sightings.iter();
    score_tenths(all.filter(|sighting| sighting.is(Mark::Origin) && is_ratcheted(sighting, atoms)), atoms)
}
