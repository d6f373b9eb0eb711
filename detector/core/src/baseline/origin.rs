//! The origin snapshot, sealed anew because a person accepted the reach of today.

use ambit_schemas::{EventTime, RuleSet};

use super::reach::{lives, origin_tenths};
use crate::atom::Atoms;
use crate::workload::{Mark, Workload};

/// Makes the live reach the origin, and begins the ratchet anew. A workload that was not mature at that time has no origin
/// yet; one whose origin was sealed then or later, before a restart, keeps it.
pub(crate) fn reseal(workload: &mut Workload, at: EventTime, (atoms, rules): (&Atoms, &RuleSet)) {
    let mature = workload.mature_since.is_some_and(|since| since <= at);
    if !mature || workload.resealed.is_some_and(|sealed| sealed >= at) {
        return;
    }
    for sighting in workload.sightings.iter_mut() {
        if lives(sighting, at.day(), rules) {
            sighting.mark(Mark::Origin);
        } else {
            sighting.unmark(Mark::Origin);
        }
    }
    workload.origin_tenths = Some(origin_tenths(workload, atoms));
    workload.ratchet = 0;
    workload.resealed = Some(at);
}
