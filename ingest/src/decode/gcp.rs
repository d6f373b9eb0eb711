//! Google Cloud audit logs: log entries whose payload is an `AuditLog`, as Pub/Sub, a bucket or `gcloud` gives them,
//! and as BigQuery exports them.
//!
//! One entry is one row. A change of a policy gives a row for each member that it adds, because each of them is an
//! identity that was given something. The second entry of a long-running operation repeats the first, and is ignored
//! unless it carries permissions of its own or says that it failed. Entries that are no audit logs are ignored too.

mod entry;
mod meaning;
mod names;
mod who;

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, Source};
use ambit_schemas::{EventRow, EventTime};

use self::entry::{Entry, Payload};
use self::who::{Kinds, Who};
use super::cloudtrail::clients::Clients;
use super::cloudtrail::is_address;
use super::fields::moment;
use super::k8s::{CLUSTER, write_secret};
use super::text::{filled, join};
use super::{Format, Output, members, reason};
use crate::actions::plane::Meaning;
use crate::json::Json;
use crate::record::{RawRecord, Reason};
use crate::remembered::Remembered;

/// The type of a payload that is an audit log.
const AUDIT_LOG: &str = "type.googleapis.com/google.cloud.audit.AuditLog";

pub(super) use self::meaning::action as meaning_of;
pub(super) use self::names::{plain, write_action};

/// Decodes log entries. Holds only buffers and what it looked up.
#[derive(Debug, Default)]
pub(super) struct Gcp {
    texts: Texts,
    meanings: Remembered<(Meaning, Option<Outcome>)>,
    /// The same, by the method of a request to a cluster.
    requests: Remembered<(Meaning, Option<Outcome>)>,
    clients: Clients,
    /// Whether a user agent says that a person sat at it, in the way of Google's own tools.
    by_persons: Remembered<bool>,
    kinds: Kinds,
}

/// Texts of a row that do not stand in the entry as they are.
#[derive(Debug, Default)]
struct Texts {
    action: String,
    group: String,
    kind: String,
    /// A secret of a cluster, as the cluster's own log names it.
    secret: String,
}

/// What was worked out about an entry before its row is put together.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    entry: &'a Entry<'a>,
    payload: &'a Payload<'a>,
    meaning: Meaning,
    /// How it ended, if its method says that already.
    by_method: Option<Outcome>,
    time: EventTime,
}

impl Gcp {
    pub(super) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let mut entry = Entry::default();
        entry.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(entry.shape, Format::Gcp)?;
        let payload = match &entry.payload {
            Some(payload) if payload.kind.as_deref().is_none_or(|kind| kind == AUDIT_LOG) => payload,
            None if !entry.has_other_payload && entry.log_name.is_none() => {
                return Err(Reason::Missing("protoPayload"));
            }
            _ => {
                out.ignore();
                return Ok(());
            }
        };
        let is_failure = payload.status.as_deref().is_some_and(|code| code != "0");
        if entry.operation.only_ends() && !payload.has_permissions && !is_failure {
            out.ignore();
            return Ok(());
        }
        let time = [&entry.timestamp, &payload.requested, &entry.received];
        let time = time.into_iter().find_map(|time| time.as_deref()).ok_or(Reason::Missing("timestamp"))?;
        let time = moment(time).ok_or(Reason::Unreadable("timestamp"))?;
        let permission = payload.permission.as_ref().and_then(|permission| permission.name.as_deref());
        let method = payload.method.as_deref().or(permission).ok_or(Reason::Missing("methodName"))?;
        write_action(&mut self.texts.action, payload.service.as_deref(), method);
        let action = &*self.texts.action;
        // The action of a request to a cluster does not tell the group, so its method says what it means.
        let (meaning, by_method) = if action.starts_with(meaning::CLUSTER) {
            *self.requests.of(method, || (meaning::request(method).meaning, None))
        } else {
            *self
                .meanings
                .of(action, || (meaning::action(action).meaning, meaning::outcome_of_method(action)))
        };
        self.write(&Facts { entry: &entry, payload, meaning, by_method, time }, record, out)
    }

    fn write(
        &mut self,
        facts: &Facts<'_>,
        record: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let Facts { entry, payload, meaning, by_method, time } = *facts;
        let Texts { action, group, kind, secret } = &mut self.texts;
        let permitted = payload.permission.as_ref();
        let resource = payload.resource.as_deref().or(permitted.and_then(|held| held.resource.as_deref()));
        let resource = resource.map(plain);
        group.clear();
        if let Some(resource) = resource {
            names::write_group(group, resource);
        }
        secret.clear();
        if let ("gcp.k8s.secret", Some(resource)) = (meaning.resource_kind, resource) {
            let label = out.settings.labels.get(CLUSTER).map(String::as_str);
            let cluster = label.or(entry.cluster.as_deref()).unwrap_or("-");
            if let Some((namespace, name)) = names::secret(resource) {
                write_secret(secret, cluster, namespace, name);
            }
        }
        kind.clear();
        join(kind, ["gcp.", action.get(4..).and_then(|rest| rest.split('.').next()).unwrap_or_default()]);
        let who = Who::of(payload, &mut self.kinds);
        let agent = payload.agent.as_deref().filter(|agent| !agent.starts_with('<'));
        let (client, by_person) = self.clients.get(agent);
        let mut row = record.row(Source::GcpAudit, entry.insert_id.as_deref().unwrap_or_default(), time);
        row.action = action;
        row.resource_kind = Some(kind);
        meaning.put(&mut row);
        let is_refused = permitted.is_some_and(|permission| permission.is_refused);
        (row.outcome, row.error_code) = meaning::outcome(payload.status.as_deref(), by_method, is_refused);
        put_who(&mut row, &who);
        row.interactive = by_person
            || agent.is_some_and(|agent| *self.by_persons.of(agent, || agent.contains(" interactive/True")));
        row.client = client;
        row.resource = resource;
        row.resource_group = filled(group);
        row.target_workload =
            who::target(entry, payload, meaning.resource_kind, row.outcome == Outcome::Denied);
        put_where(&mut row, entry, payload);
        put_model(&mut row);
        put_issued(&mut row, payload, secret);
        members::rows(&row, payload.members.iter().filter_map(|member| who::member(member.as_deref()?)), out)
    }
}

fn put_who<'t>(row: &mut EventRow<'t>, who: &'t Who<'_>) {
    row.principal = who.principal;
    row.principal_kind = who.kind;
    row.principal_alias = who.alias;
    row.on_behalf_of = &who.chain;
    row.credential = who.credential;
    row.credential_kind = who.credential_kind;
    row.auth_method = who.auth_method;
}

fn put_where<'t>(row: &mut EventRow<'t>, entry: &'t Entry<'_>, payload: &'t Payload<'_>) {
    let by_name = || row.resource.and_then(names::account);
    let by_log = || entry.log_name.as_deref().and_then(names::account);
    row.account = entry.project.as_deref().or_else(by_log).or_else(by_name);
    row.region = entry.location.as_deref().or(payload.location.as_deref());
    row.source_address = payload.caller.as_deref().filter(|caller| is_address(caller));
}

fn put_model(row: &mut EventRow<'_>) {
    if row.resource_kind == Some("gcp.model") {
        row.model_provider = Some("gcp.vertex_ai");
        row.model = row.resource.map(|name| name.rsplit('/').next().unwrap_or(name));
    }
}

/// What the call handed out, of a cluster `secret`. Of tokens the log has no id.
fn put_issued<'t>(row: &mut EventRow<'t>, payload: &'t Payload<'_>, secret: &'t str) {
    if row.outcome != Outcome::Success {
        return;
    }
    match (row.action_class, row.resource_kind) {
        (ActionClass::SecretRead, kind) => {
            row.issued_credential = if kind == Some("gcp.secret") { row.resource } else { filled(secret) };
            row.issued_kind = row.issued_credential.map(|_| CredentialKind::StoredSecret);
            return;
        }
        (ActionClass::CredentialIssue, Some("gcp.service_account_key")) => {
            row.issued_credential =
                payload.made.as_deref().filter(|name| name.contains("/keys/")).map(names::key);
            row.issued_kind = Some(CredentialKind::StaticKey);
            let secs = payload.expires.as_deref().and_then(|secs| secs.parse().ok());
            row.issued_expires_at = secs.map(EventTime::from_secs);
        }
        (ActionClass::CredentialIssue, Some("gcp.api_key")) => {
            row.issued_credential = payload.made.as_deref();
            row.issued_kind = Some(CredentialKind::ApiKey);
        }
        (ActionClass::CredentialIssue, Some("gcp.service_account")) => {
            row.issued_kind = Some(CredentialKind::OauthToken);
        }
        _ => return,
    }
    row.parent_credential = row.credential;
}
