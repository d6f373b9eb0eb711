//! From an identity to the name of its workload.

use std::borrow::Cow;

use ambit_schemas::Inventory;
use ambit_schemas::inventory::{Identities, Match, PLATFORM};
use ambit_schemas::vocabulary::{PrincipalKind, Source};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::identity::{Identity, KeyKind, Named};
use super::place::{Scene, UNKNOWN, is_telemetry};
use crate::decode::Labels;
use crate::subject::service_account;

/// Answers that are kept. When there are more, all are forgotten: they are found again in the same way.
const REMEMBERED: usize = 65_536;

/// Who acted, as a row says it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) source: Source,
    pub(super) kind: Option<PrincipalKind>,
    pub(super) principal: Option<&'a str>,
    pub(super) alias: Option<&'a str>,
    /// The cluster whose service accounts the row names.
    pub(super) cluster: &'a str,
    /// Where it acted.
    pub(super) scene: Scene<'a>,
}

/// How a workload was found, or why there is none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Registered {
        tie: bool,
    },
    Discovered,
    Platform,
    /// The row shows only an id that lineage may know.
    Pending,
    Nameless,
}

/// The answer for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) how: How,
}

/// The inventory's workloads, with what was found before: looking through all patterns is the dear part.
#[derive(Debug)]
pub(super) struct Registry<'i> {
    inventory: &'i Inventory,
    identities: Identities<'i>,
    /// By key of the inventory, then by identity.
    found: [HashMap<Box<str>, Option<Match>, FixedState>; KeyKind::COUNT],
}

impl<'i> Registry<'i> {
    pub(super) fn new(inventory: &'i Inventory) -> Self {
        let identities = Identities::of(&inventory.workloads);
        Self { inventory, identities, found: std::array::from_fn(|_| HashMap::default()) }
    }

    fn find(&mut self, named: &Named<'_>) -> Option<Found<'i>> {
        let Match { workload, tie } = self.look_up(named)?;
        let name = self.inventory.workloads.get(workload)?.name.as_str();
        Some(Found { name: Some(Cow::Borrowed(name)), how: How::Registered { tie } })
    }

    /// The same for who acted. A log of another plane names a service account by a token that any cluster may have issued:
    /// it is not taken for that of a workload which lives elsewhere.
    fn find_actor(&mut self, named: &Named<'_>, who: &Who<'_>, labels: &Labels) -> Option<Found<'i>> {
        let is_foreign = who.source != Source::K8sAudit && !is_telemetry(who.source);
        if is_foreign && named.is_service_account() {
            let Match { workload, .. } = self.look_up(named)?;
            let home = self.inventory.workloads.get(workload)?.environment.as_deref();
            if home.is_some_and(|home| who.scene.is_elsewhere(home, self.inventory, labels)) {
                return None;
            }
        }
        self.find(named)
    }

    fn look_up(&mut self, named: &Named<'_>) -> Option<Match> {
        if self.inventory.workloads.is_empty() {
            return None;
        }
        let (kind, text) = named.kind_and_text()?;
        let found = &mut self.found[kind as usize];
        let known = found.get(text).copied();
        known.unwrap_or_else(|| {
            if found.len() >= REMEMBERED {
                found.clear();
            }
            *found.entry(text.into()).or_insert_with(|| self.identities.workload(&kind.key(text)))
        })
    }

    /// The workload that acted: the inventory by principal, then by alias; else the name that the identity has itself.
    pub(super) fn actor<'a>(&mut self, who: &Who<'a>, labels: &Labels) -> Found<'a>
    where
        'i: 'a,
    {
        let principal = match (who.principal, who.kind) {
            (Some(text), kind) => Some(Identity::of_principal(text, who.source, kind, who.cluster)),
            (None, Some(PrincipalKind::Service)) if !is_telemetry(who.source) => Some(Identity::Platform),
            (None, _) => None,
        };
        if principal == Some(Identity::Platform) {
            return Found::PLATFORM;
        }
        if let Some(Identity::Named(named)) = &principal
            && let Some(found) = self.find_actor(named, who, labels)
        {
            return found;
        }
        let aliases = who.alias.map_or_else(Vec::new, |alias| aliases(alias, who));
        for alias in &aliases {
            if let Identity::Named(named) = alias
                && let Some(found) = self.find_actor(named, who, labels)
            {
                return found;
            }
        }
        let identities = principal.into_iter().chain(aliases).collect::<Vec<_>>();
        let how = if identities.is_empty() { How::Nameless } else { How::Pending };
        let named = identities.into_iter().find_map(|identity| match identity {
            Identity::Named(named) => Some(named.discovered()),
            Identity::Platform | Identity::Unnamed => None,
        });
        named.map_or(Found { name: None, how }, |name| Found { name: Some(name), how: How::Discovered })
    }

    /// The workload that is acted on.
    pub(super) fn target<'a>(&mut self, identity: Identity<'a>) -> Option<Cow<'a, str>>
    where
        'i: 'a,
    {
        match identity {
            Identity::Platform => Found::PLATFORM.name,
            Identity::Unnamed => None,
            Identity::Named(named) => match self.find(&named) {
                Some(found) => found.name,
                None => Some(named.discovered()),
            },
        }
    }
}

impl Found<'_> {
    const PLATFORM: Self = Self { name: Some(Cow::Borrowed(PLATFORM)), how: How::Platform };
}

/// What an alias may be. An agent's second name is its id or its service.
fn aliases<'a>(alias: &'a str, who: &Who<'a>) -> Vec<Identity<'a>> {
    // Google's log does not say whose tokens a pool takes: the operator says which cluster's.
    if who.source == Source::GcpAudit && who.cluster == UNKNOWN && service_account(alias).is_some() {
        return Vec::new();
    }
    if let Some(identity) = Identity::of_form(alias, who.cluster) {
        return vec![identity];
    }
    let kinds: &[KeyKind] = match (is_telemetry(who.source), who.source) {
        (true, _) => &[KeyKind::Agent, KeyKind::Service],
        (false, Source::VaultAudit) => &[KeyKind::VaultRole],
        // An application's second id is that of its object in the directory. A person's is nobody's key.
        (false, Source::AzureActivity | Source::EntraSignin | Source::EntraAudit | Source::AzureKeyvault) => {
            match who.kind {
                Some(PrincipalKind::ServicePrincipal | PrincipalKind::ManagedIdentity) => {
                    &[KeyKind::AzureApp]
                }
                _ => &[],
            }
        }
        (false, _) => &[],
    };
    kinds.iter().map(|kind| Identity::named(Some(*kind), alias)).collect()
}
