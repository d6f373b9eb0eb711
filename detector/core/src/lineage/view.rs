//! Credentials as people look at them: plain data, read and never written.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::CredentialKind;

use super::Lineage;
use super::credential::Credential;
use crate::symbol::{Symbol, Symbols};

/// One credential that the detector remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialView {
    /// Its public id.
    pub id: String,
    /// What it is.
    pub kind: Option<CredentialKind>,
    /// The workload that acts with it.
    pub holder: Option<String>,
    /// The workload at the far end of its chain of parents.
    pub root: Option<String>,
    /// The credential that it was asked for with.
    pub parent: Option<String>,
    /// When it was made, where a record said so.
    pub created: Option<EventTime>,
    /// When it ends, where a record said so.
    pub expires: Option<EventTime>,
    /// When it was taken out of service.
    pub revoked: Option<EventTime>,
    /// Its first use; `None` while it was only handed out.
    pub first_used: Option<EventTime>,
    /// The start of the last UTC day on which it was used, or handed out.
    pub last_day: EventTime,
    /// The workloads that used it, by name.
    pub users: Vec<String>,
    /// Networks that it was used from, as far as they are remembered.
    pub networks: usize,
}

/// All credentials by id.
pub(crate) fn credentials(lineage: &Lineage, symbols: &Symbols) -> Vec<CredentialView> {
    let mut views = lineage.memory.credentials.iter().map(|held| view(held, symbols)).collect::<Vec<_>>();
    views.sort_by(|one, other| one.id.cmp(&other.id));
    views
}

fn view(held: &Credential, symbols: &Symbols) -> CredentialView {
    let name = |symbol: Symbol| symbols.text(symbol).to_owned();
    let mut users = held.users.iter().map(|user| name(user.name)).collect::<Vec<_>>();
    users.sort_unstable();
    CredentialView {
        id: held.id.clone(),
        kind: held.kind,
        holder: held.holder.map(name),
        root: held.root.map(name),
        parent: held.issue.as_ref().and_then(|issue| issue.parent.clone()),
        created: held.created,
        expires: held.expires,
        revoked: held.revoked.as_ref().map(|proof| proof.time),
        first_used: held.first_used,
        last_day: EventTime::from_day(held.last_day()),
        users,
        networks: held.networks.len(),
    }
}
