//! Sign-ins to Entra: of people, service principals and managed identities.

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::{CredentialKind, Outcome, PrincipalKind, Source};

use super::record::{Document, Properties, Read, Record};
use super::{Azure, Outcomes, put_texts};
use crate::decode::cloudtrail::group::segment;
use crate::decode::fields::{Text, inside_into, is_true, moment, text_into};
use crate::decode::{Format, Output};
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// What a sign-in says.
#[derive(Debug, Default)]
struct Signin<'a> {
    id: Text<'a>,
    created: Text<'a>,
    app: Text<'a>,
    service_principal: Text<'a>,
    user: Text<'a>,
    user_id: Text<'a>,
    managed_identity: Text<'a>,
    resource: Text<'a>,
    resource_name: Text<'a>,
    address: Text<'a>,
    user_agent: Text<'a>,
    is_interactive: bool,
    error: Text<'a>,
    token: Text<'a>,
    session: Text<'a>,
    key: Text<'a>,
    certificate: Text<'a>,
    federated: Text<'a>,
    proof: Text<'a>,
}

impl<'a> Properties<'a> for Signin<'a> {
    const HAS_CLAIMS: bool = false;

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let field = match key {
            b"id" => &mut self.id,
            b"createdDateTime" => &mut self.created,
            b"appId" => &mut self.app,
            b"servicePrincipalId" => &mut self.service_principal,
            b"userPrincipalName" => &mut self.user,
            b"userId" => &mut self.user_id,
            b"managedIdentityType" => &mut self.managed_identity,
            b"resourceId" => &mut self.resource,
            b"resourceDisplayName" => &mut self.resource_name,
            b"ipAddress" => &mut self.address,
            b"userAgent" => &mut self.user_agent,
            b"uniqueTokenIdentifier" => &mut self.token,
            b"sessionId" => &mut self.session,
            b"servicePrincipalCredentialKeyId" => &mut self.key,
            b"servicePrincipalCredentialThumbprint" => &mut self.certificate,
            b"federatedCredentialId" => &mut self.federated,
            b"clientCredentialType" => &mut self.proof,
            _ => return self.other(json, key),
        };
        text_into(json, field)
    }
}

impl<'a> Signin<'a> {
    fn of(document: &'a Document<'_>) -> Self {
        let mut signin = Self::default();
        document.members(|json, key| signin.member(json, key));
        signin
    }

    fn other(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"isInteractive" => self.is_interactive = is_true(json)?,
            b"status" => inside_into(json, b"errorCode", &mut self.error)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    /// Whether an application signed in as itself.
    fn is_app(&self, record: &Record<'_>) -> bool {
        let by_category = record.category.as_deref().is_some_and(|category| {
            category.starts_with("ServicePrincipal") || category.starts_with("ManagedIdentity")
        });
        by_category || (self.user.is_none() && self.service_principal.is_some())
    }

    fn outcome<'e>(&'e self, record: &'e Record<'_>, outcomes: &mut Outcomes) -> (Outcome, Option<&'e str>) {
        let code = self.error.as_deref().or(record.result.as_deref());
        match code {
            Some("0") => (Outcome::Success, None),
            // Whatever else has a number did not get in.
            Some(code) => match outcomes.word(code) {
                Some(Outcome::Denied) => (Outcome::Denied, Some(code)),
                Some(Outcome::Success) => (Outcome::Success, None),
                _ => (Outcome::Failure, Some(code)),
            },
            None => outcomes.of(record),
        }
    }

    /// With what it was proved, and what it handed out.
    fn put_credentials<'e>(&'e self, row: &mut EventRow<'e>) {
        let key = self.key.as_deref().or(self.certificate.as_deref()).filter(|key| !is_zero(key));
        let federated = self.federated.as_deref().filter(|id| !is_zero(id));
        let proof = self.proof.as_deref().unwrap_or_default().to_ascii_lowercase();
        (row.credential, row.credential_kind, row.auth_method) = match &*proof {
            _ if federated.is_some() => {
                (federated, Some(CredentialKind::OidcToken), Some("workload_identity"))
            }
            "clientsecret" => (key, Some(CredentialKind::StaticKey), Some("client_secret")),
            "certificate" | "clientassertion" => {
                (key, Some(CredentialKind::Certificate), Some("client_certificate"))
            }
            "federatedidentitycredential" => {
                (None, Some(CredentialKind::OidcToken), Some("workload_identity"))
            }
            "managedidentity" => (key, Some(CredentialKind::Certificate), Some("managed_identity")),
            _ if self.certificate.is_some() => {
                (key, Some(CredentialKind::Certificate), Some("client_certificate"))
            }
            _ => (key, key.map(|_| CredentialKind::StaticKey), None),
        };
        if row.outcome == Outcome::Success {
            row.issued_credential = self.token.as_deref();
            row.issued_kind = row.issued_credential.map(|_| CredentialKind::OauthToken);
            row.parent_credential = row.credential.filter(|_| row.issued_kind.is_some());
        }
    }
}

/// An id that stands for none.
fn is_zero(id: &str) -> bool {
    id.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// Decodes a record.
pub(super) fn decode(azure: &mut Azure, raw: &RawRecord<'_>, out: &mut Output<'_>) -> Result<(), Reason> {
    let mut read = Read::<Signin<'_>>::default();
    let time = azure.read(&mut read, Format::EntraSignin, raw, out)?;
    let record = &read.record;
    let late;
    let signin = if let Some(signin) = read.properties() {
        signin
    } else {
        late = Signin::of(&record.properties);
        &late
    };
    let created = || signin.created.as_deref().and_then(moment);
    let time = time.or_else(created).ok_or(Reason::Missing("time"))?;
    azure.texts.action.push_str("entra:signin");
    let known = azure.known();
    let resource = signin.resource.as_deref().or(signin.resource_name.as_deref());
    azure.texts.resource.push_str(resource.unwrap_or_default());
    segment(&mut azure.texts.group, signin.resource_name.as_deref().or(resource).unwrap_or_default());
    let mut row = raw.row(Source::EntraSignin, signin.id.as_deref().unwrap_or_default(), time);
    known.meaning.put(&mut row);
    put_texts(&mut row, &azure.texts);
    (row.outcome, row.error_code) = signin.outcome(record, &mut azure.outcomes);
    if signin.is_app(record) {
        let id = signin.service_principal.as_deref();
        row.principal = signin.app.as_deref().or(id);
        row.principal_alias = id.filter(|id| Some(*id) != row.principal);
        let is_managed = record.category.as_deref().is_some_and(|name| name.starts_with("ManagedIdentity"))
            || signin.managed_identity.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("none"));
        row.principal_kind =
            Some(if is_managed { PrincipalKind::ManagedIdentity } else { PrincipalKind::ServicePrincipal });
    } else {
        let id = signin.user_id.as_deref();
        row.principal = signin.user.as_deref().or(id);
        row.principal_alias = id.filter(|id| Some(*id) != row.principal);
        row.principal_kind = row.principal.map(|_| PrincipalKind::Human);
    }
    row.interactive = signin.is_interactive;
    signin.put_credentials(&mut row);
    row.session = signin.session.as_deref();
    row.account = record.tenant.as_deref();
    row.region = record.location.as_deref();
    row.source_address = signin.address.as_deref().or(record.address.as_deref());
    (row.client, _) = azure.clients.get(signin.user_agent.as_deref());
    out.row(&row)
}
