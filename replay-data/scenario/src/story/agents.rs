//! When agents talk, when the monitor asks, and when tokens are renewed.

use super::conversations::{canary as asks_model, orchestrated_task, support};
use super::organisation::{CHAT_MODEL, EMBED_MODEL, PROD};
use super::schedule::Schedule;
use super::world::World;
use crate::calendar::{CUSTOMERS, Day, OFFICE, after, after_millis};
use crate::cloudtrail::{describe_endpoint, get_secret, invoke_model, put_object};
use crate::rng::Rng;
use crate::vault::Ask;
use ambit_schemas::EventTime;

/// The day of all agents.
pub(super) fn plan(schedule: &mut Schedule, rng: &mut Rng, day: Day) {
    let (conversations, tasks) = if day.is_workday() { (11, 6) } else { (5, 3) };
    for _ in 0..rng.range(conversations - 2, conversations + 2) {
        schedule.at(day.moment(rng, &CUSTOMERS), support);
    }
    for _ in 0..rng.range(tasks - 1, tasks + 1) {
        schedule.at(day.moment(rng, &CUSTOMERS), orchestrated_task);
    }
    for hour in (0..24).step_by(2) {
        schedule.at(day.at(hour, 7, rng.range(0, 59)), canary);
    }
    for hour in (0..24).step_by(3) {
        schedule.at(day.at(hour, 41, rng.range(0, 59)), renewals);
    }
    schedule.at(day.at(2, 15, rng.range(0, 59)), reads_ticketing_secret);
    if day.weekday() == 0 {
        schedule.at(day.at(3, 30, rng.range(0, 59)), exports_index);
    }
    if rng.chance(300) {
        schedule.at(day.moment(rng, &OFFICE), lists_in_vain);
    }
}

/// The monitor asks one of the models a question, and every third time looks at the ranking endpoint.
fn canary(world: &mut World, time: EventTime) {
    asks_model(world, time);
    let model = if time.0.div_euclid(7_200_000_000) % 2 == 0 { CHAT_MODEL } else { EMBED_MODEL };
    world.monitor.call(&mut world.trail, after(time, 1), invoke_model(PROD, model, false));
    if time.0.div_euclid(7_200_000_000) % 3 == 0 {
        world.monitor.call(&mut world.trail, after(time, 4), describe_endpoint("support-ranker"));
    }
}

fn renewals(world: &mut World, time: EventTime) {
    world.rag.token(&mut world.vault, time);
    world.rag.renew(&mut world.vault, after(time, 1));
    world.orchestrator.token(&mut world.vault, after(time, 2));
    world.orchestrator.renew(&mut world.vault, after(time, 3));
}

/// Support-agent fetches the ticketing token that lies in Secrets Manager.
fn reads_ticketing_secret(world: &mut World, time: EventTime) {
    world.support.call(&mut world.trail, time, get_secret(PROD, "prod/support/crm-token-Xa81Qe"));
}

/// Every Monday the retriever takes the old static key from Vault and writes its index to the export bucket.
fn exports_index(world: &mut World, time: EventTime) {
    let token = world.rag.token(&mut world.vault, time);
    let client = world.rag.client();
    world.vault.ask(after(time, 2), &client, Some(&token), Ask::Read("kv/data/rag/aws"));
    let name = format!("index-export/{}", time.0);
    let mut session = world.user_session(&world.org.index_writer.clone(), client.address, &name);
    for part in 0..8 {
        let key = format!("exports/{}/part-{part:05}.parquet", &time.to_string()[..10]);
        let moment = after_millis(after(time, 5), part * 1_700);
        world.trail.call(&mut session, moment, put_object(PROD, "acme-rag-index", &key));
    }
}

/// Somebody's debugging aid lists what support-agent may not list.
fn lists_in_vain(world: &mut World, time: EventTime) {
    let token = world.support.token(&mut world.vault, time);
    let client = world.support.client();
    world.vault.ask(after(time, 1), &client, Some(&token), Ask::List("kv/metadata/support"));
}
