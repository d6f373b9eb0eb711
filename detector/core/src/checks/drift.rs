//! D01, privilege drift: reach that has grown for good, too often and too gravely for chance.

use ambit_schemas::finding::{AtomChange, Comparison, Score, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;
use ambit_schemas::{Column, EventTime};

use super::{by_sensitivity, day_text, quiet_days, worst};
use crate::baseline::drift::DriftNull;
use crate::baseline::recursion::delay_floor_days;
use crate::baseline::sight::Change;
use crate::decided::accepted;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// The day's mark only rises within the day, so the alarm is at the event that crosses; what consolidates while the
/// incident goes on belongs to it.
pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if !scene.news.has(Change::Consolidated) {
        return;
    }
    let (history, rules, day) = (&scene.workload.drift, scene.rules, row.time.day());
    let null = DriftNull::new(history, &scene.fleet.rate(scene.workload.peers, history, rules), rules);
    let statistic = history.statistic(&null);
    let crossed = statistic >= null.threshold();
    let quiet_days = quiet_days(rules);
    if !crossed && !history.incident.goes_on(day, quiet_days) {
        return;
    }
    let undecided = history.news.iter().filter(|atom| {
        accepted((scene.decisions, scene.name), atom.atom, (scene.atoms, scene.symbols), row.time).is_none()
    });
    let added = undecided.map(|atom| atom.change(scene)).collect::<Vec<AtomChange>>();
    let since = added.iter().map(|atom| atom.first_seen).min().unwrap_or(row.time);
    let (worst_atom, sensitivity) = worst(&added);
    let subject_day = day_text(history.incident.subject_day(day, quiet_days));
    let usual = 1.0 / null.chance;
    let mut draft = Draft::new(Check::D01, scene.name.to_owned(), subject(SubjectKind::Day, subject_day))
        .fact("atoms", added.len().to_string())
        .fact("since", day_text(since.day()))
        .fact("usual_days", format!("{usual:.0}"))
        .fact("worst_atom", worst_atom);
    draft.sensitivity = sensitivity;
    draft.severity = by_sensitivity(Check::D01, sensitivity, scene);
    draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
    draft.comparisons.push(Comparison {
        parameter: "days between lasting growths of reach".into(),
        baseline: format!("{usual:.0}"),
        live: format!("{:.1}", days_between(&added, row.time)),
    });
    draft.score = crossed.then(|| Score {
        statistic: "mean_of_9_shiryaev_roberts".into(),
        value: statistic,
        threshold: null.threshold(),
        null: format!(
            "a day with lasting growth has a chance of {:.4}; by mark 1 to 4: {}",
            null.chance,
            null.levels.map(|level| format!("{level:.2}")).join(" ")
        ),
        budget_share: rules.value(Parameter::DriftShare),
        delay_floor_days: floor(&null, &added, row.time),
    });
    draft.added = added;
    drafts.push(draft);
}

/// Days from the first of some atoms to now, the present one included.
#[expect(clippy::cast_precision_loss, reason = "a few weeks of days")]
fn days(added: &[AtomChange], now: EventTime) -> f64 {
    let first = added.iter().map(|atom| atom.first_seen.day()).min().unwrap_or(now.day());
    (now.day() - first + 1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "a handful of atoms")]
fn days_between(added: &[AtomChange], now: EventTime) -> f64 {
    days(added, now) / (added.len().max(1) as f64)
}

/// The floor for the alternative that was seen: marks at the frequency of the listed atoms, one a day.
#[expect(clippy::cast_precision_loss, reason = "a handful of atoms")]
fn floor(null: &DriftNull, added: &[AtomChange], now: EventTime) -> Option<f64> {
    let days = days(added, now).max(added.len() as f64);
    let seen = |level: usize| added.iter().filter(|atom| usize::from(atom.sensitivity) == level).count();
    let marked =
        (0..).zip(null.levels).map(|(level, chance)| (null.chance * chance, seen(level) as f64 / days));
    let quiet = (1.0 - null.chance, 1.0 - added.len() as f64 / days);
    delay_floor_days(null.alpha, &marked.chain([quiet]).collect::<Vec<_>>())
}
