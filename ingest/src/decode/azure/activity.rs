//! The activity log, and the logs of resources that have no decoder of their own.

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};

use super::claims::Claims;
use super::record::{self, Document, Read};
use super::{Azure, meaning, place, put_texts, put_who};
use crate::actions::plane::Known;
use crate::decode::cloudtrail::group::group;
use crate::decode::fields::{Text, text_into};
use crate::decode::pieces::before;
use crate::decode::text::join;
use crate::decode::{Format, Output};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// What stands before every action of the plane.
const PLANE: &str = "azure:";

/// What is known of an action before looking at the record.
#[derive(Debug)]
pub(super) struct Operation {
    known: Known,
    /// The kind of what it acts on, as its name tells it.
    kind: Box<str>,
}

impl Operation {
    fn of(action: &str) -> Self {
        let mut kind = String::new();
        place::write_kind(&mut kind, action.strip_prefix(PLANE).unwrap_or_default());
        Self { known: meaning::action(action), kind: kind.into() }
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
pub(super) fn decode(azure: &mut Azure, raw: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let (read, time) = azure.read::<Properties<'_>>(Format::AzureActivity, raw, out)?;
    let Read { record, properties, claims } = read;
    let record = &record;
    let time = time.ok_or(Reason::Missing("time"))?;
    join(&mut azure.texts.action, [PLANE, record.operation.as_deref().unwrap_or_default()]);
    azure.texts.action.make_ascii_lowercase();
    let properties = properties.unwrap_or_else(|| Properties::of(&record.properties));
    let claims = claims.unwrap_or_else(|| Claims::of(record));
    let texts = &mut azure.texts;
    let operation = azure.operations.of(&texts.action, || Operation::of(&texts.action));
    texts.kind.push_str(&operation.kind);
    // Addresses of blobs carry their signature behind a question mark.
    let uri = record.uri.as_deref();
    let resource = properties.object.as_deref().or(record.resource.as_deref()).or(uri);
    if let Some(resource) = resource.map(|resource| before(resource, b'?')) {
        texts.resource.push_str(resource);
        match properties.object {
            Some(_) => group(&mut texts.group, resource, Some("aws.s3.object")),
            None => place::write_group(&mut texts.group, resource, &mut texts.small),
        }
    }
    let target = beneficiary(&properties.request);
    let event_id = record.event_id.as_deref().or(properties.event_id.as_deref());
    let mut row = raw.row(Source::AzureActivity, event_id.unwrap_or_default(), time);
    operation.known.meaning.put(&mut row);
    put_texts(&mut row, &azure.texts);
    (row.outcome, row.error_code) = azure.outcomes.of(record);
    if row.outcome == Outcome::Unknown
        && let Some(result) = properties.result.as_deref()
        && let Some(outcome) = azure.outcomes.word(result)
    {
        row.outcome = outcome;
        row.error_code = Some(result).filter(|_| outcome != Outcome::Success);
    }
    let who = claims.who(record.caller.as_deref().or(properties.caller.as_deref()));
    put_who(&mut row, &who);
    row.target_workload = target.as_deref().filter(|_| row.action_class == ActionClass::PermissionsChange);
    let id = record.resource.as_deref().unwrap_or_default();
    let named = record.subscription.as_deref().map(place::in_small_letters);
    let subscription = place::subscription(id).or(named);
    row.account = subscription.as_deref().or(record.tenant.as_deref());
    row.region = record.location.as_deref();
    row.source_address = record.address.as_deref().map(without_port);
    (row.client, row.interactive) = azure.clients.get(properties.user_agent.as_deref());
    if row.resource_kind == Some("azure.model") {
        row.model_provider = Some("azure.ai.openai");
        row.model = properties.model.as_deref().or(properties.deployment.as_deref());
    }
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
    out.row(&row)
}

/// An address without the port that some resources write behind it.
fn without_port(address: &str) -> &str {
    match address.rsplit_once(':') {
        Some((host, _)) if !host.contains(':') => host,
        Some((host, _)) if host.starts_with('[') => host.trim_start_matches('[').trim_end_matches(']'),
        _ => address,
    }
}
