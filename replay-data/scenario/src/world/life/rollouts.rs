//! Rollouts: once or twice in 60 days the whole organisation gets something new within three days (a parameter, a bucket
//! for logs, a topic), and once in 30 days all workloads of one component do. It stays in use.

use crate::calendar::{CUSTOMERS, Day, after};
use crate::rng::Rng;
use crate::world::deed::{Deed, Kind};
use crate::world::habit::Habit;
use crate::world::member::{Act, Member};
use crate::world::truth::{Incident, Truth};

const WHAT: &str = "A rollout gave it something new, with many others and within three days.";
/// Days within which all have it.
const SPREAD_DAYS: i64 = 3;
const COMPONENTS: [&str; 5] = ["inference", "retrieval", "orchestrator", "evaluation", "training"];

/// One rollout.
#[derive(Debug)]
struct Rollout {
    first: Day,
    deed: Deed,
    /// Who gets it; everybody where `None`.
    component: Option<&'static str>,
}

/// All rollouts of a world.
#[derive(Debug)]
pub(in crate::world) struct Rollouts(Vec<Rollout>);

impl Rollouts {
    /// Those between two days.
    pub(in crate::world) fn plan(seed: u64, first: Day, last: Day) -> Self {
        let mut rng = Rng::stream(seed, "rollouts");
        let mut all = Vec::new();
        let mut day = Day(first.0 + rng.range(16, 34));
        while day.0 + SPREAD_DAYS <= last.0 {
            all.push(Rollout { first: day, deed: everywhere(all.len()), component: None });
            day = Day(day.0 + rng.range(28, 45));
        }
        day = Day(first.0 + rng.range(10, 40));
        while day.0 + SPREAD_DAYS <= last.0 {
            let component = *rng.pick(&COMPONENTS);
            let deed = Deed::new(Kind::Parameter, "components", format!("{component}-{}", letter(all.len())));
            all.push(Rollout { first: day, deed, component: Some(component) });
            day = Day(day.0 + rng.range(22, 38));
        }
        Self(all)
    }

    /// What reaches a workload on a day.
    pub(in crate::world) fn acts(
        &self,
        member: &mut Member,
        day: Day,
        seed: u64,
        truth: &mut Truth,
    ) -> Vec<Act> {
        let mut acts = Vec::new();
        for rollout in &self.0 {
            let reached = rollout.component.is_none_or(|component| component == member.component);
            let mut rng = member.stream(seed, &format!("rollout/{}", rollout.first.iso()));
            let on = Day(rollout.first.0 + rng.range(0, SPREAD_DAYS - 1));
            if !reached || on != day || member.known.contains(&rollout.deed) {
                continue;
            }
            let may = ["D01", "D02", "D10"];
            let incident = truth.open(Incident::benign("rollout", &member.name, WHAT).may_raise(&may));
            let time = day.moment(&mut rng, &CUSTOMERS);
            for late_secs in [0, 40, 900] {
                let time = after(time, late_secs);
                if Day(time.day()) == day {
                    acts.push(Act::own(time, rollout.deed.clone()).of(incident));
                }
            }
            let per_day_milli = rng.range(800, 4_000);
            member.adopt(Habit::daily(rollout.deed.clone(), per_day_milli, Day(day.0 + 1)));
        }
        acts
    }
}

/// What comes to everybody, one after the other.
fn everywhere(number: usize) -> Deed {
    match number % 3 {
        0 => Deed::new(Kind::Parameter, "organisation", format!("telemetry-{}", letter(number))),
        1 => Deed::new(Kind::WriteObject, "acme-organisation-logs", format!("access-{}", letter(number))),
        _ => Deed::new(Kind::Publish, format!("organisation-heartbeat-{}", letter(number)), ""),
    }
}

/// A word for a number, because digits are cut out of names.
fn letter(number: usize) -> String {
    const WORDS: [&str; 8] = ["amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath"];
    let first = WORDS[number % WORDS.len()];
    if number < WORDS.len() { first.to_owned() } else { format!("{first}-{}", letter(number / WORDS.len())) }
}
