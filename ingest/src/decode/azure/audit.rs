//! The audit log of the directory: applications and their credentials, consents, roles, policies.

use std::borrow::Cow;

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, PrincipalKind, Source};

use super::record::{Document, Properties, Read, Record};
use super::{Azure, Outcomes, put_texts};
use crate::decode::cloudtrail::group::segment;
use crate::decode::fields::{Text, moment, text_into};
use crate::decode::text::{filled, join};
use crate::decode::{Format, Output};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// What stands before every kind of the plane.
const PLANE: &str = "entra.";

/// What a change says.
#[derive(Debug, Default)]
struct Change<'a> {
    id: Text<'a>,
    happened: Text<'a>,
    result: Text<'a>,
    user: Text<'a>,
    user_id: Text<'a>,
    app: Text<'a>,
    app_object: Text<'a>,
    app_name: Text<'a>,
    address: Text<'a>,
    user_agent: Text<'a>,
    target: Target<'a>,
    has_identity: bool,
}

/// What was changed. Of several things an identity goes before all others.
#[derive(Debug, Default)]
struct Target<'a> {
    id: Text<'a>,
    kind: Text<'a>,
    name: Text<'a>,
    user: Text<'a>,
    /// The descriptions of keys, before and after.
    keys_before: Text<'a>,
    keys_after: Text<'a>,
    /// The application that gets a right on this one, or an owner in this one.
    concerned: Concerned<'a>,
}

/// An application that the properties of another thing name.
#[derive(Debug, Default)]
struct Concerned<'a> {
    kind: &'static str,
    id: Text<'a>,
    name: Text<'a>,
}

impl Target<'_> {
    fn is_identity(&self) -> bool {
        matches!(self.kind.as_deref(), Some("ServicePrincipal" | "Application" | "User" | "ManagedIdentity"))
    }
}

impl<'a> Properties<'a> for Change<'a> {
    const HAS_CLAIMS: bool = false;

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"id" => text_into(json, &mut self.id)?,
            b"activityDateTime" => text_into(json, &mut self.happened)?,
            b"result" => text_into(json, &mut self.result)?,
            b"userAgent" => text_into(json, &mut self.user_agent)?,
            b"initiatedBy" => json.object(|json, key| match key {
                b"user" => json.object(|json, key| self.user(json, key)),
                b"app" => json.object(|json, key| self.app(json, key)),
                _ => json.skip(),
            })?,
            b"targetResources" => json.array(|json| self.target(json))?,
            b"additionalDetails" => json.array(|json| self.detail(json))?,
            _ => json.skip()?,
        }
        Ok(())
    }
}

impl<'a> Change<'a> {
    fn of(document: &'a Document<'_>) -> Self {
        let mut change = Self::default();
        document.members(|json, key| change.member(json, key));
        change
    }

    fn user(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"userPrincipalName" => text_into(json, &mut self.user)?,
            b"id" => text_into(json, &mut self.user_id)?,
            b"ipAddress" => text_into(json, &mut self.address)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn app(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"appId" => text_into(json, &mut self.app)?,
            b"servicePrincipalId" => text_into(json, &mut self.app_object)?,
            b"displayName" => text_into(json, &mut self.app_name)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn detail(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (mut name, mut value) = (None, None);
        json.object(|json, key| {
            match key {
                b"key" => text_into(json, &mut name)?,
                b"value" => text_into(json, &mut value)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        match name.as_deref() {
            Some("User-Agent") => self.user_agent = value,
            Some("ipaddr") => self.address = self.address.take().or(value),
            _ => {}
        }
        Ok(())
    }

    fn target(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let mut target = Target::default();
        json.object(|json, key| {
            let field = match key {
                b"modifiedProperties" => return json.array(|json| modified(json, &mut target)),
                b"id" => &mut target.id,
                b"type" => &mut target.kind,
                b"displayName" => &mut target.name,
                b"userPrincipalName" => &mut target.user,
                _ => return json.skip(),
            };
            text_into(json, field)
        })?;
        let concerned = std::mem::take(&mut target.concerned);
        if concerned.id.is_some() {
            // The log has first whose right it is, which is Microsoft Graph mostly, or who becomes an owner. What is changed is
            // who gets the right, or whose owner that is.
            (target.id, target.name, target.user) = (concerned.id, concerned.name, None);
            target.kind = Some(Cow::Borrowed(concerned.kind));
        }
        let is_first = self.target.id.is_none() && self.target.name.is_none();
        if is_first || (target.is_identity() && !self.has_identity) {
            self.has_identity |= target.is_identity();
            self.target = target;
        }
        Ok(())
    }

    fn put_who<'e>(&'e self, row: &mut EventRow<'e>) {
        let object = self.app_object.as_deref();
        if let Some(user) = self.user.as_deref().or(self.user_id.as_deref()) {
            row.principal = Some(user);
            row.principal_alias = self.user_id.as_deref().filter(|id| *id != user);
            row.principal_kind = Some(PrincipalKind::Human);
        } else if let Some(app) = self.app.as_deref().or(object) {
            row.principal = Some(app);
            row.principal_alias = object.filter(|object| *object != app);
            row.principal_kind = Some(PrincipalKind::ServicePrincipal);
        } else if let Some(name) = self.app_name.as_deref() {
            // Only the directory's own services have a name and no id.
            row.principal = Some(name);
            row.principal_kind = Some(PrincipalKind::Service);
        }
    }
}

fn modified<'a>(json: &mut Json<'a>, target: &mut Target<'a>) -> Result<(), Fault> {
    let (mut name, mut before, mut after) = (None, None, None);
    json.object(|json, key| {
        match key {
            b"displayName" => text_into(json, &mut name)?,
            b"oldValue" => text_into(json, &mut before)?,
            b"newValue" => text_into(json, &mut after)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    match name.as_deref() {
        Some("KeyDescription" | "FederatedIdentityCredentials") => {
            (target.keys_before, target.keys_after) = (before, after);
        }
        Some(property) => {
            let Some((kind, of)) = property.split_once('.') else { return Ok(()) };
            let concerned = &mut target.concerned;
            concerned.kind = match kind {
                "ServicePrincipal" => "ServicePrincipal",
                "Application" => "Application",
                _ => return Ok(()),
            };
            let value = after.or(before).and_then(unquoted);
            match of {
                "ObjectID" => concerned.id = value,
                "DisplayName" => concerned.name = value,
                _ => {}
            }
        }
        _ => {}
    }
    Ok(())
}

/// What a value says that is written as JSON in a string.
fn unquoted(value: Cow<'_, str>) -> Text<'_> {
    let inner = value.trim_matches('"');
    if inner.len() < value.len() {
        filled(inner).map(|inner| Cow::Owned(inner.to_owned()))
    } else {
        Some(value)
    }
}

/// The key that is there after a change and was not before: its id and kind. Keys are texts in an array in a text, each
/// `[KeyIdentifier=…,KeyType=…,KeyUsage=…,DisplayName=…]`, whose last part is of the writer's own choice.
fn new_key(before: &str, after: &str) -> Option<(String, CredentialKind)> {
    let known = keys(before);
    let mut new = keys(after).into_iter().filter(|(id, _)| known.iter().all(|(known, _)| known != id));
    new.next_back()
}

fn keys(descriptions: &str) -> Vec<(String, CredentialKind)> {
    let mut keys = Vec::new();
    let mut note = |description: &str| {
        let Some((id, rest)) =
            description.strip_prefix("[KeyIdentifier=").and_then(|rest| rest.split_once(','))
        else {
            return;
        };
        let is_certificate = rest.strip_prefix("KeyType=").is_some_and(|kind| kind.starts_with("Asym"));
        let kind = if is_certificate { CredentialKind::Certificate } else { CredentialKind::StaticKey };
        keys.push((id.to_owned(), kind));
    };
    let mut json = Json::of_text(descriptions);
    let read = json.array(|json| {
        if let Some(description) = json.text()? {
            note(&description);
        }
        Ok(())
    });
    if read.is_err() {
        // Some exports have the only key as it is.
        note(descriptions);
    }
    keys
}

/// A change says its result in a word of its own.
fn change_outcome<'e>(
    record: &'e Record<'_>,
    change: &'e Change<'_>,
    outcomes: &mut Outcomes,
) -> (Outcome, Option<&'e str>) {
    match change.result.as_deref().and_then(|result| outcomes.word(result)) {
        Some(Outcome::Success) => (Outcome::Success, None),
        Some(outcome) => (outcome, change.result.as_deref()),
        None => outcomes.of(record),
    }
}

/// Decodes a record.
pub(super) fn decode(azure: &mut Azure, raw: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let mut read = Read::<Change<'_>>::default();
    let time = azure.read(&mut read, Format::EntraAudit, raw, out)?;
    let record = &read.record;
    let late;
    let change = if let Some(change) = read.properties() {
        change
    } else {
        late = Change::of(&record.properties);
        &late
    };
    let happened = || change.happened.as_deref().and_then(moment);
    let time = time.or_else(happened).ok_or(Reason::Missing("time"))?;
    join(&mut azure.texts.action, ["entra:", record.operation.as_deref().unwrap_or_default()]);
    let known = azure.known();
    let target = &change.target;
    let texts = &mut azure.texts;
    texts.resource.push_str(target.id.as_deref().or(target.name.as_deref()).unwrap_or_default());
    join(&mut texts.kind, [PLANE, target.kind.as_deref().unwrap_or("directory")]);
    texts.kind.make_ascii_lowercase();
    join(&mut texts.group, [texts.kind.strip_prefix(PLANE).unwrap_or_default(), "/"]);
    segment(&mut texts.group, target.name.as_deref().or(target.id.as_deref()).unwrap_or("*"));
    let key;
    let mut row = raw.row(Source::EntraAudit, change.id.as_deref().unwrap_or_default(), time);
    known.meaning.put(&mut row);
    put_texts(&mut row, &azure.texts);
    (row.outcome, row.error_code) = change_outcome(record, change, &mut azure.outcomes);
    change.put_who(&mut row);
    if target.is_identity() {
        row.target_workload = target.user.as_deref().or(target.id.as_deref());
    }
    row.account = record.tenant.as_deref();
    row.region = record.location.as_deref();
    row.source_address = change.address.as_deref().filter(|address| !address.is_empty());
    row.source_address = row.source_address.or(record.address.as_deref());
    (row.client, row.interactive) = azure.clients.get(change.user_agent.as_deref());
    if row.action_class == ActionClass::CredentialIssue && row.outcome == Outcome::Success {
        let before = target.keys_before.as_deref().unwrap_or_default();
        key = target.keys_after.as_deref().and_then(|after| new_key(before, after));
        let key = key.as_ref();
        row.issued_credential = key.map(|(id, _)| id.as_str());
        row.issued_kind = Some(key.map_or(CredentialKind::StaticKey, |(_, kind)| *kind));
        row.parent_credential = row.credential;
    }
    out.row(&row)
}
