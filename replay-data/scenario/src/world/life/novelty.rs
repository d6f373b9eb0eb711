//! Slow benign novelty: now and then a workload does something new and nobody noted it. Of 100 workloads 25 hardly ever
//! do (once in 500 days), 45 do once in 50 days, 20 once in 20 days and 10 once in 6 days: together once in about 27
//! workload-days. Of what is new, 60% is done on that one day only; 40% stays, on nearly every other day.

use crate::calendar::{Day, OFFICE, after};
use crate::rng::Rng;
use crate::world::habit::Habit;
use crate::world::life::choice;
use crate::world::member::{Act, Member};

/// A workload's own chance of something new on a day, in millionths.
pub(in crate::world) fn rate_ppm(rng: &mut Rng) -> u64 {
    match rng.below(100) {
        0..=24 => 2_000,
        25..=69 => 20_000,
        70..=89 => 50_000,
        _ => 166_667,
    }
}

/// What is new on a day, if anything.
pub(in crate::world) fn acts(member: &mut Member, day: Day, rng: &mut Rng) -> Vec<Act> {
    // Two on one day are rare, and happen.
    let many = (0..2).filter(|_| rng.below(2_000_000) < member.novelty_ppm).count();
    let mut acts = Vec::new();
    for _ in 0..many {
        let deed = choice::fresh(member, rng);
        let mut time = day.moment(rng, &OFFICE);
        for _ in 0..rng.range(1, 4) {
            acts.push(Act::own(time, deed.clone()));
            time = after(time, rng.range(20, 900));
        }
        if rng.chance(400) {
            let per_day_milli = rng.range(400, 3_000);
            member.adopt(Habit::daily(deed, per_day_milli, Day(day.0 + 1)));
        } else {
            member.known.insert(deed);
        }
    }
    acts.retain(|act| Day(act.time.day()) == day);
    acts
}
