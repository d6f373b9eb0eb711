//! Six to fifteen different calls a day that are refused, on two to four days.

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::deed::Plane;
use crate::world::member::{Act, How, Member};

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    let days = member.stream(0, "probing").range(2, 4);
    if !(0..days).contains(&scheme.age(day)) {
        return Vec::new();
    }
    let incident = scheme.incident;
    let rng = &mut scheme.rng;
    let things = rng.range(6, 15);
    let deeds = choice::several(things, member, rng, |member, rng| {
        loop {
            let deed = match rng.below(10) {
                0..=2 => choice::role(rng),
                3..=6 => choice::data(member, rng),
                _ => choice::sensitive(member, rng),
            };
            if deed.plane(member.is_agent) == Plane::Aws {
                break deed;
            }
        }
    });
    let start = day.moment(rng, member.tempo.hours);
    deeds
        .into_iter()
        .map(|deed| Act::own(after(start, rng.range(0, 5_400)), deed).of(incident).by(How::Refused))
        .collect()
}
