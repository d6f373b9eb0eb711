//! Daily counts of a workload against those of the fleet: the null of a burst and of denied probing.

use std::collections::VecDeque;

use crate::codec::codec_struct;

/// What a day may teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lesson {
    /// Nothing: the workload is too young or too long silent, and its day counts for nobody.
    Ignored,
    /// Nothing now: something about the workload is suspicious.
    Frozen,
    /// All that it shows.
    Open,
}

/// Counts are kept in quarters, because an explained atom weighs a part of one.
pub(crate) const QUARTERS: u32 = 4;
/// Fixed point for the fleet's moments: the order of summing cannot change a sum of whole numbers.
const MICRO: i128 = 1_000_000;

/// What a workload's sealed days have taught; a day teaches only after a lag.
#[derive(Debug, Default, Clone)]
pub(crate) struct CountHistory {
    /// Sealed days not yet learned from, oldest first: quarters, or `None` for a day that must not teach.
    lagging: VecDeque<Option<u32>>,
    /// Units (days or windows) learned from.
    units: u32,
    /// Quarters in those units.
    sum_quarters: u64,
}
codec_struct!(CountHistory { lagging, units, sum_quarters });

impl CountHistory {
    /// Takes up a sealed day of so many units and learns from the day that leaves the lag, unless it is not to be
    /// trusted or learning stands still.
    pub(crate) fn seal(&mut self, quarters: Option<u32>, units: u32, lag_days: usize, frozen: bool) {
        self.lagging.push_back(quarters);
        while self.lagging.len() > lag_days {
            if let Some(Some(quarters)) = self.lagging.pop_front().filter(|_| !frozen) {
                self.units += units;
                self.sum_quarters += u64::from(quarters);
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lagging.capacity() * size_of::<Option<u32>>()
    }
}

/// Sums over sealed units of the whole fleet, as whole numbers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Moments {
    units: u64,
    sum_quarters: u64,
    /// Σ ((x − μ)² − μ), in millionths of a count squared.
    excess_micros: i128,
    /// Σ μ², likewise.
    square_micros: i128,
}
codec_struct!(Moments { units, sum_quarters, excess_micros, square_micros });

/// How a channel judges its counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountRule {
    /// Units of fleet behaviour that stand behind a workload's own mean.
    pub(crate) prior_units: f64,
    /// Factor on the mean, against a null that is too light.
    pub(crate) mean_factor: f64,
    /// Least dispersion 1/r.
    pub(crate) dispersion_floor: f64,
    /// Least mean: even a fleet that never met anything new may meet something tomorrow.
    pub(crate) least_mean: f64,
}

/// The null of one unit of a workload, fixed before its day: a negative binomial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CountNull {
    /// Mean, the safety factor included.
    pub(crate) mean: f64,
    /// The plain mean, for people.
    pub(crate) usual: f64,
    /// 1/r.
    pub(crate) dispersion: f64,
}

/// Units of a fleet with the least dispersion that stand behind the pooled one: without them one odd day would make a
/// small fleet deaf.
const DISPERSION_PRIOR_UNITS: f64 = 200.0;

#[expect(clippy::cast_precision_loss, reason = "counts of days and atoms stay far below 2^52")]
impl Moments {
    fn mean(&self) -> f64 {
        if self.units == 0 { 0.0 } else { self.sum_quarters as f64 / f64::from(QUARTERS) / self.units as f64 }
    }

    fn usual(&self, history: &CountHistory, rule: &CountRule) -> f64 {
        let own = history.sum_quarters as f64 / f64::from(QUARTERS);
        (own + rule.prior_units * self.mean()) / (f64::from(history.units) + rule.prior_units).max(1.0)
    }

    /// The null for a workload's present unit.
    pub(crate) fn null(&self, history: &CountHistory, rule: &CountRule) -> CountNull {
        let usual = self.usual(history, rule);
        let prior = DISPERSION_PRIOR_UNITS * (self.mean() * self.mean()).max(1e-4);
        let excess = self.excess_micros as f64 / MICRO as f64 + prior * rule.dispersion_floor;
        let square = self.square_micros as f64 / MICRO as f64 + prior;
        let mean = (usual * rule.mean_factor).max(rule.least_mean);
        CountNull { mean, usual, dispersion: (excess / square).max(rule.dispersion_floor) }
    }

    /// Counts one sealed unit of a workload, judged by the fleet as it was before the day.
    #[expect(clippy::cast_possible_truncation, reason = "a mean in millionths fits; the cast saturates")]
    pub(crate) fn note(&mut self, fleet: &Self, history: &CountHistory, rule: &CountRule, quarters: u32) {
        let usual_micros = (fleet.usual(history, rule) * 1e6) as i128;
        let off = i128::from(quarters) * MICRO / i128::from(QUARTERS) - usual_micros;
        self.units += 1;
        self.sum_quarters += u64::from(quarters);
        self.excess_micros += off * off / MICRO - usual_micros;
        self.square_micros += usual_micros * usual_micros / MICRO;
    }

    /// Adds the sums of another part of the fleet.
    pub(crate) const fn add(&mut self, other: &Self) {
        self.units += other.units;
        self.sum_quarters += other.sum_quarters;
        self.excess_micros += other.excess_micros;
        self.square_micros += other.square_micros;
    }
}
