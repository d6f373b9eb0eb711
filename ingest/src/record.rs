//! What goes into a decoder and what comes out of it.

use std::sync::Arc;

use ambit_schemas::vocabulary::{Source, Vocabulary};
use ambit_schemas::{EventBatch, EventRow, EventTime, Position};

/// One record of a log, as bytes borrowed from the reader's buffer, and its place.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// The record: one JSON value, or whatever else stood in its place.
    pub bytes: &'a [u8],
    /// The file or topic it comes from.
    pub origin: &'a Arc<str>,
    /// The topic's partition; `None` for a file.
    pub partition: Option<i32>,
    /// Its first byte in the decompressed file, or the message's offset.
    pub offset: i64,
    /// When it was received, where the receiver says so; never read from a clock here.
    pub observed_at: Option<EventTime>,
}

impl<'a> RawRecord<'a> {
    /// A record of a file.
    pub const fn of_file(bytes: &'a [u8], origin: &'a Arc<str>, offset: i64) -> Self {
        Self { bytes, origin, partition: None, offset, observed_at: None }
    }

    /// Where the record stands.
    pub fn position(&self) -> Position {
        Position { origin: Arc::clone(self.origin), partition: self.partition, offset: self.offset }
    }

    /// A row of this record: its place is filled in, the rest is as empty as [`EventRow::new`] leaves it.
    pub fn row(&self, source: Source, event_id: &'a str, time: EventTime) -> EventRow<'a> {
        EventRow {
            origin: self.origin,
            origin_partition: self.partition,
            origin_offset: self.offset,
            observed_at: self.observed_at,
            ..EventRow::new(source, event_id, time)
        }
    }
}

/// Why a record, or the rest of an input, could not be read. The text never quotes the input: it may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The record is not valid JSON, or a field has a type that the source never gives it.
    #[error("broken JSON at byte {at} of the record")]
    Json {
        /// Bytes from the start of the record.
        at: usize,
    },
    /// The record is not valid protobuf.
    #[error("broken protobuf")]
    Protobuf,
    /// Neither an object nor an array: text, a bare number, binary data.
    #[error("no JSON object or array")]
    NoRecord,
    /// The record is not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// The record is longer than the limit.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The record nests deeper than the limit.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
    /// The input ends inside the record.
    #[error("cut off")]
    Truncated,
    /// The record's shape is that of no known source.
    #[error("not a record of a known source")]
    UnknownShape,
    /// A field without which the record says nothing is absent.
    #[error("no field `{0}`")]
    Missing(&'static str),
    /// A field is there, but cannot be understood.
    #[error("unreadable field `{0}`")]
    Unreadable(&'static str),
    /// The event's time is outside the plausible bounds: a broken clock, or a forged one.
    #[error("implausible time {0}")]
    ImplausibleTime(EventTime),
    /// The rest of the input could not be decompressed.
    #[error("{codec} stream is broken: {what}; what stood before this offset was read")]
    Compression {
        /// `gzip` or `zstd`.
        codec: &'static str,
        /// What is wrong.
        what: String,
    },
    /// The input grows without measure when decompressed; the rest was left unread.
    #[error("expands more than {limit} times when decompressed; the rest was not read")]
    Expansion {
        /// The limit on decompressed bytes a compressed byte.
        limit: u64,
    },
    /// The input cannot be opened or read on.
    #[error("cannot be read: {0}")]
    Io(String),
    /// The input is of a kind that is not read here.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The input is a columnar file, but not of canonical events.
    #[error("not a file of canonical events: {0}")]
    Columns(String),
    /// Rows of a columnar file stand in pages that cannot be read.
    #[error("{count} rows from here on cannot be read: {what}")]
    Rows {
        /// How many.
        count: u64,
        /// What is wrong.
        what: String,
    },
}

/// A record, or the rest of an input, that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where it stands.
    pub position: Position,
    /// Why it was not understood.
    pub reason: Reason,
}

/// What became of the records of one source. `read` is the sum of the accepted, the ignored and the rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Records: array elements, spans, lines.
    pub read: u64,
    /// Rows that they gave; a record may give several.
    pub rows: u64,
    /// Records that are no event (a span of another kind).
    pub ignored: u64,
    /// Records that were rejected.
    pub rejected: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.rows += other.rows;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
    }
}

/// Tallies by source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    by_source: Vec<Tally>,
    /// Records whose source could not be told; all of them are rejected, or are no records.
    pub unknown: Tally,
}

impl Default for Counts {
    fn default() -> Self {
        Self { by_source: vec![Tally::default(); Source::ALL.len()], unknown: Tally::default() }
    }
}

impl Counts {
    /// The tally of a source; `None` is for records whose source could not be told.
    pub fn of(&self, source: Option<Source>) -> &Tally {
        source.and_then(|source| self.by_source.get(source.index())).unwrap_or(&self.unknown)
    }

    pub(crate) fn of_mut(&mut self, source: Option<Source>) -> &mut Tally {
        match source.and_then(|source| self.by_source.get_mut(source.index())) {
            Some(tally) => tally,
            None => &mut self.unknown,
        }
    }

    /// Adds what became of other records.
    pub fn add(&mut self, other: &Self) {
        self.unknown.add(&other.unknown);
        for (tally, other) in self.by_source.iter_mut().zip(&other.by_source) {
            tally.add(other);
        }
    }

    /// Counts what is no record of any source.
    pub(crate) const fn ignore(&mut self) {
        self.unknown.read += 1;
        self.unknown.ignored += 1;
    }

    /// The sources that gave at least one record, in the vocabulary's order.
    pub fn sources(&self) -> impl Iterator<Item = (Source, &Tally)> {
        let all = Source::ALL.iter().zip(&self.by_source);
        all.filter(|(_, tally)| tally.read > 0).map(|(source, tally)| (*source, tally))
    }

    /// The sum over all sources and the unknown.
    pub fn total(&self) -> Tally {
        let mut sum = self.unknown;
        for tally in &self.by_source {
            sum.add(tally);
        }
        sum
    }
}

/// What a decoder hands on: rows, what it could not read, and how far it came.
#[derive(Debug)]
pub struct Delivery {
    /// The rows, in the order of the records.
    pub batch: EventBatch,
    /// What was not understood, in the order of the records.
    pub rejects: Vec<Reject>,
    /// For each input touched, its last record that this or an earlier delivery accounts for.
    pub upto: Vec<Position>,
}
