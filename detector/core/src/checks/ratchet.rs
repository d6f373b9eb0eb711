//! D10, cumulative ratchet: the reach has become a multiple of what it was when the baseline matured.

use ambit_schemas::finding::{AtomChange, Comparison, SubjectKind};
use ambit_schemas::vocabulary::{Check, Severity};

use crate::baseline::ratchet;
use crate::baseline::reach::ratchet_tenths;
use crate::baseline::sight::Change;
use crate::checks::NewAtom;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::workload::Mark;

/// What came since the origin that a finding lists by name, the most sensitive first.
const LISTED_ATOMS: usize = 64;

/// Approved changes count too: a chain of approved steps is the drift that nobody decided on.
pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(origin) = scene.workload.origin_tenths.filter(|_| scene.news.has(Change::Grew)) else { return };
    let live = ratchet_tenths(scene.workload, scene.atoms, row.time.day(), scene.rules);
    let step = ratchet::step(live, origin, scene.rules);
    if step <= scene.workload.ratchet {
        return;
    }
    let text = |tenths: i64| format!("{}.{}", tenths / 10, tenths % 10);
    let added = since_origin(scene);
    let about = subject(SubjectKind::Step, step.to_string());
    let mut draft = Draft::new(Check::D10, scene.name.to_owned(), about)
        .fact("ratio", format!("{:.1}", ratchet::ratio(live, origin)))
        .fact("origin", text(origin))
        .fact("live", text(live))
        .fact("atoms", added.len().to_string());
    draft.severity = Some(match step {
        1 => Severity::Low,
        2 => Severity::Medium,
        _ => Severity::High,
    });
    draft.step = step;
    draft.comparisons.push(Comparison {
        parameter: "reach score of privileges and credentials".into(),
        baseline: text(origin),
        live: text(live),
    });
    draft.added = added;
    drafts.push(draft);
}

/// What the workload reaches now and did not at its origin. Of an old atom the first event is no longer known.
fn since_origin(scene: &Scene<'_>) -> Vec<AtomChange> {
    let mut gained =
        scene.workload.sightings.iter().filter(|held| !held.is(Mark::Origin)).collect::<Vec<_>>();
    gained.sort_by_key(|held| (std::cmp::Reverse(held.sensitivity), held.first_seen));
    let known =
        |atom| scene.workload.young.iter().chain(&scene.workload.drift.news).find(|held| held.atom == atom);
    let change = |held: &crate::workload::Sighting| {
        let plain = || NewAtom {
            atom: held.atom,
            sensitivity: held.sensitivity,
            first_seen: held.first_seen,
            explained_by: None,
            event_id: String::new(),
        };
        known(held.atom).cloned().unwrap_or_else(plain).change(scene)
    };
    gained.into_iter().take(LISTED_ATOMS).map(change).collect()
}
