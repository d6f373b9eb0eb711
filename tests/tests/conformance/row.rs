//! A decoded row as text, by column.

use std::collections::BTreeMap;
use std::sync::Arc;

use ambit_ingest::{Decoder, RawRecord, Settings};
use ambit_schemas::event::ColumnKind;
use ambit_schemas::{Column, EventBatch};
use arrow::array::{Array as _, AsArray as _};

/// The columns that have a value.
pub(crate) type Row = BTreeMap<&'static str, String>;

/// The rows of one record, and why it was rejected, if it was.
pub(crate) fn of_record(record: &str) -> (Vec<Row>, Vec<String>) {
    let origin: Arc<str> = "log".into();
    let mut decoder = Decoder::new(Settings::default());
    decoder.push(&RawRecord::of_file(record.as_bytes(), &origin, 0));
    let Some(delivery) = decoder.flush() else { return (Vec::new(), Vec::new()) };
    let rows = (0..delivery.batch.len()).map(|row| shown(&delivery.batch, row)).collect();
    (rows, delivery.rejects.iter().map(|reject| reject.reason.to_string()).collect())
}

pub(crate) fn shown(batch: &EventBatch, row: usize) -> Row {
    Column::ALL.iter().filter_map(|column| Some((column.name(), value(batch, *column, row)?))).collect()
}

fn value(batch: &EventBatch, column: Column, row: usize) -> Option<String> {
    let array = batch.as_record_batch().column(column.index());
    if array.is_null(row) {
        return None;
    }
    Some(match column.kind() {
        ColumnKind::Text => array.as_string::<i32>().value(row).to_owned(),
        ColumnKind::Dict => batch.dict(column).get(row)?.to_owned(),
        ColumnKind::Time => batch.time(column, row)?.to_string(),
        ColumnKind::Bool => array.as_boolean().value(row).to_string(),
        ColumnKind::U8 => batch.sensitivity().value(row).to_string(),
        ColumnKind::List => {
            let names = array.as_list::<i32>().value(row);
            names.as_string::<i32>().iter().flatten().collect::<Vec<_>>().join(",")
        }
        ColumnKind::I32 | ColumnKind::I64 => return None,
    })
}
