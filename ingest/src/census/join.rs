//! What was seen of one workload under two names. An application of Entra is an object in each directory, and some records
//! name the object only: where a binding says which application that is, what the object did is the application's.

use std::collections::BTreeMap;

use ambit_schemas::vocabulary::{PrincipalKind, Source};

use super::binding::How;
use super::report::{BindingEntry, IdentityEntry, WorkloadEntry};
use super::seen::is_static;

/// Joins discovered workloads that are nothing but such an object to the workloads of their applications.
pub(super) fn objects(workloads: Vec<WorkloadEntry>, bindings: &[BindingEntry]) -> Vec<WorkloadEntry> {
    let mut of_name = BTreeMap::<String, usize>::new();
    for (index, entry) in workloads.iter().enumerate() {
        for identity in entry.identities.iter().filter(|identity| is_entra(identity)) {
            of_name.entry(identity.principal.clone()).or_insert(index);
        }
    }
    let mut workloads = workloads.into_iter().map(Some).collect::<Vec<_>>();
    for BindingEntry { holder, acts_as, .. } in bindings.iter().filter(|binding| binding.how == How::ObjectId)
    {
        let (Some(from), Some(into)) = (of_name.get(&holder.text), of_name.get(&acts_as.text)) else {
            continue;
        };
        let is_object = |identity: &IdentityEntry| is_entra(identity) && identity.principal == holder.text;
        let is_alone =
            |entry: &mut WorkloadEntry| !entry.registered && entry.identities.iter().all(is_object);
        if from == into || workloads.get(*into).is_none_or(Option::is_none) {
            continue;
        }
        let moved = workloads.get_mut(*from).and_then(|entry| entry.take_if(is_alone));
        if let (Some(moved), Some(Some(entry))) = (moved, workloads.get_mut(*into)) {
            take_in(entry, moved);
        }
    }
    workloads.into_iter().flatten().collect()
}

fn is_entra(identity: &IdentityEntry) -> bool {
    matches!(
        identity.source,
        Source::AzureActivity | Source::AzureKeyvault | Source::EntraAudit | Source::EntraSignin
    )
}

fn take_in(entry: &mut WorkloadEntry, other: WorkloadEntry) {
    entry.span.add(&other.span);
    entry.identity_events_left_out += other.identity_events_left_out;
    entry.credentials_left_out |= other.credentials_left_out;
    entry.environments_seen.extend(other.environments_seen);
    entry.environments_seen.sort();
    entry.environments_seen.dedup();
    entry.identities.extend(other.identities);
    entry.identities.sort_by(|left, right| order(left).cmp(&order(right)));
    entry.credentials.extend(other.credentials);
    entry.credentials.sort_by_key(|one| (!one.kind.is_some_and(is_static), one.id.clone()));
}

fn order(identity: &IdentityEntry) -> (Source, Option<PrincipalKind>, &str) {
    (identity.source, identity.kind, &identity.principal)
}
