//! The whole line, from files to findings.

mod drift;
mod hostile;
mod mixed;
mod same;
mod samples;
mod state;

const SAMPLES: &str = "replay-data/samples";
const INVENTORY: &str = "replay-data/samples/workloads.yaml";
