//! The command line of `evaluate`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::simple::Method;

/// Replay labelled worlds, and print what Ambit and simple methods made of them.
///
/// Exit codes: 1 a target was missed, with --strict only; 2 something could not be run; 0 otherwise.
#[derive(Debug, Clone, Parser)]
#[command(name = "evaluate", version)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Args {
    /// The worlds to report on, by their seeds: `7` or `101..106`, both ends included.
    #[arg(long, value_name = "SEEDS", default_value = "101..106", value_parser = seeds)]
    pub seeds: RangeInclusive<u64>,

    /// The worlds on which the thresholds of the simple methods are chosen; never among those reported on.
    #[arg(long, value_name = "SEEDS", default_value = "1..3", value_parser = seeds)]
    pub tune_seeds: RangeInclusive<u64>,

    /// Workloads of a world.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub workloads: u32,

    /// Days of a world.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub days: u32,

    /// What the worlds are written as: logs in the sources' own formats, or canonical events.
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "raw")]
    pub form: Form,

    /// Which attacks are put in: `all`, `none`, or kinds with commas between.
    #[arg(long, value_name = "KINDS", default_value = "all")]
    pub attacks: String,

    /// Alerts per workload-month that the operator accepts from the statistical checks.
    #[arg(long, value_name = "ALERTS", default_value = "0.1", value_parser = budget)]
    pub budget: String,

    /// Further budgets to replay the same worlds with, commas between: what is realised must rise with them.
    #[arg(long, value_name = "ALERTS", value_delimiter = ',', value_parser = budget)]
    pub budgets: Vec<String>,

    /// The simple methods to compare with, commas between; `--methods ambit` compares with none.
    #[arg(long, value_enum, value_name = "NAMES", value_delimiter = ',')]
    pub methods: Vec<Method>,

    /// Keep the worlds and findings in this folder, and take worlds that are there already.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,

    /// Write everything, each alarm with its text, as one JSON object here.
    #[arg(long, value_name = "F")]
    pub json: Option<PathBuf>,

    /// Worlds that are worked on at once; all cores if not given.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,

    /// List what was missed and what was called for nothing.
    #[arg(long)]
    pub verbose: bool,

    /// End with 1 if a target is missed.
    #[arg(long)]
    pub strict: bool,

    /// Replay the samples and the third-party logs of the repository instead of worlds.
    #[arg(long)]
    pub real: bool,
}

/// What a world is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Logs in the sources' own formats.
    Raw,
    /// Canonical events.
    Canonical,
}

impl Form {
    /// As the command line has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Canonical => "canonical",
        }
    }
}

impl Args {
    /// Each budget to replay with, the main one first.
    pub fn all_budgets(&self) -> Vec<&str> {
        let value = |text: &str| text.parse::<f64>().unwrap_or(0.0);
        let mut budgets = vec![self.budget.as_str()];
        for budget in &self.budgets {
            if budgets.iter().all(|known| value(known).total_cmp(&value(budget)).is_ne()) {
                budgets.push(budget);
            }
        }
        budgets
    }

    /// The main budget.
    pub fn budget_value(&self) -> f64 {
        self.budget.parse().unwrap_or(0.0)
    }

    /// The simple methods to compare with.
    pub fn simple_methods(&self) -> Vec<Method> {
        let wanted = if self.methods.is_empty() { Method::value_variants() } else { &self.methods };
        wanted.iter().copied().filter(|method| *method != Method::Ambit).collect()
    }
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let parts = text.split_once("..").unwrap_or((text, text));
    match (parts.0.parse::<u64>(), parts.1.trim_start_matches('=').parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err("give a seed, or two with `..` between, such as 101..106".to_owned()),
    }
}

/// A budget is kept as it was typed: it is handed on.
fn budget(text: &str) -> Result<String, String> {
    match text.parse::<f64>() {
        Ok(alerts) if alerts > 0.0 && alerts.is_finite() => Ok(text.to_owned()),
        _ => Err("give a number above 0, such as 0.1".to_owned()),
    }
}
