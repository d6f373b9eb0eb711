//! `ambit`, run in this process, so that a release build of this command measures a release build of Ambit.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::alarm::{self, Alarm};

/// What a replay left.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The findings.
    pub alarms: Vec<Alarm>,
    /// The object of `--summary`.
    pub summary: Value,
    /// The exit code: 0, or 4 where some input could not be read.
    pub code: u8,
}

/// Simulates a world into a folder.
///
/// # Errors
/// When `ambit simulate` fails.
pub fn simulate(folder: &Path, words: &[&str]) -> anyhow::Result<()> {
    let start = ["ambit", "simulate", "--out"].map(OsStr::new);
    let all = start.into_iter().chain([folder.as_os_str()]).chain(words.iter().map(OsStr::new));
    match ambit::run(all) {
        0 => Ok(()),
        code => bail!("`ambit simulate {}` ended with {code}", words.join(" ")),
    }
}

/// Replays paths; findings and summary are left in `outputs` under a name that starts with `stem`.
///
/// # Errors
/// When `ambit replay` fails, or its outputs cannot be read.
pub fn replay(
    paths: &[&Path],
    inventory: Option<&Path>,
    budget: &str,
    outputs: &Path,
    stem: &str,
) -> anyhow::Result<Replay> {
    let findings = outputs.join(format!("{stem}.findings.ndjson"));
    let summary = outputs.join(format!("{stem}.summary.json"));
    let mut all = ["ambit", "replay", "--budget", budget, "--findings"].map(OsStr::new).to_vec();
    all.extend([findings.as_os_str(), OsStr::new("--summary"), summary.as_os_str()]);
    if let Some(inventory) = inventory {
        all.extend([OsStr::new("--inventory"), inventory.as_os_str()]);
    }
    all.extend(paths.iter().map(|path| path.as_os_str()));
    let code = ambit::run(all);
    if !matches!(code, 0 | 4) {
        bail!("`ambit replay` of {} ended with {code}", paths.first().unwrap_or(&outputs).display());
    }
    let text =
        std::fs::read_to_string(&summary).with_context(|| format!("cannot read {}", summary.display()))?;
    Ok(Replay { alarms: alarm::read(&findings)?, summary: serde_json::from_str(&text)?, code })
}
