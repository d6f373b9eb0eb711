//! How unlikely a count is, and what a probability is worth as evidence.

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

/// An e-value of a p-value: the mixture of κ·p^(κ−1) over κ in (0, 1), whose mean under the null is at most 1 (Vovk and
/// Wang, "E-values: calibration, combination and applications", 2021).
pub(crate) fn calibrated(p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0);
    let log = p.ln();
    // The quotient is 0/0 at 1, where its limit is 1/2.
    if p > 0.999 { 0.5 } else { (1.0 - p + p * log) / (p * log * log) }
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

    #[test]
    fn a_calibrated_p_value_has_a_mean_of_at_most_one() {
        // The midpoint rule over a uniform p, finer towards 0 where the e-value has its pole.
        let cells = 200_000;
        let edges = (0..=cells).map(|cell| (f64::from(cell) / f64::from(cells)).powi(6));
        let edges = edges.collect::<Vec<_>>();
        let mean =
            edges.windows(2).map(|cell| calibrated(f64::midpoint(cell[0], cell[1])) * (cell[1] - cell[0]));
        let mean = mean.sum::<f64>();
        assert!((0.9..=1.0).contains(&mean), "{mean}");
        assert!(calibrated(1e-6) > 1e3 && calibrated(1.0) < 1.0);
    }
}
