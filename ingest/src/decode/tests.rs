//! What holds of every decoder.

mod chosen;
mod classified;
mod overlooked;
mod pipelines;
mod shapes;

use std::sync::Arc;

use proptest::prelude::*;

use super::shown::{Shown, check, conformance, decode, refusal};
use crate::reader::Reader;
use crate::{Decoder, Format, RawRecord, Settings};

/// Rows of records, told by their shape.
fn rows(records: &[String]) -> Vec<Shown> {
    let (rows, tally, rejects) = decode(None, records.iter().map(String::as_bytes));
    assert_eq!((tally.rejected, rejects), (0, Vec::new()));
    rows
}

/// A row without its place.
fn placeless(mut row: Shown) -> Shown {
    row.remove("origin_offset");
    row
}

#[test]
fn no_secret_gets_out() {
    let records = conformance();
    let planted = records.iter().filter(|record| record.contains("PLANTED")).count();
    assert!(planted > 20, "{planted}");
    for row in rows(&records) {
        assert!(!format!("{row:?}").contains("PLANTED"), "{row:#?}");
    }
}

#[test]
fn every_record_of_a_mixed_log_is_told_by_its_own_shape() {
    let records = conformance();
    let alone = records.iter().flat_map(|record| rows(std::slice::from_ref(record)));
    let alone = alone.map(placeless).collect::<Vec<_>>();
    let together = rows(&records).into_iter().map(placeless).collect::<Vec<_>>();
    assert_eq!(alone, together);
    let mut backwards = records;
    backwards.reverse();
    let found = rows(&backwards).into_iter().map(placeless);
    let sorted = |rows: Vec<Shown>| {
        let mut rows = rows;
        rows.sort();
        rows
    };
    assert_eq!(sorted(alone), sorted(found.collect()));
}

/// What the reader makes of a file with that text.
fn of_file(text: &str) -> (Vec<Shown>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    std::fs::write(&path, text).unwrap();
    let mut reader = Reader::open(&[path], Settings::default()).unwrap();
    let mut found = Vec::new();
    for delivery in reader.by_ref() {
        found.extend((0..delivery.batch.len()).map(|row| super::shown::shown(&delivery.batch, row)));
        assert_eq!(delivery.rejects, []);
    }
    (found, reader.counts().total().read)
}

#[test]
fn envelopes_are_opened() {
    let of = |source: &str| {
        let records = conformance().into_iter();
        records
            .filter(|record| rows(std::slice::from_ref(record)).iter().any(|row| row["source"] == source))
            .collect::<Vec<_>>()
    };
    for (source, head) in [
        ("k8s.audit", r#"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":["#),
        ("entra.signin", r#"{"records":["#),
        ("azure.activity", r#"{"records":["#),
        ("azure.keyvault", r#"{"records": ["#),
        ("gcp.audit", r#"{"entries":["#),
    ] {
        let records = of(source);
        let (found, read) = of_file(&format!("{head}{}]}}", records.join(",\n")));
        assert_eq!(read, records.len() as u64, "{source}");
        assert!(found.len() >= records.len() && found.iter().all(|row| row["source"] == source), "{source}");
    }
}

#[test]
fn a_batch_on_one_line_is_its_events() {
    let events =
        conformance().into_iter().filter(|record| record.contains("audit.k8s.io")).collect::<Vec<_>>();
    let batch =
        format!(r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{}]}}"#, events.join(","));
    for format in [None, Some(Format::Kubernetes)] {
        let (found, tally, rejects) =
            decode(format, [batch.as_bytes(), events[0].as_bytes(), batch.as_bytes()]);
        assert_eq!((tally.read, rejects.len()), (2 * events.len() as u64 + 1, 0), "{rejects:?}");
        assert_eq!(found.len(), 2 * rows(&events).len() + rows(&events[..1]).len());
    }
}

#[test]
fn cloudwatch_hands_records_on() {
    let records = conformance();
    let placeless = |mut row: Shown| {
        row.remove("origin");
        placeless(row)
    };
    let plain = rows(&records).into_iter().map(placeless).collect::<Vec<_>>();
    let message = |record: &String| serde_json::json!({ "id": "1", "timestamp": 1, "message": record });
    let wrapped = records.iter().map(|record| message(record).to_string()).collect::<Vec<_>>();
    assert_eq!(rows(&wrapped).into_iter().map(placeless).collect::<Vec<_>>(), plain);
    let events = serde_json::json!({
        "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "subscriptionFilters": ["f"],
        "logEvents": records.iter().map(message).collect::<Vec<_>>(),
    });
    assert_eq!(rows(&[events.to_string()]).into_iter().map(placeless).collect::<Vec<_>>(), plain);
    assert_eq!(of_file(&events.to_string()).0.into_iter().map(placeless).collect::<Vec<_>>(), plain);
    for text in ["hello", "{\"a\": 1}", "{", ""] {
        let record = serde_json::json!({ "message": text }).to_string();
        let (found, tally, rejects) = decode(None, [record.as_bytes()]);
        assert_eq!((found.len(), tally.read, rejects.len()), (0, 1, 1), "{text}");
    }
}

#[test]
fn cloudwatch_sees_who_answers() {
    let word = r#"[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]"#;
    let head =
        r#""messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","subscriptionFilters":[]"#;
    let record = &conformance()[0];
    for control in [format!(r#"{{{head},"logEvents":{word}}}"#), format!(r#"{{"logEvents":{word},{head}}}"#)]
    {
        for format in [None, Some(Format::CloudTrail)] {
            let (rows, tally, rejects) = decode(format, [control.as_bytes()]);
            assert_eq!((rows.len(), tally.read, tally.ignored), (0, 1, 1), "{control}: {rejects:?}");
        }
        let file = format!("{control}\n{record}\n{control}{control}\n");
        let (rows, read) = of_file(&file);
        assert_eq!((rows.len(), read), (1, 4), "{file}");
    }
}

#[test]
fn an_operation_that_fails_at_its_end_has_failed() {
    let record = r#"{"insertId":"b","operation":{"id":"o","last":true},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"v1.compute.instances.insert","serviceName":"compute.googleapis.com","status":{"code":8,"message":"no"}},"logName":"projects/p/logs/x","timestamp":"2026-05-01T00:00:00Z"}"#;
    check("last", &rows(&[record.to_owned()])[0], "action=gcp:compute.instances.insert outcome=failure");
}

#[test]
fn what_is_no_event_is_ignored_and_counted() {
    let balancer = r#"{"httpRequest":{"status":200},"insertId":"a","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry"},"logName":"projects/p/logs/requests","receiveTimestamp":"2026-05-01T00:00:00Z","timestamp":"2026-05-01T00:00:00Z"}"#;
    let text = r#"{"insertId":"a","textPayload":"hello","logName":"projects/p/logs/x","receiveTimestamp":"2026-05-01T00:00:00Z"}"#;
    let request = r#"{"insertId":"a","protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog"},"logName":"projects/p/logs/x","timestamp":"2026-05-01T00:00:00Z"}"#;
    let last = r#"{"insertId":"b","operation":{"id":"o","last":true},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"v1.compute.instances.insert","serviceName":"compute.googleapis.com"},"logName":"projects/p/logs/x","timestamp":"2026-05-01T00:00:00Z"}"#;
    let received = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"RequestReceived","verb":"get","requestReceivedTimestamp":"2026-05-01T00:00:00Z"}"#;
    let ping = r#"{"auditId":"a","type":"mcp_ping","loggedAt":"2026-05-01T00:00:00Z","outcome":"success"}"#;
    let finding = r#"{"class_uid":2004,"metadata":{"uid":"f"},"time":1777622760000}"#;
    for record in [balancer, text, request, last, received, ping, finding] {
        let (rows, tally, _) = decode(None, [record.as_bytes()]);
        assert_eq!((rows.len(), tally.read, tally.ignored), (0, 1, 1), "{record}");
    }
}

#[test]
fn what_other_products_write_is_refused() {
    let office = r#"{"CreationTime":"2022-05-07T12:55:53","Id":"c","Operation":"Set-X","OrganizationId":"o","RecordType":1,"ResultStatus":"True","Workload":"Exchange","UserId":"u"}"#;
    let finding = r#"{"schemaVersion":"2.0","accountId":"1","region":"r","id":"i","type":"Recon:EC2/PortProbe","service":{},"severity":2,"createdAt":"2026-05-01T00:00:00Z"}"#;
    for record in [office, finding, "{}"] {
        assert_eq!(refusal(None, record.as_bytes()), "not a record of a known source");
    }
    for (format, record, expect) in [
        (Format::Gcp, "{}", "no field `protoPayload`"),
        (Format::Gcp, r#"{"protoPayload":{"methodName":"a.b"}}"#, "no field `timestamp`"),
        (Format::Gcp, r#"{"protoPayload":{},"timestamp":"2026-05-01T00:00:00Z"}"#, "no field `methodName`"),
        (
            Format::Gcp,
            r#"{"protoPayload":{"methodName":"a"},"timestamp":"soon"}"#,
            "unreadable field `timestamp`",
        ),
        (Format::Kubernetes, r#"{"kind":"Event","verb":"get"}"#, "no field `requestReceivedTimestamp`"),
        (
            Format::Kubernetes,
            r#"{"kind":"Event","requestReceivedTimestamp":"2026-05-01T00:00:00Z"}"#,
            "no field `verb`",
        ),
        (Format::AzureActivity, r#"{"operationName":"a/write"}"#, "no field `time`"),
        (Format::EntraSignin, r#"{"time":"2026-05-01T00:00:00Z"}"#, "no field `operationName`"),
        (Format::Bedrock, r#"{"timestamp":"2026-05-01T00:00:00Z","operation":"a"}"#, "no field `modelId`"),
        (Format::Mcp, r#"{"type":"mcp_tool_call"}"#, "no field `logged_at`"),
        (Format::Ocsf, r#"{"class_uid":6003,"time":"now"}"#, "unreadable field `time`"),
    ] {
        assert_eq!(refusal(Some(format), record.as_bytes()), expect, "{record}");
    }
}

#[test]
fn the_cluster_is_what_the_operator_says() {
    let record = conformance().into_iter().find(|record| record.contains("rag-db")).unwrap();
    let origin: Arc<str> = "log".into();
    let labels = [("cluster".to_owned(), "eks-prod".to_owned())].into();
    let mut decoder = Decoder::new(Settings { labels, ..Settings::default() });
    decoder.push(&RawRecord::of_file(record.as_bytes(), &origin, 0));
    let row = super::shown::shown(&decoder.flush().unwrap().batch, 0);
    check("label", &row, "account=eks-prod/ml-rag issued_credential=k8s:eks-prod/ml-rag/rag-db");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_bytes_are_rows_or_a_reject(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        format in prop::sample::select(Format::ALL.to_vec()),
    ) {
        let (_, tally, rejects) = decode(Some(format), [&bytes[..]]);
        prop_assert_eq!(rejects.len() as u64, tally.rejected);
    }

    #[test]
    fn a_damaged_record_is_rows_or_a_reject(
        index in any::<prop::sample::Index>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        format in prop::option::of(prop::sample::select(Format::ALL.to_vec())),
    ) {
        let records = conformance();
        let mut bytes = records[index.index(records.len())].clone().into_bytes();
        for (place, byte) in &damage {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        bytes.truncate(end.index(bytes.len() * 4).max(1));
        let (rows, tally, rejects) = decode(format, [&bytes[..]]);
        prop_assert_eq!(rejects.len() as u64, tally.rejected);
        prop_assert!(!rows.is_empty() || tally.rows == 0);
    }

    #[test]
    fn any_cut_of_the_input_gives_the_same_rows(cuts in proptest::collection::vec(any::<bool>(), 64)) {
        let records = conformance();
        let whole = rows(&records).into_iter().map(placeless).collect::<Vec<_>>();
        let mut pieces = vec![Vec::new()];
        for (index, record) in records.iter().enumerate() {
            if cuts[index % cuts.len()] {
                pieces.push(Vec::new());
            }
            pieces.last_mut().unwrap().push(record.clone());
        }
        let cut = pieces.iter().flat_map(|piece| rows(piece)).map(placeless).collect::<Vec<_>>();
        prop_assert_eq!(whole, cut);
    }
}
