//! What the operator may say about decoding.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;

use super::format::Format;

/// What a label may be about.
pub const LABELS: [&str; 5] = ["cluster", "namespace", "account", "project", "subscription"];

/// `--label k=v`: what a log cannot say of itself, such as the name of its cluster. Only [`LABELS`] are looked at.
pub type Labels = BTreeMap<String, String>;

/// Event times outside these bounds come from a broken or forged clock, and are rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBounds {
    /// The earliest plausible moment.
    pub earliest: EventTime,
    /// The latest plausible moment; `None` sets no bound, because there is no clock here to set one.
    pub latest: Option<EventTime>,
}

impl TimeBounds {
    /// 2005-01-01T00:00:00Z: before any cloud wrote an audit log.
    pub const EARLIEST: EventTime = EventTime::from_secs(1_104_537_600);

    /// Whether a moment is plausible.
    pub fn contains(&self, time: EventTime) -> bool {
        time >= self.earliest && self.latest.is_none_or(|latest| time <= latest)
    }
}

impl Default for TimeBounds {
    fn default() -> Self {
        Self { earliest: Self::EARLIEST, latest: None }
    }
}

/// How to decode.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The format of every record; `None` tells it from each record's own shape.
    pub format: Option<Format>,
    /// Rows after which a batch is full. The same rows come out for any number.
    pub batch_rows: usize,
    /// The greatest length of one record in bytes.
    pub max_record_bytes: usize,
    /// The plausible event times.
    pub times: TimeBounds,
    /// Labels.
    pub labels: Labels,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            format: None,
            batch_rows: 8_192,
            max_record_bytes: 16 << 20,
            times: TimeBounds::default(),
            labels: Labels::new(),
        }
    }
}
