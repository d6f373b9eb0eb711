//! The state that a checkpoint holds, with one part replaced. A checksum keeps damage from coming so far, but nothing
//! that a disk holds may end the daemon in a panic.

use std::sync::{Arc, LazyLock};

use ambit_core::{Detector, Snapshot};
use arrow::array::{Array, AsArray, LargeBinaryArray, RecordBatch};

use crate::line::{self, INVENTORY, RULES};

/// The state after a few events of every source.
pub static STATE: LazyLock<Snapshot> = LazyLock::new(|| {
    let records = crate::seeds::records(2).into_iter().map(|(_, record)| record).collect::<Vec<_>>();
    let batch = line::events(&records.join(&b'\n')).unwrap();
    let mut detector = line::detector(&batch);
    let middle = batch.times()[batch.len() / 2];
    detector.advance(ambit_schemas::EventTime(middle));
    detector.snapshot().unwrap()
});

/// The parts of the state, which stand in its first table.
pub fn parts() -> Vec<Vec<u8>> {
    let values = STATE.tables[0].1.column(1).as_binary::<i64>();
    values.iter().map(|value| value.unwrap_or_default().to_vec()).collect()
}

/// Restores the state with one part replaced; what can be restored can be taken again.
pub fn restore(data: &[u8]) {
    let Some((which, bytes)) = data.split_first() else { return };
    let (name, state) = &STATE.tables[0];
    let values = state.column(1).as_binary::<i64>();
    let which = usize::from(*which) % values.len();
    let replaced = (0..values.len()).map(|row| if row == which { bytes } else { values.value(row) });
    let columns = vec![Arc::clone(state.column(0)), Arc::new(LargeBinaryArray::from_iter_values(replaced)) as _];
    let state = RecordBatch::try_new(state.schema(), columns).unwrap();
    let tables = std::iter::once((name.clone(), state)).chain(STATE.tables[1..].iter().cloned());
    let snapshot = Snapshot { version: STATE.version, tables: tables.collect() };
    if let Ok(detector) = Detector::restore(RULES.clone(), INVENTORY.clone(), &snapshot) {
        detector.snapshot().unwrap();
    }
}
