//! The whole state as record batches: what a checkpoint holds beside its offsets.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::{self, available_parallelism};

use ambit_schemas::event::SchemaError;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::{EventBatch, EventTime, Inventory, RuleSet};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, LargeBinaryArray, RecordBatch, StringArray, UInt32Array,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use crate::codec::{Codec, CodecError, Numbers, decode, decode_head, decode_of};
use crate::detector::Detector;
use crate::ledger::Ledger;
use crate::order::Pending;
use crate::part::{self, Part, Standing};
use crate::seen::Seen;
use crate::shards::ShardState;
use crate::workload::Workload;

/// The version of the state's form.
const VERSION: u32 = 6;
/// The oldest version that is still read. What a later one added begins empty there.
const OLDEST: u32 = 4;
/// Of an event that was seen, in the table of everything else.
const SEEN_BYTES: usize = 25;
/// Values that a thread of its own is worth.
const EACH: usize = 1_024;
const STOPPED: RestoreError = RestoreError::Parts("what reads them stopped");
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
    /// Parts of one state do not make a whole.
    #[error("the parts of the state do not fit: {0}")]
    Parts(&'static str),
    /// Arrow refused a table.
    #[error("the state's tables cannot be read: {0}")]
    Arrow(#[from] ArrowError),
}

/// The whole state of a detector.
pub(crate) fn take(detector: &Detector) -> Result<Snapshot, RestoreError> {
    let state = table(detector).finish()?;
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

/// Everything but the waiting events.
fn table(detector: &Detector) -> Table {
    let engine = &detector.engine;
    let mut table = Table::with_capacity(detector.seen.len() * SEEN_BYTES);
    table.put("watermark", &detector.watermark);
    table.put("day", &engine.day);
    table.put("latest", &engine.latest);
    table.put("seen", &detector.seen.state());
    if let Some(late) = &detector.late {
        table.put("late", &late.state());
    }
    table.put("symbols", &engine.symbols);
    table.put("atoms", &engine.atoms);
    table.put("fleet", &engine.shards.fleet);
    table.put("summary", &engine.shards.summary());
    table.put("lineage", engine.lineage.memory());
    table.put("log_sources", &engine.log_sources);
    table.put("ledger", &engine.ledger);
    table.put("early", &engine.early);
    table.put("evicted", &engine.shards.evicted());
    if let Some(peers) = &engine.peers {
        table.put("totals", &engine.totals);
        table.put("ghosts", &engine.shards.ghosts());
        table.put("standing", &peers.standing);
        engine.shards.states().iter().for_each(|state| table.put("shard", state));
    } else {
        table.put("totals", &engine.totals.with(engine.shards.tally()));
    }
    engine.shards.iter().for_each(|workload| table.put("workload", workload));
    table
}

/// Named values, each written behind the one before it, where it stays: a state of a gigabyte is written once.
#[derive(Debug)]
struct Table {
    names: Vec<&'static str>,
    values: Vec<u8>,
    /// Where each value begins, and where the last one ends.
    offsets: Vec<i64>,
}

impl Table {
    fn with_capacity(bytes: usize) -> Self {
        Self { names: Vec::new(), values: Vec::with_capacity(bytes), offsets: vec![0] }
    }

    fn put(&mut self, name: &'static str, value: &impl Codec) {
        value.put(&mut self.values);
        self.names.push(name);
        self.offsets.push(i64::try_from(self.values.len()).unwrap_or(i64::MAX));
    }

    fn finish(self) -> Result<RecordBatch, ArrowError> {
        let names = StringArray::from_iter_values(self.names);
        let offsets = OffsetBuffer::new(self.offsets.into());
        let values = LargeBinaryArray::try_new(offsets, Buffer::from_vec(self.values), None)?;
        let schema = Schema::new(vec![
            Field::new("name", DataType::Utf8, false),
            Field::new("value", DataType::LargeBinary, false),
        ]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(names), Arc::new(values)])
    }
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
    let state = State::of(snapshot)?;
    let mut detector = Detector::new(rules, inventory);
    common(&mut detector, &state, snapshot)?;
    let engine = &mut detector.engine;
    engine.ledger = state.part("ledger")?;
    if snapshot.version >= 5 {
        engine.early = state.part("early")?;
    }
    let workloads = state.parts::<Workload>("workload")?;
    let sums = (state.part("fleet")?, state.part("summary")?, state.part("evicted")?);
    engine.shards.restore(workloads, sums, &engine.inventory, &mut engine.symbols);
    Ok(detector)
}

/// What no workload owns.
fn common(detector: &mut Detector, state: &State<'_>, snapshot: &Snapshot) -> Result<(), RestoreError> {
    detector.watermark = state.part("watermark")?;
    let most = detector.engine.rules.count(Parameter::DedupEvents);
    detector.seen = Seen::from_state(state.part("seen")?, most);
    let most_late = detector.most_late();
    detector.late = state.parts("late")?.pop().map(|late| Seen::from_state(late, most_late));
    let engine = &mut detector.engine;
    engine.day = state.part("day")?;
    engine.latest = state.part("latest")?;
    engine.symbols = state.part("symbols")?;
    engine.atoms = state.part("atoms")?;
    engine.lineage.restore(state.part("lineage")?);
    engine.log_sources = state.part("log_sources")?;
    engine.totals = state.part("totals")?;
    detector.pending = pending(snapshot, detector.pair_secs())?;
    Ok(())
}

/// A detector that owns some shards, from the snapshots of those that owned them at one watermark. What no workload owns
/// comes from the first.
pub(crate) fn restore_part(
    rules: RuleSet,
    inventory: Inventory,
    (part, snapshots): (Part, &[Snapshot]),
) -> Result<Detector, RestoreError> {
    let first = snapshots.first().ok_or(RestoreError::Missing("parts"))?;
    if snapshots.iter().any(|snapshot| snapshot.version != VERSION) {
        let found = snapshots.iter().map(|snapshot| snapshot.version).min().unwrap_or_default();
        return Err(RestoreError::Version { found });
    }
    let state = State::of(first)?;
    let mut detector = Detector::in_part(rules, inventory, part.clone());
    common(&mut detector, &state, first)?;
    let engine = &mut detector.engine;
    engine.shards.fleet = state.part("fleet")?;
    if let Some(peers) = &mut engine.peers {
        peers.standing = state.part::<Standing>("standing")?;
    }
    engine.ledger.forgotten = state.part::<Ledger>("ledger")?.forgotten;
    engine.shards.put_back_ghosts(state.part("ghosts")?, &engine.inventory, &engine.symbols);
    let mut missing = (0..part.shards()).filter(|shard| part.has(*shard)).collect::<BTreeSet<_>>();
    for (index, snapshot) in snapshots.iter().enumerate() {
        take_over(&mut detector, (snapshot, index == 0), &part, &mut missing)?;
    }
    if missing.is_empty() { Ok(detector) } else { Err(RestoreError::Parts("a shard is in none of them")) }
}

/// How many shards the state is divided into of which these are parts; none where it is not divided.
pub(crate) fn shards(snapshots: &[Snapshot]) -> Result<Option<usize>, RestoreError> {
    let Some(first) = snapshots.first() else { return Ok(None) };
    let state = State::of(first)?;
    let shards = (0..state.names.len()).find(|row| state.names.value(*row) == "shard");
    let Some(row) = shards else { return Ok(None) };
    let number = decode_head::<(usize, usize)>(state.values.value(row));
    number.map(|(_, of)| Some(of)).map_err(|error| RestoreError::Codec { part: "shard", error })
}

/// Takes over the shards that are missing still and that a snapshot has.
fn take_over(
    detector: &mut Detector,
    (snapshot, is_first): (&Snapshot, bool),
    part: &Part,
    missing: &mut BTreeSet<usize>,
) -> Result<(), RestoreError> {
    let state = State::of(snapshot)?;
    if state.part::<EventTime>("watermark")? != detector.watermark {
        return Err(RestoreError::Parts("they are of different moments"));
    }
    let engine = &mut detector.engine;
    let (symbols, atoms) = (state.part("symbols")?, state.part("atoms")?);
    let numbers = part::numbers((&atoms, &symbols), (&mut engine.atoms, &mut engine.symbols))
        .map_err(|error| RestoreError::Codec { part: "atoms", error })?;
    let shards = state.parts_of::<ShardState>("shard", &numbers)?;
    if shards.iter().any(|shard| shard.of != part.shards()) {
        return Err(RestoreError::Parts("they are of another number of shards"));
    }
    let taken = shards.into_iter().filter(|shard| missing.remove(&shard.number)).collect::<Vec<_>>();
    let numbers_taken = taken.iter().map(|shard| shard.number).collect::<BTreeSet<_>>();
    for shard in taken {
        engine.shards.resume(shard);
    }
    let is_taken = |name: &str| numbers_taken.contains(&part::shard_of(name, part.shards()));
    let mut workloads = state.parts_of::<Workload>("workload", &numbers)?;
    // Of those that are nobody's here the first snapshot knows all.
    workloads.retain(|workload| {
        let name = engine.symbols.text(workload.name);
        is_taken(name) || (is_first && !engine.shards.are_ours(name))
    });
    engine.shards.put_back(workloads, &engine.inventory, &mut engine.symbols);
    engine.ledger.take_over(state.part("ledger")?, is_taken);
    engine.early.take_over(state.part("early")?, is_taken);
    Ok(())
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
    values: Values<'a>,
}

/// Up to version 5 all of them together had 2 GiB at most.
enum Values<'a> {
    Small(&'a BinaryArray),
    Large(&'a LargeBinaryArray),
}

impl<'a> Values<'a> {
    fn of(column: &'a ArrayRef) -> Option<Self> {
        let small = || column.as_binary_opt::<i32>().map(Self::Small);
        column.as_binary_opt::<i64>().map(Self::Large).or_else(small)
    }

    fn value(&self, row: usize) -> &'a [u8] {
        match self {
            Self::Small(values) => values.value(row),
            Self::Large(values) => values.value(row),
        }
    }
}

impl<'a> State<'a> {
    fn of(snapshot: &'a Snapshot) -> Result<Self, RestoreError> {
        let table = snapshot.tables.iter().find(|(name, _)| name == STATE);
        Self::new(&table.ok_or(RestoreError::Missing(STATE))?.1)
    }

    fn new(table: &'a RecordBatch) -> Result<Self, RestoreError> {
        let names = table.column_by_name("name").and_then(|column| column.as_string_opt());
        let values = table.column_by_name("value").and_then(Values::of);
        match (names, values) {
            (Some(names), Some(values)) => Ok(Self { names, values }),
            _ => Err(RestoreError::Missing("name and value")),
        }
    }

    fn parts<T: Codec + Send>(&self, part: &'static str) -> Result<Vec<T>, RestoreError> {
        self.read(part, decode)
    }

    /// The same, with symbols and atoms as we number them.
    fn parts_of<T: Codec + Send>(
        &self,
        part: &'static str,
        numbers: &Numbers,
    ) -> Result<Vec<T>, RestoreError> {
        self.read(part, |bytes| decode_of(bytes, numbers))
    }

    /// All values of a name, in their order. Many are read side by side: a hundred thousand workloads take seconds.
    fn read<T: Send>(
        &self,
        part: &'static str,
        decode: impl Fn(&[u8]) -> Result<T, CodecError> + Sync,
    ) -> Result<Vec<T>, RestoreError> {
        let rows = (0..self.names.len()).filter(|row| self.names.value(*row) == part).collect::<Vec<_>>();
        let read = |rows: &[usize]| {
            let values = rows.iter().map(|row| decode(self.values.value(*row)));
            values.collect::<Result<Vec<_>, _>>().map_err(|error| RestoreError::Codec { part, error })
        };
        let threads = available_parallelism().map_or(1, NonZero::get).min(rows.len() / EACH);
        if threads < 2 {
            return read(&rows);
        }
        let shares = thread::scope(|scope| {
            let shares = rows.chunks(rows.len().div_ceil(threads));
            let running = shares.map(|share| scope.spawn(|| read(share))).collect::<Vec<_>>();
            let done = running.into_iter().map(|share| share.join().map_err(|_fault| STOPPED)?);
            done.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(shares.into_iter().flatten().collect())
    }

    fn part<T: Codec + Send>(&self, part: &'static str) -> Result<T, RestoreError> {
        self.parts(part)?.pop().ok_or(RestoreError::Missing(part))
    }
}
