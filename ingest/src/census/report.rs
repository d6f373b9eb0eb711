//! The census as it is shown.

use ambit_schemas::inventory::{Identities, Workload};
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind, Source};
use ambit_schemas::{EventTime, Inventory};

use super::binding::{Binding, Evidence, How, Name, Shown};
use super::seen::{CredentialKey, CredentialSeen, IdentityKey, Seen, Span, is_static};
use super::{Census, join};

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The moment that ages are counted to: the last event.
    pub as_of: Option<EventTime>,
    /// Workloads: the inventory's in its order of names, then the discovered ones by name.
    pub workloads: Vec<WorkloadEntry>,
    /// Identities whose workload only the detector's lineage can tell.
    pub unresolved: Vec<IdentityEntry>,
    /// What joins identities across the planes.
    pub bindings: Vec<BindingEntry>,
    /// Whether there were more than the table has room for.
    pub bindings_left_out: bool,
    /// Rows of all.
    pub events: u64,
    /// Rows of the clouds' own services.
    pub platform_events: u64,
    /// Rows that name nobody.
    pub nameless_events: u64,
    /// Rows of workloads or unresolved identities that found no room in the tables.
    pub left_out_events: u64,
}

/// One workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadEntry {
    /// Its name.
    pub name: String,
    /// Whether the inventory has it.
    pub registered: bool,
    /// Who answers for it, by the inventory.
    pub owner: Option<String>,
    /// Its home, by the inventory.
    pub environment: Option<String>,
    /// What it is, by the inventory.
    pub component: Option<String>,
    /// Where it acted, by name.
    pub environments_seen: Vec<String>,
    /// All that was seen of it.
    pub span: Span,
    /// Its identities on each plane.
    pub identities: Vec<IdentityEntry>,
    /// Rows of identities that found no room in the table.
    pub identity_events_left_out: u64,
    /// Its credentials, static ones first.
    pub credentials: Vec<CredentialEntry>,
    /// Whether it had more credentials than the table has room for; sessions go first.
    pub credentials_left_out: bool,
    /// What is not as it should be.
    pub gaps: Vec<Gap>,
}

/// An identity as one log names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityEntry {
    /// The log.
    pub source: Source,
    /// Its kind.
    pub kind: Option<PrincipalKind>,
    /// Its name there.
    pub principal: String,
    /// When and how often.
    pub span: Span,
}

/// Two identities of which records show that who holds the one acts as the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingEntry {
    /// How they show it.
    pub how: How,
    /// Who acts.
    pub holder: Name,
    /// The inventory's workload of that name.
    pub holder_workload: Option<String>,
    /// As whom.
    pub acts_as: Name,
    /// The inventory's workload of that name.
    pub acts_as_workload: Option<String>,
    /// The first and the last event that show it.
    pub evidence: (Evidence, Evidence),
    /// How many do.
    pub events: u64,
    /// From when to when it held, as far as it was seen: to the last event, or to the end of what that handed out.
    pub valid: (EventTime, EventTime),
}

/// A credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialEntry {
    /// The public id.
    pub id: String,
    /// Its kind.
    pub kind: Option<CredentialKind>,
    /// When it was issued, where a record says so.
    pub issued_at: Option<EventTime>,
    /// When it was used; nothing if it was issued only.
    pub span: Span,
    /// Whole days from its issue, else from its first use, to the last event.
    pub age_days: Option<i64>,
}

/// What is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// The inventory has it, and no event shows it.
    NeverSeen,
    /// It acts, and the inventory lacks it. Not said of people, nor without an inventory.
    Unregistered,
    /// The inventory names nobody who answers for it.
    NoOwner,
    /// It acted after it was retired.
    ActsRetired,
    /// Records show that the workload goes by another name too, and the inventory has it nowhere.
    Unlisted {
        /// The name.
        name: Name,
        /// How they show it.
        how: How,
    },
    /// A static credential is older than the limit.
    OldStaticKey {
        /// The public id.
        credential: String,
        /// Its age in whole days.
        age_days: i64,
    },
}

impl Census<'_> {
    /// What was found so far. A static credential is old from `static_age_days` on.
    pub fn report(&self, static_age_days: i64) -> Report {
        let as_of = self.all.seen.map(|(_, last)| last);
        let unseen = Seen::default();
        let mut workloads = Vec::new();
        for workload in &self.inventory.workloads {
            let seen = self.workloads.get(&(false, workload.name.clone())).unwrap_or(&unseen);
            workloads.push(self.entry(&workload.name, Some(workload), seen));
        }
        workloads.sort_by(|left, right| left.name.cmp(&right.name));
        let discovered = self.workloads.iter().filter(|((discovered, _), _)| *discovered);
        workloads.extend(discovered.map(|((_, name), seen)| self.entry(name, None, seen)));
        let identities = Identities::of(&self.inventory.workloads);
        let bindings =
            self.bindings.iter().filter_map(|found| self.binding(found, &identities)).collect::<Vec<_>>();
        let mut workloads = join::objects(workloads, &bindings);
        for entry in &mut workloads {
            entry.find_gaps(self.inventory, static_age_days);
            entry.find_unlisted(&bindings);
        }
        let unresolved = self.unresolved.iter().map(identity).collect::<Vec<_>>();
        let shown = workloads.iter().map(|entry| entry.span.events).sum::<u64>()
            + unresolved.iter().map(|entry| entry.span.events).sum::<u64>();
        let named = self.all.events - self.platform_events - self.nameless_events;
        Report {
            as_of,
            workloads,
            unresolved,
            bindings,
            bindings_left_out: self.bindings.overflowed(),
            events: self.all.events,
            platform_events: self.platform_events,
            nameless_events: self.nameless_events,
            left_out_events: named.saturating_sub(shown),
        }
    }

    fn entry(&self, name: &str, registered: Option<&Workload>, seen: &Seen) -> WorkloadEntry {
        let identities = seen.identities.iter().map(identity).collect::<Vec<_>>();
        let shown = identities.iter().map(|entry| entry.span.events).sum::<u64>();
        WorkloadEntry {
            name: name.to_owned(),
            registered: registered.is_some(),
            owner: registered.and_then(|workload| workload.owner.clone()),
            environment: registered.and_then(|workload| workload.environment.clone()),
            component: registered.and_then(|workload| workload.component.clone()),
            environments_seen: seen.environments.keys().cloned().collect(),
            span: seen.span,
            identity_events_left_out: seen.span.events.saturating_sub(shown),
            identities,
            credentials: seen.credentials.iter().map(|found| self.credential(found)).collect(),
            credentials_left_out: seen.credentials.overflowed(),
            gaps: Vec::new(),
        }
    }

    fn binding(
        &self,
        (binding, shown): (&Binding, &Shown),
        identities: &Identities<'_>,
    ) -> Option<BindingEntry> {
        let Binding { how, holder, acts_as } = binding.clone();
        let workload = |name: &Name| {
            let found = identities.workload(&name.key()?)?;
            self.inventory.workloads.get(found.workload).map(|workload| workload.name.clone())
        };
        let (first, last) = shown.span.seen?;
        Some(BindingEntry {
            how,
            holder_workload: workload(&holder),
            holder,
            acts_as_workload: workload(&acts_as),
            acts_as,
            evidence: shown.events.clone()?,
            events: shown.span.events,
            valid: (first, shown.until.map_or(last, |until| until.max(last))),
        })
    }

    fn credential(&self, (key, seen): (&CredentialKey, &CredentialSeen)) -> CredentialEntry {
        let handed_out = self.issues.get(&key.id).and_then(|issue| issue.issued_at);
        let issued_at = seen.issued_at.into_iter().chain(handed_out).min();
        let since = issued_at.or(seen.span.seen.map(|(first, _)| first));
        let as_of = self.all.seen.map(|(_, last)| last);
        CredentialEntry {
            id: key.id.clone(),
            kind: key.kind,
            issued_at,
            span: seen.span,
            age_days: since.zip(as_of).map(|(since, as_of)| as_of.micros_since(since).div_euclid(DAY_MICROS)),
        }
    }
}

fn identity((key, span): (&IdentityKey, &Span)) -> IdentityEntry {
    let (source, kind, principal) = key;
    IdentityEntry { source: *source, kind: *kind, principal: principal.clone(), span: *span }
}

impl BindingEntry {
    /// The side that the inventory lacks, and the workload that it has for the other.
    pub fn unlisted(&self) -> Option<(&Name, &str)> {
        let (name, workload) = match (&self.holder_workload, &self.acts_as_workload) {
            (Some(workload), None) => (&self.acts_as, workload),
            (None, Some(workload)) => (&self.holder, workload),
            _ => return None,
        };
        // Some names have no place in an inventory: the namespace of a pod, the id of a federated credential.
        name.key().map(|_| (name, workload.as_str()))
    }
}

impl WorkloadEntry {
    fn find_unlisted(&mut self, bindings: &[BindingEntry]) {
        let gaps = bindings.iter().filter_map(|binding| {
            let (name, workload) = binding.unlisted()?;
            (workload == self.name).then(|| Gap::Unlisted { name: name.clone(), how: binding.how })
        });
        self.gaps.extend(gaps);
    }

    fn is_person(&self) -> bool {
        let person = |entry: &IdentityEntry| entry.kind == Some(PrincipalKind::Human);
        !self.identities.is_empty() && self.identities.iter().all(person)
    }

    fn find_gaps(&mut self, inventory: &Inventory, static_age_days: i64) {
        let mut gaps = Vec::new();
        if self.registered && self.span.seen.is_none() {
            gaps.push(Gap::NeverSeen);
        }
        if !self.registered && inventory.given && self.span.seen.is_some() && !self.is_person() {
            gaps.push(Gap::Unregistered);
        }
        if self.registered && self.owner.is_none() {
            gaps.push(Gap::NoOwner);
        }
        let retired_at = inventory.by_name(&self.name).and_then(|workload| workload.retired_at);
        let last = self.span.seen.map(|(_, last)| last);
        if retired_at.zip(last).is_some_and(|(retired_at, last)| last > retired_at) {
            gaps.push(Gap::ActsRetired);
        }
        let old = self.credentials.iter().filter(|entry| entry.kind.is_some_and(is_static));
        gaps.extend(old.filter_map(|entry| {
            let age_days = entry.age_days.filter(|age_days| *age_days >= static_age_days)?;
            Some(Gap::OldStaticKey { credential: entry.id.clone(), age_days })
        }));
        self.gaps = gaps;
    }
}
