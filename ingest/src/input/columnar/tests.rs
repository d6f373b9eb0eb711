use std::io::Cursor;
use std::sync::Arc;

use ambit_schemas::event::{ColumnKind, EventBatchBuilder, EventRow, identity_event_schema};
use ambit_schemas::vocabulary::Source;
use ambit_schemas::{Column, EventTime};
use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use crate::input::Input;
use crate::reader::Reader;
use crate::{Settings, Tally};

/// Batches of all sizes, each of which must give the same.
const SIZES: [usize; 5] = [1, 2, 3, 7, 8_192];
const TIME: i64 = 1_770_000_000_000_000;

/// `count` events; the name of each is its number.
fn events(count: usize) -> RecordBatch {
    let mut builder = EventBatchBuilder::new();
    for number in 0..count {
        let (id, principal) = (number.to_string(), format!("principal {}", number % 3));
        builder.push(&EventRow {
            action: "aws:s3:GetObject",
            principal: Some(&principal),
            on_behalf_of: if number % 2 == 0 { &["near", "far"] } else { &[] },
            origin: "a.json",
            origin_offset: 7,
            ..EventRow::new(Source::AwsCloudtrail, &id, EventTime(TIME))
        });
    }
    builder.finish().unwrap().into_record_batch()
}

/// The events as a writer that knows nothing of our schema may write them, with some values in the place of others: texts
/// as texts of a type, numbers as wide ones, and nothing that must be there.
fn foreign(batch: &RecordBatch, text: &DataType, planted: &[(usize, Column, Option<&str>)]) -> RecordBatch {
    let columns = Column::ALL.iter().map(|column| {
        let array = batch.column(column.index());
        let of = |row: usize| planted.iter().find(|(at, planted, _)| (*at, *planted) == (row, *column));
        let rows = 0..batch.num_rows();
        let array: ArrayRef = match column.kind() {
            ColumnKind::Text | ColumnKind::Dict => {
                let array = cast(array, &DataType::Utf8).unwrap();
                let was = array.as_string::<i32>().iter().collect::<Vec<_>>();
                let texts = rows.map(|row| of(row).map_or(was[row], |planted| planted.2));
                cast(&texts.collect::<StringArray>(), text).unwrap()
            }
            ColumnKind::List => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                for row in rows {
                    match of(row) {
                        Some(planted) => lists.append_value([Some("a"), planted.2]),
                        None => lists.append_option(None::<Vec<Option<&str>>>),
                    }
                }
                Arc::new(lists.finish())
            }
            ColumnKind::Bool => Arc::clone(array),
            _ => {
                let array = cast(array, &DataType::Int64).unwrap();
                let was = array.as_primitive::<Int64Type>().iter().collect::<Vec<_>>();
                let number =
                    |row| of(row).map_or(was[row], |planted| planted.2.map(|text| text.parse().unwrap()));
                let numbers: ArrayRef = Arc::new(rows.map(number).collect::<Int64Array>());
                match column.kind() {
                    ColumnKind::Time => {
                        cast(&numbers, &DataType::Timestamp(TimeUnit::Microsecond, None)).unwrap()
                    }
                    _ => numbers,
                }
            }
        };
        (Field::new(column.name(), array.data_type().clone(), true), array)
    });
    let (mut fields, mut columns) = columns.unzip::<_, _, Vec<_>, Vec<_>>();
    fields.insert(0, Field::new("of somebody else", DataType::Utf8, true));
    columns.insert(0, Arc::new(StringArray::from(vec!["x"; batch.num_rows()])));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// A file with row groups and pages of so many rows.
fn file(batch: &RecordBatch, group: usize, page: usize, dictionaries: bool) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_data_page_row_count_limit(page)
        .set_write_batch_size(page)
        .set_dictionary_enabled(dictionaries)
        .set_compression(Compression::UNCOMPRESSED)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

/// What came of a file.
#[derive(Debug, PartialEq)]
struct Outcome {
    rows: RecordBatch,
    rejects: Vec<(i64, String)>,
    total: Tally,
}

fn read(file: &[u8], batch_rows: usize, from: i64) -> Outcome {
    let mut reader = Reader::new(Settings { batch_rows, ..Settings::default() });
    reader.push(Input::Stream { origin: "f".into(), bytes: Box::new(Cursor::new(file.to_vec())), from });
    let (mut batches, mut rejects) = (Vec::new(), Vec::new());
    for delivery in reader.by_ref() {
        assert!(delivery.batch.len().max(delivery.rejects.len()) <= batch_rows);
        batches.push(delivery.batch.into_record_batch());
        rejects.extend(delivery.rejects.into_iter().map(|one| (one.position.offset, one.reason.to_string())));
    }
    let rows = concat_batches(&identity_event_schema(), &batches).unwrap();
    let total = reader.counts().total();
    assert_eq!((total.rows, total.rejected), (rows.num_rows() as u64, rejects.len() as u64));
    // The keys of dictionaries follow from where batches begin.
    let plain = |array: &ArrayRef| match array.data_type() {
        DataType::Dictionary(..) => cast(array, &DataType::Utf8).unwrap(),
        _ => Arc::clone(array),
    };
    let columns = Column::ALL.iter().map(|column| (column.name(), plain(rows.column(column.index()))));
    Outcome { rows: RecordBatch::try_from_iter(columns).unwrap(), rejects, total }
}

/// What every size of batches makes of a file.
fn same(file: &[u8]) -> Outcome {
    let whole = read(file, 8_192, 0);
    for batch_rows in SIZES {
        assert_eq!(read(file, batch_rows, 0), whole, "batches of {batch_rows}");
    }
    whole
}

fn ids(outcome: &Outcome) -> Vec<usize> {
    outcome.rows.column(0).as_string::<i32>().iter().map(|id| id.unwrap().parse().unwrap()).collect()
}

/// Every row but those with something planted is read, and those are rejected each by itself, whatever the file's layout.
fn check(count: usize, planted: &[(usize, Column, Option<&str>)], expected: &[(i64, &str)]) {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8));
    for text in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, DataType::Binary, dictionary] {
        let batch = foreign(&events(count), &text, planted);
        for (group, page, dictionaries) in [(1 << 20, 1 << 20, true), (count, 5, false), (3, 2, true)] {
            let outcome = same(&file(&batch, group, page, dictionaries));
            let rejects = outcome.rejects.iter().map(|(row, reason)| (*row, reason.as_str()));
            assert_eq!(rejects.collect::<Vec<_>>(), expected, "{text}, groups of {group}");
            let bad = |number: &usize| expected.iter().any(|(row, _)| *row == super::number(*number));
            assert_eq!(ids(&outcome), (0..count).filter(|number| !bad(number)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_bad_row_costs_itself() {
    check(20, &[], &[]);
    check(
        40,
        &[
            (0, Column::Outcome, Some("hunter2")),
            // Two faults are one row, by the first column.
            (3, Column::Sensitivity, Some("4")),
            (3, Column::Time, None),
            (4, Column::Sensitivity, Some("300")),
            (5, Column::EventId, None),
            (11, Column::Time, Some("7")),
            (12, Column::Source, Some("a word")),
            (13, Column::Source, None),
            (14, Column::OnBehalfOf, None),
            (17, Column::IssuedKind, Some("")),
            (18, Column::Principal, Some(&"long".repeat(8 << 10))),
            (20, Column::EventId, Some(&"long".repeat(200))),
            (21, Column::OriginPartition, Some("9999999999")),
            (39, Column::OriginOffset, None),
        ],
        &[
            (0, "unreadable field `outcome`"),
            (3, "no field `time`"),
            (4, "unreadable field `sensitivity`"),
            (5, "no field `event_id`"),
            (11, "implausible time 1970-01-01T00:00:00.000007Z"),
            (12, "unreadable field `source`"),
            (13, "no field `source`"),
            (14, "unreadable field `on_behalf_of`"),
            (17, "unreadable field `issued_kind`"),
            (18, "unreadable field `principal`"),
            (20, "unreadable field `event_id`"),
            (21, "unreadable field `origin_partition`"),
            (39, "no field `origin_offset`"),
        ],
    );
}

#[test]
fn a_bad_row_costs_itself_in_a_long_file() {
    let planted = [0, 8_191, 8_192, 16_384, 19_999].map(|row| (row, Column::Outcome, Some("no word")));
    let batch = foreign(&events(20_000), &DataType::Utf8, &planted);
    let outcome = read(&file(&batch, 1 << 20, 1 << 20, true), 8_192, 0);
    assert_eq!(
        outcome.rejects.iter().map(|one| one.0).collect::<Vec<_>>(),
        planted.map(|one| super::number(one.0))
    );
    assert_eq!(outcome.total.rows, 20_000 - 5);
    assert_eq!(outcome, read(&file(&batch, 1_000, 300, false), 1_000, 0));
}

#[test]
fn bytes_that_are_no_text_cost_their_rows() {
    let planted = [(2, Column::Principal, Some("planted")), (7, Column::Action, Some("planted"))];
    for dictionaries in [true, false] {
        let batch = foreign(&events(10), &DataType::Utf8, &planted);
        let mut file = file(&batch, 1 << 20, 1 << 20, dictionaries);
        for at in 0..file.len() - 7 {
            if file[at..].starts_with(b"planted") {
                file[at + 3] = 0xff;
            }
        }
        let outcome = same(&file);
        let rejects = outcome.rejects.iter().map(|(row, reason)| (*row, reason.as_str()));
        let expected = [(2, "unreadable field `principal`"), (7, "unreadable field `action`")];
        assert_eq!(rejects.collect::<Vec<_>>(), expected);
        assert_eq!(ids(&outcome), [0, 1, 3, 4, 5, 6, 8, 9]);
    }
}

#[test]
fn a_page_that_is_broken_costs_the_rest_of_its_row_group() {
    let batch = foreign(&events(30), &DataType::Utf8, &[(14, Column::Principal, Some("broken page"))]);
    let mut file = file(&batch, 10, 2, false);
    // The header of the page says how long the text is, the text how long it is itself.
    let at = file.windows(11).position(|bytes| bytes == b"broken page").unwrap();
    file[at - 4..at].fill(0x7f);
    let outcome = same(&file);
    assert_eq!(ids(&outcome), (0..14).chain(20..30).collect::<Vec<_>>());
    let [(14, reason)] = outcome.rejects.as_slice() else { panic!("{:?}", outcome.rejects) };
    assert!(reason.starts_with("6 rows from here on cannot be read: "), "{reason}");
    // Nothing is told twice to who goes on behind it.
    for (from, rows) in [(3, 11 + 10), (14, 10), (15, 10), (20, 10), (25, 5), (30, 0)] {
        let rest = read(&file, 4, from);
        assert_eq!((rest.rows.num_rows(), rest.rejects.len()), (rows, usize::from(from <= 14)), "{from}");
    }
}

#[test]
fn a_file_of_other_columns_is_refused_as_a_whole() {
    let batch = foreign(&events(3), &DataType::Utf8, &[]);
    let refused = |batch: &RecordBatch, expected: &str| {
        let outcome = same(&file(batch, 10, 10, true));
        assert_eq!((outcome.total.rows, outcome.rejects.len()), (0, 1));
        assert!(outcome.rejects[0].1.ends_with(expected), "{:?}", outcome.rejects);
    };
    let without = |column: Column| {
        let schema = batch.schema();
        let left = (0..batch.num_columns()).filter(|at| schema.field(*at).name() != column.name());
        batch.project(&left.collect::<Vec<_>>()).unwrap()
    };
    refused(&without(Column::Outcome), "no column `outcome`");
    assert_eq!(same(&file(&without(Column::Task), 10, 10, true)).total.rows, 3);
    let named = |column: Column, array: ArrayRef| {
        let mut columns =
            batch.schema().fields().iter().cloned().zip(batch.columns().to_vec()).collect::<Vec<_>>();
        let at = columns.iter().position(|(field, _)| field.name() == column.name()).unwrap();
        columns[at] = (Arc::new(Field::new(column.name(), array.data_type().clone(), true)), array);
        let (fields, columns) = columns.into_iter().unzip::<_, _, Vec<_>, _>();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    let list = batch.column_by_name("on_behalf_of").unwrap();
    refused(&named(Column::Task, Arc::clone(list)), "column `task` is of the type List(Utf8)");
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"; 3]));
    refused(&named(Column::OnBehalfOf, text), "column `on_behalf_of` is of the type Utf8");
    let times: ArrayRef =
        Arc::new(StringArray::from(vec!["2026-03-02T00:00:00Z", "soon", "2026-03-02 01:00:00"]));
    let outcome = same(&file(&named(Column::Time, times), 10, 10, true));
    assert_eq!(outcome.rejects, [(1, "unreadable field `time`".to_owned())]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_broken_file_is_the_same_for_any_size_of_batches(
        breaks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        layout in prop::sample::select(vec![(40, 40, true), (10, 3, true), (10, 3, false)]),
    ) {
        let batch = foreign(&events(40), &DataType::Utf8, &[(9, Column::Outcome, Some("no word"))]);
        let mut file = file(&batch, layout.0, layout.1, layout.2);
        for (at, byte) in breaks {
            let at = at.index(file.len() - 8) + 4;
            file[at] = byte;
        }
        same(&file);
    }
}
