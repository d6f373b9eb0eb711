//! D06, tool surface growth: a tool or a tool server that the workload never called while its baseline was learnt.

use ambit_schemas::finding::SubjectKind;
use ambit_schemas::vocabulary::{Check, Plane};

use crate::draft::Draft;
use crate::engine::{Scene, subject};

pub(super) fn run(scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(new) = scene.new_atom else { return };
    let key = scene.atoms.key(new.atom);
    if key.plane() != Plane::Tool {
        return;
    }
    let same_server = scene.workload.sightings.iter().filter(|sighting| {
        let other = scene.atoms.key(sighting.atom);
        other.plane() == Plane::Tool && other.scope() == key.scope()
    });
    let new_part = if same_server.count() > 1 { "tool" } else { "tool server" };
    let change = new.change(scene);
    let (server, tool) = change.text.split_once(" · ").unwrap_or(("-", &change.text));
    let mut draft =
        Draft::new(Check::D06, scene.name.to_owned(), subject(SubjectKind::Atom, change.text.clone()))
            .fact("tool", tool)
            .fact("tool_server", server)
            .fact("new_part", new_part);
    draft.sensitivity = new.sensitivity;
    draft.severity = scene
        .rules
        .check(Check::D06)
        .map(|rule| if new_part == "tool" { rule.severity.lowered() } else { rule.severity });
    draft.added.push(change);
    drafts.push(draft);
}
