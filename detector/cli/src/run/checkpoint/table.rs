//! The partitions as a table of a checkpoint.

use std::sync::Arc;

use ambit_ingest::source::Mark;
use ambit_schemas::EventTime;
use anyhow::Context;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;

use crate::run::partitions::{Partition, Partitions, Stage};

/// The table's name, which the detector's own tables do not have.
pub(super) const NAME: &str = "partitions";

/// A partition, with the name of its source, because its place in the configuration may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) partition: Partition,
}

impl Row {
    /// Every partition.
    pub(super) fn all(partitions: &Partitions, names: &[String]) -> Vec<Self> {
        let rows = partitions.iter().filter_map(|(source, name, partition)| {
            let (source, name) = (names.get(source)?.clone(), name.to_owned());
            Some(Self { source, name, partition: partition.clone() })
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
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("source", texts(&|row| row.source.clone()) as ArrayRef, false),
        ("partition", texts(&|row| row.name.clone()), false),
        ("offset", numbers(&|row| mark(row).map(|mark| mark.offset)), true),
        ("proof", texts(&|row| mark(row).map(|mark| mark.proof).unwrap_or_default()), false),
        ("latest", numbers(&|row| row.partition.latest.map(EventTime::micros)), true),
        ("lateness_micros", numbers(&|row| Some(row.partition.lateness_micros)), true),
        ("finished", Arc::new(finished), true),
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
    let finished = column("finished")?.as_boolean_opt().context("no truth value")?;
    let value = |array: &Int64Array, row| array.is_valid(row).then(|| array.value(row));
    let row = |row| {
        let name = names.value(row).to_owned();
        let mark = value(offsets, row).map(|offset| Mark {
            partition: name.clone(),
            offset,
            proof: proofs.value(row).to_owned(),
        });
        let stage = if finished.value(row) { Stage::Finished } else { Stage::Live };
        let latest = value(latest, row).map(EventTime);
        let partition = Partition::kept(mark, latest, value(lateness, row).unwrap_or(0), stage);
        Row { source: sources.value(row).to_owned(), name, partition }
    };
    Ok((0..table.num_rows()).map(row).collect())
}
