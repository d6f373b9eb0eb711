//! The audit log of a Key Vault.

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};

use super::claims::Claims;
use super::record::{Document, Properties, Read};
use super::{Azure, activity, meaning, place, put_who};
use crate::actions::plane::Known;
use crate::decode::cloudtrail::group::group;
use crate::decode::fields::{Text, text_into};
use crate::decode::text::filled;
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

/// What the name of an operation says before looking at the record.
#[derive(Debug)]
pub(super) struct Operation {
    action: Box<str>,
    known: Known,
}

impl Operation {
    fn of(name: &str) -> Self {
        let action = ["azure:keyvault:", name].concat();
        Self { known: meaning::action(&action), action: action.into() }
    }
}

/// A secret or key by its address.
#[derive(Debug)]
pub(super) struct Secret {
    /// Without the version.
    uri: Box<str>,
    /// The template.
    group: Box<str>,
}

impl Secret {
    fn of(address: &str) -> Self {
        let uri = place::without_version(address);
        let name = uri.split_once("://").map_or(uri, |(_, name)| name);
        let mut text = String::new();
        group(&mut text, name, None);
        Self { uri: uri.into(), group: text.into() }
    }
}

/// Whether the id of a resource is that of a vault, or of an HSM that is managed.
fn is_vault(resource: &str) -> bool {
    const PROVIDER: &str = "/microsoft.keyvault/";
    let mut places = memchr::memchr_iter(b'/', resource.as_bytes());
    places.any(|at| {
        resource.get(at..at + PROVIDER.len()).is_some_and(|found| found.eq_ignore_ascii_case(PROVIDER))
    })
}

/// Decodes a record.
pub(super) fn decode(azure: &mut Azure, raw: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let mut read = Read::<Access<'_>>::default();
    let time = azure.read(&mut read, Format::AzureKeyvault, raw, out)?.ok_or(Reason::Missing("time"))?;
    let record = &read.record;
    if !record.resource.as_deref().is_none_or(is_vault) {
        // Others, such as Azure Automation, have a category of the same name.
        return activity::decode(azure, Format::AzureKeyvault, raw, out);
    }
    let (late_access, late_claims);
    let access = if let Some(access) = read.properties() {
        access
    } else {
        late_access = Access::of(&record.properties);
        &late_access
    };
    let claims = if let Some(claims) = read.claims() {
        claims
    } else {
        late_claims = Claims::of(record);
        &late_claims
    };
    let mut row = raw.row(Source::AzureKeyvault, "", time);
    put_who(&mut row, &claims.who(None));
    let Azure { accesses, places, secrets, outcomes, clients, .. } = azure;
    let name = record.operation.as_deref().unwrap_or_default();
    let operation = accesses.of(name, || Operation::of(name));
    row.action = &operation.action;
    operation.known.meaning.put(&mut row);
    row.resource_kind = row.resource_kind.or(Some("azure.key_vault"));
    let vault = record.resource.as_deref().unwrap_or_default();
    if let Some(address) = access.id.as_deref() {
        let secret = secrets.of(address, || Secret::of(address));
        row.resource = filled(&secret.uri);
        row.resource_group = filled(&secret.group);
    } else {
        row.resource = filled(vault);
        let below = place::below_provider(vault);
        row.resource_group = filled(places.of(below, || place::group_below(below)));
    }
    (row.outcome, row.error_code) = outcomes.of(record);
    if let Some(code) = access.status.as_deref()
        && let Some(outcome @ (Outcome::Denied | Outcome::Failure)) = outcomes.word(code)
        && row.outcome != Outcome::Denied
    {
        (row.outcome, row.error_code) = (outcome, Some(code));
    }
    let subscription = place::subscription(vault);
    row.account = subscription.as_deref().or(record.tenant.as_deref());
    row.region = record.location.as_deref();
    row.source_address = record.address.as_deref();
    (row.client, row.interactive) = clients.get(access.agent.as_deref());
    if row.action_class == ActionClass::SecretRead && row.outcome == Outcome::Success {
        row.issued_credential = row.resource;
        row.issued_kind = row.resource.map(|_| CredentialKind::StoredSecret);
    }
    out.row(&row)
}
