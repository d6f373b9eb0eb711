//! H05, shared credential: one credential, several workloads.

use std::collections::BTreeSet;

use ambit_schemas::EventTime;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::inventory::Workload;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{Check, Severity};

use super::credential::{Turn, Use};
use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// One of those that use a credential, or read a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub(super) name: Symbol,
    /// When it began, or began again after it was away for longer than sharing is looked back for.
    pub(super) joined: EventTime,
    pub(super) last: EventTime,
}
codec_struct!(User { name, joined, last });

impl User {
    pub(super) const fn new(name: Symbol, time: EventTime) -> Self {
        Self { name, joined: time, last: time }
    }

    /// Notes that it is there again.
    pub(super) fn note(&mut self, time: EventTime, scene: &Scene<'_>) -> Turn {
        let away_micros = time.micros_since(self.last);
        let opens_day = self.last.day() < time.day();
        self.last = self.last.max(time);
        if away_micros > scene.rules.days_micros(Parameter::SharedCredentialDays) {
            self.joined = time;
            return Turn::First;
        }
        if opens_day { Turn::FirstToday } else { Turn::Later }
    }
}

/// Notes one of them; which of its turns it is.
pub(super) fn note_user(users: &mut Vec<User>, name: Symbol, time: EventTime, scene: &Scene<'_>) -> Turn {
    if let Some(user) = users.iter_mut().find(|user| user.name == name) {
        return user.note(time, scene);
    }
    users.reserve_exact(1);
    users.push(User::new(name, time));
    Turn::First
}

/// One credential used by several workloads; said when another joins, and once a UTC day of each that did.
pub(super) fn run(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if used.news.users_turn != Turn::Later {
        drafts.extend(draft(&used.credential.id, used.credential.users.iter().copied(), row, scene));
    }
}

/// The draft, if enough workloads share within the window. It is the finding of the workload that acts now, if that
/// joined the others: the one that was there first did nothing new.
pub(super) fn draft(
    id: &str,
    users: impl Iterator<Item = User>,
    row: &Row<'_>,
    scene: &Scene<'_>,
) -> Option<Draft> {
    let window_micros = scene.rules.days_micros(Parameter::SharedCredentialDays);
    let recent = users.filter(|user| row.time.micros_since(user.last) <= window_micros).collect::<Vec<_>>();
    if recent.len() < scene.rules.count(Parameter::SharedCredentialWorkloads) {
        return None;
    }
    let incumbent = recent.iter().min_by_key(|user| user.joined)?;
    if incumbent.name == scene.workload.name {
        return None;
    }
    let mut names = recent.iter().map(|user| scene.symbols.text(user.name)).collect::<Vec<_>>();
    names.sort_unstable();
    let mut draft = Draft::new(Check::H05, scene.name.to_owned(), subject(SubjectKind::Credential, id))
        .fact("credential", id)
        .fact("workloads", names.join(", "))
        .fact("other", scene.symbols.text(incumbent.name));
    if are_apart(&names, scene) {
        draft.severity = scene.rules.check(Check::H05).map(|rule| Severity::raised(rule.severity));
    }
    draft.sensitivity = row.sensitivity;
    draft.revoke.push(id.to_owned());
    draft.correlation = Some(id.to_owned());
    Some(draft)
}

/// Whether the workloads are at home in different environments, or are different components, by what is declared.
fn are_apart(names: &[&str], scene: &Scene<'_>) -> bool {
    let entries = names.iter().filter_map(|name| scene.inventory.by_name(name)).collect::<Vec<_>>();
    let differ = |declared: fn(&Workload) -> Option<&str>| {
        entries.iter().filter_map(|entry| declared(entry)).collect::<BTreeSet<_>>().len() > 1
    };
    differ(|entry| entry.environment.as_deref()) || differ(|entry| entry.component.as_deref())
}
