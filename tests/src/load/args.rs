//! The command line of `load`.

use clap::{Args as Options, Parser, Subcommand};

/// Put load on `ambit run` through a real Kafka broker, and print what was measured.
///
/// Drives the program that `AMBIT_TESTS_BINARY` names, else the one beside this. `tests/run` sets the broker up.
#[derive(Debug, Clone, Parser)]
#[command(name = "load", version)]
pub struct Args {
    /// What to measure.
    #[command(subcommand)]
    pub what: What,
}

/// What to measure.
#[derive(Debug, Clone, Subcommand)]
pub enum What {
    /// From an event's way into the topic to the line of its finding, at a steady rate.
    Latency(Latency),
    /// The rate at which no backlog grows.
    Rate(Rate),
    /// What memory and state do over weeks of events.
    Soak(Soak),
    /// From the start of the program to its readiness, with a checkpoint.
    Start(Start),
}

/// Who acts, and how long he has done so before the measurement.
#[derive(Debug, Clone, Options)]
pub struct Crowd {
    /// Workloads that act, all of the inventory.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub workloads: u64,

    /// Things that each of them uses.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub atoms: u64,

    /// Days of history that are read before anything is measured.
    #[arg(long, value_name = "DAYS", default_value_t = 20)]
    pub days: u64,

    /// Events of each workload in that history.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub each: u64,
}

/// See [`What::Latency`].
#[derive(Debug, Clone, Options)]
pub struct Latency {
    /// Who acts.
    #[command(flatten)]
    pub crowd: Crowd,

    /// Events a second.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub rate: u64,

    /// Seconds to measure.
    #[arg(long, value_name = "SECS", default_value_t = 120)]
    pub secs: u64,

    /// How late events may come, as the daemon is told.
    #[arg(long, value_name = "SECS", default_value_t = 30)]
    pub lateness: u64,

    /// Seconds between two checkpoints.
    #[arg(long, value_name = "SECS", default_value_t = 30)]
    pub interval: u64,
}

/// See [`What::Rate`].
#[derive(Debug, Clone, Options)]
pub struct Rate {
    /// Who acts.
    #[command(flatten)]
    pub crowd: Crowd,

    /// The rates to try, in events a second, commas between.
    #[arg(long, value_name = "RATES", value_delimiter = ',', default_value = "10000,20000,30000,40000")]
    pub rates: Vec<u64>,

    /// Seconds for each rate.
    #[arg(long, value_name = "SECS", default_value_t = 40)]
    pub secs: u64,

    /// How late events may come, as the daemon is told.
    #[arg(long, value_name = "SECS", default_value_t = 5)]
    pub lateness: u64,
}

/// See [`What::Soak`].
#[derive(Debug, Clone, Options)]
pub struct Soak {
    /// Workloads that act, all of the inventory.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub workloads: u64,

    /// Things that each of them uses.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub atoms: u64,

    /// Events of the stream.
    #[arg(long, value_name = "N", default_value_t = 3_000_000)]
    pub events: u64,

    /// Days that the stream tells of.
    #[arg(long, value_name = "DAYS", default_value_t = 42)]
    pub days: u64,

    /// Bytes of events that may wait for the watermark: the budget that the daemon is given.
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    pub pending_bytes: u64,
}

/// See [`What::Start`].
#[derive(Debug, Clone, Options)]
pub struct Start {
    /// Workloads of the checkpoint; with commas between, one checkpoint each.
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "100000")]
    pub workloads: Vec<u64>,

    /// Things that each of them uses.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub atoms: u64,

    /// Days of history in the checkpoint.
    #[arg(long, value_name = "DAYS", default_value_t = 20)]
    pub days: u64,

    /// Events of each workload in that history.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub each: u64,

    /// How often it is started.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub times: usize,
}
