//! A session that the workload holds is used from a network outside, for what the workload does anyway.

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::member::{Act, How, Member};

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    if scheme.age(day) != 0 {
        return Vec::new();
    }
    let incident = scheme.incident;
    let rng = &mut scheme.rng;
    let usual = choice::usual(member);
    let start = after(day.start(), rng.range(7 * 3_600, 18 * 3_600));
    let address = choice::address(rng);
    // The session is stolen while it is in use.
    let mut acts: Vec<Act> =
        usual.iter().take(1).map(|deed| Act::own(after(start, -45), (*deed).clone())).collect();
    for _ in 0..rng.range(4, 8) {
        let Some(deed) = usual.get(rng.index(usual.len())) else { break };
        let time = after(start, rng.range(0, 1_500));
        let act = Act::own(time, (*deed).clone()).of(incident);
        acts.push(act.by(How::From(address.clone())));
    }
    acts
}
