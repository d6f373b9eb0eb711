//! A workload assumes the role of another one in another account, on three days, and reads a table with it.

use super::Scheme;
use crate::calendar::{CUSTOMERS, Day};
use crate::world::deed::{Deed, Kind};
use crate::world::member::Act;

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, (role, table): (&str, &str), day: Day) -> Vec<Act> {
    if !(0..3).contains(&scheme.age(day)) {
        return Vec::new();
    }
    let time = day.moment(&mut scheme.rng, &CUSTOMERS);
    vec![Act::own(time, Deed::new(Kind::Assume, role, table)).of(scheme.incident).also_of(scheme.other)]
}
