//! The archive as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the events are kept that have been dealt with, for `ambit hunt` and for later replays.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Archive")]
pub(crate) struct RawArchive {
    /// A folder, or a URL as of a source of objects, which one daemon alone writes.
    pub(crate) path: PathBuf,
    /// With a URL: anything that the store takes, by its own name. It goes before the environment.
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
    /// The same, each read from a file: for keys.
    #[serde(default)]
    pub(crate) option_files: BTreeMap<String, PathBuf>,
    /// Events of a full file. What waits for one is part of every checkpoint.
    #[serde(default = "part_rows")]
    pub(crate) part_rows: usize,
    /// Seconds after which files that are not full are written as they are, to be read already.
    #[serde(default = "five_minutes")]
    pub(crate) flush_secs: f64,
}

const fn part_rows() -> usize {
    50_000
}

const fn five_minutes() -> f64 {
    300.0
}
