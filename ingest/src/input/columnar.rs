//! Parquet files of canonical events, read back as batches.

use std::fs::File;
use std::sync::Arc;

use ambit_schemas::event::identity_event_schema;
use ambit_schemas::{Column, EventBatch};
use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::cast;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::record::Reason;

/// The batches of a Parquet file.
pub(crate) struct Columnar {
    reader: ParquetRecordBatchReader,
    bytes: u64,
}

impl std::fmt::Debug for Columnar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Columnar").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Columnar {
    /// Opens a file that begins as Parquet does.
    ///
    /// # Errors
    /// When its index cannot be read.
    pub(crate) fn open(file: File, batch_rows: usize) -> Result<Self, Reason> {
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let failed = |error: parquet::errors::ParquetError| Reason::Columns(error.to_string());
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let reader = builder.with_batch_size(batch_rows.max(1)).build().map_err(failed)?;
        Ok(Self { reader, bytes })
    }

    /// The size of the file.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Iterator for Columnar {
    type Item = Result<EventBatch, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|error| Reason::Columns(error.to_string())).and_then(|batch| restore(&batch)))
    }
}

/// Puts the columns in the order and types of `identity_event.v1`: other writers keep texts plain rather than in
/// dictionaries, and an older file lacks a column that came later.
fn restore(batch: &RecordBatch) -> Result<EventBatch, Reason> {
    let columns =
        Column::ALL.iter().map(|column| restore_column(batch, *column)).collect::<Result<Vec<_>, _>>()?;
    let batch = RecordBatch::try_new(identity_event_schema(), columns)
        .map_err(|error| Reason::Columns(error.to_string()))?;
    EventBatch::try_new(batch).map_err(|error| Reason::Columns(error.to_string()))
}

fn restore_column(batch: &RecordBatch, column: Column) -> Result<ArrayRef, Reason> {
    match batch.column_by_name(column.name()) {
        Some(array) if *array.data_type() == column.data_type() => Ok(Arc::clone(array)),
        Some(array) => cast(array, &column.data_type())
            .map_err(|error| Reason::Columns(format!("column `{}`: {error}", column.name()))),
        None if column.nullable() => Ok(new_null_array(&column.data_type(), batch.num_rows())),
        None => Err(Reason::Columns(format!("no column `{}`", column.name()))),
    }
}
