//! The detector alone, on decoded batches in memory, on one core: events a second, bytes of state a workload, and what a
//! snapshot of that state costs.
//!
//! `cargo bench -p ambit-core --bench detector [-- EVENTS WORKLOADS]`
//!
//! Two fleets: a steady one without credentials, so without lineage, whose workloads do what they always did and now and
//! then something new; and a restless one, in which each workload meets 900 things in a month and has a new session every
//! hour, as none does: the most that state and lineage have to bear.

use std::io::Write;
use std::time::{Duration, Instant};

use ambit_core::Detector;
use ambit_rules::Catalogue;
use ambit_schemas::time::{HOUR_MICROS, SECOND_MICROS};
use ambit_schemas::vocabulary::{ActionClass, CredentialKind, PrincipalKind, Source};
use ambit_schemas::{EventBatch, EventBatchBuilder, EventRow, EventTime, Inventory, RuleSet};

/// 2026-03-02T00:00:00Z.
const START: i64 = 1_772_409_600 * SECOND_MICROS;
/// Rows of a batch, as the ingest makes them.
const ROWS: u64 = 8_192;

/// A fixed mixing of a counter, so that the world is the same in every run.
const fn mix(seed: u64) -> u64 {
    let x = (seed ^ (seed >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    let x = (x ^ (x >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d);
    x ^ (x >> 33)
}

/// A fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fleet {
    Steady,
    Restless,
}

impl Fleet {
    /// The group of things that an event touches: in a steady fleet one of forty, and once in 5,000 events another.
    const fn group(self, draw: u64) -> u64 {
        match self {
            Self::Steady if (draw >> 44).is_multiple_of(5_000) => 40 + (draw >> 20) % 260,
            Self::Steady => (draw >> 20) % 40,
            Self::Restless => (draw >> 20) % 300,
        }
    }

    /// Which of three things is done to it: in a steady fleet always the same.
    const fn act(self, draw: u64) -> usize {
        match self {
            Self::Steady => (self.group(draw) % 3) as usize,
            Self::Restless => (draw >> 40) as usize % 3,
        }
    }
}

/// One batch of a fleet over 30 days.
fn batch(
    fleet: Fleet,
    from: u64,
    (events, workloads): (u64, u64),
    builder: &mut EventBatchBuilder,
) -> EventBatch {
    for n in from..(from + ROWS).min(events) {
        let draw = mix(n);
        let workload = draw % workloads;
        #[expect(clippy::cast_possible_wrap, reason = "a benchmark's time is small")]
        let time = EventTime(START + (n * (30 * 24 * 3_600_000_000 / events)) as i64);
        let hour = (time.micros() - START) / HOUR_MICROS;
        let (group, act) = (fleet.group(draw), fleet.act(draw));
        let name = format!("arn:aws:iam::111122223333:role/workload-{workload}");
        let id = format!("{:08x}-{:04x}-4000-8000-{:012x}", draw >> 32, draw & 0xffff, n);
        let key = format!("ASIA{workload:06}{hour:010}");
        let resource = format!("arn:aws:s3:::bucket-{group}/object-{n}");
        let resource_group = format!("bucket-{group}/*");
        let address = format!("10.{}.{}.{}", workload % 200, hour % 200, workload % 250);
        builder.push(&EventRow {
            action: ["aws:s3:GetObject", "aws:s3:PutObject", "aws:dynamodb:Query"][act],
            action_class: if act == 1 { ActionClass::Write } else { ActionClass::Read },
            principal: Some(&name),
            principal_kind: Some(PrincipalKind::Role),
            workload: Some(&name),
            credential: (fleet == Fleet::Restless).then_some(key.as_str()),
            credential_kind: (fleet == Fleet::Restless).then_some(CredentialKind::StsSession),
            resource: Some(&resource),
            resource_group: Some(&resource_group),
            sensitivity: 1,
            account: Some("111122223333"),
            region: Some("eu-west-1"),
            source_address: Some(&address),
            client: Some("Boto3/1"),
            origin: "bench.json",
            ..EventRow::new(Source::AwsCloudtrail, &id, time)
        });
    }
    builder.finish().unwrap_or_else(|error| unreachable!("a well-formed batch: {error}"))
}

/// What the detector made of the events, and how long it took for them alone.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
fn detect(rules: RuleSet, fleet: Fleet, events: u64, workloads: u64) -> (Detector, u64, Duration) {
    let mut detector = Detector::new(rules, Inventory::default());
    let mut builder = EventBatchBuilder::new();
    let (mut findings, mut took) = (0, Duration::ZERO);
    for from in (0..events).step_by(8_192) {
        let batch = batch(fleet, from, (events, workloads), &mut builder);
        let started = Instant::now();
        detector.push(&batch);
        detector.advance(batch.times().last().copied().map_or(EventTime::MIN, EventTime));
        while detector.poll_finding().is_some() {
            findings += 1;
        }
        took += started.elapsed();
    }
    (detector, findings, took)
}

/// How large a snapshot is, as it is and in a zstd frame, and how long it takes to make and to go on from.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
fn snapshot(detector: &Detector, rules: RuleSet, out: &mut dyn Write) -> std::io::Result<()> {
    let started = Instant::now();
    let snapshot = detector.snapshot().map_err(std::io::Error::other)?;
    let made = started.elapsed();
    let tables = snapshot.tables.iter().flat_map(|(_, table)| table.columns());
    let buffers = tables.flat_map(|column| column.to_data().buffers().to_vec()).collect::<Vec<_>>();
    let bytes = buffers.iter().map(arrow::buffer::Buffer::len).sum::<usize>();
    let started = Instant::now();
    let mut frame = zstd::Encoder::new(Vec::new(), 3)?;
    for buffer in &buffers {
        frame.write_all(buffer)?;
    }
    let (packed, packing) = (frame.finish()?.len(), started.elapsed());
    let started = Instant::now();
    let restored =
        Detector::restore(rules, Inventory::default(), &snapshot).map_err(std::io::Error::other)?;
    let restoring = started.elapsed();
    assert_eq!(restored.counts().workloads, detector.counts().workloads);
    writeln!(out, "{bytes:>12} bytes of snapshot, {packed} in a zstd frame")?;
    writeln!(out, "{made:>12.2?} to make it, {packing:.2?} to pack it, {restoring:.2?} to go on from it")
}

fn main() -> std::io::Result<()> {
    let numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok()).collect::<Vec<_>>();
    let (events, workloads) = (*numbers.first().unwrap_or(&1_000_000), *numbers.get(1).unwrap_or(&400));
    let rules =
        Catalogue::embedded().map_err(std::io::Error::other)?.rule_set(0.1).map_err(std::io::Error::other)?;
    let mut out = std::io::stdout().lock();
    for fleet in [Fleet::Steady, Fleet::Restless] {
        let (detector, findings, took) = detect(rules.clone(), fleet, events, workloads);
        let counts = detector.counts();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = events as f64 / took.as_secs_f64();
        writeln!(out, "{fleet:?} fleet, one core: {events} events of {workloads} workloads in {took:.2?}")?;
        writeln!(out, "{rate:>12.0} events/s")?;
        writeln!(out, "{:>12} bytes a workload of its own", counts.workload_bytes / workloads)?;
        writeln!(out, "{:>12} bytes a workload of lineage", counts.lineage_bytes / workloads)?;
        writeln!(out, "{:>12} bytes of state in all ({findings} transitions)", counts.state_bytes)?;
        snapshot(&detector, rules.clone(), &mut out)?;
    }
    Ok(())
}
