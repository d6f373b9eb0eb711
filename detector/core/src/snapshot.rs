//! The whole state as record batches: what a checkpoint holds beside its offsets.

use std::sync::Arc;

use ambit_schemas::event::SchemaError;
use ambit_schemas::{EventBatch, EventTime, Inventory, RuleSet};
use arrow::array::{Array, AsArray, BinaryArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use crate::codec::{Codec, CodecError, decode, encode};
use crate::detector::Detector;
use crate::order::{Pending, Seen};
use crate::workload::Workload;

/// The version of the state's form.
const VERSION: u32 = 5;
/// The oldest version that is still read. What a later one added begins empty there.
const OLDEST: u32 = 4;
/// The table of waiting events.
const PENDING: &str = "pending";
/// The table of everything else.
const STATE: &str = "state";

/// A detector's state. Rules and inventory are no part of it: they may change over a restart.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The version of the form.
    pub version: u32,
    /// Tables by name, in a fixed order.
    pub tables: Vec<(String, RecordBatch)>,
}

impl Snapshot {
    /// The state of nobody, for who keeps only what goes with a state; no detector goes on from it.
    pub const fn of_nothing() -> Self {
        Self { version: VERSION, tables: Vec::new() }
    }
}

/// Why a snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It was written by another version.
    #[error("the state has version {found}, this program reads versions {OLDEST} to {VERSION}")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A table is absent.
    #[error("the state lacks `{0}`")]
    Missing(&'static str),
    /// A table cannot be read.
    #[error("the state's `{part}` cannot be read: {error}")]
    Codec {
        /// Which part.
        part: &'static str,
        /// Why not.
        error: CodecError,
    },
    /// Waiting events are no canonical events.
    #[error("the state's waiting events cannot be read: {0}")]
    Schema(#[from] SchemaError),
    /// Arrow refused a table.
    #[error("the state's tables cannot be read: {0}")]
    Arrow(#[from] ArrowError),
}

/// The whole state of a detector.
pub(crate) fn take(detector: &Detector) -> Result<Snapshot, RestoreError> {
    let engine = &detector.engine;
    let mut rows = vec![
        ("watermark", encode(&detector.watermark)),
        ("day", encode(&engine.day)),
        ("latest", encode(&engine.latest)),
        ("seen", encode(&detector.seen.state())),
        ("symbols", encode(&engine.symbols)),
        ("atoms", encode(&engine.atoms)),
        ("fleet", encode(&engine.shards.fleet)),
        ("summary", encode(&engine.shards.summary())),
        ("lineage", encode(engine.lineage.memory())),
        ("log_sources", encode(&engine.log_sources)),
        ("ledger", encode(&engine.ledger)),
        ("early", encode(&engine.early)),
        ("totals", encode(&engine.totals)),
        ("evicted", encode(&engine.shards.evicted())),
    ];
    rows.extend(engine.shards.iter().map(|workload| ("workload", encode(workload))));
    let names = StringArray::from_iter_values(rows.iter().map(|(name, _)| name));
    let values = BinaryArray::from_iter_values(rows.iter().map(|(_, value)| value));
    let schema = Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("value", DataType::Binary, false),
    ]);
    let state = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(names), Arc::new(values)])?;
    let mut tables = vec![(STATE.to_owned(), state)];
    for (batch, rows) in detector.pending.waiting() {
        // Most batches wait as a whole, and cost no copy.
        let waiting = if rows.len() == batch.len() {
            batch.as_record_batch().clone()
        } else {
            take_record_batch(batch.as_record_batch(), &UInt32Array::from(rows))?
        };
        tables.push((PENDING.to_owned(), waiting));
    }
    Ok(Snapshot { version: VERSION, tables })
}

/// A detector with the state of a snapshot.
pub(crate) fn restore(
    rules: RuleSet,
    inventory: Inventory,
    snapshot: &Snapshot,
) -> Result<Detector, RestoreError> {
    if !(OLDEST..=VERSION).contains(&snapshot.version) {
        return Err(RestoreError::Version { found: snapshot.version });
    }
    let table = snapshot.tables.iter().find(|(name, _)| name == STATE).ok_or(RestoreError::Missing(STATE))?;
    let state = State::new(&table.1)?;
    let mut detector = Detector::new(rules, inventory);
    detector.watermark = state.part("watermark")?;
    detector.seen = Seen::from_state(state.part("seen")?);
    let engine = &mut detector.engine;
    engine.day = state.part("day")?;
    engine.latest = state.part("latest")?;
    engine.symbols = state.part("symbols")?;
    engine.atoms = state.part("atoms")?;
    engine.lineage.restore(state.part("lineage")?);
    engine.log_sources = state.part("log_sources")?;
    engine.ledger = state.part("ledger")?;
    if snapshot.version >= 5 {
        engine.early = state.part("early")?;
    }
    engine.totals = state.part("totals")?;
    let workloads = state.parts::<Workload>("workload")?;
    let sums = (state.part("fleet")?, state.part("summary")?, state.part("evicted")?);
    engine.shards.restore(workloads, sums, &engine.inventory, &mut engine.symbols);
    detector.pending = pending(snapshot, detector.pair_secs())?;
    Ok(detector)
}

/// Every waiting row waits again; what was in time when it came is in time now.
fn pending(snapshot: &Snapshot, pair_secs: i64) -> Result<Pending, RestoreError> {
    let mut pending = Pending::default();
    for (_, batch) in snapshot.tables.iter().filter(|(name, _)| name == PENDING) {
        pending.push(EventBatch::try_new(batch.clone())?, EventTime::MIN, pair_secs);
    }
    Ok(pending)
}

/// The table of named values.
struct State<'a> {
    names: &'a StringArray,
    values: &'a BinaryArray,
}

impl<'a> State<'a> {
    fn new(table: &'a RecordBatch) -> Result<Self, RestoreError> {
        let names = table.column_by_name("name").and_then(|column| column.as_string_opt());
        let values = table.column_by_name("value").and_then(|column| column.as_binary_opt());
        match (names, values) {
            (Some(names), Some(values)) => Ok(Self { names, values }),
            _ => Err(RestoreError::Missing("name and value")),
        }
    }

    fn parts<T: Codec>(&self, part: &'static str) -> Result<Vec<T>, RestoreError> {
        (0..self.names.len())
            .filter(|row| self.names.value(*row) == part)
            .map(|row| decode(self.values.value(row)).map_err(|error| RestoreError::Codec { part, error }))
            .collect()
    }

    fn part<T: Codec>(&self, part: &'static str) -> Result<T, RestoreError> {
        self.parts(part)?.pop().ok_or(RestoreError::Missing(part))
    }
}
