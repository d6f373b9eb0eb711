//! A session that the workload holds is used from a network outside, for what the workload does anyway.

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::deed::{Deed, Kind, Plane};
use crate::world::member::{Act, How, Member};

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    if scheme.age(day) != 0 {
        return Vec::new();
    }
    let incident = scheme.incident;
    let rng = &mut scheme.rng;
    let plain = |deed: &&Deed| deed.plane(member.is_agent) == Plane::Aws && deed.kind != Kind::Assume;
    let usual: Vec<&Deed> = member
        .habits
        .iter()
        .filter(|habit| habit.is_steady())
        .map(|habit| &habit.deed)
        .filter(plain)
        .collect();
    let start = after(day.start(), rng.range(7 * 3_600, 18 * 3_600));
    let address = choice::address(rng);
    let mut acts = Vec::new();
    for _ in 0..rng.range(4, 8) {
        let Some(deed) = usual.get(rng.index(usual.len())) else { break };
        let time = after(start, rng.range(0, 1_500));
        let act = Act::own(time, (*deed).clone()).of(incident);
        acts.push(act.by(How::From(address.clone())));
    }
    acts
}
