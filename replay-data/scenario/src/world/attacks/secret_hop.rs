//! A workload reads another's declared secret; within ten hours the key that the secret holds is used from outside. Until
//! then its rightful owner has used the key every day from its own network.

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::deed::{Deed, Kind};
use crate::world::member::{Act, How, Member};

/// Days after it until the key is replaced.
const KEPT_DAYS: i64 = 4;
/// The hour of the read.
const READ_HOUR: i64 = 9;

/// The reader's part on a day.
pub(super) fn reads(scheme: &mut Scheme, secret: &Deed, day: Day) -> Vec<Act> {
    if scheme.age(day) != 0 {
        return Vec::new();
    }
    let time = after(day.at(READ_HOUR, 0, 0), scheme.rng.range(0, 3_000));
    vec![Act::own(time, secret.clone()).of(scheme.incident)]
}

/// What is done with the key on a day, by its owner and by others.
pub(super) fn key_used(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    let age = scheme.age(day);
    let rng = &mut scheme.rng;
    let mut acts = Vec::new();
    if age <= KEPT_DAYS {
        let upload = Deed::new(Kind::WriteObject, format!("acme-{}-uploads", member.team), "incoming");
        let time = after(day.start(), rng.range(4 * 3_600, 6 * 3_600));
        acts.push(Act::own(time, upload).by(How::Key(String::new())));
    }
    if age == 0 {
        let start = after(day.at(READ_HOUR + 1, 0, 0), rng.range(600, 9 * 3_600));
        let address = choice::address(rng);
        let deeds = choice::several(rng.range(3, 6), member, rng, choice::data);
        for (step, deed) in (0..).zip(deeds) {
            let act = Act::own(after(start, step * 37), deed).of(scheme.incident).also_of(scheme.other);
            acts.push(act.by(How::Key(address.clone())));
        }
    }
    acts
}
