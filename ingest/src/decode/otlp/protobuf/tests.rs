use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::decode::shown::{Shown, conformance, decode, shown};
use crate::{Decoder, RawRecord, Settings, Tally};

const RECORDED: &str = include_str!("../../../../tests/fixtures/otlp/genai-traces.jsonl");

/// A field with its length before it.
fn bytes(number: u64, content: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn fixed(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3 | 1), value.to_le_bytes().to_vec()].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
    out
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        value => value.as_u64().unwrap(),
    }
}

/// An `AnyValue` of a text or a number; any other is written as an empty list, which neither form reads.
fn any_value(value: &Value) -> Vec<u8> {
    if let Some(text) = value.get("stringValue") {
        bytes(1, text.as_str().unwrap().as_bytes())
    } else if let Some(int) = value.get("intValue") {
        let int = int.as_str().map_or_else(|| int.as_i64().unwrap(), |text| text.parse().unwrap());
        [varint(3 << 3), varint(int.cast_unsigned())].concat()
    } else {
        bytes(5, &[])
    }
}

fn attributes(number: u64, of: &Value) -> Vec<u8> {
    let pairs = list(of, "attributes").map(|pair| {
        let key = bytes(1, pair["key"].as_str().unwrap().as_bytes());
        bytes(number, &[key, bytes(2, &any_value(&pair["value"]))].concat())
    });
    pairs.collect::<Vec<_>>().concat()
}

/// An id of hex digits.
fn id(number: u64, text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap_or_default();
    let pairs = (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap());
    bytes(number, &pairs.collect::<Vec<_>>())
}

fn span(span: &Value) -> Vec<u8> {
    let mut out = [id(1, &span["traceId"]), id(2, &span["spanId"]), id(4, &span["parentSpanId"])].concat();
    out.extend([varint(6 << 3), varint(span["kind"].as_u64().unwrap())].concat());
    out.extend(fixed(7, number(&span["startTimeUnixNano"])));
    out.extend(attributes(9, span));
    let code = span["status"].get("code").and_then(Value::as_u64).unwrap_or(0);
    out.extend(bytes(15, &[bytes(2, b"a message"), varint(3 << 3), varint(code)].concat()));
    out
}

fn log(record: &Value) -> Vec<u8> {
    let mut out = [id(9, &record["traceId"]), id(10, &record["spanId"])].concat();
    for (field, name) in [(1, "timeUnixNano"), (11, "observedTimeUnixNano")] {
        if let Some(time) = record.get(name) {
            out.extend(fixed(field, number(time)));
        }
    }
    out.extend(bytes(5, &any_value(&record["body"])));
    out.extend(attributes(6, record));
    out
}

/// An export of JSON as protobuf.
fn encoded(export: &Value) -> (Signal, Vec<u8>) {
    let is_logs = export.get("resourceLogs").is_some();
    let names = if is_logs {
        ("resourceLogs", "scopeLogs", "logRecords")
    } else {
        ("resourceSpans", "scopeSpans", "spans")
    };
    let resources = list(export, names.0).map(|resource| {
        let scopes = list(resource, names.1).map(|scope| {
            let name = scope["scope"].get("name").and_then(Value::as_str).unwrap_or_default();
            let records = list(scope, names.2)
                .map(|record| bytes(2, &if is_logs { log(record) } else { span(record) }));
            let records = records.collect::<Vec<_>>().concat();
            bytes(2, &[bytes(1, &bytes(1, name.as_bytes())), records].concat())
        });
        let scopes = scopes.collect::<Vec<_>>().concat();
        bytes(1, &[bytes(1, &attributes(1, &resource["resource"])), scopes].concat())
    });
    let body = resources.collect::<Vec<_>>().concat();
    (if is_logs { Signal::Logs } else { Signal::Traces }, body)
}

fn of_body(signal: Signal, body: &[u8]) -> (Vec<Shown>, Tally) {
    let origin: Arc<str> = "log".into();
    let mut decoder = Decoder::new(Settings::default());
    decoder.push_otlp(signal, &RawRecord::of_file(body, &origin, 0));
    let tally = decoder.counts().total();
    let rows = decoder
        .flush()
        .map(|delivery| (0..delivery.batch.len()).map(|row| shown(&delivery.batch, row)).collect());
    (rows.unwrap_or_default(), tally)
}

/// The exports whose ids are hex.
fn exports() -> Vec<Value> {
    let logs = conformance().into_iter().filter(|record| record.contains("resourceLogs"));
    let lines = RECORDED.lines().map(str::to_owned).chain(logs);
    let exports = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    exports.filter(|export| !export.to_string().contains("SPAN_KIND")).collect()
}

#[test]
fn both_encodings_give_the_same_rows() {
    let mut seen = 0;
    for export in exports() {
        let (signal, body) = encoded(&export);
        let (rows, tally, _) = decode(None, [export.to_string().as_bytes()]);
        let (found, found_tally) = of_body(signal, &body);
        assert_eq!((&found, found_tally), (&rows, tally), "{export}");
        seen += rows.len();
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn a_broken_body_is_one_reject() {
    let (signal, body) = encoded(&exports()[0]);
    for broken in [&body[..body.len() - 1], &b"\x0a\xff\xff\xff\xff\x7f"[..], b"\x0b", b"\x0a\x02\x0a\x7f"] {
        let (rows, tally) = of_body(signal, broken);
        assert_eq!((rows.len(), tally.read, tally.rejected), (0, 1, 1), "{broken:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        of_body(Signal::Traces, &body);
        of_body(Signal::Logs, &body);
        let (signal, mut body) = encoded(&exports()[0]);
        let place = place.index(body.len());
        body[place] = byte;
        let (rows, tally) = of_body(signal, &body);
        prop_assert_eq!(rows.len() as u64, tally.rows);
    }
}
