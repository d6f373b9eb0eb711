//! The command of those who look for something.

use std::path::PathBuf;

use super::{StateArgs, budget, size};
use crate::output::Target;

/// Ask in SQL what was seen, found and is known.
///
/// Tables: `events` (with --archive), `findings` (with --findings), `workloads`, `reach` and `credentials` (with
/// --state). Times are timestamps in UTC. Queries only read. `SELECT * FROM information_schema.columns` shows every column.
///
/// Exit codes: 2 wrong usage or query; 3 an input that cannot be read; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct HuntArgs {
    /// The query.
    pub(crate) sql: String,

    /// The archive that `ambit run` or `ambit normalize` wrote: a folder, or the URL of a place in an object store.
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) archive: Option<PathBuf>,

    /// Findings as they were written, one a line; may be repeated.
    #[arg(long = "findings", value_name = "F")]
    pub(crate) findings: Vec<PathBuf>,

    /// The folder of a state, or of a daemon's checkpoints.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,

    /// The inventory (YAML), for what a state is read with.
    #[arg(long, value_name = "F")]
    pub(crate) inventory: Option<PathBuf>,

    /// A folder of rules laid over the built-in catalogue, for what a state is read with; may be repeated.
    #[arg(long = "rules", value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// The budget that a state is read with.
    #[arg(long, value_name = "ALERTS", default_value_t = 0.1, value_parser = budget)]
    pub(crate) budget: f64,

    /// The shape of the answer. Without it, what the name of --out ends in; else a table on a terminal, NDJSON elsewhere.
    #[arg(long, value_enum, value_name = "SHAPE")]
    pub(crate) format: Option<Answer>,

    /// Write the answer here, once it is whole.
    #[arg(long, value_name = "F|-", default_value = "-")]
    pub(crate) out: Target,

    /// Memory for sorting and joining, beyond which the temporary folder is used; and for an answer as a table, which has
    /// to fit it.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub(crate) memory: usize,
}

/// The shape of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Answer {
    /// For people.
    Table,
    /// One JSON object a line.
    Ndjson,
    /// With what a spreadsheet would run as a formula made harmless.
    Csv,
    /// A file.
    Parquet,
}

impl HuntArgs {
    /// How a state is read, if one was given. The flags of [`StateArgs`] stand here once more because there a state must be
    /// given.
    pub(crate) fn state(&self) -> Option<StateArgs> {
        self.state.clone().map(|state| StateArgs {
            state,
            inventory: self.inventory.clone(),
            rules: self.rules.clone(),
            budget: self.budget,
        })
    }
}
