//! A receiver of findings that is down at first.

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::super::double::Asked;
use super::*;

/// Answers requests with these codes, then with 200; passes on each head and body that it answered with 200.
fn receiver(codes: Vec<u16>) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        let mut codes = codes.into_iter();
        for stream in listener.incoming() {
            let asked = Asked::read(stream.unwrap()).unwrap();
            let (head, body) = (asked.head.to_lowercase(), String::from_utf8(asked.body.clone()).unwrap());
            let code = codes.next().unwrap_or(200);
            asked.answer(code, "").unwrap();
            if code == 200 && sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (url, received)
}

fn with_webhook(place: &Place, webhook: &str) {
    configure(place, "detector: { provisional: false }\n");
    let config = place.read("ambit.yaml");
    place.write("ambit.yaml", config.replace("sinks:\n", &format!("sinks:\n  - webhook: {webhook}\n")));
}

#[test]
fn a_receiver_that_fails_and_heals_gets_everything_signed() {
    let place = Place::new();
    let (url, received) = receiver(vec![500, 503, 429]);
    place.write("key", "open sesame\n");
    with_webhook(&place, &format!("{{ url: \"{url}\", secret_file: key, batch: 7 }}"));
    append(&place, "logs/events.ndjson", &events(&place));
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.until("it failed three times", |daemon| {
        daemon.metric("ambit_sink_failures_total{sink=\"0-webhook\"}") > 2.5
    });
    daemon.until_ready();
    daemon.stop();
    let mut findings = Vec::new();
    for (head, body) in received.try_iter() {
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim_start_matches(':').trim().to_owned()
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(b"open sesame").unwrap();
        mac.update(format!("{}.{body}", field("x-ambit-timestamp")).as_bytes());
        let expected = mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        assert_eq!(field("x-ambit-signature"), format!("v1={expected}"));
        let body: Value = serde_json::from_str(&body).unwrap();
        let batch = body["findings"].as_array().unwrap().clone();
        assert!((1..=7).contains(&batch.len()));
        findings.extend(batch);
    }
    same(&without_positions(findings), &replayed(&place));
    assert!(!place.read("log").contains("sesame"));
}

#[test]
fn what_a_receiver_refuses_is_put_aside() {
    let place = Place::new();
    let (url, received) = receiver(vec![400]);
    with_webhook(&place, &format!("{{ url: \"{url}\", batch: 1, dead_letters: dead.ndjson }}"));
    append(&place, "logs/events.ndjson", &events(&place));
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    assert!((daemon.metric("ambit_dead_letters_total") - 1.0).abs() < 0.5);
    daemon.stop();
    let dead = place.lines("dead.ndjson");
    let mut findings = vec![dead[0]["finding"].clone()];
    assert_eq!((dead.len(), &dead[0]["reason"]), (1, &json!("it answered 400")));
    findings.extend(
        received
            .try_iter()
            .map(|(_, body)| serde_json::from_str::<Value>(&body).unwrap()["findings"][0].clone()),
    );
    same(&without_positions(findings), &replayed(&place));
}

#[test]
fn a_stop_does_not_wait_for_a_receiver_that_is_down() {
    let place = Place::new();
    with_webhook(&place, "{ url: \"http://127.0.0.1:9/\" }");
    append(&place, "logs/events.ndjson", &events(&place));
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until("it is not ready", |daemon| daemon.get("/readyz").body.contains("sink 0-webhook"));
    daemon.stop();
    assert!(place.read("log").contains("delivered again"));
    // What was not delivered is found again.
    let (url, received) = receiver(vec![]);
    with_webhook(&place, &format!("{{ url: \"{url}\" }}"));
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let batches = received.try_iter().map(|(_, body)| serde_json::from_str::<Value>(&body).unwrap());
    let found = batches.flat_map(|body| body["findings"].as_array().unwrap().clone()).collect();
    assert_eq!(last_lines(found), last_lines(replayed(&place)));
}

#[test]
fn an_outage_is_given_up_once_and_not_for_each_finding() {
    let place = Place::new();
    let (url, received) = receiver(vec![500; 100_000]);
    with_webhook(
        &place,
        &format!("{{ url: \"{url}\", batch: 1, give_up_secs: 3, dead_letters: letters.ndjson }}"),
    );
    append(&place, "logs/events.ndjson", &events(&place));
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    let told = || delivered(&place, "findings.ndjson").len();
    daemon.until("all are put aside", |_| {
        let letters = std::fs::read_to_string(place.path("letters.ndjson")).unwrap_or_default();
        letters.lines().count() >= told()
    });
    assert!(told() > 20, "{}", told());
    daemon.stop();
    drop(received);
}
