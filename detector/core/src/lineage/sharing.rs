//! H05, shared credential: one credential, several workloads.

use ambit_schemas::EventTime;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;

use super::credential::Use;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// One credential used by several workloads; said when another joins, and once a UTC day.
pub(super) fn run(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if used.new_user || used.opens_day() {
        drafts.extend(draft(&used.credential.id, &used.credential.users, row, scene));
    }
}

/// The draft, if enough workloads share within the window. It is the finding of the workload that acts now: the one
/// that joined the others.
pub(super) fn draft(
    id: &str,
    users: &[(Symbol, EventTime)],
    row: &Row<'_>,
    scene: &Scene<'_>,
) -> Option<Draft> {
    let window_micros = scene.rules.days_micros(Parameter::SharedCredentialDays);
    let recent = users.iter().filter(|(_, last)| row.time.micros_since(*last) <= window_micros);
    let mut names = recent.map(|(user, _)| scene.symbols.text(*user)).collect::<Vec<_>>();
    if names.len() < scene.rules.count(Parameter::SharedCredentialWorkloads) {
        return None;
    }
    let other = names.iter().find(|name| **name != scene.name).copied()?;
    names.sort_unstable();
    let mut draft = Draft::new(Check::H05, scene.name.to_owned(), subject(SubjectKind::Credential, id))
        .fact("credential", id)
        .fact("workloads", names.join(", "))
        .fact("other", other);
    draft.sensitivity = row.sensitivity;
    draft.revoke.push(id.to_owned());
    draft.correlation = Some(id.to_owned());
    Some(draft)
}
