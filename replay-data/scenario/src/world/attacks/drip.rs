//! Twelve new things within 30 days, one about every two and a half days. What was taken once is used again on every third
//! of the days that follow, so that it looks like part of the workload. Secrets, restricted data, roles and plain data
//! are mixed, as somebody would take them who goes for what is worth something and stays unseen.

use super::{Scheme, choice};
use crate::calendar::{Day, after};
use crate::world::life;
use crate::world::member::{Act, Member};

/// New things.
const THINGS: usize = 12;
/// How long it goes on.
const DAYS: i64 = 30;

/// What it does on a day.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    let age = scheme.age(day);
    if !(0..DAYS).contains(&age) {
        return Vec::new();
    }
    if scheme.deeds.is_empty() {
        let rng = &mut scheme.rng;
        let mut deeds = choice::several(5, member, rng, choice::sensitive);
        deeds.extend(choice::several(5, member, rng, choice::data));
        deeds.extend(choice::several(2, member, rng, |_, rng| choice::role(rng)));
        deeds.truncate(THINGS);
        life::shuffle(&mut deeds, rng);
        scheme.deeds = deeds;
    }
    let mut acts = Vec::new();
    for (index, deed) in scheme.deeds.iter().enumerate() {
        let first = i64::try_from(index).unwrap_or(0) * 5 / 2;
        let is_first = age == first;
        if !is_first && (age < first || !scheme.rng.chance(330)) {
            continue;
        }
        let time = day.moment(&mut scheme.rng, member.tempo.hours);
        for again in 0..=scheme.rng.range(0, 2) {
            let act = Act::own(after(time, again * 41), deed.clone());
            acts.push(act.of(scheme.incident));
        }
    }
    acts
}
