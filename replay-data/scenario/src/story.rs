//! Six weeks of acme, an organisation that runs AI workloads: three quiet weeks in which everything is learnt, then
//! incidents in the midst of a benign life that goes on.

mod agents;
mod changes;
mod cloud;
mod conversations;
mod development;
mod incidents;
mod legacy;
mod operations;
mod organisation;
mod people;
mod registered;
mod runs;
mod schedule;
mod vault_setup;
mod workload;
mod world;

use ambit_schemas::EventTime;

use crate::calendar::{Day, OFFICE};
use crate::cloudtrail::deliver;
use crate::history::History;
use crate::rng::Rng;
use schedule::Schedule;
use world::World;

/// Days in a CloudTrail file of the story.
const DAYS_PER_FILE: i64 = 3;

/// The first day: Monday, 2 March 2026.
pub fn first_day() -> Day {
    Day::date(2026, 3, 2)
}

/// The last day: Sunday, 12 April 2026.
pub fn last_day() -> Day {
    Day::date(2026, 4, 12)
}

/// The story under a seed.
pub fn acme(seed: u64) -> History {
    let mut world = World::new(seed);
    let mut schedule = Schedule::default();
    for day in first_day().0..=last_day().0 {
        plan_day(&mut schedule, seed, Day(day));
    }
    legacy::plan(&mut schedule);
    changes::plan(&mut schedule);
    incidents::plan(&mut schedule);
    schedule.run(&mut world);
    for silence in incidents::silences() {
        world.trail.entries.retain(|entry| {
            entry.account != silence.account || entry.time <= silence.from || entry.time >= silence.to
        });
    }
    world.labels.sort_by_key(|label| (label.from, label.incident));
    let end = last_day().at(23, 59, 59);
    world.trail.entries.retain(|entry| entry.time <= end);
    world.vault.requests.retain(|request| request.time <= end);
    world.spans.spans.retain(|span| span.end <= end);
    History {
        cloudtrail: deliver(&world.trail.entries, seed, first_day(), DAYS_PER_FILE),
        inventory: registered::inventory(&world).to_string(),
        vault: world.vault,
        spans: world.spans,
        labels: world.labels,
    }
}

/// Everything that happens every day, or every Monday, or on the first of the month.
fn plan_day(schedule: &mut Schedule, seed: u64, day: Day) {
    let mut rng = Rng::stream(seed, &format!("day/{}", day.iso()));
    let workday = day.is_workday();
    agents::plan(schedule, &mut rng, day);
    operations::plan(schedule, &mut rng, day);
    development::plan(schedule, &mut rng, day);
    cloud::plan(schedule, &mut rng, day);
    if workday {
        for _ in 0..rng.range(2, 4) {
            schedule.at(day.moment(&mut rng, &OFFICE), people::looks_around);
        }
        schedule.at(day.moment(&mut rng, &OFFICE), people::develops);
    }
}

/// Between two moments, both excluded, an account's trail writes nothing.
#[derive(Debug, Clone, Copy)]
struct Silence {
    account: crate::cloudtrail::Account,
    from: EventTime,
    to: EventTime,
}

#[cfg(test)]
mod tests;
