//! What is normal for a workload, and what is new against it.

pub(crate) mod burst;
mod maturity;
pub(crate) mod reach;

pub(crate) use maturity::mature;
