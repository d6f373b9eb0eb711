//! What a response handed out.

use ambit_schemas::EventTime;
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind};

use super::actions::Meaning;
use super::line::Response;

/// A credential that a response handed out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Issued<'a> {
    pub(super) credential: Option<&'a str>,
    pub(super) kind: Option<CredentialKind>,
    pub(super) expires_at: Option<EventTime>,
}

impl<'a> Issued<'a> {
    /// What is in the response, be it wrapped or not. `resource` is the name of what was asked for and `caller` the
    /// accessor of who asked: a renewal hands out the token that was there before, which is nothing new.
    pub(super) fn of(
        response: &'a Response<'_>,
        meaning: Meaning,
        resource: &'a str,
        caller: Option<&str>,
        time: EventTime,
    ) -> Self {
        let wrap = response.wrap.as_ref();
        if let Some(auth) = &response.auth {
            let accessor = auth.accessor.as_deref();
            if accessor.is_some() && accessor == caller {
                return Self::default();
            }
            let expires_at = after(time, auth.token_ttl_secs);
            return Self { credential: accessor, kind: Some(CredentialKind::VaultToken), expires_at };
        }
        if let Some(lease) = response.lease_id.as_deref() {
            let data = response.data.as_ref();
            let expiration = data.and_then(|data| data.expiration_secs).filter(|secs| *secs > 0);
            let ends = expiration.map(EventTime::from_secs);
            let expires_at = ends.or_else(|| after(time, data?.ttl_secs));
            return Self { credential: Some(lease), kind: Some(CredentialKind::Lease), expires_at };
        }
        if meaning.class == ActionClass::SecretRead && meaning.resource_kind != "vault.wrapping" {
            let kind = Some(CredentialKind::StoredSecret);
            return Self { credential: Some(resource), kind, expires_at: None };
        }
        if let Some(data) = &response.data
            && let Some(accessor) = data.secret_id_accessor.as_deref()
            && matches!(meaning.resource_kind, "vault.secret_id" | "vault.wrapping")
        {
            let expires_at = after(time, data.secret_id_ttl_secs);
            return Self { credential: Some(accessor), kind: Some(CredentialKind::StaticKey), expires_at };
        }
        let wrapped = wrap.and_then(|wrap| wrap.wrapped_accessor.as_deref());
        Self { credential: wrapped, kind: without_id(meaning, wrapped.is_some()), expires_at: None }
    }

    /// The token that a response was wrapped in.
    pub(super) fn wrapping(response: &'a Response<'_>, time: EventTime) -> Option<Self> {
        let wrap = response.wrap.as_ref()?;
        Some(Self {
            credential: Some(wrap.accessor.as_deref()?),
            kind: Some(CredentialKind::VaultToken),
            expires_at: after(time, wrap.ttl_secs),
        })
    }
}

/// The kind of what an issuing request hands out where the response itself does not show it.
fn without_id(meaning: Meaning, is_wrapped: bool) -> Option<CredentialKind> {
    let issues = meaning.class == ActionClass::CredentialIssue;
    match meaning.resource_kind {
        "vault.secret_id" if is_wrapped => Some(CredentialKind::StaticKey),
        "vault.certificate" if issues => Some(CredentialKind::Certificate),
        "vault.oidc_token" if issues => Some(CredentialKind::OidcToken),
        _ if is_wrapped => Some(CredentialKind::VaultToken),
        _ => None,
    }
}

/// A moment some seconds later; a time to live of zero is none.
pub(super) fn after(time: EventTime, secs: Option<i64>) -> Option<EventTime> {
    let secs = secs.filter(|secs| *secs > 0)?;
    Some(time.plus_micros(secs.saturating_mul(SECOND_MICROS)))
}
