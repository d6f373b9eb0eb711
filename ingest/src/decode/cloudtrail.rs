//! AWS CloudTrail events, also as `aws cloudtrail lookup-events` wraps them.

pub(super) mod client;
pub(super) mod clients;
mod event;
mod expiry;
pub(super) mod group;
mod identity;
mod issue;
pub(super) mod operation;
pub(super) mod resource;

use std::borrow::Cow;

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};
use ambit_schemas::{EventRow, EventTime};

use clients::Clients;
use event::{Event, Identity, some};
use identity::Who;
pub(in crate::decode) use identity::{is_address, kind_of_key};
use issue::Issued;
use operation::{Operation, Operations, Special};
use resource::Resource;

use super::Output;
use super::fields::moment;
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};
use crate::remembered::Remembered;

/// The most secrets that one event reads. The services allow 20; a record that names more is forged.
const MAX_SECRETS: usize = 1_000;
/// The longest name of a secret; ARNs end at 2 KiB.
const MAX_SECRET_NAME: usize = 4 << 10;

/// The decoder. It remembers what each action means and what each user agent is, nothing of any event.
#[derive(Debug, Default)]
pub(crate) struct CloudTrail {
    operations: Operations,
    clients: Clients,
    /// Whether error codes say that permission was wanting.
    denials: Remembered<bool>,
    group: String,
}

impl CloudTrail {
    /// Decodes a record.
    ///
    /// # Errors
    /// [`Reason::UnknownShape`] for JSON that is no CloudTrail event; else what is wrong with the record.
    pub(crate) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut event = Event::default();
        event.read(text)?;
        if event.digest.is_some() || event.is_insight {
            out.ignore();
            return Ok(());
        }
        match (some(&event.wrapped), event.identity_text.take()) {
            (Some(wrapped), _) => {
                let mut inner = Event::default();
                inner.read(wrapped)?;
                self.event(&inner, record, out)
            }
            (None, Some(identity)) => self.table_row(event, &identity, record, out),
            (None, None) => self.event(&event, record, out),
        }
    }

    /// Decodes a row of a table, where objects are texts.
    #[cold]
    fn table_row(
        &mut self,
        event: Event<'_>,
        identity: &str,
        record: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let raw = [event.request, event.response, event.resources];
        let said = raw.map(|raw| raw.map_or(Ok(None), |raw| Json::of_text(raw).text()));
        let [request, response, resources] = &said;
        let event = Event {
            identity: Identity::of_text(identity),
            request: as_object(event.request, request),
            response: as_object(event.response, response),
            resources: as_object(event.resources, resources),
            ..event
        };
        self.event(&event, record, out)
    }

    fn event(
        &mut self,
        event: &Event<'_>,
        record: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let (Some(source), Some(name)) = (some(&event.source), some(&event.name)) else {
            return Err(Reason::UnknownShape);
        };
        let time = time(event)?;
        let operation = self.operations.get(source, name);
        let outcome = outcome(event, operation.special, &mut self.denials);
        let (client, by_person) = self.clients.get(some(&event.user_agent));
        let from_console = is_from_console(event);
        let who = Who::of(event, from_console);
        // Who calls for nobody else is named there too.
        let person = some(&event.identity.on_behalf_of).filter(|id| who.principal.as_deref() != Some(*id));
        let behalf = [some(&event.identity.origin), person];
        let behalf_of = chain(&behalf);
        let mut row = record.row(Source::AwsCloudtrail, some(&event.id).unwrap_or_default(), time);
        row.outcome = outcome;
        row.error_code = some(&event.error_code);
        row.principal = who.principal.as_deref();
        row.principal_kind = who.kind;
        row.principal_alias = who.alias.as_deref();
        row.on_behalf_of = &behalf_of.0[..behalf_of.1];
        row.interactive = by_person || from_console;
        row.credential = who.credential;
        row.credential_kind = who.credential_kind;
        row.credential_issued_at = who.issued_at;
        row.auth_method = who.auth_method;
        row.account = some(&event.recipient_account).or(some(&event.identity.account));
        row.region = some(&event.region);
        row.source_address = some(&event.source_address).filter(|text| is_address(text));
        row.client = client;
        row.via_service = who.via_service;
        row.session = who.session;
        emit(event, operation, &row, &mut Sinks { group: &mut self.group, out })
    }
}

/// What a text says that stands where an object should, if it says one; else what stands there.
fn as_object<'s>(raw: Option<&'s str>, said: &'s Result<Option<Cow<'_, str>>, Fault>) -> Option<&'s str> {
    match said {
        Ok(Some(said)) => Json::of_text(said).skip().is_ok().then_some(said),
        _ => raw,
    }
}

/// What names a model of Bedrock.
const MODELS: &[&str] =
    &["aws.bedrock.model", "aws.bedrock.provisioned_model", "aws.bedrock.inference_profile"];

/// Where the rows of an event go, and room for a template.
struct Sinks<'s, 'o> {
    group: &'s mut String,
    out: &'s mut Output<'o>,
}

/// Fills in what was acted on and hands out the row, or the rows of an action that reads several secrets.
fn emit(
    event: &Event<'_>,
    operation: &mut Operation,
    row: &EventRow<'_>,
    sinks: &mut Sinks<'_, '_>,
) -> Result<(), Reason> {
    if matches!(operation.special, Special::Secrets | Special::Parameters) {
        return secrets(event, operation, row, sinks);
    }
    let mut resource = resource::resource(event, &operation.recipes);
    let mut issued = None;
    if operation.special == Special::Issue {
        issued = event.response.filter(|_| row.outcome == Outcome::Success).and_then(issue::issued);
        if resource.is_none() && &*operation.service == "iam" {
            // Without a name the caller's own user is meant.
            let own = row.principal.filter(|name| name.contains(":user/")).map(Cow::Borrowed);
            resource = own.map(|name| Resource::logged(name, Some("aws.user")));
        }
    }
    let switched_off = operation.special == Special::KeyStatus
        && event.request.and_then(|request| resource::member(request, "status")).as_deref()
            == Some("Inactive");
    let class = if switched_off { ActionClass::TokenRevoke } else { operation.entry.class };
    let kind = resource.as_ref().and_then(|resource| resource.kind);
    let name = resource.as_ref().map(|resource| &*resource.name);
    if let Some(resource) = &resource {
        resource.write_group(sinks.group);
    }
    let mut row = *row;
    row.sensitivity = operation.sensitivity(class, kind);
    row.action = &operation.action;
    row.action_class = class;
    row.access_level = operation.entry.access_level;
    row.resource = name;
    row.resource_kind = kind;
    row.resource_group = name.map(|_| sinks.group.as_str());
    if let Some(issued) = &issued {
        hand_out(&mut row, issued);
    }
    match operation.special {
        Special::Secret if row.outcome == Outcome::Success => {
            row.issued_credential = name;
            row.issued_kind = name.map(|_| CredentialKind::StoredSecret);
        }
        Special::Model => {
            row.model_provider =
                Some(if &*operation.service == "sagemaker" { "aws.sagemaker" } else { "aws.bedrock" });
            // An agent, a flow or a knowledge base is no model, though one works behind it.
            let is_model =
                kind.is_none_or(|kind| kind.starts_with("aws.sagemaker") || MODELS.contains(&kind));
            row.model = name.filter(|_| is_model).map(|name| name.rsplit('/').next().unwrap_or(name));
        }
        _ => {}
    }
    sinks.out.row(&row)
}

fn hand_out<'r>(row: &mut EventRow<'r>, issued: &'r Issued<'_>) {
    row.issued_credential = Some(&issued.id);
    row.issued_kind = Some(issued.kind);
    row.issued_expires_at = issued.expires_at;
}

/// One row for each secret or parameter that was read; one row without any where the record names none.
fn secrets(
    event: &Event<'_>,
    operation: &mut Operation,
    row: &EventRow<'_>,
    sinks: &mut Sinks<'_, '_>,
) -> Result<(), Reason> {
    let encrypted = match (operation.special, event.request) {
        (Special::Parameters, Some(request)) => {
            resource::member(request, "withDecryption").as_deref() == Some("true")
        }
        _ => true,
    };
    let class = if encrypted { ActionClass::SecretRead } else { ActionClass::Read };
    let named = named_secrets(event, operation);
    if named.len() > MAX_SECRETS || named.iter().any(|secret| secret.name.len() > MAX_SECRET_NAME) {
        return Err(Reason::Unreadable("requestParameters"));
    }
    let base = EventRow { action_class: class, access_level: operation.entry.access_level, ..*row };
    if named.is_empty() {
        let sensitivity = operation.sensitivity(class, None);
        return sinks.out.row(&EventRow { sensitivity, action: &operation.action, ..base });
    }
    for (index, secret) in named.iter().enumerate() {
        let (name, kind) = (&*secret.name, secret.kind);
        let sensitivity = operation.sensitivity(class, kind);
        secret.write_group(sinks.group);
        let handed_out = (encrypted && row.outcome == Outcome::Success).then_some(name);
        let id = if index == 0 { Cow::Borrowed(row.event_id) } else { further_id(row.event_id, index) };
        let row = EventRow {
            event_id: &id,
            sensitivity,
            action: &operation.action,
            resource: Some(name),
            resource_kind: kind,
            resource_group: Some(sinks.group),
            issued_credential: handed_out,
            issued_kind: handed_out.map(|_| CredentialKind::StoredSecret),
            ..base
        };
        if index == 0 { sinks.out.row(&row)? } else { sinks.out.further_row(&row)? }
    }
    Ok(())
}

/// The id of a further row: `<id>#2`. A record without an id gets one from its columns, which differ by resource.
fn further_id(id: &str, index: usize) -> Cow<'_, str> {
    if id.is_empty() { Cow::Borrowed(id) } else { Cow::Owned(format!("{id}#{}", index + 1)) }
}

fn named_secrets<'e>(event: &Event<'e>, operation: &Operation) -> Vec<Resource<'e>> {
    let Some(recipe) = operation.recipes.first() else { return Vec::new() };
    let listed = resource::listed(event);
    if !listed.is_empty() {
        return listed.into_iter().map(|one| Resource { kind: Some(recipe.kind), ..one }).collect();
    }
    let Some(request) = event.request else { return Vec::new() };
    let of = |name: &str| resource::list(request, name);
    let names = if operation.special == Special::Secrets { of("secretIdList") } else { of("names") };
    if operation.special == Special::Secrets || !names.is_empty() {
        return names.into_iter().map(|name| Resource::by_recipe(event, recipe, name)).collect();
    }
    let secret = resource::resource(event, &operation.recipes);
    secret.map(|one| Resource { kind: Some(recipe.kind), ..one }).into_iter().collect()
}

/// A moment as indexes of logs keep it, in milliseconds.
fn millis(text: &str) -> Option<EventTime> {
    // So many digits are the years from 2001 to 2286.
    let is_millis = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_millis { text.parse().ok().map(EventTime::from_millis) } else { None }
}

/// Exported logs may carry `@timestamp` instead of the event's time.
fn time(event: &Event<'_>) -> Result<EventTime, Reason> {
    match (some(&event.time), some(&event.timestamp)) {
        (Some(text), _) => moment(text).or_else(|| millis(text)).ok_or(Reason::Unreadable("eventTime")),
        (None, Some(text)) => moment(text).ok_or(Reason::Unreadable("@timestamp")),
        (None, None) => Err(Reason::Missing("eventTime")),
    }
}

fn outcome(event: &Event<'_>, special: Special, denials: &mut Remembered<bool>) -> Outcome {
    match some(&event.error_code) {
        Some(code) if *denials.of(code, || is_denial(code)) => Outcome::Denied,
        Some(_) => Outcome::Failure,
        None if event.has_error_message => Outcome::Failure,
        None if special == Special::SignIn => {
            let name = some(&event.name).unwrap_or_default();
            let mut places = [event.response, event.details].into_iter().flatten();
            let said = places.find_map(|place| resource::member(place, name));
            if said.as_deref() == Some("Failure") { Outcome::Failure } else { Outcome::Success }
        }
        None => Outcome::Success,
    }
}

/// Whether an error code says that permission was wanting. Each service has its own word.
fn is_denial(code: &str) -> bool {
    const WORDS: &[&str] = &[
        "AccessDenied",
        "Unauthorized",
        "NotAuthorized",
        "AuthorizationError",
        "AuthorizationFailure",
        "Forbidden",
    ];
    WORDS.iter().any(|word| code.contains(word))
}

/// Whether AWS says that the call came from its console.
fn is_from_console(event: &Event<'_>) -> bool {
    some(&event.from_console) == Some("true")
        || matches!(some(&event.kind), Some("AwsConsoleSignIn" | "AwsConsoleAction"))
        // Who signs out does it there; tokens to sign in with are made by programs too.
        || (some(&event.source) == Some("signin.amazonaws.com") && some(&event.name) == Some("Logout"))
}

/// The names that are there, and how many.
fn chain<'e>(names: &[Option<&'e str>; 2]) -> ([&'e str; 2], usize) {
    match *names {
        [Some(first), Some(second)] => ([first, second], 2),
        [Some(only), None] | [None, Some(only)] => ([only, ""], 1),
        [None, None] => ([""; 2], 0),
    }
}
