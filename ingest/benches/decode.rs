//! How fast the records of each source become batches, on one core, beside the rate at which sonic-rs parses the same
//! lines into its DOM in the same run: real records, again and again with other ids and times.
//!
//! `cargo bench -p ambit-ingest --bench decode [-- SOURCE]`; the ratios say more than the rates, which are the machine's.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should say why and stop")]
#![expect(clippy::cast_precision_loss, reason = "rates are shown with three digits")]

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use ambit_ingest::frame::{Frame, Framer};
use ambit_ingest::{Decoder, Format, RawRecord, Settings};

mod copies;
mod enlarge;

/// Bytes of each log.
const BYTES: usize = 50_000_000;
/// Events of CloudTrail that come to about as much.
const EVENTS: usize = 35_000;
const ROUNDS: usize = 7;

fn main() {
    let wanted = std::env::args().skip(1).find(|arg| Format::parse(arg).is_some());
    let mut out = std::io::stdout().lock();
    let mut line = |text: &str| writeln!(out, "{text}").expect("standard output takes text");
    line("| source | MB/s | M records/s | DOM MB/s | decode / DOM | framing MB/s | records | bytes each |");
    line("|---|---|---|---|---|---|---|---|");
    for format in Format::ALL.iter().filter(|format| format.source().is_some()) {
        if wanted.as_deref().is_none_or(|wanted| wanted == format.as_str()) {
            line(&measure(*format));
        }
    }
}

/// A line of the table.
fn measure(format: Format) -> String {
    let log = match format {
        Format::CloudTrail => enlarge::cloudtrail_ndjson(EVENTS).0,
        format => copies::of(format, BYTES),
    };
    let records = decode(&log);
    assert!(records > 0, "records of {}", format.as_str());
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        // In turn, so that a busy machine slows all.
        rounds.push([timed(|| parse(&log)), timed(|| cut(&log)), timed(|| decode(&log))]);
    }
    let best = |index: usize| rounds.iter().map(|round| round[index]).min().unwrap_or_default();
    let mut ratios =
        rounds.iter().map(|[dom, _, own]| dom.as_secs_f64() / own.as_secs_f64()).collect::<Vec<_>>();
    ratios.sort_by(f64::total_cmp);
    let rate = |time: Duration, amount: usize| amount as f64 / time.as_secs_f64() / 1e6;
    format!(
        "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.0} | {records} | {} |",
        format.as_str(),
        rate(best(2), log.len()),
        rate(best(2), records),
        rate(best(0), log.len()),
        ratios.get(ratios.len() / 2).copied().unwrap_or_default(),
        rate(best(1), log.len()),
        log.len() / records,
    )
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    let now = std::time::Instant::now;
    let start = now();
    let count = std::hint::black_box(work());
    let time = now().duration_since(start);
    assert!(count > 0, "something is read");
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

/// Records that were read: spans of an export each count.
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
    assert_eq!(total.rejected, 0, "every record is read");
    usize::try_from(total.read).unwrap_or(0)
}
