//! The configuration as it is written. What the comments here say is what `ambit config schema` and docs/run.md say.

mod archive;
mod kafka;
mod objects;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::archive::RawArchive;
pub(crate) use self::kafka::{RawEvents, RawKafkaSink, RawKafkaSource, RawPeers};
pub(crate) use self::objects::RawObjectsSource;

/// The configuration of `ambit run`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Config")]
pub(crate) struct RawConfig {
    /// `all`: this daemon reads and detects. `ingest`: it reads, and hands canonical events on to those that detect. `detect`:
    /// it detects what those hand on, with others of its role; each has some of the workloads.
    #[serde(default = "all")]
    pub(crate) role: String,
    /// Where events come from.
    pub(crate) sources: Vec<RawSource>,
    /// What you know of your workloads, environments, secrets and changes; read again when it changes.
    #[serde(default)]
    pub(crate) inventory: Option<PathBuf>,
    /// Folders of rules laid over the built-in catalogue, the later over the earlier; read again when they change.
    #[serde(default)]
    pub(crate) rules: Vec<PathBuf>,
    /// How the detector is set.
    #[serde(default)]
    pub(crate) detector: RawDetector,
    /// Where findings go; of role `ingest` none.
    #[serde(default)]
    pub(crate) sinks: Vec<RawSink>,
    /// For role `ingest`: where canonical events go.
    #[serde(default)]
    pub(crate) events: Option<RawEvents>,
    /// For role `detect`: by which topic its daemons share the work.
    #[serde(default)]
    pub(crate) peers: Option<RawPeers>,
    /// Where the state is kept.
    pub(crate) checkpoint: RawCheckpoint,
    /// Where the events are kept that have been dealt with.
    #[serde(default)]
    pub(crate) archive: Option<RawArchive>,
    /// The HTTP server: metrics, health, and what is sent to it.
    #[serde(default)]
    pub(crate) http: RawHttp,
    /// The log on stderr.
    #[serde(default)]
    pub(crate) log: RawLog,
}

/// A source.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Source")]
pub(crate) enum RawSource {
    /// Files and folders that are watched.
    File(RawFileSource),
    /// Events that are sent to the HTTP server.
    Http(RawHttpSource),
    /// A topic of Kafka.
    Kafka(RawKafkaSource),
    /// Objects of a store.
    Objects(RawObjectsSource),
}

/// Files that grow, are rotated, or arrive.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FileSource")]
pub(crate) struct RawFileSource {
    /// Its name in metrics and in the checkpoint; one that is changed begins anew.
    pub(crate) name: String,
    /// Files and folders; a folder is walked for the endings that `ambit replay` takes.
    pub(crate) paths: Vec<PathBuf>,
    /// The format of every record; `auto` tells each from its shape.
    #[serde(default = "auto")]
    pub(crate) format: String,
    /// What a log cannot say of itself, such as `cluster: eks-prod`.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Where to begin with the files of the very first start: `start` or `end`.
    #[serde(default = "start")]
    pub(crate) begin: String,
    /// Seconds between two looks for new and grown files.
    #[serde(default = "one")]
    pub(crate) scan_secs: f64,
    /// Seconds that a file must have been still before it is read as a whole, or a last line without its end.
    #[serde(default = "two")]
    pub(crate) settle_secs: f64,
}

/// What others send. Each source takes `POST /ingest/NAME` and `POST /k8s/audit/NAME`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HttpSource")]
pub(crate) struct RawHttpSource {
    /// Its name in the path, in metrics and in the checkpoint.
    pub(crate) name: String,
    /// Whether `/v1/traces` and `/v1/logs` are for this source; one source may say so.
    #[serde(default)]
    pub(crate) otlp: bool,
    /// The format of every record; `auto` tells each from its shape.
    #[serde(default = "auto")]
    pub(crate) format: String,
    /// What a log cannot say of itself, such as `cluster: eks-prod`.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// A file that holds the bearer token that senders must show.
    #[serde(default)]
    pub(crate) token_file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(default)]
    pub(crate) token_env: Option<String>,
    /// Bytes that may wait on disk to be covered by a checkpoint; beyond it senders are told to come again (429).
    #[serde(default = "spool_bytes")]
    pub(crate) spool_bytes: u64,
}

/// How the detector is set.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Detector")]
pub(crate) struct RawDetector {
    /// Alerts per workload-month that you accept from the statistical checks.
    pub(crate) budget: f64,
    /// How late events may come.
    pub(crate) lateness_secs: RawLateness,
    /// Seconds without an event after which a partition no longer holds the others back; a start waits as long for sources
    /// that say nothing.
    pub(crate) idle_secs: f64,
    /// Seconds for which a partition of Kafka that cannot be read holds the others back; then it is passed over.
    pub(crate) outage_secs: f64,
    /// Bytes of events that may wait for the watermark; beyond it the watermark goes on without the late ones.
    pub(crate) pending_bytes: u64,
    /// Whether findings that need no window are told at once, marked as provisional, before the watermark has passed their
    /// event.
    pub(crate) provisional: bool,
}

/// How late events may come, in seconds of event time behind the latest one, by kind of source; a year at most.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Lateness")]
pub(crate) struct RawLateness {
    /// Logs that a cloud delivers.
    pub(crate) cloud: u64,
    /// All others.
    pub(crate) other: u64,
}

/// A sink.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Sink")]
pub(crate) enum RawSink {
    /// A file, one finding a line.
    Ndjson(RawNdjson),
    /// A URL that findings are posted to.
    Webhook(RawWebhook),
    /// A topic of Kafka.
    Kafka(RawKafkaSink),
}

/// A file that findings are appended to.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Ndjson")]
pub(crate) struct RawNdjson {
    /// The file; it is opened anew when it was moved away.
    pub(crate) path: PathBuf,
    /// When it is forced to disk: with each delivery (`always`), before each checkpoint (`checkpoint`), or `never`.
    #[serde(default = "checkpoint")]
    pub(crate) fsync: String,
}

/// A URL that findings are posted to, as `{"findings":[…]}`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Webhook")]
pub(crate) struct RawWebhook {
    /// The URL.
    pub(crate) url: String,
    /// A file that holds the key of the HMAC-SHA256 signature.
    #[serde(default)]
    pub(crate) secret_file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(default)]
    pub(crate) secret_env: Option<String>,
    /// Findings in one request.
    #[serde(default = "hundred")]
    pub(crate) batch: usize,
    /// Seconds that one request may take.
    #[serde(default = "ten")]
    pub(crate) timeout_secs: f64,
    /// A file for what the receiver refuses. Without it a refusal is tried again like an outage.
    #[serde(default)]
    pub(crate) dead_letters: Option<PathBuf>,
    /// Seconds of an outage after which findings go to `dead_letters`; without it they wait for as long as it takes.
    #[serde(default)]
    pub(crate) give_up_secs: Option<f64>,
}

/// Where the state is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Checkpoint")]
pub(crate) struct RawCheckpoint {
    /// A folder, which holds the checkpoints, the decisions and what was received over HTTP; or a URL as of a source of
    /// objects, under which the checkpoints are.
    pub(crate) path: PathBuf,
    /// With a URL: a folder for the decisions and what is received over HTTP. Sources of HTTP need it.
    #[serde(default)]
    pub(crate) local: Option<PathBuf>,
    /// With a URL: anything that the store takes, by its own name. It goes before the environment.
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
    /// The same, each read from a file: for keys.
    #[serde(default)]
    pub(crate) option_files: BTreeMap<String, PathBuf>,
    /// Seconds between two checkpoints.
    #[serde(default = "thirty")]
    pub(crate) interval_secs: f64,
    /// How many are kept: when the newest is damaged, the one before is taken.
    #[serde(default = "three")]
    pub(crate) keep: usize,
}

/// The HTTP server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Http")]
pub(crate) struct RawHttp {
    /// Address and port. It speaks plain HTTP, so an address that others can reach needs `insecure_bind`.
    pub(crate) listen: String,
    /// Whether plain HTTP may be offered to others than this machine.
    pub(crate) insecure_bind: bool,
    /// The longest body, in bytes, before and after decompression.
    pub(crate) body_bytes: usize,
    /// Requests that may wait to be taken up; beyond it senders are told to come again (429).
    pub(crate) queue: usize,
}

/// The log on stderr.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Log")]
pub(crate) struct RawLog {
    /// `json` or `pretty`; `json` if absent.
    pub(crate) format: Option<String>,
}

impl Default for RawDetector {
    fn default() -> Self {
        Self {
            budget: 0.1,
            lateness_secs: RawLateness::default(),
            idle_secs: 60.0,
            outage_secs: 900.0,
            pending_bytes: 1 << 30,
            provisional: true,
        }
    }
}

impl Default for RawLateness {
    fn default() -> Self {
        Self { cloud: 1_800, other: 300 }
    }
}

impl Default for RawHttp {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9600".to_owned(), insecure_bind: false, body_bytes: 16 << 20, queue: 64 }
    }
}

fn all() -> String {
    "all".to_owned()
}

fn auto() -> String {
    "auto".to_owned()
}

fn start() -> String {
    "start".to_owned()
}

fn checkpoint() -> String {
    "checkpoint".to_owned()
}

const fn one() -> f64 {
    1.0
}

const fn two() -> f64 {
    2.0
}

const fn ten() -> f64 {
    10.0
}

fn thirty() -> f64 {
    30.0
}

const fn three() -> usize {
    3
}

const fn hundred() -> usize {
    100
}

const fn spool_bytes() -> u64 {
    256 << 20
}
