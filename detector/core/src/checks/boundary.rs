//! D08, declared boundary broken: a successful move of the workload's own that the inventory does not allow.

use ambit_schemas::Column;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::inventory::Boundary;
use ambit_schemas::time::{DAY_MICROS, HOUR_MICROS, SECOND_MICROS};
use ambit_schemas::vocabulary::Check;

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(boundary) = scene.registered.and_then(|entry| entry.boundary.as_ref()) else { return };
    if !row.succeeded() || row.ids.via_service.is_some() {
        return;
    }
    let action = scene.word(row.ids.action);
    let resource = row.text(Column::Resource).unwrap_or_default();
    let group = scene.word(row.ids.resource_group);
    let mut breach = |broken: String, about: String| {
        let mut draft = Draft::new(Check::D08, scene.name.to_owned(), subject(SubjectKind::Atom, about))
            .fact("broken", broken)
            .fact("action", action)
            .fact("resource", if resource.is_empty() { "-" } else { resource });
        draft.sensitivity = row.sensitivity;
        draft.added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
        draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
        draft.correlation = row.text(Column::Credential).map(str::to_owned);
        drafts.push(draft);
    };
    if !allows(boundary, action, resource) {
        breach("the allowed actions".into(), format!("{action} · {group}"));
    }
    if let Some(kind) = row.credential_kind
        && !boundary.credential_kinds.is_empty()
        && !boundary.credential_kinds.contains(&kind)
    {
        breach(format!("the allowed credential kinds with a {kind}"), format!("credential kind {kind}"));
    }
    let (Some(most_secs), Some(issued)) =
        (boundary.credential_max_age_secs, row.moment(Column::CredentialIssuedAt))
    else {
        return;
    };
    let age_micros = row.time.micros_since(issued);
    if age_micros > most_secs.saturating_mul(SECOND_MICROS) {
        let credential = row.text(Column::Credential).unwrap_or("-");
        breach(
            format!("the credential age with {}", age(age_micros)),
            format!("credential age {credential}"),
        );
    }
}

fn allows(boundary: &Boundary, action: &str, resource: &str) -> bool {
    boundary.allow.as_ref().is_none_or(|allowed| {
        allowed.iter().any(|entry| {
            entry.action.matches(action) && entry.resource.as_ref().is_none_or(|glob| glob.matches(resource))
        })
    })
}

fn age(micros: i64) -> String {
    if micros >= 2 * DAY_MICROS {
        format!("{} days", micros / DAY_MICROS)
    } else {
        format!("{} hours", micros / HOUR_MICROS)
    }
}
