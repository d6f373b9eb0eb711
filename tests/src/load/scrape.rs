//! The daemon's own metrics.

use std::time::Duration;

use super::machine::{grouped, mebi};
use crate::daemon::{self, Daemon};

/// All of them at a moment.
#[derive(Debug)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn of(daemon: &Daemon) -> Self {
        Self(daemon.get("/metrics").body)
    }

    fn value(&self, name: &str) -> f64 {
        daemon::sum(&self.0, name)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "these metrics are counts")]
    pub(super) fn count(&self, name: &str) -> u64 {
        self.value(name) as u64
    }

    pub(super) fn ingested(&self) -> u64 {
        self.count("ambit_events_ingested_total")
    }

    pub(super) fn state_bytes(&self, part: &str) -> u64 {
        self.count(&format!("ambit_state_bytes{{part=\"{part}\"}}"))
    }

    /// Where the watermark is, in seconds.
    pub(super) fn watermark_secs(&self) -> f64 {
        self.value("ambit_watermark_timestamp_seconds")
    }

    /// The checkpoints so far: how many, and the time that they took together.
    pub(super) fn checkpoints(&self) -> (u64, Duration) {
        let secs = self.value("ambit_checkpoint_duration_seconds_sum");
        (self.count("ambit_checkpoint_duration_seconds_count"), Duration::from_secs_f64(secs.max(0.0)))
    }

    /// How long a checkpoint took since an earlier moment, on average; nothing if there was none.
    pub(super) fn checkpoint_since(&self, before: &Self) -> Option<Duration> {
        let ((count, secs), (count_before, secs_before)) = (self.checkpoints(), before.checkpoints());
        let count = u32::try_from(count.saturating_sub(count_before)).ok().filter(|count| *count > 0)?;
        Some(secs.saturating_sub(secs_before) / count)
    }

    /// State, what waits and the last checkpoint, in a sentence.
    pub(super) fn holds(&self) -> String {
        format!(
            "state {} (workloads {}, lineage {}), {} events wait ({}), last checkpoint {}",
            mebi(self.state_bytes("all")),
            mebi(self.state_bytes("workloads")),
            mebi(self.state_bytes("lineage")),
            grouped(self.count("ambit_pending_events")),
            mebi(self.count("ambit_pending_bytes")),
            mebi(self.count("ambit_checkpoint_bytes")),
        )
    }
}
