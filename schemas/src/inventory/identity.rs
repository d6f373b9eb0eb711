//! Identities as logs name them, and the patterns that claim them for a workload.

use super::{Glob, Workload};

/// A pattern under `identities:`.
#[derive(Debug, Clone, PartialEq)]
pub enum IdentityPattern {
    /// `aws_role`: a role's ARN.
    AwsRole(Glob),
    /// `aws_user`: a user's ARN.
    AwsUser(Glob),
    /// `k8s_service_account`: `cluster/namespace/name`.
    K8sServiceAccount(Glob),
    /// `gcp_service_account`: an e-mail.
    GcpServiceAccount(Glob),
    /// `azure_app`: an application id.
    AzureApp(Glob),
    /// `vault_role`: `mount/name`.
    VaultRole(Glob),
    /// `agent`: the name or id of an agent.
    Agent(Glob),
    /// `service`: the resource attribute `service.name`.
    Service(Glob),
    /// `spiffe`: a SPIFFE id.
    Spiffe(Glob),
}

/// An identity to look up, as the log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKey<'a> {
    /// A role's ARN, path included where the log has it.
    AwsRole(&'a str),
    /// A user's ARN.
    AwsUser(&'a str),
    /// `cluster/namespace/name`, the cluster `-` where unknown.
    K8sServiceAccount(&'a str),
    /// A service account's e-mail.
    GcpServiceAccount(&'a str),
    /// An application id.
    AzureApp(&'a str),
    /// `mount/name`.
    VaultRole(&'a str),
    /// An agent's name or id.
    Agent(&'a str),
    /// A `service.name`.
    Service(&'a str),
    /// A SPIFFE id.
    Spiffe(&'a str),
}

/// Which workload an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Index into [`super::Inventory::workloads`].
    pub workload: usize,
    /// Whether an entry of another workload was equally exact; file order decided.
    pub tie: bool,
}

impl IdentityPattern {
    /// The pattern itself.
    pub const fn glob(&self) -> &Glob {
        match self {
            Self::AwsRole(glob)
            | Self::AwsUser(glob)
            | Self::K8sServiceAccount(glob)
            | Self::GcpServiceAccount(glob)
            | Self::AzureApp(glob)
            | Self::VaultRole(glob)
            | Self::Agent(glob)
            | Self::Service(glob)
            | Self::Spiffe(glob) => glob,
        }
    }

    fn fits(&self, key: &IdentityKey<'_>) -> bool {
        match (self, key) {
            (Self::AwsRole(glob), IdentityKey::AwsRole(arn)) => fits_role(glob, arn),
            (Self::K8sServiceAccount(glob), IdentityKey::K8sServiceAccount(name)) => glob.matches(name),
            (Self::AwsUser(glob), IdentityKey::AwsUser(text))
            | (Self::GcpServiceAccount(glob), IdentityKey::GcpServiceAccount(text))
            | (Self::AzureApp(glob), IdentityKey::AzureApp(text))
            | (Self::VaultRole(glob), IdentityKey::VaultRole(text))
            | (Self::Agent(glob), IdentityKey::Agent(text))
            | (Self::Service(glob), IdentityKey::Service(text))
            | (Self::Spiffe(glob), IdentityKey::Spiffe(text)) => glob.matches(text),
            _ => false,
        }
    }

    /// Whether the pattern fits a service account of a cluster that the log does not name.
    fn fits_without_cluster(&self, key: &IdentityKey<'_>) -> bool {
        let (Self::K8sServiceAccount(glob), IdentityKey::K8sServiceAccount(name)) = (self, key) else {
            return false;
        };
        let (Some((_, pattern)), Some(("-", name))) = (glob.as_str().split_once('/'), name.split_once('/'))
        else {
            return false;
        };
        Glob::new(pattern).matches(name)
    }
}

/// A role's path is ignored: sessions do not show it.
fn fits_role(glob: &Glob, arn: &str) -> bool {
    if glob.matches(arn) {
        return true;
    }
    let (Some(pattern), Some(arn)) = (without_path(glob.as_str()), without_path(arn)) else { return false };
    Glob::new(pattern).matches(&arn)
}

fn without_path(arn: &str) -> Option<String> {
    let (head, tail) = arn.split_once(":role/")?;
    let name = tail.rsplit('/').next().unwrap_or(tail);
    Some(format!("{head}:role/{name}"))
}

pub(super) fn best(workloads: &[Workload], key: &IdentityKey<'_>) -> Option<Match> {
    let mut best: Option<(usize, Match)> = None;
    for (index, workload) in workloads.iter().enumerate() {
        let fitting = workload.identities.iter().filter(|pattern| pattern.fits(key));
        let Some(literals) = fitting.map(|pattern| pattern.glob().literals()).max() else { continue };
        match &mut best {
            Some((held, _)) if *held > literals => {}
            Some((held, found)) if *held == literals => found.tie = true,
            _ => best = Some((literals, Match { workload: index, tie: false })),
        }
    }
    best.map(|(_, found)| found).or_else(|| only_one_without_cluster(workloads, key))
}

fn only_one_without_cluster(workloads: &[Workload], key: &IdentityKey<'_>) -> Option<Match> {
    let mut fitting = workloads
        .iter()
        .enumerate()
        .filter(|(_, workload)| workload.identities.iter().any(|pattern| pattern.fits_without_cluster(key)));
    let (workload, _) = fitting.next()?;
    fitting.next().is_none().then_some(Match { workload, tie: false })
}
