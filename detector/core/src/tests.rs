//! The whole core through its door: rows in, findings out, whatever the batches.

mod decisions;
mod determinism;
mod kit;
mod life;
mod lineage;
mod mathematics;
mod parts;
mod statistics;
mod workloads;

pub(crate) use kit::rules;
