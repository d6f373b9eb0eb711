//! OCSF events that another pipeline made: API Activity (6003), Authentication (3002) and Account Change (3001). Other
//! classes are ignored.
//! What `ambit normalize --as ocsf` wrote is read whole, in every class that it writes.
//!
//! An API call of a cloud that is decoded here gets the same action and meaning as from that cloud's own log, so that it
//! does not matter which way an event came.

mod event;
mod own;

use std::borrow::Cow;
use std::sync::LazyLock;

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use self::event::{Event, Session, User};
use super::cloudtrail::clients::Clients;
use super::cloudtrail::group::group;
use super::cloudtrail::operation::{Operation, Operations};
use super::cloudtrail::resource::kind_of_type;
use super::cloudtrail::{is_address, kind_of_key};
use super::text::{behind_colons, filled, join};
use super::{Format, Output, azure, gcp, reason, session_arn};
use crate::actions::plane::Meaning;
use crate::actions::table::{self, BadLine};
use crate::json::Json;
use crate::record::{RawRecord, Reason};
use crate::remembered::Remembered;

/// By class and activity: the meaning and its name.
type Activities = HashMap<(&'static str, &'static str), (Meaning, &'static str), FixedState>;

static ACTIVITIES: LazyLock<(Activities, Vec<BadLine>)> = LazyLock::new(|| {
    let (mut activities, mut bad) = (HashMap::default(), Vec::new());
    let text = include_str!("../../data/ocsf_activities.txt");
    table::read("ocsf_activities.txt", text, &mut bad, |[class, activity, meaning, level, name]| {
        let meaning = Meaning::new(ActionClass::parse(meaning)?, AccessLevel::parse(level)?, "");
        activities.insert((class, activity), (meaning, name)).is_none().then_some(())
    });
    (activities, bad)
});

/// Decodes events. Holds only buffers.
#[derive(Debug, Default)]
pub(super) struct Ocsf {
    action: String,
    group: String,
    clients: Clients,
    operations: Operations,
    meanings: Remembered<Meaning>,
}

/// A cloud whose calls mean here what they mean in its own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cloud {
    Aws,
    Gcp,
    Azure,
}

impl Cloud {
    /// The cloud of a provider's name, which everybody writes another way.
    fn of(provider: &str) -> Option<Self> {
        let begins =
            |word: &str| provider.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let clouds = [
            (["aws", "amazon"], Self::Aws),
            (["gcp", "google"], Self::Gcp),
            (["azure", "microsoft"], Self::Azure),
        ];
        clouds.into_iter().find(|(words, _)| words.iter().any(|word| begins(word))).map(|(_, cloud)| cloud)
    }
}

impl Ocsf {
    /// Decodes a record; returns the source for which it counts.
    pub(super) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<Source, Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let mut event = Event::default();
        event.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(event.shape, Format::Ocsf)?;
        let class = event.class.as_deref().ok_or(Reason::Missing("class_uid"))?;
        if event.metadata.is_own {
            return own::decode(&event, record, out);
        }
        if !matches!(class, "6003" | "3002" | "3001") {
            out.ignore();
            return Ok(Source::Ocsf);
        }
        let cloud = event.provider.as_deref().and_then(Cloud::of);
        let time = event.time()?;
        let meaning = self.meaning(&event, class, cloud)?;
        let mut row = record.row(Source::Ocsf, event.metadata.id.as_deref().unwrap_or_default(), time);
        row.action = &self.action;
        meaning.put(&mut row);
        (row.outcome, row.error_code) = outcome(&event);
        let (user, session) = match class {
            "3002" => (&event.user, event.session.as_ref().unwrap_or(&event.actor_session)),
            _ => (&event.actor, &event.actor_session),
        };
        let who = Who::of(user, session);
        who.put(&mut row, user, session);
        row.auth_method = event.protocol.as_deref();
        if let Some(resource) = resource(&event, class, cloud) {
            let listed = event.resource.kind.as_deref().and_then(kind_of_type);
            row.resource_kind = listed.or_else(|| kind_by_arn(resource, row.resource_kind));
            group(&mut self.group, resource, row.resource_kind);
            (row.resource, row.resource_group) = (Some(resource), filled(&self.group));
        } else if cloud == Some(Cloud::Aws) {
            row.resource_kind = None;
        }
        put_secret(&mut row, cloud);
        row.account = event.account.as_deref().or(user.account.as_deref());
        row.region = event.region.as_deref();
        row.source_address = event.address.as_deref().filter(|address| is_address(address));
        row.via_service = via_service(&event);
        (row.client, row.interactive) = self.clients.get(event.user_agent.as_deref());
        out.row(&row)?;
        Ok(Source::Ocsf)
    }

    /// The action and its meaning, from the tables of the cloud that it is of, else by the activity.
    fn meaning(&mut self, event: &Event<'_>, class: &str, cloud: Option<Cloud>) -> Result<Meaning, Reason> {
        self.action.clear();
        let activity = event.activity.as_deref().unwrap_or("0");
        let known = ACTIVITIES.0.get(&(class, activity)).or_else(|| ACTIVITIES.0.get(&(class, "99")));
        let (meaning, name) = known.copied().ok_or(Reason::Unreadable("activity_id"))?;
        let service = event.service.as_deref();
        let operation = event.operation.as_deref().filter(|_| class != "3002");
        match (operation, service, cloud) {
            (Some(operation), Some(service), Some(Cloud::Aws)) => {
                let operation = self.operations.get(service, operation);
                self.action.push_str(&operation.action);
                Ok(aws_meaning(operation, event))
            }
            (Some(operation), service, Some(Cloud::Gcp)) => {
                gcp::write_action(&mut self.action, service, operation);
                let action = &*self.action;
                Ok(*self.meanings.of(action, || gcp::meaning_of(action).meaning))
            }
            (Some(operation), _, Some(Cloud::Azure)) => {
                join(&mut self.action, ["azure:", operation]);
                self.action.make_ascii_lowercase();
                let action = &*self.action;
                Ok(*self.meanings.of(action, || azure::meaning_of(action).meaning))
            }
            (Some(operation), service, _) => {
                join(&mut self.action, ["ocsf:", service.unwrap_or("-"), ":", operation]);
                Ok(meaning)
            }
            (None, ..) => {
                join(&mut self.action, ["ocsf:", name]);
                Ok(meaning)
            }
        }
    }
}

/// What a call of AWS means: as in CloudTrail, a parameter is a secret only where it is decrypted.
fn aws_meaning(operation: &mut Operation, event: &Event<'_>) -> Meaning {
    let class = if !operation.reads_parameters() {
        operation.entry.class
    } else if event.asked("withDecryption").as_deref() == Some("true") {
        ActionClass::SecretRead
    } else {
        ActionClass::Read
    };
    let kind = operation.kind();
    let sensitivity = operation.sensitivity(class, kind);
    let access_level = operation.entry.access_level;
    Meaning { class, access_level, resource_kind: kind.unwrap_or_default(), sensitivity }
}

/// What was acted on; of a change of an account the account, if nothing else is named.
fn resource<'e>(event: &'e Event<'_>, class: &str, cloud: Option<Cloud>) -> Option<&'e str> {
    let named = event.resource.id.as_deref().or(event.resource.name.as_deref());
    let account = || event.user.id.as_deref().or(event.user.name.as_deref()).filter(|_| class == "3001");
    // Signatures of addresses stand behind a question mark.
    let resource = named.or_else(account).and_then(|resource| resource.split('?').next());
    resource.map(|resource| if cloud == Some(Cloud::Gcp) { gcp::plain(resource) } else { resource })
}

/// The kind of a resource of AWS, where its type is not told: by its ARN, else what the operation acts on.
fn kind_by_arn<'k>(resource: &str, by_operation: Option<&'k str>) -> Option<&'k str> {
    let arn = resource.strip_prefix("arn:").unwrap_or_default();
    let (service, tail) = (arn.split(':').nth(1), behind_colons(arn, 4).unwrap_or_default());
    match (service, tail.split_once('/')) {
        (Some("iam"), Some(("role", _))) => Some("aws.role"),
        (Some("iam"), Some(("user", _))) => Some("aws.user"),
        (Some("iam"), Some(("group", _))) => Some("aws.group"),
        (Some("iam"), Some(("policy", _))) => Some("aws.policy"),
        (Some("ssm"), Some(("parameter", _))) => Some("aws.parameter"),
        (Some("s3"), Some(_)) => Some("aws.s3.object"),
        _ => by_operation,
    }
}

/// A secret that was read is what its reader has from then on.
fn put_secret(row: &mut EventRow<'_>, cloud: Option<Cloud>) {
    if row.action_class == ActionClass::SecretRead && row.outcome == Outcome::Success && cloud.is_some() {
        row.issued_credential = row.resource;
        row.issued_kind = row.resource.map(|_| CredentialKind::StoredSecret);
    }
}

/// The service that called for the principal. Security Lake has it where the address of the caller stands.
fn via_service<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let invoked_by =
        event.invoked_by.as_deref().filter(|name| name.contains('.') && !name.starts_with("arn:"));
    let domain = event.domain.as_deref();
    invoked_by.or_else(|| domain.filter(|name| name.ends_with(".amazonaws.com") || *name == "AWS Internal"))
}

/// Who acted.
#[derive(Debug)]
struct Who<'e> {
    principal: Option<Cow<'e, str>>,
    kind: Option<PrincipalKind>,
    session: Option<&'e str>,
}

impl<'e> Who<'e> {
    /// An issuer or an id that is an ARN names the stable identity; else an address, a name or an id does.
    fn of(user: &'e User<'_>, session: &'e Session<'_>) -> Self {
        let texts = [&session.issuer, &user.id, &user.other_id, &user.name];
        let arn = texts.into_iter().filter_map(|text| text.as_deref()).find(|text| text.starts_with("arn:"));
        if let Some(arn) = arn {
            let (principal, kind, session) = session_arn::principal(arn);
            // An issuer is the role itself; the session's own ARN names the session.
            let own = || session_arn::principal(user.id.as_deref()?).2;
            return Self { principal: Some(principal), kind, session: session.or_else(own) };
        }
        let name = user.email.as_deref().or(user.name.as_deref()).or(user.id.as_deref());
        let kind = name.map(|name| match user.kind.as_deref() {
            _ if name.ends_with(".gserviceaccount.com") => PrincipalKind::ServiceAccount,
            Some("3") => PrincipalKind::Service,
            Some("4") => PrincipalKind::ServicePrincipal,
            _ if name.contains('@') => PrincipalKind::Human,
            _ => PrincipalKind::User,
        });
        Self { principal: name.map(Cow::Borrowed), kind, session: None }
    }

    fn put<'t>(&'t self, row: &mut EventRow<'t>, user: &'t User<'_>, session: &'t Session<'_>) {
        row.principal = self.principal.as_deref();
        row.principal_kind = self.kind;
        row.principal_alias =
            user.id.as_deref().filter(|id| Some(*id) != row.principal && !id.starts_with("arn:"));
        row.session = self.session.or(session.id.as_deref());
        row.credential = user.credential.as_deref().or(session.credential.as_deref());
        row.credential_kind = row.credential.map(|id| match kind_of_key(id) {
            Some(kind) => kind,
            None if session.created.is_some() => CredentialKind::OauthToken,
            None => CredentialKind::ApiKey,
        });
        (row.credential_issued_at, row.credential_expires_at) = session.times();
    }
}

fn outcome<'e>(event: &'e Event<'_>) -> (Outcome, Option<&'e str>) {
    let error = event.error.as_deref().or(event.status_code.as_deref());
    let by_caption = || match event.status.as_deref() {
        Some(word) if word.eq_ignore_ascii_case("success") => Some("1"),
        Some(word) if word.eq_ignore_ascii_case("failure") => Some("2"),
        _ => None,
    };
    match (event.status_id.as_deref().or_else(by_caption), event.error.as_deref()) {
        (Some("1"), None) => (Outcome::Success, None),
        (Some("2"), _) | (_, Some(_)) => {
            let word = error.unwrap_or_default().to_ascii_lowercase();
            let is_denied =
                ["denied", "unauthorized", "forbidden", "permission"].iter().any(|part| word.contains(part));
            (
                if is_denied || matches!(&*word, "401" | "403" | "7") {
                    Outcome::Denied
                } else {
                    Outcome::Failure
                },
                error,
            )
        }
        _ => (Outcome::Unknown, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        assert_eq!(ACTIVITIES.1, []);
    }
}
