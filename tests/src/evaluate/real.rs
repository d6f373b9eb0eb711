//! The logs of the repository, kept apart from the worlds: the samples with their labels, and what others recorded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::alarm::Alarm;
use super::args::Args;
use super::label::{self, Label};
use super::page::{Page, line, table};
use super::program::{self, Replay};
use super::verdict::{Standing, standing};
use crate::provided::root;

const SAMPLES: &str = "replay-data/samples";
const INVENTORY: &str = "replay-data/samples/workloads.yaml";
const LABELS: &str = "replay-data/golden/samples.labels.ndjson";
const THIRD_PARTY: &str = "replay-data/third-party";

/// Replays them and says what was found.
///
/// # Errors
/// When something cannot be run or read.
pub fn run(args: &Args) -> anyhow::Result<Page> {
    let outputs = tempfile::tempdir()?;
    let mut rows = Vec::new();
    let inventory = root().join(INVENTORY);
    let samples =
        program::replay(&[&root().join(SAMPLES)], Some(&inventory), &args.budget, outputs.path(), "samples")?;
    rows.push(row(SAMPLES, &samples));
    for folder in third_party()? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let replay = program::replay(&[&folder], None, &args.budget, outputs.path(), &name)?;
        if is_covered(&replay) {
            rows.push(row(&format!("{THIRD_PARTY}/{name}"), &replay));
        }
    }
    let labels = label::read(&root().join(LABELS))?;
    let mut text = table(&["logs", "events", "rejected", "workloads", "findings by check"], rows);
    let missed = samples_page(&mut text, &samples.alarms, &labels)?;
    Ok(Page { text, reached: missed == 0 })
}

/// The folders of third parties, in order.
fn third_party() -> anyhow::Result<Vec<PathBuf>> {
    let folder = root().join(THIRD_PARTY);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if Path::is_dir(&path) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Whether any of it is of a source that is decoded; a published schema is no log.
fn is_covered(replay: &Replay) -> bool {
    let number = |name: &str| replay.summary[name].as_u64().unwrap_or(0);
    number("events_read") > number("events_rejected") + number("events_ignored")
}

fn row(name: &str, replay: &Replay) -> Vec<String> {
    let mut by_check = BTreeMap::<&str, usize>::new();
    for alarm in &replay.alarms {
        *by_check.entry(&alarm.check).or_default() += 1;
    }
    let counts = by_check.iter().map(|(check, count)| format!("{check} {count}")).collect::<Vec<_>>();
    let number = |name: &str| replay.summary[name].to_string();
    vec![
        name.to_owned(),
        number("events_read"),
        number("events_rejected"),
        number("workloads"),
        counts.join(", "),
    ]
}

/// What the labels of the samples say; returns how many checks are missing.
fn samples_page(text: &mut String, alarms: &[Alarm], labels: &[Label]) -> Result<usize, std::fmt::Error> {
    let wanted = labels.iter().map(|label| label.raises.len()).sum::<usize>();
    let mut missed = 0;
    writeln!(text, "\n")?;
    for label in labels {
        for check in label.missing(alarms) {
            missed += 1;
            writeln!(
                text,
                "missed {check} of {}, {} to {}: {}",
                label.workload, label.from, label.to, label.what
            )?;
        }
    }
    for alarm in alarms {
        // The labels of the samples do not say which of them are benign: all are taken for what was put in.
        if matches!(
            standing(alarm, labels),
            Standing::FalseAlarm | Standing::FreeRatchet | Standing::Unexpected
        ) {
            writeln!(text, "not put in: {}", line(alarm))?;
        }
    }
    writeln!(text, "samples: {} of {wanted} checks that have to be raised were", wanted - missed)?;
    Ok(missed)
}
