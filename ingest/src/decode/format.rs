//! The formats, by name and by shape.

use std::sync::LazyLock;

use ambit_schemas::vocabulary::Source;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::fields::{Text, inside_into};
use crate::actions::table::{self, BadLine};
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
    /// Google Cloud log entries.
    Gcp,
    /// Kubernetes audit events.
    Kubernetes,
    /// Azure's activity log, and the logs of resources that have no format of their own.
    AzureActivity,
    /// Entra sign-ins.
    EntraSignin,
    /// Entra audit.
    EntraAudit,
    /// Azure Key Vault audit.
    AzureKeyvault,
    /// AWS Bedrock model-invocation logs.
    Bedrock,
    /// MCP gateway audit.
    Mcp,
    /// OCSF API Activity and Authentication.
    Ocsf,
    /// Canonical events, as `ambit normalize` writes them.
    Canonical,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::CloudTrail,
        Self::Vault,
        Self::Otlp,
        Self::Gcp,
        Self::Kubernetes,
        Self::AzureActivity,
        Self::EntraSignin,
        Self::EntraAudit,
        Self::AzureKeyvault,
        Self::Bedrock,
        Self::Mcp,
        Self::Ocsf,
        Self::Canonical,
    ];

    /// The name that `--format` takes.
    pub fn as_str(self) -> &'static str {
        self.source().map_or("ambit", Source::as_str)
    }

    /// The format of a name, or `None`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name)
    }

    /// The format of a record by its top-level keys, or `None`. A record that breaks off or goes wrong is still told
    /// by the keys before that place, so that its reject can be counted for its source.
    pub fn of(record: &[u8]) -> Option<Self> {
        let mut shape = Shape::default();
        let _ended: Result<(), Fault> = Json::of_bytes(record)
            .object(|json, key| if shape.note_with(key, json)? { Ok(()) } else { json.skip() });
        shape.format()
    }

    /// The source of its records; canonical events each name their own.
    pub const fn source(self) -> Option<Source> {
        match self {
            Self::CloudTrail => Some(Source::AwsCloudtrail),
            Self::Vault => Some(Source::VaultAudit),
            Self::Otlp => Some(Source::OtelGenai),
            Self::Gcp => Some(Source::GcpAudit),
            Self::Kubernetes => Some(Source::K8sAudit),
            Self::AzureActivity => Some(Source::AzureActivity),
            Self::EntraSignin => Some(Source::EntraSignin),
            Self::EntraAudit => Some(Source::EntraAudit),
            Self::AzureKeyvault => Some(Source::AzureKeyvault),
            Self::Bedrock => Some(Source::AwsBedrockInvocation),
            Self::Mcp => Some(Source::McpAudit),
            Self::Ocsf => Some(Source::Ocsf),
            Self::Canonical => None,
        }
    }
}

/// The top-level keys seen of a record.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape(u32);

impl Shape {
    /// What a key tells. Decoders write it beside the keys that they read, because to look up every key here takes as long
    /// as to look it up among their own; a test of each sees to it that none is forgotten.
    pub(super) const fn of(key: &[u8]) -> Self {
        Self(bit(key))
    }

    /// Notes what a key tells.
    pub(super) const fn add(&mut self, key: Self) {
        self.0 |= key.0;
    }

    /// Notes a key.
    pub(super) fn note(&mut self, key: &[u8]) {
        self.0 |= bit(key);
    }

    /// Notes a key, and the value of one whose value tells more; returns whether the value was stepped over for it.
    pub(super) fn note_with(&mut self, key: &[u8], json: &mut Json<'_>) -> Result<bool, Fault> {
        self.note_into(key, json, &mut None)
    }

    /// As [`Shape::note_with`], where the value shall stand that was stepped over.
    #[inline]
    pub(super) fn note_into<'a>(
        &mut self,
        key: &[u8],
        json: &mut Json<'a>,
        category: &mut Text<'a>,
    ) -> Result<bool, Fault> {
        let bit = bit(key);
        self.0 |= bit;
        if bit & CATEGORY == 0 {
            return Ok(false);
        }
        inside_into(json, b"value", category)?;
        self.0 |= match category.as_deref().and_then(category_source) {
            Some(Source::K8sAudit) => KUBE_LOG,
            Some(Source::EntraSignin) => SIGNIN,
            Some(Source::EntraAudit) => DIRECTORY,
            Some(Source::AzureKeyvault) => VAULT_LOG,
            _ => DIAGNOSTIC,
        };
        Ok(true)
    }

    /// Whether it is a sign-in as the interface of Entra gives it: the properties alone.
    pub(super) const fn is_bare_sign_in(self) -> bool {
        self.0 & (CREATED | SIGNED) == CREATED | SIGNED
    }

    /// Whether its properties stand beside the rest, as in the interfaces of Entra and the tables of Log Analytics.
    pub(super) const fn is_flat(self) -> bool {
        let is_audit = self.0 & (ACTIVITY | INITIATED) == ACTIVITY | INITIATED;
        self.0 & TABLE != 0 || is_audit || self.is_bare_sign_in()
    }

    /// The format that the keys tell.
    pub(super) fn format(self) -> Option<Format> {
        SHAPES.iter().find(|(keys, _)| self.0 & keys == *keys).map(|(_, format)| *format)
    }
}

/// The bit of a top-level key by which shapes are told. A match, because a list would be gone through for each key of each
/// record.
const fn bit(key: &[u8]) -> u32 {
    match key {
        b"eventName" => EVENT_NAME,
        b"eventSource" => EVENT_SOURCE,
        b"CloudTrailEvent" | b"digestStartTime" | b"insightDetails" => WRAPPED,
        b"type" => KIND,
        b"request" => REQUEST,
        b"resourceSpans" | b"resourceLogs" | b"resource_spans" | b"resource_logs" | b"resourceMetrics"
        | b"resource_metrics" => OTLP,
        b"event_id" => EVENT_ID,
        b"source" => SOURCE,
        b"action_class" => ACTION_CLASS,
        b"protoPayload" | b"protopayload" | b"protopayload_auditlog" => PROTO,
        b"logName" | b"logname" => LOG_NAME,
        b"receiveTimestamp" | b"receivetimestamp" => RECEIVED,
        b"kind" => OBJECT_KIND,
        b"verb" | b"objectRef" | b"requestURI" => VERB,
        // A batch says for all of its items what they are.
        b"auditID" => OBJECT_KIND | VERB,
        b"operationName"
        | b"operationname"
        | b"operation_name"
        | b"OperationName"
        | b"OperationNameValue" => OPERATION,
        b"resourceId"
        | b"resourceid"
        | b"resource_id"
        | b"callerIpAddress"
        | b"calleripaddress"
        | b"ResourceId"
        | b"_ResourceId"
        | b"CallerIPAddress"
        | b"CallerIpAddress"
        | b"ActivityStatusValue" => DIAGNOSTIC,
        b"createdDateTime" => CREATED,
        b"signInEventTypes" | b"conditionalAccessStatus" | b"clientAppUsed" | b"resourceDisplayName" => {
            SIGNED
        }
        b"activityDisplayName" | b"ActivityDisplayName" => ACTIVITY,
        b"initiatedBy" | b"InitiatedBy" => INITIATED,
        b"TimeGenerated" => TABLE,
        b"schemaType" => SCHEMA_TYPE,
        b"modelId" => MODEL_ID,
        b"audit_id" | b"auditId" => AUDIT_ID,
        b"logged_at" | b"loggedAt" => LOGGED_AT,
        b"class_uid" => CLASS_UID,
        b"metadata" => METADATA,
        b"category" | b"Category" => CATEGORY,
        _ => 0,
    }
}

const EVENT_NAME: u32 = 1;
const EVENT_SOURCE: u32 = 1 << 1;
const WRAPPED: u32 = 1 << 2;
const KIND: u32 = 1 << 3;
const REQUEST: u32 = 1 << 4;
const OTLP: u32 = 1 << 5;
const EVENT_ID: u32 = 1 << 6;
const SOURCE: u32 = 1 << 7;
const ACTION_CLASS: u32 = 1 << 8;
const PROTO: u32 = 1 << 9;
const LOG_NAME: u32 = 1 << 10;
const RECEIVED: u32 = 1 << 11;
const OBJECT_KIND: u32 = 1 << 12;
const VERB: u32 = 1 << 13;
const KUBE_LOG: u32 = 1 << 14;
const OPERATION: u32 = 1 << 15;
const DIAGNOSTIC: u32 = 1 << 16;
const SIGNIN: u32 = 1 << 17;
const DIRECTORY: u32 = 1 << 18;
const VAULT_LOG: u32 = 1 << 19;
const SCHEMA_TYPE: u32 = 1 << 20;
const MODEL_ID: u32 = 1 << 21;
const AUDIT_ID: u32 = 1 << 22;
const LOGGED_AT: u32 = 1 << 23;
const CLASS_UID: u32 = 1 << 24;
const METADATA: u32 = 1 << 25;
/// Its value tells more than it does.
const CATEGORY: u32 = 1 << 26;
const CREATED: u32 = 1 << 27;
const SIGNED: u32 = 1 << 28;
const ACTIVITY: u32 = 1 << 29;
const INITIATED: u32 = 1 << 30;
const TABLE: u32 = 1 << 31;

/// The shapes: all the keys a record must have to be of the format.
const SHAPES: &[(u32, Format)] = &[
    (EVENT_NAME | EVENT_SOURCE, Format::CloudTrail),
    (WRAPPED, Format::CloudTrail),
    (OTLP, Format::Otlp),
    (EVENT_ID | SOURCE | ACTION_CLASS, Format::Canonical),
    (KIND | REQUEST, Format::Vault),
    (PROTO, Format::Gcp),
    (LOG_NAME | RECEIVED, Format::Gcp),
    (OBJECT_KIND | VERB, Format::Kubernetes),
    (KUBE_LOG, Format::Kubernetes),
    (OPERATION | SIGNIN, Format::EntraSignin),
    (CREATED | SIGNED, Format::EntraSignin),
    (OPERATION | DIRECTORY, Format::EntraAudit),
    (ACTIVITY | INITIATED, Format::EntraAudit),
    (OPERATION | VAULT_LOG, Format::AzureKeyvault),
    (OPERATION | DIAGNOSTIC, Format::AzureActivity),
    (SCHEMA_TYPE | MODEL_ID, Format::Bedrock),
    (AUDIT_ID | LOGGED_AT, Format::Mcp),
    (CLASS_UID | METADATA, Format::Ocsf),
];

/// Sources by category, and the lines that are not understood.
type Categories = (HashMap<&'static str, Source, FixedState>, Vec<BadLine>);

/// Sources by the category of a record of Azure's diagnostic settings.
static CATEGORIES: LazyLock<Categories> = LazyLock::new(|| {
    let (mut categories, mut bad) = (HashMap::default(), Vec::new());
    let text = include_str!("../../data/azure_categories.txt");
    table::read("azure_categories.txt", text, &mut bad, |[category, source]| {
        categories.insert(category, Source::parse(source)?).is_none().then_some(())
    });
    (categories, bad)
});

/// The source that a category belongs to, if it has one of its own.
fn category_source(category: &str) -> Option<Source> {
    CATEGORIES.0.get(category).copied()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks that a decoder notes every key that tells a shape, whatever its value is.
    pub(in crate::decode) fn check_shape(read: impl Fn(&mut Json<'_>) -> Shape) {
        let source = include_str!("format.rs");
        let (_, arms) = source.split_once("const fn bit(").unwrap();
        let (arms, _) = arms.split_once("_ => 0").unwrap();
        let keys = arms.split("b\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let mut count = 0;
        // Of a category it is the value that tells the most.
        for key in keys.filter(|key| !key.eq_ignore_ascii_case("category")) {
            for value in ["1", "null", "\"x\"", "{}", "[]"] {
                let record = format!("{{\"{key}\":{value}}}");
                let found = read(&mut Json::of_text(&record));
                assert_eq!(found.0, bit(key.as_bytes()), "{record}");
            }
            count += 1;
        }
        assert!(count > 50, "{count}");
    }

    #[test]
    fn every_line_of_the_categories_is_understood() {
        assert_eq!(CATEGORIES.1, []);
        assert!(category_source("kube-audit").is_some());
    }
}
