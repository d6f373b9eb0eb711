//! Canonical events as Parquet files by UTC day and source: `events/day=2026-03-02/aws.cloudtrail-000000.parquet`.
//!
//! Rows wait here until there are enough for a file, and are sorted in it by time and event id. A daemon that feeds rows in
//! the order in which the watermark passed them gets the same files however often it is stopped and goes on from a
//! checkpoint: a file that was written and then forgotten by a crash is written again under its name. So nothing is in
//! the archive twice.

mod file;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ambit_schemas::vocabulary::Source;
use ambit_schemas::{Column, EventBatch, EventTime, SchemaError};
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::error::ArrowError;
use parquet::errors::ParquetError;

#[cfg(feature = "sql")]
pub(crate) use self::file::date;

/// Bytes of rows that may wait for all files together; beyond it the fullest is cut before its time.
const WAITING_BYTES: usize = 256 << 20;
/// Days and sources of which it is remembered how many files there are. A daemon sees late rows of days long gone; of those
/// beyond this the files are named by what is in them.
const NUMBERED: usize = 4_096;

/// Why a file cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Arrow refused the rows.
    #[error("rows cannot be archived: {0}")]
    Arrow(#[from] ArrowError),
    /// Parquet refused them.
    #[error("rows cannot be written as Parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// What was kept of an earlier archive is no set of canonical events.
    #[error("the archive's waiting rows cannot be read: {0}")]
    Schema(#[from] SchemaError),
}

/// How files are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// By a number that goes up for each day and source: the files of one daemon, which remembers how far it is.
    Numbered,
    /// By what is in them: files that come into a folder where others are, of which nothing is known.
    ByContent,
}

/// A file to be put in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where, below the archive; with `/` between folders.
    pub path: String,
    /// How many events are in it.
    pub rows: usize,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What a file holds: a UTC day, in days since 1970, of a source.
type Key = (i64, Source);

/// Rows that wait for their file.
#[derive(Debug, Default)]
struct Open {
    batches: Vec<EventBatch>,
    rows: usize,
    bytes: usize,
    /// Whether rows came since the file was last made.
    changed: bool,
}

/// The archive, before it is on a disk.
#[derive(Debug)]
pub struct Archive {
    naming: Naming,
    /// Rows of a full file.
    part_rows: usize,
    open: BTreeMap<Key, Open>,
    /// The number of the next file, or of the one that is open.
    numbers: BTreeMap<Key, u64>,
    /// Bytes of all rows that wait.
    bytes: usize,
}

impl Archive {
    /// An archive whose files have `part_rows` rows at most.
    pub fn new(naming: Naming, part_rows: usize) -> Self {
        let part_rows = part_rows.max(1);
        Self { naming, part_rows, open: BTreeMap::new(), numbers: BTreeMap::new(), bytes: 0 }
    }

    /// Numbers its files behind those that are there already, of which it knows only the paths; anything else is passed
    /// over.
    pub fn begin_behind<'p>(&mut self, paths: impl IntoIterator<Item = &'p str>) {
        for (key, number) in paths.into_iter().filter_map(file::numbered) {
            self.number(key);
            if let Some(next) = self.numbers.get_mut(&key) {
                *next = (*next).max(number.saturating_add(1));
            }
        }
    }

    /// Takes rows in, and gives the files that are full.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn add(&mut self, batch: &EventBatch) -> Result<Vec<Part>, ArchiveError> {
        let mut parts = Vec::new();
        for (key, batch) in by_key(batch)? {
            let mut rest = batch;
            while !rest.is_empty() {
                let held = self.open.get(&key).map_or(0, |open| open.rows);
                let room = self.part_rows.saturating_sub(held).clamp(1, rest.len());
                self.hold(key, rest.slice(0, room));
                rest = rest.slice(room, rest.len() - room);
                if held + room >= self.part_rows {
                    parts.extend(self.cut(key)?);
                }
            }
        }
        while self.bytes > WAITING_BYTES {
            let fullest = self.open.iter().max_by_key(|(_, open)| open.bytes).map(|(key, _)| *key);
            let Some(key) = fullest else { break };
            parts.extend(self.cut(key)?);
        }
        Ok(parts)
    }

    fn hold(&mut self, key: Key, batch: EventBatch) {
        self.number(key);
        let bytes = batch.memory_bytes();
        let open = self.open.entry(key).or_default();
        open.rows += batch.len();
        open.bytes += bytes;
        open.changed = true;
        open.batches.push(batch);
        self.bytes += bytes;
    }

    /// Makes sure that a day and source has a number, if its files are numbered and it is not too old.
    fn number(&mut self, key: Key) {
        if self.naming == Naming::ByContent || self.numbers.contains_key(&key) {
            return;
        }
        if self.numbers.len() >= NUMBERED {
            match self.numbers.first_entry() {
                Some(oldest) if *oldest.key() < key => drop(oldest.remove()),
                _ => return,
            }
        }
        self.numbers.insert(key, 0);
    }

    /// Ends the files of the days before one, whose rows have all come.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn close_before(&mut self, day: i64) -> Result<Vec<Part>, ArchiveError> {
        let over = self.open.keys().take_while(|(open, _)| *open < day).copied().collect::<Vec<_>>();
        over.into_iter().filter_map(|key| self.cut(key).transpose()).collect()
    }

    /// Ends every file.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn close(&mut self) -> Result<Vec<Part>, ArchiveError> {
        self.close_before(i64::MAX)
    }

    /// The files that are not full yet, as they are now, if they have grown: put in place they can be read already, and
    /// are replaced when they are full. Only numbered files can be.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub fn grown(&mut self) -> Result<Vec<Part>, ArchiveError> {
        let mut parts = Vec::new();
        if self.naming == Naming::Numbered {
            for (key, open) in self.open.iter_mut().filter(|(_, open)| open.changed) {
                if let Some(number) = self.numbers.get(key) {
                    let rows = file::sorted(&open.batches)?;
                    parts.push(file::part(*key, &number_name(*number), &rows)?);
                    open.changed = false;
                }
            }
        }
        Ok(parts)
    }

    /// Makes a file of all rows that wait for it.
    fn cut(&mut self, key: Key) -> Result<Option<Part>, ArchiveError> {
        let Some(open) = self.open.remove(&key).filter(|open| open.rows > 0) else { return Ok(None) };
        self.bytes = self.bytes.saturating_sub(open.bytes);
        let rows = file::sorted(&open.batches)?;
        let name = match self.numbers.get_mut(&key) {
            Some(number) if self.naming == Naming::Numbered => {
                let name = number_name(*number);
                *number += 1;
                name
            }
            _ => file::content_name(&rows),
        };
        file::part(key, &name, &rows).map(Some)
    }

    /// What must not be forgotten over a restart, as named tables: the rows that wait, and how many files there are.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub fn tables(&self) -> Result<Vec<(String, RecordBatch)>, ArchiveError> {
        state::tables(self)
    }

    /// Whether tables are also those of an archive.
    pub fn is_in(tables: &[(String, RecordBatch)]) -> bool {
        state::is_in(tables)
    }

    /// An archive that goes on where [`Archive::tables`] were taken; other tables are passed over.
    ///
    /// # Errors
    /// When the tables are none that an archive made.
    pub fn restore(part_rows: usize, tables: &[(String, RecordBatch)]) -> Result<Self, ArchiveError> {
        state::restore(part_rows, tables)
    }

    /// Bytes of rows that wait.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

fn number_name(number: u64) -> String {
    format!("{number:06}")
}

/// The rows of each day and source, in the order in which they stood.
fn by_key(batch: &EventBatch) -> Result<Vec<(Key, EventBatch)>, ArchiveError> {
    let words = batch.words::<Source>(Column::Source)?;
    let sources = batch.dict(Column::Source);
    let mut rows = BTreeMap::<Key, Vec<u32>>::new();
    for (row, time) in batch.times().iter().enumerate() {
        let source = sources.key(row).and_then(|key| words.get(key)).copied().unwrap_or(Source::Ocsf);
        let key = (EventTime(*time).day(), source);
        rows.entry(key).or_default().push(u32::try_from(row).unwrap_or(u32::MAX));
    }
    if let (1, Some((key, _))) = (rows.len(), rows.first_key_value()) {
        return Ok(vec![(*key, batch.clone())]);
    }
    let pick = |(key, rows): (Key, Vec<u32>)| {
        let taken = take_record_batch(batch.as_record_batch(), &UInt32Array::from(rows))?;
        Ok((key, EventBatch::try_new(taken)?))
    };
    rows.into_iter().map(pick).collect()
}
