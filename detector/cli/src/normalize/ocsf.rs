//! Canonical events as OCSF 1.8 NDJSON: the class by what was done, each column in the attribute that means the same,
//! and the rest under `unmapped` by its own name. `replay` reads these lines back as the rows they were.

mod account;
mod class;
mod subject;
mod unmapped;

use std::io::{self, Write};
use std::net::IpAddr;

use ambit_schemas::event::Rows;
use ambit_schemas::vocabulary::{Outcome, Source};
use ambit_schemas::{EventBatch, EventRow, EventTime};
use serde::Serialize;

use self::class::{Activity, Class};
use crate::ocsf::json::{Json, known, object};

/// By which a reader knows who made the event of a record; `ingest` looks for the same.
const UID: &str = "ambit.normalize";
/// A source that a record says nothing of; OCSF wants one of an API call.
const NOWHERE: &str = "unknown";

/// Writes batches line by line.
pub(super) struct OcsfWriter {
    out: Box<dyn Write>,
    line: Vec<u8>,
}

impl OcsfWriter {
    pub(super) fn new(out: Box<dyn Write>) -> Self {
        Self { out, line: Vec::new() }
    }

    pub(super) fn write(&mut self, batch: &EventBatch) -> anyhow::Result<()> {
        let rows = Rows::new(batch)?;
        for row in 0..batch.len() {
            self.line.clear();
            serde_json::to_writer(&mut self.line, &event(&rows.get(row)))?;
            self.line.push(b'\n');
            self.out.write_all(&self.line)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// One event.
fn event<'a>(row: &EventRow<'a>) -> impl Serialize + use<'a> {
    let (class, activity) = class::of(row);
    let place = Place::of(row);
    let mut fields = head(row, class, activity);
    fields.extend(subject::fields(row, class));
    fields.extend(place.fields(row, class));
    if let Some(client) = row.client {
        fields.push(("http_request", object([("user_agent", client.into())])));
    }
    fields.push(("metadata", metadata(row, class, &place)));
    fields.push(("unmapped", unmapped::fields(row, class, place.provider.is_some())));
    Json::Object(fields)
}

/// What every class has: ids, names, time and outcome.
fn head<'a>(row: &EventRow<'a>, class: Class, activity: Activity) -> Vec<(&'a str, Json<'a>)> {
    let (category_uid, category) = class.category();
    let (status_id, status) = match row.outcome {
        Outcome::Success => (1, "Success"),
        Outcome::Denied | Outcome::Failure => (2, "Failure"),
        Outcome::Unknown => (0, "Unknown"),
    };
    let detail = matches!(row.outcome, Outcome::Denied | Outcome::Failure).then(|| row.outcome.as_str());
    let mut fields = vec![
        ("time", row.time.millis().into()),
        ("class_uid", class.uid().into()),
        ("class_name", class.caption().into()),
        ("category_uid", category_uid.into()),
        ("category_name", category.into()),
        ("activity_id", activity.id.into()),
        ("activity_name", activity.name.into()),
        ("type_uid", (class.uid() * 100 + activity.id).into()),
        ("type_name", format!("{}: {}", class.caption(), activity.caption()).into()),
        ("severity_id", 1.into()),
        ("severity", "Informational".into()),
        ("status_id", status_id.into()),
        ("status", status.into()),
    ];
    fields.extend(row.error_code.map(|code| ("status_code", code.into())));
    fields.extend(detail.map(|detail| ("status_detail", detail.into())));
    fields
}

/// The cloud, the service and the operation.
struct Place<'a> {
    /// None off the clouds: OCSF's `cloud` must name one.
    provider: Option<&'static str>,
    service: &'a str,
    operation: &'a str,
}

impl<'a> Place<'a> {
    /// From the action: `aws:s3:GetObject`, `gcp:iam.CreateServiceAccountKey`, `vault:read`.
    fn of(row: &EventRow<'a>) -> Self {
        let (plane, rest) = row.action.split_once(':').unwrap_or((row.source.as_str(), row.action));
        let (provider, service, operation) = match plane {
            "aws" => (Some("AWS"), rest.split(':').next(), rest.split_once(':').map(|(_, rest)| rest)),
            "gcp" => (Some("GCP"), rest.split('.').next(), Some(rest)),
            "azure" | "entra" => (Some("Azure"), rest.split('/').next(), Some(rest)),
            "tool" | "mcp" => (None, row.tool_server, Some(rest)),
            _ => (None, None, Some(rest)),
        };
        let or = |text: Option<&'a str>, other| text.filter(|text| !text.is_empty()).unwrap_or(other);
        Self { provider, service: or(service, plane), operation: or(operation, row.action) }
    }

    fn fields(&self, row: &EventRow<'a>, class: Class) -> Vec<(&'a str, Json<'a>)> {
        let service = || object([("name", self.service.into())]);
        let mut fields = Vec::new();
        // Of the other classes, `api` belongs to the profile of clouds.
        if class == Class::ApiActivity || self.provider.is_some() {
            let response = row.error_code.map(|code| object([("error", code.into())]));
            let operation = self.operation.into();
            let api = [("operation", operation), ("service", service()), ("response", response.into())];
            fields.push(("api", known(api)));
        }
        if class == Class::Authentication {
            fields.push(("service", service()));
        }
        let address = row.source_address.filter(|address| is_address(address));
        let endpoint = match (address, row.via_service) {
            (Some(address), _) => Some(("ip", address)),
            (None, Some(service)) => Some(("svc_name", service)),
            (None, None) => (class == Class::ApiActivity).then_some(("name", NOWHERE)),
        };
        fields.extend(endpoint.map(|(name, text)| ("src_endpoint", object([(name, text.into())]))));
        if let Some(provider) = self.provider {
            fields.push(("cloud", cloud(row, provider)));
        }
        fields
    }
}

/// Whether a text is what OCSF takes as an address.
fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn cloud<'a>(row: &EventRow<'a>, provider: &'static str) -> Json<'a> {
    let kind = match provider {
        "AWS" => (10, "AWS Account"),
        "GCP" => (11, "GCP Project"),
        // A directory and a subscription are both accounts here.
        _ => (0, "Unknown"),
    };
    let account = row.account.map(|account| {
        object([("uid", account.into()), ("type_id", kind.0.into()), ("type", kind.1.into())])
    });
    known([("provider", provider.into()), ("account", account.into()), ("region", row.region.into())])
}

fn metadata<'a>(row: &EventRow<'a>, class: Class, place: &Place<'_>) -> Json<'a> {
    let (name, vendor) = source_product(row.source);
    let product = object([("name", name.into()), ("vendor_name", vendor.into())]);
    let ambit = object([
        ("name", "Ambit".into()),
        ("vendor_name", "Ambit".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
    ]);
    let by = object([("name", "ambit normalize".into()), ("uid", UID.into()), ("product", ambit)]);
    let profiles = [
        place.provider.map(|_| "cloud"),
        (class == Class::ApiActivity && subject::names_model(row)).then_some("ai_operation"),
    ];
    let profiles = profiles.into_iter().flatten().map(Json::from).collect::<Vec<_>>();
    known([
        ("version", "1.8.0".into()),
        ("uid", row.event_id.into()),
        ("event_code", row.action.into()),
        ("product", product),
        ("log_name", row.source.as_str().into()),
        ("original_time", row.time.to_string().into()),
        ("logged_time", row.observed_at.map(EventTime::millis).into()),
        ("transformation_info_list", Json::Array(vec![by])),
        ("profiles", (!profiles.is_empty()).then_some(Json::Array(profiles)).into()),
    ])
}

/// The product that wrote the record, and who makes it.
const fn source_product(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::AwsCloudtrail => ("CloudTrail", "AWS"),
        Source::AwsBedrockInvocation => ("Bedrock", "AWS"),
        Source::GcpAudit => ("Cloud Audit Logs", "Google"),
        Source::AzureActivity => ("Azure Monitor", "Microsoft"),
        Source::EntraSignin | Source::EntraAudit => ("Entra ID", "Microsoft"),
        Source::AzureKeyvault => ("Azure Key Vault", "Microsoft"),
        Source::K8sAudit => ("Kubernetes", "Kubernetes"),
        Source::VaultAudit => ("Vault", "HashiCorp"),
        Source::OtelGenai => ("OpenTelemetry", "OpenTelemetry"),
        Source::McpAudit => ("MCP gateway", "MCP"),
        // Whatever it was, the event that was read said it, and a row has no column for it.
        Source::Ocsf => ("OCSF", "OCSF"),
    }
}

#[cfg(test)]
mod tests;
