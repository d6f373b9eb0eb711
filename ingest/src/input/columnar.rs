//! Parquet files of canonical events, read back row by row: what is wrong with a row costs that row.
//!
//! A file is read in pieces whose size is fixed, whatever the size of batches is, so that the same file always gives the same
//! rows and the same rejects. A page that cannot be read costs what follows it in its row group: where the next row begins is
//! in the pages.

mod rows;
mod shape;

use std::fs::File;

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
        let (metadata, projection) = shape::read(&file)?;
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
    fn read(&mut self) -> Option<Result<Rows, String>> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => match open_group(
                &self.file,
                &self.metadata,
                &self.projection,
                (self.group, self.within),
                if self.one_by_one { 1 } else { ROWS },
            ) {
                Ok(reader) => none.insert(reader),
                Err(error) => return Some(Err(error.to_string())),
            },
        };
        let first = self.first.saturating_add(number(self.within));
        let batch = reader.next()?;
        Some(batch.map_err(|error| error.to_string()).and_then(|batch| Rows::of(&batch, first)))
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
            let left = match self.read() {
                Some(Ok(piece)) => {
                    self.within += piece.len();
                    return Some(Piece::Rows(piece));
                }
                Some(Err(_)) if !self.one_by_one => {
                    (self.reader, self.one_by_one) = (None, true);
                    None
                }
                Some(Err(what)) => self.leave_group(rows, Some(what)),
                None => self.leave_group(rows, None),
            };
            if left.is_some() {
                return left;
            }
        }
    }
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

fn columns(error: &impl ToString) -> Reason {
    Reason::Columns(error.to_string())
}

#[cfg(test)]
mod tests;
