//! Records to rows: tells the source of each record from its shape and hands it to that source's decoder.

mod format;
mod output;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use ambit_schemas::vocabulary::Source;
use ambit_schemas::{EventBatchBuilder, Position};

pub use format::Format;
pub use settings::{Labels, Settings, TimeBounds};

pub(crate) use output::Output;

use crate::record::{Counts, Delivery, RawRecord, Reason, Reject};

/// A batch is handed on when it holds this much text, however few its rows: Arrow's offsets end at 2 GiB.
const MAX_TEXT_BYTES: usize = 256 << 20;

/// Push records, pull deliveries.
#[derive(Debug, Default)]
pub struct Decoder {
    settings: Settings,
    builder: EventBatchBuilder,
    counts: Counts,
    rejects: Vec<Reject>,
    progress: Progress,
    /// The format of the last record. Logs are rarely mixed line by line, so it is tried first.
    last: Option<Format>,
}

impl Decoder {
    /// A decoder for records of every source.
    pub fn new(settings: Settings) -> Self {
        Self { last: settings.format, settings, ..Self::default() }
    }

    /// Decodes one record. What cannot be decoded becomes a reject; nothing fails.
    pub fn push(&mut self, record: &RawRecord<'_>) {
        let format = self.settings.format.or_else(|| Format::of(record.bytes));
        let result = format.map_or(Err(Reason::UnknownShape), |format| self.decode_as(format, record));
        if let Err(reason) = result {
            self.reject(format.and_then(Format::source), record.position(), reason);
        }
        self.progress.reached(record);
    }

    /// Counts a record that could not even be cut out of its input.
    pub fn reject(&mut self, source: Option<Source>, position: Position, reason: Reason) {
        let tally = self.counts.of_mut(source);
        tally.read += 1;
        tally.rejected += 1;
        self.rejects.push(Reject { position, reason });
    }

    fn decode_as(&mut self, format: Format, record: &RawRecord<'_>) -> Result<(), Reason> {
        let out = &mut Output {
            builder: &mut self.builder,
            tally: self.counts.of_mut(format.source()),
            rejects: &mut self.rejects,
            settings: &self.settings,
        };
        self.last = Some(format);
        match format {
            Format::CloudTrail | Format::Vault | Format::Otlp | Format::Canonical => {
                let _: (&mut Output<'_>, &RawRecord<'_>) = (out, record);
                Err(Reason::UnknownShape)
            }
        }
    }

    /// Whether it is time for [`Decoder::flush`].
    pub fn is_full(&self) -> bool {
        let most = self.settings.batch_rows.max(1);
        self.builder.len() >= most || self.rejects.len() >= most || self.builder.text_bytes() > MAX_TEXT_BYTES
    }

    /// Hands on what was decoded since the last flush; `None` if no record was pushed since.
    pub fn flush(&mut self) -> Option<Delivery> {
        let upto = self.progress.take();
        if upto.is_empty() && self.rejects.is_empty() {
            return None;
        }
        let mut rejects = std::mem::take(&mut self.rejects);
        let batch = match self.builder.finish() {
            Ok(batch) => batch,
            Err(error) => {
                let position = upto.last().cloned();
                rejects.extend(
                    position.map(|position| Reject { position, reason: Reason::Columns(error.to_string()) }),
                );
                self.builder = EventBatchBuilder::new();
                return Some(Delivery { batch: self.builder.finish().ok()?, rejects, upto });
            }
        };
        Some(Delivery { batch, rejects, upto })
    }

    /// What became of the records so far.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// How far each input was decoded since the last flush.
#[derive(Debug, Default)]
struct Progress {
    reached: Vec<Position>,
    places: BTreeMap<(Arc<str>, Option<i32>), usize>,
    current: usize,
}

impl Progress {
    fn reached(&mut self, record: &RawRecord<'_>) {
        if let Some(last) = self.reached.get_mut(self.current)
            && Arc::ptr_eq(&last.origin, record.origin)
            && last.partition == record.partition
        {
            last.offset = record.offset;
            return;
        }
        let next = self.reached.len();
        self.current = *self.places.entry((Arc::clone(record.origin), record.partition)).or_insert(next);
        match self.reached.get_mut(self.current) {
            Some(last) => last.offset = record.offset,
            None => self.reached.push(record.position()),
        }
    }

    fn take(&mut self) -> Vec<Position> {
        self.places.clear();
        self.current = 0;
        std::mem::take(&mut self.reached)
    }
}
