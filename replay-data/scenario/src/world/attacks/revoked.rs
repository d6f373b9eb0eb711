//! A user's key serves the workload from its beginning; a day after it was revoked in the operator's books somebody uses it.

use ambit_schemas::EventTime;

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::deed::{Deed, Kind};
use crate::world::member::{Act, How, Member};

/// When the key was revoked.
pub(super) fn revoked_at(start: Day) -> EventTime {
    Day(start.0 - 1).at(12, 0, 0)
}

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    let age = scheme.age(day);
    let upload = Deed::new(Kind::WriteObject, format!("acme-{}-uploads", member.team), "incoming");
    let rng = &mut scheme.rng;
    if age < -1 {
        let time = after(day.start(), rng.range(6 * 3_600, 9 * 3_600));
        return vec![Act::own(time, upload).by(How::Key(String::new()))];
    }
    if !(0..2).contains(&age) {
        return Vec::new();
    }
    let start = after(day.start(), rng.range(8 * 3_600, 20 * 3_600));
    let address = choice::address(rng);
    (0..rng.range(1, 3))
        .map(|step| {
            let act = Act::own(after(start, step * 30), upload.clone()).of(scheme.incident);
            act.by(How::Key(address.clone()))
        })
        .collect()
}
