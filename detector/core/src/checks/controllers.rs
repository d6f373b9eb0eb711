//! D05, ownership or trust drift: somebody new changes what a grown workload may do or who may become it.

use ambit_schemas::finding::SubjectKind;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{ActionClass, Check, Maturity};
use ambit_schemas::{Column, RuleSet};

use super::{NewAtom, new_atom};
use crate::atom::{AtomId, Atoms};
use crate::counts::Totals;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::{Symbol, Symbols};
use crate::verbs::takes_away;
use crate::workload::Workloads;

/// Control over another workload, as an event showed it.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) atom: AtomId,
    /// The atom, if it is new to the workload that is controlled.
    pub(crate) new: Option<NewAtom>,
}

/// Notes on the workload that is acted on who has shown control over it. What somebody does to itself is C03's, and what
/// only takes rights away is how a wrong is righted.
pub(crate) fn sight(
    row: &Row<'_>,
    actor: Symbol,
    (workloads, atoms, symbols): (&mut Workloads, &mut Atoms, &mut Symbols),
    rules: &RuleSet,
    totals: &mut Totals,
) -> Option<Control> {
    let controls = matches!(
        row.class,
        ActionClass::PermissionsChange
            | ActionClass::TrustChange
            | ActionClass::ModelChange
            | ActionClass::Exec
    );
    let target = row.ids.target_workload.filter(|target| *target != actor && controls && row.succeeded())?;
    if row.ids.via_service.is_some() || takes_away(row.text(Column::Action).unwrap_or_default()) {
        return None;
    }
    let workload = workloads.by_name_mut(target).filter(|workload| !workload.human)?;
    let atom = atoms.control(actor, row, symbols);
    let overflowed_before = workload.overflowed;
    let new = new_atom(workload, atom, row, rules.count(Parameter::AtomsPerWorkload));
    totals.atoms_overflowed += workload.overflowed - overflowed_before;
    Some(Control { atom, new })
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
    draft.added =
        control.new.as_ref().map(|new| new.change(scene.atoms, scene.symbols)).into_iter().collect();
    draft.revoke = credential.map(str::to_owned).into_iter().collect();
    draft.correlation = credential.map(str::to_owned);
    drafts.push(draft);
}
