//! Who acted, with which credential, for whom.

use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind};

use super::entry::{Entry, Payload};
use super::meaning;
use super::names;
use crate::decode::pieces::{around, around_last};
use crate::remembered::Remembered;

/// The identity columns of a row.
#[derive(Debug, Default)]
pub(super) struct Who<'e> {
    pub(super) principal: Option<&'e str>,
    pub(super) kind: Option<PrincipalKind>,
    pub(super) alias: Option<&'e str>,
    /// Nearest first.
    pub(super) chain: Vec<&'e str>,
    pub(super) credential: Option<&'e str>,
    pub(super) credential_kind: Option<CredentialKind>,
    pub(super) auth_method: Option<&'static str>,
}

impl<'e> Who<'e> {
    pub(super) fn of(payload: &'e Payload<'_>, kinds: &mut Kinds) -> Self {
        let subject = payload.subject.as_deref().map(name);
        let principal = payload.email.as_deref().or(subject).or(payload.authority.as_deref());
        let mut who = Self {
            principal,
            kind: principal.map(|principal| kinds.of(principal, payload.subject.as_deref())),
            // The log has them in the order in which they came in.
            chain: payload
                .delegates
                .iter()
                .rev()
                .filter_map(|delegate| delegate.as_deref().map(name))
                .collect(),
            ..Self::default()
        };
        who.chain.retain(|name| Some(*name) != principal);
        // What a cluster's own token says of itself stands behind the pool: it is a name of the same identity.
        let federated = subject.filter(|subject| around(subject, "/workloadIdentityPools/").is_some());
        who.alias = federated.and_then(|subject| around_last(subject, "/subject/")).map(|(_, name)| name);
        who.credential(payload, federated.is_some());
        who
    }

    fn credential(&mut self, payload: &'e Payload<'_>, is_federated: bool) {
        (self.credential_kind, self.auth_method) = if let Some(name) = payload.key_name.as_deref() {
            self.credential = Some(names::key(name));
            (Some(CredentialKind::StaticKey), Some("service_account_key"))
        } else if !self.chain.is_empty() {
            (Some(CredentialKind::OauthToken), Some("impersonation"))
        } else if is_federated {
            (Some(CredentialKind::OidcToken), Some("workload_identity"))
        } else if payload.has_oauth_client {
            (Some(CredentialKind::OauthToken), Some("oauth"))
        } else {
            (None, None)
        };
    }
}

/// A subject without its kind; a federated one says where it is from, and stays whole.
fn name(subject: &str) -> &str {
    match subject.split_once(':') {
        Some(("serviceAccount" | "user", name)) => name,
        _ => subject,
    }
}

/// What sorts of identities names are, as far as a name says it: to tell Google's own takes some patterns.
#[derive(Debug, Default)]
pub(super) struct Kinds(Remembered<Option<PrincipalKind>>);

impl Kinds {
    fn of(&mut self, principal: &str, subject: Option<&str>) -> PrincipalKind {
        if let Some(kind) = *self.0.of(principal, || kind(principal)) {
            return kind;
        }
        if subject.is_some_and(|subject| subject.starts_with("serviceAccount:")) {
            return PrincipalKind::ServiceAccount;
        }
        let is_cluster_user = principal.starts_with("system:");
        if is_cluster_user { PrincipalKind::User } else { PrincipalKind::Human }
    }
}

/// What sort of identity a name is, if the name alone says it.
fn kind(principal: &str) -> Option<PrincipalKind> {
    if meaning::is_service_agent(principal) {
        return Some(PrincipalKind::Service);
    }
    let is_account = principal.ends_with(".gserviceaccount.com")
        || principal.starts_with("system:serviceaccount:")
        || principal.contains("/workloadIdentityPools/")
        || principal.contains(".svc.id.goog[")
        // Agents that Google runs have identities of their own.
        || principal.contains(".system.id.goog/");
    is_account.then_some(PrincipalKind::ServiceAccount)
}

/// The identity that is acted on: the service account whose keys, tokens or policy it is, or that a new thing will act
/// as.
pub(super) fn target<'e>(
    entry: &'e Entry<'_>,
    payload: &'e Payload<'_>,
    kind: &str,
    is_denied: bool,
) -> Option<&'e str> {
    if matches!(kind, "gcp.service_account" | "gcp.service_account_key") {
        let named = payload.resource.as_deref().and_then(names::email);
        return named.or(entry.account_email.as_deref()).or(payload.made_email.as_deref());
    }
    // A permission that was not granted is written without the word.
    payload.acts_as.as_deref().filter(|_| !is_denied).and_then(names::email)
}

/// A member of a policy without its kind: `serviceAccount:a@b` is `a@b`. Everybody is nobody in particular.
pub(super) fn member(text: &str) -> Option<&str> {
    match text.split_once(':') {
        Some(("serviceAccount" | "user" | "group" | "domain", name)) => Some(name),
        Some(("principal" | "principalSet", _)) => Some(text),
        _ => None,
    }
}
