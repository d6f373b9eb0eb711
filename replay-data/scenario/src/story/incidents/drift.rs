//! The training job in development takes up more and more of the customers' data: no single step is worth a call, and
//! nobody decided on the sum.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::calendar::{Day, after, after_millis};
use crate::cloudtrail::get_object;
use crate::labels::Label;
use crate::rng::Rng;
use crate::story::last_day;
use crate::story::organisation::DEV;
use crate::story::schedule::Schedule;
use crate::story::world::World;

/// What is taken up, and on which day. Once taken up it is read every other night.
const SOURCES: [(Day, &str, &str); 10] = [
    (Day(20_538), "acme-dev-customer-tickets", "raw"),
    (Day(20_539), "acme-dev-customer-tickets", "attachments"),
    (Day(20_542), "acme-dev-crm-snapshots", "accounts"),
    (Day(20_543), "acme-dev-crm-snapshots", "contacts"),
    (Day(20_544), "acme-dev-call-transcripts", "2026-q1"),
    (Day(20_545), "acme-dev-chat-transcripts", "2026-q1"),
    (Day(20_546), "acme-dev-orders-sample", "full"),
    (Day(20_549), "acme-dev-refunds-sample", "full"),
    (Day(20_550), "acme-dev-payments-sample", "tokens"),
    (Day(20_551), "acme-dev-address-book", "export"),
];

/// Plans it, from 26 March on.
pub(super) fn plan(schedule: &mut Schedule) {
    schedule.at(SOURCES[0].0.at(22, 9, 0), tells_of_the_drift);
    for day in SOURCES[0].0.0..=last_day().0 {
        if Day(day).is_workday() {
            schedule.at(Day(day).at(22, 14, 0), reads_more);
        }
    }
}

fn tells_of_the_drift(world: &mut World, time: EventTime) {
    let what = "Feature-trainer takes up another source of customer data every working day or two, without a change record.";
    let label = Label::new("training-drift", "feature-trainer", what, time).until(last_day().at(22, 0, 0));
    world.labels.push(label.raises(&[Check::D01]).may_raise(&[Check::D02, Check::D10]));
}

/// What was taken up this day, and every other source that was taken up before.
fn reads_more(world: &mut World, time: EventTime) {
    let mut rng = Rng::stream(world.seed, &format!("training-drift/{}", time.0));
    let mut moment = time;
    for (turn, (since, bucket, folder)) in (0..).zip(&SOURCES) {
        let age = time.day() - since.0;
        if age < 0 || (age > 1 && (age + turn) % 2 == 1) {
            continue;
        }
        let key = format!("{folder}/part-{:05}.parquet", rng.range(0, 200));
        world.trainer.call(&mut world.trail, moment, get_object(DEV, bucket, &key));
        moment = after_millis(after(moment, 1), rng.range(2_000, 40_000));
    }
}
