//! Hostile inputs cost exactly their own records: counted, placed, exit code 4, and the rest is found.

use std::io::Write as _;
use std::path::Path;

use ambit_tests::logs::gzip;
use ambit_tests::replay::{Replayed, replay};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// A CloudTrail record that is like any other; `number` makes its id.
fn record(number: usize) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventTime": format!("2026-03-01T09:{:02}:00Z", number % 60), "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.7",
        "recipientAccountId": "111122223333", "eventType": "AwsApiCall", "readOnly": true,
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:pod-1", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/rag-retriever/pod-1",
            "accessKeyId": "ASIAEXAMPLE", "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": "arn:aws:iam::111122223333:role/rag-retriever" } },
        },
    })
}

fn lines(numbers: std::ops::Range<usize>) -> Vec<u8> {
    numbers.flat_map(|number| format!("{}\n", record(number)).into_bytes()).collect()
}

/// Ten good records, the hostile bytes, ten good records, all in one file.
fn between(hostile: &[u8]) -> Vec<u8> {
    [&lines(0..10), hostile, b"\n", &lines(10..20)].concat()
}

/// Replays one file beside a good one of five records. `good` of its records must be read; it has one reject, whose
/// place and reason are as told.
fn check(name: &str, bytes: &[u8], good: u64, offset: Option<usize>, reason: &str) {
    let rejects = rejects(name, bytes, good);
    assert_eq!(rejects.len(), 1, "{name}: {rejects:#?}");
    if let Some(offset) = offset {
        assert_eq!(rejects[0]["offset"], offset, "{rejects:#?}");
    }
    assert!(rejects[0]["reason"].as_str().unwrap().contains(reason), "{rejects:#?}");
}

/// The rejects of the file.
fn rejects(name: &str, bytes: &[u8], good: u64) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.ndjson"), lines(100..105)).unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let Replayed { summary, code, stderr, .. } = replay(folder.path(), &["."], &[]).unwrap();
    assert_eq!(code, Some(4), "{name}: {stderr}");
    let rejects = summary["rejects"].as_array().unwrap().clone();
    assert_eq!(summary["events_rejected"], rejects.len(), "{name}: {summary:#}");
    assert_eq!(summary["events_read"], good + 5 + rejects.len() as u64, "{name}: {summary:#}");
    assert_eq!(summary["files_read"], 2, "{name}: {summary:#}");
    for reject in &rejects {
        let file = reject["file"].as_str().unwrap();
        assert_eq!(Path::new(file).file_name().unwrap(), name, "{reject}");
    }
    rejects
}

#[test]
fn broken_records_cost_themselves() {
    let at = Some(lines(0..10).len());
    check("json.ndjson", &between(br#"{"eventName":"GetObject","eventSource":"#), 20, at, "JSON");
    check("text.log", &between(b"not a log at all"), 20, at, "");
    check("shape.ndjson", &between(br#"{"kind":"something else"}"#), 20, at, "known source");
    let mut bytes = record(50).to_string().into_bytes();
    let place = bytes.windows(9).position(|window| window == b"eu-west-1").unwrap();
    bytes[place] = 0xff;
    check("utf8.ndjson", &between(&bytes), 20, at, "UTF-8");
    let missing = json!({ "eventName": "GetObject", "eventSource": "s3.amazonaws.com" }).to_string();
    check("missing.ndjson", &between(missing.as_bytes()), 20, at, "");
}

#[test]
fn clocks_of_1970_and_2099_cost_themselves() {
    let at = Some(lines(0..10).len());
    for time in ["1970-01-01T00:00:01Z", "2099-12-31T23:59:59Z"] {
        let mut event = record(50);
        event["eventTime"] = json!(time);
        check("clock.ndjson", &between(event.to_string().as_bytes()), 20, at, "implausible time");
    }
}

#[test]
fn ten_thousand_levels_cost_themselves() {
    let at = Some(lines(0..10).len());
    let mut event = record(50).to_string();
    event.truncate(event.len() - 1);
    let deep = format!("{event},\"requestParameters\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    check("deep.ndjson", &between(deep.as_bytes()), 20, at, "nested deeper");
    let open = format!("{event},\"requestParameters\":{}", "{\"a\":".repeat(10_000));
    check("open.ndjson", &between(open.as_bytes()), 20, at, "");
}

#[test]
fn a_line_of_100_megabytes_costs_itself() {
    let at = Some(lines(0..10).len());
    let mut event = record(50);
    event["errorMessage"] = json!("x".repeat(100 << 20));
    check("long.ndjson", &between(event.to_string().as_bytes()), 20, at, "longer than");
}

#[test]
fn a_cut_file_costs_its_last_record() {
    let whole = lines(0..20);
    let mut cut = gzip(&whole).unwrap();
    cut.truncate(cut.len() * 3 / 4);
    // How many records stand whole before the cut depends on the compressor.
    let mut before = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&*cut);
    std::io::Read::read_to_end(&mut decoder, &mut before).unwrap_err();
    let good = before.split(|byte| *byte == b'\n').count() - 1;
    assert!((1..20).contains(&good), "{good}");
    check("cut.ndjson.gz", &cut, good.try_into().unwrap(), None, "");
    let plain = &whole[..whole.len() - 20];
    check("cut.ndjson", plain, 19, Some(lines(0..19).len()), "cut off");
    let document = format!("{{\"Records\":[{},{},{{\"eventVersion\":", record(0), record(1));
    check("cut.json", document.as_bytes(), 2, None, "");
}

fn gzip_best(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_bomb_costs_itself() {
    // A gigabyte of blanks inside of a record, in about a megabyte.
    let blanks = gzip_best(&vec![b' '; 64 << 20]);
    let mut bomb = gzip(&[&lines(0..10), b"{\"eventName\":".as_slice()].concat()).unwrap();
    bomb.extend(blanks.repeat(16));
    assert!(bomb.len() < 2 << 20, "{}", bomb.len());
    let rejects = rejects("bomb.json.gz", &bomb, 10);
    let reasons = rejects.iter().map(|reject| reject["reason"].as_str().unwrap()).collect::<Vec<_>>();
    // The record that never ends, and the rest of the file.
    assert!(reasons[0].contains("longer than") && reasons[1].contains("when decompressed"), "{reasons:?}");
    assert_eq!(reasons.len(), 2);
    // The same where every line is good, so that only the growth can stop it.
    let endless = [gzip(&lines(0..10)).unwrap(), gzip_best(&vec![b'\n'; 64 << 20]).repeat(16)].concat();
    check("endless.ndjson.gz", &endless, 10, None, "when decompressed");
}

#[test]
fn what_is_no_file_of_logs_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.ndjson"), lines(0..5)).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "read me").unwrap();
    std::fs::write(folder.path().join("empty.json"), "").unwrap();
    let replayed = replay(folder.path(), &["."], &[]).unwrap();
    assert_eq!((replayed.code, &replayed.summary["files_skipped"]), (Some(0), &json!(1)));
    assert_eq!(replayed.summary["events_rejected"], 0);
    let replayed = replay(folder.path(), &["good.ndjson", "nowhere.json"], &[]).unwrap();
    // A file that cannot be opened counts as one record that cannot be read.
    assert_eq!((replayed.code, &replayed.summary["events_read"]), (Some(4), &json!(6)));
    assert_eq!(replayed.summary["events_rejected"], 1);
    assert!(replayed.summary["rejects"][0]["file"].as_str().unwrap().contains("nowhere.json"));
}
