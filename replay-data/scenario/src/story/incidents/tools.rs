//! Somebody adds a tool server of a third party to support-agent's configuration; no change record says so.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::calendar::Day;
use crate::labels::Label;
use crate::story::organisation::CHAT_MODEL;
use crate::story::runs::{Run, SUPPORT, Tool, on};
use crate::story::schedule::Schedule;
use crate::story::world::World;

const FETCH: Tool = on("mcp.quickfetch.example", "fetch_url");

/// Plans two days of it.
pub(super) fn plan(schedule: &mut Schedule) {
    schedule.at(Day::date(2026, 4, 1).at(10, 22, 0), first_fetch);
    for hour in [7, 9, 12, 14, 18, 21] {
        schedule.at(Day::date(2026, 4, 2).at(hour, 8 + hour, 20), fetch);
    }
}

fn first_fetch(world: &mut World, time: EventTime) {
    let event = fetches(world, time);
    let what = "Support-agent calls a tool on a third party's server that it never called before.";
    let label = Label::new("new-tool-server", "support-agent", what, time).by(vec![event]);
    world.labels.push(label.until(Day::date(2026, 4, 2).at(23, 59, 59)).raises(&[Check::D06]));
}

fn fetch(world: &mut World, time: EventTime) {
    fetches(world, time);
}

fn fetches(world: &mut World, time: EventTime) -> String {
    let rng = world.support.rng.fork();
    let mut run = Run::open(world, rng, SUPPORT, time, None);
    run.model(world, "chat", CHAT_MODEL);
    let call = run.tool(world, FETCH);
    run.model(world, "chat", CHAT_MODEL);
    run.close(world);
    format!("{}/{}", call.trace, call.span)
}
