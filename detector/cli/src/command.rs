//! Which command is which.

use crate::args::Command;
use crate::exit::Exit;
#[cfg(feature = "hunt")]
use crate::hunt;
use crate::logging::LogFormat;
use crate::{
    baseline, config, diff, doctor, finding, inventory, manual, normalize, replay, run as daemon, simulate,
};

/// Runs a command; `log` is the form of the log that was asked for.
pub(crate) fn run(command: &Command, log: Option<LogFormat>) -> anyhow::Result<Exit> {
    match command {
        Command::Replay(args) => replay::run(args),
        Command::Run(args) => daemon::run(args, log),
        Command::Config { command } => config::run(command),
        Command::Doctor(args) => doctor::run(args),
        Command::Normalize(args) => normalize::run(args),
        #[cfg(feature = "hunt")]
        Command::Hunt(args) => hunt::run(args),
        Command::Inventory(args) => inventory::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Baseline { command } => baseline::run(command),
        Command::Finding { command } => finding::run(command),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { out } => manual::pages(out.as_deref()),
    }
}
