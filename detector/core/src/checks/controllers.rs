//! D05, ownership or trust drift: somebody new changes what a grown workload may do or who may become it.

use ambit_schemas::Column;
use ambit_schemas::finding::{AtomChange, SubjectKind};
use ambit_schemas::vocabulary::{ActionClass, Check, Maturity, Plane};

use crate::atom::AtomId;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;
use crate::verbs::takes_away;

/// Control over another workload, as an event showed it.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) atom: AtomId,
    /// Whether it is new to the workload that is controlled.
    pub(crate) is_new: bool,
}

/// The workload that somebody shows control over. What somebody does to itself is C03's, and what only takes rights away
/// is how a wrong is righted.
pub(crate) fn target_of(row: &Row<'_>, actor: Symbol) -> Option<Symbol> {
    let controls = matches!(
        row.class,
        ActionClass::PermissionsChange
            | ActionClass::TrustChange
            | ActionClass::ModelChange
            | ActionClass::Exec
    );
    let own = controls && row.succeeded() && row.ids.via_service.is_none();
    let target = row.ids.target_workload.filter(|target| own && *target != actor)?;
    (!takes_away(row.text(Column::Action).unwrap_or_default())).then_some(target)
}

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let (Some(control), Some(target)) = (scene.control, scene.target) else { return };
    let widens_trust = row.class == ActionClass::TrustChange;
    // A trust policy decides who else may become the workload: whoever changes it, that is news.
    if target.human || target.maturity == Maturity::Learning || !(control.is_new || widens_trust) {
        return;
    }
    let atom = scene.atoms.key(control.atom).text(scene.symbols);
    let name = scene.symbols.text(target.name);
    let credential = row.text(Column::Credential);
    let basis = if widens_trust { "trust" } else { "controller" };
    let mut draft = Draft::new(Check::D05, name.to_owned(), subject(SubjectKind::Atom, atom.clone()))
        .fact("basis", basis)
        .fact("controller", scene.name)
        .fact("atom", atom.clone())
        .fact("resource", row.text(Column::Resource).unwrap_or("-"))
        .fact("action", scene.word(row.ids.action));
    // A permission record may approve a controller, but nothing excuses opening the workload to others.
    draft.sensitivity = if widens_trust { 3 } else { row.sensitivity.min(2) };
    if widens_trust {
        draft.severity = scene.rules.check(Check::D05).map(|rule| rule.severity.raised());
    }
    if control.is_new {
        draft.added.push(AtomChange {
            plane: Plane::Control,
            text: atom,
            sensitivity: draft.sensitivity,
            first_seen: row.time,
            explained_by: None,
            event_id: row.event_id().to_owned(),
            surprise_nats: None,
        });
    }
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft.correlation = credential.map(str::to_owned);
    drafts.push(draft);
}
