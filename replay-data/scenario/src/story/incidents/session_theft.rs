//! A session of support-agent's is taken out of the cluster and used elsewhere to call a dear model.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::calendar::{Day, after};
use crate::cloudtrail::{Place, invoke_model, named};
use crate::labels::Label;
use crate::rng::Rng;
use crate::story::organisation::{CLI, PROD};
use crate::story::schedule::Schedule;
use crate::story::world::World;

/// A model that acme has never used.
const DEAR_MODEL: &str = "anthropic.claude-opus-4-20250514-v1:0";

/// Plans it.
pub(super) fn plan(schedule: &mut Schedule) {
    schedule.at(Day::date(2026, 3, 31).at(11, 17, 0), uses_stolen_session);
}

fn uses_stolen_session(world: &mut World, time: EventTime) {
    let place = Place { address: "203.0.113.77".into(), agent: CLI.into(), endpoint: None };
    let rng = Rng::stream(world.seed, "session-theft");
    let held = world.support.aws(&mut world.trail, time);
    let mut session = held.moved_to(place, rng);
    let refused = "User is not authorized to perform: iam:ListUsers because no identity-based policy allows the iam:ListUsers action";
    let calls = vec![
        named("sts", "GetCallerIdentity", "", ""),
        named("iam", "ListUsers", "", "").denied(refused),
        invoke_model(PROD, DEAR_MODEL, false)
            .denied("You don't have access to the model with the specified model ID."),
        invoke_model(PROD, crate::story::organisation::CHAT_MODEL, false),
        invoke_model(PROD, crate::story::organisation::CHAT_MODEL, false),
    ];
    let events = world.calls(&mut session, after(time, 40), calls, (5_000, 60_000));
    let what = "A session issued to support-agent in the cluster is used from an address on the internet.";
    let label = Label::new("session-theft", "support-agent", what, time).until(after(time, 400)).by(events);
    world.labels.push(label.raises(&[Check::L02]).may_raise(&[Check::D02, Check::C05, Check::H07]));
}
