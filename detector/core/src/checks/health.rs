//! M01, detector health: what keeps it from seeing all, said aloud.

use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::vocabulary::{Check, Maturity};

use crate::counts::Counts;
use crate::draft::Draft;
use crate::engine::subject;

/// Whose findings these are.
const DETECTOR: &str = "ambit";

/// One draft a reason, and whether the reason holds now.
pub(crate) fn drafts(counts: &Counts) -> Vec<(Draft, bool)> {
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
    vec![(immature, learning > 0), (full, forgotten > 0), (late, counts.late > 0)]
}

fn draft(reason: &str, detail: String) -> Draft {
    Draft::new(Check::M01, DETECTOR.to_owned(), subject(SubjectKind::Identity, reason))
        .fact("reason", reason)
        .fact("detail", detail)
}
