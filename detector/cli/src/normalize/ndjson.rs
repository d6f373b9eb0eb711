//! Canonical events as NDJSON: the columns under their own names, in their own order, what is empty left out. Times are
//! RFC 3339.

use std::io::{self, Write};

use ambit_schemas::event::ColumnKind;
use ambit_schemas::{Column, EventBatch};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, Int64Type};

/// Writes batches line by line.
pub(super) struct NdjsonWriter {
    out: Box<dyn Write>,
    line: Vec<u8>,
}

impl NdjsonWriter {
    pub(super) fn new(out: Box<dyn Write>) -> Self {
        Self { out, line: Vec::new() }
    }

    pub(super) fn write(&mut self, batch: &EventBatch) -> io::Result<()> {
        for row in 0..batch.len() {
            self.line.clear();
            line(&mut self.line, batch, row)?;
            self.line.push(b'\n');
            self.out.write_all(&self.line)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes a row as an object to an empty buffer.
pub(crate) fn line(line: &mut Vec<u8>, batch: &EventBatch, row: usize) -> io::Result<()> {
    for column in Column::ALL {
        field(line, batch, *column, row)?;
    }
    line.push(b'}');
    Ok(())
}

/// Appends `"name":value`, unless the row has no value there.
fn field(line: &mut Vec<u8>, batch: &EventBatch, column: Column, row: usize) -> io::Result<()> {
    let array = batch.as_record_batch().column(column.index());
    if array.is_null(row) {
        return Ok(());
    }
    line.push(if line.is_empty() { b'{' } else { b',' });
    write!(line, "\"{}\":", column.name())?;
    match column.kind() {
        ColumnKind::Text => text(line, array.as_string::<i32>().value(row)),
        ColumnKind::Dict => text(line, batch.dict(column).get(row).unwrap_or_default()),
        ColumnKind::Time => text(line, &batch.time(column, row).unwrap_or_default().to_string()),
        ColumnKind::Bool => write!(line, "{}", array.as_boolean().value(row)),
        ColumnKind::U8 => write!(line, "{}", batch.sensitivity().value(row)),
        ColumnKind::I32 => write!(line, "{}", array.as_primitive::<Int32Type>().value(row)),
        ColumnKind::I64 => write!(line, "{}", array.as_primitive::<Int64Type>().value(row)),
        ColumnKind::List => {
            let names = array.as_list::<i32>().value(row);
            let names = names.as_string::<i32>().iter().flatten().collect::<Vec<_>>();
            serde_json::to_writer(line, &names).map_err(io::Error::from)
        }
    }
}

fn text(line: &mut Vec<u8>, text: &str) -> io::Result<()> {
    serde_json::to_writer(line, text).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use ambit_schemas::vocabulary::Source;
    use ambit_schemas::{EventBatchBuilder, EventRow, EventTime};

    use super::*;

    #[test]
    fn a_row_is_a_line_without_what_is_empty() {
        let mut builder = EventBatchBuilder::new();
        builder.push(&EventRow {
            action: "aws:s3:GetObject",
            principal: Some("a \"quoted\"\nname"),
            on_behalf_of: &["near", "far"],
            origin: "f",
            origin_partition: Some(2),
            origin_offset: 7,
            ..EventRow::new(Source::AwsCloudtrail, "e", EventTime::from_millis(1))
        });
        let batch = builder.finish().unwrap();
        let mut written = Vec::new();
        line(&mut written, &batch, 0).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            concat!(
                r#"{"event_id":"e","time":"1970-01-01T00:00:00.001Z","source":"aws.cloudtrail","#,
                r#""action":"aws:s3:GetObject","action_class":"read","access_level":"read","outcome":"success","#,
                r#""principal":"a \"quoted\"\nname","on_behalf_of":["near","far"],"interactive":false,"#,
                r#""sensitivity":0,"origin":"f","origin_partition":2,"origin_offset":7}"#
            )
        );
    }
}
