//! A look at an event before its turn: what the checks that need no window say of it by what is known now. Nothing is
//! learnt from it.

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::PrincipalKind;

use super::{Engine, PLATFORM, Scene, drafted};
use crate::baseline::sight::News;
use crate::checks;
use crate::habits::Turns;
use crate::lineage::glance as credentials;
use crate::loaded::Row;
use crate::workload::Workload;

/// Tells what an event shows already. An incident that goes on is not told again.
pub(crate) fn glance(engine: &mut Engine, row: &Row<'_>) {
    let Some(name) = row.ids.workload.or_else(|| engine.lineage.owner(row, &mut engine.symbols)) else {
        return;
    };
    let text = engine.symbols.text(name);
    if text == PLATFORM {
        return;
    }
    let newcomer;
    let workload = if let Some(workload) = engine.shards.by_name(name, &engine.symbols) {
        workload
    } else {
        let logged = row.principal_kind == Some(PrincipalKind::Human);
        let human = engine.shards.ghost_is_human(name).unwrap_or(logged);
        newcomer = Workload { human, ..Workload::new(name, engine.inventory.place(text), row.time) };
        &newcomer
    };
    let scene = Scene {
        name: text,
        workload,
        registered: workload.registered.and_then(|index| engine.inventory.workloads.get(index as usize)),
        new_atom: None,
        news: &News::default(),
        fleet: &engine.shards.fleet,
        turns: &Turns::default(),
        control: None,
        target: row.ids.target_workload.and_then(|target| engine.shards.by_name(target, &engine.symbols)),
        windowed: false,
        inventory: &engine.inventory,
        decisions: &engine.decided.decisions,
        rules: &engine.rules,
        symbols: &engine.symbols,
        atoms: &engine.atoms,
    };
    let mut drafts = Vec::new();
    checks::run(row, &scene, &mut drafts);
    credentials::glance(&mut engine.lineage, row, &scene, &mut drafts);
    let most = engine.rules.count(Parameter::OpenFindings);
    for draft in drafts.into_iter().filter(|draft| engine.shards.are_ours(&draft.workload)) {
        let finding = drafted::finding(engine, draft, Some(row), row.time);
        if let Some(finding) = finding.filter(|finding| !engine.ledger.goes_on(finding.uid)) {
            engine.early.tell(finding, most);
        }
    }
}
