//! Approved change records: which one explains a finding or an atom.

use ambit_schemas::finding::ChangeQuote;
use ambit_schemas::inventory::{ChangeKind, ChangeRecord};
use ambit_schemas::vocabulary::{Check, Severity};
use ambit_schemas::{EventTime, Inventory};

use crate::draft::Draft;

/// The kinds of change that speak to a check.
const fn kinds(check: Check) -> &'static [ChangeKind] {
    match check {
        Check::D01 | Check::D03 | Check::D05 => &[ChangeKind::Permission],
        Check::D02 => &[ChangeKind::Permission, ChangeKind::Deploy],
        Check::D06 | Check::L03 => &[ChangeKind::Deploy],
        Check::C02 | Check::H09 => &[ChangeKind::Serving, ChangeKind::ModelSwap],
        Check::D09 | Check::L07 => &[ChangeKind::Promotion],
        Check::H08 => &[ChangeKind::Rotation],
        _ => &[],
    }
}

/// The first record of a workload that covers a moment and is of one of the kinds; any kind where none is given.
pub(crate) fn covering<'a>(
    inventory: &'a Inventory,
    workload: &str,
    time: EventTime,
    kinds: &[ChangeKind],
) -> Option<&'a ChangeRecord> {
    inventory.changes.iter().find(|change| {
        change.workload == workload
            && change.from <= time
            && time <= change.to
            && (kinds.is_empty() || kinds.contains(&change.kind))
    })
}

/// The record that explains why a workload reaches more: any but a rotation, which replaces what was there.
pub(crate) fn explaining_reach<'a>(
    inventory: &'a Inventory,
    workload: &str,
    time: EventTime,
) -> Option<&'a ChangeRecord> {
    const KINDS: &[ChangeKind] = &[
        ChangeKind::Permission,
        ChangeKind::Deploy,
        ChangeKind::Serving,
        ChangeKind::ModelSwap,
        ChangeKind::Promotion,
    ];
    covering(inventory, workload, time, KINDS)
}

/// The record that a draft must quote, and whether it lowers the severity.
pub(crate) fn explaining<'a>(
    inventory: &'a Inventory,
    draft: &Draft,
    time: EventTime,
    also: Option<&str>,
) -> Option<&'a ChangeRecord> {
    let kinds = kinds(draft.check);
    if kinds.is_empty() {
        return None;
    }
    let names = std::iter::once(draft.workload.as_str()).chain(also);
    let time = draft.changed_at.unwrap_or(time);
    names.into_iter().find_map(|name| covering(inventory, name, time, kinds))
}

/// One step lower where a record explains it, never for the most sensitive.
pub(crate) const fn severity(base: Severity, explained: bool, sensitivity: u8) -> Severity {
    if explained && sensitivity < 3 { base.lowered() } else { base }
}

/// The record as a finding quotes it.
pub(crate) fn quote(change: &ChangeRecord) -> ChangeQuote {
    ChangeQuote {
        id: change.id.clone(),
        kind: change.kind.as_str().to_owned(),
        approved_by: change.approved_by.clone(),
        from: change.from,
        to: change.to,
    }
}
