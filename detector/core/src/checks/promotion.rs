//! D09, promoted without reset: an identity that grew up elsewhere lives in production.
//!
//! L07 (`lineage/crossing.rs`) is about a move across the border: one event, and also of a credential that a workload
//! of another environment is the cause of. This is about an identity that stays: the same one, acting as itself, on
//! several days, with the credentials and the baseline that it brought from home. From the day on which this is said,
//! L07 does not repeat the same border for it.

use ambit_schemas::Column;
use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::vocabulary::Check;

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(settled) = scene.turns.settled else { return };
    let there = scene.symbols.text(settled.environment);
    let home = scene.registered.and_then(|entry| entry.environment.as_deref()).unwrap_or("-");
    let matured = scene.workload.mature_since.map_or_else(|| "-".to_owned(), |since| since.to_string());
    let credential = row.text(Column::Credential);
    let about = subject(SubjectKind::Edge, format!("{home} -> {there}"));
    let mut draft = Draft::new(Check::D09, scene.name.to_owned(), about)
        .fact("home", home)
        .fact("production", there)
        .fact("days", settled.days.to_string())
        .fact("first", settled.first.to_string())
        .fact("matured", matured.clone())
        .fact("credential", credential.unwrap_or("-"))
        .fact("action", scene.word(row.ids.action));
    draft.comparisons.push(Comparison {
        parameter: "environment".into(),
        baseline: format!("{home}, baseline of {matured}"),
        live: format!("{there} on {} days", settled.days),
    });
    // A promotion is approved for the day on which it happens, and holds afterwards.
    draft.changed_at = Some(settled.first);
    draft.sensitivity = row.sensitivity;
    draft.added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft.correlation = credential.map(str::to_owned);
    drafts.push(draft);
}
