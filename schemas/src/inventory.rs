//! What the operator knows: environments, workloads, secrets, sensitivities, leaks, revocations and change records.
//! Plain checked data with its matching; the YAML is read elsewhere.

mod glob;
mod identity;

pub use glob::Glob;
pub use identity::{Identities, IdentityKey, IdentityPattern, Match};

use crate::time::EventTime;

/// Stands in a workload's place for the clouds' own services: service-linked roles and services acting on their own.
pub const PLATFORM: &str = "platform";

/// The checked inventory. An empty one is valid: everything is discovered then.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Whether an inventory was given at all; without one nothing is unregistered (H06).
    pub given: bool,
    /// Environments, in file order.
    pub environments: Vec<Environment>,
    /// Workloads, in file order.
    pub workloads: Vec<Workload>,
    /// What stored secrets hold.
    pub secrets: Vec<Secret>,
    /// Sensitivity overrides, in file order.
    pub sensitivity: Vec<SensitivityRule>,
    /// Credentials known to have leaked.
    pub leaked: Vec<CredentialNotice>,
    /// Credentials revoked.
    pub revoked: Vec<CredentialNotice>,
    /// Approved change records.
    pub changes: Vec<ChangeRecord>,
}

/// A named environment and the places that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// A place belongs to it when any of these fits.
    pub places: Vec<PlacePattern>,
}

/// One `match` entry: every key given must fit.
#[derive(Debug, Clone, PartialEq)]
pub enum PlacePattern {
    /// An AWS account id.
    AwsAccount(Glob),
    /// A GCP project id.
    GcpProject(Glob),
    /// An Azure subscription id.
    AzureSubscription(Glob),
    /// A Kubernetes cluster, or a namespace in it.
    K8s {
        /// The cluster's name; any when absent.
        cluster: Option<Glob>,
        /// The namespace; any when absent.
        namespace: Option<Glob>,
    },
    /// A Vault namespace.
    VaultNamespace(Glob),
    /// The resource attribute `deployment.environment.name` of telemetry.
    OtelEnvironment(Glob),
}

/// A registered workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Its name, unique.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its home.
    pub environment: Option<String>,
    /// inference, retrieval, orchestrator, tool, evaluation, logging, deployment, training, platform.
    pub component: Option<String>,
    /// The model it runs, as `provider` and `name`.
    pub model: Option<(String, String)>,
    /// Any identity that fits is this workload.
    pub identities: Vec<IdentityPattern>,
    /// The declared reach; `None` means learned only.
    pub boundary: Option<Boundary>,
    /// When it was retired.
    pub retired_at: Option<EventTime>,
}

/// The declared reach of a workload.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Boundary {
    /// What is allowed; anything else breaks the boundary. `None` leaves actions open.
    pub allow: Option<Vec<Allow>>,
    /// Credential kinds that may be used, as named in [`crate::vocabulary::CredentialKind`]; empty means any.
    pub credential_kinds: Vec<crate::vocabulary::CredentialKind>,
    /// The greatest age of a credential at use, in seconds.
    pub credential_max_age_secs: Option<i64>,
}

/// One allowed thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// The action.
    pub action: Glob,
    /// The resource; any when absent.
    pub resource: Option<Glob>,
}

/// A stored secret and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Secret {
    /// Where it is stored, as the canonical event names it: `vault:kv/data/rag/aws`, an ARN pattern.
    pub stored: Glob,
    /// The credential id it holds.
    pub holds: Option<String>,
    /// The workload whose credential it holds.
    pub holds_for: Option<String>,
}

/// A sensitivity override.
#[derive(Debug, Clone, PartialEq)]
pub struct SensitivityRule {
    /// The resource.
    pub resource: Glob,
    /// 0 to 3.
    pub level: u8,
}

/// A credential and a moment: leaked since, revoked at.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialNotice {
    /// The public id.
    pub credential: String,
    /// From when on its use is a finding.
    pub from: EventTime,
}

/// What an approved change was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new version.
    Deploy,
    /// Permissions.
    Permission,
    /// Another model or provider.
    ModelSwap,
    /// Endpoint, routing or capacity.
    Serving,
    /// From one environment to the next.
    Promotion,
    /// New credentials for old.
    Rotation,
}

impl ChangeKind {
    /// The name in the inventory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Permission => "permission",
            Self::ModelSwap => "model_swap",
            Self::Serving => "serving",
            Self::Promotion => "promotion",
            Self::Rotation => "rotation",
        }
    }
}

/// An approved change record; at most seven days long.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRecord {
    /// Its id in the operator's system.
    pub id: String,
    /// The workload it is for.
    pub workload: String,
    /// What it is about.
    pub kind: ChangeKind,
    /// Its first moment.
    pub from: EventTime,
    /// Its last moment.
    pub to: EventTime,
    /// Who approved it.
    pub approved_by: Option<String>,
}

impl Inventory {
    /// The sensitivity an override gives a resource: most literal characters first, then file order.
    pub fn sensitivity(&self, resource: &str) -> Option<u8> {
        let mut best: Option<&SensitivityRule> = None;
        for rule in self.sensitivity.iter().filter(|rule| rule.resource.matches(resource)) {
            if best.is_none_or(|held| rule.resource.literals() > held.resource.literals()) {
                best = Some(rule);
            }
        }
        best.map(|rule| rule.level)
    }

    /// The registered workload of that name.
    pub fn by_name(&self, name: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.name == name)
    }
}

#[cfg(test)]
mod tests;
