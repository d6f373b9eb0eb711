//! Events wait here until the watermark has passed them; then they leave in one order, whatever order they came in.

use std::cmp::Ordering;

use ambit_schemas::event::ColumnKind;
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::Outcome;
use ambit_schemas::{Column, EventBatch, EventTime, SchemaError};
use arrow::array::BooleanArray;
use arrow::compute::{filter_record_batch, interleave_record_batch};

use crate::loaded::Loaded;

/// A row that waits: when it may be taken up, and where it is.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    due: i64,
    batch: u32,
    row: u32,
}

/// A row to take up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub(crate) batch: usize,
    pub(crate) row: usize,
}

/// The rows that wait for the watermark.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    batches: Vec<Option<Loaded>>,
    free: Vec<u32>,
    entries: Vec<Waiting>,
    bytes: usize,
}

impl Pending {
    /// Takes the rows of a batch that are not before `watermark`; returns where the batch is, and how many were before (they
    /// are late). A request waits `pair_secs` longer than its time, so that its response can make it needless.
    pub(crate) fn push(&mut self, batch: EventBatch, watermark: EventTime, pair_secs: i64) -> (usize, usize) {
        let mut loaded = Loaded::new(batch);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.batches.push(None);
            u32::try_from(self.batches.len() - 1).unwrap_or(u32::MAX)
        });
        let before = self.entries.len();
        for (row, time) in loaded.batch().times().iter().enumerate() {
            if *time >= watermark.micros() {
                let wait =
                    if loaded.outcome(row) == Outcome::Unknown { pair_secs * SECOND_MICROS } else { 0 };
                let row = u32::try_from(row).unwrap_or(u32::MAX);
                self.entries.push(Waiting { due: time.saturating_add(wait), batch: slot, row });
            }
        }
        let kept = self.entries.len() - before;
        let late = loaded.waiting - kept;
        loaded.waiting = kept;
        if kept == 0 {
            self.free.push(slot);
        } else {
            self.bytes += loaded.bytes();
            self.batches[slot as usize] = Some(loaded);
        }
        (slot as usize, late)
    }

    /// Removes and orders the rows due before `watermark`, or at it where `inclusive`: by time, event id, source, and
    /// only then by content, so that ties are decided by what is logged and never by arrival.
    pub(crate) fn take_due(&mut self, watermark: EventTime, inclusive: bool) -> Vec<Due> {
        let passed = |entry: &Waiting| {
            entry.due < watermark.micros() || (inclusive && entry.due == watermark.micros())
        };
        let mut due = self.entries.extract_if(.., |entry| passed(entry)).collect::<Vec<_>>();
        let sorted = due.is_sorted_by(|a, b| a.due < b.due);
        if !sorted {
            due.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| self.compare(*a, *b)));
        }
        due.into_iter().map(|entry| Due { batch: entry.batch as usize, row: entry.row as usize }).collect()
    }

    fn compare(&self, left: Waiting, right: Waiting) -> Ordering {
        let batch = |entry: Waiting| {
            self.batches[entry.batch as usize].as_ref().map(|loaded| (loaded, entry.row as usize))
        };
        let (Some((one, row)), Some((other, other_row))) = (batch(left), batch(right)) else {
            return Ordering::Equal;
        };
        let ids = one.event_id(row).cmp(other.event_id(other_row));
        ids.then_with(|| one.source(row).cmp(&other.source(other_row)))
            .then_with(|| compare_content((one, row), (other, other_row)))
    }

    /// Places that batches may be at.
    pub(crate) const fn places(&self) -> usize {
        self.batches.len()
    }

    /// The batch of a due row.
    pub(crate) fn loaded(&mut self, batch: usize) -> Option<&mut Loaded> {
        self.batches.get_mut(batch).and_then(Option::as_mut)
    }

    /// Due rows as a batch, in their order.
    pub(crate) fn copy(&self, due: &[Due]) -> Result<EventBatch, SchemaError> {
        let mut places = Vec::new();
        let mut rows = Vec::with_capacity(due.len());
        for row in due {
            let known = places.iter().position(|place| *place == row.batch);
            let place = known.unwrap_or_else(|| {
                places.push(row.batch);
                places.len() - 1
            });
            rows.push((place, row.row));
        }
        let batches = places.iter().filter_map(|place| self.batches[*place].as_ref());
        let batches = batches.map(|loaded| loaded.batch().as_record_batch()).collect::<Vec<_>>();
        EventBatch::try_new(interleave_record_batch(&batches, &rows)?)
    }

    /// Says that a due row is done with; its batch goes when all are.
    pub(crate) fn release(&mut self, batch: usize) {
        let Some(loaded) = self.loaded(batch) else { return };
        loaded.waiting -= 1;
        if loaded.waiting == 0 {
            let bytes = loaded.bytes();
            self.bytes = self.bytes.saturating_sub(bytes);
            self.batches[batch] = None;
            self.free.push(u32::try_from(batch).unwrap_or(u32::MAX));
        }
    }

    /// When the next row is due.
    pub(crate) fn next_due(&self) -> Option<EventTime> {
        self.entries.iter().map(|entry| EventTime(entry.due)).min()
    }

    /// The waiting rows, for a snapshot, by batch.
    pub(crate) fn waiting(&self) -> Vec<(&EventBatch, Vec<u32>)> {
        let mut rows = vec![Vec::new(); self.batches.len()];
        for entry in &self.entries {
            rows[entry.batch as usize].push(entry.row);
        }
        let batches = self.batches.iter().zip(rows);
        batches.filter_map(|(loaded, rows)| loaded.as_ref().map(|loaded| (loaded.batch(), rows))).collect()
    }

    /// Bytes of the batches that wait.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Rows that wait.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The rows of a batch that are before a moment.
pub(crate) fn before(batch: &EventBatch, moment: EventTime) -> Result<EventBatch, SchemaError> {
    let early = batch.times().iter().map(|time| Some(*time < moment.micros()));
    filtered(batch, &early.collect())
}

/// The rows of a batch for which it is so.
pub(crate) fn filtered(batch: &EventBatch, is_so: &BooleanArray) -> Result<EventBatch, SchemaError> {
    EventBatch::try_new(filter_record_batch(batch.as_record_batch(), is_so)?)
}

/// Compares two rows by what was logged: every dictionary column but the origin, then the place.
fn compare_content((one, row): (&Loaded, usize), other: (&Loaded, usize)) -> Ordering {
    let dictionaries = Column::ALL.iter().filter(|column| column.kind() == ColumnKind::Dict);
    let content = dictionaries.filter(|column| **column != Column::Origin);
    let place = || one.batch().place(row).cmp(&other.0.batch().place(other.1));
    let mut texts = content.chain([&Column::Origin]).map(|column| one.compare_text(*column, row, other));
    texts.find(|order| order.is_ne()).unwrap_or_else(place)
}
