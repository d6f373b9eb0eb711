//! Rows as a Parquet file.

use ambit_schemas::event::identity_event_schema;
use ambit_schemas::hash::stable_hash128;
use ambit_schemas::vocabulary::Source;
use ambit_schemas::{Column, EventBatch, EventTime};
use arrow::array::RecordBatch;
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::{ArchiveError, Key, Part};

/// Rows of a row group: what a reader that looks for a moment can leave out, or must hold in memory.
const GROUP_ROWS: usize = 16 * 1024;

/// Rows of several batches by time and event id.
pub(super) fn sorted(batches: &[EventBatch]) -> Result<EventBatch, ArchiveError> {
    let schema = identity_event_schema();
    let all = concat_batches(&schema, batches.iter().map(EventBatch::as_record_batch))?;
    let column = |column: Column| SortColumn { values: all.column(column.index()).clone(), options: None };
    let order = lexsort_to_indices(&[column(Column::Time), column(Column::EventId)], None)?;
    Ok(EventBatch::try_new(take_record_batch(&all, &order)?)?)
}

/// A name that two files share only if they hold the same events.
pub(super) fn content_name(rows: &EventBatch) -> String {
    let ids = rows.event_ids();
    let hash = stable_hash128((0..rows.len()).map(|row| ids.value(row).as_bytes()));
    format!("{hash:032x}")
}

/// A UTC day as the folders have it: `2026-03-02`.
pub(crate) fn date(day: i64) -> String {
    let mut date = EventTime::from_day(day).to_string();
    date.truncate(date.find('T').unwrap_or(date.len()));
    date
}

/// The file of sorted rows.
pub(super) fn part((day, source): Key, name: &str, rows: &EventBatch) -> Result<Part, ArchiveError> {
    let date = date(day);
    let bytes = write(rows.as_record_batch())?;
    Ok(Part { path: format!("events/day={date}/{source}-{name}.parquet"), rows: rows.len(), bytes })
}

/// What a numbered file holds, and its number, by the end of its path.
pub(super) fn numbered(path: &str) -> Option<(Key, u64)> {
    let (folders, file) = path.rsplit_once('/')?;
    let date = folders.rsplit('/').next()?.strip_prefix("day=")?;
    let (source, number) = file.strip_suffix(".parquet")?.rsplit_once('-')?;
    let day = EventTime::parse_rfc3339(&format!("{date}T00:00:00Z"))?.day();
    Some(((day, Source::parse(source)?), number.parse().ok()?))
}

fn write(rows: &RecordBatch) -> Result<Vec<u8>, ArchiveError> {
    let by = |column: Column| SortingColumn {
        column_idx: i32::try_from(column.index()).unwrap_or(i32::MAX),
        descending: false,
        nulls_first: true,
    };
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_sorting_columns(Some(vec![by(Column::Time), by(Column::EventId)]))
        .set_created_by(concat!("ambit ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties))?;
    writer.write(rows)?;
    Ok(writer.into_inner()?)
}
