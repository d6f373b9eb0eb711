//! The whole line, from files to findings.

mod drift;
mod early;
mod hostile;
mod mixed;
mod same;
mod samples;
mod state;
mod upgrade;

const SAMPLES: &str = "replay-data/samples";
const INVENTORY: &str = "replay-data/samples/workloads.yaml";
