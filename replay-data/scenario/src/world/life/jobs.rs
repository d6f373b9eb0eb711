//! Jobs: a quarter of the workloads has a weekly job of one to four things at a fixed hour; one in 16 has a monthly job of
//! one or two on the first day of the month. A monthly job may first run long after everything else is known.

use super::choice;
use crate::calendar::Day;
use crate::rng::Rng;
use crate::world::habit::{FOR_EVER, Habit, Rhythm};
use crate::world::member::Member;

/// Gives a workload its jobs.
pub(in crate::world) fn plan(member: &mut Member, rng: &mut Rng, from: Day) {
    if rng.chance(250) {
        let rhythm = Rhythm::Weekly(rng.range(0, 6), rng.range(0, 22));
        let things = rng.range(1, 4);
        add(member, rng, from, (rhythm, things));
    }
    if rng.chance(62) {
        let rhythm = Rhythm::Monthly(rng.range(1, 22));
        let things = rng.range(1, 2);
        add(member, rng, from, (rhythm, things));
    }
}

fn add(member: &mut Member, rng: &mut Rng, from: Day, (rhythm, things): (Rhythm, i64)) {
    for _ in 0..things {
        let deed = choice::fresh(member, rng);
        // A job that runs does all of its work: never nothing by chance.
        let per_day_milli = rng.range(6_000, 12_000);
        member.adopt(Habit { deed, per_day_milli, from, until: FOR_EVER, rhythm });
    }
}
