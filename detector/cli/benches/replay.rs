//! The whole of `ambit replay` and the decoder alone, on one core, beside the rate at which sonic-rs parses the same
//! CloudTrail lines into its DOM in the same run, and the bytes of state a workload.
//!
//! `cargo bench -p ambit --bench replay [-- EVENTS]`; the ratios say more than the rates, which are the machine's.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should say why and stop")]
#![expect(clippy::cast_precision_loss, reason = "rates are shown with three digits")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ambit_ingest::frame::{Frame, Framer};
use ambit_ingest::{Decoder, RawRecord, Settings};

#[path = "../../../ingest/benches/enlarge.rs"]
mod enlarge;

const ROUNDS: usize = 5;

fn main() {
    let wanted = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(300_000);
    let (log, events) = enlarge::cloudtrail_ndjson(wanted);
    let folder = tempfile::tempdir().expect("a folder for the log");
    let file = folder.path().join("cloudtrail.ndjson");
    std::fs::write(&file, &log).expect("room for the log");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        // In turn, so that a busy machine slows all three.
        rounds.push([timed(|| parse(&log)), timed(|| decode(&log)), timed(|| replay(&file))]);
    }
    let best = |index: usize| rounds.iter().map(|round| round[index]).min().unwrap_or_default();
    let ratio = |index: usize| {
        let mut ratios = rounds
            .iter()
            .map(|round| round[0].as_secs_f64() / round[index].as_secs_f64())
            .collect::<Vec<_>>();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    };
    let mut out = std::io::stdout().lock();
    let mut line = |name: &str, index: usize| {
        let secs = best(index).as_secs_f64();
        let (rate, megabytes) = (events as f64 / secs / 1e6, log.len() as f64 / secs / 1e6);
        writeln!(
            out,
            "{name:<36} {rate:>6.3} M events/s {megabytes:>6.0} MB/s  {:>5.2} of the DOM",
            ratio(index)
        )
        .expect("standard output takes text");
    };
    line("sonic-rs DOM, line by line", 0);
    line("decode alone: bytes to EventBatch", 1);
    line("ambit replay: file to findings", 2);
    writeln!(
        out,
        "{events} events of {} bytes; best rate and median ratio of {ROUNDS} rounds",
        log.len() / events
    )
    .expect("standard output takes text");
    drop(out);
    summary(&file);
}

fn timed(work: impl FnOnce()) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    let now = std::time::Instant::now;
    let start = now();
    work();
    now().duration_since(start)
}

fn parse(log: &[u8]) {
    for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        std::hint::black_box(sonic_rs::from_slice::<sonic_rs::Value>(line).expect("the log is JSON"));
    }
}

fn decode(log: &[u8]) {
    let origin = Arc::from("bench");
    let settings = Settings::default();
    let mut framer = Framer::new(log, settings.max_record_bytes);
    let mut decoder = Decoder::new(settings);
    while let Some(frame) = framer.next_frame() {
        if let Frame::Record { offset, bytes } = frame {
            decoder.push(&RawRecord::of_file(bytes, &origin, i64::try_from(offset).unwrap_or(i64::MAX)));
        }
        if decoder.is_full() {
            std::hint::black_box(decoder.flush());
        }
    }
    std::hint::black_box(decoder.flush());
    assert_eq!(decoder.counts().total().rejected, 0, "every event is read");
}

fn replay(file: &Path) {
    let code = ambit::run([
        Path::new("ambit"),
        Path::new("replay"),
        file,
        Path::new("--findings"),
        Path::new("/dev/null"),
    ]);
    assert_eq!(code, 0, "the replay reads everything");
}

/// One more replay, for its own figures.
fn summary(file: &Path) {
    let to = file.with_extension("summary.json");
    let words = ["ambit", "replay", "--findings", "/dev/null", "--summary"].map(Path::new);
    let code = ambit::run(words.into_iter().chain([to.as_path(), file]));
    assert_eq!(code, 0, "the replay reads everything");
    let text = std::fs::read_to_string(&to).expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(&text).expect("a summary is JSON");
    let mut out = std::io::stdout().lock();
    for name in ["events_read", "workloads", "state_bytes", "workload_bytes", "lineage_bytes"] {
        writeln!(out, "{name:<16} {}", summary[name]).expect("standard output takes text");
    }
}
