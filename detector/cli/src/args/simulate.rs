//! The flags of `ambit simulate`.

use std::path::PathBuf;

use ambit_scenario::world::{Attack, MOST_WORKLOADS};
use clap::builder::RangedU64ValueParser;

/// Write the labelled logs of a made-up organisation: benign life, and attacks in the midst of it.
///
/// DIR gets `logs` or `events`, `workloads.yaml`, `labels.ndjson` (what was put in, and which checks ought to notice) and
/// `world.json`. The same flags give the same bytes.
///
/// Exit codes: 2 wrong usage; 3 DIR cannot be written or is not empty; 0 otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// Another seed is another world.
    #[arg(long, value_name = "N")]
    pub(crate) seed: u64,

    /// The folder to write into: empty, or made anew.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// How many workloads there are.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = workloads())]
    pub(crate) workloads: u64,

    /// How many days the logs cover, from 2026-03-02 on.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(i64).range(1..=366))]
    pub(crate) days: i64,

    /// Logs as their sources write them, or the canonical events that the decoders make of these.
    #[arg(long = "as", value_enum, default_value = "raw", value_name = "FORM")]
    pub(crate) form: Form,

    /// The attacks: `all`, `none`, or some of them with commas between.
    #[arg(long, value_name = "all|none|LIST", default_value = "all", value_parser = attacks)]
    pub(crate) attacks: Attacks,
}

/// `--as`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// CloudTrail files, Vault audit lines, OTLP JSON lines, each gzipped.
    Raw,
    /// Parquet of canonical events, a file a day.
    Canonical,
}

/// `--attacks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attacks(pub(crate) Vec<Attack>);

fn workloads() -> RangedU64ValueParser {
    const FEWEST: u64 = 30;
    clap::value_parser!(u64).range(FEWEST..=u64::try_from(MOST_WORKLOADS).unwrap_or(u64::MAX))
}

fn attacks(text: &str) -> Result<Attacks, String> {
    let named = |name: &str| Attack::parse(name).ok_or_else(|| unknown(name));
    match text {
        "all" => Ok(Attacks(Attack::ALL.to_vec())),
        "none" => Ok(Attacks(Vec::new())),
        list => list.split(',').map(named).collect::<Result<_, _>>().map(Attacks),
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = Attack::ALL.iter().map(|attack| attack.as_str()).collect();
    format!("`{name}` is no attack; give `all`, `none` or some of {}", names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_all_none_or_named() {
        for (text, count) in [
            ("all", Some(Attack::ALL.len())),
            ("none", Some(0)),
            ("drip,burst", Some(2)),
            ("drip,bust", None),
            ("", None),
        ] {
            assert_eq!(attacks(text).ok().map(|attacks| attacks.0.len()), count, "{text}");
        }
    }
}
