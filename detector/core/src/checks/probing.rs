//! C05, denied probing: refused more, and more often, than chance allows.

use ambit_schemas::Column;
use ambit_schemas::finding::{Comparison, Score, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Check;

use super::{day_text, quiet_days};
use crate::baseline::sight::Change;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// Refused things that the sentence names.
const NAMED: usize = 3;

/// The number of distinct refusals only grows within a day, so the alarm is at the event that crosses.
pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let (history, rules, day) = (&scene.workload.probing, scene.rules, row.time.day());
    if !scene.news.has(Change::Refused) {
        return;
    }
    let Some(probed) = history.judge(scene.fleet, rules) else { return };
    let crossed = probed.statistic >= 1.0 / probed.alpha;
    let quiet_days = quiet_days(rules);
    if !crossed && !history.incident.goes_on(day, quiet_days) {
        return;
    }
    let refused = history.denied.iter().map(|atom| scene.atoms.key(*atom).text(scene.symbols));
    let named = refused.take(NAMED).collect::<Vec<_>>().join("; ");
    let usual = format!("{:.2}", probed.null.usual);
    let subject_day = day_text(history.incident.subject_day(day, quiet_days));
    let mut draft = Draft::new(Check::C05, scene.name.to_owned(), subject(SubjectKind::Day, subject_day))
        .fact("refused", history.denied.len().to_string())
        .fact("usual", usual.clone())
        .fact("day", day_text(day))
        .fact("examples", named);
    draft.sensitivity = row.sensitivity;
    draft.revoke = row.text(Column::Credential).map(str::to_owned).into_iter().collect();
    draft.comparisons.push(Comparison {
        parameter: "distinct refusals per day".into(),
        baseline: usual,
        live: history.denied.len().to_string(),
    });
    draft.score = crossed.then(|| Score {
        statistic: "shiryaev_roberts_of_calibrated_p".into(),
        value: probed.statistic,
        threshold: 1.0 / probed.alpha,
        null: format!(
            "negative binomial, mean {:.3} a day, 1/r {:.2}; today's tail is {:.2e}",
            probed.null.mean, probed.null.dispersion, probed.p
        ),
        budget_share: rules.value(Parameter::ProbingShare),
        delay_floor_days: None,
    });
    drafts.push(draft);
}
