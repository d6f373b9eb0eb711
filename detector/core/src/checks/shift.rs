//! D04, sensitive-use shift: an established sensitive atom used far more than ever.

use ambit_schemas::Column;
use ambit_schemas::finding::{Comparison, Score, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;

use super::{by_sensitivity, day_text, quiet_days};
use crate::baseline::recursion::delay_floor_days;
use crate::baseline::sight::Change;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// Looked at when an atom passes its reference, which happens at most once a day and atom: only then can the statistic
/// rise.
pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let (history, rules, day) = (&scene.workload.shift, scene.rules, row.time.day());
    if !scene.news.has(Change::Exceeded) {
        return;
    }
    let Some(shifted) = history.judge(&scene.workload.sightings, day, rules) else { return };
    let crossed = shifted.statistic >= 1.0 / shifted.alpha;
    let quiet_days = quiet_days(rules);
    if !crossed && !history.incident.goes_on(day, quiet_days) {
        return;
    }
    let Some(atom) = history.atoms.get(shifted.index) else { return };
    let Some(sighting) = scene.workload.sightings.at(atom.slot) else { return };
    let text = scene.atoms.key(sighting.atom).text(scene.symbols);
    let subject_day = day_text(history.incident.subject_day(day, quiet_days));
    let mut draft = Draft::new(Check::D04, scene.name.to_owned(), subject(SubjectKind::Day, subject_day))
        .fact("atom", text.clone())
        .fact("uses", sighting.uses_today.to_string())
        .fact("most", atom.most.to_string())
        .fact("reference_days", shifted.days.to_string())
        .fact("exceeded_days", (atom.exceeded + 1).to_string());
    draft.sensitivity = sighting.sensitivity;
    draft.severity = by_sensitivity(Check::D04, sighting.sensitivity, scene);
    draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
    draft.comparisons.push(Comparison {
        parameter: format!("uses a day of {text}"),
        baseline: format!("at most {}", atom.most),
        live: sighting.uses_today.to_string(),
    });
    draft.score = crossed.then(|| Score {
        statistic: "mean_of_shiryaev_roberts_over_sensitive_atoms".into(),
        value: shifted.statistic,
        threshold: 1.0 / shifted.alpha,
        null: format!(
            "a day exceeds the most of {} days with a chance of at most {:.4} (95% bound)",
            shifted.days, shifted.chance
        ),
        budget_share: rules.value(Parameter::ShiftShare),
        delay_floor_days: delay_floor_days(
            shifted.alpha,
            &[(shifted.chance, shifted.frequency), (1.0 - shifted.chance, 1.0 - shifted.frequency)],
        ),
    });
    drafts.push(draft);
}
