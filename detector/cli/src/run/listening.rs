//! For how long the loop has listened to its sources. A partition is idle when nothing came of it although somebody
//! listened: while the loop waits for a sink, a broker or another daemon, what the sources have stays unheard, and says
//! nothing of them.

use std::time::Duration;

/// The most that a turn of the loop counts for: longer than sources gather records before they hand them on.
const TURN: Duration = Duration::from_millis(250);

/// A clock that goes on by what each turn of the loop took, but by no more than a turn should take.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listening {
    now: Duration,
    seen: Duration,
}

impl Listening {
    /// One that begins where the daemon's clock is.
    pub(super) const fn since(clock: Duration) -> Self {
        Self { now: clock, seen: clock }
    }

    /// Sources were listened to until now.
    pub(super) fn listened(&mut self, clock: Duration) {
        self.now += clock.saturating_sub(self.seen).min(TURN);
        self.seen = clock;
    }

    /// Nobody listened until now.
    pub(super) const fn looked_away(&mut self, clock: Duration) {
        self.seen = clock;
    }

    /// The time since the start of the daemon, without what nobody listened.
    pub(super) const fn now(&self) -> Duration {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_listened_does_not_count() {
        let millis = Duration::from_millis;
        let mut listening = Listening::since(millis(1_000));
        listening.listened(millis(1_100));
        assert_eq!(listening.now(), millis(1_100));
        // A sink took a minute.
        listening.listened(millis(61_100));
        assert_eq!(listening.now(), millis(1_350));
        listening.looked_away(millis(90_000));
        listening.listened(millis(90_100));
        assert_eq!(listening.now(), millis(1_450));
    }
}
