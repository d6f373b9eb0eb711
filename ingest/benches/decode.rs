//! How fast CloudTrail becomes batches, on one core, beside the rate at which sonic-rs parses the same lines into its
//! DOM in the same run. `cargo bench -p ambit-ingest --bench decode`
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should say why and stop")]
#![expect(clippy::cast_precision_loss, reason = "rates are shown with three digits")]

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use ambit_ingest::frame::{Frame, Framer};
use ambit_ingest::{Decoder, RawRecord, Settings};

mod enlarge;

const EVENTS: usize = 300_000;
const ROUNDS: usize = 5;

fn main() {
    let (log, events) = enlarge::cloudtrail_ndjson(EVENTS);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        // In turn, so that a busy machine slows both.
        rounds.push([
            timed(|| parse(&log), events),
            timed(|| cut(&log), events),
            timed(|| decode(&log), events),
        ]);
    }
    let best = |index: usize| rounds.iter().map(|round| round[index]).min().unwrap_or_default();
    let mut ratios = rounds
        .iter()
        .map(|[parse, _, decode]| parse.as_secs_f64() / decode.as_secs_f64())
        .collect::<Vec<_>>();
    ratios.sort_by(f64::total_cmp);
    let mut out = std::io::stdout().lock();
    let mut line = |name: &str, time: Duration| {
        let secs = time.as_secs_f64();
        let (rate, bytes) = (events as f64 / secs / 1e6, log.len() as f64 / secs / 1e6);
        writeln!(out, "{name:<34} {rate:>7.3} M events/s {bytes:>8.0} MB/s")
            .expect("standard output takes text");
    };
    line("sonic-rs DOM, line by line", best(0));
    line("framing alone", best(1));
    line("decode: framing to EventBatch", best(2));
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    let best = best(0).as_secs_f64() / best(2).as_secs_f64();
    writeln!(
        out,
        "decode / DOM: {best:.2} (best of {ROUNDS}), {median:.2} (median); {events} events, {} bytes each",
        log.len() / events
    )
    .expect("standard output takes text");
}

fn timed(work: impl FnOnce() -> usize, expect: usize) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    let now = std::time::Instant::now;
    let start = now();
    let count = work();
    let time = now().duration_since(start);
    assert_eq!(count, expect, "every event is read");
    time
}

fn parse(log: &[u8]) -> usize {
    let (mut from, mut count) = (0, 0);
    for newline in memchr::memchr_iter(b'\n', log) {
        count += usize::from(sonic_rs::from_slice::<sonic_rs::Value>(&log[from..newline]).is_ok());
        from = newline + 1;
    }
    count
}

fn cut(log: &[u8]) -> usize {
    let mut framer = Framer::new(log, Settings::default().max_record_bytes);
    let mut count = 0;
    while let Some(frame) = framer.next_frame() {
        count += usize::from(matches!(frame, Frame::Record { .. }));
    }
    count
}

fn decode(log: &[u8]) -> usize {
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
    let total = decoder.counts().total();
    usize::try_from(total.read - total.rejected).unwrap_or(0)
}
