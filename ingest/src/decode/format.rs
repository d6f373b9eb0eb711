//! The formats, by name and by shape.

use ambit_schemas::vocabulary::Source;

use crate::json::{Fault, Json};

/// A format that can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// AWS CloudTrail events, also as `lookup-events` wraps them.
    CloudTrail,
    /// Vault or OpenBao audit lines.
    Vault,
    /// OTLP JSON: `resourceSpans` or `resourceLogs`.
    Otlp,
    /// Canonical events, as `ambit normalize` writes them.
    Canonical,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::CloudTrail, Self::Vault, Self::Otlp, Self::Canonical];

    /// The name that `--format` takes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudTrail => Source::AwsCloudtrail.as_str(),
            Self::Vault => Source::VaultAudit.as_str(),
            Self::Otlp => Source::OtelGenai.as_str(),
            Self::Canonical => "ambit",
        }
    }

    /// The format of a name, or `None`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name)
    }

    /// The format of a record by its top-level keys, or `None`. A record that breaks off or goes wrong is still told
    /// by the keys before that place, so that its reject can be counted for its source.
    pub fn of(record: &[u8]) -> Option<Self> {
        let mut shape = Shape::default();
        let _ended: Result<(), Fault> = Json::of_bytes(record).object(|json, key| {
            shape.note(key);
            json.skip()
        });
        shape.format()
    }

    /// The source of its records; canonical events each name their own.
    pub const fn source(self) -> Option<Source> {
        match self {
            Self::CloudTrail => Some(Source::AwsCloudtrail),
            Self::Vault => Some(Source::VaultAudit),
            Self::Otlp => Some(Source::OtelGenai),
            Self::Canonical => None,
        }
    }
}

/// The top-level keys seen of a record.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape(u32);

impl Shape {
    /// Notes a key.
    pub(super) fn note(&mut self, key: &[u8]) {
        self.0 |= KEYS.iter().find(|(name, _)| name.as_bytes() == key).map_or(0, |(_, bit)| *bit);
    }

    /// The format that the keys tell.
    pub(super) fn format(self) -> Option<Format> {
        SHAPES.iter().find(|(keys, _)| self.0 & keys == *keys).map(|(_, format)| *format)
    }
}

/// The top-level keys by which shapes are told, each a bit.
const KEYS: &[(&str, u32)] = &[
    ("eventName", EVENT_NAME),
    ("eventSource", EVENT_SOURCE),
    ("CloudTrailEvent", WRAPPED),
    ("digestStartTime", WRAPPED),
    ("type", KIND),
    ("request", REQUEST),
    ("resourceSpans", OTLP),
    ("resourceLogs", OTLP),
    ("resource_spans", OTLP),
    ("resource_logs", OTLP),
    ("event_id", EVENT_ID),
    ("source", SOURCE),
    ("action_class", ACTION_CLASS),
];
const EVENT_NAME: u32 = 1;
const EVENT_SOURCE: u32 = 1 << 1;
const WRAPPED: u32 = 1 << 2;
const KIND: u32 = 1 << 3;
const REQUEST: u32 = 1 << 4;
const OTLP: u32 = 1 << 5;
const EVENT_ID: u32 = 1 << 6;
const SOURCE: u32 = 1 << 7;
const ACTION_CLASS: u32 = 1 << 8;

/// The shapes: all the keys a record must have to be of the format.
const SHAPES: &[(u32, Format)] = &[
    (EVENT_NAME | EVENT_SOURCE, Format::CloudTrail),
    (WRAPPED, Format::CloudTrail),
    (OTLP, Format::Otlp),
    (EVENT_ID | SOURCE | ACTION_CLASS, Format::Canonical),
    (KIND | REQUEST, Format::Vault),
];
