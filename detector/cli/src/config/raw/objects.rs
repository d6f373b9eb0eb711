//! Object stores as they are written: a source, and what goes with the URL of a checkpoint.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Objects of a store that are added to it, each read once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObjectsSource")]
pub(crate) struct RawObjectsSource {
    /// Its name in metrics and in the checkpoint; one that is changed begins anew.
    pub(crate) name: String,
    /// `s3://BUCKET/PREFIX`, `gs://…`, `az://CONTAINER/PREFIX`, `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX` or
    /// `file:///PATH`; keys are taken by the endings that `ambit replay` takes.
    pub(crate) url: String,
    /// The format of every record; `auto` tells each from its shape.
    #[serde(default = "super::auto")]
    pub(crate) format: String,
    /// What a log cannot say of itself, such as `cluster: eks-prod`.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Where to begin at the very first start: with all objects that are there (`start`), or with those that come (`end`).
    #[serde(default = "super::start")]
    pub(crate) begin: String,
    /// Seconds between two listings.
    #[serde(default = "minute")]
    pub(crate) interval_secs: f64,
    /// Seconds for which an object that was read is remembered, counted from its change to the latest change of any, by
    /// the store's own times. One that comes with an older time is not read, which is counted.
    #[serde(default = "week")]
    pub(crate) window_secs: u64,
    /// Objects that are remembered at most; where there are more, the window is shorter.
    #[serde(default = "million")]
    pub(crate) remembered: usize,
    /// Anything that the store takes, by its own name, such as `aws_endpoint`. It goes before the environment.
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
    /// The same, each read from a file: for keys.
    #[serde(default)]
    pub(crate) option_files: BTreeMap<String, PathBuf>,
}

const fn minute() -> f64 {
    60.0
}

const fn week() -> u64 {
    7 * 86_400
}

const fn million() -> usize {
    1_000_000
}
