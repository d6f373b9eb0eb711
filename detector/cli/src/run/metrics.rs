//! What is measured, by the names that conventions give: `ambit_`, base units, never a label per workload.

mod memory;
mod objects;
mod parts;

use std::time::Duration;

use ambit_core::Counts;
use ambit_schemas::EventTime;
use ambit_schemas::finding::Activity;
use ambit_schemas::vocabulary::{Check, Severity, Source};
use prometheus::{Encoder, Histogram, Registry, TextEncoder};

#[cfg(feature = "objects")]
pub(crate) use self::objects::SourceObjects;

use self::memory::Memory;
use self::objects::Objects;
use self::parts::{Detection, Events, Kafka, Maker, Outside, Store, Times};
use crate::sink::Told;

/// All metrics.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) events: Events,
    pub(crate) times: Times,
    pub(crate) detection: Detection,
    pub(crate) store: Store,
    pub(crate) outside: Outside,
    pub(crate) kafka: Kafka,
    pub(crate) objects: Objects,
    memory: Memory,
}

impl Metrics {
    /// All metrics, at zero.
    ///
    /// # Errors
    /// When two have one name.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let make = Maker(Registry::new());
        let build = make.numbers("ambit_build_info", "The version that runs.", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(Self {
            events: Events::new(&make)?,
            times: Times::new(&make)?,
            detection: Detection::new(&make)?,
            store: Store::new(&make)?,
            outside: Outside::new(&make)?,
            kafka: Kafka::new(&make)?,
            objects: Objects::new(&make)?,
            memory: Memory::new(&make)?,
            registry: make.0,
        })
    }

    /// A finding was delivered, at a moment of the clock; early, or taken back, or raised.
    pub(crate) fn delivered(&self, told: &Told, now: EventTime) {
        let finding = &told.finding;
        let latency_secs = secs(now).max(secs(finding.time)) - secs(finding.time);
        let id = finding.check.as_str();
        if !told.early {
            self.detection.findings.with_label_values(&[id, finding.severity.as_str()]).inc();
            self.times.latency.observe(latency_secs);
        } else if finding.activity == Activity::Close {
            self.detection.retracted.inc();
        } else {
            self.detection.early.with_label_values(&[id]).inc();
            self.times.early_latency.observe(latency_secs);
        }
    }

    /// Where the watermark is, at a moment of the clock.
    pub(crate) fn advanced(&self, watermark: EventTime, now: EventTime) {
        if watermark > EventTime::MIN {
            self.times.watermark.set(secs(watermark));
            self.times.watermark_lag.set(secs(now) - secs(watermark));
        }
    }

    /// What the detector counted since the last time.
    pub(crate) fn counted(&self, before: &Counts, now: &Counts, budget: f64) {
        for (metric, now, before) in [
            (&self.events.duplicates, &now.duplicates_since, &before.duplicates_since),
            (&self.events.unattributed, &now.unattributed_since, &before.unattributed_since),
        ] {
            for (source, count) in now {
                let more = count.saturating_sub(before.get(source).copied().unwrap_or(0));
                metric.with_label_values(&[source.as_str()]).inc_by(more);
            }
        }
        self.detection.mature_days.inc_by(now.mature_days.saturating_sub(before.mature_days));
        for (check, count) in &now.findings_suppressed {
            let more = count.saturating_sub(before.findings_suppressed.get(check).copied().unwrap_or(0));
            self.detection.suppressed.with_label_values(&[check.as_str()]).inc_by(more);
        }
        for (check, count) in &now.alarms {
            let more = count.saturating_sub(before.alarms.get(check).copied().unwrap_or(0));
            self.detection.alarms.with_label_values(&[check.as_str()]).inc_by(more);
        }
        for (what, before, now) in [
            ("workloads", before.workloads_evicted, now.workloads_evicted),
            ("credentials", before.credentials_evicted, now.credentials_evicted),
            ("atoms", before.atoms_overflowed, now.atoms_overflowed),
            ("names", before.symbols_overflowed, now.symbols_overflowed),
            ("findings", before.findings_forgotten, now.findings_forgotten),
            ("provisional findings", before.findings_early_withheld, now.findings_early_withheld),
        ] {
            self.detection.evicted.with_label_values(&[what]).inc_by(now.saturating_sub(before));
        }
        for maturity in ambit_schemas::vocabulary::Maturity::ALL {
            let count = now.workloads.get(maturity).copied().unwrap_or(0);
            self.detection.workloads.with_label_values(&[maturity.as_str()]).set(whole(count));
        }
        for (part, bytes) in [
            ("workloads", now.workload_bytes),
            ("lineage", now.lineage_bytes),
            ("findings", now.finding_bytes),
            ("seen", now.seen_bytes),
            ("all", now.state_bytes),
        ] {
            self.detection.state_bytes.with_label_values(&[part]).set(whole(bytes));
        }
        self.detection.pending_rows.set(whole(now.pending_rows));
        self.detection.pending_bytes.set(whole(now.pending_bytes));
        self.detection.budget.with_label_values(&["budget"]).set(budget);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let (alarms, days) = (now.alarms.values().sum::<u64>() as f64, now.mature_days as f64);
        self.detection.budget.with_label_values(&["realised"]).set(if days > 0.0 {
            alarms * 30.0 / days
        } else {
            0.0
        });
    }

    /// The page for Prometheus.
    ///
    /// # Errors
    /// When a metric cannot be written, which means that it has no name.
    pub(crate) fn page(&self) -> anyhow::Result<Vec<u8>> {
        self.memory.look();
        let mut page = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut page)?;
        Ok(page)
    }

    /// Makes the series of a daemon's first scrape: a counter that appears with its first count hides it.
    pub(crate) fn prime(&self, sources: &[String], sinks: &[String]) {
        for source in sources {
            for counter in [&self.events.rejected, &self.events.bytes, &self.events.restarted] {
                counter.with_label_values(&[source.as_str()]).inc_by(0);
            }
        }
        for sink in sinks {
            for counter in [&self.outside.sink_attempts, &self.outside.sink_failures] {
                counter.with_label_values(&[sink.as_str()]).inc_by(0);
            }
            self.outside.sink_queue.with_label_values(&[sink.as_str()]).set(0);
            self.outside.dead_letters.with_label_values(&[sink.as_str()]).inc_by(0);
        }
        for result in ["done", "refused"] {
            self.outside.reloads.with_label_values(&[result]).inc_by(0);
        }
        for source in Source::ALL {
            for counter in [&self.events.late, &self.events.duplicates, &self.events.unattributed] {
                counter.with_label_values(&[source.as_str()]).inc_by(0);
            }
        }
        for check in Check::ALL {
            self.detection.findings.with_label_values(&[check.as_str(), Severity::High.as_str()]).inc_by(0);
            self.detection.suppressed.with_label_values(&[check.as_str()]).inc_by(0);
        }
        for check in [Check::D01, Check::D02, Check::D04, Check::C05] {
            self.detection.alarms.with_label_values(&[check.as_str()]).inc_by(0);
        }
    }
}

/// A moment in seconds.
#[expect(clippy::cast_precision_loss, reason = "a gauge for people: microseconds of this century fit 2^53")]
pub(crate) fn secs(time: EventTime) -> f64 {
    time.micros() as f64 / 1_000_000.0
}

/// A duration as a histogram takes it.
pub(crate) fn took(histogram: &Histogram, time: Duration) {
    histogram.observe(time.as_secs_f64());
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own() {
        let metrics = Metrics::new().unwrap();
        metrics.prime(&["a".to_owned()], &["b".to_owned()]);
        let page = String::from_utf8(metrics.page().unwrap()).unwrap();
        assert!(
            page.contains("ambit_build_info{version=")
                && page.contains("ambit_sink_attempts_total{sink=\"b\"} 0")
        );
    }
}
