//! Benign life: everything that changes without anybody meaning harm. Each kind has its own file, which says its rates.

pub(super) mod choice;
mod denials;
mod deploys;
mod failover;
mod jobs;
mod newcomers;
mod novelty;
mod people;
mod rollouts;
mod season;
mod template;

pub(super) use denials::acts as denials;
pub(super) use deploys::{Deploy, acts as deploy, changes, plan as plan_deploys};
pub(super) use failover::Failover;
pub(super) use jobs::plan as jobs;
pub(super) use newcomers::born;
pub(super) use novelty::{acts as novelty, rate_ppm as novelty_rate};
pub(super) use people::on_call;
pub(super) use rollouts::Rollouts;
pub(super) use season::volume;
pub(super) use template::{shuffle, template};
