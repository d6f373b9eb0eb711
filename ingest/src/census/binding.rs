//! What one record shows of two identities at once: that whoever holds the one acts as the other. This is what joins a
//! workload's names on the planes, and nothing here is guessed: each binding has the events that show it.

use ambit_schemas::inventory::IdentityKey;
use ambit_schemas::vocabulary::{ActionClass, Outcome, PrincipalKind, Source};
use ambit_schemas::{EventRow, EventTime};

use super::seen::Span;
use crate::subject::service_account;

/// How a record shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// A role of AWS was taken with a token of another issuer.
    WebIdentity,
    /// A service account of Google Cloud was used by an identity of another issuer.
    WorkloadIdentity,
    /// An application of Entra signed in with a federated credential.
    FederatedCredential,
    /// Another plane's identity logged in to Vault.
    VaultLogin,
    /// Telemetry names both.
    Telemetry,
    /// A service account of a cluster was given an identity of a cloud.
    Annotation,
    /// A record of Entra or Azure names an application and the object that stands for it in a tenant.
    ObjectId,
}

/// What sort of name a side of a binding is; the inventory's key for it, where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// `cluster/namespace/name`, `-` where the record does not say.
    K8sServiceAccount,
    /// `cluster/namespace`.
    K8sNamespace,
    /// A role's ARN.
    AwsRole,
    /// An e-mail.
    GcpServiceAccount,
    /// An application id.
    AzureApp,
    /// The id of a service principal's object.
    EntraObject,
    /// The id of a federated credential.
    FederatedCredential,
    /// `mount/role`.
    VaultRole,
    /// An agent's name.
    Agent,
    /// An agent's id, or the program that it runs in.
    AgentAlias,
    /// A `service.name`.
    Service,
    /// The subject of a token of any other issuer.
    Subject,
}

/// A side of a binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// What sort of name it is.
    pub kind: NameKind,
    /// The name.
    pub text: String,
}

/// An event that shows a binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// When it happened.
    pub time: EventTime,
    /// Its log.
    pub source: Source,
    /// Its id there.
    pub event_id: String,
}

/// Who acts (`holder`) as whom (`acts_as`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Binding {
    pub(super) how: How,
    pub(super) holder: Name,
    pub(super) acts_as: Name,
}

/// The events that show a binding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    pub(super) span: Span,
    /// The first and the last event; of several at one moment, the first and the last by log and id.
    pub(super) events: Option<(Evidence, Evidence)>,
    /// When the last credential ends that was handed out with it.
    pub(super) until: Option<EventTime>,
}

impl How {
    /// The name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebIdentity => "web_identity",
            Self::WorkloadIdentity => "workload_identity",
            Self::FederatedCredential => "federated_credential",
            Self::VaultLogin => "vault_login",
            Self::Telemetry => "telemetry",
            Self::Annotation => "annotation",
            Self::ObjectId => "object_id",
        }
    }
}

impl NameKind {
    /// The name of it; the inventory's own word where it has one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::K8sServiceAccount => "k8s_service_account",
            Self::K8sNamespace => "k8s_namespace",
            Self::AwsRole => "aws_role",
            Self::GcpServiceAccount => "gcp_service_account",
            Self::AzureApp => "azure_app",
            Self::EntraObject => "entra_object",
            Self::FederatedCredential => "federated_credential",
            Self::VaultRole => "vault_role",
            Self::Agent => "agent",
            Self::AgentAlias => "agent_alias",
            Self::Service => "service",
            Self::Subject => "subject",
        }
    }
}

impl Name {
    fn new(kind: NameKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// Under which key the inventory would have it.
    pub(super) fn key(&self) -> Option<IdentityKey<'_>> {
        let text = self.text.as_str();
        Some(match self.kind {
            NameKind::K8sServiceAccount => IdentityKey::K8sServiceAccount(text),
            NameKind::AwsRole => IdentityKey::AwsRole(text),
            NameKind::GcpServiceAccount => IdentityKey::GcpServiceAccount(text),
            NameKind::AzureApp => IdentityKey::AzureApp(text),
            NameKind::VaultRole => IdentityKey::VaultRole(text),
            NameKind::Agent => IdentityKey::Agent(text),
            NameKind::Service => IdentityKey::Service(text),
            NameKind::K8sNamespace
            | NameKind::FederatedCredential
            | NameKind::EntraObject
            | NameKind::AgentAlias
            | NameKind::Subject => return None,
        })
    }

    /// The subject of a token, whoever issued it: a service account of a cluster, or what the issuer calls it.
    fn of_subject(subject: &str, cluster: &str) -> Self {
        match service_account(subject) {
            Some((namespace, name)) => {
                Self::new(NameKind::K8sServiceAccount, format!("{cluster}/{namespace}/{name}"))
            }
            None if subject.starts_with("arn:") => Self::new(NameKind::AwsRole, subject),
            None if is_gcp_account(subject) => Self::new(NameKind::GcpServiceAccount, subject),
            None => Self::new(NameKind::Subject, subject),
        }
    }
}

impl Shown {
    pub(super) fn note(&mut self, evidence: Evidence, until: Option<EventTime>) {
        self.span.note(evidence.time, true);
        self.until = self.until.max(until);
        self.events = Some(match self.events.take() {
            None => (evidence.clone(), evidence),
            Some((first, last)) => (first.min(evidence.clone()), last.max(evidence)),
        });
    }
}

fn is_gcp_account(text: &str) -> bool {
    text.contains('@') && text.ends_with(".gserviceaccount.com")
}

/// The bindings that a row shows. What was refused shows none; `cluster` is that of the service accounts.
pub(super) fn of(row: &EventRow<'_>, cluster: &str) -> Vec<Binding> {
    if row.outcome != Outcome::Success {
        return Vec::new();
    }
    match row.source {
        Source::AwsCloudtrail => web_identity(row, cluster).into_iter().collect(),
        Source::GcpAudit => workload_identity(row, cluster),
        Source::EntraSignin => federated(row).into_iter().chain(object_id(row)).collect(),
        Source::EntraAudit | Source::AzureActivity | Source::AzureKeyvault => {
            object_id(row).into_iter().collect()
        }
        Source::K8sAudit => annotation(row).into_iter().collect(),
        Source::VaultAudit => vault_login(row, cluster).into_iter().collect(),
        Source::OtelGenai => telemetry(row),
        _ => Vec::new(),
    }
}

/// The call that takes the role shows both, and so does each call of a session that was begun so.
fn web_identity(row: &EventRow<'_>, cluster: &str) -> Option<Binding> {
    let (subject, role) = match (row.auth_method?, row.action_class) {
        ("web_identity", ActionClass::Assume) => (row.principal?, row.resource?),
        ("web_identity", _) => (row.principal_alias?, row.principal?),
        _ => return None,
    };
    let is_role = role.starts_with("arn:") && role.contains(":role/");
    // Without federation data the alias is the unique id of the role itself.
    (is_role && !subject.starts_with("AROA")).then(|| Binding {
        how: How::WebIdentity,
        holder: Name::of_subject(subject, cluster),
        acts_as: Name::new(NameKind::AwsRole, role),
    })
}

fn workload_identity(row: &EventRow<'_>, cluster: &str) -> Vec<Binding> {
    let bound = |subject: &str, account: &str| {
        let is_foreign = subject.contains("/workloadIdentityPools/") || subject.contains(".svc.id.goog[");
        (is_foreign && is_gcp_account(account)).then(|| Binding {
            how: How::WorkloadIdentity,
            holder: Name::of_subject(subject, cluster),
            acts_as: Name::new(NameKind::GcpServiceAccount, account),
        })
    };
    let principal = row.principal.unwrap_or_default();
    if row.action_class == ActionClass::CredentialIssue {
        // The resource may have the account's number for its name; then the account is told beside it.
        let named = row.resource.and_then(|resource| resource.rsplit('/').next());
        let account = named.filter(|name| is_gcp_account(name)).or(row.target_workload);
        return account.and_then(|account| bound(principal, account)).into_iter().collect();
    }
    // The outermost of a chain is who began; a pool's identity stands nowhere else.
    row.on_behalf_of.iter().filter_map(|subject| bound(subject, principal)).collect()
}

fn federated(row: &EventRow<'_>) -> Option<Binding> {
    (row.auth_method == Some("workload_identity")).then_some(())?;
    Some(Binding {
        how: How::FederatedCredential,
        holder: Name::new(NameKind::FederatedCredential, row.credential?),
        acts_as: Name::new(NameKind::AzureApp, row.principal?),
    })
}

/// The application goes by the object's id in records that name nothing else.
fn object_id(row: &EventRow<'_>) -> Option<Binding> {
    let kind = row.principal_kind?;
    matches!(kind, PrincipalKind::ServicePrincipal | PrincipalKind::ManagedIdentity).then_some(())?;
    Some(Binding {
        how: How::ObjectId,
        holder: Name::new(NameKind::EntraObject, row.principal_alias?),
        acts_as: Name::new(NameKind::AzureApp, row.principal?),
    })
}

/// `ml/rag/eks.amazonaws.com/role-arn=arn:…`, in the account `cluster/ml`.
fn annotation(row: &EventRow<'_>) -> Option<Binding> {
    (row.resource_kind == Some("k8s.cloud_identity")).then_some(())?;
    let (account, identity) = row.resource?.split_once('=')?;
    let (namespace, account) = account.split_once('/')?;
    let (name, annotation) = account.split_once('/')?;
    let kind = match annotation {
        "eks.amazonaws.com/role-arn" => NameKind::AwsRole,
        "iam.gke.io/gcp-service-account" => NameKind::GcpServiceAccount,
        "azure.workload.identity/client-id" => NameKind::AzureApp,
        _ => return None,
    };
    let cluster = row.account?.strip_suffix(namespace)?;
    Some(Binding {
        how: How::Annotation,
        holder: Name::new(NameKind::K8sServiceAccount, format!("{cluster}{namespace}/{name}")),
        acts_as: Name::new(kind, identity),
    })
}

fn vault_login(row: &EventRow<'_>, cluster: &str) -> Option<Binding> {
    let role = row.principal.filter(|role| role.contains('/'))?;
    Some(Binding {
        how: How::VaultLogin,
        holder: Name::of_subject(row.on_behalf_of.first()?, cluster),
        acts_as: Name::new(NameKind::VaultRole, role),
    })
}

fn telemetry(row: &EventRow<'_>) -> Vec<Binding> {
    let Some(principal) = row.principal else { return Vec::new() };
    let kind = match row.principal_kind {
        Some(PrincipalKind::Agent) => NameKind::Agent,
        _ => NameKind::Service,
    };
    let name = Name::new(kind, principal);
    let alias = row.principal_alias.map(|alias| Name::new(NameKind::AgentAlias, alias));
    // An account of a cloud has no slash in it.
    let namespace = row.account.filter(|account| account.contains('/'));
    let namespace = namespace.map(|place| Name::new(NameKind::K8sNamespace, place));
    let holders = alias.into_iter().chain(namespace);
    holders.map(|holder| Binding { how: How::Telemetry, holder, acts_as: name.clone() }).collect()
}

#[cfg(test)]
mod tests;
