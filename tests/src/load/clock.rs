//! The clocks that the load is measured by.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ambit_schemas::EventTime;

/// A moment to measure from.
#[expect(clippy::disallowed_methods, reason = "this program measures time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// What a clock on the wall shows: the time of events that happen now.
#[expect(clippy::disallowed_methods, reason = "events are made up as they happen")]
pub(super) fn wall() -> EventTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EventTime(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "another process works meanwhile, and nobody is blocked")]
pub(super) fn pause(time: Duration) {
    std::thread::sleep(time);
}
