//! The audit log of a Key Vault.

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};

use super::claims::Claims;
use super::record::{Document, Properties, Read};
use super::{Azure, place, put_texts, put_who};
use crate::decode::cloudtrail::group::group;
use crate::decode::fields::{Text, text_into};
use crate::decode::text::join;
use crate::decode::{Format, Output};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// The few properties that are looked at.
#[derive(Debug, Default)]
struct Access<'a> {
    id: Text<'a>,
    agent: Text<'a>,
    status: Text<'a>,
}

impl<'a> Access<'a> {
    fn of(document: &'a Document<'_>) -> Self {
        let mut access = Self::default();
        document.members(|json, key| access.member(json, key));
        access
    }
}

impl<'a> Properties<'a> for Access<'a> {
    const HAS_CLAIMS: bool = true;

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let field = match key {
            b"id" => &mut self.id,
            b"clientInfo" => &mut self.agent,
            b"httpStatusCode" => &mut self.status,
            _ => return json.skip(),
        };
        text_into(json, field)
    }
}

/// Decodes a record.
pub(super) fn decode(azure: &mut Azure, raw: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let (read, time) = azure.read::<Access<'_>>(Format::AzureKeyvault, raw, out)?;
    let Read { record, properties, claims } = read;
    let record = &record;
    let time = time.ok_or(Reason::Missing("time"))?;
    join(&mut azure.texts.action, ["azure:keyvault:", record.operation.as_deref().unwrap_or_default()]);
    let known = azure.known();
    let access = properties.unwrap_or_else(|| Access::of(&record.properties));
    let Access { id, agent, status } = &access;
    let texts = &mut azure.texts;
    texts.kind.push_str("azure.key_vault");
    if let Some(uri) = id.as_deref().map(place::without_version) {
        texts.resource.push_str(uri);
        let name = uri.split_once("://").map_or(uri, |(_, name)| name);
        group(&mut texts.group, name, None);
    } else {
        let vault = record.resource.as_deref().unwrap_or_default();
        texts.resource.push_str(vault);
        place::write_group(&mut texts.group, vault, &mut texts.small);
    }
    let claims = claims.unwrap_or_else(|| Claims::of(record));
    let mut row = raw.row(Source::AzureKeyvault, "", time);
    known.meaning.put(&mut row);
    put_texts(&mut row, &azure.texts);
    (row.outcome, row.error_code) = azure.outcomes.of(record);
    if let Some(code) = status.as_deref()
        && let Some(outcome @ (Outcome::Denied | Outcome::Failure)) = azure.outcomes.word(code)
        && row.outcome != Outcome::Denied
    {
        (row.outcome, row.error_code) = (outcome, Some(code));
    }
    put_who(&mut row, &claims.who(None));
    let vault = record.resource.as_deref().unwrap_or_default();
    let subscription = place::subscription(vault);
    row.account = subscription.as_deref().or(record.tenant.as_deref());
    row.region = record.location.as_deref();
    row.source_address = record.address.as_deref();
    (row.client, row.interactive) = azure.clients.get(agent.as_deref());
    if row.action_class == ActionClass::SecretRead && row.outcome == Outcome::Success {
        row.issued_credential = row.resource;
        row.issued_kind = row.resource.map(|_| CredentialKind::StoredSecret);
    }
    out.row(&row)
}
