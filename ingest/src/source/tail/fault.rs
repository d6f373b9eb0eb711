//! A file that could not be read: it is tried again.

use std::time::Duration;

/// How long to wait before it is tried again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_mins(1);
/// How long others wait for its events.
const PATIENCE: Duration = Duration::from_mins(15);

#[derive(Debug)]
pub(super) struct Fault {
    pub(super) why: String,
    since: Duration,
    tries: u32,
    pub(super) due: Duration,
    /// Whether it is still waited for.
    pub(super) holds: bool,
}

impl Fault {
    /// Another failure after the one before, if there was one.
    pub(super) fn after(before: Option<Self>, why: String, now: Duration) -> Self {
        let (since, tries, holds) =
            before.map_or((now, 0, true), |fault| (fault.since, fault.tries, fault.holds));
        let due = now + FIRST_PAUSE.saturating_mul(1 << tries.min(6)).min(LAST_PAUSE);
        Self { why, since, tries: tries.saturating_add(1), due, holds }
    }

    /// Whether it has lasted for so long that nobody may wait for the file any longer; says so once.
    pub(super) fn is_given_up(&mut self, now: Duration) -> bool {
        now >= self.since + PATIENCE && std::mem::replace(&mut self.holds, false)
    }
}
