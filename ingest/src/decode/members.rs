//! One event that gives something to several identities: a row for each.

use std::collections::BTreeSet;

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::ActionClass;

use super::Output;
use crate::record::Reason;

/// Appends a row, and a further one for each other identity that the event gives something to beyond the first. The row is
/// about the first of them, unless it is about an identity already: then that is the first.
pub(super) fn rows<'n>(
    row: &EventRow<'_>,
    names: impl Iterator<Item = &'n str>,
    out: &mut Output<'_>,
) -> Result<(), Reason> {
    let mut seen = BTreeSet::new();
    let mut names = names.filter(|name| seen.insert(*name));
    let target = row.target_workload.or_else(|| names.next());
    if target == row.target_workload {
        out.row(row)?;
    } else {
        out.row(&EventRow { target_workload: target, ..*row })?;
    }
    if row.event_id.is_empty() {
        // Without an id of the event the rows could not be told from duplicates of the first.
        return Ok(());
    }
    for (index, name) in names.enumerate() {
        let event_id = format!("{}#{}", row.event_id, index + 2);
        out.further_row(&EventRow {
            event_id: &event_id,
            action_class: ActionClass::PermissionsChange,
            target_workload: Some(name),
            ..*row
        })?;
    }
    Ok(())
}
