//! The metrics by what they are about.

use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

/// From an event's own time to the delivery of what it decided.
const LATENCY_SECS: &[f64] =
    &[0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 21_600.0, 86_400.0];
const EARLY_SECS: &[f64] = &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0];
const CHECKPOINT_SECS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0];

/// Makes metrics and registers each. A name that is taken or wrong is a mistake in this file, which the test below
/// would find; it must not end a daemon.
pub(super) struct Maker(pub(super) Registry);

impl Maker {
    fn add<M: prometheus::core::Collector + Clone + 'static>(
        &self,
        made: prometheus::Result<M>,
    ) -> anyhow::Result<M> {
        let metric = made?;
        self.0.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn counter(&self, name: &str, help: &str) -> anyhow::Result<IntCounter> {
        self.add(IntCounter::new(name, help))
    }

    pub(super) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> anyhow::Result<IntCounterVec> {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> anyhow::Result<Gauge> {
        self.add(Gauge::new(name, help))
    }

    fn number(&self, name: &str, help: &str) -> anyhow::Result<IntGauge> {
        self.add(IntGauge::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> anyhow::Result<GaugeVec> {
        self.add(GaugeVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn numbers(&self, name: &str, help: &str, labels: &[&str]) -> anyhow::Result<IntGaugeVec> {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> anyhow::Result<Histogram> {
        self.add(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }
}

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    pub(crate) ingested: IntCounterVec,
    pub(crate) rejected: IntCounterVec,
    pub(crate) late: IntCounterVec,
    pub(crate) bytes: IntCounterVec,
    pub(crate) last_event: GaugeVec,
    pub(crate) duplicates: IntCounterVec,
    pub(crate) unattributed: IntCounterVec,
    pub(crate) restarted: IntCounterVec,
}

impl Events {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        Ok(Self {
            ingested: make.counters(
                "ambit_events_ingested_total",
                "Events taken up, by kind of log.",
                &["source"],
            )?,
            rejected: make.counters(
                "ambit_events_rejected_total",
                "Records that could not be read, by configured source.",
                &["source"],
            )?,
            late: make.counters("ambit_events_late_total", "Events behind the watermark.", &["source"])?,
            bytes: make.counters("ambit_bytes_ingested_total", "Bytes as stored or sent.", &["source"])?,
            last_event: make.gauges(
                "ambit_last_event_timestamp_seconds",
                "The latest event time, by kind of log.",
                &["source"],
            )?,
            duplicates: make.counters(
                "ambit_events_duplicate_total",
                "Events seen before, by kind of log.",
                &["source"],
            )?,
            unattributed: make.counters(
                "ambit_events_unattributed_total",
                "Events that name nobody, by kind of log.",
                &["source"],
            )?,
            restarted: make.counters(
                "ambit_files_restarted_total",
                "Files cut short or replaced.",
                &["source"],
            )?,
        })
    }
}

/// How time goes.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    pub(crate) watermark: Gauge,
    pub(crate) watermark_lag: Gauge,
    pub(crate) forced: IntCounter,
    pub(crate) latency: Histogram,
    pub(crate) early_latency: Histogram,
}

impl Times {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        Ok(Self {
            watermark: make
                .gauge("ambit_watermark_timestamp_seconds", "Everything before it was looked at.")?,
            watermark_lag: make
                .gauge("ambit_watermark_lag_seconds", "How far the watermark is behind the clock.")?,
            forced: make.counter(
                "ambit_watermark_forced_total",
                "Times the watermark went on without the late, for want of room.",
            )?,
            latency: make.histogram(
                "ambit_finding_latency_seconds",
                "From the last deciding event to the delivery.",
                LATENCY_SECS,
            )?,
            early_latency: make.histogram(
                "ambit_provisional_latency_seconds",
                "From an event to the delivery of what was told of it before the watermark.",
                EARLY_SECS,
            )?,
        })
    }
}

/// What the detector holds and says.
#[derive(Debug, Clone)]
pub(crate) struct Detection {
    pub(crate) findings: IntCounterVec,
    pub(crate) early: IntCounterVec,
    pub(crate) retracted: IntCounter,
    pub(crate) suppressed: IntCounterVec,
    pub(crate) workloads: IntGaugeVec,
    pub(crate) shards: IntGauge,
    pub(crate) evicted: IntCounterVec,
    pub(crate) state_bytes: IntGaugeVec,
    pub(crate) pending_rows: IntGauge,
    pub(crate) pending_bytes: IntGauge,
    pub(crate) alarms: IntCounterVec,
    pub(crate) mature_days: IntCounter,
    pub(crate) budget: GaugeVec,
}

impl Detection {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        Ok(Self {
            findings: make.counters(
                "ambit_findings_total",
                "Transitions delivered, by check and severity.",
                &["id", "severity"],
            )?,
            early: make.counters(
                "ambit_findings_provisional_total",
                "Findings delivered before the watermark had passed their event.",
                &["id"],
            )?,
            retracted: make
                .counter("ambit_findings_retracted_total", "Provisional findings that were taken back.")?,
            suppressed: make.counters(
                "ambit_findings_suppressed_total",
                "Transitions of dismissed findings.",
                &["id"],
            )?,
            workloads: make.numbers("ambit_workloads", "Workloads, by maturity.", &["maturity"])?,
            shards: make.number(
                "ambit_shards",
                "Shards of the workloads that this daemon has, with role detect; else 0.",
            )?,
            evicted: make.counters(
                "ambit_evicted_total",
                "What was forgotten for want of room.",
                &["what"],
            )?,
            state_bytes: make.numbers("ambit_state_bytes", "The detector's state.", &["part"])?,
            pending_rows: make.number("ambit_pending_events", "Events that wait for the watermark.")?,
            pending_bytes: make
                .number("ambit_pending_bytes", "Bytes of events that wait for the watermark.")?,
            alarms: make.counters(
                "ambit_statistical_alarms_total",
                "Alarms of the statistical checks.",
                &["id"],
            )?,
            mature_days: make.counter("ambit_mature_workload_days_total", "Days of mature workloads.")?,
            budget: make.gauges(
                "ambit_alerts_per_workload_month",
                "Statistical alarms: what the budget allows, and what came.",
                &["of"],
            )?,
        })
    }
}

/// The checkpoints.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) seconds: Histogram,
    pub(crate) time: Gauge,
    pub(crate) bytes: IntGauge,
    pub(crate) failures: IntCounter,
    pub(crate) damaged: IntCounter,
    pub(crate) archive_bytes: IntGauge,
}

impl Store {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        Ok(Self {
            seconds: make.histogram(
                "ambit_checkpoint_duration_seconds",
                "Time to make and store a checkpoint.",
                CHECKPOINT_SECS,
            )?,
            time: make.gauge("ambit_checkpoint_timestamp_seconds", "When the last checkpoint was stored.")?,
            bytes: make.number("ambit_checkpoint_bytes", "Size of the last checkpoint.")?,
            failures: make.counter("ambit_checkpoint_failures_total", "Checkpoints not stored.")?,
            damaged: make.counter("ambit_checkpoint_damaged_total", "Damaged checkpoints passed over.")?,
            archive_bytes: make.number(
                "ambit_archive_waiting_bytes",
                "Bytes of events that wait for their file in the archive.",
            )?,
        })
    }
}

/// What others have to do with it.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    pub(crate) sink_attempts: IntCounterVec,
    pub(crate) sink_failures: IntCounterVec,
    pub(crate) sink_queue: IntGaugeVec,
    pub(crate) dead_letters: IntCounterVec,
    pub(crate) reloads: IntCounterVec,
    pub(crate) requests: IntCounterVec,
    pub(crate) up: IntGaugeVec,
}

impl Outside {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        Ok(Self {
            sink_attempts: make.counters("ambit_sink_attempts_total", "Deliveries tried.", &["sink"])?,
            sink_failures: make.counters(
                "ambit_sink_failures_total",
                "Deliveries that failed.",
                &["sink"],
            )?,
            sink_queue: make.numbers(
                "ambit_sink_queue_depth",
                "Findings that wait for a sink.",
                &["sink"],
            )?,
            dead_letters: make.counters(
                "ambit_dead_letters_total",
                "Findings refused or given up, or records that cannot be read, kept aside.",
                &["from"],
            )?,
            reloads: make.counters(
                "ambit_reloads_total",
                "Reloads of rules, inventory, decisions.",
                &["result"],
            )?,
            requests: make.counters("ambit_http_requests_total", "Requests answered.", &["path", "code"])?,
            up: make.numbers(
                "ambit_up",
                "Whether a source, a sink or the checkpoint store works.",
                &["part"],
            )?,
        })
    }
}

/// What librdkafka says.
#[derive(Debug, Clone)]
pub(crate) struct Kafka {
    pub(crate) lag: IntGaugeVec,
    pub(crate) rebalances: IntCounterVec,
    pub(crate) errors: IntCounterVec,
    #[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "without Kafka nothing is read of it"))]
    pub(crate) removed: IntCounterVec,
    #[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "without Kafka nothing is handed on"))]
    pub(crate) handed_on: IntCounter,
}

impl Kafka {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        Ok(Self {
            lag: make.numbers("ambit_kafka_lag", "Messages not read.", &["topic", "partition"])?,
            rebalances: make.counters("ambit_kafka_rebalances_total", "Rebalances.", &["source"])?,
            errors: make.counters("ambit_kafka_errors_total", "Errors of librdkafka.", &["part"])?,
            removed: make.counters(
                "ambit_kafka_removed_total",
                "Messages that the broker removed before they were read.",
                &["topic", "partition"],
            )?,
            handed_on: make.counter(
                "ambit_events_handed_on_total",
                "Events written to the topic of canonical events, by role `ingest`.",
            )?,
        })
    }
}
