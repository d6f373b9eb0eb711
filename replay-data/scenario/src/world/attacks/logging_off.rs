//! A workload stops the trail of its account and starts it again within an hour and a half.

use super::Scheme;
use crate::calendar::{CUSTOMERS, Day, after};
use crate::world::deed::{Deed, Kind};
use crate::world::member::{Act, Member};

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    if scheme.age(day) != 0 {
        return Vec::new();
    }
    let time = day.moment(&mut scheme.rng, &CUSTOMERS);
    let trail = format!("acme-{}-trail", member.site.name);
    let back = after(time, scheme.rng.range(1_500, 5_400));
    vec![
        Act::own(time, Deed::new(Kind::StopTrail, trail.as_str(), "")).of(scheme.incident),
        Act::own(back, Deed::new(Kind::StartTrail, trail, "")),
    ]
}
