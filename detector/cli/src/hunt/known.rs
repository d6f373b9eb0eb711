//! What a state knows, as tables: workloads, their reach, credentials.

use std::sync::Arc;

use ambit_core::{AtomView, BaselineView, CredentialView, Detector};
use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::Maturity;
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
};

/// A column by name.
type Columns = Vec<(&'static str, ArrayRef)>;

/// The tables by name.
///
/// # Errors
/// When Arrow refuses the columns.
pub(super) fn tables(detector: &Detector) -> anyhow::Result<[(&'static str, RecordBatch); 3]> {
    let names = detector.workloads();
    let baselines = names.iter().filter_map(|name| detector.baseline(name)).collect::<Vec<_>>();
    let reach = baselines.iter().flat_map(|view| view.atoms.iter().map(move |atom| (view, atom)));
    Ok([
        ("workloads", RecordBatch::try_from_iter(workloads(&baselines))?),
        ("reach", RecordBatch::try_from_iter(atoms(&reach.collect::<Vec<_>>()))?),
        ("credentials", RecordBatch::try_from_iter(credentials(&detector.credentials()))?),
    ])
}

fn workloads(views: &[BaselineView]) -> Columns {
    let score = |pick: fn(&BaselineView) -> Option<f64>| -> ArrayRef {
        Arc::new(views.iter().map(pick).collect::<Float64Array>())
    };
    vec![
        ("workload", texts(views, |view| Some(view.workload.clone()))),
        ("registered", flags(views, |view| view.registered)),
        ("maturity", texts(views, |view| Some(view.maturity.to_string()))),
        ("mature_since", moments(views, |view| view.mature_since)),
        ("first_seen", moments(views, |view| Some(view.first))),
        ("last_seen", moments(views, |view| Some(view.last))),
        ("peers", texts(views, |view| view.peers.group.clone())),
        ("reach_live", score(|view| view.reach.live)),
        ("reach_origin", score(|view| view.reach.origin)),
        (
            "learns",
            flags(views, |view| {
                view.maturity == Maturity::Learning || view.suspicion.standing_still.is_empty()
            }),
        ),
    ]
}

fn atoms(rows: &[(&BaselineView, &AtomView)]) -> Columns {
    vec![
        ("workload", texts(rows, |(view, _)| Some(view.workload.clone()))),
        ("plane", texts(rows, |(_, atom)| Some(atom.plane.to_string()))),
        ("atom", texts(rows, |(_, atom)| Some(atom.text.clone()))),
        ("sensitivity", counts(rows, |(_, atom)| u32::from(atom.sensitivity))),
        ("first_seen", moments(rows, |(_, atom)| Some(atom.first_seen))),
        ("last_day", moments(rows, |(_, atom)| Some(atom.last_day))),
        ("days", counts(rows, |(_, atom)| u32::from(atom.days))),
        ("live", flags(rows, |(_, atom)| atom.live)),
        ("baseline", flags(rows, |(_, atom)| atom.is_baseline())),
        ("accepted_by", texts(rows, |(_, atom)| atom.accepted.as_ref().map(|by| by.by.clone()))),
        ("explained_by", texts(rows, |(_, atom)| atom.explained_by.clone())),
        ("event_id", texts(rows, |(_, atom)| atom.event_id.clone())),
    ]
}

fn credentials(views: &[CredentialView]) -> Columns {
    vec![
        ("credential", texts(views, |view| Some(view.id.clone()))),
        ("kind", texts(views, |view| view.kind.map(|kind| kind.to_string()))),
        ("workload", texts(views, |view| view.holder.clone())),
        ("root", texts(views, |view| view.root.clone())),
        ("parent", texts(views, |view| view.parent.clone())),
        ("created", moments(views, |view| view.created)),
        ("expires", moments(views, |view| view.expires)),
        ("revoked", moments(views, |view| view.revoked)),
        ("first_used", moments(views, |view| view.first_used)),
        ("last_day", moments(views, |view| Some(view.last_day))),
        ("users", texts(views, |view| Some(view.users.join(", ")))),
        ("networks", counts(views, |view| u32::try_from(view.networks).unwrap_or(u32::MAX))),
    ]
}

pub(super) fn texts<T>(rows: &[T], text: impl Fn(&T) -> Option<String>) -> ArrayRef {
    Arc::new(rows.iter().map(text).collect::<StringArray>())
}

pub(super) fn moments<T>(rows: &[T], moment: impl Fn(&T) -> Option<EventTime>) -> ArrayRef {
    let micros = rows.iter().map(|row| moment(row).map(EventTime::micros));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

pub(super) fn counts<T>(rows: &[T], count: impl Fn(&T) -> u32) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(rows.iter().map(count)))
}

fn flags<T>(rows: &[T], flag: impl Fn(&T) -> bool) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(flag(row))).collect::<BooleanArray>())
}
