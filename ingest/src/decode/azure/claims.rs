//! What a token says of who brought it: the claims that Azure's logs repeat.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind};

use super::record::{Document, Record};
use crate::decode::fields::{Text, inside_into, text, text_into};
use crate::json::{Fault, Json};

/// Claims, and what else a record says of the caller.
#[derive(Debug, Default)]
pub(super) struct Claims<'a> {
    app: Text<'a>,
    object: Text<'a>,
    upn: Text<'a>,
    email: Text<'a>,
    name: Text<'a>,
    kind: Text<'a>,
    /// `uti`, which the sign-in log calls the unique token identifier.
    token: Text<'a>,
    issued: Text<'a>,
    expires: Text<'a>,
    proof: Text<'a>,
    managed_identity: Text<'a>,
    session: Text<'a>,
    evidence_id: Text<'a>,
    evidence_kind: Text<'a>,
    /// How a request to a storage account proved itself: `OAuth`, `AccountKey`, `SAS`, `Anonymous`.
    method: Text<'a>,
}

/// The identity columns of a row.
#[derive(Debug, Default)]
pub(super) struct Who<'e> {
    pub(super) principal: Option<&'e str>,
    pub(super) kind: Option<PrincipalKind>,
    pub(super) alias: Option<&'e str>,
    pub(super) session: Option<&'e str>,
    pub(super) credential: Option<&'e str>,
    pub(super) credential_kind: Option<CredentialKind>,
    pub(super) issued_at: Option<EventTime>,
    pub(super) expires_at: Option<EventTime>,
    pub(super) auth_method: Option<&'static str>,
}

impl<'a> Claims<'a> {
    /// The claims of a record, wherever it has them.
    pub(super) fn of(record: &'a Record<'_>) -> Self {
        let mut claims = Self::default();
        claims.read_claims(&record.claims);
        record.identity.members(|json, key| claims.member(json, key));
        claims
    }

    fn read_claims(&mut self, claims: &'a Document<'_>) {
        claims.members(|json, key| self.claim(json, key));
    }

    pub(super) fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"claims" | b"claim" | b"requester" => json.object(|json, key| self.claim(json, key)),
            b"type" => {
                self.method = text(json)?;
                Ok(())
            }
            b"authorization" => json.object(|json, key| match key {
                b"evidence" => json.object(|json, key| self.evidence(json, key)),
                _ => json.skip(),
            }),
            _ => json.skip(),
        }
    }

    fn evidence(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"principalId" => text_into(json, &mut self.evidence_id)?,
            b"principalType" => text_into(json, &mut self.evidence_kind)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    pub(super) fn claim(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let field = match key.rsplit(|byte| *byte == b'/').next().unwrap_or(key) {
            b"appid" | b"appId" | b"azp" => &mut self.app,
            b"objectidentifier" | b"oid" | b"objectId" => &mut self.object,
            b"upn" | b"userPrincipalName" => &mut self.upn,
            b"emailaddress" => &mut self.email,
            b"name" => &mut self.name,
            b"idtyp" => &mut self.kind,
            b"uti" => &mut self.token,
            b"iat" => &mut self.issued,
            b"exp" => &mut self.expires,
            b"appidacr" | b"azpacr" => &mut self.proof,
            b"xms_mirid" => &mut self.managed_identity,
            b"sid" => &mut self.session,
            _ => return json.skip(),
        };
        inside_into(json, b"value", field)
    }

    /// Who it was. An application is known by its application id, a person by name.
    pub(super) fn who<'e>(&'e self, caller: Option<&'e str>) -> Who<'e> {
        let person = self.upn.as_deref().or(self.email.as_deref()).or(self.name.as_deref());
        let is_app = match self.kind.as_deref() {
            Some(kind) => kind == "app",
            None => person.is_none() && self.app.is_some(),
        };
        let object = self.object.as_deref();
        let mut who = Who { session: self.session.as_deref(), ..Who::default() };
        if is_app {
            who.principal = self.app.as_deref().or(object);
            who.alias = object.filter(|object| Some(*object) != who.principal);
            let is_managed = self.managed_identity.is_some();
            who.kind = Some(if is_managed {
                PrincipalKind::ManagedIdentity
            } else {
                PrincipalKind::ServicePrincipal
            });
        } else if let Some(name) = person.or(caller) {
            who.principal = Some(name);
            who.alias = object.filter(|object| *object != name);
            let is_app = person.is_none() && self.evidence_kind.as_deref() == Some("ServicePrincipal");
            who.kind = Some(if name.contains('@') {
                PrincipalKind::Human
            } else if is_app {
                PrincipalKind::ServicePrincipal
            } else if person == self.email.as_deref() && person.is_some() {
                // One of Azure's own services writes its name where a person's address stands.
                PrincipalKind::Service
            } else {
                PrincipalKind::User
            });
        } else if let Some(id) = self.evidence_id.as_deref().or(object) {
            who.principal = Some(id);
            who.kind = Some(match self.evidence_kind.as_deref() {
                Some("ServicePrincipal") => PrincipalKind::ServicePrincipal,
                Some("User") => PrincipalKind::Human,
                _ => PrincipalKind::User,
            });
        }
        self.credential(&mut who);
        who
    }

    fn credential<'e>(&'e self, who: &mut Who<'e>) {
        let secs = |text: &Text<'_>| Some(EventTime::from_secs(text.as_deref()?.parse().ok()?));
        who.credential = self.token.as_deref();
        who.issued_at = secs(&self.issued);
        who.expires_at = secs(&self.expires);
        who.credential_kind =
            (self.token.is_some() || self.app.is_some()).then_some(CredentialKind::OauthToken);
        who.auth_method = match (self.method.as_deref(), self.proof.as_deref()) {
            (Some("AccountKey"), _) => Some("account_key"),
            (Some("SAS"), _) => Some("shared_access_signature"),
            (Some("Anonymous"), _) => Some("anonymous"),
            (_, Some("2")) if self.managed_identity.is_some() => Some("managed_identity"),
            (_, Some("2")) => Some("client_certificate"),
            (_, Some("1")) => Some("client_secret"),
            (Some("OAuth"), _) => Some("oauth"),
            _ => None,
        };
        if who.auth_method == Some("account_key") {
            who.credential_kind = Some(CredentialKind::StaticKey);
        }
    }
}
