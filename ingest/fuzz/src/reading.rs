//! Records and what became of them: the same for any split of the input and any size of batches, and all accounted for.

use std::io::{self, Read};
use std::sync::Arc;

use ambit_ingest::frame::{Frame, Framer};
use ambit_ingest::{Decoder, Delivery, Format, RawRecord, Settings, Signal, Tally};
use ambit_schemas::event::identity_event_schema;
use ambit_schemas::{EventBatch, Position};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema};

/// Records are short here, so that the limit is met.
const LIMIT: usize = 4_096;

/// Bytes that come in pieces.
struct Pieces<'a> {
    data: &'a [u8],
    most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.data.len().min(self.most).min(into.len());
        let (piece, rest) = self.data.split_at(count);
        into[..count].copy_from_slice(piece);
        self.data = rest;
        Ok(count)
    }
}

/// Everything that came of an input.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    rows: RecordBatch,
    rejects: Vec<(Position, String)>,
    total: Tally,
}

/// Collects deliveries.
#[derive(Default)]
pub struct Taken {
    batches: Vec<RecordBatch>,
    rejects: Vec<(Position, String)>,
}

impl Taken {
    /// Takes what was handed on.
    pub fn add(&mut self, delivery: Option<Delivery>) {
        let Some(delivery) = delivery else { return };
        self.batches.push(plain(&delivery.batch));
        let rejects = delivery.rejects.into_iter();
        self.rejects.extend(rejects.map(|reject| (reject.position, reject.reason.to_string())));
    }

    /// All of it, checked against what was counted.
    pub fn all(self, total: Tally) -> Outcome {
        let schema = self.batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        let rows = concat_batches(&schema, &self.batches).unwrap();
        assert_eq!(total.rows, rows.num_rows() as u64, "{total:?}");
        assert_eq!(total.rejected, self.rejects.len() as u64, "{total:?}");
        let accepted = total.read.checked_sub(total.rejected + total.ignored);
        let accepted = accepted.unwrap_or_else(|| panic!("more came out than was read: {total:?}"));
        // A record may give several rows, and gives one at least.
        assert!(accepted <= total.rows && (accepted > 0 || total.rows == 0), "{total:?}");
        Outcome { rows, rejects: self.rejects, total }
    }
}

/// A batch with plain texts in the place of dictionaries, whose order depends on where batches begin.
fn plain(batch: &EventBatch) -> RecordBatch {
    let flat = |array: &ArrayRef| match array.data_type() {
        DataType::Dictionary(..) => cast(array, &DataType::Utf8).unwrap(),
        _ => Arc::clone(array),
    };
    let columns = batch.as_record_batch().columns().iter().map(flat).collect::<Vec<_>>();
    let schema = identity_event_schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields = fields.map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true));
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns).unwrap()
}

fn read(format: Option<Format>, data: &[u8], piece: usize, batch_rows: usize) -> Outcome {
    let origin: Arc<str> = "f".into();
    let settings = Settings { format, batch_rows, max_record_bytes: LIMIT, ..Settings::default() };
    let (mut decoder, mut taken) = (Decoder::new(settings), Taken::default());
    let mut framer = Framer::new(Pieces { data, most: piece }, LIMIT);
    while let Some(frame) = framer.next_frame() {
        match frame {
            Frame::Record { offset, bytes } => {
                decoder.push(&RawRecord::of_file(bytes, &origin, offset as i64));
            }
            Frame::Broken { offset, reason } => {
                let position = Position { origin: origin.clone(), partition: None, offset: offset as i64 };
                decoder.reject(None, position, reason);
            }
        }
        if decoder.is_full() {
            taken.add(decoder.flush());
        }
    }
    taken.add(decoder.flush());
    taken.all(decoder.counts().total())
}

/// Reads the same bytes at once, and in pieces with small batches.
pub fn any_split(format: Option<Format>, data: &[u8]) {
    let whole = read(format, data, usize::MAX, 8_192);
    let pieces = 1 + data.len() % 7;
    assert_eq!(whole, read(format, data, pieces, 1), "in pieces of {pieces}");
}

/// Reads a body of protobuf twice.
pub fn protobuf(signal: Signal, body: &[u8]) {
    let origin: Arc<str> = "post".into();
    let read = || {
        let (mut decoder, mut taken) = (Decoder::new(Settings::default()), Taken::default());
        decoder.push_otlp(signal, &RawRecord::of_file(body, &origin, 0));
        taken.add(decoder.flush());
        taken.all(decoder.counts().total())
    };
    assert_eq!(read(), read());
}
