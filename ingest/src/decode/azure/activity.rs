//! The activity log, and the logs of resources that have no decoder of their own.

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};

use super::claims::Claims;
use super::record::{self, Document, Read, Record};
use super::{Azure, Outcomes, meaning, place, put_who};
use crate::actions::plane::Known;
use crate::decode::cloudtrail::group::group;
use crate::decode::fields::{Text, text_into};
use crate::decode::pieces::{before, cut};
use crate::decode::text::filled;
use crate::decode::{Format, Output};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// What stands before every action of the plane.
const PLANE: &str = "azure:";

/// What the name of an operation says before looking at the record.
#[derive(Debug)]
pub(super) struct Operation {
    action: Box<str>,
    known: Known,
    /// The kind of what it acts on, as its name tells it.
    kind: Box<str>,
}

impl Operation {
    fn of(name: &str) -> Self {
        let action = [PLANE, name].concat().to_ascii_lowercase();
        let mut kind = String::new();
        place::write_kind(&mut kind, action.strip_prefix(PLANE).unwrap_or_default());
        Self { known: meaning::named(&action, name), action: action.into(), kind: kind.into() }
    }
}

/// The few properties that are looked at.
#[derive(Debug, Default)]
struct Properties<'a> {
    object: Text<'a>,
    user_agent: Text<'a>,
    model: Text<'a>,
    deployment: Text<'a>,
    caller: Text<'a>,
    request: Document<'a>,
    event_id: Text<'a>,
    /// How a storage account says it.
    result: Text<'a>,
}

impl<'a> Properties<'a> {
    fn of(document: &'a Document<'_>) -> Self {
        let mut properties = Self::default();
        document.members(|json, key| record::Properties::member(&mut properties, json, key));
        properties
    }
}

impl<'a> record::Properties<'a> for Properties<'a> {
    const HAS_CLAIMS: bool = true;

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let field = match key {
            b"objectKey" => &mut self.object,
            b"userAgentHeader" | b"userAgent" | b"clientInfo" => &mut self.user_agent,
            b"modelName" => &mut self.model,
            b"modelDeploymentName" => &mut self.deployment,
            b"objectId" => &mut self.caller,
            b"eventDataId" => &mut self.event_id,
            b"metricResponseType" => &mut self.result,
            b"requestbody" | b"requestBody" => {
                self.request = Document::read(json)?;
                return Ok(());
            }
            _ => return json.skip(),
        };
        text_into(json, field)
    }
}

/// To whom an assignment of a role gives it.
fn beneficiary<'a>(request: &'a Document<'_>) -> Text<'a> {
    let mut found = None;
    request.members(|json, key| {
        if !key.eq_ignore_ascii_case(b"properties") {
            return json.skip();
        }
        json.object(|json, key| {
            match key {
                _ if key.eq_ignore_ascii_case(b"principalid") => text_into(json, &mut found)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    });
    found
}

/// Decodes a record.
pub(super) fn decode(
    azure: &mut Azure,
    format: Format,
    raw: &RawRecord<'_>,
    out: &mut Output<'_>,
) -> Result<(), Reason> {
    let mut read = Read::<Properties<'_>>::default();
    let time = azure.read(&mut read, format, raw, out)?.ok_or(Reason::Missing("time"))?;
    let record = &read.record;
    let (late_properties, late_claims);
    let properties = if let Some(properties) = read.properties() {
        properties
    } else {
        late_properties = Properties::of(&record.properties);
        &late_properties
    };
    let claims = if let Some(claims) = read.claims() {
        claims
    } else {
        late_claims = Claims::of(record);
        &late_claims
    };
    let event_id = record.event_id.as_deref().or(properties.event_id.as_deref());
    let mut row = raw.row(Source::AzureActivity, event_id.unwrap_or_default(), time);
    put_who(&mut row, &claims.who(record.caller.as_deref().or(properties.caller.as_deref())));
    let Azure { texts, operations, places, outcomes, clients, .. } = azure;
    let name = record.operation.as_deref().unwrap_or_default();
    let operation = operations.of(name, || Operation::of(name));
    row.action = &operation.action;
    operation.known.meaning.put(&mut row);
    row.resource_kind = row.resource_kind.or_else(|| filled(&operation.kind));
    let id = record.resource.as_deref().unwrap_or_default();
    // Addresses of blobs carry their signature behind a question mark.
    let uri = record.uri.as_deref();
    let resource = properties.object.as_deref().or(record.resource.as_deref()).or(uri);
    row.resource = resource.map(|resource| before(resource, b'?')).and_then(filled);
    row.resource_group = match row.resource {
        Some(object) if properties.object.is_some() => {
            write_object_group(&mut texts.group, object);
            filled(&texts.group)
        }
        resource => resource.and_then(|id| {
            let below = place::below_provider(id);
            filled(places.of(below, || place::group_below(below)))
        }),
    };
    (row.outcome, row.error_code) = outcome(record, properties, outcomes);
    let is_assignment = row.action_class == ActionClass::PermissionsChange;
    let target = if is_assignment { beneficiary(&properties.request) } else { None };
    row.target_workload = target.as_deref();
    let subscription = place::subscription(id).or_else(|| {
        let named = record.subscription.as_deref();
        named.map(place::in_small_letters)
    });
    row.account = subscription.as_deref().or(record.tenant.as_deref());
    row.region = record.location.as_deref();
    row.source_address = record.address.as_deref().map(without_port);
    (row.client, row.interactive) = clients.get(properties.user_agent.as_deref());
    put_model(&mut row, properties);
    put_issued(&mut row);
    out.row(&row)
}

/// The template of `/account/container/blob`: a container is what a bucket is elsewhere.
fn write_object_group(into: &mut String, object: &str) {
    let object = object.trim_start_matches('/');
    let (account, rest) = cut(object, b'/').unwrap_or((object, ""));
    into.clear();
    if !rest.is_empty() {
        group(into, rest, Some("aws.s3.object"));
        into.insert(0, '/');
    }
    into.insert_str(0, account);
}

fn put_model<'t>(row: &mut EventRow<'t>, properties: &'t Properties<'_>) {
    if row.resource_kind == Some("azure.model") {
        row.model_provider = Some("azure.ai.openai");
        row.model = properties.model.as_deref().or(properties.deployment.as_deref());
    }
}

/// What it handed out.
fn put_issued(row: &mut EventRow<'_>) {
    match (row.action_class, row.outcome) {
        (ActionClass::SecretRead, Outcome::Success) => {
            row.issued_credential = row.resource;
            row.issued_kind = row.resource.map(|_| CredentialKind::StoredSecret);
        }
        (ActionClass::CredentialIssue, Outcome::Success) => {
            row.issued_kind = Some(CredentialKind::ApiKey);
            row.parent_credential = row.credential;
        }
        _ => {}
    }
}

/// How it ended: a storage account says it in the properties.
fn outcome<'e>(
    record: &'e Record<'_>,
    properties: &'e Properties<'_>,
    outcomes: &mut Outcomes,
) -> (Outcome, Option<&'e str>) {
    let ended = outcomes.of(record);
    match properties.result.as_deref().filter(|_| ended.0 == Outcome::Unknown) {
        Some(result) => match outcomes.word(result) {
            Some(outcome) => (outcome, Some(result).filter(|_| outcome != Outcome::Success)),
            None => ended,
        },
        None => ended,
    }
}

/// An address without the port that some resources write behind it.
fn without_port(address: &str) -> &str {
    let host = memchr::memrchr(b':', address.as_bytes()).and_then(|at| address.get(..at));
    match host {
        Some(host) if !host.contains(':') => host,
        Some(host) if host.starts_with('[') => host.trim_start_matches('[').trim_end_matches(']'),
        _ => address,
    }
}
