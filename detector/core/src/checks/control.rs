//! C02, C03 and the loud half of C04: changes to serving, to one's own permissions, and to logging.

use ambit_schemas::Column;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::vocabulary::{ActionClass, Check};

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if !row.succeeded() {
        return;
    }
    match row.class {
        ActionClass::ModelChange => drafts.push(changed(Check::C02, row, scene).fact("change", "changed")),
        ActionClass::LoggingChange => {
            let account = row.text(Column::Account).unwrap_or("-");
            let draft = changed(Check::C04, row, scene).fact("what", "disabled").fact("gap_hours", "-");
            drafts.push(draft.fact("account", account));
        }
        ActionClass::PermissionsChange | ActionClass::TrustChange => {
            let target = row.ids.target_workload.map(|symbol| scene.symbols.text(symbol));
            if target == Some(scene.name) {
                drafts.push(changed(Check::C03, row, scene).fact("actor", scene.name));
            }
        }
        _ => {}
    }
}

/// A draft about what the event changed.
fn changed(check: Check, row: &Row<'_>, scene: &Scene<'_>) -> Draft {
    let action = scene.word(row.ids.action);
    let target = row.text(Column::Resource).unwrap_or(action);
    let credential = row.text(Column::Credential).map(str::to_owned);
    // The group, not the name: a deployment makes a new name each time, and is the same target each time.
    let group = row.ids.resource_group.map_or(target, |group| scene.symbols.text(group));
    let about = format!("{}/{group}", row.text(Column::Account).unwrap_or("-"));
    let mut draft = Draft::new(check, scene.name.to_owned(), subject(SubjectKind::Target, about))
        .fact("target", target)
        .fact("action", action);
    draft.sensitivity = row.sensitivity;
    draft.added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
    draft.revoke = credential.clone().into_iter().collect();
    draft.correlation = credential;
    draft
}
