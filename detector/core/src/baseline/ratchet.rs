//! D10: how far the reach has come from where it began, however slowly and with whatever approval.

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;

/// Steps of the ratchet, from none to the third.
pub(crate) const STEPS: u8 = 3;
/// Added to both scores, in tenths, so that a small origin does not make every gain a multiple.
const CUSHION_TENTHS: i64 = 20;
const RATIOS: [Parameter; 3] = [Parameter::RatchetRatio1, Parameter::RatchetRatio2, Parameter::RatchetRatio3];
const GAINS: [Parameter; 3] = [Parameter::RatchetGain1, Parameter::RatchetGain2, Parameter::RatchetGain3];

/// Live over origin, cushioned.
#[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^52")]
pub(crate) fn ratio(live_tenths: i64, origin_tenths: i64) -> f64 {
    (live_tenths + CUSHION_TENTHS) as f64 / (origin_tenths + CUSHION_TENTHS) as f64
}

/// The step that a reach has passed when every threshold is multiplied by `part`.
#[expect(clippy::cast_precision_loss, reason = "scores stay far below 2^52")]
fn step_at(live_tenths: i64, origin_tenths: i64, part: f64, rules: &RuleSet) -> u8 {
    let (ratio, gain) = (ratio(live_tenths, origin_tenths), (live_tenths - origin_tenths) as f64 / 10.0);
    let passed = |step: &u8| {
        let index = usize::from(*step - 1);
        let (least_ratio, least_gain) = (rules.value(RATIOS[index]), rules.value(GAINS[index]));
        ratio >= 1.0 + (least_ratio - 1.0) * part && gain >= least_gain * part
    };
    (1..=STEPS).rev().find(passed).unwrap_or(0)
}

/// The step that a reach has passed.
pub(crate) fn step(live_tenths: i64, origin_tenths: i64, rules: &RuleSet) -> u8 {
    step_at(live_tenths, origin_tenths, 1.0, rules)
}

/// The step at which a workload stands after its reach may have shrunk: a step is armed again only some way below its
/// threshold, so that a reach at the threshold is told once.
pub(crate) fn rearmed(held: u8, live_tenths: i64, origin_tenths: i64, rules: &RuleSet) -> u8 {
    held.min(step_at(live_tenths, origin_tenths, rules.value(Parameter::RatchetRearm), rules))
}
