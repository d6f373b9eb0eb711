//! Where something happened: the environment, and the cluster.

use ambit_schemas::Inventory;
use ambit_schemas::inventory::{Glob, PlacePattern};
use ambit_schemas::vocabulary::Source;

use crate::decode::Labels;

/// What stands for a cluster or namespace that nobody names.
pub(super) const UNKNOWN: &str = "-";

/// Whether a log tells of other programs' telemetry: its account may be any cloud's, and it may claim an environment.
pub(super) const fn is_telemetry(source: Source) -> bool {
    matches!(source, Source::OtelGenai | Source::McpAudit | Source::Ocsf)
}

/// The place of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) source: Source,
    /// The column `account`. Of Kubernetes it is the cluster, or `cluster/namespace`.
    pub(super) account: Option<&'a str>,
    /// The environment that telemetry claims for itself; other logs claim none.
    claimed: Option<&'a str>,
}

fn known(text: &str) -> Option<&str> {
    (!text.is_empty() && text != UNKNOWN).then_some(text)
}

impl<'a> Scene<'a> {
    /// The place of an event; `environment` is what its decoder put there.
    pub(super) fn new(source: Source, account: Option<&'a str>, environment: Option<&'a str>) -> Self {
        Self { source, account, claimed: environment.filter(|_| is_telemetry(source)) }
    }

    /// Whether `account` may name a cluster.
    const fn is_cluster(self) -> bool {
        matches!(self.source, Source::K8sAudit) || is_telemetry(self.source)
    }

    fn account_or<'l>(self, labels: &'l Labels, label: &str) -> Option<&'l str>
    where
        'a: 'l,
    {
        self.account.and_then(known).or_else(|| labels.get(label).map(String::as_str))
    }

    /// The cluster and the namespace.
    fn cluster<'l>(self, labels: &'l Labels) -> (Option<&'l str>, Option<&'l str>)
    where
        'a: 'l,
    {
        let account = self.account.filter(|_| self.is_cluster()).unwrap_or_default();
        let (cluster, namespace) = account.split_once('/').unwrap_or((account, ""));
        let label = |name: &str| labels.get(name).map(String::as_str);
        (known(cluster).or_else(|| label("cluster")), known(namespace).or_else(|| label("namespace")))
    }

    /// The cluster's name for a service account's.
    pub(super) fn cluster_name<'l>(self, labels: &'l Labels) -> &'l str
    where
        'a: 'l,
    {
        // Telemetry's account may be a cloud's; a cluster is told from it by Kubernetes' own log only.
        let of_log = if matches!(self.source, Source::K8sAudit) { self.cluster(labels).0 } else { None };
        of_log.or_else(|| labels.get("cluster").map(String::as_str)).unwrap_or(UNKNOWN)
    }

    fn fits(self, place: &PlacePattern, labels: &Labels) -> bool {
        use Source as S;
        let is = |glob: &Glob, text: Option<&str>| text.is_some_and(|text| glob.matches(text));
        let of = |sources: &[Source]| is_telemetry(self.source) || sources.contains(&self.source);
        match place {
            PlacePattern::AwsAccount(glob) => {
                of(&[S::AwsCloudtrail, S::AwsBedrockInvocation])
                    && is(glob, self.account_or(labels, "account"))
            }
            PlacePattern::GcpProject(glob) => {
                of(&[S::GcpAudit]) && is(glob, self.account_or(labels, "project"))
            }
            PlacePattern::AzureSubscription(glob) => {
                let azure = [S::AzureActivity, S::EntraSignin, S::EntraAudit, S::AzureKeyvault];
                of(&azure) && is(glob, self.account_or(labels, "subscription"))
            }
            PlacePattern::K8s { cluster, namespace } => {
                let (in_cluster, in_namespace) = self.cluster(labels);
                let part = |glob: &Option<Glob>, text| glob.as_ref().is_none_or(|glob| is(glob, text));
                self.is_cluster() && part(cluster, in_cluster) && part(namespace, in_namespace)
            }
            PlacePattern::VaultNamespace(glob) => {
                let namespace = self.account_or(labels, "namespace");
                let without_slash = namespace.and_then(|namespace| namespace.strip_suffix('/'));
                self.source == S::VaultAudit && (is(glob, namespace) || is(glob, without_slash))
            }
            PlacePattern::OtelEnvironment(glob) => is(glob, self.claimed),
        }
    }

    /// Whether it is known not to be in an environment: that one has places on the plane of this log, and this is none.
    pub(super) fn is_elsewhere(self, environment: &str, inventory: &Inventory, labels: &Labels) -> bool {
        let named = inventory.environments.iter().find(|one| one.name == environment);
        let of_plane = |place: &PlacePattern| {
            matches!(
                (place, self.source),
                (PlacePattern::AwsAccount(_), Source::AwsCloudtrail | Source::AwsBedrockInvocation)
                    | (PlacePattern::GcpProject(_), Source::GcpAudit)
            )
        };
        self.account.is_some()
            && named.is_some_and(|named| named.places.iter().any(of_plane))
            && self.environment(inventory, labels) != Some(environment)
    }

    /// The first environment in file order of which a place fits. What telemetry claims counts if it is the name of
    /// an environment; a claim that nobody declared is none.
    pub(super) fn environment<'i>(self, inventory: &'i Inventory, labels: &Labels) -> Option<&'i str> {
        let mut environments = inventory.environments.iter();
        let here = environments.find(|environment| {
            self.claimed == Some(environment.name.as_str())
                || environment.places.iter().any(|place| self.fits(place, labels))
        });
        here.map(|environment| environment.name.as_str())
    }
}
