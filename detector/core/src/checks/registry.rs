//! H06, unregistered identity, and H10, retired yet live: what the inventory says of who acts.

use ambit_schemas::Column;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::vocabulary::{Check, PrincipalKind};

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let credential = row.text(Column::Credential);
    let Some(entry) = scene.registered else {
        unregistered(row, scene, drafts);
        return;
    };
    let Some(retired_at) = entry.retired_at.filter(|retired_at| row.time >= *retired_at) else { return };
    // Not the credential: whoever was retired may take a new one every hour, and is still one incident.
    let about = subject(SubjectKind::Identity, scene.name);
    let mut draft = Draft::new(Check::H10, scene.name.to_owned(), about)
        .fact("retired_at", retired_at.to_string())
        .fact("credential", credential.unwrap_or("an unnamed credential"))
        .fact("action", scene.word(row.ids.action));
    draft.sensitivity = row.sensitivity;
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft.correlation = credential.map(str::to_owned);
    drafts.push(draft);
}

/// Only where there is an inventory to be missing from, and not for what a cloud service does on its own.
fn unregistered(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if !scene.inventory.given
        || row.ids.via_service.is_some()
        || row.principal_kind == Some(PrincipalKind::Root)
    {
        return;
    }
    let mut draft = Draft::new(Check::H06, scene.name.to_owned(), subject(SubjectKind::Identity, scene.name))
        .fact("principal", row.text(Column::Principal).unwrap_or(scene.name))
        .fact("first_action", scene.word(row.ids.action));
    draft.sensitivity = row.sensitivity;
    draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
    drafts.push(draft);
}
