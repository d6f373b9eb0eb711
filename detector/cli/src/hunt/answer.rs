//! An answer as people and programs want it.

use std::fs::File;
use std::io::{self, Write};

use ambit_history::HuntError;
use anyhow::{Context, bail};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::json::LineDelimitedWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use comfy_table::{ContentArrangement, Table, presets};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::output::Target;
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

/// Prints a table and how many rows it has. The columns are as wide as their widest cell, so all rows are held.
pub(super) fn table(
    out: &mut dyn Write,
    width: Option<usize>,
    schema: &SchemaRef,
    rows: impl Iterator<Item = Result<RecordBatch, HuntError>>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(schema.fields().iter().map(|field| field.name()));
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    let mut count = 0_usize;
    for batch in rows {
        let batch = batch.map_err(io::Error::other)?;
        for cells in cells(&batch).map_err(io::Error::other)? {
            table.add_row(cells.iter().map(|cell| printable(cell)));
            count += 1;
        }
    }
    writeln!(out, "{table}")?;
    writeln!(out, "{count} {}", if count == 1 { "row" } else { "rows" })?;
    out.flush()
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
    out: Box<dyn Write>,
    rows: impl Iterator<Item = Result<RecordBatch, HuntError>>,
) -> anyhow::Result<()> {
    let mut writer = LineDelimitedWriter::new(out);
    for batch in rows {
        writer.write(&batch?).context("cannot write --out")?;
    }
    writer.finish().context("cannot write --out")?;
    writer.into_inner().flush().context("cannot write --out")
}

/// Writes CSV. A text that a spreadsheet would take for a formula gets an apostrophe before it.
pub(super) fn csv(
    out: Box<dyn Write>,
    schema: &SchemaRef,
    rows: impl Iterator<Item = Result<RecordBatch, HuntError>>,
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
    out: &Target,
    schema: &SchemaRef,
    rows: impl Iterator<Item = Result<RecordBatch, HuntError>>,
) -> anyhow::Result<()> {
    let Target::File(path) = out else { bail!("Parquet is no stream: give --out a file") };
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let failed = || format!("cannot write {}", path.display());
    let file = File::create(path).with_context(failed)?;
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).with_context(failed)?;
    for batch in rows {
        writer.write(&batch?).with_context(failed)?;
    }
    writer.close().with_context(failed)?;
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
