use std::collections::BTreeMap;

use ambit_schemas::event::EventBatchBuilder;
use ambit_schemas::time::{DAY_MICROS, SECOND_MICROS};
use ambit_schemas::vocabulary::Source;
use ambit_schemas::{EventBatch, EventRow, EventTime};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use super::*;

const START_DAY: i64 = 20_000;

/// An event by number: its moment and its source follow from it.
fn batch(events: &[u32]) -> EventBatch {
    let mut builder = EventBatchBuilder::new();
    for event in events {
        let micros = START_DAY * DAY_MICROS + i64::from(*event) * 7_919 * SECOND_MICROS;
        let source = if event % 3 == 0 { Source::VaultAudit } else { Source::AwsCloudtrail };
        let id = format!("event-{event}");
        builder
            .push(&EventRow { action: "aws:s3:GetObject", ..EventRow::new(source, &id, EventTime(micros)) });
    }
    builder.finish().unwrap()
}

/// A store: what was put last under a path is what is there.
#[derive(Debug, Default, PartialEq)]
struct Shelf(BTreeMap<String, Vec<u8>>);

impl Shelf {
    fn put(&mut self, parts: Vec<Part>) {
        self.0.extend(parts.into_iter().map(|part| (part.path, part.bytes)));
    }

    fn events(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for (path, bytes) in &self.0 {
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes.clone())).unwrap();
            let mut last = i64::MIN;
            for batch in reader.build().unwrap() {
                let batch = EventBatch::try_new(batch.unwrap()).unwrap();
                assert!(batch.times().first().is_none_or(|time| *time >= last), "{path} is not in order");
                assert!(batch.times().is_sorted());
                last = batch.times().last().copied().unwrap_or(last);
                for row in 0..batch.len() {
                    let day = EventTime(batch.times()[row]).to_string();
                    assert!(path.contains(day.split('T').next().unwrap()), "{path} has a row of {day}");
                    ids.push(batch.event_ids().value(row).to_owned());
                }
            }
        }
        ids.sort();
        ids
    }
}

fn expected(events: &[u32]) -> Vec<String> {
    let mut ids = events.iter().map(|event| format!("event-{event}")).collect::<Vec<_>>();
    ids.sort();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However the rows are cut, every one is in the archive once, by day and source, in order.
    #[test]
    fn every_row_is_filed_once(
        events in proptest::collection::btree_set(0_u32..400, 1..200),
        cut in 1_usize..50,
        part_rows in 1_usize..40,
        by_content: bool,
    ) {
        let events = events.into_iter().collect::<Vec<_>>();
        let naming = if by_content { Naming::ByContent } else { Naming::Numbered };
        let (mut archive, mut shelf) = (Archive::new(naming, part_rows), Shelf::default());
        for chunk in events.chunks(cut) {
            shelf.put(archive.add(&batch(chunk)).unwrap());
            shelf.put(archive.grown().unwrap());
        }
        shelf.put(archive.close().unwrap());
        prop_assert_eq!(shelf.events(), expected(&events));
        prop_assert_eq!(archive.bytes(), 0);
    }

    /// A crash at any moment, after which a checkpoint is gone on from, leaves the same files.
    #[test]
    fn a_crash_changes_no_file(
        events in proptest::collection::btree_set(0_u32..400, 2..200),
        cut in 1_usize..20,
        part_rows in 1_usize..40,
        checkpoint_at in 0_usize..20,
        crash_after in 0_usize..20,
    ) {
        let events = events.into_iter().collect::<Vec<_>>();
        let chunks = events.chunks(cut).map(batch).collect::<Vec<_>>();
        let whole = |shelf: &mut Shelf, archive: &mut Archive, chunks: &[EventBatch]| {
            for chunk in chunks {
                shelf.put(archive.add(chunk).unwrap());
            }
        };
        let (mut archive, mut undisturbed) = (Archive::new(Naming::Numbered, part_rows), Shelf::default());
        whole(&mut undisturbed, &mut archive, &chunks);
        undisturbed.put(archive.close().unwrap());

        let at = checkpoint_at.min(chunks.len());
        let crash = (at + crash_after).min(chunks.len());
        let (mut archive, mut shelf) = (Archive::new(Naming::Numbered, part_rows), Shelf::default());
        whole(&mut shelf, &mut archive, &chunks[..at]);
        let tables = archive.tables().unwrap();
        whole(&mut shelf, &mut archive, &chunks[at..crash]);
        shelf.put(archive.grown().unwrap());
        let mut archive = Archive::restore(part_rows, &tables).unwrap();
        whole(&mut shelf, &mut archive, &chunks[at..]);
        shelf.put(archive.close().unwrap());
        prop_assert!(shelf == undisturbed);
    }
}
