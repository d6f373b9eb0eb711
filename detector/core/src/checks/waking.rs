//! H03, dormant or orphan wakes: a workload acts again after it was silent for long.

use ambit_schemas::Column;
use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::vocabulary::Check;

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// From this sensitivity on waking is graver.
const SENSITIVE: u8 = 2;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(wake) = scene.turns.wake else { return };
    let is_orphan = scene.registered.is_some_and(|entry| entry.owner.is_none());
    let credential = row.text(Column::Credential);
    let about = subject(SubjectKind::Identity, scene.name);
    let mut draft = Draft::new(Check::H03, scene.name.to_owned(), about)
        .fact("basis", if is_orphan { "orphan" } else { "dormant" })
        .fact("idle_days", wake.idle_days.to_string())
        .fact("usual_days", wake.usual_days.to_string())
        .fact("action", scene.word(row.ids.action));
    draft.severity = scene.rules.check(Check::H03).map(|rule| {
        let severity = if is_orphan { rule.severity.raised() } else { rule.severity };
        if wake.sensitivity >= SENSITIVE { severity.raised() } else { severity }
    });
    draft.comparisons.push(Comparison {
        parameter: "longest pause in days".into(),
        baseline: wake.usual_days.to_string(),
        live: wake.idle_days.to_string(),
    });
    draft.sensitivity = wake.sensitivity;
    draft.added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft.correlation = credential.map(str::to_owned);
    drafts.push(draft);
}
