//! What most of many durations stay below.

use std::time::Duration;

/// Durations in order.
#[derive(Debug, Clone)]
pub(super) struct Quantiles(Vec<Duration>);

impl Quantiles {
    pub(super) fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The least duration that this percentage of them does not exceed, by nearest rank.
    pub(super) fn percent(&self, percent: usize) -> Option<Duration> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied()
    }

    /// How many exceed a bound.
    pub(super) fn above(&self, bound: Duration) -> usize {
        self.0.len() - self.0.partition_point(|duration| *duration <= bound)
    }
}

/// Milliseconds, as a table has them.
pub(super) fn millis(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "-".to_owned(), |duration| format!("{:.0} ms", duration.as_secs_f64() * 1_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        for (count, percent, expected) in [
            (0, 50, None),
            (1, 0, Some(1)),
            (1, 99, Some(1)),
            (100, 99, Some(99)),
            (101, 99, Some(100)),
            (7, 100, Some(7)),
        ] {
            let quantiles = Quantiles::of((1..=count).rev().map(Duration::from_secs).collect());
            assert_eq!(quantiles.percent(percent), expected.map(Duration::from_secs), "{count} {percent}");
        }
        assert_eq!(
            Quantiles::of((1..=10).map(Duration::from_secs).collect()).above(Duration::from_secs(8)),
            2
        );
    }
}
