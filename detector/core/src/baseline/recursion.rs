//! Evidence over time: Shiryaev-Roberts recursions M ← (M + 1)·e over daily e-values, averaged.
//!
//! If `E[e | past] ≤ 1` under the null, then `M_t − t` plus what was taken off by alarms is a supermartingale, so the expected
//! number of alarms in T days is at most αT when the alarm is at a mean of 1/α, whatever the dependence between days
//! (Shin, Ramdas and Rinaldo, "E-detectors", 2022). The budgets of workloads and of channels add up for the same reason.

use crate::codec::{Codec, CodecError, Reader};

/// Beyond this a statistic says nothing more; it keeps a long excursion finite.
const MOST: f64 = 1e15;

/// N recursions that are looked at through their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Recursions<const N: usize>([f64; N]);

impl<const N: usize> Default for Recursions<N> {
    fn default() -> Self {
        Self([0.0; N])
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of recursions")]
impl<const N: usize> Recursions<N> {
    /// The mean of the recursions.
    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / N as f64
    }

    /// What they would be after a day with these e-values.
    pub(crate) fn after(&self, e: &[f64; N]) -> Self {
        Self(std::array::from_fn(|index| ((self.0[index] + 1.0) * e[index]).min(MOST)))
    }
}

impl<const N: usize> Codec for Recursions<N> {
    fn put(&self, out: &mut Vec<u8>) {
        for value in &self.0 {
            value.put(out);
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = f64::take(reader)?;
        }
        Ok(Self(values))
    }
}

/// The chance a day that a channel may alarm: its share of the operator's budget, which is in alerts a workload-month.
pub(crate) fn alpha(share: f64, budget: f64) -> f64 {
    share * budget / 30.0
}

/// Days below which no detector with this α can tell an alternative from its null: ln(1/α) / KL, where the alternative
/// is what was seen: outcomes with their probability under the null and their frequency.
pub(crate) fn delay_floor_days(alpha: f64, outcomes: &[(f64, f64)]) -> Option<f64> {
    let term =
        |(null, seen): &(f64, f64)| if *seen > 0.0 { seen * (seen / null.max(1e-12)).ln() } else { 0.0 };
    let divergence = outcomes.iter().map(term).sum::<f64>();
    (divergence > 1e-9).then(|| (1.0 / alpha).ln() / divergence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_adds_up_and_wanes() {
        let mut one = Recursions::<1>::default();
        one = one.after(&[4.0]);
        one = one.after(&[4.0]);
        assert!((one.mean() - 20.0).abs() < 1e-12);
        for _ in 0..20 {
            one = one.after(&[0.5]);
        }
        assert!(one.mean() < 1.1, "{}", one.mean());
    }

    #[test]
    fn a_certain_change_has_the_floor_of_its_information() {
        let floor = delay_floor_days(0.001, &[(0.1, 1.0), (0.9, 0.0)]).unwrap();
        assert!((floor - 3.0).abs() < 1e-9, "{floor}");
        assert_eq!(delay_floor_days(0.001, &[(0.1, 0.1), (0.9, 0.9)]), None);
    }
}
