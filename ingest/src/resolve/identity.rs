//! What an identity in a log is called: in the inventory's terms, and where nobody registered it.

use std::borrow::Cow;

use ambit_schemas::inventory::IdentityKey;
use ambit_schemas::vocabulary::{PrincipalKind, Source};

use super::place::{UNKNOWN, is_telemetry};
use crate::subject::{is_behind_pool, project, service_account};

/// Under which key of the inventory an identity may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    AwsRole,
    AwsUser,
    K8sServiceAccount,
    GcpServiceAccount,
    AzureApp,
    VaultRole,
    Agent,
    Service,
    Spiffe,
}

/// An identity with a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named<'a> {
    /// `None` if no key of the inventory can hold it: a root account, a person.
    kind: Option<KeyKind>,
    text: Cow<'a, str>,
    /// What it is called where nobody registered it, if that is not the same.
    own_name: Option<&'a str>,
}

/// What a text says about who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity<'a> {
    /// Itself.
    Named(Named<'a>),
    /// One of the clouds' own.
    Platform,
    /// An id that only lineage can give a name: an entity, an accessor, AWS's unique id of a role of another account.
    Unnamed,
}

impl KeyKind {
    /// How many there are.
    pub(super) const COUNT: usize = Self::Spiffe as usize + 1;

    /// An identity as the inventory looks it up.
    pub(super) const fn key(self, text: &str) -> IdentityKey<'_> {
        match self {
            Self::AwsRole => IdentityKey::AwsRole(text),
            Self::AwsUser => IdentityKey::AwsUser(text),
            Self::K8sServiceAccount => IdentityKey::K8sServiceAccount(text),
            Self::GcpServiceAccount => IdentityKey::GcpServiceAccount(text),
            Self::AzureApp => IdentityKey::AzureApp(text),
            Self::VaultRole => IdentityKey::VaultRole(text),
            Self::Agent => IdentityKey::Agent(text),
            Self::Service => IdentityKey::Service(text),
            Self::Spiffe => IdentityKey::Spiffe(text),
        }
    }
}

impl<'a> Named<'a> {
    /// What to look up in the inventory.
    pub(super) fn kind_and_text(&self) -> Option<(KeyKind, &str)> {
        Some((self.kind?, &self.text))
    }

    /// Whether it is the service account of a cluster.
    pub(super) fn is_service_account(&self) -> bool {
        self.kind == Some(KeyKind::K8sServiceAccount)
    }

    /// The name of an unregistered workload.
    pub(super) fn discovered(self) -> Cow<'a, str> {
        match (self.kind, self.own_name) {
            (_, Some(name)) => Cow::Borrowed(name),
            (Some(KeyKind::VaultRole), None) => Cow::Owned(format!("vault:{}", self.text)),
            (_, None) => self.text,
        }
    }
}

impl<'a> Identity<'a> {
    /// The identity that acted.
    pub(super) fn of_principal(
        text: &'a str,
        source: Source,
        kind: Option<PrincipalKind>,
        cluster: &str,
    ) -> Self {
        // In telemetry a service is one of the operator's.
        if kind == Some(PrincipalKind::Service) && !is_telemetry(source) {
            return Self::Platform;
        }
        let by_form = Self::of_form(text, cluster);
        // A role of Vault has its mount before it. Without one the text is a name that was given before.
        let kind = key_kind(source, kind).filter(|kind| *kind != KeyKind::VaultRole || text.contains('/'));
        by_form.unwrap_or_else(|| Self::named(kind, text))
    }

    /// An identity that is told by its form alone, whichever log shows it.
    pub(super) fn of_form(text: &'a str, cluster: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("arn:") {
            return Some(of_arn(text, rest));
        }
        if let Some((namespace, name)) = service_account(text)
            && !(cluster == UNKNOWN && is_behind_pool(text))
        {
            let account = Cow::Owned(format!("{cluster}/{namespace}/{name}"));
            // Accounts of one name are not one identity where each pool is another's.
            let own_name = Some(text).filter(|_| cluster == UNKNOWN && project(text).is_some());
            return Some(Self::Named(Named {
                kind: Some(KeyKind::K8sServiceAccount),
                text: account,
                own_name,
            }));
        }
        if text.starts_with("spiffe://") {
            return Some(Self::named(Some(KeyKind::Spiffe), text));
        }
        if text.contains('@') && text.ends_with(".gserviceaccount.com") {
            return Some(Self::named(Some(KeyKind::GcpServiceAccount), text));
        }
        if let Some(role) = text.strip_prefix("vault:") {
            // As this resolver names one that is not registered: a batch may be resolved again.
            return Some(Self::named(Some(KeyKind::VaultRole), role));
        }
        (text.starts_with("entity:") || text.starts_with("accessor:") || is_unique_id(text))
            .then_some(Self::Unnamed)
    }

    pub(super) const fn named(kind: Option<KeyKind>, text: &'a str) -> Self {
        Self::Named(Named { kind, text: Cow::Borrowed(text), own_name: None })
    }

    /// An identity whose name was put together.
    pub(super) const fn made(kind: KeyKind, text: String) -> Self {
        Self::Named(Named { kind: Some(kind), text: Cow::Owned(text), own_name: None })
    }
}

/// The key of a text that has no form of its own.
const fn key_kind(source: Source, kind: Option<PrincipalKind>) -> Option<KeyKind> {
    match (source, kind) {
        (_, Some(PrincipalKind::Human | PrincipalKind::Root)) if !matches!(source, Source::VaultAudit) => {
            None
        }
        (Source::VaultAudit, _) | (_, Some(PrincipalKind::VaultRole)) => Some(KeyKind::VaultRole),
        (_, Some(PrincipalKind::Agent)) => Some(KeyKind::Agent),
        (_, Some(PrincipalKind::Service)) => Some(KeyKind::Service),
        (_, Some(PrincipalKind::ServicePrincipal | PrincipalKind::ManagedIdentity)) => {
            Some(KeyKind::AzureApp)
        }
        (_, Some(PrincipalKind::Spiffe)) => Some(KeyKind::Spiffe),
        (Source::GcpAudit, _) => Some(KeyKind::GcpServiceAccount),
        (Source::K8sAudit, Some(PrincipalKind::ServiceAccount)) => Some(KeyKind::K8sServiceAccount),
        _ => None,
    }
}

/// An ARN; `rest` is what stands after `arn:`.
fn of_arn<'a>(arn: &'a str, rest: &'a str) -> Identity<'a> {
    let resource = rest.splitn(5, ':').nth(4).unwrap_or_default();
    let Some((kind, path)) = resource.split_once('/') else { return Identity::named(None, arn) };
    match kind {
        "role" if path.starts_with("aws-service-role/") => Identity::Platform,
        "role" => Identity::named(Some(KeyKind::AwsRole), arn),
        "user" => Identity::named(Some(KeyKind::AwsUser), arn),
        _ => Identity::named(None, arn),
    }
}

/// AWS's unique id of a role or user, which is all that a record of another account shows of it.
fn is_unique_id(text: &str) -> bool {
    let known = ["AROA", "AIDA"].iter().any(|prefix| text.starts_with(prefix));
    known && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
