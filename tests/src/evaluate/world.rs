//! A labelled world on disk, as `ambit simulate` writes it.

use std::path::{Path, PathBuf};

use ambit_schemas::EventTime;
use anyhow::Context as _;
use serde::Deserialize;

use super::args::Args;
use super::label::{self, Label};
use super::program;
use super::simple::LEARNING_DAYS;

/// `world.json`: what a world is, before anything happens in it.
#[derive(Debug, Clone, Deserialize)]
pub struct Facts {
    /// Its workloads, new ones included.
    pub workloads: i64,
    /// Its days.
    pub days: i64,
    /// Its first day, `2026-03-01`.
    pub first_day: String,
}

/// A world.
#[derive(Debug, Clone)]
pub struct World {
    /// What it was made from.
    pub seed: u64,
    /// Where it is.
    pub folder: PathBuf,
    /// What it is.
    pub facts: Facts,
    /// What was put in.
    pub labels: Vec<Label>,
}

impl World {
    /// Opens the world of a seed under `root`, simulating it if it is not there.
    ///
    /// # Errors
    /// When the simulation fails, or what it left cannot be read.
    pub fn open(args: &Args, seed: u64, root: &Path) -> anyhow::Result<Self> {
        let attacks = args.attacks.replace(',', "+");
        let name = format!("seed-{seed}-{}x{}-{}-{attacks}", args.workloads, args.days, args.form.as_str());
        let folder = root.join(name);
        // Written last, so a world with it is whole.
        if !folder.join("world.json").exists() {
            simulate(args, seed, &folder)?;
        }
        let path = folder.join("world.json");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let facts = serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
        let labels = label::read(&folder.join("labels.ndjson"))?;
        Ok(Self { seed, folder, facts, labels })
    }

    /// Its logs.
    pub fn logs(&self) -> Vec<PathBuf> {
        let folders = ["logs", "events"].map(|name| self.folder.join(name));
        folders.into_iter().filter(|folder| folder.exists()).collect()
    }

    /// Its inventory.
    pub fn inventory(&self) -> PathBuf {
        self.folder.join("workloads.yaml")
    }

    /// The days after the first [`LEARNING_DAYS`] of each of its workloads, together.
    ///
    /// # Errors
    /// When its first day is no date.
    pub fn mature_days(&self) -> anyhow::Result<i64> {
        mature_days(&self.facts, &self.labels)
    }
}

fn simulate(args: &Args, seed: u64, folder: &Path) -> anyhow::Result<()> {
    let [seed, workloads, days] = [seed.to_string(), args.workloads.to_string(), args.days.to_string()];
    let words = [
        ["--seed", &seed],
        ["--workloads", &workloads],
        ["--days", &days],
        ["--as", args.form.as_str()],
        ["--attacks", &args.attacks],
    ];
    program::simulate(folder, words.as_flattened())
}

/// The workload-days on which an alarm may come: those after the learning days of each workload. A workload that a
/// label calls new starts with that label, every other one with the world.
///
/// # Errors
/// When the first day is no date.
pub fn mature_days(facts: &Facts, labels: &[Label]) -> anyhow::Result<i64> {
    let first = EventTime::parse_rfc3339(&format!("{}T00:00:00Z", facts.first_day))
        .with_context(|| format!("world.json: first_day `{}` is no date", facts.first_day))?;
    let mature_from = |start: i64| (facts.days - start - LEARNING_DAYS).max(0);
    let mut starts = std::collections::BTreeMap::new();
    for label in labels.iter().filter(|label| label.benign && label.kind == "new_workload") {
        let start = label.from.day() - first.day();
        starts
            .entry(&label.workload)
            .and_modify(|known: &mut i64| *known = start.min(*known))
            .or_insert(start);
    }
    let new = i64::try_from(starts.len()).unwrap_or(i64::MAX);
    let old = (facts.workloads - new).max(0);
    Ok(old * mature_from(0) + starts.into_values().map(mature_from).sum::<i64>())
}
