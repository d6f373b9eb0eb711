//! How far the sources were read, as tables of a checkpoint: the partitions, and the objects of stores.

use std::collections::BTreeMap;
use std::sync::Arc;

use ambit_ingest::source::Mark;
use ambit_schemas::EventTime;
use anyhow::Context;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, LargeBinaryArray, RecordBatch, StringArray,
    UInt64Array,
};
use arrow::datatypes::{Int64Type, UInt64Type};

use crate::config::Source;
use crate::run::ledger::Ledger;
use crate::run::partitions::{Partition, Partitions, Stage};

/// The tables' names, which the detector's own tables do not have.
pub(super) const NAME: &str = "partitions";
pub(super) const OBJECTS: &str = "objects";
pub(super) const WRITER: &str = "writer";

/// A partition, with the name of its source, because its place in the configuration may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) source: String,
    /// What kind of source it is, as the configuration calls it; empty where an older program did not say.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) partition: Partition,
}

impl Row {
    /// Every partition.
    pub(super) fn all(partitions: &Partitions, sources: &[Source]) -> Vec<Self> {
        let rows = partitions.iter().filter_map(|(source, name, partition)| {
            let (source, name) = (sources.get(source)?, name.to_owned());
            let (kind, partition) = (source.from.kind().to_owned(), partition.clone());
            Some(Self { source: source.name.clone(), kind, name, partition })
        });
        rows.collect()
    }
}

pub(super) fn write(rows: &[Row]) -> anyhow::Result<RecordBatch> {
    let texts =
        |text: &dyn Fn(&Row) -> String| Arc::new(StringArray::from_iter_values(rows.iter().map(text)));
    let numbers = |number: &dyn Fn(&Row) -> Option<i64>| {
        Arc::new(rows.iter().map(number).collect::<Int64Array>()) as ArrayRef
    };
    let mark = |row: &Row| row.partition.mark.clone();
    let finished =
        rows.iter().map(|row| Some(row.partition.stage == Stage::Finished)).collect::<BooleanArray>();
    let before = |row: &Row| match row.partition.stage {
        Stage::Unordered(before) => Some(before.map(EventTime::micros)),
        _ => None,
    };
    let unordered = rows.iter().map(|row| Some(before(row).is_some())).collect::<BooleanArray>();
    let idle = |row: &Row| match row.partition.stage {
        Stage::Carried { idle } => Some(idle),
        _ => None,
    };
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("source", texts(&|row| row.source.clone()) as ArrayRef, false),
        ("kind", texts(&|row| row.kind.clone()), false),
        ("partition", texts(&|row| row.name.clone()), false),
        ("offset", numbers(&|row| mark(row).map(|mark| mark.offset)), true),
        ("proof", texts(&|row| mark(row).map(|mark| mark.proof).unwrap_or_default()), false),
        ("latest", numbers(&|row| row.partition.latest.map(EventTime::micros)), true),
        ("lateness_micros", numbers(&|row| Some(row.partition.lateness_micros)), true),
        ("finished", Arc::new(finished), true),
        ("unordered", Arc::new(unordered), true),
        ("before", numbers(&|row| before(row).flatten()), true),
        ("idle", Arc::new(rows.iter().map(idle).collect::<BooleanArray>()), true),
    ])?)
}

pub(super) fn read(table: &RecordBatch) -> anyhow::Result<Vec<Row>> {
    let column =
        |name: &'static str| table.column_by_name(name).with_context(|| format!("no column `{name}`"));
    let text = |name| column(name).and_then(|column| column.as_string_opt::<i32>().context("no text"));
    let number =
        |name| column(name).and_then(|column| column.as_primitive_opt::<Int64Type>().context("no number"));
    let (sources, names, proofs) = (text("source")?, text("partition")?, text("proof")?);
    let (offsets, latest, lateness) = (number("offset")?, number("latest")?, number("lateness_micros")?);
    let truth = |name| column(name).and_then(|column| column.as_boolean_opt().context("no truth value"));
    let finished = truth("finished")?;
    // What was made with version 4 of the state knew only partitions that are in order.
    let unordered = if column("unordered").is_ok() { Some(truth("unordered")?) } else { None };
    let before = if column("before").is_ok() { Some(number("before")?) } else { None };
    let kinds = if column("kind").is_ok() { Some(text("kind")?) } else { None };
    let idle = if column("idle").is_ok() { Some(truth("idle")?) } else { None };
    let carried = |row| idle.filter(|idle| idle.is_valid(row)).map(|idle| idle.value(row));
    let value = |array: &Int64Array, row| array.is_valid(row).then(|| array.value(row));
    let row = |row| {
        let name = names.value(row).to_owned();
        let mark = value(offsets, row).map(|offset| Mark {
            partition: name.clone(),
            offset,
            proof: proofs.value(row).to_owned(),
        });
        let stage = match (finished.value(row), unordered.is_some_and(|unordered| unordered.value(row))) {
            (true, _) => Stage::Finished,
            (false, true) => Stage::Unordered(before.and_then(|before| value(before, row)).map(EventTime)),
            (false, false) => carried(row).map_or(Stage::Live, |idle| Stage::Carried { idle }),
        };
        let latest = value(latest, row).map(EventTime);
        let partition = Partition::kept(mark, latest, value(lateness, row).unwrap_or(0), stage);
        let kind = kinds.map_or("", |kinds| kinds.value(row)).to_owned();
        Row { source: sources.value(row).to_owned(), kind, name, partition }
    };
    Ok((0..table.num_rows()).map(row).collect())
}

/// The ledgers of the sources that have one, as bytes: a row an object would be tens of thousands.
pub(super) fn write_ledgers(ledgers: &[Ledger], sources: &[Source]) -> anyhow::Result<RecordBatch> {
    let own = || sources.iter().zip(ledgers).filter(|(_, ledger)| **ledger != Ledger::default());
    let sources = StringArray::from_iter_values(own().map(|(source, _)| &source.name));
    let bytes = LargeBinaryArray::from_iter_values(own().map(|(_, ledger)| ledger.bytes()));
    Ok(RecordBatch::try_from_iter([
        ("source", Arc::new(sources) as ArrayRef),
        ("ledger", Arc::new(bytes) as ArrayRef),
    ])?)
}

pub(super) fn read_ledgers(table: &RecordBatch) -> anyhow::Result<BTreeMap<String, Ledger>> {
    let column =
        |name: &'static str| table.column_by_name(name).with_context(|| format!("no column `{name}`"));
    let sources = column("source")?.as_string_opt::<i32>().context("no text")?;
    let bytes = column("ledger")?.as_binary_opt::<i64>().context("no bytes")?;
    let row = |row| Ok((sources.value(row).to_owned(), Ledger::of(bytes.value(row))?));
    (0..table.num_rows()).map(row).collect()
}

/// Which process wrote it.
pub(super) fn write_writer(writer: u64) -> anyhow::Result<RecordBatch> {
    Ok(RecordBatch::try_from_iter([("writer", Arc::new(UInt64Array::from(vec![writer])) as ArrayRef)])?)
}

pub(super) fn read_writer(table: &RecordBatch) -> anyhow::Result<u64> {
    let column = table.column_by_name("writer").and_then(|column| column.as_primitive_opt::<UInt64Type>());
    column.and_then(|column| column.iter().next().flatten()).context("no writer")
}
