//! Denied calls of real life: a workload runs into a missing permission once in about 60 days. It tries three to six times
//! within minutes, one thing, seldom two; then somebody mends it or gives up. And one call in 400 is throttled.

use super::choice;
use crate::calendar::{Day, OFFICE, after};
use crate::rng::Rng;
use crate::world::deed::Plane;
use crate::world::member::{Act, How, Member};

/// What is refused on a day, if anything.
pub(in crate::world) fn acts(member: &Member, day: Day, rng: &mut Rng) -> Vec<Act> {
    if rng.below(60) > 0 {
        return Vec::new();
    }
    let mut acts = Vec::new();
    for _ in 0..=i64::from(rng.chance(150)) {
        let deed = choice::fresh(member, rng);
        if deed.plane(member.is_agent) != Plane::Aws {
            continue;
        }
        let mut time = day.moment(rng, &OFFICE);
        for _ in 0..rng.range(3, 6) {
            acts.push(Act::own(time, deed.clone()).by(How::Refused));
            time = after(time, rng.range(2, 90));
        }
    }
    acts.retain(|act| Day(act.time.day()) == day);
    acts
}
