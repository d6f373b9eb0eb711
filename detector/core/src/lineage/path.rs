//! From a credential back to its root: who asked for what with which credential.

use ambit_schemas::Column;
use ambit_schemas::finding::Hop;

use super::credential::Credentials;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::Symbols;

/// The chain of credentials that led to one, root first, the credential itself last; empty for an unknown one. At most
/// `most` hops; a chain that bites its own tail ends there.
pub(super) fn chain(credentials: &Credentials, id: &str, most: usize, symbols: &Symbols) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut next = Some(id.to_owned());
    while let Some(id) = next.take().filter(|_| hops.len() < most) {
        let Some(held) = credentials.get(&id) else { break };
        if hops.iter().any(|hop| hop.credential.as_deref() == Some(&*id)) {
            break;
        }
        let issue = held.issue.as_ref();
        let owner = held.holder.or(issue.and_then(|issue| issue.by));
        let Some(time) = issue.map(|issue| issue.time).or(held.first_used) else { break };
        hops.push(Hop {
            workload: owner.map_or_else(|| "-".to_owned(), |owner| symbols.text(owner).to_owned()),
            credential: Some(id),
            via: issue.map_or_else(|| "first use".to_owned(), |issue| issue.action.clone()),
            time,
            event_id: issue.map(|issue| issue.event_id.clone()).unwrap_or_default(),
        });
        next = issue.and_then(|issue| issue.parent.clone());
    }
    hops.reverse();
    hops
}

/// The hop that the event itself is.
pub(super) fn here(row: &Row<'_>, scene: &Scene<'_>) -> Hop {
    Hop {
        workload: scene.name.to_owned(),
        credential: row.text(Column::Credential).map(str::to_owned),
        via: scene.word(row.ids.action).to_owned(),
        time: row.time,
        event_id: row.event_id().to_owned(),
    }
}

/// What to revoke, in the order of the path: cutting the root first stops new leaves.
pub(super) fn revoke_from_root(draft: &mut Draft) {
    let along = draft.path.iter().filter_map(|hop| hop.credential.clone());
    let mut revoke = Vec::new();
    for id in along.chain(std::mem::take(&mut draft.revoke)) {
        if !revoke.contains(&id) {
            revoke.push(id);
        }
    }
    draft.revoke = revoke;
}
