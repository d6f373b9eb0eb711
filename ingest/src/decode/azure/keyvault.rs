//! The audit log of a Key Vault.

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};

use super::claims::Claims;
use super::{Azure, Facts, place, put_texts, put_who};
use crate::decode::Output;
use crate::decode::cloudtrail::group::group;
use crate::decode::fields::{Text, text};
use crate::decode::text::join;
use crate::record::Reason;

/// Decodes a record.
pub(super) fn decode(azure: &mut Azure, facts: &Facts<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let Facts { record, raw, operation, .. } = *facts;
    let time = facts.time.ok_or(Reason::Missing("time"))?;
    join(&mut azure.texts.action, ["azure:keyvault:", operation]);
    let known = azure.known();
    let (mut id, mut agent, mut status): (Text<'_>, Text<'_>, Text<'_>) = (None, None, None);
    record.properties.members(|json, key| {
        match key {
            b"id" => id = text(json)?,
            b"clientInfo" => agent = text(json)?,
            b"httpStatusCode" => status = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    });
    let texts = &mut azure.texts;
    texts.kind.push_str("azure.key_vault");
    if let Some(uri) = id.as_deref().map(place::without_version) {
        texts.resource.push_str(uri);
        let name = uri.split_once("://").map_or(uri, |(_, name)| name);
        group(&mut texts.group, name, None);
    } else {
        let vault = record.resource.as_deref().unwrap_or_default();
        texts.resource.push_str(vault);
        place::write_group(&mut texts.group, vault);
    }
    let claims = Claims::of(record);
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
