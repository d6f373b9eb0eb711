//! The only place that reads a clock: to say how long a run took, to know which event times lie in the future, and to
//! write down when a person decided.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ambit_schemas::EventTime;

/// Measures how long something takes.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one file that reads a clock; nothing decides by it")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The machine's own time, which bounds plausible event times from above and stands beside a decision. No finding depends
/// on it.
#[expect(clippy::disallowed_methods, reason = "the one file that reads a clock")]
pub(crate) fn wall() -> EventTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EventTime(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
