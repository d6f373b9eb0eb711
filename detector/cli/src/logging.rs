//! Logs go to stderr: one line an event, for people or for machines.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// The shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading.
    Pretty,
}

/// Starts logging for the process. A second start, as tests in one process make, changes nothing.
pub(crate) fn start(format: LogFormat) {
    let layer = match format {
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(io::stderr).boxed(),
        LogFormat::Pretty if io::stderr().is_terminal() => {
            fmt::layer().compact().without_time().with_target(false).with_writer(io::stderr).boxed()
        }
        LogFormat::Pretty => {
            fmt::layer().compact().with_target(false).with_ansi(false).with_writer(io::stderr).boxed()
        }
    };
    let registry = tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO));
    registry.try_init().unwrap_or_default();
}
