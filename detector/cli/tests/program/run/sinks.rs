//! Sinks beside each other: one that fails costs the others nothing.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A receiver that answers 500 until it is told that it is well; keeps what it took.
struct Hook {
    url: String,
    well: Arc<AtomicBool>,
    taken: std::sync::mpsc::Receiver<Vec<Value>>,
}

fn hook() -> Hook {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let well = Arc::new(AtomicBool::new(false));
    let (sender, taken) = std::sync::mpsc::channel();
    let own = Arc::clone(&well);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            let head = head.to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let mut body = vec![0; length.unwrap_or("0").trim().parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            let code = if own.load(Ordering::SeqCst) { 200 } else { 500 };
            let answer = format!("HTTP/1.1 {code} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if code == 200 {
                let body: Value = serde_json::from_slice(&body).unwrap();
                sender.send(body["findings"].as_array().unwrap().clone()).unwrap();
            }
        }
    });
    Hook { url, well, taken }
}

#[test]
fn a_sink_that_fails_does_not_starve_those_behind_it() {
    let place = Place::new();
    configure(&place, "detector: { provisional: false }\n");
    let (first, middle) = (hook(), hook());
    middle.well.store(true, Ordering::SeqCst);
    let sinks = format!(
        "sinks:\n  - webhook: {{ url: \"{}\" }}\n  - webhook: {{ url: \"{}\" }}\n",
        first.url, middle.url
    );
    place.write("ambit.yaml", place.read("ambit.yaml").replace("sinks:\n", &sinks));
    append(&place, "logs/events.ndjson", &events(&place));
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    // Everything was read, and the two that work have everything, though the first has nothing.
    let expected = replayed(&place);
    let mut taken = Vec::new();
    daemon.until("the others have all", |_| {
        taken.extend(middle.taken.try_iter().flatten());
        taken.len() == expected.len() && delivered(&place, "findings.ndjson").len() == expected.len()
    });
    same(&without_positions(taken), &expected);
    same(&without_positions(delivered(&place, "findings.ndjson")), &expected);
    let ready = daemon.get("/readyz");
    let parts: Value = serde_json::from_str(&ready.body).unwrap();
    assert_eq!((ready.code, &parts["parts"]["sink 0-webhook"]), (503, &json!("it answered 500")));
    for part in ["sink 1-webhook", "sink 2-ndjson", "source logs"] {
        assert_eq!(parts["parts"][part], "works", "{parts:#}");
    }
    for (sink, waits) in [("0-webhook", true), ("1-webhook", false), ("2-ndjson", false)] {
        let depth = daemon.metric(&format!("ambit_sink_queue_depth{{sink=\"{sink}\"}}"));
        assert_eq!(depth > 0.5, waits, "{sink}: {depth}");
    }
    // Nothing counts as delivered that the first does not have.
    assert!(daemon.metric("ambit_findings_total") < 0.5);
    first.well.store(true, Ordering::SeqCst);
    daemon.until_ready();
    daemon.until("everything is delivered", |daemon| {
        (daemon.metric("ambit_findings_total") - f64::from(u32::try_from(expected.len()).unwrap())).abs()
            < 0.5
    });
    daemon.stop();
    same(&without_positions(first.taken.try_iter().flatten().collect()), &expected);
}

#[test]
fn a_kill_while_a_sink_is_down_loses_nothing() {
    let place = Place::new();
    configure(&place, "");
    let first = hook();
    let sinks = format!("sinks:\n  - webhook: {{ url: \"{}\" }}\n", first.url);
    place.write("ambit.yaml", place.read("ambit.yaml").replace("sinks:\n", &sinks));
    append(&place, "logs/events.ndjson", &events(&place));
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until("the other has something", |_| !delivered(&place, "findings.ndjson").is_empty());
    assert!(!daemon.kill().success());
    first.well.store(true, Ordering::SeqCst);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    let expected = last_lines(replayed(&place));
    assert_eq!(last_lines(first.taken.try_iter().flatten().collect()), expected);
    assert_eq!(last_lines(delivered(&place, "findings.ndjson")), expected);
}
