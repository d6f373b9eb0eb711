//! Parquet files of canonical events, read back row by row: what is wrong with a row costs that row.
//!
//! A file is read in pieces whose size is fixed, whatever the size of batches is, so that the same file always gives the same
//! rows and the same rejects. A page that cannot be read costs what follows it in its row group: where the next row begins is
//! in the pages.

mod rows;
mod shape;

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use crate::record::Reason;

pub(crate) use rows::Rows;

/// Rows that are read at once.
const ROWS: usize = 8_192;

/// What comes next in a file.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Rows, and what is wrong with others between them.
    Rows(Rows),
    /// Rows that cannot be read.
    Lost {
        /// The number of the first.
        first: i64,
        /// The number of the row behind the last.
        end: i64,
        /// How many, and why.
        reason: Reason,
    },
}

/// The rows of a Parquet file.
pub(crate) struct Columnar {
    file: File,
    bytes: u64,
    metadata: ArrowReaderMetadata,
    projection: ProjectionMask,
    /// The row group that is read.
    group: usize,
    /// The number of its first row.
    first: i64,
    /// Its rows that were read.
    within: usize,
    reader: Option<ParquetRecordBatchReader>,
    /// Whether rows are read one by one, to find the one that cannot be.
    one_by_one: bool,
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
    /// When its index cannot be read, or its columns are not those of canonical events.
    pub(crate) fn open(file: File) -> Result<Self, Reason> {
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let read = guarded(|| shape::read(&file).map_err(|error| error.to_string()));
        let (metadata, projection) = read.map_err(Reason::Columns)?;
        Ok(Self {
            file,
            bytes,
            metadata,
            projection,
            group: 0,
            first: 0,
            within: 0,
            reader: None,
            one_by_one: false,
        })
    }

    /// The size of the file.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next rows of the row group; `None` at its end.
    fn read(&mut self) -> Result<Option<Rows>, String> {
        let rows = if self.one_by_one { 1 } else { ROWS };
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => {
                let place = (self.group, self.within);
                let reader = open_group(&self.file, &self.metadata, &self.projection, place, rows);
                none.insert(reader.map_err(|error| error.to_string())?)
            }
        };
        let Some(batch) = reader.next() else { return Ok(None) };
        let first = self.first.saturating_add(number(self.within));
        Rows::of(&batch.map_err(|error| error.to_string())?, first).map(Some)
    }

    /// Goes on with the next row group; gives the rows of this one that were not read.
    fn leave_group(&mut self, rows: i64, what: Option<String>) -> Option<Piece> {
        let first = self.first.saturating_add(number(self.within));
        let end = first.max(self.first.saturating_add(rows));
        (self.group, self.first, self.within) = (self.group + 1, end, 0);
        (self.reader, self.one_by_one) = (None, false);
        let what = match what {
            Some(what) => what,
            None if first < end => "the file has fewer than its index says".to_owned(),
            None => return None,
        };
        let reason = Reason::Rows { count: end.abs_diff(first).max(1), what };
        Some(Piece::Lost { first, end, reason })
    }
}

impl Iterator for Columnar {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            let rows = self.metadata.metadata().row_groups().get(self.group)?.num_rows();
            let left = match guarded(|| self.read()) {
                Ok(Some(piece)) => {
                    self.within += piece.len();
                    return Some(Piece::Rows(piece));
                }
                Err(_) if !self.one_by_one => {
                    (self.reader, self.one_by_one) = (None, true);
                    None
                }
                Err(what) => self.leave_group(rows, Some(what)),
                Ok(None) => self.leave_group(rows, None),
            };
            if left.is_some() {
                return left;
            }
        }
    }
}

/// What a reading gives. The library asserts of pages what need not hold of a file that was broken or made up; then the
/// reading has failed, and nothing of it is used again.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let ended = panic::catch_unwind(AssertUnwindSafe(read));
    ended.unwrap_or_else(|_panic| Err("its pages or its index are broken".to_owned()))
}

fn open_group(
    file: &File,
    metadata: &ArrowReaderMetadata,
    projection: &ProjectionMask,
    (group, from): (usize, usize),
    rows: usize,
) -> Result<ParquetRecordBatchReader, ParquetError> {
    let file = file.try_clone()?;
    ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
        .with_projection(projection.clone())
        .with_row_groups(vec![group])
        .with_offset(from)
        .with_batch_size(rows)
        .build()
}

fn number(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
