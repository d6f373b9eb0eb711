//! The commands of those who decide: what is normal, and what a finding is worth.

use std::path::PathBuf;

use ambit_schemas::FindingUid;
use ambit_schemas::decisions::check_text;
use clap::Subcommand;

use super::budget;
use crate::output::Target;

/// The state, and what it is read with.
#[derive(Debug, clap::Args)]
pub(crate) struct StateArgs {
    /// The folder that `ambit replay --state` keeps its state in, or that of a daemon's checkpoints.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,

    /// The inventory that the replay was given (YAML); it says who the peers are.
    #[arg(long, value_name = "F")]
    pub(crate) inventory: Option<PathBuf>,

    /// A folder of rules laid over the built-in catalogue; may be repeated.
    #[arg(long = "rules", value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// The budget that the replay was given; it sets the threshold of drift.
    #[arg(long, value_name = "ALERTS", default_value_t = 0.1, value_parser = budget)]
    pub(crate) budget: f64,
}

/// Look at what is normal for a workload, and accept reach into it.
///
/// Exit codes: 2 wrong usage, such as a workload that is not known; 3 no state, or a state or log that is damaged;
/// 0 otherwise.
#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Show a workload's baseline: maturity, peers, reach, atoms, and whether it learns.
    Show(LookArgs),
    /// Show what is live and not part of the baseline (+), and what is part of it and no longer live (-).
    Diff(LookArgs),
    Accept(Box<AcceptArgs>),
    /// Write a workload's baseline as one JSON object.
    Export(ExportArgs),
}

/// What to look at.
#[derive(Debug, clap::Args)]
pub(crate) struct LookArgs {
    /// The workload's name.
    pub(crate) workload: String,

    #[command(flatten)]
    pub(crate) state: StateArgs,

    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to export, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The workload's name.
    pub(crate) workload: String,

    #[command(flatten)]
    pub(crate) state: StateArgs,

    /// Write it here.
    #[arg(long, value_name = "F|-", default_value = "-")]
    pub(crate) out: Target,
}

/// Who decides, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct WhoArgs {
    /// Why; it is quoted wherever the decision shows.
    #[arg(long, value_name = "TEXT", value_parser = text)]
    pub(crate) reason: String,

    /// Who decides, if not the user of this machine's account.
    #[arg(long, value_name = "NAME", value_parser = text)]
    pub(crate) by: Option<String>,
}

/// Accept reach into a workload's baseline, for some time.
///
/// Without --atom and --finding, all that is live and not part of the baseline is accepted: what `ambit baseline diff`
/// marks with a plus. What has been accepted raises no drift; used beyond its time, it waits to be accepted again.
#[derive(Debug, clap::Args)]
pub(crate) struct AcceptArgs {
    /// The workload's name.
    pub(crate) workload: String,

    #[command(flatten)]
    pub(crate) state: StateArgs,

    /// Accept only this atom, in the words of `ambit baseline diff`; may be repeated.
    #[arg(long = "atom", value_name = "TEXT")]
    pub(crate) atoms: Vec<String>,

    /// Accept only what this finding added; may be repeated.
    #[arg(long = "finding", value_name = "UID", value_parser = uid)]
    pub(crate) findings: Vec<FindingUid>,

    /// Make the present reach the origin that the ratchet measures from.
    #[arg(long)]
    pub(crate) origin: bool,

    #[command(flatten)]
    pub(crate) who: WhoArgs,

    /// How long it holds, in days of event time after the state; `0d` takes an acceptance back.
    #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = days)]
    pub(crate) expires: i64,
}

/// Say what a finding is worth.
///
/// Exit codes: 2 wrong usage, such as a finding that is not known; 3 no state, or a state or log that is damaged;
/// 0 otherwise.
#[derive(Debug, Subcommand)]
pub(crate) enum FindingCommand {
    /// Emit this finding no more, unless it becomes graver. It is still counted and still teaches.
    Dismiss(RulingArgs),
    /// Raise this finding's severity by one step, and quote the decision in it.
    Escalate(RulingArgs),
}

/// A decision about one finding.
#[derive(Debug, clap::Args)]
pub(crate) struct RulingArgs {
    /// The finding: `finding_info.uid`.
    #[arg(value_parser = uid)]
    pub(crate) uid: FindingUid,

    /// The folder that `ambit replay --state` keeps its state in.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,

    #[command(flatten)]
    pub(crate) who: WhoArgs,

    /// How long it holds, in days of event time after the state, such as `30d`; for good where absent. `0d` takes a
    /// decision back.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub(crate) expires: Option<i64>,

    /// Decide even if the state does not know the finding.
    #[arg(long)]
    pub(crate) force: bool,
}

fn text(text: &str) -> Result<String, String> {
    check_text(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

/// Reads the 32 hexadecimal digits of a finding's uid.
pub(crate) fn uid(text: &str) -> Result<FindingUid, String> {
    let hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let uid = u128::from_str_radix(text, 16).ok().filter(|_| hexadecimal);
    uid.map(FindingUid).ok_or_else(|| "give the 32 hexadecimal digits of finding_info.uid".to_owned())
}

/// The longest time that a decision may be bounded by: ten years.
const MOST_DAYS: i64 = 3_650;

fn days(text: &str) -> Result<i64, String> {
    let days = text.strip_suffix('d').and_then(|digits| digits.parse::<i64>().ok());
    days.filter(|days| (0..=MOST_DAYS).contains(days))
        .ok_or_else(|| format!("give a number of days up to {MOST_DAYS}d, such as 90d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_uids_are_read_strictly() {
        for (text, expected) in
            [("90d", Some(90)), ("0d", Some(0)), ("90", None), ("-1d", None), ("3651d", None), ("d", None)]
        {
            assert_eq!(days(text).ok(), expected, "{text}");
        }
        let digits = "0123456789abcdef0123456789abcdef";
        for (text, is_uid) in [
            (digits, true),
            (&digits[1..], false),
            ("+123456789abcdef0123456789abcdef", false),
            ("0123456789abcdef0123456789abcdeg", false),
        ] {
            assert_eq!(uid(text).is_ok_and(|uid| uid.to_string() == text), is_uid, "{text}");
        }
    }
}
