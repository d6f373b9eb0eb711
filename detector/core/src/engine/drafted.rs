//! A draft as a finding.

use ambit_schemas::EventTime;
use ambit_schemas::finding::{Activity, Finding, FindingUid};

use crate::baseline::reach::reach;
use crate::changes;
use crate::draft::{Draft, evidence};
use crate::engine::Engine;
use crate::loaded::Row;
use crate::workload::Workload;

/// Adds the workload's standing, the change record and the proof. `None` where the check is not in force.
pub(super) fn finding(
    engine: &Engine,
    draft: Draft,
    row: Option<&Row<'_>>,
    time: EventTime,
) -> Option<Finding> {
    let rule = engine.rules.check(draft.check)?;
    let uid = FindingUid::new(&engine.rules.tenant, draft.check, &draft.workload, &draft.subject);
    let target = row.and_then(|row| row.ids.target_workload).map(|symbol| engine.symbols.text(symbol));
    let change = changes::explaining(&engine.inventory, &draft, time, target);
    let known =
        engine.symbols.get(&draft.workload).and_then(|name| engine.shards.by_name(name, &engine.symbols));
    let entry = engine.inventory.by_name(&draft.workload);
    let happened_in =
        row.and_then(|row| row.ids.environment).map(|symbol| engine.symbols.text(symbol).to_owned());
    // A recurrence on the same day that brings no atom cannot have moved the reach: the ledger keeps the last one.
    let moved =
        !draft.added.is_empty() || engine.ledger.last(uid).is_none_or(|last| last.day() != time.day());
    // Before is before the first thing that the finding lists, which may have come weeks ago.
    let today = EventTime::from_day(time.day());
    let since = draft.added.iter().map(|atom| atom.first_seen).fold(today, EventTime::min);
    let reach = match known.filter(|_| moved) {
        Some(workload) => reach(workload, &engine.atoms, time, since, &engine.rules),
        None => draft.reach,
    };
    let mut proofs = draft.evidence;
    proofs.extend(row.map(evidence));
    let start = proofs.iter().map(|proof| proof.time).min().unwrap_or(time);
    let severity =
        changes::severity(draft.severity.unwrap_or(rule.severity), change.is_some(), draft.sensitivity);
    Some(Finding {
        uid,
        check: draft.check,
        activity: Activity::Create,
        subject: draft.subject,
        time,
        created: time,
        start,
        end: time,
        count: 1,
        severity,
        confidence: draft.confidence.unwrap_or(rule.confidence),
        owner: entry.and_then(|entry| entry.owner.clone()),
        environment: entry.and_then(|entry| entry.environment.clone()).or(happened_in),
        facts: draft.facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        added: draft.added,
        removed: Vec::new(),
        reach,
        path: draft.path,
        change: change.map(changes::quote),
        decision: None,
        score: draft.score,
        comparisons: draft.comparisons,
        baseline: known.map(Workload::baseline),
        // A hashed accessor tells sessions apart, but nobody can revoke by it.
        revoke: draft.revoke.into_iter().filter(|id| !id.starts_with("hmac-")).collect(),
        evidence: proofs,
        evidence_omitted: 0,
        correlation: draft.correlation,
        workload: draft.workload,
    })
}
