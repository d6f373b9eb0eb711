//! Real records as carriers: every record of every source that the project has, once for each kind of action.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use ambit_ingest::{Decoder, Format, RawRecord, Settings};
use serde_json::Value;

use crate::conformance::{records, row};

/// A record.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) source: &'static str,
    pub(super) action: String,
    pub(super) document: Value,
}

/// The carriers: the first three records of each action of a source.
pub(super) static CARRIERS: LazyLock<Vec<Carrier>> = LazyLock::new(|| {
    const ALIKE: usize = 3;
    let mut counts = BTreeMap::<(&str, String), usize>::new();
    let mut carriers = Vec::new();
    for record in records::all().iter().flat_map(|file| records::of_file(file)) {
        let Some(source) = Format::of(record.as_bytes()).map(Format::as_str) else { continue };
        let (rows, _) = row::of_record(&record);
        let Some(action) = rows.first().map(|row| row["action"].clone()) else { continue };
        let count = counts.entry((source, action.clone())).or_default();
        *count += 1;
        if *count <= ALIKE {
            let document = serde_json::from_str(&record).unwrap();
            carriers.push(Carrier { source, action, document });
        }
    }
    carriers
});

/// Which of some records come out with a text in a row or in the reason why they are rejected.
pub(super) fn telling(records: &[String], text: &str) -> BTreeSet<usize> {
    let origin: Arc<str> = "log".into();
    let mut decoder = Decoder::new(Settings::default());
    let mut found = BTreeSet::new();
    let mut look = |decoder: &mut Decoder| {
        let Some(delivery) = decoder.flush() else { return };
        for row in 0..delivery.batch.len() {
            let shown = format!("{:?}", row::shown(&delivery.batch, row)).to_ascii_lowercase();
            if shown.contains(text) {
                found.insert(usize::try_from(delivery.batch.position(row).offset).unwrap());
            }
        }
        for reject in delivery.rejects {
            if reject.reason.to_string().to_ascii_lowercase().contains(text) {
                found.insert(usize::try_from(reject.position.offset).unwrap());
            }
        }
    };
    for (number, record) in records.iter().enumerate() {
        decoder.push(&RawRecord::of_file(record.as_bytes(), &origin, i64::try_from(number).unwrap()));
        if decoder.is_full() {
            look(&mut decoder);
        }
    }
    look(&mut decoder);
    found
}
