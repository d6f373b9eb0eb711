//! M01, detector health: what keeps it from seeing all, said aloud.

use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::vocabulary::{Check, Maturity};

use crate::counts::Counts;
use crate::draft::Draft;
use crate::engine::subject;

/// Whose findings these are.
const DETECTOR: &str = "ambit";

/// One draft a reason, and whether the reason holds now.
pub(crate) fn drafts(counts: &Counts, budget: f64) -> Vec<(Draft, bool)> {
    let held = |maturity| counts.workloads.get(&maturity).copied().unwrap_or_default();
    let learning = held(Maturity::Learning);
    let all = counts.workloads.values().sum::<u64>();
    let forgotten = counts.workloads_evicted
        + counts.credentials_evicted
        + counts.atoms_overflowed
        + counts.symbols_overflowed
        + counts.findings_forgotten;
    let mut immature = draft(
        "immature baselines",
        format!("{learning} of {all} workloads are still learning: only deterministic checks speak of them"),
    );
    immature.comparisons.push(Comparison {
        parameter: "workloads still learning".into(),
        baseline: "0".into(),
        live: learning.to_string(),
    });
    let full = draft(
        "state limit reached",
        format!(
            "forgotten for want of room: {} workloads, {} credentials, {} atoms, {} names, {} findings",
            counts.workloads_evicted,
            counts.credentials_evicted,
            counts.atoms_overflowed,
            counts.symbols_overflowed,
            counts.findings_forgotten
        ),
    );
    let late = draft("late data", format!("{} events came after their watermark", counts.late));
    let (over, is_over) = over_budget(counts, budget);
    vec![(immature, learning > 0), (full, forgotten > 0), (late, counts.late > 0), (over, is_over)]
}

/// More alarms than the budget explains: true incidents, or nulls that do not fit. The thresholds stay where they are,
/// because alarms that somebody provokes would else buy silence.
#[expect(clippy::cast_precision_loss, reason = "counts of alarms and days stay far below 2^52")]
fn over_budget(counts: &Counts, budget: f64) -> (Draft, bool) {
    let months = counts.mature_days as f64 / 30.0;
    let alarms = counts.alarms.values().sum::<u64>();
    let expected = budget * months;
    // Three standard deviations of a Poisson count, and two alarms for a fleet that has hardly begun.
    let is_over = alarms as f64 > expected + 3.0 * expected.sqrt() + 2.0;
    let detail = format!(
        "{alarms} statistical alarms against the {expected:.1} that the budget of {budget} alerts a workload-month allows"
    );
    let mut draft = draft("over budget", detail);
    draft.comparisons.push(Comparison {
        parameter: "statistical alarms".into(),
        baseline: format!("{expected:.1}"),
        live: alarms.to_string(),
    });
    (draft, is_over)
}

fn draft(reason: &str, detail: String) -> Draft {
    Draft::new(Check::M01, DETECTOR.to_owned(), subject(SubjectKind::Identity, reason))
        .fact("reason", reason)
        .fact("detail", detail)
}
