//! The configuration of the daemon: what was written becomes what is meant, once, and everything that is wrong with it
//! is told at once. Flags go before the environment, the environment before the file, the file before the defaults.

mod check;
mod env;
mod oidc;
mod raw;
mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ambit_ingest::source::Begin;
use ambit_ingest::{Format, Labels};
use ambit_schemas::hash::stable_hash128;
use anyhow::{Context, anyhow};

pub(crate) use self::env::{notify_socket, watchdog};
pub(crate) use self::oidc::Oidc;
pub(crate) use self::secret::Secret;

use self::check::{Problem, check};
use self::raw::RawConfig;
use crate::args::ConfigCommand;
use crate::exit::Exit;
use crate::logging::LogFormat;
use crate::objects::{Place, is_url};

/// What the daemon does.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) role: Role,
    pub(crate) sources: Vec<Source>,
    pub(crate) inventory: Option<PathBuf>,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) budget: f64,
    pub(crate) lateness: Lateness,
    pub(crate) idle: Duration,
    pub(crate) outage: Duration,
    pub(crate) pending_bytes: u64,
    pub(crate) provisional: bool,
    pub(crate) sinks: Vec<Sink>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) archive: Option<Archive>,
    pub(crate) http: Http,
    pub(crate) log: LogFormat,
}

/// What of the way from bytes to findings this daemon does.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    /// All of it.
    All,
    /// It decodes and resolves, and hands on to a topic.
    Ingest(Events),
    /// It detects, with others who have the other shards.
    Detect(Peers),
}

/// The topic of canonical events between daemons.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
}

/// The topic by which daemons that detect share the work: its partitions are the shards.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "without Kafka none is made"))]
pub(crate) struct Peers {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
    pub(crate) group: String,
    /// Checkpoints are made at multiples of it.
    pub(crate) cut_micros: i64,
}

/// How late events may come, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lateness {
    pub(crate) cloud_micros: i64,
    pub(crate) other_micros: i64,
}

/// A source: its name, how its records are read, and where they come from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) format: Option<Format>,
    pub(crate) labels: Labels,
    pub(crate) from: From,
}

/// Where records come from.
#[derive(Debug, Clone)]
pub(crate) enum From {
    File { paths: Vec<PathBuf>, begin: Begin, scan: Duration, settle: Duration },
    Http { otlp: bool, token: Option<Secret>, spool_bytes: u64 },
    Kafka { kafka: Kafka, topic: String, group: String, registry: Option<String>, dead_letters: String },
    Objects(Objects),
}

impl From {
    /// The kind, as the configuration is written.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Http { .. } => "http",
            Self::Kafka { .. } => "kafka",
            Self::Objects(_) => "objects",
        }
    }
}

/// Objects of a store that are listed again and again.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    pub(crate) place: Place,
    pub(crate) begin: Begin,
    pub(crate) interval: Duration,
    /// How long before the latest change an object must have been changed to be forgotten once it was read.
    pub(crate) window_micros: i64,
    pub(crate) remembered: usize,
}

/// How to reach Kafka: everything that librdkafka is told, and who gives tokens, where it wants one.
#[derive(Debug, Clone)]
pub(crate) struct Kafka {
    pub(crate) properties: BTreeMap<String, Secret>,
    pub(crate) oidc: Option<Oidc>,
}

impl Kafka {
    /// Of properties as they are written.
    ///
    /// # Errors
    /// When they want a token and do not say how to get one.
    pub(crate) fn new(mut properties: BTreeMap<String, Secret>) -> Result<Self, String> {
        let oidc = Oidc::take(&mut properties)?;
        Ok(Self { properties, oidc })
    }
}

/// Where findings go.
#[derive(Debug, Clone)]
pub(crate) enum Sink {
    Ndjson { path: PathBuf, fsync: Fsync },
    Webhook(Webhook),
    Kafka(KafkaSink),
}

/// A topic of findings.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "without Kafka none is made"))]
pub(crate) struct KafkaSink {
    pub(crate) kafka: Kafka,
    pub(crate) topic: String,
    pub(crate) encoding: Encoding,
    /// Whether each transition is written once, by this name; some may be written twice otherwise.
    pub(crate) transactional_id: Option<String>,
}

/// How findings are written to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Avro { registry: Option<String> },
}

/// When a file is forced to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fsync {
    Always,
    Checkpoint,
    Never,
}

/// A receiver of findings.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: Option<Secret>,
    pub(crate) batch: usize,
    pub(crate) timeout: Duration,
    pub(crate) dead_letters: Option<PathBuf>,
    pub(crate) give_up: Option<Duration>,
}

/// Where the state is kept.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) kept: Kept,
    /// A folder of this machine for what cannot be in a store: the decisions, and what was received over HTTP.
    pub(crate) local: Option<PathBuf>,
    pub(crate) interval: Duration,
    pub(crate) keep: usize,
}

/// Where the events are kept that have been dealt with.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    pub(crate) kept: Kept,
    pub(crate) part_rows: usize,
    pub(crate) flush: Duration,
}

/// A place of checkpoints, or of the archive.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Folder(PathBuf),
    Objects(Place),
}

impl Kept {
    /// The place that a path or a URL names.
    pub(crate) fn of(path: &Path) -> Self {
        let text = path.to_string_lossy();
        match text.strip_prefix("file://") {
            // A folder of this machine is better kept as one: with a lock, and forced to disk.
            Some(folder) => Self::Folder(folder.into()),
            None if is_url(&text) => Self::Objects(Place::new(text.into_owned())),
            None => Self::Folder(path.to_owned()),
        }
    }

    /// A number that is the same at every start, and another for another place. A folder is one of this machine; a store is
    /// the same from wherever it is reached.
    pub(crate) fn id(&self) -> u128 {
        match self {
            Self::Folder(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_unknown| path.clone());
                let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
                stable_hash128([host.trim().as_bytes(), path.as_os_str().as_encoded_bytes()])
            }
            Self::Objects(place) => stable_hash128([place.shown().as_bytes()]),
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Objects(place) => f.write_str(&place.shown()),
        }
    }
}

/// The HTTP server.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    pub(crate) body_bytes: usize,
    pub(crate) queue: usize,
}

/// What flags say over the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) listen: Option<String>,
    pub(crate) inventory: Option<PathBuf>,
    pub(crate) budget: Option<f64>,
    pub(crate) log: Option<LogFormat>,
}

/// Runs `ambit config`.
pub(crate) fn run(command: &ConfigCommand) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Check { file } => {
            let config = load(file, &Overrides::default())?;
            let (sources, sinks) = (config.sources.len(), config.sinks.len());
            let goal = match &config.role {
                Role::All => format!("{sinks} sinks"),
                Role::Ingest(events) => format!("on to topic {}", events.topic),
                Role::Detect(peers) => format!("{sinks} sinks, shards of topic {}", peers.topic),
            };
            writeln!(io::stdout(), "{}: good: {sources} sources, {goal}", file.display())?;
        }
        ConfigCommand::Schema => writeln!(io::stdout(), "{}", schema()?)?,
    }
    Ok(Exit::Done)
}

/// Reads and checks a configuration.
///
/// # Errors
/// Everything that is wrong with it, each with its line and field where these can be told.
pub(crate) fn load(file: &Path, flags: &Overrides) -> anyhow::Result<Config> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let raw = parse(file, &text)?;
    let mut raw = env::overlay(raw)?;
    if let Some(listen) = &flags.listen {
        raw.http.listen.clone_from(listen);
    }
    raw.inventory = flags.inventory.clone().or(raw.inventory);
    raw.detector.budget = flags.budget.unwrap_or(raw.detector.budget);
    let mut config = check(&raw).map_err(|problems| {
        anyhow!(problems.iter().map(|one| line(file, &text, one)).collect::<Vec<_>>().join("\n"))
    })?;
    config.log = flags.log.unwrap_or(config.log);
    Ok(config)
}

/// The JSON Schema of the file.
///
/// # Errors
/// Never: the schema is a plain value.
pub(crate) fn schema() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&schemars::schema_for!(RawConfig))?)
}

fn is_toml(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "toml")
}

fn parse(file: &Path, text: &str) -> anyhow::Result<RawConfig> {
    if is_toml(file) {
        return toml::from_str(text).map_err(|error| anyhow!("{}: {error}", file.display()));
    }
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let place =
            error.location().map_or_else(String::new, |at| format!("{}:{}: ", at.line(), at.column()));
        let message =
            serde_saphyr::MessageFormatter::format_message(&serde_saphyr::UserMessageFormatter, error);
        anyhow!("{}:{place}{message}", file.display())
    })
}

/// A problem as a line: file, line, column, field, what to do.
fn line(file: &Path, text: &str, problem: &Problem) -> String {
    let place = if is_toml(file) { None } else { ambit_ingest::inventory::place_of(text, &problem.path()) };
    let place = place.map_or_else(String::new, |place| format!("{}:{}:", place.line, place.column));
    format!("{}:{place} {}: {}", file.display(), problem.field, problem.message)
}

#[cfg(test)]
mod tests;
