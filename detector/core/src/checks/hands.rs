//! H07, human use of a machine identity: a console or a command line where none was while the baseline was learnt.

use ambit_schemas::Column;
use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::vocabulary::Check;

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// At this sensitivity what was done by hand is graver.
const GRAVE: u8 = 3;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(touch) = scene.turns.touch else { return };
    let hands = touch.hands.as_str();
    let text = |column| row.text(column).unwrap_or("-");
    let about = subject(SubjectKind::Identity, format!("{} by {hands}", scene.name));
    let mut draft = Draft::new(Check::H07, scene.name.to_owned(), about)
        .fact("hands", hands)
        .fact("client", text(Column::Client))
        .fact("principal", text(Column::Principal))
        .fact("session", text(Column::Session))
        .fact("address", text(Column::SourceAddress))
        .fact("action", scene.word(row.ids.action));
    if row.succeeded() && row.sensitivity >= GRAVE {
        draft.severity = scene.rules.check(Check::H07).map(|rule| rule.severity.raised());
    }
    draft.comparisons.push(Comparison {
        parameter: "interactive use".into(),
        baseline: "never".into(),
        live: format!("{hands} ({})", text(Column::Client)),
    });
    draft.sensitivity = row.sensitivity;
    draft.added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
    draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
    draft.correlation = row.text(Column::Credential).map(str::to_owned);
    drafts.push(draft);
}
