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

/// A stream that fails after some bytes, as a network does.
struct Failing(std::io::Cursor<Vec<u8>>);

impl std::io::Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into) {
            Ok(0) => Err(std::io::Error::other("the line is dead")),
            read => read,
        }
    }
}

fn event(number: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:{:02}Z","eventName":"GetObject","eventSource":"s3.amazonaws.com","eventID":"{number}"}}"#,
        number % 60
    )
}

fn stream(name: &str, bytes: impl std::io::Read + Send + 'static, from: i64) -> Input {
    Input::Stream { origin: name.into(), bytes: Box::new(bytes), from }
}

fn ids(deliveries: &[Delivery]) -> Vec<u32> {
    let ids = deliveries.iter().flat_map(|delivery| delivery.batch.event_ids().iter().flatten());
    ids.map(|id| id.parse().unwrap()).collect()
}

#[test]
fn what_is_pushed_is_read_and_known_to_be_read() {
    let mut reader = Reader::new(Settings { batch_rows: 2, ..Settings::default() });
    let document = |numbers: std::ops::Range<u32>| {
        let events = numbers.map(event).collect::<Vec<_>>();
        std::io::Cursor::new(format!("{{\"Records\":[{}]}}", events.join(",")).into_bytes())
    };
    reader.push(stream("a", document(0..1), 0));
    reader.push(stream("b", document(1..4), 0));
    let mut seen = Vec::new();
    while let Some(delivery) = reader.next() {
        let last = ids(&[delivery]).pop().unwrap();
        seen.push((last, reader.ended(), reader.reached() > 0));
    }
    // The second delivery holds the end of `b`, which is only known with the next look.
    assert_eq!(seen, [(1, 1, true), (3, 1, true)]);
    assert_eq!((reader.ended(), reader.reached()), (2, 0));
    // From behind a place that was reached.
    reader.push(stream("b", document(1..4), 0));
    let first = reader.next().unwrap();
    assert_eq!(ids(&[first]), [1, 2]);
    let mut later = Reader::new(Settings::default());
    later.push(stream("b", document(1..4), reader.reached()));
    assert_eq!(ids(&later.by_ref().collect::<Vec<_>>()), [3]);
}

#[test]
fn a_stream_that_fails_is_no_broken_file() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let text = (0..500).map(|number| event(number) + "\n").collect::<String>();
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for bytes in [text.into_bytes(), packed[..packed.len() / 2].to_vec(), b"PAR1 and so on".to_vec(), vec![]]
    {
        let mut reader = Reader::new(Settings::default());
        reader.push(stream("a", Failing(std::io::Cursor::new(bytes)), 0));
        let last = reader.by_ref().last().unwrap().rejects.pop().unwrap();
        assert_eq!(last.reason, crate::Reason::Io("the line is dead".into()));
        assert_eq!(reader.ended(), 1);
    }
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
