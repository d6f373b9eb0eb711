//! D02 at the daily scale: how many atoms a workload meets for the first time in one UTC day, against a negative
//! binomial whose mean is the workload's own, shrunk to the fleet's (detector.md, section 4.2).

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;

use crate::checks::NewAtom;
use crate::codec::codec_struct;
use crate::workload::{Workload, Workloads};

/// Counts are kept in quarters of an atom, because an explained atom weighs a part of one.
pub(crate) const QUARTERS: u32 = 4;
/// Fixed point for the fleet's moments: order of summing cannot change a sum of whole numbers.
const MICRO: i128 = 1_000_000;

/// One workload's days: what it met today, and what its sealed days have taught.
#[derive(Debug, Default, Clone)]
pub(crate) struct BurstHistory {
    /// New atoms today, in quarters.
    pub(crate) today_quarters: u32,
    /// The first of them, for a finding to list.
    today: Vec<NewAtom>,
    /// How many there were, listed or not.
    met_today: u32,
    /// Whether today alarmed: such a day teaches nothing.
    pub(crate) alarmed: bool,
    /// Sealed days not yet learned from, oldest first: quarters, or `None` for a day that must not teach.
    lagging: Vec<Option<u32>>,
    /// Sealed days learned from.
    days: u32,
    /// Quarters in those days.
    sum_quarters: u64,
}
codec_struct!(BurstHistory { today_quarters, today, met_today, alarmed, lagging, days, sum_quarters });

/// New atoms of a day that a finding lists by name; the rest are counted.
const LISTED_ATOMS: usize = 64;

impl BurstHistory {
    /// Notes a new atom and its weight.
    pub(crate) fn met(&mut self, atom: &NewAtom, quarters: u32) {
        self.today_quarters = self.today_quarters.saturating_add(quarters);
        self.met_today = self.met_today.saturating_add(1);
        if self.today.len() < LISTED_ATOMS {
            self.today.push(atom.clone());
        }
    }

    /// Today's first new atoms.
    pub(crate) fn today(&self) -> &[NewAtom] {
        &self.today
    }

    /// How many atoms were new today.
    pub(crate) const fn met_today(&self) -> u32 {
        self.met_today
    }

    fn seal(&mut self) -> (u32, bool) {
        self.today = Vec::new();
        self.met_today = 0;
        (std::mem::take(&mut self.today_quarters), std::mem::take(&mut self.alarmed))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lagging.capacity() * size_of::<Option<u32>>() + self.today.capacity() * size_of::<NewAtom>()
    }
}

/// The fleet's sealed days, as whole numbers.
#[derive(Debug, Default)]
pub(crate) struct FleetBurst {
    days: u64,
    sum_quarters: u64,
    /// Σ ((x − μ)² − μ), in millionths of an atom squared.
    excess_micros: i128,
    /// Σ μ², likewise.
    square_micros: i128,
}
codec_struct!(FleetBurst { days, sum_quarters, excess_micros, square_micros });

/// The null of a workload's day, fixed before the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BurstNull {
    /// Mean new atoms a day, the safety factor included.
    pub(crate) mean: f64,
    /// The plain mean, for people.
    pub(crate) usual: f64,
    /// 1/r of the negative binomial.
    pub(crate) dispersion: f64,
    /// The probability at which a day alarms.
    pub(crate) alpha: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of days and atoms stay far below 2^52")]
impl FleetBurst {
    fn mean(&self) -> f64 {
        if self.days == 0 { 0.0 } else { self.sum_quarters as f64 / f64::from(QUARTERS) / self.days as f64 }
    }

    fn usual(&self, history: &BurstHistory, rules: &RuleSet) -> f64 {
        let prior = rules.value(Parameter::BurstPriorDays);
        let own = history.sum_quarters as f64 / f64::from(QUARTERS);
        (own + prior * self.mean()) / (f64::from(history.days) + prior).max(1.0)
    }

    /// The null for a workload's present day.
    pub(crate) fn null(&self, history: &BurstHistory, rules: &RuleSet) -> BurstNull {
        let usual = self.usual(history, rules);
        let floor = rules.value(Parameter::BurstDispersionFloor);
        let pooled = if self.square_micros > 0 {
            self.excess_micros as f64 / self.square_micros as f64
        } else {
            floor
        };
        // Even a fleet that never met anything new may meet something tomorrow.
        let mean = (usual * rules.value(Parameter::BurstMeanFactor)).max(0.01);
        let alpha = rules.value(Parameter::BurstShare) * rules.budget / 30.0;
        BurstNull { mean, usual, dispersion: pooled.max(floor), alpha }
    }

    /// Closes a UTC day for the whole fleet. Every workload's day is judged by means fixed before it, and only then do
    /// any of them move.
    pub(crate) fn close_day(&mut self, day: i64, workloads: &mut Workloads, rules: &RuleSet) {
        let mut sealed = Self { days: 0, sum_quarters: 0, excess_micros: 0, square_micros: 0 };
        for workload in workloads.iter_mut().filter(|workload| !workload.human) {
            self.close_workload(day, workload, rules, &mut sealed);
        }
        self.days += sealed.days;
        self.sum_quarters += sealed.sum_quarters;
        self.excess_micros += sealed.excess_micros;
        self.square_micros += sealed.square_micros;
    }

    #[expect(clippy::cast_possible_truncation, reason = "a mean in millionths fits; the cast saturates")]
    fn close_workload(&self, day: i64, workload: &mut Workload, rules: &RuleSet, sealed: &mut Self) {
        let silent_days = day - workload.last_day;
        let skip = rules.days_micros(Parameter::BurstSkipDays) / DAY_MICROS;
        let counts = day - workload.first.day() >= skip
            && silent_days <= rules.days_micros(Parameter::StaleDays) / DAY_MICROS;
        let usual_micros = (self.usual(&workload.burst, rules) * 1e6) as i128;
        let history = &mut workload.burst;
        let (quarters, alarmed) = history.seal();
        if !counts {
            return;
        }
        history.lagging.push((!alarmed).then_some(quarters));
        let lag = rules.count(Parameter::LearningLagDays);
        while history.lagging.len() > lag {
            if let Some(quarters) = history.lagging.remove(0) {
                history.days += 1;
                history.sum_quarters += u64::from(quarters);
            }
        }
        if alarmed {
            return;
        }
        let x_micros = i128::from(quarters) * MICRO / i128::from(QUARTERS);
        let off = x_micros - usual_micros;
        sealed.days += 1;
        sealed.sum_quarters += u64::from(quarters);
        sealed.excess_micros += off * off / MICRO - usual_micros;
        sealed.square_micros += usual_micros * usual_micros / MICRO;
    }
}

/// P(X ≥ count) of a negative binomial with a mean and 1/r, by summing the lower terms.
pub(crate) fn upper_tail(count: u32, mean: f64, dispersion: f64) -> f64 {
    let r = 1.0 / dispersion;
    let ratio = mean / (r + mean);
    let mut term = (r / (r + mean)).powf(r);
    let mut below = 0.0;
    for x in 0..count {
        below += term;
        term *= (f64::from(x) + r) / (f64::from(x) + 1.0) * ratio;
    }
    (1.0 - below).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_a_geometric_for_r_of_one() {
        for count in 0..20 {
            let geometric = (2.0_f64 / 3.0).powi(i32::try_from(count).unwrap());
            assert!((upper_tail(count, 2.0, 1.0) - geometric).abs() < 1e-12, "{count}");
        }
    }

    #[test]
    fn more_is_rarer_and_a_busier_workload_is_less_surprised() {
        for count in 1..30 {
            assert!(upper_tail(count, 1.0, 0.5) < upper_tail(count - 1, 1.0, 0.5));
            assert!(upper_tail(count, 1.0, 0.5) < upper_tail(count, 2.0, 0.5));
        }
    }
}
