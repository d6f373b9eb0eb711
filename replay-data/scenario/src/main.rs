//! Writes a labelled history to a folder.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use ambit_scenario::story;
use clap::{Parser, Subcommand};

/// Seeded generator of labelled logs in the sources' own formats.
#[derive(Debug, Parser)]
#[command(name = "ambit-scenario", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Six weeks of the organisation acme: benign life, and the incidents in it.
    Story {
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// The folder to write into; it is made when missing.
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let Command::Story { seed, out } = Arguments::parse().command;
    let history = story::acme(seed);
    let result = history.write(&out);
    let records: usize = history.cloudtrail.iter().map(|file| file.records.len()).sum();
    let message = match &result {
        Ok(()) => format!(
            "seed {seed}: {records} CloudTrail records in {} files, {} Vault requests and {} spans planned, {} labels",
            history.cloudtrail.len(),
            history.vault.requests.len(),
            history.spans.spans.len(),
            history.labels.len(),
        ),
        Err(error) => error.to_string(),
    };
    if writeln!(std::io::stderr(), "{message}").is_err() || result.is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
