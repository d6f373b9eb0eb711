//! The one program of Ambit, as a library with one entry so that tests can call it. The rest is private: other crates
//! build on `ambit-core` and `ambit-ingest`.

mod args;
mod baseline;
mod clock;
mod closest;
mod decisions;
mod exit;
mod finding;
mod intake;
mod inventory;
mod logging;
mod manual;
mod moment;
mod normalize;
mod ocsf;
mod output;
mod printable;
mod progress;
mod replay;
mod report;
mod rules;
mod simulate;
mod who;

#[cfg(test)]
mod specimen;

use std::ffi::OsString;

use clap::Parser;

use crate::args::{Args, Command};

/// Runs one command line (the first argument is the program's name) and returns its exit code. Writes to the
/// process's own stdout and stderr.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return exit::of_clap(&error).code(),
    };
    logging::start(args.log_format);
    let done = match &args.command {
        Command::Replay(args) => replay::run(args),
        Command::Normalize(args) => normalize::run(args),
        Command::Inventory(args) => inventory::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Baseline { command } => baseline::run(command),
        Command::Finding { command } => finding::run(command),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { out } => manual::pages(out.as_deref()),
    };
    done.unwrap_or_else(|error| exit::report(&error)).code()
}
