//! A baseline for machines. Times are RFC 3339; the order of fields and atoms is fixed.

use ambit_core::{AtomView, BaselineView};
use serde_json::{Value, json};

/// The whole baseline.
pub(super) fn document(view: &BaselineView) -> Value {
    let (ratchet, suspicion) = (&view.ratchet, &view.suspicion);
    json!({
        "workload": view.workload,
        "as_of": view.as_of.to_string(),
        "registered": view.registered,
        "maturity": view.maturity.as_str(),
        "mature_since": view.mature_since.map(|time| time.to_string()),
        "version": view.version,
        "first_event": view.first.to_string(),
        "last_event": view.last.to_string(),
        "peers": { "group": view.peers.group, "others": view.peers.others },
        "reach": { "origin": view.reach.origin, "live": view.reach.live },
        "ratchet": {
            "origin": ratchet.origin_tenths.map(tenths),
            "live": tenths(ratchet.live_tenths),
            "step": ratchet.step,
            "origin_accepted": ratchet.resealed.map(|time| time.to_string()),
        },
        "drift": suspicion.drift.map(|(statistic, threshold)| {
            json!({ "statistic": hundredths(statistic), "threshold": hundredths(threshold) })
        }),
        "learning_stands_still_for": suspicion.standing_still,
        "atoms_overflowed": view.overflowed,
        "atoms": view.atoms.iter().map(atom).collect::<Value>(),
    })
}

/// One atom.
pub(super) fn atom(atom: &AtomView) -> Value {
    json!({
        "plane": atom.plane.as_str(),
        "atom": atom.text,
        "sensitivity": atom.sensitivity,
        "baseline": atom.is_baseline(),
        "live": atom.live,
        "first_seen": atom.first_seen.to_string(),
        "last_day": day(atom),
        "days": atom.days,
        "marks": atom.marks,
        "accepted": atom.accepted.as_ref().map(|accepted| {
            json!({
                "decision": accepted.seq,
                "by": accepted.by,
                "reason": accepted.reason,
                "until": accepted.until.map(|time| time.to_string()),
                "lasts": accepted.lasts,
            })
        }),
        "explained_by": atom.explained_by,
        "event_id": atom.event_id,
    })
}

/// The last day of use, as a date.
pub(super) fn day(atom: &AtomView) -> String {
    date(atom.last_day)
}

/// A moment's date.
pub(super) fn date(time: ambit_schemas::EventTime) -> String {
    time.to_string().chars().take(10).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a score stays far below 2^52")]
fn tenths(value: i64) -> f64 {
    value as f64 / 10.0
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
