//! The objects of stores, by configured source.

#[cfg(feature = "objects")]
use prometheus::{IntCounter, IntGauge};
use prometheus::{IntCounterVec, IntGaugeVec};

use super::parts::Maker;

const BY_SOURCE: &[&str] = &["source"];

/// Of all sources.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "objects"), expect(dead_code, reason = "nobody counts objects"))]
pub(crate) struct Objects {
    read: IntCounterVec,
    changed: IntCounterVec,
    failures: IntCounterVec,
    vanished: IntCounterVec,
    passed_over: IntCounterVec,
    unread: IntGaugeVec,
    unreadable: IntGaugeVec,
    remembered: IntGaugeVec,
    skipped: IntGaugeVec,
}

impl Objects {
    pub(super) fn new(make: &Maker) -> anyhow::Result<Self> {
        let counters = |name, help| make.counters(name, help, BY_SOURCE);
        let gauges = |name, help| make.numbers(name, help, BY_SOURCE);
        Ok(Self {
            read: counters("ambit_objects_read_total", "Objects read to their end.")?,
            changed: counters("ambit_objects_changed_total", "Objects changed after they had been read.")?,
            failures: counters("ambit_objects_failures_total", "Attempts to read an object that failed.")?,
            vanished: counters("ambit_objects_vanished_total", "Objects gone before they could be read.")?,
            passed_over: counters(
                "ambit_objects_passed_over_total",
                "Objects not read, because they are older than all that is remembered.",
            )?,
            unread: gauges("ambit_objects_unread", "Objects listed and not read yet.")?,
            unreadable: gauges("ambit_objects_unreadable", "Objects that cannot be read now.")?,
            remembered: gauges("ambit_objects_remembered", "Objects remembered as read.")?,
            skipped: gauges("ambit_objects_skipped", "Objects whose key ends as no log does.")?,
        })
    }
}

/// Of one source.
#[cfg(feature = "objects")]
#[derive(Debug, Clone)]
pub(crate) struct SourceObjects {
    pub(crate) read: IntCounter,
    pub(crate) changed: IntCounter,
    pub(crate) failures: IntCounter,
    pub(crate) vanished: IntCounter,
    pub(crate) passed_over: IntCounter,
    pub(crate) unread: IntGauge,
    pub(crate) unreadable: IntGauge,
    pub(crate) remembered: IntGauge,
    pub(crate) skipped: IntGauge,
}

#[cfg(feature = "objects")]
#[expect(
    clippy::multiple_inherent_impl,
    reason = "without the feature nobody asks for the series of a source"
)]
impl Objects {
    /// The series of a source, from then on with a value.
    pub(crate) fn of(&self, source: &str) -> SourceObjects {
        let counter = |of: &IntCounterVec| of.with_label_values(&[source]);
        let gauge = |of: &IntGaugeVec| of.with_label_values(&[source]);
        SourceObjects {
            read: counter(&self.read),
            changed: counter(&self.changed),
            failures: counter(&self.failures),
            vanished: counter(&self.vanished),
            passed_over: counter(&self.passed_over),
            unread: gauge(&self.unread),
            unreadable: gauge(&self.unreadable),
            remembered: gauge(&self.remembered),
            skipped: gauge(&self.skipped),
        }
    }
}
