//! Kafka as it is written: a source, a sink, and the topic between the roles.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A topic of Kafka.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KafkaSource")]
pub(crate) struct RawKafkaSource {
    /// Its name in metrics and in the checkpoint.
    pub(crate) name: String,
    /// `host:port`, several separated by commas.
    pub(crate) brokers: String,
    /// The topic: raw records of one kind of log or of many, or canonical events.
    pub(crate) topic: String,
    /// The consumer group; `ambit.NAME` if absent.
    #[serde(default)]
    pub(crate) group: Option<String>,
    /// The format of every record; `auto` tells each from its shape.
    #[serde(default = "super::auto")]
    pub(crate) format: String,
    /// What a log cannot say of itself, such as `cluster: eks-prod`.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// The URL of a schema registry, for canonical events in Avro that name their schema by its number there.
    #[serde(default)]
    pub(crate) registry: Option<String>,
    /// The topic for records that cannot be read.
    #[serde(default = "dead_letter_topic")]
    pub(crate) dead_letters: String,
    /// Anything that librdkafka takes, by its own name.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    /// The same, each read from a file: for passwords.
    #[serde(default)]
    pub(crate) property_files: BTreeMap<String, PathBuf>,
}

/// A topic that findings are written to, keyed by their uid.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KafkaSink")]
pub(crate) struct RawKafkaSink {
    /// `host:port`, several separated by commas.
    pub(crate) brokers: String,
    /// The topic.
    #[serde(default = "findings_topic")]
    pub(crate) topic: String,
    /// How findings are written: OCSF as `json`, or `avro` of the schema `finding.v1`, which has the OCSF in a field.
    #[serde(default = "json")]
    pub(crate) encoding: String,
    /// The URL of a schema registry, for Avro with the number of its schema there; without one it is a single object.
    #[serde(default)]
    pub(crate) registry: Option<String>,
    /// Whether findings are written in transactions, and what was written before a crash is not written again: then
    /// readers with `isolation.level=read_committed` see each transition once. Otherwise some may come twice.
    #[serde(default)]
    pub(crate) transactional: bool,
    /// Anything that librdkafka takes, by its own name.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    /// The same, each read from a file: for passwords.
    #[serde(default)]
    pub(crate) property_files: BTreeMap<String, PathBuf>,
}

/// The topic that role `ingest` writes canonical events to. Its daemons may be many: each reads its share of the topics.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Events")]
pub(crate) struct RawEvents {
    /// `host:port`, several separated by commas.
    pub(crate) brokers: String,
    /// The topic; it must be there.
    #[serde(default = "events_topic")]
    pub(crate) topic: String,
    /// Anything that librdkafka takes, by its own name.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    /// The same, each read from a file: for passwords.
    #[serde(default)]
    pub(crate) property_files: BTreeMap<String, PathBuf>,
}

/// The topic by which daemons of role `detect` share the work. Its partitions are the shards that the workloads are divided
/// into: each daemon has some, and tells the others through it what a UTC day was like there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Peers")]
pub(crate) struct RawPeers {
    /// `host:port`, several separated by commas.
    pub(crate) brokers: String,
    /// The topic; it must be there, and its partitions must stay as many as they are.
    #[serde(default = "peers_topic")]
    pub(crate) topic: String,
    /// The consumer group, which says who has which shards.
    #[serde(default = "detect_group")]
    pub(crate) group: String,
    /// Seconds of event time between the moments at which all make a checkpoint; a part of a day.
    #[serde(default = "cut_secs")]
    pub(crate) cut_secs: u32,
    /// Anything that librdkafka takes, by its own name.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    /// The same, each read from a file: for passwords.
    #[serde(default)]
    pub(crate) property_files: BTreeMap<String, PathBuf>,
}

fn peers_topic() -> String {
    "ambit.peers.v1".to_owned()
}

fn detect_group() -> String {
    "ambit.detect".to_owned()
}

const fn cut_secs() -> u32 {
    900
}

fn events_topic() -> String {
    "ambit.events.v1".to_owned()
}

fn dead_letter_topic() -> String {
    "ambit.dlq.v1".to_owned()
}

fn findings_topic() -> String {
    "ambit.findings.v1".to_owned()
}

fn json() -> String {
    "json".to_owned()
}
