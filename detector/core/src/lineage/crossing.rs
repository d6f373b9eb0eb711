//! L07, environment crossing: a workload of one declared environment acts in another.

use std::collections::BTreeMap;

use ambit_schemas::Column;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Looks at the workload that acts and, where its credential came from another, at that one: both environments must be
/// declared, and the move must be its own and done.
pub(super) fn run(
    root: Option<Symbol>,
    homes: &mut Homes,
    row: &Row<'_>,
    scene: &Scene<'_>,
    drafts: &mut Vec<Draft>,
) {
    let Some(there) = row.ids.environment else { return };
    if !row.succeeded() || row.ids.via_service.is_some() || scene.workload.human {
        return;
    }
    // Who has moved there is D09's.
    let lives_there = scene.workload.habits.lives_in(there, scene.rules);
    let there = scene.symbols.text(there);
    if let Some(home) = scene.registered.and_then(|entry| entry.environment.as_deref())
        && home != there
        && !lives_there
    {
        let draft = draft(scene.name, home, there, row, scene);
        // What is new to who acts is not new to who stands behind it.
        let added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
        drafts.push(Draft { added, ..draft });
    }
    if let Some(root) = root
        && let Some(home) = homes.of(root, scene)
        && home != there
    {
        drafts.push(draft(scene.symbols.text(root), home, there, row, scene));
    }
}

/// Where roots are at home. Most events of a session have one, so it is looked up once for each; it is no state, because
/// the inventory says it.
#[derive(Debug, Default)]
pub(super) struct Homes(BTreeMap<Symbol, Option<u32>>);

impl Homes {
    fn of<'a>(&mut self, root: Symbol, scene: &Scene<'a>) -> Option<&'a str> {
        if self.0.len() > scene.rules.count(Parameter::Workloads) {
            self.0.clear();
        }
        let entry = self.0.entry(root).or_insert_with(|| scene.inventory.place(scene.symbols.text(root)));
        let entry = entry.and_then(|index| scene.inventory.workloads.get(index as usize));
        entry.and_then(|entry| entry.environment.as_deref())
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
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft
}
