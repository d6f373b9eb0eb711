//! A stolen session looks around and reads 10 to 25 new things within one to three hours, half of the time from outside.

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
    let things = rng.range(10, 25);
    let deeds = choice::several(things, member, rng, |member, rng| match rng.below(10) {
        0..=3 => choice::look(rng),
        4..=7 => choice::data(member, rng),
        _ => choice::sensitive(member, rng),
    });
    let start = after(day.start(), rng.range(3_600, 20 * 3_600));
    let span_secs = rng.range(3_600, 3 * 3_600);
    let outside = rng.chance(500).then(|| choice::address(rng));
    // The session is stolen while it is in use.
    let mut acts: Vec<Act> = choice::usual(member)
        .into_iter()
        .take(1)
        .map(|deed| Act::own(after(start, -45), deed.clone()))
        .collect();
    for deed in deeds {
        let time = after(start, rng.range(0, span_secs));
        for again in 0..=rng.range(0, 2) {
            let act = Act::own(after(time, again * 3), deed.clone()).of(incident);
            acts.push(match &outside {
                Some(address) => act.by(How::From(address.clone())),
                None => act,
            });
        }
    }
    acts
}
