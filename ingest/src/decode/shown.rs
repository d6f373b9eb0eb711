//! For tests: what a decoder makes of records, as text.

use std::collections::BTreeMap;
use std::sync::Arc;

use ambit_schemas::event::ColumnKind;
use ambit_schemas::{Column, EventBatch, EventTime};
use arrow::array::{Array, AsArray};

use crate::{Decoder, Format, RawRecord, Reject, Settings, Tally};

/// A row: the columns that have a value, by name.
pub(crate) type Shown = BTreeMap<&'static str, String>;

/// Decodes records, each at the offset that its index is.
pub(crate) fn decode<'a>(
    format: Option<Format>,
    records: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Shown>, Tally, Vec<Reject>) {
    let origin: Arc<str> = "log".into();
    let mut decoder = Decoder::new(Settings { format, ..Settings::default() });
    for (index, bytes) in records.into_iter().enumerate() {
        decoder.push(&RawRecord::of_file(bytes, &origin, i64::try_from(index).unwrap()));
    }
    let tally = decoder.counts().total();
    let Some(delivery) = decoder.flush() else { return (Vec::new(), tally, Vec::new()) };
    let rows = (0..delivery.batch.len()).map(|row| shown(&delivery.batch, row)).collect();
    (rows, tally, delivery.rejects)
}

/// The lines of the sample logs in a folder.
pub(crate) fn samples(folder: &str) -> Vec<String> {
    let folder = format!("{}/../replay-data/samples/{folder}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let text =
        |path| String::from_utf8(zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap()).unwrap();
    files.flat_map(|path| text(path).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The records that are read by hand for `docs/conformance.md`, one a line.
pub(crate) fn conformance() -> Vec<String> {
    let folder = format!("{}/../tests/conformance/records", env!("CARGO_MANIFEST_DIR"));
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    let text = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    text.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The reason of the one reject that a record gives.
pub(crate) fn refusal(format: Option<Format>, record: &[u8]) -> String {
    let (rows, tally, rejects) = decode(format, [record]);
    assert_eq!((rows.len(), tally.rejected, rejects.len()), (0, 1, 1), "{rejects:?}");
    rejects[0].reason.to_string()
}

/// Checks the columns that `expect` names: `column=value` each, `-` for a column without a value.
pub(crate) fn check(what: &str, row: &Shown, expect: &str) {
    for pair in expect.split_whitespace() {
        let (column, value) = pair.split_once('=').unwrap();
        assert!(Column::ALL.iter().any(|known| known.name() == column), "{what}: no column `{column}`");
        let found = row.get(column).map_or("-", String::as_str);
        assert_eq!(found, value, "{what}: column `{column}` of {row:#?}");
    }
}

pub(crate) fn shown(batch: &EventBatch, row: usize) -> Shown {
    let columns = Column::ALL.iter().filter_map(|column| Some((column.name(), value(batch, *column, row)?)));
    columns.collect()
}

fn value(batch: &EventBatch, column: Column, row: usize) -> Option<String> {
    let array = batch.as_record_batch().column(column.index());
    if array.is_null(row) {
        return None;
    }
    Some(match column.kind() {
        ColumnKind::Text => array.as_string::<i32>().value(row).to_owned(),
        ColumnKind::Dict => batch.dict(column).get(row)?.to_owned(),
        ColumnKind::Time => batch.time(column, row).map(|time: EventTime| time.to_string())?,
        ColumnKind::Bool => array.as_boolean().value(row).to_string(),
        ColumnKind::U8 => batch.sensitivity().value(row).to_string(),
        ColumnKind::I32 => batch.position(row).partition?.to_string(),
        ColumnKind::I64 => batch.position(row).offset.to_string(),
        ColumnKind::List => {
            let names = array.as_list::<i32>().value(row);
            names.as_string::<i32>().iter().flatten().collect::<Vec<_>>().join(",")
        }
    })
}
