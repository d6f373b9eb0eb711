//! The development account: nightly evaluations, nightly training, and an experiment that nobody registered.

use ambit_schemas::EventTime;

use super::organisation::{BOTO, DEV, JUDGE_MODEL};
use super::runs::{EVAL, Run, Tool};
use super::schedule::Schedule;
use super::world::World;
use crate::calendar::{Day, after, after_millis};
use crate::cloudtrail;
use crate::cloudtrail::{
    Place, Wanted, create_training_job, get_object, invoke_model, list_objects, put_object,
};
use crate::rng::Rng;
use crate::vault::Ask;

/// The tool that runs a case of an evaluation, inside the runner.
const RUN_CASE: Tool = Tool { server: None, name: "run_case" };

/// The first day of the experiment.
pub(super) fn experiment_begins() -> Day {
    Day::date(2026, 3, 23)
}

/// The day in development.
pub(super) fn plan(schedule: &mut Schedule, rng: &mut Rng, day: Day) {
    for hour in [1, 13] {
        schedule.at(day.at(hour, 5, rng.range(0, 59)), evaluates);
    }
    if day.weekday() == 2 {
        schedule.at(day.at(1, 20, rng.range(0, 59)), asks_for_the_warehouse);
    }
    if day.is_workday() {
        schedule.at(day.at(22, 10, rng.range(0, 59)), trains);
    }
    if day >= experiment_begins() && day.is_workday() {
        schedule.at(day.at(16, 12, rng.range(0, 59)), experiments);
    }
}

/// One evaluation: fetch the cases, ask the judge, write the result.
pub(super) fn evaluates(world: &mut World, time: EventTime) {
    world.eval.token(&mut world.vault, time);
    let rng = world.eval.rng.fork();
    let mut run = Run::open(world, rng, EVAL, time, None);
    world.eval.call(&mut world.trail, run.clock, list_objects(DEV, "acme-dev-evals", "datasets/"));
    for _ in 0..4 {
        let key = format!("datasets/golden/case-{:03}.json", run.rng.range(1, 400));
        world.eval.call(&mut world.trail, run.clock, get_object(DEV, "acme-dev-evals", &key));
        run.tool(world, RUN_CASE);
        world.eval.call(&mut world.trail, run.clock, invoke_model(DEV, JUDGE_MODEL, false));
        run.model(world, "chat", JUDGE_MODEL);
    }
    let key = format!("results/{}/run-{}.json", &time.to_string()[..10], &time.to_string()[11..13]);
    world.eval.call(&mut world.trail, run.clock, put_object(DEV, "acme-dev-evals", &key));
    let end = after(run.clock, 1);
    run.close(world);
    world.eval.log_out(&mut world.vault, end);
}

/// A leftover line of a script asks for a secret that evaluations may not have; it is refused every Wednesday.
fn asks_for_the_warehouse(world: &mut World, time: EventTime) {
    let token = world.eval.token(&mut world.vault, time);
    let client = world.eval.client();
    world.vault.ask(after(time, 1), &client, Some(&token), Ask::Read("kv/data/features/warehouse"));
    world.eval.log_out(&mut world.vault, after(time, 2));
}

/// The trainer starts a job; SageMaker runs it under the same role.
fn trains(world: &mut World, time: EventTime) {
    world.trainer.token(&mut world.vault, time);
    let role = world.trainer.made.role.clone();
    let job = format!("features-{}", &time.to_string()[..10]);
    world.trainer.call(&mut world.trail, after(time, 3), create_training_job(DEV, &job, &role.arn()));
    let mut rng = world.trainer.rng.fork();
    let address = format!("10.40.{}.{}", rng.range(32, 47), rng.range(4, 251));
    let place = Place { address, agent: BOTO.into(), endpoint: Some((DEV.endpoint, DEV.id)) };
    let wanted = Wanted { role: &role, name: "SageMaker", secs: 4 * 3_600, place };
    let start = after(time, 240);
    let mut session =
        cloudtrail::hand_over(&mut world.trail, &mut rng, start, "sagemaker.amazonaws.com", &wanted);
    let mut moment = after(start, 30);
    for _ in 0..4 {
        let key = format!("daily/part-{:05}.parquet", rng.range(0, 200));
        world.trail.call(&mut session, moment, get_object(DEV, "acme-dev-features", &key));
        moment = after_millis(moment, rng.range(20_000, 90_000));
    }
    let model = format!("{job}/output/model.tar.gz");
    world.trail.call(&mut session, moment, put_object(DEV, "acme-dev-models", &model));
    world.trainer.log_out(&mut world.vault, after(time, 8));
}

/// Somebody's function copies features into a scratch bucket.
fn experiments(world: &mut World, time: EventTime) {
    let mut rng = world.data_sync.rng.fork();
    for item in 0..3 {
        let key = format!("daily/part-{:05}.parquet", rng.range(0, 200));
        let moment = after(time, item * 4);
        world.data_sync.call(&mut world.trail, moment, get_object(DEV, "acme-dev-features", &key));
        let copy = format!("poc/copy-{item}.parquet");
        world.data_sync.call(&mut world.trail, after(moment, 2), put_object(DEV, "acme-dev-scratch", &copy));
    }
}
