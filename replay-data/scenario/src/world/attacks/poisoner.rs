//! One new sensitive thing every five days for as long as the world lasts, and each of them again now and then: slow
//! enough for a baseline that learns to learn it.

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::member::{Act, Member};

const EVERY_DAYS: i64 = 5;

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    let age = scheme.age(day);
    if age < 0 {
        return Vec::new();
    }
    let mut due = Vec::new();
    for deed in &scheme.deeds {
        if scheme.rng.chance(300) {
            due.push(deed.clone());
        }
    }
    if age % EVERY_DAYS == 0 {
        let known = scheme.deeds.clone();
        let fresh = choice::several(4, member, &mut scheme.rng, choice::sensitive);
        if let Some(deed) = fresh.into_iter().find(|deed| !known.contains(deed)) {
            due.push(deed.clone());
            scheme.deeds.push(deed);
        }
    }
    let mut acts = Vec::new();
    for deed in due {
        let time = day.moment(&mut scheme.rng, member.tempo.hours);
        acts.push(Act::own(time, deed.clone()).of(scheme.incident));
        acts.push(Act::own(after(time, 7), deed).of(scheme.incident));
    }
    acts
}
