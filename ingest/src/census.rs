//! Who is there: the workloads of some logs with their identities, credentials, ages and gaps, for `ambit inventory`.
//! A pure accumulator over resolved batches. The same rows give the same report in any order and cut; it reads no
//! clock, so ages are as of the last event.
//!
//! Rows are counted as they come. Repeats of an event in other files count again: telling them apart is the
//! detector's part. So is lineage: an entity of Vault whose role another record shows, or the unique id of a role in
//! another account, stands here under [`Report::unresolved`].

mod binding;
mod join;
mod kept;
mod report;
mod seen;

pub use binding::{Evidence, How, Name, NameKind};
pub use report::{BindingEntry, CredentialEntry, Gap, IdentityEntry, Report, WorkloadEntry};
pub use seen::Span;

use std::collections::BTreeSet;

use ambit_schemas::event::Rows;
use ambit_schemas::inventory::PLATFORM;
use ambit_schemas::vocabulary::{CredentialKind, Outcome, PrincipalKind, Source, Vocabulary};
use ambit_schemas::{Column, EventBatch, EventTime, Inventory};

use crate::distinct::Distinct;
use binding::{Binding, Shown};
use kept::Kept;
use seen::{CredentialKey, CredentialSeen, IdentityKey, Seen, is_static};

/// Workloads kept: those of the inventory first, then by name.
const WORKLOADS: usize = 100_000;
/// Identities kept of which only lineage knows the workload.
const UNRESOLVED: usize = 4_096;
/// Issues of static credentials kept, for the age of those that are used.
const ISSUES: usize = 65_536;
/// Bindings kept.
const BINDINGS: usize = 16_384;
/// A cluster that no label names.
const UNKNOWN: &str = "-";

/// Whether it is discovered, and its name: the inventory's come first.
type WorkloadKey = (bool, String);

/// Walks resolved batches.
#[derive(Debug)]
pub struct Census<'i> {
    inventory: &'i Inventory,
    registered: BTreeSet<&'i str>,
    workloads: Kept<WorkloadKey, Seen>,
    unresolved: Kept<IdentityKey, Span>,
    issues: Kept<String, CredentialSeen>,
    bindings: Kept<Binding, Shown>,
    cluster: &'i str,
    platform_events: u64,
    nameless_events: u64,
    all: Span,
}

const WHO: [Column; 5] =
    [Column::Workload, Column::Source, Column::PrincipalKind, Column::Principal, Column::PrincipalAlias];
const WITH: [Column; 4] = [Column::Workload, Column::Environment, Column::Credential, Column::CredentialKind];
const HANDED: [Column; 4] =
    [Column::IssuedCredential, Column::IssuedKind, Column::TargetWorkload, Column::Outcome];

fn word<V: Vocabulary>(text: Option<&str>) -> Option<V> {
    let index = V::NAMES.iter().position(|name| Some(*name) == text)?;
    V::from_index(index)
}

impl<'i> Census<'i> {
    /// An empty census against an inventory; the batches must have been resolved by the same. `cluster` is the one whose
    /// service accounts the other planes' logs mean, where somebody said it.
    pub fn new(inventory: &'i Inventory, cluster: Option<&'i str>) -> Self {
        Self {
            inventory,
            registered: inventory.workloads.iter().map(|workload| workload.name.as_str()).collect(),
            workloads: Kept::new(WORKLOADS),
            unresolved: Kept::new(UNRESOLVED),
            issues: Kept::new(ISSUES),
            bindings: Kept::new(BINDINGS),
            cluster: cluster.unwrap_or(UNKNOWN),
            platform_events: 0,
            nameless_events: 0,
            all: Span::default(),
        }
    }

    /// Takes in a resolved batch.
    pub fn add(&mut self, batch: &EventBatch) {
        let times = batch.times();
        let unknown = batch.dict(Column::Outcome);
        // A request of Vault says not how it ended; its response is the row that counts.
        let counts = |row: usize| unknown.get(row) != Some(Outcome::Unknown.as_str());
        let note = |span: &mut Span, row: usize| span.note(EventTime(times[row]), counts(row));
        let who = Distinct::of(batch, WHO);
        for (texts, span) in who.texts(batch, WHO).zip(who.sums::<Span>(note)) {
            self.note_identity(texts, &span);
        }
        let with = Distinct::of(batch, WITH);
        let sums = with.sums::<CredentialSeen>(|seen, row| {
            note(&mut seen.span, row);
            seen.issued(batch.time(Column::CredentialIssuedAt, row));
        });
        for (texts, seen) in with.texts(batch, WITH).zip(&sums) {
            self.note_use(texts, seen);
        }
        let handed = Distinct::of(batch, HANDED);
        let sums = handed.sums::<CredentialSeen>(|seen, row| seen.issued(Some(EventTime(times[row]))));
        for (texts, seen) in handed.texts(batch, HANDED).zip(&sums) {
            self.note_issue(texts, seen);
        }
        self.note_bindings(batch);
    }

    /// A binding is shown by few rows, and by which, an analyst wants to know: rows are looked at one by one.
    fn note_bindings(&mut self, batch: &EventBatch) {
        // A checked batch has rows; that it has none is no reason to stop.
        let Ok(rows) = Rows::new(batch) else { return };
        for row in (0..batch.len()).map(|row| rows.get(row)) {
            for binding in binding::of(&row, self.cluster) {
                let Some(shown) = self.bindings.entry(binding) else { continue };
                let (time, source, event_id) = (row.time, row.source, row.event_id.to_owned());
                shown.note(Evidence { time, source, event_id }, row.issued_expires_at);
            }
        }
    }

    fn workload(&mut self, name: &str) -> Option<&mut Seen> {
        let registered = self.registered.contains(name);
        self.workloads.entry((!registered, name.to_owned()))
    }

    fn note_identity(&mut self, [workload, source, kind, principal, alias]: [Option<&str>; 5], span: &Span) {
        self.all.add(span);
        let Some(source) = word::<Source>(source) else { return };
        let kind = word::<PrincipalKind>(kind);
        let identity = principal.or(alias).map(|name| (source, kind, name.to_owned()));
        let into = match (workload, identity) {
            (Some(PLATFORM), _) => {
                self.platform_events += span.events;
                return;
            }
            (Some(name), identity) => {
                let Some(seen) = self.workload(name) else { return };
                seen.span.add(span);
                identity.and_then(|identity| seen.identities.entry(identity))
            }
            (None, Some(identity)) => self.unresolved.entry(identity),
            (None, None) => {
                self.nameless_events += span.events;
                return;
            }
        };
        if let Some(into) = into {
            into.add(span);
        }
    }

    fn note_use(
        &mut self,
        [workload, environment, credential, kind]: [Option<&str>; 4],
        used: &CredentialSeen,
    ) {
        let Some(name) = workload.filter(|name| *name != PLATFORM) else { return };
        let Some(seen) = self.workload(name) else { return };
        if let Some(environment) = environment {
            *seen.environments.entry(environment.to_owned()).or_default() += used.span.events;
        }
        let key = credential.map(|id| CredentialKey::new(id, word::<CredentialKind>(kind)));
        if let Some(entry) = key.and_then(|key| seen.credentials.entry(key)) {
            entry.span.add(&used.span);
            entry.issued(used.issued_at);
        }
    }

    /// A static credential that was handed out: its age counts from here, and it is its owner's even if never used.
    fn note_issue(
        &mut self,
        [credential, kind, target, outcome]: [Option<&str>; 4],
        issued: &CredentialSeen,
    ) {
        let kind = word::<CredentialKind>(kind).filter(|kind| is_static(*kind));
        let (Some(id), Some(kind), Some(Outcome::Success)) = (credential, kind, word::<Outcome>(outcome))
        else {
            return;
        };
        if let Some(issue) = self.issues.entry(id.to_owned()) {
            issue.issued(issued.issued_at);
        }
        let Some(owner) = target.filter(|name| *name != PLATFORM) else { return };
        let key = CredentialKey::new(id, Some(kind));
        if let Some(entry) = self.workload(owner).and_then(|seen| seen.credentials.entry(key)) {
            entry.issued(issued.issued_at);
        }
    }
}

#[cfg(test)]
mod tests;
