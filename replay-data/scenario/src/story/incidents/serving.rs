//! On a Saturday night the routing endpoint gets another model, and no change record says so.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::calendar::{Day, after};
use crate::labels::Label;
use crate::story::changes;
use crate::story::schedule::Schedule;
use crate::story::world::World;

/// Plans it.
pub(super) fn plan(schedule: &mut Schedule) {
    schedule.at(Day::date(2026, 3, 28).at(22, 41, 0), serves_a_hotfix);
}

fn serves_a_hotfix(world: &mut World, time: EventTime) {
    let events = changes::serve(world, time, "support-router", "support-router-hotfix");
    let what = "The pipeline changes the routing endpoint on a Saturday night without a change record.";
    let label = Label::new("serving-unapproved", "ci-deploy", what, time).until(after(time, 120));
    world.labels.push(label.raises(&[Check::C02]).by(events));
}
