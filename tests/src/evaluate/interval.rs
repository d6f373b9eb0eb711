//! Exact 95% intervals. Each bound is where the tail beyond what was seen is 2.5%, found by bisection: the tails are
//! sums of logarithms of at most a few thousand terms, and no table or special function is needed.

/// The chance that is left on either side.
const TAIL: f64 = 0.025;
/// Halvings: more than a double has digits.
const HALVINGS: u32 = 200;

/// Clopper and Pearson's interval of a proportion, `found` of `of`; everything where nothing was tried.
#[expect(clippy::cast_precision_loss, reason = "counts of incidents")]
pub fn proportion(found: usize, of: usize) -> (f64, f64) {
    let least = if found == 0 {
        0.0
    } else {
        // The chance of `found` or more grows with p.
        crossing(0.0, 1.0, |p| 1.0 - binomial_up_to(found - 1, of, p) > TAIL)
    };
    let most = if found >= of { 1.0 } else { crossing(0.0, 1.0, |p| binomial_up_to(found, of, p) < TAIL) };
    debug_assert!(of == 0 || least <= found as f64 / of as f64);
    (least, most)
}

/// Garwood's interval of the mean of a Poisson variable that was seen to be `count`.
#[expect(clippy::cast_precision_loss, reason = "counts of alarms")]
pub fn poisson(count: usize) -> (f64, f64) {
    let ceiling = 3.0 * count as f64 + 20.0;
    let least = if count == 0 {
        0.0
    } else {
        crossing(0.0, ceiling, |mean| 1.0 - poisson_up_to(count - 1, mean) > TAIL)
    };
    (least, crossing(0.0, ceiling, |mean| poisson_up_to(count, mean) < TAIL))
}

/// Where `beyond` turns from false to true.
fn crossing(mut low: f64, mut high: f64, beyond: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if beyond(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    f64::midpoint(low, high)
}

/// P(X <= k) of n trials.
#[expect(clippy::cast_precision_loss, reason = "counts of incidents")]
fn binomial_up_to(k: usize, n: usize, p: f64) -> f64 {
    if p <= 0.0 || k >= n {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let (mut choose, mut sum) = (0.0, 0.0);
    for i in 0..=k {
        if i > 0 {
            choose += ((n - i + 1) as f64 / i as f64).ln();
        }
        sum += (choose + i as f64 * p.ln() + (n - i) as f64 * (-p).ln_1p()).exp();
    }
    sum.min(1.0)
}

/// P(X <= k) at a mean.
#[expect(clippy::cast_precision_loss, reason = "counts of alarms")]
fn poisson_up_to(k: usize, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    let (mut term, mut sum) = (-mean, 0.0);
    for i in 0..=k {
        if i > 0 {
            term += (mean / i as f64).ln();
        }
        sum += term.exp();
    }
    sum.min(1.0)
}
