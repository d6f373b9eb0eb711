//! What was seen of one workload.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind, Source};

use super::kept::Kept;

/// Identities kept of a workload.
const IDENTITIES: usize = 256;
/// Credentials kept of a workload: static ones first, because a session ends by itself.
const CREDENTIALS: usize = 256;

/// How often, and from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Rows but requests of Vault, which their responses stand for.
    pub events: u64,
    /// The first and the last moment.
    pub seen: Option<(EventTime, EventTime)>,
}

impl Span {
    pub(super) fn note(&mut self, time: EventTime, counts: bool) {
        self.events += u64::from(counts);
        self.cover(time, time);
    }

    fn cover(&mut self, first: EventTime, last: EventTime) {
        let (held_first, held_last) = self.seen.unwrap_or((first, last));
        self.seen = Some((held_first.min(first), held_last.max(last)));
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.events += other.events;
        if let Some((first, last)) = other.seen {
            self.cover(first, last);
        }
    }
}

/// A credential by what decides whether it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CredentialKey {
    passing: bool,
    pub(super) id: String,
    pub(super) kind: Option<CredentialKind>,
}

impl CredentialKey {
    pub(super) fn new(id: &str, kind: Option<CredentialKind>) -> Self {
        Self { passing: !kind.is_some_and(is_static), id: id.to_owned(), kind }
    }
}

/// Whether a credential of this kind lasts until somebody ends it.
pub(super) const fn is_static(kind: CredentialKind) -> bool {
    matches!(kind, CredentialKind::StaticKey | CredentialKind::ApiKey | CredentialKind::Certificate)
}

/// What is known of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct CredentialSeen {
    pub(super) span: Span,
    pub(super) issued_at: Option<EventTime>,
}

impl CredentialSeen {
    pub(super) fn issued(&mut self, at: Option<EventTime>) {
        self.issued_at = self.issued_at.into_iter().chain(at).min();
    }
}

/// An identity on one plane: the log, its kind, its name there.
pub(super) type IdentityKey = (Source, Option<PrincipalKind>, String);

/// What was seen of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) span: Span,
    pub(super) identities: Kept<IdentityKey, Span>,
    pub(super) credentials: Kept<CredentialKey, CredentialSeen>,
    pub(super) environments: BTreeMap<String, u64>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            span: Span::default(),
            identities: Kept::new(IDENTITIES),
            credentials: Kept::new(CREDENTIALS),
            environments: BTreeMap::new(),
        }
    }
}
