//! A workload with a declared boundary looks at roles and functions, which the boundary does not allow.

use super::{Scheme, choice};
use crate::calendar::{CUSTOMERS, Day, after};
use crate::world::deed::Deed;
use crate::world::member::{Act, Member};

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    if scheme.age(day) != 0 {
        return Vec::new();
    }
    let incident = scheme.incident;
    let rng = &mut scheme.rng;
    let time = day.moment(rng, &CUSTOMERS);
    let mut deeds = choice::several(rng.range(1, 2), member, rng, |_, rng| choice::role(rng));
    deeds.push(Deed::look("lambda", "ListFunctions20150331", "", ""));
    (0..).zip(deeds).map(|(step, deed)| Act::own(after(time, step * 95), deed).of(incident)).collect()
}
