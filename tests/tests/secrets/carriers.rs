//! Real records as carriers: every record of every source that the project has.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use ambit_ingest::{Decoder, Format, RawRecord, Settings};
use serde_json::Value;

use crate::conformance::{records, row};

/// A record.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) source: &'static str,
    pub(super) document: Value,
}

/// The carriers: every record that gives a row, once.
pub(super) static CARRIERS: LazyLock<Vec<Carrier>> = LazyLock::new(|| {
    let mut seen = BTreeSet::new();
    let mut carriers = Vec::new();
    for record in records::all().iter().flat_map(|file| records::of_file(file)) {
        let Some(source) = Format::of(record.as_bytes()).map(Format::as_str) else { continue };
        if row::of_record(&record).0.is_empty() || !seen.insert(record.clone()) {
            continue;
        }
        carriers.push(Carrier { source, document: serde_json::from_str(&record).unwrap() });
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
