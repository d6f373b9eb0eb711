//! The commands around the daemon.

use std::path::PathBuf;

use clap::Subcommand;

use super::budget;

/// Run as a daemon: watch sources, deliver findings, keep the state in checkpoints.
///
/// SIGTERM and SIGINT end it with a checkpoint; SIGHUP, or a change of the files, reads rules, inventory and decisions anew.
///
/// Exit codes: 2 wrong usage or rules; 3 wrong configuration, inventory or state; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The configuration (YAML, or TOML by its ending); `ambit config schema` prints its schema.
    #[arg(long, value_name = "FILE", default_value = "ambit.yaml")]
    pub(crate) config: PathBuf,

    /// `http.listen`, over what the file says.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// `inventory`, over what the file says.
    #[arg(long, value_name = "F")]
    pub(crate) inventory: Option<PathBuf>,

    /// `detector.budget`, over what the file says.
    #[arg(long, value_name = "ALERTS", value_parser = budget)]
    pub(crate) budget: Option<f64>,
}

/// `ambit config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether a configuration is good, or everything that is wrong with it. Exit code 3 if something is. Inventory and
    /// rules, which may lie on another machine, are looked at by `ambit doctor`.
    Check {
        /// The file.
        #[arg(default_value = "ambit.yaml")]
        file: PathBuf,
    },
    /// Print the JSON Schema of the configuration.
    Schema,
}

/// Say why nothing happens: looks at the configuration, at what it names, and at the daemon if it runs.
///
/// Exit codes: 3 if something is wrong; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// The configuration of the daemon.
    #[arg(long, value_name = "FILE", default_value = "ambit.yaml")]
    pub(crate) config: PathBuf,
}
