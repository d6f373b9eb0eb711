//! What the evaluation is to show, each with what it did show.

use ambit_schemas::time::DAY_MICROS;

use super::pooled::{CHANNELS, Pooled, Precision, ratio};
use super::verdict::Standing;

/// A channel may spend this many times its share: it is a rate of a few alarms.
const CHANNEL_SLACK: f64 = 1.5;
const LEAST_BURST: f64 = 0.98;
const LEAST_DRIP: f64 = 0.85;
const DRIP_DAYS: f64 = 14.0;
const LEAST_SHIFT: f64 = 0.9;
const SHIFT_DAYS: i64 = 10;
const LEAST_PRECISION: f64 = 0.8;

/// A target.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What is asked for.
    pub what: String,
    /// What was measured; `None` where there was nothing to measure.
    pub measured: Option<f64>,
    /// The bound.
    pub bound: Bound,
}

/// Which side of a number is good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Target {
    fn new(what: impl Into<String>, measured: Option<f64>, bound: Bound) -> Self {
        Self { what: what.into(), measured, bound }
    }

    /// By how much it was missed; `None` where it was reached, or nothing was measured.
    pub fn missed_by(&self) -> Option<f64> {
        let measured = self.measured?;
        let by = match self.bound {
            Bound::AtMost(most) => measured - most,
            Bound::AtLeast(least) => least - measured,
        };
        (by > 0.0).then_some(by)
    }
}

/// The targets, on what the detector made of the worlds; `budgets` are the runs with other budgets, the least first.
pub fn targets(ambit: &Pooled, budget: f64, budgets: &[(f64, &Pooled)]) -> Vec<Target> {
    let mut targets = budget_targets(ambit, budget);
    targets.extend(recall_targets(ambit));
    if budgets.len() > 1 {
        let falls = budgets
            .windows(2)
            .filter(|pair| pair[1].1.false_alarms(None) < pair[0].1.false_alarms(None))
            .count();
        targets.push(Target::new(
            "realised rates that fall while the budget rises",
            ratio(falls, 1),
            Bound::AtMost(0.0),
        ));
    }
    targets
}

fn budget_targets(ambit: &Pooled, budget: f64) -> Vec<Target> {
    let measured = |value: f64| (ambit.months > 0.0).then_some(value);
    let mut targets = vec![Target::new(
        format!("false alarms a workload-month at budget {budget}"),
        measured(ambit.rate(ambit.false_alarms(None))),
        Bound::AtMost(budget),
    )];
    for (name, checks, design) in CHANNELS {
        let allowed = ambit.share(checks, design) * budget;
        let rate = ambit.rate(ambit.false_alarms(Some(checks)));
        targets.push(Target::new(
            format!("{name}: false alarms over its share"),
            measured(rate / allowed),
            Bound::AtMost(CHANNEL_SLACK),
        ));
    }
    let unexpected = ambit.standing(&Standing::Unexpected).len();
    targets.push(Target::new(
        "deterministic findings that nobody put in",
        ratio(unexpected, 1),
        Bound::AtMost(0.0),
    ));
    targets
}

#[expect(clippy::cast_precision_loss, reason = "delays of weeks")]
fn recall_targets(ambit: &Pooled) -> Vec<Target> {
    let kind = |kind: &'static str| ambit.recall(|attack| attack.label.kind == kind);
    let (burst, drip, shift) = (kind("burst"), kind("drip"), kind("shift"));
    let rules = ambit.recall(|attack| !attack.label.is_statistical());
    // Where none was found, none was found in time.
    let found_never = (drip.of > 0).then_some(f64::INFINITY);
    let drip_delay = drip.median().map(|micros| micros as f64 / DAY_MICROS as f64).or(found_never);
    let mut targets = vec![
        Target::new("burst found", burst.part(), Bound::AtLeast(LEAST_BURST)),
        Target::new("drip found", drip.part(), Bound::AtLeast(LEAST_DRIP)),
        Target::new("drip: median delay in days", drip_delay, Bound::AtMost(DRIP_DAYS)),
        Target::new(
            format!("shift found within {SHIFT_DAYS} days"),
            ratio(shift.within(SHIFT_DAYS * DAY_MICROS), shift.of),
            Bound::AtLeast(LEAST_SHIFT),
        ),
        Target::new("deterministic kinds found by each named check", rules.part(), Bound::AtLeast(1.0)),
    ];
    let attacked = ambit.attacks().next().is_some();
    for (name, precision) in [
        ("precision at 20, of each world", ambit.precision_by_world()),
        ("precision at 20, all worlds in one queue", ambit.precision_pooled()),
    ] {
        let measured = if attacked { Precision::part(precision) } else { None };
        targets.push(Target::new(name, measured, Bound::AtLeast(LEAST_PRECISION)));
    }
    targets
}
