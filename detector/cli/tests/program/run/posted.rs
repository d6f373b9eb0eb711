//! What is sent to the daemon.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// A configuration that takes what is posted to `apps`.
fn take_posts(place: &Place, more: &str) {
    place.write("token", "let-me-in\n");
    let text = format!(
        "sources:\n  - http: {{ name: apps, otlp: true, token_file: token{more} }}\n\
         sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
         checkpoint: {{ path: state, interval_secs: 0.1 }}\nhttp: {{ body_bytes: 4000000 }}\n\
         inventory: {}\n",
        samples("workloads.yaml")
    );
    place.write("ambit.yaml", text);
}

const TOKEN: &str = "authorization: Bearer let-me-in\r\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A span of an agent's chat in an export of OTLP.
fn span_as_protobuf() -> Vec<u8> {
    let field = |number: u8, content: &[u8]| {
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()][..], content].concat()
    };
    let attribute = |key: &str, value: &str| {
        let value = field(1, value.as_bytes());
        field(9, &[field(1, key.as_bytes()), field(2, &value)].concat())
    };
    let start = [&[7 << 3 | 1][..], &1_770_000_002_000_000_000_u64.to_le_bytes()].concat();
    let parts = [
        field(1, &[7; 16]),
        field(2, &[8; 8]),
        field(5, b"chat m"),
        start,
        attribute("gen_ai.operation.name", "chat"),
        attribute("gen_ai.agent.name", "helper"),
    ];
    // A resource's scope's span.
    let span = parts.concat();
    let length = span.len();
    let varint = |length: usize| {
        if length < 128 {
            vec![u8::try_from(length).unwrap()]
        } else {
            vec![u8::try_from(length & 0x7f).unwrap() | 0x80, u8::try_from(length >> 7).unwrap()]
        }
    };
    let scope = [&[2 << 3 | 2][..], &varint(length), &span].concat();
    let resource = [&[2 << 3 | 2][..], &varint(scope.len()), &scope].concat();
    [&[1 << 3 | 2][..], &varint(resource.len()), &resource].concat()
}

#[test]
fn a_request_is_told_what_became_of_it() {
    let place = Place::new();
    take_posts(&place, "");
    let mut daemon = start(&place);
    let event = later(0);
    let zip = format!("{TOKEN}content-encoding: gzip\r\n");
    let chunked = format!("{TOKEN}transfer-encoding: chunked\r\n");
    let span = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "name": "chat m",
        "startTimeUnixNano": "1770000000000000000", "endTimeUnixNano": "1770000001000000000",
        "attributes": [{ "key": "gen_ai.operation.name", "value": { "stringValue": "chat" } },
            { "key": "gen_ai.agent.name", "value": { "stringValue": "helper" } },
            { "key": "gen_ai.request.model", "value": { "stringValue": "m" } }] }] }] }] })
    .to_string();
    let big = vec![b' '; 5_000_000];
    for (path, head, body, code, told) in [
        ("/ingest/apps", "", event.as_bytes(), 401, "show the token"),
        ("/ingest/apps", "authorization: Bearer let-me-out\r\n", event.as_bytes(), 401, "show the token"),
        ("/ingest/other", TOKEN, event.as_bytes(), 404, "no source"),
        ("/ingest/apps", TOKEN, event.as_bytes(), 200, "{\"accepted\":1,\"rejected\":0}"),
        ("/k8s/audit/apps", TOKEN, format!("{event}\nnonsense\n").as_bytes(), 200, "\"rejected\":1"),
        ("/ingest/apps", TOKEN, b"nonsense", 400, "no JSON object or array"),
        ("/ingest/apps", TOKEN, b"", 200, "\"accepted\":0"),
        ("/ingest/apps", &zip, &gzip(event.as_bytes()), 200, "\"accepted\":1"),
        ("/ingest/apps", &zip, b"not gzip", 400, "no whole gzip"),
        ("/ingest/apps", &zip, &gzip(&big), 413, "more than 4000000 bytes"),
        ("/ingest/apps", TOKEN, &big, 413, "more than 4000000 bytes"),
        ("/ingest/apps", &chunked, b"zz\r\nno length\r\n", 400, "broken or was cut off"),
        ("/v1/traces", TOKEN, span.as_bytes(), 200, "{}"),
        ("/v1/logs", TOKEN, b"{\"resourceLogs\":[]}", 200, "{}"),
    ] {
        let answer = daemon.post(path, head, body);
        assert_eq!(answer.code, code, "{path} {head}: {answer:?}");
        assert!(answer.body.contains(told), "{path} {head}: {answer:?}");
    }
    let protobuf = format!("{TOKEN}content-type: application/x-protobuf\r\n");
    assert_eq!(daemon.post("/ingest/apps", &protobuf, b"").code, 415);
    for path in ["/v1/traces", "/v1/logs"] {
        let empty = daemon.post(path, &protobuf, b"");
        assert_eq!((empty.code, empty.body.as_str()), (200, ""));
        let broken = daemon.post(path, &protobuf, b"x");
        assert!(broken.code == 400 && broken.body.contains("cut off"), "{broken:?}");
    }
    let traces = "ambit_events_ingested_total{source=\"otel.genai\"}";
    daemon.until("the span of JSON is taken up", |daemon| daemon.metric(traces) > 0.5);
    let before = daemon.metric(traces);
    let answer = daemon.post("/v1/traces", &protobuf, &span_as_protobuf());
    assert_eq!((answer.code, answer.body.as_str()), (200, ""), "{answer:?}");
    assert!(answer.head.contains("content-type: application/x-protobuf"), "{answer:?}");
    daemon.until("both are taken up", |daemon| daemon.metric(traces) > before + 0.5);
    daemon.stop();
}

#[test]
fn what_was_taken_survives_a_kill() {
    let place = Place::new();
    let events = events(&place);
    // No checkpoint but at the orderly end: what was posted is on disk all the same.
    take_posts(&place, "");
    let config = place.read("ambit.yaml");
    place.write("ambit.yaml", config.replace("interval_secs: 0.1", "interval_secs: 3600"));
    for part in events.chunks(events.len() / 4 + 1) {
        let daemon = start(&place);
        for body in part.chunks(500) {
            let answer = daemon.post("/ingest/apps", TOKEN, body.join("\n").as_bytes());
            assert_eq!(answer.code, 200, "{answer:?}");
        }
        daemon.kill();
    }
    let mut daemon = start(&place);
    let last = [later(0), later(1)].join("\n");
    assert_eq!(daemon.post("/ingest/apps", TOKEN, last.as_bytes()).code, 200);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    append(&place, "logs/events.ndjson", &events);
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), last_lines(replayed(&place)));
}

#[test]
fn who_sends_too_much_is_told_to_come_again() {
    let place = Place::new();
    take_posts(&place, ", spool_bytes: 1");
    let config = place.read("ambit.yaml");
    place.write("ambit.yaml", config.replace("interval_secs: 0.1", "interval_secs: 3600"));
    let daemon = start(&place);
    assert_eq!(daemon.post("/ingest/apps", TOKEN, later(0).as_bytes()).code, 200);
    let answer = daemon.post("/ingest/apps", TOKEN, later(1).as_bytes());
    assert_eq!(answer.code, 429);
    assert!(answer.head.contains("retry-after: "), "{answer:?}");
    daemon.stop();
    // Once every checkpoint that is kept covers it, it is forgotten.
    place.write("ambit.yaml", config.replace("interval_secs: 0.1 }", "interval_secs: 0.1, keep: 1 }"));
    let mut daemon = start(&place);
    let mut more = 10;
    daemon.until("there is room again", |daemon| {
        more += 1;
        let event = later(1).replace("later-1", &format!("later-{more}"));
        daemon.post("/ingest/apps", TOKEN, event.as_bytes()).code == 200
    });
    daemon.stop();
}
