//! What is normal for a workload, and what is new against it.

pub(crate) mod burst;
pub(crate) mod close;
pub(crate) mod counts;
pub(crate) mod drift;
pub(crate) mod incident;
mod maturity;
pub(crate) mod origin;
pub(crate) mod peers;
pub(crate) mod probing;
pub(crate) mod ratchet;
pub(crate) mod reach;
pub(crate) mod recursion;
pub(crate) mod shift;
pub(crate) mod sight;
pub(crate) mod surprise;
pub(crate) mod tail;

pub(crate) use maturity::mature;
