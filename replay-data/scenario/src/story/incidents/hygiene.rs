//! Identities that should not be there, secrets that are shared, a workload that was retired, a boundary overstepped.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Check;

use crate::calendar::{Day, after, after_millis};
use crate::cloudtrail::{Place, Session, User, get_object, invoke_model, named};
use crate::labels::Label;
use crate::rng::Rng;
use crate::story::development;
use crate::story::last_day;
use crate::story::operations;
use crate::story::organisation::{CHAT_MODEL, CLI, PROD};
use crate::story::schedule::Schedule;
use crate::story::world::World;
use crate::vault::Ask;

/// Plans them.
pub(super) fn plan(schedule: &mut Schedule) {
    schedule.at(development::experiment_begins().at(16, 12, 0), tells_of_the_experiment);
    schedule.at(Day::date(2026, 3, 24).at(9, 30, 0), shares_a_secret);
    for day in [26, 27, 29] {
        schedule.at(Day::date(2026, 3, day).at(11, 2, 0), contractor_calls_models);
    }
    schedule.at(Day::date(2026, 3, 30).at(15, 20, 0), shipper_reads_finance);
    for day in 2..5 {
        schedule.at(Day::date(2026, 4, day).at(3, 0, 11), retired_runs_again);
    }
}

fn tells_of_the_experiment(world: &mut World, time: EventTime) {
    let what = "A function that nobody registered copies features every working day.";
    let label = Label::new("unregistered-function", world.data_sync.made.role.arn(), what, time);
    world.labels.push(label.until(last_day().at(16, 13, 0)).raises(&[Check::H06]));
}

/// A configuration that was copied: support-agent now reads the orchestrator's search token at every login.
fn shares_a_secret(world: &mut World, time: EventTime) {
    let token = world.support.token(&mut world.vault, time);
    let client = world.support.client();
    let path = "kv/data/orchestrator/search-api";
    let event = world.vault.ask(after(time, 3), &client, Some(&token), Ask::Read(path));
    if let Some(habit) = &mut world.support.made.vault {
        habit.reads = &["kv/data/support/ticketing", "kv/data/orchestrator/search-api"];
    }
    let what = "Support-agent reads the search token that belongs to the orchestrator.";
    let label = Label::new("shared-secret", "support-agent", what, time)
        .raises(&[Check::H05])
        .may_raise(&[Check::D03]);
    let end = last_day().at(23, 0, 0);
    world.labels.push(label.until(end).by(vec![event]));
    let what = "The orchestrator goes on reading the search token, which is no longer its own alone.";
    let label = Label::new("shared-secret", "agent-orchestrator", what, time).until(end);
    world.labels.push(label.may_raise(&[Check::H05]));
}

/// Somebody from outside was given a user and a key, and nobody wrote it down.
fn contractor_calls_models(world: &mut World, time: EventTime) {
    let user = User::new(world.seed, PROD, "contractor-nlp");
    let place = Place { address: "192.0.2.88".into(), agent: CLI.into(), endpoint: None };
    let mut session =
        Session::of_user(&user, place, Rng::stream(world.seed, &format!("contractor/{}", time.0)));
    let calls = vec![
        named("sts", "GetCallerIdentity", "", ""),
        invoke_model(PROD, CHAT_MODEL, false),
        invoke_model(PROD, CHAT_MODEL, false),
    ];
    let events = world.calls(&mut session, time, calls, (2_000, 30_000));
    let what = "A contractor's user calls models in production; it is in no inventory.";
    let label = Label::new("unregistered-user", user.arn(), what, time).raises(&[Check::H06]);
    world.labels.push(label.until(after(time, 90)).by(events));
}

/// Somebody on the shipper's machine looks at the books with the shipper's role.
fn shipper_reads_finance(world: &mut World, time: EventTime) {
    let mut moment = time;
    let mut events = Vec::new();
    for name in ["ledger-january.csv", "ledger-february.csv", "payroll-february.csv"] {
        let call = get_object(PROD, "acme-finance-exports", &format!("2026-q1/{name}"));
        events.push(world.shipper.call(&mut world.trail, moment, call));
        moment = after_millis(moment, world.shipper.rng.range(4_000, 20_000));
    }
    let what = "The log shipper, which may only write logs, reads the finance exports.";
    let label = Label::new("boundary", "log-shipper", what, time).until(moment).by(events);
    world.labels.push(label.raises(&[Check::D08]).may_raise(&[Check::D02]));
}

/// A timer that was forgotten when summarizer was retired.
fn retired_runs_again(world: &mut World, time: EventTime) {
    operations::summarises(world, time);
    let what = "Summarizer was retired on 15 March; a forgotten timer runs it with live credentials.";
    let label = Label::new("retired", "summarizer", what, time).until(after(time, 20));
    world.labels.push(label.raises(&[Check::H10]));
}
