//! Identities as logs name them, and the patterns that claim them for a workload.

use std::collections::BTreeMap;

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

impl<'a> IdentityKey<'a> {
    /// As the log names it.
    const fn text(self) -> &'a str {
        match self {
            Self::AwsRole(text)
            | Self::AwsUser(text)
            | Self::K8sServiceAccount(text)
            | Self::GcpServiceAccount(text)
            | Self::AzureApp(text)
            | Self::VaultRole(text)
            | Self::Agent(text)
            | Self::Service(text)
            | Self::Spiffe(text) => text,
        }
    }
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

/// The patterns of an inventory, by what stands behind the last `/` or `:` of each: a text that fits ends so too. Of many
/// workloads only those whose pattern ends like the text, or with a `*`, are then tried.
#[derive(Debug)]
pub struct Identities<'i> {
    by_tail: BTreeMap<&'i str, Vec<Claim<'i>>>,
    /// Patterns with a `*` behind the last `/` or `:`.
    loose: Vec<Claim<'i>>,
}

/// A pattern, and the workload that it is of.
#[derive(Debug)]
struct Claim<'i> {
    workload: usize,
    pattern: &'i IdentityPattern,
}

impl<'i> Identities<'i> {
    /// The patterns of these workloads.
    pub fn of(workloads: &'i [Workload]) -> Self {
        let mut identities = Self { by_tail: BTreeMap::new(), loose: Vec::new() };
        for (index, workload) in workloads.iter().enumerate() {
            for pattern in &workload.identities {
                let tail = tail(pattern.glob().as_str());
                let list = if tail.contains('*') {
                    &mut identities.loose
                } else {
                    identities.by_tail.entry(tail).or_default()
                };
                list.push(Claim { workload: index, pattern });
            }
        }
        identities
    }

    /// The workload an identity is: the matching entry with the most literal characters, then the first in the file.
    /// An entry that names a part which the log cannot (`-` for the cluster) fits if it is the only one that does.
    pub fn workload(&self, key: &IdentityKey<'_>) -> Option<Match> {
        let fitting = self.near(key).filter(|claim| claim.pattern.fits(key));
        let fitting =
            fitting.map(|claim| (claim.pattern.glob().literals(), claim.workload)).collect::<Vec<_>>();
        let Some(most) = fitting.iter().map(|(literals, _)| *literals).max() else {
            return self.only_one_without_cluster(key);
        };
        let best = || fitting.iter().filter(|(literals, _)| *literals == most).map(|(_, workload)| *workload);
        let workload = best().min()?;
        Some(Match { workload, tie: best().any(|other| other != workload) })
    }

    /// What may fit.
    fn near(&self, key: &IdentityKey<'_>) -> impl Iterator<Item = &Claim<'i>> {
        self.by_tail.get(tail(key.text())).into_iter().flatten().chain(&self.loose)
    }

    fn only_one_without_cluster(&self, key: &IdentityKey<'_>) -> Option<Match> {
        let fitting = self.near(key).filter(|claim| claim.pattern.fits_without_cluster(key));
        let mut fitting = fitting.map(|claim| claim.workload);
        let workload = fitting.next()?;
        fitting.all(|other| other == workload).then_some(Match { workload, tie: false })
    }
}

/// What stands behind the last `/` or `:`.
fn tail(text: &str) -> &str {
    text.rsplit(['/', ':']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::workload;
    use super::*;

    proptest! {
        #[test]
        fn whatever_fits_is_near(
            patterns in prop::collection::vec("(a|-|\\*)?[/:]?(b|\\*)?(:role/|/)(p/)?[xy*]{0,2}", 1..8),
            text in "(a|-)?[/:]?b?(:role/|/)(p/)?[xy]{0,2}",
        ) {
            type Of = (fn(Glob) -> IdentityPattern, fn(&str) -> IdentityKey<'_>);
            let kinds: [Of; 3] = [
                (IdentityPattern::AwsRole, |text| IdentityKey::AwsRole(text)),
                (IdentityPattern::K8sServiceAccount, |text| IdentityKey::K8sServiceAccount(text)),
                (IdentityPattern::VaultRole, |text| IdentityKey::VaultRole(text)),
            ];
            for (of, key) in kinds {
                let key = key(&text);
                let all = patterns.iter().map(|pattern| workload(pattern, vec![of(Glob::new(pattern))]));
                let all = all.collect::<Vec<_>>();
                let identities = Identities::of(&all);
                let near = identities.near(&key).map(|claim| claim.workload).collect::<Vec<_>>();
                for (index, workload) in all.iter().enumerate() {
                    let pattern = &workload.identities[0];
                    let fits = pattern.fits(&key) || pattern.fits_without_cluster(&key);
                    prop_assert!(near.contains(&index) || !fits, "{pattern:?} {key:?}");
                }
            }
        }
    }
}
