//! New workloads: one in twenty begins in the second quarter or third of a world rather than before it. All are
//! registered.

use crate::calendar::Day;
use crate::rng::Rng;

/// The first day of a workload.
pub(in crate::world) fn born(rng: &mut Rng, first: Day, days: i64) -> Day {
    if rng.chance(50) && days >= 12 { Day(first.0 + rng.range(days / 4, days * 2 / 3)) } else { first }
}
