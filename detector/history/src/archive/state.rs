//! What an archive must not forget over a restart, as tables for a checkpoint: the rows that wait for their file, and
//! how many files each day and source has.

use std::sync::Arc;

use ambit_schemas::EventBatch;
use ambit_schemas::event::identity_event_schema;
use ambit_schemas::vocabulary::{Source, Vocabulary};
use arrow::array::{AsArray, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt64Type};
use arrow::error::ArrowError;

use super::{Archive, ArchiveError, Key, Naming};

/// The table of numbers.
const NUMBERS: &str = "archive.numbers";
/// The tables of rows.
const ROWS: &str = "archive.rows";

pub(super) fn tables(archive: &Archive) -> Result<Vec<(String, RecordBatch)>, ArchiveError> {
    let days = Int64Array::from_iter_values(archive.numbers.keys().map(|(day, _)| *day));
    let sources = StringArray::from_iter_values(archive.numbers.keys().map(|(_, source)| source.as_str()));
    let numbers = UInt64Array::from_iter_values(archive.numbers.values().copied());
    let schema = Schema::new(vec![
        Field::new("day", DataType::Int64, false),
        Field::new("source", DataType::Utf8, false),
        Field::new("number", DataType::UInt64, false),
    ]);
    let numbers =
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(days), Arc::new(sources), Arc::new(numbers)])?;
    let mut tables = vec![(NUMBERS.to_owned(), numbers)];
    for open in archive.open.values().filter(|open| open.rows > 0) {
        let rows = open.batches.iter().map(EventBatch::as_record_batch);
        tables.push((ROWS.to_owned(), concat_batches(&identity_event_schema(), rows)?));
    }
    Ok(tables)
}

pub(super) fn is_in(tables: &[(String, RecordBatch)]) -> bool {
    tables.iter().any(|(name, _)| name == NUMBERS)
}

pub(super) fn restore(part_rows: usize, tables: &[(String, RecordBatch)]) -> Result<Archive, ArchiveError> {
    let mut archive = Archive::new(Naming::Numbered, part_rows);
    for (_, table) in tables.iter().filter(|(name, _)| name == NUMBERS) {
        archive.numbers.extend(numbers(table)?);
    }
    for (_, table) in tables.iter().filter(|(name, _)| name == ROWS) {
        for (key, batch) in super::by_key(&EventBatch::try_new(table.clone())?)? {
            archive.hold(key, batch);
        }
    }
    Ok(archive)
}

fn numbers(table: &RecordBatch) -> Result<Vec<(Key, u64)>, ArchiveError> {
    let absent = || ArrowError::SchemaError("it needs day, source and number".to_owned());
    let column = |name| table.column_by_name(name).ok_or_else(absent);
    let days = column("day")?.as_primitive_opt::<Int64Type>().ok_or_else(absent)?;
    let sources = column("source")?.as_string_opt::<i32>().ok_or_else(absent)?;
    let numbers = column("number")?.as_primitive_opt::<UInt64Type>().ok_or_else(absent)?;
    let row = |row: usize| {
        let index = Source::NAMES.iter().position(|name| *name == sources.value(row));
        let source = index.and_then(Source::from_index).ok_or_else(absent)?;
        Ok(((days.value(row), source), numbers.value(row)))
    };
    (0..table.num_rows()).map(row).collect()
}
