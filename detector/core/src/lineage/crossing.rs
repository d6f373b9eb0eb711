//! L07, environment crossing: a workload of one declared environment acts in another.

use ambit_schemas::Column;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::vocabulary::Check;

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Looks at the workload that acts and, where its credential came from another, at that one: both environments must be
/// declared, and the move must be its own and done.
pub(super) fn run(root: Option<Symbol>, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(there) = row.ids.environment else { return };
    if !row.succeeded() || row.ids.via_service.is_some() || scene.workload.human {
        return;
    }
    let there = scene.symbols.text(there);
    if let Some(home) = scene.registered.and_then(|entry| entry.environment.as_deref())
        && home != there
    {
        drafts.push(draft(scene.name, home, there, row, scene));
    }
    let root = root.map(|root| scene.symbols.text(root));
    let root_home =
        root.and_then(|root| scene.inventory.by_name(root)).and_then(|entry| entry.environment.as_deref());
    if let (Some(root), Some(home)) = (root, root_home)
        && home != there
    {
        drafts.push(draft(root, home, there, row, scene));
    }
}

fn draft(who: &str, home: &str, there: &str, row: &Row<'_>, scene: &Scene<'_>) -> Draft {
    let about = subject(SubjectKind::Edge, format!("{home} -> {there}"));
    let credential = row.text(Column::Credential);
    let mut draft = Draft::new(Check::L07, who.to_owned(), about)
        .fact("from_environment", home)
        .fact("to_environment", there)
        .fact("credential", credential.unwrap_or("-"))
        .fact("action", scene.word(row.ids.action));
    draft.sensitivity = row.sensitivity;
    draft.added = scene.new_atom.map(|new| new.change(scene.atoms, scene.symbols)).into_iter().collect();
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft
}
