//! From a credential back to its root: who asked for what with which credential.

use ambit_schemas::Column;
use ambit_schemas::finding::Hop;
use ambit_schemas::ruleset::Parameter;

use super::credential::Credential;
use super::issue::{Issue, SecretHop};
use super::table::Credentials;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::Symbols;

/// The way into a chain where no log shows it: the credential was there, and was used.
pub(super) const IN_USE: &str = "in use";

/// A step of the walk from a credential towards its root.
#[derive(Debug, Clone, Copy)]
struct Step<'a> {
    /// `None` for somebody who asked for a credential without showing one.
    id: Option<&'a str>,
    /// How it came to who used it, if that was from a secret.
    hop: Option<&'a SecretHop>,
    /// What was issued with it: all that is known of it where its own record is gone.
    issued: Option<&'a Issue>,
}

impl<'a> Step<'a> {
    /// The step above a credential.
    fn above(held: &'a Credential) -> Option<Self> {
        let issue = held.lineage()?;
        let is_other = issue.by.map_or(issue.principal.is_some(), |by| Some(by) != held.holder);
        let above = Self { id: issue.parent.as_deref(), hop: issue.hop.as_deref(), issued: Some(issue) };
        (issue.parent.is_some() || is_other).then_some(above)
    }

    fn hop(&self, held: Option<&Credential>, symbols: &Symbols) -> Option<Hop> {
        let own = held.and_then(Credential::lineage);
        let by = self.issued.and_then(|issued| issued.by).or(held.and_then(|held| held.holder));
        let principal = |issue: Option<&Issue>| issue.and_then(|issue| issue.principal.clone());
        let name = |symbol| symbols.text(symbol).to_owned();
        let workload = by
            .map(name)
            .or_else(|| principal(self.issued))
            .or_else(|| own.and_then(|issue| issue.by).map(name))
            .or_else(|| principal(own));
        // Each hop is one event: the one that handed the credential out, else one that it was used for.
        let shown = own.or(self.issued);
        Some(Hop {
            workload: workload.unwrap_or_else(|| "-".to_owned()),
            credential: self.id.map(str::to_owned),
            via: own.map_or(IN_USE, |issue| &issue.action).to_owned(),
            time: shown.map(|issue| issue.time).or(held.and_then(|held| held.first_used))?,
            event_id: shown.map(|issue| issue.event_id.clone()).unwrap_or_default(),
        })
    }
}

/// The chain that led to a credential, root first, the credential itself last; empty for an unknown one. `hop` says that
/// it came to its user from a secret. At most as many hops as the rules say; a chain that bites its own tail ends there.
pub(super) fn chain(
    credentials: &Credentials,
    id: &str,
    hop: Option<&SecretHop>,
    scene: &Scene<'_>,
) -> Vec<Hop> {
    let most = scene.rules.count(Parameter::RoleChainDepth);
    let mut hops: Vec<Hop> = Vec::new();
    let mut next = credentials.get(id).map(|_| Step { id: Some(id), hop, issued: None });
    while let Some(step) = next.take().filter(|_| hops.len() < most) {
        if step.id.is_some() && hops.iter().any(|hop| hop.credential.as_deref() == step.id) {
            break;
        }
        let held = step.id.and_then(|id| credentials.get(id));
        let Some(hop) = step.hop(held, scene.symbols) else { break };
        hops.push(hop);
        let Some(secret) = step.hop else {
            next = held.and_then(Step::above);
            continue;
        };
        if hops.len() < most {
            hops.push(reading(secret, scene.symbols));
        }
        let token = secret.credential.as_deref().and_then(|token| credentials.get(token));
        next = token.and_then(Step::above);
    }
    hops.reverse();
    hops
}

/// The hop of who read a secret.
fn reading(hop: &SecretHop, symbols: &Symbols) -> Hop {
    Hop {
        workload: symbols.text(hop.reader).to_owned(),
        credential: hop.credential.clone(),
        via: format!("read {}", hop.secret),
        time: hop.time,
        event_id: hop.event_id.clone(),
    }
}

/// The chain up to an event: the event is its last hop, in the place of how its credential came to be.
pub(super) fn up_to(
    credentials: &Credentials,
    hop: Option<&SecretHop>,
    row: &Row<'_>,
    scene: &Scene<'_>,
) -> Vec<Hop> {
    let id = row.text(Column::Credential);
    let mut path = id.map(|id| chain(credentials, id, hop, scene)).unwrap_or_default();
    path.pop();
    path.push(here(row, scene));
    path
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

/// The credential that ties the findings of a path together: the first that is known.
pub(super) fn root_credential(path: &[Hop]) -> Option<String> {
    path.iter().find_map(|hop| hop.credential.clone())
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
