//! The command line as typed. What it means is worked out by the commands.

mod analyst;
mod daemon;
#[cfg(feature = "hunt")]
mod hunt;
mod simulate;

use std::path::PathBuf;

use ambit_ingest::Format;
use ambit_ingest::decode::LABELS;
use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Severity;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::logging::LogFormat;
use crate::{closest, moment, output::Target};

pub(crate) use analyst::{
    AcceptArgs, BaselineCommand, ExportArgs, FindingCommand, LookArgs, RulingArgs, StateArgs, WhoArgs, uid,
};
pub(crate) use daemon::{ConfigCommand, DoctorArgs, RunArgs};
#[cfg(feature = "hunt")]
pub(crate) use hunt::{Answer, HuntArgs};
pub(crate) use simulate::{Form, SimulateArgs};

/// Watches what non-human identities can reach, and says when that reach drifts.
#[derive(Debug, Parser)]
#[command(name = "ambit", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The shape of the log lines on stderr; `pretty` if absent, of the daemon `json`.
    #[arg(long, value_enum, global = true, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Replay(Box<ReplayArgs>),
    Run(RunArgs),
    /// Look at the configuration of the daemon.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    Doctor(DoctorArgs),
    Normalize(NormalizeArgs),
    #[cfg(feature = "hunt")]
    Hunt(Box<HuntArgs>),
    Inventory(InventoryArgs),
    Simulate(SimulateArgs),
    Diff(DiffArgs),
    Baseline {
        #[command(subcommand)]
        command: BaselineCommand,
    },
    Finding {
        #[command(subcommand)]
        command: FindingCommand,
    },
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write one page a command into a folder.
    Man {
        /// The folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// How the logs are read.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// What you know of your workloads, environments, secrets and changes (YAML).
    #[arg(long, value_name = "F")]
    pub(crate) inventory: Option<PathBuf>,

    /// The format of every record; `auto` tells each record's from its own shape.
    #[arg(long, default_value = "auto", value_parser = formats())]
    pub(crate) format: FormatChoice,

    /// What a log cannot say of itself, such as `cluster=eks-prod`; may be repeated.
    #[arg(long = "label", value_name = "K=V", value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
}

/// Replay logs through the detector and report its findings.
///
/// Without --findings, a readable report is printed to stdout.
///
/// Exit codes: 2 wrong usage or rules; 3 wrong configuration, inventory or state; 4 some input could not be read;
/// 1 findings at or above --fail-on; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    /// Files, folders (walked), URLs of object stores or topics (`kafka://BROKER/TOPIC`); `-` is stdin. Plain, gzip or zstd;
    /// JSON, NDJSON, CloudTrail, OTLP lines or Parquet.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Emit only findings from this moment on; earlier input still teaches the baselines.
    #[arg(long, value_name = "T", value_parser = moment::parse)]
    pub(crate) from: Option<EventTime>,

    /// Emit only findings before this moment.
    #[arg(long, value_name = "T", value_parser = moment::parse)]
    pub(crate) to: Option<EventTime>,

    /// Write the findings here, one OCSF Detection Finding a line.
    #[arg(long, value_name = "F|-")]
    pub(crate) findings: Option<Target>,

    /// Write one JSON object that says what was read, dropped and found.
    #[arg(long, value_name = "F|-")]
    pub(crate) summary: Option<Target>,

    /// Write what could not be read, one JSON object a line: file, offset, reason.
    #[arg(long, value_name = "F")]
    pub(crate) rejects: Option<Target>,

    /// Go on from the state in this folder, and leave the new state there.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,

    /// A folder of rules laid over the built-in catalogue; may be repeated.
    #[arg(long = "rules", value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// Alerts per workload-month that you accept from the statistical checks.
    #[arg(long, value_name = "ALERTS", default_value_t = 0.1, value_parser = budget, allow_negative_numbers = true)]
    pub(crate) budget: f64,

    /// Exit with code 1 if there is a finding this grave or graver.
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    pub(crate) fail_on: Option<Severity>,

    /// Memory for events that wait to be put in order; beyond it they are spilled to the temporary folder.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub(crate) memory_budget: usize,
}

/// Turn logs into canonical events.
///
/// Exit codes: 2 wrong usage; 3 wrong inventory or output; 4 some input could not be read; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct NormalizeArgs {
    /// Files, folders (walked), URLs of object stores or topics (`kafka://BROKER/TOPIC`); `-` is stdin. Plain, gzip or zstd;
    /// JSON, NDJSON, CloudTrail, OTLP lines or Parquet.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// The vocabulary of the events.
    #[arg(long = "as", value_enum, default_value = "ambit", value_name = "SCHEMA")]
    pub(crate) schema: Schema,

    /// Write the events here: Parquet if the name ends in `.parquet`; an archive by day and source if it is a folder, or a
    /// path or the URL of an object store that ends in `/`; NDJSON otherwise.
    #[arg(long, value_name = "F|-", default_value = "-")]
    pub(crate) out: Target,

    /// Write what could not be read, one JSON object a line: file, offset, reason.
    #[arg(long, value_name = "F")]
    pub(crate) rejects: Option<Target>,
}

/// `--as`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Schema {
    /// `identity_event.v1`.
    Ambit,
    /// OCSF 1.8: API Activity and the classes of identity and access. NDJSON only.
    Ocsf,
}

/// List workloads with their owners, environments, identities, credentials and gaps, as logs and inventory show them.
///
/// Exit codes: 2 wrong usage; 3 wrong inventory; 4 some input could not be read; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct InventoryArgs {
    /// Files, folders (walked), URLs of object stores or topics (`kafka://BROKER/TOPIC`); `-` is stdin. Plain, gzip or zstd;
    /// JSON, NDJSON, CloudTrail, OTLP lines or Parquet.
    /// Without any, the inventory alone is listed.
    #[arg(required_unless_present = "inventory", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// List only what the logs show and the inventory lacks.
    #[arg(long)]
    pub(crate) discovered: bool,

    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Compare the findings of two replays: of two sets of rules, two inventories, two versions.
///
/// The last line of each uid counts. Where its evidence is stored is not compared.
///
/// Exit codes: 2 wrong usage; 3 a file cannot be read or holds something else; 1 B has a finding at or above --fail-on
/// that A lacks; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// Findings that `ambit replay --findings` wrote.
    pub(crate) a: PathBuf,

    /// Findings to compare with them.
    pub(crate) b: PathBuf,

    /// Exit with code 1 if B has a finding this grave or graver that A lacks.
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    pub(crate) fail_on: Option<Severity>,

    /// Print JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--format`: [`None`] is `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FormatChoice(pub(crate) Option<Format>);

fn formats() -> impl clap::builder::TypedValueParser<Value = FormatChoice> {
    let names = std::iter::once("auto").chain(Format::ALL.iter().map(|format| format.as_str()));
    PossibleValuesParser::new(names).map(|name| FormatChoice(Format::parse(&name)))
}

fn severities() -> impl clap::builder::TypedValueParser<Value = Severity> {
    let names = Severity::ALL.iter().map(|severity| severity.as_str());
    PossibleValuesParser::new(names).map(|name| Severity::parse(&name).unwrap_or(Severity::Critical))
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if LABELS.contains(&key) && !value.is_empty() => {
            Ok((key.to_owned(), value.to_owned()))
        }
        Some((key, value)) if !value.is_empty() => {
            let question = closest::question(key, LABELS.iter().copied());
            Err(format!("`{key}` is no label{question}; there are {}", LABELS.join(", ")))
        }
        _ => Err("give it as key=value".to_owned()),
    }
}

/// An alert an hour from each workload: more is no budget.
const MOST_ALERTS: f64 = 720.0;

fn budget(text: &str) -> Result<f64, String> {
    check_budget(text.parse().unwrap_or(f64::NAN))
}

/// A budget that can be meant.
///
/// # Errors
/// What would be one.
pub(crate) fn check_budget(alerts: f64) -> Result<f64, String> {
    let is_budget = alerts > 0.0 && alerts <= MOST_ALERTS;
    is_budget
        .then_some(alerts)
        .ok_or_else(|| format!("give a number above 0 and up to {MOST_ALERTS}, such as 0.1"))
}

fn size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[digits.len()..] {
        "" | "B" => Some(0),
        "KiB" | "K" => Some(10),
        "MiB" | "M" => Some(20),
        "GiB" | "G" => Some(30),
        _ => None,
    };
    let bytes = digits.parse::<usize>().ok().zip(shift).and_then(|(n, shift)| n.checked_mul(1 << shift));
    bytes.ok_or_else(|| "give a number of bytes, or one with KiB, MiB or GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("4096", Some(4096)),
            ("64KiB", Some(64 << 10)),
            ("2G", Some(2 << 30)),
            ("1.5G", None),
            ("GiB", None),
            ("9999999999999999GiB", None),
        ] {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
    }
}
