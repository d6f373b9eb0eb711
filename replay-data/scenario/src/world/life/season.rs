//! Seasons: a third of the workloads has twice its volume on the last day of a month and the first of the next. All others
//! vary a little: a day has 80 to 120 percent of the usual.

use crate::calendar::Day;
use crate::rng::Rng;
use crate::world::habit::Volume;
use crate::world::member::Member;

/// How busy a day is for a workload.
pub(in crate::world) fn volume(member: &Member, day: Day, rng: &mut Rng) -> Volume {
    let usual = rng.range(80, 120);
    let turn_of_month = day.iso().ends_with("-01") || Day(day.0 + 1).iso().ends_with("-01");
    let seasonal = Rng::stream(0, &format!("season/{}", member.name)).chance(330);
    Volume(if turn_of_month && seasonal { usual * 2 } else { usual })
}
