//! An answer as people and programs want it.

use std::io::{self, Write};

use anyhow::Context;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::json::LineDelimitedWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use comfy_table::{ContentArrangement, Table, presets};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::exit::usage;
use crate::printable::printable;

/// The shape of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// For people.
    Table,
    /// One JSON object a line.
    Lines,
    Csv,
    Parquet,
}

const FORMAT: FormatOptions<'static> = FormatOptions::new().with_display_error(true);

/// What a cell takes beside its text, in bytes: the allocations and lists of the table that holds it.
const CELL_BYTES: usize = 96;

/// An answer that is read as a whole before it is shown: its columns are as wide as their widest cell.
pub(super) struct Page {
    table: Table,
    rows: usize,
}

/// Reads a whole answer.
///
/// # Errors
/// When the query fails, or more than `memory_bytes` of text would have to be held.
pub(super) fn table(
    schema: &SchemaRef,
    rows: impl Iterator<Item = anyhow::Result<RecordBatch>>,
    memory_bytes: usize,
) -> anyhow::Result<Page> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(schema.fields().iter().map(|field| field.name()));
    let (mut count, mut held_bytes) = (0, 0_usize);
    for batch in rows {
        for cells in cells(&batch?)? {
            held_bytes += cells.iter().map(|cell| cell.len() + CELL_BYTES).sum::<usize>();
            if held_bytes > memory_bytes {
                return Err(usage(format!(
                    "after {count} rows the table no longer fits --memory: ask for fewer, or give another --format"
                )));
            }
            table.add_row(cells.iter().map(|cell| printable(cell)));
            count += 1;
        }
    }
    Ok(Page { table, rows: count })
}

impl Page {
    /// Prints the table, no wider than so many columns, and how many rows it has.
    pub(super) fn print(mut self, out: &mut dyn Write, width: Option<usize>) -> io::Result<()> {
        if let Some(width) = width {
            self.table.set_content_arrangement(ContentArrangement::Dynamic);
            self.table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        writeln!(out, "{}", self.table)?;
        writeln!(out, "{} {}", self.rows, if self.rows == 1 { "row" } else { "rows" })?;
        out.flush()
    }
}

/// The cells of a batch as text, row by row.
fn cells(batch: &RecordBatch) -> anyhow::Result<Vec<Vec<String>>> {
    let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &FORMAT));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect();
    Ok((0..batch.num_rows()).map(row).collect())
}

/// Writes one JSON object a line; what is null is left out.
pub(super) fn lines(
    out: &mut dyn Write,
    rows: impl Iterator<Item = anyhow::Result<RecordBatch>>,
) -> anyhow::Result<()> {
    let mut writer = LineDelimitedWriter::new(out);
    for batch in rows {
        writer.write(&batch?).context("cannot write --out")?;
    }
    writer.finish().context("cannot write --out")
}

/// Writes CSV. A text that a spreadsheet would take for a formula gets an apostrophe before it.
pub(super) fn csv(
    out: &mut dyn Write,
    schema: &SchemaRef,
    rows: impl Iterator<Item = anyhow::Result<RecordBatch>>,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(schema.fields().iter().map(|field| guarded(field.name())))?;
    let is_text = schema.fields().iter().map(|field| !is_number(field.data_type())).collect::<Vec<_>>();
    for batch in rows {
        for cells in cells(&batch?)? {
            let guard = |(cell, is_text): (&String, &bool)| {
                if *is_text { guarded(cell) } else { cell.clone() }
            };
            writer.write_record(cells.iter().zip(&is_text).map(guard)).context("cannot write --out")?;
        }
    }
    writer.flush().context("cannot write --out")
}

fn is_number(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_temporal() || matches!(kind, DataType::Boolean)
}

fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// Writes a Parquet file.
pub(super) fn parquet(
    out: &mut (dyn Write + Send),
    schema: &SchemaRef,
    rows: impl Iterator<Item = anyhow::Result<RecordBatch>>,
) -> anyhow::Result<()> {
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties))?;
    for batch in rows {
        writer.write(&batch?).context("cannot write --out")?;
    }
    writer.close().context("cannot write --out")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded() {
        for (cell, expected) in
            [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-2", "'-2"), ("plain", "plain"), ("", "")]
        {
            assert_eq!(guarded(cell), expected);
        }
    }
}
