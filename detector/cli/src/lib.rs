//! The one program of Ambit, as a library with one entry for tests: others build on `ambit-core` and `ambit-ingest`.
#![cfg_attr(
    not(all(feature = "kafka", feature = "objects")),
    allow(dead_code, reason = "some of it is theirs alone")
)]

mod args;
mod baseline;
mod clock;
mod closest;
mod command;
mod config;
mod decisions;
mod diff;
mod doctor;
mod exit;
mod finding;
mod http;
mod hunt;
mod intake;
mod inventory;
mod kafka;
mod logging;
mod manual;
mod moment;
mod normalize;
mod objects;
mod ocsf;
mod output;
mod printable;
mod progress;
mod replay;
mod report;
mod rules;
mod run;
mod simulate;
mod sink;
mod source;
mod specimen;
mod who;

use std::ffi::OsString;

use clap::Parser;

use crate::args::{Args, Command};
use crate::logging::LogFormat;

/// Runs one command line, the program's name first, on the process's own stdout and stderr; gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return exit::of_clap(&error).code(),
    };
    // The daemon's log is also a matter of its configuration.
    if !matches!(args.command, Command::Run(_)) {
        logging::start(args.log_format.unwrap_or(LogFormat::Pretty));
    }
    command::run(&args.command, args.log_format).unwrap_or_else(|error| exit::report(&error)).code()
}
