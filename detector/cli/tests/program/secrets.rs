//! Secrets in what a daemon leaves: its findings, its checkpoints, its log, its pages.

use std::path::Path;

use super::daemon::start;
use super::place::Place;

/// What the records of the conformance test have wherever a secret may stand.
const PLANTED: &[u8] = b"PLANTED";

/// The bytes of every file below a folder but those of the logs, decompressed where they are a frame behind a head.
fn left(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("logs") {
                left(&path, into);
            }
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let frame = bytes.windows(4).position(|window| window == [0x28, 0xb5, 0x2f, 0xfd]);
        let inside = frame.and_then(|at| zstd::decode_all(&bytes[at..]).ok()).unwrap_or_default();
        into.push((path.display().to_string(), [bytes, inside].concat()));
    }
}

#[test]
fn no_secret_is_in_anything_that_a_daemon_leaves() {
    let place = Place::new();
    let records = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/records");
    let mut bytes = 0;
    for entry in std::fs::read_dir(records).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // The last line breaks off, and is rejected.
        let broken = text.lines().next().map(|line| format!("{line}\n{{\"x\":\"PLANTED\n")).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        bytes += text.len();
        place.write(&format!("logs/{name}"), &text).write(&format!("logs/broken-{name}"), broken);
    }
    let config = "sources:\n  - file: { name: logs, paths: [logs], scan_secs: 0.05, settle_secs: 0.1 }\n\
                  sinks:\n  - ndjson: { path: findings.ndjson }\n\
                  checkpoint: { path: state, interval_secs: 0.1 }\n";
    place.write("ambit.yaml", config);
    let mut daemon = start(&place);
    #[expect(clippy::cast_precision_loss, reason = "a few files")]
    let least = bytes as f64;
    daemon.until("all is read", |daemon| daemon.metric("ambit_bytes_ingested_total") >= least);
    let pages = ["/metrics", "/readyz", "/nowhere?token=PLANTED"].map(|page| daemon.get(page).body);
    place.write("pages", pages.join("\n"));
    daemon.stop();
    let mut found = Vec::new();
    left(&place.path(""), &mut found);
    assert!(
        found.iter().any(|(name, bytes)| name.contains("state") && bytes.windows(4).any(|w| w == b"arn:"))
    );
    for (name, bytes) in found {
        let at = bytes.windows(PLANTED.len()).position(|window| window == PLANTED);
        let around =
            at.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(200)..at + 7]).into_owned());
        assert_eq!(around, None, "{name}");
    }
}
