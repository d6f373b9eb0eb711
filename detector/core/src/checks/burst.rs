//! D02, reach burst, at the scale of a day and of three hours.

use ambit_schemas::EventTime;
use ambit_schemas::finding::{AtomChange, Comparison, Score, SubjectKind};
use ambit_schemas::vocabulary::Check;

use super::{by_sensitivity, day_text, worst};
use crate::baseline::burst::Verdict;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// The counts only grow within a window, so the alarm is at the event that crosses, and every further new atom of that
/// day belongs to the same incident.
pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let history = &scene.workload.burst;
    if scene.new_atom.is_none() {
        return;
    }
    let verdicts = history.verdicts(row.time, scene.fleet, scene.rules);
    let graver = |one: &Verdict, other: &Verdict| (one.p / one.alpha).total_cmp(&(other.p / other.alpha));
    let Some(verdict) = verdicts.into_iter().flatten().filter(Verdict::alarms).min_by(graver) else {
        if history.alarmed {
            drafts.push(draft(row.time, scene));
        }
        return;
    };
    let mut draft = draft(row.time, scene);
    draft.score = Some(Score {
        statistic: verdict.statistic.into(),
        value: verdict.p,
        threshold: verdict.alpha,
        null: format!("negative binomial, mean {:.3}, 1/r {:.2}", verdict.null.mean, verdict.null.dispersion),
        budget_share: verdict.share,
        delay_floor_days: None,
    });
    drafts.push(draft);
}

fn draft(time: EventTime, scene: &Scene<'_>) -> Draft {
    let history = &scene.workload.burst;
    let day = day_text(time.day());
    let added = history.today().iter().map(|atom| atom.change(scene)).collect::<Vec<AtomChange>>();
    let (worst_atom, sensitivity) = worst(&added);
    let usual = daily(history.usual(scene.fleet, scene.rules));
    let mut draft = Draft::new(Check::D02, scene.name.to_owned(), subject(SubjectKind::Day, day.clone()))
        .fact("new_atoms", history.met_today().to_string())
        .fact("day", day)
        .fact("usual", usual.clone())
        .fact("worst_atom", worst_atom);
    draft.sensitivity = sensitivity;
    draft.severity = by_sensitivity(Check::D02, sensitivity, scene);
    draft.comparisons.push(Comparison {
        parameter: "new atoms per day".into(),
        baseline: usual,
        live: history.met_today().to_string(),
    });
    draft.added = added;
    draft
}

/// A rate a day, without digits that say nothing.
fn daily(rate: f64) -> String {
    if rate < 0.01 { "less than 0.01".to_owned() } else { format!("{rate:.2}") }
}
