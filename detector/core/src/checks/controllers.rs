//! D05, ownership or trust drift: somebody new changes what a grown workload may do or who may become it.

use ambit_schemas::Column;
use ambit_schemas::finding::{AtomChange, SubjectKind};
use ambit_schemas::vocabulary::{ActionClass, Check, Maturity};

use super::NewAtom;
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
    /// The atom, if it is new to the workload that is controlled.
    pub(crate) new: Option<NewAtom>,
}

/// The workload that an event shows control over, if any. What somebody does to itself is C03's, and what only takes
/// rights away is how a wrong is righted.
pub(crate) fn controlled(row: &Row<'_>, actor: Symbol) -> Option<Symbol> {
    let controls = matches!(
        row.class,
        ActionClass::PermissionsChange
            | ActionClass::TrustChange
            | ActionClass::ModelChange
            | ActionClass::Exec
    );
    let target = row.ids.target_workload.filter(|target| *target != actor && controls && row.succeeded())?;
    let widens = row.ids.via_service.is_none() && !takes_away(row.text(Column::Action).unwrap_or_default());
    widens.then_some(target)
}

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let (Some(control), Some(target)) = (scene.control, scene.target) else { return };
    let widens_trust = row.class == ActionClass::TrustChange;
    // A trust policy decides who else may become the workload: whoever changes it, that is news.
    if target.maturity == Maturity::Learning || (control.new.is_none() && !widens_trust) {
        return;
    }
    let atom = scene.atoms.key(control.atom).text(scene.symbols);
    let name = scene.symbols.text(target.name);
    let credential = row.text(Column::Credential);
    let basis = if widens_trust { "trust" } else { "controller" };
    let mut draft = Draft::new(Check::D05, name.to_owned(), subject(SubjectKind::Atom, atom.clone()))
        .fact("basis", basis)
        .fact("controller", scene.name)
        .fact("atom", atom)
        .fact("resource", row.text(Column::Resource).unwrap_or("-"))
        .fact("action", scene.word(row.ids.action));
    // A permission record may approve a controller, but nothing excuses opening the workload to others.
    draft.sensitivity = if widens_trust { 3 } else { row.sensitivity.min(2) };
    if widens_trust {
        draft.severity = scene.rules.check(Check::D05).map(|rule| rule.severity.raised());
    }
    // How surprising it is can be said of the actor's own atoms only.
    let gained = |new: &NewAtom| AtomChange { surprise_nats: None, ..new.change(scene) };
    draft.added = control.new.as_ref().map(gained).into_iter().collect();
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft.correlation = credential.map(str::to_owned);
    drafts.push(draft);
}
