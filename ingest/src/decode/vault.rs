//! HashiCorp Vault and OpenBao audit lines.
//!
//! Each line is one record and one row, be it a request or a response; a wrapped response gives a second row, because
//! it hands out two things. The decoder keeps nothing between lines: the core drops a request whose response came.
//! Values in these logs are HMACs unless a device was told otherwise, so nothing is copied from request or response
//! data but the ids of tokens and leases and a few numbers.

mod actions;
mod issued;
mod line;
mod outcome;
mod place;
mod principal;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use ambit_schemas::{EventRow, EventTime};

use self::actions::{Meaning, Rule};
use self::issued::Issued;
use self::line::{Auth, Line, Request, Response};
use self::place::Place;
use self::principal::has_policy;
use super::cloudtrail::clients::Clients;
use super::text::{filled, join};
use super::{Format, Output, reason};
use crate::json::Json;
use crate::record::{RawRecord, Reason};

/// The kind of what is under a wrapping token, and of the token.
const WRAPPING: &str = "vault.wrapping";

/// Decodes audit lines. Holds only buffers.
#[derive(Debug, Default)]
pub(super) struct Vault {
    texts: Texts,
    clients: Clients,
}

/// Texts of a row that do not stand in the line as they are.
#[derive(Debug, Default)]
struct Texts {
    action: String,
    event_id: String,
    resource: String,
    group: String,
    principal: String,
    alias: String,
    target: String,
    foreign: String,
}

/// What was worked out about a line before its row is put together.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    line: &'a Line<'a>,
    request: &'a Request<'a>,
    place: Place<'a>,
    meaning: Meaning,
    /// Whose the line says that the token is.
    auth: &'a Auth<'a>,
    is_request: bool,
    /// Whether the request needed no token: a login, or a call of nobody.
    is_anonymous: bool,
    time: EventTime,
}

impl Vault {
    pub(super) fn decode(&mut self, record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
        let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        let mut line = Line::default();
        line.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        out.expect(line.shape, Format::Vault)?;
        let is_request = match line.kind.as_deref() {
            Some("request") => true,
            Some("response") => false,
            Some(_) => return Err(Reason::Unsupported("an audit line that is neither request nor response")),
            None => return Err(Reason::Missing("type")),
        };
        let request = line.request.as_ref().ok_or(Reason::Missing("request"))?;
        let time = line.time.as_deref().ok_or(Reason::Missing("time"))?;
        let time = EventTime::parse_rfc3339(time).ok_or(Reason::Unreadable("time"))?;
        let operation = request.operation.as_deref().ok_or(Reason::Missing("request.operation"))?;
        if request.path.is_none() {
            return Err(Reason::Missing("request.path"));
        }
        let place = Place::of(&line, request);
        let rule = actions::rule(place.is_auth(), place.mount_type, operation, place.rest)
            .ok_or(Reason::Unreadable("request.operation"))?;
        let has_token = request.has_token || request.client_token_accessor.is_some();
        // A client may send the token that it had along with a login. The server does not look at it, but logs whose it is.
        let is_login = place.is_auth() && rule.meaning.class == ActionClass::SessionStart;
        let nobody = Auth::default();
        let facts = Facts {
            line: &line,
            request,
            place,
            meaning: unwrapped(rule.meaning, &line.response),
            auth: if is_login && has_token { &nobody } else { &line.auth },
            is_request,
            is_anonymous: is_login || !has_token,
            time,
        };
        self.name_things(&facts, rule, operation);
        self.write(&facts, record, out)
    }

    fn name_things(&mut self, facts: &Facts<'_>, rule: &Rule, operation: &str) {
        let texts = &mut self.texts;
        texts.action.clear();
        join(&mut texts.action, ["vault:", operation]);
        facts.place.write_resource(rule, &mut texts.resource);
        facts.place.write_group(rule, &mut texts.group);
        if let Some(revoked) = facts.revoked() {
            texts.resource.clear();
            texts.resource.push_str(revoked);
        }
    }

    fn write(
        &mut self,
        facts: &Facts<'_>,
        record: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        let (auth, login_mount) = facts.identity();
        let Texts { principal, alias, .. } = &mut self.texts;
        let principal_kind = principal::name(auth, login_mount, principal, alias);
        facts.write_target(auth, &self.texts.principal, &mut self.texts.target);
        principal::foreign(auth, login_mount, &mut self.texts.foreign);
        let agent = facts.request.user_agent.as_deref().filter(|agent| !agent.starts_with("hmac-"));
        let (client, is_interactive) = self.clients.get(agent);
        let kind = if facts.is_request { "request" } else { "response" };
        self.texts.event_id.clear();
        if let Some(id) = &facts.request.id {
            join(&mut self.texts.event_id, [id, ":", kind]);
        }
        let chain = filled(&self.texts.foreign);
        let mut row = facts.row(record, &self.texts, principal_kind);
        row.on_behalf_of = chain.as_slice();
        (row.client, row.interactive) = (client, is_interactive);
        out.row(&row)?;
        let Some(wrapping) = facts.wrapping().filter(|_| row.outcome == Outcome::Success) else {
            return Ok(());
        };
        let second_id = format!("{}#2", self.texts.event_id);
        // A row without an id gets one made of what it says, and this one says something else.
        row.event_id = if row.event_id.is_empty() { "" } else { &second_id };
        Meaning::new(ActionClass::CredentialIssue, AccessLevel::Write, WRAPPING).put(&mut row);
        put_issued(&mut row, wrapping);
        out.further_row(&row)
    }
}

impl<'a> Facts<'a> {
    /// Whose row it is: who logs in with this request, else who called.
    fn identity(&self) -> (&'a Auth<'a>, Option<&'a str>) {
        if !self.is_anonymous || self.is_request {
            return (self.auth, None);
        }
        let mount = self.place.is_auth().then(|| self.place.login_mount());
        (self.line.response.auth.as_ref().unwrap_or(self.auth), mount)
    }

    /// The accessor of the token that came with the request. At a login the line shows the new token's.
    fn caller(&self) -> Option<&'a str> {
        if self.is_anonymous {
            return None;
        }
        self.auth.accessor.as_deref().or(self.request.client_token_accessor.as_deref())
    }

    fn revoked(&self) -> Option<&'a str> {
        if self.meaning.class != ActionClass::TokenRevoke {
            return None;
        }
        let lease =
            || self.place.rest.strip_prefix("leases/revoke/").or(self.place.rest.strip_prefix("revoke/"));
        match (self.meaning.resource_kind, self.place.rest) {
            ("vault.token", "revoke-self") => self.caller(),
            ("vault.token", "revoke-accessor") => self.request.named_accessor.as_deref(),
            // In the request's data a lease is an HMAC, in a response that issues one it is not.
            ("vault.lease", _) => {
                let named = self.request.named_lease.as_deref();
                named.filter(|lease| !lease.starts_with("hmac-")).or_else(lease)
            }
            _ => None,
        }
    }

    /// The identity that the request changes or hands a credential for: the role below an auth method, or the caller
    /// itself where it writes a policy that it holds or its own entity.
    fn write_target(&self, auth: &Auth<'_>, principal: &str, out: &mut String) {
        use ActionClass::{CredentialIssue, PermissionsChange, TrustChange};
        out.clear();
        if !matches!(self.meaning.class, PermissionsChange | TrustChange | CredentialIssue) {
            return;
        }
        let mut names = actions::parts(self.place.rest);
        let (folder, name) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let last = names.last().unwrap_or(name);
        match self.meaning.resource_kind {
            "vault.role" | "vault.secret_id" if self.place.is_auth() && !name.is_empty() => {
                let mount = self.place.login_mount();
                if matches!(folder, "role" | "roles" | "users" | "certs") {
                    join(out, [mount, "/", name]);
                }
            }
            "vault.policy" if policy(self.place.rest).is_some_and(|name| has_policy(auth, name)) => {
                out.push_str(principal);
            }
            "vault.entity" if auth.entity_id.as_deref() == Some(last) => out.push_str(principal),
            _ => {}
        }
    }

    fn wrapping(&self) -> Option<Issued<'a>> {
        if self.is_request { None } else { Issued::wrapping(&self.line.response, self.time) }
    }

    fn row<'t>(
        &'t self,
        record: &'t RawRecord<'_>,
        texts: &'t Texts,
        principal_kind: Option<PrincipalKind>,
    ) -> EventRow<'t> {
        let (line, request, meaning) = (self.line, self.request, self.meaning);
        let (outcome, error_code) = outcome::outcome(line, self.is_request, meaning);
        let mut row = record.row(Source::VaultAudit, &texts.event_id, self.time);
        row.action = &texts.action;
        meaning.put(&mut row);
        row.outcome = outcome;
        row.error_code = error_code;
        row.principal = filled(&texts.principal);
        row.principal_kind = principal_kind;
        row.principal_alias = filled(&texts.alias);
        row.resource = Some(&texts.resource);
        row.resource_group = Some(&texts.group);
        row.target_workload = filled(&texts.target);
        row.account = filled(self.place.namespace).or(request.namespace_id.as_deref());
        row.source_address = request.remote_address.as_deref();
        self.put_credentials(&mut row);
        row
    }

    fn put_credentials<'t>(&'t self, row: &mut EventRow<'t>) {
        let auth = self.auth;
        if self.is_anonymous {
            row.auth_method = self.place.is_auth().then_some(self.place.mount_type);
        } else if auth.display_name.is_some() || self.caller().is_some() {
            row.auth_method = Some("token");
            row.credential = self.caller();
            row.credential_kind = Some(CredentialKind::VaultToken);
            row.credential_issued_at = auth.token_issue_time.as_deref().and_then(EventTime::parse_rfc3339);
            // A renewed token outlives its issue time and time to live; then nothing is known of its end.
            let expires_at =
                row.credential_issued_at.and_then(|issued| issued::after(issued, auth.token_ttl_secs));
            row.credential_expires_at = expires_at.filter(|end| *end >= row.time);
        }
        if self.is_request || row.outcome != Outcome::Success {
            return;
        }
        let response = &self.line.response;
        let resource = row.resource.unwrap_or_default();
        let mut issued = Issued::of(response, self.meaning, resource, row.credential, row.time);
        if self.is_anonymous && response.auth.is_none() {
            issued.expires_at = issued.expires_at.or_else(|| issued::after(row.time, auth.token_ttl_secs));
        }
        if let Some(renewed) = response.auth.as_ref().filter(|_| issued.kind.is_none()) {
            row.credential_expires_at = issued::after(row.time, renewed.token_ttl_secs);
        }
        put_issued(row, issued);
    }
}

/// The name of a policy that tokens hold, which may have slashes in it.
fn policy(rest: &str) -> Option<&str> {
    let name =
        ["policy/", "policies/acl/", "policies/rgp/"].iter().find_map(|folder| rest.strip_prefix(folder));
    name.map(|name| name.trim_end_matches('/'))
}

/// What is unwrapped may be a token rather than a secret.
fn unwrapped(meaning: Meaning, response: &Response<'_>) -> Meaning {
    let secret_id = response.data.as_ref().is_some_and(|data| data.secret_id_accessor.is_some());
    if meaning.resource_kind != WRAPPING || !(secret_id || response.auth.is_some()) {
        return meaning;
    }
    Meaning::new(ActionClass::CredentialIssue, AccessLevel::Write, WRAPPING)
}

fn put_issued<'t>(row: &mut EventRow<'t>, issued: Issued<'t>) {
    row.issued_credential = issued.credential;
    row.issued_kind = issued.kind;
    row.issued_expires_at = issued.expires_at;
    row.parent_credential = row.credential.filter(|_| issued.kind.is_some());
}

#[cfg(test)]
mod tests;
