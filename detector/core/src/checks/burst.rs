//! D02, reach burst, at the daily scale.

use ambit_schemas::finding::{Comparison, Score, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;
use ambit_schemas::{EventTime, finding::AtomChange};

use crate::baseline::burst::{FleetBurst, QUARTERS, upper_tail};
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// The count of new atoms only grows within a day, so the alarm is at the event that crosses, and every further new
/// atom of that day belongs to the same incident.
pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, fleet: &FleetBurst, drafts: &mut Vec<Draft>) {
    let history = &scene.workload.burst;
    let atoms = history.today_quarters / QUARTERS;
    let met_floor = atoms as usize >= scene.rules.count(Parameter::BurstFloorAtoms);
    if scene.new_atom.is_none() || !met_floor {
        return;
    }
    let null = fleet.null(history, scene.rules);
    let p = upper_tail(atoms, null.mean, null.dispersion);
    if p > null.alpha {
        return;
    }
    let day = EventTime::from_day(row.time.day()).to_string();
    let day = day.split('T').next().unwrap_or_default().to_owned();
    let added = history
        .today()
        .iter()
        .map(|atom| atom.change(scene.atoms, scene.symbols))
        .collect::<Vec<AtomChange>>();
    let worst = added.iter().max_by_key(|atom| (atom.sensitivity, std::cmp::Reverse(&atom.text)));
    let worst_text = worst.map(|atom| atom.text.clone()).unwrap_or_default();
    let sensitivity = worst.map_or(0, |atom| atom.sensitivity);
    let usual = format!("{:.2}", null.usual);
    let mut draft = Draft::new(Check::D02, scene.name.to_owned(), subject(SubjectKind::Day, day.clone()))
        .fact("new_atoms", history.met_today().to_string())
        .fact("day", day)
        .fact("usual", usual.clone())
        .fact("worst_atom", worst_text);
    draft.sensitivity = sensitivity;
    draft.severity = scene.rules.check(Check::D02).map(|rule| match sensitivity {
        3 => rule.severity.raised(),
        0 => rule.severity.lowered(),
        _ => rule.severity,
    });
    draft.comparisons.push(Comparison {
        parameter: "new atoms per day".into(),
        baseline: usual,
        live: history.met_today().to_string(),
    });
    draft.score = Some(Score {
        statistic: "p_new_atoms_per_day".into(),
        value: p,
        threshold: null.alpha,
        null: format!("negative binomial, mean {:.3} a day, 1/r {:.2}", null.mean, null.dispersion),
        budget_share: scene.rules.value(Parameter::BurstShare),
        delay_floor_days: None,
    });
    draft.added = added;
    drafts.push(draft);
}
