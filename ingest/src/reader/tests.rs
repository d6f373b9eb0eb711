use std::path::Path;

use ambit_schemas::Column;
use ambit_schemas::vocabulary::Source;

use super::*;

fn third_party(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay-data/third-party").join(path)
}

fn read(path: PathBuf, settings: Settings) -> (Reader, Vec<Delivery>) {
    let mut reader = Reader::open(&[path], settings).unwrap();
    let deliveries = reader.by_ref().collect();
    (reader, deliveries)
}

/// `(read, rows)` of a folder or file of CloudTrail, all of which must be understood.
fn check_all_read(path: &str, records: u64, rows: u64) {
    let (reader, deliveries) = read(third_party(path), Settings::default());
    let total = reader.counts().total();
    assert_eq!((total.read, total.rows, total.rejected, total.ignored), (records, rows, 0, 0), "{path}");
    assert_eq!(reader.counts().of(Some(Source::AwsCloudtrail)), &total);
    assert_eq!(deliveries.iter().map(|delivery| delivery.batch.len() as u64).sum::<u64>(), rows);
    assert!(deliveries.iter().all(|delivery| delivery.rejects.is_empty()));
    let actions = deliveries.iter().all(|delivery| {
        let actions = delivery.batch.dict(Column::Action);
        (0..delivery.batch.len()).all(|row| actions.get(row).is_some_and(|action| action.starts_with("aws:")))
    });
    assert!(actions);
}

#[test]
fn every_record_of_others_is_understood() {
    // Five calls of GetParameters read 42 parameters, a row each.
    check_all_read("cloudtrail-stratus", 310, 347);
    check_all_read("cloudtrail-traildiscover", 563, 563);
    check_all_read("cloudtrail-otrf", 103, 103);
}
