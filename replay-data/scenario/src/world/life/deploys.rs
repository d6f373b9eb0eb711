//! Deployments: every two to five weeks, on a workday in office hours. Six of ten are recorded in the inventory, as a
//! deploy or a change of permissions, with a window of at most twelve hours; they bring nothing to six new things, and
//! to agents now and then a new tool. Four of ten are small and recorded nowhere: nothing to two new things.
//! Everything new is tried within the three hours after, and stays in use.

use ambit_schemas::EventTime;

use crate::calendar::{Day, after};
use crate::inventory::Change;
use crate::rng::Rng;
use crate::world::deed::{Deed, Kind};
use crate::world::habit::Habit;
use crate::world::life::choice;
use crate::world::member::{Act, Member};
use crate::world::truth::{Incident, Truth};

/// A deployment, planned ahead: the inventory names it before its day comes.
#[derive(Debug, Clone)]
pub(in crate::world) struct Deploy {
    /// When.
    pub at: EventTime,
    /// New things that come with it.
    pub news: i64,
    /// The change record, where there is one.
    pub record: Option<Record>,
}

/// What the inventory says of a deployment.
#[derive(Debug, Clone)]
pub(in crate::world) struct Record {
    /// The number in the operator's system.
    pub id: String,
    /// `deploy` or `permission`.
    pub kind: &'static str,
    /// First moment.
    pub from: EventTime,
    /// Last moment.
    pub to: EventTime,
    /// Who said yes.
    pub approved_by: String,
}

/// All deployments of a workload between two days.
pub(in crate::world) fn plan(name: &str, rng: &mut Rng, first: Day, last: Day) -> Vec<Deploy> {
    let period = rng.range(14, 35);
    let mut day = Day(first.0 + rng.range(1, period));
    let mut deploys = Vec::new();
    while day <= last {
        let workday = Day(day.0 + (7 - day.weekday()) * i64::from(!day.is_workday()));
        let at = workday.at(9, 0, 0);
        let at = after(at, rng.range(0, 7 * 3_600));
        let recorded = rng.chance(600);
        let news = if recorded { rng.range(0, 6) } else { rng.range(0, 2) };
        let record = recorded.then(|| record(name, at, rng));
        deploys.push(Deploy { at, news, record });
        day = Day(workday.0 + period + rng.range(-3, 3));
    }
    deploys
}

fn record(name: &str, at: EventTime, rng: &mut Rng) -> Record {
    let from = after(at, -rng.range(10 * 60, 3_600));
    Record {
        id: format!("CHG-{}", rng.range(100_000, 999_999)),
        kind: if rng.chance(750) { "deploy" } else { "permission" },
        from,
        to: after(from, rng.range(5 * 3_600, 12 * 3_600)),
        approved_by: format!("lead-{}@acme.example", name.split('-').next().unwrap_or("platform")),
    }
}

/// The change records of a workload.
pub(in crate::world) fn changes(member: &Member) -> impl Iterator<Item = Change<'_>> {
    member.deploys.iter().filter_map(|deploy| deploy.record.as_ref()).map(|record| Change {
        id: &record.id,
        workload: &member.name,
        kind: record.kind,
        from: record.from,
        to: record.to,
        approved_by: &record.approved_by,
    })
}

/// What a deployment of this day brings.
pub(in crate::world) fn acts(member: &mut Member, day: Day, rng: &mut Rng, truth: &mut Truth) -> Vec<Act> {
    let today = member.deploys.iter().find(|deploy| Day(deploy.at.day()) == day);
    let Some(deploy) = today.filter(|deploy| deploy.news > 0).cloned() else { return Vec::new() };
    let (kind, what) = match deploy.record {
        Some(_) => ("deploy_recorded", "A release that the inventory has a change record for."),
        None => ("deploy_unrecorded", "A small release that nobody recorded."),
    };
    let incident = truth.open(Incident::benign(kind, &member.name, what).may_raise(&["D02", "D06", "D10"]));
    let mut acts = Vec::new();
    for _ in 0..deploy.news {
        let deed = news(member, deploy.record.is_some(), rng);
        for _ in 0..rng.range(1, 3) {
            let time = after(deploy.at, rng.range(60, 3 * 3_600));
            acts.push(Act::own(time, deed.clone()).of(incident));
        }
        let per_day_milli = rng.range(600, 4_000);
        member.adopt(Habit::daily(deed, per_day_milli, Day(day.0 + 1)));
    }
    acts
}

fn news(member: &Member, recorded: bool, rng: &mut Rng) -> Deed {
    if recorded && member.is_agent && rng.chance(120) {
        let servers: Vec<&Deed> = member.known.iter().filter(|deed| deed.kind == Kind::Tool).collect();
        if let Some(known) = servers.first() {
            let tool = format!("{}_all", known.part);
            let deed = Deed::new(Kind::Tool, known.on.as_str(), tool);
            if !member.known.contains(&deed) {
                return deed;
            }
        }
    }
    choice::fresh(member, rng)
}
